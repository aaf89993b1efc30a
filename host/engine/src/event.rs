//! Events as they enter the host.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::{EventId, JobId, OrgId, UserId};
use crate::time::Timestamp;

/// Depth of a root job is 1; a job at this depth queues no follow-ups.
pub const MAX_CHAIN_DEPTH: u8 = 3;
/// How long a key shields against duplicates; longer than any vendor retries.
pub const IDEMPOTENCY_WINDOW_MS: i64 = 7 * 24 * 3600 * 1000;
/// Largest accepted request body, bytes.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// An event mapped to an org and a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Made by the host.
    pub id: EventId,
    /// For instance `meeting_ended`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// `webhook:<vendor>`, `api:<client>`, `cron:…`, `slack:<action>`, `inbox:<action>`,
    /// `orchestrator:chain`, `anew:<job>`.
    pub source: String,
    /// Tenant.
    pub org: OrgId,
    /// On whose behalf.
    pub user: UserId,
    /// What happened.
    pub payload: Value,
    /// The job that raised it.
    pub parent: Option<JobId>,
    /// Depth of the job it would start, 1 for a root.
    pub depth: u8,
    /// Scoped to the org.
    pub idempotency_key: String,
    /// `sha256:<hex>` of the canonical payload: tells a client's reuse of a key
    /// with another body from a redelivery.
    pub body_digest: String,
    /// When the host took it.
    pub received_at: Timestamp,
    /// Not run before this.
    pub not_before: Option<Timestamp>,
}

/// `event`, as every expression of a sequence sees it.
pub(crate) fn seen(event_type: &str, source: &str, payload: &Value, received_at: Timestamp) -> Value {
    json!({ "type": event_type, "source": source, "payload": payload, "received_at": received_at.rfc3339() })
}

/// Begins the source of what the clock raises.
pub const SCHEDULED: &str = "cron:";

/// Whether the person asked for it themselves just now, by a command or a button.
pub fn is_by_hand(source: &str) -> bool {
    ["slack:", "inbox:"].iter().any(|door| source.starts_with(door))
}

/// Begins the source of what a client raises: `api:<client>`, or `api:<client>@<person>`
/// where the person of its key raises it for somebody else.
const BY_API: &str = "api:";

/// The source of what a client raises with the key of `caller` for `user`.
pub fn api_source(client: &str, caller: &UserId, user: &UserId) -> String {
    if caller == user { format!("{BY_API}{client}") } else { format!("{BY_API}{client}@{caller}") }
}

/// Who raised an event by the API, for a card and the audit; `None` for events that come
/// another way.
pub fn raised_by(source: &str) -> Option<String> {
    let client = source.strip_prefix(BY_API)?.split(':').next().unwrap_or_default();
    Some(match client.rsplit_once('@') {
        Some((client, person)) => format!("{person}, with the API client {client}"),
        None => format!("the API client {client}"),
    })
}

/// What an answer to a question is called among events: it resumes a job and starts none, and
/// has a door of its own, which asks who answers.
pub const ANSWERED: &str = "approval_resolved";

/// The event types that start jobs. A sequence file may exist for each.
pub const EVENT_TYPES: [&str; 15] = [
    "meeting_ended",
    "pre_meeting_90min",
    "email_received",
    "proposal_generation",
    "calendar_find_times",
    "stale_deal_revival",
    "pipeline_scan",
    "morning_brief",
    "campaign_check",
    "coaching_digest",
    "content_retrieval",
    "pricing_retrieval",
    "followup_reminder",
    "competitive_research",
    "deal_closing",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_the_client_and_whoever_acts_for_another() {
        let (ada, ben) = (UserId::from("u-ada"), UserId::from("u-ben"));
        assert_eq!(api_source("crm", &ada, &ada), "api:crm");
        assert_eq!(api_source("crm", &ada, &ben), "api:crm@u-ada");
        for (source, who) in [
            ("api:crm", Some("the API client crm")),
            ("api:crm:upload", Some("the API client crm")),
            ("api:crm@u-ada:upload", Some("u-ada, with the API client crm")),
            ("webhook:meetingbaas", None),
            ("slack:api:crm", None),
        ] {
            assert_eq!(raised_by(source).as_deref(), who, "{source}");
        }
    }

    #[test]
    fn a_command_and_a_button_are_by_hand_and_a_client_is_not() {
        for (source, by_hand) in [
            ("slack:command", true),
            ("slack:check_calendar", true),
            ("inbox:draft_reply", true),
            ("api:slack:command", false),
            ("webhook:slack", false),
            ("cron:morning_brief", false),
            ("orchestrator:chain", false),
        ] {
            assert_eq!(is_by_hand(source), by_hand, "{source}");
        }
    }
}
