//! What skills read.

use serde_json::{Value, json};

use super::made::{Bench, FAR, NOW, batch, data, reserve};

async fn loaded() -> Bench {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    bench
}

async fn read(bench: &Bench, user: &str, source: &str, params: Value) -> Option<Value> {
    bench.store.source(&"acme".into(), &user.into(), source, &params).await.unwrap()
}

fn ids(list: Option<Value>) -> Vec<String> {
    let list = list.unwrap();
    list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn shapes_are_as_documented() {
    let bench = loaded().await;
    let stages = json!(["lead", "qualified", "discovery", "proposal", "negotiation", "closed_won", "closed_lost"]);
    let contact = json!({"id": "c1", "name": "Mira", "email": "mira@initech.test", "title": null, "company_id": "co1",
        "owner_id": "u1", "zone": null, "phone": null, "deal_ids": ["d0", "d1"], "suppressed": false, "fields": {},
        "flags": [{"flag": "risk", "reason": "quiet", "at": "2026-05-01T00:00:00.000Z"}]});
    let deal = json!({"id": "d1", "name": "Rollout", "stage": "qualified", "stages": stages, "open": true,
        "amount_cents": 100, "currency": "USD", "close_date": null, "company_id": "co1", "contact_ids": ["c1"],
        "owner_id": "u1", "updated_at": "2026-05-01T22:00:00.000Z", "fields": {}, "flags": []});
    let cases = [
        (
            "org",
            json!({}),
            json!({"id": "acme", "name": "acme", "domains": ["acme.test"], "settings": data()["orgs"][0]["settings"]}),
        ),
        (
            "user",
            json!({}),
            json!({"id": "u1", "name": "Ada", "email": "ada@acme.test", "zone": "Europe/Berlin", "admin": false,
            "signature": "", "preferences": {}}),
        ),
        ("icp", json!({}), json!({"size": "50+"})),
        ("features", json!({}), json!({})),
        (
            "products",
            json!({}),
            json!([{"id": "p1", "name": "Flow", "description": "", "price_cents": null, "currency": "USD",
            "url": null, "fields": {}}]),
        ),
        (
            "budget",
            json!({}),
            json!({"day_limit_micro_usd": 100, "month_limit_micro_usd": null, "day_spent_micro_usd": null,
            "month_spent_micro_usd": null}),
        ),
        ("contact", json!({"contact_id": "c1"}), contact.clone()),
        ("contact", json!({"email": "MIRA@initech.test"}), contact),
        (
            "company",
            json!({"deal_id": "d1"}),
            json!({"id": "co1", "name": "Initech", "domain": null, "industry": null, "size": 90,
            "owner_id": null, "fields": {}, "flags": []}),
        ),
        ("deal", json!({"contact_id": "c1"}), deal.clone()),
        ("deal", json!({"deal_id": "d1"}), deal),
        (
            "meetings",
            json!({"deal_id": "d1"}),
            json!([{"id": "m1", "title": "Discovery", "started_at": NOW.rfc3339(), "duration_min": null,
            "attendees": [{"name": "Mira", "email": "mira@initech.test", "side": "prospect"}], "summary": null,
            "transcript_id": "tr1", "contact_ids": ["c1"], "deal_id": "d1", "company_id": null, "owner_id": "u1"}]),
        ),
        (
            "emails",
            json!({}),
            json!([{"id": "e1", "thread_id": "t1", "direction": "in", "from": "mira@initech.test",
            "to": ["ada@acme.test"], "cc": [], "subject": "Hello", "snippet": "Text", "at": "2026-05-01T00:00:00.000Z",
            "message_id": null, "contact_id": "c1", "deal_id": null}]),
        ),
        (
            "activities",
            json!({"deal_id": "d1"}),
            json!([{"id": "a1", "kind": "call", "subject": "Call", "body": "",
            "at": "2026-05-01T00:00:00.000Z", "user_id": "u2", "contact_id": "c1", "deal_id": "d1"}]),
        ),
        (
            "tasks",
            json!({}),
            json!([{"id": "k1", "title": "Do", "detail": null, "due": null, "priority": "normal", "status": "open",
            "owner_id": "u1", "contact_id": "c1", "deal_id": null, "created_at": "2026-05-01T00:00:00.000Z"}]),
        ),
        (
            "notes",
            json!({"contact_id": "c1"}),
            json!([{"id": "n1", "body": "Mornings", "at": "2026-05-01T00:00:00.000Z",
            "author_id": null, "contact_id": "c1", "deal_id": null}]),
        ),
        (
            "transcript",
            json!({"meeting_id": "m1"}),
            json!({"id": "tr1", "meeting_id": "m1", "format": "text", "body": "Ada: hi",
            "at": "2026-05-01T00:00:00.000Z"}),
        ),
        (
            "thread",
            json!({"id": "t1"}),
            json!({"id": "t1", "subject": "Hello", "messages": [{"id": "e1", "direction": "in",
            "from": "mira@initech.test", "to": ["ada@acme.test"], "cc": [], "subject": "Hello", "body": "Text",
            "at": "2026-05-01T00:00:00.000Z", "message_id": null, "in_reply_to": null, "references": [], "from_name": "", "headers": {}}]}),
        ),
    ];
    for (source, params, want) in cases {
        assert_eq!(read(&bench, "u1", source, params.clone()).await, Some(want), "{source} {params}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_owns_does_not_exist() {
    let bench = loaded().await;
    for (user, seen) in [("u1", false), ("u2", true)] {
        for (source, params) in [
            ("contact", json!({"contact_id": "c2"})),
            ("contact", json!({"email": "nils@initech.test"})),
            ("deal", json!({"deal_id": "d2"})),
            ("deal", json!({"contact_id": "c2"})),
            ("transcript", json!({"id": "tr2"})),
            ("transcript", json!({"meeting_id": "m2"})),
        ] {
            assert_eq!(read(&bench, user, source, params.clone()).await.is_some(), seen, "{user} {source} {params}");
        }
    }
    assert_eq!(ids(read(&bench, "u1", "meetings", json!({"contact_id": "c1"})).await), ["m1"]);
    // The contact is another rep's, so nothing hangs on it; not even what is one's own.
    for source in ["meetings", "emails", "activities", "tasks", "notes"] {
        assert_eq!(read(&bench, "u2", source, json!({"contact_id": "c1"})).await, Some(json!([])), "{source}");
    }
    assert_eq!(read(&bench, "u1", "unheard-of", json!({})).await, None);
    assert_eq!(read(&bench, "u1", "contact", json!({})).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_capped_and_newest_first() {
    let bench = loaded().await;
    let at = |n: usize| format!("2026-04-01T00:{n:02}:00Z");
    let row = |n: usize| json!({"id": format!("x{n:02}"), "org_id": "acme", "contact_id": "c1"});
    let with = |n: usize, more: Value| {
        let mut row = row(n);
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let range = || 0..60_usize;
    let meetings: Vec<_> = range()
        .map(|n| json!({"id": format!("x{n:02}"), "org_id": "acme", "title": "t", "started_at": at(n), "contact_ids": ["c1"]}))
        .collect();
    let document = json!({
        "meetings": meetings,
        "emails": range().map(|n| with(n, json!({"direction": "in", "from": "a@b.c", "at": at(n)}))).collect::<Vec<_>>(),
        "activities": range().map(|n| with(n, json!({"kind": "call", "subject": "s", "at": at(n)}))).collect::<Vec<_>>(),
        "tasks": range().map(|n| with(n, json!({"title": "t", "created_at": at(n), "status": if n > 50 { "done" } else { "open" }}))).collect::<Vec<_>>(),
        "notes": range().map(|n| with(n, json!({"body": "b", "at": at(n)}))).collect::<Vec<_>>()});
    bench.store.load_data(&document, FAR).await.unwrap();
    for (source, cap, second) in [
        ("meetings", 10, "x59"),
        ("emails", 20, "x59"),
        ("activities", 50, "x59"),
        ("tasks", 50, "x50"),
        ("notes", 50, "x59"),
    ] {
        let found = ids(read(&bench, "u1", source, json!({"contact_id": "c1"})).await);
        assert_eq!((found.len(), found[1].as_str()), (cap, second), "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_wide_read_sees_all_of_its_org_and_nothing_of_another() {
    let bench = loaded().await;
    let wide = async |org: &str, source: &str, params: Value| {
        bench.store.org_source(&org.into(), source, &params).await.unwrap()
    };
    let theirs = json!({"deal_id": "d2"});
    assert_eq!(read(&bench, "u1", "deal", theirs.clone()).await, None, "it is u2's");
    assert_eq!(wide("acme", "deal", theirs.clone()).await.unwrap()["name"], "Other");
    assert_eq!(wide("globex", "deal", theirs).await, None);
    assert_eq!(wide("acme", "contact", json!({"contact_id": "c2"})).await.unwrap()["name"], "Nils");
    assert_eq!(ids(wide("acme", "meetings", json!({})).await).len(), 2, "everybody's, where nobody is named");
    assert_eq!(ids(wide("globex", "meetings", json!({})).await), Vec::<String>::new());
    for source in ["org", "user", "features", "icp", "products", "budget"] {
        assert_eq!(wide("acme", source, json!({})).await, None, "{source} hides nothing, so it has no wider form");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spent_money_is_what_the_purse_says() {
    let bench = loaded().await;
    bench.store.commit(batch([reserve("r1", "acme", 10)])).await.unwrap();
    bench.store.commit(batch([reserve("r2", "globex", 5)])).await.unwrap();
    let day = 24 * 3600 * 1000;
    for (now, day_spent) in [(NOW.0, 10), (NOW.0 + day, 0)] {
        let budget = read(&bench, "u1", "budget", json!({"now": now})).await.unwrap();
        assert_eq!((&budget["day_spent_micro_usd"], &budget["day_limit_micro_usd"]), (&json!(day_spent), &json!(100)));
        assert_eq!(budget["month_limit_micro_usd"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_finds_contact_company_and_open_deal() {
    let bench = loaded().await;
    let addresses = ["ada@acme.test", "Mira@Initech.test", "nils@initech.test"].map(str::to_owned);
    let found = bench.store.match_contact(&"acme".into(), &addresses).await.unwrap();
    assert_eq!(found, Some(json!({"contact_id": "c1", "company_id": "co1", "deal_id": "d2"})));
    let found = bench.store.match_contact(&"acme".into(), &addresses[..1]).await.unwrap();
    assert_eq!(found, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_finds_whoever_bears_it_and_the_user_may_see() {
    let bench = loaded().await;
    let named = async |user: &str, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        bench.store.contacts_named(&"acme".into(), &user.into(), &names).await.unwrap()
    };
    let mira = json!({"contact_id": "c1", "company_id": "co1", "deal_id": "d2"});
    assert_eq!(named("u1", &["for mira", "mira", "mira holt"]).await, [mira]);
    assert!(named("u1", &["MIRA", "mir", "nobody"]).await.is_empty());
    assert!(named("u2", &["mira"]).await.is_empty(), "their contact is another one's");
    assert!(named("u1", &[]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_read_as_itself_and_as_a_source_is_the_same() {
    let bench = loaded().await;
    for _ in 0..2 {
        let itself = bench.store.org(&"acme".into()).await.unwrap();
        assert_eq!(itself, read(&bench, "u1", "org", json!({})).await);
        let person = bench.store.user(&"acme".into(), &"u1".into()).await.unwrap().unwrap();
        assert_eq!(read(&bench, "u1", "user", json!({})).await.unwrap()["email"], person.email);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_stages_that_are_no_list_are_the_usual_ones() {
    let bench = loaded().await;
    for (stages, open) in [
        (json!(["qualified"]), ["d0"].as_slice()),
        (json!([null, 7]), &["d0", "d1"]),
        (json!([]), &["d0", "d1"]),
        (Value::Null, &["d1"]),
        (json!("qualified"), &["d1"]),
        (json!({"a": "qualified"}), &["d1"]),
    ] {
        let settings = json!({ "closed_stages": stages });
        let org = json!({"orgs": [{"id": "acme", "name": "acme", "settings": settings}]});
        bench.store.load_data(&org, FAR).await.unwrap();
        let mut found = Vec::new();
        for id in ["d0", "d1"] {
            let deal = read(&bench, "u1", "deal", json!({ "deal_id": id })).await.unwrap();
            if deal["open"] == true {
                found.push(id);
            }
        }
        assert_eq!(found, open, "{settings}");
    }
}
