//! Who somebody is before their org is known: connections, API keys, tokens.

use serde_json::Value;
use skillhost_engine::store::{ApiKey, Connection, StoreError};
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use crate::columns::CONNECTION;
use crate::encode::json_line;
use crate::lines::Lines;
use crate::proof::{StoredKey, StoredToken};
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::sqlite::statements::ScriptBuilder;

pub(crate) async fn connection(
    pool: &SqlitePool,
    kind: &str,
    external_id: &str,
) -> Result<Option<Connection>, StoreError> {
    let sql = format!("SELECT {CONNECTION} FROM connections c WHERE c.kind = ?1 AND c.external_id = ?2");
    rows::one(pool, "of the connections", sql, Params::new().text(kind).text(external_id)).await
}

pub(crate) async fn api_key(pool: &SqlitePool, digest: &str) -> Result<Option<StoredKey>, StoreError> {
    let sql = "SELECT json_object('digest', digest, 'org', org_id, 'user', user_id, 'client', client,
        'operator', json(iif(operator, 'true', 'false')), 'scopes', json(scopes), 'proof', proof) FROM api_keys WHERE digest = ?1";
    rows::one(pool, "of the API keys", sql.to_owned(), Params::new().text(digest)).await
}

pub(crate) async fn token(
    pool: &SqlitePool,
    kind: &str,
    digest: &str,
    now: Timestamp,
) -> Result<Option<StoredToken>, StoreError> {
    let sql = "SELECT json_object('value', json(value), 'expires_at', expires_at, 'proof', proof) FROM tokens WHERE kind = ?1 AND digest = ?2 AND expires_at > ?3";
    let params = Params::new().text(kind).text(digest).int(now.0);
    rows::one(pool, "of the tokens", sql.to_owned(), params).await
}

impl SqliteStore {
    pub(crate) async fn write_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        self.write_line(
            &(&key.digest, &key.org, &key.user, &key.client, key.operator, &key.scopes, self.proofs.of_key(key)),
            "INSERT INTO api_keys (digest, org_id, user_id, client, operator, scopes, proof)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, json(value -> 5), value ->> 6
             FROM jsonb_each(:list)
             WHERE true ON CONFLICT (digest) DO UPDATE SET org_id = excluded.org_id,
                user_id = excluded.user_id, client = excluded.client, operator = excluded.operator,
                scopes = excluded.scopes, proof = excluded.proof;",
        )
        .await
        .map(drop)
    }

    pub(crate) async fn write_connection(&self, c: &Connection) -> Result<(), StoreError> {
        self.write_line(
            &(&c.kind, &c.external_id, &c.org, &c.user, &c.detail),
            "INSERT INTO connections (kind, external_id, org_id, user_id, detail)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4 FROM jsonb_each(:list)
             WHERE true ON CONFLICT (kind, external_id) DO UPDATE SET org_id = excluded.org_id,
                user_id = excluded.user_id, detail = excluded.detail;",
        )
        .await
        .map(drop)
    }

    pub(crate) async fn write_token(
        &self,
        kind: &str,
        digest: &str,
        value: &Value,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        self.write_line(
            &(kind, digest, value, expires, self.proofs.of_token(kind, digest, value, expires)),
            "INSERT INTO tokens (kind, digest, value, expires_at, proof)
             SELECT value ->> 0, value ->> 1, value -> 2, value ->> 3, value ->> 4 FROM jsonb_each(:list)
             WHERE true ON CONFLICT (kind, digest) DO UPDATE SET value = excluded.value,
                expires_at = excluded.expires_at, proof = excluded.proof;",
        )
        .await
        .map(drop)
    }

    /// Reads and deletes in one transaction; sweeps what has expired.
    pub(crate) async fn take_token(
        &self,
        kind: &str,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<StoredToken>, StoreError> {
        let taken = self
            .write_line(
                &(kind, digest, now),
                "DELETE FROM tokens WHERE expires_at <= (SELECT value ->> 2 FROM jsonb_each(:list));
                 DELETE FROM tokens WHERE (kind, digest) IN
                    (SELECT value ->> 0, value ->> 1 FROM jsonb_each(:list))
                    RETURNING json_object('value', json(value), 'expires_at', expires_at, 'proof', proof);",
            )
            .await?;
        taken.first().map(|json| rows::decode("of the tokens", json)).transpose()
    }

    /// One transaction over one line of JSON.
    pub(crate) async fn write_line(&self, line: &impl serde::Serialize, sql: &str) -> Result<Vec<String>, StoreError> {
        let mut lines = Lines::default();
        lines.push(&json_line(line)?);
        let mut builder = ScriptBuilder::default();
        builder.raw("BEGIN IMMEDIATE;");
        let list = builder.list(lines);
        builder.over(list, sql);
        builder.raw("COMMIT;");
        Ok(self.script(builder.finish()).await??)
    }
}
