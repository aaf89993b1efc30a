//! `skillhost jobs cancel, pause, resume, retry, anew, edit, failed, requeue,
//! bulk`: what a person tells jobs.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};
use skillhost_connectors::host_api::HostApi;

use super::client::ClientError;
use super::exit::hinted;
use super::{Exit, Global, render};
use crate::http::FailedEffects;
use crate::orders::{Bulk, Verb};
use crate::view::{EffectRowView, JobView};

/// Minutes, hours and days in milliseconds.
const UNITS: [(char, i64); 3] = [('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];

#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Id.
    job: String,
    /// Why, for the audit.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Order {
    /// End a job; what has left stays left.
    Cancel(Target),
    /// Park a job: nothing runs and nothing leaves; questions can be answered.
    Pause(Target),
    /// Take a paused job up again.
    Resume(Target),
    /// Run a step and all that depend on it again; what has left is not sent again.
    Retry {
        #[command(flatten)]
        target: Target,
        /// Step to start from; default the one that failed.
        #[arg(long)]
        from: Option<String>,
    },
    /// Take the event of a job that ended once more, as another job.
    Anew(Target),
    /// Replace a step's output; steps that have not run use it.
    #[command(after_help = "\
Examples:
  skillhost jobs edit job_… classify --output '{\"kind\": \"discovery\"}' --reason 'it was no demo'
  skillhost jobs edit job_… classify --file output.json")]
    Edit {
        #[command(flatten)]
        target: Target,
        /// Step.
        step: String,
        /// The output.
        #[arg(long = "output", value_name = "JSON", conflicts_with = "file", required_unless_present = "file")]
        output: Option<String>,
        /// A file with the output.
        #[arg(long, value_name = "PATH")]
        file: Option<PathBuf>,
    },
    /// Effects that were given up, and those whose result nobody knows.
    Failed,
    /// Send an effect again that was given up.
    Requeue {
        /// The effect's key.
        effect: String,
        /// What you know of one whose result is unknown.
        #[arg(long, value_enum)]
        decision: Option<Decision>,
        /// Why, for the audit.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Tell every job that a filter finds; without --yes only shows what would happen.
    #[command(after_help = "\
Examples:
  skillhost jobs bulk retry --status failed --event-type meeting_ended --older-than 2h
  skillhost jobs bulk cancel --sequence campaign_check --reason 'wrong list' --yes")]
    Bulk(BulkArgs),
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Decision {
    /// It happened.
    Sent,
    /// It did not; send it.
    SendAgain,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BulkArgs {
    /// What to tell them.
    #[arg(value_enum)]
    order: Verb,
    /// Only this state; may be given more than once.
    #[arg(long)]
    status: Vec<String>,
    /// Only this event type.
    #[arg(long, value_name = "TYPE")]
    event_type: Option<String>,
    /// Only jobs of this sequence.
    #[arg(long, value_name = "NAME")]
    sequence: Option<String>,
    /// Only this person's.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Only jobs made longer ago: `30m`, `2h`, `7d`.
    #[arg(long, value_name = "TIME", value_parser = age)]
    older_than: Option<i64>,
    /// Only jobs older than this id: where the page before ended.
    #[arg(long, value_name = "JOB")]
    before: Option<String>,
    /// At most this many.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Why, for the audit.
    #[arg(long)]
    reason: Option<String>,
    /// Do it.
    #[arg(long)]
    yes: bool,
}

/// `2h` in milliseconds.
fn age(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no time; write 30m, 2h or 7d");
    let unit = text.chars().last().and_then(|last| UNITS.iter().find(|(unit, _)| *unit == last)).ok_or_else(wrong)?;
    let count: i64 = text.trim_end_matches(unit.0).parse().map_err(|_| wrong())?;
    count.checked_mul(unit.1).filter(|ms| *ms >= 0).ok_or_else(wrong)
}

pub(super) async fn run(global: &Global, host: &HostApi, order: Order) -> anyhow::Result<Exit> {
    match order {
        Order::Cancel(target) => plain(global, host, target, Verb::Cancel).await,
        Order::Pause(target) => plain(global, host, target, Verb::Pause).await,
        Order::Resume(target) => plain(global, host, target, Verb::Resume).await,
        Order::Anew(target) => plain(global, host, target, Verb::Anew).await,
        Order::Retry { target, from } => {
            let body = json!({ "from": from, "reason": target.reason });
            told(global, host, &format!("/v1/jobs/{}/retry", target.job), &body).await
        }
        Order::Edit { target, step, output, file } => {
            let text = match file {
                Some(path) => {
                    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?
                }
                None => output.unwrap_or_default(),
            };
            let output: Value = serde_json::from_str(&text)
                .map_err(|error| hinted(error.to_string(), "An output is JSON; text is written as '\"…\"'."))?;
            let body = json!({ "output": output, "reason": target.reason });
            told(global, host, &format!("/v1/jobs/{}/steps/{step}/output", target.job), &body).await
        }
        Order::Failed => failed(global, host).await,
        Order::Requeue { effect, decision, reason } => {
            let decision = decision.map(|decision| match decision {
                Decision::Sent => "sent",
                Decision::SendAgain => "send_again",
            });
            let body = json!({ "decision": decision, "reason": reason });
            let row: EffectRowView =
                host.post(&format!("/v1/effects/{effect}/requeue"), &body).await.map_err(ClientError::from)?;
            if global.json {
                render::json(&row)?;
            } else {
                render::line(format!("{} {} {}", row.key, row.kind, render::state(row.state.as_str())))?;
            }
            Ok(Exit::Done)
        }
        Order::Bulk(args) => bulk(global, host, args).await,
    }
}

async fn plain(global: &Global, host: &HostApi, target: Target, verb: Verb) -> anyhow::Result<Exit> {
    let path = format!("/v1/jobs/{}/{}", target.job, verb.as_str());
    told(global, host, &path, &json!({ "reason": target.reason })).await
}

async fn told(global: &Global, host: &HostApi, path: &str, body: &Value) -> anyhow::Result<Exit> {
    let job: JobView = host.post(path, body).await.map_err(ClientError::from)?;
    super::jobs::show(global, job)
}

async fn failed(global: &Global, host: &HostApi) -> anyhow::Result<Exit> {
    let answer: FailedEffects = host.get("/v1/effects/failed").await.map_err(ClientError::from)?;
    if global.json {
        render::json(&answer)?;
        return Ok(Exit::Done);
    }
    let rows = answer.effects.into_iter().map(|failed| {
        let (job, effect) = (failed.job_id, failed.effect);
        let state = render::state(effect.state.as_str());
        vec![effect.key.to_string(), effect.kind, state, job.to_string(), effect.last_error.unwrap_or_default()]
    });
    render::table(&["effect", "kind", "state", "job", "why"], rows.collect())?;
    Ok(Exit::Done)
}

async fn bulk(global: &Global, host: &HostApi, args: BulkArgs) -> anyhow::Result<Exit> {
    let body = json!({
        "order": args.order, "status": args.status, "event_type": args.event_type,
        "sequence": args.sequence, "user": args.user, "older_than_ms": args.older_than, "before": args.before,
        "limit": args.limit, "reason": args.reason, "dry_run": !args.yes,
    });
    let done: Bulk = host.post("/v1/jobs/bulk", &body).await.map_err(ClientError::from)?;
    if global.json {
        render::json(&done)?;
        return Ok(Exit::Done);
    }
    let verb = args.order.as_str();
    let count = done.jobs.iter().filter(|line| line.refused.is_none()).count();
    let rows = done.jobs.into_iter().map(|line| {
        let outcome = match (line.refused, line.hint) {
            (Some(refused), Some(hint)) => format!("no: {refused}. {hint}"),
            (Some(refused), None) => format!("no: {refused}"),
            (None, _) if done.dry_run => format!("would {verb}"),
            (None, _) => line.anew.map_or_else(|| "done".to_owned(), |anew| format!("done: {anew}")),
        };
        vec![line.job_id.to_string(), render::state(line.status.as_str()), outcome]
    });
    render::table(&["job", "state", verb], rows.collect())?;
    if done.dry_run {
        render::line(format!("Nothing was done. With --yes, {verb} is told to {count} jobs."))?;
    }
    if let Some(before) = done.next_before {
        render::line(format!("There may be more: go on with --before {before}"))?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::age;

    #[test]
    fn ages_are_minutes_hours_and_days() {
        assert_eq!(age("30m").unwrap(), 1_800_000);
        assert_eq!(age("2h").unwrap(), 7_200_000);
        assert_eq!(age("7d").unwrap(), 604_800_000);
        for wrong in ["", "h", "2", "-2h", "2 h", "9999999999999999d"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
