//! A question: its card as a form, the answer to it, and afterwards its outcome.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use serde::Deserialize;
use skillhost_engine::approval::{ActionStatus, Answer, PendingAction};
use skillhost_engine::card::{CardLine, CardPart, EffectView};
use skillhost_engine::ids::ApprovalId;
use skillhost_engine::outcome::Field;
use skillhost_engine::report::Mark;
use skillhost_engine::time::Timestamp;

use super::files::{self, FileLine};
use super::form::{self, Fields, edit_name, edit_text};
use super::outcome::{EffectOutcome, look_again};
use super::page::{Frame, Notice, PageError, render};
use super::session::Session;
use super::words;
use crate::answer::{AnswerError, Reply};
use crate::http::{Http, answer_problem, store_problem};

/// The door by which somebody answers here.
pub(super) const INBOX: &str = "inbox";
/// Rows of a text area for its text, within a screen.
const ROWS: std::ops::RangeInclusive<usize> = 2..=24;
/// Characters a line of a text area shows, about.
const COLUMNS: usize = 76;

/// A card on a page.
pub(super) struct QuestionView {
    /// Id.
    pub(super) id: String,
    /// Its job.
    pub(super) job: String,
    /// The host's heading.
    pub(super) heading: String,
    /// Who asks.
    pub(super) asked_by: String,
    /// Who raised the event by the API; empty where it came another way.
    pub(super) raised_by: String,
    /// `review`, `choose`, `batch` or `void`.
    pub(super) pattern: String,
    /// When asked.
    pub(super) asked: String,
    /// When it expires.
    pub(super) expires: String,
    /// What would happen.
    pub(super) parts: Vec<PartView>,
    /// Files it is about.
    pub(super) files: Vec<FileLine>,
    /// The skill's words.
    pub(super) comment_title: String,
    /// The skill's words.
    pub(super) comment: String,
    /// The skill's words.
    pub(super) comment_fields: Vec<Field>,
    /// Offer "send later".
    pub(super) deferrable: bool,
    /// Offer others.
    pub(super) offer_more: bool,
    /// Offer "I will do it myself".
    pub(super) offer_manual: bool,
    /// Whether anything may be changed.
    pub(super) has_edits: bool,
    /// The card's own nonce.
    pub(super) nonce: String,
    /// Proposed for "send later".
    pub(super) later_at: String,
    /// Why the last attempt at an answer was not taken.
    pub(super) error: String,
    /// The note as typed.
    pub(super) note: String,
    /// Open the parts where something was typed.
    pub(super) open: bool,
}

/// An item, a choice, or the whole.
pub(super) struct PartView {
    /// Id.
    pub(super) id: String,
    /// The skill's label.
    pub(super) label: String,
    /// The skill's detail.
    pub(super) detail: String,
    /// Ticked, or recommended.
    pub(super) marked: bool,
    /// Picked, in a `choose`.
    pub(super) picked: bool,
    /// What would happen.
    pub(super) effects: Vec<EffectCard>,
}

/// An effect that would happen.
pub(super) struct EffectCard {
    /// `Send an email`.
    pub(super) title: String,
    /// Every field.
    pub(super) lines: Vec<CardLine>,
    /// Places that may be changed.
    pub(super) edits: Vec<EditField>,
}

/// A field of the form.
pub(super) struct EditField {
    /// In the form.
    pub(super) name: String,
    /// In the page.
    pub(super) html_id: String,
    /// Words beside it.
    pub(super) label: String,
    /// Rows of its text area; 1 is a line.
    pub(super) rows: usize,
    /// What it holds.
    pub(super) text: String,
}

impl QuestionView {
    /// The card of an open question. `typed` is what a refused form held.
    pub(super) fn of(action: &PendingAction, zone: &TimeZone, now: Timestamp, typed: Option<&Fields>) -> Self {
        let card = &action.card;
        let parts: Vec<PartView> =
            card.parts.iter().enumerate().map(|(at, part)| part_view(action, at, part, typed)).collect();
        let has_edits = parts.iter().flat_map(|part| &part.effects).any(|effect| !effect.edits.is_empty());
        Self {
            id: action.id.to_string(),
            job: action.job.to_string(),
            heading: card.heading.clone(),
            asked_by: card.asked_by.clone(),
            raised_by: card.raised_by.clone().unwrap_or_default(),
            pattern: card.pattern.clone(),
            asked: words::relative(action.created_at, now),
            expires: words::relative(action.expires_at, now),
            parts,
            files: files::of_effects(action),
            comment_title: card.comment_title.clone(),
            comment: card.comment.clone(),
            comment_fields: card.comment_fields.clone(),
            deferrable: card.deferrable,
            offer_more: card.offer_more,
            offer_manual: card.offer_manual,
            has_edits,
            nonce: action.nonce.clone(),
            later_at: typed
                .and_then(|fields| fields.get("later_at"))
                .map_or_else(|| tomorrow_morning(zone, now), str::to_owned),
            error: String::new(),
            note: typed.and_then(|fields| fields.get("note")).unwrap_or_default().to_owned(),
            open: typed.is_some(),
        }
    }
}

