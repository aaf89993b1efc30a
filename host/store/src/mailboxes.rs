//! Mailboxes and the mails of them: what both databases are asked in the same words.

use serde_json::{Value, json};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::mailbox::{KnownMail, MAX_RECENT, MailboxRow, Marks, ReceivedMail};
use skillhost_engine::store::{FiledMail, StoreError, UnfiledMail};
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::reads::rows_at_most;

const MAILBOXES: &str = "of the mailboxes";
const MAILS: &str = "of the mails";
const SENT: &str = "of the sent mails";
/// Mailboxes of one org that are shown: one a person.
const MAX_MAILBOXES: u32 = 10_000;

/// A mailbox, of alias `b`.
const MAILBOX: &str = "json_object('org', b.org_id, 'user', b.user_id, 'address', b.address, 'state', b.state,
    'reason', b.reason, 'since', b.since, 'next_attempt', b.next_attempt, 'began_at', b.began_at, 'opened_at', b.opened_at,
    'uid_validity', b.uid_validity, 'last_uid', b.last_uid, 'synced_at', b.synced_at, 'received', b.received,
    'left_out', b.left_out)";

/// A mail as threads need it, of alias `x`.
const KNOWN: &str = "json_object('message_id', x.message_id, 'thread_id', x.thread_id, 'subject', x.subject,
    'from', x.\"from\", 'to', json(x.\"to\"))";

pub(crate) async fn mailbox(db: &impl Ask, org: &OrgId, address: &str) -> Result<Option<MailboxRow>, StoreError> {
    let sql = format!("SELECT {MAILBOX} FROM mailboxes b WHERE b.org_id = $1 AND b.address = $2");
    ask::one(db, Some(org), MAILBOXES, sql, Params::new().text(org.as_str()).text(address)).await
}

pub(crate) async fn mailboxes(
    db: &impl Ask,
    org: &OrgId,
    user: Option<&UserId>,
) -> Result<Vec<MailboxRow>, StoreError> {
    let whose = if user.is_some() { "AND b.user_id = $2" } else { "AND $2 = ''" };
    let sql = format!(
        "SELECT {MAILBOX} FROM mailboxes b WHERE b.org_id = $1 {whose} ORDER BY b.address LIMIT {MAX_MAILBOXES}"
    );
    let params = Params::new().text(org.as_str()).text(user.map_or("", UserId::as_str));
    ask::all(db, Some(org), MAILBOXES, sql, params).await
}

pub(crate) async fn by_message_id<D: Ask>(
    db: &D,
    org: &OrgId,
    user: &UserId,
    ids: &[String],
) -> Result<Vec<KnownMail>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = D::DIALECT.words("$3", "i");
    let sql = format!(
        "SELECT {KNOWN} FROM {list} JOIN emails x ON x.org_id = $1 AND x.message_id = i.value
         WHERE x.owner_id = $2 ORDER BY i.key, x.n"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(json!(ids).to_string());
    ask::all(db, Some(org), MAILS, sql, params).await
}

pub(crate) async fn recent(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    since: Timestamp,
) -> Result<Vec<KnownMail>, StoreError> {
    let sql = format!(
        "SELECT {KNOWN} FROM emails x WHERE x.org_id = $1 AND x.owner_id = $2 AND x.at >= $3
         ORDER BY x.at DESC, x.n DESC LIMIT {MAX_RECENT}"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(since.rfc3339());
    ask::all(db, Some(org), MAILS, sql, params).await
}

pub(crate) async fn is_answered(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    message_id: &str,
) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM emails x WHERE x.org_id = $1 AND x.in_reply_to = $3 AND x.owner_id = $2
        AND x.direction = 'in'";
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(message_id);
    Ok(ask::count(db, Some(org), MAILS, sql.to_owned(), params).await? > 0)
}

pub(crate) async fn unfiled(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    since: Timestamp,
    due: Timestamp,
    limit: u32,
) -> Result<Vec<UnfiledMail>, StoreError> {
    let sql = "SELECT json_object('key', s.\"key\", 'message_id', s.message_id, 'refused', coalesce(f.refused, 0))
        FROM sent_mails s LEFT JOIN filed_mails f ON f.org_id = s.org_id AND f.\"key\" = s.\"key\"
        WHERE s.org_id = $1 AND s.user_id = $2 AND s.at >= $3 AND (f.\"key\" IS NULL OR f.again_at <= $4)
        ORDER BY s.at, s.n LIMIT $5";
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(since.rfc3339()).int(due.0);
    ask::all(db, Some(org), SENT, sql.to_owned(), params.int(rows_at_most(limit))).await
}

pub(crate) async fn unfiled_for_good(db: &impl Ask, org: &OrgId, user: &UserId) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM filed_mails f JOIN sent_mails s ON s.org_id = f.org_id AND s.\"key\" = f.\"key\"
        WHERE f.org_id = $1 AND f.refused > 0 AND f.again_at IS NULL AND s.user_id = $2";
    let params = Params::new().text(org.as_str()).text(user.as_str());
    ask::count(db, Some(org), SENT, sql.to_owned(), params).await
}

/// A mail as the one line of its transaction.
pub(crate) fn mail_line(mail: &ReceivedMail) -> Value {
    let read = &mail.mail;
    json!({
        "org": mail.org, "user": mail.user, "address": mail.address, "id": mail.id,
        "uid_validity": mail.uid_validity, "uid": mail.uid, "size": mail.size, "raises": mail.raises,
        "unread": mail.marks.unread, "answered": mail.marks.answered, "is_cut": read.is_cut,
        "at": mail.at.rfc3339(), "thread": mail.thread.id, "takes": mail.thread.takes, "joins": mail.thread.joins,
        "contact": mail.contact, "deal": mail.deal, "direction": if mail.is_own { "out" } else { "in" },
        "from": read.from, "from_name": read.from_name, "to": read.to, "cc": read.cc, "subject": read.subject,
        "body": read.body, "message_id": read.message_id, "in_reply_to": read.in_reply_to,
        "references": read.references, "headers": read.headers, "attachments": read.attachments,
    })
}

pub(crate) fn marks_line(org: &OrgId, address: &str, uid_validity: u32, marks: &[(u32, Marks)]) -> Value {
    let rows: Vec<Value> = marks.iter().map(|(uid, marks)| json!([uid, marks.unread, marks.answered])).collect();
    json!({ "org": org, "address": address, "uid_validity": uid_validity, "marks": rows })
}

pub(crate) fn filed_line(filed: &FiledMail) -> Value {
    json!({
        "org": filed.org, "key": filed.key, "thread": filed.thread_id, "in_reply_to": filed.in_reply_to,
        "references": filed.references, "at": filed.at, "refused": filed.refused, "again_at": filed.again_at,
    })
}
