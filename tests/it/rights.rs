//! Rights where all four parties meet: what is refused at load, what the audit
//! keeps, what an org-wide read sees, and what the command line says of it.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::context::{Doors as _, Query, ReadErrorKind};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_server::driver::JobDoors;
use skillhost_tests::process::{binary, seed, skills};
use skillhost_tests::test_host::{ORG, OTHER, REP, TestHost};

fn query(source: &str, params: Value) -> Query {
    Query { source: source.to_owned(), params, max_bytes: None, cursor: None }
}

/// A host whose org has a deal of another person's than the rep.
async fn with_anothers_deal() -> TestHost {
    let host = TestHost::start(|_| {}).await;
    let deal = json!({ "id": "dx", "org_id": ORG, "name": "Theirs", "stage": "lead", "owner_id": OTHER,
        "updated_at": "2026-05-04T00:00:00Z" });
    host.app.store.load_data(&json!({ "deals": [deal] }), skillhost_engine::time::Timestamp(i64::MAX)).await.unwrap();
    host
}

fn doors(host: &TestHost, org: &str, user: &str) -> JobDoors {
    JobDoors::new(Arc::clone(&host.app.store), Arc::clone(&host.app.clock), org.into(), user.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_wide_read_sees_its_org_and_no_other() {
    let host = with_anothers_deal().await;
    let rep = doors(&host, ORG, REP);
    let asked = json!({ "deal_id": "dx" });
    let own = rep.read(query("deal", asked.clone())).await;
    assert_eq!(own.unwrap_err().kind, ReadErrorKind::NotFound, "it is another person's");
    let wide = rep.read(query("deal@org", asked.clone())).await.unwrap();
    assert!(wide.body.contains("Theirs"), "{}", wide.body);
    let rival = doors(&host, "rival", "rex");
    for source in ["deal", "deal@org"] {
        let answer = rival.read(query(source, asked.clone())).await;
        assert_eq!(answer.unwrap_err().kind, ReadErrorKind::NotFound, "{source} of another org");
    }
    for source in ["user@org", "org@org", "deal@org@org", "@org", "deal@rival"] {
        let answer = rep.read(query(source, json!({}))).await;
        assert_eq!(answer.unwrap_err().kind, ReadErrorKind::UnknownSource, "{source}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_or_a_user_named_in_a_query_is_refused() {
    let host = with_anothers_deal().await;
    for (name, value) in
        [("org", "rival"), ("org_id", "rival"), ("user", OTHER), ("user_id", OTHER), ("owner_id", OTHER)]
    {
        for source in ["deal", "deal@org", "meetings", "user", "org"] {
            let params = json!({ "deal_id": "dx", name: value });
            let answer = doors(&host, ORG, REP).read(query(source, params)).await;
            assert_eq!(answer.unwrap_err().kind, ReadErrorKind::InvalidParams, "{source} with {name}");
        }
    }
    host.stop().await;
}

async fn audit(host: &TestHost, job: &str, action: &str) -> Vec<Value> {
    let rows = host.app.store.audit(&ORG.into(), Some(&JobId::from(job)), 100).await.unwrap();
    rows.into_iter().filter(|row| row.action == action).map(|row| row.detail).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_and_org_wide_reads_are_audited_of_failed_calls_too() {
    let host = TestHost::start(|_| {}).await;
    for (ask, action, field, wanted) in [
        ("denied", "right.denied", "right", "context:deal@org"),
        ("org-wide", "context.org_read", "source", "deal@org"),
    ] {
        let event = json!({ "type": "email_received", "payload": { "message_id": ask, "ask": ask } });
        let (status, received) = host.post(REP, "/v1/events", &event).await;
        assert_eq!(status, 202, "{received}");
        let job = received["job_id"].as_str().unwrap();
        host.until(job, |view| matches!(view.status, JobStatus::Failed | JobStatus::Completed)).await;
        let rows = audit(&host, job, action).await;
        assert_eq!(rows.iter().map(|row| &row[field]).collect::<Vec<_>>(), [wanted], "{ask}: {rows:?}");
    }
    host.stop().await;
}

fn skillhost(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).arg("--skills").arg(skills()).current_dir(folder).output().unwrap()
}

#[test]
fn a_sequence_whose_step_lacks_a_right_stops_the_host_at_load() {
    let folder = tempfile::tempdir().unwrap();
    let sequences = folder.path().join("sequences");
    std::fs::create_dir(&sequences).unwrap();
    let write = |rights: &str| {
        let text = format!(
            "sequence: m\nversion: 1\nevent: meeting_ended\nsteps:\n  hear:\n    skill: detect-intents\n{rights}"
        );
        std::fs::write(sequences.join("m.yaml"), text).unwrap();
    };
    // What is tested is what a start says, not how long compiling takes.
    std::fs::create_dir(folder.path().join("var")).unwrap();
    seed(&folder.path().join("var")).unwrap();
    let serve = || {
        let ended = skillhost(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--sequences", "sequences"]);
        assert!(!ended.status.success());
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    write("    rights: [context:transcript, context:deal]\n");
    let said = serve();
    for word in ["m.yaml:6", "steps.hear.rights", "does not ask for `context:deal`", "skill.toml"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    write("");
    std::fs::write(folder.path().join("skillhost.toml"), "[grants]\n\"detect-intents\" = [\"context:org\"]\n").unwrap();
    let said = serve();
    for word in ["m.yaml:6", "is not granted", "`context:transcript`", "[grants] in skillhost.toml"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let grants = "[grants]\n\"detect-intents\" = [\"fs:proposals\"]\n";
    std::fs::write(folder.path().join("skillhost.toml"), grants).unwrap();
    assert!(serve().contains("`fs:proposals`, which [files] does not have"));
}

#[test]
fn the_command_line_says_who_says_what_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let sequences = folder.path().join("sequences");
    std::fs::create_dir(&sequences).unwrap();
    let text = "sequence: m\nversion: 1\nevent: meeting_ended\nsteps:\n  hear:\n    skill: detect-intents\n    \
                rights: [context:transcript]\n";
    std::fs::write(sequences.join("m.yaml"), text).unwrap();
    let grants = "[grants]\n\"detect-intents\" = [\"context:tr*\", \"context:org\"]\n";
    std::fs::write(folder.path().join("skillhost.toml"), grants).unwrap();
    let place = ["--sequences", "sequences", "--sequence", "m", "--step", "hear"];
    let said = skillhost(folder.path(), &[&["skills", "rights", "detect-intents", "--json"], &place[..]].concat());
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said["effective"], json!(["context:transcript"]));
    let row = |right: &str| {
        said["rights"].as_array().unwrap().iter().find(|row| row["right"] == right).unwrap_or_else(|| panic!("{said}"))
    };
    assert_eq!(row("context:transcript")["operator"], json!({ "yes": true, "why": "by `context:tr*`" }));
    assert_eq!(row("context:org")["step"], json!({ "yes": false, "why": "not taken" }));
    assert_eq!(row("context:user")["operator"], json!({ "yes": false, "why": "not granted" }));
    let table = skillhost(folder.path(), &["skills", "rights", "detect-intents"]);
    let table = String::from_utf8(table.stdout).unwrap();
    for word in ["context:transcript", "by `context:tr*`", "narrows nothing"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let none = skillhost(folder.path(), &["skills", "rights", "nobody"]);
    assert_eq!(none.status.code(), Some(3));
}
