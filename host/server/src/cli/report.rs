//! `skillhost report`: how useful the suggestions are.

use skillhost_engine::report::{Basis, ButtonCounts, Counts, Measure, Report, SequenceCounts, SkillCounts};

use super::client::{ClientError, connect};
use super::{Exit, Global, render};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skillhost report                                   the last seven days
  skillhost report --since 2026-06-01 --until 2026-07-01
  skillhost report --json | jq '.by_skill[0]'")]
pub(crate) struct Args {
    /// From this day or instant; by default a week before the end.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Until this day or instant, exclusive; by default now.
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
}

pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("since", &args.since), ("until", &args.until)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let path = format!("/v1/report?{}", query.finish());
    let report: Report = connect(global)?.get(&path).await.map_err(ClientError::from)?;
    if global.json {
        render::json(&report)?;
        return Ok(Exit::Done);
    }
    let whose = report.user.as_ref().map_or_else(|| report.org.to_string(), |user| format!("{user} of {}", report.org));
    let span = format!("{} to {}", render::instant(report.since), render::instant(report.until));
    render::line(format!("{}  {}", render::strong(&whose), render::faint(&span)))?;
    let measures = report.measures.iter().map(measure_row).collect();
    render::table(&["measure", "is", "should be", "", "cases", "basis"], measures)?;
    render::line("")?;
    let head = ["skill", "version", "irrelevant", "asked", "delivered", "viewed", "clicked", "accepted", "edited"];
    let more = ["dismissed", "expired", "open", "withdrawn"];
    let head: Vec<&str> = head.into_iter().chain(more).collect();
    render::table(&head, report.by_skill.iter().map(skill_row).collect())?;
    if !report.buttons.by_action.is_empty() {
        render::line("")?;
        let rows = report.buttons.by_action.iter().map(button_row).collect();
        render::table(&["button", "delivered", "viewed", "clicked", "dismissed", "irrelevant"], rows)?;
    }
    render::line("")?;
    let head: Vec<&str> = std::iter::once("sequence").chain(head.into_iter().skip(2)).collect();
    render::table(&head, report.by_sequence.iter().map(sequence_row).collect())?;
    Ok(Exit::Done)
}

fn measure_row(measure: &Measure) -> Vec<String> {
    let bound = if measure.above { "above" } else { "below" };
    let met = match measure.met {
        None => "",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let basis = match measure.basis {
        Basis::Measured => "measured",
        Basis::Proxy => "proxy",
        Basis::Estimate => "estimate",
    };
    vec![
        measure.name.clone(),
        measure.value.map_or_else(|| "no case".to_owned(), |value| in_unit(value, &measure.unit)),
        format!("{bound} {}", in_unit(measure.target, &measure.unit)),
        met.to_owned(),
        cases(measure),
        basis.to_owned(),
    ]
}

fn in_unit(value: f64, unit: &str) -> String {
    match unit {
        "ratio" => format!("{:.1} %", value * 100.0),
        "minutes" => format!("{value:.1} min"),
        "hours_a_week" => format!("{value:.1} h a week"),
        "a_week" => format!("{value:.1} a week"),
        other => format!("{value:.1} {other}"),
    }
}

fn cases(measure: &Measure) -> String {
    let without = if measure.without > 0 { format!(", {} without", measure.without) } else { String::new() };
    format!("{} of {}{without}", measure.cases.0, measure.cases.1)
}

fn skill_row(of: &SkillCounts) -> Vec<String> {
    row(vec![of.skill.clone(), of.version.clone()], of.irrelevant_rate, &of.counts)
}

fn sequence_row(of: &SequenceCounts) -> Vec<String> {
    row(vec![of.event_type.clone()], of.irrelevant_rate, &of.counts)
}

fn row(mut row: Vec<String>, irrelevant_rate: Option<f64>, counts: &Counts) -> Vec<String> {
    let rate = irrelevant_rate.map_or_else(|| "-".to_owned(), |rate| in_unit(rate, "ratio"));
    row.push(format!("{} ({rate})", counts.irrelevant));
    let numbers = [
        counts.asked,
        counts.delivered,
        counts.viewed,
        counts.clicked,
        counts.accepted,
        counts.edited,
        counts.dismissed,
        counts.expired,
        counts.open,
        counts.withdrawn,
    ];
    row.extend(numbers.iter().map(ToString::to_string));
    row
}

fn button_row(of: &ButtonCounts) -> Vec<String> {
    let numbers = [of.delivered, of.viewed, of.clicked, of.dismissed, of.irrelevant].map(|number| number.to_string());
    std::iter::once(of.action.replace('_', " ")).chain(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::in_unit;

    #[test]
    fn a_number_is_read_in_its_unit() {
        assert_eq!(in_unit(0.1234, "ratio"), "12.3 %");
        assert_eq!(in_unit(7.0, "minutes"), "7.0 min");
        assert_eq!(in_unit(5.25, "hours_a_week"), "5.2 h a week");
    }
}
