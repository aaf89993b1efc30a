//! Jobs that move out.

use skillhost_engine::archive::ArchiveEnd;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{JobFilter, Write};

use super::made::{Bench, FAR, NOW, action, advance, audit, batch, effect, event, job, journal, new_effect, new_job};

fn end(boot: &str, folder: &str, bytes: u64) -> ArchiveEnd {
    ArchiveEnd { boot: boot.to_owned(), folder: folder.to_owned(), month: "2026-05".to_owned(), bytes }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_and_is_settled_moves_out_whole_and_leaves_its_count() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let done = |id: &str| {
        let row = job(id, "acme");
        let mut sent = effect(&format!("eff_{id}"), &row);
        sent.state = EffectState::Sent;
        (row, sent)
    };
    for id in ["job_1", "job_2"] {
        let (row, sent) = done(id);
        store.commit(batch([new_job(&row), journal(id, 1), new_effect(&sent), audit(&row, "made")])).await.unwrap();
        store.commit(batch([advance(id, 1, JobStatus::Failed)])).await.unwrap();
    }
    store.commit(batch([Write::Event(event("e1", "acme"))])).await.unwrap();
    // One that is open, one of whose effects nobody knows the end, one that still asks.
    let (open, _) = done("job_3");
    let (unknown, mut effect) = done("job_4");
    effect.state = EffectState::Unknown;
    let (asking, _) = done("job_5");
    let question = Write::NewAction(action("act_1", &asking).into());
    store
        .commit(batch([new_job(&open), new_job(&unknown), new_effect(&effect), new_job(&asking), question]))
        .await
        .unwrap();
    for id in ["job_4", "job_5"] {
        store.commit(batch([advance(id, 1, JobStatus::Failed)])).await.unwrap();
    }

    assert!(store.ended_before(NOW, 10).await.unwrap().is_empty(), "they ended just after");
    let found = store.ended_before(FAR, 10).await.unwrap();
    assert_eq!(found.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>(), ["job_1", "job_2"]);
    assert_eq!(store.ended_before(FAR, 1).await.unwrap().len(), 1, "in bounded batches");

    // A failed job was sent back between the look and the removal: it stays.
    store.commit(batch([advance("job_2", 2, JobStatus::Pending)])).await.unwrap();
    let ids: Vec<_> = found.into_iter().map(|(_, id)| id).collect();
    assert!(store.take_archive_turn("boot_1").await.unwrap());
    assert_eq!(store.archive_bytes("folder_1", "2026-05").await.unwrap(), None);
    assert_eq!(store.remove_archived(&[], &end("boot_1", "folder_1", 0)).await.unwrap(), 0);
    assert_eq!(store.archive_bytes("folder_1", "2026-05").await.unwrap(), Some(0));
    assert_eq!(store.remove_archived(&ids, &end("boot_1", "folder_1", 123)).await.unwrap(), 1);
    assert_eq!(store.archive_bytes("folder_1", "2026-05").await.unwrap(), Some(123));
    assert_eq!(store.archive_bytes("folder_1", "2026-06").await.unwrap(), None);
    let org = "acme".into();
    assert!(store.job(&org, &"job_1".into()).await.unwrap().is_none());
    assert!(store.effect(&org, &"eff_job_1".into()).await.unwrap().is_none());
    assert!(store.event(&org, &"e1".into()).await.unwrap().is_none(), "its payload went with it");
    let left = store.job(&org, &"job_2".into()).await.unwrap().unwrap();
    assert_eq!((left.journal.len(), left.effects.len()), (1, 1));
    let lines = store.audit(&org, Some(&"job_1".into()), 10).await.unwrap();
    assert_eq!(lines.len(), 1, "the audit stays");
    let counts = store.archived_counts(&org).await.unwrap();
    assert_eq!(counts.len(), 1, "{counts:?}");
    assert_eq!((counts[0].day.as_str(), counts[0].status, counts[0].jobs), ("2026-05-28", JobStatus::Failed, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_out_of_one_org_leaves_the_others_as_they_are() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    for (id, org) in [("job_1", "acme"), ("job_2", "globex"), ("job_3", "globex")] {
        store.commit(batch([new_job(&job(id, org)), journal(id, 1)])).await.unwrap();
    }
    for id in ["job_1", "job_2"] {
        store.commit(batch([advance(id, 1, JobStatus::Cancelled)])).await.unwrap();
    }
    let found = store.ended_before(FAR, 10).await.unwrap();
    assert_eq!(found, [("acme".into(), "job_1".into()), ("globex".into(), "job_2".into())]);
    // What was asked for and is not there, or open, is passed over.
    let ids = ["job_1".into(), "job_2".into(), "job_3".into(), "job_9".into()];
    assert!(store.take_archive_turn("boot_1").await.unwrap());
    assert_eq!(store.remove_archived(&ids, &end("boot_1", "folder_1", 5)).await.unwrap(), 2);
    for (org, left) in [("acme", 0), ("globex", 1)] {
        let counts = store.archived_counts(&org.into()).await.unwrap();
        assert_eq!((counts.len(), counts[0].jobs), (1, 1), "{org}: {counts:?}");
        assert_eq!(store.jobs(&org.into(), &JobFilter { limit: 9, ..JobFilter::default() }).await.unwrap().len(), left);
    }
    assert_eq!(store.job(&"globex".into(), &"job_3".into()).await.unwrap().unwrap().journal.len(), 1);
}
