//! Loading a data set, and changes of the built-in CRM.

use serde_json::{Value, json};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{CrmWrite, StoreError};
use skillhost_engine::time::Timestamp;

use super::fits::fits;
use super::made::{Bench, FAR, NOW, batch, crm, data};

async fn read(bench: &Bench, source: &str, params: Value) -> Value {
    let (org, user): (OrgId, UserId) = ("acme".into(), "u1".into());
    let found = bench.store.source(&org, &user, source, &params).await.unwrap().unwrap();
    fits(source, &found);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn loading_twice_is_loading_once() {
    let bench = Bench::open().await;
    let first = bench.store.load_data(&data(), FAR).await.unwrap();
    let contact = read(&bench, "contact", json!({"contact_id": "c1"})).await;
    assert_eq!(bench.store.load_data(&data(), FAR).await.unwrap(), first);
    assert_eq!(read(&bench, "contact", json!({"contact_id": "c1"})).await, contact);
    assert_eq!((first["contacts"], first["orgs"], first["users"]), (2, 2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_row_replaces_links_and_flags() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let change = json!({
        "contacts": [{"id": "c1", "org_id": "acme", "name": "Mira H", "owner_id": "u1"}],
        "deals": [{"id": "d0", "org_id": "acme", "name": "Old", "stage": "closed_won", "updated_at": 0}]});
    bench.store.load_data(&change, FAR).await.unwrap();
    let contact = read(&bench, "contact", json!({"contact_id": "c1"})).await;
    assert_eq!(
        (&contact["name"], &contact["deal_ids"], &contact["flags"]),
        (&json!("Mira H"), &json!(["d1"]), &json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_is_named_and_nothing_is_loaded() {
    let note = |change: Value| {
        let mut row = json!({"id": "n9", "org_id": "acme", "body": "b", "at": 0});
        row.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({"products": [{"id": "p9", "org_id": "acme", "name": "New"}], "notes": [row]})
    };
    let cases = [
        (json!([]), "object"),
        (json!({"contract": []}), "there is no table `contract`"),
        (json!({"notes": {}}), "notes: expected a list"),
        (json!({"notes": [1]}), "notes[0]: expected an object"),
        (note(json!({"body": 1})), "notes[0].body: expected text"),
        (note(json!({"body": null})), "notes[0].body: is missing"),
        (note(json!({"colour": "red"})), "notes[0].colour: there is no such field"),
        (note(json!({"at": "yesterday"})), "notes[0].at: expected an instant"),
        (note(json!({"body": "a\0b"})), "notes[0]: text contains the character U+0000"),
        (note(json!({"org_id": "nobody"})), "notes[0].org_id: there is no such org"),
        (note(json!({"contact_id": "c9"})), "notes[0].contact_id: there is no c9 in contacts of this org"),
        (
            note(json!({"org_id": "globex", "contact_id": "c1"})),
            "notes[0].contact_id: there is no c1 in contacts of this org",
        ),
        (
            json!({"deals": [{"id": "d9", "org_id": "acme", "name": "n", "stage": "s", "updated_at": 0, "contact_ids": ["c1", "c8"]}]}),
            "deals[0].contact_ids: there is no c8 in contacts of this org",
        ),
        (
            json!({"tasks": [{"id": "k9", "org_id": "acme", "title": "t", "created_at": 0, "priority": "urgent"}]}),
            "tasks[0].priority: expected one of low, normal, high",
        ),
        (
            json!({"companies": [{"id": "x", "org_id": "acme", "name": "n", "size": u64::MAX}]}),
            "companies[0].size: expected an integer of 64 bits",
        ),
        (
            json!({"users": [{"id": "u8", "org_id": "acme", "name": "n", "email": "n@acme.test"},
                {"id": "u9", "org_id": "acme", "name": "n", "email": "o@acme.test", "zone": "Mars/Olympus"}]}),
            "users[1].zone: `Mars/Olympus` is no time zone (write an IANA name",
        ),
        (
            json!({"contacts": [{"id": "c9", "org_id": "acme", "name": "n", "zone": "Europe/Berln"}]}),
            "contacts[0].zone: `Europe/Berln` is no time zone (did you mean `Europe/Berlin`?)",
        ),
    ];
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    for (document, want) in cases {
        match bench.store.load_data(&document, FAR).await {
            Err(StoreError::Constraint { message }) => assert!(message.contains(want), "{message}"),
            other => panic!("{want}: {other:?}"),
        }
        assert_eq!(read(&bench, "products", json!({})).await.as_array().unwrap().len(), 1, "{want}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crm_changes_are_read_back_and_happen_once() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let org: OrgId = "acme".into();
    let user: UserId = "u1".into();
    let text = str::to_owned;
    let fields = json!({"budget": 5, "owner": {"name": "x"}}).as_object().unwrap().clone();
    let (contact, deal) = (Some(text("c1")), Some(text("d1")));
    let changes = [
        CrmWrite::UpdateFields {
            org: org.clone(),
            entity: text("deal"),
            id: text("d1"),
            fields: fields.clone(),
            at: NOW,
        },
        CrmWrite::UpdateFields {
            org: org.clone(),
            entity: text("company"),
            id: text("co1"),
            fields: fields.clone(),
            at: NOW,
        },
        CrmWrite::UpdateFields { org: org.clone(), entity: text("contact"), id: text("c1"), fields, at: NOW },
        CrmWrite::Activity {
            mail: None,
            org: org.clone(),
            id: text("eff_a"),
            user: user.clone(),
            kind: text("note"),
            contact: contact.clone(),
            deal: deal.clone(),
            subject: text("s"),
            body: text("b"),
            at: NOW,
        },
        CrmWrite::Task {
            org: org.clone(),
            id: text("eff_t"),
            user: user.clone(),
            title: text("t"),
            detail: None,
            due: Some(text("2026-06-01")),
            priority: text("high"),
            contact,
            deal,
            at: NOW,
        },
        CrmWrite::Flag {
            org: org.clone(),
            entity: text("deal"),
            id: text("d1"),
            flag: text("risk"),
            reason: text("r"),
            at: NOW,
        },
        CrmWrite::Suppress { org: org.clone(), address: text("Gone@Initech.test"), reason: text("asked"), at: NOW },
        CrmWrite::SentMail {
            org: org.clone(),
            user: user.clone(),
            key: "eff_m".into(),
            message_id: text("1@acme.test"),
            to: vec![text("mira@initech.test")],
            subject: text("Next"),
            body: text("Hello"),
            body_digest: text("sha256:x"),
            at: NOW,
        },
    ];
    for _ in 0..2 {
        bench.store.commit(batch(changes.clone().map(crm))).await.unwrap();
    }
    let found = read(&bench, "deal", json!({"deal_id": "d1"})).await;
    assert_eq!(found["fields"], json!({"budget": 5, "owner": {"name": "x"}}));
    assert_eq!(found["flags"], json!([{"flag": "risk", "reason": "r", "at": NOW.rfc3339()}]));
    assert_eq!(read(&bench, "company", json!({"company_id": "co1"})).await["fields"]["budget"], 5);
    assert_eq!(
        read(&bench, "activities", json!({"contact_id": "c1"})).await.as_array().unwrap().len(),
        3,
        "the mail that was sent too"
    );
    assert_eq!(read(&bench, "tasks", json!({"deal_id": "d1"})).await[0]["priority"], "high");
    assert!(bench.store.is_suppressed(&org, "gone@initech.test").await.unwrap());
    let mail = &read(&bench, "emails", json!({"contact_id": "c1"})).await[0];
    assert_eq!((&mail["direction"], &mail["from"]), (&json!("out"), &json!("ada@acme.test")));
    assert_eq!(bench.store.mails_sent(&org, &user, NOW, 10).await.unwrap(), [NOW]);
    assert_eq!(bench.store.mails_sent(&org, &user, Timestamp(NOW.0 + 1), 10).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_record_that_is_not_there_is_refused() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let org: OrgId = "globex".into();
    for entity in ["contact", "company", "deal"] {
        for id in ["c1", "co1", "d1"] {
            let (entity, id, flag) = (entity.to_owned(), id.to_owned(), "risk".to_owned());
            let flagged = CrmWrite::Flag {
                org: org.clone(),
                entity: entity.clone(),
                id: id.clone(),
                flag,
                reason: String::new(),
                at: NOW,
            };
            let fields = serde_json::Map::new();
            let updated = CrmWrite::UpdateFields { org: org.clone(), entity, id, fields, at: NOW };
            for change in [flagged, updated] {
                let error = bench.store.commit(batch([crm(change)])).await;
                assert!(matches!(error, Err(StoreError::Precondition { .. })), "{error:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_connection_and_a_loaded_key_move_to_another_org() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let mut key = bench.store.api_key("sha256:k").await.unwrap().unwrap();
    key.operator = true;
    bench.store.put_api_key(&key).await.unwrap();
    let elsewhere = json!({
        "connections": [
            {"kind": "slack-user", "external_id": "T/U", "org_id": "globex", "user_id": "u1", "detail": {"channel": "A"}},
            {"kind": "slack-user", "external_id": "T/U", "org_id": "globex", "user_id": "u1", "detail": {"channel": "D"}}],
        "api_keys": [{"digest": "sha256:k", "org_id": "globex", "user_id": "u1", "client": "other"},
            {"digest": "sha256:n", "org_id": "globex", "user_id": "u1", "client": "new"}]});
    bench.store.load_data(&elsewhere, FAR).await.unwrap();
    let connection = bench.store.connection("slack-user", "T/U").await.unwrap().unwrap();
    assert_eq!(
        (connection.org.as_str(), connection.detail),
        ("globex", json!({"channel": "D"})),
        "the later row counts"
    );
    let key = bench.store.api_key("sha256:k").await.unwrap().unwrap();
    let own = (key.org.as_str(), key.client.as_str(), key.operator);
    assert_eq!(own, ("acme", "test", true), "an operator's key is the host's, and no data set changes it");
    let new = bench.store.api_key("sha256:n").await.unwrap().unwrap();
    assert_eq!((new.org.as_str(), new.operator), ("globex", false), "no data set makes an operator");
    let moved = json!({"api_keys": [{"digest": "sha256:n", "org_id": "acme", "user_id": "u1", "client": "moved"}]});
    bench.store.load_data(&moved, FAR).await.unwrap();
    let moved = bench.store.api_key("sha256:n").await.unwrap().unwrap();
    assert_eq!((moved.org.as_str(), moved.client.as_str()), ("acme", "moved"));
    let nobody = json!({"api_keys": [{"digest": "sha256:k", "org_id": "globex", "user_id": "u9", "client": "x"}]});
    let refused = bench.store.load_data(&nobody, FAR).await.unwrap_err();
    assert!(refused.to_string().contains("there is no u9 in users"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_is_named_by_nobody_any_more() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let more = json!({
        "contacts": [{ "id": "c7", "org_id": "acme", "name": "Kim", "email": "kim@globex.test",
            "flags": [{ "flag": "risk", "reason": "r", "at": "2026-05-01T00:00:00Z" }] }],
        "deals": [{ "id": "d7", "org_id": "acme", "name": "D", "stage": "lead", "owner_id": "u1",
            "contact_ids": ["c7", "c1"], "updated_at": NOW.0 }],
        "notes": [{ "id": "n7", "org_id": "acme", "body": "b", "at": "2026-05-01T00:00:00Z", "author_id": "u1",
            "contact_id": "c7", "deal_id": "d7" }],
    });
    bench.store.load_data(&more, FAR).await.unwrap();
    let org: OrgId = "acme".into();
    let remove = async |table: &str, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        bench.store.remove_records(&org, table, &ids, "cli", NOW).await
    };
    // All or none, and nothing that others lean on.
    for (table, ids, says) in
        [("contacts", &["c7", "c-none"][..], "there is no c-none in contacts"), ("users", &["u1"], "are not removed")]
    {
        let error = remove(table, ids).await.unwrap_err();
        assert!(matches!(&error, StoreError::Constraint { message } if message.contains(says)), "{error}");
    }
    remove("contacts", &["c7"]).await.unwrap();
    let deal = read(&bench, "deal", json!({"deal_id": "d7"})).await;
    assert_eq!(deal["contact_ids"], json!(["c1"]));
    assert_eq!(read(&bench, "deal", json!({"contact_id": "c1"})).await["id"], "d7", "who stays is still in it");
    let note = &read(&bench, "notes", json!({"deal_id": "d7"})).await[0];
    assert_eq!((&note["id"], &note["contact_id"]), (&json!("n7"), &Value::Null));
    let gone = bench.store.source(&org, &"u1".into(), "contact", &json!({"contact_id": "c7"})).await.unwrap();
    assert_eq!(gone, None);
    remove("deals", &["d7"]).await.unwrap();
    remove("notes", &["n7"]).await.unwrap();
    let ids: Vec<String> = ["n7", "d7"].map(str::to_owned).to_vec();
    for table in ["notes", "deals"] {
        let named = skillhost_engine::store::Records::Named(&ids);
        assert_eq!(bench.store.records(&org, table, named).await.unwrap(), Vec::<Value>::new());
    }
    // Loaded anew, it has no flag of before.
    let again = json!({ "contacts": [{ "id": "c7", "org_id": "acme", "name": "Kim", "keep": ["flags"] }] });
    bench.store.load_data(&again, FAR).await.unwrap();
    assert_eq!(read(&bench, "contact", json!({"contact_id": "c7"})).await["flags"], json!([]));
    let stored = super::erase::stored(&bench.place).await;
    assert!(stored.contains("record.removed") && stored.contains("contacts/c7"), "the audit says so");
}
