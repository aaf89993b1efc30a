//! Versions of skills: what is installed, what serves, and what came before.
//!
//! Every change of what serves is one [`SkillChange`], numbered within its skill,
//! and says what serves after it, so that the last one is the whole truth and two
//! changes at once cannot both be taken.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::effect;
use crate::fold::Job;
use crate::ids::{OrgId, SkillName, StepName};
use crate::outbox::OutboxRow;
use crate::rights::{Grant, Right, RightSet};
use crate::sequence::{Pin, Sequence, Step, StepPin, base_name};
use crate::skill::{Manifest, SkillRef};
use crate::time::Timestamp;

/// The tenant under which changes of the host itself are audited: a module serves
/// every org, so no org's audit is the place for them.
pub const HOST_ORG: &str = "_host";
/// Shortest beginning of a digest that names a module.
const MIN_DIGEST_PREFIX: usize = 8;
/// What every digest starts with.
const DIGEST_PREFIX: &str = "sha256:";

/// The tenant of [`HOST_ORG`].
pub fn host_org() -> OrgId {
    OrgId::from(HOST_ORG)
}

/// Whether a module may be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModuleState {
    /// It may.
    #[default]
    Installed,
    /// It may not, ever again; what it proposed and has not left is void.
    Revoked,
}

/// A module as it was installed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModuleRow {
    /// `sha256:<hex>` of its bytes, which are kept beside the database.
    pub digest: String,
    /// The skill.
    pub name: SkillName,
    /// Semver.
    pub version: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its size.
    pub bytes: u64,
    /// Whether it may be called.
    pub state: ModuleState,
    /// When.
    pub installed_at: Timestamp,
    /// By whom: `client:<name>`, `folder`, `watch`.
    pub installed_by: String,
}

impl ModuleRow {
    /// Its name in jobs.
    pub fn skill_ref(&self) -> SkillRef {
        SkillRef { name: self.name.clone(), version: self.version.clone(), digest: self.digest.clone() }
    }
}

/// The end of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Which.
    pub digest: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Why what serves a skill changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A new module was installed and serves.
    Install,
    /// An operator chose it.
    Activate,
    /// An operator went back.
    Rollback,
    /// A share of the jobs goes to it.
    Canary,
    /// An operator ended the canary.
    CanaryEnded,
    /// The canary did worse than what it was to replace.
    AutoRollback,
    /// It was revoked.
    Revoke,
}

impl Why {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Activate => "activate",
            Self::Rollback => "rollback",
            Self::Canary => "canary",
            Self::CanaryEnded => "canary-ended",
            Self::AutoRollback => "auto-rollback",
            Self::Revoke => "revoke",
        }
    }
}

/// A module that serves a share of a skill's jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryShare {
    /// Its module.
    pub digest: String,
    /// Of a hundred jobs.
    pub percent: u8,
    /// Since when.
    pub since: Timestamp,
}

/// One line of a skill's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkillChange {
    /// The skill.
    pub skill: SkillName,
    /// From 1 within the skill.
    pub seq: u64,
    /// Why.
    pub why: Why,
    /// The module it is about.
    pub digest: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What is worth knowing besides.
    pub note: Option<String>,
    /// What serves after it.
    pub active: Option<String>,
    /// And what serves a share.
    pub canary: Option<CanaryShare>,
}

/// What serves a skill now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Number of its last change; 0 before the first.
    pub seq: u64,
    /// What serves.
    pub active: Option<String>,
    /// What serves a share.
    pub canary: Option<CanaryShare>,
}

impl From<&SkillChange> for Standing {
    fn from(change: &SkillChange) -> Self {
        Self { seq: change.seq, active: change.active.clone(), canary: change.canary.clone() }
    }
}

/// Which module a rollback goes to: the one that served before what serves now,
/// revoked ones left out. Each rollback goes one further back; the way forward is
/// to activate. `history` is a skill's, oldest first.
pub fn rollback_target(history: &[SkillChange], is_revoked: impl Fn(&str) -> bool) -> Option<&str> {
    let mut served: Vec<&str> = Vec::new();
    for change in history {
        let Some(active) = change.active.as_deref() else { continue };
        match change.why {
            Why::Rollback | Why::Revoke => {
                // Back to where it stands below, with all above it forgotten.
                while served.last().is_some_and(|top| *top != active) {
                    served.pop();
                }
                if served.is_empty() {
                    served.push(active);
                }
            }
            _ if served.last() != Some(&active) => served.push(active),
            _ => {}
        }
    }
    let now = history.last()?.active.as_deref();
    served.into_iter().rev().find(|digest| Some(*digest) != now && !is_revoked(digest))
}

