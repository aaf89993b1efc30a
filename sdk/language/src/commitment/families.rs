//! Ways of promising, by what is promised, and what only sounds like them.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::plain_talk::NEITHER;
use crate::sentence::sentences;

/// The intents of what stands among commitments.
fn read(text: &str) -> Vec<Intent> {
    let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
    let all = sentences(text);
    let found = all.iter().enumerate().flat_map(|(at, sentence)| promises(sentence, all.get(at + 1), &anchor));
    found
        .filter(|promise| promise.confidence >= REPORTED)
        .filter_map(|promise| match promise.meaning {
            Meaning::Intent(intent) => Some(intent),
            _ => None,
        })
        .collect()
}

fn promised(intent: Intent, sentences: &[&str]) {
    for text in sentences {
        let found = read(text);
        assert!(found.contains(&intent), "{text}: {found:?}");
    }
}

#[test]
fn papers_by_any_name_and_in_any_tense() {
    promised(
        Intent::SendContent,
        &[
            "I'll drop the slides in your inbox this afternoon.",
            "You'll get the report from me on Monday.",
            "I send you the documents tomorrow.",
            "Let me forward you the case study right after this.",
            "ill shoot you the link",
            "I'm gonna email you the checklist tonight.",
            "We will get you the test results by Wednesday.",
            "I can send you the recording this evening.",
            "Sure, I'll dig out the certificate and mail it to you.",
        ],
    );
}

#[test]
fn offers() {
    promised(
        Intent::SendProposal,
        &[
            "The proposal will be in your inbox by noon tomorrow.",
            "I'll work up a quote and send it across on Thursday.",
            "Expect the offer from me by the tenth.",
            "I make you an offer until Wednesday.",
        ],
    );
}

#[test]
fn prices() {
    promised(
        Intent::SendPricing,
        &["I'll get you those prices by tomorrow.", "Let me text you the rate for the smaller one."],
    );
}

#[test]
fn contracts() {
    promised(
        Intent::SendContract,
        &["I'll have legal send you the agreement on Friday.", "We'll get the paperwork over to you today."],
    );
}

#[test]
fn meetings_and_visits() {
    promised(
        Intent::ScheduleMeeting,
        &[
            "I'll put something in the calendar for Tuesday.",
            "Let's do Wednesday at ten, I'll send the invite.",
            "I'll come by on Thursday to measure the windows.",
            "We'll set up a session with your night team.",
        ],
    );
}

#[test]
fn introductions() {
    promised(
        Intent::MakeIntroduction,
        &["I'll put you in touch with our customer in Leeds.", "Let me connect you with Priya from support."],
    );
}

#[test]
fn asking_at_home() {
    promised(
        Intent::CheckInternally,
        &[
            "I'll ask the engineers and get back to you tomorrow.",
            "Let me find out and come back to you.",
            "I have to check that with our warehouse.",
            "I'll talk to my manager about the discount.",
            "I need to run that past legal.",
        ],
    );
}

#[test]
fn access() {
    promised(
        Intent::ProvideAccess,
        &["I'll set you up with a test account today.", "I'll have your logins ready by Monday."],
    );
}

#[test]
fn plans() {
    promised(Intent::PreparePlan, &["I'll draft a rollout plan and share it by Friday."]);
}

