//! Who is who: orgs, users, connections, API keys, tokens, suppression, send counts.

use serde_json::Value;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{ApiKey, Connection, StoreError, User};
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::SqlitePool;

use crate::encode::{content_digest, has_nul};
use crate::lines::Lines;
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::sqlite::statements::ScriptBuilder;

/// `docs/data.md`, source `org`; of `orgs o`.
pub(crate) const ORG: &str =
    "json_object('id', o.id, 'name', o.name, 'domains', json(o.domains), 'settings', json(o.settings))";

const CONNECTION: &str = "json_object('kind', c.kind, 'external_id', c.external_id, 'org', c.org_id,
    'user', c.user_id, 'detail', json(c.detail))";

/// A user as JSON, of `u`.
pub(crate) const USER: &str = "json_object('org', u.org_id, 'id', u.id, 'name', u.name, 'email', u.email,
    'zone', u.zone, 'admin', json(iif(u.admin, 'true', 'false')), 'signature', u.signature,
    'preferences', json(u.preferences))";

pub(crate) async fn org(pool: &SqlitePool, org: &OrgId) -> Result<Option<Value>, StoreError> {
    let sql = format!("SELECT {ORG} FROM orgs o WHERE o.id = ?1");
    rows::one(pool, &format!("of org {org}"), sql, Params::new().text(org.as_str())).await
}

pub(crate) async fn user(pool: &SqlitePool, org: &OrgId, user: &UserId) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {USER} FROM users u WHERE u.org_id = ?1 AND u.id = ?2");
    let params = Params::new().text(org.as_str()).text(user.as_str());
    rows::one(pool, &format!("of user {user}"), sql.to_owned(), params).await
}

pub(crate) async fn connection(
    pool: &SqlitePool,
    kind: &str,
    external_id: &str,
) -> Result<Option<Connection>, StoreError> {
    let sql = format!("SELECT {CONNECTION} FROM connections c WHERE c.kind = ?1 AND c.external_id = ?2");
    rows::one(pool, "of the connections", sql, Params::new().text(kind).text(external_id)).await
}

/// The first one made, where a user has several of a kind.
pub(crate) async fn connection_of(
    pool: &SqlitePool,
    kind: &str,
    org: &OrgId,
    user: &UserId,
) -> Result<Option<Connection>, StoreError> {
    let sql = format!(
        "SELECT {CONNECTION} FROM connections c WHERE c.org_id = ?1 AND c.user_id = ?2 AND c.kind = ?3
         ORDER BY c.n LIMIT 1"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(kind);
    rows::one(pool, "of the connections", sql, params).await
}

pub(crate) async fn api_key(pool: &SqlitePool, digest: &str) -> Result<Option<ApiKey>, StoreError> {
    let sql = "SELECT json_object('digest', digest, 'org', org_id, 'user', user_id, 'client', client,
        'operator', json(iif(operator, 'true', 'false'))) FROM api_keys WHERE digest = ?1";
    rows::one(pool, "of the API keys", sql.to_owned(), Params::new().text(digest)).await
}

/// The earlier address in the list wins; then the contact's open deal changed last.
pub(crate) async fn match_contact(
    pool: &SqlitePool,
    org: &OrgId,
    addresses: &[String],
) -> Result<Option<Value>, StoreError> {
    let lower: Vec<String> = addresses.iter().map(|address| address.to_lowercase()).collect();
    let sql = format!(
        "SELECT json_object('contact_id', c.id, 'company_id', c.company_id, 'deal_id',
            (SELECT d.id FROM deal_contacts l JOIN deals d ON d.org_id = l.org_id AND d.id = l.record_id
                JOIN orgs o ON o.id = d.org_id
             WHERE l.org_id = c.org_id AND l.contact_id = c.id AND {}
             ORDER BY d.updated_at DESC, d.id LIMIT 1))
         FROM json_each(?2) a JOIN contacts c ON c.org_id = ?1 AND c.email = a.value
         ORDER BY a.key, c.id LIMIT 1",
        crate::sqlite::sources::DEAL_IS_OPEN
    );
    let params = Params::new().text(org.as_str()).text(serde_json::json!(lower).to_string());
    let found: Option<Value> = rows::one(pool, "of the contacts", sql, params).await?;
    Ok(found.map(|mut value| {
        if let Value::Object(fields) = &mut value {
            fields.retain(|_, field| !field.is_null());
        }
        value
    }))
}

