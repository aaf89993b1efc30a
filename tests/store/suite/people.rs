//! People by their address, and what they answered of late.

use serde_json::{Value, json};
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::Write;

use super::made::{Bench, FAR, NOW, action, batch, job, new_job};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_one_users_of_the_org_or_nobodys() {
    let bench = Bench::open().await;
    let user = |org: &str, id: &str, email: Value| json!({ "id": id, "org_id": org, "name": id, "email": email });
    let document = json!({
        "orgs": [{ "id": "acme", "name": "Acme" }, { "id": "globex", "name": "Globex" }],
        "users": [
            user("acme", "ada", json!("Ada@acme.test")), user("acme", "bob", json!("desk@acme.test")),
            user("acme", "cat", json!("desk@acme.test")), user("globex", "gil", json!("gil@globex.test")),
        ],
    });
    bench.store.load_data(&document, FAR).await.unwrap();
    let found = async |org: &str, address: &str| {
        let org = OrgId::from(org);
        bench.store.user_with_address(&org, address).await.unwrap().map(|user| user.id.to_string())
    };
    assert_eq!(found("acme", "ada@ACME.test").await.as_deref(), Some("ada"));
    for (org, address) in [
        ("acme", "desk@acme.test"),
        ("acme", "gil@globex.test"),
        ("acme", "ad%@acme.test"),
        ("acme", ""),
        ("none", "ada@acme.test"),
    ] {
        assert_eq!(found(org, address).await, None, "{address} of {org}");
    }
    assert_eq!(found("globex", "gil@globex.test").await.as_deref(), Some("gil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_settled_of_late_is_told_the_last_first() {
    let bench = Bench::open().await;
    let (ours, theirs) = (job("job_1", "acme"), job("job_2", "globex"));
    let asked = |id: &str, of: &_, status, ms: Option<i64>| {
        let settled = PendingAction { status, resolved_at: ms.map(|ms| NOW.plus_ms(ms)), ..action(id, of) };
        Write::NewAction(settled.into())
    };
    use ActionStatus as S;
    let writes = [
        new_job(&ours),
        new_job(&theirs),
        asked("act_1", &ours, S::Approved, Some(5)),
        asked("act_2", &ours, S::Skipped, Some(9)),
        asked("act_3", &ours, S::Pending, None),
        asked("act_4", &ours, S::Withdrawn, Some(7)),
        asked("act_5", &ours, S::Expired, Some(4)),
        asked("act_6", &ours, S::Cancelled, Some(5)),
        asked("act_7", &theirs, S::Approved, Some(6)),
    ];
    bench.store.commit(batch(writes)).await.unwrap();
    let user = ours.user.clone();
    let found = async |org: &str, user: &UserId, since: i64, limit: u32| -> Vec<String> {
        let org = OrgId::from(org);
        let found = bench.store.settled_actions(&org, user, NOW.plus_ms(since), limit).await.unwrap();
        found.into_iter().map(|action| action.id.to_string()).collect()
    };
    assert_eq!(found("acme", &user, 5, 10).await, ["act_2", "act_6", "act_1"]);
    assert_eq!(found("acme", &user, 0, 2).await, ["act_2", "act_6"]);
    assert_eq!(found("acme", &user, 0, 10).await.len(), 4);
    assert_eq!(found("acme", &"somebody".into(), 0, 10).await, Vec::<String>::new());
    assert_eq!(found("globex", &user, 0, 10).await, ["act_7"]);
}
