//! `skillhost jobs`: list, show, watch, and the orders of [`super::orders`].

use futures::StreamExt;
use serde_json::Value;
use skillhost_connectors::host_api::HostApi;
use skillhost_engine::provenance::Provenance;

use super::client::{ClientError, connect};
use super::{Exit, Global, render};
use crate::http::JobSummary;
use crate::view::JobView;

/// Characters of a digest that are shown: `sha256:` and twelve digits.
const SHOWN_DIGEST: usize = 19;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Jobs, newest first.
    List {
        /// Only this state; may be given more than once.
        #[arg(long)]
        status: Vec<String>,
        /// Only this event type.
        #[arg(long, value_name = "TYPE")]
        event_type: Option<String>,
        /// At most this many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// One job with its steps, questions, effects and follow-ups.
    Show {
        /// Id.
        job: String,
        /// Where each output and effect comes from: module, rights, sources, price,
        /// who approved it.
        #[arg(long)]
        provenance: bool,
    },
    /// The same, again at every change, until the job has ended.
    Watch {
        /// Id.
        job: String,
    },
    #[command(flatten)]
    Order(super::orders::Order),
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let host = connect(global)?;
    match command {
        Command::List { status, event_type, limit } => list(global, &host, &status, event_type.as_deref(), limit).await,
        Command::Show { job, provenance: true } => {
            let record = host.get(&format!("/v1/jobs/{job}/provenance")).await.map_err(ClientError::from)?;
            provenance(global, &record)
        }
        Command::Show { job, provenance: false } => {
            show(global, host.get(&format!("/v1/jobs/{job}")).await.map_err(ClientError::from)?)
        }
        Command::Watch { job } => watch(global, &host, &job).await,
        Command::Order(order) => super::orders::run(global, &host, order).await,
    }
}

async fn list(
    global: &Global,
    host: &HostApi,
    status: &[String],
    event_type: Option<&str>,
    limit: u32,
) -> anyhow::Result<Exit> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    if !status.is_empty() {
        query.append_pair("status", &status.join(","));
    }
    if let Some(event_type) = event_type {
        query.append_pair("event_type", event_type);
    }
    let answer: Value = host.get(&format!("/v1/jobs?{}", query.finish())).await.map_err(ClientError::from)?;
    if global.json {
        render::json(&answer)?;
        return Ok(Exit::Done);
    }
    let jobs: Vec<JobSummary> = serde_json::from_value(answer.get("jobs").cloned().unwrap_or(answer))?;
    render::table(
        &["job", "event", "state", "why", "changed"],
        jobs.into_iter()
            .map(|job| {
                vec![
                    job.id.to_string(),
                    job.event_type,
                    render::state(job.status.as_str()),
                    job.reason.unwrap_or_default(),
                    render::instant(job.updated_at),
                ]
            })
            .collect(),
    )?;
    Ok(Exit::Done)
}

pub(super) fn show(global: &Global, job: JobView) -> anyhow::Result<Exit> {
    if global.json {
        render::json(&job)?;
    } else {
        tree(&job)?;
        around(&job)?;
    }
    Ok(Exit::Done)
}

