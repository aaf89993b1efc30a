//! Forgetting a person: no word of them is in the database, what happened still is, and
//! nobody else is touched.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::approval::{ActionStatus, Answer, Resolution};
use skillhost_engine::body::{Body, Kept, Subject};
use skillhost_engine::card::CardPart;
use skillhost_engine::event::Event;
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{
    Advance, AuditRow, ChatMessage, CrmWrite, Due, JournalEntry, PaidAnswer, PaidPlace, Store, StoreError, Write,
};

use super::made::{Bench, FAR, NOW, action, advance, batch, effect, event, job, new_effect, new_job};
use super::place::Place;

/// Begins every word that is of the person, and no other word. Each ends in `_`, because
/// in a file the next one may follow at once.
const THEIRS: &str = "zq-";
/// Begins every word that is of others.
const OTHERS: &str = "keep-";

fn org() -> OrgId {
    "acme".into()
}

fn digest(text: &str) -> String {
    skillhost_engine::canonical::sha256(text.as_bytes())
}

/// Contacts c1 and c2 with records of each kind; what `whose` answers is a word of
/// theirs for a field.
fn records(word: impl Fn(&str, &str) -> String) -> Value {
    let contact = |id: &str| {
        json!({ "id": id, "org_id": "acme", "name": word(id, "name"), "email": format!("{}@x.test", word(id, "mail")),
            "title": word(id, "title"), "phone": word(id, "phone"), "fields": { "note": word(id, "fields") },
            "flags": [{ "flag": "risk", "reason": word(id, "flag"), "at": "2026-05-01T00:00:00Z" }] })
    };
    let of = |id: &str, more: Value| {
        let mut row = json!({ "org_id": "acme", "contact_id": id });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let at = "2026-05-01T00:00:00Z";
    let mail = |id: &str, at_field: &str, who: &str| {
        let mut row = json!({ "id": id, "org_id": "acme", "direction": "in", "from": "a@b.test", "to": ["a@b.test"],
            "subject": word(who, "subject"), "body": word(who, "body"), "at": at,
            "from_name": word(who, "sender"), "headers": { "reply-to": word(who, "answer-to") } });
        let address = format!("{}@x.test", word(who, "mail"));
        row[at_field] = if at_field == "from" { json!(address) } else { json!(["b@c.test", address]) };
        row
    };
    let invited = |id: &str, calendar: &str, who: &str| {
        json!({ "id": id, "org_id": "acme", "calendar_id": calendar, "title": word(who, "event"), "starts": at, "ends": at,
            "location": word(who, "place"), "url": word(who, "link"), "updated_at": at,
            "attendees": [{ "name": word(who, "guest"), "email": format!("{}@x.test", word(who, "mail")) }] })
    };
    let called = |id: &str, calendar: &str, who: &str| {
        json!({ "id": id, "org_id": "acme", "calendar_id": calendar, "title": word(who, "hosted"), "starts": at, "ends": at,
            "organizer": format!("{}@x.test", word(who, "mail")), "updated_at": at })
    };
    let known = |source: &str, key: &str, body: Value| json!({ "org_id": "acme", "source": source, "key": key, "body": body, "as_of": at });
    let replied = |id: &str, who: &str, by_address: bool| {
        let mut row = json!({ "id": id, "org_id": "acme", "campaign_id": "k", "from": "a@b.test", "from_name": word(who, "replier"),
            "subject": word(who, "resubject"), "text": word(who, "reply"), "at": at, "headers": { "reply-to": word(who, "replyto") } });
        match by_address {
            true => row["from"] = json!(format!("{}@x.test", word(who, "mail"))),
            false => row["contact_id"] = json!(who),
        }
        row
    };
    let both = |make: &dyn Fn(&str) -> Value| json!([make("c1"), make("c2")]);
    json!({
        "orgs": [{ "id": "acme", "name": "Acme" }, { "id": "globex", "name": "Globex" }],
        "users": [
            { "id": "u1", "org_id": "acme", "name": word("u1", "name"), "email": format!("{}@acme.test", word("u1", "mail")),
              "signature": word("u1", "signature"), "preferences": { "note": word("u1", "preferences") } },
            { "id": "u2", "org_id": "acme", "name": word("u2", "name"), "email": "u2@acme.test" },
            { "id": "u1", "org_id": "globex", "name": word("u2", "namesake"), "email": "u1@globex.test" }],
        "contacts": [contact("c1"), contact("c2"),
            { "id": "c1", "org_id": "globex", "name": word("c2", "namesake") }],
        "connections": [
            { "kind": "calendar", "external_id": "cal-u1", "org_id": "acme", "user_id": "u1",
              "detail": { "url": word("u1", "feed") } },
            { "kind": "meetingbaas-bot", "external_id": "b1", "org_id": "acme", "user_id": "u1", "detail": { "meeting": {
                "title": word("c1", "invited"), "attendees": [{ "email": format!("{}@x.test", word("c1", "mail")) }] } } },
            { "kind": "meetingbaas-bot", "external_id": "b2", "org_id": "acme", "user_id": "u2",
              "detail": { "meeting": { "title": word("c2", "invited") } } }],
        "meetings": both(&|id| json!({ "id": format!("m-{id}"), "org_id": "acme", "title": word(id, "meeting"), "started_at": at,
            "summary": word(id, "summary"), "contact_ids": [id], "attendees": [{ "name": word(id, "attendee") }] })),
        "emails": [
            of("c1", json!({ "id": "e1", "direction": "out", "from": "a@b.test", "subject": word("c1", "wrote"), "at": at })),
            of("c2", json!({ "id": "e2", "direction": "out", "from": "a@b.test", "subject": word("c2", "wrote"), "at": at })),
            mail("e3", "from", "c1"), mail("e4", "to", "c1"), mail("e5", "cc", "c1"), mail("e6", "from", "c2")],
        "activities": both(&|id| of(id, json!({ "id": format!("a-{id}"), "kind": "call", "subject": word(id, "call"),
            "body": word(id, "called"), "at": at }))),
        "tasks": both(&|id| of(id, json!({ "id": format!("k-{id}"), "title": word(id, "task"), "detail": word(id, "detail"),
            "created_at": at }))),
        "notes": both(&|id| of(id, json!({ "id": format!("n-{id}"), "body": word(id, "note"), "at": at }))),
        "transcripts": both(&|id| json!({ "id": format!("tr-{id}"), "org_id": "acme", "meeting_id": format!("m-{id}"),
            "format": "text", "body": word(id, "said"), "at": at })),
        "calendars": [
            { "id": "cal-u1", "org_id": "acme", "user_id": "u1", "name": word("u1", "calendar") },
            { "id": "cal-u2", "org_id": "acme", "user_id": "u2", "name": word("u2", "calendar") }],
        "calendar_events": [invited("v1", "cal-u2", "c1"), invited("v2", "cal-u2", "c2"), called("v3", "cal-u2", "c1"),
            { "id": "v4", "org_id": "acme", "calendar_id": "cal-u1", "title": word("u1", "appointment"),
              "starts": at, "ends": at, "updated_at": at }],
        "enrichment": [
            known("apollo", &format!("email:{}@x.test", word("c1", "mail")), json!({ "person": { "name": word("c1", "enriched") } })),
            known("apollo", &format!("email:{}@x.test", word("c2", "mail")), json!({ "person": { "name": word("c2", "enriched") } })),
            known("linkedin", "url:https://x.test/1", json!({ "profile": { "name": word("c1", "name"), "headline": word("c1", "headline") } })),
            known("linkedin", "url:https://x.test/2", json!({ "profile": { "name": word("c2", "name") } })),
            known("linkedin", &format!("name:{}@globex", word("c1", "name")), json!({ "profile": { "name": word("c1", "called") } })),
            known("apollo", "domain:x.test", json!({ "person": { "name": "P", "email": format!("{}@x.test", word("c1", "mail")) } }))],
        "campaigns": [{ "id": "k", "org_id": "acme", "name": "k", "started_at": at }],
        "campaign_replies": [replied("r1", "c1", false), replied("r2", "c2", false), replied("r3", "c1", true)],
        "suppressions": [{ "org_id": "acme", "address": format!("{}@x.test", word("c1", "mail")), "at": at },
            { "org_id": "acme", "address": format!("{}@x.test", word("c2", "mail")), "at": at }],
    })
}

/// A job about somebody with a text wherever a job has one; it has ended.
async fn ended_job(store: &dyn Store, id: &str, user: &str, payload: Value, parent: Option<&str>, w: &str) {
    let word = |of: &str| format!("{w}{of}_");
    let about = Subject::contact(payload["contact_id"].as_str().unwrap_or("c0"));
    let raised = Event { payload: payload.clone(), user: user.into(), ..event(&format!("ev-{id}"), "acme") };
    let row = JobRow {
        event: raised.id.clone(),
        user: user.into(),
        trigger_payload: payload,
        parent: parent.map(JobId::from),
        concurrency: Some(word("concurrency")),
        ..job(id, "acme")
    };
    let reads = json!([{ "source": "contact", "digest": "sha256:read", "message": word("read") }]);
    let line = |seq, kind: &str, mut body: Value| {
        body["v"] = json!(1);
        body["event"] = json!(kind);
        let (job, kind, body) = (row.id.clone(), kind.to_owned(), body.to_string());
        Write::Journal(JournalEntry { job, seq, kind, body, at: NOW })
    };
    let mut sent = effect(&format!("eff-{id}"), &row);
    sent.kind = "email.send".to_owned();
    sent.payload = json!({ "to": [word("to")], "subject": word("mailed"), "body": word("mailed-body") });
    (sent.state, sent.last_error) = (EffectState::Sent, Some(word("refused-by-server")));
    sent.receipt = Some(json!({ "message_id": "mid-1", "note": word("receipt") }));
    let mut asked = action(&format!("apr-{id}"), &row);
    (asked.status, asked.resolved_at) = (ActionStatus::Approved, Some(NOW));
    asked.request.title = word("asked");
    asked.request.summary = word("asked-summary");
    asked.card.heading = word("heading");
    asked.card.comment = word("comment");
    asked.card.parts = vec![CardPart {
        id: "p".to_owned(),
        label: word("label"),
        detail: Some(word("detail")),
        marked: false,
        effects: Vec::new(),
    }];
    asked.resolution = Some(Resolution {
        answer: Some(Answer::Choose { choice: word("chosen") }),
        by: Some(user.into()),
        via: "inbox".to_owned(),
        released: Vec::new(),
        note: Some(word("noted")),
        irrelevant: false,
        reason: Some(word("resolved")),
    });
    let body = |text: &str| Body {
        org: org(),
        subject: about.clone(),
        digest: digest(text).into(),
        text: text.into(),
        expires_at: FAR,
    };
    let place =
        PaidPlace { org: org(), job: row.id.clone(), step: "s".into(), round: 0, ask: "ask".to_owned(), nth: 0 };
    let key = format!("eff-{id}");
    let crm = |write| Write::Crm(write);
    store
        .commit(batch([
            Write::Event(raised),
            new_job(&row),
            line(
                1,
                "step_proposed",
                json!({ "step": "s", "output": { "x": word("output") }, "summary": word("line"),
                "suggested": [{ "event": "e", "payload": { "x": word("suggested") } }], "reads": reads }),
            ),
            line(
                2,
                "step_failed",
                json!({ "step": "s", "reads": reads, "error": { "message": word("error"),
                "pointer": word("pointer"), "failure": { "message": word("failure"), "code": word("code") } } }),
            ),
            line(3, "output_edited", json!({ "step": "s", "output": { "x": word("edited") } })),
            line(4, "step_fanned", json!({ "step": "s", "items": [word("item"), { "x": word("item-object") }] })),
            line(5, "step_skipped", json!({ "step": "s", "reason": word("skipped") })),
            line(6, "ended", json!({ "status": "failed", "reason": word("ended") })),
            Write::NewAction(Arc::new(asked)),
            new_effect(&sent),
            Write::Bodies([body(&word("kept"))].into()),
            Write::Paid(Arc::new(PaidAnswer { place, body: body(&word("answered")) })),
            Write::Chat(ChatMessage {
                id: format!("ch-{id}"),
                org: org(),
                user: user.into(),
                job: Some(row.id.clone()),
                text: word("chat"),
                at: NOW,
            }),
            Write::Audit(AuditRow {
                org: org(),
                job: Some(row.id.clone()),
                actor: "user:u2".to_owned(),
                action: "job.retried".to_owned(),
                subject: id.to_owned(),
                detail: json!({ "reason": word("why"), "n": 1 }),
                at: NOW,
            }),
            crm(CrmWrite::SentMail {
                org: org(),
                user: user.into(),
                key: key.as_str().into(),
                message_id: "mid-1".to_owned(),
                to: vec![word("sent-to")],
                subject: word("sent-subject"),
                body: word("sent-body"),
                body_digest: "sha256:m".to_owned(),
                at: NOW,
            }),
        ]))
        .await
        .unwrap();
    let failed = Advance { reason: Some(word("reason")), ..end_of(id) };
    store.commit(batch([Write::Advance(failed)])).await.unwrap();
}

fn end_of(id: &str) -> Advance {
    let Write::Advance(end) = advance(id, 1, JobStatus::Failed) else { unreachable!() };
    end
}

/// Everything the database holds, as text.
pub(super) async fn stored(place: &Place) -> String {
    match &place.folder {
        Some(folder) => {
            let files = std::fs::read_dir(folder.path()).unwrap();
            files
                .map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned())
                .collect()
        }
        None => super::super::server::everything(&place.address).await,
    }
}

