//! `skillhost status`: how a running host is, and what to do about what is not well.

use skillhost_engine::time::Timestamp;

use super::client::{ClientError, connect};
use super::{Exit, Global, render};
use crate::vitals::Status;

/// Microseconds that stand for "longer than all buckets".
const BEYOND: u64 = u64::MAX;

fn age(now: Timestamp, since: Option<Timestamp>) -> String {
    match since.map(|since| now.0.saturating_sub(since.0).max(0) / 1000) {
        None => "none".to_owned(),
        Some(seconds) if seconds < 120 => format!("{seconds} s"),
        Some(seconds) if seconds < 7200 => format!("{} min", seconds / 60),
        Some(seconds) => format!("{} h", seconds / 3600),
    }
}

fn latency(us: Option<u64>) -> String {
    match us {
        None => "none".to_owned(),
        Some(BEYOND) => "longer than 5 s".to_owned(),
        Some(us) => format!("≤ {}", render::micros(i64::try_from(us).unwrap_or(i64::MAX))),
    }
}

fn rows(status: &Status) -> Vec<(&'static str, String)> {
    let (figures, store) = (&status.figures, &status.store);
    let list = |counts: &std::collections::BTreeMap<String, u64>| {
        let some: Vec<String> =
            counts.iter().filter(|(_, count)| **count > 0).map(|(state, count)| format!("{count} {state}")).collect();
        if some.is_empty() { "none".to_owned() } else { some.join(", ") }
    };
    let names = |names: &[skillhost_engine::ids::SkillName]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
        }
    };
    vec![
        ("jobs", list(&figures.jobs)),
        ("running", format!("{} of {}", status.running, status.slots)),
        ("runnable_since", age(status.at, figures.runnable_since)),
        ("due_since", age(status.at, figures.due_since)),
        ("asked_since", format!("{} ({} open)", age(status.at, figures.asked_since), figures.questions)),
        ("effects", list(&figures.effects)),
        ("hold", status.hold.as_ref().map_or_else(|| "none".to_owned(), |hold| render::instant(hold.since))),
        ("queue", format!("{} of {}", store.queue, store.queue_bound)),
        (
            "commits",
            format!(
                "{}; p50 {}, p99 {}",
                store.commits.count(),
                latency(store.commits.quantile_us(0.5)),
                latency(store.commits.quantile_us(0.99))
            ),
        ),
        ("trouble", store.trouble.clone().unwrap_or_else(|| "none".to_owned())),
        ("purse_drift", render::money(figures.purse_drift.0)),
        ("texts_due", figures.texts_due.to_string()),
        ("lanes_waiting", status.lanes_waiting.to_string()),
        ("unknown_zones", status.unknown_zones.to_string()),
        ("canaries", names(&status.canaries)),
        ("waiting_for_accept", names(&status.waiting_for_accept)),
    ]
}

pub(crate) async fn run(global: &Global) -> anyhow::Result<Exit> {
    let status: Status = connect(global)?.get("/v1/status").await.map_err(ClientError::from)?;
    if global.json {
        render::json(&status)?;
        return Ok(Exit::Done);
    }
    let hint = |figure: &str| {
        let found = status.findings.iter().find(|finding| finding.figure == figure);
        found.map(|finding| finding.hint.clone()).unwrap_or_default()
    };
    render::table(
        &["figure", "is", "to do"],
        rows(&status).into_iter().map(|(figure, is)| vec![figure.to_owned(), is, hint(figure)]).collect(),
    )?;
    if !status.calls.is_empty() {
        render::line("")?;
        render::table(
            &["skill", "end", "calls"],
            status
                .calls
                .iter()
                .map(|calls| vec![calls.skill.to_string(), calls.end.clone(), calls.count.to_string()])
                .collect(),
        )?;
    }
    Ok(Exit::Done)
}
