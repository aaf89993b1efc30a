//! What skills may have done beside mails, tasks and records: invitations and their limits,
//! contacts, suppressions, and notes about the user's own work.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::context::{Doors as _, Query};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::outcome::Outcome;
use skillhost_engine::time::{Clock as _, Timestamp};
use skillhost_server::driver::JobDoors;
use skillhost_server::view::JobView;
use skillhost_tests::given::{effect, given, question};
use skillhost_tests::test_host::{ADMIN, ORG, REP, TestHost};

fn invitation(uid: &str, to: &str) -> Value {
    json!({
        "title": "Rollout with Globex", "starts": "2026-11-26T14:00:00Z", "ends": "2026-11-26T14:30:00Z",
        "zone": "Europe/Zurich", "attendees": [{ "email": to, "name": "Mira Holt" }], "uid": uid,
    })
}

fn answer(ask: &str) -> Outcome {
    let (word, rest) = ask.split_once(' ').unwrap_or((ask, ""));
    let invite = |uid: &str, to: &str| question(vec![effect("calendar.invite", invitation(uid, to))]);
    let done = |kind: &str, payload: Value| vec![effect(kind, payload)];
    let (effects, approvals) = match word {
        "invite" => (vec![], vec![invite(rest, "mira@globex.example")]),
        "invite-stranger" => (vec![], vec![invite("meeting-9@acme.example", "no@globex.example")]),
        "invite-alone" => {
            (done("calendar.invite", invitation("meeting-7@acme.example", "mira@globex.example")), vec![])
        }
        "suppress" => (done("crm.suppress", json!({ "address": rest, "reason": "asked to be left alone" })), vec![]),
        "contact" => {
            let payload = json!({ "name": "Jonas Beck", "email": rest, "company_id": "co1", "title": "CTO" });
            (done("crm.create_contact", payload), vec![])
        }
        "coach" => {
            let payload = json!({ "period_start": "2026-10-26", "period_end": "2026-11-01",
                                  "analysis": { "talk_ratio": 0.4 } });
            (done("coaching.store", payload), vec![])
        }
        "manager" => (done("chat.manager", json!({ "text": rest })), vec![]),
        "mail" => {
            let payload = json!({ "to": [rest], "subject": "Hello", "body": "Hello." });
            (vec![], vec![question(done("email.send", payload))])
        }
        other => unreachable!("{other}"),
    };
    Outcome { output: json!({}), effects, approvals, ..Outcome::default() }
}

async fn host() -> TestHost {
    let kinds =
        ["calendar.invite", "crm.suppress", "crm.create_contact", "coaching.store", "email.send", "chat.manager"];
    TestHost::with(|_| {}, given(&kinds, answer)).await
}

/// Raises an event, approves what it asks, and waits for the end of its job.
async fn carried_out(host: &TestHost, ask: &str, id: &str) -> JobView {
    let job = host.raise(&json!({ "message_id": id, "ask": ask, "contact_id": "c1" })).await;
    let asked = |view: &JobView| !view.approvals.is_empty() || view.status.is_ended();
    let view = host.until(&job, asked).await;
    if let Some(approval) = view.approvals.first() {
        let path = format!("/v1/approvals/{}/answer", approval.id);
        let (status, said) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
        assert_eq!(status, 200, "{said}");
        host.clock.advance(11_000);
    }
    host.until(&job, |view| view.status.is_ended()).await
}

/// When the rep is busy on 26 November, and what is said of their calendars.
async fn busy(host: &TestHost) -> (Vec<Value>, Value) {
    let doors = JobDoors::new(Arc::clone(&host.app.store), Arc::clone(&host.app.clock), ORG.into(), REP.into());
    let params = json!({ "from": "2026-11-26T00:00:00Z", "until": "2026-11-27T00:00:00Z" });
    let query = Query { source: "calendar.busy".to_owned(), params, max_bytes: None, cursor: None };
    let body: Value = serde_json::from_str(&doors.read(query).await.unwrap().body).unwrap();
    let starts = body["busy"].as_array().unwrap().iter().map(|one| one["starts"].clone());
    (starts.collect(), body["calendars"][0]["name"].clone())
}

