//! How many calls one org and one skill may have under way.
//!
//! The pool's slots are for all; without lanes one skill, or one org, could hold
//! every one of them. A call takes a place in its org's lane first and then one in
//! its skill's, so that an org that floods a skill waits in its own lane and not in
//! the one that others use; a slot of the pool is taken last. All calls take them
//! in this order, so none waits for another in a circle.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use skillhost_engine::ids::{OrgId, SkillName};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls of one skill at once: a quarter of the pool's default slots. More gain
/// nothing where calls compute, and where they wait, four busy skills share the pool.
pub const DEFAULT_SKILL_CALLS: usize = 16;
/// Calls of one org at once: half of the pool's default slots, so that one org
/// alone never leaves the others none.
pub const DEFAULT_ORG_CALLS: usize = 32;
/// Lanes kept though nobody is in them; beyond it the empty ones are forgotten.
const KEPT_LANES: usize = 1024;

/// Lanes by name, made when first used.
#[derive(Debug)]
struct ByName {
    places: usize,
    lanes: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl ByName {
    fn new(places: usize) -> Self {
        Self { places: places.clamp(1, Semaphore::MAX_PERMITS), lanes: Mutex::default() }
    }

    fn lane(&self, name: &str) -> Arc<Semaphore> {
        // A panic under this lock leaves a whole map behind.
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(name) {
            return Arc::clone(lane);
        }
        if lanes.len() >= KEPT_LANES {
            // Whoever is in a lane or waits for a place holds a reference to it.
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        Arc::clone(lanes.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.places))))
    }

    async fn enter(&self, name: &str) -> Option<OwnedSemaphorePermit> {
        // Never closed, so never refused.
        self.lane(name).acquire_owned().await.ok()
    }
}

/// Places in an org's and a skill's lane, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _org: Option<OwnedSemaphorePermit>,
    _skill: Option<OwnedSemaphorePermit>,
}

/// The lanes of a host.
#[derive(Debug)]
pub struct Lanes {
    orgs: ByName,
    skills: ByName,
    waiting: AtomicU64,
}

/// Counts a call as waiting until it is dropped, however the wait ends.
struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicU64) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lanes {
    /// So many calls of one skill and of one org at once.
    pub fn new(skill_calls: usize, org_calls: usize) -> Self {
        Self { orgs: ByName::new(org_calls), skills: ByName::new(skill_calls), waiting: AtomicU64::new(0) }
    }

    /// No bounds but the pool's.
    pub fn open() -> Self {
        Self::new(Semaphore::MAX_PERMITS, Semaphore::MAX_PERMITS)
    }

    /// Calls that wait for a place now.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a place in both lanes, first come, first served.
    pub(crate) async fn enter(&self, org: &OrgId, skill: &SkillName) -> Place {
        let _waiting = Waiting::begin(&self.waiting);
        let org = self.orgs.enter(org.as_str()).await;
        Place { _org: org, _skill: self.skills.enter(skill.as_str()).await }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::FutureExt as _;

    use super::*;

    fn at_once(lanes: &Lanes, org: &str, skill: &str) -> Option<Place> {
        lanes.enter(&org.into(), &skill.into()).now_or_never()
    }

    #[test]
    fn a_full_lane_waits_and_others_do_not() {
        let lanes = Lanes::new(2, 3);
        let mut held: Vec<Place> = (0..2).map(|_| at_once(&lanes, "acme", "echo").unwrap()).collect();
        assert!(at_once(&lanes, "acme", "echo").is_none(), "the skill's lane is full");
        held.push(at_once(&lanes, "acme", "other").unwrap());
        assert!(at_once(&lanes, "acme", "third").is_none(), "the org's lane is full");
        held.push(at_once(&lanes, "globex", "third").unwrap());
        drop(held);
        assert!(at_once(&lanes, "acme", "echo").is_some());
    }

    #[test]
    fn an_org_that_floods_a_skill_waits_in_its_own_lane() {
        let lanes = Lanes::new(3, 2);
        let _held: Vec<Place> = (0..2).map(|_| at_once(&lanes, "acme", "echo").unwrap()).collect();
        let (org, skill) = (OrgId::from("acme"), SkillName::from("echo"));
        let mut flood: Vec<_> = (0..50).map(|_| Box::pin(lanes.enter(&org, &skill))).collect();
        flood.retain_mut(|wait| wait.as_mut().now_or_never().is_none());
        assert_eq!((flood.len(), lanes.waiting()), (50, 50));
        assert!(at_once(&lanes, "globex", "echo").is_some(), "the skill has a place for another org");
        drop(flood);
        assert_eq!(lanes.waiting(), 0, "who gave up waits no more");
    }

    #[test]
    fn empty_lanes_are_forgotten() {
        let lanes = Lanes::new(1, 1);
        let held = at_once(&lanes, "first", "echo").unwrap();
        for number in 0..2 * KEPT_LANES {
            drop(at_once(&lanes, &format!("org-{number}"), "other"));
        }
        assert!(lanes.orgs.lanes.lock().unwrap().len() <= KEPT_LANES);
        assert!(at_once(&lanes, "first", "third").is_none(), "one that is used is not");
        drop(held);
    }
}
