//! One signed-in connection to a mailbox.

mod listen;
mod sent;

use std::time::Duration;

use async_imap::imap_proto::{
    AttributeValue, Capability, MailboxDatum, MessageSection, Outcome, RequestId, Response, ResponseCode, SectionPath,
    Status,
};
use async_imap::{Authenticator, Client, Session};
use secrecy::{ExposeSecret as _, SecretString};
use skillhost_engine::mailbox::{Extent, Marks};
use skillhost_engine::time::Timestamp;
use tokio::net::TcpStream;

use super::error::{ImapError, is_for_now};
use super::wire::Wire;
use super::{ImapSettings, Security};

pub use listen::Heard;

/// Time to a greeting, TLS and sign-in included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for a command whose answer is small.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for a mail to come or go: 25 MB at 2 Mbit/s.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(120);
/// Time to take leave.
const LOGOUT_TIMEOUT: Duration = Duration::from_secs(2);

/// Answers to small commands: capabilities, the state of a folder, a folder list.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// A list of numbers: a mailbox of two million mails.
const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;
/// A mail that is read whole: what providers carry (25 MB) and its headers.
pub(crate) const MAX_MAIL_BYTES: u32 = 26 * 1024 * 1024;
/// What is read of a larger one: its text comes first, what is attached after it.
const CUT_BYTES: u32 = 1024 * 1024;
/// Headers of a mail: far more than servers take.
const HEAD_BYTES: u32 = 256 * 1024;
/// Around a mail: the numbers and marks that come with it.
const AROUND_BYTES: usize = 64 * 1024;

/// An open folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder {
    /// What the numbers of its mails belong to.
    pub uid_validity: u32,
    /// Mails in it.
    pub exists: u32,
}

/// A mail as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its number.
    pub uid: u32,
    /// Bytes on the server.
    pub size: u32,
    /// When the server got it.
    pub at: Option<Timestamp>,
    /// Seen, answered.
    pub marks: Marks,
    /// All of it, or its beginning.
    pub bytes: Vec<u8>,
    /// Whether it is only the beginning.
    pub is_cut: bool,
}

/// Signs in without a challenge.
struct Plain<'a>(&'a str, &'a SecretString);

impl Authenticator for Plain<'_> {
    type Response = Vec<u8>;

    fn process(&mut self, _: &[u8]) -> Vec<u8> {
        [b"\0", self.0.as_bytes(), b"\0", self.1.expose_secret().as_bytes()].concat()
    }
}

/// What an answer was.
enum Step {
    /// The command's end.
    Ended,
    /// The server asks to go on.
    Asks,
    /// Something changed in the folder.
    News,
    /// The server complains without ending the command, as one does that stops watching
    /// the folder.
    Trouble,
    /// Anything else.
    Other,
}

/// A signed-in connection. Dropping it closes it.
#[derive(Debug)]
pub struct ImapSession {
    inner: Session<Wire>,
    /// Whether the server says when something is new.
    pub can_idle: bool,
    sent: Option<String>,
    /// Something came since the folder was opened, said in the answer to another command:
    /// a wait for news would not hear of it again.
    has_come: bool,
}

