//! Rows as JSON objects with exactly the fields of the engine's types.
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

use crate::encode::has_nul;
use crate::error::{Fault, read_error, refused};

/// `engine::event::Event`, of `events e`.
pub(crate) const EVENT: &str = "json_build_object('id', e.id, 'type', e.type, 'source', e.source, 'org', e.org_id,
    'user', e.user_id, 'payload', e.payload, 'parent', e.parent_job_id, 'depth', e.depth,
    'idempotency_key', e.idempotency_key, 'body_digest', e.body_digest, 'received_at', e.received_at,
    'not_before', e.not_before)::text";

/// `engine::job::JobRow`, of [`JOB_TABLES`].
pub(crate) const JOB: &str = "job_json(j, p.trigger_payload, s.text)";
/// What [`JOB`] is made of.
pub(crate) const JOB_TABLES: &str = "sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
    JOIN sequences s ON s.digest = j.sequence_digest";

/// `engine::store::AuditRow`, of `audit u`.
pub(crate) const AUDIT: &str = "json_build_object('org', u.org_id, 'job', u.job_id, 'actor', u.actor,
    'action', u.action, 'subject', u.subject, 'detail', u.detail, 'at', u.at)::text";

/// `engine::store::ChatMessage`, of `chat_messages m`.
pub(crate) const CHAT: &str = "json_build_object('id', m.id, 'org', m.org_id, 'user', m.user_id, 'job', m.job_id,
    'text', m.text, 'at', m.at)::text";

/// `engine::registry::ModuleRow`, of `skill_modules m`.
pub(crate) const MODULE: &str = "json_build_object('digest', m.digest, 'name', m.name, 'version', m.version,
    'manifest', m.manifest, 'bytes', m.bytes, 'state', m.state, 'installed_at', m.installed_at,
    'installed_by', m.installed_by)::text";

/// `engine::registry::SkillChange`, of `skill_changes c`.
pub(crate) const SKILL_CHANGE: &str = "json_build_object('skill', c.skill, 'seq', c.seq, 'why', c.why,
    'digest', c.digest, 'by', c.actor, 'at', c.at, 'note', c.note, 'active', c.active, 'canary', c.canary)::text";

enum Param {
    Text(Option<String>),
    Int(i64),
    Flag(bool),
}

/// Parameters of a statement, in order.
pub(crate) struct Params(Vec<Param>);

impl Params {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.maybe(Some(&text))
    }

    /// Text, or null.
    pub(crate) fn maybe(mut self, text: Option<&str>) -> Self {
        self.0.push(Param::Text(text.map(str::to_owned)));
        self
    }

    pub(crate) fn int(mut self, number: i64) -> Self {
        self.0.push(Param::Int(number));
        self
    }

    pub(crate) fn flag(mut self, flag: bool) -> Self {
        self.0.push(Param::Flag(flag));
        self
    }
}

/// A value as one parameter of JSON text.
pub(crate) fn line(value: &impl Serialize) -> Result<Params, StoreError> {
    let text = serde_json::to_string(value).map_err(|error| refused(error.to_string()))?;
    if has_nul(&text) {
        return Err(refused("text contains the character U+0000".to_owned()));
    }
    Ok(Params::new().text(text))
}

pub(crate) fn statement(sql: String, params: Params) -> Query<'static, Postgres, PgArguments> {
    // A prepared statement is found again by its text, and takes the parameters it was
    // prepared with; two places that say the same may bring more or fewer.
    let mut query = sqlx::query(AssertSqlSafe(format!("{sql} -- {}", params.0.len())));
    for param in params.0 {
        query = match param {
            Param::Text(text) => query.bind(text),
            Param::Int(number) => query.bind(number),
            Param::Flag(flag) => query.bind(flag),
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
    if org.as_str().contains('\0')
        || params.0.iter().any(|param| matches!(param, Param::Text(Some(text)) if text.contains('\0')))
    {
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

/// Rows of one column of JSON text as values of a type.
pub(crate) async fn all<T: DeserializeOwned>(
    pool: &PgPool,
    org: &OrgId,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Vec<T>, StoreError> {
    decode_all(what, &fetch(pool, org, what, sql, params).await?)
}

/// The first such row.
pub(crate) async fn one<T: DeserializeOwned>(
    pool: &PgPool,
    org: &OrgId,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Option<T>, StoreError> {
    Ok(all(pool, org, what, sql, params).await?.into_iter().next())
}

/// The first row's number; `None` when there is no row or it is null.
pub(crate) async fn number(
    pool: &PgPool,
    org: &OrgId,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Option<i64>, StoreError> {
    first_number(what, &fetch(pool, org, what, sql, params).await?)
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
    if params.0.iter().any(|param| matches!(param, Param::Text(Some(text)) if text.contains('\0'))) {
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

pub(crate) fn text(what: &str, row: &PgRow, index: usize) -> Result<String, StoreError> {
    row.try_get(index).map_err(|error| StoreError::Corrupt { what: what.to_owned(), message: error.to_string() })
}

pub(crate) fn decode<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json)
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
