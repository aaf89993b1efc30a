//! What lets somebody in, or is shown to a person, counts only where the host with this
//! key wrote it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde_json::json;
use skillhost_engine::store::{ApiKey, Scope, Store, Write};
use skillhost_store::VaultKey;

use super::made::{Bench, Counter, FAR, NOW, action, batch, data, event, job, new_job};
use super::place;

/// The same database, opened by a host with another key.
async fn stranger(bench: &Bench) -> Arc<dyn Store> {
    let ids = Arc::new(Counter(AtomicU64::new(9)));
    place::open(&bench.place.address, Some(VaultKey::new(&[9; 32], ids).unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_tokens_and_admins_of_another_key_do_not_count() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let made = ApiKey {
        digest: "sha256:o".to_owned(),
        org: "acme".into(),
        user: "u1".into(),
        client: "cli".to_owned(),
        operator: true,
        scopes: Scope::ALL.to_vec(),
    };
    bench.store.put_api_key(&made).await.unwrap();
    let value = json!({"user": "u1", "half": 0.1});
    bench.store.put_token("session", "sha256:s", &value, FAR).await.unwrap();

    let stranger = stranger(&bench).await;
    for (store, counts) in [(&bench.store, true), (&stranger, false)] {
        for digest in ["sha256:k", "sha256:o"] {
            assert_eq!(store.api_key(digest).await.unwrap().is_some(), counts, "{digest}");
        }
        let token = store.token("session", "sha256:s", NOW, false).await.unwrap();
        assert_eq!(token, counts.then(|| value.clone()));
        let user = store.user(&"acme".into(), &"u2".into()).await.unwrap().unwrap();
        assert_eq!(user.admin, counts);
        let found = store.user_with_address(&"acme".into(), "bo@acme.test").await.unwrap().unwrap();
        assert_eq!(found.admin, counts);
        let everybody = store.users_after(None, 10).await.unwrap();
        assert_eq!(everybody.iter().filter(|user| user.admin).count(), usize::from(counts));
    }
    assert_eq!(stranger.token("session", "sha256:s", NOW, true).await.unwrap(), None, "taking it is no way in");

    // Whoever stays an admin keeps the proof of it; who does not loses it.
    let keep =
        json!({"users": [{"id": "u2", "org_id": "acme", "name": "Bo", "email": "bo@acme.test", "keep": ["admin"]}]});
    bench.store.load_data(&keep, FAR).await.unwrap();
    assert!(bench.store.user(&"acme".into(), &"u2".into()).await.unwrap().unwrap().admin);
    let member = json!({"users": [{"id": "u2", "org_id": "acme", "name": "Bo", "email": "bo@acme.test"}]});
    bench.store.load_data(&member, FAR).await.unwrap();
    assert!(!bench.store.user(&"acme".into(), &"u2".into()).await.unwrap().unwrap().admin);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_approval_of_another_key_is_void() {
    let bench = Bench::open().await;
    let row = job("j1", "acme");
    let asked = action("act_1", &row);
    bench
        .store
        .commit(batch([Write::Event(event("e1", "acme")), new_job(&row), Write::NewAction(Arc::new(asked.clone()))]))
        .await
        .unwrap();
    assert_eq!(bench.store.action(&"acme".into(), &"act_1".into()).await.unwrap(), Some(asked));
    let stranger = stranger(&bench).await;
    let shown = stranger.action(&"acme".into(), &"act_1".into()).await.unwrap().unwrap();
    let listed = stranger.open_actions(&"acme".into(), None).await.unwrap();
    let expired = stranger.expired_actions(FAR, 10).await.unwrap();
    let of_job = stranger.job(&"acme".into(), &"j1".into()).await.unwrap().unwrap().actions;
    for action in [&shown, &listed[0], &expired[0], &of_job[0]] {
        assert_eq!(action.card.pattern, skillhost_engine::card::VOID);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_set_gives_scopes_that_exist_and_changes_no_operator() {
    let bench = Bench::open().await;
    let key = |digest: &str, scopes: &[&str]| {
        let mut all = data();
        all["api_keys"] =
            json!([{"digest": digest, "org_id": "acme", "user_id": "u1", "client": "c", "scopes": scopes}]);
        all
    };
    bench.store.load_data(&key("sha256:a", &[]), FAR).await.unwrap();
    assert_eq!(bench.store.api_key("sha256:a").await.unwrap().unwrap().scopes, [], "a new key has none");
    let both = key("sha256:a", &["events:any-user", "approvals:answer", "events:any-user"]);
    bench.store.load_data(&both, FAR).await.unwrap();
    assert_eq!(bench.store.api_key("sha256:a").await.unwrap().unwrap().scopes, Scope::ALL);
    let unknown = bench.store.load_data(&key("sha256:a", &["approvals"]), FAR).await.unwrap_err();
    assert!(unknown.to_string().contains("api_keys[0].scopes: there is no scope `approvals`"), "{unknown}");
}
