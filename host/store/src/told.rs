//! What people are told outside of the inbox.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::quiet::{QUIET, RATE};
use skillhost_engine::store::{ChatMessage, StoreError};
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::columns::CHAT;

/// When somebody was told something, or will be by what waits for its time: lines of the
/// feed, notices, questions, and messages of skills that no feed has. Its places: org, user,
/// limit, the two reasons of what waits, and the key of an effect that is left out.
pub(crate) const TOLD: &str = "SELECT * FROM (SELECT at FROM chat_messages WHERE org_id = $1 AND user_id = $2
            AND unposted = 0 AND post_at IS NULL ORDER BY at DESC LIMIT $3) fed
        UNION ALL SELECT * FROM (SELECT post_at FROM chat_messages WHERE org_id = $1 AND user_id = $2
            AND post_at IS NOT NULL ORDER BY post_at DESC LIMIT $3) noticed
        UNION ALL SELECT * FROM (SELECT post_at FROM pending_actions WHERE org_id = $1 AND user_id = $2
            AND post_at IS NOT NULL ORDER BY post_at DESC LIMIT $3) asked
        UNION ALL SELECT * FROM (SELECT o.updated_at FROM outbox o WHERE o.org_id = $1 AND o.user_id = $2
            AND o.kind = 'chat.post' AND o.state <> 'ready' AND o.state IN ('sending', 'sent', 'unknown')
            AND o.receipt ->> 'feed' IS NULL AND o.\"key\" <> $6 ORDER BY o.updated_at DESC LIMIT $3) posted
        UNION ALL SELECT * FROM (SELECT o.not_before FROM outbox o WHERE o.org_id = $1 AND o.user_id = $2
            AND o.kind = 'chat.post' AND o.state = 'ready' AND o.last_error IN ($4, $5) AND o.\"key\" <> $6
            ORDER BY o.not_before DESC LIMIT $3) held";

pub(crate) async fn notice(db: &impl Ask, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError> {
    let sql = format!("SELECT {CHAT} FROM chat_messages m WHERE m.org_id = $1 AND m.id = $2 AND m.unposted = 1");
    ask::one(db, Some(org), "of the feed", sql, Params::new().text(org.as_str()).text(id)).await
}

pub(crate) async fn told(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    but: Option<&str>,
    limit: u32,
) -> Result<Vec<Timestamp>, StoreError> {
    let sql = format!("SELECT CAST(at AS text) FROM ({TOLD}) n ORDER BY n.at DESC LIMIT $3");
    let params = Params::new().text(org.as_str()).text(user.as_str()).int(i64::from(limit)).text(RATE).text(QUIET);
    ask::all(db, Some(org), "of the notifications", sql, params.text(but.unwrap_or_default())).await
}
