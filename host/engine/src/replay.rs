//! Running a journaled call again: what it asked and was told, in order, and
//! how two outcomes differ. Pure; the server brings texts and a runner.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call_record::CallRecord;
use crate::canonical::escape;
use crate::ids::StepName;
use crate::input::Input;
use crate::job::{JobEvent, JobRow};
use crate::journal::{self, JournalError};
use crate::outcome::{Call, Spend};
use crate::rights::{Right, RightSet};
use crate::skill::{CallError, Door, ReadRecord, SkillRef};
use crate::store::StoredJob;
use crate::time::Timestamp;

/// Differences shown of one call; the first ones say where to look.
pub const MAX_DIFFERENCES: usize = 20;
/// Characters of a value shown at a difference.
const MAX_SHOWN: usize = 200;

/// A call as the journal has it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedCall {
    /// Its line in the journal.
    pub seq: u64,
    /// Its step.
    pub step: StepName,
    /// From 1.
    pub attempt: u32,
    /// From 0.
    pub round: u32,
    /// The module that ran.
    pub skill: SkillRef,
    /// Rights it ran with.
    pub rights: Vec<String>,
    /// What it used.
    pub spend: Spend,
    /// What it asked.
    pub reads: Vec<ReadRecord>,
    /// When it started, which is what it was told the time is.
    pub started_at: Timestamp,
    /// Everything else.
    pub record: CallRecord,
    /// How it failed, where it did.
    pub error: Option<CallError>,
    /// The parts of its outcome that the journal itself keeps.
    pub kept: Value,
}

impl RecordedCall {
    /// The call, to be made again with this input.
    pub fn call(&self, row: &JobRow, input: Input) -> Call {
        Call {
            call_id: self.record.call.clone(),
            job: row.id.clone(),
            step: self.step.clone(),
            round: self.round,
            org: row.org.clone(),
            user: row.user.clone(),
            event_type: row.event_type.clone(),
            now: self.started_at,
            zone: self.record.zone.clone(),
            input,
            extra: self.record.extra.clone(),
        }
    }

    /// The rights it ran with.
    pub fn right_set(&self) -> RightSet {
        let rights: Vec<Right> = self.rights.iter().filter_map(|right| right.parse().ok()).collect();
        RightSet::meet(&rights, &[])
    }

    /// Why no second run can be expected to end the same way: the first one
    /// ended on the machine's clock, or on the host.
    pub fn beyond_replay(&self) -> Option<&'static str> {
        match self.error {
            Some(CallError::Timeout { .. }) => Some("it ended at its deadline, which is the machine's clock"),
            Some(CallError::Host { .. }) => Some("the host failed, not the call"),
            Some(CallError::Unavailable { .. }) => Some("its module was not at hand, so nothing ran"),
            _ => None,
        }
    }
}

/// Calls of a job in the order in which they ended, of one step or of all.
pub fn calls(job: &StoredJob, step: Option<&StepName>) -> Result<Vec<RecordedCall>, JournalError> {
    let mut calls = Vec::new();
    for entry in &job.journal {
        // Other lines are the mass of a journal.
        if entry.kind != "step_proposed" && entry.kind != "step_failed" {
            continue;
        }
        let Some(call) = recorded(entry.seq, journal::decode(entry)?) else { continue };
        if step.is_none_or(|step| call.step == *step) {
            calls.push(call);
        }
    }
    Ok(calls)
}

fn recorded(seq: u64, event: JobEvent) -> Option<RecordedCall> {
    match event {
        JobEvent::StepProposed {
            step,
            attempt,
            round,
            skill,
            output,
            summary,
            rights,
            spend,
            reads,
            suggested,
            started_at,
            call,
            ..
        } => Some(RecordedCall {
            seq,
            step,
            attempt,
            round,
            skill: skill?,
            rights,
            spend,
            reads,
            started_at,
            record: *call?,
            error: None,
            kept: serde_json::json!({ "output": output, "summary": summary, "follow_ups": suggested }),
        }),
        JobEvent::StepFailed { step, attempt, round, skill, rights, error, spend, reads, started_at, call, .. } => {
            Some(RecordedCall {
                seq,
                step,
                attempt,
                round,
                skill: skill?,
                rights,
                spend,
                reads,
                started_at,
                record: *call?,
                kept: serde_json::to_value(&error).unwrap_or(Value::Null),
                error: Some(error),
            })
        }
        _ => None,
    }
}

/// A question of a replayed call that the recorded one did not ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unrecorded {
    /// Through which door.
    pub door: Door,
    /// Source, class or address.
    pub source: String,
    /// Digest of what was asked.
    pub params_digest: String,
}

/// What a call was answered, to be answered again: by door, source and digest of
/// the question, and among the same questions in the order asked.
#[derive(Debug, Default)]
pub struct Tape {
    entries: Vec<(ReadRecord, Option<Arc<str>>, bool)>,
    unrecorded: Vec<Unrecorded>,
}

