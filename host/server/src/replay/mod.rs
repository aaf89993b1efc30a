//! Runs journaled calls again, with what they were told then, and says what
//! became different.
//!
//! Invariants: nothing outside is asked and nothing is written; the same module
//! on the same engine gives the same outcome, fuel and money, or the verdict is
//! not [`Verdict::Identical`]; a text that is gone is named, never guessed.

mod doors;
mod history;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::call_record::{outcome_digest, outcome_json};
use skillhost_engine::context::Doors;
use skillhost_engine::ids::{JobId, OrgId, StepName};
use skillhost_engine::input::Input;
use skillhost_engine::job::JobRow;
use skillhost_engine::journal::JournalError;
use skillhost_engine::limits::{CallLimits, MAX_WALL_MS};
use skillhost_engine::replay::{Difference, RecordedCall, Tape, Unrecorded, calls, differences};
use skillhost_engine::skill::{CallReport, Door, ReadRecord, SkillRef, SkillRunner};
use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::Timestamp;

use doors::RecordedDoors;
pub use history::{GateError, HistoryGate, MAX_LAST, RequireTry, Tried, TryRefused, over_history};

/// Why nothing can be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The org has no such job.
    #[error("there is no job `{0}`")]
    NoSuchJob(JobId),
    /// Nothing of what was asked ran a module.
    #[error("job `{job}` has no recorded call{}", step.as_ref().map(|step| format!(" of step `{step}`")).unwrap_or_default())]
    NoCalls {
        /// Which job.
        job: JobId,
        /// Which step, where one was named.
        step: Option<StepName>,
    },
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What a second run says of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same outcome; of the same module on the same engine, the same fuel
    /// and money too.
    Identical,
    /// Another outcome, another price, or a question that was not recorded.
    Different,
    /// It failed where the recorded call did not.
    Failed,
    /// It cannot be run exactly: a text or the module is gone.
    Inexact,
    /// The recorded call ended on something that no second run repeats.
    Incomparable,
}

/// A value of the recorded call and of the second run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair<T> {
    /// Recorded.
    pub before: T,
    /// Now; `None` when nothing ran.
    pub after: Option<T>,
}

/// A text that is not there any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// `input`, or the read's id and source.
    pub what: String,
    /// Its digest.
    pub digest: String,
    /// `expired`, `erased` or `not kept`, with the time where one is known.
    pub why: String,
}

/// One call, run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replayed {
    /// Its job.
    pub job: JobId,
    /// Its step.
    pub step: StepName,
    /// From 1.
    pub attempt: u32,
    /// From 0.
    pub round: u32,
    /// Whether it is the same.
    pub verdict: Verdict,
    /// Why, where the differences do not say it.
    pub note: Option<String>,
    /// Digests of the modules.
    pub module: Pair<SkillRef>,
    /// Engines; fuel is comparable only where these are one.
    pub engine: Pair<String>,
    /// Digests of the outcomes.
    pub outcome: Pair<String>,
    /// Units.
    pub fuel: Pair<i64>,
    /// Micro-dollars.
    pub money: Pair<i64>,
    /// Where the outcomes differ, the first places.
    pub differences: Vec<Difference>,
    /// What it asked that the recorded call did not.
    pub unrecorded: Vec<Unrecorded>,
    /// Texts that are gone.
    pub gone: Vec<Gone>,
}

/// A replay of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobReplay {
    /// Which.
    pub job: JobId,
    /// Whether every call was run and is identical.
    pub identical: bool,
    /// Its calls in the order in which they ended.
    pub calls: Vec<Replayed>,
}

/// What a replay needs.
#[derive(Clone, Copy)]
pub struct Replayer<'a> {
    /// Journals and texts.
    pub store: &'a dyn Store,
    /// Modules.
    pub runner: &'a dyn SkillRunner,
    /// The present, for retention.
    pub now: Timestamp,
}

/// Everything a recorded call was told.
struct Told {
    input: Input,
    answers: Vec<Option<Arc<str>>>,
}

