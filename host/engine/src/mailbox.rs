//! A mailbox that the host reads: where it stands, and what a mail of it becomes.
//!
//! Reading mail is the connector's, keeping it the store's. Decided here: which mail is
//! the same as another one, which thread it belongs to, whether it raises an event, and
//! when a mailbox that failed is tried again.
//!
//! Invariants: one mail has one id, however often and under whatever number the server
//! shows it; a mail never leaves its thread for a guess, and a guess by subject is taken
//! only between people who wrote to each other.

mod stuck;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use stuck::{Extent, LEFT_OUT_MS, LESS_AFTER, MailFault, Stuck};

use crate::canonical::sha256;
use crate::ids::{OrgId, UserId};
use crate::retry::RetryPolicy;
use crate::time::Timestamp;

/// The event that a mail raises.
pub const EVENT: &str = "email_received";
/// Where these events come from.
pub const SOURCE: &str = "webhook:imap";
/// What maps an address to an org and a user.
pub const CONNECTION: &str = "mailbox";
/// A mail that was older than this when its mailbox was first opened raises nothing: an
/// answer to it today would be a surprise.
pub const FIRST_EVENTS_MS: i64 = 24 * 3600 * 1000;
/// How far back a thread is looked for by its subject: longer than most pauses of a
/// conversation, shorter than the life of a subject like "Update".
pub const SUBJECT_MS: i64 = 30 * 24 * 3600 * 1000;
/// Mails that a subject is compared with, newest first.
pub const MAX_RECENT: u32 = 200;
/// Ids of a mail's `References` that are looked up, the last ones first.
pub const MAX_REFERENCES: usize = 50;

/// Attempts of a mailbox that cannot be reached: from 2 seconds to 5 minutes apart,
/// without end, because nobody starts it again by hand.
pub const AGAIN: RetryPolicy = RetryPolicy { attempts: u32::MAX, first_ms: 2_000, factor: 2.0, max_ms: 300_000 };
/// Attempts of one whose login or folder is refused: a server that counts wrong
/// passwords locks the account of whoever tries often.
pub const REFUSED_AGAIN: RetryPolicy =
    RetryPolicy { attempts: u32::MAX, first_ms: 300_000, factor: 2.0, max_ms: 3_600_000 };

/// Attempts to put a copy of a sent mail into its folder, where the server refuses it: for
/// about a day, in which whoever is over their quota hears of it from their server.
pub const COPY_AGAIN: RetryPolicy = RetryPolicy { attempts: 24, first_ms: 300_000, factor: 2.0, max_ms: 3_600_000 };

/// Where a mailbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxState {
    /// A connection is being made.
    Connecting,
    /// What is new is being read.
    Syncing,
    /// Everything was read; the server says when there is more.
    Listening,
    /// The same, of a server that does not say it: asked every minute.
    Polling,
    /// It could not be reached or broke off; tried again by itself.
    Waiting,
    /// The server refuses the login.
    Refused,
    /// The server has no such folder.
    Missing,
}

impl MailboxState {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Syncing => "syncing",
            Self::Listening => "listening",
            Self::Polling => "polling",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Missing => "missing",
        }
    }
}

/// A mailbox as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailboxRow {
    /// Tenant.
    pub org: OrgId,
    /// Whose.
    pub user: UserId,
    /// Lower case.
    pub address: String,
    /// Where it stands.
    pub state: MailboxState,
    /// Why, where it is not well. No word of the server's.
    pub reason: Option<String>,
    /// In this state since.
    pub since: Timestamp,
    /// When it is tried again by itself.
    pub next_attempt: Option<Timestamp>,
    /// When the host was first told to read it: what its user sent since then is filed.
    pub began_at: Timestamp,
    /// When its folder was first opened: of mails a day older than that nobody is told.
    #[serde(default)]
    pub opened_at: Option<Timestamp>,
    /// What the numbers of its mails belong to.
    pub uid_validity: Option<u32>,
    /// The highest number that was taken.
    pub last_uid: u32,
    /// When everything there had been taken.
    pub synced_at: Option<Timestamp>,
    /// Mails taken.
    pub received: u64,
    /// Mails that the server would not give, and that are behind the place all the same.
    #[serde(default)]
    pub left_out: u64,
}

