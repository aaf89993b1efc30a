//! A job's page: its steps on a timeline, what they used, what was asked, what
//! left, and who did what.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;

use super::files::{self, FileLine, ShareLine};
use super::form::Fields;
use super::outcome::{EffectOutcome, look_again};
use super::page::{Frame, Notice, PageError, render};
use super::question::Said;
use super::session::Session;
use super::timeline::{self, Bar};
use super::words;
use crate::answer::AnswerError;
use crate::http::{Http, answer_problem, artifact_problem, store_problem};
use crate::orders::{Verb, Why};
use crate::view::{JobView, StepView};

/// Most audit rows on the page; the API has all.
const AUDIT_ROWS: u32 = 200;
/// Seconds until the page of a running job looks again.
const RUNNING_S: i64 = 2;
/// Characters of a digest that tell two modules apart on a page.
const DIGEST_CHARS: usize = 12;

struct StepRow {
    name: String,
    skill: String,
    digest: String,
    state: String,
    reason: String,
    summary: String,
    attempts: u32,
    fuel: String,
    time: String,
    money: String,
    bar: Option<Bar>,
    needs: String,
}

struct ApprovalRow {
    id: String,
    heading: String,
    status: &'static str,
    when: String,
}

struct FollowUpRow {
    id: String,
    what: String,
    status: &'static str,
    status_words: &'static str,
    reason: String,
}

struct AuditLine {
    when: String,
    actor: String,
    action: String,
    subject: String,
}

struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    frame: Frame,
    id: String,
    what: String,
    source: String,
    status: &'static str,
    status_words: &'static str,
    reason: String,
    parent: String,
    facts: Vec<Fact>,
    steps: Vec<StepRow>,
    cuts: Vec<i64>,
    approvals: Vec<ApprovalRow>,
    effects: Vec<EffectOutcome>,
    files: Vec<FileLine>,
    shares: Vec<ShareLine>,
    follow_ups: Vec<FollowUpRow>,
    audit: Vec<AuditLine>,
    stoppable: bool,
    retriable: bool,
}

/// The job, if it is the person's, or an admin looks.
async fn load(http: &Http, session: &Session, id: &JobId) -> Result<JobView, PageError> {
    let job = http.app.job_view(&session.user.org, id).await.map_err(|error| store_problem(&error))?;
    match job {
        Some(job) if job.user_id == session.user.id || session.user.admin => Ok(job),
        Some(_) | None => Err(answer_problem(AnswerError::NotFound).into()),
    }
}

/// The page.
pub(super) async fn show(
    State(http): State<Http>,
    session: Session,
    Path(id): Path<JobId>,
    Query(said): Query<Said>,
) -> Result<Response, PageError> {
    let job = load(&http, &session, &id).await?;
    let audit =
        http.app.store.audit(&session.user.org, Some(&id), AUDIT_ROWS).await.map_err(|error| store_problem(&error))?;
    let made = http.app.artifacts(&session.user, &id).await.map_err(artifact_problem)?;
    let (zone, now) = (words::zone(&session.user), http.app.clock.now());
    let (files, shares) = files::of_job(&id, made, &zone);
    let drawn = timeline::lay_out(&job.steps, now);
    let effects: Vec<EffectOutcome> = job.effects.iter().map(|effect| EffectOutcome::of(effect, &zone, now)).collect();
    let mut frame = Frame::of(&session, words::plain(&job.event_type)).with(said.notice());
    let running = matches!(job.status, JobStatus::Pending | JobStatus::InProgress);
    frame.refresh_s = if running { Some(RUNNING_S) } else { look_again(&effects) };
    let page = JobPage {
        frame,
        id: job.id.to_string(),
        what: words::plain(&job.event_type),
        source: job.event_source.clone(),
        status: job.status.as_str(),
        status_words: words::job_state(job.status),
        reason: job.reason.clone().unwrap_or_default(),
        parent: job.event_chain.get("parent").and_then(|parent| parent.as_str()).unwrap_or_default().to_owned(),
        facts: facts(&job),
        steps: job.steps.iter().zip(drawn.bars).map(|(step, bar)| step_row(step, bar)).collect(),
        cuts: drawn.cuts,
        approvals: job
            .approvals
            .iter()
            .map(|approval| ApprovalRow {
                id: approval.id.to_string(),
                heading: approval.card.heading.clone(),
                status: approval.status.as_str(),
                when: words::relative(approval.created_at, now),
            })
            .collect(),
        effects,
        files,
        shares,
        follow_ups: job
            .follow_ups
            .iter()
            .map(|child| FollowUpRow {
                id: child.job_id.to_string(),
                what: words::plain(&child.event_type),
                status: child.status.as_str(),
                status_words: words::job_state(child.status),
                reason: child.reason.clone().unwrap_or_default(),
            })
            .collect(),
        audit: audit
            .into_iter()
            .map(|row| AuditLine {
                when: words::instant(row.at, &zone),
                actor: row.actor,
                action: row.action,
                subject: row.subject,
            })
            .collect(),
        stoppable: !job.status.is_ended(),
        retriable: job.status == JobStatus::Failed,
    };
    Ok(render(StatusCode::OK, &page))
}

