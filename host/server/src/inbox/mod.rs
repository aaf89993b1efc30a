//! The inbox: what waits for a person, on pages that need no script.
//!
//! A page shows the whole of what an answer would release, as the host rendered
//! it from the effects; the skill's own words stand visibly apart. Every form
//! carries the session's CSRF token, and an answer also the nonce of the card
//! that was shown. To add a page, add a file with its handlers, its template in
//! `templates/`, and its routes below.

mod files;
mod form;
mod job;
mod message;
mod outcome;
mod page;
mod question;
mod session;
mod timeline;
mod today;
mod words;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};

use crate::http::Http;

pub use session::issue_sign_in;

/// The only stylesheet; the pages' policy allows no other source of style.
const STYLE: &str = include_str!("../../templates/inbox.css");
/// The icon of the tab.
const ICON: &str = include_str!("../../templates/icon.svg");

/// All pages.
pub(crate) fn routes() -> Router<Http> {
    Router::new()
        .route("/", get(async || Redirect::to("/inbox")))
        .route("/inbox", get(today::show))
        .route("/inbox/approvals/{id}", get(question::show))
        .route("/inbox/approvals/{id}/answer", post(question::answer))
        .route("/inbox/approvals/{id}/again", post(question::ask_again))
        .route("/inbox/effects/{key}/undo", post(outcome::undo))
        .route("/inbox/messages/{key}/press", post(message::press))
        .route("/inbox/jobs/{id}", get(job::show))
        .route("/inbox/jobs/{id}/artifacts/{digest}", get(files::read))
        .route("/inbox/jobs/{id}/shares/{share}/revoke", post(files::revoke))
        .route("/inbox/jobs/{id}/cancel", post(job::cancel))
        .route("/inbox/jobs/{id}/retry", post(job::retry))
        .route("/signin/{token}", get(session::sign_in))
        .route("/signout", post(session::sign_out))
        .route("/assets/inbox.css", get(async || asset("text/css; charset=utf-8", STYLE)))
        .route("/assets/icon.svg", get(async || asset("image/svg+xml", ICON)))
}

fn asset(media: &'static str, text: &'static str) -> impl IntoResponse {
    // Short, so that an upgrade shows at once; long enough for a session's clicks.
    ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "public, max-age=300")], text)
}
