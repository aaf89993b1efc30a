//! The modules of a running host: what is installed, what serves, and every way in
//! which that changes.
//!
//! Invariants:
//! - A change is committed before it takes effect, and takes effect in one step; a
//!   call sees the module before it or the one after it.
//! - A module takes traffic only after it was verified, compiled, described and tried.
//! - A revoked module takes no call, and what it proposed and has not left is void.
//! - The bytes of every installed module are kept, so that a job pinned to it finds
//!   it after any restart, and on any host that shares the database.

mod change;
mod error;
mod files;
mod follow;
mod install;
mod restore;
mod share;
mod trial;
mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::Serialize;
use skillhost_engine::canary::{Figures, Thresholds};
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{JobId, SkillName};
use skillhost_engine::registry::{
    CanaryShare, ModuleRow, ModuleState, SkillChange, Standing, host_org, named, standings,
};
use skillhost_engine::skill::{CallError, Manifest, SkillRef};
use skillhost_engine::store::{AuditRow, Batch, Store, Write};
use skillhost_engine::time::Clock;
use skillhost_sandbox::{Module, SandboxRunner};

pub use change::Served;
pub use error::RegistryError;
pub use files::FileError;
pub(crate) use files::ModuleFiles;
pub use install::{How, Installed, Tried};
pub use restore::RestoreError;
use share::Shares;
pub(crate) use trial::LastCalls;
pub use trial::{Candidate, Passed, Trial};
pub use watch::watch;

/// Replaced modules of a skill that stay in memory: jobs pinned to older ones load
/// them from their files again.
const KEPT_REPLACED: usize = 4;
/// Changes of a skill that are looked at and shown.
const HISTORY: u32 = 200;

#[derive(Debug, Default)]
struct Known {
    modules: BTreeMap<String, ModuleRow>,
    standings: BTreeMap<SkillName, Standing>,
}

/// See the [module](self).
pub struct Modules {
    runner: SandboxRunner,
    files: Arc<ModuleFiles>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    thresholds: Thresholds,
    trials: RwLock<Vec<Arc<dyn Trial>>>,
    /// One change at a time, so that each is decided on what the one before left.
    turn: tokio::sync::Mutex<()>,
    /// What the database says. Held to look up or to put in one row, never across an await.
    known: RwLock<Known>,
    /// Replaced modules in memory, by skill, oldest first.
    replaced: Mutex<BTreeMap<SkillName, VecDeque<String>>>,
    shares: Shares,
}

/// Reading, hashing and compiling take up to seconds, which no async worker has.
async fn off_the_workers<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, RegistryError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| RegistryError::Stopped)
}

/// A skill as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct SkillHistory {
    /// The skill.
    pub name: SkillName,
    /// What serves.
    pub active: Option<String>,
    /// What serves a share, and how it does.
    pub canary: Option<CanaryView>,
    /// Every installed version, newest last.
    pub modules: Vec<ModuleView>,
    /// What happened, oldest first.
    pub changes: Vec<SkillChange>,
}

/// A canary under way.
#[derive(Clone, Debug, Serialize)]
pub struct CanaryView {
    /// Which share of the jobs it serves.
    #[serde(flatten)]
    pub share: CanaryShare,
    /// Calls of what serves since it began, as the journals tell and this process saw.
    pub stable_calls: Figures,
    /// Calls of its own.
    pub canary_calls: Figures,
}

/// An installed module.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // the fields are those of ModuleRow
pub struct ModuleView {
    pub digest: String,
    pub version: String,
    pub state: ModuleState,
    pub bytes: u64,
    pub rights: Vec<String>,
    pub installed_at: skillhost_engine::time::Timestamp,
    pub installed_by: String,
}

impl From<&ModuleRow> for ModuleView {
    fn from(row: &ModuleRow) -> Self {
        Self {
            digest: row.digest.clone(),
            version: row.version.clone(),
            state: row.state,
            bytes: row.bytes,
            rights: row.manifest.rights.clone(),
            installed_at: row.installed_at,
            installed_by: row.installed_by.clone(),
        }
    }
}

