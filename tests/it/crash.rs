//! The server's process is killed at every fail point it has, on both databases. No
//! event is lost, no effect happens twice, and a mail whose result nobody knows is
//! shown to a person. Mails are counted by the receiver, in a process of its own.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::sync::Arc;

use futures::StreamExt as _;
use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::job::{JobEvent, JobStatus};
use skillhost_engine::journal;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::time::Clock as _;
use skillhost_server::clock::SystemClock;
use skillhost_server::demo_data;
use skillhost_server::view::{ApprovalView, JobView};
use skillhost_tests::extent::is_full;
use skillhost_tests::place::{Database, Place};
use skillhost_tests::process::binary;
use skillhost_tests::rep;
use skillhost_tests::slack_double::SlackDouble;
use skillhost_tests::slack_rep::buttons;
use skillhost_tests::smtp_server::SmtpServer;
use sqlx::Connection as _;

/// Points at a time: what takes long is the undo window and, on Postgres, the time in
/// which a dead host still counts as alive.
const AT_ONCE: usize = 4;

/// Where the hosts of a place bring the questions of the demo organisation's rep.
async fn slack_of(place: &mut Place, smtp: &SmtpServer) -> SlackDouble {
    const TOKEN: &str = "xoxb-of-the-crash-tests";
    let slack = SlackDouble::start(TOKEN, Arc::new(|| SystemClock::new().now().0)).await.unwrap();
    slack.add_channel("D0PRIYA");
    place.environment("SKILLHOST_SLACK_TOKEN", TOKEN);
    place.environment("SKILLHOST_SLACK_SIGNING_SECRET", "a secret that nothing is signed with");
    place.settings(&format!("[slack]\nbase_url = \"{}\"\n", slack.base_url()), Some(smtp));
    slack
}

