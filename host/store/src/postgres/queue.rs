//! What is asked across orgs: what to do next, and what was done last.

use skillhost_engine::approval::PendingAction;
use skillhost_engine::ids::SkillName;
use skillhost_engine::job::JobRow;
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::store::{PastCall, StoreError};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::PgPool;

use crate::postgres::rows::{self, Params};
use crate::reads::rows_at_most;

pub(crate) async fn runnable_jobs(
    pool: &PgPool,
    now: Timestamp,
    owner: &str,
    reclaim: bool,
    limit: u32,
) -> Result<Vec<JobRow>, StoreError> {
    let params = Params::new().int(now.0).text(owner).flag(reclaim).int(rows_at_most(limit));
    let rows = rows::across(pool, "of the queue", "SELECT runnable_jobs_v1($1, $2, $3, $4)", params).await?;
    rows::decode_all("of the queue", &rows)
}

pub(crate) async fn is_any_runnable(pool: &PgPool, now: Timestamp, owner: &str) -> Result<bool, StoreError> {
    let params = Params::new().int(now.0).text(owner);
    let rows = rows::across(pool, "of the queue", "SELECT is_any_runnable_v1($1, $2)::int::bigint", params).await?;
    Ok(rows::first_number("of the queue", &rows)?.is_some_and(|some| some > 0))
}

pub(crate) async fn next_due(pool: &PgPool, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let rows = rows::across(pool, "of the timers", "SELECT next_due_v1($1)", Params::new().int(after.0)).await?;
    Ok(rows::first_number("of the timers", &rows)?.map(Timestamp))
}

pub(crate) async fn expired_actions(
    pool: &PgPool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<PendingAction>, StoreError> {
    let (what, params) = ("of the approvals", Params::new().int(now.0).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT expired_actions_v1($1, $2)", params).await?)
}

pub(crate) async fn due_effects(pool: &PgPool, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    let (what, params) = ("of the outbox", Params::new().int(now.0).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT due_effects_v1($1, $2)", params).await?)
}

pub(crate) async fn effects_in(pool: &PgPool, state: EffectState, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    let (what, params) = ("of the outbox", Params::new().text(state.as_str()).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT effects_in_v1($1, $2)", params).await?)
}

pub(crate) async fn last_calls(pool: &PgPool, skill: &SkillName, limit: u32) -> Result<Vec<PastCall>, StoreError> {
    let (what, params) = ("of the journal", Params::new().text(skill.as_str()).int(rows_at_most(limit)));
    rows::decode_all(what, &rows::across(pool, what, "SELECT last_calls_v1($1, $2)", params).await?)
}
