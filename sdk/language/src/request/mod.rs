//! Requests: what one side asks the other to do or hand over.
//!
//! An ask ("could you", "can we get", "please", "what does it cost") is followed
//! by a verb phrase or an object. To read one more way of asking, add a row to a table
//! of [`asking`].

mod asking;

use std::cell::LazyCell;
use std::ops::Range;
use std::sync::LazyLock;

use crate::action::{Intent, Meaning, meaning};
use crate::deadline::{Anchor, Deadline, deadlines};
use crate::guard;
use crate::pattern::{Pattern, Present, Rows};
use crate::phrase::phrase_end;
use crate::sentence::Sentence;
use crate::token::{Gap, Token};
use asking::{ASKS, Ask, WANTS};

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

static ASK_ROWS: LazyLock<Rows<Ask>> = LazyLock::new(|| Rows::new(ASKS.iter().copied()));
static WANT_ROWS: LazyLock<Vec<(Pattern, Intent, f64)>> =
    LazyLock::new(|| WANTS.iter().map(|(r, i, c)| (Pattern::new(r), *i, *c)).collect());

/// From here a wish is one that we are to fulfil.
const WANTED_OF_US: f64 = 0.76;
/// A deadline makes a request firmer.
const DEADLINE_BONUS: f64 = 0.03;
/// The most a request is sure of.
const MOST: f64 = 0.95;

/// The requests of one sentence.
#[must_use]
pub fn requests(sentence: &Sentence, next: Option<&Sentence>, anchor: &Anchor) -> Vec<Request> {
    let tokens = &sentence.tokens;
    // Few sentences ask for anything, and a day matters only to those.
    let dates = LazyCell::new(|| deadlines(sentence, anchor));
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((end, ask)) = ASK_ROWS.at(tokens, at) else {
            at += 1;
            continue;
        };
        let mut ordered = None;
        // The row ends with the verb itself; "able to", "to" and the like do not.
        let mut verb = end.saturating_sub(1).max(at);
        while tokens
            .get(verb)
            .is_some_and(|t| matches!(t.word.as_str(), "to" | "if" | "could" | "would" | "it" | "and" | "with"))
        {
            verb += 1;
        }
        // "You can send me": the verb stands before the one who gets it.
        while verb > at + 1
            && matches!(tokens.get(verb).map_or("", |t| t.word.as_str()), "me" | "us" | "please" | "over")
        {
            verb -= 1;
        }
        if let Ask::Wish(_) = ask {
            // The thing begins with its article, where the row ends.
            verb = end.saturating_sub(2).max(at);
        }
        if let Ask::Order(_) = ask {
            let told = tokens[at].word == "you";
            if !(opens(tokens, at) || told && begins_clause(tokens, at))
                || told && (habitual(tokens) || sentence.question)
            {
                at += 1;
                continue;
            }
            verb = at + usize::from(tokens[at].word == "you");
            // "Bring please a price".
            if tokens.get(verb + 1).is_some_and(|t| t.word == "please") && !habitual(tokens) {
                ordered = Some(polite(tokens, verb));
            }
        }
        let stop = phrase_end(tokens, verb).max(verb + 1).min(tokens.len());
        let from = at;
        at = stop.max(at + 1);
        // "What would you check first?" asks for an opinion.
        let opinion = matches!(ask, Ask::You(_))
            && from > 0
            && tokens[from].gap == Gap::None
            && matches!(tokens[from - 1].word.as_str(), "what" | "how" | "which" | "who" | "why" | "where");
        if opinion || verb >= tokens.len() || void(sentence, next, from, ask) {
            continue;
        }
        let (meant, base) = match &ordered {
            Some(words) => understand(&words[..words.len().min(stop - verb)], ask),
            None => understand(&tokens[verb..stop], ask),
        };
        let Some(meant) = meant else { continue };
        let deadline = dates.iter().find(|d| d.words.start >= verb && d.words.start < stop).cloned();
        let confidence = (base + if deadline.is_some() { DEADLINE_BONUS } else { 0.0 }).min(MOST);
        out.push(Request { words: from..stop, phrase: verb..stop, meaning: meant, confidence, deadline });
    }
    // "Why would I give you a discount?" wants no answer.
    let present = Present::of(tokens);
    let wonders = tokens.first().is_some_and(|t| t.word == "why");
    if out.is_empty()
        && !wonders
        && let Some((from, to, intent, confidence)) =
            WANT_ROWS.iter().find_map(|(p, i, c)| p.find_among(tokens, present).map(|(from, to)| (from, to, *i, *c)))
        && !tokens[from].quoted
        && !tokens[from..to].iter().any(|t| matches!(t.word.as_str(), "not" | "never" | "no"))
        && !past_or_reported(sentence, from)
        // "If we buy it we would": a condition with its own consequence asks nothing.
        && !(tokens[from..to].iter().any(|t| t.word == "if") && tokens[from..].iter().any(|t| t.word == "would"))
    {
        let stop = phrase_end(tokens, to.saturating_sub(1).max(from)).max(to).min(tokens.len());
        out.push(Request {
            words: from..stop,
            phrase: from..stop,
            meaning: Meaning::Intent(intent),
            confidence,
            deadline: dates.iter().find(|d| d.words.start >= from).cloned(),
        });
    }
    out
}

