//! Writing mailboxes and their mails: each change is one transaction over one line.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::mailbox::{KeptMail, KnownMail, MailboxRow, Marks, ReceivedMail};
use skillhost_engine::store::{FiledMail, Post, StoreError, UnfiledMail};
use skillhost_engine::time::Timestamp;

use crate::mailboxes::{self, filed_line, mail_line, marks_line};
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows;

const TAKE: &str = "
INSERT INTO mailboxes (org_id, address, user_id, state, reason, since, next_attempt, began_at, uid_validity, last_uid,
    synced_at, received)
SELECT value ->> 'org', value ->> 'address', value ->> 'user', value ->> 'state', value ->> 'reason',
    value ->> 'since', value ->> 'next_attempt', value ->> 'began_at', NULL, 0, NULL, 0
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, address) DO UPDATE SET user_id = excluded.user_id;";

const PUT: &str = "
UPDATE mailboxes SET state = e.value ->> 'state', reason = e.value ->> 'reason', since = e.value ->> 'since',
    next_attempt = e.value ->> 'next_attempt', opened_at = e.value ->> 'opened_at', uid_validity = e.value ->> 'uid_validity',
    last_uid = e.value ->> 'last_uid', synced_at = e.value ->> 'synced_at', left_out = e.value ->> 'left_out'
FROM jsonb_each(:list) e WHERE org_id = e.value ->> 'org' AND address = e.value ->> 'address';";

/// The place of the mailbox behind the mail; numbers of another validity say nothing.
const MOVE: &str = "
UPDATE mailboxes SET uid_validity = e.value ->> 'uid_validity',
    last_uid = iif(uid_validity IS e.value ->> 'uid_validity', max(last_uid, e.value ->> 'uid'), e.value ->> 'uid')
FROM jsonb_each(:list) e WHERE org_id = e.value ->> 'org' AND address = e.value ->> 'address'";

/// Answers what is known of the mail that was there, or nothing, and then keeps it. One of
/// the user's own that the host sent is an activity already.
const KEEP: &str = "
SELECT json_object('raises', json(iif(k.raises, 'true', 'false')), 'was_there', json('true'),
    'thread_id', coalesce(x.thread_id, ''))
FROM jsonb_each(:list) e JOIN mailbox_mails k ON k.org_id = e.value ->> 'org' AND k.email_id = e.value ->> 'id'
JOIN emails x ON x.org_id = k.org_id AND x.id = k.email_id;
UPDATE emails SET thread_id = e.value ->> 'thread' FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 'org' AND owner_id = e.value ->> 'user' AND thread_id = e.value ->> 'takes'
    AND NOT EXISTS (SELECT 1 FROM mailbox_mails k WHERE k.org_id = e.value ->> 'org' AND k.email_id = e.value ->> 'id');
UPDATE emails SET thread_id = e.value ->> 'thread' FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 'org' AND owner_id = e.value ->> 'user' AND thread_id IS NULL
    AND message_id IN (SELECT j.value FROM json_each(e.value -> 'joins') j)
    AND NOT EXISTS (SELECT 1 FROM mailbox_mails k WHERE k.org_id = e.value ->> 'org' AND k.email_id = e.value ->> 'id');
UPDATE mailboxes SET received = received + 1 FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 'org' AND address = e.value ->> 'address'
    AND NOT EXISTS (SELECT 1 FROM mailbox_mails k WHERE k.org_id = e.value ->> 'org' AND k.email_id = e.value ->> 'id');
INSERT INTO activities (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
SELECT value ->> 'org', value ->> 'id', value ->> 'user', 'email', value ->> 'contact', value ->> 'deal',
    value ->> 'subject', '', value ->> 'at'
FROM jsonb_each(:list) WHERE value ->> 'contact' IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM mailbox_mails k WHERE k.org_id = value ->> 'org' AND k.email_id = value ->> 'id')
    AND (value ->> 'direction' = 'in' OR NOT EXISTS (SELECT 1 FROM emails m WHERE m.org_id = value ->> 'org'
        AND m.message_id = value ->> 'message_id' AND m.owner_id = value ->> 'user' AND m.direction = 'out'))
