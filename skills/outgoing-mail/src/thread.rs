//! The conversation a mail continues.

use skillhost_sdk::context::About;
use skillhost_sdk::sources::Thread;
use skillhost_sdk::{Failure, Optional, context};

use crate::headers::{is_reply, message_id, without_prefixes};

/// Most message ids in `References`: the first and the newest of a long
/// conversation are what mail programs sort by (RFC 5322 sets no bound).
const MAX_REFERENCES: usize = 20;

/// Headers of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Continued {
    pub id: String,
    pub in_reply_to: String,
    pub references: Vec<String>,
}

/// The conversation with the contact whose subject this one continues. Only a
/// subject that says so (`Re:`) continues anything.
///
/// # Errors
/// What the sources say, other than that there is nothing.
pub fn continued(subject: &str, contact_id: Option<&str>) -> Result<Option<Continued>, Failure> {
    let Some(contact) = contact_id.filter(|_| is_reply(subject)) else { return Ok(None) };
    let matter = without_prefixes(subject);
    let mails =
        context::emails(&About::Contact(contact.to_owned())).optional()?.map(|read| read.value).unwrap_or_default();
    // Newest first, as the source gives them.
    let Some(newest) = mails.iter().find(|mail| without_prefixes(&mail.subject) == matter) else { return Ok(None) };
    let thread = match &newest.thread_id {
        Some(id) => context::thread(id).optional()?.map(|read| read.value),
        None => None,
    };
    let ids = match &thread {
        Some(thread) => ids_of(thread),
        None => newest.message_id.as_deref().and_then(message_id).into_iter().collect(),
    };
    Ok(headers(newest.thread_id.clone().unwrap_or_default(), ids))
}

/// The conversation that a draft says it answers.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub fn answered(id: &str) -> Result<Option<Continued>, Failure> {
    let Some(thread) = context::thread(id).optional()? else { return Ok(None) };
    Ok(headers(id.to_owned(), ids_of(&thread.value)))
}

/// The message ids of a conversation, oldest first, each once.
fn ids_of(thread: &Thread) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for message in &thread.messages {
        for id in message.references.iter().chain(&message.message_id).filter_map(|id| message_id(id)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids
}

fn headers(id: String, mut ids: Vec<String>) -> Option<Continued> {
    let in_reply_to = ids.last().cloned()?;
    if ids.len() > MAX_REFERENCES {
        ids.drain(1..=ids.len() - MAX_REFERENCES);
    }
    Some(Continued { id, in_reply_to, references: ids })
}
