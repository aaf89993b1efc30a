//! Asking Postgres.
//!
//! Invariant: a read of an org's rows runs in a transaction that names this org and
//! no other, and the name ends with it; a pool never hands it on.

use serde::Serialize;
use serde::de::DeserializeOwned;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;
use sqlx::postgres::{PgArguments, PgPool, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Row, Transaction};

use crate::ask::{self, Ask, Param};
use crate::dialect::Dialect;
use crate::encode::json_line;
use crate::error::{Fault, read_error};

pub(crate) use crate::ask::{Params, decode};

/// A value as one parameter of JSON text.
pub(crate) fn line(value: &impl Serialize) -> Result<Params, StoreError> {
    Ok(Params::new().text(json_line(value)?))
}

pub(crate) fn statement(sql: String, params: Params) -> Query<'static, Postgres, PgArguments> {
    // A prepared statement is found again by its text, and takes the parameters it was
    // prepared with: two places that say the same bring as many.
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for param in params.0 {
        query = match param {
            Param::Text(text) => query.bind(text),
            Param::Int(number) => query.bind(number),
            Param::Flag(flag) => query.bind(flag),
            Param::Null => query.bind(None::<String>),
        };
    }
    query
}

/// The orgs of a transaction as SQL text: a list of theirs, quoted.
pub(crate) fn orgs_literal<'a>(orgs: impl IntoIterator<Item = &'a str>) -> String {
    let list: Vec<String> =
        orgs.into_iter().map(|org| format!("\"{}\"", org.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    format!("'{{{}}}'", list.join(",").replace('\'', "''"))
}

/// A transaction that sees and writes rows of these orgs. `mode` is `READ ONLY` or
/// `READ WRITE`.
pub(crate) async fn begin<'a>(
    pool: &PgPool,
    mode: &str,
    orgs: impl IntoIterator<Item = &'a str>,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let sql = format!("BEGIN {mode}; SET LOCAL app.orgs = {}", orgs_literal(orgs));
    pool.begin_with(AssertSqlSafe(sql)).await
}

/// Runs one statement as this org; one statement is one snapshot of the database.
pub(crate) async fn fetch(
    pool: &PgPool,
    org: &OrgId,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Vec<PgRow>, StoreError> {
    // No text in the database holds U+0000, and the protocol ends there.
    if org.as_str().contains('\0') || params.has_nul() {
        return Ok(Vec::new());
    }
    let read = async {
        let mut transaction = begin(pool, "READ ONLY", [org.as_str()]).await?;
        let rows = statement(sql, params).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(rows)
    };
    read.await.map_err(|error| read_error(what, &error))
}

#[async_trait::async_trait]
impl Ask for PgPool {
    const DIALECT: Dialect = Dialect::Postgres;

    async fn texts(
        &self,
        org: Option<&OrgId>,
        what: &str,
        sql: String,
        params: Params,
    ) -> Result<Vec<String>, StoreError> {
        asked(self, org, what, sql, params).await?.iter().map(|row| text(what, row, 0)).collect()
    }

    async fn number(
        &self,
        org: Option<&OrgId>,
        what: &str,
        sql: String,
        params: Params,
    ) -> Result<Option<i64>, StoreError> {
        first_number(what, &asked(self, org, what, sql, params).await?)
    }
}

async fn asked(
    pool: &PgPool,
    org: Option<&OrgId>,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Vec<PgRow>, StoreError> {
    let sql = Dialect::Postgres.said(sql);
    match org {
        Some(org) => fetch(pool, org, what, sql, params).await,
        None => across(pool, what, &sql, params).await,
    }
}

/// Rows of one column of JSON text as values of a type.
pub(crate) async fn all<T: DeserializeOwned>(
    pool: &PgPool,
    org: &OrgId,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Vec<T>, StoreError> {
    ask::all(pool, Some(org), what, sql, params).await
}

/// Runs one statement of a transaction that writes.
pub(crate) async fn run(
    transaction: &mut Transaction<'static, Postgres>,
    sql: String,
    params: Params,
) -> Result<Vec<PgRow>, StoreError> {
    statement(sql, params).fetch_all(&mut **transaction).await.map_err(|error| Fault::from(&error).into())
}

/// Runs one statement that names no org: what it may see it must be allowed to.
pub(crate) async fn across(pool: &PgPool, what: &str, sql: &str, params: Params) -> Result<Vec<PgRow>, StoreError> {
    if params.has_nul() {
        return Ok(Vec::new());
    }
    statement(sql.to_owned(), params).fetch_all(pool).await.map_err(|error| read_error(what, &error))
}

/// Rows of one column of JSON text as values of a type.
pub(crate) fn decode_all<T: DeserializeOwned>(what: &str, rows: &[PgRow]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| decode(what, &text(what, row, 0)?)).collect()
}

pub(crate) fn first_number(what: &str, rows: &[PgRow]) -> Result<Option<i64>, StoreError> {
    match rows.first() {
        Some(row) => row.try_get(0).map_err(|error| read_error(what, &error)),
        None => Ok(None),
    }
}

/// Text, or JSON, which travels as text.
pub(crate) fn text(what: &str, row: &PgRow, index: usize) -> Result<String, StoreError> {
    row.try_get_unchecked(index)
        .map_err(|error| StoreError::Corrupt { what: what.to_owned(), message: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::orgs_literal;

    #[test]
    fn an_org_is_one_name_whatever_it_is_called() {
        assert_eq!(orgs_literal(["acme"]), "'{\"acme\"}'");
        assert_eq!(orgs_literal(["a,b", "it's"]), "'{\"a,b\",\"it''s\"}'");
        assert_eq!(orgs_literal(["q\"}", "back\\"]), "'{\"q\\\"}\",\"back\\\\\"}'");
    }
}