impl ImapSession {
    /// Connects, secures, signs in.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn open(settings: &ImapSettings) -> Result<Self, ImapError> {
        settings.check()?;
        match tokio::time::timeout(CONNECT_TIMEOUT, Self::connect(settings)).await {
            Ok(opened) => opened,
            Err(_) => Err(ImapError::Slow("connecting")),
        }
    }

    async fn connect(settings: &ImapSettings) -> Result<Self, ImapError> {
        let stream = TcpStream::connect((settings.host.as_str(), settings.port)).await;
        let mut wire = Wire::plain(stream.map_err(|_| ImapError::Unreachable(""))?);
        let secure = async |wire: Wire| {
            let secured = wire.secured(&settings.host, &settings.roots).await;
            secured.map_err(|_| {
                ImapError::Unreachable(" over TLS: it has no certificate for its name, or speaks otherwise")
            })
        };
        if settings.security == Security::Tls {
            wire = secure(wire).await?;
        }
        wire.allow(MAX_ANSWER_BYTES);
        let mut client = Client::new(wire);
        greeted(&mut client).await?;
        if settings.security == Security::StartTls {
            let refused = client.run_command_and_check_ok("STARTTLS", None).await;
            refused.map_err(|error| ImapError::of(&error, "starting TLS", client.get_ref().is_spent()))?;
            // What came in the clear and was not asked for goes with the old client.
            let mut wire = secure(client.into_inner()).await?;
            wire.allow(MAX_ANSWER_BYTES);
            client = Client::new(wire);
        }
        let (login, password) = (settings.login.as_str(), &settings.password);
        // Every server knows LOGIN; only AUTHENTICATE carries other letters than ASCII.
        let signed_in = if login.is_ascii() && password.expose_secret().is_ascii() {
            client.login(login, password.expose_secret()).await
        } else {
            client.authenticate("PLAIN", Plain(login, password)).await
        };
        let inner = signed_in.map_err(|(error, client)| match error {
            async_imap::error::Error::No(text) if is_for_now(&text) => ImapError::Later("signing in"),
            async_imap::error::Error::No(_) | async_imap::error::Error::Bad(_) => ImapError::Login,
            other => ImapError::of(&other, "signing in", client.get_ref().is_spent()),
        })?;
        let mut session = Self { inner, can_idle: false, sent: settings.sent.clone(), has_come: false };
        let mut can_idle = false;
        let ask = session.run("asking what it offers", "CAPABILITY", MAX_ANSWER_BYTES, COMMAND_TIMEOUT, |response| {
            can_idle |= offers_idle(response);
        });
        ask.await?;
        session.can_idle = can_idle;
        Ok(session)
    }

    /// Runs a command to its tagged end; what comes before it goes to `each`.
    async fn run(
        &mut self,
        what: &'static str,
        command: &str,
        allow: usize,
        within: Duration,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        self.inner.get_mut().allow(allow);
        let work = async {
            let id = self.inner.run_command(command).await.map_err(|error| ImapError::of(&error, what, false))?;
            loop {
                if let Step::Ended = self.next(what, &id, &mut each).await? {
                    return Ok(());
                }
            }
        };
        match tokio::time::timeout(within, work).await {
            Ok(ended) => ended,
            Err(_) => Err(ImapError::Slow(what)),
        }
    }

    /// Reads one answer; the end of command `id` is told from the others, which go to
    /// `each`.
    async fn next(
        &mut self,
        what: &'static str,
        id: &RequestId,
        each: &mut impl FnMut(&Response<'_>),
    ) -> Result<Step, ImapError> {
        let answer = match self.inner.read_response().await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Err(ImapError::Lost(what)),
            Err(error) => return Err(ImapError::of(&error.into(), what, self.inner.get_ref().is_spent())),
        };
        match answer.parsed() {
            Response::Done { tag, status: Status::Ok, .. } if tag == id => Ok(Step::Ended),
            Response::Done { status, outcome, .. } => Err(refusal(what, status, outcome)),
            Response::Data { status: Status::Bye, .. } => Err(ImapError::Lost(what)),
            Response::Continue(_) => Ok(Step::Asks),
            other => {
                each(other);
                self.has_come |= matches!(other, Response::MailboxData(MailboxDatum::Exists(_)));
                Ok(match other {
                    Response::Data { status: Status::No | Status::Bad, .. } => Step::Trouble,
                    other if is_news(other) => Step::News,
                    _ => Step::Other,
                })
            }
        }
    }

    /// Opens a folder to read.
    ///
    /// # Errors
    /// [`ImapError::NoFolder`] where there is none.
    pub async fn examine(&mut self, folder: &str) -> Result<Folder, ImapError> {
        let what = "opening the folder";
        let (mut uid_validity, mut exists) = (None, 0);
        let command = format!("EXAMINE {}", quoted(folder));
        let opened = self
            .run(what, &command, MAX_ANSWER_BYTES, COMMAND_TIMEOUT, |response| match response {
                Response::Data { outcome: Outcome { code: Some(ResponseCode::UidValidity(number)), .. }, .. } => {
                    uid_validity = Some(*number);
                }
                Response::MailboxData(MailboxDatum::Exists(number)) => exists = *number,
                _ => {}
            })
            .await;
        self.has_come = false;
        match (opened, uid_validity) {
            (Ok(()), Some(uid_validity)) => Ok(Folder { uid_validity, exists }),
            (Ok(()), None) => Err(ImapError::Unreadable(what)),
            // Few servers say why; those that say that it is for now do.
            (Err(ImapError::Refused(_)), _) => Err(ImapError::NoFolder),
            (Err(error), _) => Err(error),
        }
    }

    /// Numbers of the mails after `last`, the lowest first.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn uids_after(&mut self, last: u32) -> Result<Vec<u32>, ImapError> {
        let Some(first) = last.checked_add(1) else { return Ok(Vec::new()) };
        // `*` is the last mail, also where its number is lower.
        let uids = self.search(&format!("UID {first}:*")).await?;
        Ok(uids.into_iter().filter(|uid| *uid > last).collect())
    }

    /// The highest number of a mail in the open folder; 0 where there is none. What a server
    /// says that the next one gets is its guess.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn last_uid(&mut self, folder: Folder) -> Result<u32, ImapError> {
        // Of an empty folder some servers refuse to say which mail is the last.
        if folder.exists == 0 {
            return Ok(0);
        }
        Ok(self.search("UID *").await?.last().copied().unwrap_or(0))
    }

    /// Numbers of the mails that came on this day or after it, the lowest first.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn uids_since(&mut self, day: jiff::civil::Date) -> Result<Vec<u32>, ImapError> {
        self.search(&format!("SINCE {}", day.strftime("%-d-%b-%Y"))).await
    }

    async fn search(&mut self, query: &str) -> Result<Vec<u32>, ImapError> {
        let mut uids = Vec::new();
        let command = format!("UID SEARCH {query}");
        self.run("listing mails", &command, MAX_LIST_BYTES, COMMAND_TIMEOUT, |response| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                uids.extend_from_slice(found);
            }
        })
        .await?;
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// A mail by its number, as much of it as is asked for; `None` where it is gone by now.
    /// `size` is what the server said of it.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn fetch(&mut self, uid: u32, size: u32, extent: Extent) -> Result<Option<Fetched>, ImapError> {
        let wanted = Self::in_memory(size, extent);
        let (section, part) = match extent {
            Extent::Whole if wanted == size => ("", String::new()),
            Extent::Whole | Extent::Beginning => ("", format!("<0.{CUT_BYTES}>")),
            Extent::Head => ("HEADER", format!("<0.{HEAD_BYTES}>")),
        };
        let is_cut = extent == Extent::Head || wanted < size;
        let command = format!("UID FETCH {uid} (UID INTERNALDATE FLAGS BODY.PEEK[{section}]{part})");
        let mut found = None;
        // A server may count otherwise than it sends, not by much.
        let allow = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(AROUND_BYTES);
        self.run("reading a mail", &command, allow, TRANSFER_TIMEOUT, |response| {
            if let Response::Fetch(_, attributes) = response
                && let Some(read) = fetched(attributes, uid)
            {
                found = Some(Fetched { size, is_cut, ..read });
            }
        })
        .await?;
        Ok(found)
    }

    /// Bytes of a mail of this size that are read, at most.
    pub fn in_memory(size: u32, extent: Extent) -> u32 {
        match extent {
            Extent::Whole if size <= MAX_MAIL_BYTES => size,
            Extent::Whole | Extent::Beginning => size.min(CUT_BYTES),
            Extent::Head => HEAD_BYTES,
        }
    }

    /// Bytes of a mail on the server; `None` where it is gone by now.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn size(&mut self, uid: u32) -> Result<Option<u32>, ImapError> {
        let mut size = None;
        let command = format!("UID FETCH {uid} (UID RFC822.SIZE)");
        self.run("asking how large a mail is", &command, MAX_ANSWER_BYTES, COMMAND_TIMEOUT, |response| {
            let Response::Fetch(_, attributes) = response else { return };
            if number(attributes) == Some(uid) {
                size = attributes.iter().find_map(|attribute| match attribute {
                    AttributeValue::Rfc822Size(bytes) => Some(*bytes),
                    _ => None,
                });
            }
        })
        .await?;
        Ok(size)
    }

    /// What the server says of the mails with these numbers and all between.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn marks(&mut self, from: u32, until: u32) -> Result<Vec<(u32, Marks)>, ImapError> {
        let mut all = Vec::new();
        let command = format!("UID FETCH {from}:{until} (UID FLAGS)");
        self.run("asking what was seen", &command, MAX_LIST_BYTES, COMMAND_TIMEOUT, |response| {
            if let Response::Fetch(_, attributes) = response
                && let Some(uid) = number(attributes)
            {
                all.push((uid, marks(attributes)));
            }
        })
        .await?;
        Ok(all)
    }

    /// Takes leave; whether it is heard changes nothing any more.
    pub async fn close(mut self) {
        let leave = self.run("taking leave", "LOGOUT", MAX_ANSWER_BYTES, LOGOUT_TIMEOUT, |_| {});
        let _nothing_left_to_learn = leave.await;
    }
}

