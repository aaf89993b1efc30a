//! What people are told outside of the inbox.

use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::outbox::HELD_UNTIL;
use skillhost_engine::quiet::{QUIET, RATE};
use skillhost_engine::store::{Brought, ChatMessage, StoreError, Telling};
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::columns::CHAT;

/// When somebody was told something, or will be by what waits for its time: lines of the
/// feed, notices, questions, and messages of skills that no feed has. Its places: org, user,
/// limit, the two reasons of what waits, the key of an effect that is left out, and since
/// when. What a paused job holds has no time.
pub(crate) const TOLD: &str = "SELECT * FROM (SELECT at FROM chat_messages WHERE org_id = $1 AND user_id = $2
            AND telling = 0 AND post_at IS NULL AND at > $7 ORDER BY at DESC LIMIT $3) fed
        UNION ALL SELECT * FROM (SELECT post_at FROM chat_messages WHERE org_id = $1 AND user_id = $2
            AND post_at IS NOT NULL AND post_at > $7 AND telling < 3 ORDER BY post_at DESC LIMIT $3) noticed
        UNION ALL SELECT * FROM (SELECT post_at FROM pending_actions WHERE org_id = $1 AND user_id = $2
            AND post_at IS NOT NULL AND post_at > $7
            AND (message_ts IS NOT NULL OR status = 'pending' AND telling < 3)
            ORDER BY post_at DESC LIMIT $3) asked
        UNION ALL SELECT * FROM (SELECT o.updated_at FROM outbox o WHERE o.org_id = $1 AND o.user_id = $2
            AND o.kind = 'chat.post' AND o.state <> 'ready' AND o.state IN ('sending', 'sent', 'unknown')
            AND o.receipt ->> 'feed' IS NULL AND o.\"key\" <> $6 AND o.updated_at > $7
            ORDER BY o.updated_at DESC LIMIT $3) posted
        UNION ALL SELECT * FROM (SELECT o.not_before FROM outbox o WHERE o.org_id = $1 AND o.user_id = $2
            AND o.kind = 'chat.post' AND o.state = 'ready' AND o.last_error IN ($4, $5) AND o.\"key\" <> $6
            AND o.not_before > $7 AND o.not_before < $8 ORDER BY o.not_before DESC LIMIT $3) held";

/// Where it stands.
pub(crate) fn table(kind: Telling) -> &'static str {
    match kind {
        Telling::Card => "pending_actions",
        Telling::Notice => "chat_messages",
    }
}

/// What holds of one that can still be brought.
pub(crate) fn open(kind: Telling) -> &'static str {
    match kind {
        Telling::Card => "telling IN (1, 4) AND status = 'pending' AND message_ts IS NULL",
        Telling::Notice => "telling IN (1, 4)",
    }
}

/// What an end sets, with `$at` for the time it had, and where it may, with `$begun` for when
/// the call began. Another call than that one is not ended by it.
pub(crate) fn ended(end: Brought) -> (&'static str, &'static str) {
    const OF_THE_CALL: &str = "telling = 2 AND post_at = $begun";
    match end {
        Brought::NotYet(_) => ("telling = 1, post_at = $at", OF_THE_CALL),
        Brought::There(_) => ("telling = 0", OF_THE_CALL),
        Brought::GivenUp => ("telling = 3", "telling IN (1, 2, 4)"),
        Brought::Nobody => ("telling = 4", "telling = 1"),
    }
}

/// When the call began that ends so.
pub(crate) fn begun(end: Brought) -> Option<Timestamp> {
    match end {
        Brought::NotYet(begun) | Brought::There(begun) => Some(begun),
        Brought::GivenUp | Brought::Nobody => None,
    }
}

pub(crate) async fn notice(db: &impl Ask, org: &OrgId, id: &str) -> Result<Option<ChatMessage>, StoreError> {
    let open = open(Telling::Notice);
    let sql = format!("SELECT {CHAT} FROM chat_messages m WHERE m.org_id = $1 AND m.id = $2 AND {open}");
    ask::one(db, Some(org), "of the feed", sql, Params::new().text(org.as_str()).text(id)).await
}

pub(crate) async fn told(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    but: Option<&str>,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Timestamp>, StoreError> {
    let sql = format!("SELECT CAST(at AS text) FROM ({TOLD}) n ORDER BY n.at DESC LIMIT $3");
    ask::all(db, Some(org), "of the notifications", sql, places(org, user, but, since, limit)).await
}

/// What stands in the places of [`TOLD`].
pub(crate) fn places(org: &OrgId, user: &UserId, but: Option<&str>, since: Timestamp, limit: u32) -> Params {
    let whose = Params::new().text(org.as_str()).text(user.as_str()).int(i64::from(limit));
    whose.text(RATE).text(QUIET).text(but.unwrap_or_default()).int(since.0).int(HELD_UNTIL.0)
}