/// What served last, also when it was revoked since: what a new version is
/// compared with.
pub fn last_served(history: &[SkillChange]) -> Option<&str> {
    history.iter().rev().find_map(|change| change.active.as_deref())
}

/// What one manifest asks beyond another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Asked now and not before: rights, and limits as `limits.fuel 5 (was 3)`.
    pub added: Vec<String>,
    /// Asked before and not now.
    pub removed: Vec<String>,
}

impl Difference {
    /// What `next` asks beyond `before`. Nothing was there before: nothing is more.
    pub fn between(before: Option<&Manifest>, next: &Manifest) -> Self {
        let Some(before) = before else { return Self::default() };
        let lacks = |list: &[String], right: &String| !list.contains(right);
        let mut added: Vec<String> = next.rights.iter().filter(|right| lacks(&before.rights, right)).cloned().collect();
        let removed = before.rights.iter().filter(|right| lacks(&next.rights, right)).cloned().collect();
        let (old, new) = (before.limits.resolved(), next.limits.resolved());
        for (name, old, new) in [
            ("fuel", old.fuel, new.fuel),
            ("memory_bytes", old.memory_bytes, new.memory_bytes),
            ("wall_ms", old.wall_ms, new.wall_ms),
            ("host_calls", old.host_calls.into(), new.host_calls.into()),
            ("read_bytes", old.read_bytes, new.read_bytes),
            ("outcome_bytes", old.outcome_bytes, new.outcome_bytes),
            ("log_bytes", old.log_bytes, new.log_bytes),
        ] {
            if new > old {
                added.push(format!("limits.{name} {new} (was {old})"));
            }
        }
        Self { added, removed }
    }

    /// Whether an operator has to accept it first.
    pub fn asks_for_more(&self) -> bool {
        !self.added.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.added.iter().map(|line| format!("+ {line}"));
        let lines = lines.chain(self.removed.iter().map(|line| format!("- {line}")));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Why words name no module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unnamed {
    /// None fits.
    #[error("no module of `{skill}` is installed that is `{which}`")]
    NoSuch {
        /// The skill.
        skill: SkillName,
        /// What was asked.
        which: String,
    },
    /// Several do.
    #[error("`{which}` names {count} modules of `{skill}`")]
    Several {
        /// The skill.
        skill: SkillName,
        /// What was asked.
        which: String,
        /// How many.
        count: usize,
    },
}

/// How the schema of sequences writes what [`is_module_name`] takes.
pub const MODULE_NAME: &str = "^(sha256:[0-9a-f]{64}|[0-9]+\\.[0-9]+\\.[0-9]+([-+][0-9A-Za-z.+-]+)?)$";

/// Whether a text can name exactly one module for good: a version, or a whole digest.
pub fn is_module_name(text: &str) -> bool {
    if let Some(hex) = text.strip_prefix(DIGEST_PREFIX) {
        return hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    }
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let rest = text.get(core.len()..).unwrap_or_default();
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && (rest.is_empty()
            || rest.len() > 1 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte)))
}

/// The module of a skill that a version, a digest or the beginning of one names.
/// Of several builds of one version the newest that is not revoked is meant.
pub fn named<'a>(
    modules: impl Iterator<Item = &'a ModuleRow>,
    skill: &SkillName,
    which: &str,
) -> Result<&'a ModuleRow, Unnamed> {
    let own: Vec<&ModuleRow> = modules.filter(|row| row.name == *skill).collect();
    let newest = own
        .iter()
        .filter(|row| row.version == which)
        .max_by_key(|row| (row.state == ModuleState::Installed, row.installed_at, &row.digest));
    if let Some(row) = newest {
        return Ok(row);
    }
    let hex = which.strip_prefix(DIGEST_PREFIX).unwrap_or(which);
    let nothing = || Unnamed::NoSuch { skill: skill.clone(), which: which.to_owned() };
    if hex.len() < MIN_DIGEST_PREFIX {
        return Err(nothing());
    }
    let fits = |row: &&&ModuleRow| row.digest.strip_prefix(DIGEST_PREFIX).is_some_and(|full| full.starts_with(hex));
    let mut found = own.iter().filter(fits);
    match (found.next(), found.count()) {
        (None, _) => Err(nothing()),
        (Some(row), 0) => Ok(row),
        (Some(_), more) => Err(Unnamed::Several { skill: skill.clone(), which: which.to_owned(), count: more + 1 }),
    }
}

