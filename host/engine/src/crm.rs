//! Changes of the built-in CRM that the host performs for effects. To add one: a
//! variant here, its line in every store, its statement there.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{EffectKey, OrgId, UserId};
use crate::time::Timestamp;

/// A change of the built-in CRM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum CrmWrite {
    /// Sets the stage if it still is `from`; otherwise the batch fails with
    /// [`StoreError::Precondition`].
    SetStage {
        /// Tenant.
        org: OrgId,
        /// Which deal.
        deal: String,
        /// Stage it must have.
        from: String,
        /// Stage it gets.
        to: String,
        /// When.
        at: Timestamp,
    },
    /// Merges fields into a record's `fields`.
    UpdateFields {
        /// Tenant.
        org: OrgId,
        /// `contact`, `company` or `deal`.
        entity: String,
        /// Its id.
        id: String,
        /// Field → value.
        fields: serde_json::Map<String, Value>,
        /// When.
        at: Timestamp,
    },
    /// Adds an activity. The id is the effect's key: adding twice is one.
    Activity {
        /// Tenant.
        org: OrgId,
        /// Unique.
        id: String,
        /// Whose.
        user: UserId,
        /// `call`, `email`, `meeting`, `note`.
        kind: String,
        /// The contact.
        contact: Option<String>,
        /// The deal.
        deal: Option<String>,
        /// Subject line.
        subject: String,
        /// Text.
        body: String,
        /// When.
        at: Timestamp,
    },
    /// Adds a task; the id is the effect's key.
    Task {
        /// Tenant.
        org: OrgId,
        /// Unique.
        id: String,
        /// Owner.
        user: UserId,
        /// What to do.
        title: String,
        /// More words.
        detail: Option<String>,
        /// `YYYY-MM-DD` or RFC 3339.
        due: Option<String>,
        /// `low`, `normal`, `high`.
        priority: String,
        /// The contact.
        contact: Option<String>,
        /// The deal.
        deal: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Adds a flag to a record; the same flag twice is one.
    Flag {
        /// Tenant.
        org: OrgId,
        /// `deal`, `contact` or `company`.
        entity: String,
        /// Its id.
        id: String,
        /// For instance `risk`, `multi_stakeholder`, `competitive`.
        flag: String,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Puts an address on the suppression list.
    Suppress {
        /// Tenant.
        org: OrgId,
        /// Lower case.
        address: String,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Records a sent mail, for limits and threads.
    SentMail {
        /// Tenant.
        org: OrgId,
        /// Sender.
        user: UserId,
        /// The effect.
        key: EffectKey,
        /// Without angle brackets.
        message_id: String,
        /// Recipients, lower case.
        to: Vec<String>,
        /// Subject.
        subject: String,
        /// Body text.
        body: String,
        /// `sha256:<hex>` of the body.
        body_digest: String,
        /// When.
        at: Timestamp,
    },
}
