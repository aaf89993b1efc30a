//! Texts under keys: where the rows of [`crate::vault`] are kept and read.

use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{PaidPlace, StoreError};
use skillhost_engine::time::Timestamp;

use crate::error::Fault;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::postgres::sources;
use crate::vault::{Keys, Row, Vault, corrupt};

/// Texts that one statement sweeps: far from what the server lets a statement take.
const SWEEP_PAGE: i64 = 10_000;

#[async_trait::async_trait]
impl Keys for PostgresStore {
    async fn keep(&self, org: &OrgId, subject: &Subject, wrapped: String) -> Result<(i64, String), StoreError> {
        let mut transaction = self.write_as([org.as_str()]).await?;
        let sql = "INSERT INTO data_keys (org_id, subject, wrapped) VALUES ($1, $2, decode($3, 'hex'))
            ON CONFLICT (org_id, subject) WHERE wrapped IS NOT NULL DO NOTHING";
        let params = Params::new().text(org.as_str()).text(subject.as_str()).text(wrapped);
        rows::run(&mut transaction, sql.to_owned(), params).await?;
        let sql = "SELECT json_build_array(id, encode(wrapped, 'hex'))::text FROM data_keys
            WHERE org_id = $1 AND subject = $2 AND wrapped IS NOT NULL";
        let params = Params::new().text(org.as_str()).text(subject.as_str());
        let found = rows::run(&mut transaction, sql.to_owned(), params).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        rows::decode_all("of the data keys", &found)?.into_iter().next().ok_or_else(|| corrupt("a data key"))
    }
}

impl PostgresStore {
    pub(crate) async fn read_body(
        &self,
        org: &OrgId,
        subject: &Subject,
        digest: &str,
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        let sql =
            "SELECT json_build_object('key', b.key_id, 'wrapped', encode(k.wrapped, 'hex'), 'expires', b.expires_at,
                'sealed', CASE WHEN b.expires_at > $4 THEN encode(b.sealed, 'hex') END)::text
            FROM bodies b JOIN data_keys k ON k.id = b.key_id
            WHERE b.org_id = $1 AND b.subject = $2 AND b.digest = $3";
        let what = format!("of body {digest}");
        let params = Params::new().text(org.as_str()).text(subject.as_str()).text(digest).int(now.0);
        let row: Option<Row> = rows::one(&self.pool, org, &what, sql.to_owned(), params).await?;
        let Some(row) = row else {
            let sql = "SELECT max(destroyed_at) FROM data_keys WHERE org_id = $1 AND subject = $2 AND wrapped IS NULL";
            let params = Params::new().text(org.as_str()).text(subject.as_str());
            let destroyed = rows::number(&self.pool, org, &what, sql.to_owned(), params).await?;
            return Ok(destroyed.map_or(Kept::Missing, |at| Kept::Erased { at: Timestamp(at) }));
        };
        Vault::opened(self.vault.as_ref(), row, org, subject, digest)
    }

    /// Answers a context source; a transcript's text is opened.
    pub(crate) async fn read_source(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        source: &str,
        params: &Value,
    ) -> Result<Option<Value>, StoreError> {
        if source != "transcript" {
            return sources::read(&self.pool, org, user, source, params).await;
        }
        let Some(found) = sources::find_transcript(&self.pool, org, user, params).await? else { return Ok(None) };
        let text = match found.sealed() {
            // What is past its time goes with the next sweep; until then it may be read.
            Some((subject, digest)) => Some(self.read_body(org, &subject, digest, Timestamp(0)).await?),
            None => None,
        };
        Ok(found.with(text))
    }

    pub(crate) async fn read_paid(&self, place: &PaidPlace, now: Timestamp) -> Result<Option<Arc<str>>, StoreError> {
        let sql = "SELECT json_build_array(subject, digest)::text FROM paid_answers
            WHERE org_id = $1 AND job_id = $2 AND step = $3 AND round = $4 AND ask = $5 AND nth = $6";
        let params = Params::new()
            .text(place.org.as_str())
            .text(place.job.as_str())
            .text(place.step.as_str())
            .int(i64::from(place.round))
            .text(&place.ask)
            .int(i64::from(place.nth));
        let found: Option<(Subject, String)> =
            rows::one(&self.pool, &place.org, "of the paid answers", sql.to_owned(), params).await?;
        let Some((subject, digest)) = found else { return Ok(None) };
        match self.read_body(&place.org, &subject, &digest, now).await? {
            Kept::Text(text) => Ok(Some(text)),
            Kept::Expired { .. } | Kept::Erased { .. } | Kept::Missing => Ok(None),
        }
    }

    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let params = Params::new().int(now.0).int(SWEEP_PAGE);
            let rows = rows::across(&self.pool, "of the bodies", "SELECT sweep_bodies_v1($1, $2)", params).await?;
            let swept = rows::first_number("of the bodies", &rows)?.unwrap_or(0);
            all += u64::try_from(swept).unwrap_or(0);
            if swept < SWEEP_PAGE {
                return Ok(all);
            }
        }
    }
}
