//! A day in the life: every sequence that ships, on a whole host, between real peers, and a
//! clock that is moved.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use skillhost_engine::approval::{ActionStatus, Answer};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_server::view::{ApprovalView, JobView};
use skillhost_tests::day;
use skillhost_tests::day::timeline::{Kind, Line};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_leads_from_what_happens_to_what_was_decided_and_nothing_is_lost() {
    let day = day::run(|_| {}).await;
    let mut begun: BTreeMap<&str, usize> = BTreeMap::new();
    for job in &day.jobs {
        *begun.entry(job.event_type.as_str()).or_default() += 1;
    }
    // Of each kind at least so many; the language skills decide how many more follow.
    for (event, at_least) in [
        ("morning_brief", 1),
        ("pipeline_scan", 1),
        ("stale_deal_revival", 1),
        ("pre_meeting_90min", 2),
        ("campaign_check", 1),
        ("meeting_ended", 2),
        ("email_received", 6),
        ("calendar_find_times", 2),
        ("proposal_generation", 2),
        ("content_retrieval", 1),
        ("pricing_retrieval", 1),
        ("followup_reminder", 1),
        ("competitive_research", 1),
        ("coaching_digest", 1),
    ] {
        assert!(begun.get(event).is_some_and(|count| *count >= at_least), "{event}: {begun:?}\n{}", day.timeline);
    }
    // Two that stood in the calendar, and the one that was agreed on in the morning.
    assert_eq!(begun["pre_meeting_90min"], 3, "a brief for each meeting with people from outside\n{}", day.timeline);

    // Nothing fails, and nothing that was decided is given up or left unknown.
    for job in &day.jobs {
        assert_ne!(job.status, JobStatus::Failed, "{}: {:?}\n{}", job.event_type, job.reason, day.timeline);
        for step in &job.steps {
            assert_ne!(
                step.state, "failed",
                "{} of {}: {:?}\n{}",
                step.name, job.event_type, step.reason, day.timeline
            );
        }
        for effect in &job.effects {
            let is_well = matches!(effect.state, EffectState::Sent | EffectState::Cancelled);
            assert!(is_well || !job.status.is_ended(), "{} {:?}\n{}", effect.kind, effect.last_error, day.timeline);
        }
    }
    let effects = || day.jobs.iter().flat_map(|job| &job.effects).filter(|effect| effect.state == EffectState::Sent);
    let of = |kind: &str| effects().filter(|effect| effect.kind == kind).count();
    let mailed = effects().filter(|effect| day::is_mailed(effect)).count();
    assert!(mailed > of("email.send"), "an invitation is a mail as well");
    assert_eq!(day.filed, mailed, "every mail that left is in the rep's own mailbox, once");
    assert!(of("email.send") >= 8 && of("calendar.invite") >= 1 && of("task.create") >= 4, "{}", day.timeline);
    assert!(of("coaching.store") >= 2 && of("crm.suppress") == 1, "each call, and the week\n{}", day.timeline);
    assert_eq!(day.events.len(), of("calendar.invite"), "every invitation is on the calendar's server");
    assert_eq!(day.refused, [], "Slack takes everything that is drawn");
    everybody_has_what_was_sent_to_them(&day);
    every_way_to_answer_was_used(&day);
    the_timeline_says_what_was_done_and_why(&day);

    for head in ["Good morning, Priya", "10:00", "14:00", "Campaigns", "Your week of calls"] {
        assert!(day.told.iter().any(|told| told.contains(head)), "{head}: {:?}", day.told);
    }
    // A proposal went out as a file.
    let proposal =
        day.jobs.iter().find(|job| job.event_type == "proposal_generation" && job.status == JobStatus::Completed);
    assert!(proposal.unwrap().effects.iter().any(|effect| effect.kind == "email.send"), "{}", day.timeline);
    the_report_says_what_was_done(&day);
}

