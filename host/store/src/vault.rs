//! Texts under keys: sealed before they reach the writer, opened where they are
//! read, forgotten by destroying a key.
//!
//! Invariants:
//! - A text is sealed with XChaCha20-Poly1305 under the data key of its subject;
//!   org, subject and digest are authenticated with it, so that a row moved to
//!   another place does not open.
//! - A data key is stored only wrapped, under a key derived from the host's.
//! - What was opened has the digest it is kept by.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use skillhost_engine::body::{Body, Kept, Subject};
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{Batch, PaidPlace, StoreError, Write};
use skillhost_engine::time::{Ids, Timestamp};

use crate::encode::content_digest;
use crate::lines::Lines;
use crate::open::SqliteStore;
use crate::rows::{self, Params};
use crate::statements::ScriptBuilder;

/// Purpose of the key that wraps data keys.
const WRAP_PURPOSE: &[u8] = b"skillhost/data-keys/1";
/// Bytes of a nonce: so many that random ones do not meet.
const NONCE_BYTES: usize = 24;
/// Data keys held open; forgotten all at once when full.
const MAX_OPEN_KEYS: usize = 4096;
/// Digests remembered as stored; forgotten all at once when full.
const MAX_KNOWN_BODIES: usize = 16_384;
/// A stored text's end is moved only when it would move by more than this, so
/// that a text read in every step is written once.
const TOUCH_MS: i64 = 3_600_000;

/// The secret that data keys are kept under, and where fresh ones come from.
#[derive(Clone)]
pub struct VaultKey {
    wrap: [u8; 32],
    ids: Arc<dyn Ids>,
}

impl VaultKey {
    /// Derives it from the host's key.
    ///
    /// # Errors
    /// The derivation refuses, which it does for much longer keys only.
    pub fn new(host_key: &[u8; 32], ids: Arc<dyn Ids>) -> Result<Self, StoreError> {
        let mut wrap = [0; 32];
        Hkdf::<Sha256>::new(None, host_key).expand(WRAP_PURPOSE, &mut wrap).map_err(|_| broken("under such a key"))?;
        Ok(Self { wrap, ids })
    }
}

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey(redacted)")
    }
}

/// A data key in use.
#[derive(Clone)]
struct DataKey {
    id: i64,
    cipher: XChaCha20Poly1305,
}

/// A text as it is written: a line of [`crate::lines::Kind::Body`].
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sealed(OrgId, Subject, String, i64, String, i64);

impl Sealed {
    fn place(&self) -> String {
        place(&self.0, &self.1, &self.2)
    }
}

fn place(org: &OrgId, subject: &Subject, digest: &str) -> String {
    format!("{org}\0{subject}\0{digest}")
}

pub(crate) struct Vault {
    key: VaultKey,
    // Both held only to look up or insert, never across an await.
    open: Mutex<HashMap<String, DataKey>>,
    known: Mutex<HashMap<String, i64>>,
    // Held while a key is looked up or made, so that two callers make one.
    making: tokio::sync::Mutex<()>,
}

impl Vault {
    pub(crate) fn new(key: VaultKey) -> Self {
        Self { key, open: Mutex::default(), known: Mutex::default(), making: tokio::sync::Mutex::default() }
    }

    fn is_known(&self, body: &Body) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let until = known.get(&place(&body.org, &body.subject, &body.digest));
        until.is_some_and(|until| *until >= body.expires_at.0.saturating_sub(TOUCH_MS))
    }

    /// Takes note of what a commit has stored.
    pub(crate) fn remember(&self, sealed: &[Sealed]) {
        if sealed.is_empty() {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + sealed.len() > MAX_KNOWN_BODIES {
            known.clear();
        }
        known.extend(sealed.iter().map(|body| (body.place(), body.5)));
    }

    /// Forgets keys and digests: what was stored may not be there any more.
    pub(crate) fn forget(&self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn wrapping(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.key.wrap.into())
    }

    fn seal(&self, cipher: &XChaCha20Poly1305, text: &[u8], place: &str) -> Result<Vec<u8>, StoreError> {
        let random = self.key.ids.secret();
        let nonce = XNonce::try_from(&random[..NONCE_BYTES]).map_err(|_| broken("a nonce"))?;
        let sealed = cipher
            .encrypt(&nonce, Payload { msg: text, aad: place.as_bytes() })
            .map_err(|_| broken("a text that is too long to seal"))?;
        let mut bytes = Vec::with_capacity(NONCE_BYTES + sealed.len());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    fn unwrap(&self, id: i64, wrapped: &str, owner: &str) -> Result<DataKey, StoreError> {
        let bytes = open(&self.wrapping(), wrapped, owner)?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| corrupt("a data key"))?;
        Ok(DataKey { id, cipher: XChaCha20Poly1305::new(&key.into()) })
    }
}