ON CONFLICT (org_id, id) DO NOTHING;
INSERT INTO emails (org_id, id, owner_id, thread_id, direction, \"from\", \"to\", cc, subject, body, at, message_id,
    in_reply_to, \"references\", contact_id, deal_id, from_name, headers, unread)
SELECT value ->> 'org', value ->> 'id', value ->> 'user', value ->> 'thread', value ->> 'direction', value ->> 'from',
    value -> 'to', value -> 'cc', value ->> 'subject', value ->> 'body', value ->> 'at', value ->> 'message_id',
    value ->> 'in_reply_to', value -> 'references', value ->> 'contact', value ->> 'deal', value ->> 'from_name',
    value -> 'headers', value ->> 'unread'
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, id) DO NOTHING;
UPDATE emails SET unread = e.value ->> 'unread' FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 'org' AND emails.id = e.value ->> 'id';
INSERT INTO mailbox_mails (org_id, email_id, address, uid_validity, uid, raises, size, answered, is_cut,
    attachments)
SELECT value ->> 'org', value ->> 'id', value ->> 'address', value ->> 'uid_validity', value ->> 'uid',
    value ->> 'raises', value ->> 'size', value ->> 'answered', value ->> 'is_cut', value -> 'attachments'
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, email_id) DO UPDATE SET address = excluded.address,
    uid_validity = excluded.uid_validity, uid = excluded.uid, answered = excluded.answered;";

/// Only where nothing of the mail is left to do.
const BEHIND_IT: &str = "
    AND NOT EXISTS (SELECT 1 FROM mailbox_mails k WHERE k.org_id = e.value ->> 'org' AND k.email_id = e.value ->> 'id'
        AND k.raises);";

const RAISED: &str = "
UPDATE mailbox_mails SET raises = 0 FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 'org' AND email_id = e.value ->> 'id';";

const MARK: &str = "
UPDATE emails SET unread = m.value ->> 1
FROM jsonb_each(:list) e, json_each(e.value -> 'marks') m
JOIN mailbox_mails k ON k.org_id = e.value ->> 'org' AND k.address = e.value ->> 'address'
    AND k.uid_validity = e.value ->> 'uid_validity' AND k.uid = m.value ->> 0
WHERE emails.org_id = k.org_id AND emails.id = k.email_id;
UPDATE mailbox_mails SET answered = m.value ->> 2
FROM jsonb_each(:list) e, json_each(e.value -> 'marks') m
WHERE org_id = e.value ->> 'org' AND address = e.value ->> 'address' AND uid_validity = e.value ->> 'uid_validity'
    AND uid = m.value ->> 0;";

const FILE: &str = "
UPDATE emails SET thread_id = e.value ->> 'thread', in_reply_to = e.value ->> 'in_reply_to',
    \"references\" = e.value -> 'references'