/// The questions that Slack has, and how often it got each.
fn cards(slack: &SlackDouble) -> BTreeMap<String, usize> {
    let mut cards = BTreeMap::new();
    for post in slack.taken("chat.postMessage") {
        let skip = buttons(&post).into_iter().find(|button| button["action_id"].as_str().unwrap().starts_with("skip"));
        if let Some(skip) = skip {
            *cards.entry(skip["value"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    cards
}

/// Words of the card that asks about a hidden result.
fn is_about_unknown(approval: &ApprovalView) -> bool {
    approval.card.asked_by == "skillhost" && approval.card.comment_title == "It is not known whether this happened"
}

fn points() -> Vec<String> {
    let output = Command::new(binary()).arg("fail-points").output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Everything a job did outside its own rows, by what can be counted.
fn counted(job: &JobView) -> (usize, usize) {
    let sent = |kind: &str| {
        job.effects.iter().filter(|effect| effect.kind == kind && effect.state == EffectState::Sent).count()
    };
    (sent("task.create"), sent("crm.log_activity"))
}

/// One life and death: until the process kills itself at the point.
async fn die_at(place: &Place, point: &str) {
    let mut host = place.start(0, &["--fail-point", point]);
    if let Ok(job) = rep::deliver(&host, "msg-1").await {
        let _ = rep::see_through(&host, &job, rep::agree).await;
    }
    // A killed process is reaped a moment after its sockets are gone.
    for _ in 0..200 {
        if let Some(status) = host.ended() {
            assert_eq!(status.signal(), Some(9), "{point}: the host ended by itself: {}", host.logs());
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{point} was not reached: {}", host.logs());
}

async fn survives(database: Database, point: String) {
    let mut place = Place::fresh(database, 1).await;
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    place.settings("", Some(&smtp));
    // Elsewhere what goes to Slack would meet the points of effects before the mail does.
    let slack = if point.starts_with("card.") { Some(slack_of(&mut place, &smtp).await) } else { None };
    die_at(&place, &point).await;
    let delivered_before = smtp.received().unwrap().len();
    let cards_before = slack.as_ref().map(cards);
    let point = format!("{point} on {}", database.name());

    let host = place.start(0, &[]);
    // The vendor delivers again, because it may not have heard the 2xx.
    let job = rep::deliver(&host, "msg-2").await.unwrap();
    let again = rep::deliver(&host, "msg-3").await.unwrap();
    assert_eq!(job, again, "{point}: one event, one job");
    let ended = rep::see_through(&host, &job, |approval| {
        if is_about_unknown(approval) { json!({ "answer": "skip" }) } else { rep::agree(approval) }
    })
    .await
    .unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{point}: {:?}", ended.reason);

    if let (Some(slack), Some(before)) = (&slack, cards_before) {
        let brought = cards(slack);
        assert!(brought.values().all(|times| *times == 1), "{point}: no question twice: {brought:?}");
        assert!(!before.is_empty() || point.starts_with("card.begun"), "{point}");
    }

    let mails = smtp.received().unwrap();
    let asked = ended.approvals.iter().any(is_about_unknown);
    match point.split(' ').next().unwrap() {
        // Handed over, result lost: shown to the person, never sent again.
        "effect.performed" => {
            assert_eq!((delivered_before, mails.len(), asked), (1, 1, true), "{point}");
        }
        // Nobody can know whether it was handed over; it was not, and is not.
        "effect.sending" => assert_eq!((mails.len(), asked), (0, true), "{point}"),
        // Some message may have been on its way to Slack.
        "card.begun" | "card.posted" => assert_eq!(mails.len(), 1, "{point}"),
        _ => assert_eq!((mails.len(), asked), (1, false), "{point}"),
    }
    let tasks = counted(&ended).0;
    let proposed: usize = ended
        .approvals
        .iter()
        .filter(|approval| approval.pattern == "batch" && approval.status == ActionStatus::Approved)
        .map(|approval| approval.card.parts.len())
        .sum();
    assert_eq!(tasks, proposed, "{point}: every approved task once");
    assert!(tasks > 0, "{point}: the call leads to tasks");
    assert_eq!(counted(&ended).1, 1, "{point}: the call is logged once");
    let jobs = rep::all_at_rest(&host).await.unwrap();
    let meetings = jobs.iter().filter(|job| job["event_type"] == "meeting_ended").count();
    assert_eq!(meetings, 1, "{point}: one job");
    let mut followed = std::collections::BTreeSet::new();
    for job in &jobs {
        let status = job["status"].as_str().unwrap_or_default();
        let event = job["event_type"].as_str().unwrap_or_default();
        // What follows from the call asks the rep, or waits for its day.
        let waits = event != "meeting_ended" && ["awaiting_approval", "deferred"].contains(&status);
        assert!(waits || ["completed", "skipped"].contains(&status), "{point}: {event} is explained: {job}");
        assert!(followed.insert(event.to_owned()), "{point}: {event} twice");
    }
    assert!(followed.len() > 3, "{point}: the call leads to more: {followed:?}");
    host.stop();
}

/// The points that every run tries on a database: one before and one after a commit of
/// each part of a job's way, and those around a send. The full run tries all of them.
const ALWAYS_ON_SQLITE: [&str; 5] =
    ["event.committed", "step.called", "card.posted", "answer.committed", "effect.performed"];
const ALWAYS_ON_POSTGRES: [&str; 3] = ["step.committed", "answer.checked", "effect.sending"];

/// The points of the main job; starting a host blocks, so each has a task.
async fn survives_every_point(database: Database, always: &[&str]) {
    let points = points();
    assert!(points.len() >= 10 && always.iter().all(|point| points.iter().any(|known| known == point)));
    let always: Vec<String> = always.iter().map(ToString::to_string).collect();
    let points =
        points.into_iter().filter(move |point| !point.starts_with("paid.") && (is_full() || always.contains(point)));
    let mut ended =
        futures::stream::iter(points).map(|point| tokio::spawn(survives(database, point))).buffer_unordered(AT_ONCE);
    while let Some(end) = ended.next().await {
        end.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn a_kill_at_every_point_loses_nothing_and_repeats_nothing_on_sqlite() {
    survives_every_point(Database::Sqlite, &ALWAYS_ON_SQLITE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn a_kill_at_every_point_loses_nothing_and_repeats_nothing_on_postgres() {
    survives_every_point(Database::Postgres, &ALWAYS_ON_POSTGRES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_with_a_hidden_result_leaves_again_only_when_the_person_says_so() {
    let place = Place::fresh(Database::Sqlite, 1).await;
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    place.settings("", Some(&smtp));
    die_at(&place, "effect.sending").await;
    assert_eq!(smtp.received().unwrap().len(), 0);
    let host = place.start(0, &[]);
    let job = rep::deliver(&host, "msg-2").await.unwrap();
    let ended = rep::see_through(&host, &job, rep::agree).await.unwrap();
    assert!(ended.approvals.iter().any(is_about_unknown));
    assert_eq!(smtp.received().unwrap().len(), 1, "sent because the person asked for it");
    host.stop();
}

/// What a newer host might have written.
async fn from_a_newer_version(place: &Place, job: &str) {
    let url = format!("sqlite://{}", place.file().display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let line = "UPDATE job_journal SET body = replace(body, '\"v\":1', '\"v\":999') WHERE job_id = ?1 AND seq = 1";
    let changed = sqlx::query(line).bind(job).execute(&mut connection).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_of_a_job_that_cannot_be_read_holds_no_other_up() {
    let place = Place::fresh(Database::Sqlite, 1).await;
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    place.settings("", Some(&smtp));
    let host = place.start(0, &["--fail-point", "effect.sending"]);
    let job = rep::deliver(&host, "msg-1").await.unwrap();
    let _ = rep::see_through(&host, &job, rep::agree).await;
    drop(host);
    from_a_newer_version(&place, &job).await;

    let host = place.start(0, &[]);
    let event = json!({ "type": "stale_deal_revival", "payload": { "deal_id": "d-1" } });
    let taken: Value = rep::client(&host).post("/v1/events", &event).await.unwrap();
    let other = rep::see_through(&host, taken["job_id"].as_str().unwrap(), rep::agree).await.unwrap();
    assert!(other.status.is_ended(), "the host serves");
    assert!(host.logs().contains("cannot be read; it stays as it is"), "and says what it left alone");
    assert_eq!(smtp.received().unwrap().len(), 0);
    host.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_a_kill_cut_short_runs_once_more_at_the_next_start() {
    let place = Place::fresh(Database::Sqlite, 1).await;
    let inbox = tempfile::tempdir().unwrap();
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    place.settings("", Some(&smtp));
    die_at(&place, "step.called:2").await;
    let started = SystemClock::new().now();
    let host = place.start(0, &[]);
    let job = rep::deliver(&host, "msg-2").await.unwrap();
    let ended = rep::see_through(&host, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    host.stop();
    let store = place.store().await;
    let stored = store.job(&OrgId::new(demo_data::ORG), &JobId::new(job)).await.unwrap().unwrap();
    store.close().await;
    let at = stored.journal.iter().map(|entry| entry.at).find(|at| *at > started).unwrap();
    println!("resumed: the first checkpoint {} ms after the process was started", at.0 - started.0);
    for entry in &stored.journal {
        if let Ok(JobEvent::StepProposed { step, attempt, .. }) = journal::decode(entry) {
            assert_eq!(attempt, 1, "{step}: a call that nobody recorded is no attempt");
        }
    }
}
