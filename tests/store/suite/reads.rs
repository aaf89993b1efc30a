//! What is written comes back as it was, to its org and to nobody else.

use serde_json::json;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::{ChatMessage, Connection, Due, JobFilter, JobKey, Write};
use skillhost_engine::time::Timestamp;

use super::made::{
    Bench, FAR, NOW, action, advance, audit, batch, data, effect, event, job, journal, leased, new_effect, new_job,
};

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back_as_it_was() {
    let bench = Bench::open().await;
    let org: OrgId = "acme".into();
    let (mut row, made) = (job("job_1", "acme"), event("ev_1", "acme"));
    row.reason = Some("why".to_owned());
    row.wake_at = Some(NOW);
    row.lease = Some(skillhost_engine::store::Lease { owner: "h".to_owned(), until: NOW });
    row.parent = Some("job_0".into());
    let (asked, sent) = (action("apr_1", &row), effect("eff_1", &row));
    let chat = ChatMessage {
        id: "m1".to_owned(),
        org: org.clone(),
        user: "u1".into(),
        job: None,
        text: "**hi**".to_owned(),
        at: NOW,
    };
    let writes = [
        Write::Event(made.clone()),
        new_job(&row),
        journal("job_1", 1),
        journal("job_1", 2),
        Write::NewAction(std::sync::Arc::new(asked.clone())),
        new_effect(&sent),
        audit(&row, "a"),
        audit(&row, "b"),
        Write::Chat(chat.clone()),
    ];
    bench.store.commit(batch(writes.clone())).await.unwrap();
    assert_eq!(bench.store.event(&org, &made.id).await.unwrap(), Some(made));
    let stored = bench.store.job(&org, &row.id).await.unwrap().unwrap();
    let lines: Vec<_> = stored.journal.into_iter().map(Write::Journal).collect();
    assert_eq!(lines, [writes[2].clone(), writes[3].clone()]);
    assert_eq!((stored.row, stored.actions, stored.effects), (row.clone(), vec![asked.clone()], vec![sent.clone()]));
    assert_eq!(bench.store.action(&org, &asked.id).await.unwrap(), Some(asked));
    assert_eq!(bench.store.effect(&org, &sent.key).await.unwrap(), Some(sent));
    assert_eq!(bench.store.feed(&org, &"u1".into(), 10).await.unwrap(), [chat]);
    let audit = bench.store.audit(&org, Some(&row.id), 10).await.unwrap();
    assert_eq!(audit.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(bench.store.children(&org, &"job_0".into()).await.unwrap(), [row]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_comes_with_its_principal_by_its_id_or_a_question_of_it() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let row = job("job_1", "acme");
    // Of a user that is not there any more, in the same org.
    let mut stray = job("job_2", "acme");
    stray.user = "gone".into();
    let asked = [action("apr_1", &row), action("apr_2", &stray)];
    bench.store.commit(batch([new_job(&row), new_job(&stray), journal("job_1", 1)])).await.unwrap();
    let questions = asked.clone().map(|action| Write::NewAction(std::sync::Arc::new(action)));
    bench.store.commit(batch(questions)).await.unwrap();

    let (acme, globex): (OrgId, OrgId) = ("acme".into(), "globex".into());
    let find = async |org, key| bench.store.job_with_principal(org, key).await.unwrap();
    let alone = bench.store.job(&acme, &row.id).await.unwrap().unwrap();
    for key in [JobKey::Job(&row.id), JobKey::Approval(&asked[0].id)] {
        let (found, principal) = find(&acme, key).await.unwrap();
        assert_eq!(found, alone);
        assert_eq!(principal.user, bench.store.user(&acme, &row.user).await.unwrap());
        let org = bench.store.org(&acme).await.unwrap().unwrap();
        assert_eq!(principal.settings, org.get("settings").cloned());
        assert_eq!(find(&globex, key).await, None, "the other org has a user of that name");
    }
    let (_, principal) = find(&acme, JobKey::Approval(&asked[1].id)).await.unwrap();
    assert!(principal.settings.is_some() && principal.user.is_none());
    assert_eq!(find(&acme, JobKey::Approval(&"apr_9".into())).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_org_sees_nothing() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let mut row = job("job_1", "acme");
    row.parent = Some("job_0".into());
    let writes = [
        Write::Event(event("ev_1", "acme")),
        new_job(&row),
        journal("job_1", 1),
        Write::NewAction(std::sync::Arc::new(action("apr_1", &row))),
        new_effect(&effect("eff_1", &row)),
        audit(&row, "a"),
        Write::Chat(ChatMessage {
            id: "m".to_owned(),
            org: "acme".into(),
            user: "u1".into(),
            job: None,
            text: "t".to_owned(),
            at: NOW,
        }),
    ];
    bench.store.commit(batch(writes)).await.unwrap();
    let store = &bench.store;
    let user: UserId = "u1".into();
    // The same reads find something in the org itself: the check can fail.
    for (org, seen) in [("acme", true), ("globex", false)] {
        let org: OrgId = org.into();
        assert_eq!(store.event(&org, &"ev_1".into()).await.unwrap().is_some(), seen);
        assert_eq!(store.job(&org, &row.id).await.unwrap().is_some(), seen);
        let filter = JobFilter { limit: 10, ..JobFilter::default() };
        assert_eq!(!store.jobs(&org, &filter).await.unwrap().is_empty(), seen);
        assert_eq!(!store.children(&org, &"job_0".into()).await.unwrap().is_empty(), seen);
        assert_eq!(store.action(&org, &"apr_1".into()).await.unwrap().is_some(), seen);
        assert_eq!(!store.open_actions(&org, None).await.unwrap().is_empty(), seen);
        assert_eq!(!store.open_actions(&org, Some(&user)).await.unwrap().is_empty(), seen);
        assert_eq!(store.effect(&org, &"eff_1".into()).await.unwrap().is_some(), seen);
        assert_eq!(!store.audit(&org, None, 10).await.unwrap().is_empty(), seen);
        assert_eq!(!store.audit(&org, Some(&row.id), 10).await.unwrap().is_empty(), seen);
        assert_eq!(!store.feed(&org, &user, 10).await.unwrap().is_empty(), seen);
        assert_eq!(store.user(&org, &"u2".into()).await.unwrap().is_some(), seen);
        assert_eq!(store.connection_of("slack-user", &org, &user).await.unwrap().is_some(), seen);
        assert_eq!(store.match_contact(&org, &["mira@initech.test".to_owned()]).await.unwrap().is_some(), seen);
        assert_eq!(store.is_suppressed(&org, "NO@initech.test").await.unwrap(), seen);
        for (source, params) in [
            ("contact", json!({"contact_id": "c1"})),
            ("contact", json!({"email": "mira@initech.test"})),
            ("company", json!({"company_id": "co1"})),
            ("company", json!({"contact_id": "c1"})),
            ("company", json!({"deal_id": "d1"})),
            ("deal", json!({"deal_id": "d1"})),
            ("deal", json!({"contact_id": "c1"})),
            ("meetings", json!({"contact_id": "c1"})),
            ("meetings", json!({"meeting_id": "m1"})),
            ("meetings", json!({})),
            ("emails", json!({"contact_id": "c1"})),
            ("emails", json!({})),
            ("activities", json!({"deal_id": "d1"})),
            ("activities", json!({"contact_id": "c1"})),
            ("tasks", json!({"contact_id": "c1"})),
            ("tasks", json!({})),
            ("notes", json!({"contact_id": "c1"})),
            ("products", json!({})),
            ("transcript", json!({"id": "tr1"})),
            ("transcript", json!({"meeting_id": "m1"})),
            ("thread", json!({"id": "t1"})),
        ] {
            let found = store.source(&org, &user, source, &params).await.unwrap();
            let found = found.is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()));
            assert_eq!(found, seen, "{org} {source} {params}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_filtered_and_paged() {
    let bench = Bench::open().await;
    for n in 0..5 {
        let mut row = job(&format!("job_{n}"), "acme");
        row.user = if n == 2 { "u2".into() } else { "u1".into() };
        row.event_type = if n == 3 { "email_received".to_owned() } else { row.event_type };
        row.sequence = if n == 1 { "other".to_owned() } else { row.sequence };
        row.concurrency = (n == 2).then(|| "contact:c1".to_owned());
        row.created_at = NOW.plus_ms(n);
        bench.store.commit(batch([new_job(&row)])).await.unwrap();
    }
    bench.store.commit(batch([advance("job_4", 1, JobStatus::Failed)])).await.unwrap();
    let all = JobFilter { limit: 200, ..JobFilter::default() };
    for (filter, want) in [
        (all.clone(), vec!["job_4", "job_3", "job_2", "job_1", "job_0"]),
        (JobFilter { limit: 2, ..all.clone() }, vec!["job_4", "job_3"]),
        (JobFilter { before: Some("job_2".into()), ..all.clone() }, vec!["job_1", "job_0"]),
        (JobFilter { user: Some("u2".into()), ..all.clone() }, vec!["job_2"]),
        (JobFilter { event_type: Some("email_received".to_owned()), ..all.clone() }, vec!["job_3"]),
        (JobFilter { sequence: Some("other".to_owned()), ..all.clone() }, vec!["job_1"]),
        (JobFilter { concurrency: Some("contact:c1".to_owned()), ..all.clone() }, vec!["job_2"]),
        (JobFilter { created_before: Some(NOW.plus_ms(2)), ..all.clone() }, vec!["job_1", "job_0"]),
        (JobFilter { status: vec![JobStatus::Failed, JobStatus::Expired], ..all.clone() }, vec!["job_4"]),
    ] {
        let found = bench.store.jobs(&"acme".into(), &filter).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), want, "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_holds_what_may_run_now() {
    let bench = Bench::open().await;
    let states = [
        ("job_a", JobStatus::Pending, None),
        ("job_b", JobStatus::Pending, Some(NOW.plus_ms(10))),
        ("job_c", JobStatus::Deferred, Some(NOW)),
        ("job_d", JobStatus::Deferred, Some(NOW.plus_ms(20))),
        ("job_e", JobStatus::AwaitingApproval, Some(NOW.plus_ms(-1))),
        ("job_f", JobStatus::AwaitingApproval, None),
        ("job_g", JobStatus::Paused, Some(NOW)),
        ("job_h", JobStatus::Completed, None),
    ];
    for (id, status, wake_at) in states {
        let mut row = job(id, "acme");
        (row.status, row.wake_at) = (status, wake_at);
        bench.store.commit(batch([new_job(&row)])).await.unwrap();
    }
    for (id, owner, until) in [("job_i", "me", 1000), ("job_j", "other", 1000), ("job_k", "me", -1)] {
        bench.store.commit(batch([new_job(&job(id, "acme"))])).await.unwrap();
        bench.store.commit(batch([leased(id, 1, owner, NOW.plus_ms(until))])).await.unwrap();
    }
    for (reclaim, want) in
        [(false, vec!["job_a", "job_c", "job_e", "job_k"]), (true, vec!["job_a", "job_c", "job_e", "job_j", "job_k"])]
    {
        let found = bench.store.runnable_jobs(NOW, "me", reclaim, 100).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), want);
    }
    assert_eq!(bench.store.next_due(NOW).await.unwrap(), Some(NOW.plus_ms(10)));
    assert_eq!(bench.store.next_due(NOW.plus_ms(10)).await.unwrap(), Some(NOW.plus_ms(20)));
    assert_eq!(bench.store.next_due(NOW.plus_ms(20)).await.unwrap(), None);
}

async fn queue(bench: &Bench, limit: u32) -> Vec<String> {
    let found = bench.store.runnable_jobs(NOW, "me", false, limit).await.unwrap();
    found.into_iter().map(|row| row.id.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_org_does_not_starve_another() {
    const BUSY: usize = 10_000;
    let bench = Bench::open().await;
    bench.store.commit(batch([new_job(&job("run_1", "busy"))])).await.unwrap();
    bench.store.commit(batch([leased("run_1", 1, "me", NOW.plus_ms(1000))])).await.unwrap();
    let rows: Vec<_> = (0..BUSY).map(|n| new_job(&job(&format!("busy_{n:05}"), "busy"))).collect();
    for page in rows.chunks(500) {
        bench.store.commit(batch(page)).await.unwrap();
    }
    bench.store.commit(batch([new_job(&job("quiet_1", "quiet")), new_job(&job("quiet_2", "quiet"))])).await.unwrap();
    // With one slot, the org that has nothing running goes first; with more they take turns.
    assert_eq!(queue(&bench, 1).await, ["quiet_1"]);
    assert_eq!(queue(&bench, 4).await, ["quiet_1", "busy_00000", "quiet_2", "busy_00001"]);
    // A higher priority goes before every turn, within the org and across.
    let mut urgent = job("busy_urgent", "busy");
    urgent.priority = 1;
    bench.store.commit(batch([new_job(&urgent)])).await.unwrap();
    assert_eq!(queue(&bench, 2).await, ["busy_urgent", "quiet_1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_with_one_word_wait_for_each_other() {
    let bench = Bench::open().await;
    for (id, org, word, status) in [
        ("later", "acme", Some("c1"), JobStatus::Deferred),
        ("first", "acme", Some("c1"), JobStatus::Pending),
        ("second", "acme", Some("c1"), JobStatus::Pending),
        ("other", "acme", Some("c2"), JobStatus::Pending),
        ("none", "acme", None, JobStatus::Pending),
        ("rival", "globex", Some("c1"), JobStatus::Pending),
    ] {
        let mut row = job(id, org);
        (row.concurrency, row.status) = (word.map(str::to_owned), status);
        row.wake_at = (status == JobStatus::Deferred).then(|| NOW.plus_ms(1000));
        bench.store.commit(batch([new_job(&row)])).await.unwrap();
    }
    let sorted = async |limit| {
        let mut found = queue(&bench, limit).await;
        found.sort();
        found
    };
    assert_eq!(sorted(10).await, ["first", "none", "other", "rival"]);
    // Whatever it is parked on, the first holds the second back until it has ended.
    for (version, status) in [JobStatus::InProgress, JobStatus::AwaitingApproval, JobStatus::Paused].iter().enumerate()
    {
        let mut write = advance("first", version as u64 + 1, *status);
        if let (Write::Advance(advance), JobStatus::InProgress) = (&mut write, status) {
            advance.lease = Some(skillhost_engine::store::Lease { owner: "me".into(), until: NOW.plus_ms(1000) });
        }
        bench.store.commit(batch([write])).await.unwrap();
        assert_eq!(sorted(10).await, ["none", "other", "rival"], "{status:?}");
    }
    bench.store.commit(batch([advance("first", 4, JobStatus::Cancelled)])).await.unwrap();
    assert_eq!(sorted(10).await, ["none", "other", "rival", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_listed_by_org_and_person() {
    let bench = Bench::open().await;
    for (id, org, user, state) in [
        ("eff_1", "acme", "u1", EffectState::Dead),
        ("eff_2", "acme", "u2", EffectState::Unknown),
        ("eff_3", "acme", "u1", EffectState::Sent),
        ("eff_4", "globex", "u1", EffectState::Dead),
    ] {
        let row = job(&format!("job_{id}"), org);
        let mut effect = effect(id, &row);
        (effect.user, effect.state) = (user.into(), state);
        bench.store.commit(batch([new_job(&row), new_effect(&effect)])).await.unwrap();
    }
    for (user, want) in [(None, vec!["eff_2", "eff_1"]), (Some("u1"), vec!["eff_1"])] {
        let user = user.map(UserId::from);
        let found = bench.store.failed_effects(&"acme".into(), user.as_ref(), 10).await.unwrap();
        assert_eq!(found.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), want);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_and_questions_come_due() {
    let bench = Bench::open().await;
    let row = job("job_1", "acme");
    let mut held = effect("eff_2", &row);
    held.not_before = NOW.plus_ms(5);
    let mut dead = effect("eff_3", &row);
    dead.state = EffectState::Dead;
    let writes = [
        new_job(&row),
        new_effect(&effect("eff_1", &row)),
        new_effect(&held),
        new_effect(&dead),
        Write::NewAction(std::sync::Arc::new(action("apr_1", &row))),
    ];
    bench.store.commit(batch(writes)).await.unwrap();
    let keys =
        |rows: Vec<skillhost_engine::outbox::OutboxRow>| rows.iter().map(|row| row.key.to_string()).collect::<Vec<_>>();
    assert_eq!(keys(bench.store.due_effects(NOW, 10).await.unwrap()), ["eff_1"]);
    assert_eq!(keys(bench.store.due_effects(NOW.plus_ms(5), 10).await.unwrap()), ["eff_1", "eff_2"]);
    assert_eq!(keys(bench.store.effects_in(EffectState::Dead, 10).await.unwrap()), ["eff_3"]);
    assert_eq!(bench.store.next_due(NOW).await.unwrap(), Some(NOW.plus_ms(5)));
    assert_eq!(bench.store.untold(Due { since: Timestamp(0), until: NOW, lost: false }, 10).await.unwrap().len(), 1);
    let posted = Write::Posted { action: "apr_1".into(), channel: "D1".to_owned(), message_ts: "1.2".to_owned() };
    bench.store.commit(batch([posted])).await.unwrap();
    assert!(bench.store.untold(Due { since: Timestamp(0), until: NOW, lost: false }, 10).await.unwrap().is_empty());
    assert!(bench.store.expired_actions(NOW.plus_ms(999), 10).await.unwrap().is_empty());
    assert_eq!(bench.store.expired_actions(NOW.plus_ms(1000), 10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_until_it_is_taken_or_expires() {
    let bench = Bench::open().await;
    let value = json!({"org": "acme", "user": "u1", "csrf": "c"});
    bench.store.put_token("link", "d", &value, NOW).await.unwrap();
    let before = NOW.plus_ms(-1);
    assert_eq!(bench.store.token("session", "d", before, true).await.unwrap(), None);
    assert_eq!(bench.store.token("link", "d", NOW, false).await.unwrap(), None);
    assert_eq!(bench.store.token("link", "d", before, false).await.unwrap(), Some(value.clone()));
    assert_eq!(bench.store.token("link", "d", before, true).await.unwrap(), Some(value.clone()));
    assert_eq!(bench.store.token("link", "d", before, true).await.unwrap(), None);
    bench.store.put_token("link", "e", &value, NOW).await.unwrap();
    assert_eq!(bench.store.token("link", "e", NOW, true).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_can_move_and_a_key_is_found_by_digest() {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    let moved = Connection {
        kind: "slack-user".to_owned(),
        external_id: "T/U".to_owned(),
        org: "acme".into(),
        user: "u2".into(),
        detail: json!({}),
    };
    bench.store.put_connection(&moved).await.unwrap();
    assert_eq!(bench.store.connection("slack-user", "T/U").await.unwrap(), Some(moved));
    assert_eq!(bench.store.connection("mailbox", "T/U").await.unwrap(), None);
    let key = bench.store.api_key("sha256:k").await.unwrap().unwrap();
    assert_eq!((key.org.as_str(), key.client.as_str()), ("acme", "test"));
    assert!(bench.store.api_key("sha256:x").await.unwrap().is_none());
    assert_eq!(bench.store.mails_sent(&"acme".into(), &"u1".into(), Timestamp(0), 10).await.unwrap(), []);
}

fn worded(id: &str, wakes: Option<Timestamp>) -> Write {
    let mut row = job(id, "acme");
    row.concurrency = Some("c1".to_owned());
    if wakes.is_some() {
        (row.status, row.wake_at) = (JobStatus::Deferred, wakes);
    }
    new_job(&row)
}

/// The lease of whoever took it outlasts the test.
async fn moved(bench: &Bench, id: &str, version: u64, status: JobStatus) {
    let write = match status {
        JobStatus::InProgress => leased(id, version, "me", NOW.plus_ms(60_000)),
        status => advance(id, version, status),
    };
    bench.store.commit(batch([write])).await.unwrap();
}

async fn takes(bench: &Bench, now: Timestamp) -> Vec<String> {
    let rows = bench.store.runnable_jobs(now, "me", false, 10).await.unwrap();
    rows.into_iter().map(|row| row.id.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_younger_job_that_has_begun_holds_its_word() {
    let bench = Bench::open().await;
    let due = NOW.plus_ms(1000);
    bench.store.commit(batch([worded("older", Some(due))])).await.unwrap();
    bench.store.commit(batch([worded("younger", None)])).await.unwrap();
    assert_eq!(takes(&bench, NOW).await, ["younger"], "the older one waits for a time");
    assert_eq!(takes(&bench, due).await, ["older"], "both may be taken, so the older one is");

    moved(&bench, "younger", 1, JobStatus::InProgress).await;
    moved(&bench, "younger", 2, JobStatus::AwaitingApproval).await;
    assert_eq!(takes(&bench, due).await, [""; 0], "the younger one is half way");
    assert_eq!(bench.store.figures(due).await.unwrap().runnable_since, None, "nobody is late");
    moved(&bench, "younger", 3, JobStatus::Pending).await;
    assert_eq!(takes(&bench, due).await, ["younger"], "answered, it goes on first");
    moved(&bench, "younger", 4, JobStatus::InProgress).await;
    moved(&bench, "younger", 5, JobStatus::Deferred).await;
    assert_eq!(takes(&bench, due).await, [""; 0], "it tries a step again later");
    moved(&bench, "younger", 6, JobStatus::Completed).await;
    assert_eq!(takes(&bench, due).await, ["older"]);
    assert_eq!(bench.store.figures(due).await.unwrap().runnable_since, Some(due));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_are_sent_back_wait_for_the_one_that_runs_and_then_for_each_other() {
    let bench = Bench::open().await;
    for id in ["first", "second", "third"] {
        bench.store.commit(batch([worded(id, None)])).await.unwrap();
    }
    for id in ["first", "second"] {
        assert_eq!(takes(&bench, NOW).await, [id]);
        moved(&bench, id, 1, JobStatus::InProgress).await;
        moved(&bench, id, 2, JobStatus::Failed).await;
    }
    moved(&bench, "third", 1, JobStatus::InProgress).await;
    for id in ["second", "first"] {
        moved(&bench, id, 3, JobStatus::Pending).await;
        assert_eq!(takes(&bench, NOW).await, [""; 0], "the third one runs");
    }
    moved(&bench, "third", 2, JobStatus::AwaitingBudget).await;
    assert_eq!(takes(&bench, NOW).await, [""; 0], "nor while it waits for money");
    moved(&bench, "third", 3, JobStatus::Cancelled).await;
    for id in ["first", "second"] {
        assert_eq!(takes(&bench, NOW).await, [id]);
        moved(&bench, id, 4, JobStatus::InProgress).await;
        assert_eq!(takes(&bench, NOW).await, [""; 0]);
        moved(&bench, id, 5, JobStatus::Completed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_job_holds_back_younger_ones_alone() {
    let bench = Bench::open().await;
    for id in ["first", "second", "third"] {
        bench.store.commit(batch([worded(id, None)])).await.unwrap();
    }
    moved(&bench, "second", 1, JobStatus::Paused).await;
    assert_eq!(takes(&bench, NOW).await, ["first"], "whoever takes up the first one again waits for no other");
    moved(&bench, "first", 1, JobStatus::Cancelled).await;
    assert_eq!(takes(&bench, NOW).await, [""; 0]);
    moved(&bench, "second", 2, JobStatus::Pending).await;
    assert_eq!(takes(&bench, NOW).await, ["second"]);
}
