//! `skillhost mailboxes`: which mailboxes are read, and where they stand.

use skillhost_engine::time::Timestamp;

use super::client::{ClientError, connect};
use super::{Exit, Global, render};
use crate::http::MailboxList;

pub(crate) async fn run(global: &Global) -> anyhow::Result<Exit> {
    let host = connect(global)?;
    let list: MailboxList = host.get("/v1/mailboxes").await.map_err(ClientError::from)?;
    if global.json {
        render::json(&list)?;
        return Ok(Exit::Done);
    }
    let at = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), Timestamp::rfc3339);
    let rows = list.mailboxes.into_iter().map(|view| {
        let row = view.row;
        let why = row.reason.map(|reason| format!("{reason}; again at {}", at(row.next_attempt))).unwrap_or_default();
        vec![
            row.address,
            row.user.to_string(),
            row.state.as_str().to_owned(),
            row.since.rfc3339(),
            at(row.synced_at),
            row.received.to_string(),
            row.left_out.to_string(),
            view.to_file.to_string(),
            view.not_filed.to_string(),
            why,
        ]
    });
    let heads = [
        "mailbox",
        "user",
        "state",
        "since (UTC)",
        "all read at (UTC)",
        "mails",
        "left out",
        "to file",
        "not filed",
        "why",
    ];
    render::table(&heads, rows.collect())?;
    Ok(Exit::Done)
}
