//! What suggestions and jobs add up to.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::tally::median;
use super::*;

const SINCE: Timestamp = Timestamp(1_780_000_000_000);

fn suggestion(n: i64, job: &str, version: &str) -> Suggestion {
    Suggestion {
        n,
        id: format!("act_{n}").as_str().into(),
        job: job.into(),
        step: "ask".to_owned(),
        request: "review".to_owned(),
        user: "ada".into(),
        event_type: "meeting_ended".to_owned(),
        module: Some(SkillRef { name: "draft".into(), version: version.to_owned(), digest: "d".to_owned() }),
        status: ActionStatus::Pending,
        answer: None,
        irrelevant: false,
        delivered_at: None,
        viewed_at: None,
        clicked_at: None,
        created_at: SINCE,
    }
}

fn skipped(n: i64, job: &str, version: &str, irrelevant: bool) -> Suggestion {
    Suggestion { status: ActionStatus::Skipped, answer: Some(Answer::Skip), irrelevant, ..suggestion(n, job, version) }
}

fn approved(n: i64, job: &str, version: &str) -> Suggestion {
    let answer = Answer::Approve { edits: vec![], not_before: None };
    Suggestion { status: ActionStatus::Approved, answer: Some(answer), ..suggestion(n, job, version) }
}

fn report(tally: Tally) -> Report {
    tally.report("acme".into(), None, Span { since: SINCE, until: SINCE.plus_ms(7 * 24 * 3_600_000) })
}

fn measure<'a>(report: &'a Report, key: &str) -> &'a Measure {
    report.measures.iter().find(|measure| measure.key == key).unwrap()
}

#[test]
fn the_ten_stand_in_their_order_and_say_nothing_of_nothing() {
    let report = report(Tally::default());
    let keys: Vec<_> = report.measures.iter().map(|measure| measure.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "false_positives",
            "acceptance",
            "engagement",
            "follow_up_time",
            "briefs_on_time",
            "crm_completeness",
            "stale_deals",
            "scheduling",
            "intent_accuracy",
            "time_saved"
        ]
    );
    assert!(report.measures.iter().all(|measure| measure.value.is_none() && measure.met.is_none()));
    assert!(report.by_skill.is_empty());
}

#[test]
fn a_dismissal_counts_against_the_version_that_made_the_suggestion() {
    let mut tally = Tally::default();
    for one in [
        skipped(1, "job_1", "1.0.0", true),
        approved(2, "job_2", "1.0.0"),
        skipped(3, "job_3", "1.1.0", false),
        approved(4, "job_4", "1.1.0"),
        approved(5, "job_5", "1.1.0"),
    ] {
        tally.suggestion(&one);
    }
    let report = report(tally);
    let first = &report.by_skill[0];
    assert_eq!((first.version.as_str(), first.counts.irrelevant, first.irrelevant_rate), ("1.0.0", 1, Some(0.5)));
    assert_eq!((report.by_skill[1].version.as_str(), report.by_skill[1].counts.irrelevant), ("1.1.0", 0));
    let false_positives = measure(&report, "false_positives");
    assert_eq!((false_positives.cases, false_positives.value, false_positives.met), ((1, 5), Some(0.2), Some(false)));
    assert_eq!(measure(&report, "acceptance").cases, (3, 5));
}

#[test]
fn a_suggestion_that_is_asked_again_is_one_and_stays_irrelevant() {
    let mut tally = Tally::default();
    // In any order: pages come by age, and an undo makes a card beside the old one.
    for one in [approved(9, "job_1", "1.0.0"), skipped(2, "job_1", "1.0.0", true), suggestion(1, "job_1", "1.0.0")] {
        tally.suggestion(&one);
    }
    let counts = report(tally).suggestions;
    assert_eq!((counts.asked, counts.accepted, counts.dismissed, counts.irrelevant), (1, 1, 0, 1));
}

#[test]
fn what_the_host_asks_of_itself_and_what_nobody_could_answer_count_for_nothing() {
    let mut tally = Tally::default();
    tally.suggestion(&Suggestion { request: "host_resend:eff_1".to_owned(), ..skipped(1, "job_1", "1.0.0", true) });
    tally.suggestion(&Suggestion { status: ActionStatus::Withdrawn, ..suggestion(2, "job_2", "1.0.0") });
    let report = report(tally);
    assert_eq!((report.suggestions.asked, report.suggestions.withdrawn, report.suggestions.settled()), (1, 1, 0));
    assert_eq!(measure(&report, "false_positives").value, None);
    assert_eq!(measure(&report, "engagement").cases, (0, 0));
}

