//! What the calendar skills hand to each other.
//!
//! Every field has a default and unknown ones are ignored, because a step that was
//! skipped leaves null, and a newer skill may say more. Instants are RFC 3339 in
//! UTC where this crate makes them; days are `YYYY-MM-DD`, times of day `HH:MM`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a mail or message wants of a calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A meeting, at times that are still to be found or agreed.
    MeetingRequest,
    /// Another time for a meeting there is.
    Reschedule,
    /// A meeting there is does not happen.
    Cancel,
    /// Yes to a time.
    Confirm,
    /// Nothing.
    #[default]
    None,
}

/// How to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By video.
    Video,
    /// By phone.
    Phone,
    /// In one place.
    InPerson,
}

/// How soon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// As soon as can be.
    High,
    /// Nothing was said.
    #[default]
    Normal,
    /// There is time.
    Low,
}

/// From one day or instant to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Window {
    /// First day, or the instant from which on.
    pub from: String,
    /// Last day, or the instant at which it ends; null where it is open.
    pub until: Option<String>,
}

/// A part of the calendar: some days or all, and of each the whole or some hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Stretch {
    /// First day; null for no day in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Last day, where there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
    /// This weekday of every week: `monday` to `sunday`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekday: Option<String>,
    /// From this time of day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// To this time of day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A time that was named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Moment {
    /// RFC 3339 with the offset of the zone it was named in.
    pub starts: String,
    /// The same, where an end was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
}

/// Somebody who should come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Invitee {
    /// As they were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The words that something was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Quote {
    /// Exact words of the source.
    pub quote: String,
    /// JSON Pointer to what they say.
    pub supports: String,
}

/// A request for a meeting, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Request {
    /// What is wanted.
    pub kind: Kind,
    /// 0 to 1.
    pub confidence: f64,
    /// Minutes, where a length was named.
    pub duration_min: Option<i64>,
    /// The days that were named, from the first to the last.
    pub window: Option<Window>,
    /// When it should be, where less than the whole window was named.
    pub preferred: Vec<Stretch>,
    /// When it cannot be.
    pub excluded: Vec<Stretch>,
    /// Exact times that were named.
    pub proposed: Vec<Moment>,
    /// The meeting that is moved or cancelled: its day, or its instant.
    pub about: Option<String>,
    /// IANA zone in which days and times of day are meant.
    pub zone: Option<String>,
    /// Where that comes from: `said`, `contact`, `place`, `phone` or `user`.
    pub zone_from: Option<String>,
    /// IANA zone of the other side; null where nothing tells.
    pub their_zone: Option<String>,
    /// Where that comes from: `contact`, `said`, `place` or `phone`.
    pub their_zone_from: Option<String>,
    /// Who should come besides the two.
    pub attendees: Vec<Invitee>,
    /// How to meet; null where it was not said.
    pub mode: Option<Mode>,
    /// How soon.
    pub urgency: Urgency,
    /// The mail it was read from.
    pub email_id: Option<String>,
    /// The conversation it was read from.
    pub thread_id: Option<String>,
    /// The words it rests on.
    pub evidence: Vec<Quote>,
}

/// A slot in somebody's own time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Local {
    /// `2026-11-24`.
    pub day: String,
    /// `10:00`.
    pub from: String,
    /// `10:30`.
    pub until: String,
    /// `Tuesday 24 November, 10:00–10:30`.
    pub text: String,
}

/// A time to meet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Slot {
    /// `slot-20261124t150000z`.
    pub id: String,
    /// RFC 3339, UTC.
    pub starts: String,
    /// RFC 3339, UTC.
    pub ends: String,
    /// In the rep's time.
    pub yours: Local,
    /// In the other side's time; null where their zone is not known.
    pub theirs: Option<Local>,
    /// `recommended`, `good`, `early_for_them`, `late_for_them`, `early_for_you`,
    /// `late_for_you`, `day_off_for_them`.
    pub marks: Vec<String>,
    /// 0 to 100.
    pub points: i64,
    /// Whether they asked for such a time.
    pub asked_for: bool,
}

/// A time that was named, held against the calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Answered {
    /// RFC 3339, UTC.
    pub starts: String,
    /// RFC 3339, UTC.
    pub ends: String,
    /// In the rep's time.
    pub yours: Local,
    /// In the other side's time.
    pub theirs: Option<Local>,
    /// Whether it keeps every rule.
    pub free: bool,
    /// What speaks against it: `busy`, `past`, `notice`, `outside_hours`,
    /// `full_day`, `day_off`.
    pub against: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Found {
    /// Minutes of the meeting.
    pub duration_min: i64,
    /// Free minutes kept around it.
    pub buffer_min: i64,
    /// Minutes from now to the first start.
    pub notice_min: i64,
    /// Whether tentative events were taken for free time.
    pub tentative_is_free: bool,
    /// What was looked at; RFC 3339, UTC.
    pub window: Window,
    /// IANA.
    pub your_zone: String,
    /// IANA; null where it is not known.
    pub their_zone: Option<String>,
    /// Where it comes from: `input`, `contact`, `said`, `place`, `phone`.
    pub their_zone_from: Option<String>,
    /// The slots to offer, by time.
    pub options: Vec<Slot>,
    /// The next ones, best first, for who wants others.
    pub more: Vec<Slot>,
    /// The times they named.
    pub asked: Vec<Answered>,
    /// How many slots keep every rule.
    pub total: usize,
    /// All of them by time, where all were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Slot>,
    /// The instant to go on after, where not all fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_next: Option<String>,
    /// What of the wish could not be kept: `preferred`, `window`.
    pub relaxed: Vec<String>,
    /// Where there is no slot: which rules, each given up alone, would leave some.
    pub would_help: Vec<String>,
    /// Whether every calendar was read, and lately.
    pub sure: bool,
    /// What the rep should know.
    pub warnings: Vec<String>,
}
