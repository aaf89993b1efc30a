//! What a sentence does with a meeting: asks for one, moves it, drops it, says yes.
//!
//! Tables of word patterns, and tables of what takes them back. To hear one more
//! way to ask, add a row and a request to the labelled set of the skill that reads
//! mails.

use std::ops::Range;
use std::sync::LazyLock;

use crate::lexicon;
use crate::pattern::{Pattern, any, find_first, table};
use crate::sentence::Sentence;
use crate::token::Token;

/// What a sentence says, each with its words.
#[derive(Clone, Debug, Default)]
pub(super) struct Cues {
    /// A meeting is asked for or offered.
    pub(super) request: Option<Range<usize>>,
    /// A meeting there is gets another time.
    pub(super) reschedule: Option<Range<usize>>,
    /// A meeting there is does not happen.
    pub(super) cancel: Option<Range<usize>>,
    /// Yes, to a time that the sentence names.
    pub(super) accept: Option<Range<usize>>,
    /// Yes, to a time that was named before.
    pub(super) accept_before: Option<Range<usize>>,
    /// Which of the times offered before: from 0, or the last.
    pub(super) choice: Option<Choice>,
    /// No time that was offered will do.
    pub(super) declines_offers: bool,
}

/// One of several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Counted from 0.
    Nth(usize),
    /// The last one.
    Last,
}

/// They ask for a meeting by themselves.
const REQUEST: &[&str] = &[
    "let us ~2 meet|talk|speak|chat|connect|reconnect|catch|sync|regroup|discuss|reconvene",
    "let us ~1 have|do|schedule|book|arrange|set|find|plan|get|grab|hop|jump ~5 @arranged",
    "let us get together",
    "why do? not we ~1 meet|talk|speak|chat|have|do|schedule|set|get",
    "can|could|may|shall|should|would we|i ~2 meet|talk|speak|chat|connect|reconnect|catch|regroup|reconvene|discuss|sync",
    "can|could|may|shall|should we|i ~2 schedule|set|find|book|arrange|have|do|plan|grab|hop|jump|put|get ~5 @arranged",
    "we could|should|can meet|talk|discuss more|further|when|on|at|about|later|this|next|in|over|tomorrow|today|again",
    "we could|should|can get|catch together|up",
    "we|i should ~1 get together|catch",
    "can|could|would|will you ~2 meet|talk|speak|chat|connect|visit|call",
    "can|could|would you ~3 join|walk us|me",
    "can|could|would you ~3 come|drop|stop|swing ~1 by|over|in",
    "can|could|would you ~3 come ~1 to|and",
    "can|could|would you ~3 hop|jump on",
    "can|could|would you ~1 give|show ~6 call|ring|demo|tour|walkthrough",
    "can|could|would you ~2 set|schedule|book|arrange|find|put ~6 @arranged",
    "would|do you ~1 like|want|mind to? meet|talk|speak|chat|meeting|talking",
    "i|we would ~1 love|like to ~1 meet|talk|speak|chat|connect|catch|discuss",
    "i|we would ~1 love|like to ~1 schedule|arrange|set|book|see|have ~5 @arranged",
    "would love|like a? ~1 demo|call|meeting|tour|walkthrough",
    "i|we need|want|hope|hoping|wanted|keen to ~2 meet|talk|speak|chat|discuss|connect|catch",
    "i|we need|want|hope|hoping|wanted to ~1 schedule|set|book|arrange ~5 @arranged",
    "need|want # min|mins|minutes",
    "happy|glad|keen|open|willing to ~1 meet|talk|speak|jump|hop|chat|discuss|connect",
    "are|r you|u ~2 free|available|around|open",
    "^ ~2 you|u free|available|around",
    "^ ~2 free|available for|on|at|to|tomorrow|today|this|next",
    "do|would you ~1 have|got ~4 minutes|mins|min|hour|moment|availability|slot|window",
    "have you got ~4 minutes|mins|min|hour|moment|slot|availability",
    "please ~2 schedule|book|arrange|organise|organize|set ~6 @arranged",
    "please ~2 call|ring|phone me|us",
    "please ~2 add ~7 invite|invitation|calendar|call|meeting",
    "put ~4 on|in my|our|the|your calendar|diary",
    "give me|us ~2 a? call|ring|buzz|shout",
    "give our ~5 a call|ring",
    "^ ~1 call|ring|phone me|us",
    "when|what would|could|can|is|are|time|day|times|days ~5 good|meet|talk|speak|suit|suits|free|available|convenient",
    "let me|us know ~4 calendar|availability|times|slots",
    "let me|us know when|what ~6 meet|talk|free|available|suits|works|convenient|minutes|calendar",
    "what ~2 calendar|availability|diary",
    "send ~2 availability|calendar",
    "get something in the|your|our diary|calendar",
    "grateful|thankful for ~2 hour|minutes|call|meeting|chat",
    "appreciate ~1 # minutes",
    "book|put|pencil me|us in",
    "hop|jump on a ~2 call|zoom",
];
/// They ask for one beside a time: "how about Monday", "can we do Friday".
const REQUEST_BESIDE_TIME: &[&str] = &[
    "how|what about",
    "let us ~1 do|say|try|aim|make|go",
    "can|could|may we|you|i ~1 do|try|make|look|say",
    "shall we",
    "is|are there ~2 time|times|slot|day|window",
    "i|we have|got ~1 window|gap|slot|opening|time",
    "do|would you have ~3 time",
    "please ~2 find|make|put|schedule|book|arrange",
    "join us|me",
    "getting together",
    "want|like to get together",
    "can come to|by|over",
];
/// They ask for one around a time: "would Tuesday suit you".
const REQUEST_AROUND_TIME: &[&str] =
    &["would|will|does|do|is ~7 suit|work|works|possible|okay|fine|good", "how is|does|are ~4 looking|look|sound|for"];
