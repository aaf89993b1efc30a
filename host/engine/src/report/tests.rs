//! What suggestions and jobs add up to.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::tally::median;
use super::*;

const SINCE: Timestamp = Timestamp(1_780_000_000_000);

fn module(name: &str, version: &str) -> SkillRef {
    SkillRef { name: name.into(), version: version.to_owned(), digest: format!("{name} {version}") }
}

fn suggestion(n: i64, job: &str, version: &str) -> Suggestion {
    Suggestion {
        n,
        id: format!("act_{n}").as_str().into(),
        job: job.into(),
        step: "ask".to_owned(),
        request: "review".to_owned(),
        user: "ada".into(),
        event_type: "meeting_ended".to_owned(),
        module: Some(module("draft", version)),
        made_by: Vec::new(),
        raised_from: Vec::new(),
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
    let until = SINCE.plus_ms(7 * 24 * 3_600_000);
    tally.report("acme".into(), None, Span { since: SINCE, until }, until)
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
fn a_message_that_is_called_irrelevant_counts_against_who_made_it() {
    let answered = |irrelevant, used, messages| AnsweredMessages {
        event_type: "competitive_research".to_owned(),
        made_by: vec![module("research", "1.0.0"), module("detect", "2.0.0"), module("research", "1.0.0")],
        irrelevant,
        used,
        messages,
    };
    let mut tally = Tally::default();
    tally.suggestion(&approved(1, "job_1", "1.0.0"));
    tally.buttons(ButtonFacts {
        messages: ButtonCounts {
            delivered: 7,
            viewed: 6,
            clicked: 5,
            dismissed: 3,
            irrelevant: 2,
            ..Default::default()
        },
        // Made use of, not needed, irrelevant, and irrelevant after all.
        answered: vec![
            answered(false, true, 2),
            answered(false, false, 1),
            answered(true, false, 1),
            answered(true, true, 1),
        ],
        ..ButtonFacts::default()
    });
    let report = report(tally);
    let skills: Vec<_> = report
        .by_skill
        .iter()
        .map(|one| (one.skill.as_str(), one.counts.accepted, one.counts.dismissed, one.counts.irrelevant))
        .collect();
    assert_eq!(skills, [("detect", 2, 3, 2), ("research", 2, 3, 2), ("draft", 1, 0, 0)]);
    assert_eq!(report.by_skill[0].irrelevant_rate, Some(0.4));
    let rival = report.by_sequence.iter().find(|one| one.event_type == "competitive_research").unwrap();
    assert_eq!((rival.counts.asked, rival.counts.irrelevant), (5, 2));
    // Questions are what is counted as such.
    assert_eq!((report.suggestions.asked, measure(&report, "false_positives").cases), (1, (2, 6)));
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
        meeting: None,
        meeting_at: None,
        called_off: false,
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
    tally.job(&JobFact { meeting: Some("m1".to_owned()), ..brief(MINUTE) });
    let late = JobFact { user: "ben".into(), ..brief(91 * MINUTE) };
    tally.job(&late);
    tally.job(&job("stale_deal_revival", &[("email.send", Sent, 0, 0)]));
    tally.job(&job("calendar_find_times", &[("calendar.invite", Sent, 0, 0)]));
    tally.job(&job("calendar_find_times", &[("calendar.invite", Dead, 0, 0)]));
    tally.job(&JobFact { status: JobStatus::Skipped, ..job("calendar_find_times", &[]) });
    tally.job(&JobFact { status: JobStatus::AwaitingApproval, ..job("calendar_find_times", &[]) });
    let report = report(tally);
    assert_eq!(measure(&report, "follow_up_time").value, Some(7.0), "of nine and five minutes");
    let follow_up = measure(&report, "follow_up_time");
    assert_eq!((follow_up.cases, follow_up.without), ((2, 3), 1), "after one no mail left");
    let fields = measure(&report, "crm_completeness");
    assert_eq!((fields.cases, fields.basis), ((3, 4), Basis::Proxy), "of those proposed, not of those there were");
    assert_eq!(measure(&report, "briefs_on_time").cases, (1, 2));
    assert_eq!(measure(&report, "stale_deals").value, Some(0.5), "of two reps");
    assert_eq!(measure(&report, "scheduling").cases, (1, 2));
}

#[test]
fn time_is_saved_by_what_left_wherever_it_was_asked_for() {
    let mut tally = Tally::default();
    let done = |event_type: &str, kind: &str, count| Done {
        user: "ada".into(),
        event_type: event_type.to_owned(),
        kind: kind.to_owned(),
        count,
    };
    for one in [
        done("email_received", "email.send", 2),
        done("followup_reminder", "email.send", 1),
        done("proposal_generation", "email.send", 1),
        done("pricing_retrieval", "email.send", 1),
        done("campaign_check", "email.send", 3),
        done("morning_brief", "chat.post", 5),
        done("calendar_find_times", "calendar.invite", 1),
        done("meeting_ended", "task.create", 4),
        done("email_received", "chat.post", 9),
        done("email_received", "email.classify", 9),
    ] {
        tally.done(&one);
    }
    let minutes = 2.0 * 8.0 + 8.0 + 40.0 + 10.0 + 3.0 * 8.0 + 5.0 * 10.0 + 5.0 + 4.0;
    let report = report(tally);
    let saved = measure(&report, "time_saved");
    assert!((saved.value.unwrap() - minutes / 60.0).abs() < 1e-9, "{saved:?}");
    assert_eq!((saved.basis, saved.cases), (Basis::Estimate, (0, 1)));
}

#[test]
fn a_meeting_without_a_brief_is_a_miss_whoever_knows_of_it() {
    use EffectState::{Cancelled, Sent};
    const MINUTE: i64 = 60_000;
    let at = |minutes: i64| SINCE.plus_ms(minutes * MINUTE);
    let brief = |id: &str, begins: i64, told: i64, state: EffectState| JobFact {
        meeting: Some(id.to_owned()),
        meeting_at: Some(at(begins).rfc3339()),
        ..job("pre_meeting_90min", &[("chat.post", state, told * MINUTE, 0)])
    };
    let cases = |jobs: &[JobFact], earlier: &[JobFact], meetings: &[(&str, i64)], now: i64| {
        let mut tally = Tally::default();
        jobs.iter().for_each(|job| tally.job(job));
        earlier.iter().for_each(|job| tally.earlier(job));
        meetings.iter().for_each(|(id, begins)| tally.meeting(&"ada".into(), id, at(*begins)));
        let span = Span { since: SINCE, until: at(1000) };
        let report = tally.report("acme".into(), None, span, at(now));
        measure(&report, "briefs_on_time").cases
    };
    let in_time = brief("m1", 90, 5, Sent);
    assert_eq!(cases(&[], &[], &[("m1", 90)], 500), (0, 1), "none was raised");
    assert_eq!(cases(std::slice::from_ref(&in_time), &[], &[("m1", 90), ("m2", 200)], 500), (1, 2));
    assert_eq!(cases(std::slice::from_ref(&in_time), &[], &[("m1", 90), ("m2", 200)], 199), (1, 1), "one is ahead");
    assert_eq!(cases(&[brief("m1", 90, 91, Sent)], &[], &[("m1", 90)], 500), (0, 1), "late");
    assert_eq!(cases(&[brief("m1", 90, 5, Cancelled)], &[], &[("m1", 90)], 500), (0, 1), "it never left");
    // In a calendar first, in the records later; moved after its brief; of no record at all.
    assert_eq!(cases(&[brief("cal/1", 90, 5, Sent)], &[], &[("m1", 90)], 500), (1, 1));
    assert_eq!(cases(&[brief("m1", 90, 5, Sent)], &[], &[("m1", 300)], 500), (1, 1));
    assert_eq!(cases(std::slice::from_ref(&in_time), &[], &[], 500), (1, 1));
    // Told the evening before the report begins; and one that began before it.
    assert_eq!(cases(&[], &[brief("m1", 30, -60, Sent)], &[("m1", 30)], 500), (1, 1));
    assert_eq!(cases(&[], &[brief("m1", -30, -60, Sent)], &[], 500), (0, 0));
    // Nobody wanted it; it was there before that was said.
    let off = JobFact { called_off: true, ..brief("m1", 90, 5, Cancelled) };
    assert_eq!(cases(std::slice::from_ref(&off), &[], &[("m1", 90)], 500), (0, 0));
    assert_eq!(cases(&[in_time, off], &[], &[("m1", 90)], 500), (1, 1));
}

#[test]
fn a_dismissal_counts_against_all_that_made_it_and_once_for_its_sequence() {
    let mut tally = Tally::default();
    let made = |one: Suggestion, makers: &[&str]| Suggestion {
        made_by: makers.iter().map(|name| module(name, "2.0.0")).collect(),
        ..one
    };
    tally.suggestion(&made(skipped(1, "job_1", "1.0.0", true), &["detect-intents", "draft-reply-email"]));
    tally.suggestion(&made(approved(2, "job_2", "1.0.0"), &["draft-reply-email"]));
    let mut both = approved(3, "job_3", "1.0.0");
    both.irrelevant = true;
    tally.suggestion(&both);
    let report = report(tally);
    let rows: Vec<_> =
        report.by_skill.iter().map(|row| (row.skill.as_str(), row.counts.irrelevant, row.counts.asked)).collect();
    assert_eq!(rows, [("detect-intents", 1, 1), ("draft-reply-email", 1, 2), ("draft", 0, 1)]);
    let [sequence] = report.by_sequence.as_slice() else { panic!("{:?}", report.by_sequence) };
    assert_eq!((sequence.event_type.as_str(), sequence.counts.asked), ("meeting_ended", 3));
    assert_eq!((sequence.counts.irrelevant, sequence.counts.accepted), (1, 2), "what is accepted is not irrelevant");
}

#[test]
fn only_answered_suggestions_of_intents_judge_them() {
    let mut tally = Tally::default();
    let of = |from: &[&str], one: Suggestion| Suggestion {
        event_type: "proposal_generation".to_owned(),
        raised_from: from.iter().map(|event_type| (*event_type).to_owned()).collect(),
        ..one
    };
    for one in [
        of(&["meeting_ended", ""], approved(1, "job_1", "1")),
        of(&["calendar_find_times", "email_received"], skipped(2, "job_2", "1", true)),
        of(&["meeting_ended", ""], suggestion(3, "job_3", "1")),
        // A person asked for these, a scan led to that, and this is no intent's.
        of(&["", ""], approved(4, "job_4", "1")),
        of(&[], skipped(5, "job_5", "1", true)),
        of(&["pipeline_scan", ""], approved(6, "job_6", "1")),
        approved(7, "job_7", "1"),
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
