//! What skills read of the rep's day: calendars, the inbox, the pipeline.

use serde_json::{Value, json};
use skillhost_engine::calendar::{Attendee, CalendarState, Occurrence, Response, Shows, Status};
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{Connection, CrmWrite};

use super::fits::fits;
use super::made::{Bench, FAR, NOW, batch, crm, data};

const DAY: i64 = 24 * 3600 * 1000;
const HOUR: i64 = 3600 * 1000;

fn at(ms: i64) -> String {
    NOW.plus_ms(ms).rfc3339()
}

async fn bench(document: &Value) -> Bench {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    bench.store.load_data(document, FAR).await.unwrap();
    bench
}

async fn read(bench: &Bench, user: &str, source: &str, params: Value) -> Value {
    let found = bench.store.source(&"acme".into(), &user.into(), source, &params).await.unwrap().unwrap();
    fits(source, &found);
    found
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

fn calendar(id: &str, user: &str) -> Value {
    json!({"id": id, "org_id": "acme", "user_id": user, "name": format!("{id}'s"), "as_of": NOW.rfc3339()})
}

fn event(id: &str, calendar: &str, starts: i64, ends: i64, more: Value) -> Value {
    let mut row = json!({"id": id, "org_id": "acme", "calendar_id": calendar, "title": id, "starts": at(starts),
        "ends": at(ends), "updated_at": NOW.rfc3339()});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

fn span(from: i64, until: i64) -> Value {
    json!({"from": at(from), "until": at(until)})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_shown_with_who_is_in_it() {
    let people = json!({"organizer": "Mira@Initech.test", "attendees": [
        {"name": "Ada", "email": "ADA@acme.test", "response": "accepted"}, {"email": "mira@initech.test"},
        {"name": "Nils", "email": "nils@initech.test"}, {"name": "Somebody"}]});
    let bench = bench(&json!({"calendars": [calendar("k1", "u1"), calendar("k2", "u2")], "calendar_events": [
        event("v1", "k1", HOUR, 2 * HOUR, people), event("v2", "k2", HOUR, 2 * HOUR, json!({}))]}))
    .await;
    let events = read(&bench, "u1", "calendar.events", span(0, DAY)).await;
    assert_eq!(
        events,
        json!([{"id": "v1", "calendar": "k1's", "title": "v1", "starts": at(HOUR), "ends": at(2 * HOUR), "all_day": false,
            "zone": null, "status": "confirmed", "response": "accepted", "busy": true, "organizer": "mira@initech.test",
            "attendees": [
                {"name": "Ada", "email": "ada@acme.test", "side": "rep", "response": "accepted"},
                {"name": "mira@initech.test", "email": "mira@initech.test", "side": "prospect", "response": null},
                {"name": "Nils", "email": "nils@initech.test", "side": "prospect", "response": null},
                {"name": "Somebody", "email": null, "side": "unknown", "response": null}],
            "location": null, "url": null, "recurring": false, "external": true, "contact_ids": ["c1"], "deal_id": "d1",
            "updated_at": NOW.rfc3339()}]),
        "a colleague's contact is nobody"
    );
    assert_eq!(ids(&read(&bench, "u2", "calendar.events", span(0, DAY)).await), ["v2"], "a calendar is one's own");
    for (from, until, seen) in [(-DAY, HOUR, 0), (2 * HOUR, DAY, 0), (2 * HOUR - 1, DAY, 1), (0, HOUR + 1, 1)] {
        let events = read(&bench, "u1", "calendar.events", span(from, until)).await;
        assert_eq!(ids(&events).len(), seen, "{from} {until}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn busy_is_what_takes_time_of_all_calendars_once() {
    let hours = |n: i64| (n * HOUR, n * HOUR + HOUR);
    let one = |id: &str, calendar: &str, n: i64, more: Value| event(id, calendar, hours(n).0, hours(n).1, more);
    let events = json!([
        one("plain", "k1", 1, json!({})),
        one("twin", "k3", 1, json!({})),
        one("maybe", "k1", 2, json!({"status": "tentative"})),
        one("asked", "k1", 3, json!({"response": "needs_action"})),
        one("away", "k1", 4, json!({"shows": "out_of_office", "all_day": true})),
        one("free", "k1", 5, json!({"shows": "free"})),
        one("off", "k1", 6, json!({"status": "cancelled"})),
        one("no", "k1", 7, json!({"response": "declined"})),
        event("moment", "k1", 8 * HOUR, 8 * HOUR, json!({})),
        one("theirs", "k2", 9, json!({})),
    ]);
    let calendars = json!([calendar("k1", "u1"), calendar("k2", "u2"), calendar("k3", "u1")]);
    let bench = bench(&json!({"calendars": calendars, "calendar_events": events})).await;
    let busy = read(&bench, "u1", "calendar.busy", span(0, DAY)).await;
    let shown: Vec<(&str, &str, bool)> = busy["busy"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["starts"].as_str().unwrap(), one["kind"].as_str().unwrap(), one["all_day"] == true))
        .collect();
    let starts: Vec<String> = (1..=4).map(|n| at(n * HOUR)).collect();
    assert_eq!(
        shown,
        [
            (starts[0].as_str(), "busy", false),
            (starts[1].as_str(), "tentative", false),
            (starts[2].as_str(), "tentative", false),
            (starts[3].as_str(), "out_of_office", true)
        ]
    );
    assert_eq!(
        (&busy["zone"], &busy["from"], &busy["until"]),
        (&json!("Europe/Berlin"), &json!(at(0)), &json!(at(DAY)))
    );
    let named = |name: &str| json!({"name": name, "as_of": NOW.rfc3339(), "error": null});
    assert_eq!(busy["calendars"], json!([named("k1's"), named("k3's")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_is_not_known_whole_says_so() {
    let none = bench(&json!({})).await;
    let busy = read(&none, "u1", "calendar.busy", span(0, DAY)).await;
    assert_eq!(busy["busy"], json!([]));
    assert_eq!(busy["calendars"], json!([{"name": "none", "as_of": null, "error": "no calendar is connected"}]));

    let mut state = calendar("k1", "u1");
    state["covers_from"] = json!(at(-DAY));
    state["covers_until"] = json!(at(10 * DAY));
    let mut broken = calendar("k2", "u1");
    (broken["error"], broken["as_of"]) = (json!("there is no such file"), Value::Null);
    let mut unread = calendar("k3", "u1");
    unread["as_of"] = Value::Null;
    let bench = bench(&json!({"calendars": [state, broken, unread]})).await;
    for (from, until, error) in [
        (0, 10 * DAY, Value::Null),
        (0, 10 * DAY + 1, json!(format!("is not known after {}", at(10 * DAY)))),
        (-2 * DAY, DAY, json!(format!("is not known before {}", at(-DAY)))),
    ] {
        let busy = read(&bench, "u1", "calendar.busy", span(from, until)).await;
        let errors: Vec<&Value> = busy["calendars"].as_array().unwrap().iter().map(|one| &one["error"]).collect();
        assert_eq!(errors, [&error, &json!("there is no such file"), &json!("was not read yet")]);
    }
    // More than an answer holds is not silently less.
    let many: Vec<Value> =
        (0..2_600).map(|n| event(&format!("v{n}"), "k1", n * 60_000, n * 60_000 + 30_000, json!({}))).collect();
    bench.store.load_data(&json!({"calendar_events": many}), FAR).await.unwrap();
    let busy = read(&bench, "u1", "calendar.busy", span(0, 5 * DAY)).await;
    assert_eq!(busy["busy"].as_array().unwrap().len(), 2_500);
    assert_eq!(busy["until"], at(2_500 * 60_000), "what is said is whole until the first that is not");
    let last = busy["calendars"].as_array().unwrap().last().unwrap();
    assert!(last["error"].as_str().unwrap().contains("more than 2500 busy times"), "{last}");
    assert_eq!(ids(&read(&bench, "u1", "calendar.events", span(0, 5 * DAY)).await).len(), 500);
}

fn state(id: &str) -> CalendarState {
    CalendarState {
        org: "acme".into(),
        id: id.to_owned(),
        user: "u1".into(),
        name: "Work".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        as_of: Some(NOW),
        error: None,
        covers_from: Some(NOW.plus_ms(-DAY)),
        covers_until: Some(NOW.plus_ms(9 * DAY)),
        digest: Some("sha256:d".to_owned()),
        mark: Some("\"etag-1\"".to_owned()),
        tries: 2,
        next_attempt: Some(NOW.plus_ms(DAY)),
    }
}

fn occurrence(id: &str, starts: i64) -> Occurrence {
    Occurrence {
        id: id.to_owned(),
        title: format!("Ünïcode \"{id}\" \\"),
        starts: NOW.plus_ms(starts),
        ends: NOW.plus_ms(starts + HOUR),
        all_day: false,
        zone: Some("Asia/Tokyo".to_owned()),
        status: Status::Tentative,
        shows: Shows::OutOfOffice,
        response: Response::NeedsAction,
        organizer: Some("mira@initech.test".to_owned()),
        attendees: vec![Attendee { name: String::new(), email: None, response: Some(Response::Declined) }],
        location: Some("Room".to_owned()),
        url: None,
        recurring: true,
        updated_at: NOW,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_replaced_as_a_whole_or_only_its_state() {
    let bench = bench(&json!({})).await;
    let (store, org): (_, OrgId) = (&bench.store, "acme".into());
    assert_eq!(store.calendar(&org, "k1").await.unwrap(), None);
    store.put_calendar(&state("k1"), Some(&[occurrence("a", HOUR), occurrence("b", 2 * HOUR)])).await.unwrap();
    store.put_calendar(&state("k2"), Some(&[occurrence("a", 3 * HOUR)])).await.unwrap();
    assert_eq!(store.calendar(&org, "k1").await.unwrap(), Some(state("k1")));
    assert_eq!(store.calendar(&"globex".into(), "k1").await.unwrap(), None);
    let events = read(&bench, "u1", "calendar.events", span(0, DAY)).await;
    assert_eq!(ids(&events), ["k1/a", "k1/b", "k2/a"], "the same name in two calendars is two events");
    let one = &events[0];
    assert_eq!(
        (&one["title"], &one["zone"], &one["status"], &one["response"], &one["recurring"]),
        (&json!("Ünïcode \"a\" \\"), &json!("Asia/Tokyo"), &json!("tentative"), &json!("needs_action"), &json!(true))
    );
    // Another reading of one replaces it and leaves the other.
    store.put_calendar(&state("k1"), Some(&[occurrence("c", 4 * HOUR)])).await.unwrap();
    assert_eq!(ids(&read(&bench, "u1", "calendar.events", span(0, DAY)).await), ["k2/a", "k1/c"]);
    // One that failed leaves what was read.
    let failed = CalendarState { error: Some("gone".to_owned()), digest: None, ..state("k1") };
    store.put_calendar(&failed, None).await.unwrap();
    assert_eq!(ids(&read(&bench, "u1", "calendar.events", span(0, DAY)).await), ["k2/a", "k1/c"]);
    assert_eq!(store.calendar(&org, "k1").await.unwrap(), Some(failed));
    store.put_calendar(&state("k2"), Some(&[])).await.unwrap();
    assert_eq!(ids(&read(&bench, "u1", "calendar.events", span(0, DAY)).await), ["k1/c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_a_kind_are_listed_over_all_orgs_page_by_page() {
    let bench = bench(&json!({})).await;
    for (n, (org, user)) in [("acme", "u1"), ("globex", "u9"), ("acme", "u2")].into_iter().enumerate() {
        for kind in ["calendar", "mailbox"] {
            let connection = Connection {
                kind: kind.to_owned(),
                external_id: format!("{kind}-{n}"),
                org: org.into(),
                user: user.into(),
                detail: json!({"path": format!("{n}.ics")}),
            };
            bench.store.put_connection(&connection).await.unwrap();
        }
    }
    let mut listed = Vec::new();
    let mut after = 0;
    loop {
        let page = bench.store.connections_of_kind("calendar", after, 2).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        assert!(page.len() <= 2);
        listed.extend(page.into_iter().map(|(_, one)| (one.external_id, one.org.to_string(), one.detail)));
    }
    let of = |n: usize, org: &str| (format!("calendar-{n}"), org.to_owned(), json!({"path": format!("{n}.ics")}));
    assert_eq!(listed, [of(0, "acme"), of(1, "globex"), of(2, "acme")]);
}

fn mail(id: &str, ms: i64, more: Value) -> Value {
    let mut row = json!({"id": id, "org_id": "acme", "owner_id": "u1", "direction": "in", "from": "mira@initech.test",
        "to": ["ada@acme.test"], "subject": id, "body": "b", "at": at(ms)});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_is_what_came_since_and_says_what_was_answered() {
    let headers = json!({"Auto-Submitted": "auto-replied", "X-Secret": "s", "LIST-ID": "l"});
    let mails = json!([
        mail("old", -DAY - 1, json!({})),
        mail(
            "full",
            -HOUR,
            json!({"thread_id": "t9", "from_name": "Mira Holt", "cc": ["c@x.test"], "message_id": "m1",
            "in_reply_to": "m0", "unread": true, "class": "needs_response", "deal_id": "d1", "body": "é".repeat(5_000),
            "headers": headers})
        ),
        mail("by-thread", -2 * HOUR, json!({"thread_id": "t8", "contact_id": "c1"})),
        mail("by-reply", -3 * HOUR, json!({"message_id": "m3", "from": "nils@initech.test"})),
        mail("theirs", -HOUR, json!({"owner_id": "u2"})),
        mail("re1", -HOUR, json!({"direction": "out", "thread_id": "t8"})),
        mail("re2", -HOUR, json!({"direction": "out", "in_reply_to": "m3"})),
        // What went out before it came answers nothing.
        mail("re3", -2 * HOUR, json!({"direction": "out", "thread_id": "t9"})),
    ]);
    let bench = bench(&json!({"emails": mails})).await;
    let inbox = read(&bench, "u1", "inbox", json!({"now": NOW.0})).await;
    assert_eq!(ids(&inbox), ["full", "by-thread", "by-reply"]);
    assert_eq!(
        inbox[0],
        json!({"id": "full", "thread_id": "t9", "from": "mira@initech.test", "from_name": "Mira Holt",
            "to": ["ada@acme.test"], "cc": ["c@x.test"], "subject": "full", "body": "é".repeat(4_000), "at": at(-HOUR),
            "message_id": "m1", "in_reply_to": "m0", "unread": true, "answered": false, "class": "needs_response",
            "contact_id": "c1", "deal_id": "d1", "headers": {"auto-submitted": "auto-replied", "list-id": "l"},
            "attachments": []})
    );
    let answered: Vec<(&Value, &Value)> =
        inbox.as_array().unwrap().iter().map(|one| (&one["answered"], &one["contact_id"])).collect();
    let (yes, no) = (json!(true), json!(false));
    assert_eq!(answered, [(&no, &json!("c1")), (&yes, &json!("c1")), (&yes, &Value::Null)], "a colleague's is nobody");
    let since = read(&bench, "u1", "inbox", json!({"now": NOW.0, "since": at(-2 * DAY)})).await;
    assert_eq!(ids(&since).last(), Some(&"old"));
    let thread = read(&bench, "u1", "thread", json!({"id": "t9"})).await;
    assert_eq!(
        (
            &thread["messages"][1]["from_name"],
            &thread["messages"][1]["headers"]["list-id"],
            &thread["messages"][0]["headers"]
        ),
        (&json!("Mira Holt"), &json!("l"), &json!({}))
    );
    let many: Vec<Value> = (0..60).map(|n| mail(&format!("x{n:02}"), -n * 1000, json!({}))).collect();
    bench.store.load_data(&json!({"emails": many}), FAR).await.unwrap();
    assert_eq!(ids(&read(&bench, "u1", "inbox", json!({"now": NOW.0})).await).len(), 50);
}

fn deal(id: &str, more: Value) -> Value {
    let mut row = json!({"id": id, "org_id": "acme", "name": id, "stage": "qualified", "owner_id": "u1",
        "amount_cents": 100, "currency": "EUR", "updated_at": at(-50 * DAY)});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

fn activity(id: &str, ms: i64, more: Value) -> Value {
    let mut row = json!({"id": id, "org_id": "acme", "kind": "call", "subject": "s", "at": at(ms)});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipeline_says_what_moves_and_what_does_not() {
    let task = |id: &str, more: Value| {
        let mut row = json!({"id": id, "org_id": "acme", "title": "t", "deal_id": "quiet", "created_at": at(0)});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let document = json!({
        "contacts": [{"id": "cx", "org_id": "acme", "name": "X", "email": "x@globex.test", "owner_id": "u1"},
            {"id": "cy", "org_id": "acme", "name": "Y", "email": "y@globex.test", "owner_id": "u1"}],
        "deals": [
            deal("quiet", json!({"company_id": "co1", "contact_ids": ["cx"], "close_date": "2026-12-01", "created_at": at(-99 * DAY),
                "stage_since": at(-40 * DAY), "flags": [{"flag": "risk", "reason": "r", "at": at(-DAY)}]})),
            deal("busy", json!({"contact_ids": ["cy"]})),
            deal("new", json!({"created_at": at(-30 * DAY)})),
            deal("theirs", json!({"owner_id": "u2"})),
            deal("won", json!({"stage": "closed_won", "stage_since": at(-3 * DAY)})),
            deal("lost", json!({"stage": "closed_lost", "updated_at": at(-4 * DAY)})),
            deal("long-won", json!({"stage": "closed_won", "stage_since": at(-366 * DAY)})),
        ],
        "activities": [
            activity("a1", -20 * DAY, json!({"deal_id": "quiet", "kind": "meeting"})),
            activity("a2", -25 * DAY, json!({"deal_id": "quiet"})),
            activity("a3", 5 * DAY, json!({"deal_id": "quiet"})),
            activity("a4", -10 * DAY, json!({"deal_id": "busy"})),
            // With a contact of the deal and about none.
            activity("a5", -2 * DAY, json!({"contact_id": "cy", "kind": "email"})),
            activity("a6", -DAY, json!({"contact_id": "cy", "deal_id": "theirs"})),
        ],
        "tasks": [task("k-a", json!({"due": "2020-01-01"})), task("k-b", json!({"due": at(-1000)})),
            task("k-c", json!({"due": at(1000)})), task("k-d", json!({})), task("k-e", json!({"status": "done", "due": "2020-01-01"}))],
        "meetings": [{"id": "m-x", "org_id": "acme", "title": "t", "owner_id": "u1", "started_at": at(3 * DAY), "deal_id": "quiet"}],
        "calendars": [calendar("k1", "u1")],
        "calendar_events": [
            event("v1", "k1", 2 * DAY, 2 * DAY + HOUR, json!({"deal_id": "quiet"})),
            event("v2", "k1", DAY, DAY + HOUR, json!({"deal_id": "quiet", "response": "declined"})),
            event("v3", "k1", 4 * DAY, 4 * DAY + HOUR, json!({"attendees": [{"email": "y@globex.test"}]}))],
    });
    let bench = bench(&document).await;
    let now = json!({"now": NOW.0});
    let pipeline = read(&bench, "u1", "pipeline", now.clone()).await;
    // d1 is of the data all tests share; its last activity was before all others.
    assert_eq!(ids(&pipeline["deals"]), ["new", "d1", "quiet", "busy"]);
    assert_eq!(
        pipeline["deals"][2],
        json!({"id": "quiet", "name": "quiet", "stage": "qualified", "amount_cents": 100, "currency": "EUR",
            "close_date": "2026-12-01", "company_id": "co1", "company": "Initech", "contact_ids": ["cx"], "owner_id": "u1",
            "created_at": at(-99 * DAY), "updated_at": at(-50 * DAY), "stage_since": at(-40 * DAY),
            "last_activity_at": at(-20 * DAY), "last_activity_kind": "meeting", "next_meeting_at": at(2 * DAY),
            "open_tasks": 4, "overdue_tasks": 2, "flags": [{"flag": "risk", "reason": "r", "at": at(-DAY)}]})
    );
    let busy = &pipeline["deals"][3];
    assert_eq!(
        (&busy["last_activity_at"], &busy["last_activity_kind"], &busy["next_meeting_at"]),
        (&json!(at(-2 * DAY)), &json!("email"), &json!(at(4 * DAY)))
    );
    assert_eq!(pipeline["deals"][0]["last_activity_at"], Value::Null);
    assert_eq!((&pipeline["as_of"], &pipeline["currency"]), (&json!(at(0)), &Value::Null), "two currencies are none");
    assert_eq!(
        pipeline["closed"],
        json!([
            {"id": "won", "name": "won", "stage": "closed_won", "won": true, "amount_cents": 100, "currency": "EUR", "at": at(-3 * DAY)},
            {"id": "lost", "name": "lost", "stage": "closed_lost", "won": false, "amount_cents": 100, "currency": "EUR", "at": at(-4 * DAY)}])
    );
    let wide = bench.store.org_source(&"acme".into(), "pipeline", &now).await.unwrap().unwrap();
    assert!(ids(&wide["deals"]).contains(&"theirs"), "{wide}");
    assert_eq!(bench.store.org_source(&"acme".into(), "inbox", &now).await.unwrap(), None, "a mailbox is one's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_is_won_where_org_crm_or_stage_say_so() {
    let ended = |id: &str, stage: &str, told: Value| {
        deal(id, json!({"stage": stage, "fields": {"closed": told}, "stage_since": at(-DAY)}))
    };
    let said = |stage: &str, won: bool| json!({"stage": stage, "won": won});
    let deals = json!([
        ended("by-name", "Closed Won", Value::Null),
        ended("lost-by-name", "Closed Lost", Value::Null),
        ended("not-won", "Not won", Value::Null),
        ended("not_won", "closed_not_won", Value::Null),
        ended("lost-to-who-won", "Lost (rival won)", Value::Null),
        ended("another-won", "another won", Value::Null),
        ended("no-word", "signed", Value::Null),
        ended("crm", "signed", said("signed", true)),
        ended("crm-lost", "Closed Won", said("Closed Won", false)),
        // It was moved since.
        ended("crm-before", "closed_lost", said("signed", true)),
        ended("no-object", "signed", json!("won")),
        ended("org", "live", Value::Null),
        ended("org-lost", "won back", said("won back", true)),
    ]);
    let stages: Vec<&Value> = deals.as_array().unwrap().iter().map(|deal| &deal["stage"]).collect();
    let settings = |more: Value| {
        let mut settings = json!({"closed_stages": stages});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([{"id": "acme", "name": "Acme", "domains": ["acme.test"], "settings": settings}])
    };
    let words = json!({"won_stages": ["live"], "lost_stages": ["won back"]});
    let bench = bench(&json!({"orgs": settings(words), "deals": deals})).await;
    let won = async || -> Vec<String> {
        let pipeline = read(&bench, "u1", "pipeline", json!({"now": NOW.0})).await;
        let closed = pipeline["closed"].as_array().unwrap().clone();
        assert_eq!(closed.len(), 13);
        ids(&json!(closed.into_iter().filter(|deal| deal["won"] == true).collect::<Vec<_>>()))
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(won().await, ["another-won", "by-name", "crm", "org"]);
    // Without the lists the deal's own word and the names are left; what is no list is none.
    bench.store.load_data(&json!({"orgs": settings(json!({"won_stages": "live"}))}), FAR).await.unwrap();
    assert_eq!(won().await, ["another-won", "by-name", "crm", "org-lost"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn since_when_a_deal_stands_where_it_does_is_kept_by_itself() {
    let bench =
        bench(&json!({"deals": [deal("x", json!({"created_at": at(-9 * DAY), "stage_since": at(-8 * DAY)}))]})).await;
    let standing = async || {
        let pipeline = read(&bench, "u1", "pipeline", json!({"now": NOW.0})).await;
        let deal = pipeline["deals"].as_array().unwrap().iter().find(|deal| deal["id"] == "x").unwrap().clone();
        (deal["stage"].clone(), deal["created_at"].clone(), deal["stage_since"].clone())
    };
    // A row that says less keeps what was known.
    bench.store.load_data(&json!({"deals": [deal("x", json!({}))]}), FAR).await.unwrap();
    assert_eq!(standing().await, (json!("qualified"), json!(at(-9 * DAY)), json!(at(-8 * DAY))));
    let moved = CrmWrite::SetStage {
        org: "acme".into(),
        deal: "x".to_owned(),
        from: "qualified".to_owned(),
        to: "proposal".to_owned(),
        at: NOW.plus_ms(-DAY),
    };
    bench.store.commit(batch([crm(moved)])).await.unwrap();
    assert_eq!(standing().await, (json!("proposal"), json!(at(-9 * DAY)), json!(at(-DAY))));
    // One that moves it says since when by when it changed, or in words.
    let again = deal("x", json!({"stage": "negotiation", "updated_at": at(-1000)}));
    bench.store.load_data(&json!({"deals": [again]}), FAR).await.unwrap();
    assert_eq!(standing().await.2, json!(at(-1000)));
    let said = deal("x", json!({"stage": "discovery", "stage_since": at(-7 * DAY)}));
    bench.store.load_data(&json!({"deals": [said]}), FAR).await.unwrap();
    assert_eq!(standing().await.2, json!(at(-7 * DAY)));
}
