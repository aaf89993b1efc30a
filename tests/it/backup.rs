//! A backup under load, the host killed, and what a restored host may still send.
//! Mails are counted by the receiver, in a process of its own.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use skillhost_engine::outbox::EffectState;
use skillhost_server::view::JobView;
use skillhost_tests::process::{Host, binary};
use skillhost_tests::rep;
use skillhost_tests::smtp_server::SmtpServer;

/// Looks before the test gives up; nothing is asserted of time.
const PATIENCE: usize = 1200;

fn settings(data: &Path, smtp: &SmtpServer) {
    let text = format!("[smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n", smtp.port);
    std::fs::write(data.join("skillhost.toml"), text).unwrap();
}

/// Runs a command of the binary; its JSON, or what it said.
fn run(arguments: &[&str]) -> Result<Value, String> {
    let done = Command::new(binary()).args(arguments).arg("--json").output().unwrap();
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&done.stdout).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Answers what is open with yes until the job is as wanted.
async fn answering_until(host: &Host, job: &str, wanted: impl Fn(&JobView) -> bool) {
    for _ in 0..PATIENCE {
        let view = rep::job(host, job).await.unwrap();
        if wanted(&view) {
            return;
        }
        rep::answer_open(host, &view, rep::agree).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("job {job} never came to it: {}", host.logs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_host_holds_its_effects_until_a_person_has_looked() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("first");
    std::fs::create_dir(&data).unwrap();
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    settings(&data, &smtp);
    let host = Host::start(&data, &[], &[]);
    let job = rep::deliver(&host, "msg-1").await.unwrap();

    // Backed up while events come in: what is in it is whole, wherever it was cut.
    let client = rep::client(&host);
    let load = async {
        let mut taken = 0;
        for n in 0..40 {
            let event = json!({ "type": "stale_deal_revival", "payload": { "deal_id": format!("d-{n}") },
                "idempotency_key": format!("load-{n}") });
            let answer: Value = client.post("/v1/events", &event).await.unwrap();
            taken += usize::from(answer["job_id"].is_string());
        }
        taken
    };
    let (file, from) = (place.path().join("copy.skillhost"), data.clone());
    let to = file.clone();
    let taking = tokio::task::spawn_blocking(move || run(&["backup", text(&to), "--data", text(&from)]));
    let (taken, made) = tokio::join!(load, taking);
    let made = made.unwrap().unwrap();
    assert_eq!(taken, 40);
    assert!(made["modules"].as_u64().unwrap() > 0 && made["bytes"].as_u64().unwrap() > 0, "{made}");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
    assert_eq!(mode & 0o777, 0o600, "its owner's alone, as the data folder is");
    let again = run(&["backup", text(&file), "--data", text(&data)]).unwrap_err();
    assert!(again.contains("not empty"), "nothing is overwritten: {again}");

    // After the backup the person approves everything, and the mail leaves.
    rep::see_through(&host, &job, rep::agree).await.unwrap();
    assert_eq!(smtp.received().unwrap().len(), 1);
    host.kill();

    // What could never be put back is no backup.
    let module = std::fs::read_dir(data.join("modules")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&module).unwrap();
    std::fs::write(&module, &whole[1..]).unwrap();
    let torn = place.path().join("torn.skillhost");
    let refused = run(&["backup", text(&torn), "--data", text(&data)]).unwrap_err();
    assert!(refused.contains("not the module that was installed") && !torn.exists(), "{refused}");
    std::fs::write(&module, &whole).unwrap();

    let key = data.join("host.key");
    let full = run(&["restore", text(&file), "--host-key", text(&key), "--data", text(&data)]).unwrap_err();
    assert!(full.contains("not empty"), "{full}");
    let second = place.path().join("second");
    let other_key = place.path().join("other.key");
    std::fs::write(&other_key, "ab".repeat(32)).unwrap();
    let refused = run(&["restore", text(&file), "--host-key", text(&other_key), "--data", text(&second)]).unwrap_err();
    assert!(refused.contains("host key"), "{refused}");
    assert!(!second.exists(), "a restore that failed leaves nothing");
    run(&["restore", text(&file), "--host-key", text(&key), "--data", text(&second)]).unwrap();

    settings(&second, &smtp);
    let host = Host::start(&second, &[], &[]);
    let client = rep::client(&host);
    // The question is open again; what its answer releases is stored, and held.
    answering_until(&host, &job, |job| {
        let has = |kind: &str| job.effects.iter().any(|effect| effect.kind == kind);
        has("email.send") && has("task.create")
    })
    .await;
    let held: Value = client.get("/v1/effects/held").await.unwrap();
    let effects = held["effects"].as_array().unwrap();
    let of_kind = |kind: &str| effects.iter().filter(|effect| effect["kind"] == kind).collect::<Vec<_>>();
    let mail = of_kind("email.send");
    assert_eq!(mail.len(), 1, "{held}");
    assert_eq!(mail[0]["doubt"], "may_have_left");
    assert!(mail[0]["about"].as_str().unwrap().starts_with("to "), "{held}");
    let tasks = of_kind("task.create");
    assert!(!tasks.is_empty() && tasks.iter().all(|task| task["doubt"] == "here_only"), "{held}");

    // The hold outlives a restart, and nothing left.
    host.kill();
    let host = Host::start(&second, &[], &[]);
    let client = rep::client(&host);
    let status: Value = client.get("/v1/status").await.unwrap();
    assert!(status["findings"].as_array().unwrap().iter().any(|finding| finding["figure"] == "hold"), "{status}");
    assert_eq!(smtp.received().unwrap().len(), 1);

    // It has left: one look into the mailbox says so.
    let key_of = |effect: &Value| effect["key"].as_str().unwrap().to_owned();
    let done: Value = client.post("/v1/effects/discard", &json!({ "keys": [key_of(mail[0])] })).await.unwrap();
    assert_eq!(done["discarded"], 1);
    let done: Value = client.post("/v1/effects/release", &json!({ "keys": [key_of(tasks[0])] })).await.unwrap();
    assert_eq!(done["released"], 1);
    answering_until(&host, &job, |job| {
        job.effects.iter().any(|effect| effect.kind == "task.create" && effect.state == EffectState::Sent)
    })
    .await;
    let done: Value = client.post("/v1/effects/release", &json!({ "all": true })).await.unwrap();
    assert!(done["released"].as_u64().is_some());
    let ended = rep::see_through(&host, &job, rep::agree).await.unwrap();
    let states: Vec<_> =
        ended.effects.iter().filter(|effect| effect.kind == "email.send").map(|effect| effect.state.as_str()).collect();
    assert_eq!(states, ["cancelled"], "what was discarded never leaves");
    assert_eq!(smtp.received().unwrap().len(), 1, "one mail in two lives");
    let held: Value = client.get("/v1/effects/held").await.unwrap();
    assert_eq!(held["hold"], Value::Null);
    host.stop();
}
