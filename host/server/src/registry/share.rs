//! A canary: a share of the jobs, counted beside the version that serves, and taken
//! back by itself when it does worse.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use skillhost_engine::canary::{Figures, RECOUNTED, Tally, Verdict, judge};
use skillhost_engine::ids::{JobId, SkillName};
use skillhost_engine::registry::{CanaryShare, Difference, ModuleRow, ModuleState, SkillChange, Standing, Why};
use skillhost_engine::replay::{RecordedCall, calls};
use skillhost_engine::skill::{CallReport, SkillRef};
use skillhost_engine::store::{StoreError, Write};

use super::{Modules, RegistryError, Served};

/// Who takes a canary back by itself.
const HOST: &str = "host";

#[derive(Debug, Default)]
struct Pair {
    stable: Tally,
    canary: Tally,
}

/// Calls counted by skill while it has a canary. Kept in memory; a starting host
/// counts them anew from the journals ([`Modules::recount`]).
#[derive(Debug, Default)]
pub(super) struct Shares(Mutex<BTreeMap<SkillName, Pair>>);

impl Shares {
    fn with<T>(&self, skill: &SkillName, use_it: impl FnOnce(&mut Pair) -> T) -> T {
        let mut pairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        use_it(pairs.entry(skill.clone()).or_default())
    }

    pub(super) fn figures(&self, skill: &SkillName) -> (Figures, Figures) {
        self.with(skill, |pair| (pair.stable.figures(), pair.canary.figures()))
    }

    pub(super) fn forget(&self, skill: &SkillName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(skill);
    }
}

impl Modules {
    /// Gives a share of the jobs to an installed version; `None` means the newest
    /// that does not serve.
    ///
    /// # Errors
    /// There is no such version, it serves already, the share is none, or it asks for
    /// more and nobody accepted that.
    pub async fn canary(
        &self,
        skill: &SkillName,
        which: Option<&str>,
        percent: u8,
        accept_rights: bool,
        by: &str,
    ) -> Result<Served, RegistryError> {
        let _turn = self.turn().await?;
        let no = |message: String| Err(RegistryError::NoCanary { message });
        if !(1..=99).contains(&percent) {
            return no(format!("a share of {percent} percent is no canary"));
        }
        let before = self.standing(skill);
        let Some(active) = before.active.clone() else {
            return no(format!("nothing serves `{skill}` that a canary could be compared with"));
        };
        let row = match which {
            Some(which) => self.named(skill, which)?,
            None => match self.newest_besides(skill, &active) {
                Some(row) => row,
                None => return no(format!("no version of `{skill}` is installed besides the one that serves")),
            },
        };
        if row.digest == active {
            return no(format!("version {} of `{skill}` serves already", row.version));
        }
        let difference = self.difference(&row.manifest).await?;
        if difference.asks_for_more() && !accept_rights {
            return Err(RegistryError::AsksForMore { skill: skill.clone(), digest: row.digest, difference });
        }
        let module = self.module(&row.digest).await?;
        let share = CanaryShare { digest: row.digest.clone(), percent, since: self.clock.now() };
        let mut note = format!("{percent}% of the jobs");
        if difference.asks_for_more() {
            note.push_str(&format!("; accepted: {}", difference.added.join(", ")));
        }
        // Callable before it is chosen.
        self.runner.registry().keep(module);
        self.shares.forget(skill);
        self.move_share(skill, &row.digest, Why::Canary, by, Some(note), Some(share)).await
    }

    fn newest_besides(&self, skill: &SkillName, active: &str) -> Option<ModuleRow> {
        self.look(|known| {
            let fits = known
                .modules
                .values()
                .filter(|row| row.name == *skill && row.digest != active && row.state == ModuleState::Installed);
            fits.max_by_key(|row| (row.installed_at, row.digest.clone())).cloned()
        })
    }

    /// Skills with a canary, and skills of which something newer than what serves is
    /// installed that asks for more.
    pub(crate) fn swaps(&self) -> (Vec<SkillName>, Vec<SkillName>) {
        self.look(|known| {
            let mut swaps = (Vec::new(), Vec::new());
            for (skill, standing) in &known.standings {
                if standing.canary.is_some() {
                    swaps.0.push(skill.clone());
                }
                let Some(active) = standing.active.as_ref().and_then(|digest| known.modules.get(digest)) else {
                    continue;
                };
                let canary = standing.canary.as_ref().map(|share| &share.digest);
                let waits = |row: &&ModuleRow| {
                    row.name == *skill
                        && row.state == ModuleState::Installed
                        && row.installed_at > active.installed_at
                        && Some(&row.digest) != canary
                        && Difference::between(Some(&active.manifest), &row.manifest).asks_for_more()
                };
                if known.modules.values().any(|row| waits(&row)) {
                    swaps.1.push(skill.clone());
                }
            }
            swaps
        })
    }

