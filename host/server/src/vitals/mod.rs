//! What tells trouble early: the tables' figures, the store's own, and this process's.

mod metrics;

pub(crate) use metrics::MEDIA_TYPE;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use skillhost_engine::hold::EffectHold;
use skillhost_engine::ids::SkillName;
use skillhost_engine::skill::CallReport;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vitals::{Figures, Finding, Gauges, findings};

use crate::app::App;

/// How calls ended, by skill, since the process began. Skills are few: those that
/// are installed.
#[derive(Debug, Default)]
pub struct CallCounts(Mutex<BTreeMap<(SkillName, String), u64>>);

impl CallCounts {
    /// Counts a call.
    pub(crate) fn note(&self, skill: &SkillName, report: &CallReport) {
        let end = match &report.result {
            Ok(_) => "ok",
            Err(error) => error.code(),
        };
        // Numbers are whole whatever panics.
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((skill.clone(), end.to_owned())).or_default() += 1;
    }

    fn lines(&self) -> Vec<Calls> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|((skill, end), count)| Calls { skill: skill.clone(), end: end.clone(), count: *count })
            .collect()
    }
}

/// Calls of a skill that ended alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// Which.
    pub skill: SkillName,
    /// `ok`, or the code of the error.
    pub end: String,
    /// How many.
    pub count: u64,
}

/// What an operator sees of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// When this was read.
    pub at: Timestamp,
    /// The process.
    pub boot: String,
    /// Jobs that run now.
    pub running: u64,
    /// How many may.
    pub slots: u64,
    /// Open jobs beyond which events are answered 429.
    pub open_jobs_bound: u32,
    /// Calls that wait for a place in their org's or skill's lane.
    pub lanes_waiting: u64,
    /// Users whose zone is unknown, and whose times are taken as UTC.
    #[serde(default)]
    pub unknown_zones: u64,
    /// Skills of which a new version serves a share.
    pub canaries: Vec<SkillName>,
    /// Skills of which a newer version waits for an operator to accept its rights.
    pub waiting_for_accept: Vec<SkillName>,
    /// Calls since the process began.
    pub calls: Vec<Calls>,
    /// Loads of sources since then, by source; tier 3 is left out.
    #[serde(default)]
    pub loads: BTreeMap<String, u64>,
    /// Microseconds that skills have computed since then, their waits left out.
    #[serde(default)]
    pub computed_us: u64,
    /// Why no effect leaves by itself.
    #[serde(default)]
    pub hold: Option<EffectHold>,
    /// What the tables say.
    pub figures: Figures,
    /// What the store says of itself.
    pub store: Gauges,
    /// What is out of range, and what to do.
    pub findings: Vec<Finding>,
}

impl App {
    /// How the host is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn status(&self) -> Result<Status, StoreError> {
        let now = self.clock.now();
        let mut figures = self.store.figures(now).await?;
        let hold = self.store.hold().await?;
        if hold.is_some() {
            // They wait for a person, not for the host.
            figures.due_since = None;
        }
        // Looks whether a full disk has room again; its answer is among the gauges.
        if let Err(error) = self.store.ping().await {
            tracing::debug!(%error, "the store is in trouble");
        }
        let store = self.store.gauges();
        let mut findings = findings(&figures, &store, now);
        let (canaries, waiting_for_accept) = self.modules.as_ref().map(|modules| modules.swaps()).unwrap_or_default();
        if hold.is_some() {
            findings.push(Finding {
                figure: "hold".to_owned(),
                hint: "effects are held since a restore: `skillhost effects list --held`".to_owned(),
            });
        }
        if !waiting_for_accept.is_empty() {
            findings.push(Finding {
                figure: "waiting_for_accept".to_owned(),
                hint: "a newer version asks for more rights: `skillhost skills activate NAME --accept-rights`"
                    .to_owned(),
            });
        }
        let unknown_zones = self.unknown_zones.count();
        if unknown_zones > 0 {
            findings.push(Finding {
                figure: "unknown_zones".to_owned(),
                hint: "the zone of some users is unknown, and their times are taken as UTC: `skillhost schedules` and \
                       the log name them; load them with an IANA name"
                    .to_owned(),
            });
        }
        Ok(Status {
            at: now,
            boot: self.boot_id.clone(),
            running: u64::try_from(self.running.len()).unwrap_or(u64::MAX),
            slots: u64::try_from(self.config.jobs).unwrap_or(u64::MAX),
            open_jobs_bound: self.config.open_jobs,
            lanes_waiting: self.modules.as_ref().map_or(0, |modules| modules.runner().lanes_waiting()),
            unknown_zones,
            canaries,
            waiting_for_accept,
            calls: self.calls.lines(),
            loads: self.loads.counts(),
            computed_us: self.modules.as_ref().map_or(0, |modules| {
                u64::try_from(modules.runner().sandbox().computed().as_micros()).unwrap_or(u64::MAX)
            }),
            hold,
            figures,
            store,
            findings,
        })
    }
}
