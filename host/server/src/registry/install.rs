//! From bytes to a module that may serve: verify, compile, cache, describe, try,
//! keep, activate. Whatever fails changes nothing.

use std::sync::{Arc, PoisonError};

use serde::Serialize;
use serde_json::json;
use skillhost_engine::canonical::sha256;
use skillhost_engine::registry::{Difference, ModuleRow, ModuleState, Why, last_served};
use skillhost_engine::skill::{Manifest, SkillRef};
use skillhost_engine::store::{StoreError, Write};
use skillhost_sandbox::Module;

use super::change::Change;
use super::trial::{Candidate, Passed};
use super::{HISTORY, Modules, RegistryError, off_the_workers};

/// What an operator wants of an installation.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// It shall serve at once.
    pub activate: bool,
    /// Also when it asks for more than what it replaces.
    pub accept_rights: bool,
}

/// A module that stood every trial.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// Name, version and digest.
    #[serde(flatten)]
    pub skill: SkillRef,
    /// Rights it asks.
    pub rights: Vec<String>,
    /// What it asks beyond what serves.
    pub difference: Difference,
    /// What the trials found.
    pub trials: Vec<Passed>,
}

/// What became of an installation.
#[derive(Clone, Debug, Serialize)]
pub struct Installed {
    /// What was tried.
    #[serde(flatten)]
    pub tried: Tried,
    /// Whether it was not installed before.
    pub new: bool,
    /// Whether it serves now.
    pub active: bool,
    /// What served before it.
    pub replaces: Option<SkillRef>,
    /// Set where it does not serve because it asks for more.
    pub waits_for: Option<&'static str>,
}

/// Times an installation is decided anew because another host changed the skill first:
/// hosts that start together install the same folder.
const MAX_CONFLICTS: u32 = 8;
/// What an installation that asks for more waits for.
const ACCEPT_RIGHTS: &str = "accept-rights";

/// Loaded, described and tried, and not kept yet.
pub(super) struct Ready {
    pub(super) module: Arc<Module>,
    pub(super) digest: String,
    pub(super) trials: Vec<Passed>,
}

impl Modules {
    /// Verifies, compiles, describes and tries; nothing is kept but the compiled code.
    ///
    /// # Errors
    /// What is wrong with the module.
    pub async fn try_module(&self, bytes: Vec<u8>) -> Result<Tried, RegistryError> {
        let ready = self.ready(&bytes, true).await?;
        self.tried(&ready).await
    }

    /// Installs a module, and lets it serve where `how` says so.
    ///
    /// # Errors
    /// What is wrong with the module, or with the store; nothing has changed then.
    pub async fn install(&self, bytes: Vec<u8>, by: &str, how: How) -> Result<Installed, RegistryError> {
        let digest = sha256(&bytes);
        if self.is_revoked(&digest) {
            return Err(RegistryError::Revoked { digest });
        }
        let ready = self.ready(&bytes, how.activate).await?;
        self.keep(ready, bytes, by, how).await
    }

    /// Keeps a module and lets it serve without asking it what it is: for benches, which
    /// make many modules of one component.
    pub(crate) async fn adopt(&self, bytes: Vec<u8>, by: &str) -> Result<SkillRef, RegistryError> {
        let module = self.load(bytes.clone()).await?;
        let ready = Ready { digest: module.skill_ref.digest.clone(), module, trials: Vec::new() };
        let how = How { activate: true, accept_rights: true };
        Ok(self.keep(ready, bytes, by, how).await?.tried.skill)
    }

    /// Everything before a module is kept; the trials where it shall serve.
    async fn ready(&self, bytes: &[u8], on_trial: bool) -> Result<Ready, RegistryError> {
        let module = self.load(bytes.to_vec()).await?;
        self.describe(module, bytes, on_trial).await
    }

    pub(super) async fn describe(
        &self,
        module: Arc<Module>,
        bytes: &[u8],
        on_trial: bool,
    ) -> Result<Ready, RegistryError> {
        self.runner.sandbox().check_description(bytes).await?;
        let trials = if on_trial { self.stand(&module).await? } else { Vec::new() };
        Ok(Ready { digest: module.skill_ref.digest.clone(), module, trials })
    }

    /// Runs every trial on a module; the first that fails ends it.
    pub(super) async fn stand(&self, module: &Arc<Module>) -> Result<Vec<Passed>, RegistryError> {
        let trials = self.trials.read().unwrap_or_else(PoisonError::into_inner).clone();
        let candidate = Candidate::new(self.runner.sandbox(), Arc::clone(module));
        let mut passed = Vec::with_capacity(trials.len());
        for trial in trials {
            match trial.run(&candidate).await {
                Ok(found) => passed.push(Passed { trial: trial.name(), found }),
                Err(message) => return Err(RegistryError::Trial { trial: trial.name(), message }),
            }
        }
        Ok(passed)
    }

