//! Signing in by a one-time link, the session that follows, and its CSRF token.
//!
//! Links and sessions are 256 random bits; the database keeps digests only. A
//! session's value is in a cookie that no script and no other site can use.

use askama::Template;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{StoreError, User};
use skillhost_engine::time::Timestamp;
use subtle::ConstantTimeEq;

use super::form::Fields;
use super::page::{Frame, PageError, render};
use crate::app::App;
use crate::http::{Http, Problem, digest_of, store_problem};

/// A link is used within minutes of being printed; an hour allows for lunch.
const LINK_MS: i64 = 60 * 60 * 1000;
/// A working day. Expiry is absolute: a stolen cookie dies with the day.
const SESSION_MS: i64 = 12 * 60 * 60 * 1000;
const COOKIE: &str = "skillhost_session";

/// What a link and a session are kept as.
#[derive(Serialize, Deserialize)]
struct Kept {
    org: OrgId,
    user: UserId,
    expires_at: Timestamp,
    #[serde(default)]
    csrf: String,
}

/// Makes a sign-in link for a person and returns its path; it works once.
///
/// # Errors
/// The link cannot be stored.
pub async fn issue_sign_in(app: &App, org: &OrgId, user: &UserId) -> Result<String, StoreError> {
    let token = hex::encode(app.ids.secret());
    let expires_at = app.clock.now().plus_ms(LINK_MS);
    let kept = Kept { org: org.clone(), user: user.clone(), expires_at, csrf: String::new() };
    put(app, "sign-in", &token, &kept).await?;
    Ok(format!("/signin/{token}"))
}

async fn put(app: &App, kind: &str, token: &str, kept: &Kept) -> Result<(), StoreError> {
    let value = serde_json::json!(kept);
    app.store.put_token(kind, &digest_of(token), &value, kept.expires_at).await
}

async fn get(app: &App, kind: &str, token: &str, take: bool) -> Result<Option<Kept>, StoreError> {
    let value = app.store.token(kind, &digest_of(token), app.clock.now(), take).await?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

/// A signed-in person.
pub(super) struct Session {
    /// Who.
    pub(super) user: User,
    /// In every form.
    pub(super) csrf: String,
}

impl Session {
    /// Refuses a form that did not come from one of this session's pages.
    pub(super) fn check(&self, fields: &Fields) -> Result<(), PageError> {
        let given = fields.get("csrf").unwrap_or_default();
        if bool::from(given.as_bytes().ct_eq(self.csrf.as_bytes())) {
            return Ok(());
        }
        tracing::warn!(code = "inbox.csrf", user = %self.user.id, "a form without this session's token was refused");
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "form-not-ours",
            "This form is not from your session",
            "The form did not come from a page of this session, so nothing was done.",
        )
        .hint("Open the inbox again and answer there.")
        .into())
    }
}

impl FromRequestParts<Http> for Session {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, PageError> {
        let token = cookie(&parts.headers).ok_or_else(signed_out)?;
        let failed = |error: StoreError| PageError::from(store_problem(&error));
        let kept = get(&http.app, "session", &token, false).await.map_err(failed)?.ok_or_else(signed_out)?;
        let user = http.app.store.user(&kept.org, &kept.user).await.map_err(failed)?.ok_or_else(signed_out)?;
        Ok(Self { user, csrf: kept.csrf })
    }
}

fn signed_out() -> PageError {
    PageError::signed_out(
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "signed-out",
            "You are not signed in",
            "This browser has no open session.",
        )
        .hint(
            "Open a fresh sign-in link: `skillhost serve` prints one when it starts, and your operator can make more.",
        ),
    )
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}

fn set_cookie(http: &Http, token: &str, seconds: i64) -> Option<HeaderValue> {
    let https = http.app.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let secure = if https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"))
        .ok()
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedIn {
    frame: Frame,
}

/// Trades a link for a session.
pub(super) async fn sign_in(State(http): State<Http>, Path(token): Path<String>) -> Result<Response, PageError> {
    let failed = |error: StoreError| PageError::from(store_problem(&error));
    let link = get(&http.app, "sign-in", &token, true).await.map_err(failed)?.ok_or_else(|| {
        PageError::signed_out(
            Problem::new(
                StatusCode::GONE,
                "link-used",
                "This link does not work any more",
                "A sign-in link works once, and for an hour.",
            )
            .hint("Ask for a fresh one: `skillhost serve` prints one when it starts."),
        )
    })?;
    let user = http.app.store.user(&link.org, &link.user).await.map_err(failed)?.ok_or_else(signed_out)?;
    let session = hex::encode(http.app.ids.secret());
    let kept = Kept {
        org: link.org,
        user: link.user,
        expires_at: http.app.clock.now().plus_ms(SESSION_MS),
        csrf: hex::encode(http.app.ids.secret()),
    };
    put(&http.app, "session", &session, &kept).await.map_err(failed)?;
    tracing::info!(user = %user.id, "signed in");
    // A page and not a redirect: after a click in a mail or chat, a browser does
    // not send a strict cookie along with a redirect, and the person would find
    // themselves signed out.
    let mut frame = Frame::anonymous("Signed in");
    frame.user = Some(user.name);
    let mut response = render(StatusCode::OK, &SignedIn { frame });
    if let Some(value) = set_cookie(&http, &session, SESSION_MS / 1000) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Ends the session.
pub(super) async fn sign_out(
    State(http): State<Http>,
    session: Session,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    if let Some(token) = cookie(&headers) {
        get(&http.app, "session", &token, true).await.map_err(|error| store_problem(&error))?;
    }
    let mut response = Redirect::to("/inbox").into_response();
    if let Some(value) = set_cookie(&http, "", 0) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn our_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; skillhost_session=abc; c=d".parse().unwrap());
        assert_eq!(cookie(&headers).as_deref(), Some("abc"));
        headers.clear();
        headers.append(header::COOKIE, "xskillhost_session=abc".parse().unwrap());
        assert_eq!(cookie(&headers), None);
    }
}
