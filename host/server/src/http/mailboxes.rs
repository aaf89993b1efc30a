//! Mailboxes that the host reads, and where they stand.

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, store_problem};
use crate::mailboxes::MailboxView;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/mailboxes",
        get(list),
        doc("listMailboxes", "The caller's mailboxes and where they stand; an admin's call lists those of the org")
            .answers(200, "Mailboxes by address", "MailboxList")
            .problems(&[401, 429, 503]),
    )]
}

/// Mailboxes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MailboxList {
    pub(crate) mailboxes: Vec<MailboxView>,
}

async fn list(State(http): State<Http>, caller: Caller) -> Result<Json<MailboxList>, Problem> {
    let whose = (!caller.user.admin).then_some(&caller.user.id);
    let mailboxes = http.app.mailbox_views(&caller.user.org, whose).await.map_err(|error| store_problem(&error))?;
    Ok(Json(MailboxList { mailboxes }))
}
