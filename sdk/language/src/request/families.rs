//! Ways of asking, by what is wanted, and what only sounds like them.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::plain_talk::NEITHER;
use crate::sentence::sentences;

fn read(text: &str) -> Vec<&'static str> {
    let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
    let all = sentences(text);
    let found = all.iter().enumerate().flat_map(|(at, sentence)| requests(sentence, all.get(at + 1), &anchor));
    found
        .filter_map(|request| match request.meaning {
            Meaning::Intent(intent) => Some(intent.as_request()),
            _ => None,
        })
        .collect()
}

fn asks_for(what: &str, sentences: &[&str]) {
    for text in sentences {
        let found = read(text);
        assert!(found.contains(&what), "{text}: {found:?}");
    }
}

#[test]
fn a_price_is_asked_for_without_the_word() {
    asks_for(
        "pricing",
        &[
            "What would that run us for thirty trucks?",
            "So what's the damage?",
            "how much we talking",
            "What do you guys charge per seat?",
            "Can you do any better on the price?",
            "Is there a discount if we take all five?",
            "Give me a rough number.",
            "And the cost?",
            "What's your best price for fifty?",
            "How much would the big one be?",
            "I'd need a price for the whole building.",
            "Could you break the price down for me?",
            "What does it come to with the installation?",
            "Any idea what that costs?",
        ],
    );
}

#[test]
fn papers_and_things_to_show() {
    asks_for(
        "content",
        &[
            "Could you share the slides?",
            "Can I get a copy of the presentation?",
            "Send over the spec sheet when you get a chance.",
            "I'd love to see some references.",
            "Do you have something I can show my boss?",
            "We'll need your insurance certificate before you come on site.",
            "Just email me the brochure.",
            "Would you mind sending the recording?",
            "can you shoot me the pdf",
            "I'd like the case study from the other hospital.",
            "Please put the safety documents in the mail to us.",
        ],
    );
}

#[test]
fn offers() {
    asks_for(
        "proposal",
        &[
            "We'd like an offer for both sites.",
            "Put something together for us, a proposal with two options.",
            "Can we get a quote by Friday?",
            "Please make us an offer.",
            "I'd want a written quote for that.",
            "Could you work up a proposal for the board?",
        ],
    );
}

#[test]
fn papers_to_sign() {
    asks_for(
        "contract",
        &[
            "Send us the paperwork.",
            "Let me have the contract and I'll read it tonight.",
            "We'd need an NDA first.",
            "Could our lawyer see the agreement?",
        ],
    );
}

#[test]
fn talks_and_visits() {
    asks_for(
        "meeting",
        &[
            "Could we do a demo with the whole team?",
            "Can you come out and have a look at the site?",
            "I'd like to see it live, with our own data.",
            "Can we talk again on Thursday?",
            "When could somebody come by and measure?",
        ],
    );
}

#[test]
fn trials_and_logins() {
    asks_for(
        "access",
        &[
            "Could we try it for a month?",
            "Can my team get a test account?",
            "We'd love a trial.",
            "Is it possible to get a login for my colleague?",
        ],
    );
}

#[test]
fn people_who_use_it() {
    asks_for(
        "introduction",
        &[
            "Can I talk to somebody who uses it already?",
            "Could you put me in touch with one of your customers?",
            "I'd like to speak to another school that has it.",
        ],
    );
}

#[test]
fn answers() {
    asks_for(
        "answer",
        &[
            "Can you find out whether it works with Sage?",
            "Could you check if the delivery can be in March?",
            "Let me know what your engineers say.",
            "I need to know if it runs offline.",
        ],
    );
}

#[test]
fn plans() {
    asks_for("plan", &["Could you send a timeline for the rollout?", "We'd need a project plan from you."]);
}

