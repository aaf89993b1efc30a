//! What serves is changed by an operator: activate, roll back, revoke. Each is one
//! commit, and then one swap in memory.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use skillhost_engine::ids::SkillName;
use skillhost_engine::registry::{
    ModuleRow, ModuleState, Revocation, SkillChange, Standing, Why, named, rollback_target,
};
use skillhost_engine::skill::SkillRef;
use skillhost_engine::store::Write;
use skillhost_sandbox::Module;

use super::{HISTORY, Known, Modules, RegistryError};

/// Shortest beginning of a digest that names a module to revoke.
const MIN_REVOKED_PREFIX: usize = 8;

/// What serves after a change.
#[derive(Clone, Debug, Serialize)]
pub struct Served {
    /// The skill.
    pub skill: SkillName,
    /// What serves now.
    pub active: Option<SkillRef>,
    /// What served before.
    pub replaces: Option<SkillRef>,
    /// What changed, as the history has it.
    pub why: Why,
    /// What is worth knowing besides.
    pub note: Option<String>,
}

/// A change on its way into the history.
pub(super) struct Change<'a> {
    pub(super) why: Why,
    pub(super) by: &'a str,
    pub(super) note: Option<String>,
    /// What is committed with it, before it.
    pub(super) writes: Vec<Write>,
}

impl Modules {
    /// Commits that a module serves, and lets it serve. `admit` puts into memory what
    /// the commit holds besides. The caller holds the turn.
    pub(super) async fn serve(
        &self,
        module: Arc<Module>,
        change: Change<'_>,
        admit: impl FnOnce(&mut Known),
    ) -> Result<Served, RegistryError> {
        let skill = module.skill_ref.clone();
        let Change { why, by, note, mut writes } = change;
        let before = self.standing(&skill.name);
        let line = SkillChange {
            skill: skill.name.clone(),
            seq: before.seq + 1,
            why,
            digest: skill.digest.clone(),
            by: by.to_owned(),
            at: self.clock.now(),
            note: note.clone(),
            active: Some(skill.digest.clone()),
            canary: None,
        };
        let detail = json!({
            "skill": skill.name, "version": skill.version, "replaces": before.active, "note": note,
            "ends_canary": before.canary.as_ref().map(|canary| &canary.digest),
        });
        writes.push(self.audit(by, &format!("skill.{}", why.as_str()), &skill.digest, detail));
        writes.push(Write::SkillChange(line.clone()));
        self.commit(writes).await?;
        self.note(|known| {
            admit(known);
            known.standings.insert(skill.name.clone(), Standing::from(&line));
        });
        let replaces = self.runner.registry().activate(module).filter(|old| old.digest != skill.digest);
        self.shares.forget(&skill.name);
        let ended = before.canary.map(|canary| canary.digest);
        for digest in replaces.iter().map(|old| old.digest.clone()).chain(ended) {
            self.forget_replaced(&skill.name, &digest);
        }
        tracing::info!(
            skill = %skill.name, version = skill.version, digest = skill.digest, why = why.as_str(), by,
            "a module serves"
        );
        Ok(Served { skill: skill.name.clone(), active: Some(skill), replaces, why, note })
    }

    pub(super) fn named(&self, skill: &SkillName, which: &str) -> Result<ModuleRow, RegistryError> {
        let row = self.look(|known| named(known.modules.values(), skill, which).cloned())?;
        if row.state == ModuleState::Revoked {
            return Err(RegistryError::Revoked { digest: row.digest });
        }
        Ok(row)
    }

    /// Lets an installed version serve.
    ///
    /// # Errors
    /// There is no such version, it fails a trial, or it asks for more and nobody
    /// accepted that.
    pub async fn activate(
        &self,
        skill: &SkillName,
        which: &str,
        accept_rights: bool,
        by: &str,
    ) -> Result<Served, RegistryError> {
        let _turn = self.turn().await?;
        let row = self.named(skill, which)?;
        let difference = self.difference(&row.manifest).await?;
        if difference.asks_for_more() && !accept_rights {
            return Err(RegistryError::AsksForMore { skill: skill.clone(), digest: row.digest, difference });
        }
        let note = difference.asks_for_more().then(|| format!("accepted: {}", difference.added.join(", ")));
        let module = self.module(&row.digest).await?;
        self.stand(&module).await?;
        self.serve(module, Change { why: Why::Activate, by, note, writes: Vec::new() }, |_| {}).await
    }

