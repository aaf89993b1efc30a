//! Buttons of messages, and what a report reads of them.

use skillhost_engine::archive::ArchiveEnd;
use skillhost_engine::button::ButtonAction;
use skillhost_engine::ids::OrgId;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::report::{AnsweredMessages, ButtonCounts, ButtonFacts, ButtonMark, Mark, Span};
use skillhost_engine::skill::SkillRef;
use skillhost_engine::time::Timestamp;

use super::made::{Bench, FAR, NOW, advance, batch, effect, job, new_effect, new_job};

const ALL: Span = Span { since: Timestamp(0), until: FAR };

fn org() -> OrgId {
    "acme".into()
}

fn posted(key: &str, job: &JobRow) -> OutboxRow {
    OutboxRow { state: EffectState::Sent, after: Vec::new(), ..effect(key, job) }
}

fn mark(org: &str, message: &str, place: u32, mark: Mark, ms: i64) -> ButtonMark {
    let action = match place {
        0 => ButtonAction::CheckCalendar,
        1 => ButtonAction::SkipPrep,
        _ => ButtonAction::NotRelevant,
    };
    let made_by = if mark == Mark::Clicked { vec![module()] } else { Vec::new() };
    ButtonMark {
        org: org.into(),
        message: message.into(),
        place,
        action,
        mark,
        via: "slack".to_owned(),
        at: NOW.plus_ms(ms),
        made_by,
    }
}

fn module() -> SkillRef {
    SkillRef { name: "research".into(), version: "1.0.0".to_owned(), digest: "sha256:1".to_owned() }
}

fn counts(action: &str, delivered: u64, viewed: u64, clicked: u64, dismissed: u64) -> ButtonCounts {
    ButtonCounts { action: action.to_owned(), delivered, viewed, clicked, dismissed, irrelevant: 0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_are_counted_by_action_and_by_message_within_a_tenant() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let (ours, theirs) = (job("job_1", "acme"), job("job_2", "globex"));
    let messages = [("eff_1", &ours), ("eff_2", &ours), ("eff_3", &theirs)];
    let mut writes = vec![new_job(&ours), new_job(&theirs)];
    writes.extend(messages.map(|(key, row)| new_effect(&posted(key, row))));
    store.commit(batch(writes)).await.unwrap();
    let mut marks = Vec::new();
    for (org, message) in [("acme", "eff_1"), ("acme", "eff_2"), ("globex", "eff_3")] {
        marks.extend([0, 1].map(|place| mark(org, message, place, Mark::Delivered, 1)));
    }
    marks.extend([
        mark("acme", "eff_1", 0, Mark::Viewed, 2),
        mark("acme", "eff_1", 1, Mark::Clicked, 3),
        mark("acme", "eff_1", 1, Mark::Clicked, 9),
        // Of a message of another org, and of none.
        mark("acme", "eff_3", 0, Mark::Clicked, 3),
        mark("acme", "eff_9", 0, Mark::Delivered, 3),
    ]);
    store.mark_buttons(&marks).await.unwrap();
    store.mark_buttons(&marks).await.unwrap();
    store.mark_buttons(&[]).await.unwrap();

    let facts = store.button_facts(&org(), None, ALL).await.unwrap();
    assert_eq!(facts.messages, counts("", 2, 1, 1, 1));
    assert_eq!(facts.by_action, [counts("check_calendar", 2, 1, 0, 0), counts("skip_prep", 2, 1, 1, 1)]);
    assert_eq!(store.button_facts(&org(), Some(&"u1".into()), ALL).await.unwrap(), facts);
    assert_eq!(store.button_facts(&org(), Some(&"u2".into()), ALL).await.unwrap(), ButtonFacts::default());
    let before = Span { since: Timestamp(0), until: NOW.plus_ms(1) };
    assert_eq!(store.button_facts(&org(), None, before).await.unwrap(), ButtonFacts::default());
    let theirs = store.button_facts(&"globex".into(), None, ALL).await.unwrap();
    assert_eq!(theirs.messages, counts("", 1, 0, 0, 0));

    assert_eq!(store.pressed_buttons(&org(), &"eff_1".into()).await.unwrap(), [1]);
    assert!(store.pressed_buttons(&org(), &"eff_2".into()).await.unwrap().is_empty());
    assert!(store.pressed_buttons(&"globex".into(), &"eff_1".into()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn answered_messages_say_who_made_them_and_whether_they_were_of_use() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    let messages = ["eff_1", "eff_2", "eff_3", "eff_4"];
    let mut writes = vec![new_job(&row)];
    writes.extend(messages.map(|key| new_effect(&posted(key, &row))));
    store.commit(batch(writes)).await.unwrap();
    let mut marks = Vec::new();
    for message in messages {
        marks.extend([0, 1, 2].map(|place| mark("acme", message, place, Mark::Delivered, 1)));
    }
    for (message, place) in [("eff_1", 0), ("eff_1", 2), ("eff_2", 2), ("eff_3", 1)] {
        marks.push(mark("acme", message, place, Mark::Clicked, 2));
    }
    store.mark_buttons(&marks).await.unwrap();

    let facts = store.button_facts(&org(), None, ALL).await.unwrap();
    assert_eq!(facts.messages, ButtonCounts { irrelevant: 2, ..counts("", 4, 3, 3, 3) });
    let of = |irrelevant, used| AnsweredMessages {
        event_type: row.event_type.clone(),
        made_by: vec![module()],
        irrelevant,
        used,
        messages: 1,
    };
    assert_eq!(facts.answered, [of(false, false), of(true, false), of(true, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_of_buttons_move_out_with_their_job() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    store.commit(batch([new_job(&row), new_effect(&posted("eff_1", &row))])).await.unwrap();
    store.mark_buttons(&[mark("acme", "eff_1", 0, Mark::Clicked, 1)]).await.unwrap();
    store.commit(batch([advance("job_1", 1, JobStatus::Failed)])).await.unwrap();
    assert!(store.take_archive_turn("boot_1").await.unwrap());
    let end =
        ArchiveEnd { boot: "boot_1".to_owned(), folder: "folder_1".to_owned(), month: "2026-05".to_owned(), bytes: 1 };
    assert_eq!(store.remove_archived(&["job_1".into()], &end).await.unwrap(), 1);
    assert!(store.pressed_buttons(&org(), &"eff_1".into()).await.unwrap().is_empty());
}