impl MailboxRow {
    /// One that was never read.
    pub fn new(org: OrgId, user: UserId, address: &str, now: Timestamp) -> Self {
        Self {
            org,
            user,
            address: address.to_lowercase(),
            state: MailboxState::Connecting,
            reason: None,
            since: now,
            next_attempt: None,
            began_at: now,
            opened_at: None,
            uid_validity: None,
            last_uid: 0,
            synced_at: None,
            received: 0,
            left_out: 0,
        }
    }

    /// Its folder is open. One that was read before this was noted was opened when it
    /// began.
    pub fn opened(&mut self, now: Timestamp) {
        let at = if self.uid_validity.is_some() { self.began_at } else { now };
        self.opened_at.get_or_insert(at);
    }

    /// Moves its place behind a mail; numbers of another validity say nothing.
    pub fn move_behind(&mut self, uid_validity: u32, uid: u32) {
        self.last_uid = if self.uid_validity == Some(uid_validity) { self.last_uid.max(uid) } else { uid };
        self.uid_validity = Some(uid_validity);
    }

    /// Moves it; whether it is now somewhere else than it was.
    pub fn turn(&mut self, state: MailboxState, reason: Option<String>, now: Timestamp) -> bool {
        let moved = self.state != state || self.reason != reason;
        if self.state != state {
            self.since = now;
        }
        (self.state, self.reason) = (state, reason);
        moved
    }
}

/// An attachment, by name: its bytes are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// As the mail names it; may be empty.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Bytes once decoded.
    pub bytes: u64,
}

/// A mail as it was read, before anybody knows where it belongs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadMail {
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// Without angle brackets.
    pub in_reply_to: Option<String>,
    /// Without angle brackets, the thread's first mail first.
    pub references: Vec<String>,
    /// Lower case; empty where the mail names nobody.
    pub from: String,
    /// As the mail has it.
    pub from_name: String,
    /// Lower case.
    pub to: Vec<String>,
    /// Lower case.
    pub cc: Vec<String>,
    /// One line.
    pub subject: String,
    /// The subject without marks of replies and lists.
    pub base_subject: String,
    /// Whether the subject bears a mark of a reply.
    pub is_reply: bool,
    /// Plain text.
    pub body: String,
    /// As the mail dates itself.
    pub date: Option<Timestamp>,
    /// A few headers by lower-case name: those that tell machines from people.
    pub headers: Map<String, Value>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// Whether not all of it was read.
    pub is_cut: bool,
}

/// What the server says of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Nobody has opened it.
    pub unread: bool,
    /// Somebody answered it.
    pub answered: bool,
}

/// A mail as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceivedMail {
    /// Tenant.
    pub org: OrgId,
    /// Whose mailbox.
    pub user: UserId,
    /// The mailbox's address.
    pub address: String,
    /// See [`mail_id`].
    pub id: String,
    /// What the number belongs to.
    pub uid_validity: u32,
    /// Its number.
    pub uid: u32,
    /// Bytes on the server.
    pub size: u64,
    /// Seen, answered.
    pub marks: Marks,
    /// When the server got it.
    pub at: Timestamp,
    /// Its thread.
    pub thread: Thread,
    /// The contact who wrote it; of one's own mail the first to whom it went.
    pub contact: Option<String>,
    /// Their open deal.
    pub deal: Option<String>,
    /// Whether the mailbox's own user wrote it.
    pub is_own: bool,
    /// Whether an event is still to be raised for it.
    pub raises: bool,
    /// What it says.
    pub mail: ReadMail,
}

/// What became of a mail that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMail {
    /// Whether its event is still to be raised; of one that was there already, what is
    /// known of that one.
    pub raises: bool,
    /// Whether it was there already.
    pub was_there: bool,
    /// Its thread, which may be that of the one that was there.
    pub thread_id: String,
}

/// A mail that is kept already, as far as threads need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownMail {
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// Its thread; a mail that was sent may have none yet.
    pub thread_id: Option<String>,
    /// As it stands there.
    pub subject: String,
    /// Lower case.
    pub from: String,
    /// Lower case.
    pub to: Vec<String>,
}

