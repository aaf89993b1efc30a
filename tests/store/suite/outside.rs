//! What was loaded of people and companies outside, of templates and campaigns.

use serde_json::{Value, json};
use skillhost_engine::context::shape;
use skillhost_engine::store::StoreError;

use super::made::{Bench, FAR, NOW, data};

async fn bench(document: &Value) -> Bench {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    bench.store.load_data(document, FAR).await.unwrap();
    bench
}

/// As the local provider reads it, held to its shape.
async fn read(bench: &Bench, source: &str, params: Value) -> Option<Value> {
    let mut asked = params.clone();
    asked["now"] = json!(NOW.0);
    let found = bench.store.source(&"acme".into(), &"u1".into(), source, &asked).await.unwrap()?;
    let mut found = found;
    if let Some(fields) = found.as_object_mut().filter(|_| !matches!(source, "templates" | "campaigns")) {
        fields.entry("as_of").or_insert_with(|| json!(NOW.rfc3339()));
        fields.entry("provider").or_insert_with(|| json!("local"));
    }
    Some(shape::accept(source, &params, found).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_companies_are_found_by_whatever_names_them() {
    let row = |source: &str, key: &str, body: Value| json!({"org_id": "acme", "source": source, "key": key, "body": body, "as_of": "2026-05-01"});
    let rows = |as_of: &str| {
        let mut rows = vec![
            row("apollo", "email:Mira@Globex.test", json!({"person": {"name": "Mira", "seniority": "vp"}})),
            row(
                "apollo",
                "domain:globex.test",
                json!({"company": {"name": "Globex", "size": "250"}, "provider": "apollo.io"}),
            ),
            row(
                "linkedin",
                "url:https://x.test/in/mira",
                json!({"profile": {"name": "Mira"}, "posts": [{"at": 0, "text": "Hi"}]}),
            ),
            row("linkedin", "name:Mira Holt@Globex", json!({"profile": {"name": "Mira Holt"}})),
        ];
        for row in &mut rows {
            row["as_of"] = json!(as_of);
        }
        json!({"enrichment": rows})
    };
    let bench = bench(&rows("2026-05-01T00:00:00Z")).await;
    let person = read(&bench, "apollo", json!({"email": "mira@globex.test"})).await.unwrap();
    assert_eq!((&person["person"]["seniority"], &person["company"]["size"]), (&json!("vp"), &json!(250)));
    assert_eq!((&person["as_of"], &person["provider"]), (&json!("2026-05-01T00:00:00.000Z"), &json!("local")));
    let company = read(&bench, "apollo", json!({"domain": "globex.test"})).await.unwrap();
    assert_eq!((&company["person"], &company["provider"]), (&Value::Null, &json!("apollo.io")));
    let profile = read(&bench, "linkedin", json!({"url": "https://x.test/in/Mira"})).await.unwrap();
    assert_eq!(profile["posts"][0]["at"], "1970-01-01T00:00:00.000Z");
    let named = read(&bench, "linkedin", json!({"name": "mira holt", "company": "GLOBEX"})).await.unwrap();
    assert_eq!(named["profile"]["name"], "Mira Holt");
    // Nobody knows them, and their company is known all the same.
    let stranger = read(&bench, "apollo", json!({"email": "nobody@globex.test"})).await.unwrap();
    assert_eq!((&stranger["person"], &stranger["company"]), (&Value::Null, &company["company"]));
    for nobody in [json!({"email": "nobody@initech.test"}), json!({"domain": "initech.test"}), json!({})] {
        assert_eq!(read(&bench, "apollo", nobody).await, None);
    }
    // Loaded anew, it is replaced.
    bench.store.load_data(&rows("2026-05-09T00:00:00Z"), FAR).await.unwrap();
    let again = read(&bench, "apollo", json!({"email": "mira@globex.test"})).await.unwrap();
    assert_eq!(again["as_of"], "2026-05-09T00:00:00.000Z");
    let theirs = bench.store.source(&"globex".into(), &"u1".into(), "apollo", &json!({"domain": "globex.test"})).await;
    assert_eq!(theirs.unwrap(), None, "another org's is not theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn news_is_of_one_company_newest_first_and_none_of_tomorrow() {
    let article = |id: usize, company: &str, published: String| {
        json!({"id": format!("n{id}"), "org_id": "acme", "company": company, "domain": "globex.test", "title": "t",
            "source": "Wire", "published_at": published, "kind": "funding"})
    };
    let day = |n: i64| NOW.plus_ms(n * 24 * 3600 * 1000).rfc3339();
    let mut articles: Vec<Value> = (0..7).map(|n| article(n, "Globex", day(-(n as i64)))).collect();
    articles.push(article(7, "Globex", day(1)));
    articles.push(article(8, "Globex Trading", day(0)));
    let bench = bench(&json!({"news_articles": articles})).await;
    let ids = |found: Option<Value>| -> Vec<String> {
        let found = found.unwrap();
        found["articles"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(read(&bench, "news", json!({"company": "GLOBEX"})).await), ["n0", "n1", "n2", "n3", "n4"]);
    let since = json!({"domain": "globex.test", "since": &day(-1)[..10]});
    assert_eq!(ids(read(&bench, "news", since).await), ["n0", "n8", "n1"]);
    assert_eq!(ids(read(&bench, "news", json!({"company": "Initech"})).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_listed_by_kind_and_read_whole_by_id() {
    let template = |id: &str, kind: &str| {
        json!({"id": id, "org_id": "acme", "kind": kind, "name": format!("N{id}"), "updated_at": "2026-05-01T00:00:00Z",
            "tags": ["x"], "min_cents": 5, "variables": [{"name": "company", "required": true}],
            "sections": [{"id": "s", "heading": "H", "body": "{{company}}", "custom": true}]})
    };
    let bench =
        bench(&json!({"templates": [template("b", "proposal"), template("a", "proposal"), template("c", "email")]}))
            .await;
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = read(&bench, "templates", json!({})).await.unwrap();
    assert_eq!(ids(&all), ["c", "a", "b"]);
    assert!(all[0].get("sections").is_none(), "{all}");
    assert_eq!(ids(&read(&bench, "templates", json!({"kind": "proposal"})).await.unwrap()), ["a", "b"]);
    let one = read(&bench, "templates", json!({"id": "b"})).await.unwrap();
    assert_eq!((&one["variables"][0]["description"], &one["sections"][0]["guidance"]), (&json!(""), &Value::Null));
    assert_eq!((&one["tags"], &one["version"], &one["max_cents"]), (&json!(["x"]), &json!("1"), &Value::Null));
    assert_eq!(read(&bench, "templates", json!({"id": "z"})).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_counted_over_the_period_and_over_the_one_before() {
    let campaign = |id: &str, owner: Value| json!({"id": id, "org_id": "acme", "name": id, "started_at": "2026-04-01T00:00:00Z", "owner_id": owner});
    let step = |campaign: &str, id: &str, position: i64, variant: Value| json!({"org_id": "acme", "campaign_id": campaign, "id": id, "name": id, "position": position, "variant": variant});
    let day = |step: &str, day: &str, sent: i64, replied: i64| json!({"org_id": "acme", "campaign_id": "k1", "step_id": step, "day": day, "sent": sent, "replied": replied});
    let reply = |id: &str, at: &str| {
        json!({"id": id, "org_id": "acme", "campaign_id": "k1", "step_id": "s1", "from": "Mira@Initech.test", "at": at,
            "contact_id": "c1", "text": "Yes", "headers": {"List-Id": "l", "Received": "r"}})
    };
    let document = json!({
        "campaigns": [campaign("k1", json!("u1")), campaign("k2", Value::Null), campaign("k3", json!("u2"))],
        "campaign_steps": [step("k1", "s2", 2, Value::Null), step("k1", "s1", 1, json!("A"))],
        "campaign_days": [day("s1", "2026-05-07", 1, 1), day("s1", "2026-05-08", 10, 2), day("s1", "2026-05-14", 20, 3),
            day("s1", "2026-05-15", 100, 9), day("s2", "2026-05-08", 7, 0), day("s1", "2026-04-30", 50, 9)],
        "campaign_replies": [reply("r1", "2026-05-08T00:00:00Z"), reply("r2", "2026-05-14T23:59:59Z"),
            reply("r3", "2026-05-15T00:00:00Z"), reply("r4", "2026-05-07T23:59:59Z")],
    });
    let bench = bench(&document).await;
    let found = read(&bench, "campaigns", json!({"from": "2026-05-08", "until": "2026-05-15"})).await.unwrap();
    let ids: Vec<&str> = found.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["k1", "k2"], "a colleague's is not one's own");
    let steps: Vec<(&Value, &Value, &Value, &Value)> = found[0]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (&step["id"], &step["variant"], &step["sent"], &step["replied"]))
        .collect();
    assert_eq!(
        steps,
        [(&json!("s1"), &json!("A"), &json!(30), &json!(5)), (&json!("s2"), &Value::Null, &json!(7), &json!(0))]
    );
    assert_eq!((&found[0]["previous"]["sent"], &found[0]["previous"]["replied"]), (&json!(1), &json!(1)));
    assert_eq!((&found[1]["previous"], &found[1]["steps"]), (&Value::Null, &json!([])));
    let replies: Vec<&str> =
        found[0]["replies"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(replies, ["r2", "r1"]);
    assert_eq!(found[0]["replies"][0]["headers"], json!({"list-id": "l"}));
    assert_eq!(found[0]["replies"][0]["from"], "mira@initech.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_another_shape_are_refused_by_their_place() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let template = |more: Value| {
        let mut row = json!({"id": "t", "org_id": "acme", "kind": "email", "name": "n", "updated_at": 0});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"templates": [row]})
    };
    let enrichment = |source: &str, body: Value| json!({"enrichment": [{"org_id": "acme", "source": source, "key": "email:a@b.test", "body": body, "as_of": 0}]});
    let event = |more: Value| {
        let mut row =
            json!({"id": "v", "org_id": "acme", "calendar_id": "k", "starts": 1000, "ends": 2000, "updated_at": 0});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"calendars": [{"id": "k", "org_id": "acme", "user_id": "u1", "name": "k"}], "calendar_events": [row]})
    };
    for (document, want) in [
        (template(json!({"kind": "poem"})), "templates[0].kind: expected one of proposal, content, pricing, email"),
        (
            template(json!({"variables": [{"name": "a b"}]})),
            "templates[0].sections: the answer does not match the schema at `/variables/0/name`",
        ),
        (template(json!({"sections": [1]})), "templates[0].sections: expected a list of objects"),
        (enrichment("crunchbase", json!({})), "enrichment[0].source: expected one of apollo, linkedin"),
        (
            enrichment("apollo", json!({"person": "secret"})),
            "enrichment[0].body: the answer does not match the schema at `/person`",
        ),
        (
            enrichment("apollo", json!({"company": {"size": 5}})),
            "enrichment[0].body: the answer does not match the schema at `/company/name`",
        ),
        (event(json!({"ends": 999})), "calendar_events[0].ends: is before `starts`"),
        (event(json!({"calendar_id": "z"})), "calendar_events[0].calendar_id: there is no z in calendars of this org"),
        (event(json!({"attendees": [{"mail": "x"}]})), "calendar_events[0].attendees: an attendee has no `mail`"),
        (event(json!({"attendees": [{"response": "maybe"}]})), "an attendee's `response` is one of accepted"),
        (event(json!({"shows": "grey"})), "calendar_events[0].shows: expected one of busy"),
        (
            json!({"campaign_days": [{"org_id": "acme", "campaign_id": "k9", "step_id": "s", "day": "2026-05-01"}]}),
            "campaign_days[0].campaign_id: there is no k9 in campaigns of this org",
        ),
        (
            json!({"campaign_days": [{"org_id": "acme", "campaign_id": "k9", "step_id": "s", "day": "1 May"}]}),
            "campaign_days[0].day: expected a day, YYYY-MM-DD",
        ),
        (
            json!({"emails": [{"id": "x", "org_id": "acme", "direction": "in", "from": "a@b.c", "at": 0, "headers": {"list-id": 1}}]}),
            "emails[0].headers: expected an object of text",
        ),
    ] {
        match bench.store.load_data(&document, FAR).await {
            Err(StoreError::Constraint { message }) => assert!(message.contains(want), "{message}"),
            other => panic!("{want}: {other:?}"),
        }
    }
}
