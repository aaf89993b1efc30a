//! Writing mailboxes and their mails: each change is one transaction of their org.

use serde::Serialize;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::mailbox::{KeptMail, KnownMail, MailboxRow, Marks, ReceivedMail};
use skillhost_engine::store::{FiledMail, Post, StoreError, UnfiledMail};
use skillhost_engine::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::error::{Fault, read_error};
use crate::mailboxes::{self, filed_line, mail_line, marks_line};
use crate::postgres::open::PostgresStore;
use crate::postgres::rows;

const PUT: &str = "
UPDATE mailboxes b SET state = m ->> 'state', reason = m ->> 'reason', since = (m ->> 'since')::bigint,
    next_attempt = (m ->> 'next_attempt')::bigint, opened_at = (m ->> 'opened_at')::bigint, uid_validity = (m ->> 'uid_validity')::bigint,
    last_uid = (m ->> 'last_uid')::bigint, synced_at = (m ->> 'synced_at')::bigint,
    left_out = (m ->> 'left_out')::bigint
FROM (SELECT $1::jsonb) t (m) WHERE b.org_id = m ->> 'org' AND b.address = m ->> 'address'";

const MARK: &str = "
WITH x AS (SELECT m ->> 'org' AS org, m ->> 'address' AS address, (m ->> 'uid_validity')::bigint AS validity,
        (e ->> 0)::bigint AS uid, (e ->> 1)::boolean AS unread, (e ->> 2)::boolean AS answered
      FROM (SELECT $1::jsonb) t (m), LATERAL jsonb_array_elements(m -> 'marks') e OFFSET 0),
marked AS (
    UPDATE mailbox_mails k SET answered = x.answered FROM x
    WHERE k.org_id = x.org AND k.address = x.address AND k.uid_validity = x.validity AND k.uid = x.uid
    RETURNING k.org_id, k.email_id, x.unread)
UPDATE emails y SET unread = marked.unread FROM marked WHERE y.org_id = marked.org_id AND y.id = marked.email_id";

const FILE: &str = "
WITH moved AS (
    UPDATE emails x SET thread_id = m ->> 'thread', in_reply_to = m ->> 'in_reply_to',
        \"references\" = (m -> 'references')::json
    FROM (SELECT $1::jsonb) t (m) WHERE x.org_id = m ->> 'org' AND x.id = m ->> 'key'
        AND NOT EXISTS (SELECT 1 FROM filed_mails f WHERE f.org_id = m ->> 'org' AND f.\"key\" = m ->> 'key'))
INSERT INTO filed_mails (org_id, \"key\", at, refused, again_at)
SELECT m ->> 'org', m ->> 'key', (m ->> 'at')::bigint, (m ->> 'refused')::bigint, (m ->> 'again_at')::bigint
FROM (SELECT $1::jsonb) t (m)
ON CONFLICT (org_id, \"key\") DO UPDATE SET at = excluded.at, refused = excluded.refused, again_at = excluded.again_at";

#[async_trait::async_trait]
impl Post for PostgresStore {
    async fn mailbox(&self, org: &OrgId, address: &str) -> Result<Option<MailboxRow>, StoreError> {
        mailboxes::mailbox(&self.pool, org, address).await
    }

    async fn mailboxes(&self, org: &OrgId, user: Option<&UserId>) -> Result<Vec<MailboxRow>, StoreError> {
        mailboxes::mailboxes(&self.pool, org, user).await
    }

    async fn take_mailbox(&self, row: &MailboxRow, boot: &str) -> Result<bool, StoreError> {
        self.write_mailbox_turn(row, boot).await
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
        mailboxes::by_message_id(&self.pool, org, user, ids).await
    }

    async fn recent_mails(&self, org: &OrgId, user: &UserId, since: Timestamp) -> Result<Vec<KnownMail>, StoreError> {
        mailboxes::recent(&self.pool, org, user, since).await
    }

    async fn is_answered(&self, org: &OrgId, user: &UserId, message_id: &str) -> Result<bool, StoreError> {
        mailboxes::is_answered(&self.pool, org, user, message_id).await
    }

    async fn unfiled_mails(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        due: Timestamp,
        limit: u32,
    ) -> Result<Vec<UnfiledMail>, StoreError> {
        mailboxes::unfiled(&self.pool, org, user, since, due, limit).await
    }

    async fn unfiled_for_good(&self, org: &OrgId, user: &UserId) -> Result<u64, StoreError> {
        mailboxes::unfiled_for_good(&self.pool, org, user).await
    }

    async fn file_mail(&self, filed: &FiledMail) -> Result<(), StoreError> {
        self.write_filed(filed).await
    }
}

impl PostgresStore {
    pub(crate) async fn write_mailbox_turn(&self, row: &MailboxRow, boot: &str) -> Result<bool, StoreError> {
        let params = rows::line(row)?.text(boot);
        let taken = self.one_of(&row.org, "SELECT take_mailbox_v1($1::jsonb, $2)", params).await?;
        let taken = taken.first().map(|row| row.try_get(0)).transpose();
        Ok(taken.map_err(|error| read_error("of the mailboxes", &error))?.unwrap_or(false))
    }

    pub(crate) async fn write_mailbox(&self, row: &MailboxRow) -> Result<(), StoreError> {
        self.line_of(&row.org, PUT, row).await.map(drop)
    }

    pub(crate) async fn write_mail(&self, mail: &ReceivedMail) -> Result<KeptMail, StoreError> {
        let answered = self.line_of(&mail.org, "SELECT keep_mail_v1($1::jsonb)", &mail_line(mail)).await?;
        let there = rows::decode_all("of the mails", &answered)?.into_iter().next();
        Ok(there.unwrap_or_else(|| KeptMail {
            raises: mail.raises,
            was_there: false,
            thread_id: mail.thread.id.clone(),
        }))
    }

    pub(crate) async fn write_mail_raised(&self, mail: &ReceivedMail) -> Result<(), StoreError> {
        self.line_of(&mail.org, "SELECT mail_raised_v1($1::jsonb)::text", &mail_line(mail)).await.map(drop)
    }

    pub(crate) async fn write_mail_marks(
        &self,
        org: &OrgId,
        address: &str,
        uid_validity: u32,
        marks: &[(u32, Marks)],
    ) -> Result<(), StoreError> {
        self.line_of(org, MARK, &marks_line(org, address, uid_validity, marks)).await.map(drop)
    }

    pub(crate) async fn write_filed(&self, filed: &FiledMail) -> Result<(), StoreError> {
        self.line_of(&filed.org, FILE, &filed_line(filed)).await.map(drop)
    }

    async fn line_of(&self, org: &OrgId, sql: &str, line: &impl Serialize) -> Result<Vec<PgRow>, StoreError> {
        self.one_of(org, sql, rows::line(line)?).await
    }

    /// One statement as this org, committed.
    async fn one_of(&self, org: &OrgId, sql: &str, params: rows::Params) -> Result<Vec<PgRow>, StoreError> {
        let mut transaction = self.write_much([org.as_str()]).await?;
        let answered = rows::run(&mut transaction, sql.to_owned(), params).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        Ok(answered)
    }
}