pub(crate) async fn is_suppressed(pool: &SqlitePool, org: &OrgId, address: &str) -> Result<bool, StoreError> {
    // Of an erased person the list keeps a digest, so that they stay unwritten to.
    let sql = "SELECT count(*) FROM suppressions WHERE org_id = ?1 AND address IN (?2, ?3)";
    let address = address.to_lowercase();
    let digest = content_digest(&address);
    let params = Params::new().text(org.as_str()).text(address).text(digest);
    Ok(rows::number(pool, "of the suppressions", sql.to_owned(), params).await?.unwrap_or(0) > 0)
}

pub(crate) async fn mails_sent_since(
    pool: &SqlitePool,
    org: &OrgId,
    user: &UserId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    // A mail under way, or one whose result nobody knows, may have left.
    let sql = "SELECT (SELECT count(*) FROM sent_mails WHERE org_id = ?1 AND user_id = ?2 AND at >= ?3) \
               + (SELECT count(*) FROM outbox WHERE org_id = ?1 AND user_id = ?2 AND kind = 'email.send' \
                  AND state IN ('sending', 'unknown') AND updated_at >= ?4)";
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(since.rfc3339()).int(since.0);
    let count = rows::number(pool, "of the sent mails", sql.to_owned(), params).await?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}

pub(crate) async fn token(
    pool: &SqlitePool,
    kind: &str,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Value>, StoreError> {
    let sql = "SELECT value FROM tokens WHERE kind = ?1 AND digest = ?2 AND expires_at > ?3";
    let params = Params::new().text(kind).text(digest).int(now.0);
    rows::one(pool, "of the tokens", sql.to_owned(), params).await
}

impl SqliteStore {
    pub(crate) async fn write_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        self.write_line(
            &(&key.digest, &key.org, &key.user, &key.client, key.operator),
            "INSERT INTO api_keys (digest, org_id, user_id, client, operator)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(:list)
             WHERE true ON CONFLICT (digest) DO UPDATE SET org_id = excluded.org_id,
                user_id = excluded.user_id, client = excluded.client, operator = excluded.operator;",
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
            &(kind, digest, value, expires),
            "INSERT INTO tokens (kind, digest, value, expires_at)
             SELECT value ->> 0, value ->> 1, value -> 2, value ->> 3 FROM jsonb_each(:list)
             WHERE true ON CONFLICT (kind, digest) DO UPDATE SET value = excluded.value,
                expires_at = excluded.expires_at;",
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
    ) -> Result<Option<Value>, StoreError> {
        let taken = self
            .write_line(
                &(kind, digest, now),
                "DELETE FROM tokens WHERE expires_at <= (SELECT value ->> 2 FROM jsonb_each(:list));
                 DELETE FROM tokens WHERE (kind, digest) IN
                    (SELECT value ->> 0, value ->> 1 FROM jsonb_each(:list)) RETURNING value;",
            )
            .await?;
        taken.first().map(|json| rows::decode("of the tokens", json)).transpose()
    }

    /// One transaction over one line of JSON.
    pub(crate) async fn write_line(&self, line: &impl serde::Serialize, sql: &str) -> Result<Vec<String>, StoreError> {
        let constraint = |message: String| StoreError::Constraint { message };
        let text = serde_json::to_string(line).map_err(|error| constraint(error.to_string()))?;
        if has_nul(&text) {
            return Err(constraint("text contains the character U+0000".to_owned()));
        }
        let mut lines = Lines::default();
        lines.push(&text);
        let mut builder = ScriptBuilder::default();
        builder.raw("BEGIN IMMEDIATE;");
        let list = builder.list(lines);
        builder.over(list, sql);
        builder.raw("COMMIT;");
        Ok(self.script(builder.finish()).await??)
    }
}
