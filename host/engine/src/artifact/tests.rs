#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::job::{JobRow, JobStatus};
use crate::outcome::{ApprovalRequest, Ask, Effect};

const AT: Timestamp = Timestamp(1_000);

fn job() -> Job {
    Job::new(JobRow {
        id: "job_1".into(),
        org: "acme".into(),
        user: "ada".into(),
        status: JobStatus::InProgress,
        reason: None,
        version: 1,
        event: "evt_1".into(),
        event_type: "proposal_generation".to_owned(),
        event_source: "manual".to_owned(),
        trigger_payload: json!({"contact_id": "c1"}),
        idempotency_key: "k".to_owned(),
        body_digest: String::new(),
        parent: None,
        depth: 1,
        sequence: "s".to_owned(),
        sequence_digest: String::new(),
        sequence_text: String::new(),
        priority: 0,
        concurrency: None,
        wake_at: None,
        lease: None,
        created_at: AT,
        updated_at: AT,
    })
}

fn file(name: &str, text: &str) -> Artifact {
    Artifact { name: name.to_owned(), media_type: "text/plain".to_owned(), content: text.as_bytes().to_vec() }
}

fn with(job: &mut Job, step: &str, name: &str, text: &str) {
    keep(&mut job.artifacts, &step.into(), Made::from(&file(name, text)), AT);
}

fn mail(artifact: &str) -> Effect {
    let payload = json!({
        "to": ["b@x.example"], "subject": "s", "body": "b", "attachments": [{"artifact": artifact, "name": "a.txt"}],
    });
    Effect { id: "mail".to_owned(), kind: "email.send".to_owned(), payload, after: Vec::new() }
}

/// What the attachment of a mail that step `send` asks about becomes.
fn resolved(job: &Job, own: Vec<Artifact>, artifact: &str) -> Result<Value, String> {
    let ask = Ask::Review { effects: vec![mail(artifact)], editable: Vec::new(), deferrable: false };
    let request = ApprovalRequest {
        id: "r".to_owned(),
        title: "t".to_owned(),
        summary: String::new(),
        fields: Vec::new(),
        ask,
        expires: None,
        tell_skill: false,
    };
    let mut outcome = Outcome { artifacts: own, approvals: vec![request], ..Outcome::default() };
    resolve(job, &"send".into(), &mut outcome, AT).map_err(|error| error.to_string())?;
    let effect = outcome.approvals[0].ask.effects_mut().remove(0);
    Ok(effect.payload["attachments"][0].clone())
}

#[test]
fn a_further_version_counts_and_the_same_bytes_again_are_none() {
    let mut job = job();
    for text in ["one", "two", "two", "one"] {
        with(&mut job, "assemble", "offer", text);
    }
    with(&mut job, "assemble", "terms", "two");
    let versions: Vec<_> = job.artifacts.iter().map(|kept| (kept.name.as_str(), kept.version)).collect();
    assert_eq!(versions, [("offer", 1), ("offer", 2), ("offer", 3), ("terms", 1)]);
    assert_eq!(resolved(&job, vec![], "artifact:offer").unwrap()["artifact"], sha256(b"one"));
}

#[test]
fn what_a_payload_names_becomes_digest_type_and_size() {
    let mut job = job();
    with(&mut job, "assemble", "offer", "kept before");
    let found = resolved(&job, vec![], "artifact:assemble/offer").unwrap();
    assert_eq!(
        found,
        json!({"artifact": sha256(b"kept before"), "name": "a.txt", "media_type": "text/plain", "bytes": 11})
    );
    assert_eq!(resolved(&job, vec![], &sha256(b"kept before")).unwrap(), found);
    let own = resolved(&job, vec![file("offer", "my own")], "artifact:offer").unwrap();
    assert_eq!(own["artifact"], sha256(b"my own"), "a call's own file goes first");
}

#[test]
fn what_the_skill_says_of_a_file_is_replaced() {
    let mut job = job();
    with(&mut job, "assemble", "offer", "text");
    let payload = json!({
        "artifact": "artifact:offer", "title": "T", "expires_at": "2026-12-01T00:00:00Z",
        "media_type": "image/png", "bytes": 1,
    });
    let effect = Effect { id: "s".to_owned(), kind: "proposal.share".to_owned(), payload, after: Vec::new() };
    let mut outcome = Outcome { effects: vec![effect], ..Outcome::default() };
    resolve(&job, &"send".into(), &mut outcome, AT).unwrap();
    let payload = &outcome.effects[0].payload;
    assert_eq!(
        (&payload["media_type"], &payload["bytes"], &payload["name"]),
        (&json!("text/plain"), &json!(4), &json!("offer.txt"))
    );
}

#[test]
fn a_file_of_nobody_of_two_steps_or_too_large_is_refused_by_its_place() {
    let mut job = job();
    with(&mut job, "draft", "offer", "a");
    with(&mut job, "assemble", "offer", "b");
    for (reference, why) in [
        ("artifact:offer", "several steps made a file `offer`; write `artifact:assemble/offer`"),
        ("artifact:terms", "the job has no file `artifact:terms`"),
        ("artifact:other/offer", "the job has no file `artifact:other/offer`"),
        (&sha256(b"of another job"), "the job has no file"),
    ] {
        let error = resolved(&job, vec![], reference).unwrap_err();
        assert!(error.contains(why) && error.contains("/approvals/0/effects/0/payload"), "{reference}: {error}");
    }
    let large = Artifact {
        name: "large".to_owned(),
        media_type: "text/plain".to_owned(),
        content: vec![b'x'; usize::try_from(effect::attachment::MAX_ATTACHED_BYTES).unwrap() + 1],
    };
    let error = resolved(&job, vec![large], "artifact:large").unwrap_err();
    assert!(error.contains("more than"), "{error}");
}