impl Tape {
    /// Of these records, each with its text where it had one.
    pub fn new(entries: impl IntoIterator<Item = (ReadRecord, Option<Arc<str>>)>) -> Self {
        Self {
            entries: entries.into_iter().map(|(record, text)| (record, text, false)).collect(),
            unrecorded: Vec::new(),
        }
    }

    /// The next answer to this question; `None` when it was not asked so often.
    pub fn take(&mut self, door: Door, source: &str, params_digest: &str) -> Option<(ReadRecord, Option<Arc<str>>)> {
        let place = self.entries.iter_mut().find(|(record, _, used)| {
            !used && record.door == door && record.source == source && record.params_digest == params_digest
        });
        match place {
            Some((record, text, used)) => {
                *used = true;
                Some((record.clone(), text.clone()))
            }
            None => {
                let question = Unrecorded { door, source: source.to_owned(), params_digest: params_digest.to_owned() };
                if self.unrecorded.len() < MAX_DIFFERENCES {
                    self.unrecorded.push(question);
                }
                None
            }
        }
    }

    /// Questions that nothing was recorded for, the first ones.
    pub fn unrecorded(&self) -> &[Unrecorded] {
        &self.unrecorded
    }
}

/// One place where two outcomes differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// JSON Pointer into the outcome.
    pub pointer: String,
    /// What was there, shortened; `None` where nothing was.
    pub before: Option<String>,
    /// What is there now.
    pub after: Option<String>,
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Places where `after` is not `before`, the first [`MAX_DIFFERENCES`] of them.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(pointer: &mut String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if found.len() >= MAX_DIFFERENCES || before == after {
        return;
    }
    let length = pointer.len();
    match (before, after) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let only_b = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(only_b) {
                pointer.push('/');
                pointer.push_str(&escape(key));
                compare(pointer, a.get(key), b.get(key), found);
                pointer.truncate(length);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                pointer.push('/');
                pointer.push_str(&at.to_string());
                compare(pointer, a.get(at), b.get(at), found);
                pointer.truncate(length);
            }
        }
        (before, after) => {
            found.push(Difference { pointer: pointer.clone(), before: before.map(shown), after: after.map(shown) });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn record(id: &str, source: &str, params: &str) -> ReadRecord {
        ReadRecord {
            read_id: id.to_owned(),
            source: source.to_owned(),
            params_digest: params.to_owned(),
            ..ReadRecord::default()
        }
    }

    #[test]
    fn a_tape_answers_by_question_and_among_the_same_in_order() {
        let text = |text: &str| Some(Arc::from(text));
        let mut tape = Tape::new([
            (record("r1", "deal", "a"), text("first")),
            (record("r2", "contact", "a"), text("other")),
            (record("r3", "deal", "a"), text("second")),
        ]);
        let mut ask =
            |source: &str, params: &str| tape.take(Door::Context, source, params).map(|(r, t)| (r.read_id, t));
        assert_eq!(ask("deal", "a"), Some(("r1".to_owned(), text("first"))));
        assert_eq!(ask("deal", "b"), None);
        assert_eq!(ask("deal", "a"), Some(("r3".to_owned(), text("second"))));
        assert_eq!(ask("deal", "a"), None, "asked once more than recorded");
        assert_eq!(ask("contact", "a"), Some(("r2".to_owned(), text("other"))));
        assert_eq!(tape.take(Door::Llm, "contact", "a"), None, "another door is another question");
        let missed: Vec<_> = tape.unrecorded().iter().map(|q| (q.door, q.params_digest.as_str())).collect();
        assert_eq!(missed, [(Door::Context, "b"), (Door::Context, "a"), (Door::Llm, "a")]);
    }

    #[test]
    fn differences_are_named_by_pointer() {
        let before = json!({ "output": { "a/b": 1, "list": [1, 2], "gone": true }, "summary": "s" });
        let after = json!({ "output": { "a/b": 2, "list": [1, 2, 3], "new": null }, "summary": "s" });
        let found: Vec<_> = differences(&before, &after)
            .into_iter()
            .map(|difference| (difference.pointer, difference.before, difference.after))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("/output/a~1b".to_owned(), text("1"), text("2")),
                ("/output/gone".to_owned(), text("true"), None),
                ("/output/list/2".to_owned(), None, text("3")),
                ("/output/new".to_owned(), None, text("null")),
            ]
        );
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(json!(null)), any::<i32>().prop_map(Value::from), "[a-c]{0,3}".prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c/~]{1,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_exactly_when_both_are_the_same(a in json_value(), b in json_value()) {
            prop_assert!(differences(&a, &a).is_empty());
            let found = differences(&a, &b);
            prop_assert_eq!(found.is_empty(), a == b);
            prop_assert!(found.len() <= MAX_DIFFERENCES);
            for difference in found {
                let (before, after) = (a.pointer(&difference.pointer), b.pointer(&difference.pointer));
                prop_assert_eq!(before.map(shown), difference.before);
                prop_assert_eq!(after.map(shown), difference.after);
            }
        }
    }
}
