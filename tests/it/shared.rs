//! Hosts that share a Postgres hear of each other: a module that one of them installed
//! serves on all of them, from the database where a host has no file of it, and a page
//! of one shows what another does.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use skillhost_engine::canonical::sha256;
use skillhost_engine::job::JobStatus;
use skillhost_sandbox::{Sandbox, SandboxConfig, embed_manifest};
use skillhost_server::view::JobView;
use skillhost_tests::guests::build_of;
use skillhost_tests::process::Host;
use skillhost_tests::{postgres, rep};

const SAME_KEY: [(&str, &str); 1] =
    [("SKILLHOST_HOST_KEY", "6b6579206f662074686520746573747320696e2073697874792d666f75722e2e")];

const SEQUENCE: &str = "\
sequence: versions
version: 1
event: email_received
steps:
  only:
    skill: versions
    with: { ask: 'event.payload.ask' }
";

async fn build(version: &str) -> Vec<u8> {
    let sandbox = Sandbox::new(SandboxConfig { concurrency: 1, cache: None }).unwrap();
    let raw = build_of(version, "good");
    let said = sandbox.describe(&raw).await.unwrap();
    embed_manifest(&raw, &serde_json::from_value(said).unwrap()).unwrap()
}

/// A data folder; with a module in its folder of built skills, or with none.
fn folder(database: &str, module: Option<&[u8]>) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences"] {
        std::fs::create_dir(data.path().join(name)).unwrap();
    }
    if let Some(module) = module {
        std::fs::write(data.path().join("skills/versions.wasm"), module).unwrap();
    }
    std::fs::write(data.path().join("sequences/versions.yaml"), SEQUENCE).unwrap();
    let settings = format!(
        "database = \"{database}\"\nsequences_dir = \"sequences\"\n[grants]\nversions = [\"context:user\", \"effect:email.send\"]\n"
    );
    std::fs::write(data.path().join("skillhost.toml"), settings).unwrap();
    data
}

fn start(data: &Path) -> Host {
    Host::start_own(data, &["--skills", "skills"], &SAME_KEY)
}

async fn serving(host: &Host) -> String {
    let skills: Value = rep::client(host).get("/v1/skills").await.unwrap();
    skills["skills"].as_array().unwrap().iter().map(|skill| skill["version"].as_str().unwrap()).collect()
}

/// Waits until a version serves on a host. Nothing but the news of the other host
/// brings it there.
async fn until_serving(host: &Host, version: &str) {
    for _ in 0..600 {
        if serving(host).await == version {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("version {version} does not serve: {}", host.logs());
}

async fn ran(host: &Host, message: &str) -> String {
    let event = json!({ "type": "email_received", "payload": { "message_id": message, "ask": false } });
    let taken: Value = rep::client(host).post("/v1/events", &event).await.unwrap();
    let job = rep::see_through(host, taken["job_id"].as_str().unwrap(), rep::agree).await.unwrap();
    assert_eq!(job.status, JobStatus::Completed, "{:?}", job.reason);
    job.steps[0].version.clone().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_host_changes_serves_on_all() {
    let (one, two) = (build("1.0.0").await, build("2.0.0").await);
    let database = postgres::database().await;
    let (first_data, second_data) = (folder(&database, Some(&one)), folder(&database, None));
    let first = start(first_data.path());
    let second = start(second_data.path());
    assert_eq!(serving(&second).await, "1.0.0", "its module came out of the database");
    assert_eq!(ran(&second, "m-1").await, "1.0.0");

    let installed: Value = rep::client(&first).upload("/v1/skills", two.clone()).await.unwrap();
    assert_eq!(installed["active"], json!(true), "{installed}");
    until_serving(&second, "2.0.0").await;
    assert_eq!(ran(&second, "m-2").await, "2.0.0");

    let path = format!("/v1/modules/{}/revoke", sha256(&two));
    let _: Value = rep::client(&second).post(&path, &json!({ "reason": "a test" })).await.unwrap();
    until_serving(&first, "1.0.0").await;
    assert_eq!(ran(&first, "m-3").await, "1.0.0");
    let again = rep::client(&first).upload::<Value>("/v1/skills", two).await.unwrap_err();
    assert!(again.to_string().contains("is revoked"), "{again}");

    // A host without any file of it serves it after a restart too, and so does one
    // whose files are gone.
    first.stop();
    for file in std::fs::read_dir(first_data.path().join("modules")).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    std::fs::remove_file(first_data.path().join("skills/versions.wasm")).unwrap();
    let first = start(first_data.path());
    assert_eq!(ran(&first, "m-4").await, "1.0.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_watches_one_host_sees_what_another_does() {
    let one = build("1.0.0").await;
    let database = postgres::database().await;
    let (first_data, second_data) = (folder(&database, Some(&one)), folder(&database, None));
    let (first, second) = (start(first_data.path()), start(second_data.path()));
    let event = json!({ "type": "email_received", "payload": { "message_id": "m-1", "ask": true } });
    let taken: Value = rep::client(&first).post("/v1/events", &event).await.unwrap();
    let job = taken["job_id"].as_str().unwrap();
    rep::until_asked(&first, job).await.unwrap();

    // On the second host nothing happens: every view after the first comes of news.
    let watched = rep::client(&second).watch::<JobView>(&format!("/v1/jobs/{job}/watch")).await.unwrap();
    let mut views = std::pin::pin!(watched);
    assert_eq!(views.next().await.unwrap().unwrap().status, JobStatus::AwaitingApproval);
    let ended = rep::see_through(&first, job, rep::agree).await.unwrap();
    let mut last = None;
    while let Some(view) = views.next().await {
        last = Some(view.unwrap().status);
    }
    assert_eq!((ended.status, last), (JobStatus::Completed, Some(JobStatus::Completed)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_start_together_install_one_folder_once() {
    let (one, two) = (build("1.0.0").await, build("2.0.0").await);
    let database = postgres::database().await;
    let folders = [folder(&database, Some(&one)), folder(&database, Some(&one)), folder(&database, Some(&one))];
    // The first makes the tables and the organisation.
    start(folders[0].path()).stop();
    let starting: Vec<_> = folders
        .iter()
        .map(|data| {
            std::fs::write(data.path().join("skills/versions.wasm"), &two).unwrap();
            let data = data.path().to_owned();
            tokio::task::spawn_blocking(move || start(&data))
        })
        .collect();
    let mut hosts = Vec::new();
    for host in starting {
        hosts.push(host.await.unwrap());
    }
    for host in &hosts {
        assert_eq!(serving(host).await, "2.0.0");
    }
    let history: Value = rep::client(&hosts[0]).get("/v1/skills/versions").await.unwrap();
    assert_eq!(history["modules"].as_array().unwrap().len(), 2, "{history}");
    let changes: Vec<_> = history["changes"].as_array().unwrap().iter().map(|one| one["why"].clone()).collect();
    assert_eq!(changes, ["install", "install"], "each once, whoever was first");
}
