//! Real hosts on one Postgres: any of them takes an event, any of them answers and
//! finishes its job; one that was killed, stood still or was cut off loses its jobs to
//! the others, and writes nothing when it comes back.

#![allow(clippy::unwrap_used)]

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::StoredJob;
use skillhost_engine::time::Clock as _;
use skillhost_server::clock::SystemClock;
use skillhost_server::demo_data;
use skillhost_server::view::ApprovalView;
use skillhost_tests::asking::{self, ANSWER, COST};
use skillhost_tests::model_double::ModelDouble;
use skillhost_tests::place::{Database, Place};
use skillhost_tests::process::Host;
use skillhost_tests::proxy::Proxy;
use skillhost_tests::rep;
use skillhost_tests::smtp_server::SmtpServer;

/// Between two looks at something outside, and looks before a test gives up.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const PATIENCE: usize = 3000;

async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..PATIENCE {
        if is_so() {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("it never came to this: {what}");
}

async fn stored(place: &Place, job: &str) -> StoredJob {
    let store = place.store().await;
    let found = store.job(&OrgId::new(demo_data::ORG), &JobId::new(job)).await.unwrap().unwrap();
    store.close().await;
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_taken_by_one_host_is_answered_and_finished_on_another() {
    let place = Place::fresh(Database::Postgres, 2).await;
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    place.settings("", Some(&smtp));
    let first = place.start(0, &[]);
    let second = place.start(1, &[]);

    let job = rep::deliver(&first, "msg-1").await.unwrap();
    let again = rep::deliver(&second, "msg-2").await.unwrap();
    assert_eq!(again, job, "one event, one job, whoever hears of it");
    rep::until_asked(&first, &job).await.unwrap();
    let ended = rep::see_through(&second, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    let sent = ended.effects.iter().filter(|effect| effect.kind == "email.send" && effect.state == EffectState::Sent);
    assert_eq!((sent.count(), smtp.received().unwrap().len()), (1, 1), "once");
    assert_eq!(rep::job(&first, &job).await.unwrap().status, JobStatus::Completed);
    for host in [&first, &second] {
        assert!(!host.logs().contains("SKILLHOST_HOST_KEY"), "{}", host.logs());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_killed_host_is_finished_by_another() {
    let place = Place::fresh(Database::Postgres, 2).await;
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    place.settings("", Some(&smtp));
    let other = place.start(1, &[]);
    let mut dying = place.start(0, &["--fail-point", "step.called:2"]);

    let job = rep::deliver(&dying, "msg-1").await.unwrap();
    let status = loop {
        if let Some(status) = dying.ended() {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    let killed = SystemClock::new().now();
    assert_eq!(status.signal(), Some(9), "it was killed in the middle of the job");
    let ended = rep::see_through(&other, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    assert_eq!(smtp.received().unwrap().len(), 1, "once");
    let journal = stored(&place, &job).await.journal;
    let goes_on = journal.iter().map(|entry| entry.at).find(|at| *at > killed).unwrap();
    println!("taken over: the first checkpoint {} ms after the kill", goes_on.0 - killed.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_host_is_given_up_when_it_was_to_be_and_not_when_its_lease_ends() {
    let place = Place::fresh(Database::Postgres, 2).await;
    place.settings("[host]\nlease_seconds = 3600\nalive_seconds = 4\n", None);
    let mut dying = place.start(0, &["--fail-point", "step.called:2"]);
    let job = rep::deliver(&dying, "msg-1").await.unwrap();
    while dying.ended().is_none() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let row = stored(&place, &job).await.row;
    let lease = row.lease.unwrap();
    assert!(lease.until.0 - row.updated_at.0 >= 3_590_000, "held for an hour: {lease:?}");
    // The other one is not there yet when the first one dies.
    let other = place.start(1, &[]);
    let ended = rep::see_through(&other, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
}

/// How a host is away that is not dead.
enum Away {
    /// Its process stands still.
    Still,
    /// It runs and cannot reach the database.
    CutOff(Proxy),
}

async fn send(host: &Host, mail: &str) -> String {
    let event = json!({ "type": "email_received", "payload": asking::mail(mail, 1) });
    let taken: Value = rep::client(host).post("/v1/events", &event).await.unwrap();
    taken["job_id"].as_str().unwrap().to_owned()
}

/// How often the person was told of an answer.
async fn told(host: &Host, mail: &str) -> usize {
    let feed: Value = rep::client(host).get("/v1/feed").await.unwrap();
    let lines = feed["messages"].as_array().unwrap().iter();
    lines.filter(|line| line["text"].as_str().unwrap().contains(&asking::heading(mail))).count()
}

/// A host is away in the middle of a step; the other one finishes its job; when it is
/// back it writes nothing of it, and goes on serving.
async fn comes_back_to_a_finished_job(place: Place, away: Away, double: &ModelDouble) {
    double.only(ANSWER);
    let start = |host| Host::start_own(place.folder(host), &["--skills", "skills"], &place.variables());
    let (first, second) = (start(0), start(1));
    let held = double.hold();
    let job = send(&first, "m-1").await;
    until("the model is asked", || double.asked().len() == 1).await;
    match &away {
        Away::Still => first.freeze(),
        Away::CutOff(proxy) => proxy.cut(),
    }
    double.let_go();
    let ended = rep::see_through(&second, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    assert_eq!(double.asked().len(), 2, "the step was called again");
    let finished = stored(&place, &job).await;

    // The first one hears its answer now, and believes that the step is its own.
    held.add_permits(1);
    match &away {
        Away::Still => first.go_on(),
        Away::CutOff(proxy) => {
            let refused = rep::job(&first, &job).await;
            assert!(refused.is_err(), "it cannot answer for a database that it does not reach");
            proxy.heal();
        }
    }
    let mut served = None;
    for _ in 0..PATIENCE {
        // A host that was cut off says 503 until it has found the way again.
        let event = json!({ "type": "email_received", "payload": asking::mail("m-2", 1) });
        if let Ok(taken) = rep::client(&first).post::<Value>("/v1/events", &event).await {
            served = taken["job_id"].as_str().map(str::to_owned);
            break;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let another = rep::see_through(&first, &served.unwrap(), rep::agree).await.unwrap();
    assert_eq!(another.status, JobStatus::Completed, "it goes on serving: {:?}", another.reason);
    let (once, last) = (told(&second, "m-1").await, told(&second, "m-2").await);
    assert_eq!((once, last), (1, 1), "nothing happened twice");
    // Whatever it was about to write is written, or given up, when it has drained.
    assert!(first.stop().unwrap().success());
    assert_eq!(stored(&place, &job).await, finished, "the host that was away wrote nothing");
    let budgets: Value = rep::client(&second).get("/v1/budgets").await.unwrap();
    let all = budgets["budgets"].as_array().unwrap();
    let day = all.iter().find(|one| one["scope"] == "org" && one["period"] == "day").unwrap();
    assert_eq!((&day["reserved"], &day["settled"]), (&json!(0), &json!(2 * COST)), "{budgets}");
    assert_eq!(budgets["disputed"].as_array().unwrap().len(), 1, "the ask that nobody heard the end of: {budgets}");
    assert!(second.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stood_still_writes_nothing_when_it_goes_on() {
    let mut place = Place::fresh(Database::Postgres, 2).await;
    let double = ModelDouble::start().await;
    let settings = asking::prepare(&mut place, &double).await;
    place.settings(&settings, None);
    comes_back_to_a_finished_job(place, Away::Still, &double).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_cut_off_from_the_database_writes_nothing_when_it_is_back() {
    let mut place = Place::fresh(Database::Postgres, 2).await;
    let double = ModelDouble::start().await;
    let settings = asking::prepare(&mut place, &double).await;
    place.settings(&settings, None);
    // postgres://user@localhost/name?host=<folder of its socket>
    let (base, folder) = place.url().split_once("?host=").unwrap();
    let proxy = Proxy::open(&PathBuf::from(folder)).await;
    let through = base.replace("@localhost/", &format!("@127.0.0.1:{}/", proxy.port));
    place.settings_of(0, Some(&through), &settings, None);
    comes_back_to_a_finished_job(place, Away::CutOff(proxy), &double).await;
}

/// Yes, to an address whose server keeps the end of a mail to itself; a question about
/// a hidden result is answered with no.
fn to_a_server_that_waits(approval: &ApprovalView) -> Value {
    let mail = approval.card.parts.iter().flat_map(|part| &part.effects).find(|effect| effect.kind == "email.send");
    match mail {
        Some(_) if approval.card.asked_by == "skillhost" => json!({ "answer": "skip" }),
        Some(mail) => json!({ "answer": "approve", "edits": [{ "effect": mail.id, "pointer": "/to/0",
            "value": "hold-helen.marsh@castlereed.example" }] }),
        None => rep::agree(approval),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_leaving_when_its_host_stood_still_is_not_sent_again() {
    let place = Place::fresh(Database::Postgres, 2).await;
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    place.settings("", Some(&smtp));
    let first = place.start(0, &[]);
    let job = rep::deliver(&first, "msg-1").await.unwrap();
    rep::until_asked(&first, &job).await.unwrap();
    for _ in 0..PATIENCE {
        if !smtp.received().unwrap().is_empty() {
            break;
        }
        let view = rep::job(&first, &job).await.unwrap();
        for open in view.approvals.iter().filter(|open| open.status == ActionStatus::Pending) {
            let path = format!("/v1/approvals/{}/answer", open.id);
            let _: Value = rep::client(&first).post(&path, &to_a_server_that_waits(open)).await.unwrap();
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    assert_eq!(smtp.received().unwrap().len(), 1, "the server has it, and does not say so");
    first.freeze();

    let second = place.start(1, &[]);
    let ended = rep::see_through(&second, &job, to_a_server_that_waits).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    let hidden = |approval: &&ApprovalView| approval.card.comment_title == "It is not known whether this happened";
    assert_eq!(ended.approvals.iter().filter(hidden).count(), 1, "the person was asked");
    let finished = stored(&place, &job).await;

    std::fs::write(inbox.path().join("go-on"), "").unwrap();
    first.go_on();
    assert!(first.stop().unwrap().success());
    assert_eq!(smtp.received().unwrap().len(), 1, "once");
    assert_eq!(stored(&place, &job).await, finished, "the host that stood still wrote nothing");
    assert!(second.stop().unwrap().success());
}
