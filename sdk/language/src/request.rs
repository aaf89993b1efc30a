//! Requests: what one side asks the other to do or hand over.
//!
//! An ask ("could you", "can we get", "please", "what does it cost") is followed
//! by a verb phrase or an object. To read one more way of asking, add a row to
//! [`ASKS`] (a verb phrase follows) or [`WANTS`] (the row says what is wanted).

use std::ops::Range;
use std::sync::LazyLock;

use crate::action::{Intent, Meaning, meaning};
use crate::deadline::{Anchor, Deadline, deadlines};
use crate::guard;
use crate::pattern::Pattern;
use crate::phrase::phrase_end;
use crate::sentence::Sentence;
use crate::token::Gap;

/// A request in one sentence.
#[derive(Clone, Debug)]
pub struct Request {
    /// Words of the sentence from the ask to the end of its phrase.
    pub words: Range<usize>,
    /// Words of the verb phrase.
    pub phrase: Range<usize>,
    /// What is asked for.
    pub meaning: Meaning,
    /// How sure that it is a request.
    pub confidence: f64,
    /// By when.
    pub deadline: Option<Deadline>,
}

/// Who does it when the answer is yes.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    /// "Could you send": the listener.
    You(f64),
    /// "Can we get": the listener gives.
    Receive(f64),
    /// "Can we schedule": both.
    Together(f64),
}

const ASKS: &[(&str, Ask)] = &[
    (
        "can|could|would|will you ~1 please? be? able? to? @adv? go? ahead? and? send|share|get|email|forward|give|provide|set|put|show|prepare|draft|add|check|confirm|make|introduce|connect|update|review|write|find|schedule|book|arrange|invite|resend|include|look|ask|pull|walk|run|bring|help|create|document|test|let|follow|do|take|work|fix|investigate|organize|coordinate|talk|reach|call|ping|loop",
        Ask::You(0.9),
    ),
    ("would you mind|be sending|sharing|forwarding|emailing|setting|putting|getting|checking", Ask::You(0.88)),
    ("would you be open|willing|able|okay to|with", Ask::You(0.7)),
    (
        "please @adv? do? send|share|get|email|forward|give|provide|set|put|prepare|draft|add|check|confirm|make|introduce|connect|update|review|write|find|schedule|book|arrange|invite|resend|include|look|ask|pull|document|test|create|loop|let|call|follow|complete|finish|submit|reach|bring|ping",
        Ask::You(0.9),
    ),
    ("^ @adv? send|email|forward|resend|shoot me|us|over", Ask::You(0.82)),
    ("can|could|would|will you ~1 please? @adv? @action", Ask::You(0.86)),
    ("please @adv? @action", Ask::You(0.86)),
    ("^ ~1 let me|us know", Ask::You(0.8)),
    ("^ ~1 call|email|text|ping|contact me|us", Ask::You(0.82)),
    ("i|we would @adv? like to discuss|talk|meet|schedule|set", Ask::Together(0.78)),
    ("i|we would need you to", Ask::You(0.85)),
    ("i|we need you to", Ask::You(0.85)),
    ("i|we would like|appreciate|love you? to|if it? you could|would?", Ask::You(0.8)),
    ("you could send|share|email|forward", Ask::You(0.68)),
    ("can|could|may i|we @adv? get|have|see|receive|ask", Ask::Receive(0.86)),
    ("is it possible to get|have|see|receive", Ask::Receive(0.85)),
    ("is there any|a way|chance to|i|we can|could? get|have|see", Ask::Receive(0.78)),
    ("i|we would love|like to see|get|have|receive", Ask::Receive(0.8)),
    ("i|we will need|want to? see|get|have|receive", Ask::Receive(0.76)),
    ("it would be helpful|great|good|useful|nice|ideal to see|get|have", Ask::Receive(0.78)),
    (
        "can|could|shall|should|will we @adv? schedule|set|book|meet|find|talk|arrange|do|hop|jump|get|plan|put|have|reconvene|regroup|sync|connect",
        Ask::Together(0.86),
    ),
    (
        "are you free|available|around on|next|this|tomorrow|monday|tuesday|wednesday|thursday|friday|for|at",
        Ask::Together(0.8),
    ),
    (
        "do you have time|availability|a ~2 on|next|this|tomorrow|monday|tuesday|wednesday|thursday|friday|for|to",
        Ask::Together(0.8),
    ),
    ("i|we would love|like to schedule|book|set|meet|arrange|find", Ask::Together(0.8)),
    ("when can|could|should we meet|talk|schedule|start|do|get", Ask::Together(0.78)),
];