fn understand(phrase: &[crate::token::Token], ask: Ask) -> (Option<Meaning>, f64) {
    let meant = meaning(phrase);
    let verb = phrase.first().map_or("", |t| t.word.as_str());
    match ask {
        // "You check it": what they find out is the answer.
        Ask::You(base) | Ask::Order(base) if meant == Meaning::Task && matches!(verb, "check" | "verify" | "find") => {
            (Some(Meaning::Intent(Intent::CheckInternally)), base)
        }
        Ask::You(base) => match meant {
            Meaning::Idle => (None, base),
            // The listener asking around on their side is an answer we want.
            meant => (Some(meant), base),
        },
        Ask::Order(base) => match meant {
            Meaning::Idle => (None, base),
            meant => (Some(meant), base),
        },
        // "We need a plan" is a plan of their own; "we would need a plan" is one of ours.
        Ask::Wish(base) => {
            let own = base < WANTED_OF_US;
            (wished(phrase).filter(|meant| !(own && *meant == Meaning::Intent(Intent::PreparePlan))), base)
        }
        Ask::Receive(base) => {
            // "See a demo" is a meeting, "get pricing" is pricing: read it as if it were sent.
            let demo = phrase.iter().take(5).any(|t| {
                matches!(
                    t.word.as_str(),
                    "demo" | "walkthrough" | "live" | "living" | "action" | "process" | "workflow"
                )
            });
            if demo && matches!(verb, "see" | "get" | "have" | "receive") {
                return (Some(Meaning::Intent(Intent::ScheduleMeeting)), base);
            }
            // "Try it for a month", "test it with our own data".
            let tried = phrase
                .get(1)
                .is_some_and(|t| matches!(t.word.as_str(), "it" | "that" | "this" | "one" | "the" | "them"));
            if matches!(verb, "try" | "test") && tried {
                return (Some(Meaning::Intent(Intent::ProvideAccess)), base);
            }
            let mut handed: Vec<_> = phrase.to_vec();
            if let Some(first) = handed.first_mut()
                && matches!(verb, "see" | "have" | "get" | "receive")
            {
                *first = first.saying("send");
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

/// Words of a meeting that are wished for without one.
const CASUAL: &[&str] =
    &["time", "times", "coffee", "lunch", "chat", "conversation", "hour", "minutes", "calendar", "review", "slot"];

/// What is wished for when only the thing is named, as if it were sent.
fn wished(phrase: &[Token]) -> Option<Meaning> {
    /// Beyond these words it is another thing: "we need a tool that sends the quotes".
    const REACH: usize = 7;
    // Words of class "content" that name what a product does as often as a paper.
    const PRODUCTS: &[&str] = &[
        "report",
        "reports",
        "data",
        "information",
        "info",
        "list",
        "results",
        "figures",
        "analysis",
        "overview",
        "link",
        "manual",
        "policy",
        "statistics",
        "instructions",
        "content",
        "file",
        "files",
    ];
    let ends = |t: &Token| {
        t.gap != Gap::None
            || matches!(
                t.word.as_str(),
                "that"
                    | "which"
                    | "who"
                    | "to"
                    | "where"
                    | "when"
                    | "so"
                    | "because"
                    | "with"
                    | "without"
                    | "than"
                    | "if"
                    | "by"
                    | "before"
                    | "from"
                    | "in"
                    | "on"
                    | "at"
                    | "for"
            )
    };
    let mut sent: Vec<Token> = phrase.iter().take(1).cloned().collect();
    sent.extend(phrase.iter().skip(1).take(REACH).take_while(|t| !ends(t)).cloned());
    let last = sent.last().map_or("", |t| t.word.as_str());
    if sent.len() < 2 || PRODUCTS.contains(&last) && sent.len() < 4 {
        return None;
    }
    sent[0] = sent[0].saying("send");
    match meaning(&sent) {
        Meaning::Intent(Intent::ProspectFollowup | Intent::CheckInternally) => None,
        // "The time sheets" are no meeting.
        Meaning::Intent(Intent::ScheduleMeeting)
            if !sent.iter().any(|t| crate::lexicon::is("meeting", &t.word) && !CASUAL.contains(&t.word.as_str())) =>
        {
            None
        }
        Meaning::Intent(intent) => Some(Meaning::Intent(intent)),
        _ => None,
    }
}

/// Words that may stand before an order: "Okay, so then just send me the contract."
#[rustfmt::skip]
const LEAD_INS: &[&str] = &[
    "yes", "okay", "sure", "fine", "well", "so", "and", "then", "great", "right", "please", "just", "alright", "cool",
    "now", "also", "but", "listen", "look", "perfect", "good", "thanks", "actually", "maybe", "oh", "nice", "go", "on",
    "no", "absolutely", "definitely", "lovely", "excellent", "first", "in", "that", "case", "sounds", "simply", "kindly",
    "wonderful", "awesome", "brilliant", "meanwhile", "otherwise", "anyway", "hey", "thank", "you", "choice", "deal",
];

/// What is done each time, or was done, is told and not asked for.
fn habitual(tokens: &[Token]) -> bool {
    tokens.iter().any(|t| {
        matches!(
            t.word.as_str(),
            "every" | "each" | "always" | "usually" | "already" | "last" | "when" | "whenever" | "then" | "never"
        )
    })
}

/// Whether a subject at this place begins its clause: "That's a lot, but you give me".
fn begins_clause(tokens: &[Token], at: usize) -> bool {
    at == 0
        || tokens[at].gap != Gap::None
        || matches!(tokens[at - 1].word.as_str(), "but" | "so" | "and" | "okay" | "then")
}

/// The words of an order without the "please" after its verb.
fn polite(tokens: &[Token], verb: usize) -> Vec<Token> {
    tokens[verb..].iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, token)| token.clone()).collect()
}

/// Whether a verb at this place opens its clause, so that it orders and tells of nobody.
fn opens(tokens: &[Token], at: usize) -> bool {
    /// A clause in front is at most a greeting, a name or a yes.
    const GREETING: usize = 3;
    let before = &tokens[..at];
    if before.iter().all(|t| LEAD_INS.contains(&t.word.as_str())) {
        return before.last().is_none_or(|t| t.word != "you");
    }
    let clause = guard::clause_start(tokens, at);
    let own = before[clause.min(at)..].iter().all(|t| LEAD_INS.contains(&t.word.as_str()));
    let greeted =
        clause <= GREETING && before[..clause.min(at)].iter().all(|t| LEAD_INS.contains(&t.word.as_str()) || t.capital);
    own && (greeted || tokens[at].gap == Gap::Break)
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
    // "Moira's saying how much": somebody's words, told.
    let told = at > 1 && matches!(tokens[at - 1].word.as_str(), "saying" | "says" | "knows" | "said" | "matters");
    // "I'd say to her, can you send": what another is told, or would be.
    let of_another = tokens[..at]
        .windows(3)
        .any(|w| w[0].word == "say" && w[1].word == "to" && matches!(w[2].word.as_str(), "him" | "her" | "them"));
    told || of_another
        || tokens[reach..at].iter().enumerate().any(|(i, t)| {
            let next = tokens.get(reach + i + 1).map_or("", |t| t.word.as_str());
            matches!(t.word.as_str(), "asked" | "said" | "told" | "ask" | "saying" | "asking" | "asks" | "wondered")
                && next != "for"
                && tokens.get(reach + i + 1).is_none_or(|t| t.gap != Gap::Break)
        })
}

#[cfg(test)]
mod families;

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
        assert!(ASK_ROWS.patterns().all(Pattern::is_well_formed));
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
            "I would say to him, can you send me the price list.",
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
