//! Figures of the tables of all orgs, by functions that answer numbers and no row.

use skillhost_engine::purse::Period;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vitals::{Figures, MAX_TEXTS_COUNTED};
use sqlx::postgres::PgPool;

use crate::postgres::rows::{self, Params};

pub(crate) async fn figures(pool: &PgPool, now: Timestamp) -> Result<Figures, StoreError> {
    let params = Params::new().int(now.0).text(Period::Day.key(now)).int(i64::from(MAX_TEXTS_COUNTED));
    let what = "of the figures";
    let read: Vec<Figures> =
        rows::decode_all(what, &rows::across(pool, what, "SELECT figures_v1($1, $2, $3)", params).await?)?;
    Ok(read.into_iter().next().unwrap_or_default())
}

pub(crate) async fn open_jobs(pool: &PgPool, at_most: u32) -> Result<u32, StoreError> {
    let params = Params::new().int(i64::from(at_most));
    let rows = rows::across(pool, "of the jobs", "SELECT open_jobs_v1($1)", params).await?;
    let count = rows::first_number("of the jobs", &rows)?;
    Ok(count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0))
}
