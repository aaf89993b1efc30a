//! What the steps of reviving a deal hand to each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::line::Source;
use crate::published::LeftOut;
use crate::reading::Missing;

/// Of `research-trigger-events`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Triggers {
    /// The company's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// What happened since the deal went quiet, the strongest first.
    pub triggers: Vec<Trigger>,
    /// Contacts whose profile has them at another company.
    pub gone: Vec<String>,
    /// What was read and left out, with the reason.
    pub left_out: Vec<LeftOut>,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Trigger {
    /// `funding`, `leadership`, `acquisition`, `layoffs`, `expansion`, `product`, …;
    /// `promotion`, `job_change`, `left` or `post` of a person.
    pub kind: String,
    /// Its exact words: a headline, or a line of a profile or post.
    pub words: String,
    /// Who published it, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// RFC 3339.
    pub at: String,
    /// Whole days since.
    pub days: i64,
    /// Why it is a reason to write.
    pub why: String,
    /// What gives its place.
    pub strength: i64,
    /// Where it stands.
    pub source: Source,
}

/// Of `analyse-stall-reason`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Stall {
    /// `said_no`, `timing`, `waiting_on_us`, `we_promised`, `contact_left`, `budget`,
    /// `competition`, `others_decide`, `objection`, `no_need`, `no_reply` or `unknown`.
    pub reason: String,
    /// 0 to 1.
    pub confidence: f64,
    /// In words, with its numbers.
    pub why: String,
    /// The exact words it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Where they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Whose move it is: `ours`, `theirs` or `nobodys`.
    pub move_of: String,
    /// What was talked about last that is a matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_topic: Option<Topic>,
    /// They asked to be left until this day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// Why nobody should write at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_not_write: Option<String>,
    /// Whose reason it is: `rules` or `model`.
    pub by: String,
    /// Why a model's was not used, where one could have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_refined: Option<String>,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// What was talked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Topic {
    /// Its exact words, without `Re:`.
    pub words: String,
    /// `email`, `meeting` or `call`.
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// Where it stands.
    pub source: Source,
}
