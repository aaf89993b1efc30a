//! The inbox itself: what waits, what was just decided, and what was told.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use skillhost_engine::ids::{EffectKey, JobId};
use skillhost_engine::report::Mark;
use skillhost_engine::rich::{self, Line};
use skillhost_engine::store::JobFilter;

use super::message::{ButtonView, buttons_of};
use super::outcome::{EffectOutcome, look_again};
use super::page::{Frame, PageError, render};
use super::question::{INBOX, QuestionView, Said};
use super::session::Session;
use super::words;
use crate::http::{Http, store_problem};

/// Jobs listed beside the questions: what a person still has in mind.
const RECENT_JOBS: u32 = 12;
/// Of these, so many are read whole, for effects that can still be taken back.
const LOOKED_INTO: usize = 6;
/// Messages shown.
const MESSAGES: u32 = 20;

/// A job in the list.
struct RecentJob {
    id: JobId,
    what: String,
    status: &'static str,
    status_words: &'static str,
    when: String,
}

/// A message.
struct MessageView {
    key: EffectKey,
    lines: Vec<Line>,
    buttons: Vec<ButtonView>,
    job: String,
    when: String,
}

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    frame: Frame,
    questions: Vec<QuestionView>,
    leaving: Vec<EffectOutcome>,
    messages: Vec<MessageView>,
    jobs: Vec<RecentJob>,
}

/// The page.
pub(super) async fn show(
    State(http): State<Http>,
    session: Session,
    Query(said): Query<Said>,
) -> Result<Response, PageError> {
    let store = &http.app.store;
    let failed = |error| PageError::from(store_problem(&error));
    let (org, user) = (&session.user.org, &session.user.id);
    let (zone, now) = (words::zone(&session.user), http.app.clock.now());
    let open = store.open_actions(org, Some(user)).await.map_err(failed)?;
    let shown = || open.iter().filter(|action| action.expires_at > now);
    http.app.mark(shown(), user, Mark::Viewed, INBOX);
    let questions: Vec<QuestionView> = shown().map(|action| QuestionView::of(action, &zone, now, None)).collect();
    let messages = store.feed(org, user, MESSAGES).await.map_err(failed)?;
    let mut told = Vec::with_capacity(messages.len());
    for message in &messages {
        // A message of the host has the key of the effect that posted it.
        let key = EffectKey::new(&*message.id);
        told.push(MessageView {
            buttons: match &message.job {
                Some(_) => buttons_of(&http, &session, &key).await.map_err(failed)?,
                None => Vec::new(),
            },
            lines: rich::lines(&message.text),
            job: message.job.as_ref().map(ToString::to_string).unwrap_or_default(),
            when: words::relative(message.at, now),
            key,
        });
    }
    let seen: Vec<EffectKey> = told.iter().filter(|one| !one.buttons.is_empty()).map(|one| one.key.clone()).collect();
    http.app.saw_buttons(&session.user, &seen, INBOX).await;
    let filter = JobFilter { user: Some(user.clone()), limit: RECENT_JOBS, ..JobFilter::default() };
    let rows = store.jobs(org, &filter).await.map_err(failed)?;
    let mut leaving = Vec::new();
    for row in rows.iter().take(LOOKED_INTO) {
        if let Some(job) = http.app.job_view(org, &row.id).await.map_err(failed)? {
            let effects = job.effects.iter().map(|effect| EffectOutcome::of(effect, &zone, now));
            leaving.extend(effects.filter(|effect| effect.undo_s > 0));
        }
    }
    let mut frame = Frame::of(&session, "Inbox").with(said.notice());
    if questions.is_empty() {
        // With a form on the page, loading again would lose what is being typed.
        frame.refresh_s = look_again(&leaving);
    }
    let page = TodayPage {
        frame,
        questions,
        leaving,
        messages: told,
        jobs: rows
            .into_iter()
            .map(|row| RecentJob {
                what: words::plain(&row.event_type),
                status: row.status.as_str(),
                status_words: words::job_state(row.status),
                when: words::relative(row.created_at, now),
                id: row.id,
            })
            .collect(),
    };
    Ok(render(StatusCode::OK, &page))
}
