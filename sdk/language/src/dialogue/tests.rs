//! Who answers whom, what "it" is, and whose work it becomes.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::deadline::Anchor;

fn hear(lines: &[(&'static str, &'static str)]) -> Heard {
    let turns: Vec<Utterance<'_>> =
        lines.iter().map(|(speaker, text)| Utterance { speaker: Some(speaker), text, ours: None }).collect();
    listen(&turns, &Anchor::new(1_795_014_000_000, "America/New_York").unwrap())
}

#[test]
fn it_is_what_was_talked_about() {
    let heard =
        hear(&[("Mira", "We would want to see the proposal first."), ("Ada", "Sure. Let me get that over to you.")]);
    assert_eq!(heard.promises[0].intent(), Some(Intent::SendProposal));
    assert!((0.75..0.9).contains(&heard.promises[0].confidence), "{:?}", heard.promises);
}

#[test]
fn what_is_set_up_is_a_meeting_or_an_account() {
    let heard = hear(&[
        ("Mira", "The price page was clear. Can we get a demo of the forecast?"),
        ("Ada", "Sure. I'll set that up this week."),
    ]);
    assert_eq!(heard.promises[0].intent(), Some(Intent::ScheduleMeeting));
}

#[test]
fn will_do_promises_what_was_asked() {
    let heard = hear(&[("Mira", "Could you send us the security documentation by Friday?"), ("Ada", "Will do.")]);
    let promise = &heard.promises[0];
    assert_eq!(promise.intent(), Some(Intent::SendContent));
    assert_eq!(promise.owner.as_deref(), Some("Ada"));
    assert_eq!(promise.due.as_ref().unwrap().when.to_text(), "2026-11-20");
    assert_eq!(promise.action, "Send Mira the security documentation by Friday");
    assert_eq!(promise.answers, Some(0));
}

#[test]
fn one_who_asks_around_and_answers_promises_both() {
    let heard = hear(&[
        ("Ada", "Could we start in the week of the 7th?"),
        ("Mira", "I'll speak to Jonas on Tuesday and let you know by Friday whether that suits the plant."),
        ("Ada", "Lovely. I'll send an invite for that Thursday, with the five of us and Jonas."),
    ]);
    let lines: Vec<_> = heard
        .promises
        .iter()
        .map(|p| (p.intent().unwrap(), p.action.as_str(), p.due.as_ref().unwrap().when.to_text()))
        .collect();
    let line = |intent, action, day: &str| (intent, action, day.to_owned());
    assert_eq!(
        lines,
        [
            line(Intent::CheckInternally, "Speak to Jonas on Tuesday", "2026-11-24"),
            line(Intent::ProspectFollowup, "Let Ada know by Friday whether that suits the plant", "2026-11-27"),
            line(
                Intent::ScheduleMeeting,
                "Send an invite for that Thursday, with the five of us and Jonas",
                "2026-12-10"
            ),
        ]
    );
}

#[test]
fn you_is_somebody_of_the_other_side() {
    let turns: Vec<Utterance<'_>> = [
        ("Ada", "Fine by me.", true),
        ("Jo", "I'll send you the dock plan.", false),
        ("Mira", "And I'll send you the rest.", false),
        ("Ada", "Ben, I'll forward you the plan.", true),
        ("Ben", "Thanks.", true),
    ]
    .into_iter()
    .map(|(speaker, text, ours)| Utterance { speaker: Some(speaker), text, ours: Some(ours) })
    .collect();
    let heard = listen(&turns, &Anchor::new(1_795_014_000_000, "America/New_York").unwrap());
    let lines: Vec<_> = heard.promises.iter().map(|p| p.action.as_str()).collect();
    assert_eq!(lines, ["Send Ada the dock plan", "Send Ada the rest", "Forward Ben the plan"]);
}

