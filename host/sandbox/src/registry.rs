//! Which module serves a skill now, and the older ones that pinned jobs still use.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use skillhost_engine::ids::SkillName;
use skillhost_engine::skill::SkillRef;

use crate::module::Module;

#[derive(Clone, Debug, Default)]
struct Modules {
    active: HashMap<SkillName, Arc<Module>>,
    by_digest: HashMap<String, Arc<Module>>,
    revoked: HashSet<String>,
}

/// Modules by name and by digest. Reading takes no lock; a change swaps the
/// whole map, so that a reader sees one state or the other.
///
/// Invariants: an active module is found by its digest too; a revoked one is not
/// found at all, whatever is activated or kept afterwards.
#[derive(Debug, Default)]
pub struct Registry(ArcSwap<Modules>);

impl Registry {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a module its skill's traffic and answers what it replaces, which
    /// stays callable by digest until it is released. A revoked one gets none.
    pub fn activate(&self, module: Arc<Module>) -> Option<SkillRef> {
        let name = module.skill_ref.name.clone();
        let before = self.0.rcu(|modules| {
            let mut modules = Modules::clone(modules);
            if modules.revoked.contains(&module.skill_ref.digest) {
                return modules;
            }
            modules.by_digest.insert(module.skill_ref.digest.clone(), Arc::clone(&module));
            modules.active.insert(name.clone(), Arc::clone(&module));
            modules
        });
        before.active.get(&name).map(|old| old.skill_ref.clone())
    }

    /// Makes a module callable by digest only: for a job pinned to it.
    pub fn keep(&self, module: Arc<Module>) {
        self.0.rcu(|modules| {
            let mut modules = Modules::clone(modules);
            if !modules.revoked.contains(&module.skill_ref.digest) {
                modules.by_digest.insert(module.skill_ref.digest.clone(), Arc::clone(&module));
            }
            modules
        });
    }

    /// Takes a module out for good: no call starts on it any more. Calls in flight
    /// finish; what they propose is the caller's to void.
    pub fn revoke(&self, digest: &str) {
        self.0.rcu(|modules| {
            let mut modules = Modules::clone(modules);
            modules.revoked.insert(digest.to_owned());
            modules.by_digest.remove(digest);
            modules.active.retain(|_, module| module.skill_ref.digest != digest);
            modules
        });
    }

    /// Whether the module was revoked.
    pub fn is_revoked(&self, digest: &str) -> bool {
        self.0.load().revoked.contains(digest)
    }

    /// Forgets a replaced module; false when it is active or unknown. Calls in
    /// flight finish on it.
    pub fn release(&self, digest: &str) -> bool {
        let before = self.0.rcu(|modules| {
            let mut modules = Modules::clone(modules);
            if !modules.active.values().any(|module| module.skill_ref.digest == digest) {
                modules.by_digest.remove(digest);
            }
            modules
        });
        before.by_digest.contains_key(digest) && !before.active.values().any(|module| module.skill_ref.digest == digest)
    }

    /// The module that serves a skill.
    pub fn active(&self, name: &SkillName) -> Option<Arc<Module>> {
        self.0.load().active.get(name).cloned()
    }

    /// A module by the digest of its bytes.
    pub fn by_digest(&self, digest: &str) -> Option<Arc<Module>> {
        self.0.load().by_digest.get(digest).cloned()
    }

    /// Every active module, by name.
    pub fn list(&self) -> Vec<Arc<Module>> {
        let mut modules: Vec<_> = self.0.load().active.values().cloned().collect();
        modules.sort_by(|a, b| a.skill_ref.name.cmp(&b.skill_ref.name));
        modules
    }
}
