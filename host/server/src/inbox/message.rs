//! The buttons of messages that ask nothing, as forms of the page.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use skillhost_engine::ids::EffectKey;
use skillhost_engine::store::StoreError;
use skillhost_engine::visible::visible;

use super::form::Fields;
use super::page::{Notice, PageError};
use super::question::INBOX;
use super::session::Session;
use crate::buttons::PressError;
use crate::http::{Http, Problem, receive_problem, store_problem};

/// A button under a message.
pub(super) struct ButtonView {
    /// Its place, which the form sends.
    pub(super) place: usize,
    /// What stands on it.
    pub(super) label: String,
    /// Whether it was pressed.
    pub(super) is_pressed: bool,
}

/// The buttons of a message of this person.
pub(super) async fn buttons_of(http: &Http, session: &Session, key: &EffectKey) -> Result<Vec<ButtonView>, StoreError> {
    let buttons = http.app.buttons_of(&session.user.org, key).await?.unwrap_or_default();
    let view = |(place, (label, is_pressed)): (usize, (String, bool))| ButtonView {
        place,
        label: visible(&label).into_owned(),
        is_pressed,
    };
    Ok(buttons.into_iter().enumerate().map(view).collect())
}

/// Takes a press.
pub(super) async fn press(
    State(http): State<Http>,
    session: Session,
    Path(key): Path<EffectKey>,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    let place = fields.get("place").and_then(|place| place.parse().ok()).ok_or(PressError::NotThere);
    let pressed = match place {
        Ok(place) => http.app.press(&session.user, &key, place, INBOX).await,
        Err(error) => Err(error),
    };
    let pressed = pressed.map_err(problem)?;
    if !pressed.is_taken {
        return Err(Problem::new(StatusCode::CONFLICT, "not-started", "Nothing was started", pressed.said).into());
    }
    Ok(Redirect::to(&format!("/inbox?said={}", Notice::Pressed.word())).into_response())
}

fn problem(error: PressError) -> PageError {
    let detail = format!("{error}.");
    let of = |status, code, title| PageError::from(Problem::new(status, code, title, detail.clone()));
    match error {
        PressError::NotThere => of(StatusCode::NOT_FOUND, "not-found", "Not there"),
        PressError::NotYours => of(StatusCode::FORBIDDEN, "not-yours", "Not yours to press"),
        PressError::TooOld => of(StatusCode::GONE, "expired", "The message is too old"),
        PressError::NoSequence { .. } => of(StatusCode::CONFLICT, "no-sequence", "Nothing was started"),
        PressError::Receive(error) => receive_problem(&error).into(),
        PressError::Store(error) => store_problem(&error).into(),
    }
}
