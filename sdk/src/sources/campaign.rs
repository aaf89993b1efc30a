//! Tier 3: mailings to many, and what came back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often what happened, in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CampaignCounters {
    /// Mails sent.
    pub sent: i64,
    /// Delivered.
    pub delivered: i64,
    /// Opened at least once.
    pub opened: i64,
    /// Clicked at least once.
    pub clicked: i64,
    /// Answered.
    pub replied: i64,
    /// Answered with interest.
    pub positive: i64,
    /// Came back.
    pub bounced: i64,
    /// Asked for no more.
    pub unsubscribed: i64,
}

/// One mail of a campaign, or one variant of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CampaignStep {
    /// Id within the campaign.
    pub id: String,
    /// Name.
    pub name: String,
    /// For instance `A`; none: everybody gets this one.
    pub variant: Option<String>,
    /// Mails sent.
    pub sent: i64,
    /// Delivered.
    pub delivered: i64,
    /// Opened at least once.
    pub opened: i64,
    /// Clicked at least once.
    pub clicked: i64,
    /// Answered.
    pub replied: i64,
    /// Answered with interest.
    pub positive: i64,
    /// Came back.
    pub bounced: i64,
    /// Asked for no more.
    pub unsubscribed: i64,
}

impl CampaignStep {
    /// Its numbers alone.
    pub fn counters(&self) -> CampaignCounters {
        CampaignCounters {
            sent: self.sent,
            delivered: self.delivered,
            opened: self.opened,
            clicked: self.clicked,
            replied: self.replied,
            positive: self.positive,
            bounced: self.bounced,
            unsubscribed: self.unsubscribed,
        }
    }
}

/// An answer to a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CampaignReply {
    /// Id.
    pub id: String,
    /// The mail, where it is in the rep's mailbox.
    pub email_id: Option<String>,
    /// From whom, where they are a contact.
    pub contact_id: Option<String>,
    /// Address, lower case.
    pub from: String,
    /// Name as the mail has it, or empty.
    pub from_name: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// RFC 3339.
    pub at: String,
    /// Which step it answers.
    pub step_id: Option<String>,
    /// As in [`super::InboxEntry`].
    pub headers: BTreeMap<String, String>,
}

/// A campaign over the period asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Campaign {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `active`, `paused` or `finished`.
    pub status: String,
    /// `email`.
    pub channel: String,
    /// RFC 3339.
    pub started_at: String,
    /// Rep.
    pub owner_id: Option<String>,
    /// Its mails in order.
    pub steps: Vec<CampaignStep>,
    /// The whole campaign over the period of equal length before.
    pub previous: Option<CampaignCounters>,
    /// At most 100, newest first.
    pub replies: Vec<CampaignReply>,
}
