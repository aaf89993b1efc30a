//! The page's part that is measured: tables made of lines of JSON, put between markers.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

const BEGIN: &str = "<!-- measured -->";
const END: &str = "<!-- end of measured -->";

/// Rows of the first table: who, and how the row begins.
const ROWS: [(&str, &str); 5] = [
    ("skillhost-sqlite-noop", "skillhost, SQLite, native no-op steps"),
    ("skillhost-sqlite-wasm", "skillhost, SQLite, steps in Wasm"),
    ("skillhost-postgres-wasm", "skillhost, Postgres, steps in Wasm"),
    ("restate", "Restate"),
    ("dbos", "DBOS"),
];
/// Rows of the second.
const KILLS: [(&str, &str); 4] = [
    ("skillhost", "skillhost, SQLite: the host"),
    ("restate-server", "Restate: the server"),
    ("restate-worker", "Restate: the worker of the SDK"),
    ("dbos", "DBOS: the program with the engine in it"),
];
/// Jobs at once, as columns.
const CONCURRENCY: [u64; 3] = [1, 16, 64];
/// A cell of what this run did not measure.
const NOT_MEASURED: &str = "–";

/// Prints the tables, and rewrites the page.
pub fn make(lines: &Path, page: Option<&Path>) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(lines).with_context(|| format!("cannot read {}", lines.display()))?;
    let lines: Vec<Value> = serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>()?;
    let made = render(&Lines(lines));
    println!("{made}");
    let Some(page) = page else { return Ok(()) };
    let old = std::fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let around = old.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = around else { bail!("{} lacks the markers", page.display()) };
    std::fs::write(page, format!("{before}{BEGIN}\n{made}{END}{after}"))?;
    Ok(())
}

struct Lines(Vec<Value>);

impl Lines {
    fn of<'a>(&'a self, leg: &'a str, who: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |line| line["leg"] == leg && line["who"] == who)
    }

    fn numbers(&self, leg: &str, who: &str, concurrency: Option<u64>, field: &str) -> Vec<f64> {
        let at = |line: &&Value| concurrency.is_none_or(|wanted| line["concurrency"] == wanted);
        self.of(leg, who).filter(at).filter_map(|line| line[field].as_f64()).collect()
    }

    fn settings(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |line| line["leg"] == "setting" && line["name"] == name);
        found.filter_map(|line| line["value"].as_str())
    }
}

fn render(lines: &Lines) -> String {
    let mut out = String::from("\n");
    let flushes: Vec<f64> = lines.settings("fsync_us").filter_map(|value| value.parse().ok()).collect();
    for name in ["When", "Machine", "Run", "skillhost", "Restate", "DBOS", "Postgres"] {
        out += &format!("- **{name}**: {}", lines.settings(name).next().unwrap_or("not said"));
        match median(&flushes) {
            Some([least, middle, most]) if name == "Machine" => {
                out += &format!("; one flush {middle:.0} µs ({least:.0}–{most:.0})\n");
            }
            _ => out += "\n",
        }
    }
    out += "\n| 7 steps, one after the other | steps/s, 1 job at once | 16 | 64 | a job alone, p50 / p99 ms \
            | approval to end, p50 / p99 ms | memory, idle → after, MB |\n|---|---|---|---|---|---|---|\n";
    for (who, name) in ROWS {
        let steps = CONCURRENCY.map(|at| rate(&lines.numbers("steps", who, Some(at), "steps_per_s")));
        let alone = ["p50_ms", "p99_ms"].map(|field| times(&lines.numbers("steps", who, Some(1), field)));
        let gate = ["p50_ms", "p99_ms"].map(|field| times(&lines.numbers("gate", who, None, field)));
        out += &format!(
            "| {name} | {} | {} / {} | {} / {} | {} |\n",
            steps.join(" | "),
            alone[0],
            alone[1],
            gate[0],
            gate[1],
            memory(lines, who)
        );
    }
    out += &format!("\nPostgres itself, all its processes: {} MB.\n", memory(lines, "postgres"));
    out += "\n| killed by `kill -9` with 64 jobs under way, steps of 30 ms | runs seen | completed after the restart | stuck \
            | steps executed twice | s from restart to the last end |\n|---|---|---|---|---|---|\n";
    for (who, name) in KILLS {
        let cells = ["seen", "completed", "stuck", "twice", "seconds"].map(|field| {
            let values = lines.numbers("kill", who, None, field);
            match (values.is_empty(), field) {
                (true, _) => NOT_MEASURED.to_owned(),
                (false, "seconds") => each(&values, |value| format!("{value:.1}")),
                (false, _) => each(&values, |value| format!("{value:.0}")),
            }
        });
        out += &format!("| {name} | {} |\n", cells.join(" | "));
    }
    let most = KILLS.iter().flat_map(|(who, _)| lines.numbers("kill", who, None, "most")).fold(0.0, f64::max);
    out += &format!("\nNo step was executed more than {most:.0} times.\n");
    out
}

fn each(values: &[f64], show: impl Fn(&f64) -> String) -> String {
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// The median, and from where to where.
fn rate(values: &[f64]) -> String {
    let show = |value: f64| {
        let whole = format!("{:.0}", (value / 10.0).round() * 10.0);
        match whole.len() {
            4.. => format!("{},{}", &whole[..whole.len() - 3], &whole[whole.len() - 3..]),
            _ => whole,
        }
    };
    match median(values) {
        Some([least, middle, most]) if values.len() > 1 => {
            format!("**{}** ({}–{})", show(middle), show(least), show(most))
        }
        Some([_, middle, _]) => format!("**{}**", show(middle)),
        None => NOT_MEASURED.to_owned(),
    }
}

fn times(values: &[f64]) -> String {
    median(values).map_or(NOT_MEASURED.to_owned(), |[_, middle, _]| format!("{middle:.1}"))
}

/// Each part's own median, before and after; of a process a leg, at the most jobs at once.
fn memory(lines: &Lines, who: &str) -> String {
    let mut parts: Vec<&str> = lines.of("memory", who).filter_map(|line| line["part"].as_str()).collect();
    parts.sort_unstable();
    parts.dedup();
    let of = |part: &str, when: &str| {
        let values: Vec<f64> = lines
            .of("memory", who)
            .filter(|line| line["part"] == part && line["when"] == when)
            .filter(|line| line["concurrency"].is_null() || line["concurrency"] == CONCURRENCY[2])
            .filter_map(|line| line["mb"].as_f64())
            .collect();
        median(&values).map_or(NOT_MEASURED.to_owned(), |[_, middle, _]| format!("{middle:.0}"))
    };
    let shown: Vec<String> = parts
        .iter()
        .map(|part| format!("{} → {} {part}", of(part, "idle"), of(part, "after")).trim_end().to_owned())
        .collect();
    if shown.is_empty() { NOT_MEASURED.to_owned() } else { shown.join("; ") }
}

/// The least, the middle one and the most.
fn median(values: &[f64]) -> Option<[f64; 3]> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some([*sorted.first()?, *sorted.get((sorted.len() - 1) / 2)?, *sorted.last()?])
}