fn open(cipher: &XChaCha20Poly1305, sealed: &str, place: &str) -> Result<Vec<u8>, StoreError> {
    let bytes = hex::decode(sealed).map_err(|_| corrupt("a sealed text"))?;
    let (nonce, text) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(|| corrupt("a sealed text"))?;
    let nonce = XNonce::try_from(nonce).map_err(|_| corrupt("a sealed text"))?;
    cipher.decrypt(&nonce, Payload { msg: text, aad: place.as_bytes() }).map_err(|_| corrupt("a sealed text"))
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt {
        what: format!("of the bodies: {what}"),
        message: "it does not open; is this the host key it was sealed with?".to_owned(),
    }
}

fn broken(what: &str) -> StoreError {
    StoreError::Constraint { message: format!("cannot seal {what}") }
}

fn no_vault() -> StoreError {
    StoreError::Constraint { message: "this store was opened without a key to keep texts under".to_owned() }
}

fn owner(org: &OrgId, subject: &Subject) -> String {
    format!("{org}\0{subject}")
}

/// A row of `bodies` with its key.
#[derive(Deserialize)]
struct Row {
    key: i64,
    wrapped: Option<String>,
    sealed: Option<String>,
    expires: i64,
}

impl SqliteStore {
    /// The texts of a batch that are not stored already, sealed.
    pub(crate) async fn seal(&self, batch: &Batch) -> Result<Vec<Sealed>, StoreError> {
        let mut sealed: Vec<Sealed> = Vec::new();
        for write in &batch.writes {
            let bodies = match write {
                Write::Bodies(bodies) => &bodies[..],
                Write::Paid(answer) => std::slice::from_ref(&answer.body),
                _ => continue,
            };
            let vault = self.vault.as_ref().ok_or_else(no_vault)?;
            for body in bodies.iter().filter(|body| !vault.is_known(body)) {
                let key = self.data_key(vault, &body.org, &body.subject).await?;
                let place = place(&body.org, &body.subject, &body.digest);
                let bytes = vault.seal(&key.cipher, body.text.as_bytes(), &place)?;
                sealed.push(Sealed(
                    body.org.clone(),
                    body.subject.clone(),
                    body.digest.to_string(),
                    key.id,
                    hex::encode(bytes),
                    body.expires_at.0,
                ));
            }
        }
        Ok(sealed)
    }

    /// The key of a subject, made where there is none.
    async fn data_key(&self, vault: &Vault, org: &OrgId, subject: &Subject) -> Result<DataKey, StoreError> {
        let owner = owner(org, subject);
        let held = || vault.open.lock().unwrap_or_else(PoisonError::into_inner).get(&owner).cloned();
        if let Some(key) = held() {
            return Ok(key);
        }
        let _making = vault.making.lock().await;
        if let Some(key) = held() {
            return Ok(key);
        }
        let wrapped = vault.seal(&vault.wrapping(), &vault.key.ids.secret(), &owner)?;
        let mut lines = Lines::default();
        let line = serde_json::to_string(&(org, subject, hex::encode(wrapped))).map_err(|_| broken("a data key"))?;
        lines.push(&line);
        let mut script = ScriptBuilder::default();
        script.raw("BEGIN IMMEDIATE;");
        let list = script.list(lines);
        script.over(
            list,
            "INSERT INTO data_keys (org_id, subject, wrapped)
             SELECT value ->> 0, value ->> 1, unhex(value ->> 2) FROM jsonb_each(:list)
             WHERE true ON CONFLICT DO NOTHING;
             SELECT json_array(k.id, hex(k.wrapped)) FROM data_keys k, jsonb_each(:list) e
             WHERE k.org_id = e.value ->> 0 AND k.subject = e.value ->> 1 AND k.wrapped IS NOT NULL;",
        );
        script.raw("COMMIT;");
        let found = self.script(script.finish()).await??;
        let row = found.first().ok_or_else(|| corrupt("a data key"))?;
        let (id, wrapped): (i64, String) = rows::decode("of the data keys", row)?;
        let key = vault.unwrap(id, &wrapped, &owner)?;
        let mut open = vault.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MAX_OPEN_KEYS {
            open.clear();
        }
        open.insert(owner, key.clone());
        Ok(key)
    }

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
        let (Some(sealed), Some(wrapped)) = (row.sealed, row.wrapped) else {
            return Ok(Kept::Expired { at: Timestamp(row.expires) });
        };
        let vault = self.vault.as_ref().ok_or_else(no_vault)?;
        let key = vault.unwrap(row.key, &wrapped, &owner(org, subject))?;
        let text = open(&key.cipher, &sealed, &place(org, subject, digest))?;
        let text = String::from_utf8(text).map_err(|_| corrupt("a text"))?;
        if content_digest(&text) != digest {
            return Err(corrupt("a text under another\'s digest"));
        }
        Ok(Kept::Text(text.into()))
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
