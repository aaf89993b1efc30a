//! An RFC 5322 message from an `email.send` row.
//!
//! The effect's schema was checked before a person saw it; this checks again
//! what a header must never hold, because it is the last place that can.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, Mailboxes, MessageBuilder, MultiPart, SinglePart, header};
use lettre::{Address, Message};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use skillhost_engine::artifact::Attached;
use skillhost_engine::effect::{self, sender};
use skillhost_engine::outbox::OutboxRow;

/// Recipients of one mail, over to, cc and bcc: more is a campaign.
const MAX_RECIPIENTS: usize = 100;
/// A subject: the effect's schema is tighter; this only bounds the header.
const MAX_SUBJECT_BYTES: usize = 2000;
/// A file's name: the effect's schema is tighter; this only bounds the header.
const MAX_NAME_BYTES: usize = 1000;
/// Length of a message id in a header.
const MAX_ID_BYTES: usize = 500;

/// A mail that cannot be made of this row. Names fields, never their content.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The payload is not an `email.send`.
    #[error("the payload is not that of a mail")]
    Payload(#[source] serde_json::Error),
    /// The host fills `from` before the card; a mail without it was not approved as it would be sent.
    #[error("the mail names no sender")]
    NoSender,
    /// Nobody to send to.
    #[error("the mail has no recipient")]
    NoRecipient,
    /// Too many.
    #[error("the mail has more than {MAX_RECIPIENTS} recipients")]
    TooManyRecipients,
    /// A field cannot stand in a header.
    #[error("`{field}` {problem}")]
    Field {
        /// Of the payload.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// A part is of no type that a mail can name.
    #[error("a part of the mail is of no type that a mail can name")]
    Type,
    /// The library refused it.
    #[error("the message could not be built")]
    Build(#[source] lettre::error::Error),
}

#[derive(Deserialize)]
struct EmailSend {
    from: Option<String>,
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
    #[serde(default)]
    bcc: Vec<String>,
    subject: String,
    body: String,
    #[serde(default)]
    in_reply_to: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    attachments: Vec<serde_json::Value>,
}

/// A composed mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who sends and who receives, blind copies included.
    pub envelope: Envelope,
    /// The message; blind copies are not in it.
    pub bytes: Vec<u8>,
    /// With angle brackets.
    pub message_id: String,
    /// Domain of the sender: how a client greets a server.
    pub domain: String,
}

/// Composes the mail of a row with these files; the same row gives the same bytes.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(row: &OutboxRow, attached: &[Attached]) -> Result<Mail, ComposeError> {
    let payload = EmailSend::deserialize(&row.payload).map_err(ComposeError::Payload)?;
    if payload.attachments.len() != attached.len() {
        // Sending without what the person saw attached would be another mail than the approved one.
        return Err(ComposeError::Field { field: "attachments", problem: "are not all at hand" });
    }
    let from = payload.from.as_deref().ok_or(ComposeError::NoSender)?;
    let head = Head { from, to: &payload.to, cc: &payload.cc, bcc: &payload.bcc, subject: &payload.subject };
    let mut message = head.begin(row)?;
    if let Some(id) = &payload.in_reply_to {
        message.header(id_header("In-Reply-To", "in_reply_to", std::slice::from_ref(id))?);
    }
    if !payload.references.is_empty() {
        message.header(id_header("References", "references", &payload.references)?);
    }
    let body = crlf(&payload.body);
    if attached.is_empty() {
        return message.text(body);
    }
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body);
    let mut parts = MultiPart::mixed().boundary(boundary(row)).singlepart(text);
    for file in attached {
        one_line("attachments", &file.name, MAX_NAME_BYTES)?;
        let media = ContentType::parse(&file.media_type).map_err(|_| ComposeError::Type)?;
        // As bytes whatever they are: a file arrives as it was approved, to the last line end.
        let content = Body::new_with_encoding(file.bytes.to_vec(), ContentTransferEncoding::Base64)
            .map_err(|_| ComposeError::Type)?;
        parts = parts.singlepart(Attachment::new(file.name.clone()).body(content, media));
    }
    message.multipart(parts)
}

/// The message id that the mail of a row has or will have, an invitation's too, with angle
/// brackets.
///
/// # Errors
/// See [`ComposeError`].
pub fn message_id(row: &OutboxRow) -> Result<String, ComposeError> {
    let sender = effect::kind(&row.kind).and_then(|kind| sender::address(kind, &row.payload));
    let from = mailbox("from", sender.ok_or(ComposeError::NoSender)?)?;
    Ok(id_of(row, from.email.domain()))
}

fn id_of(row: &OutboxRow, domain: &str) -> String {
    format!("<{}@{domain}>", id_text(row.key.as_str()))
}

/// Who a mail is from and goes to.
pub(crate) struct Head<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a [String],
    pub(crate) cc: &'a [String],
    pub(crate) bcc: &'a [String],
    pub(crate) subject: &'a str,
}

