//! How to meet and how soon.

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, find_first, table};
use crate::sentence::Sentence;

/// How to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By video.
    Video,
    /// By phone.
    Phone,
    /// In one place.
    InPerson,
}

/// How soon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// As soon as can be.
    High,
    /// Nothing was said.
    #[default]
    Normal,
    /// There is time.
    Low,
}

const VIDEO: &[&str] = &[
    "zoom|webex|skype|gotomeeting|facetime",
    "on|over|via|by|in ms? teams",
    "microsoft teams",
    "teams call|meeting|link|invite",
    "google meet|hangout",
    "on|over|via meet",
    "video call|chat|conference|meeting|link|demo",
    "by|over|via|on video",
    "screen share|sharing",
];
const PHONE: &[&str] = &[
    "by|over|via|on the? phone",
    "phone call|chat",
    "call|ring|phone|dial me|us|him|her",
    "give ~6 a call|ring|buzz|shout",
    "on my|our|the ~1 mobile|cell|landline",
    "dial in",
    "telephone",
];
const IN_PERSON: &[&str] = &[
    "in person",
    "face to face",
    "come by|over",
    "come to our|your|the|us|me|you",
    "you|can|could|should|please ~1 come in|to|and|up|down",
    "drop|stop|swing by|in",
    "site visit",
    "on site",
    "onsite",
    "visit us|our|the|me",
    "over|for|to|grab ~1 coffee|lunch|breakfast|dinner|drinks|beer",
    "meet|see you|us? at|in our|your|my|the ~2 office|offices|shop|store|plant|site|place|premises|showroom|warehouse|studio|hall|factory|farm|headquarters|hq|lobby|cafe",
    "at our|your|my ~2 office|offices|shop|store|plant|site|premises|showroom|warehouse|studio|factory|farm|headquarters|hq",
];
const URGENT: &[&str] = &[
    "asap",
    "as soon as possible",
    "urgent|urgently",
    "emergency",
    "right away",
    "straight away",
    "at|your earliest convenience",
    "time critical|sensitive",
    "as a matter of urgency",
];
const NOT_URGENT: &[&str] = &["not ~2 urgent", "nothing|something|anything ~1 urgent", "no emergency"];
const CALM: &[&str] = &[
    "no rush|hurry",
    "not ~2 urgent",
    "nothing urgent",
    "when you get|have a chance|moment",
    "at some point",
    "take your time",
];

struct Tables {
    modes: [(Mode, Vec<Pattern>); 3],
    urgent: Vec<Pattern>,
    not_urgent: Vec<Pattern>,
    calm: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    modes: [(Mode::InPerson, table(IN_PERSON)), (Mode::Video, table(VIDEO)), (Mode::Phone, table(PHONE))],
    urgent: table(URGENT),
    not_urgent: table(NOT_URGENT),
    calm: table(CALM),
});

fn find(patterns: &[Pattern], sentence: &Sentence) -> Option<Range<usize>> {
    find_first(patterns, &sentence.tokens).map(|(from, to)| from..to)
}

/// How a sentence wants to meet, and its words.
pub(super) fn mode(sentence: &Sentence) -> Option<(Mode, Range<usize>)> {
    TABLES.modes.iter().find_map(|(mode, patterns)| Some((*mode, find(patterns, sentence)?)))
}

/// How soon a sentence wants it, and its words; `None` where it says nothing.
pub(super) fn urgency(sentence: &Sentence) -> Option<(Urgency, Range<usize>)> {
    if let Some(words) = find(&TABLES.calm, sentence) {
        return Some((Urgency::Low, words));
    }
    let urgent = find(&TABLES.urgent, sentence).filter(|_| find(&TABLES.not_urgent, sentence).is_none());
    urgent.map(|words| (Urgency::High, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        let modes = t.modes.iter().map(|(_, patterns)| patterns);
        assert!(modes.chain([&t.urgent, &t.not_urgent, &t.calm]).flatten().all(Pattern::is_well_formed));
    }

    #[test]
    fn the_way_to_meet_is_named_or_open() {
        for (text, want) in [
            ("Let's do it on Zoom.", Some(Mode::Video)),
            ("A short video call?", Some(Mode::Video)),
            ("Please call me on my mobile.", Some(Mode::Phone)),
            ("Could you come to our plant?", Some(Mode::InPerson)),
            ("Shall we talk over lunch?", Some(Mode::InPerson)),
            ("Let's have a call.", None),
            ("We have to call off the call.", None),
            ("Our teams should meet.", None),
            ("Let's meet on Monday.", None),
        ] {
            assert_eq!(sentences(text).iter().find_map(mode).map(|found| found.0), want, "{text}");
        }
    }

    #[test]
    fn urgency_is_said_and_taken_back() {
        for (text, want) in [
            ("We need to talk ASAP.", Some(Urgency::High)),
            ("It is not urgent.", Some(Urgency::Low)),
            ("Something urgent came up.", None),
            ("No rush.", Some(Urgency::Low)),
            ("Let's talk.", None),
        ] {
            assert_eq!(sentences(text).iter().find_map(urgency).map(|found| found.0), want, "{text}");
        }
    }
}