#[test]
fn what_is_told_refused_or_only_wondered_asks_for_nothing() {
    for text in [
        "How much do you know about us?",
        "What does your company do?",
        "How much time do you have today?",
        "What would you say is the main benefit?",
        "Don't send me any more brochures.",
        "You don't need to send it again.",
        "My boss asked me to send the report every week.",
        "They send us the price list every January.",
        "We send our customers an invoice on Fridays.",
        "If you send me the contract I can't sign it anyway.",
        "I need a coffee.",
        "We need a new roof first.",
        "Do you want the list?",
        "I'd like that.",
        "We would like to grow in Ohio.",
        "What would happen if it breaks?",
        "Can you see my screen?",
        "What's the difference between the two?",
        "She wanted a discount and didn't get one.",
        "We give our people a discount.",
        "I'd need to think about that.",
        "We need the trucks by six every morning.",
        "Could you slow down a bit?",
        "What did you do before?",
        "Let me see.",
        "Give me a second.",
        "He calls me every day.",
        "What are we talking about?",
        "You send it to the lab and they test it.",
        "Show me how that works.",
    ] {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn the_same_said_in_other_ways() {
    for (text, what) in [
        ("What are your rates for a small office?", "pricing"),
        ("And what would I pay for just the basic one?", "pricing"),
        ("Do you give a discount to schools?", "pricing"),
        ("Can you tell me roughly what it costs?", "pricing"),
        ("Could I see an example of such a report?", "content"),
        ("If you could send me the data sheet, that would be great.", "content"),
        ("Mind sending me the deck?", "content"),
        ("I want to see the test results before I decide.", "content"),
        ("Then please write me an offer.", "proposal"),
        ("We'd appreciate a quotation for ten units.", "proposal"),
        ("Can you email the agreement to our lawyer?", "contract"),
        ("I think we should meet again with my partner present.", "meeting"),
        ("Would Thursday work for a second call?", "meeting"),
        ("Come over next week and I'll show you around.", "meeting"),
        ("Can you open a test account for us?", "access"),
        ("Could you ask your people whether it works on Linux?", "answer"),
        ("Get back to me on the delivery time, please.", "answer"),
    ] {
        asks_for(what, &[text]);
    }
}

#[test]
fn what_only_sounds_like_asking() {
    for text in NEITHER {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn orders_with_their_subject_and_prices_by_the_way() {
    asks_for(
        "content",
        &[
            "You give me in writing what it covers.",
            "That's fine, but you send me the certificate first.",
            "Could we receive the explanation in French?",
            "If you could get me a letter for the auditor, good.",
            "Kindly fill section nine also.",
        ],
    );
    asks_for(
        "pricing",
        &[
            "What's one of them set a man back?",
            "And it costs what, a pump like that?",
            "Is there any kind of volume thing?",
            "And if we pay the whole year?",
            "Bring please a price per room.",
            "I need it on a revised price sheet.",
        ],
    );
    asks_for("meeting", &["Ring me in May.", "Pencil it in.", "Can I see this somewhere live?"]);
    asks_for("access", &["I want to try it in one shop first.", "Could I have a go on it?"]);
    asks_for("introduction", &["Have him call me."]);
    asks_for(
        "answer",
        &["Can somebody tell me if it fits our van?", "You check it.", "I want to know it before we sign."],
    );
}

#[test]
fn what_is_told_of_asking() {
    for text in [
        "Moira's saying how much.",
        "What would you check first?",
        "It costs what it costs.",
        "You check it in at the gate.",
        "You send me an invoice every month.",
        "You gave me the list.",
        "That quote you give me last fall was high.",
        "If I could buy it I'd buy it.",
        "If we take the bus we are late.",
        "Do you have the result for the small one?",
        "It comes to nothing how they do it.",
        "He told me to put it in writing.",
        "We have him call us every week.",
        "They put it on paper years ago.",
        "What matters is how much it rains.",
        "We want to try harder.",
        "I check it every morning.",
        "The crew will bring it in.",
    ] {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}
