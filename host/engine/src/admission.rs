//! Whether an event becomes a job, and if not, why not.
//!
//! A refusal is a job too: one that is `skipped`, with its reason. Only an org
//! or user that does not exist is an error to the caller, because there is
//! nobody to keep such a job for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::checkpoint::anew_from;
use crate::concurrency::{OnConflict, Word};
use crate::event::{EVENT_TYPES, Event, MAX_CHAIN_DEPTH, is_by_hand};
use crate::fold::Job;
use crate::ids::{OrgId, UserId};
use crate::job::{JobRow, JobStatus};
use crate::quiet::{Calm, QUIET, RATE};
use crate::sequence::Sequence;
use crate::skill::SkillRef;
use crate::store::User;
use crate::time::Timestamp;

/// What admission must know of the org and the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdmissionFacts {
    /// The org exists.
    pub org_known: bool,
    /// The user exists in it.
    pub user_known: bool,
    /// Event types the org switched off.
    pub disabled: BTreeSet<String>,
    /// Event types the user opted out of.
    pub opted_out: BTreeSet<String>,
    /// Concurrency words that an open job of the org has, as far as they were looked up.
    pub underway: BTreeSet<String>,
    /// When the user is not to be disturbed.
    pub calm: Calm,
    /// The user's last notifications, newest first; as many as [`Calm::counts`] wants.
    pub notified: Vec<Timestamp>,
    /// The modules whose work raised the event, where another job did.
    pub raised_by: Vec<SkillRef>,
}

impl AdmissionFacts {
    /// From the store's answers: `disabled_events` of the org's settings and of
    /// the user's preferences.
    pub fn of(org: Option<&Value>, user: Option<&User>) -> Self {
        let listed = |value: Option<&Value>| {
            value
                .and_then(|value| value.get("disabled_events"))
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        Self {
            org_known: org.is_some(),
            user_known: user.is_some(),
            disabled: listed(org),
            opted_out: listed(user.map(|user| &user.preferences)),
            underway: BTreeSet::new(),
            calm: Calm::read(user.map(|user| &user.preferences), org, user.map_or("UTC", |user| &user.zone)),
            notified: Vec::new(),
            raised_by: Vec::new(),
        }
    }

    /// Counts a job that was admitted with these facts, for those after it: one that
    /// was put off is a notification to come.
    pub fn queued(&mut self, row: &JobRow) {
        if let (JobStatus::Deferred, Some(QUIET | RATE), Some(at)) = (row.status, row.reason.as_deref(), row.wake_at) {
            let newer = self.notified.partition_point(|other| *other > at);
            self.notified.insert(newer, at);
        }
    }

    /// Why nobody gets events of a type here, if somebody said so.
    pub fn switched_off(&self, event_type: &str) -> Option<&'static str> {
        if self.disabled.contains(event_type) {
            return Some("disabled for the org");
        }
        self.opted_out.contains(event_type).then_some("the user opted out")
    }
}

/// Why an event cannot even be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// No such org.
    #[error("org {org} does not exist")]
    UnknownOrg {
        /// As given.
        org: OrgId,
    },
    /// No such user.
    #[error("user {user} does not exist in org {org}")]
    UnknownUser {
        /// As given.
        org: OrgId,
        /// As given.
        user: UserId,
    },
}

/// What becomes of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A job that runs.
    Run,
    /// A job that runs later, and why.
    Defer(Timestamp, String),
    /// A `skipped` job with this reason.
    Skip(String),
}

/// How long what follows an answer is still what the person waits for.
const JUST_NOW_MS: i64 = 10 * 60_000;

/// Whether what an event leads to disturbs its user: whoever has just asked for it, or chose
/// its time, is not disturbed by it.
pub fn disturbs(source: &str, sequence: &Sequence) -> bool {
    sequence.disturbs && !is_by_hand(source)
}

/// Whether what a job has to say now disturbs its user. It may have waited since it was
/// admitted, so this is asked again when it says it; whoever has just answered one of its
/// questions or has sent it back is there.
pub fn still_disturbs(job: &Job, sequence: &Sequence, now: Timestamp) -> bool {
    let row = &job.row;
    let is_just_now = |at: Option<Timestamp>| at.is_some_and(|at| now.0.saturating_sub(at.0) <= JUST_NOW_MS);
    let answered = job.actions.values().any(|action| {
        let by = action.resolution.as_ref().and_then(|resolution| resolution.by.as_ref());
        by == Some(&row.user) && is_just_now(action.resolved_at)
    });
    disturbs(&row.event_source, sequence)
        && anew_from(&row.event_source).is_none()
        && !answered
        && !is_just_now(job.resumed_at)
}

/// Why a job waits whose event names a time; also how such jobs are found again.
pub const NOT_BEFORE: &str = "not before the time its event names";

/// Decides. `word` is the event's concurrency word.
pub fn judge(
    event: &Event,
    word: &Word,
    facts: &AdmissionFacts,
    sequence: Option<&Sequence>,
    now: Timestamp,
) -> Result<Verdict, AdmissionError> {
    if !facts.org_known {
        return Err(AdmissionError::UnknownOrg { org: event.org.clone() });
    }
    if !facts.user_known {
        return Err(AdmissionError::UnknownUser { org: event.org.clone(), user: event.user.clone() });
    }
    let event_type = event.event_type.as_str();
    let skip = |reason: String| Ok(Verdict::Skip(reason));
    if event.depth > MAX_CHAIN_DEPTH {
        return skip(format!("chain is deeper than {MAX_CHAIN_DEPTH}"));
    }
    if !EVENT_TYPES.contains(&event_type) {
        return skip("unknown event type".to_owned());
    }
    if let Some(why) = facts.switched_off(event_type) {
        return skip(why.to_owned());
    }
    let Some(sequence) = sequence else {
        return skip("no sequence".to_owned());
    };
    match (sequence.concurrency.as_ref().map(|rule| rule.on_conflict), word) {
        (_, Err(error)) => return skip(format!("its concurrency key cannot be computed: {error}")),
        (Some(OnConflict::Skip), Ok(Some(word))) if facts.underway.contains(word) => {
            return skip("another job with its concurrency key is under way".to_owned());
        }
        _ => {}
    }
    let named = event.not_before.filter(|at| *at > now);
    let start = named.unwrap_or(now);
    let put_off = if disturbs(&event.source, sequence) { facts.calm.put_off(start, &facts.notified) } else { None };
    Ok(match (put_off, named) {
        (Some((at, why)), _) => Verdict::Defer(at, why.to_owned()),
        (None, Some(at)) => Verdict::Defer(at, NOT_BEFORE.to_owned()),
        (None, None) => Verdict::Run,
    })
}
