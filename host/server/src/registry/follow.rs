//! A host follows what another one on its database changed: what is installed, what
//! serves, what is revoked.

use std::sync::Arc;

use skillhost_engine::ids::SkillName;
use skillhost_engine::registry::Standing;
use skillhost_sandbox::Module;
use tokio::sync::MutexGuard;

use super::{Known, Modules, RegistryError};

/// A skill whose standing another host changed.
struct Moved {
    skill: SkillName,
    after: Standing,
    active: Option<Arc<Module>>,
}

impl Modules {
    /// The right to change what serves. On a database that hosts share, what the others
    /// changed is known then, so that a change is decided on what there is.
    pub(super) async fn turn(&self) -> Result<MutexGuard<'_, ()>, RegistryError> {
        let turn = self.turn.lock().await;
        if self.store.is_shared() {
            self.catch_up().await?;
        }
        Ok(turn)
    }

    /// Lets serve what serves on the other hosts.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn follow(&self) -> Result<(), RegistryError> {
        let _turn = self.turn.lock().await;
        self.catch_up().await
    }

    /// Loads what others let serve before it is chosen. A module that cannot be loaded
    /// here is chosen too: its steps fail with the reason, and run on no other version.
    /// The caller holds the turn.
    async fn catch_up(&self) -> Result<(), RegistryError> {
        let Known { modules, standings: mut latest } = self.stored().await?;
        let registry = self.runner.registry();
        let moved = self.look(|known| {
            latest.retain(|skill, after| known.standings.get(skill).is_none_or(|before| before.seq < after.seq));
            latest
        });
        let mut ready = Vec::with_capacity(moved.len());
        for (skill, after) in moved {
            if let Some(share) = &after.canary
                && let Some(module) = self.loaded(&share.digest).await
            {
                registry.keep(module);
            }
            let active = match &after.active {
                Some(digest) => self.loaded(digest).await,
                None => None,
            };
            ready.push(Moved { skill, after, active });
        }
        self.note(|known| {
            known.modules = modules;
            for Moved { skill, after, .. } in &ready {
                known.standings.insert(skill.clone(), after.clone());
            }
        });
        for Moved { skill, after, active } in ready {
            tracing::info!(skill = %skill, active = after.active, seq = after.seq, "another host changed what serves");
            let replaced = active.and_then(|module| registry.activate(module));
            if let Some(old) = replaced.filter(|old| Some(&old.digest) != after.active.as_ref()) {
                self.forget_replaced(&skill, &old.digest);
            }
            self.shares.forget(&skill);
        }
        Ok(())
    }

    async fn loaded(&self, digest: &str) -> Option<Arc<Module>> {
        match self.module(digest).await {
            Ok(module) => Some(module),
            Err(error) => {
                tracing::error!(digest, %error, hint = error.hint(), "a module that serves cannot be loaded here");
                None
            }
        }
    }
}
