//! Effects of a restored database: an operator looks at them, and lets them leave or
//! drops them.

use std::sync::Arc;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skillhost_engine::checkpoint;
use skillhost_engine::hold::{Doubt, EffectHold, HeldEffect, about, doubt};
use skillhost_engine::ids::{EffectKey, JobId, OrgId, StepName, UserId};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::Timestamp;

use crate::answer::AnswerError;
use crate::app::App;

/// Held effects shown at once.
const MAX_SHOWN: u32 = 500;

/// An effect that is held, as a person decides about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldLine {
    /// Its key.
    pub key: EffectKey,
    /// Tenant.
    pub org: OrgId,
    /// Whose.
    pub user: UserId,
    /// Its job.
    pub job: JobId,
    /// Its step.
    pub step: StepName,
    /// What kind.
    pub kind: String,
    /// To whom and what, on one line.
    pub about: String,
    /// Whether it may have happened already.
    pub doubt: Doubt,
    /// Since when it waits.
    pub since: Timestamp,
}

/// What is held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldView {
    /// Why; nothing is held without.
    pub hold: Option<EffectHold>,
    /// The effects, oldest first.
    pub effects: Vec<HeldLine>,
}

/// Holds all effects where the database shows that it was restored.
///
/// # Errors
/// The store cannot be read or written.
pub(crate) async fn notice(store: &dyn Store, boot: &str, now: Timestamp) -> Result<(), StoreError> {
    if store.notice_restore(boot, now).await?.is_some() {
        tracing::warn!(
            "the database is a copy, or went back in time: no effect leaves; `skillhost effects list --held`"
        );
    }
    Ok(())
}

impl App {
    /// What is held.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn held(&self) -> Result<HeldView, StoreError> {
        let Some(hold) = self.store.hold().await? else { return Ok(HeldView { hold: None, effects: Vec::new() }) };
        let effects = self.store.held_effects(MAX_SHOWN).await?.iter().map(|held| line(&hold, held)).collect();
        Ok(HeldView { hold: Some(hold), effects })
    }

    /// Lets these effects leave, or all of them for good; how many.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn release_held(&self, keys: Option<&[EffectKey]>, by: &str) -> Result<u64, StoreError> {
        let released = self.store.release_held(keys, by, self.clock.now()).await?;
        tracing::warn!(released, by, all = keys.is_none(), "held effects may leave");
        self.wake.effects();
        Ok(released)
    }

    /// Drops held effects: they never leave.
    ///
    /// # Errors
    /// One of them is not held, and none was dropped; or one was settled meanwhile, or the
    /// store cannot be written, and those before it are dropped.
    pub async fn discard_held(self: &Arc<Self>, keys: &[EffectKey], by: &str) -> Result<(), AnswerError> {
        let held = self.store.held_effects(u32::MAX).await?;
        let held: BTreeMap<&EffectKey, &HeldEffect> = held.iter().map(|held| (&held.row.key, held)).collect();
        let found = keys.iter().map(|key| held.get(key).copied().ok_or(AnswerError::NotFound));
        for held in found.collect::<Result<Vec<_>, _>>()? {
            let key = &held.row.key;
            self.decide(&held.row.org, &held.row.job, |situation, job| {
                let state = job.effects.get(key).map(|row| row.state);
                if state != Some(EffectState::Ready) {
                    let reason = state.map_or("it is gone", EffectState::as_str).to_owned();
                    return Err(AnswerError::TooLate { reason });
                }
                Ok(checkpoint::effect_discarded(situation, job, key, by)?)
            })
            .await?;
        }
        Ok(())
    }
}

fn line(hold: &EffectHold, held: &HeldEffect) -> HeldLine {
    let row = &held.row;
    HeldLine {
        key: row.key.clone(),
        org: row.org.clone(),
        user: row.user.clone(),
        job: row.job.clone(),
        step: row.step.clone(),
        kind: row.kind.clone(),
        about: about(row),
        doubt: doubt(hold, held),
        since: row.created_at,
    }
}
