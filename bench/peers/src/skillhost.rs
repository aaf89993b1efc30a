//! This project's host: what `skillhost bench jobs --json` reports, as lines beside those
//! of the peers, and what a kill of `skillhost serve` leaves.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinSet;

use crate::load::{Line, When};
use crate::vendor::Vendor;
use crate::work::{self, Executions, Job, STEPS};

/// Any type that has no sequence but the bench's.
const EVENT: &str = "pipeline_scan";
const KEY_VARIABLE: &str = "BENCH_PEERS_MODEL_KEY";
/// Between two looks at the jobs that are open.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The lines of one report.
pub fn lines(who: &str, report: &str) -> anyhow::Result<[Line; 5]> {
    let report: Value = serde_json::from_str(report).context("this is no report of `skillhost bench jobs --json`")?;
    let number = |field: &str| report[field].as_f64().with_context(|| format!("the report lacks {field}"));
    let count = |field: &str| {
        let count = report[field].as_u64().with_context(|| format!("the report lacks {field}"))?;
        anyhow::Ok(usize::try_from(count)?)
    };
    let concurrency = count("concurrency")?;
    let memory = |when, place: usize| {
        let mb = report["memory_mb"][place].as_f64().context("the report lacks memory_mb")?;
        let (who, part) = (who.to_owned(), "host and driver".to_owned());
        anyhow::Ok(Line::Memory { who, part, when, concurrency: Some(concurrency), mb })
    };
    let steps = Line::Steps {
        who: who.to_owned(),
        concurrency,
        jobs: count("jobs")?,
        steps_per_s: number("steps_per_s")?,
        p50_ms: number("p50_ms")?,
        p99_ms: number("p99_ms")?,
    };
    let gate = Line::Gate {
        who: who.to_owned(),
        parked: count("parked")?,
        p50_ms: number("resume_p50_ms")?,
        p99_ms: number("resume_p99_ms")?,
    };
    let flush = Line::Setting { name: "fsync_us".to_owned(), value: format!("{:.0}", number("fsync_us")?) };
    Ok([flush, steps, gate, memory(When::Idle, 0)?, memory(When::After, 1)?])
}

