//! The org's money: what stands, what is disputed, what jobs did cost.
//!
//! Reserving and settling are writes like any other; the
//! sums they are held against are kept by triggers of the migration.

use skillhost_engine::ids::OrgId;
use skillhost_engine::purse::{Disputed, Period, Standing};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::{MicroUsd, Timestamp};

use crate::ask::{self, Ask, Params};

/// Most reservations a list answers.
const MAX_DISPUTED: u32 = 1000;

/// One statement, so that limits and sums are of one instant.
pub(crate) async fn standings(db: &impl Ask, org: &OrgId, now: Timestamp) -> Result<Vec<Standing>, StoreError> {
    let sql = "WITH periods (period, \"key\") AS (VALUES ('day', $2), ('month', $3)),
        known (scope, period) AS (
            SELECT scope, period FROM effective_budgets WHERE org_id = $1
            UNION SELECT t.scope, p.period FROM purse_totals t JOIN periods p ON p.\"key\" = t.period WHERE t.org_id = $1)
        SELECT json_object('scope', k.scope, 'period', k.period, 'key', p.\"key\", 'limit', b.limit_micro_usd,
            'reserved', coalesce(t.reserved, 0), 'settled', coalesce(t.settled, 0), 'disputed', coalesce(t.disputed, 0))
        FROM known k JOIN periods p ON p.period = k.period
        LEFT JOIN effective_budgets b ON b.org_id = $1 AND b.scope = k.scope AND b.period = k.period
        LEFT JOIN purse_totals t ON t.org_id = $1 AND t.scope = k.scope AND t.period = p.\"key\"
        ORDER BY k.scope, k.period";
    let params = Params::new().text(org.as_str()).text(Period::Day.key(now)).text(Period::Month.key(now));
    ask::all(db, Some(org), "of the purse", sql.to_owned(), params).await
}

pub(crate) async fn disputed(db: &impl Ask, org: &OrgId) -> Result<Vec<Disputed>, StoreError> {
    let sql = format!(
        "SELECT json_object('id', id, 'job', job_id, 'step', step, 'what', what, 'amount', amount, 'at', at)
         FROM reservations WHERE org_id = $1 AND state = 'disputed' ORDER BY n LIMIT {MAX_DISPUTED}"
    );
    ask::all(db, Some(org), "of the reservations", sql, Params::new().text(org.as_str())).await
}

/// A disputed part counts at its most, as it does in the budget.
pub(crate) async fn job_costs(
    db: &impl Ask,
    org: &OrgId,
    sequence: &str,
    jobs: u32,
) -> Result<Vec<MicroUsd>, StoreError> {
    let sql = "SELECT CAST((SELECT coalesce(sum(CASE r.state WHEN 'disputed' THEN r.amount ELSE r.settled END), 0)
            FROM reservations r WHERE r.job_id = j.id) AS text)
        FROM sequence_jobs j WHERE j.org_id = $1 AND j.sequence = $2 AND j.status = 'completed'
        ORDER BY j.n DESC LIMIT $3";
    let params = Params::new().text(org.as_str()).text(sequence).int(i64::from(jobs));
    ask::all(db, Some(org), "of the jobs", sql.to_owned(), params).await
}