    async fn tried(&self, ready: &Ready) -> Result<Tried, RegistryError> {
        Ok(Tried {
            skill: ready.module.skill_ref.clone(),
            rights: ready.module.manifest.rights.clone(),
            difference: self.difference(&ready.module.manifest).await?,
            trials: ready.trials.clone(),
        })
    }

    /// What a manifest asks beyond what serves its skill, or served it last.
    pub(super) async fn difference(&self, manifest: &Manifest) -> Result<Difference, RegistryError> {
        let active = match self.standing(&manifest.name).active {
            Some(active) => Some(active),
            None => last_served(&self.store.skill_history(&manifest.name, HISTORY).await?).map(str::to_owned),
        };
        Ok(self.look(|known| {
            let before = active.and_then(|digest| known.modules.get(&digest));
            Difference::between(before.map(|row| &row.manifest), manifest)
        }))
    }

    pub(super) async fn keep(
        &self,
        ready: Ready,
        bytes: Vec<u8>,
        by: &str,
        how: How,
    ) -> Result<Installed, RegistryError> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut conflicts = 0;
        // Before the row that names it.
        let bytes = Arc::new(bytes);
        loop {
            let _turn = self.turn().await?;
            if self.is_revoked(&ready.digest) {
                return Err(RegistryError::Revoked { digest: ready.digest });
            }
            let (files, digest, bytes) = (Arc::clone(&self.files), ready.digest.clone(), Arc::clone(&bytes));
            self.store.keep_module(&digest, &bytes).await?;
            off_the_workers(move || files.put(&digest, &bytes)).await??;
            match self.keep_row(&ready, size, by, how).await {
                Err(RegistryError::Store(StoreError::Conflict { .. }))
                    if self.store.is_shared() && conflicts < MAX_CONFLICTS =>
                {
                    conflicts += 1;
                }
                kept => return kept,
            }
        }
    }

    /// Records a module whose bytes are kept, and lets it serve where `how` says so. The
    /// caller holds the turn.
    async fn keep_row(&self, ready: &Ready, size: u64, by: &str, how: How) -> Result<Installed, RegistryError> {
        let tried = self.tried(ready).await?;
        let skill = tried.skill.clone();
        let row = ModuleRow {
            digest: ready.digest.clone(),
            name: skill.name.clone(),
            version: skill.version.clone(),
            manifest: (*ready.module.manifest).clone(),
            bytes: size,
            state: ModuleState::Installed,
            installed_at: self.clock.now(),
            installed_by: by.to_owned(),
        };
        let new = self.look(|known| !known.modules.contains_key(&row.digest));
        let mut writes = Vec::new();
        if new {
            let detail =
                json!({ "skill": skill.name, "version": skill.version, "asks_beyond": tried.difference.added });
            writes.push(self.audit(by, "skill.installed", &row.digest, detail));
            writes.push(Write::NewModule(Box::new(row.clone())));
        }
        let before = self.standing(&skill.name).active;
        let serves = before.as_ref() == Some(&row.digest);
        let held = tried.difference.asks_for_more() && !how.accept_rights;
        let replaces =
            before.and_then(|digest| self.look(|known| known.modules.get(&digest).map(ModuleRow::skill_ref)));
        let mut installed = Installed { tried, new, active: serves, replaces, waits_for: None };
        if serves {
            // Its file may have been restored just now.
            self.runner.registry().activate(Arc::clone(&ready.module));
            installed.replaces = None;
            return Ok(installed);
        }
        let admit = |known: &mut super::Known| {
            known.modules.insert(row.digest.clone(), row.clone());
        };
        if !how.activate || held {
            self.commit(writes).await?;
            if new {
                self.note(admit);
            }
            installed.waits_for = (how.activate && held).then_some(ACCEPT_RIGHTS);
            if installed.waits_for.is_some() {
                tracing::warn!(
                    skill = %skill.name, version = skill.version, digest = row.digest,
                    beyond = ?installed.tried.difference.added,
                    "installed, and not active: it asks for more than what it replaces"
                );
            }
            return Ok(installed);
        }
        let why = if new { Why::Install } else { Why::Activate };
        let accepted = &installed.tried.difference;
        let note = accepted.asks_for_more().then(|| format!("accepted: {}", accepted.added.join(", ")));
        let change = Change { why, by, note, writes };
        self.serve(Arc::clone(&ready.module), change, admit).await?;
        installed.active = true;
        Ok(installed)
    }
}
