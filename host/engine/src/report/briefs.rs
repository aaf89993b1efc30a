//! Which meetings got their brief in time.
//!
//! A case is a meeting that began within the time of the report: one that a user with
//! briefs should have had one for, or one that a job was about. A brief counts for its
//! meeting by id, and for whatever stands at the same start: the same meeting may be in
//! the records and in a calendar. One that its person called off is no case.

use std::collections::{BTreeMap, BTreeSet};

use super::{JobFact, Span};
use crate::ids::UserId;
use crate::time::Timestamp;

/// What is known of the brief of a meeting, or of what stands at one time.
#[derive(Clone, Copy, Debug, Default)]
struct Brief {
    told: Option<Timestamp>,
    called_off: bool,
}

impl Brief {
    fn and(self, other: Self) -> Self {
        let told = self.told.into_iter().chain(other.told).min();
        Self { told, called_off: self.called_off || other.called_off }
    }
}

/// Briefs, and meetings that should have one.
#[derive(Debug, Default)]
pub(super) struct Briefs {
    by_id: BTreeMap<(UserId, String), Brief>,
    by_start: BTreeMap<(UserId, Timestamp), Brief>,
    /// Of jobs alone, which may be about what no record knows.
    of_jobs: BTreeSet<(UserId, Timestamp, String)>,
    meetings: BTreeSet<(UserId, Timestamp, String)>,
}

impl Briefs {
    /// A job, the beginning of its meeting, and when its message left.
    pub(super) fn job(&mut self, job: &JobFact, begins: Option<Timestamp>, told: Option<Timestamp>) {
        let brief = Brief { told, called_off: job.called_off };
        let id = job.meeting.clone().unwrap_or_default();
        if !id.is_empty() {
            let known = self.by_id.entry((job.user.clone(), id.clone())).or_default();
            *known = known.and(brief);
        }
        if let Some(begins) = begins {
            let known = self.by_start.entry((job.user.clone(), begins)).or_default();
            *known = known.and(brief);
            self.of_jobs.insert((job.user.clone(), begins, id));
        }
    }

    /// A meeting that should have a brief.
    pub(super) fn meeting(&mut self, user: &UserId, id: &str, begins: Timestamp) {
        self.meetings.insert((user.clone(), begins, id.to_owned()));
    }

    /// Meetings that had their brief before they began, of all that began within the span.
    pub(super) fn on_time(&self, span: Span) -> (u64, u64) {
        let ids: BTreeSet<_> = self.meetings.iter().map(|(user, _, id)| (user, id)).collect();
        let starts: BTreeSet<_> = self.meetings.iter().map(|(user, begins, _)| (user, begins)).collect();
        let of_job_alone = |(user, begins, id): &&(UserId, Timestamp, String)| {
            !starts.contains(&(user, begins)) && !ids.contains(&(user, id))
        };
        let cases = self.meetings.iter().chain(self.of_jobs.iter().filter(of_job_alone));
        let mut counted = (0, 0);
        for (user, begins, id) in cases.filter(|(_, begins, _)| (span.since..span.until).contains(begins)) {
            let of_id = self.by_id.get(&(user.clone(), id.clone())).copied().unwrap_or_default();
            let of_start = self.by_start.get(&(user.clone(), *begins)).copied().unwrap_or_default();
            let brief = of_id.and(of_start);
            let on_time = brief.told.is_some_and(|told| told <= *begins);
            // What was there in time counts, whatever was said of it after.
            if on_time || !brief.called_off {
                counted.1 += 1;
                counted.0 += u64::from(on_time);
            }
        }
        counted
    }
}
