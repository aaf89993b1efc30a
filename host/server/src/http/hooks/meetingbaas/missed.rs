//! A meeting whose words will not come by themselves: its rep is told, once a bot.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use skillhost_engine::store::{Batch, ChatMessage, Connection, Write};
use skillhost_engine::time::Timestamp;

use super::super::super::Http;
use super::{DeliverError, meeting};
use crate::app::ReceiveError;

/// Most characters of a meeting's title in a notice.
const MAX_TITLE_CHARS: usize = 120;

/// Why there is no transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The bot failed; the vendor's words.
    BotFailed(String),
    /// The vendor recorded the meeting and has no transcript of it.
    NotMade,
    /// There is one, and nobody says anything in it.
    Silent,
    /// The vendor's storage answers with something else, and will again: 403, mostly, because
    /// the address has run out.
    Status(u16),
    /// The vendor's storage does not answer, and the vendor may not deliver again.
    NotYet,
    /// What was fetched is no transcript that is known here.
    Unreadable,
    /// More than is fetched, or than a skill may read.
    TooLarge,
    /// The address is one that this host does not fetch from.
    Refused,
}

impl Missing {
    /// One sentence, with the meeting's name in it.
    fn sentence(&self, meeting: &str) -> String {
        match self {
            Self::BotFailed(said) => {
                format!("The meeting bot did not record {meeting}: {}.", said.trim_end_matches('.'))
            }
            Self::NotMade => format!("The meeting bot recorded {meeting}, but made no transcript of it."),
            Self::Silent => format!("The transcript of {meeting} is empty: the meeting bot heard nobody speak."),
            Self::Status(status) => format!(
                "The transcript of {meeting} could not be fetched: the meeting bot's storage answered {status}. \
                 Its link works for a few hours only."
            ),
            Self::NotYet => format!(
                "The transcript of {meeting} could not be fetched so far: the meeting bot's storage does not answer. \
                 It may still come within the next three hours."
            ),
            Self::Unreadable => format!(
                "The transcript of {meeting} could not be read: the meeting bot's file has a format that is not known here."
            ),
            Self::TooLarge => format!("The transcript of {meeting} is too large to be fetched."),
            Self::Refused => format!(
                "The transcript of {meeting} could not be fetched: this host may not download from where the meeting \
                 bot keeps it. Its operator can allow that."
            ),
        }
    }

    /// For the log, which has no words of others.
    fn code(&self) -> &'static str {
        match self {
            Self::BotFailed(_) => "bot-failed",
            Self::NotMade => "not-made",
            Self::Silent => "silent",
            Self::Status(_) => "status",
            Self::NotYet => "not-yet",
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too-large",
            Self::Refused => "refused",
        }
    }

    /// For the vendor.
    fn reason(&self) -> String {
        match self {
            Self::BotFailed(said) => format!("the bot failed: {said}"),
            Self::NotMade => "the recording came without a transcript".to_owned(),
            Self::Silent => "nobody speaks in the transcript".to_owned(),
            Self::Status(status) => format!("the transcript's address answered {status}"),
            Self::NotYet => "the transcript's address does not answer".to_owned(),
            Self::Unreadable => "the transcript cannot be read".to_owned(),
            Self::TooLarge => "the transcript is too large".to_owned(),
            Self::Refused => "the transcript's address is refused".to_owned(),
        }
    }
}

/// Tells the rep, and takes the delivery: to send it again would change nothing.
pub(super) async fn settle(
    http: &Http,
    connection: &Connection,
    missing: &Missing,
    now: Timestamp,
) -> Result<Response, DeliverError> {
    tell(http, connection, missing, now).await?;
    let bot_id = &connection.external_id;
    tracing::warn!(
        code = "meetingbaas.no-transcript",
        bot_id,
        why = missing.code(),
        "no transcript comes; its rep is told"
    );
    Ok((StatusCode::ACCEPTED, Json(json!({ "ignored": missing.reason(), "told": true }))).into_response())
}

/// A notice to the bot's person. Its id is the bot's: however often and by whichever way the
/// vendor says so, it is told once.
pub(super) async fn tell(
    http: &Http,
    connection: &Connection,
    missing: &Missing,
    now: Timestamp,
) -> Result<(), DeliverError> {
    let Connection { org, user, external_id: bot, .. } = connection;
    if http.app.store.user(org, user).await?.is_none() {
        return Err(ReceiveError::UnknownUser { org: org.clone(), user: user.clone() }.into());
    }
    let message = ChatMessage {
        id: format!("meeting-bot:{bot}"),
        org: org.clone(),
        user: user.clone(),
        job: None,
        text: text(&meeting(http, connection).await?, bot, missing),
        at: now,
    };
    http.app.store.commit(Batch { writes: vec![Write::Notice(message)] }).await?;
    crate::cards::notices(&http.app);
    Ok(())
}

/// What happened, to which meeting, and what to do about it.
fn text(meeting: &Value, bot: &str, missing: &Missing) -> String {
    let title = meeting.get("title").and_then(Value::as_str).map(line).filter(|title| !title.is_empty());
    let name = title.map_or_else(|| "a meeting".to_owned(), |title| format!("“{title}”"));
    let id = meeting.get("id").and_then(Value::as_str).unwrap_or(bot);
    format!(
        "{} If you have a transcript of it, upload it yourself: `skillhost event transcript FILE --meeting {}`.",
        missing.sentence(&name),
        argument(id)
    )
}

fn line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(MAX_TITLE_CHARS).collect()
}

/// An id as a shell takes it; one with anything else in it is left to the reader.
fn argument(id: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:@+/=".contains(&b);
    if !id.is_empty() && id.bytes().all(plain) && !id.starts_with('-') { id } else { "ID" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_meeting_reason_and_remedy() {
        let known = json!({ "id": "m1", "title": " Globex\n discovery " });
        let failed = Missing::BotFailed("Bot was not accepted. (BOT_NOT_ACCEPTED).".to_owned());
        assert_eq!(
            text(&known, "bot-1", &failed),
            "The meeting bot did not record “Globex discovery”: Bot was not accepted. (BOT_NOT_ACCEPTED). If you have a \
             transcript of it, upload it yourself: `skillhost event transcript FILE --meeting m1`."
        );
        let unknown = text(&Value::Null, "bot-1", &Missing::NotMade);
        assert!(unknown.starts_with("The meeting bot recorded a meeting, but") && unknown.contains("--meeting bot-1`"));
    }

    #[test]
    fn an_id_that_a_shell_would_read_is_left_out() {
        for (id, shown) in [("m-1_a.b:c", "m-1_a.b:c"), ("m1; rm -rf x", "ID"), ("`x`", "ID"), ("--help", "ID")] {
            assert_eq!(argument(id), shown);
        }
    }
}
