//! Marks on suggestions, and what a report reads of them and of jobs.

use serde_json::json;
use skillhost_engine::approval::{ActionStatus, Answer, PendingAction, Resolution};
use skillhost_engine::archive::ArchiveEnd;
use skillhost_engine::ids::OrgId;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::report::{Mark, Span, SuggestionMark};
use skillhost_engine::skill::SkillRef;
use skillhost_engine::store::Write;
use skillhost_engine::time::Timestamp;

use super::made::{Bench, FAR, NOW, action, advance, batch, data, effect, job, new_effect, new_job};

const ALL: Span = Span { since: Timestamp(0), until: FAR };

fn org() -> OrgId {
    "acme".into()
}

fn mark(org: &str, action: &str, mark: Mark, ms: i64) -> SuggestionMark {
    SuggestionMark { org: org.into(), action: action.into(), mark, via: "inbox".to_owned(), at: NOW.plus_ms(ms) }
}

fn asked(id: &str, job: &JobRow, change: impl FnOnce(&mut PendingAction)) -> Write {
    let mut action = action(id, job);
    change(&mut action);
    Write::NewAction(action.into())
}

fn made_by(version: &str) -> Option<SkillRef> {
    Some(SkillRef { name: "draft".into(), version: version.to_owned(), digest: "sha256:m".to_owned() })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_mark_counts_and_only_of_what_was_asked() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let (ours, theirs) = (job("job_1", "acme"), job("job_2", "globex"));
    let writes = [new_job(&ours), asked("act_1", &ours, |_| ()), new_job(&theirs), asked("act_2", &theirs, |_| ())];
    store.commit(batch(writes)).await.unwrap();
    let marks = [
        mark("acme", "act_1", Mark::Delivered, 1),
        mark("acme", "act_1", Mark::Viewed, 2),
        // Of another org, of none, and once more.
        mark("acme", "act_2", Mark::Viewed, 3),
        mark("acme", "act_9", Mark::Viewed, 3),
        mark("acme", "act_1", Mark::Viewed, 9),
        mark("globex", "act_2", Mark::Clicked, 4),
    ];
    store.mark(&marks).await.unwrap();
    store.mark(&[mark("acme", "act_1", Mark::Viewed, 5)]).await.unwrap();
    store.mark(&[]).await.unwrap();
    let found = store.suggestions(&org(), None, ALL, 0, 10).await.unwrap();
    assert_eq!(found.len(), 1);
    let one = &found[0];
    let at = |ms: i64| Some(NOW.plus_ms(ms));
    assert_eq!((one.delivered_at, one.viewed_at, one.clicked_at), (at(1), at(2), None));
    assert_eq!(
        (one.request.as_str(), one.event_type.as_str(), one.status),
        ("a", "meeting_ended", ActionStatus::Pending)
    );
    assert_eq!((one.answer.clone(), one.module.clone(), one.irrelevant, one.created_at), (None, None, false, NOW));
    let theirs = store.suggestions(&"globex".into(), None, ALL, 0, 10).await.unwrap();
    assert_eq!((theirs[0].viewed_at, theirs[0].clicked_at), (None, at(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_come_in_pages_of_a_time_and_a_person() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    store.commit(batch([new_job(&row)])).await.unwrap();
    for n in 0..7_i64 {
        let answer = Answer::Approve { edits: Vec::new(), not_before: None };
        let write = asked(&format!("act_{n}"), &row, |action| {
            action.created_at = NOW.plus_ms(n);
            action.user = if n == 3 { "u2".into() } else { "u1".into() };
            action.module = made_by(&format!("1.{n}.0"));
            if n >= 5 {
                let irrelevant = n == 6;
                action.status = if irrelevant { ActionStatus::Skipped } else { ActionStatus::Approved };
                action.resolution = Some(Resolution {
                    answer: Some(if irrelevant { Answer::Skip } else { answer }),
                    by: Some("u1".into()),
                    via: "inbox".to_owned(),
                    released: Vec::new(),
                    note: None,
                    irrelevant,
                    reason: None,
                });
            }
        });
        store.commit(batch([write])).await.unwrap();
    }
    let span = Span { since: NOW.plus_ms(1), until: NOW.plus_ms(7) };
    let mut ids = Vec::new();
    let mut after = 0;
    loop {
        let page = store.suggestions(&org(), Some(&"u1".into()), span, after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = last.n;
        ids.extend(page.iter().map(|one| one.id.to_string()));
    }
    assert_eq!(ids, ["act_1", "act_2", "act_4", "act_5", "act_6"]);
    let all = store.suggestions(&org(), None, ALL, 0, 10).await.unwrap();
    assert_eq!(all.len(), 7);
    assert_eq!((all[4].module.clone(), all[4].answer.clone(), all[4].irrelevant), (made_by("1.4.0"), None, false));
    assert!(matches!(all[5].answer, Some(Answer::Approve { .. })) && !all[5].irrelevant);
    assert_eq!(
        (all[6].answer.clone(), all[6].irrelevant, all[6].status),
        (Some(Answer::Skip), true, ActionStatus::Skipped)
    );
    assert!(store.suggestions(&org(), None, Span { since: NOW, until: NOW }, 0, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_tell_when_their_meeting_was_and_what_left() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    let of = |id: &str, event_type: &str, payload: serde_json::Value| JobRow {
        event_type: event_type.to_owned(),
        trigger_payload: payload,
        ..job(id, "acme")
    };
    let told = json!({"meeting_id": "m1", "started_at": "2026-05-01T00:00:00Z", "duration_ms": 60_000});
    let jobs = [
        of("job_1", "meeting_ended", told),
        of("job_2", "pre_meeting_90min", json!({"meeting_id": "m1"})),
        of("job_3", "stale_deal_revival", json!({"meeting_id": 7})),
        of("job_4", "email_received", json!({})),
        of("job_5", "calendar_find_times", json!("no object")),
        JobRow { user: "u2".into(), ..of("job_6", "meeting_ended", json!({"meeting_id": "of nobody"})) },
        JobRow { org: "globex".into(), ..of("job_7", "meeting_ended", json!({"meeting_id": "m1"})) },
    ];
    for row in &jobs {
        store.commit(batch([new_job(row)])).await.unwrap();
    }
    let mut update = OutboxRow { kind: "crm.update_fields".to_owned(), ..effect("eff_1", &jobs[0]) };
    (update.payload, update.state) = (json!({"record": "deal", "fields": {"a": 1, "b": null}}), EffectState::Sent);
    update.updated_at = NOW.plus_ms(5);
    let mut odd = OutboxRow { payload: json!({"fields": ["a"]}), ..effect("eff_2", &jobs[0]) };
    odd.state = EffectState::Dead;
    store.commit(batch([new_effect(&update), new_effect(&odd)])).await.unwrap();

    let found = store.report_jobs(&org(), None, ALL, None, 10).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["job_1", "job_2", "job_3", "job_5", "job_6"]);
    let one = &found[0];
    assert_eq!(
        (one.started_at.clone(), one.duration_ms.clone()),
        (Some(json!("2026-05-01T00:00:00Z")), Some(json!(60_000)))
    );
    let effects: Vec<_> = one.effects.iter().map(|e| (e.kind.as_str(), e.state, e.at.0 - NOW.0, e.fields)).collect();
    assert_eq!(effects, [("crm.update_fields", EffectState::Sent, 5, 2), ("chat.post", EffectState::Dead, 0, 0)]);
    let begins = found[1].meeting_at.as_ref().unwrap();
    assert_eq!(begins.parse::<jiff::Timestamp>().unwrap().as_millisecond(), NOW.0);
    for job in &found[2..] {
        assert_eq!((job.meeting_at.clone(), job.started_at.clone(), job.effects.len()), (None, None, 0), "{}", job.id);
    }
    let mine = store.report_jobs(&org(), Some(&"u1".into()), ALL, Some(&"job_2".into()), 1).await.unwrap();
    assert_eq!(mine.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["job_3"]);
    assert!(
        store.report_jobs(&org(), None, Span { since: NOW.plus_ms(1), until: FAR }, None, 9).await.unwrap().is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_move_out_with_their_job() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    let write = || batch([new_job(&row), asked("act_1", &row, |action| action.status = ActionStatus::Skipped)]);
    store.commit(write()).await.unwrap();
    store.mark(&[mark("acme", "act_1", Mark::Viewed, 1)]).await.unwrap();
    store.commit(batch([advance("job_1", 1, JobStatus::Failed)])).await.unwrap();
    assert!(store.take_archive_turn("boot_1").await.unwrap());
    let end =
        ArchiveEnd { boot: "boot_1".to_owned(), folder: "folder_1".to_owned(), month: "2026-05".to_owned(), bytes: 1 };
    assert_eq!(store.remove_archived(&["job_1".into()], &end).await.unwrap(), 1);
    assert!(store.suggestions(&org(), None, ALL, 0, 10).await.unwrap().is_empty());
    // One of the same id has none of its marks.
    store.commit(write()).await.unwrap();
    assert_eq!(store.suggestions(&org(), None, ALL, 0, 10).await.unwrap()[0].viewed_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_knows_its_meeting_wherever_that_stands() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let mut document = data();
    document["calendars"] = json!([{"id": "k", "org_id": "acme", "user_id": "u1", "name": "k"}]);
    document["calendar_events"] = json!([{"id": "k/1", "org_id": "acme", "calendar_id": "k", "title": "t",
        "starts": NOW.plus_ms(5_000).rfc3339(), "ends": NOW.plus_ms(6_000).rfc3339(),
        "updated_at": NOW.rfc3339()}]);
    store.load_data(&document, FAR).await.unwrap();
    let brief = |id: &str, payload: serde_json::Value| JobRow {
        event_type: "pre_meeting_90min".to_owned(),
        trigger_payload: payload,
        ..job(id, "acme")
    };
    let starts = NOW.plus_ms(7_000).rfc3339();
    let jobs = [
        brief("job_1", json!({"meeting_id": "k/1"})),
        brief("job_2", json!({"meeting_id": "k/1", "starts": starts})),
        brief("job_3", json!({"meeting_id": "of no record", "starts": starts, "skip": true})),
        // That of another org is none of ours.
        JobRow { org: "globex".into(), ..brief("job_4", json!({"meeting_id": "k/1"})) },
    ];
    for row in &jobs {
        store.commit(batch([new_job(row)])).await.unwrap();
    }
    let found = store.report_jobs(&org(), None, ALL, None, 10).await.unwrap();
    let seen: Vec<_> = found
        .iter()
        .map(|job| (job.meeting.as_deref().unwrap(), job.meeting_at.as_deref().unwrap(), job.called_off))
        .collect();
    let in_calendar = NOW.plus_ms(5_000).rfc3339();
    assert_eq!(
        seen,
        [("k/1", in_calendar.as_str(), false), ("k/1", &in_calendar, false), ("of no record", &starts, true)]
    );
    let theirs = store.report_jobs(&"globex".into(), None, ALL, None, 10).await.unwrap();
    assert_eq!(theirs[0].meeting_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_tells_who_made_it_and_what_led_to_it() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let chained = |id: &str, parent: &str, event_type: &str, source: &str| JobRow {
        parent: Some(parent.into()),
        event_type: event_type.to_owned(),
        event_source: source.to_owned(),
        ..job(id, "acme")
    };
    let jobs = [
        job("job_1", "acme"),
        chained("job_2", "job_1", "calendar_find_times", "orchestrator:chain"),
        chained("job_3", "job_2", "followup_reminder", "orchestrator:chain"),
        chained("job_4", "job_1", "proposal_generation", "slack:apply_suggestion"),
        chained("job_5", "job_4", "followup_reminder", "orchestrator:chain"),
    ];
    for row in &jobs {
        store.commit(batch([new_job(row)])).await.unwrap();
        let write = asked(&format!("act_{}", row.id), row, |action| {
            if row.id.as_str() == "job_2" {
                action.card.made_by = made_by("3.0.0").into_iter().collect();
            }
        });
        store.commit(batch([write])).await.unwrap();
    }
    let found = store.suggestions(&org(), None, ALL, 0, 10).await.unwrap();
    let from: Vec<Vec<&str>> = found
        .iter()
        .map(|one| one.raised_from.iter().map(String::as_str).filter(|from| !from.is_empty()).collect())
        .collect();
    assert_eq!(
        from,
        [
            Vec::new(),
            vec!["meeting_ended"],
            vec!["calendar_find_times", "meeting_ended"],
            // A person asked for this one.
            Vec::new(),
            vec!["proposal_generation"],
        ]
    );
    let makers: Vec<usize> = found.iter().map(|one| one.made_by.len()).collect();
    assert_eq!((makers, found[1].made_by.first().cloned()), (vec![0, 1, 0, 0, 0], made_by("3.0.0")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_is_counted_by_person_event_and_kind() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    assert_eq!(store.first_job_at(&org()).await.unwrap(), None);
    let jobs = [
        JobRow { created_at: NOW.plus_ms(3), ..job("job_1", "acme") },
        JobRow { user: "u2".into(), ..job("job_2", "acme") },
        job("job_3", "globex"),
    ];
    for (at, row) in jobs.iter().enumerate() {
        store.commit(batch([new_job(row)])).await.unwrap();
        for (nth, (kind, state)) in
            [("email.send", EffectState::Sent), ("chat.post", EffectState::Sent), ("chat.post", EffectState::Dead)]
                .into_iter()
                .enumerate()
        {
            let new = OutboxRow { kind: kind.to_owned(), state, ..effect(&format!("eff_{at}_{nth}"), row) };
            store.commit(batch([new_effect(&new)])).await.unwrap();
        }
    }
    let more = OutboxRow { state: EffectState::Sent, ..effect("eff_more", &jobs[0]) };
    store.commit(batch([new_effect(&more)])).await.unwrap();
    let done = store.done(&org(), None, ALL).await.unwrap();
    let seen: Vec<_> =
        done.iter().map(|one| (one.user.as_str(), one.event_type.as_str(), one.kind.as_str(), one.count)).collect();
    assert_eq!(
        seen,
        [
            ("u1", "meeting_ended", "chat.post", 2),
            ("u1", "meeting_ended", "email.send", 1),
            ("u2", "meeting_ended", "chat.post", 1),
            ("u2", "meeting_ended", "email.send", 1),
        ]
    );
    let mine = store.done(&org(), Some(&"u1".into()), Span { since: NOW, until: NOW.plus_ms(3) }).await.unwrap();
    assert!(mine.is_empty(), "the job was made after it");
    assert_eq!(store.first_job_at(&org()).await.unwrap(), Some(NOW.plus_ms(3)), "the oldest by its id");
}