/// Each mail that left is in the mailboxes of its recipients, as it was approved, and there
/// is none that nobody approved.
fn everybody_has_what_was_sent_to_them(day: &day::Day) {
    let effects = day.jobs.iter().flat_map(|job| &job.effects);
    let sent: Vec<_> = effects.filter(|one| one.kind == "email.send" && one.state == EffectState::Sent).collect();
    for one in &sent {
        let id = one.receipt.as_ref().unwrap()["message_id"].as_str().unwrap().trim_matches(['<', '>']);
        let at_them: Vec<_> = day.received.iter().filter(|(_, mail)| mail.message_id.as_deref() == Some(id)).collect();
        let [(to, mail)] = at_them.as_slice() else { panic!("{id} came {} times\n{}", at_them.len(), day.timeline) };
        let mut wanted: Vec<&str> = ["to", "cc", "bcc"]
            .iter()
            .flat_map(|field| one.payload[*field].as_array().into_iter().flatten())
            .map(|address| address.as_str().unwrap())
            .collect();
        wanted.sort_unstable();
        assert_eq!(*to, wanted, "{}", mail.subject);
        assert_eq!(mail.subject, one.payload["subject"].as_str().unwrap());
        let files = one.payload["attachments"].as_array().map_or(0, Vec::len);
        assert_eq!(mail.attachments.len(), files, "{}", mail.subject);
        let told = format!("{}: “{}”", wanted.join(", "), mail.subject);
        assert!(day.timeline.lines.iter().any(|line| line.text.starts_with(&told)), "{told}\n{}", day.timeline);
    }
    let invited = day.jobs.iter().flat_map(|job| &job.effects).filter(|one| one.kind == "calendar.invite").count();
    assert!((sent.len()..=sent.len() + invited).contains(&day.received.len()), "{}", day.timeline);
}

/// In Slack the rep edits, ticks, chooses, asks for others, puts off, skips and says that
/// something was of no use; some they answer elsewhere.
fn every_way_to_answer_was_used(day: &day::Day) {
    let resolutions = || day.jobs.iter().flat_map(|job| &job.approvals).filter_map(|one| one.resolution.as_ref());
    let in_slack = || resolutions().filter(|one| one.via == "slack");
    type Is = fn(&Answer) -> bool;
    let ways: [(&str, Is); 7] = [
        ("yes", |answer| matches!(answer, Answer::Approve { edits, not_before: None } if edits.is_empty())),
        ("edit", |answer| matches!(answer, Answer::Approve { edits, .. } if !edits.is_empty())),
        ("later", |answer| matches!(answer, Answer::Approve { not_before: Some(_), .. })),
        ("choose", |answer| matches!(answer, Answer::Choose { .. })),
        ("more", |answer| matches!(answer, Answer::More)),
        ("tick", |answer| matches!(answer, Answer::Items { .. })),
        ("skip", |answer| matches!(answer, Answer::Skip)),
    ];
    for (name, is) in ways {
        assert!(in_slack().filter_map(|one| one.answer.as_ref()).any(is), "{name}\n{}", day.timeline);
    }
    assert!(in_slack().any(|one| one.irrelevant), "{}", day.timeline);
    assert!(resolutions().any(|one| one.via.starts_with("api:")), "{}", day.timeline);
}

/// Everything that was asked, sent, deferred and skipped, and why.
fn the_timeline_says_what_was_done_and_why(day: &day::Day) {
    let lines = |kind: Kind| day.timeline.lines.iter().filter(move |line| line.kind == kind);
    let says = |kind: Kind, words: &str| {
        assert!(lines(kind).any(|line| line.text.contains(words)), "{kind:?} {words}\n{}", day.timeline);
    };
    let asked = day.jobs.iter().map(|job| job.approvals.len()).sum::<usize>();
    assert_eq!(lines(Kind::Asks).count(), asked, "{}", day.timeline);
    let settled = day.jobs.iter().flat_map(|job| &job.approvals).filter(|one| one.status != ActionStatus::Pending);
    assert_eq!(lines(Kind::Settled).count(), settled.count(), "{}", day.timeline);
    // What came after hours waited for the morning, and what was put off until then.
    says(Kind::Waits, "deferred until Sat 07:30: quiet hours of the user");
    says(Kind::Held, "in 10 s, until then it can be taken back");
    let later = |line: &&Line| line.text.contains("Send an email") && !line.text.contains("taken back");
    assert!(lines(Kind::Held).any(|line| later(&line)), "one mail leaves later\n{}", day.timeline);
    says(Kind::Settled, "“Send this mail to Amara?”: yes, with the rep's own words, by slack");
    says(Kind::Sent, "To: amara.quist@harrowgate.example · Subject: Certificates before the budget round");
    for (skips, job) in day
        .jobs
        .iter()
        .flat_map(|job| job.steps.iter().filter(|step| step.state == "skipped").map(move |step| (step, job)))
    {
        let of = |line: &&Line| line.about == job.event_type && line.text.contains(&skips.name);
        assert!(lines(Kind::Skips).any(|line| of(&line)), "{} of {}\n{}", skips.name, job.event_type, day.timeline);
        assert!(skips.reason.is_some(), "{} of {}", skips.name, job.event_type);
    }
    // What has not ended is named at the end, each with what it waits for.
    let mut after = day.timeline.lines.iter().skip_while(|line| line.text != "Still open").skip(1);
    let mut named: Vec<&str> =
        after.by_ref().take_while(|line| line.kind == Kind::Waits).map(|line| line.about.as_str()).collect();
    let mut open: Vec<&str> =
        day.jobs.iter().filter(|job| !job.status.is_ended()).map(|job| job.event_type.as_str()).collect();
    named.sort_unstable();
    open.sort_unstable();
    assert_eq!(named, open, "{}", day.timeline);
}