impl Replayer<'_> {
    /// Runs the calls of a job again, all or one step's; with `with`, the calls of
    /// that module's skill, on that module.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub async fn job(
        &self,
        org: &OrgId,
        job: &JobId,
        step: Option<&StepName>,
        with: Option<&SkillRef>,
    ) -> Result<JobReplay, ReplayError> {
        let stored = self.store.job(org, job).await?.ok_or_else(|| ReplayError::NoSuchJob(job.clone()))?;
        let mut recorded = calls(&stored, step)?;
        recorded.retain(|call| with.is_none_or(|with| call.skill.name == with.name));
        if recorded.is_empty() {
            return Err(ReplayError::NoCalls { job: job.clone(), step: step.cloned() });
        }
        let mut replayed = Vec::with_capacity(recorded.len());
        for call in &recorded {
            replayed.push(self.call(&stored.row, call, with).await?);
        }
        let identical = replayed.iter().all(|call| matches!(call.verdict, Verdict::Identical | Verdict::Incomparable));
        Ok(JobReplay { job: job.clone(), identical, calls: replayed })
    }

    /// Runs one call again, on its own module or on another.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn call(
        &self,
        row: &JobRow,
        recorded: &RecordedCall,
        with: Option<&SkillRef>,
    ) -> Result<Replayed, StoreError> {
        let module = with.unwrap_or(&recorded.skill);
        let mut replayed = Replayed {
            job: row.id.clone(),
            step: recorded.step.clone(),
            attempt: recorded.attempt,
            round: recorded.round,
            verdict: Verdict::Inexact,
            note: None,
            module: Pair { before: recorded.skill.clone(), after: None },
            engine: Pair { before: recorded.record.engine.clone(), after: None },
            outcome: Pair { before: recorded.record.outcome.clone(), after: None },
            fuel: Pair { before: recorded.spend.fuel, after: None },
            money: Pair { before: recorded.spend.money.0, after: None },
            differences: Vec::new(),
            unrecorded: Vec::new(),
            gone: Vec::new(),
        };
        if let Some(why) = recorded.beyond_replay() {
            replayed.verdict = Verdict::Incomparable;
            replayed.note = Some(why.to_owned());
            return Ok(replayed);
        }
        if self.runner.manifest(module).is_none() {
            replayed.note = Some(format!("the module {} of {} is not at hand", module.digest, module.name));
            return Ok(replayed);
        }
        let (told, gone) = self.told(row, recorded).await?;
        replayed.gone = gone;
        let Some(told) = told else {
            replayed.note = Some("texts of this call are gone; it cannot be run exactly".to_owned());
            return Ok(replayed);
        };
        let (report, unrecorded) = self.run(row, recorded, module, &told).await;
        let same_module = *module == recorded.skill;
        let same_engine = recorded.record.engine == self.runner.engine();
        let digest = outcome_digest(&report.result);
        let same_outcome = digest == recorded.record.outcome;
        let same_price =
            report.spend.money == recorded.spend.money && (!same_engine || report.spend.fuel == recorded.spend.fuel);
        replayed.verdict = if same_outcome && unrecorded.is_empty() && (!same_module || same_price) {
            Verdict::Identical
        } else if report.result.is_err() && recorded.error.is_none() {
            Verdict::Failed
        } else {
            Verdict::Different
        };
        let changed = changed_directories(&recorded.reads, &report.reads);
        if !changed.is_empty() && replayed.verdict != Verdict::Identical {
            replayed.verdict = Verdict::Inexact;
            replayed.note = Some(format!("{} is not what it was; the call cannot be run exactly", changed.join(", ")));
        } else if !same_engine {
            replayed.note = Some("another engine counts fuel in its own way".to_owned());
        }
        if !same_outcome {
            let after = outcome_json(&report.result);
            let before = if same_module { None } else { self.outcome_of(row, recorded, &told).await };
            let (found, note) = compared(before, &recorded.kept, &after);
            replayed.differences = found;
            replayed.note = note.or(replayed.note);
        }
        replayed.module.after = Some(module.clone());
        replayed.engine.after = Some(self.runner.engine().to_owned());
        replayed.outcome.after = Some(digest);
        replayed.fuel.after = Some(report.spend.fuel);
        replayed.money.after = Some(report.spend.money.0);
        replayed.unrecorded = unrecorded;
        Ok(replayed)
    }

    /// The recorded outcome, by running its own module once more, if that is at
    /// hand and still gives what was recorded.
    async fn outcome_of(&self, row: &JobRow, recorded: &RecordedCall, told: &Told) -> Option<Value> {
        self.runner.manifest(&recorded.skill)?;
        let (report, _) = self.run(row, recorded, &recorded.skill, told).await;
        (outcome_digest(&report.result) == recorded.record.outcome).then(|| outcome_json(&report.result))
    }

    async fn run(
        &self,
        row: &JobRow,
        recorded: &RecordedCall,
        module: &SkillRef,
        told: &Told,
    ) -> (CallReport, Vec<Unrecorded>) {
        let tape = Tape::new(recorded.reads.iter().cloned().zip(told.answers.iter().cloned()));
        let doors = Arc::new(RecordedDoors::new(tape));
        let call = recorded.call(row, told.input.clone());
        // A recorded call kept its deadline; a second run on a busier machine
        // must not end on it.
        let limits = CallLimits { wall_ms: Some(MAX_WALL_MS), ..recorded.record.limits.clone() };
        let behind = Arc::clone(&doors) as Arc<dyn Doors>;
        let report = self.runner.call(module, call, &recorded.right_set(), &limits, behind).await;
        (report, doors.unrecorded())
    }

    /// The texts of a call; `None` with what is gone where one is.
    async fn told(&self, row: &JobRow, recorded: &RecordedCall) -> Result<(Option<Told>, Vec<Gone>), StoreError> {
        let subject = Subject::of_job(row);
        let mut gone = Vec::new();
        let mut find = async |what: String, digest: &str| -> Result<Option<Arc<str>>, StoreError> {
            let why = match self.store.body(&row.org, &subject, digest, self.now).await? {
                Kept::Text(text) => return Ok(Some(text)),
                Kept::Expired { at } => format!("expired {}", at.rfc3339()),
                Kept::Erased { at } => format!("erased {}", at.rfc3339()),
                Kept::Missing => "not kept".to_owned(),
            };
            gone.push(Gone { what, digest: digest.to_owned(), why });
            Ok(None)
        };
        let input = if Input::is_empty_digest(&recorded.record.input) {
            Some(Input::empty())
        } else {
            find("input".to_owned(), &recorded.record.input).await?.and_then(|text| Input::parse(text).ok())
        };
        let mut answers = Vec::with_capacity(recorded.reads.len());
        for read in &recorded.reads {
            answers.push(match &read.digest {
                // Its digest is of a directory, which is read where it is.
                Some(_) if read.door == Door::Files => None,
                Some(digest) => find(format!("{} {}", read.read_id, read.source), digest).await?,
                None => None,
            });
        }
        let told = input.filter(|_| gone.is_empty()).map(|input| Told { input, answers });
        Ok((told, gone))
    }
}

