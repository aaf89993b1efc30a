//! What a commit refuses, and that it takes nothing else with it.

use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::body::Subject;
use skillhost_engine::event::IDEMPOTENCY_WINDOW_MS;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{Batch, CrmWrite, MAX_BATCH_WRITES, StoreError, Transcript, Write};

use super::made::{
    Bench, FAR, NOW, action, advance, audit, batch, crm, data, effect, event, job, journal, new_effect, new_job,
};

/// Commits all at once, so that they can share a transaction.
async fn together(bench: &Bench, batches: Vec<Batch>) -> Vec<Result<(), StoreError>> {
    futures::future::join_all(batches.into_iter().map(|batch| bench.store.commit(batch))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_advance_needs_the_version_it_names() {
    let bench = Bench::open().await;
    let row = job("job_1", "acme");
    bench.store.commit(batch([new_job(&row)])).await.unwrap();
    bench.store.commit(batch([advance("job_1", 1, JobStatus::InProgress)])).await.unwrap();
    for (id, expect) in [("job_1", 1), ("job_1", 3), ("job_none", 1)] {
        let error = bench.store.commit(batch([advance(id, expect, JobStatus::Completed), audit(&row, "late")])).await;
        assert!(matches!(error, Err(StoreError::Conflict { .. })), "{id} {expect}: {error:?}");
    }
    let stored = bench.store.job(&"acme".into(), &"job_1".into()).await.unwrap().unwrap();
    assert_eq!((stored.row.version, stored.row.status), (2, JobStatus::InProgress));
    assert!(bench.store.audit(&"acme".into(), None, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_advance_one_job_one_wins() {
    let bench = Bench::open().await;
    let row = job("job_1", "acme");
    bench.store.commit(batch([new_job(&row)])).await.unwrap();
    let rivals = (0..20).map(|n| batch([advance("job_1", 1, JobStatus::InProgress), audit(&row, &format!("won-{n}"))]));
    let results = together(&bench, rivals.collect()).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(StoreError::Conflict { .. }))));
    let audit = bench.store.audit(&"acme".into(), Some(&"job_1".into()), 50).await.unwrap();
    let winner = results.iter().position(Result::is_ok).unwrap();
    assert_eq!(audit.iter().map(|line| line.action.clone()).collect::<Vec<_>>(), [format!("won-{winner}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_batch_fails_alone() {
    let bench = Bench::open().await;
    let rows: Vec<_> = (0..40).map(|n| job(&format!("job_{n:02}"), "acme")).collect();
    let batches = rows.iter().enumerate().map(|(n, row)| match n {
        // No such job: a foreign key, which no guard asks for.
        7 => batch([new_job(row), journal("job_none", 1)]),
        // A word the schema does not know cannot be built from the types; a version can.
        21 => batch([new_job(row), advance("job_none", 1, JobStatus::Failed)]),
        _ => batch([new_job(row), journal(row.id.as_str(), 1)]),
    });
    let results = together(&bench, batches.collect()).await;
    for (n, result) in results.iter().enumerate() {
        match n {
            7 => assert!(matches!(result, Err(StoreError::Constraint { .. })), "{result:?}"),
            21 => assert!(matches!(result, Err(StoreError::Conflict { .. })), "{result:?}"),
            _ => assert!(result.is_ok(), "{n}: {result:?}"),
        }
        let stored = bench.store.job(&"acme".into(), &rows[n].id).await.unwrap();
        assert_eq!(stored.is_some(), n != 7 && n != 21, "{n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_key_names_its_job() {
    let bench = Bench::open().await;
    let first = job("job_1", "acme");
    bench.store.commit(batch([Write::Event(event("ev_1", "acme")), new_job(&first)])).await.unwrap();

    let mut second = job("job_2", "acme");
    second.idempotency_key = first.idempotency_key.clone();
    let error = bench.store.commit(batch([Write::Event(event("ev_2", "acme")), new_job(&second)])).await;
    assert!(matches!(&error, Err(StoreError::Duplicate { job, same_body: true }) if *job == first.id), "{error:?}");
    assert!(bench.store.event(&"acme".into(), &"ev_2".into()).await.unwrap().is_none());

    second.body_digest = "sha256:other".to_owned();
    let error = bench.store.commit(batch([new_job(&second)])).await;
    assert!(matches!(&error, Err(StoreError::Duplicate { job, same_body: false }) if *job == first.id), "{error:?}");

    second.org = "globex".into();
    bench.store.commit(batch([new_job(&second)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_with_one_key_one_wins() {
    let bench = Bench::open().await;
    let batches = (0..20).map(|n| {
        let mut row = job(&format!("job_{n:02}"), "acme");
        row.idempotency_key = "same".to_owned();
        batch([new_job(&row)])
    });
    let results = together(&bench, batches.collect()).await;
    let winner = results.iter().position(Result::is_ok).unwrap();
    for (n, result) in results.iter().enumerate().filter(|(n, _)| *n != winner) {
        let holder = format!("job_{winner:02}");
        assert!(matches!(result, Err(StoreError::Duplicate { job, .. }) if job.as_str() == holder), "{n}: {result:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_frees_its_key_and_may_not_take_it_back_while_held() {
    let bench = Bench::open().await;
    let first = job("job_1", "acme");
    bench.store.commit(batch([new_job(&first)])).await.unwrap();
    bench.store.commit(batch([advance("job_1", 1, JobStatus::Failed)])).await.unwrap();
    let mut second = job("job_2", "acme");
    second.idempotency_key = first.idempotency_key.clone();
    bench.store.commit(batch([new_job(&second)])).await.unwrap();

    let error = bench.store.commit(batch([advance("job_1", 2, JobStatus::Pending)])).await;
    assert!(matches!(&error, Err(StoreError::Duplicate { job, .. }) if *job == second.id), "{error:?}");
    bench.store.commit(batch([advance("job_2", 1, JobStatus::Failed)])).await.unwrap();
    bench.store.commit(batch([advance("job_1", 2, JobStatus::Pending)])).await.unwrap();
    let error = bench.store.commit(batch([advance("job_2", 2, JobStatus::Pending)])).await;
    assert!(matches!(&error, Err(StoreError::Duplicate { job, .. }) if *job == first.id), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_free_once_its_window_has_passed() {
    let bench = Bench::open().await;
    bench.store.commit(batch([new_job(&job("job_1", "acme"))])).await.unwrap();
    let mut second = job("job_2", "acme");
    second.idempotency_key = "k-job_1".to_owned();
    second.created_at = NOW.plus_ms(IDEMPOTENCY_WINDOW_MS - 1);
    assert!(matches!(bench.store.commit(batch([new_job(&second)])).await, Err(StoreError::Duplicate { .. })));
    second.created_at = NOW.plus_ms(IDEMPOTENCY_WINDOW_MS);
    bench.store.commit(batch([new_job(&second)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_and_effects_move_by_revision() {
    let bench = Bench::open().await;
    let row = job("job_1", "acme");
    let (mut asked, mut sent) = (action("apr_1", &row), effect("eff_1", &row));
    let make = batch([new_job(&row), Write::NewAction(std::sync::Arc::new(asked.clone())), new_effect(&sent)]);
    bench.store.commit(make).await.unwrap();
    for again in [
        Write::NewAction(std::sync::Arc::new(asked.clone())),
        new_effect(&sent),
        Write::Effect(std::sync::Arc::new(sent.clone())),
    ] {
        let error = bench.store.commit(batch([again])).await;
        assert!(matches!(error, Err(StoreError::Conflict { .. })), "{error:?}");
    }
    asked.status = ActionStatus::Approved;
    asked.revision = 2;
    sent.state = EffectState::Sending;
    sent.revision = 2;
    bench
        .store
        .commit(batch([
            Write::Action(std::sync::Arc::new(asked.clone())),
            Write::Effect(std::sync::Arc::new(sent.clone())),
        ]))
        .await
        .unwrap();
    // The second answer loses, and what came with it.
    let error = bench
        .store
        .commit(batch([Write::Action(std::sync::Arc::new(asked.clone())), new_effect(&effect("eff_2", &row))]))
        .await;
    assert!(matches!(error, Err(StoreError::Conflict { .. })), "{error:?}");
    let posted = Write::Posted { action: "apr_1".into(), channel: "C".to_owned(), message_ts: "1.2".to_owned() };
    bench.store.commit(batch([posted])).await.unwrap();
    asked.channel = Some("C".to_owned());
    asked.message_ts = Some("1.2".to_owned());
    let stored = bench.store.job(&"acme".into(), &row.id).await.unwrap().unwrap();
    assert_eq!((stored.actions, stored.effects), (vec![asked], vec![sent]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_line_is_written_once() {
    let bench = Bench::open().await;
    bench.store.commit(batch([new_job(&job("job_1", "acme")), journal("job_1", 1)])).await.unwrap();
    let error = bench.store.commit(batch([journal("job_1", 2), journal("job_1", 1)])).await;
    assert!(matches!(error, Err(StoreError::Conflict { .. })), "{error:?}");
    let stored = bench.store.job(&"acme".into(), &"job_1".into()).await.unwrap().unwrap();
    assert_eq!(stored.journal.iter().map(|line| line.seq).collect::<Vec<_>>(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_moves_only_from_where_the_person_saw_it() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let set = |org: &str, from: &str, to: &str| {
        let (deal, from, to) = ("d1".to_owned(), from.to_owned(), to.to_owned());
        batch([crm(CrmWrite::SetStage { org: org.into(), deal, from, to, at: NOW })])
    };
    bench.store.commit(set("acme", "qualified", "proposal")).await.unwrap();
    for refused in [set("acme", "qualified", "closed_won"), set("globex", "proposal", "closed_won")] {
        let error = bench.store.commit(refused).await;
        assert!(matches!(error, Err(StoreError::Precondition { .. })), "{error:?}");
    }
    let deal = bench.store.source(&"acme".into(), &"u1".into(), "deal", &serde_json::json!({"deal_id": "d1"})).await;
    assert_eq!(deal.unwrap().unwrap()["stage"], "proposal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_is_kept_once() {
    let bench = Bench::open().await;
    let transcript = |body: &str| {
        let (id, format, body) = ("tr1".to_owned(), "text".to_owned(), body.to_owned());
        batch([Write::Transcript(Transcript {
            id,
            org: "acme".into(),
            owner: "u1".into(),
            meeting: None,
            format,
            body,
            subject: Subject::contact("c1"),
            expires_at: FAR,
            at: NOW,
        })])
    };
    bench.store.commit(transcript("a")).await.unwrap();
    bench.store.commit(transcript("a")).await.unwrap();
    assert!(matches!(bench.store.commit(transcript("b")).await, Err(StoreError::Constraint { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_database_would_change_in_silence_is_refused() {
    let bench = Bench::open().await;
    let mut nul = job("job_1", "acme");
    nul.trigger_payload = serde_json::json!({"text": "a\0b"});
    let mut large = job("job_2", "acme");
    large.version = u64::MAX;
    let twice = batch([new_job(&job("job_3", "acme")), new_job(&job("job_3", "acme"))]);
    let many = Batch { writes: vec![audit(&nul, "x"); MAX_BATCH_WRITES + 1] };
    for refused in [batch([new_job(&nul)]), batch([new_job(&large)]), twice, many] {
        let error = bench.store.commit(refused).await;
        assert!(matches!(error, Err(StoreError::Constraint { .. })), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_knows_nothing_of_the_message_does_not_forget_it() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    let asked = action("apr_1", &row);
    store.commit(batch([new_job(&row), Write::NewAction(asked.clone().into())])).await.unwrap();
    let posted = Write::Posted { action: "apr_1".into(), channel: "C".to_owned(), message_ts: "1.2".to_owned() };
    store.commit(batch([posted])).await.unwrap();
    let mut answered = asked;
    answered.revision += 1;
    store.commit(batch([Write::Action(answered.into())])).await.unwrap();
    let kept = store.action(&row.org, &"apr_1".into()).await.unwrap().unwrap();
    assert_eq!((kept.channel.as_deref(), kept.message_ts.as_deref()), (Some("C"), Some("1.2")));
    // What knows of another message says so.
    let moved = PendingAction { revision: kept.revision + 1, message_ts: Some("3.4".to_owned()), ..kept };
    store.commit(batch([Write::Action(moved.into())])).await.unwrap();
    let kept = store.action(&row.org, &"apr_1".into()).await.unwrap().unwrap();
    assert_eq!((kept.channel.as_deref(), kept.message_ts.as_deref()), (Some("C"), Some("3.4")));
}