/// The ten measures, against what the jobs themselves say.
fn the_report_says_what_was_done(day: &day::Day) {
    let of = |event: &'static str| day.jobs.iter().filter(move |job| job.event_type == event);
    let count = |number: usize| u64::try_from(number).unwrap();
    let led_to = |job: &JobView, kinds: &[&str]| {
        job.effects.iter().any(|effect| effect.state == EffectState::Sent && kinds.contains(&effect.kind.as_str()))
    };
    // Where others were wanted, the answer to those is the one to the suggestion.
    let wants_others = |one: &ApprovalView| {
        one.resolution.as_ref().is_some_and(|resolution| matches!(resolution.answer, Some(Answer::More)))
    };
    let suggestions = || day.jobs.iter().flat_map(|job| &job.approvals).filter(|one| !wants_others(one));
    let answered = |status: ActionStatus| count(suggestions().filter(|one| one.status == status).count());
    let (yes, no) = (answered(ActionStatus::Approved), answered(ActionStatus::Skipped));
    let settled = yes + no + answered(ActionStatus::Expired) + answered(ActionStatus::Cancelled);
    let fields = |sent: bool| -> u64 {
        let all = of("meeting_ended").flat_map(|job| &job.effects).filter(|effect| effect.kind == "crm.update_fields");
        let some = all.filter(|effect| !sent || effect.state == EffectState::Sent);
        some.map(|effect| count(effect.payload["fields"].as_object().unwrap().len())).sum()
    };
    let revived = count(of("stale_deal_revival").filter(|job| led_to(job, &["email.send"])).count());
    let looked_for = of("calendar_find_times").filter(|job| job.status.is_ended()).collect::<Vec<_>>();
    let found = looked_for.iter().filter(|job| led_to(job, &["calendar.invite", "email.send"])).count();

    let measures = day.report["measures"].as_array().unwrap();
    assert_eq!(measures.len(), 10);
    let measure = |key: &str| measures.iter().find(|measure| measure["key"] == key).unwrap();
    for measure in measures {
        assert!(measure["value"].is_number(), "no case of {measure}\n{}", day.timeline);
    }
    for (key, cases) in [
        ("false_positives", [1, settled]),
        ("acceptance", [yes, settled]),
        ("briefs_on_time", [3, 3]),
        ("crm_completeness", [fields(true), fields(false)]),
        ("stale_deals", [revived, 1]),
        ("scheduling", [count(found), count(looked_for.len())]),
    ] {
        assert_eq!(measure(key)["cases"], serde_json::json!(cases), "{key}\n{}", day.timeline);
    }
    assert_eq!(measure("stale_deals")["value"].as_f64(), Some(revived as f64), "one rep, one week");
    let follow_up = measure("follow_up_time");
    let mailed = of("meeting_ended").filter(|job| led_to(job, &["email.send"])).count();
    assert_eq!(follow_up["cases"][1], count(of("meeting_ended").count()));
    assert_eq!(follow_up["without"], count(of("meeting_ended").count() - mailed));
    let minutes = follow_up["value"].as_f64().unwrap();
    assert!((0.0..60.0).contains(&minutes), "{follow_up}");
    assert!(measure("engagement")["cases"][0].as_u64().unwrap() >= settled, "each answer is a press");
    assert!(measure("intent_accuracy")["cases"][1].as_u64().unwrap() >= 2, "{}", measure("intent_accuracy"));
    // Three briefs and the morning's alone are an hour, all but five minutes; mails come to it.
    assert!(measure("time_saved")["value"].as_f64().unwrap() > 55.0 / 60.0, "{}", measure("time_saved"));

    // What was dismissed is said of who wrote it, and not of who would have sent it.
    let row = |skill: &str| day.report["by_skill"].as_array().unwrap().iter().find(|row| row["skill"] == skill);
    assert_eq!(row("draft-reply-email").unwrap()["irrelevant"], 1, "{}", day.report["by_skill"]);
    assert!(row("email-send-as-rep").is_none(), "{}", day.report["by_skill"]);
    for maker in
        ["detect-intents", "extract-action-items", "draft-followup-email", "draft-reengagement", "analyse-pipeline"]
    {
        assert!(row(maker).is_some(), "{maker}: {}", day.report["by_skill"]);
    }
    let by_sequence = day.report["by_sequence"].as_array().unwrap();
    assert_eq!((&by_sequence[0]["event_type"], &by_sequence[0]["irrelevant"]), (&"email_received".into(), &1.into()));
}
