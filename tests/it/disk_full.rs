//! A real host whose database is full: it says so, takes nothing, and loses and doubles
//! nothing once there is room. Mails are counted by the receiver.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_tests::process::{Host, root};
use skillhost_tests::rep;
use skillhost_tests::smtp_server::SmtpServer;

/// Room for some events after the start, in pages.
const ROOM_PAGES: u64 = 400;
/// Events after which a file of so few pages must be full.
const MOST_EVENTS: usize = 2000;

fn event(n: usize) -> Value {
    json!({ "type": "stale_deal_revival", "idempotency_key": format!("fill-{n}"),
        "payload": { "deal_id": format!("d-{n}"), "padding": "x".repeat(20_000) } })
}

async fn send(host: &Host, n: usize) -> (u16, Option<String>, Value) {
    let request = reqwest::Client::builder().build().unwrap().post(format!("{}/v1/events", host.url));
    let answer = request.bearer_auth(&host.key).json(&event(n)).send().await.unwrap();
    let status = answer.status().as_u16();
    let retry = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (status, retry, answer.json().await.unwrap())
}

async fn ready(host: &Host) -> (u16, Value) {
    let answer = reqwest::get(format!("{}/readyz", host.url)).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_events_and_what_was_in_flight_happens_once() {
    skillhost_connectors::egress::install_crypto();
    let data = tempfile::tempdir().unwrap();
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    let settings = format!("[smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n", smtp.port);
    std::fs::write(data.path().join("skillhost.toml"), settings).unwrap();
    Host::start(data.path(), &[], &[]).stop();
    let pages = std::fs::metadata(data.path().join("skillhost.db")).unwrap().len() / 4096 + ROOM_PAGES;

    // One kind of event does something, so that what fills the disk is what is accepted.
    let sequences = tempfile::tempdir().unwrap();
    let meetings = "meeting_ended.yaml";
    std::fs::copy(root().join("sequences").join(meetings), sequences.path().join(meetings)).unwrap();
    let folder = sequences.path().to_str().unwrap();
    let host = Host::start(data.path(), &["--max-pages", &pages.to_string(), "--sequences", folder], &[]);
    assert_eq!(ready(&host).await.0, 200);
    // A call under way, with questions open, when the disk fills up.
    let call = rep::deliver(&host, "msg-1").await.unwrap();
    let mut taken = Vec::new();
    let (refused, retry, problem) = loop {
        let (status, retry, body) = send(&host, taken.len()).await;
        match status {
            202 => taken.push(body["job_id"].as_str().unwrap().to_owned()),
            503 => break (taken.len(), retry, body),
            other => panic!("{other}: {body}"),
        }
        assert!(taken.len() < MOST_EVENTS, "the disk never filled");
    };
    assert_eq!(problem["type"], "urn:skillhost:problem:disk-full", "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("room"), "{problem}");
    assert!(retry.unwrap().parse::<u32>().unwrap() > 0);
    let (status, probe) = ready(&host).await;
    assert_eq!(status, 503, "{probe}");
    assert!(probe["checks"]["store"].as_str().unwrap().contains("full"), "{probe}");
    assert_eq!(smtp.received().unwrap().len(), 0);
    host.kill();

    let host = Host::start(data.path(), &[], &[]);
    assert_eq!(ready(&host).await.0, 200);
    let (status, _, body) = send(&host, refused).await;
    assert_eq!((status, &body["duplicate"]), (202, &json!(false)), "nothing of it was stored: {body}");
    for (n, job) in taken.iter().enumerate() {
        let (status, _, body) = send(&host, n).await;
        assert_eq!((status, body["job_id"].as_str().unwrap()), (200, job.as_str()), "accepted, and there: {body}");
        let ended = rep::see_through(&host, job, rep::agree).await.unwrap();
        assert!(matches!(ended.status, JobStatus::Completed | JobStatus::Skipped | JobStatus::Failed), "{ended:?}");
    }
    let before = smtp.received().unwrap().len();
    let ended = rep::see_through(&host, &call, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    assert_eq!(smtp.received().unwrap().len() - before, 1, "the call's mail, once");
    host.stop();
}