fn facts(job: &JobView) -> Vec<Fact> {
    let sum = |of: fn(&StepView) -> i64| job.steps.iter().map(of).fold(0_i64, i64::saturating_add);
    let settled = job.steps.iter().filter(|step| step.state == "settled").count();
    vec![
        Fact { label: "Steps settled", value: format!("{settled} of {}", job.steps.len()) },
        Fact { label: "Compute", value: words::micros(sum(|step| step.wall_us)) },
        Fact { label: "Fuel", value: words::amount(sum(|step| step.fuel)) },
        Fact { label: "Money", value: words::money(sum(|step| step.money)) },
        Fact {
            label: "From event to last change",
            value: words::span(job.updated_at.0.saturating_sub(job.created_at.0)),
        },
        Fact { label: "Depth", value: format!("{} of {}", job.depth, skillhost_engine::event::MAX_CHAIN_DEPTH) },
    ]
}

fn step_row(step: &StepView, bar: Option<Bar>) -> StepRow {
    let ran = step.started_at.is_some();
    let shown = |text: String| if ran { text } else { String::new() };
    let version = step.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let digest = step.digest.as_deref().unwrap_or_default();
    StepRow {
        name: step.name.clone(),
        skill: format!("{}{version}", step.skill),
        digest: digest.trim_start_matches("sha256:").chars().take(DIGEST_CHARS).collect(),
        state: step.state.clone(),
        reason: step.reason.clone().unwrap_or_default(),
        summary: step.summary.clone().unwrap_or_default(),
        attempts: step.attempts,
        fuel: shown(words::amount(step.fuel)),
        time: shown(words::micros(step.wall_us)),
        money: shown(words::money(step.money)),
        bar,
        needs: step.needs.join(", "),
    }
}

/// Ends a job.
pub(super) async fn cancel(
    State(http): State<Http>,
    session: Session,
    Path(id): Path<JobId>,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    load(&http, &session, &id).await?;
    http.app.order(&session.user, &id, Verb::Cancel, None, from_inbox()).await.map_err(answer_problem)?;
    Ok(back(&id, Notice::Cancelled))
}

/// Sends a failed job back to work.
pub(super) async fn retry(
    State(http): State<Http>,
    session: Session,
    Path(id): Path<JobId>,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    load(&http, &session, &id).await?;
    http.app.order(&session.user, &id, Verb::Retry, None, from_inbox()).await.map_err(answer_problem)?;
    Ok(back(&id, Notice::Retried))
}

fn from_inbox() -> Why {
    Why { via: "inbox".to_owned(), reason: None }
}

fn back(id: &JobId, notice: Notice) -> Response {
    Redirect::to(&format!("/inbox/jobs/{id}?said={}", notice.word())).into_response()
}