/// What a kill of a real host leaves. Its steps are Wasm: each asks a model, which is a
/// vendor of this driver and takes its time.
pub async fn kill(program: &Path, skills: &Path, folder: &Path, plan: crate::KillPlan) -> anyhow::Result<Line> {
    let data = folder.join("data");
    std::fs::create_dir_all(&data)?;
    let list = folder.join("executions");
    let vendor = Arc::new(Vendor::start(Executions::to(Some(&list))?, plan).await?);
    std::fs::create_dir_all(folder.join("sequences"))?;
    std::fs::write(folder.join("sequences/bench.yaml"), sequence())?;
    std::fs::write(folder.join("skillhost.toml"), settings_of(folder, &vendor.base, plan))?;
    let mut host = Host::start(program, skills, folder).await?;
    let client = Client::builder().timeout(plan.patience()).build()?;
    let mut lanes = JoinSet::new();
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..plan.in_flight {
        let (client, events, next) = (client.clone(), host.events(), Arc::clone(&next));
        let vendor = Arc::clone(&vendor);
        lanes.spawn(async move {
            loop {
                let run = format!("run-{}", next.fetch_add(1, Ordering::Relaxed));
                let ended = vendor.last_step_of(&run);
                if start(&client, &events, &run).await.is_err() || ended.await.is_err() {
                    return;
                }
            }
        });
    }
    tokio::time::sleep(plan.after()).await;
    host.child.kill().await?;
    lanes.shutdown().await;
    let seen = work::tally(&list)?.runs;
    let restarted = Instant::now();
    host = Host::start(program, skills, folder).await?;
    let mut ended = Vec::new();
    let mut open = Vec::new();
    for run in &seen {
        // The same event once more is answered with the job it has, whether or not the
        // first answer came through.
        open.push(start(&client, &host.events(), run).await?);
    }
    while !open.is_empty() && restarted.elapsed() < plan.patience() {
        let mut left = Vec::new();
        for job in open {
            let url = format!("{}/v1/jobs/{job}", host.url);
            let answer = client.get(url).bearer_auth(&host.key).send().await?.error_for_status()?;
            let said: Value = answer.json().await?;
            match said["status"].as_str() {
                Some("completed") => ended.push(restarted.elapsed()),
                // What did not complete says why, whoever looks at the table.
                Some("failed" | "expired" | "cancelled" | "skipped") => eprintln!("bench-peers: {job} ended so: {said}"),
                _ => left.push(job),
            }
        }
        open = left;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    for job in &open {
        eprintln!("bench-peers: {job} is still open after {} s", plan.patience_s);
    }
    Ok(crate::kill_line("skillhost", seen.len(), &ended, &work::tally(&list)?))
}

/// Where and as whom a host is asked.
#[derive(Clone)]
struct Events {
    url: String,
    key: String,
}

/// A running host, which ends with this value.
struct Host {
    child: Child,
    url: String,
    key: String,
    _out: BufReader<ChildStdout>,
}

impl Host {
    async fn start(program: &Path, skills: &Path, folder: &Path) -> anyhow::Result<Self> {
        let data = folder.join("data");
        let mut command = Command::new(program);
        command.args(["serve", "--demo", "--json", "--log", "json", "--listen", "127.0.0.1:0", "--skills"]);
        command.arg(skills).arg("--data").arg(&data).arg("--config").arg(folder.join("skillhost.toml"));
        command.env("RUST_LOG", "error").env(KEY_VARIABLE, "a key that the vendor here does not look at");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut out = BufReader::new(child.stdout.take().context("the host has no output")?);
        let mut said = String::new();
        out.read_line(&mut said).await?;
        let said: Value = serde_json::from_str(&said).context("the host does not start")?;
        let url = said["listening"].as_str().context("the host does not say where it listens")?.to_owned();
        let key = std::fs::read_to_string(data.join("api-key"))?.trim().to_owned();
        // Its output stays open: what it prints later must not end it.
        Ok(Self { child, url, key, _out: out })
    }

    fn events(&self) -> Events {
        Events { url: format!("{}/v1/events", self.url), key: self.key.clone() }
    }
}

/// The job of an event, a new one or the one it has.
async fn start(client: &Client, events: &Events, run: &str) -> anyhow::Result<String> {
    let job = Job::new(run.to_owned(), Duration::ZERO);
    let event = json!({
        "type": EVENT, "payload": { "id": run, "padding": job.note.padding }, "idempotency_key": run,
    });
    let answer = client.post(&events.url).bearer_auth(&events.key).json(&event).send().await?;
    let said: Value = answer.error_for_status()?.json().await?;
    Ok(said["job_id"].as_str().context("the event has no job")?.to_owned())
}

fn sequence() -> String {
    let mut text = format!("sequence: bench\nversion: 1\nevent: {EVENT}\nsteps:\n");
    for place in 0..STEPS {
        let padding = match place.checked_sub(1) {
            Some(before) => format!("outputs.s{before}.padding"),
            None => "event.payload.padding".to_owned(),
        };
        text += &format!(
            "  s{place}:\n    skill: waits\n    with: {{ run: event.payload.id, step: {place}, padding: {padding} }}\n"
        );
    }
    text
}

fn settings_of(folder: &Path, vendor: &str, plan: crate::KillPlan) -> String {
    format!(
        "jobs = {}\nsequences_dir = '{}'\n[grants]\nwaits = [\"llm:fast\"]\n\
         [models.fast]\nprovider = \"openai-compatible\"\nmodel = \"bench\"\nendpoint = \"{vendor}/v1\"\n\
         key_env = \"{KEY_VARIABLE}\"\nmax_output_tokens = 100\n\
         [prices.openai-compatible.bench]\ninput = 0\ncached_input = 0\noutput = 0\n",
        plan.in_flight,
        folder.join("sequences").display(),
    )
}