    /// Ends a canary; its jobs go on with what serves.
    ///
    /// # Errors
    /// There is none.
    pub async fn end_canary(&self, skill: &SkillName, by: &str) -> Result<Served, RegistryError> {
        let _turn = self.turn().await?;
        let Some(canary) = self.standing(skill).canary else {
            return Err(RegistryError::NoCanary { message: format!("`{skill}` has no canary") });
        };
        self.move_share(skill, &canary.digest, Why::CanaryEnded, by, None, None).await
    }

    /// Commits a change of the share alone. The caller holds the turn.
    async fn move_share(
        &self,
        skill: &SkillName,
        digest: &str,
        why: Why,
        by: &str,
        note: Option<String>,
        share: Option<CanaryShare>,
    ) -> Result<Served, RegistryError> {
        let before = self.standing(skill);
        let line = SkillChange {
            skill: skill.clone(),
            seq: before.seq + 1,
            why,
            digest: digest.to_owned(),
            by: by.to_owned(),
            at: self.clock.now(),
            note: note.clone(),
            active: before.active.clone(),
            canary: share,
        };
        let (stable, canary) = self.shares.figures(skill);
        let detail = json!({
            "skill": skill, "active": before.active, "note": note,
            "share": line.canary.as_ref().map(|share| share.percent), "stable": stable, "canary": canary,
        });
        let audit = self.audit(by, &format!("skill.{}", why.as_str()), digest, detail);
        self.commit(vec![audit, Write::SkillChange(line.clone())]).await?;
        self.note(|known| {
            known.standings.insert(skill.clone(), Standing::from(&line));
        });
        if line.canary.is_none() {
            self.shares.forget(skill);
            self.forget_replaced(skill, digest);
        }
        tracing::info!(skill = %skill, digest, why = why.as_str(), by, "a share of the jobs moved");
        let active = self
            .look(|known| line.active.as_ref().and_then(|digest| known.modules.get(digest)).map(ModuleRow::skill_ref));
        Ok(Served { skill: skill.clone(), active, replaces: None, why, note })
    }

    /// Counts the calls that were made since each canary began, as the journals tell,
    /// so that a restart does not begin its sample anew.
    pub(super) async fn recount(&self) -> Result<(), StoreError> {
        let shared: Vec<(SkillName, Standing)> = self.look(|known| {
            let shared = known.standings.iter().filter(|(_, standing)| standing.canary.is_some());
            shared.map(|(skill, standing)| (skill.clone(), standing.clone())).collect()
        });
        for (skill, standing) in shared {
            let Some(canary) = standing.canary else { continue };
            let mut places = self.store.last_calls(&skill, RECOUNTED).await?;
            // Oldest first, so that the last ones stay in the percentile.
            places.reverse();
            let mut pair = Pair::default();
            let mut jobs: BTreeMap<JobId, Vec<RecordedCall>> = BTreeMap::new();
            for place in places {
                let calls = match jobs.entry(place.job.clone()) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => {
                        let stored = self.store.job(&place.org, &place.job).await?;
                        // A line that cannot be read says nothing of the module.
                        let calls = stored.and_then(|stored| calls(&stored, None).ok()).unwrap_or_default();
                        entry.insert(calls)
                    }
                };
                let Some(call) = calls.iter().find(|call| call.seq == place.seq) else { continue };
                if call.started_at < canary.since {
                    continue;
                }
                if call.skill.digest == canary.digest {
                    pair.canary.add_ended(&call.spend, call.error.as_ref());
                } else if Some(&call.skill.digest) == standing.active.as_ref() {
                    pair.stable.add_ended(&call.spend, call.error.as_ref());
                }
            }
            self.shares.with(&skill, |counted| *counted = pair);
        }
        Ok(())
    }

    /// Counts a call while its skill has a canary, and takes the canary back when it
    /// does worse.
    pub(crate) async fn observe(&self, skill: &SkillRef, report: &CallReport) {
        let standing = self.look(|known| known.standings.get(&skill.name).filter(|one| one.canary.is_some()).cloned());
        let Some(Standing { active, canary: Some(canary), .. }) = standing else { return };
        let (stable, figures) = self.shares.with(&skill.name, |pair| {
            if skill.digest == canary.digest {
                pair.canary.add(report);
            } else if Some(&skill.digest) == active.as_ref() {
                pair.stable.add(report);
            }
            (pair.stable.figures(), pair.canary.figures())
        });
        let Verdict::RollBack(worse) = judge(&stable, &figures, &self.thresholds) else { return };
        let _turn = self.turn.lock().await;
        // Of many calls that end at once, the first takes it back.
        if self.standing(&skill.name).canary.as_ref() != Some(&canary) {
            return;
        }
        tracing::warn!(skill = %skill.name, digest = canary.digest, %worse, "the canary does worse and is taken back");
        let note = Some(worse.to_string());
        let taken = self.move_share(&skill.name, &canary.digest, Why::AutoRollback, HOST, note, None).await;
        if let Err(error) = taken {
            // The next call of it decides the same again.
            tracing::error!(skill = %skill.name, %error, "the canary could not be taken back");
        }
    }
}
