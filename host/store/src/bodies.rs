//! Texts under keys: where the rows of [`crate::vault`] are read.

use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{PaidPlace, StoreError};
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::sources;
use crate::vault::{Row, Vault};

pub(crate) async fn body(
    db: &impl Ask,
    vault: Option<&Vault>,
    org: &OrgId,
    subject: &Subject,
    digest: &str,
    now: Timestamp,
) -> Result<Kept, StoreError> {
    match find(db, org, subject, digest, now).await? {
        Ok(row) => Vault::opened(vault, row, org, subject, digest),
        Err(Some(at)) => Ok(Kept::Erased { at }),
        Err(None) => Ok(Kept::Missing),
    }
}

pub(crate) async fn blob(
    db: &impl Ask,
    vault: Option<&Vault>,
    org: &OrgId,
    subject: &Subject,
    digest: &str,
    now: Timestamp,
) -> Result<Kept<Arc<[u8]>>, StoreError> {
    Ok(match find(db, org, subject, digest, now).await? {
        Ok(row) => match Vault::opened_bytes(vault, row, org, subject, digest)? {
            Kept::Text(bytes) => Kept::Text(bytes.into()),
            Kept::Expired { at } => Kept::Expired { at },
            Kept::Erased { at } => Kept::Erased { at },
            Kept::Missing => Kept::Missing,
        },
        Err(Some(at)) => Kept::Erased { at },
        Err(None) => Kept::Missing,
    })
}

/// A row with its key; else when the key of its subject was last destroyed.
async fn find<D: Ask>(
    db: &D,
    org: &OrgId,
    subject: &Subject,
    digest: &str,
    now: Timestamp,
) -> Result<Result<Row, Option<Timestamp>>, StoreError> {
    let (wrapped, sealed) = (D::DIALECT.hex("k.wrapped"), D::DIALECT.hex("b.sealed"));
    let sql = format!(
        "SELECT json_object('key', b.key_id, 'expires', b.expires_at,
            'wrapped', CASE WHEN k.wrapped IS NOT NULL THEN {wrapped} END,
            'sealed', CASE WHEN b.sealed IS NOT NULL AND b.expires_at > $4 THEN {sealed} END)
         FROM bodies b JOIN data_keys k ON k.id = b.key_id
         WHERE b.org_id = $1 AND b.subject = $2 AND b.digest = $3"
    );
    let what = format!("of body {digest}");
    let params = Params::new().text(org.as_str()).text(subject.as_str()).text(digest).int(now.0);
    if let Some(row) = ask::one(db, Some(org), &what, sql, params).await? {
        return Ok(Ok(row));
    }
    let sql = "SELECT max(destroyed_at) FROM data_keys WHERE org_id = $1 AND subject = $2 AND wrapped IS NULL";
    let params = Params::new().text(org.as_str()).text(subject.as_str());
    let destroyed = db.number(Some(org), &what, sql.to_owned(), params).await?;
    Ok(Err(destroyed.map(Timestamp)))
}

/// Answers a context source; a transcript's text is opened.
pub(crate) async fn source(
    db: &impl Ask,
    vault: Option<&Vault>,
    org: &OrgId,
    user: Option<&UserId>,
    source: &str,
    params: &Value,
) -> Result<Option<Value>, StoreError> {
    if source != "transcript" {
        return sources::read(db, org, user, source, params).await;
    }
    let Some(found) = sources::find_transcript(db, org, user, params).await? else { return Ok(None) };
    let text = match found.sealed() {
        // What is past its time goes with the next sweep; until then it may be read.
        Some((subject, digest)) => Some(body(db, vault, org, &subject, digest, Timestamp(0)).await?),
        None => None,
    };
    Ok(found.with(text))
}

pub(crate) async fn paid(
    db: &impl Ask,
    vault: Option<&Vault>,
    place: &PaidPlace,
    now: Timestamp,
) -> Result<Option<Arc<str>>, StoreError> {
    let sql = "SELECT json_array(subject, digest) FROM paid_answers
        WHERE org_id = $1 AND job_id = $2 AND step = $3 AND round = $4 AND ask = $5 AND nth = $6";
    let params = Params::new()
        .text(place.org.as_str())
        .text(place.job.as_str())
        .text(place.step.as_str())
        .int(i64::from(place.round))
        .text(&place.ask)
        .int(i64::from(place.nth));
    let found: Option<(Subject, String)> =
        ask::one(db, Some(&place.org), "of the paid answers", sql.to_owned(), params).await?;
    let Some((subject, digest)) = found else { return Ok(None) };
    match body(db, vault, &place.org, &subject, &digest, now).await? {
        Kept::Text(text) => Ok(Some(text)),
        Kept::Expired { .. } | Kept::Erased { .. } | Kept::Missing => Ok(None),
    }
}
