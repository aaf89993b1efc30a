//! The server's process is killed around an ask that costs money. What nobody knows
//! counts as spent until a person decides; what was paid for is not paid for again.
//! On both databases.

#![allow(clippy::unwrap_used)]

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_server::view::JobView;
use skillhost_tests::asking::{self, ANSWER, COST};
use skillhost_tests::model_double::ModelDouble;
use skillhost_tests::place::{Database, Place};
use skillhost_tests::process::{Host, binary};
use skillhost_tests::rep;

fn start(place: &Place, more: &[&str]) -> Host {
    let arguments: Vec<&str> = ["--skills", "skills"].iter().chain(more).copied().collect();
    Host::start_own(place.folder(0), &arguments, &place.variables())
}

async fn send(host: &Host) -> Result<Value, String> {
    let payload = asking::mail("m1", 1);
    rep::client(host)
        .post("/v1/events", &json!({ "type": "email_received", "payload": payload }))
        .await
        .map_err(|error| error.to_string())
}

async fn survives(database: Database, point: &str) -> (i64, i64, usize) {
    let mut place = Place::fresh(database, 1).await;
    let double = ModelDouble::start().await;
    double.only(ANSWER);
    let settings = asking::prepare(&mut place, &double).await;
    place.settings(&settings, None);
    let mut host = start(&place, &["--fail-point", point]);
    let _ = send(&host).await;
    let mut killed = false;
    for _ in 0..400 {
        if let Some(status) = host.ended() {
            assert_eq!(status.signal(), Some(9), "{point}: {}", host.logs());
            killed = true;
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(killed, "{point} was not reached: {}", host.logs());
    drop(host);

    let host = start(&place, &[]);
    let taken = send(&host).await.unwrap();
    assert_eq!(taken["duplicate"], json!(true), "{point}: {taken}");
    let job = taken["job_id"].as_str().unwrap().to_owned();
    let ended: JobView = rep::see_through(&host, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{point}: {:?}", ended.reason);
    let budgets: Value = rep::client(&host).get("/v1/budgets").await.unwrap();
    let all = budgets["budgets"].as_array().unwrap();
    let day = all.iter().find(|one| one["scope"] == "org" && one["period"] == "day").unwrap();
    assert_eq!(day["reserved"], json!(0), "{point}: nothing is held by a dead process");
    let asked = double.asked().len();
    host.stop();
    (day["settled"].as_i64().unwrap(), day["disputed"].as_i64().unwrap(), asked)
}

async fn adds_up(database: Database) {
    let listed = Command::new(binary()).arg("fail-points").output().unwrap();
    let listed: Vec<String> = serde_json::from_slice(&listed.stdout).unwrap();
    let paid: Vec<&str> = listed.iter().map(String::as_str).filter(|point| point.starts_with("paid.")).collect();
    assert_eq!(paid, ["paid.reserved", "paid.answered", "paid.settled"]);

    let (settled, disputed, asked) = survives(database, "paid.reserved").await;
    assert_eq!((settled, asked), (COST, 1), "the vendor never heard the first");
    assert!(disputed >= COST, "and yet nobody can know: {disputed}");
    let (settled, disputed, asked) = survives(database, "paid.answered").await;
    assert_eq!((settled, asked), (COST, 2), "an answer that was lost is asked for again");
    assert!(disputed >= COST, "{disputed}");
    assert_eq!(survives(database, "paid.settled").await, (COST, 0, 1), "what was paid for is used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_around_a_paid_ask_adds_up_on_sqlite() {
    adds_up(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "make test-full STAGE=crash; the store suite holds the same money on both databases"]
async fn a_kill_around_a_paid_ask_adds_up_on_postgres() {
    adds_up(Database::Postgres).await;
}