/// Rows that name what is wanted without a verb phrase of giving.
const WANTS: &[(&str, Intent, f64)] = &[
    ("how much does|is|would|do|will it|this|that|the|you ~6", Intent::SendPricing, 0.78),
    ("what is|are|does|would|do your|the|it|this ~3 pricing|price|prices|cost|rates", Intent::SendPricing, 0.79),
    ("what does|would|will it|this|that ~3 cost|run", Intent::SendPricing, 0.79),
    ("do you have ~5 pricing|rates|price", Intent::SendPricing, 0.78),
    ("do you have any|a|an|some|more ~4 case|one|white study|studies|pager|paper|papers", Intent::SendContent, 0.82),
    (
        "do you have any|a|an|some|more ~4 documentation|materials|examples|references|collateral|whitepaper|deck|recording|docs|datasheet|brochure|template|templates",
        Intent::SendContent,
        0.8,
    ),
    ("do you have something ~3 i|we can|could read|share|send|forward|show|circulate", Intent::SendContent, 0.82),
    (
        "is there ~1 a|any|an|some ~4 documentation|deck|recording|study|datasheet|whitepaper|brochure|pager|guide ~3 share|send|read|forward|look|see",
        Intent::SendContent,
        0.82,
    ),
    ("i|we would need|want ~4 proposal|quote|sow", Intent::SendProposal, 0.8),
    ("i|we would need|want|like ~4 contract|nda|msa|dpa", Intent::SendContract, 0.78),
];

static ASK_ROWS: LazyLock<Vec<(Pattern, Ask)>> =
    LazyLock::new(|| ASKS.iter().map(|(r, a)| (Pattern::new(r), *a)).collect());
static WANT_ROWS: LazyLock<Vec<(Pattern, Intent, f64)>> =
    LazyLock::new(|| WANTS.iter().map(|(r, i, c)| (Pattern::new(r), *i, *c)).collect());

/// A deadline makes a request firmer.
const DEADLINE_BONUS: f64 = 0.03;
/// The most a request is sure of.
const MOST: f64 = 0.95;

/// The requests of one sentence.
#[must_use]
pub fn requests(sentence: &Sentence, next: Option<&Sentence>, anchor: &Anchor) -> Vec<Request> {
    let tokens = &sentence.tokens;
    let dates = deadlines(sentence, anchor);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((end, ask)) = ASK_ROWS.iter().find_map(|(p, ask)| p.at(tokens, at).map(|end| (end, *ask))) else {
            at += 1;
            continue;
        };
        // The row ends with the verb itself; "able to", "to" and the like do not.
        let mut verb = end.saturating_sub(1).max(at);
        while tokens
            .get(verb)
            .is_some_and(|t| matches!(t.word.as_str(), "to" | "if" | "could" | "would" | "it" | "and" | "with"))
        {
            verb += 1;
        }
        let stop = phrase_end(tokens, verb).max(verb + 1).min(tokens.len());
        let from = at;
        at = stop.max(at + 1);
        if verb >= tokens.len() || void(sentence, next, from, ask) {
            continue;
        }
        let (meant, base) = understand(&tokens[verb..stop], ask);
        let Some(meant) = meant else { continue };
        let deadline = dates.iter().find(|d| d.words.start >= verb && d.words.start < stop).cloned();
        let confidence = (base + if deadline.is_some() { DEADLINE_BONUS } else { 0.0 }).min(MOST);
        out.push(Request { words: from..stop, phrase: verb..stop, meaning: meant, confidence, deadline });
    }
    if out.is_empty()
        && let Some((from, to, intent, confidence)) =
            WANT_ROWS.iter().find_map(|(p, i, c)| p.find(tokens).map(|(from, to)| (from, to, *i, *c)))
        && !tokens[from].quoted
        && !past_or_reported(sentence, from)
    {
        let stop = phrase_end(tokens, to.saturating_sub(1).max(from)).max(to).min(tokens.len());
        out.push(Request {
            words: from..stop,
            phrase: from..stop,
            meaning: Meaning::Intent(intent),
            confidence,
            deadline: dates.into_iter().find(|d| d.words.start >= from),
        });
    }
    out
}

fn understand(phrase: &[crate::token::Token], ask: Ask) -> (Option<Meaning>, f64) {
    let meant = meaning(phrase);
    let verb = phrase.first().map_or("", |t| t.word.as_str());
    match ask {
        Ask::You(base) => match meant {
            Meaning::Idle => (None, base),
            // The listener asking around on their side is an answer we want.
            meant => (Some(meant), base),
        },
        Ask::Receive(base) => {
            // "See a demo" is a meeting, "get pricing" is pricing: read it as if it were sent.
            let demo = phrase.iter().take(5).any(|t| matches!(t.word.as_str(), "demo" | "walkthrough"));
            if demo && matches!(verb, "see" | "get" | "have" | "receive") {
                return (Some(Meaning::Intent(Intent::ScheduleMeeting)), base);
            }
            let mut handed: Vec<_> = phrase.to_vec();
            if let Some(first) = handed.first_mut()
                && matches!(verb, "see" | "have" | "get" | "receive")
            {
                "send".clone_into(&mut first.word);
            }
            if verb == "ask" {
                return (None, base);
            }
            match meaning(&handed) {
                Meaning::Intent(Intent::ProspectFollowup | Intent::CheckInternally) if verb != "get" => (None, base),
                Meaning::Intent(intent) => (Some(Meaning::Intent(intent)), base),
                _ => (None, base),
            }
        }
        Ask::Together(base) => {
            let meet =
                matches!(verb, "meet" | "reconvene" | "regroup" | "connect" | "sync" | "free" | "available" | "around")
                    || phrase.iter().take(8).any(|t| crate::lexicon::is("meeting", &t.word) && t.word != "review");
            if meet || matches!(meant, Meaning::Intent(Intent::ScheduleMeeting)) {
                (Some(Meaning::Intent(Intent::ScheduleMeeting)), base)
            } else {
                (None, base)
            }
        }
    }
}