/// Times are given without being asked for, right beside them: "Tuesday works".
const AVAILABLE: &[&str] = &[
    "can|could not? do|make",
    "i|we do",
    "works|suits",
    "would|will|could|can|should|does|do|not work|suit",
    "am|is|are|be|look|looks ~2 free|available|open|around|clear",
    "^ ~2 free|available|open",
    "is|are|be|sounds|looks ~2 fine|good|great|best|better|okay|ideal|perfect|easiest|easier|possible|convenient|flexible|doable",
    "no good",
    "preferably|ideally|prefer",
];
/// They move a meeting, where the sentence names one or a time, or says little else.
const RESCHEDULE: &[&str] = &[
    "reschedule|rescheduling|postpone|postponing",
    "move|push|shift|bump|change|swap|delay ~8 to|until|till|back|forward|out|from|up",
    "bring ~4 forward",
    "find|look|pick|suggest|propose|have|need|do ~3 another|different|new|other time|slot|day|date|times|dates",
    "another|different|new|later|earlier time|slot|day|date instead|please",
    "rain check",
    "raincheck",
    "an|one|half|two ~2 hour|hours|minutes later|earlier",
    "# minutes|min|mins later|earlier",
    "try again",
    "same time|place ~1 tomorrow|next",
];
const CANCEL: &[&str] = &[
    "cancel|cancelling|canceling",
    "call off",
    "skip|drop|scrap the|our|this|that|tomorrow|today|monday|tuesday|wednesday|thursday|friday ~2 call|meeting|demo|session|chat|appointment",
    "take me|us off ~3 invite|invitation|calendar|list|meeting",
    "can|will|could not|longer ~2 make|attend|join ~4",
    "will not be able to ~1 make|attend|join|come",
    "unable to ~1 make|attend|join|come",
    "have to|got ~1 pass|drop out",
];
/// After these, what looks like a cancelled meeting is something else.
const NOT_CANCEL: &[&str] = &[
    "no need|reason to cancel",
    "not ~2 cancel",
    "cancel anytime|any|the|our|my ~1 subscription|order|contract|account|policy",
    "cancel ~2 subscription|order|contract|account",
    "can not make|join ~2 decision|sense|promises|exception",
    "in case",
    "if|unless ~6 can not|cancel",
];
const ACCEPT: &[&str] = &[
    "works|work|suits|fine|good|great|perfect|okay|ideal",
    "confirmed|confirm|confirming|agreed|booked|deal|accepted|accept",
    "see|speak|talk|meet you|to|with ~1",
    "^ ~1 speak|talk|see",
    "let us ~1 do|say|go|stick|make|take|lock|keep|confirm",
    "i|we will take|be there|go with",
    "looking|look forward to ~3 call|meeting|speaking|talking|seeing|meet|demo|chat",
];
const ACCEPT_BEFORE: &[&str] = &[
    "that|it|this|which ~1 works|suits",
    "that|it|this ~1 is ~1 fine|good|great|perfect|okay $",
    "that|it|this ~1 is ~1 fine|good|great|perfect|okay for|with|by|then|thanks",
    "that|time|works for me|us",
    "^ ~1 works for|great|perfectly|$",
    "^ ~1 confirmed",
    "see|speak|talk|until to? you? then",
    "sounds good|great|perfect|fine",
    "perfect|great see you",
];
const DECLINES_OFFERS: &[&str] =
    &["none|neither of ~4", "those|these ~3 do not work", "can not ~2 any of", "not ~2 any of those|these"];
