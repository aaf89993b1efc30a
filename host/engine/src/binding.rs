//! Approval bound to content: the digest of an effect, and the proof that a
//! person released exactly that digest.
//!
//! Both are HMACs with a key that only the host process holds, over canonical
//! bytes that begin with a purpose, so that one can never pass for the other.
//! Whoever can write the database can change a row, but cannot make the row
//! verify again. Law 3 rests on [`Binder::verify`]: it is called with the row
//! as read, right before the effect leaves.

mod link;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::approval::PendingAction;
use crate::canonical::canonical_json;
use crate::ids::{ApprovalId, EffectKey, JobId, OrgId, StepName, UserId};
use crate::outbox::{OutboxRow, Release};
use crate::skill::SkillRef;
use crate::time::Timestamp;

pub use link::Link;

/// Purpose of an effect's digest.
const EFFECT_PURPOSE: &str = "skillhost/effect/1";
/// Purpose of a release.
const RELEASE_PURPOSE: &str = "skillhost/release/1";
/// Purpose of the seal of an open approval.
const APPROVAL_PURPOSE: &str = "skillhost/approval/1";
/// Purpose of the proof that the host wrote a row that grants something.
const RECORD_PURPOSE: &str = "skillhost/record/1";
/// Purpose of an effect's key.
const KEY_PURPOSE: &str = "skillhost/effect-key/1";
/// What every digest starts with.
const PREFIX: &str = "hmac-sha256:";
/// What every effect key starts with. Local ids have no `_`, so the two never mix.
const KEY_PREFIX: &str = "eff_";
/// Characters of a job id that are its time, in milliseconds.
const KEY_TIME_CHARS: usize = 10;
/// Block of SHA-256; HMAC pads shorter keys with zeros to this length.
const BLOCK: usize = 64;

/// The host's secret for bindings.
#[derive(Clone)]
pub struct HostKey([u8; 32]);

impl HostKey {
    /// Wraps 32 unpredictable bytes.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }
}

impl std::fmt::Debug for HostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostKey(redacted)")
    }
}

/// Everything an effect's digest covers.
#[derive(Clone, Copy, Debug)]
pub struct BindingInput<'a> {
    /// Tenant.
    pub org: &'a OrgId,
    /// Whose mailbox, deal or task.
    pub user: &'a UserId,
    /// The job.
    pub job: &'a JobId,
    /// The step.
    pub step: &'a StepName,
    /// The key, which covers the round.
    pub key: &'a EffectKey,
    /// Local id.
    pub local_id: &'a str,
    /// Effect kind.
    pub kind: &'a str,
    /// What exactly will happen.
    pub payload: &'a Value,
    /// Keys that must be `sent` first.
    pub after: &'a [EffectKey],
    /// The module that proposed it.
    pub module: Option<&'a SkillRef>,
    /// Rights it ran with, sorted text.
    pub rights: &'a [String],
}

impl<'a> From<&'a OutboxRow> for BindingInput<'a> {
    fn from(row: &'a OutboxRow) -> Self {
        Self {
            org: &row.org,
            user: &row.user,
            job: &row.job,
            step: &row.step,
            key: &row.key,
            local_id: &row.local_id,
            kind: &row.kind,
            payload: &row.payload,
            after: &row.after,
            module: row.module.as_ref(),
            rights: &row.rights,
        }
    }
}

/// Why a row may not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// Content, module or rights are not what was bound.
    #[error("effect {key} is not what was bound; its approval is void")]
    Changed {
        /// Which effect.
        key: EffectKey,
    },
    /// A protected effect without an answer behind it.
    #[error("effect {key} is protected and nobody released it")]
    NotReleased {
        /// Which effect.
        key: EffectKey,
    },
    /// The release was not made by this host.
    #[error("the release of effect {key} is not genuine")]
    ReleaseForged {
        /// Which effect.
        key: EffectKey,
    },
    /// The kind is protected, or not, other than stated; or nobody knows it.
    #[error("effect {key} is of kind `{kind}`, which this host does not perform")]
    UnknownKind {
        /// Which effect.
        key: EffectKey,
        /// Its kind.
        kind: String,
    },
}

/// Binds and verifies with the host's key.
#[derive(Clone, Debug)]
pub struct Binder {
    key: HostKey,
}

impl Binder {
    /// A binder with this key.
    pub fn new(key: HostKey) -> Self {
        Self { key }
    }

    /// The idempotency key of an effect. It depends on these four alone, so a
    /// retry after a crash proposes the same key.
    pub fn effect_key(&self, job: &JobId, step: &StepName, round: u32, local_id: &str) -> EffectKey {
        let bytes = canonical_json(&json!([KEY_PURPOSE, job, step, round, local_id]));
        let hash = hex::encode(Sha256::digest(bytes));
        // The job's own time first: keys of one hour then lie together in the
        // outbox's index, and a commit of many steps touches few of its pages.
        let time: String = job.as_str().rsplit('_').next().unwrap_or_default().chars().take(KEY_TIME_CHARS).collect();
        EffectKey::new(format!("{KEY_PREFIX}{time}{}", &hash[..32]))
    }

    /// A local id, or a key written out, as a key.
    pub fn after_key(&self, job: &JobId, step: &StepName, round: u32, after: &str) -> EffectKey {
        if after.starts_with(KEY_PREFIX) { EffectKey::new(after) } else { self.effect_key(job, step, round, after) }
    }