#[test]
fn seen_and_pressed_follow_from_an_answer() {
    let mut tally = Tally::default();
    let seen = Suggestion { viewed_at: Some(SINCE), ..suggestion(1, "job_1", "1") };
    let pressed = Suggestion { clicked_at: Some(SINCE), delivered_at: Some(SINCE), ..suggestion(2, "job_2", "1") };
    for one in [seen, pressed, approved(3, "job_3", "1"), suggestion(4, "job_4", "1")] {
        tally.suggestion(&one);
    }
    let counts = report(tally).suggestions;
    assert_eq!((counts.delivered, counts.viewed, counts.clicked, counts.open), (1, 3, 2, 3));
}

fn job(event_type: &str, effects: &[(&str, EffectState, i64, u32)]) -> JobFact {
    JobFact {
        id: "job_1".into(),
        user: "ada".into(),
        event_type: event_type.to_owned(),
        status: JobStatus::Completed,
        created_at: SINCE,
        started_at: None,
        duration_ms: None,
        meeting_at: None,
        effects: effects
            .iter()
            .map(|(kind, state, ms, fields)| EffectFact {
                kind: (*kind).to_owned(),
                state: *state,
                at: SINCE.plus_ms(*ms),
                fields: *fields,
            })
            .collect(),
    }
}

#[test]
fn jobs_tell_times_fields_and_what_was_handled() {
    use EffectState::{Cancelled, Dead, Sent};
    const MINUTE: i64 = 60_000;
    let mut tally = Tally::default();
    // A bot that says when the meeting was, five minutes before it delivered.
    let mut told = job("meeting_ended", &[("email.send", Sent, 4 * MINUTE, 0), ("crm.update_fields", Sent, 0, 3)]);
    (told.started_at, told.duration_ms) =
        (Some(json!(SINCE.plus_ms(-35 * MINUTE).rfc3339())), Some(json!(30 * MINUTE)));
    tally.job(&told);
    tally.job(&job("meeting_ended", &[("email.send", Sent, 5 * MINUTE, 0), ("crm.update_fields", Dead, 0, 1)]));
    tally.job(&job("meeting_ended", &[("email.send", Cancelled, 5 * MINUTE, 0)]));
    let brief = |late: i64| JobFact {
        meeting_at: Some(SINCE.plus_ms(90 * MINUTE).rfc3339()),
        ..job("pre_meeting_90min", &[("chat.post", Sent, late, 0)])
    };
    tally.job(&brief(MINUTE));
    tally.job(&brief(91 * MINUTE));
    tally.job(&job("stale_deal_revival", &[("email.send", Sent, 0, 0)]));
    tally.job(&job("calendar_find_times", &[("calendar.invite", Sent, 0, 0)]));
    tally.job(&job("calendar_find_times", &[("calendar.invite", Dead, 0, 0)]));
    tally.job(&JobFact { status: JobStatus::Skipped, ..job("calendar_find_times", &[]) });
    tally.job(&JobFact { status: JobStatus::AwaitingApproval, ..job("calendar_find_times", &[]) });
    let report = report(tally);
    assert_eq!(measure(&report, "follow_up_time").value, Some(7.0), "of nine and five minutes");
    assert_eq!(measure(&report, "follow_up_time").cases, (2, 2));
    assert_eq!(measure(&report, "crm_completeness").cases, (3, 4));
    assert_eq!(measure(&report, "briefs_on_time").cases, (1, 2));
    assert_eq!(measure(&report, "stale_deals").value, Some(1.0));
    assert_eq!(measure(&report, "scheduling").cases, (1, 2));
    // Three mails, an invitation, two briefs, one update.
    let saved = measure(&report, "time_saved").value.unwrap();
    assert!((saved - (3.0 * 8.0 + 5.0 + 2.0 * 3.0 + 2.0) / 60.0).abs() < 1e-9, "{saved}");
    assert_eq!(measure(&report, "time_saved").basis, Basis::Estimate);
}

#[test]
fn only_answered_suggestions_of_intents_judge_them() {
    let mut tally = Tally::default();
    let of = |one: Suggestion| Suggestion { event_type: "proposal_generation".to_owned(), ..one };
    for one in [
        of(approved(1, "job_1", "1")),
        of(skipped(2, "job_2", "1", true)),
        of(suggestion(3, "job_3", "1")),
        approved(4, "job_4", "1"),
    ] {
        tally.suggestion(&one);
    }
    let report = report(tally);
    let intents = measure(&report, "intent_accuracy");
    assert_eq!((intents.cases, intents.basis), ((1, 2), Basis::Proxy));
}

#[test]
fn the_middle_of_a_list() {
    assert_eq!((median(&mut []), median(&mut [3.0]), median(&mut [4.0, 1.0, 2.0])), (None, Some(3.0), Some(2.0)));
    assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
}