fn offers_idle(response: &Response<'_>) -> bool {
    let Response::Capabilities(offered) = response else { return false };
    offered.iter().any(|offer| matches!(offer, Capability::Atom(word) if word.eq_ignore_ascii_case("IDLE")))
}

async fn greeted(client: &mut Client<Wire>) -> Result<(), ImapError> {
    let what = "greeting";
    match client.read_response().await {
        Ok(Some(greeting)) => match greeting.parsed() {
            Response::Data { status: Status::Ok | Status::PreAuth, .. } => Ok(()),
            Response::Data { status: Status::Bye, .. } => Err(ImapError::Lost(what)),
            _ => Err(ImapError::Unreadable(what)),
        },
        Ok(None) => Err(ImapError::Lost(what)),
        Err(error) => Err(ImapError::of(&error.into(), what, client.get_ref().is_spent())),
    }
}

/// What a command ended with that did not succeed.
fn refusal(what: &'static str, status: &Status, outcome: &Outcome<'_>) -> ImapError {
    match (status, outcome.code.as_ref(), outcome.information.as_deref()) {
        (Status::Bad, ..) => ImapError::NotUnderstood(what),
        (_, Some(ResponseCode::TryCreate), _) => ImapError::NoFolder,
        (_, _, Some(text)) if is_for_now(text) => ImapError::Later(what),
        _ => ImapError::Refused(what),
    }
}

