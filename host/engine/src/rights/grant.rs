//! What one party grants, and what is left when all have spoken.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::place::HttpTarget;
use super::right::Right;
use crate::context;

/// What one party grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// This party narrows nothing.
    Unrestricted,
    /// Only these.
    Only(BTreeSet<Right>),
}

impl Grant {
    /// Whether this party allows all of it.
    pub fn allows(&self, right: &Right) -> bool {
        match self {
            Self::Unrestricted => true,
            Self::Only(grants) => grants.iter().any(|grant| grant.covers(right)),
        }
    }

    /// What this party leaves of a right.
    pub(super) fn leaves(&self, right: &Right) -> Vec<Right> {
        match self {
            Self::Unrestricted => vec![right.clone()],
            Self::Only(grants) => grants.iter().filter_map(|grant| right.meet(grant)).collect(),
        }
    }
}

/// The effective rights of one call. Deny by default.
///
/// Invariant: every right in it is exact, and none covers another, so that the
/// same rights are the same set. Cheap to clone: every call holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightSet(Arc<BTreeSet<Right>>);

impl RightSet {
    /// The meet: what the manifest asks and every party allows. A wildcard in
    /// an ask grants nothing.
    pub fn meet<'a>(asked: impl IntoIterator<Item = &'a Right>, grants: &[&Grant]) -> Self {
        let mut left: BTreeSet<Right> = asked.into_iter().filter(|right| right.is_exact()).cloned().collect();
        for grant in grants {
            left = left.iter().flat_map(|right| grant.leaves(right)).collect();
        }
        left.into_iter().collect()
    }

    /// The rights that an effect was proposed with, as its row keeps them. A text that is
    /// no right grants nothing.
    pub fn of_texts(rights: &[String]) -> Self {
        rights.iter().filter_map(|right| right.parse::<Right>().ok()).collect()
    }

    /// Whether the source may be read: as the job's user, or as the whole org
    /// where its name ends in `@org`.
    pub fn may_read(&self, source: &str) -> bool {
        self.0.contains(&match context::scope(source) {
            (stem, true) => Right::ContextOrg(stem.to_owned()),
            (source, false) => Right::Context(source.to_owned()),
        })
    }

    /// Whether effects of the kind may be proposed.
    pub fn may_propose(&self, kind: &str) -> bool {
        self.0.contains(&Right::Effect(kind.to_owned()))
    }

    /// Whether the model class may be asked.
    pub fn may_ask(&self, class: &str) -> bool {
        self.0.contains(&Right::Llm(class.to_owned()))
    }

    /// Whether the address may be fetched.
    pub fn may_fetch(&self, target: &HttpTarget) -> bool {
        self.0.iter().any(|right| matches!(right, Right::Http(place) if place.holds(target)))
    }

    /// Whether the secret may be used.
    pub fn may_use(&self, secret: &str) -> bool {
        self.0.contains(&Right::Secret(secret.to_owned()))
    }

    /// Names of the directories that may be had.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|right| match right {
            Right::Fs(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// All of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Right> {
        self.0.iter()
    }
}

impl FromIterator<Right> for RightSet {
    fn from_iter<T: IntoIterator<Item = Right>>(rights: T) -> Self {
        let all: BTreeSet<Right> = rights.into_iter().filter(Right::is_exact).collect();
        let covered = |right: &Right| all.iter().any(|other| other != right && other.covers(right));
        Self(Arc::new(all.iter().filter(|right| !covered(right)).cloned().collect()))
    }
}
