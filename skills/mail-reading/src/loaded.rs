//! Reading a mail through the doors.

use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_language::Anchor;
use skillhost_sdk::context::{self, Optional};
use skillhost_sdk::sources::{InboxEntry, Org, ThreadMessage, User};
use skillhost_sdk::{Call, Failure, ReadError, ReadErrorKind};

use crate::mail::Mail;
use crate::verdict::{Reading, read};

/// Which mail is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MailInput {
    /// Its id; without one the newest that came in of the conversation.
    pub email_id: Option<String>,
    /// Its conversation; without one it is looked for among the last day's mails.
    pub thread_id: Option<String>,
}

/// A mail as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Names the read in evidence.
    pub read_id: String,
    /// Its conversation.
    pub thread_id: Option<String>,
    /// The mail.
    pub message: ThreadMessage,
    /// What was written before it, oldest first.
    pub earlier: Vec<ThreadMessage>,
    /// The org, where it may be read.
    pub org: Org,
    /// The rep, where they may be read.
    pub user: User,
    own_names: Vec<String>,
}

/// A door that is closed to this skill is no failure: the answer is just poorer.
fn maybe<T: Default>(answer: Result<context::Read<T>, ReadError>) -> Result<T, ReadError> {
    match answer.optional() {
        Err(error) if matches!(error.kind, ReadErrorKind::Denied | ReadErrorKind::UnknownSource) => Ok(T::default()),
        other => Ok(other?.map(|read| read.value).unwrap_or_default()),
    }
}

/// A mail of the inbox as one of a conversation.
fn message(entry: InboxEntry) -> ThreadMessage {
    ThreadMessage {
        id: entry.id,
        direction: "in".to_owned(),
        from: entry.from,
        from_name: entry.from_name,
        to: entry.to,
        cc: entry.cc,
        subject: entry.subject,
        body: entry.body,
        at: entry.at,
        message_id: entry.message_id,
        in_reply_to: entry.in_reply_to,
        references: Vec::new(),
        headers: entry.headers,
        attachments: entry.attachments,
    }
}

impl Loaded {
    /// Reads what `input` names.
    ///
    /// # Errors
    /// `no-mail` when it names none, or none is there; and what a door says.
    pub fn load(input: &MailInput) -> Result<Self, Failure> {
        let missing = || Failure::invalid("no-mail", "the mail that the input names is not there");
        let (read_id, thread_id, message, earlier) = match (&input.thread_id, &input.email_id) {
            (Some(id), email) => {
                let read = context::thread(id)?;
                let mut messages = read.value.messages;
                let at = match email {
                    Some(email) => messages.iter().position(|message| message.id == *email),
                    None => messages.iter().rposition(|message| message.direction == "in"),
                };
                let message = messages.remove(at.ok_or_else(missing)?);
                messages.retain(|other| other.at <= message.at);
                (read.read_id, Some(id.clone()), message, messages)
            }
            (None, Some(email)) => {
                let read = context::inbox(None)?;
                let entry = read.value.into_iter().find(|entry| entry.id == *email).ok_or_else(missing)?;
                (read.read_id, entry.thread_id.clone(), message(entry), Vec::new())
            }
            (None, None) => {
                return Err(Failure::invalid("no-mail", "the input names neither a mail nor a conversation"));
            }
        };
        let org: Org = maybe(context::org())?;
        let user: User = maybe(context::user())?;
        let own_names = [&org.name, &user.name].into_iter().filter(|name| !name.is_empty()).cloned().collect();
        Ok(Self { read_id, thread_id, message, earlier, org, user, own_names })
    }

    /// The mail as the rules see it.
    pub fn mail(&self) -> Mail<'_> {
        Mail {
            from: &self.message.from,
            from_name: &self.message.from_name,
            subject: &self.message.subject,
            body: &self.message.body,
            headers: &self.message.headers,
            answers: self.message.in_reply_to.is_some()
                || self.earlier.iter().any(|message| message.direction == "out"),
            own_domains: &self.org.domains,
            own_names: &self.own_names,
        }
    }

    /// When and where "tomorrow" was written.
    pub fn anchor(&self, call: &Call) -> Anchor {
        let now = Anchor::or_utc(call.now_ms(), &call.zone);
        now.moved_to(&self.message.at).unwrap_or(now)
    }

    /// What the mail is, by rules.
    pub fn reading(&self, call: &Call) -> Reading {
        read(&self.mail(), &self.anchor(call))
    }
}
