//! What is remembered of vendors, and what leaves beside one that has enough to do.

use skillhost_engine::outbox::OutboxRow;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vendor::{Gate, Rate, Turn};

use super::made::{Bench, NOW, batch, effect, job, new_effect, new_job};

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_moves_from_what_it_was_or_not_at_all() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    assert_eq!(store.vendor_gate("slack").await.unwrap(), None);
    let rate = Rate::new(60, 1);
    let mut gate = Gate::default();
    gate.ask(rate, NOW, false);
    assert!(store.move_vendor_gate("slack", 0, &gate).await.unwrap());
    assert!(!store.move_vendor_gate("slack", 0, &Gate::default()).await.unwrap(), "somebody else was first");
    assert_eq!(store.vendor_gate("slack").await.unwrap(), Some((1, gate.clone())));
    gate.shut(NOW, 5000);
    assert!(store.move_vendor_gate("slack", 1, &gate).await.unwrap());
    assert!(!store.move_vendor_gate("slack", 1, &Gate::default()).await.unwrap());
    assert_eq!(store.vendor_gate("slack").await.unwrap(), Some((2, gate)));
    assert_eq!(store.vendor_gate("mail").await.unwrap(), None, "each vendor has its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_ask_at_once_no_more_pass_than_the_rate_allows() {
    let bench = Bench::open().await;
    let rate = Rate::new(60, 5);
    let asks = (0..20).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move {
            // As hosts do that know nothing of each other.
            loop {
                let (revision, mut gate) = store.vendor_gate("slack").await.unwrap().unwrap_or_default();
                let turn = gate.ask(rate, NOW, false);
                if store.move_vendor_gate("slack", revision, &gate).await.unwrap() {
                    return turn;
                }
            }
        })
    });
    let turns: Vec<Turn> = futures::future::join_all(asks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(turns.iter().filter(|turn| **turn == Turn::Now).count(), 5);
    let mut later: Vec<Timestamp> =
        turns.iter().filter_map(|turn| if let Turn::At(at) = turn { Some(*at) } else { None }).collect();
    later.sort_unstable();
    let apart: Vec<Timestamp> = (1..=15).map(|n| NOW.plus_ms(n * 1000)).collect();
    assert_eq!(later, apart, "each has a turn of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_of_other_kinds_are_due_whatever_is_before_them() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    let of_kind = |key: &str, kind: &str| OutboxRow { kind: kind.to_owned(), ..effect(key, &row) };
    let mut writes = vec![new_job(&row)];
    writes.extend((0..40).map(|n| new_effect(&of_kind(&format!("post_{n:02}"), "chat.post"))));
    writes.push(new_effect(&of_kind("mail", "email.send")));
    writes.push(new_effect(&of_kind("task", "task.create")));
    store.commit(batch(writes)).await.unwrap();
    let due = async |kinds: &'static [&str]| {
        let rows = store.due_effects_but(NOW, kinds, 10).await.unwrap();
        rows.into_iter().map(|row| row.key.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due(&["chat.post"]).await, ["mail", "task"]);
    assert_eq!(due(&["chat.post", "task.create"]).await, ["mail"]);
    assert_eq!(due(&[]).await.len(), 10);
    assert_eq!(store.due_effects(NOW, 10).await.unwrap().len(), 10);
}
