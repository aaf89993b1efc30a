//! A day in the life: every sequence that ships, on a whole host, with real mail servers
//! and a clock that is moved.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_tests::day;

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
    assert_eq!(day.sent, of("email.send"), "every mail that left is in the mailbox, once");
    assert!(of("email.send") >= 8 && of("calendar.invite") >= 1 && of("task.create") >= 4, "{}", day.timeline);
    assert!(of("coaching.store") == 1 && of("crm.suppress") == 1, "{}", day.timeline);

    // What came after hours waited for the morning, and says why it waited.
    assert!(day.timeline.contains("waits (quiet hours of the user)"), "{}", day.timeline);
    let heads: Vec<&str> = day.told.iter().filter_map(|message| message.text.lines().next()).collect();
    for head in ["Good morning, Priya", "10:00**", "14:00**", "Campaigns", "Your week of calls"] {
        assert!(heads.iter().any(|line| line.contains(head)), "{head}: {heads:?}");
    }
    // A proposal went out as a file.
    let proposal =
        day.jobs.iter().find(|job| job.event_type == "proposal_generation" && job.status == JobStatus::Completed);
    assert!(proposal.unwrap().effects.iter().any(|effect| effect.kind == "email.send"), "{}", day.timeline);
}