fn is_news(response: &Response<'_>) -> bool {
    matches!(
        response,
        Response::MailboxData(MailboxDatum::Exists(_))
            | Response::Expunge(_)
            | Response::Fetch(..)
            | Response::Vanished { .. }
    )
}

fn number(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| if let AttributeValue::Uid(uid) = attribute { Some(*uid) } else { None })
}

fn marks(attributes: &[AttributeValue<'_>]) -> Marks {
    let flags = attributes.iter().filter_map(|attribute| match attribute {
        AttributeValue::Flags(flags) => Some(flags),
        _ => None,
    });
    let mut marks = Marks { unread: true, answered: false };
    for flag in flags.flatten() {
        marks.unread &= !flag.eq_ignore_ascii_case("\\Seen");
        marks.answered |= flag.eq_ignore_ascii_case("\\Answered");
    }
    marks
}

fn fetched(attributes: &[AttributeValue<'_>], uid: u32) -> Option<Fetched> {
    if number(attributes) != Some(uid) {
        return None;
    }
    let bytes = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection {
            section: None | Some(SectionPath::Full(MessageSection::Header)),
            data: Some(data),
            ..
        } => Some(data.to_vec()),
        _ => None,
    })?;
    let at = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::InternalDate(text) => internal_date(text),
        _ => None,
    });
    Some(Fetched { uid, size: 0, at, marks: marks(attributes), bytes, is_cut: false })
}

/// ` 7-Nov-2026 09:00:00 +0100`.
fn internal_date(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim_start()).ok()?;
    Some(Timestamp(parsed.to_timestamp().ok()?.as_millisecond()))
}

/// A quoted string of the protocol; the settings hold no line break.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_dates_are_instants() {
        assert_eq!(internal_date(" 7-Nov-2026 09:00:00 +0100"), Some(Timestamp(1_794_038_400_000)));
        assert_eq!(internal_date("17-Jul-1996 02:44:25 -0700"), Some(Timestamp(837_596_665_000)));
        for bad in ["", "7-Foo-2026 09:00:00 +0100", "99-Nov-2026 09:00:00 +0100"] {
            assert_eq!(internal_date(bad), None, "{bad}");
        }
    }
}
