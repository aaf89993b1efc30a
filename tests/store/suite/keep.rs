//! Rows of a data set that say a part of a record, and records read back.

use serde_json::{Value, json};
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{Records, StoreError};

use super::made::{Bench, FAR, data};

const TABLES: [&str; 8] = ["users", "companies", "contacts", "deals", "meetings", "activities", "tasks", "notes"];

async fn all(bench: &Bench, org: &str, table: &str) -> Vec<Value> {
    let org: OrgId = org.into();
    bench.store.records(&org, table, Records::After { id: None, limit: 100 }).await.unwrap()
}

async fn one(bench: &Bench, table: &str, id: &str) -> Value {
    let org: OrgId = "acme".into();
    bench.store.records(&org, table, Records::Named(&[id.to_owned()])).await.unwrap().remove(0)
}

fn with_org(rows: Vec<Value>, org: &str) -> Vec<Value> {
    let with = |mut row: Value| {
        row["org_id"] = json!(org);
        row
    };
    rows.into_iter().map(with).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_read_back_in_the_form_in_which_they_are_loaded() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    for table in TABLES {
        let before = all(&bench, "acme", table).await;
        let given = data()[table].as_array().unwrap().iter().filter(|row| row["org_id"] == "acme").count();
        assert_eq!(before.len(), given, "{table}");
        let again = json!({ table: with_org(before.clone(), "acme") });
        bench.store.load_data(&again, FAR).await.unwrap();
        assert_eq!(all(&bench, "acme", table).await, before, "{table}");
    }
    let contact = one(&bench, "contacts", "c1").await;
    assert_eq!(contact["email"], "mira@initech.test");
    assert_eq!(contact["flags"][0]["flag"], "risk");
    assert_eq!(one(&bench, "users", "u2").await["admin"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_come_in_pages_and_of_one_org() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let (acme, globex): (OrgId, OrgId) = ("acme".into(), "globex".into());
    let ids = |rows: Vec<Value>| rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let page = |after| bench.store.records(&acme, "deals", Records::After { id: after, limit: 2 });
    assert_eq!(ids(page(None).await.unwrap()), ["d0", "d1"]);
    assert_eq!(ids(page(Some("d1")).await.unwrap()), ["d2"]);
    let named = ["d2".to_owned(), "d9".to_owned(), "d0".to_owned()];
    assert_eq!(ids(bench.store.records(&acme, "deals", Records::Named(&named)).await.unwrap()), ["d0", "d2"]);
    assert!(bench.store.records(&globex, "deals", Records::Named(&named)).await.unwrap().is_empty());
    assert_eq!(all(&bench, "globex", "users").await[0]["name"], "Cy");
    for table in ["api_keys", "connections", "transcripts", "nothing"] {
        let refused = bench.store.records(&acme, table, Records::Named(&[])).await;
        assert!(matches!(refused, Err(StoreError::Constraint { .. })), "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_row_keeps_stays_and_the_rest_is_replaced() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let globex = all(&bench, "globex", "users").await;
    let before = [one(&bench, "contacts", "c1").await, one(&bench, "deals", "d1").await];
    let change = json!({
        "contacts": [
            {"id": "c1", "org_id": "acme", "name": "Mira Holt", "phone": "+49", "keep": ["email", "company_id", "owner_id", "flags"]},
            {"id": "c9", "org_id": "acme", "name": "New", "email": "New@Initech.test", "keep": ["email"]}],
        "deals": [
            {"id": "d1", "org_id": "acme", "name": "x", "stage": "proposal", "updated_at": "2026-05-09T00:00:00Z",
             "keep": ["name", "contact_ids", "amount_cents", "currency", "company_id", "owner_id", "created_at"]},
            {"id": "d2", "org_id": "acme", "name": "Other", "stage": "lead", "updated_at": 0, "contact_ids": ["c9"],
             "keep": ["updated_at", "stage"]}]});
    for _ in 0..2 {
        bench.store.load_data(&change, FAR).await.unwrap();
        let mut contact = before[0].clone();
        contact["name"] = json!("Mira Holt");
        contact["phone"] = json!("+49");
        assert_eq!(one(&bench, "contacts", "c1").await, contact);
        assert_eq!(one(&bench, "contacts", "c9").await["email"], "new@initech.test");
        let mut deal = before[1].clone();
        deal["stage"] = json!("proposal");
        deal["updated_at"] = json!("2026-05-09T00:00:00.000Z");
        deal["stage_since"] = deal["updated_at"].clone();
        assert_eq!(one(&bench, "deals", "d1").await, deal);
        let other = one(&bench, "deals", "d2").await;
        assert_eq!((&other["contact_ids"], &other["owner_id"]), (&json!(["c9"]), &Value::Null));
        assert_eq!(other["updated_at"], "2026-05-04T00:00:00.000Z");
    }
    // Links are those of the rows as they are.
    let org: OrgId = "acme".into();
    for (contact, user, want) in [("c1", "u1", vec!["d0", "d1"]), ("c2", "u2", vec![]), ("c9", "u1", vec!["d2"])] {
        let asked = json!({ "contact_id": contact });
        let read = bench.store.source(&org, &user.into(), "contact", &asked).await.unwrap().unwrap();
        let mut ids: Vec<&str> = read["deal_ids"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        ids.sort_unstable();
        assert_eq!(ids, want, "{contact}");
    }
    assert_eq!(all(&bench, "globex", "users").await, globex);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_keep_is_named_and_nothing_is_loaded() {
    let row = |change: Value| {
        let mut row = json!({"id": "c1", "org_id": "acme", "name": "Other"});
        row.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        row
    };
    let cases = [
        (json!({"contacts": [row(json!({"keep": "phone"}))]}), "contacts[0].keep: expected a list of fields"),
        (json!({"contacts": [row(json!({"keep": [1]}))]}), "contacts[0].keep: expected a list of fields"),
        (
            json!({"contacts": [row(json!({"keep": ["colour"]}))]}),
            "contacts[0].keep: `colour` is no field that can stay",
        ),
        (json!({"contacts": [row(json!({"keep": ["id"]}))]}), "`id` is no field that can stay"),
        (
            json!({"contacts": [row(json!({"keep": ["flags"], "flags": []}))]}),
            "contacts[0].keep: `flags` are either said or stay",
        ),
        (json!({"contacts": [row(json!({"keep": []})), row(json!({}))]}), "contacts[1].id: is that of contacts[0] too"),
        (
            json!({"suppressions": [{"org_id": "acme", "address": "a@b.test", "at": 0, "keep": ["reason"]}]}),
            "suppressions[0].keep: there is no such field",
        ),
        (json!({"contacts": [row(json!({"company_id": "co9", "keep": ["phone"]}))]}), "there is no co9 in companies"),
    ];
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    for (document, want) in cases {
        match bench.store.load_data(&document, FAR).await {
            Err(StoreError::Constraint { message }) => assert!(message.contains(want), "{message}"),
            other => panic!("{want}: {other:?}"),
        }
        assert_eq!(one(&bench, "contacts", "c1").await["name"], "Mira", "{want}");
    }
}