fn files(host: &TestHost, folder: &str) -> Vec<String> {
    let folder = host.folder().path().join("data").join(folder);
    read_all(&folder)
}

fn read_all(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn states(view: &JobView) -> Vec<EffectState> {
    view.effects.iter().map(|effect| effect.state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_shown_as_it_goes_out_and_goes_out_once() {
    let host = host().await;
    let job =
        host.raise(&json!({ "message_id": "m-1", "ask": "invite meeting-1@acme.example", "contact_id": "c1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let card = serde_json::to_string(&view.approvals[0].card).unwrap();
    // The host says who invites, and what the clock on the wall shows.
    for part in ["ada@acme.example", "Mira Holt <mira@globex.example>", "Thursday, 26 November 2026, 15:00"] {
        assert!(card.contains(part), "{part} is not on the card: {card}");
    }
    let path = format!("/v1/approvals/{}/answer", view.approvals[0].id);
    assert_eq!(host.post(REP, &path, &json!({ "answer": "approve" })).await.0, 200);
    assert!(files(&host, "calendar-out").is_empty(), "it can still be taken back");
    assert_eq!(busy(&host).await, (vec![], json!("none")));
    host.clock.advance(11_000);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((done.status, states(&done)), (JobStatus::Completed, vec![EffectState::Sent]));
    let (events, mails) = (files(&host, "calendar-out"), files(&host, "sent-mail"));
    assert_eq!((events.len(), mails.len()), (1, 1));
    for part in ["METHOD:REQUEST", "UID:meeting-1@acme.example", "DTSTART:20261126T140000Z"] {
        assert!(events[0].contains(part), "{part} is not in {}", events[0]);
    }
    assert!(mails[0].contains("To: mira@globex.example") && mails[0].contains("text/calendar"), "{}", mails[0]);
    // Its time is taken, which connects no calendar.
    assert_eq!(busy(&host).await, (vec![json!("2026-11-26T14:00:00.000Z")], json!("none")));

    // Another effect with that uid, whoever approves it, reaches nobody.
    let again = carried_out(&host, "invite meeting-1@acme.example", "m-2").await;
    assert_eq!(states(&again), [EffectState::Dead]);
    let reason = serde_json::to_string(&again.effects[0]).unwrap();
    assert!(reason.contains("invit"), "{reason}");
    assert_eq!((files(&host, "calendar-out").len(), files(&host, "sent-mail").len()), (1, 1));
    let other = carried_out(&host, "invite meeting-2@acme.example", "m-3").await;
    assert_eq!(states(&other), [EffectState::Sent]);
    assert_eq!(files(&host, "calendar-out").len(), 2);

    // Gone with the person it was about: the event's file and the mail.
    let (status, said) = host.post(ADMIN, "/v1/people/erase", &json!({ "person": "contact:c1" })).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!((files(&host, "calendar-out").len(), files(&host, "sent-mail").len()), (0, 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_invitation_leaves_without_a_yes_or_to_whom_asked_for_none() {
    let host = host().await;
    let job = host.raise(&json!({ "message_id": "m-1", "ask": "invite-alone" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    assert_eq!(view.status, JobStatus::AwaitingApproval, "a protected effect has a card of the host's");
    assert!(files(&host, "calendar-out").is_empty());

    let told = carried_out(&host, "suppress no@globex.example", "m-2").await;
    assert_eq!(states(&told), [EffectState::Sent], "it only prevents");
    assert!(host.app.store.is_suppressed(&ORG.into(), "no@globex.example").await.unwrap());
    let refused = carried_out(&host, "invite-stranger", "m-3").await;
    assert_eq!(states(&refused), [EffectState::Dead]);
    // However the address is written.
    let refused = carried_out(&host, "mail Nobody <NO@globex.example>", "m-4").await;
    assert_eq!(states(&refused), [EffectState::Dead]);
    assert_eq!((files(&host, "calendar-out").len(), files(&host, "sent-mail").len()), (0, 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_count_among_a_senders_mails() {
    let skills = given(&["calendar.invite", "email.send"], answer);
    let host = TestHost::with(|config| config.mails_a_day = 1, skills).await;
    let first = carried_out(&host, "invite meeting-1@acme.example", "m-1").await;
    assert_eq!(states(&first), [EffectState::Sent]);
    let job = host.raise(&json!({ "message_id": "m-2", "ask": "mail mira@globex.example", "contact_id": "c1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    let path = format!("/v1/approvals/{}/answer", view.approvals[0].id);
    assert_eq!(host.post(REP, &path, &json!({ "answer": "approve" })).await.0, 200);
    host.clock.advance(11_000);
    let held = host.until(&job, |view| view.effects.iter().any(|effect| effect.last_error.is_some())).await;
    assert_ne!(held.effects[0].state, EffectState::Sent);
    assert_eq!(files(&host, "sent-mail").len(), 1);
    // There is room a day after the one that left, not a day after the look.
    let left = host.app.store.mails_sent(&ORG.into(), &REP.into(), Timestamp(0), 1).await.unwrap()[0];
    let room = left.plus_ms(24 * 60 * 60_000 + 1);
    assert_eq!(held.effects[0].not_before, room);
    host.clock.advance(room.0 - host.clock.now().0);
    host.until(&job, |view| view.effects[0].state == EffectState::Sent).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_sends_five_mails_a_minute_and_thirty_an_hour() {
    let host = host().await;
    let mut jobs = Vec::new();
    for n in 0..31 {
        let ask = json!({ "message_id": format!("m-{n}"), "ask": "mail mira@globex.example", "contact_id": "c1" });
        let job = host.raise(&ask).await;
        let view = host.until(&job, |view| !view.approvals.is_empty()).await;
        let path = format!("/v1/approvals/{}/answer", view.approvals[0].id);
        assert_eq!(host.post(REP, &path, &json!({ "answer": "approve" })).await.0, 200);
        jobs.push(job);
    }
    // How many left, and why each of the others waits.
    let standing = async || {
        let (mut left, mut why) = (0, Vec::new());
        for job in &jobs {
            let view = host.until(job, |_| true).await;
            left += usize::from(view.effects[0].state == EffectState::Sent);
            why.extend(view.effects[0].last_error.clone().filter(|_| view.effects[0].state == EffectState::Ready));
        }
        (left, why)
    };
    host.clock.advance(11_000);
    for minute in 1..=6 {
        let mut seen = standing().await;
        while seen.0 != 5 * minute || seen.1.len() != jobs.len() - seen.0 {
            assert!(seen.0 <= 5 * minute, "{seen:?}");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            seen = standing().await;
        }
        let bound = if minute < 6 { "5 is the limit" } else { "30 mails left in the last hour, and 30 is the limit" };
        if minute == 6 {
            host.clock.advance(61_000);
        }
        while !seen.1.iter().all(|why| why.contains(bound)) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            seen = standing().await;
        }
        assert_eq!(files(&host, "sent-mail").len(), 5 * minute);
        host.clock.advance(61_000);
    }
    host.clock.advance(60 * 60_000);
    for job in &jobs {
        host.until(job, |view| view.status == JobStatus::Completed).await;
    }
    assert_eq!(files(&host, "sent-mail").len(), 31);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_and_analyses_are_kept_once_and_without_asking() {
    let host = host().await;
    for id in ["m-1", "m-2"] {
        let done = carried_out(&host, "contact jonas@globex.example", id).await;
        assert_eq!(states(&done), [EffectState::Sent]);
    }
    let store = &host.app.store;
    let source = json!({ "email": "jonas@globex.example" });
    let contact = store.source(&ORG.into(), &REP.into(), "contact", &source).await.unwrap().unwrap();
    assert_eq!(
        (&contact["name"], &contact["owner_id"], &contact["title"]),
        (&json!("Jonas Beck"), &json!(REP), &json!("CTO"))
    );
    // An address that somebody has stays theirs.
    let done = carried_out(&host, "contact mira@globex.example", "m-3").await;
    assert_eq!(states(&done), [EffectState::Sent]);
    let mira = store.org_source(&ORG.into(), "contact", &json!({ "contact_id": "c1" })).await.unwrap().unwrap();
    assert_eq!(mira["name"], "Mira Holt");
    carried_out(&host, "coach", "m-4").await;
    let kept = store.coaching(&ORG.into(), &REP.into(), 10).await.unwrap();
    assert_eq!((kept.len(), &kept[0].analysis), (1, &json!({ "talk_ratio": 0.4 })));
    host.stop().await;
}

/// Names a manager of the rep, who is not disturbed by day.
async fn lead(host: &TestHost) {
    let user = |id: &str, more: Value| {
        let mut user = json!({ "id": id, "org_id": ORG, "name": id, "email": format!("{id}@acme.example"), "zone": "UTC",
                               "admin": id == ADMIN });
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user
    };
    let quiet = json!({ "preferences": { "quiet_hours": { "from": "08:00", "to": "18:00" } } });
    let users = json!({ "users": [user(ADMIN, quiet), user(REP, json!({ "manager_id": ADMIN }))] });
    host.app.store.load_data(&users, Timestamp(i64::MAX)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_is_told_in_their_own_hours_and_nobody_is_where_none_is_named() {
    let host = host().await;
    let feed = async |user: &str| host.get(user, "/v1/feed").await.1.to_string();
    let unled = carried_out(&host, "manager The budget is in doubt.", "m-1").await;
    assert_eq!(states(&unled), [EffectState::Dead]);

    lead(&host).await;
    let ask = json!({ "message_id": "m-2", "ask": "manager The board stopped it.", "contact_id": "c1" });
    let job = host.raise(&ask).await;
    let held = host.until(&job, |view| view.effects.first().is_some_and(|it| it.last_error.is_some())).await;
    assert_eq!(states(&held), [EffectState::Ready], "the manager is not disturbed now");
    assert!(!feed(ADMIN).await.contains("The board stopped it."));
    host.clock.advance(12 * 3_600_000);
    let told = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(states(&told), [EffectState::Sent]);
    assert!(feed(ADMIN).await.contains("The board stopped it."));
    assert!(!feed(REP).await.contains("The board stopped it."), "it is the manager's");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn analyses_are_read_by_their_own_user_and_told_on_the_command_line() {
    let host = host().await;
    carried_out(&host, "coach", "m-1").await;
    let read = async |user: &str| {
        let doors = JobDoors::new(Arc::clone(&host.app.store), Arc::clone(&host.app.clock), ORG.into(), user.into());
        let query = Query { source: "coaching".to_owned(), params: json!({}), max_bytes: None, cursor: None };
        serde_json::from_str::<Value>(&doors.read(query).await.unwrap().body).unwrap()
    };
    let own = read(REP).await;
    assert_eq!((&own[0]["analysis"], &own[0]["period_end"]), (&json!({ "talk_ratio": 0.4 }), &json!("2026-11-01")));
    assert_eq!(read(ADMIN).await, json!([]), "not even an admin's");

    let folder = host.folder();
    host.stop().await;
    std::fs::write(folder.path().join("skillhost.toml"), "data_dir = \"data\"\n").unwrap();
    let data = |arguments: &[&str]| {
        let mut command = std::process::Command::new(skillhost_tests::process::binary());
        command.arg("data").args(arguments).current_dir(folder.path()).output().unwrap()
    };
    let told = data(&["coaching", ORG, REP]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("2026-11-01") && told.contains("talk_ratio 0.4"), "{told}");
    assert_eq!(data(&["coaching", ORG, "nobody"]).status.code(), Some(3));
}