#[test]
fn names_and_types_of_files_are_checked() {
    let made = |name: &str, media_type: &str| Artifact {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content: Vec::new(),
    };
    let pointer = |made: &[Artifact]| match check(made) {
        Err(CallError::InvalidOutcome { pointer, .. }) => pointer,
        other => format!("{other:?}"),
    };
    check(&[
        made("a", "text/html; charset=utf-8"),
        made("b-2", "application/vnd.ms-excel"),
        made("c", "image/svg+xml"),
    ])
    .unwrap();
    for name in ["", "A", "a.pdf", "../a", "a_b", &"x".repeat(65)] {
        assert_eq!(pointer(&[made(name, "text/plain")]), "/artifacts/0/name", "{name}");
    }
    for media in [
        "",
        "pdf",
        "text/",
        "/plain",
        "text/plain\r\nX: y",
        "Text/Plain",
        "text/html; charset=utf-7",
        "text/html;x=y",
        "a/b/c",
    ] {
        assert_eq!(pointer(&[made("a", media)]), "/artifacts/0/media_type", "{media:?}");
    }
    assert_eq!(pointer(&[made("a", "text/plain"), made("a", "text/plain")]), "/artifacts/1/name");
    let many: Vec<_> = (0..=MAX_ARTIFACTS).map(|n| made(&format!("a{n}"), "text/plain")).collect();
    assert_eq!(pointer(&many), "/artifacts");
}

#[test]
fn only_known_types_are_served_as_what_they_are() {
    assert_eq!(Serving::of("text/html"), Serving { content_type: "text/html; charset=utf-8", inline: true });
    assert_eq!(Serving::of("application/pdf"), Serving { content_type: "application/pdf", inline: false });
    for other in ["image/svg+xml", "application/javascript", "text/xml", "application/xhtml+xml", "x", ""] {
        assert_eq!(Serving::of(other), Serving { content_type: BYTES, inline: false }, "{other}");
    }
    assert_eq!(
        (file_name("offer", "application/pdf"), file_name("a", "x/y")),
        ("offer.pdf".to_owned(), "a".to_owned())
    );
}

#[test]
fn files_are_found_anywhere_in_an_output() {
    let mut job = job();
    with(&mut job, "assemble", "offer", "text");
    with(&mut job, "assemble", "terms", "more");
    let output =
        json!({"documents": [{"pdf": "artifact:offer"}, sha256(b"text")], "other": "artifact:nothing", "n": 1});
    let found: Vec<_> =
        named_in(&output, &"present".into(), &job.artifacts).into_iter().map(|kept| &kept.name).collect();
    assert_eq!(found, ["offer"]);
}

struct Folder(Mutex<BTreeMap<String, File>>);

#[async_trait::async_trait]
impl Files for Folder {
    async fn file(&self, _: &OutboxRow, digest: &str) -> Result<File, FileError> {
        let files = self.0.lock().unwrap();
        files.get(digest).cloned().ok_or(FileError::Gone { reason: "gone".to_owned() })
    }
}

/// Runs a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("nothing to wait for"),
    }
}

#[test]
fn what_is_sent_is_the_file_that_was_shown() {
    let digest = sha256(b"text");
    let kept = File { media_type: "text/plain".to_owned(), bytes: b"text".as_slice().into() };
    let row = |change: &dyn Fn(&mut Value)| {
        let mut payload = mail(&digest).payload;
        payload["attachments"][0]["media_type"] = json!("text/plain");
        payload["attachments"][0]["bytes"] = json!(4);
        change(&mut payload["attachments"][0]);
        serde_json::from_value::<OutboxRow>(json!({
            "key": "eff_1", "org": "acme", "user": "ada", "job": "job_1", "step": "s", "local_id": "e",
            "kind": "email.send", "payload": payload, "after": [], "module": null, "rights": [], "digest": "d",
            "approval": null, "release": null, "state": "ready", "revision": 1, "attempt": 0, "not_before": 0,
            "last_error": null, "receipt": null, "created_at": 0, "updated_at": 0,
        }))
        .unwrap()
    };
    let folder = |file: File| Folder(Mutex::new(BTreeMap::from([(digest.clone(), file)])));
    let sent = now(attached(&folder(kept.clone()), &row(&|_| ()))).unwrap();
    assert_eq!((sent[0].name.as_str(), &*sent[0].bytes), ("a.txt", b"text".as_slice()));
    for change in [
        &(|entry: &mut Value| entry["bytes"] = json!(5)) as &dyn Fn(&mut Value),
        &|entry: &mut Value| entry["media_type"] = json!("application/pdf"),
        &|entry: &mut Value| entry["artifact"] = json!(sha256(b"other")),
        &|entry: &mut Value| drop(entry.as_object_mut().unwrap().remove("bytes")),
    ] {
        assert!(matches!(now(attached(&folder(kept.clone()), &row(change))), Err(FileError::Gone { .. })));
    }
    let swapped = File { bytes: b"tEXt".as_slice().into(), ..kept };
    assert!(now(attached(&folder(swapped), &row(&|_| ()))).is_err(), "other bytes under the same digest");
}