    /// The digest of an effect with its module and rights.
    pub fn digest(&self, input: &BindingInput<'_>) -> String {
        self.mac_text(&Self::effect_bytes(input))
    }

    /// The proof that `by` released `digest` by answering `approval`.
    pub fn release(&self, digest: &str, approval: &ApprovalId, by: &UserId, at: Timestamp, key: &EffectKey) -> Release {
        let mac = self.mac_text(&Self::release_bytes(digest, approval, by, at, key));
        Release { by: by.clone(), at, mac }
    }

    /// Whether the row is what was bound and, for a protected kind, released.
    /// `protected` must come from the kind ([`crate::effect::kind`]), never from the row.
    pub fn verify(&self, row: &OutboxRow, protected: bool) -> Result<(), BindingError> {
        if !self.matches(&Self::effect_bytes(&row.into()), &row.digest) {
            return Err(BindingError::Changed { key: row.key.clone() });
        }
        if !protected {
            return Ok(());
        }
        let (Some(approval), Some(release)) = (&row.approval, &row.release) else {
            return Err(BindingError::NotReleased { key: row.key.clone() });
        };
        let bytes = Self::release_bytes(&row.digest, approval, &release.by, release.at, &row.key);
        // The asked person and the owner of the row are one; a release by
        // anybody else is not a release.
        if release.by != row.user || !self.matches(&bytes, &release.mac) {
            return Err(BindingError::ReleaseForged { key: row.key.clone() });
        }
        Ok(())
    }

    /// [`Binder::verify`] with protection looked up by kind; what a sender calls.
    pub fn verify_for_sending(&self, row: &OutboxRow) -> Result<(), BindingError> {
        match crate::effect::kind(&row.kind) {
            Some(kind) => self.verify(row, kind.protected),
            _ => Err(BindingError::UnknownKind { key: row.key.clone(), kind: row.kind.clone() }),
        }
    }

    /// The seal of an approval: everything that a person is shown of it, and the digests
    /// of what an answer releases. It is kept with the card, and is not part of itself.
    pub fn seal(&self, approval: &PendingAction) -> String {
        self.mac_text(&Self::approval_bytes(approval))
    }

    /// Whether an open approval is what the host asked; in constant time.
    pub fn is_sealed(&self, approval: &PendingAction) -> bool {
        self.matches(&Self::approval_bytes(approval), &approval.card.seal)
    }

    /// The proof that the host wrote a record that lets somebody in or makes them more than
    /// a member: an API key, a session, the mark of an admin. `record` is all that it says.
    pub fn record_proof(&self, kind: &str, record: &Value) -> String {
        self.mac_text(&Self::record_bytes(kind, record))
    }

    /// Whether the host wrote this record; in constant time.
    pub fn is_record(&self, kind: &str, record: &Value, proof: &str) -> bool {
        self.matches(&Self::record_bytes(kind, record), proof)
    }

    /// Whether a bound effect still has this digest; in constant time.
    pub fn is_bound(&self, input: &BindingInput<'_>, digest: &str) -> bool {
        self.matches(&Self::effect_bytes(input), digest)
    }

    fn effect_bytes(input: &BindingInput<'_>) -> Vec<u8> {
        canonical_json(&json!([
            EFFECT_PURPOSE,
            {
                "org": input.org,
                "user": input.user,
                "job": input.job,
                "step": input.step,
                "key": input.key,
                "id": input.local_id,
                "kind": input.kind,
                "payload": input.payload,
                "after": input.after,
                "module": input.module,
                "rights": input.rights,
            }
        ]))
    }

    fn release_bytes(digest: &str, approval: &ApprovalId, by: &UserId, at: Timestamp, key: &EffectKey) -> Vec<u8> {
        // The instant goes in as text: canonical JSON keeps numbers as doubles.
        canonical_json(&json!([RELEASE_PURPOSE, digest, approval, by, at.0.to_string(), key]))
    }

    fn approval_bytes(approval: &PendingAction) -> Vec<u8> {
        let effects: Vec<Value> = approval.effects.iter().map(|bound| json!([bound.key, bound.digest])).collect();
        canonical_json(&json!([
            APPROVAL_PURPOSE,
            {
                "id": approval.id,
                "org": approval.org,
                "user": approval.user,
                "job": approval.job,
                "step": approval.step,
                "round": approval.round,
                "request": approval.request,
                "effects": effects,
                "module": approval.module,
                "rights": approval.rights,
                "raised_by": approval.card.raised_by,
                "nonce": approval.nonce,
                "created_at": approval.created_at.0.to_string(),
            }
        ]))
    }

    fn record_bytes(kind: &str, record: &Value) -> Vec<u8> {
        canonical_json(&json!([RECORD_PURPOSE, kind, record]))
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut block = [0_u8; BLOCK];
        block[..self.key.0.len()].copy_from_slice(&self.key.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(bytes);
        mac
    }

    fn mac_text(&self, bytes: &[u8]) -> String {
        format!("{PREFIX}{}", hex::encode(self.mac(bytes).finalize().into_bytes()))
    }

    fn matches(&self, bytes: &[u8], text: &str) -> bool {
        text.strip_prefix(PREFIX)
            .and_then(|hex| hex::decode(hex).ok())
            .is_some_and(|tag| self.mac(bytes).verify_slice(&tag).is_ok())
    }
}

#[cfg(test)]
mod tests;
