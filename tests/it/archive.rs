//! Jobs that ended long ago are in the archive, once, without a word of anybody.

#![allow(clippy::unwrap_used)]

use std::io::Read as _;

use serde_json::json;
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_server::retention::{ARCHIVE_DIR, find, move_out};
use skillhost_tests::test_host::{ORG, REP, TestHost};

const DAY_MS: i64 = 86_400_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_old_job_is_in_the_archive_once_and_no_text_of_it_is() {
    let host = TestHost::start(|config| config.jobs_days = 30).await;
    let (old, question) = host.ask("email", "m1").await;
    let path = format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap());
    let (status, said) = host.post(REP, &path, &json!({ "answer": "skip", "note": "Mira knows already" })).await;
    assert_eq!(status, 200, "{said}");
    host.until(&old, |view| view.status == JobStatus::Completed).await;
    assert_eq!(move_out(&host.app).await.unwrap(), 0, "it ended just now");

    host.clock.advance(30 * DAY_MS);
    let (open, _) = host.ask("email", "m2").await;
    host.clock.advance(DAY_MS);
    // The host's own round may be among them, or first; rounds at the same time move nothing twice.
    let rounds = futures::future::join_all((0..4).map(|_| move_out(&host.app))).await;
    assert!(rounds.into_iter().map(Result::unwrap).sum::<u64>() <= 1);
    assert_eq!(move_out(&host.app).await.unwrap(), 0);
    assert_eq!(host.get(REP, &format!("/v1/jobs/{old}")).await.0, 404);
    assert_eq!(host.get(REP, &format!("/v1/jobs/{open}")).await.0, 200, "what is open stays");

    let data = host.app.config.data_dir.clone();
    let job = find(&data, &JobId::from(old.as_str())).unwrap().unwrap();
    assert_eq!((job.status, job.event_type.as_str(), job.questions.len()), (JobStatus::Completed, "email_received", 1));
    let kinds: Vec<_> = job.journal.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!((kinds[0], *kinds.last().unwrap()), ("planned", "ended"), "{kinds:?}");
    assert!(find(&data, &JobId::from(open.as_str())).unwrap().is_none());

    let mut text = String::new();
    for entry in std::fs::read_dir(data.join(ARCHIVE_DIR)).unwrap() {
        let file = std::fs::File::open(entry.unwrap().path()).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    }
    assert_eq!(text.lines().count(), 1, "once: {text}");
    for word in ["Mira", "mira@", "globex", "Globex", "knows already", "Next steps", "questionnaire", "one thing"] {
        assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{word} is in the archive: {text}");
    }

    let counts = host.app.store.archived_counts(&ORG.into()).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.jobs).sum::<u64>(), 1);
    let lines = host.app.store.audit(&ORG.into(), Some(&JobId::from(old.as_str())), 50).await.unwrap();
    assert!(!lines.is_empty(), "the audit of what moved out stays");
    host.stop().await;
}