/// Takes back what a sentence asks.
const VOID: &[&str] = &[
    "no need|reason for|to ~4",
    "do|does|did not ~2 need|want|think|see ~6 call|calls|meeting|meet|talk|demo|chat|point",
    "do not ~1 have ~1 time for",
    "not a good time to",
    "rather|prefer not ~3",
    "no longer need|want|interested|looking",
    "if we|i|you|they ever",
    "in theory",
    "theoretically|hypothetically|imagine|supposedly",
    "would|could|should have been|met|loved|liked|talked|spoken",
    "if only",
    "once|after i|we|you|they have|has|are|read|reviewed|decided|signed ~6",
    "not|nor this year|quarter|month",
    "can|could talk|meet once|after|when",
    "maybe in|next ~1 year",
    "look|looking forward to meeting|seeing",
];
/// Closes a mail and asks for nothing, unless a time stands beside it.
const POLITE: &[&str] = &[
    "feel free",
    "hesitate",
    "any|further questions|assistance|comments",
    "if you ~2 have|need|want|wish|prefer|like|get",
    "if i can",
    "if necessary|needed|required|interested",
];
/// Someone else's words.
const REPORTED: &[&str] = &["asked|said|told|wondered|says|mentioned|claims if|that|whether|he|she|they|we|i"];
/// Written for many.
const ADVERTISING: &[&str] = &[
    "unsubscribe",
    "webinar",
    "register now|today|here",
    "sign up now|today|here|free",
    "book a|your free? demo|call|trial|consultation today|now|here",
    "limited time|offer|seats",
    "save # ~1",
    "view this|in browser|online",
    "click here|below",
];

struct Tables {
    request: Vec<Pattern>,
    beside_time: Vec<Pattern>,
    around_time: Vec<Pattern>,
    polite: Vec<Pattern>,
    available: Vec<Pattern>,
    reschedule: Vec<Pattern>,
    cancel: Vec<Pattern>,
    not_cancel: Vec<Pattern>,
    accept: Vec<Pattern>,
    accept_before: Vec<Pattern>,
    declines_offers: Vec<Pattern>,
    void: Vec<Pattern>,
    reported: Vec<Pattern>,
    advertising: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    request: table(REQUEST),
    beside_time: table(REQUEST_BESIDE_TIME),
    around_time: table(REQUEST_AROUND_TIME),
    polite: table(POLITE),
    available: table(AVAILABLE),
    reschedule: table(RESCHEDULE),
    cancel: table(CANCEL),
    not_cancel: table(NOT_CANCEL),
    accept: table(ACCEPT),
    accept_before: table(ACCEPT_BEFORE),
    declines_offers: table(DECLINES_OFFERS),
    void: table(VOID),
    reported: table(REPORTED),
    advertising: table(ADVERTISING),
});

fn find(patterns: &[Pattern], sentence: &Sentence) -> Option<Range<usize>> {
    find_first(patterns, &sentence.tokens).map(|(from, to)| from..to)
}

/// The first match of any place that does.
fn find_where(patterns: &[Pattern], sentence: &Sentence, does: impl Fn(&Range<usize>) -> bool) -> Option<Range<usize>> {
    let places = || 0..sentence.tokens.len();
    patterns.iter().find_map(|pattern| {
        places().filter_map(|at| pattern.at(&sentence.tokens, at).map(|end| at..end)).find(|found| does(found))
    })
}

/// Whether a text was written for many.
pub(super) fn is_advertising(sentences: &[Sentence]) -> bool {
    sentences.iter().any(|sentence| find(&TABLES.advertising, sentence).is_some())
}

/// Whether some words drop a meeting.
pub(super) fn drops(words: &[Token]) -> bool {
    any(&TABLES.cancel, words) && !any(&TABLES.not_cancel, words)
}

/// How far from a time the words that offer it may stand, words.
const BESIDE: usize = 5;
/// How long a sentence may be whose "that works" or "we need to postpone" is the whole of it.
const SHORT: usize = 8;

fn are_near(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end + BESIDE && other.start < one.end + BESIDE
}

