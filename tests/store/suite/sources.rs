//! What skills read.

use serde_json::{Value, json};
use skillhost_engine::context::page::AFTER;
use skillhost_engine::named::Named;

use super::fits::fits;
use super::made::{Bench, FAR, NOW, batch, data, reserve};

async fn loaded() -> Bench {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    bench
}

async fn read(bench: &Bench, user: &str, source: &str, params: Value) -> Option<Value> {
    let found = bench.store.source(&"acme".into(), &user.into(), source, &params).await.unwrap();
    found.inspect(|answer| fits(source, answer))
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
            "signature": "", "preferences": {}, "manager_id": null}),
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
            "at": "2026-05-01T00:00:00.000Z", "message_id": null, "in_reply_to": null, "references": [], "from_name": "", "headers": {},
            "attachments": []}]}),
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

/// Reads a list page by page; ids in the order shown.
async fn read_on(bench: &Bench, source: &str, params: &Value) -> Vec<String> {
    let paging = skillhost_engine::context::find(source).unwrap().paging.unwrap();
    let (mut seen, mut asked) = (Vec::new(), params.clone());
    asked[AFTER] = Value::Null;
    for _ in 0..100 {
        let Some(Value::Array(list)) = read(bench, "u1", source, asked.clone()).await else { panic!("{source}") };
        assert!(list.len() <= paging.rows + 1, "{source}");
        let page = paging.page(list, false, paging.bytes).unwrap();
        seen.extend(ids(serde_json::from_str(&page.body).ok()));
        let Some(next) = page.next else { return seen };
        asked[AFTER] = json!(paging.place(&next).unwrap());
    }
    panic!("{source} does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_on_to_its_end_in_its_order() {
    let bench = Bench::open().await;
    let mut empty = data();
    for list in ["meetings", "emails", "activities", "tasks", "notes", "products", "transcripts"] {
        empty.as_object_mut().unwrap().remove(list);
    }
    bench.store.load_data(&empty, FAR).await.unwrap();
    // Three of each instant, and in an order of ids that is not that of their times.
    let of = |n: usize, more: Value| {
        let mut row = json!({"id": format!("x{:03}", n * 37 % 211), "org_id": "acme", "contact_id": "c1"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let at = |n: usize| format!("2026-04-{:02}T00:00:00Z", 1 + n / 3 % 28);
    let meeting = |n: usize| {
        let mut row = of(n, json!({"title": "t", "started_at": at(n), "contact_ids": ["c1"]}));
        row.as_object_mut().unwrap().remove("contact_id");
        row
    };
    let product = |n: usize| json!({"id": format!("x{n:03}"), "org_id": "acme", "name": format!("P{}", n / 3)});
    let list = |row: &dyn Fn(usize) -> Value| (0..211).map(row).collect::<Vec<_>>();
    let document = json!({
        "meetings": list(&meeting),
        "emails": list(&|n| of(n, json!({"direction": "in", "from": "a@b.c", "at": at(n)}))),
        "activities": list(&|n| of(n, json!({"kind": "call", "subject": "s", "at": at(n)}))),
        "tasks": list(&|n| of(n, json!({"title": "t", "created_at": at(n), "status": if n % 2 == 0 { "done" } else { "open" }}))),
        "notes": list(&|n| of(n, json!({"body": "b".repeat(1 + n * 20), "at": at(n)}))),
        "products": list(&product),
    });
    bench.store.load_data(&document, FAR).await.unwrap();
    for source in ["meetings", "emails", "activities", "tasks", "notes", "products"] {
        let mut rows = document[source].as_array().unwrap().clone();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        // Newest first is the largest first.
        let newest = |row: &Value| std::cmp::Reverse(["at", "started_at", "created_at"].map(|name| text(row, name)));
        rows.sort_by_key(|row| (text(row, "status") == "done", text(row, "name"), newest(row), text(row, "id")));
        let wanted: Vec<String> = rows.iter().map(|row| text(row, "id")).collect();
        let params = if source == "products" { json!({}) } else { json!({"contact_id": "c1"}) };
        assert_eq!(read_on(&bench, source, &params).await, wanted, "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_of_a_list_is_cut_and_says_so() {
    let bench = loaded().await;
    let (whole, long) = ("é".repeat(2_000), "é".repeat(131_072));
    let at = "2026-06-01T00:00:00Z";
    let row = |id: &str, more: Value| {
        let mut row = json!({"id": id, "org_id": "acme", "deal_id": "d1"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let document = json!({
        "notes": [row("whole", json!({"body": whole, "at": at})), row("long", json!({"body": long, "at": at}))],
        "activities": [row("long", json!({"kind": "note", "subject": "s", "body": long, "at": at}))],
        "tasks": [row("long", json!({"title": "t", "detail": long, "created_at": at}))],
        "meetings": [row("long", json!({"title": "t", "summary": long, "started_at": at, "owner_id": "u1"}))],
        "products": [{"id": "long", "org_id": "acme", "name": "n", "description": long}]});
    bench.store.load_data(&document, FAR).await.unwrap();
    for (source, field) in [
        ("notes", "body"),
        ("activities", "body"),
        ("tasks", "detail"),
        ("meetings", "summary"),
        ("products", "description"),
    ] {
        let params = if source == "products" { json!({}) } else { json!({"deal_id": "d1"}) };
        let list = read(&bench, "u1", source, params).await.unwrap();
        let found = |id: &str| list.as_array().unwrap().iter().find(|row| row["id"] == id).cloned();
        let cut = found("long").unwrap();
        assert_eq!(
            (&cut["cut"], cut[field].as_str().unwrap().chars().count()),
            (&json!({field: 262_144}), 2_001),
            "{source}"
        );
        assert!(cut[field].as_str().unwrap().ends_with("é…") && cut.get("whole_bytes").is_none());
        if let Some(other) = found("whole") {
            assert_eq!((&other["body"], other.get("cut")), (&json!(whole), None));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contact_is_found_of_a_deal_and_of_a_meeting() {
    let bench = loaded().await;
    let met = |id: &str, attendees: Value| {
        json!({"id": id, "org_id": "acme", "owner_id": "u1", "title": "t", "started_at": "2026-06-01T00:00:00Z",
            "attendees": attendees})
    };
    let person = |email: &str, side: &str| json!({"name": email, "email": email, "side": side});
    let document = json!({
        "contacts": [{"id": "c8", "org_id": "acme", "name": "Theirs", "owner_id": "u2", "email": "theirs@initech.test"},
            {"id": "c9", "org_id": "acme", "name": "Everybody's", "email": "open@initech.test"}],
        "deals": [{"id": "d8", "org_id": "acme", "name": "Several", "stage": "lead", "owner_id": "u1",
            "contact_ids": ["c8", "c9", "c1"], "updated_at": "2026-06-01T00:00:00Z"},
            {"id": "d9", "org_id": "acme", "name": "Nobody", "stage": "lead", "updated_at": "2026-06-01T00:00:00Z"}],
        "meetings": [
            met("m8", json!([person("ada@acme.test", "rep"), person("open@initech.test", "unknown"),
                person("mira@initech.test", "prospect")])),
            met("m9", json!([person("ada@acme.test", "rep"), person("stranger@x.test", "prospect")]))]});
    bench.store.load_data(&document, FAR).await.unwrap();
    let contact = async |user: &str, params: Value| {
        read(&bench, user, "contact", params).await.map(|contact| contact["id"].as_str().unwrap().to_owned())
    };
    let is = |id: &str| Some(id.to_owned());
    assert_eq!(contact("u1", json!({"deal_id": "d1"})).await, is("c1"));
    assert_eq!(contact("u1", json!({"deal_id": "d8"})).await, is("c9"), "the first whom the user may see");
    assert_eq!(contact("u2", json!({"deal_id": "d8"})).await, None, "the deal is another rep's");
    assert_eq!(contact("u1", json!({"deal_id": "d9"})).await, None);
    assert_eq!(contact("u1", json!({"deal_id": "d2"})).await, None);
    assert_eq!(contact("u1", json!({"meeting_id": "m1"})).await, is("c1"), "as the record says");
    assert_eq!(contact("u1", json!({"meeting_id": "m8"})).await, is("c1"), "by address, the other side first");
    assert_eq!(contact("u2", json!({"meeting_id": "m8"})).await, None, "the meeting is another rep's");
    assert_eq!(contact("u1", json!({"meeting_id": "m9"})).await, None);
    let wide = bench.store.org_source(&"acme".into(), "contact", &json!({"deal_id": "d8"})).await.unwrap().unwrap();
    assert_eq!(wide["id"], "c8");
    let other = bench.store.org_source(&"globex".into(), "contact", &json!({"deal_id": "d8"})).await.unwrap();
    assert_eq!(other, None);
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
    let meant = async |user: &str, names: &[&str], first_names: &[&str]| {
        let [names, first_names] =
            [names, first_names].map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let named = Named { names, first_names, ..Named::default() };
        bench.store.contacts_named(&"acme".into(), &user.into(), &named).await.unwrap()
    };
    let mira = json!({"contact_id": "c1", "company_id": "co1", "deal_id": "d2"});
    assert_eq!(meant("u1", &["for mira", "mira", "mira holt"], &[]).await, [mira]);
    assert!(meant("u1", &["MIRA", "mir", "nobody"], &[]).await.is_empty());
    assert!(meant("u2", &["mira"], &["mira"]).await.is_empty(), "their contact is another one's");
    assert!(meant("u1", &[], &[]).await.is_empty());

    let contact = |id: &str, name: &str| json!({"id": id, "org_id": "acme", "name": name, "owner_id": "u1"});
    let names = [("c7", "Zora Lind Beck"), ("c8", "Zora Lind"), ("c9", "Zora Beck"), ("c10", "Yann Lind")];
    let more = json!({"contacts": names.map(|(id, name)| contact(id, name))});
    bench.store.load_data(&more, FAR).await.unwrap();
    let zora = [json!({"contact_id": "c8"})];
    assert_eq!(meant("u1", &["zora lind", "find"], &["zora"]).await, zora, "a whole name is one's alone");
    assert!(meant("u1", &["yann"], &[]).await.is_empty());
    assert_eq!(meant("u1", &["for yann"], &["yann"]).await, [json!({"contact_id": "c10"})]);
    assert_eq!(meant("u1", &[], &["mira"]).await.len(), 1, "who has one name alone");
    assert_eq!(meant("u1", &[], &["zora"]).await.len(), 2, "of several it is nobody in particular");
    assert!(meant("u1", &[], &["lind", "zor", "yan", "%", "yann%", "yan_"]).await.is_empty());
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
