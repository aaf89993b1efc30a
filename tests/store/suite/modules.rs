//! Installed modules, and what served when.

use serde_json::json;
use skillhost_engine::registry::{CanaryShare, ModuleRow, ModuleState, Revocation, SkillChange, Why};
use skillhost_engine::skill::Manifest;
use skillhost_engine::store::{ApiKey, Scope, StoreError, Write};

use super::made::{Bench, FAR, NOW, batch};

pub fn module(digest: &str, name: &str) -> ModuleRow {
    let manifest = json!({
        "name": name, "version": "1.0.0", "world": "skillhost:skill@0.1.0", "description": "Ünïcode \u{1F600}",
        "input_schema": {"type": "object"}, "output_schema": true, "rights": ["context:deal"],
        "skill_md_digest": "sha256:m",
    });
    ModuleRow {
        digest: digest.to_owned(),
        name: name.into(),
        version: "1.0.0".to_owned(),
        manifest: serde_json::from_value::<Manifest>(manifest).unwrap(),
        bytes: 12_345,
        state: ModuleState::Installed,
        installed_at: NOW,
        installed_by: "client:cli".to_owned(),
    }
}

fn change(skill: &str, seq: u64, why: Why, digest: &str) -> SkillChange {
    SkillChange {
        skill: skill.into(),
        seq,
        why,
        digest: digest.to_owned(),
        by: "client:cli".to_owned(),
        at: NOW.plus_ms(i64::try_from(seq).unwrap()),
        note: None,
        active: Some(digest.to_owned()),
        canary: None,
    }
}

fn revoke(digest: &str) -> Write {
    Write::RevokeModule(Revocation {
        digest: digest.to_owned(),
        by: "client:cli".to_owned(),
        reason: "bad".to_owned(),
        at: NOW,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_and_changes_come_back_as_written() {
    let bench = Bench::open().await;
    let (a, b) = (module("sha256:a", "echo"), module("sha256:b", "echo"));
    let mut canary = change("echo", 2, Why::Canary, "sha256:b");
    canary.active = Some("sha256:a".to_owned());
    canary.canary = Some(CanaryShare { digest: "sha256:b".to_owned(), percent: 10, since: NOW });
    canary.note = Some("10%".to_owned());
    let first = change("echo", 1, Why::Install, "sha256:a");
    bench
        .store
        .commit(batch([
            Write::SkillChange(first.clone()),
            Write::NewModule(Box::new(a.clone())),
            Write::NewModule(Box::new(b.clone())),
            Write::SkillChange(canary.clone()),
        ]))
        .await
        .unwrap();
    assert_eq!(bench.store.modules().await.unwrap(), [a, b]);
    assert_eq!(bench.store.skill_standings().await.unwrap(), [canary.clone()]);
    assert_eq!(bench.store.skill_history(&"echo".into(), 10).await.unwrap(), [first, canary.clone()]);
    assert_eq!(bench.store.skill_history(&"echo".into(), 1).await.unwrap(), [canary]);
    assert!(bench.store.skill_history(&"other".into(), 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_one_is_taken() {
    let bench = Bench::open().await;
    bench.store.commit(batch([Write::NewModule(Box::new(module("sha256:a", "echo")))])).await.unwrap();
    let rivals = (0..10).map(|_| {
        let store = bench.store.clone();
        async move { store.commit(batch([Write::SkillChange(change("echo", 1, Why::Activate, "sha256:a"))])).await }
    });
    let results = futures::future::join_all(rivals).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(StoreError::Conflict { .. }))), "{results:?}");
    let again = bench.store.commit(batch([Write::NewModule(Box::new(module("sha256:a", "echo")))])).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    let unknown = bench.store.commit(batch([Write::SkillChange(change("echo", 2, Why::Activate, "sha256:z"))])).await;
    assert!(matches!(unknown, Err(StoreError::Constraint { .. })), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_revoked_once_and_stays_it() {
    let bench = Bench::open().await;
    bench.store.commit(batch([Write::NewModule(Box::new(module("sha256:a", "echo")))])).await.unwrap();
    bench.store.commit(batch([revoke("sha256:a")])).await.unwrap();
    assert_eq!(bench.store.modules().await.unwrap()[0].state, ModuleState::Revoked);
    for digest in ["sha256:a", "sha256:none"] {
        let error = bench.store.commit(batch([revoke(digest)])).await;
        assert!(matches!(error, Err(StoreError::Conflict { .. })), "{digest}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_data_set_makes_an_operator() {
    let bench = Bench::open().await;
    let data = json!({
        "orgs": [{"id": "acme", "name": "Acme"}],
        "users": [{"id": "u1", "org_id": "acme", "name": "U", "email": "u@acme.example", "admin": true}],
        "api_keys": [{"digest": "sha256:k", "org_id": "acme", "user_id": "u1", "client": "crm"}],
    });
    bench.store.load_data(&data, FAR).await.unwrap();
    assert!(!bench.store.api_key("sha256:k").await.unwrap().unwrap().operator);
    let mut sly = data.clone();
    sly["api_keys"][0]["operator"] = json!(true);
    assert!(bench.store.load_data(&sly, FAR).await.is_err(), "an unknown field is refused");
    let key = ApiKey {
        digest: "sha256:o".to_owned(),
        org: "acme".into(),
        user: "u1".into(),
        client: "cli".to_owned(),
        operator: true,
        scopes: vec![Scope::AnswerApprovals],
    };
    bench.store.put_api_key(&key).await.unwrap();
    assert_eq!(bench.store.api_key("sha256:o").await.unwrap(), Some(key));
}
