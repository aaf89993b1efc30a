//! What effects of skills keep: each once, of its own org, and gone with its person.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::admission::NOT_BEFORE;
use skillhost_engine::artifact::{Blob, Share};
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::quiet::QUIET;
use skillhost_engine::store::{CrmWrite, JournalEntry, Store, StoreError, Write};
use skillhost_engine::time::Timestamp;

use super::fits::fits;
use super::made::{Bench, FAR, NOW, advance, batch, crm, data, effect, event, job, new_effect, new_job};

fn org() -> OrgId {
    "acme".into()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn contact(id: &str, email: &str, company: Option<&str>) -> CrmWrite {
    CrmWrite::Contact {
        org: org(),
        id: text(id),
        user: "u1".into(),
        name: text("Jonas Beck"),
        email: text(email),
        company: company.map(text),
        title: Some(text("CTO")),
        phone: None,
        zone: Some(text("Europe/Zurich")),
        at: NOW,
    }
}

async fn read(store: &dyn Store, source: &str, params: Value) -> Option<Value> {
    let found = store.source(&org(), &"u1".into(), source, &params).await.unwrap();
    found.inspect(|answer| fits(source, answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_address_there_is_one_contact() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    store.commit(batch([crm(contact("eff_1", "jonas@initech.test", Some("co1")))])).await.unwrap();
    let made = read(store, "contact", json!({"email": "jonas@initech.test"})).await.unwrap();
    assert_eq!((&made["id"], &made["title"], &made["company_id"]), (&json!("eff_1"), &json!("CTO"), &json!("co1")));
    assert_eq!((&made["owner_id"], &made["zone"]), (&json!("u1"), &json!("Europe/Zurich")));
    // The same effect again, another one, and one of an address that somebody else owns.
    for (id, email) in
        [("eff_1", "jonas@initech.test"), ("eff_2", "jonas@initech.test"), ("eff_3", "nils@initech.test")]
    {
        store.commit(batch([crm(contact(id, email, None))])).await.unwrap();
    }
    assert_eq!(read(store, "contact", json!({"email": "jonas@initech.test"})).await.unwrap(), made);
    for id in ["eff_2", "eff_3"] {
        assert_eq!(store.org_source(&org(), "contact", &json!({"contact_id": id})).await.unwrap(), None, "{id}");
    }
    let nowhere = store.commit(batch([crm(contact("eff_4", "x@initech.test", Some("co9")))])).await;
    assert!(matches!(&nowhere, Err(StoreError::Precondition { message }) if message.contains("co9")), "{nowhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_add_one_address_at_once_add_one_contact() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let writes = (0..32).map(|n| {
        let store = Arc::clone(&bench.store);
        let write = crm(contact(&format!("eff_{n}"), "jonas@initech.test", None));
        tokio::spawn(async move { store.commit(batch([write])).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    let mut found = 0;
    for n in 0..32 {
        let id = format!("eff_{n}");
        found += usize::from(read(bench.store.as_ref(), "contact", json!({"contact_id": id})).await.is_some());
    }
    assert_eq!(found, 1);
}

fn class(email: &str, user: &str, class: &str) -> CrmWrite {
    CrmWrite::EmailClass {
        org: org(),
        user: user.into(),
        email: text(email),
        class: text(class),
        reason: text("headers"),
        at: NOW,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_class_of_a_mail_counts_and_only_its_owner_says_it() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    for word in ["needs_response", "out_of_office"] {
        store.commit(batch([crm(class("e1", "u1", word))])).await.unwrap();
    }
    assert_eq!(store.email_class(&org(), "e1").await.unwrap(), Some((text("out_of_office"), text("headers"))));
    assert_eq!(store.email_class(&"globex".into(), "e1").await.unwrap(), None);
    for (email, user) in [("e9", "u1"), ("e1", "u2")] {
        let refused = store.commit(batch([crm(class(email, user, "bounce"))])).await;
        assert!(matches!(refused, Err(StoreError::Precondition { .. })), "{email} {user}: {refused:?}");
    }
    assert_eq!(store.email_class(&org(), "e1").await.unwrap().unwrap().0, "out_of_office");
}

fn coaching(id: &str, user: &str, end: &str, meeting: Option<&str>) -> CrmWrite {
    CrmWrite::Coaching {
        org: org(),
        id: text(id),
        user: user.into(),
        period_start: text("2026-05-01"),
        period_end: text(end),
        meeting: meeting.map(text),
        analysis: json!({"bullets": [format!("said by {user}")], "ratio": 0.4}),
        at: NOW,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn analyses_are_the_users_own_and_kept_once() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    for _ in 0..2 {
        let writes = [("eff_1", "u1", "2026-05-07"), ("eff_2", "u1", "2026-05-14"), ("eff_3", "u2", "2026-05-21")];
        store.commit(batch(writes.map(|(id, user, end)| crm(coaching(id, user, end, Some("m1")))))).await.unwrap();
    }
    let found = store.coaching(&org(), &"u1".into(), 10).await.unwrap();
    assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["eff_2", "eff_1"]);
    assert_eq!(found[0].analysis, json!({"bullets": ["said by u1"], "ratio": 0.4}));
    assert_eq!(store.coaching(&"globex".into(), &"u1".into(), 10).await.unwrap(), []);
}

fn invite(event: &str, key: &str) -> Write {
    crm(CrmWrite::Invite { org: org(), event: text(event), key: key.into(), at: NOW })
}

fn of_kind(key: &str, job: &JobRow, kind: &str, payload: Value) -> OutboxRow {
    OutboxRow { kind: text(kind), payload, ..effect(key, job) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_asked_for_by_one_effect_until_that_is_given_up() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    let asked = |key: &str| new_effect(&of_kind(key, &row, "calendar.invite", json!({})));
    store.commit(batch([new_job(&row), asked("eff_1"), asked("eff_2"), asked("eff_3")])).await.unwrap();
    for _ in 0..2 {
        store.commit(batch([invite("ev", "eff_1")])).await.unwrap();
    }
    let taken = store.commit(batch([invite("ev", "eff_2")])).await;
    assert!(matches!(&taken, Err(StoreError::Precondition { .. })), "{taken:?}");
    // What goes along in the batch does not happen either, and others do.
    let mut leaving = of_kind("eff_2", &row, "calendar.invite", json!({}));
    (leaving.state, leaving.revision) = (EffectState::Sending, 2);
    let batches =
        [batch([Write::Effect(Arc::new(leaving)), invite("ev", "eff_2")]), batch([invite("another", "eff_3")])];
    let (refused, fine) = tokio::join!(store.commit(batches[0].clone()), store.commit(batches[1].clone()));
    assert!(matches!(refused, Err(StoreError::Precondition { .. })) && fine.is_ok(), "{refused:?} {fine:?}");
    assert_eq!(store.effect(&org(), &"eff_2".into()).await.unwrap().unwrap().state, EffectState::Ready);

    let mut dead = of_kind("eff_1", &row, "calendar.invite", json!({}));
    (dead.state, dead.revision) = (EffectState::Dead, 2);
    store.commit(batch([Write::Effect(Arc::new(dead))])).await.unwrap();
    store.commit(batch([invite("ev", "eff_2")])).await.unwrap();
    assert!(store.commit(batch([invite("ev", "eff_1")])).await.is_err(), "it is the other one's now");
    let elsewhere = CrmWrite::Invite { org: "globex".into(), event: text("ev"), key: "eff_9".into(), at: NOW };
    store.commit(batch([crm(elsewhere)])).await.unwrap();
}

fn deferred(id: &str, wake: i64, change: impl FnOnce(&mut JobRow)) -> JobRow {
    let mut row = JobRow {
        status: JobStatus::Deferred,
        reason: Some(text(NOT_BEFORE)),
        wake_at: Some(NOW.plus_ms(wake)),
        trigger_payload: json!({"contact_id": "c1"}),
        ..job(id, "acme")
    };
    change(&mut row);
    row
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_waits_for_its_own_time_and_has_not_begun_is_put_off() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    const DAY: i64 = 86_400_000;
    let jobs = [
        deferred("job_due", DAY, |_| ()),
        deferred("job_nested", DAY, |row| row.trigger_payload = json!({"contact": {"id": "c1"}})),
        deferred("job_later", 9 * DAY, |_| ()),
        deferred("job_quiet", DAY, |row| row.reason = Some(text(QUIET))),
        deferred("job_begun", DAY, |row| row.version = 2),
        deferred("job_other_contact", DAY, |row| row.trigger_payload = json!({"contact_id": "c2"})),
        deferred("job_other_user", DAY, |row| row.user = "u2".into()),
        deferred("job_other_org", DAY, |row| row.org = "globex".into()),
        deferred("job_itself", DAY, |_| ()),
        deferred("job_asks", DAY, |row| row.status = JobStatus::AwaitingApproval),
    ];
    for row in &jobs {
        store.commit(batch([new_job(row)])).await.unwrap();
    }
    let until = NOW.plus_ms(5 * DAY);
    let postpone = |until: Timestamp| {
        crm(CrmWrite::Postpone {
            org: org(),
            user: "u1".into(),
            contact: text("c1"),
            until,
            job: "job_itself".into(),
            key: "eff_1".into(),
            at: NOW,
        })
    };
    for _ in 0..2 {
        store.commit(batch([postpone(until)])).await.unwrap();
    }
    for row in &jobs {
        let moved = ["job_due", "job_nested"].contains(&row.id.as_str());
        let found = store.job(&row.org, &row.id).await.unwrap().unwrap().row;
        let expected = JobRow { wake_at: if moved { Some(until) } else { row.wake_at }, ..row.clone() };
        assert_eq!(found, expected);
        let audit = store.audit(&row.org, Some(&row.id), 10).await.unwrap();
        assert_eq!(audit.len(), usize::from(moved), "{}: {audit:?}", row.id);
    }
    let said = &store.audit(&org(), Some(&"job_due".into()), 10).await.unwrap()[0];
    assert_eq!((said.action.as_str(), said.actor.as_str()), ("job.postponed", "host"));
    assert_eq!(said.detail, json!({"from": NOW.0 + DAY, "until": until.0, "effect": "eff_1"}));
    // It brings nothing forward, and is taken when its time has come.
    store.commit(batch([postpone(NOW.plus_ms(2 * DAY))])).await.unwrap();
    let runnable = async |at: Timestamp| -> Vec<String> {
        let rows = store.runnable_jobs(at, "boot", false, 50).await.unwrap();
        rows.into_iter().map(|row| row.id.to_string()).filter(|id| id == "job_due").collect()
    };
    assert!(runnable(until.plus_ms(-1)).await.is_empty());
    assert_eq!(runnable(until).await, ["job_due"]);
    store.commit(batch([advance("job_due", 1, JobStatus::Pending)])).await.unwrap();
}

fn blob(bytes: &[u8], about: &Subject, until: Timestamp) -> Write {
    let blob = Blob {
        org: org(),
        subject: about.clone(),
        digest: sha256(bytes).into(),
        bytes: bytes.into(),
        expires_at: until,
    };
    Write::Blobs([blob].into())
}

/// What is no text: no UTF-8, and the byte that ends one.
const BYTES: &[u8] = b"%PDF-1.7\0\xff\xfe\x80 keep-out_";

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_kept_as_they_are_under_their_persons_key() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let about = Subject::contact("c1");
    let get = async |org: &str, about: &Subject, at: Timestamp| {
        store.blob(&org.into(), about, &sha256(BYTES), at).await.unwrap()
    };
    assert_eq!(get("acme", &about, NOW).await, Kept::Missing);
    store.commit(batch([blob(BYTES, &about, NOW.plus_ms(10))])).await.unwrap();
    store.commit(batch([blob(BYTES, &about, NOW.plus_ms(5))])).await.unwrap();
    assert_eq!(get("acme", &about, NOW).await, Kept::Text(BYTES.into()));
    assert_eq!(get("globex", &about, NOW).await, Kept::Missing);
    assert_eq!(get("acme", &Subject::contact("c2"), NOW).await, Kept::Missing);
    assert_eq!(get("acme", &about, NOW.plus_ms(10)).await, Kept::Expired { at: NOW.plus_ms(10) });
    // As a text it does not read, and says so rather than something else.
    assert!(store.body(&org(), &about, &sha256(BYTES), NOW).await.is_err());
    // Another process on the same database opens it as well.
    let again = bench.place.open().await;
    assert_eq!(again.blob(&org(), &about, &sha256(BYTES), NOW).await.unwrap(), Kept::Text(BYTES.into()));
}

fn share(id: &str, job: &str, contact: Option<&str>) -> Share {
    Share {
        id: text(id),
        org: org(),
        user: "u1".into(),
        job: job.into(),
        about: Subject::contact("c1"),
        digest: sha256(BYTES),
        name: text("offer.pdf"),
        media_type: text("application/pdf"),
        title: text("Our offer"),
        contact: contact.map(text),
        made_at: NOW,
        expires_at: NOW.plus_ms(1_000),
        revoked_at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_ended_once_and_by_its_own_org() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let made = [share("eff_1", "job_1", None), share("eff_2", "job_1", Some("c1")), share("eff_3", "job_2", None)];
    for _ in 0..2 {
        store.commit(batch(made.clone().map(|share| crm(CrmWrite::Share(Box::new(share)))))).await.unwrap();
    }
    assert_eq!(store.share(&org(), "eff_1").await.unwrap(), Some(made[0].clone()));
    assert_eq!(store.share(&"globex".into(), "eff_1").await.unwrap(), None);
    assert_eq!(store.shares(&org(), &"job_1".into()).await.unwrap(), [made[1].clone(), made[0].clone()]);

    let end =
        async |org: &str, id: &str, at: Timestamp| store.revoke_share(&org.into(), id, "user:u2", at).await.unwrap();
    assert!(!end("globex", "eff_1", NOW).await);
    assert!(end("acme", "eff_1", NOW).await);
    assert!(!end("acme", "eff_1", NOW.plus_ms(1)).await, "it has ended");
    assert!(!end("acme", "eff_2", NOW.plus_ms(1_000)).await, "it is over by itself");
    assert_eq!(store.share(&org(), "eff_1").await.unwrap().unwrap().revoked_at, Some(NOW));
    let audit = store.audit(&org(), Some(&"job_1".into()), 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (audit[0].action.as_str(), audit[0].subject.as_str(), audit[0].actor.as_str()),
        ("share.revoked", "eff_1", "user:u2")
    );
}

/// A job about somebody that kept something by every effect; it has ended.
async fn job_with_effects(store: &dyn Store, id: &str, about: &str, word: &str) {
    let row = JobRow {
        trigger_payload: json!({"contact_id": about}),
        event: format!("ev-{id}").as_str().into(),
        ..job(id, "acme")
    };
    let key = |name: &str| format!("{id}-{name}");
    let address = format!("{word}alias@x.test");
    let effects = [
        of_kind(&key("suppress"), &row, "crm.suppress", json!({"address": address.to_uppercase(), "reason": word})),
        of_kind(&key("class"), &row, "email.classify", json!({"email_id": "e1", "class": "bounce", "reason": word})),
        of_kind(&key("coach"), &row, "coaching.store", json!({"analysis": {"quote": word}})),
        of_kind(&key("invite"), &row, "calendar.invite", json!({"title": word})),
    ];
    let bytes = format!("file of {word}");
    let made = json!({
        "v": 1, "event": "step_proposed", "step": "s", "attempt": 1, "round": 0, "skill": null, "output": null,
        "summary": null, "rights": [], "spend": skillhost_engine::outcome::Spend::default(), "reads": [], "denials": [],
        "effects": [], "approvals": [], "suggested": [], "started_at": 0,
        "artifacts": [{"name": format!("{word}name"), "media_type": "text/plain", "bytes": 3, "digest": sha256(bytes.as_bytes())}],
    });
    let line =
        JournalEntry { job: row.id.clone(), seq: 1, kind: text("step_proposed"), body: made.to_string(), at: NOW };
    let mut shared = share(&key("share"), id, None);
    (shared.title, shared.name) = (format!("{word}title"), format!("{word}file"));
    // Of a job that is about its user the bytes are under another key than the contact's.
    let kept_under = Subject::user(&UserId::new("u9"));
    let mut writes = vec![Write::Event(event(&format!("ev-{id}"), "acme")), new_job(&row), Write::Journal(line)];
    writes.extend(effects.iter().map(new_effect));
    writes.extend([
        blob(bytes.as_bytes(), &kept_under, FAR),
        crm(CrmWrite::Share(Box::new(shared))),
        crm(CrmWrite::Suppress { org: org(), address, reason: text(word), at: NOW }),
        crm(CrmWrite::EmailClass {
            org: org(),
            user: "u1".into(),
            email: text("e1"),
            class: text("bounce"),
            reason: text(word),
            at: NOW,
        }),
        crm(CrmWrite::Coaching {
            org: org(),
            id: key("coach"),
            user: "u1".into(),
            period_start: text("2026-05-01"),
            period_end: text("2026-05-07"),
            meeting: None,
            analysis: json!({"quote": word}),
            at: NOW,
        }),
        crm(CrmWrite::Invite { org: org(), event: key("event"), key: key("invite").as_str().into(), at: NOW }),
    ]);
    store.commit(batch(writes)).await.unwrap();
    store.commit(batch([advance(id, 1, JobStatus::Cancelled)])).await.unwrap();
}

async fn stored(bench: &Bench) -> String {
    match &bench.place.folder {
        Some(folder) => {
            let files = std::fs::read_dir(folder.path()).unwrap();
            files
                .map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned())
                .collect()
        }
        None => super::super::server::everything(&bench.place.address).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_person_nothing_that_effects_kept_is_left() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    job_with_effects(store, "job_2", "c2", "keep-").await;
    job_with_effects(store, "job_1", "c1", "zq-").await;
    assert!(stored(&bench).await.contains("zq-"));

    let erased = store.erase_person(&org(), &Subject::contact("c1"), "user:u2", NOW).await.unwrap().unwrap();
    assert_eq!(erased.jobs, ["job_1".into()]);
    assert_eq!(erased.mails, ["job_1-invite".into()]);
    assert_eq!(erased.events, ["job_1-event"]);
    let after = stored(&bench).await;
    assert!(!after.to_lowercase().contains("zq-"), "a word of theirs is left");
    // What was prevented stays prevented, and the link is dead.
    assert!(store.is_suppressed(&org(), "zq-alias@x.test").await.unwrap());
    let link = store.share(&org(), "job_1-share").await.unwrap().unwrap();
    assert_eq!((link.title.as_str(), link.revoked_at), ("erased", Some(NOW)));
    let user = Subject::user(&UserId::new("u9"));
    let bytes = |word: &str| sha256(format!("file of {word}").as_bytes());
    assert_eq!(store.blob(&org(), &user, &bytes("zq-"), NOW).await.unwrap(), Kept::Missing);
    let analyses = store.coaching(&org(), &"u1".into(), 10).await.unwrap();
    assert_eq!(analyses.iter().filter(|one| one.analysis == json!({})).count(), 1);
    // Others keep theirs.
    assert!(store.is_suppressed(&org(), "keep-alias@x.test").await.unwrap());
    assert_eq!(store.share(&org(), "job_2-share").await.unwrap().unwrap().title, "keep-title");
    assert!(matches!(store.blob(&org(), &user, &bytes("keep-"), NOW).await.unwrap(), Kept::Text(_)));
    assert!(after.contains("keep-"));
    // The journal is still read by this version.
    let job = store.job(&org(), &"job_1".into()).await.unwrap().unwrap();
    assert!(skillhost_engine::fold::Job::restore(job).unwrap().artifacts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_a_job_added_takes_the_job_along() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    let row = JobRow { trigger_payload: json!({"from": "zq-jonas@x.test"}), ..job("job_1", "acme") };
    let row = JobRow { event: "ev-1".into(), ..row };
    let payload = json!({"name": "zq-Jonas", "email": "zq-jonas@x.test"});
    let added = of_kind("eff_new", &row, "crm.create_contact", payload);
    let writes = [
        Write::Event(skillhost_engine::event::Event { payload: row.trigger_payload.clone(), ..event("ev-1", "acme") }),
        new_job(&row),
        new_effect(&added),
        crm(contact("eff_new", "zq-jonas@x.test", None)),
    ];
    store.commit(batch(writes)).await.unwrap();
    let about = Subject::contact("eff_new");
    assert_eq!(store.open_jobs_about(&org(), &about).await.unwrap(), ["job_1".into()]);
    let open = store.erase_person(&org(), &about, "user:u2", NOW).await;
    assert!(matches!(open, Err(StoreError::Constraint { .. })), "{open:?}");
    store.commit(batch([advance("job_1", 1, JobStatus::Cancelled)])).await.unwrap();
    assert_eq!(store.open_jobs_about(&org(), &Subject::contact("c1")).await.unwrap(), []);
    let erased = store.erase_person(&org(), &about, "user:u2", NOW).await.unwrap().unwrap();
    assert_eq!(erased.jobs, ["job_1".into()]);
    assert!(!stored(&bench).await.to_lowercase().contains("zq-"));
}
