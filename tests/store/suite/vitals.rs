//! Figures that tell trouble early.

use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::purse::ReservationState;
use skillhost_engine::store::{StoreError, Write};
use skillhost_engine::time::MicroUsd;
use skillhost_engine::vitals::Figures;

use super::made::{Bench, NOW, action, advance, batch, effect, job, leased, new_effect, new_job, reserve, settle};

#[tokio::test(flavor = "multi_thread")]
async fn figures_say_what_waits_and_since_when() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let empty = store.figures(NOW).await.unwrap();
    assert!(empty.jobs.values().chain(empty.effects.values()).all(|count| *count == 0), "{empty:?}");
    assert_eq!((empty.runnable_since, empty.due_since, empty.asked_since), (None, None, None));

    let mut old = job("job_1", "acme");
    old.updated_at = NOW.plus_ms(-5000);
    let mut later = job("job_2", "globex");
    later.wake_at = Some(NOW.plus_ms(1));
    later.updated_at = NOW.plus_ms(-9000);
    let parked = job("job_3", "acme");
    let mut due = effect("eff_1", &old);
    due.not_before = NOW.plus_ms(-700);
    let mut held = effect("eff_2", &old);
    held.not_before = NOW.plus_ms(700);
    let mut unknown = effect("eff_3", &old);
    unknown.state = EffectState::Unknown;
    let mut asked = action("act_1", &parked);
    asked.created_at = NOW.plus_ms(-60);
    store
        .commit(batch([
            new_job(&old),
            new_job(&later),
            new_job(&parked),
            new_effect(&due),
            new_effect(&held),
            new_effect(&unknown),
            Write::NewAction(asked.into()),
        ]))
        .await
        .unwrap();
    store.commit(batch([advance("job_3", 1, JobStatus::AwaitingApproval)])).await.unwrap();

    let figures = store.figures(NOW).await.unwrap();
    assert_eq!((figures.jobs["pending"], figures.jobs["awaiting_approval"], figures.jobs["in_progress"]), (2, 1, 0));
    assert_eq!((figures.effects["ready"], figures.effects["unknown"], figures.questions), (2, 1, 1));
    assert_eq!(figures.runnable_since, Some(NOW.plus_ms(-5000)), "the older one waits for a time");
    assert_eq!(figures.due_since, Some(NOW.plus_ms(-700)));
    assert_eq!(figures.asked_since, Some(NOW.plus_ms(-60)));

    // A host that died with the job in its hands, and a lease that ran out.
    store.commit(batch([leased("job_1", 1, "boot_dead", NOW.plus_ms(-100))])).await.unwrap();
    assert_eq!(store.figures(NOW).await.unwrap().runnable_since, Some(NOW.plus_ms(-100)));
    store.commit(batch([leased("job_1", 2, "boot_1", NOW.plus_ms(100))])).await.unwrap();
    assert_eq!(store.figures(NOW).await.unwrap().runnable_since, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_jobs_are_counted_up_to_the_bound_and_ended_ones_are_not() {
    let bench = Bench::open().await;
    for n in 0..7 {
        bench.store.commit(batch([new_job(&job(&format!("job_{n}"), "acme"))])).await.unwrap();
    }
    assert_eq!(bench.store.open_jobs(100).await.unwrap(), 7);
    assert_eq!(bench.store.open_jobs(3).await.unwrap(), 3);
    bench.store.commit(batch([advance("job_0", 1, JobStatus::Paused)])).await.unwrap();
    bench.store.commit(batch([advance("job_1", 1, JobStatus::Failed)])).await.unwrap();
    assert_eq!(bench.store.open_jobs(100).await.unwrap(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_adds_up_has_no_drift() {
    let bench = Bench::open().await;
    let drift = async || bench.store.figures(NOW).await.unwrap().purse_drift;
    for (id, amount) in [("r1", 100), ("r2", 30), ("r3", 7)] {
        bench.store.commit(batch([reserve(id, "acme", amount)])).await.unwrap();
    }
    assert_eq!(drift().await, MicroUsd(0));
    bench.store.commit(batch([settle("r1", ReservationState::Held, ReservationState::Settled, 60)])).await.unwrap();
    bench.store.commit(batch([settle("r2", ReservationState::Held, ReservationState::Disputed, 0)])).await.unwrap();
    assert_eq!(drift().await, MicroUsd(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_counts_its_own_work() {
    let bench = Bench::open().await;
    let before = bench.store.gauges();
    let row = job("job_1", "acme");
    let mut sent = effect("eff_1", &row);
    bench.store.commit(batch([new_job(&row), new_effect(&sent)])).await.unwrap();
    sent.state = EffectState::Sent;
    sent.revision = 2;
    bench.store.commit(batch([Write::Effect(sent.into()), advance("job_1", 1, JobStatus::Failed)])).await.unwrap();
    let refused = bench.store.commit(batch([advance("job_1", 1, JobStatus::Failed)])).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");

    let gauges = bench.store.gauges();
    assert!(gauges.commits.count() >= before.commits.count() + 2);
    assert_eq!(gauges.jobs_ended, [("failed".to_owned(), 1)].into(), "what was refused did not end");
    assert_eq!(gauges.effects_ended, [("sent".to_owned(), 1)].into());
    assert_eq!((gauges.queue, gauges.trouble), (0, None));
    assert!(gauges.queue_bound > 0);
    assert_ne!(bench.store.figures(NOW).await.unwrap(), Figures::default());
}