/// Where a mail belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its thread.
    pub id: String,
    /// A thread that later mails began in its name, because they came first; they move.
    pub takes: Option<String>,
    /// Mails that it answers and that have no thread yet; they join.
    pub joins: Vec<String>,
}

/// A thread begun by this mail.
fn begun_by(address: &str, message_id: &str) -> String {
    named("thr", &[address, message_id])
}

fn named(prefix: &str, parts: &[&str]) -> String {
    let digest = sha256(parts.join("\n").as_bytes());
    let hex = digest.rsplit(':').next().unwrap_or_default();
    format!("{prefix}_{}", &hex[..hex.len().min(32)])
}

/// The id of a mail in a mailbox: the same for the same mail whenever and wherever it is
/// found. The sender is part of it, so that nobody can keep a mail away by sending
/// another one under its message id first; a mail without one is known by what it says.
pub fn mail_id(address: &str, mail: &ReadMail) -> String {
    match &mail.message_id {
        Some(id) => named("eml", &[address, id, &mail.from]),
        None => {
            let date = mail.date.map_or_else(String::new, |at| at.0.to_string());
            named("eml", &[address, "", &mail.from, &date, &mail.subject, &sha256(mail.body.as_bytes())])
        }
    }
}

/// The key of the event of a mail: its message id, for this user. Two people of an org
/// who got the same mail have an event each.
pub fn event_key(user: &UserId, mail_id: &str) -> String {
    format!("{EVENT}:{user}:{mail_id}")
}

/// What the event says. Ids and the envelope; the text is read through the context.
pub fn event_payload(mail: &ReceivedMail, thread_id: &str) -> Value {
    let read = &mail.mail;
    json!({
        "message_id": read.message_id.as_deref().unwrap_or(&mail.id),
        "email_id": mail.id,
        "thread_id": thread_id,
        "mailbox": mail.address,
        "from": read.from,
        "from_name": read.from_name,
        "to": read.to,
        "cc": read.cc,
        "subject": read.subject,
        "at": mail.at.rfc3339(),
        "in_reply_to": read.in_reply_to,
        "contact_id": mail.contact,
        "deal_id": mail.deal,
        "attachments": read.attachments.len(),
    })
}

/// Whether a mail raises an event: somebody else's, and not one that was old when the
/// mailbox was first opened.
pub fn raises(opened_at: Timestamp, at: Timestamp, is_own: bool) -> bool {
    !is_own && at >= opened_at.plus_ms(-FIRST_EVENTS_MS)
}

/// The ids a mail refers to, its parent first and the thread's beginning last.
pub fn ancestors(mail: &ReadMail) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let last_first = mail.references.iter().rev().take(MAX_REFERENCES);
    for id in mail.in_reply_to.iter().chain(last_first).chain(mail.references.first()) {
        if !ids.contains(id) && Some(id) != mail.message_id.as_ref() {
            ids.push(id.clone());
        }
    }
    ids
}

/// Where a mail belongs. `known` are mails that its ids name, `recent` the user's newest
/// ones within [`SUBJECT_MS`]; `base` strips a subject as the mail's own was.
pub fn thread(
    address: &str,
    mail: &ReadMail,
    id: &str,
    known: &[KnownMail],
    recent: &[KnownMail],
    base: impl Fn(&str) -> String,
) -> Thread {
    let own = mail.message_id.as_deref().unwrap_or(id);
    let ancestors = ancestors(mail);
    let of = |id: &String| known.iter().find(|known| known.message_id.as_ref() == Some(id));
    let found = ancestors.iter().find_map(|id| of(id)?.thread_id.clone());
    // What the sender says began it is the same for every mail of the thread, whichever
    // comes first.
    let root = mail.references.first().or(mail.in_reply_to.as_ref());
    let by_headers = found.or_else(|| root.map(|root| begun_by(address, root)));
    let thread_id = by_headers.or_else(|| by_subject(mail, recent, base)).unwrap_or_else(|| begun_by(address, own));
    let as_own = begun_by(address, own);
    let joins = ancestors.iter().filter(|id| of(id).is_some_and(|known| known.thread_id.is_none()));
    Thread { takes: (thread_id != as_own).then_some(as_own), joins: joins.cloned().collect(), id: thread_id }
}