fn part_view(action: &PendingAction, at: usize, part: &CardPart, typed: Option<&Fields>) -> PartView {
    let marked = typed.map_or(part.marked, |fields| fields.has("item", &part.id));
    let picked = typed.map_or(part.marked, |fields| fields.has("choice", &part.id));
    PartView {
        id: part.id.clone(),
        label: part.label.clone(),
        detail: part.detail.clone().unwrap_or_default(),
        marked,
        picked,
        effects: part
            .effects
            .iter()
            .enumerate()
            .map(|(nth, effect)| effect_card(&format!("{}-{at}-{nth}", action.id), effect, typed))
            .collect(),
    }
}

fn effect_card(prefix: &str, effect: &EffectView, typed: Option<&Fields>) -> EffectCard {
    let edits = effect
        .editable
        .iter()
        .enumerate()
        .map(|(at, place)| {
            let name = edit_name(&effect.id, &place.pointer);
            let present = edit_text(&place.value);
            let text = typed.and_then(|fields| fields.get(&name)).map_or(present, str::to_owned);
            // A line input would swallow line ends that the text has.
            let rows =
                if place.multiline || text.contains('\n') || place.value.is_array() { rows_for(&text) } else { 1 };
            EditField { name, html_id: format!("{prefix}-{at}"), label: place.label.clone(), rows, text }
        })
        .collect();
    EffectCard { title: effect.title.clone(), lines: effect.lines.clone(), edits }
}

fn rows_for(text: &str) -> usize {
    let rows: usize = text.lines().map(|line| line.chars().count() / COLUMNS + 1).sum();
    (rows + 1).clamp(*ROWS.start(), *ROWS.end())
}

/// 08:00 of the person's next day, in the form a browser's time field takes.
fn tomorrow_morning(zone: &TimeZone, now: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(now.0)
        .ok()
        .and_then(|now| now.to_zoned(zone.clone()).date().checked_add(1.day()).ok())
        .map(|day| format!("{day}T08:00"))
        .unwrap_or_default()
}

#[derive(Template)]
#[template(path = "question_page.html")]
struct OpenPage {
    frame: Frame,
    q: QuestionView,
}

#[derive(Template)]
#[template(path = "outcome.html")]
struct OutcomePage {
    frame: Frame,
    heading: String,
    job: String,
    status: &'static str,
    status_words: &'static str,
    explanation: String,
    note: String,
    effects: Vec<EffectOutcome>,
    waiting: usize,
    /// The question that can be asked again; empty where it cannot.
    again: String,
}

/// What a redirect says.
#[derive(Deserialize)]
pub(super) struct Said {
    said: Option<String>,
}

impl Said {
    /// The notice, where the word is one.
    pub(super) fn notice(&self) -> Option<Notice> {
        self.said.as_deref().and_then(Notice::parse)
    }
}

/// The question, if it is the person's, or an admin looks.
async fn load(http: &Http, session: &Session, id: &ApprovalId) -> Result<PendingAction, PageError> {
    let action = http.app.store.action(&session.user.org, id).await.map_err(|error| store_problem(&error))?;
    match action {
        Some(action) if action.user == session.user.id || session.user.admin => Ok(action),
        Some(_) | None => Err(answer_problem(AnswerError::NotFound).into()),
    }
}

/// An open question as a form, a settled one as its outcome.
pub(super) async fn show(
    State(http): State<Http>,
    session: Session,
    Path(id): Path<ApprovalId>,
    Query(said): Query<Said>,
) -> Result<Response, PageError> {
    let action = load(&http, &session, &id).await?;
    let (zone, now) = (words::zone(&session.user), http.app.clock.now());
    if action.status == ActionStatus::Pending && action.expires_at > now {
        http.app.mark([&action], &session.user.id, Mark::Viewed, INBOX);
        let frame = Frame::of(&session, &action.card.heading).with(said.notice());
        let mut q = QuestionView::of(&action, &zone, now, None);
        q.files = files::of_question(&http, &action).await?;
        return Ok(render(StatusCode::OK, &OpenPage { frame, q }));
    }
    outcome_page(&http, &session, &action, said.notice()).await
}

async fn outcome_page(
    http: &Http,
    session: &Session,
    action: &PendingAction,
    notice: Option<Notice>,
) -> Result<Response, PageError> {
    let store = &http.app.store;
    let failed = |error| PageError::from(store_problem(&error));
    let (zone, now) = (words::zone(&session.user), http.app.clock.now());
    let job = http.app.job_view(&action.org, &action.job).await.map_err(failed)?;
    let effects: Vec<EffectOutcome> = job
        .iter()
        .flat_map(|job| &job.effects)
        .filter(|effect| effect.approval.as_ref() == Some(&action.id))
        .map(|effect| EffectOutcome::of(effect, &zone, now))
        .collect();
    let waiting = store.open_actions(&session.user.org, Some(&session.user.id)).await.map_err(failed)?.len();
    let mut frame = Frame::of(session, &action.card.heading).with(notice);
    frame.refresh_s = look_again(&effects);
    let note = action.resolution.as_ref().and_then(|resolution| resolution.note.clone()).unwrap_or_default();
    let may_ask = action.user == session.user.id || session.user.admin;
    let again = may_ask && matches!(http.app.may_be_asked_again(action).await, Ok(true));
    let (status_words, explanation) = settled_words(action, &zone, again);
    let page = OutcomePage {
        frame,
        heading: action.card.heading.clone(),
        job: action.job.to_string(),
        status: action.status.as_str(),
        status_words,
        explanation,
        note,
        effects,
        waiting,
        again: if again { action.id.to_string() } else { String::new() },
    };
    Ok(render(StatusCode::OK, &page))
}

