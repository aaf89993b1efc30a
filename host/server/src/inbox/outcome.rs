//! What became of an answer: each effect, where it stands, and the way back
//! while there is one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use skillhost_engine::card::CardLine;
use skillhost_engine::ids::EffectKey;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::time::Timestamp;

use super::form::Fields;
use super::page::{Notice, PageError};
use super::session::Session;
use super::words;
use crate::http::{Http, answer_problem};
use crate::view::EffectRowView;

/// Seconds until a page with something on its way looks again.
const LOOK_AGAIN_S: i64 = 2;
/// Longest a page waits before it looks again at something held back.
const LOOK_AGAIN_MAX_S: i64 = 3600;

/// An effect on a page.
pub(super) struct EffectOutcome {
    /// Idempotency key; names the undo.
    pub(super) key: String,
    /// `Send an email`.
    pub(super) title: String,
    /// Every field of it.
    pub(super) lines: Vec<CardLine>,
    /// Class of its mark.
    pub(super) state: &'static str,
    /// Its state in words.
    pub(super) state_words: String,
    /// What to know about it.
    pub(super) remark: String,
    /// Seconds left to take it back; 0 when it cannot be.
    pub(super) undo_s: i64,
    /// When it leaves, where that is not now.
    pub(super) leaves: String,
    settled: bool,
}

impl EffectOutcome {
    /// As a person sees it now.
    pub(super) fn of(effect: &EffectRowView, zone: &TimeZone, now: Timestamp) -> Self {
        let kind = skillhost_engine::effect::kind(&effect.kind);
        let left_ms = effect.not_before.0.saturating_sub(now.0).max(0);
        let held = effect.state == EffectState::Ready && left_ms > 0;
        let undoable = held && effect.approval.is_some();
        let remark = match effect.state {
            EffectState::Dead => effect.last_error.clone().unwrap_or_default(),
            EffectState::Unknown => {
                "The host was stopped while this was under way. Look at the receiver before you decide.".to_owned()
            }
            EffectState::Ready if !held => effect
                .last_error
                .as_ref()
                .map(|error| format!("Attempt {} failed and is repeated: {error}", effect.attempt))
                .unwrap_or_default(),
            EffectState::Ready | EffectState::Sending | EffectState::Sent | EffectState::Cancelled => String::new(),
        };
        Self {
            key: effect.key.to_string(),
            title: kind.map_or_else(|| words::plain(&effect.kind), |kind| kind.title.to_owned()),
            lines: kind.map(|kind| kind.lines(&effect.payload)).unwrap_or_default(),
            state: effect.state.as_str(),
            state_words: words::effect_state(effect.state, held).to_owned(),
            remark,
            undo_s: if undoable { left_ms.div_euclid(1000) + 1 } else { 0 },
            leaves: if held { words::instant(effect.not_before, zone) } else { String::new() },
            settled: effect.state.is_final() || effect.state == EffectState::Unknown,
        }
    }
}

/// When a page that shows these should look again, if ever.
pub(super) fn look_again(effects: &[EffectOutcome]) -> Option<i64> {
    effects
        .iter()
        .filter(|effect| !effect.settled)
        .map(|effect| if effect.undo_s > 0 { (effect.undo_s + 1).min(LOOK_AGAIN_MAX_S) } else { LOOK_AGAIN_S })
        .min()
}

/// Takes an effect back onto a card.
pub(super) async fn undo(
    State(http): State<Http>,
    session: Session,
    Path(key): Path<EffectKey>,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    let card = http.app.undo(&session.user, &key, "inbox").await.map_err(answer_problem)?;
    Ok(Redirect::to(&format!("/inbox/approvals/{}?said={}", card.id, Notice::Undone.word())).into_response())
}
