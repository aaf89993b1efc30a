//! What leaves the outbox of a restored database.

use skillhost_engine::hold::EffectHold;
use skillhost_engine::registry::host_org;
use skillhost_engine::store::Store;

use super::made::{Bench, NOW, batch, effect, job, new_effect, new_job};

async fn due(store: &dyn Store) -> Vec<String> {
    store.due_effects(NOW, 10).await.unwrap().into_iter().map(|row| row.key.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_hold_stands_only_what_was_released_leaves() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    store
        .commit(batch([new_job(&row), new_effect(&effect("e1", &row)), new_effect(&effect("e2", &row))]))
        .await
        .unwrap();
    assert_eq!((due(store).await, store.hold().await.unwrap()), (vec!["e1".to_owned(), "e2".to_owned()], None));

    let hold = EffectHold { taken_at: NOW.plus_ms(-9), since: NOW };
    store.hold_effects(&hold, "restore").await.unwrap();
    assert_eq!(store.hold().await.unwrap(), Some(hold.clone()));
    assert!(due(store).await.is_empty());
    // One that is made meanwhile is held as well.
    store.commit(batch([new_effect(&effect("e3", &row))])).await.unwrap();
    let held = store.held_effects(10).await.unwrap();
    assert_eq!(held.iter().map(|held| held.row.key.as_str()).collect::<Vec<_>>(), ["e1", "e2", "e3"]);
    assert_eq!(held[0].job_created_at, row.created_at);

    assert_eq!(store.release_held(Some(&["e2".into(), "none".into()]), "client:op", NOW).await.unwrap(), 1);
    assert_eq!(due(store).await, ["e2"]);
    assert_eq!(store.release_held(Some(&["e2".into()]), "client:op", NOW).await.unwrap(), 0, "it is held no more");
    assert_eq!(store.release_held(None, "client:op", NOW).await.unwrap(), 2);
    assert_eq!((due(store).await, store.hold().await.unwrap()), (vec!["e1".into(), "e2".into(), "e3".into()], None));
    let audit = store.audit(&row.org, Some(&row.id), 10).await.unwrap();
    let released: Vec<_> = audit.iter().filter(|line| line.action == "effect.released").collect();
    assert_eq!(released.iter().map(|line| line.subject.as_str()).collect::<Vec<_>>(), ["e2", "e1", "e3"]);
    assert!(released.iter().all(|line| line.actor == "client:op"));
    // Who ended it is told, also where nothing was left to let go; and once.
    assert_eq!(store.release_held(None, "client:op", NOW).await.unwrap(), 0, "there is no hold to end");
    store.hold_effects(&hold, "restore").await.unwrap();
    store.release_held(Some(&["e1".into(), "e2".into(), "e3".into()]), "client:op", NOW).await.unwrap();
    assert_eq!(store.release_held(None, "client:other", NOW).await.unwrap(), 0);
    let lines = store.audit(&host_org(), None, 10).await.unwrap();
    let ended: Vec<_> = lines.iter().filter(|line| line.action == "effects.hold_ended").collect();
    assert_eq!(ended.iter().map(|line| line.actor.as_str()).collect::<Vec<_>>(), ["client:op", "client:other"]);

    // A second restore holds again what the first one had released.
    store.hold_effects(&hold, "restore").await.unwrap();
    assert!(due(store).await.is_empty());
}
