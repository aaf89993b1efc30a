//! Texts under keys: where the rows of [`crate::vault`] are kept and read.

use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{PaidPlace, StoreError};
use skillhost_engine::time::Timestamp;

use crate::lines::Lines;
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::sqlite::sources;
use crate::sqlite::statements::ScriptBuilder;
use crate::vault::{Keys, Row, Vault, corrupt};

#[async_trait::async_trait]
impl Keys for SqliteStore {
    async fn keep(&self, org: &OrgId, subject: &Subject, wrapped: String) -> Result<(i64, String), StoreError> {
        let found = self
            .write_line(
                &(org, subject, wrapped),
                "INSERT INTO data_keys (org_id, subject, wrapped)
                 SELECT value ->> 0, value ->> 1, unhex(value ->> 2) FROM jsonb_each(:list)
                 WHERE true ON CONFLICT DO NOTHING;
                 SELECT json_array(k.id, hex(k.wrapped)) FROM data_keys k, jsonb_each(:list) e
                 WHERE k.org_id = e.value ->> 0 AND k.subject = e.value ->> 1 AND k.wrapped IS NOT NULL;",
            )
            .await?;
        let row = found.first().ok_or_else(|| corrupt("a data key"))?;
        rows::decode("of the data keys", row)
    }
}

impl SqliteStore {
    pub(crate) async fn read_body(
        &self,
        org: &OrgId,
        subject: &Subject,
        digest: &str,
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        let sql = "SELECT json_object('key', b.key_id, 'wrapped', hex(k.wrapped), 'expires', b.expires_at,
                'sealed', iif(b.sealed IS NULL OR b.expires_at <= ?4, NULL, hex(b.sealed)))
            FROM bodies b JOIN data_keys k ON k.id = b.key_id
            WHERE b.org_id = ?1 AND b.subject = ?2 AND b.digest = ?3";
        let what = format!("of body {digest}");
        let params = Params::new().text(org.as_str()).text(subject.as_str()).text(digest).int(now.0);
        let row: Option<Row> = rows::one(&self.readers, &what, sql.to_owned(), params).await?;
        let Some(row) = row else {
            let sql = "SELECT max(destroyed_at) FROM data_keys WHERE org_id = ?1 AND subject = ?2 AND wrapped IS NULL";
            let params = Params::new().text(org.as_str()).text(subject.as_str());
            let destroyed = rows::number(&self.readers, &what, sql.to_owned(), params).await?;
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
            return sources::read(&self.readers, org, user, source, params).await;
        }
        let Some(found) = sources::find_transcript(&self.readers, org, user, params).await? else { return Ok(None) };
        let text = match found.sealed() {
            // What is past its time goes with the next sweep; until then it may be read.
            Some((subject, digest)) => Some(self.read_body(org, &subject, digest, Timestamp(0)).await?),
            None => None,
        };
        Ok(found.with(text))
    }

    pub(crate) async fn read_paid(&self, place: &PaidPlace, now: Timestamp) -> Result<Option<Arc<str>>, StoreError> {
        let sql = "SELECT json_array(subject, digest) FROM paid_answers
            WHERE org_id = ?1 AND job_id = ?2 AND step = ?3 AND round = ?4 AND ask = ?5 AND nth = ?6";
        let params = Params::new()
            .text(place.org.as_str())
            .text(place.job.as_str())
            .text(place.step.as_str())
            .int(i64::from(place.round))
            .text(&place.ask)
            .int(i64::from(place.nth));
        let found: Option<(Subject, String)> =
            rows::one(&self.readers, "of the paid answers", sql.to_owned(), params).await?;
        let Some((subject, digest)) = found else { return Ok(None) };
        match self.read_body(&place.org, &subject, &digest, now).await? {
            Kept::Text(text) => Ok(Some(text)),
            Kept::Expired { .. } | Kept::Erased { .. } | Kept::Missing => Ok(None),
        }
    }

    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut lines = Lines::default();
        lines.push(&now.0.to_string());
        let mut script = ScriptBuilder::default();
        script.raw("BEGIN IMMEDIATE;");
        let list = script.list(lines);
        script.over(
            list,
            "UPDATE bodies SET sealed = NULL
             WHERE sealed IS NOT NULL AND expires_at <= (SELECT value FROM json_each(:list));
             SELECT CAST(changes() AS TEXT);",
        );
        script.raw("COMMIT;");
        let swept = self.script(script.finish()).await??;
        Ok(swept.first().and_then(|count| count.parse().ok()).unwrap_or(0))
    }
}
