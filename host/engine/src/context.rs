//! The context door as the host sees it: what may be asked ([`source`](self::SOURCES)),
//! what comes back, how large it may be ([`page`]), what is loaded before anybody asks
//! ([`ahead`]) and what an effect makes old ([`change`]).

pub mod ahead;
pub mod change;
pub mod page;
pub mod shape;
mod source;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::canonical::digest_json;
use crate::fetch::{Fetch, FetchError, FetchErrorKind, Fetched};
use crate::model::{ModelAnswer, ModelAsk, ModelError, ModelErrorKind};
use crate::rights::RightSet;
use crate::time::{MicroUsd, Timestamp};

pub use source::{
    MAX_CALENDAR_DAYS, MAX_CAMPAIGN_DAYS, MAX_CONTEXT_BYTES, MAX_DAY_BYTES, MAX_JOB_CONTEXT_BYTES, MAX_JOB_DAY_BYTES,
    MAX_PARAM_CHARS, MAX_TRANSCRIPT_BYTES, ORG_SUFFIX, SOURCES, Source, TEMPLATE_KINDS, Tier, find, scope, weight,
};

/// Most meetings in a snapshot; older ones are a cursor away, as of every list here.
pub const MAX_MEETINGS: usize = 10;
/// Most emails in a snapshot.
pub const MAX_EMAILS: usize = 20;
/// Most activities in a snapshot.
pub const MAX_ACTIVITIES: usize = 50;
/// Most tasks in a snapshot.
pub const MAX_TASKS: usize = 50;
/// Most notes in a snapshot.
pub const MAX_NOTES: usize = 50;
/// Most products in a snapshot: a price list, not a catalogue.
pub const MAX_PRODUCTS: usize = 200;
/// Most events of calendars in a snapshot.
pub const MAX_EVENTS: usize = 500;
/// Most received mails in a snapshot.
pub const MAX_INBOX: usize = 50;
/// Characters of a received mail's text.
pub const MAX_INBOX_CHARS: usize = 4_000;
/// Headers of a mail that are kept: those that tell a machine's mail from a person's.
pub const MAIL_HEADERS: [&str; 11] = [
    "auto-submitted",
    "precedence",
    "list-id",
    "list-unsubscribe",
    "x-autoreply",
    "x-auto-response-suppress",
    "return-path",
    "content-type",
    "x-failed-recipients",
    "feedback-id",
    "reply-to",
];
/// Characters of a header that are kept: a line of a mail.
pub const MAX_HEADER_CHARS: usize = 998;
/// Most open deals of a pipeline.
pub const MAX_PIPELINE: usize = 500;
/// Most analyses of a user's own calls: a month of calls and a quarter of weeks.
pub const MAX_COACHING: u32 = 40;
/// Most of those since a day: a year of ten calls a week and of digests.
pub const MAX_COACHING_SINCE: u32 = 600;
/// Bytes of them, whole ones: half of what an answer about a day may have.
pub const MAX_COACHING_BYTES: usize = MAX_DAY_BYTES / 2;

/// What a skill asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Source name.
    pub source: String,
    /// Valid against the source's parameter schema.
    pub params: Value,
    /// Wanted bound on the body.
    pub max_bytes: Option<u32>,
    /// To read on.
    pub cursor: Option<String>,
}

impl Query {
    /// Digest of what is asked; of a question from the beginning that of its parameters.
    pub fn digest(&self) -> String {
        match &self.cursor {
            None => digest_json(&self.params),
            Some(cursor) => digest_json(&json!({ "params": self.params, "cursor": cursor })),
        }
    }
}

/// What a source answers. `body` is shared, so that many steps of a job cost one copy.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// JSON text.
    pub body: Arc<str>,
    /// `sha256:<hex>` of `body`.
    pub digest: Arc<str>,
    /// When the source said so.
    pub as_of: Timestamp,
    /// Present when there is more.
    pub next: Option<String>,
    /// What this call paid for it; nothing where it was there already.
    pub cost: MicroUsd,
}

/// Why a read was refused; the words skills see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadErrorKind {
    /// No right.
    Denied,
    /// No such source.
    UnknownSource,
    /// Parameters do not fit.
    InvalidParams,
    /// Nothing there.
    NotFound,
    /// The source failed.
    Unavailable,
    /// Money.
    OverBudget,
    /// Calls or bytes.
    Limit,
}

impl ReadErrorKind {
    const ALL: [Self; 7] = [
        Self::Denied,
        Self::UnknownSource,
        Self::InvalidParams,
        Self::NotFound,
        Self::Unavailable,
        Self::OverBudget,
        Self::Limit,
    ];

    /// The kind of a word used in journals.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word used in journals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::UnknownSource => "unknown-source",
            Self::InvalidParams => "invalid-params",
            Self::NotFound => "not-found",
            Self::Unavailable => "unavailable",
            Self::OverBudget => "over-budget",
            Self::Limit => "limit",
        }
    }
}

/// A refused read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.as_str())]
pub struct ReadError {
    /// Why.
    pub kind: ReadErrorKind,
    /// For the author of the skill; no content.
    pub message: String,
    /// When to try again at the earliest.
    pub retry_after_ms: Option<u32>,
    /// What this call paid all the same.
    pub cost: MicroUsd,
}

impl ReadError {
    /// One that cost nothing and says nothing of a later time.
    pub fn new(kind: ReadErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after_ms: None, cost: MicroUsd(0) }
    }
}

/// What stands behind the doors of one call. Rights and limits were checked by
/// the sandbox before it asks.
#[async_trait::async_trait]
pub trait Doors: Send + Sync + 'static {
    /// Answers one read, as the job's org and user.
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError>;

    /// Asks a model; the money is reserved before and settled after.
    async fn generate(&self, ask: ModelAsk) -> Result<ModelAnswer, ModelError> {
        Err(ModelError {
            kind: ModelErrorKind::NotConfigured,
            message: format!("the operator maps no model to the class `{}`", ask.class),
            retry_after_ms: None,
            cost: MicroUsd(0),
        })
    }

    /// Fetches over HTTP. `rights` are the call's: each hop of a redirect is
    /// checked against them again.
    async fn fetch(&self, fetch: Fetch, rights: &RightSet) -> Result<Fetched, FetchError> {
        let _ = (fetch, rights);
        Err(FetchError { kind: FetchErrorKind::Denied, message: "this host fetches nothing".to_owned() })
    }
}