    /// Goes back to what served before.
    ///
    /// # Errors
    /// Nothing did that may still serve.
    pub async fn rollback(&self, skill: &SkillName, by: &str) -> Result<Served, RegistryError> {
        let _turn = self.turn().await?;
        let history = self.store.skill_history(skill, HISTORY).await?;
        if history.is_empty() {
            return Err(RegistryError::NoSkill { skill: skill.clone() });
        }
        let target = rollback_target(&history, |digest| self.is_revoked(digest)).map(str::to_owned);
        let Some(digest) = target else { return Err(RegistryError::NothingBefore { skill: skill.clone() }) };
        let module = self.module(&digest).await?;
        self.serve(module, Change { why: Why::Rollback, by, note: None, writes: Vec::new() }, |_| {}).await
    }

    /// Takes a module out for good. What it proposed and has not left is void; where
    /// it served, the version before it serves, if there is one that may.
    ///
    /// # Errors
    /// There is no such module, or it is revoked already.
    pub async fn revoke(&self, which: &str, reason: &str, by: &str) -> Result<Served, RegistryError> {
        let _turn = self.turn().await?;
        let row = self.by_prefix(which)?;
        if row.state == ModuleState::Revoked {
            return Err(RegistryError::Revoked { digest: row.digest });
        }
        let (skill, digest) = (row.name.clone(), row.digest.clone());
        let before = self.standing(&skill);
        let served = before.active.as_ref() == Some(&digest);
        let mut after = before.clone();
        after.seq += 1;
        after.canary = after.canary.filter(|canary| canary.digest != digest);
        let fallback = if served { self.fallback(&skill, &digest).await? } else { None };
        if served {
            after.active = fallback.as_ref().map(|module| module.skill_ref.digest.clone());
        }
        let note = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
        let now = self.clock.now();
        let line = SkillChange {
            skill: skill.clone(),
            seq: after.seq,
            why: Why::Revoke,
            digest: digest.clone(),
            by: by.to_owned(),
            at: now,
            note: note.clone(),
            active: after.active.clone(),
            canary: after.canary.clone(),
        };
        let detail = json!({ "skill": skill, "version": row.version, "reason": reason, "serves_now": after.active });
        let revoked = Write::RevokeModule(Revocation {
            digest: digest.clone(),
            by: by.to_owned(),
            reason: reason.to_owned(),
            at: now,
        });
        let audit = self.audit(by, "skill.revoke", &digest, detail);
        self.commit(vec![revoked, audit, Write::SkillChange(line)]).await?;
        self.note(|known| {
            if let Some(row) = known.modules.get_mut(&digest) {
                row.state = ModuleState::Revoked;
            }
            known.standings.insert(skill.clone(), after);
        });
        let registry = self.runner.registry();
        let active = fallback.map(|module| {
            let active = module.skill_ref.clone();
            registry.activate(module);
            active
        });
        registry.revoke(&digest);
        if served || before.canary.is_some_and(|canary| canary.digest == digest) {
            self.shares.forget(&skill);
        }
        tracing::warn!(skill = %skill, version = row.version, digest, by, "a module is revoked");
        let active = if served { active } else { self.resolve_active(&skill) };
        Ok(Served { replaces: served.then(|| row.skill_ref()), skill, active, why: Why::Revoke, note })
    }

    fn resolve_active(&self, skill: &SkillName) -> Option<SkillRef> {
        let digest = self.standing(skill).active?;
        self.look(|known| known.modules.get(&digest).map(ModuleRow::skill_ref))
    }

    /// What serves when `digest` no longer may. A version whose file is damaged is
    /// passed over: a revocation is not held up by another module's trouble.
    async fn fallback(&self, skill: &SkillName, digest: &str) -> Result<Option<Arc<Module>>, RegistryError> {
        let history = self.store.skill_history(skill, HISTORY).await?;
        let mut unfit = vec![digest.to_owned()];
        loop {
            let is_out = |other: &str| unfit.iter().any(|unfit| unfit == other) || self.is_revoked(other);
            let Some(target) = rollback_target(&history, is_out).map(str::to_owned) else { return Ok(None) };
            match self.module(&target).await {
                Ok(module) => return Ok(Some(module)),
                Err(error) => tracing::error!(digest = target, %error, "an earlier version cannot serve"),
            }
            unfit.push(target);
        }
    }

    fn by_prefix(&self, which: &str) -> Result<ModuleRow, RegistryError> {
        let hex = which.strip_prefix("sha256:").unwrap_or(which);
        let nothing = || RegistryError::NoModule { digest: which.to_owned() };
        if hex.len() < MIN_REVOKED_PREFIX {
            return Err(nothing());
        }
        let found = self.look(|known| {
            let fits = known
                .modules
                .values()
                .filter(|row| row.digest.strip_prefix("sha256:").is_some_and(|full| full.starts_with(hex)));
            fits.take(2).cloned().collect::<Vec<_>>()
        });
        match found.as_slice() {
            [row] => Ok(row.clone()),
            // Two beginnings alike: the operator writes more of it.
            _ => Err(nothing()),
        }
    }
}
