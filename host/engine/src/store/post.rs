//! Mailboxes that the host reads, as a database keeps them.

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::ids::{EffectKey, OrgId, UserId};
use crate::mailbox::{KeptMail, KnownMail, MailboxRow, Marks, ReceivedMail};
use crate::time::Timestamp;

/// A mail that the host sent and that is not yet in its thread and its sender's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfiledMail {
    /// The effect.
    pub key: EffectKey,
    /// Without angle brackets.
    pub message_id: String,
    /// How often its folder refused it.
    pub refused: u32,
}

/// Where a mail that the host sent belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledMail {
    /// Tenant.
    pub org: OrgId,
    /// The effect.
    pub key: EffectKey,
    /// Its thread.
    pub thread_id: String,
    /// Without angle brackets.
    pub in_reply_to: Option<String>,
    /// Without angle brackets.
    pub references: Vec<String>,
    /// When it was filed, or refused last.
    pub at: Timestamp,
    /// How often its folder refused it; 0 once it is there.
    pub refused: u32,
    /// When the folder is asked again; `None` where it is there, or given up.
    pub again_at: Option<Timestamp>,
}

/// The part of a store that holds mailboxes and what came through them.
#[async_trait::async_trait]
pub trait Post: Send + Sync + 'static {
    /// A mailbox as it stands, of an address in lower case.
    async fn mailbox(&self, org: &OrgId, address: &str) -> Result<Option<MailboxRow>, StoreError>;
    /// Mailboxes of one user or of the org, by address.
    async fn mailboxes(&self, org: &OrgId, user: Option<&UserId>) -> Result<Vec<MailboxRow>, StoreError>;
    /// Whether it is this boot's turn to read the mailbox, and stays so: one boot does at
    /// a time, until it is gone. Makes the row where there is none.
    async fn take_mailbox(&self, row: &MailboxRow, boot: &str) -> Result<bool, StoreError>;
    /// Writes where a mailbox stands; the mails that it took are counted
    /// by themselves.
    async fn put_mailbox(&self, row: &MailboxRow) -> Result<(), StoreError>;
    /// Keeps a mail once, moves threads as it says, and moves the mailbox's place behind
    /// it where no event is to be raised. Returns after the flush.
    async fn keep_mail(&self, mail: &ReceivedMail) -> Result<KeptMail, StoreError>;
    /// The event of a mail was raised: moves the mailbox's place behind it.
    async fn mail_raised(&self, mail: &ReceivedMail) -> Result<(), StoreError>;
    /// Writes what the server says of mails, by their numbers.
    async fn mark_mails(
        &self,
        org: &OrgId,
        address: &str,
        uid_validity: u32,
        marks: &[(u32, Marks)],
    ) -> Result<(), StoreError>;
    /// A user's mails with one of these message ids.
    async fn mails_by_message_id(
        &self,
        org: &OrgId,
        user: &UserId,
        ids: &[String],
    ) -> Result<Vec<KnownMail>, StoreError>;
    /// A user's newest mails since an instant, at most [`crate::mailbox::MAX_RECENT`].
    async fn recent_mails(&self, org: &OrgId, user: &UserId, since: Timestamp) -> Result<Vec<KnownMail>, StoreError>;
    /// Whether the user received an answer to the mail with this message id.
    async fn is_answered(&self, org: &OrgId, user: &UserId, message_id: &str) -> Result<bool, StoreError>;
    /// Mails that a user sent since an instant and that are to be filed by `due`, oldest
    /// first.
    async fn unfiled_mails(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        due: Timestamp,
        limit: u32,
    ) -> Result<Vec<UnfiledMail>, StoreError>;
    /// Mails of a user whose folder refused them for good.
    async fn unfiled_for_good(&self, org: &OrgId, user: &UserId) -> Result<u64, StoreError>;
    /// Puts a sent mail into its thread, the first time, and says whether it is filed.
    async fn file_mail(&self, filed: &FiledMail) -> Result<(), StoreError>;
}