FROM jsonb_each(:list) e WHERE org_id = e.value ->> 'org' AND emails.id = e.value ->> 'key'
    AND NOT EXISTS (SELECT 1 FROM filed_mails f WHERE f.org_id = e.value ->> 'org' AND f.\"key\" = e.value ->> 'key');
INSERT INTO filed_mails (org_id, \"key\", at, refused, again_at)
SELECT value ->> 'org', value ->> 'key', value ->> 'at', value ->> 'refused', value ->> 'again_at'
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, \"key\") DO UPDATE SET at = excluded.at,
    refused = excluded.refused, again_at = excluded.again_at;";

#[async_trait::async_trait]
impl Post for SqliteStore {
    async fn mailbox(&self, org: &OrgId, address: &str) -> Result<Option<MailboxRow>, StoreError> {
        mailboxes::mailbox(&self.readers, org, address).await
    }

    async fn mailboxes(&self, org: &OrgId, user: Option<&UserId>) -> Result<Vec<MailboxRow>, StoreError> {
        mailboxes::mailboxes(&self.readers, org, user).await
    }

    async fn take_mailbox(&self, row: &MailboxRow, _: &str) -> Result<bool, StoreError> {
        self.write_mailbox_turn(row).await
    }

    async fn put_mailbox(&self, row: &MailboxRow) -> Result<(), StoreError> {
        self.write_mailbox(row).await
    }

    async fn keep_mail(&self, mail: &ReceivedMail) -> Result<KeptMail, StoreError> {
        self.write_mail(mail).await
    }

    async fn mail_raised(&self, mail: &ReceivedMail) -> Result<(), StoreError> {
        self.write_mail_raised(mail).await
    }

    async fn mark_mails(
        &self,
        org: &OrgId,
        address: &str,
        uid_validity: u32,
        marks: &[(u32, Marks)],
    ) -> Result<(), StoreError> {
        self.write_mail_marks(org, address, uid_validity, marks).await
    }

    async fn mails_by_message_id(
        &self,
        org: &OrgId,
        user: &UserId,
        ids: &[String],
    ) -> Result<Vec<KnownMail>, StoreError> {
        mailboxes::by_message_id(&self.readers, org, user, ids).await
    }

    async fn recent_mails(&self, org: &OrgId, user: &UserId, since: Timestamp) -> Result<Vec<KnownMail>, StoreError> {
        mailboxes::recent(&self.readers, org, user, since).await
    }

    async fn is_answered(&self, org: &OrgId, user: &UserId, message_id: &str) -> Result<bool, StoreError> {
        mailboxes::is_answered(&self.readers, org, user, message_id).await
    }

    async fn unfiled_mails(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        due: Timestamp,
        limit: u32,
    ) -> Result<Vec<UnfiledMail>, StoreError> {
        mailboxes::unfiled(&self.readers, org, user, since, due, limit).await
    }

    async fn unfiled_for_good(&self, org: &OrgId, user: &UserId) -> Result<u64, StoreError> {
        mailboxes::unfiled_for_good(&self.readers, org, user).await
    }

    async fn file_mail(&self, filed: &FiledMail) -> Result<(), StoreError> {
        self.write_filed(filed).await
    }
}

impl SqliteStore {
    /// No other host is at work on the file.
    pub(crate) async fn write_mailbox_turn(&self, row: &MailboxRow) -> Result<bool, StoreError> {
        self.write_line(row, TAKE).await.map(|_| true)
    }

    pub(crate) async fn write_mailbox(&self, row: &MailboxRow) -> Result<(), StoreError> {
        self.write_line(row, PUT).await.map(drop)
    }

    pub(crate) async fn write_mail(&self, mail: &ReceivedMail) -> Result<KeptMail, StoreError> {
        let answered = self.write_line(&mail_line(mail), &format!("{KEEP}{MOVE}{BEHIND_IT}")).await?;
        match answered.first() {
            Some(line) => rows::decode("of the mails", line),
            None => Ok(KeptMail { raises: mail.raises, was_there: false, thread_id: mail.thread.id.clone() }),
        }
    }

    pub(crate) async fn write_mail_raised(&self, mail: &ReceivedMail) -> Result<(), StoreError> {
        self.write_line(&mail_line(mail), &format!("{RAISED}{MOVE};")).await.map(drop)
    }

    pub(crate) async fn write_mail_marks(
        &self,
        org: &OrgId,
        address: &str,
        uid_validity: u32,
        marks: &[(u32, Marks)],
    ) -> Result<(), StoreError> {
        self.write_line(&marks_line(org, address, uid_validity, marks), MARK).await.map(drop)
    }

    pub(crate) async fn write_filed(&self, filed: &FiledMail) -> Result<(), StoreError> {
        self.write_line(&filed_line(filed), FILE).await.map(drop)
    }
}