/// Where everything of a job comes from.
fn provenance(global: &Global, record: &Provenance) -> anyhow::Result<Exit> {
    if global.json {
        render::json(record)?;
        return Ok(Exit::Done);
    }
    render::line(format!(
        "{} {} for {} by event {} ({})",
        render::strong(&record.sequence),
        render::faint(record.job.as_str()),
        record.user,
        record.event,
        record.event_source
    ))?;
    for output in &record.outputs {
        let made = output.module.as_ref().map_or_else(
            || "the host".to_owned(),
            |module| format!("{} {} {}", module.name, module.version, short(&module.digest)),
        );
        render::line("")?;
        render::line(format!("{} {}", render::strong(output.step.as_str()), render::faint(&made)))?;
        let engine =
            output.call.as_ref().map_or_else(String::new, |call| format!("   {} on {}", call.world, call.engine));
        render::line(format!(
            "  output {}   {} fuel   {}{engine}",
            short(&output.output),
            render::amount(output.spend.fuel),
            render::money(output.spend.money.0),
        ))?;
        render::line(format!("  rights {}", output.rights.join(" ")))?;
        for read in &output.reads {
            let what = read.refusal.clone().or_else(|| read.digest.as_deref().map(short)).unwrap_or_default();
            let when = read.as_of.map(|at| format!(" of {}", render::instant(at))).unwrap_or_default();
            let model = read.model.as_ref().map(|model| format!(" by {model} for {}", render::money(read.cost.0)));
            render::line(format!("  read {} {} {what}{when}{}", read.read_id, read.source, model.unwrap_or_default()))?;
        }
    }
    if !record.effects.is_empty() {
        render::line("")?;
    }
    let rows = record.effects.iter().map(|effect| {
        let approval = effect.approval.as_ref().map_or_else(
            || "needs none".to_owned(),
            |approval| {
                let by = approval.by.as_ref().map_or("nobody", |by| by.as_str());
                let via = approval.via.as_deref().unwrap_or_default();
                let at = approval.at.map(render::instant).unwrap_or_default();
                let edits = match approval.edits.len() {
                    0 => String::new(),
                    _ => format!(", changed {}", approval.edits.join(" ")),
                };
                format!("{} by {by} via {via} at {at}{edits}", approval.status.as_str())
            },
        );
        let module = effect.module.as_ref().map_or_else(|| "the host".to_owned(), |module| short(&module.digest));
        vec![
            effect.key.to_string(),
            effect.kind.clone(),
            module,
            approval,
            render::state(effect.state.as_str()),
            effect.receipt.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    });
    render::table(&["effect", "kind", "module", "approval", "state", "receipt"], rows.collect())?;
    Ok(Exit::Done)
}

/// The start of a digest.
fn short(digest: &str) -> String {
    digest.chars().take(SHOWN_DIGEST).collect()
}

/// What belongs to a job beside its steps.
fn around(job: &JobView) -> anyhow::Result<()> {
    if !job.approvals.is_empty() {
        render::line("")?;
        let rows = job.approvals.iter().map(|approval| {
            vec![
                approval.id.to_string(),
                approval.card.heading.clone(),
                approval.step.clone(),
                render::state(approval.status.as_str()),
            ]
        });
        render::table(&["question", "asks", "step", "state"], rows.collect())?;
    }
    if !job.effects.is_empty() {
        render::line("")?;
        let rows = job.effects.iter().map(|effect| {
            vec![
                effect.key.to_string(),
                effect.kind.clone(),
                effect.step.clone(),
                render::state(effect.state.as_str()),
                effect.last_error.clone().unwrap_or_default(),
            ]
        });
        render::table(&["effect", "kind", "step", "state", "why"], rows.collect())?;
    }
    if !job.follow_ups.is_empty() {
        render::line("")?;
        let rows = job.follow_ups.iter().map(|raised| {
            vec![
                raised.job_id.to_string(),
                raised.event_type.clone(),
                render::state(raised.status.as_str()),
                raised.reason.clone().unwrap_or_default(),
            ]
        });
        render::table(&["follow-up", "event", "state", "why"], rows.collect())?;
    }
    Ok(())
}

async fn watch(global: &Global, host: &HostApi, job: &str) -> anyhow::Result<Exit> {
    let mut views = host.watch::<JobView>(&format!("/v1/jobs/{job}/watch")).await.map_err(ClientError::from)?;
    while let Some(view) = views.next().await {
        let view = view.map_err(ClientError::from)?;
        if global.json {
            render::line(serde_json::to_string(&view)?)?;
        } else {
            tree(&view)?;
            render::line("")?;
        }
        if view.status.is_ended() {
            break;
        }
    }
    Ok(Exit::Done)
}

/// A step by its name, which commands take, and what runs it.
fn label(step: &str, runs: &str) -> String {
    format!("{step}  {runs}")
}

/// The job as a tree of steps.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn tree(job: &JobView) -> anyhow::Result<()> {
    let why = job.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    render::line(format!(
        "{} {} {}{}",
        render::strong(&job.event_type),
        render::faint(job.id.as_str()),
        render::state(job.status.as_str()),
        render::faint(&why)
    ))?;
    for (index, step) in job.steps.iter().enumerate() {
        let last = index + 1 == job.steps.len();
        let version = step.version.as_deref().map(|version| format!("@{version}")).unwrap_or_default();
        let used = if step.started_at.is_some() {
            format!(
                "{:>9} fuel {:>9} {}",
                render::amount(step.fuel),
                render::micros(step.wall_us),
                render::money(step.money)
            )
        } else {
            String::new()
        };
        render::line(format!(
            "{} {:<46} {:<10} {}",
            if last { "└─" } else { "├─" },
            label(&step.name, &format!("{}{version}", step.skill)),
            render::state(&step.state),
            render::faint(&used)
        ))?;
        let note = step.reason.as_deref().or(step.summary.as_deref());
        if let Some(note) = note {
            render::line(format!("{}     {}", if last { " " } else { "│" }, render::faint(note)))?;
        }
    }
    Ok(())
}
