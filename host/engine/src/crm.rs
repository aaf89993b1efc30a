//! Changes of the host's own records that it makes for effects. To add one: a
//! variant here, its line in every store, its statement there.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::artifact::Share;
use crate::ids::{EffectKey, JobId, OrgId, UserId};
use crate::time::Timestamp;

/// A change of the host's own records.
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
    /// Adds an activity. The id is the effect's key: adding twice is one. Of a mail there
    /// is one: it takes the place of the one that was made when the mail came in.
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
        /// The mail that it is about; one that is not the user's own counts as none.
        #[serde(default)]
        mail: Option<String>,
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
    /// Records a sent mail, for limits and threads, and as an activity of the first
    /// recipient who is a contact and of their open deal.
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
    /// Adds a contact, unless the org has one of that address. The company must be there,
    /// or the batch fails with [`crate::store::StoreError::Precondition`].
    Contact {
        /// Tenant.
        org: OrgId,
        /// Unique; the effect's key.
        id: String,
        /// Whose contact.
        user: UserId,
        /// Display name.
        name: String,
        /// Lower case.
        email: String,
        /// The company.
        company: Option<String>,
        /// What they are there.
        title: Option<String>,
        /// A number.
        phone: Option<String>,
        /// IANA zone.
        zone: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Keeps a coaching analysis; the id is the effect's key.
    Coaching {
        /// Tenant.
        org: OrgId,
        /// Unique.
        id: String,
        /// Whose calls.
        user: UserId,
        /// `YYYY-MM-DD` or RFC 3339.
        period_start: String,
        /// The same.
        period_end: String,
        /// The one meeting it is about.
        meeting: Option<String>,
        /// An object.
        analysis: Value,
        /// When.
        at: Timestamp,
    },
    /// Says what a mail is about, in place of what was said before. The mail must be one
    /// that the user may see, or the batch fails with
    /// [`crate::store::StoreError::Precondition`].
    EmailClass {
        /// Tenant.
        org: OrgId,
        /// On whose behalf.
        user: UserId,
        /// Its id.
        email: String,
        /// A word.
        class: String,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Takes the id of a calendar event for an effect. Where another effect has it that
    /// has left or may still leave, the batch fails with
    /// [`crate::store::StoreError::Precondition`].
    Invite {
        /// Tenant.
        org: OrgId,
        /// [`crate::effect::calendar_invite::event_id`].
        event: String,
        /// The effect.
        key: EffectKey,
        /// When.
        at: Timestamp,
    },
    /// Makes a link to a kept file; the id is the effect's key.
    Share(Box<Share>),
    /// Puts off the user's jobs about a contact that wait for the time their event names,
    /// have not begun and are due before `until`; each has a line in the audit.
    Postpone {
        /// Tenant.
        org: OrgId,
        /// Whose jobs.
        user: UserId,
        /// About whom.
        contact: String,
        /// They are due then.
        until: Timestamp,
        /// The job that says so, which stays as it is.
        job: JobId,
        /// The effect.
        key: EffectKey,
        /// When.
        at: Timestamp,
    },
}
