//! What is looked for.

use free_time::record::Request;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::preferences::Overrides;

/// The wish, and what to do otherwise than the rep's preferences say.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Of `parse-scheduling-request`.
    pub request: Option<Request>,
    /// Whom to meet.
    pub contact_id: Option<String>,
    /// Minutes; else those of the request, else the rep's.
    pub duration_min: Option<i64>,
    /// First day or instant; else that of the request, else now.
    pub from: Option<String>,
    /// Last day, or the instant at which it ends; else that of the request, else ten business days.
    pub until: Option<String>,
    /// IANA zone of the other side; else what the contact, the request and their mails tell.
    pub their_zone: Option<String>,
    /// The other side's business hours, as `working_hours` of the rules; else nine to five, Monday to Friday.
    pub their_hours: Option<Value>,
    /// Whether times in the other side's night and on their days off may be offered.
    pub any_hour_for_them: bool,
    /// How many options to give, 3 to 5.
    pub options: Option<u32>,
    /// Whether to give every slot.
    pub all: bool,
    /// Of all slots only those after this instant: the `all_next` of the answer before.
    pub after: Option<String>,
    /// Rules over those of the rep's preferences.
    pub rules: Overrides,
}