impl Modules {
    /// Modules kept in `dir` and in `store`, called by `runner`. Nothing is loaded yet;
    /// see [`Modules::restore`].
    pub fn new(
        runner: SandboxRunner,
        dir: PathBuf,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        thresholds: Thresholds,
    ) -> Self {
        Self {
            runner,
            files: Arc::new(ModuleFiles::new(dir)),
            store,
            clock,
            thresholds,
            trials: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            known: RwLock::default(),
            replaced: Mutex::default(),
            shares: Shares::default(),
        }
    }

    /// Calls the modules.
    pub fn runner(&self) -> &SandboxRunner {
        &self.runner
    }

    /// Adds something that every further module must stand.
    pub fn add_trial(&self, trial: Arc<dyn Trial>) {
        self.trials.write().unwrap_or_else(PoisonError::into_inner).push(trial);
    }

    fn look<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        // A panic under this lock leaves whole maps behind.
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, note: impl FnOnce(&mut Known)) {
        note(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Reads what the database says.
    async fn read(&self) -> Result<(), skillhost_engine::store::StoreError> {
        let stored = self.stored().await?;
        self.note(|known| *known = stored);
        Ok(())
    }

    /// What the database says now. What was revoked serves no more from then on.
    async fn stored(&self) -> Result<Known, skillhost_engine::store::StoreError> {
        let (rows, changes) = futures::try_join!(self.store.modules(), self.store.skill_standings())?;
        for row in rows.iter().filter(|row| row.state == ModuleState::Revoked) {
            self.runner.registry().revoke(&row.digest);
        }
        let modules = rows.into_iter().map(|row| (row.digest.clone(), row)).collect();
        Ok(Known { modules, standings: standings(&changes) })
    }

    /// Names of the skills that something serves.
    pub fn names(&self) -> Vec<SkillName> {
        self.look(|known| {
            let serving = known.standings.iter().filter(|(_, standing)| standing.active.is_some());
            serving.map(|(name, _)| name.clone()).collect()
        })
    }

    /// Every installed module of a skill, revoked ones too, by when they were installed.
    pub fn installed(&self, skill: &SkillName) -> Vec<ModuleRow> {
        let mut rows: Vec<ModuleRow> =
            self.look(|known| known.modules.values().filter(|row| row.name == *skill).cloned().collect());
        rows.sort_by(|a, b| (a.installed_at, &a.digest).cmp(&(b.installed_at, &b.digest)));
        rows
    }

    /// What serves a skill.
    pub fn standing(&self, skill: &SkillName) -> Standing {
        self.look(|known| known.standings.get(skill).cloned().unwrap_or_default())
    }

    /// Every active module, by name, as the database has it.
    pub fn active(&self) -> Vec<(SkillRef, Arc<Manifest>)> {
        self.look(|known| {
            let active = known.standings.values().filter_map(|standing| standing.active.as_ref());
            let rows = active.filter_map(|digest| known.modules.get(digest));
            rows.map(|row| (row.skill_ref(), Arc::new(row.manifest.clone()))).collect()
        })
    }

    /// The module that serves a job's next step of a skill: the canary's where the
    /// job is of its share.
    pub fn resolve(&self, job: &JobId, skill: &SkillName) -> Option<SkillRef> {
        self.look(|known| {
            let standing = known.standings.get(skill)?;
            let canary = standing.canary.as_ref();
            let canary = canary.filter(|canary| skillhost_engine::canary::takes(job, skill, canary.percent));
            let digest = canary.map(|canary| &canary.digest).or(standing.active.as_ref())?;
            known.modules.get(digest).map(ModuleRow::skill_ref)
        })
    }

    /// The module that a step names, also where it is revoked, which its call tells.
    pub fn called(&self, skill: &SkillName, which: &str) -> Option<SkillRef> {
        self.look(|known| named(known.modules.values(), skill, which).ok().map(ModuleRow::skill_ref))
    }

    /// Whether a module was revoked.
    pub fn is_revoked(&self, digest: &str) -> bool {
        self.look(|known| known.modules.get(digest).is_some_and(|row| row.state == ModuleState::Revoked))
    }

    /// Makes a module callable by its digest, from its file where it is not in memory.
    ///
    /// # Errors
    /// It is revoked, or its file is gone or changed.
    pub async fn at_hand(&self, skill: &SkillRef) -> Result<(), CallError> {
        let (name, digest) = (skill.name.to_string(), &skill.digest);
        if self.is_revoked(digest) {
            return Err(CallError::Revoked { skill: name, digest: digest.clone() });
        }
        if self.runner.registry().by_digest(digest).is_some() {
            return Ok(());
        }
        let unavailable = |message: String| CallError::Unavailable { skill: name.clone(), message };
        let bytes = self.bytes(digest).await.map_err(|error| unavailable(error.to_string()))?;
        let module = self.load(bytes).await.map_err(|error| unavailable(error.to_string()))?;
        self.runner.registry().keep(module);
        self.forget_replaced(&skill.name, digest);
        Ok(())
    }

    /// Remembers a module that does not serve and forgets the oldest such of its skill.
    fn forget_replaced(&self, skill: &SkillName, digest: &str) {
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        let list = replaced.entry(skill.clone()).or_default();
        list.retain(|known| known != digest);
        list.push_back(digest.to_owned());
        let serving = self.standing(skill).canary.map(|canary| canary.digest);
        while list.len() > KEPT_REPLACED {
            let Some(oldest) = list.pop_front() else { return };
            if serving.as_ref() != Some(&oldest) {
                // An active one stays: the registry does not release it.
                self.runner.registry().release(&oldest);
            }
        }
    }

    /// From its file; where that is gone or damaged, from what another host kept.
    async fn bytes(&self, digest: &str) -> Result<Vec<u8>, RegistryError> {
        let (files, name) = (Arc::clone(&self.files), digest.to_owned());
        let error = match off_the_workers(move || files.get(&name)).await? {
            Ok(bytes) => return Ok(bytes),
            Err(error) => error,
        };
        let Some(bytes) = self.store.module_bytes(digest).await? else { return Err(error.into()) };
        if sha256(&bytes) != digest {
            return Err(error.into());
        }
        let (files, name) = (Arc::clone(&self.files), digest.to_owned());
        off_the_workers(move || files.put(&name, &bytes).map(|()| bytes)).await?.map_err(RegistryError::from)
    }

    /// An installed module, its file held against its digest; compiled code that is in
    /// memory is not loaded again.
    async fn module(&self, digest: &str) -> Result<Arc<Module>, RegistryError> {
        let bytes = self.bytes(digest).await?;
        match self.runner.registry().by_digest(digest) {
            Some(module) => Ok(module),
            None => self.load(bytes).await,
        }
    }

    /// Verifies, compiles or takes from the cache, and links.
    async fn load(&self, bytes: Vec<u8>) -> Result<Arc<Module>, RegistryError> {
        let sandbox = Arc::clone(self.runner.sandbox());
        Ok(off_the_workers(move || sandbox.load(&bytes)).await??)
    }

    /// Everything about one skill.
    ///
    /// # Errors
    /// There is no such skill, or the store cannot be read.
    pub async fn history(&self, skill: &SkillName) -> Result<SkillHistory, RegistryError> {
        let changes = self.store.skill_history(skill, HISTORY).await?;
        let standing = self.standing(skill);
        let rows = self.installed(skill);
        if rows.is_empty() {
            return Err(RegistryError::NoSkill { skill: skill.clone() });
        }
        let canary = standing.canary.map(|share| {
            let (stable_calls, canary_calls) = self.shares.figures(skill);
            CanaryView { share, stable_calls, canary_calls }
        });
        Ok(SkillHistory {
            name: skill.clone(),
            active: standing.active,
            canary,
            modules: rows.iter().map(ModuleView::from).collect(),
            changes,
        })
    }

    fn audit(&self, by: &str, action: &str, subject: &str, detail: serde_json::Value) -> Write {
        Write::Audit(AuditRow {
            org: host_org(),
            job: None,
            actor: by.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
            at: self.clock.now(),
        })
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), RegistryError> {
        Ok(self.store.commit(Batch { writes }).await?)
    }
}