/// Why an effect that was released may not leave any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Void {
    /// Its module was revoked.
    #[error("the module {digest} that proposed it is revoked; its approval is void")]
    Revoked {
        /// Which.
        digest: String,
    },
    /// Somebody no longer grants the right it needs.
    #[error("`{right}` was taken back by the {by} since; its approval is void")]
    RightTaken {
        /// `effect:<kind>`, or the place that it goes to.
        right: Right,
        /// `operator` or `org`.
        by: &'static str,
    },
}

/// Whether a released effect has lost what it stands on: looked at right before it
/// leaves. That its module no longer serves does not matter, nothing of it runs.
/// Effects of the host's own steps (`module` is `None`) stand on no grant.
pub fn void(row: &OutboxRow, is_revoked: bool, operator: &Grant, org: &Grant) -> Result<(), Void> {
    let Some(module) = &row.module else { return Ok(()) };
    if is_revoked {
        return Err(Void::Revoked { digest: module.digest.clone() });
    }
    let right = Right::Effect(row.kind.clone());
    let target = effect::kind(&row.kind).and_then(|kind| kind.reaches(&row.payload));
    let proposed_with = RightSet::of_texts(&row.rights);
    for (by, grant) in [("operator", operator), ("org", org)] {
        if !RightSet::meet([&right], &[grant]).may_propose(&row.kind) {
            return Err(Void::RightTaken { right, by });
        }
        let Some(target) = &target else { continue };
        if !RightSet::meet(proposed_with.iter(), &[grant]).may_fetch(target) {
            let place = |right: &&Right| matches!(right, Right::Http(place) if place.holds(target));
            let right = proposed_with.iter().find(place).cloned().unwrap_or(right);
            return Err(Void::RightTaken { right, by });
        }
    }
    Ok(())
}

/// The module of a skill that a step of a job keeps: the one that the job's steps were
/// resolved to so far, where the step or its sequence pins them. A step that names its
/// module, or takes the active one by its own word, binds no other.
pub fn pinned<'a>(job: &'a Job, sequence: &Sequence, step: &Step, skill: &SkillName) -> Option<&'a SkillRef> {
    let of = |name: &StepName| job.steps.get(name)?.skill.as_ref().filter(|module| module.name == *skill);
    // In the order of the file, so that of two steps of a skill the later one counts.
    let resolved = job.order.iter().rev();
    if let Some(which) = step.names_module(skill) {
        // A newer build of the version takes nothing over in the middle of a step.
        let own = resolved.filter(|name| base_name(name) == step.name.as_str()).find_map(of);
        return own.filter(|module| module.version == which || module.digest == which);
    }
    let pins = match (&step.pin, sequence.pin) {
        (Some(StepPin::Job), _) => true,
        (Some(StepPin::Step), _) => false,
        (_, Pin::Job) => true,
        (_, Pin::Step) => false,
        (_, Pin::Gates) => sequence.has_gates() || !job.actions.is_empty(),
    };
    if !pins {
        return None;
    }
    let binds = |name: &&StepName| {
        sequence.step(name).is_none_or(|step| step.pin != Some(StepPin::Step) && step.names_module(skill).is_none())
    };
    resolved.filter(binds).find_map(of)
}

/// What serves each skill after the last change of each.
pub fn standings(last: &[SkillChange]) -> BTreeMap<SkillName, Standing> {
    last.iter().map(|change| (change.skill.clone(), Standing::from(change))).collect()
}

#[cfg(test)]
pub(crate) mod tests;
