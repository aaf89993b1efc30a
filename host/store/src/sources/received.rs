//! Mails that the rep received.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use skillhost_engine::body::DAY_MS;
use skillhost_engine::context::{MAX_INBOX, MAX_INBOX_CHARS};
use skillhost_engine::store::StoreError;

use super::{ATTACHED, Reader};
use crate::ask::{self, Ask};

/// How far back it looks where nothing is said.
const SINCE_MS: i64 = DAY_MS;

impl<D: Ask> Reader<'_, D> {
    pub(super) async fn inbox(&self) -> Result<Option<Value>, StoreError> {
        let now = self.now();
        let since = self.param("since").map_or_else(|| now.plus_ms(-SINCE_MS).rfc3339(), str::to_owned);
        let unread = D::DIALECT.truth("r.unread");
        // A mail of the rep's that came later in the thread, or that says what it answers.
        let answered = D::DIALECT.truth(
            "EXISTS (SELECT 1 FROM emails o WHERE o.org_id = r.org_id AND o.thread_id = r.thread_id AND o.at > r.at
                AND o.direction = 'out')
             OR EXISTS (SELECT 1 FROM emails o WHERE o.org_id = r.org_id AND o.in_reply_to = r.message_id
                AND o.direction = 'out')",
        );
        let sql = format!(
            "SELECT json_object('id', r.id, 'thread_id', r.thread_id, 'from', r.\"from\", 'from_name', r.from_name,
                'to', json(r.\"to\"), 'cc', json(r.cc), 'subject', r.subject,
                'body', substr(r.body, 1, {MAX_INBOX_CHARS}), 'at', r.at, 'message_id', r.message_id,
                'in_reply_to', r.in_reply_to, 'unread', {unread}, 'answered', {answered}, 'class', coalesce(
                    (SELECT k.class FROM email_classes k WHERE k.org_id = r.org_id AND k.email_id = r.id), r.class),
                'contact_id', r.contact_id, 'deal_id', r.deal_id, 'headers', json(r.headers),
                'attachments', {ATTACHED})
             FROM emails r WHERE r.org_id = $1 AND r.owner_id = $2 AND r.direction = 'in' AND r.at >= $3
             ORDER BY r.at DESC, r.id LIMIT {MAX_INBOX}"
        );
        let mut mails: Vec<Map<String, Value>> =
            ask::all(self.db, Some(self.org), "of the inbox", sql, self.bind(&since)).await?;
        let is_unknown = |mail: &&mut Map<String, Value>| mail.get("contact_id").is_none_or(Value::is_null);
        let from = |mail: &Map<String, Value>| mail.get("from").and_then(Value::as_str).unwrap_or_default().to_owned();
        let unknown: BTreeSet<String> = mails.iter_mut().filter(is_unknown).map(|mail| from(mail)).collect();
        if !unknown.is_empty() {
            let people = self.people(&unknown).await?;
            for mail in mails.iter_mut().filter(is_unknown) {
                if let Some(known) = people.only(&from(mail)) {
                    mail.insert("contact_id".to_owned(), json!(known.contact_id));
                }
            }
        }
        Ok(Some(json!(mails)))
    }
}