#[test]
fn a_meeting_on_a_weekday_of_no_certain_week_has_no_date() {
    let heard = hear(&[
        ("Mira", "Then the week of the 7th, and the Wednesday is best."),
        ("Ada", "I'll send an invite for Wednesday. And I'll send you the plan by Friday."),
    ]);
    assert_eq!(heard.promises[0].due, None);
    assert_eq!(heard.promises[1].due.as_ref().unwrap().when.to_text(), "2026-11-20");
}

#[test]
fn what_was_asked_for_is_what_is_handed_over() {
    let heard = hear(&[
        ("Mira", "We also liked the deck. What would forty sites be?"),
        ("Ada", "I'll get that over to you by Friday."),
    ]);
    assert_eq!(heard.promises[0].intent(), Some(Intent::SendPricing));
    let heard = hear(&[
        ("Mira", "Could you show me the contract?"),
        ("Ada", "It's ready. I'll send you the draft tonight so you can see it."),
    ]);
    assert_eq!(heard.promises.last().unwrap().intent(), Some(Intent::SendContract));
}

#[test]
fn an_offer_that_is_wanted_is_a_request() {
    let heard = hear(&[("Ada", "Should I put together a proposal, then?"), ("Mira", "Please do.")]);
    assert_eq!(heard.requests.len(), 1);
    let request = &heard.requests[0];
    assert_eq!((request.turn, request.intent()), (1, Some(Intent::SendProposal)));
    assert_eq!((request.owner.as_deref(), request.action.as_str()), (Some("Ada"), "Put together a proposal"));
    for answer in ["Please don't.", "Not yet, please.", "Sure, what does it cost?"] {
        let heard = hear(&[("Ada", "Should I put together a proposal, then?"), ("Mira", answer)]);
        assert!(heard.requests.iter().all(|r| r.intent() != Some(Intent::SendProposal)), "{answer}: {heard:?}");
    }
}

#[test]
fn the_present_speaks_of_what_comes_next_when_it_has_a_day() {
    let heard = hear(&[("Ada", "Then I ask our lab, and I send you the new calculation on Friday.")]);
    let intents: Vec<_> = heard.promises.iter().filter_map(Said::intent).collect();
    assert_eq!(intents, [Intent::CheckInternally, Intent::SendContent]);
    assert_eq!(heard.promises[1].due.as_ref().unwrap().when.to_text(), "2026-11-20");
}

#[test]
fn a_no_and_a_yes_but_promise_nothing() {
    for answer in ["I'm afraid we can't do that.", "Sure, but only after signing.", "Will do what I can, no promises."]
    {
        let heard = hear(&[("Mira", "Could you send us the source code?"), ("Ada", answer)]);
        assert!(
            heard.promises.iter().all(|p| p.confidence < crate::commitment::REPORTED),
            "{answer}: {:?}",
            heard.promises
        );
    }
}

#[test]
fn work_given_by_name_has_that_owner() {
    let heard = hear(&[
        ("Ada", "Okay, to sum up. Mira will review the numbers, and update the plan by Tuesday."),
        ("Mira", "Bob, please check the contract."),
        ("Bob", "Sure."),
    ]);
    let given: Vec<_> = heard.assignments.iter().map(|a| (a.owner.as_deref().unwrap(), a.action.as_str())).collect();
    assert_eq!(given, [("Mira", "Review the numbers"), ("Mira", "Update the plan by Tuesday")]);
    assert_eq!(heard.requests[0].owner.as_deref(), Some("Bob"));
    assert_eq!(heard.promises[0].owner.as_deref(), Some("Bob"));
}

#[test]
fn every_range_is_a_substring_of_its_turn() {
    let text =
        "Yeah… I’ll — um — send you the “one‑pager” by Friday, ok? Our budget’s tight. We decided to wait until Q1.";
    let heard = hear(&[("Ada", text)]);
    for range in heard
        .promises
        .iter()
        .map(|p| &p.range)
        .chain(heard.signals.iter().map(|s| &s.range))
        .chain(heard.decisions.iter().map(|d| &d.range))
    {
        assert!(text.get(range.clone()).is_some_and(|t| !t.is_empty()));
    }
    assert!(!heard.promises.is_empty() && !heard.signals.is_empty());
}

