//! Reading: the first door.
//!
//! Every function answers with a [`Read`]: the value, the `read_id` that
//! evidence names, and when the source said so. Reading needs the right
//! `context:<source>` in `skill.toml`. What is not there is a typed error;
//! [`Optional::optional`] turns "nothing there" into `None`.
//!
//! ```no_run
//! use skillhost_sdk::{Failure, Optional, context};
//! # fn f() -> Result<(), Failure> {
//! let contact = context::contact("c1")?.value;
//! let deal = context::deal_of_contact("c1").optional()?; // no deal is fine
//! # Ok(()) }
//! ```

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::doors;
use crate::sources::{
    AboutCompany, ActivityEntry, Briefed, Busy, CalendarEvent, Campaign, CoachingEntry, Company, Contact, Deal,
    EmailEntry, Enrichment, InboxEntry, Meeting, News, Note, Org, OrgBudget, Pipeline, Product, Profile, Span,
    TaskEntry, Template, Thread, TranscriptText, User, Whom,
};

/// An answer of the door.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// What was read.
    pub value: T,
    /// Names this answer in evidence.
    pub read_id: String,
    /// Epoch milliseconds: when the source said so, not when it was asked.
    pub as_of: i64,
    /// Cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl<T> Read<T> {
    /// The same read seen as another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Read<U> {
        Read { value: f(self.value), read_id: self.read_id, as_of: self.as_of, next: self.next }
    }
}

/// Why a read was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// No right.
    Denied,
    /// No such source.
    UnknownSource,
    /// Parameters do not fit the source.
    InvalidParams,
    /// Nothing there.
    NotFound,
    /// The source failed or is rate-limited.
    Unavailable,
    /// Money.
    OverBudget,
    /// More calls or bytes than this call may use.
    Limit,
    /// The answer is not of the asked type.
    Malformed,
}

impl ReadErrorKind {
    /// Stable word; the host's own where it has one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::UnknownSource => "unknown-source",
            Self::InvalidParams => "invalid-params",
            Self::NotFound => "not-found",
            Self::Unavailable => "unavailable",
            Self::OverBudget => "over-budget",
            Self::Limit => "limit",
            Self::Malformed => "malformed",
        }
    }
}

/// A refused read. `?` turns it into a [`crate::Failure`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reading {source_name}: {}: {message}", kind.as_str())]
pub struct ReadError {
    /// Why.
    pub kind: ReadErrorKind,
    /// Which source.
    pub source_name: String,
    /// For the author; no content.
    pub message: String,
    /// When to try again at the earliest.
    pub retry_after_ms: Option<u32>,
}

/// "Nothing there" as `None`.
pub trait Optional<T> {
    /// `NotFound` becomes `None`; every other error stays.
    ///
    /// # Errors
    /// Every refusal but `NotFound`.
    fn optional(self) -> Result<Option<T>, ReadError>;
}

impl<T> Optional<T> for Result<T, ReadError> {
    fn optional(self) -> Result<Option<T>, ReadError> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == ReadErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A read to be asked, for [`read_all`] and for sources without a function here.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub(crate) source: String,
    pub(crate) params: Value,
    pub(crate) max_bytes: Option<u32>,
    pub(crate) cursor: Option<String>,
}

impl Query {
    /// A read of `source` with `params` (an object).
    pub fn new(source: impl Into<String>, params: Value) -> Self {
        Self { source: source.into(), params, max_bytes: None, cursor: None }
    }

    /// At most this many bytes of body.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u32) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Reads on from [`Read::next`].
    #[must_use]
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }
}

fn typed<T: DeserializeOwned>(source: &str, answer: Result<doors::Snapshot, ReadError>) -> Result<Read<T>, ReadError> {
    let snapshot = answer?;
    let value = serde_json::from_str(&snapshot.body).map_err(|error| ReadError {
        kind: ReadErrorKind::Malformed,
        source_name: source.to_owned(),
        // Category and place only: serde's own message may quote the value.
        message: format!(
            "the answer is not of the asked type ({:?} at line {} column {})",
            error.classify(),
            error.line(),
            error.column()
        ),
        retry_after_ms: None,
    })?;
    Ok(Read { value, read_id: snapshot.read_id, as_of: snapshot.as_of, next: snapshot.next })
}

/// Reads any source as any type.
///
/// # Errors
/// Whatever the door says, and `Malformed` when the answer is of another type.
pub fn read<T: DeserializeOwned>(source: &str, params: Value) -> Result<Read<T>, ReadError> {
    ask(&Query::new(source, params))
}

/// Asks a query.
///
/// # Errors
/// As [`read`].
pub fn ask<T: DeserializeOwned>(query: &Query) -> Result<Read<T>, ReadError> {
    typed(&query.source, doors::read(query))
}

/// Asks several at the same time; answers come in the order asked. Read them as
/// [`Value`] and convert, or ask for one type.
pub fn read_all<T: DeserializeOwned>(queries: &[Query]) -> Vec<Result<Read<T>, ReadError>> {
    doors::read_all(queries).into_iter().zip(queries).map(|(answer, query)| typed(&query.source, answer)).collect()
}

/// Whose list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// The rep's own.
    #[default]
    Mine,
    /// A contact's.
    Contact(String),
    /// A deal's.
    Deal(String),
    /// A company's (meetings only).
    Company(String),
}

impl About {
    fn params(&self) -> Value {
        match self {
            Self::Mine => json!({}),
            Self::Contact(id) => json!({"contact_id": id}),
            Self::Deal(id) => json!({"deal_id": id}),
            Self::Company(id) => json!({"company_id": id}),
        }
    }
}

