//! The journal's format is a promise: what an earlier host wrote stays readable.

use super::world::World;
use crate::fold::Job;
use crate::job::{JOURNAL_VERSION, JobEvent};
use crate::journal::{JournalError, decode, encode, kind};
use crate::store::JournalEntry;
use crate::time::Timestamp;

const GOLDEN: &str = include_str!("../../../fixtures/journal-v1.jsonl");
/// Names of all events; a new variant fails `kind`'s match and then this list.
const KINDS: [&str; 18] = [
    "planned",
    "step_proposed",
    "step_failed",
    "step_skipped",
    "step_fanned",
    "approval_settled",
    "approval_reopened",
    "approval_asked",
    "effect_settled",
    "followed_up",
    "ended",
    "retried",
    "paused",
    "resumed",
    "sent_back",
    "output_edited",
    "effect_requeued",
    "run_anew",
];

fn entry(body: &str) -> JournalEntry {
    JournalEntry { job: "job_1".into(), seq: 1, kind: String::new(), body: body.to_owned(), at: Timestamp(1) }
}

#[test]
fn every_event_of_version_1_is_read_and_written_the_same() {
    let mut seen = Vec::new();
    for line in GOLDEN.lines() {
        let event: JobEvent = decode(&entry(line)).unwrap_or_else(|error| panic!("{error}: {line}"));
        let again = encode(&"job_1".into(), 1, &event, Timestamp(1)).unwrap();
        let (a, b): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(line).unwrap(), serde_json::from_str(&again.body).unwrap());
        assert_eq!(a, b);
        assert_eq!(again.kind, a["event"]);
        seen.push(kind(&event));
    }
    for name in KINDS {
        assert!(seen.contains(&name), "no fixture of {name}");
    }
}

#[test]
fn another_version_is_refused_rather_than_skipped() {
    let next = JOURNAL_VERSION + 1;
    for body in [
        format!(r#"{{"v":{next},"event":"ended","status":"failed","reason":null}}"#),
        r#"{"event":"ended","status":"failed","reason":null}"#.to_owned(),
    ] {
        assert!(matches!(decode(&entry(&body)), Err(JournalError::UnknownVersion { .. })), "{body}");
    }
    for body in [r#"{"v":1,"event":"grown"}"#, "{", r#"{"v":1,"event":"ended"}"#] {
        assert!(
            matches!(decode(&entry(body)), Err(JournalError::NotAnEvent { .. } | JournalError::UnknownVersion { .. })),
            "{body}"
        );
    }
}

/// Skipped, it would be a job to which something did not happen.
#[test]
fn one_line_that_is_not_known_refuses_the_whole_job() {
    let stored = World::started("  a: { skill: x }\n").memory.lock().unwrap().stored.clone().unwrap();
    assert!(Job::restore(stored.clone()).is_ok());
    for (body, is_known) in [
        (r#"{"v":1,"event":"step_skipped","step":"a","reason":"r"}"#, true),
        // What a later host of the same version adds beside what is known.
        (r#"{"v":1,"event":"step_skipped","step":"a","reason":"r","weather":"fair"}"#, true),
        (r#"{"v":1,"event":"step_dreamt","step":"a"}"#, false),
        (r#"{"v":2,"event":"step_skipped","step":"a","reason":"r"}"#, false),
    ] {
        let mut grown = stored.clone();
        let seq = grown.journal.len() as u64 + 1;
        let mut line = entry(body);
        (line.job, line.seq) = (grown.row.id.clone(), seq);
        grown.journal.push(line);
        let restored = Job::restore(grown);
        assert_eq!(restored.is_ok(), is_known, "{body}: {:?}", restored.err());
    }
    let mut gap = stored;
    gap.journal.last_mut().unwrap().seq += 1;
    assert!(Job::restore(gap).is_err(), "a line is missing");
}