/// The day of the last promise in a talk, the other side's turns first.
fn day_of(lines: &[(&'static str, &'static str)]) -> Option<String> {
    let heard = hear(lines);
    heard.promises.last().and_then(|said| said.due.as_ref()).map(|due| due.when.day().to_string())
}

#[test]
fn a_day_that_the_talk_settles_is_the_day() {
    for (lines, day) in [
        (&[("Ada", "I'll send you the layout."), ("Mira", "By when?"), ("Ada", "Thursday.")][..], Some("2026-11-19")),
        (&[("Ada", "I'll send you the layout."), ("Mira", "By Friday, please.")], Some("2026-11-20")),
        (
            &[("Mira", "Could you send the layout by Friday?"), ("Ada", "Yes, I'll send the layout.")],
            Some("2026-11-20"),
        ),
        (&[("Ada", "I'll send you the layout. Is Friday all right?"), ("Mira", "Friday is fine.")], Some("2026-11-20")),
        (
            &[
                ("Ada", "I'll send you the layout on Monday."),
                ("Mira", "Monday is a holiday."),
                ("Ada", "So by Tuesday then."),
            ],
            Some("2026-11-24"),
        ),
        (&[("Ada", "Today, yes. I'll send you the layout.")], Some("2026-11-18")),
        (
            &[("Ada", "I'll send you the layout."), ("Mira", "When do we meet again?"), ("Ada", "I was off Friday.")],
            None,
        ),
        (&[("Ada", "I'll send you the layout."), ("Mira", "Our board meets Friday.")], None),
        (&[("Ada", "I'll send you the layout."), ("Mira", "Is Friday a holiday?")], None),
        (
            &[("Ada", "I'll send you the layout on Monday."), ("Mira", "Good."), ("Ada", "Friday we are closed.")],
            Some("2026-11-23"),
        ),
    ] {
        assert_eq!(day_of(lines).as_deref(), day, "{lines:?}");
    }
}

#[test]
fn a_question_that_somebody_goes_to_find_out_is_a_request() {
    let asked = |lines: &[(&'static str, &'static str)]| {
        hear(lines).requests.iter().map(|said| (said.turn, said.intent())).collect::<Vec<_>>()
    };
    let answer = vec![(0, Some(Intent::ProspectFollowup))];
    let why = "Where are the pictures kept? Because our lawyer will ask.";
    assert_eq!(asked(&[("Mira", why), ("Ada", "I'll ask our engineers.")]), answer);
    assert_eq!(asked(&[("Mira", why), ("Ada", "In Leeds.")]), []);
    assert_eq!(asked(&[("Mira", "It's yours, right? Good."), ("Ada", "I'll ask our engineers.")]), []);
    assert_eq!(asked(&[("Mira", "Is it new?"), ("Ada", "It is. I'll ask our engineers.")]), []);
}

#[test]
fn what_was_offered_in_passing_may_be_wanted() {
    for (offer, answer, intent) in [
        ("I can put you in touch with one of our customers.", "Please.", Intent::MakeIntroduction),
        ("Would a one-pager be of use?", "That would be very helpful.", Intent::SendContent),
        ("I check this with our engineers.", "Please do.", Intent::CheckInternally),
    ] {
        let heard = hear(&[("Ada", offer), ("Mira", answer)]);
        assert!(
            heard.requests.iter().any(|said| said.turn == 1 && said.intent() == Some(intent)),
            "{offer}: {heard:?}"
        );
    }
    let heard = hear(&[("Ada", "I can't send you the deck."), ("Mira", "Please.")]);
    assert_eq!(heard.requests.len(), 0);
}