#[test]
fn habits_tales_bargains_and_courtesy_promise_nothing() {
    for text in [
        "I'll be quick.",
        "I'd send you the file if I had it.",
        "We never send contracts before the visit.",
        "I was going to send it but I got sick.",
        "I already sent you the quote last week.",
        "Will I see you at the fair?",
        "He'll send you the invoice, I guess.",
        "I send reports to the ministry every month.",
        "I'll take that as a yes.",
        "I'll let you finish.",
        "I'll have to disappoint you there.",
        "I can't give you a discount.",
        "We could send a technician, maybe.",
        "I send you an email and nobody answers, that's how it was.",
        "When I send the file, the system checks it.",
        "I'll give you that.",
        "I'll leave it there.",
        "We put it in writing last year.",
        "I'll be honest, I'd ask my boss for more money too.",
        "I might be able to get you a price next week.",
        "You'll get the hang of it.",
        "You'll have to ask Tom about the contract.",
        "You will find the price on page two.",
        "It will be in the car.",
        "It will be with the customs for a week.",
        "That will be on your bill anyway.",
        "I'll have the salad.",
        "I must say I like it.",
        "I must have missed the email.",
        "So I ask him and he says no.",
        "Then I call the office and they laugh at me.",
        "I bring my own lunch.",
        "I give it a year.",
        "We make windows.",
        "I think I'll look at it.",
        "I put the sheet on your desk in March.",
        "Let me just find the right slide.",
        "I'll see you Thursday.",
        "You'll hear a beep.",
        "Leave it with the receptionist.",
        "You give me the list, I give you the price tomorrow.",
        "Let me have the contract.",
        "I read the mail every Friday.",
        "The leads I send go to your team by Monday.",
    ] {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn the_same_said_in_other_ways() {
    for (text, intent) in [
        ("I'll put the brochure in the post today.", Intent::SendContent),
        ("You'll find the manual in your mail tonight.", Intent::SendContent),
        ("No problem, I'll mail you the checklist.", Intent::SendContent),
        ("I'll write you an offer over the weekend.", Intent::SendProposal),
        ("We'll have a proposal ready for you on Monday.", Intent::SendProposal),
        ("I'll set the demo up for next Thursday.", Intent::ScheduleMeeting),
        ("I'll pop over on Wednesday and measure up.", Intent::ScheduleMeeting),
        ("Let's meet again on the third, I'll book a room.", Intent::ScheduleMeeting),
        ("I'll have to ask our warehouse about that.", Intent::CheckInternally),
        ("Let me take that back to the team.", Intent::CheckInternally),
        ("I'll look into that and let you know.", Intent::CheckInternally),
        ("We'll create accounts for all of your teachers by Friday.", Intent::ProvideAccess),
        ("I'll get you talking to one of our farmers.", Intent::MakeIntroduction),
        ("The contract will be with you by the end of the week.", Intent::SendContract),
        ("I'll map out the rollout and send you the plan.", Intent::PreparePlan),
    ] {
        promised(intent, &[text]);
    }
}

#[test]
fn what_only_sounds_like_promising() {
    for text in NEITHER {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn who_is_asked_and_who_comes_back() {
    promised(
        Intent::CheckInternally,
        &[
            "I'll ask our pharmacist.",
            "I'll ask Rodrigo, he did the last one.",
            "Let me go back and see what we can do on the freight.",
            "I will speak to their yard manager today and revert to you.",
            "I'm going to phone accounting straight after this.",
            "I check this today.",
            "I must look it up.",
            "I'll press them on it tomorrow.",
            "I think we can do that, let me confirm with engineering.",
        ],
    );
}

#[test]
fn what_is_handed_over_by_any_verb() {
    promised(
        Intent::SendProposal,
        &[
            "The quotation I will mail by Friday.",
            "I'm gonna carry y'all a new quote down there Wednesday if that suits.",
            "I'll knock you up a quote tonight.",
        ],
    );
    promised(Intent::SendPricing, &["I'll work up the numbers for both.", "I'll price it both ways."]);
    promised(
        Intent::SendContent,
        &[
            "I'll email the letter within the day.",
            "I'll get you the full root cause, not the short one, by tomorrow midday.",
            "I'll stick a leaflet in the post tonight.",
            "I'll send the checklist, if he agrees I'll put you on a call.",
        ],
    );
}

#[test]
fn who_gets_it_on_a_day() {
    promised(
        Intent::SendContent,
        &[
            "The payback study you'd have by Thursday.",
            "Monday you will have the report.",
            "You have the list tomorrow.",
        ],
    );
    promised(
        Intent::ScheduleMeeting,
        &[
            "Tuesday at half past three, I'm there.",
            "I'll be there on Friday.",
            "I'll tee something up with her for next week.",
            "I'll lock in the sixteenth.",
        ],
    );
    promised(
        Intent::MakeIntroduction,
        &["I'll put you two together.", "I'll have him call you.", "I'll drop her a line today and copy you in."],
    );
}

#[test]
fn who_has_it_anyway_and_who_only_would() {
    for text in [
        "You have the list.",
        "You get it the same day, and your people have it in the portal by Monday every week.",
        "I ring people on Friday.",
        "They get the samples on Tuesday.",
        "I'll be there at nine tomorrow anyway, for the vet.",
        "You get the report every Monday.",
        "If you have it by Friday, good.",
        "When you get it on Friday, sign it.",
        "You'd have it by Thursday if you had signed.",
        "I'm there every Friday.",
        "We're in Leeds on Friday.",
        "I'll be there in spirit.",
        "I pass the church on Sunday.",
        "I ring the bell at nine.",
        "I take the kids to school tomorrow.",
        "I'll fill you in.",
        "I'll get the picture.",
        "You have the demo tomorrow.",
        "They have it in blue.",
        "I'd send the quote if he agreed.",
        "I'll send it if he signs.",
        "I tell you, tomorrow it rains.",
        "You would have had it by Friday.",
        "I'll see you there Friday.",
        "The cause of it I will never know.",
    ] {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn the_day_of_another_clause() {
    let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
    for (text, day) in [
        ("I'll talk to legal, I'll do it tonight before I forget.", Some("2026-11-18")),
        ("ill email the deck ill do it tonight", Some("2026-11-18")),
        ("I'll have the plan for you. Wednesday, say, end of play.", Some("2026-11-25")),
        ("I'll rework the offer. Give me until Monday.", Some("2026-11-23")),
        ("I'll send the report, the short one, by tomorrow.", Some("2026-11-19")),
        ("I'll drop her a line today and copy you in.", Some("2026-11-18")),
        ("I'll send the deck. We meet on Friday.", None),
        ("I'll send the report from Monday.", None),
        ("I'll send the deck. He does it on Tuesday.", None),
        ("I'll send the deck. Is Friday a holiday?", None),
        ("I'll send the deck. I'll do the dishes tonight.", None),
        ("I'll send the deck, you were off on Friday.", None),
    ] {
        let all = sentences(text);
        let found = promises(&all[0], all.get(1), &anchor);
        let due = found.last().and_then(|p| p.deadline.as_ref()).map(|d| d.when.day().to_string());
        assert_eq!(due.as_deref(), day, "{text}: {found:?}");
    }
}