/// Directories that hold something else than when the call was made.
fn changed_directories(before: &[ReadRecord], now: &[ReadRecord]) -> Vec<String> {
    let of = |reads: &[ReadRecord]| -> BTreeMap<String, Option<String>> {
        let directories = reads.iter().filter(|read| read.door == Door::Files);
        directories.map(|read| (read.source.clone(), read.digest.clone())).collect()
    };
    let now = of(now);
    of(before)
        .into_iter()
        .filter(|(source, digest)| now.get(source) != Some(digest))
        .map(|(source, _)| source)
        .collect()
}

/// Differences from the whole recorded outcome, or from what the journal has of it.
fn compared(before: Option<Value>, kept: &Value, after: &Value) -> (Vec<Difference>, Option<String>) {
    if let Some(before) = before {
        return (differences(&before, after), None);
    }
    let Some(fields) = kept.as_object().filter(|kept| kept.contains_key("output")) else {
        return (differences(kept, after), None);
    };
    let part: Value = match after.as_object() {
        Some(after) if after.contains_key("output") => {
            fields.keys().map(|key| (key.clone(), after.get(key).cloned().unwrap_or_default())).collect()
        }
        _ => return (differences(kept, after), None),
    };
    let found = differences(kept, &part);
    let note = found.is_empty().then(|| {
        "effects, questions or evidence differ; the journal keeps a digest of these, and the module that made them is not at hand".to_owned()
    });
    (found, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(door: Door, source: &str, digest: &str) -> ReadRecord {
        ReadRecord { door, source: source.to_owned(), digest: Some(digest.to_owned()), ..ReadRecord::default() }
    }

    #[test]
    fn a_directory_that_changed_or_went_is_named() {
        let before = [read(Door::Files, "fs:a", "1"), read(Door::Files, "fs:b", "1"), read(Door::Context, "deal", "1")];
        assert_eq!(changed_directories(&before, &before), Vec::<String>::new());
        let now = [read(Door::Files, "fs:a", "2"), read(Door::Context, "deal", "2")];
        assert_eq!(changed_directories(&before, &now), ["fs:a", "fs:b"]);
    }
}
