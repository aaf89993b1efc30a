//! Figures of the tables, each by an index: none walks what has ended.

use skillhost_engine::purse::Period;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vitals::{Figures, Gauges, MAX_TEXTS_COUNTED};

use crate::meter::PROBE_BYTES;
use crate::sqlite::open::SqliteStore;
use crate::sqlite::queue::BLOCKED;
use crate::sqlite::rows::{self, Params};
use crate::sqlite::statements::Script;

/// Parked and queued states, with the index of each; the word stands in the text, so
/// that a partial index serves.
const OPEN: [&str; 6] = ["pending", "in_progress", "awaiting_approval", "awaiting_budget", "deferred", "paused"];
/// States of effects that somebody has to look at or that have not ended.
const HELD: [&str; 4] = ["ready", "sending", "dead", "unknown"];

/// What differs, over every sum that something is reserved in, or was today (`?2`).
const DRIFT: &str = "
WITH open (org, scope, period, reserved, disputed) AS (
    SELECT r.org_id, s.value, p.value, iif(r.state = 'held', r.amount, 0), iif(r.state = 'disputed', r.amount, 0)
    FROM reservations r, json_each(json_array('org', 'skill:' || r.skill, 'sequence:' || r.sequence)) s,
        json_each(json_array(r.day, r.month)) p
    WHERE r.state = 'held' OR r.state = 'disputed'
    UNION ALL SELECT org_id, scope, period, -reserved, -disputed FROM purse_totals WHERE reserved <> 0 OR disputed <> 0),
 today (org, settled) AS (
    SELECT org_id, settled FROM reservations WHERE day = ?2
    UNION ALL SELECT t.org_id, -t.settled FROM (SELECT DISTINCT org_id FROM reservations WHERE day = ?2) busy
        JOIN purse_totals t ON t.org_id = busy.org_id AND t.scope = 'org' AND t.period = ?2)
SELECT coalesce((SELECT sum(abs(reserved) + abs(disputed)) FROM (
        SELECT sum(reserved) AS reserved, sum(disputed) AS disputed FROM open GROUP BY org, scope, period)), 0)
    + coalesce((SELECT sum(abs(settled)) FROM (SELECT sum(settled) AS settled FROM today GROUP BY org)), 0)";

fn counts(table: &str, column: &str, states: &[&str]) -> String {
    let pairs = states
        .iter()
        .map(|state| format!("'{state}', (SELECT count(*) FROM {table} WHERE {column} = '{state}')"))
        .collect::<Vec<_>>();
    format!("json_object({})", pairs.join(", "))
}

fn figures() -> String {
    let jobs = counts("sequence_jobs", "status", &OPEN);
    let effects = counts("outbox", "state", &HELD);
    format!(
        "SELECT json_object('jobs', {jobs}, 'effects', {effects},
            'runnable_since', (SELECT min(since) FROM (
                SELECT * FROM (SELECT max(q.updated_at, coalesce(q.wake_at, 0)) AS since FROM sequence_jobs q
                    WHERE q.status = 'pending' AND (q.wake_at IS NULL OR q.wake_at <= ?1) AND NOT {BLOCKED}
                    ORDER BY q.updated_at LIMIT 1)
                UNION ALL SELECT * FROM (SELECT q.wake_at FROM sequence_jobs q
                    WHERE q.status = 'deferred' AND q.wake_at <= ?1 AND NOT (q.version = 1 AND {BLOCKED})
                    ORDER BY q.wake_at LIMIT 1)
                UNION ALL SELECT min(lease_until) FROM sequence_jobs WHERE status = 'in_progress' AND lease_until <= ?1)),
            'due_since', (SELECT min(not_before) FROM outbox WHERE state = 'ready' AND not_before <= ?1),
            'asked_since', (SELECT min(created_at) FROM pending_actions WHERE status = 'pending'),
            'questions', (SELECT count(*) FROM pending_actions WHERE status = 'pending'),
            'texts_due', (SELECT count(*) FROM (SELECT 1 FROM bodies
                WHERE sealed IS NOT NULL AND expires_at <= ?1 LIMIT {MAX_TEXTS_COUNTED})),
            'purse_drift', ({DRIFT}))"
    )
}

fn open_up_to() -> String {
    let each: Vec<String> =
        OPEN.iter().map(|state| format!("SELECT 1 FROM sequence_jobs WHERE status = '{state}'")).collect();
    format!("SELECT count(*) FROM (SELECT * FROM ({}) LIMIT ?1)", each.join(" UNION ALL "))
}

impl SqliteStore {
    pub(crate) async fn read_figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let params = Params::new().int(now.0).text(Period::Day.key(now));
        Ok(rows::one(&self.readers, "of the figures", figures(), params).await?.unwrap_or_default())
    }

    /// Stops counting at the bound, so that asking costs no more than the bound.
    pub(crate) async fn count_open(&self, at_most: u32) -> Result<u32, StoreError> {
        let params = Params::new().int(i64::from(at_most));
        let count = rows::number(&self.readers, "of the jobs", open_up_to(), params).await?;
        Ok(count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0))
    }

    /// Reads, and after a write that failed writes as much as a batch needs.
    pub(crate) async fn answer(&self) -> Result<(), StoreError> {
        rows::number(&self.readers, "of nothing", "SELECT 1".to_owned(), Params::new()).await?;
        if self.meter.trouble().is_none() {
            return Ok(());
        }
        for sql in [
            format!("BEGIN IMMEDIATE; DELETE FROM room; INSERT INTO room VALUES (zeroblob({PROBE_BYTES})); COMMIT;"),
            "BEGIN IMMEDIATE; DELETE FROM room; COMMIT;".to_owned(),
        ] {
            self.script(Script { sql, params: Vec::new() }).await??;
        }
        self.meter.found_room();
        Ok(())
    }

    pub(crate) fn read_gauges(&self) -> Gauges {
        let (queue, bound) = self.inbox.queued();
        self.meter.gauges(queue, bound)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sqlite::open::StoreOptions;

    /// A plan that says `SCAN table` without an index walks everything that ever was.
    #[tokio::test]
    async fn no_figure_walks_a_table() {
        let dir = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(dir.path().join("skillhost.db"), StoreOptions::default()).await.unwrap();
        for (sql, params) in
            [(figures(), Params::new().int(1).text("2026-11-22")), (open_up_to(), Params::new().int(100))]
        {
            let lines = rows::plan(&store.readers, &sql, params).await;
            assert!(lines.iter().any(|line| line.contains("INDEX")), "{lines:#?}");
            for line in &lines {
                let of_table = ["sequence_jobs", "outbox", "pending_actions", "reservations", "purse_totals", "bodies"]
                    .iter()
                    .any(|table| line.starts_with(&format!("SCAN {table}")))
                    || ["SCAN q", "SCAN r", "SCAN t", "SCAN o"].contains(&line.split(" USING").next().unwrap());
                assert!(!of_table || line.contains("INDEX"), "{line}\n{lines:#?}");
            }
        }
    }
}
