//! The four who decide, and why each right is yes or no.

use serde::Serialize;

use super::grant::{Grant, RightSet};
use super::right::Right;

/// Who says yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The skill's author, in `skill.toml`.
    Manifest,
    /// Whoever runs the host, in `[grants]`.
    Operator,
    /// The org, in its settings.
    Org,
    /// The sequence, at the step.
    Step,
}

impl Party {
    /// Where this party would say yes.
    pub fn remedy(self, skill: &str, right: &Right) -> String {
        match self {
            Self::Manifest => format!("its author asks for `{right}` in skill.toml"),
            Self::Operator => format!("the operator adds `{right}` to \"{skill}\" under [grants] in skillhost.toml"),
            Self::Org => format!("the org adds `{right}` to `rights` in its settings"),
            Self::Step => format!("the step adds `{right}` to its `rights:`"),
        }
    }
}

/// One party's word on one right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Yes, or at least a part of it.
    pub yes: bool,
    /// Why, in words.
    pub why: String,
}

/// A right with the four words on it and what comes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Which.
    pub right: Right,
    /// The manifest's word.
    pub manifest: Verdict,
    /// The operator's.
    pub operator: Verdict,
    /// The org's.
    pub org: Verdict,
    /// The step's.
    pub step: Verdict,
    /// What is left of it; empty is no.
    pub effective: Vec<Right>,
}

/// A right that a step needs and does not get before the org is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// Which.
    pub right: Right,
    /// Who says no.
    pub by: Party,
}

/// What the four parties say, of one skill in one step.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// What the manifest asks.
    pub asked: &'a [Right],
    /// What the operator grants.
    pub operator: &'a Grant,
    /// What the org allows.
    pub org: &'a Grant,
    /// What the step takes.
    pub step: &'a Grant,
}

impl Parties<'_> {
    /// What a call gets.
    pub fn effective(&self) -> RightSet {
        RightSet::meet(self.asked, &[self.operator, self.org, self.step])
    }

    /// What the step needs: each right it states, a wide one standing for the
    /// asked ones it covers; all that the manifest asks where it states none.
    fn needed(&self) -> Vec<Right> {
        let Grant::Only(stated) = self.step else { return self.asked.to_vec() };
        let mut needed = Vec::new();
        for right in stated {
            if right.is_exact() {
                needed.push(right.clone());
            } else {
                needed.extend(self.asked.iter().filter(|asked| right.covers(asked)).cloned());
            }
        }
        needed.sort();
        needed.dedup();
        needed
    }

    /// What the step needs and cannot get, whatever an org allows.
    pub fn lacking(&self) -> Vec<Lacking> {
        let mut lacking = Vec::new();
        for right in self.needed() {
            if !self.asked.iter().any(|asked| asked.is_exact() && asked.covers(&right)) {
                lacking.push(Lacking { right, by: Party::Manifest });
            } else if !self.operator.allows(&right) {
                lacking.push(Lacking { right, by: Party::Operator });
            }
        }
        lacking
    }

    /// Every right that is asked or that the step states, with the reasons.
    pub fn explain(&self) -> Vec<Explained> {
        let mut rights = self.asked.to_vec();
        if let Grant::Only(stated) = self.step {
            rights.extend(stated.iter().filter(|right| right.is_exact()).cloned());
        }
        rights.sort();
        rights.dedup();
        rights.into_iter().map(|right| self.row(right)).collect()
    }

    fn row(&self, right: Right) -> Explained {
        let asked: Vec<Right> = self.asked.iter().filter(|asked| asked.is_exact()).cloned().collect();
        let manifest = if asked.contains(&right) {
            Verdict { yes: true, why: "asked".to_owned() }
        } else if let Some(wider) = asked.iter().find(|asked| asked.covers(&right)) {
            Verdict { yes: true, why: format!("within `{wider}`") }
        } else if right.is_exact() {
            Verdict { yes: false, why: "not asked".to_owned() }
        } else {
            Verdict { yes: false, why: "a skill asks for exact rights".to_owned() }
        };
        let effective = if manifest.yes {
            RightSet::meet([&right], &[self.operator, self.org, self.step]).iter().cloned().collect()
        } else {
            Vec::new()
        };
        Explained {
            operator: word(self.operator, &right, "grants all", "not granted"),
            org: word(self.org, &right, "narrows nothing", "not among what it allows"),
            step: word(self.step, &right, "takes all", "not taken"),
            manifest,
            effective,
            right,
        }
    }
}

fn word(grant: &Grant, right: &Right, all: &str, no: &str) -> Verdict {
    let Grant::Only(grants) = grant else { return Verdict { yes: true, why: all.to_owned() } };
    if let Some(by) = grants.iter().find(|grant| grant.covers(right)) {
        return Verdict { yes: true, why: format!("by `{by}`") };
    }
    match grant.leaves(right).first() {
        Some(part) => Verdict { yes: true, why: format!("only `{part}`") },
        None => Verdict { yes: false, why: no.to_owned() },
    }
}
