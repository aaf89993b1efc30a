//! Texts under keys: sealed before they reach the writer, opened where they are
//! read, forgotten by destroying a key.
//!
//! Invariants:
//! - A text is sealed with XChaCha20-Poly1305 under the data key of its subject;
//!   org, subject and digest are authenticated with it, so that a row moved to
//!   another place does not open.
//! - A data key is stored only wrapped, under a key derived from the host's.
//! - What was opened has the digest it is kept by.
//! - What this process takes for kept, and a key that it holds, may be gone: another one
//!   erased a person. So each batch says what it relies on, the database refuses it
//!   where that is gone, and it is sealed anew ([`kept`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use skillhost_engine::artifact::Blob;
use skillhost_engine::binding::{Binder, HostKey};
use skillhost_engine::body::{Body, Kept, Subject};
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{Batch, StoreError, Write};
use skillhost_engine::time::{Ids, Timestamp};

use crate::error::{is_key_gone, refused};
use crate::transcript::body_of;

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
    binder: Binder,
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
        Ok(Self { wrap, binder: Binder::new(HostKey::new(*host_key)), ids })
    }
}

impl VaultKey {
    /// What the same key binds.
    pub(crate) fn binder(&self) -> Binder {
        self.binder.clone()
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

/// A text as it is written: a line of [`crate::lines::Kind::Body`]. Without key and bytes
/// it is one that is kept already, which the database holds it to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sealed(OrgId, Subject, String, Option<i64>, Option<String>, i64);

impl Sealed {
    fn place(&self) -> String {
        place(&self.0, &self.1, &self.2)
    }
}

/// What is to be sealed.
struct Plain<'a> {
    org: &'a OrgId,
    subject: &'a Subject,
    digest: &'a str,
    bytes: &'a [u8],
    expires_at: Timestamp,
}

impl<'a> From<&'a Body> for Plain<'a> {
    fn from(body: &'a Body) -> Self {
        let Body { org, subject, digest, text, expires_at } = body;
        Self { org, subject, digest, bytes: text.as_bytes(), expires_at: *expires_at }
    }
}