/// How a question ended, in a word and a sentence.
fn settled_words(action: &PendingAction, zone: &TimeZone, again: bool) -> (&'static str, String) {
    let resolution = action.resolution.as_ref();
    let reason = resolution.and_then(|resolution| resolution.reason.clone());
    let when = action.resolved_at.map(|at| words::instant(at, zone)).unwrap_or_default();
    let via = resolution.map(|resolution| resolution.via.as_str()).unwrap_or_default();
    match action.status {
        ActionStatus::Approved => {
            let edited = match resolution.and_then(|resolution| resolution.answer.as_ref()) {
                Some(Answer::Approve { edits, .. }) if !edits.is_empty() => ", with your changes",
                _ => "",
            };
            ("approved", format!("Approved{edited} on {when} ({via})."))
        }
        ActionStatus::Skipped => ("skipped", format!("Skipped on {when} ({via}). Nothing of it happens.")),
        ActionStatus::Cancelled => ("cancelled", format!("The job was ended on {when} ({via}).")),
        ActionStatus::Expired | ActionStatus::Pending => {
            let then = if again { "It can be asked again." } else { "Retry the job to be asked again." };
            ("expired", format!("Nobody answered in time, so nothing happened. {then}"))
        }
        ActionStatus::Withdrawn => {
            ("withdrawn", reason.unwrap_or_else(|| "The question is void; nothing of it happens.".to_owned()))
        }
    }
}

/// Takes the answer of a form.
pub(super) async fn answer(
    State(http): State<Http>,
    session: Session,
    Path(id): Path<ApprovalId>,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    let action = load(&http, &session, &id).await?;
    http.app.mark([&action], &session.user.id, Mark::Clicked, INBOX);
    let (zone, now) = (words::zone(&session.user), http.app.clock.now());
    let submission = match form::read(&action.card, &fields, &zone, now) {
        Ok(submission) => submission,
        Err(error) => return Ok(again(&session, &action, &fields, now, error.to_string())),
    };
    let notice = notice_for(&submission.answer);
    let reply = Reply { via: INBOX.to_owned(), note: submission.note, irrelevant: submission.irrelevant };
    // A form without a nonce is a form that was not ours; an empty one never matches.
    let nonce = fields.get("nonce").unwrap_or_default();
    let said = match http.app.answer(&session.user, &id, Some(nonce), submission.answer, reply).await {
        Ok(answered) if answered.already => Notice::Before,
        Ok(_) => notice,
        Err(AnswerError::AlreadySettled { .. }) => Notice::Before,
        Err(AnswerError::InvalidAnswer { pointer, message }) => {
            let place = if pointer.is_empty() { String::new() } else { format!(" ({pointer})") };
            return Ok(again(&session, &action, &fields, now, format!("{message}{place}. Nothing was released.")));
        }
        Err(error) => return Err(answer_problem(error).into()),
    };
    Ok(Redirect::to(&format!("/inbox/approvals/{id}?said={}", said.word())).into_response())
}

/// Asks an expired question again, and shows the new one.
pub(super) async fn ask_again(
    State(http): State<Http>,
    session: Session,
    Path(id): Path<ApprovalId>,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    // Whoever may not see it is told no more than that.
    load(&http, &session, &id).await?;
    let asked = http.app.ask_again(&session.user, &id, INBOX).await.map_err(answer_problem)?;
    let said = if asked.already { Notice::AskedBefore } else { Notice::AskedAgain };
    Ok(Redirect::to(&format!("/inbox/approvals/{}?said={}", asked.approval.id, said.word())).into_response())
}

/// The form again, with what was typed and what is wrong with it.
fn again(session: &Session, action: &PendingAction, fields: &Fields, now: Timestamp, error: String) -> Response {
    let mut q = QuestionView::of(action, &words::zone(&session.user), now, Some(fields));
    q.error = error;
    let frame = Frame::of(session, &action.card.heading);
    render(StatusCode::UNPROCESSABLE_ENTITY, &OpenPage { frame, q })
}

fn notice_for(answer: &Answer) -> Notice {
    match answer {
        Answer::Approve { .. } | Answer::Items { .. } => Notice::Approved,
        Answer::Choose { .. } => Notice::Chosen,
        Answer::More => Notice::More,
        Answer::Manual => Notice::Manual,
        Answer::Skip => Notice::Skipped,
        Answer::Cancel => Notice::Cancelled,
    }
}
