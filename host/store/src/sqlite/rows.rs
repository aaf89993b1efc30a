//! Asking SQLite.

use serde::de::DeserializeOwned;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Row, Sqlite};

use crate::ask::{self, Ask, Param};
use crate::dialect::Dialect;
use crate::error::read_error;

pub(crate) use crate::ask::{Params, decode};

pub(crate) fn statement(sql: String, params: Vec<Param>) -> Query<'static, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for param in params {
        query = match param {
            Param::Text(text) => query.bind(text),
            Param::Int(number) => query.bind(number),
            Param::Flag(flag) => query.bind(flag),
            Param::Null => query.bind(None::<String>),
        };
    }
    query
}

/// Runs one statement, which is one snapshot of the database.
pub(crate) async fn fetch(
    pool: &SqlitePool,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Vec<SqliteRow>, StoreError> {
    statement(sql, params.0).fetch_all(pool).await.map_err(|error| read_error(what, &error))
}

/// Every row of the file is this host's, whatever org it belongs to.
#[async_trait::async_trait]
impl Ask for SqlitePool {
    const DIALECT: Dialect = Dialect::Sqlite;

    async fn texts(
        &self,
        _: Option<&OrgId>,
        what: &str,
        sql: String,
        params: Params,
    ) -> Result<Vec<String>, StoreError> {
        fetch(self, what, sql, params).await?.iter().map(|row| text(what, row, 0)).collect()
    }

    async fn number(
        &self,
        _: Option<&OrgId>,
        what: &str,
        sql: String,
        params: Params,
    ) -> Result<Option<i64>, StoreError> {
        match fetch(self, what, sql, params).await?.first() {
            Some(row) => row.try_get(0).map_err(|error| read_error(what, &error)),
            None => Ok(None),
        }
    }
}

/// Rows of one JSON column as values of a type.
pub(crate) async fn all<T: DeserializeOwned>(
    pool: &SqlitePool,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Vec<T>, StoreError> {
    ask::all(pool, None, what, sql, params).await
}

/// The first such row.
pub(crate) async fn one<T: DeserializeOwned>(
    pool: &SqlitePool,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Option<T>, StoreError> {
    ask::one(pool, None, what, sql, params).await
}

/// The first row's number; `None` when there is no row or it is null.
pub(crate) async fn number(
    pool: &SqlitePool,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Option<i64>, StoreError> {
    pool.number(None, what, sql, params).await
}

pub(crate) fn text(what: &str, row: &SqliteRow, index: usize) -> Result<String, StoreError> {
    row.try_get(index).map_err(|error| StoreError::Corrupt { what: what.to_owned(), message: error.to_string() })
}

/// How the planner goes about a statement, line by line.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) async fn plan(pool: &SqlitePool, sql: &str, params: Params) -> Vec<String> {
    let rows = fetch(pool, "of a plan", format!("EXPLAIN QUERY PLAN {sql}"), params).await.unwrap();
    rows.iter().map(|row| text("of a plan", row, 3).unwrap()).collect()
}