/// The words that begin so.
fn words(text: &str, begin: &str) -> BTreeSet<String> {
    text.match_indices(begin).map(|(at, _)| text[at..].chars().take_while(|c| *c != '_').collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_contact_no_word_is_left_and_nobody_else_loses_one() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let document = records(|who, field| format!("{}{who}-{field}_", if who == "c1" { THEIRS } else { OTHERS }));
    store.load_data(&document, FAR).await.unwrap();
    let about =
        |id: &str, w: &str| json!({ "contact_id": id, "meeting_id": format!("m-{id}"), "text": format!("{w}event_") });
    ended_job(store, "job_1", "u1", about("c1", THEIRS), None, THEIRS).await;
    // What the person's job raised says no name of theirs and is theirs as well.
    ended_job(store, "job_2", "u1", json!({ "text": "zq-child_" }), Some("job_1"), "zq-child-").await;
    ended_job(store, "job_3", "u1", about("c2", OTHERS), None, OTHERS).await;
    let before = stored(&bench.place).await;
    let (theirs, others) = (words(&before, THEIRS), words(&before, OTHERS));
    assert!(theirs.len() > 60 && others.len() > 40, "{theirs:?} {others:?}");

    let contact = Subject::contact("c1");
    let open = store.open_jobs_about(&org(), &contact).await.unwrap();
    assert_eq!(open, Vec::<JobId>::new());
    assert_eq!(store.erase_person(&org(), &Subject::contact("c9"), "user:u2", NOW).await.unwrap(), None);
    let mut erased = store.erase_person(&org(), &contact, "user:u2", NOW).await.unwrap().unwrap();
    erased.jobs.sort();
    assert_eq!(erased.jobs, ["job_1".into(), "job_2".into()]);
    erased.mails.sort();
    assert_eq!(erased.mails, ["eff-job_1".into(), "eff-job_2".into()]);

    let after = stored(&bench.place).await;
    assert_eq!(words(&after, THEIRS), BTreeSet::new());
    assert_eq!(words(&after, OTHERS), others);
    // What happened can still be told.
    for id in ["job_1", "job_2"] {
        let job = store.job(&org(), &id.into()).await.unwrap().unwrap();
        assert_eq!((job.row.status, job.journal.len(), job.actions.len()), (JobStatus::Failed, 6, 1));
        assert_eq!(job.row.reason.as_deref(), Some("erased"));
        let effect = &job.effects[0];
        assert_eq!((effect.state, effect.receipt.clone()), (EffectState::Sent, Some(json!({ "message_id": "mid-1" }))));
        assert!(store.event(&org(), &format!("ev-{id}").as_str().into()).await.unwrap().is_some());
        // Whoever held an old copy cannot write it back.
        let late = store.commit(batch([advance(id, 2, JobStatus::Pending)])).await;
        assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    }
    let told = store.job(&org(), &"job_1".into()).await.unwrap().unwrap().row.trigger_payload;
    assert_eq!(told, json!({ "contact_id": "c1", "meeting_id": "m-c1" }));
    let line = store.audit(&org(), None, 1).await.unwrap().remove(0);
    assert_eq!(
        (line.action.as_str(), line.subject.as_str(), &line.detail["jobs"]),
        ("person.erased", "contact:c1", &json!(2))
    );
    assert!(store.is_suppressed(&org(), "zq-c1-mail_@x.test").await.unwrap(), "they stay unwritten to, by a digest");
    let kept = store.body(&org(), &contact, &digest("zq-kept_"), NOW).await.unwrap();
    assert_eq!(kept, Kept::Erased { at: NOW });
    let kept = store.body(&org(), &Subject::contact("c2"), &digest("keep-kept_"), NOW).await.unwrap();
    assert_eq!(kept, Kept::Text("keep-kept_".into()));
    let said = store.org_source(&org(), "transcript", &json!({ "id": "tr-c2" })).await.unwrap().unwrap();
    assert_eq!(said["body"], "keep-c2-said_");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_user_no_word_and_no_way_in_is_left() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    // What the user wrote about contacts is in their jobs; records of contacts stay.
    let document = records(|who, field| format!("{}{who}-{field}_", if who == "u1" { THEIRS } else { OTHERS }));
    store.load_data(&document, FAR).await.unwrap();
    let payload = |w: &str| json!({ "text": format!("{w}event_"), "id": "x" });
    ended_job(store, "job_1", "u1", payload(THEIRS), None, THEIRS).await;
    ended_job(store, "job_2", "u2", payload(OTHERS), None, OTHERS).await;
    let session = json!({ "org": "acme", "user": "u1", "csrf": "c" });
    store.put_token("session", "sha256:s1", &session, FAR).await.unwrap();
    let namesake = json!({ "org": "globex", "user": "u1", "csrf": "c" });
    store.put_token("session", "sha256:s2", &namesake, FAR).await.unwrap();
    for (digest, org, user) in [("sha256:k1", "acme", "u1"), ("sha256:k2", "globex", "u1"), ("sha256:k3", "acme", "u2")]
    {
        let key = skillhost_engine::store::ApiKey {
            digest: digest.to_owned(),
            org: org.into(),
            user: user.into(),
            client: "c".to_owned(),
            operator: false,
            scopes: Vec::new(),
        };
        store.put_api_key(&key).await.unwrap();
    }
    let said = ChatMessage {
        id: "ch-x".to_owned(),
        org: org(),
        user: "u1".into(),
        job: None,
        text: "zq-feed_".to_owned(),
        at: NOW,
    };
    let mut waits = said.clone();
    (waits.id, waits.job) = ("n-1".to_owned(), None);
    store.commit(batch([Write::Chat(said), Write::Notice(waits)])).await.unwrap();
    let due = Due { since: NOW, until: NOW, lost: false };
    let waiting = async || store.untold(due, 99).await.unwrap().into_iter().any(|one| one.id == "n-1");
    assert!(waiting().await);
    let others = words(&stored(&bench.place).await, OTHERS);

    let erased = store.erase_person(&org(), &Subject::user(&"u1".into()), "user:u2", NOW).await.unwrap().unwrap();
    assert_eq!(erased.jobs, ["job_1".into()]);
    assert!(!waiting().await, "what waited to be said is not said");
    let after = stored(&bench.place).await;
    assert_eq!(words(&after, THEIRS), BTreeSet::new());
    let lost: Vec<_> = others.difference(&words(&after, OTHERS)).cloned().collect();
    // What a meeting of the user's own bot was called is said nowhere any more.
    assert_eq!(lost, ["keep-c1-invited"]);
    for (digest, left) in [("sha256:k1", false), ("sha256:k2", true), ("sha256:k3", true)] {
        assert_eq!(store.api_key(digest).await.unwrap().is_some(), left, "{digest}");
    }
    assert_eq!(store.token("session", "sha256:s1", NOW, false).await.unwrap(), None);
    assert_eq!(store.token("session", "sha256:s2", NOW, false).await.unwrap(), Some(namesake));
    let user = store.user(&org(), &"u1".into()).await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), user.email.as_str()), ("erased", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_job_of_theirs_or_one_that_it_raised_is_open_nothing_is_erased() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let document = records(|who, field| format!("{THEIRS}{who}-{field}_"));
    store.load_data(&document, FAR).await.unwrap();
    let payload = json!({ "contact_id": "c1" });
    ended_job(store, "job_1", "u2", payload, None, THEIRS).await;
    let child = JobRow { parent: Some("job_1".into()), ..job("job_2", "acme") };
    store.commit(batch([new_job(&child)])).await.unwrap();
    let before = words(&stored(&bench.place).await, THEIRS);
    let contact = Subject::contact("c1");
    assert_eq!(store.open_jobs_about(&org(), &contact).await.unwrap(), ["job_2".into()]);
    let refused = store.erase_person(&org(), &contact, "user:u2", NOW).await;
    assert!(matches!(&refused, Err(StoreError::Constraint { message }) if message.contains("job_2")), "{refused:?}");
    assert_eq!(words(&stored(&bench.place).await, THEIRS), before, "all or nothing");
    assert_eq!(store.body(&org(), &contact, &digest("zq-kept_"), NOW).await.unwrap(), Kept::Text("zq-kept_".into()));

    store.commit(batch([advance("job_2", 1, JobStatus::Cancelled)])).await.unwrap();
    assert_eq!(store.erase_person(&org(), &contact, "user:u2", NOW).await.unwrap().unwrap().jobs.len(), 2);
    // A second time finds no text, and is no error.
    assert_eq!(store.erase_person(&org(), &contact, "user:u2", NOW).await.unwrap().unwrap().texts, 0);
}