/// Reported, negated, conditional or quoted requests are none.
fn void(sentence: &Sentence, next: Option<&Sentence>, at: usize, ask: Ask) -> bool {
    let tokens = &sentence.tokens;
    let joking = next.is_some_and(|n| n.tokens.iter().take(3).any(|t| matches!(t.word.as_str(), "kidding" | "joking")));
    // The standing phrases at the foot of mails ask nobody in particular.
    let boilerplate = tokens.windows(2).any(|w| {
        matches!(
            (w[0].word.as_str(), w[1].word.as_str()),
            ("any", "questions") | ("no", "longer") | ("click", "here") | ("this", "link") | ("mailing", "list")
        )
    }) || tokens.iter().any(|t| {
        matches!(t.word.as_str(), "unsubscribe" | "unsubscribing" | "contacts" | "whitelist" | "anytime" | "hesitate")
    });
    let rhetorical = boilerplate || tokens.iter().take(6).any(|t| matches!(t.word.as_str(), "imagine" | "suppose"));
    let offer = matches!(ask, Ask::Together(_))
        && tokens.iter().any(|t| t.word == "today")
        && tokens.iter().any(|t| t.word == "start");
    tokens.get(at).is_none_or(|t| t.quoted) || past_or_reported(sentence, at) || joking || rhetorical || offer
}

fn past_or_reported(sentence: &Sentence, at: usize) -> bool {
    let tokens = &sentence.tokens;
    let opens = guard::clause_start(tokens, at);
    let reach = at.saturating_sub(7).max(opens.saturating_sub(4));
    tokens[reach..at].iter().enumerate().any(|(i, t)| {
        let next = tokens.get(reach + i + 1).map_or("", |t| t.word.as_str());
        matches!(t.word.as_str(), "asked" | "said" | "told" | "ask" | "saying" | "asking" | "asks" | "wondered")
            && next != "for"
            && tokens.get(reach + i + 1).is_none_or(|t| t.gap != Gap::Break)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    fn read(text: &str) -> Vec<(Option<Intent>, f64, String)> {
        let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
        let all = sentences(text);
        all.iter()
            .enumerate()
            .flat_map(|(i, s)| {
                requests(s, all.get(i + 1), &anchor).into_iter().map(|r| {
                    let intent = if let Meaning::Intent(intent) = r.meaning { Some(intent) } else { None };
                    (intent, r.confidence, text[s.words(r.words.start, r.words.end)].to_owned())
                })
            })
            .collect()
    }

    #[test]
    fn tables_parse() {
        assert!(ASK_ROWS.iter().all(|(p, _)| p.is_well_formed()));
        assert!(WANT_ROWS.iter().all(|(p, _, _)| p.is_well_formed()));
    }

    #[test]
    fn requests_are_understood_by_what_is_wanted() {
        for (text, intent) in [
            ("Can you send me the case study?", Intent::SendContent),
            ("Could you please share the security documentation by Friday?", Intent::SendContent),
            ("Would you mind sending over the pricing?", Intent::SendPricing),
            ("Please send us a proposal.", Intent::SendProposal),
            ("Can we get a quote for 200 seats?", Intent::SendProposal),
            ("Can we schedule a follow-up for Thursday?", Intent::ScheduleMeeting),
            ("We'd love to see a demo of that.", Intent::ScheduleMeeting),
            ("How much does it cost?", Intent::SendPricing),
            ("Do you have any case studies in logistics?", Intent::SendContent),
            ("Can you introduce us to one of your customers?", Intent::MakeIntroduction),
            ("Could you get us access to a sandbox?", Intent::ProvideAccess),
            ("Could you send the contract over?", Intent::SendContract),
        ] {
            let found = read(text);
            assert_eq!(found.first().and_then(|f| f.0), Some(intent), "{text}: {found:?}");
        }
        assert_eq!(read("Great. Can you send me the deck, please?")[0].2, "Can you send me the deck, please");
    }

    #[test]
    fn talk_about_requests_is_none() {
        for text in [
            "They asked can you send us the deck.",
            "Can you hear me?",
            "Can you see my screen?",
            "Can I ask you something?",
            "He said \u{201c}please send the proposal\u{201d}.",
            "Would you say that is fair?",
            "Can we talk about how you do it today?",
            "Could you tell me a bit about your team?",
        ] {
            assert!(read(text).is_empty(), "{text}: {:?}", read(text));
        }
    }
}
