//! The conversation a mail continues.

use skillhost_sdk::context::About;
use skillhost_sdk::{Failure, Optional, context};

use crate::headers::{is_reply, message_id, without_prefixes};

/// Most message ids in `References`: the first and the newest of a long
/// conversation are what mail programs sort by (RFC 5322 sets no bound).
const MAX_REFERENCES: usize = 20;

/// Headers of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Continued {
    pub(crate) id: String,
    pub(crate) in_reply_to: String,
    pub(crate) references: Vec<String>,
}

/// The conversation with the contact whose subject this one continues. Only a
/// subject that says so (`Re:`) continues anything.
///
/// # Errors
/// What the sources say, other than that there is nothing.
pub(crate) fn continued(subject: &str, contact_id: Option<&str>) -> Result<Option<Continued>, Failure> {
    let Some(contact) = contact_id.filter(|_| is_reply(subject)) else { return Ok(None) };
    let matter = without_prefixes(subject);
    let mails =
        context::emails(&About::Contact(contact.to_owned())).optional()?.map(|read| read.value).unwrap_or_default();
    // Newest first, as the source gives them.
    let Some(newest) = mails.iter().find(|mail| without_prefixes(&mail.subject) == matter) else { return Ok(None) };
    let mut ids: Vec<String> = Vec::new();
    let mut add = |id: Option<&String>| {
        if let Some(id) = id.and_then(|id| message_id(id))
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    };
    let thread = match &newest.thread_id {
        Some(id) => context::thread(id).optional()?.map(|read| read.value),
        None => None,
    };
    match &thread {
        Some(thread) => {
            for message in &thread.messages {
                message.references.iter().for_each(|id| add(Some(id)));
                add(message.message_id.as_ref());
            }
        }
        None => add(newest.message_id.as_ref()),
    }
    let Some(in_reply_to) = ids.last().cloned() else { return Ok(None) };
    if ids.len() > MAX_REFERENCES {
        ids.drain(1..=ids.len() - MAX_REFERENCES);
    }
    Ok(Some(Continued { id: newest.thread_id.clone().unwrap_or_default(), in_reply_to, references: ids }))
}