/// Whether a sentence gives times without being asked: "Tuesday works", "I can do
/// Monday", "Friday 2pm ok?".
pub(super) fn gives_times(sentence: &Sentence, times: &[Range<usize>]) -> bool {
    let beside = |pattern: &Pattern| {
        (0..sentence.tokens.len()).any(|at| {
            let Some(end) = pattern.at(&sentence.tokens, at) else { return false };
            times.iter().any(|time| are_near(&(at..end), time) && !time.contains(&at))
        })
    };
    let rest = sentence.tokens.len().saturating_sub(times.iter().map(ExactSizeIterator::len).sum());
    let bare_question = sentence.question && !times.is_empty() && rest <= 3;
    bare_question || TABLES.available.iter().any(beside)
}

/// What a sentence says. `times` are the words of the times in it.
pub(super) fn cues(sentence: &Sentence, times: &[Range<usize>]) -> Cues {
    let tables = &*TABLES;
    let void = find(&tables.void, sentence).is_some();
    let reported = find(&tables.reported, sentence).is_some();
    let quoted = sentence.tokens.first().is_some_and(|token| token.quoted);
    if reported || quoted {
        return Cues::default();
    }
    let no_cancel = find(&tables.not_cancel, sentence).is_some();
    let cancel = find(&tables.cancel, sentence).filter(|_| !no_cancel);
    if void {
        return Cues {
            cancel,
            accept: find(&tables.accept, sentence).filter(|_| looks_forward(sentence)),
            ..Cues::default()
        };
    }
    let short = sentence.tokens.len() <= SHORT;
    let names_meeting = sentence.tokens.iter().any(|token| lexicon::is("arranged", &token.word));
    let polite = times.is_empty() && find(&tables.polite, sentence).is_some();
    let near = |found: &Range<usize>| times.iter().any(|time| are_near(found, time));
    Cues {
        request: find(&tables.request, sentence)
            .filter(|_| !polite)
            .or_else(|| find_where(&tables.beside_time, sentence, near))
            .or_else(|| {
                find_where(&tables.around_time, sentence, |found| {
                    times.iter().any(|time| found.start < time.start && time.start <= found.end)
                })
            }),
        reschedule: find(&tables.reschedule, sentence).filter(|_| short || names_meeting || !times.is_empty()),
        cancel,
        accept: find(&tables.accept, sentence).filter(|_| !sentence.question),
        accept_before: find(&tables.accept_before, sentence).filter(|_| !sentence.question && short),
        choice: choice(sentence),
        declines_offers: find(&tables.declines_offers, sentence).is_some(),
    }
}

/// "Looking forward to our call": a yes only beside a time.
fn looks_forward(sentence: &Sentence) -> bool {
    sentence.tokens.iter().any(|token| token.word == "forward")
}

/// "Option 2", "the second one", "the last slot".
fn choice(sentence: &Sentence) -> Option<Choice> {
    const THINGS: &[&str] = &["one", "option", "slot", "time", "suggestion", "proposal", "date", "choice"];
    const NAMES: &[(&str, usize)] = &[("first", 0), ("second", 1), ("third", 2), ("fourth", 3), ("fifth", 4)];
    let word = |at: usize| sentence.tokens.get(at).map_or("", |token| token.word.as_str());
    (0..sentence.tokens.len()).find_map(|at| {
        if matches!(word(at), "option" | "number" | "slot") {
            let number: usize = word(at + 1)
                .parse()
                .ok()
                .or_else(|| crate::deadline::count(word(at + 1)).and_then(|number| usize::try_from(number).ok()))?;
            return (1..=9).contains(&number).then(|| Choice::Nth(number - 1));
        }
        if !THINGS.contains(&word(at + 1)) {
            return None;
        }
        match word(at) {
            "last" => Some(Choice::Last),
            name => NAMES.iter().find(|(known, _)| *known == name).map(|(_, nth)| Choice::Nth(*nth)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        for group in [
            &t.request,
            &t.beside_time,
            &t.around_time,
            &t.polite,
            &t.available,
            &t.reschedule,
            &t.cancel,
            &t.not_cancel,
            &t.accept,
            &t.accept_before,
            &t.declines_offers,
            &t.void,
            &t.reported,
            &t.advertising,
        ] {
            assert!(group.iter().all(Pattern::is_well_formed));
        }
    }

    #[test]
    fn one_of_several_is_counted() {
        for (text, want) in [
            ("Option 2 works for me.", Some(Choice::Nth(1))),
            ("The second one, please.", Some(Choice::Nth(1))),
            ("Let's take the last slot.", Some(Choice::Last)),
            ("Number three is best.", Some(Choice::Nth(2))),
            ("This is the first time we meet.", Some(Choice::Nth(0))),
            ("Option 20 is fine.", None),
            ("One of them.", None),
        ] {
            assert_eq!(sentences(text).iter().find_map(choice), want, "{text}");
        }
    }
}