/// The last resort, for clients that leave the headers out: a reply by its subject, to
/// a mail that was exchanged with its sender.
fn by_subject(mail: &ReadMail, recent: &[KnownMail], base: impl Fn(&str) -> String) -> Option<String> {
    if !mail.is_reply || mail.base_subject.is_empty() || mail.from.is_empty() {
        return None;
    }
    let same = recent.iter().filter(|other| other.from == mail.from || other.to.contains(&mail.from));
    same.filter(|other| base(&other.subject) == mail.base_subject).find_map(|other| other.thread_id.clone())
}

/// The thread of a mail that the host sent: that of what it answers, or one of its own.
pub fn sent_thread(address: &str, message_id: &str, references: &[String], known: &[KnownMail]) -> String {
    let of = |id: &String| known.iter().find(|known| known.message_id.as_ref() == Some(id));
    let found = references.iter().rev().find_map(|id| of(id)?.thread_id.clone());
    found.unwrap_or_else(|| begun_by(address, references.first().map_or(message_id, String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "ada@acme.example";

    fn base(subject: &str) -> String {
        subject.trim_start_matches("Re: ").to_lowercase()
    }

    fn mail(id: &str, from: &str, refs: &[&str]) -> ReadMail {
        ReadMail {
            message_id: Some(id.to_owned()),
            in_reply_to: refs.last().map(|id| (*id).to_owned()),
            references: refs.iter().map(|id| (*id).to_owned()).collect(),
            from: from.to_owned(),
            subject: "Re: Rollout".to_owned(),
            base_subject: "rollout".to_owned(),
            is_reply: true,
            ..ReadMail::default()
        }
    }

    fn threaded(mail: &ReadMail, known: &[KnownMail], recent: &[KnownMail]) -> Thread {
        thread(ME, mail, "eml_x", known, recent, base)
    }

    fn known(mail: &ReadMail, thread: &Thread) -> KnownMail {
        KnownMail {
            message_id: mail.message_id.clone(),
            thread_id: Some(thread.id.clone()),
            subject: mail.subject.clone(),
            from: mail.from.clone(),
            to: vec![ME.to_owned()],
        }
    }

    #[test]
    fn a_thread_is_the_same_in_whatever_order_its_mails_come() {
        let (first, second, third) =
            (mail("a@x", "mira@x", &[]), mail("b@x", "ada@y", &["a@x"]), mail("c@x", "mira@x", &["a@x", "b@x"]));
        let first = ReadMail { is_reply: false, ..first };
        let ids: Vec<String> = [&third, &first, &second].iter().map(|mail| threaded(mail, &[], &[]).id).collect();
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[1], ids[2]);
    }

    #[test]
    fn a_mail_that_names_its_parent_alone_joins_it_and_takes_what_came_before() {
        let first = ReadMail { is_reply: false, ..mail("a@x", "mira@x", &[]) };
        let begun = threaded(&first, &[], &[]);
        let only_parent = |id: &str, parent: &str| ReadMail {
            in_reply_to: Some(parent.to_owned()),
            references: Vec::new(),
            ..mail(id, "mira@x", &[])
        };
        let (second, third) = (only_parent("b@x", "a@x"), only_parent("c@x", "b@x"));
        let early = threaded(&third, &[], &[]);
        assert_ne!(early.id, begun.id, "nobody knows yet");
        let late = threaded(&second, &[known(&first, &begun)], &[]);
        assert_eq!(late.id, begun.id);
        assert_eq!(late.takes, Some(early.id), "what was filed under its name moves");
        assert_eq!(begun.takes, None);
    }

    #[test]
    fn an_answer_to_a_mail_that_was_sent_gives_it_a_thread() {
        let sent = KnownMail { message_id: Some("eff_1@acme.example".into()), ..KnownMail::default() };
        let answer = mail("r@x", "mira@x", &["eff_1@acme.example"]);
        let thread = threaded(&answer, &[sent], &[]);
        assert_eq!(thread.joins, ["eff_1@acme.example"]);
        assert_eq!(thread.id, sent_thread(ME, "eff_1@acme.example", &[], &[]));
    }

    #[test]
    fn a_subject_counts_last_and_only_among_people_who_wrote_to_each_other() {
        let first = ReadMail { is_reply: false, ..mail("a@x", "mira@x", &[]) };
        let begun = threaded(&first, &[], &[]);
        let recent = [known(&first, &begun)];
        let bare = mail("z@x", "mira@x", &[]);
        assert_eq!(threaded(&bare, &[], &recent).id, begun.id);
        for other in [
            ReadMail { from: "eve@z".into(), ..bare.clone() },
            ReadMail { is_reply: false, ..bare.clone() },
            ReadMail { base_subject: "pricing".into(), ..bare.clone() },
            ReadMail { in_reply_to: Some("elsewhere@x".into()), ..bare.clone() },
        ] {
            assert_ne!(threaded(&other, &[], &recent).id, begun.id, "{other:?}");
        }
    }

    #[test]
    fn a_mail_is_known_by_its_id_and_sender_and_without_one_by_what_it_says() {
        let one = mail("a@x", "mira@x", &[]);
        let again = ReadMail { subject: "[list] Re: Rollout".into(), body: "footer".into(), ..one.clone() };
        assert_eq!(mail_id(ME, &one), mail_id(ME, &again));
        assert_ne!(mail_id(ME, &one), mail_id(ME, &ReadMail { from: "eve@z".into(), ..one.clone() }));
        assert_ne!(mail_id(ME, &one), mail_id("bob@acme.example", &one));
        let none = ReadMail { message_id: None, ..one };
        assert_eq!(mail_id(ME, &none), mail_id(ME, &none.clone()));
        assert_ne!(mail_id(ME, &none), mail_id(ME, &ReadMail { body: "else".into(), ..none.clone() }));
    }

    #[test]
    fn a_mailbox_is_opened_once_and_one_that_was_read_before_was_opened_when_it_began() {
        let mut row = MailboxRow::new("acme".into(), "u1".into(), ME, Timestamp(5));
        row.opened(Timestamp(9));
        row.opened(Timestamp(11));
        assert_eq!(row.opened_at, Some(Timestamp(9)));
        let mut older = MailboxRow { opened_at: None, uid_validity: Some(7), ..row };
        older.opened(Timestamp(9));
        assert_eq!(older.opened_at, Some(Timestamp(5)));
    }

    #[test]
    fn a_place_moves_on_and_begins_anew_under_other_numbers() {
        let mut row = MailboxRow::new("acme".into(), "u1".into(), ME, Timestamp(5));
        for (validity, uid, place) in [(7, 3, 3), (7, 2, 3), (7, 0, 3), (8, 0, 0), (8, 4, 4)] {
            row.move_behind(validity, uid);
            assert_eq!((row.uid_validity, row.last_uid), (Some(validity), place));
        }
    }

    #[test]
    fn what_was_old_when_the_mailbox_was_first_read_raises_nothing() {
        let opened = Timestamp(1_793_696_400_000);
        assert!(raises(opened, opened.plus_ms(-FIRST_EVENTS_MS), false));
        assert!(!raises(opened, opened.plus_ms(-FIRST_EVENTS_MS - 1), false));
        assert!(!raises(opened, opened, true), "one's own mail is no news");
    }

    #[test]
    fn a_refused_login_is_tried_less_often_than_a_lost_connection_and_both_without_end() {
        let now = Timestamp(0);
        let wait = |policy: &RetryPolicy, attempt: u32| policy.again(attempt, now, None, "m").map(|at| at.0);
        assert!(wait(&AGAIN, 1).is_some_and(|ms| ms <= 4_000));
        for policy in [&AGAIN, &REFUSED_AGAIN] {
            let late = wait(policy, 5_000);
            assert!(late.is_some_and(|ms| ms <= policy.max_ms * 2), "{late:?}");
        }
        assert!(wait(&REFUSED_AGAIN, 1) > wait(&AGAIN, 5));
    }
}