impl<'a> From<&'a Blob> for Plain<'a> {
    fn from(blob: &'a Blob) -> Self {
        let Blob { org, subject, digest, bytes, expires_at } = blob;
        Self { org, subject, digest, bytes, expires_at: *expires_at }
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

    fn is_known(&self, body: &Plain<'_>) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let until = known.get(&place(body.org, body.subject, body.digest));
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
        known.extend(sealed.iter().filter(|body| body.3.is_some()).map(|body| (body.place(), body.5)));
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

    /// The key of a subject, made where there is none.
    async fn data_key(&self, keys: &impl Keys, org: &OrgId, subject: &Subject) -> Result<DataKey, StoreError> {
        let owner = owner(org, subject);
        let held = || self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&owner).cloned();
        if let Some(key) = held() {
            return Ok(key);
        }
        let _making = self.making.lock().await;
        if let Some(key) = held() {
            return Ok(key);
        }
        let fresh = self.seal(&self.wrapping(), &self.key.ids.secret(), &owner)?;
        let (id, wrapped) = keys.keep(org, subject, hex::encode(fresh)).await?;
        let key = self.unwrap(id, &wrapped, &owner)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MAX_OPEN_KEYS {
            open.clear();
        }
        open.insert(owner, key.clone());
        Ok(key)
    }

    /// The text of a row, or what became of it.
    pub(crate) fn opened(
        vault: Option<&Self>,
        row: Row,
        org: &OrgId,
        subject: &Subject,
        digest: &str,
    ) -> Result<Kept, StoreError> {
        Ok(match Self::opened_bytes(vault, row, org, subject, digest)? {
            Kept::Text(bytes) => Kept::Text(String::from_utf8(bytes).map_err(|_| corrupt("a text"))?.into()),
            Kept::Expired { at } => Kept::Expired { at },
            Kept::Erased { at } => Kept::Erased { at },
            Kept::Missing => Kept::Missing,
        })
    }

    /// The bytes of a row, or what became of them.
    pub(crate) fn opened_bytes(
        vault: Option<&Self>,
        row: Row,
        org: &OrgId,
        subject: &Subject,
        digest: &str,
    ) -> Result<Kept<Vec<u8>>, StoreError> {
        let (Some(sealed), Some(wrapped)) = (row.sealed, row.wrapped) else {
            return Ok(Kept::Expired { at: Timestamp(row.expires) });
        };
        let vault = vault.ok_or_else(no_vault)?;
        let key = vault.unwrap(row.key, &wrapped, &owner(org, subject))?;
        let bytes = open(&key.cipher, &sealed, &place(org, subject, digest))?;
        if sha256(&bytes) != digest {
            return Err(corrupt("a text under another's digest"));
        }
        Ok(Kept::Text(bytes))
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

pub(crate) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt {
        what: format!("of the bodies: {what}"),
        message: "it does not open; is this the host key it was sealed with?".to_owned(),
    }
}

fn broken(what: &str) -> StoreError {
    refused(format!("cannot seal {what}"))
}

fn no_vault() -> StoreError {
    refused("this store was opened without a key to keep texts under".to_owned())
}

fn owner(org: &OrgId, subject: &Subject) -> String {
    format!("{org}\0{subject}")
}

/// A row of `bodies` with its key; the bytes in hexadecimal.
#[derive(Deserialize)]
pub(crate) struct Row {
    key: i64,
    wrapped: Option<String>,
    sealed: Option<String>,
    expires: i64,
}

/// Where data keys are kept.
#[async_trait::async_trait]
pub(crate) trait Keys: Sync {
    /// The live key of a subject, its number and wrapped bytes in hexadecimal; the
    /// given one where there was none.
    async fn keep(&self, org: &OrgId, subject: &Subject, wrapped: String) -> Result<(i64, String), StoreError>;
}

/// Writes what [`seal`] made, and once more where the database has lost a text or a key
/// that this process still knew.
pub(crate) async fn kept<T, F>(vault: Option<&Vault>, write: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    match (write().await, vault) {
        (Err(error), Some(vault)) if is_key_gone(&error) => {
            vault.forget();
            write().await
        }
        (result, _) => result,
    }
}

/// The texts of a batch, sealed as far as they are not stored already.
pub(crate) async fn seal(vault: Option<&Vault>, keys: &impl Keys, batch: &Batch) -> Result<Vec<Sealed>, StoreError> {
    let mut sealed: Vec<Sealed> = Vec::new();
    for write in &batch.writes {
        sealed.extend(match write {
            Write::Bodies(bodies) => seal_bodies(vault, keys, bodies).await?,
            Write::Blobs(blobs) => seal_all(vault, keys, blobs.iter().map(Plain::from)).await?,
            Write::Paid(answer) => seal_bodies(vault, keys, std::slice::from_ref(&answer.body)).await?,
            Write::Transcript(transcript) => seal_bodies(vault, keys, &[body_of(transcript)]).await?,
            _ => continue,
        });
    }
    Ok(sealed)
}

/// The texts, sealed as far as they are not stored already.
pub(crate) async fn seal_bodies(
    vault: Option<&Vault>,
    keys: &impl Keys,
    bodies: &[Body],
) -> Result<Vec<Sealed>, StoreError> {
    seal_all(vault, keys, bodies.iter().map(Plain::from)).await
}

async fn seal_all<'a>(
    vault: Option<&Vault>,
    keys: &impl Keys,
    all: impl Iterator<Item = Plain<'a>>,
) -> Result<Vec<Sealed>, StoreError> {
    let vault = vault.ok_or_else(no_vault)?;
    let mut sealed = Vec::new();
    for body in all {
        let (mut key_id, mut bytes) = (None, None);
        if !vault.is_known(&body) {
            let key = vault.data_key(keys, body.org, body.subject).await?;
            let place = place(body.org, body.subject, body.digest);
            bytes = Some(hex::encode(vault.seal(&key.cipher, body.bytes, &place)?));
            key_id = Some(key.id);
        }
        let digest = body.digest.to_owned();
        sealed.push(Sealed(body.org.clone(), body.subject.clone(), digest, key_id, bytes, body.expires_at.0));
    }
    Ok(sealed)
}
