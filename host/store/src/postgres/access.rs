//! Who is who: orgs, users, connections, API keys, tokens, suppression, send counts.

use serde_json::Value;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{ApiKey, Connection, StoreError, User};
use skillhost_engine::time::Timestamp;
use sqlx::postgres::{PgPool, PgRow};

use crate::encode::content_digest;
use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};

/// `docs/data.md`, source `org`; of `orgs o`.
pub(crate) const ORG: &str =
    "json_build_object('id', o.id, 'name', o.name, 'domains', o.domains, 'settings', o.settings)";

pub(crate) async fn org(pool: &PgPool, org: &OrgId) -> Result<Option<Value>, StoreError> {
    let sql = format!("SELECT {ORG}::text FROM orgs o WHERE o.id = $1");
    rows::one(pool, org, &format!("of org {org}"), sql, Params::new().text(org.as_str())).await
}

pub(crate) async fn user(pool: &PgPool, org: &OrgId, user: &UserId) -> Result<Option<User>, StoreError> {
    let sql = "SELECT json_build_object('org', u.org_id, 'id', u.id, 'name', u.name, 'email', u.email,
        'zone', u.zone, 'admin', u.admin, 'signature', u.signature,
        'preferences', u.preferences)::text FROM users u WHERE u.org_id = $1 AND u.id = $2";
    let params = Params::new().text(org.as_str()).text(user.as_str());
    rows::one(pool, org, &format!("of user {user}"), sql.to_owned(), params).await
}

pub(crate) async fn connection(pool: &PgPool, kind: &str, external_id: &str) -> Result<Option<Connection>, StoreError> {
    let (what, params) = ("of the connections", Params::new().text(kind).text(external_id));
    let rows = rows::across(pool, what, "SELECT connection_v1($1, $2)", params).await?;
    Ok(rows::decode_all(what, &rows)?.into_iter().next())
}

/// The first one made, where a user has several of a kind.
pub(crate) async fn connection_of(
    pool: &PgPool,
    kind: &str,
    org: &OrgId,
    user: &UserId,
) -> Result<Option<Connection>, StoreError> {
    let sql = "SELECT connection_json(c) FROM connections c
        WHERE c.org_id = $1 AND c.user_id = $2 AND c.kind = $3 ORDER BY c.n LIMIT 1"
        .to_owned();
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(kind);
    rows::one(pool, org, "of the connections", sql, params).await
}

pub(crate) async fn api_key(pool: &PgPool, digest: &str) -> Result<Option<ApiKey>, StoreError> {
    let what = "of the API keys";
    let rows = rows::across(pool, what, "SELECT api_key_v1($1)", Params::new().text(digest)).await?;
    Ok(rows::decode_all(what, &rows)?.into_iter().next())
}

/// The earlier address in the list wins; then the contact's open deal changed last.
pub(crate) async fn match_contact(
    pool: &PgPool,
    org: &OrgId,
    addresses: &[String],
) -> Result<Option<Value>, StoreError> {
    let lower: Vec<String> = addresses.iter().map(|address| address.to_lowercase()).collect();
    let sql = format!(
        "SELECT json_build_object('contact_id', c.id, 'company_id', c.company_id, 'deal_id',
            (SELECT d.id FROM deal_contacts l JOIN deals d ON d.org_id = l.org_id AND d.id = l.record_id
                JOIN orgs o ON o.id = d.org_id
             WHERE l.org_id = c.org_id AND l.contact_id = c.id AND {}
             ORDER BY d.updated_at DESC, d.id LIMIT 1))::text
         FROM json_array_elements_text($2::json) WITH ORDINALITY a (value, place)
         JOIN contacts c ON c.org_id = $1 AND c.email = a.value
         ORDER BY a.place, c.id LIMIT 1",
        crate::postgres::sources::DEAL_IS_OPEN
    );
    let params = Params::new().text(org.as_str()).text(serde_json::json!(lower).to_string());
    let found: Option<Value> = rows::one(pool, org, "of the contacts", sql, params).await?;
    Ok(found.map(|mut value| {
        if let Value::Object(fields) = &mut value {
            fields.retain(|_, field| !field.is_null());
        }
        value
    }))
}

pub(crate) async fn is_suppressed(pool: &PgPool, org: &OrgId, address: &str) -> Result<bool, StoreError> {
    // Of an erased person the list keeps a digest, so that they stay unwritten to.
    let sql = "SELECT count(*) FROM suppressions WHERE org_id = $1 AND address IN ($2, $3)";
    let address = address.to_lowercase();
    let digest = content_digest(&address);
    let params = Params::new().text(org.as_str()).text(address).text(digest);
    Ok(rows::number(pool, org, "of the suppressions", sql.to_owned(), params).await?.unwrap_or(0) > 0)
}

pub(crate) async fn mails_sent_since(
    pool: &PgPool,
    org: &OrgId,
    user: &UserId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    // A mail under way, or one whose result nobody knows, may have left.
    let sql = "SELECT (SELECT count(*) FROM sent_mails WHERE org_id = $1 AND user_id = $2 AND at >= $3) \
               + (SELECT count(*) FROM outbox WHERE org_id = $1 AND user_id = $2 AND kind = 'email.send' \
                  AND state IN ('sending', 'unknown') AND updated_at >= $4)";
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(since.rfc3339()).int(since.0);
    let count = rows::number(pool, org, "of the sent mails", sql.to_owned(), params).await?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}

pub(crate) async fn token(
    pool: &PgPool,
    kind: &str,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Value>, StoreError> {
    let sql = "SELECT value::text FROM tokens WHERE kind = $1 AND digest = $2 AND expires_at > $3";
    let params = Params::new().text(kind).text(digest).int(now.0);
    let rows = rows::across(pool, "of the tokens", sql, params).await?;
    Ok(rows::decode_all("of the tokens", &rows)?.into_iter().next())
}

impl PostgresStore {
    pub(crate) async fn write_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let line = rows::line(&(&key.digest, &key.org, &key.user, &key.client, key.operator))?;
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
        let sql = "INSERT INTO tokens (kind, digest, value, expires_at)
            SELECT l ->> 0, l ->> 1, l -> 2, (l ->> 3)::bigint FROM (SELECT $1::json) t (l)
            ON CONFLICT (kind, digest) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
        self.change(sql, rows::line(&(kind, digest, value, expires))?).await.map(drop)
    }

    /// Reads and deletes in one statement; sweeps what has expired.
    pub(crate) async fn take_token(
        &self,
        kind: &str,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<Value>, StoreError> {
        let sql = "WITH gone AS (DELETE FROM tokens WHERE expires_at <= $3)
            DELETE FROM tokens WHERE kind = $1 AND digest = $2 AND expires_at > $3 RETURNING value::text";
        let taken = self.change(sql, Params::new().text(kind).text(digest).int(now.0)).await?;
        Ok(rows::decode_all("of the tokens", &taken)?.into_iter().next())
    }

    /// One statement that names no org and changes something.
    async fn change(&self, sql: &str, params: Params) -> Result<Vec<PgRow>, StoreError> {
        rows::statement(sql.to_owned(), params).fetch_all(&self.pool).await.map_err(|error| Fault::from(&error).into())
    }
}
