//! Real hosts on one Postgres: any of them takes an event, any of them answers and
//! finishes its job.

#![allow(clippy::unwrap_used)]

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_tests::process::Host;
use skillhost_tests::smtp_server::SmtpServer;
use skillhost_tests::{postgres, rep};

/// What every host on one database has.
const SAME_KEY: [(&str, &str); 1] =
    [("SKILLHOST_HOST_KEY", "6b6579206f662074686520746573747320696e2073697874792d666f75722e2e")];

fn settings(data: &Path, database: &str, smtp: &SmtpServer) {
    let text =
        format!("database = \"{database}\"\n[smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n", smtp.port);
    std::fs::write(data.join("skillhost.toml"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_taken_by_one_host_is_answered_and_finished_on_another() {
    let (first_data, second_data, inbox) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    let database = postgres::database().await;
    settings(first_data.path(), &database, &smtp);
    settings(second_data.path(), &database, &smtp);
    let first = Host::start(first_data.path(), &[], &SAME_KEY);
    let second = Host::start(second_data.path(), &[], &SAME_KEY);

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
    let (dying_data, other_data, inbox) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    let database = postgres::database().await;
    settings(dying_data.path(), &database, &smtp);
    settings(other_data.path(), &database, &smtp);
    let other = Host::start(other_data.path(), &[], &SAME_KEY);
    let mut dying = Host::start(dying_data.path(), &["--fail-point", "step.called:2"], &SAME_KEY);

    let job = rep::deliver(&dying, "msg-1").await.unwrap();
    let ended = rep::see_through(&other, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    assert_eq!(dying.ended().and_then(|status| status.signal()), Some(9), "it was killed in the middle of the job");
    assert_eq!(smtp.received().unwrap().len(), 1, "once");
}
