//! What `monitor-campaigns` found.

use certainty::{Share, Tested};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All campaigns over a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Monitored {
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// A report each.
    pub campaigns: Vec<Report>,
    /// One line.
    pub headline: String,
    /// A line for each campaign, for a card.
    pub lines: Vec<String>,
    /// What is wrong, for a card.
    pub alarms: Vec<String>,
}

/// One campaign.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Report {
    /// Which.
    pub campaign_id: String,
    /// Its name.
    pub name: String,
    /// `active`, `paused` or `finished`.
    pub status: String,
    /// Mails sent in the period.
    pub sent: i64,
    /// Mails delivered in the period.
    pub delivered: i64,
    /// Of those delivered.
    pub open: Option<Share>,
    /// Of those delivered.
    pub click: Option<Share>,
    /// Of those delivered.
    pub reply: Option<Share>,
    /// Replies with interest, of those delivered.
    pub positive: Option<Share>,
    /// Of those sent.
    pub bounce: Option<Share>,
    /// Of those delivered.
    pub unsubscribe: Option<Share>,
    /// Replies with interest, of all replies.
    pub quality: Option<Share>,
    /// Against the period before.
    pub trends: Vec<Trend>,
    /// Each mail of it.
    pub steps: Vec<StepReport>,
    /// Variants against each other.
    pub comparisons: Vec<Comparison>,
    /// What is wrong with it, with its numbers.
    pub flags: Vec<Flag>,
    /// Counts that cannot be.
    pub doubts: Vec<String>,
    /// Replies in the period that are listed.
    pub replies: usize,
}

/// One mail, or one variant of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StepReport {
    /// Which.
    pub step_id: String,
    /// Its name.
    pub name: String,
    /// `A`, `B`, …
    pub variant: Option<String>,
    /// Mails sent.
    pub sent: i64,
    /// Mails delivered.
    pub delivered: i64,
    /// Of those delivered.
    pub open: Option<Share>,
    /// Of those delivered.
    pub click: Option<Share>,
    /// Of those delivered.
    pub reply: Option<Share>,
    /// Of those delivered.
    pub positive: Option<Share>,
    /// Of those sent.
    pub bounce: Option<Share>,
    /// Of those delivered.
    pub unsubscribe: Option<Share>,
}

/// A share against that of the period before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Trend {
    /// `open`, `reply`, …
    pub of: String,
    /// Now.
    pub now: Share,
    /// In the period before.
    pub before: Share,
    /// The test between them.
    pub tested: Tested,
    /// The p value, adjusted for the other trends of this campaign (Holm).
    pub p_adjusted: Option<f64>,
    /// `up` or `down` where it is more than chance, else `same`; `unknown` where one
    /// period has nothing.
    pub verdict: String,
}

/// Variants of one mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Comparison {
    /// Name of the mail.
    pub name: String,
    /// By replies of those delivered.
    pub contenders: Vec<Contender>,
    /// The variant that is better than every other, beyond chance.
    pub winner: Option<String>,
    /// The test between the two best.
    pub tested: Tested,
    /// Its p value, adjusted for the number of comparisons (Holm).
    pub p_adjusted: Option<f64>,
    /// In words.
    pub reason: String,
}

/// A variant and its replies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Contender {
    /// Which step.
    pub step_id: String,
    /// `A`, `B`, …
    pub variant: String,
    /// Replies of those delivered.
    pub reply: Share,
}

/// Something that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Flag {
    /// `low_reply`, `high_bounce`, `high_unsubscribe`, `falling_reply`.
    pub kind: String,
    /// In words, with its numbers.
    pub text: String,
    /// The share behind it.
    pub share: Share,
    /// The bound it is held against.
    pub bound: Option<f64>,
}