impl Head<'_> {
    /// Everything of the mail but its body.
    pub(crate) fn begin(&self, row: &OutboxRow) -> Result<Begun, ComposeError> {
        let from = mailbox("from", self.from)?;
        let to = mailboxes("to", self.to)?;
        let cc = mailboxes("cc", self.cc)?;
        let bcc = mailboxes("bcc", self.bcc)?;
        if to.is_empty() {
            return Err(ComposeError::NoRecipient);
        }
        let mut everyone: Vec<Address> = Vec::new();
        for mailbox in to.iter().chain(&cc).chain(&bcc) {
            if !everyone.contains(&mailbox.email) {
                everyone.push(mailbox.email.clone());
            }
        }
        if everyone.len() > MAX_RECIPIENTS {
            return Err(ComposeError::TooManyRecipients);
        }
        one_line("subject", self.subject, MAX_SUBJECT_BYTES)?;
        let domain = from.email.domain().to_owned();
        let message_id = id_of(row, &domain);
        let millis = u64::try_from(dated(row)).unwrap_or_default();
        let mut builder: MessageBuilder = Message::builder()
            .date(UNIX_EPOCH + Duration::from_millis(millis))
            .mailbox(header::From::from(Mailboxes::from(from.clone())))
            .message_id(Some(message_id.clone()))
            .subject(self.subject)
            .header(header::MIME_VERSION_1_0);
        for mailbox in to {
            builder = builder.to(mailbox);
        }
        for mailbox in cc {
            builder = builder.cc(mailbox);
        }
        // Blind copies live in the envelope only.
        let envelope = Envelope::new(Some(from.email), everyone).map_err(ComposeError::Build)?;
        Ok(Begun { builder: builder.envelope(envelope.clone()), envelope, message_id, domain })
    }
}

/// A mail that wants its body.
pub(crate) struct Begun {
    builder: MessageBuilder,
    envelope: Envelope,
    message_id: String,
    domain: String,
}

impl Begun {
    fn header(&mut self, header: HeaderValue) {
        self.builder = self.builder.clone().raw_header(header);
    }

    fn text(self, body: String) -> Result<Mail, ComposeError> {
        let Self { builder, envelope, message_id, domain } = self;
        let message = builder.header(ContentType::TEXT_PLAIN).body(body).map_err(ComposeError::Build)?;
        Ok(Mail { envelope, bytes: message.formatted(), message_id, domain })
    }

    pub(crate) fn multipart(self, parts: MultiPart) -> Result<Mail, ComposeError> {
        let Self { builder, envelope, message_id, domain } = self;
        let message = builder.multipart(parts).map_err(ComposeError::Build)?;
        Ok(Mail { envelope, bytes: message.formatted(), message_id, domain })
    }
}

/// What divides the parts of a mail: made of the row, so that a second attempt is the
/// same mail, and of a digest, so that no text of a part can be it.
pub(crate) fn boundary(row: &OutboxRow) -> String {
    hex::encode(Sha256::digest(format!("boundary\0{}\0{}", row.key, row.digest)))
}

/// When it was released, or the later time that it was put off to: one that waited for days
/// is not among the mails of the day on which it was approved. Fixed for a row that has
/// left, unlike the time of an attempt.
fn dated(row: &OutboxRow) -> i64 {
    row.release.as_ref().map_or(row.created_at, |release| release.at).max(row.not_before).0
}

fn mailbox(field: &'static str, text: &str) -> Result<Mailbox, ComposeError> {
    one_line(field, text, MAX_ID_BYTES)?;
    // lettre's own parser takes comments and odd quoting; what was shown is `a@b` or `Name <a@b>`.
    let bad = || ComposeError::Field { field, problem: "holds what is no address" };
    let (name, address) = match text.rsplit_once('<') {
        Some((name, rest)) => (Some(name.trim()), rest.strip_suffix('>').ok_or_else(bad)?),
        None => (None, text),
    };
    let address: Address = address.trim().parse().map_err(|_| bad())?;
    let name = name.map(|name| name.trim_matches('"')).filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.contains(['<', '>', ',', ';', '@'])) {
        return Err(bad());
    }
    Ok(Mailbox::new(name.map(str::to_owned), address))
}

fn mailboxes(field: &'static str, texts: &[String]) -> Result<Vec<Mailbox>, ComposeError> {
    texts.iter().map(|text| mailbox(field, text)).collect()
}

/// Nothing that could end a header and begin another.
fn one_line(field: &'static str, text: &str, max: usize) -> Result<(), ComposeError> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(ComposeError::Field { field, problem: "holds a line break or a control character" });
    }
    if text.len() > max {
        return Err(ComposeError::Field { field, problem: "is too long" });
    }
    Ok(())
}

/// Message ids must not be encoded or cut: one a line, ASCII only.
fn id_header(name: &'static str, field: &'static str, ids: &[String]) -> Result<HeaderValue, ComposeError> {
    let mut raw = Vec::with_capacity(ids.len());
    for id in ids {
        let bare = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id);
        let plain = !bare.is_empty() && bare.len() <= MAX_ID_BYTES;
        if !plain || !bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>') {
            return Err(ComposeError::Field { field, problem: "holds what is no message id" });
        }
        raw.push(format!("<{bare}>"));
    }
    let name = HeaderName::new_from_ascii(name.to_owned())
        .map_err(|_| ComposeError::Field { field, problem: "has no header" })?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, raw.join(" "), raw.join("\r\n ")))
}

/// A key as the left side of a message id.
fn id_text(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect()
}

/// Line ends as mail has them, whatever the text came with.
pub(crate) fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}