/// An object of the parameters that are said.
fn said<const N: usize>(params: [(&str, Option<&str>); N]) -> Value {
    params.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn span(span: &Span) -> Value {
    json!({"from": span.from, "until": span.until})
}

macro_rules! doors_of {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $answer:ty = $source:literal, $params:expr;)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// As [`read`].
            pub fn $name($($arg: $type),*) -> Result<Read<$answer>, ReadError> {
                read($source, $params)
            }
        )+

        /// What the sources answer, as JSON Schemas by source; a source that answers in two
        /// forms stands there twice. For whoever writes a source or reads one without these
        /// types; no skill carries them.
        #[cfg(not(target_family = "wasm"))]
        pub fn schemas() -> Vec<(&'static str, Value)> {
            let mut all: Vec<(&'static str, Value)> = Vec::new();
            for one in [$(($source, schemars::schema_for!($answer).to_value()),)+] {
                if !all.contains(&one) {
                    all.push(one);
                }
            }
            all
        }
    };
}

doors_of! {
    /// The tenant.
    org() -> Org = "org", json!({});
    /// The rep whose job this is.
    user() -> User = "user", json!({});
    /// Feature switches of the org.
    features() -> Map<String, Value> = "features", json!({});
    /// The org's ideal customer.
    icp() -> Map<String, Value> = "icp", json!({});
    /// What the org sells.
    products() -> Vec<Product> = "products", json!({});
    /// What the org may still spend.
    org_budget() -> OrgBudget = "budget", json!({});
    /// A contact by id.
    contact(contact_id: &str) -> Contact = "contact", json!({"contact_id": contact_id});
    /// A contact by address.
    contact_by_email(email: &str) -> Contact = "contact", json!({"email": email});
    /// The main contact of a deal.
    contact_of_deal(deal_id: &str) -> Contact = "contact", json!({"deal_id": deal_id});
    /// With whom a meeting is.
    contact_of_meeting(meeting_id: &str) -> Contact = "contact", json!({"meeting_id": meeting_id});
    /// A company by id.
    company(company_id: &str) -> Company = "company", json!({"company_id": company_id});
    /// Where a contact works.
    company_of_contact(contact_id: &str) -> Company = "company", json!({"contact_id": contact_id});
    /// Whose deal it is.
    company_of_deal(deal_id: &str) -> Company = "company", json!({"deal_id": deal_id});
    /// A deal by id.
    deal(deal_id: &str) -> Deal = "deal", json!({"deal_id": deal_id});
    /// A contact's open deal that changed last.
    deal_of_contact(contact_id: &str) -> Deal = "deal", json!({"contact_id": contact_id});
    /// A meeting by id: a list of one, or empty.
    meeting(meeting_id: &str) -> Vec<Meeting> = "meetings", json!({"meeting_id": meeting_id});
    /// Past meetings, newest first.
    meetings(about: &About) -> Vec<Meeting> = "meetings", about.params();
    /// Mails, newest first, without their text.
    emails(about: &About) -> Vec<EmailEntry> = "emails", about.params();
    /// History, newest first.
    activities(about: &About) -> Vec<ActivityEntry> = "activities", about.params();
    /// Tasks, open ones first.
    tasks(about: &About) -> Vec<TaskEntry> = "tasks", about.params();
    /// Notes, newest first.
    notes(about: &About) -> Vec<Note> = "notes", about.params();
    /// A transcript by id; see [`TranscriptText::parse`].
    transcript(id: &str) -> TranscriptText = "transcript", json!({"id": id});
    /// The transcript of a meeting.
    transcript_of_meeting(meeting_id: &str) -> TranscriptText = "transcript", json!({"meeting_id": meeting_id});
    /// A mail conversation in full.
    thread(id: &str) -> Thread = "thread", json!({"id": id});
    /// Events of the rep's calendars, by start; recurring ones expanded.
    calendar_events(between: &Span) -> Vec<CalendarEvent> = "calendar.events", span(between);
    /// When the rep is taken, over all of their calendars.
    calendar_busy(between: &Span) -> Busy = "calendar.busy", span(between);
    /// Mails received since an instant (none: for a day), newest first.
    inbox(since: Option<&str>) -> Vec<InboxEntry> = "inbox", said([("since", since)]);
    /// Meetings of which the rep got a brief in the last day, the newest first.
    briefed() -> Vec<Briefed> = "briefed", json!({});
    /// What was kept of the rep's own calls, the newest period first.
    coaching() -> Vec<CoachingEntry> = "coaching", json!({});
    /// All of it of periods that ended since a day, `YYYY-MM-DD`.
    coaching_since(day: &str) -> Vec<CoachingEntry> = "coaching", json!({"since": day});
    /// The rep's deals, those longest without activity first.
    pipeline() -> Pipeline = "pipeline", json!({});
    /// What is known of a person or company; may cost money.
    apollo(whom: &Whom) -> Enrichment = "apollo", whom.params();
    /// A person's profile; may cost money.
    linkedin(whom: &Whom) -> Profile = "linkedin", whom.params();
    /// News of a company since a day, newest first; may cost money.
    news(about: &AboutCompany, since: Option<&str>) -> News = "news", about.params(since);
    /// Templates of a kind (none: of every kind), without their text.
    templates(kind: Option<&str>) -> Vec<Template> = "templates", said([("kind", kind)]);
    /// A template in full.
    template(id: &str) -> Template = "templates", json!({"id": id});
    /// Campaigns from a day until another.
    campaigns(from: &str, until: &str) -> Vec<Campaign> = "campaigns", json!({"from": from, "until": until});
}
