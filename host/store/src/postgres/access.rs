//! Who somebody is before their org is known: connections, API keys, tokens.

use serde_json::Value;
use skillhost_engine::store::{ApiKey, Connection, StoreError};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::{PgPool, PgRow};

use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::proof::{StoredKey, StoredToken};

pub(crate) async fn connection(pool: &PgPool, kind: &str, external_id: &str) -> Result<Option<Connection>, StoreError> {
    let (what, params) = ("of the connections", Params::new().text(kind).text(external_id));
    let rows = rows::across(pool, what, "SELECT connection_v1($1, $2)", params).await?;
    Ok(rows::decode_all(what, &rows)?.into_iter().next())
}

pub(crate) async fn api_key(pool: &PgPool, digest: &str) -> Result<Option<StoredKey>, StoreError> {
    let what = "of the API keys";
    let rows = rows::across(pool, what, "SELECT api_key_v1($1)", Params::new().text(digest)).await?;
    Ok(rows::decode_all(what, &rows)?.into_iter().next())
}

pub(crate) async fn token(
    pool: &PgPool,
    kind: &str,
    digest: &str,
    now: Timestamp,
) -> Result<Option<StoredToken>, StoreError> {
    let sql = "SELECT json_build_object('value', value, 'expires_at', expires_at, 'proof', proof)::text FROM tokens WHERE kind = $1 AND digest = $2 AND expires_at > $3";
    let params = Params::new().text(kind).text(digest).int(now.0);
    let rows = rows::across(pool, "of the tokens", sql, params).await?;
    Ok(rows::decode_all("of the tokens", &rows)?.into_iter().next())
}

impl PostgresStore {
    pub(crate) async fn write_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let proof = self.proofs.of_key(key);
        let line = rows::line(&(&key.digest, &key.org, &key.user, &key.client, key.operator, &key.scopes, proof))?;
        self.change("SELECT put_api_key_v1($1::jsonb)", line).await.map(drop)
    }

    pub(crate) async fn write_connection(&self, c: &Connection) -> Result<(), StoreError> {
        let line = rows::line(&(&c.kind, &c.external_id, &c.org, &c.user, &c.detail))?;
        self.change("SELECT put_connection_v1($1::jsonb)", line).await.map(drop)
    }

    pub(crate) async fn write_token(
        &self,
        kind: &str,
        digest: &str,
        value: &Value,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO tokens (kind, digest, value, expires_at, proof)
            SELECT l ->> 0, l ->> 1, l -> 2, (l ->> 3)::bigint, l ->> 4 FROM (SELECT $1::json) t (l)
            ON CONFLICT (kind, digest) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at,
                proof = excluded.proof";
        let proof = self.proofs.of_token(kind, digest, value, expires);
        self.change(sql, rows::line(&(kind, digest, value, expires, proof))?).await.map(drop)
    }

    /// Reads and deletes in one statement; sweeps what has expired.
    pub(crate) async fn take_token(
        &self,
        kind: &str,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<StoredToken>, StoreError> {
        let sql = "WITH gone AS (DELETE FROM tokens WHERE expires_at <= $3)
            DELETE FROM tokens WHERE kind = $1 AND digest = $2 AND expires_at > $3
            RETURNING json_build_object('value', value, 'expires_at', expires_at, 'proof', proof)::text";
        let taken = self.change(sql, Params::new().text(kind).text(digest).int(now.0)).await?;
        Ok(rows::decode_all("of the tokens", &taken)?.into_iter().next())
    }

    /// One statement that names no org and changes something.
    pub(crate) async fn change(&self, sql: &str, params: Params) -> Result<Vec<PgRow>, StoreError> {
        rows::statement(sql.to_owned(), params).fetch_all(&self.pool).await.map_err(|error| Fault::from(&error).into())
    }
}
