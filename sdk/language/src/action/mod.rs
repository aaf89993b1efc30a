//! What a verb phrase asks to be done: which intent it stands for, if any.
//!
//! The first matching row of [`phrases`] decides. Where none does, the verb's
//! class and the first object named after it do: "send" with "deck" is content,
//! with "quote" a proposal. An object that is only "it" is left open for the
//! dialogue to fill in.

mod errands;
mod intent;
mod phrases;

use std::sync::LazyLock;

use errands::ERRANDS;
pub use intent::Intent;
use phrases::PHRASES;

use crate::lexicon;
use crate::pattern::Pattern;
use crate::token::{Gap, Token};

/// A verb phrase understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A known intent.
    Intent(Intent),
    /// Something is handed over, but only "it" says what.
    Handover,
    /// Work, without a named intent.
    Task,
    /// Running the conversation, a feeling, or nothing that can be done later.
    Idle,
}

static ROWS: LazyLock<Vec<(Pattern, Meaning)>> =
    LazyLock::new(|| PHRASES.iter().chain(ERRANDS).map(|(row, meaning)| (Pattern::new(row), *meaning)).collect());

/// An object is looked for this many words after its verb: "send over to you and
/// your team the updated and signed …" is about as long as it gets.
const OBJECT_REACH: usize = 12;

/// Words that end the objects of a verb.
const OBJECT_ENDS: &[&str] = &[
    "before",
    "after",
    "by",
    "until",
    "when",
    "so",
    "because",
    "since",
    "during",
    "where",
    "while",
    "if",
    "once",
    "which",
    "about",
    "regarding",
    "tomorrow",
    "today",
    "from",
    "and",
];

/// Verbs too general to be work without the right company, see [`works_on_something`].
const LIGHT_VERBS: &[&str] = &[
    "get", "have", "make", "take", "give", "look", "tell", "pick", "include", "cover", "call", "bring", "put", "drop",
    "change", "lead", "back", "note", "talk", "speak", "find", "shoot", "mark", "open", "close", "work", "move",
    "start", "begin", "ask", "run", "set", "follow", "reach", "own", "answer", "present", "pull", "respond", "meet",
    "support", "add", "drive", "handle", "measure", "compare", "define", "circle",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Object {
    Proposal,
    Pricing,
    Contract,
    Access,
    Plan,
    Content,
    Meeting,
    Message,
    Pronoun,
}

fn object_class(word: &str) -> Option<Object> {
    let pairs = [
        ("proposal", Object::Proposal),
        ("pricing", Object::Pricing),
        ("contract", Object::Contract),
        ("access", Object::Access),
        ("content", Object::Content),
        ("plan", Object::Plan),
        ("meeting", Object::Meeting),
        ("paper", Object::Content),
    ];
    if matches!(word, "email" | "note" | "message" | "text" | "line" | "ping") {
        return Some(Object::Message);
    }
    if matches!(word, "plan" | "plans" | "timeline" | "roadmap") {
        return Some(Object::Plan);
    }
    pairs.into_iter().find(|(class, _)| lexicon::is(class, word)).map(|(_, object)| object)
}

/// The first object after the verb; in a run of nouns the last one leads
/// ("meeting notes"), except that a pricing sheet stays pricing.
fn object(words: &[Token]) -> Option<Object> {
    let mut pronoun = false;
    for (index, token) in words.iter().enumerate().skip(1).take(OBJECT_REACH) {
        let word = token.word.as_str();
        if OBJECT_ENDS.contains(&word) && !(word == "and" && index < 4) {
            break;
        }
        // "Payment terms" and "refinance terms" are conditions to read, and no contract.
        let before = words[index - 1].word.as_str();
        let own = matches!(
            before,
            "the"
                | "our"
                | "your"
                | "my"
                | "these"
                | "contract"
                | "commercial"
                | "legal"
                | "revised"
                | "updated"
                | "final"
                | "new"
                | "agreed"
        );
        let class = if word == "terms" && !own { Some(Object::Content) } else { object_class(word) };
        let Some(mut found) = class else {
            pronoun |= lexicon::is("pronoun", word);
            continue;
        };
        // "The certificate process": the last noun says what it is.
        let process = words.get(index + 1).is_some_and(|t| {
            t.gap == Gap::None
                && matches!(
                    t.word.as_str(),
                    "process"
                        | "workflow"
                        | "module"
                        | "feature"
                        | "screen"
                        | "issue"
                        | "problem"
                        | "discussion"
                        | "department"
                )
        });
        if process {
            continue;
        }
        for next in words.iter().skip(index + 1) {
            match object_class(&next.word) {
                Some(Object::Content | Object::Message)
                    if matches!(found, Object::Pricing | Object::Proposal | Object::Contract) => {}
                Some(Object::Meeting | Object::Plan) if found == Object::Content => {}
                Some(later) if next.gap == Gap::None => found = later,
                _ => break,
            }
        }
        return Some(found);
    }
    pronoun.then_some(Object::Pronoun)
}

/// Understands the verb phrase that starts at the first word given.
#[must_use]
pub fn meaning(phrase: &[Token]) -> Meaning {
    let Some(verb) = phrase.first().map(|t| t.word.as_str()) else {
        return Meaning::Idle;
    };
    for (pattern, meaning) in ROWS.iter() {
        if pattern.at(phrase, 0).is_some() {
            return *meaning;
        }
    }
    // "Speak to Jonas": a person with a name is asked something.
    let named = phrase.get(2).is_some_and(|t| t.capital && t.gap == Gap::None && t.word != "i");
    if matches!(verb, "talk" | "speak" | "chat") && named && matches!(phrase[1].word.as_str(), "to" | "with") {
        return Meaning::Intent(Intent::CheckInternally);
    }
    // "Ask Rodrigo".
    if verb == "ask" && phrase.get(1).is_some_and(|t| t.capital && t.gap == Gap::None && t.word != "i") {
        return Meaning::Intent(Intent::CheckInternally);
    }
    let send = lexicon::is("send", verb) || lexicon::is("send", verb.trim_end_matches("ing"));
    let second = phrase.get(1).map_or("", |t| t.word.as_str());
    // "Draw up", "type up", "dig out": what is not there yet, or not at hand.
    let made =
        matches!(verb, "draw" | "write" | "type" | "work" | "knock" | "print" | "dig" | "look" | "find" | "pull")
            && matches!(second, "up" | "out" | "together");
    let send = send || gives(phrase);
    let prepare = lexicon::is("prepare", verb) || made;
    let schedule = lexicon::is("schedule", verb);
    if matches!(verb, "have" | "get")
        && let Some(inner) = delegated(phrase)
    {
        return match meaning(&phrase[inner..]) {
            Meaning::Idle => Meaning::Task,
            meant => meant,
        };
    }
    let found = object(phrase);
    let by_object = match found {
        Some(Object::Proposal) if send || prepare => Some(Intent::SendProposal),
        Some(Object::Pricing) if send || prepare => Some(Intent::SendPricing),
        Some(Object::Contract) if send || prepare || verb == "redline" => Some(Intent::SendContract),
        Some(Object::Access) if send => Some(Intent::ProvideAccess),
        Some(Object::Plan) if send || prepare => Some(Intent::PreparePlan),
        Some(Object::Content)
            if send
                || matches!(verb, "do" | "make") && matches!(second, "the" | "a" | "an" | "that" | "you")
                || matches!(verb, "prepare" | "draft" | "write" | "put" | "pull" | "create" | "build") =>
        {
            Some(Intent::SendContent)
        }
        Some(Object::Meeting) if schedule || matches!(verb, "invite") => Some(Intent::ScheduleMeeting),
        _ => None,
    };
    if let Some(intent) = by_object {
        return Meaning::Intent(intent);
    }
    if matches!(verb, "schedule" | "book" | "reschedule") {
        return Meaning::Intent(Intent::ScheduleMeeting);
    }
    let something = phrase.windows(2).skip(1).take(4).any(|w| {
        w[0].word == "something"
            && matches!(w[1].word.as_str(), "i" | "we" | "to" | "for" | "about" | "that" | "on" | "you")
    }) || phrase.len() > 2 && phrase.last().is_some_and(|t| t.word == "something");
    if matches!(verb, "send" | "email" | "text" | "forward") && something {
        return Meaning::Intent(Intent::SendContent);
    }
    let the_same = phrase.windows(2).any(|w| w[0].word == "the" && w[1].word == "same")
        && phrase.last().is_some_and(|t| matches!(t.word.as_str(), "same" | "please"));
    if the_same && (send || prepare) {
        return Meaning::Handover;
    }
    // "Let you have": to send it.
    if verb == "let"
        && matches!(second, "you" | "them" | "me" | "us")
        && phrase.get(2).is_some_and(|t| t.word == "have")
    {
        let mut sent = phrase[2..].to_vec();
        sent[0] = sent[0].saying("send");
        return meaning(&sent);
    }
    let hands_over = matches!(
        verb,
        "send"
            | "email"
            | "share"
            | "forward"
            | "shoot"
            | "resend"
            | "mail"
            | "get"
            | "sending"
            | "sharing"
            | "pass"
            | "deliver"
            | "have"
            | "whatsapp"
            | "fax"
            | "text"
            | "drop"
            | "bring"
    );
    let points = found == Some(Object::Pronoun);
    if hands_over && points && (!matches!(verb, "get" | "have" | "drop" | "bring") || toward_listener(phrase)) {
        return Meaning::Handover;
    }
    if points && matches!(verb, "open" | "activate" | "enable") {
        return Meaning::Handover;
    }
    // "I'll send you": to whom, but not what.
    if hands_over && phrase[1..].iter().all(|t| matches!(t.word.as_str(), "you" | "them" | "him" | "her" | "over")) {
        return Meaning::Idle;
    }
    match sent_as_paper(phrase) {
        // "The draft" and "a copy" say no more than "it".
        Some(paper) if hands_over => {
            let stands_for_it = matches!(paper.word.as_str(), "draft" | "copy" | "version" | "final" | "update");
            return if stands_for_it { Meaning::Handover } else { Meaning::Intent(Intent::SendContent) };
        }
        _ => {}
    }
    if made {
        // "Write up the pilot and send it": what is written is sent.
        let sent = phrase.windows(2).any(|w| {
            matches!(w[0].word.as_str(), "send" | "mail" | "email" | "share" | "forward")
                && matches!(w[1].word.as_str(), "it" | "that" | "them" | "you" | "over")
        });
        return if sent { Meaning::Intent(Intent::SendContent) } else { Meaning::Task };
    }
    let heavy = lexicon::is("action", verb) && !LIGHT_VERBS.contains(&verb);
    if heavy {
        return Meaning::Task;
    }
    // "Pass you the numbers": whatever they are of.
    if gives(phrase) && matches!(verb, "pass" | "send" | "bring" | "hand" | "drop" | "carry" | "mail" | "text") {
        return Meaning::Task;
    }
    // Everyday verbs count as work only with an object that can be finished.
    if lexicon::is("action", verb) && works_on_something(phrase) { Meaning::Task } else { Meaning::Idle }
}

/// "Carry you a new quote", "knock you up an offer": whatever the verb, the listener gets
/// a thing with an article.
fn gives(phrase: &[Token]) -> bool {
    const TAKES: &[&str] = &[
        "need",
        "want",
        "owe",
        "charge",
        "cost",
        "save",
        "ask",
        "tell",
        "remind",
        "walk",
        "take",
        "help",
        "let",
        "see",
        "pay",
        "like",
        "hold",
        "use",
        "have",
        "thank",
        "believe",
        "trust",
        "know",
        "understand",
    ];
    let word = |at: usize| phrase.get(at).map_or("", |t| t.word.as_str());
    let at = if matches!(word(2), "up" | "out" | "over" | "across" | "down") { 3 } else { 2 };
    matches!(word(1), "you" | "them" | "me" | "us")
        && matches!(word(at), "a" | "an" | "the" | "our" | "some" | "that" | "those")
        && !TAKES.contains(&word(0))
}

/// Where the verb of somebody else begins: "have legal *send* you the agreement".
fn delegated(phrase: &[Token]) -> Option<usize> {
    /// "One of my newest people" is about as much as stands between.
    const REACH: usize = 6;
    #[rustfmt::skip]
    const SOMEBODY: &[&str] = &[
        "my", "our", "one", "someone", "somebody", "legal", "support", "accounting", "sales", "finance", "engineering",
        "him", "her",
    ];
    #[rustfmt::skip]
    const FOLLOWS: &[&str] = &[
        "you", "them", "it", "that", "the", "a", "an", "your", "through", "him", "her", "at", "over", "up", "and", "in",
        "out", "into", "this", "these", "those", "back", "by", "with",
    ];
    let first = phrase.get(1).filter(|t| SOMEBODY.contains(&t.word.as_str()) || t.capital && t.word != "i")?;
    let from = if matches!(first.word.as_str(), "my" | "our" | "one") { 3 } else { 2 };
    (from..phrase.len().min(REACH + 1)).find(|&at| {
        lexicon::is_base_verb(&phrase[at].word)
            && phrase.get(at + 1).is_some_and(|t| FOLLOWS.contains(&t.word.as_str()))
    })
}

fn toward_listener(phrase: &[Token]) -> bool {
    let towards = |t: &Token| matches!(t.word.as_str(), "to" | "over" | "out" | "across" | "with" | "inbox" | "desk");
    phrase.iter().take(6).any(towards)
        || phrase.windows(2).take(6).any(|w| w[0].word == "for" && w[1].word == "you")
        || matches!(phrase.get(1).map_or("", |t| t.word.as_str()), "me" | "us" | "you" | "them")
}

/// What is sent and is no paper: people, goods, money, greetings.
#[rustfmt::skip]
const NO_PAPERS: &[&str] = &[
    "technician", "engineer", "guy", "guys", "somebody", "someone", "man", "woman", "person", "people", "team", "crew",
    "driver", "surveyor", "rep", "fitter", "electrician", "colleague", "expert", "consultant", "trainer", "unit", "units",
    "truck", "van", "car", "replacement", "part", "parts", "machine", "tablet", "tablets", "kit", "kits", "cheque", "check",
    "money", "payment", "refund", "battery", "batteries", "shirt", "shirts", "box", "boxes", "pallet", "pallets",
    "equipment", "device", "devices", "sensor", "sensors", "hardware", "order", "beer", "cake", "flowers", "gift",
    "pizza", "bottle", "help", "reminder", "text", "email", "message", "note", "line", "word", "invite", "invitation",
    "him", "her", "days", "hours", "minutes", "week", "weeks", "month", "months", "percent", "times", "place", "house",
    "room", "home", "chance", "call", "ring", "way", "door", "tag", "tags", "laptop", "phone", "printer", "camera",
    "look", "start", "trouble", "problem", "problems", "signal", "wrong", "credit", "bill",
];

/// Words that end the name of what is sent.
const AFTER_PAPERS: &[&str] = &[
    "to", "for", "that", "with", "on", "of", "in", "tonight", "now", "then", "later", "right", "this", "next", "as",
    "at", "over", "i", "we", "you", "via", "through",
];

/// "I'll email you the seating charts": what goes to the listener, whatever it is called.
fn sent_as_paper(phrase: &[Token]) -> Option<&Token> {
    /// "You the full and final set of" is about as much as stands before the thing.
    const REACH: usize = 7;
    const DETERMINERS: &[&str] =
        &["the", "a", "an", "our", "my", "some", "those", "these", "that", "all", "your", "two", "three"];
    let verb = phrase.first().map_or("", |t| t.word.as_str());
    if !matches!(verb, "send" | "email" | "forward" | "mail" | "resend" | "share" | "whatsapp" | "fax" | "text") {
        return None;
    }
    let word = |at: usize| phrase.get(at).map_or("", |t| t.word.as_str());
    let mut at = 1;
    while matches!(
        word(at),
        "you" | "them" | "both" | "over" | "across" | "also" | "all" | "back" | "along" | "us" | "me" | "guys"
    ) {
        at += 1;
    }
    let toward = at > 1
        || phrase
            .windows(2)
            .take(REACH)
            .any(|w| w[0].word == "to" && matches!(w[1].word.as_str(), "you" | "your" | "me" | "us"));
    let ends = |t: &Token| {
        let word = t.word.as_str();
        OBJECT_ENDS.contains(&word) || lexicon::is("when", word) || AFTER_PAPERS.contains(&word)
    };
    let thing = phrase.iter().skip(at + 1).take(REACH).take_while(|t| !ends(t)).collect::<Vec<_>>();
    let paper =
        toward && DETERMINERS.contains(&word(at)) && !thing.iter().any(|t| NO_PAPERS.contains(&t.word.as_str()));
    if paper { thing.last().copied() } else { None }
}

fn works_on_something(phrase: &[Token]) -> bool {
    let verb = phrase.first().map_or("", |t| t.word.as_str());
    let has = |words: &[&str]| phrase.iter().skip(1).take(5).any(|t| words.contains(&t.word.as_str()));
    match verb {
        "set" => has(&["up"]),
        "put" | "pull" => has(&["together"]),
        "follow" => has(&["up"]),
        "reach" => has(&["out"]),
        "work" | "start" | "begin" => has(&["on"]) && phrase.len() > 2 && !has(&["it", "that"]),
        "handle" | "own" | "drive" | "support" | "add" | "lead" => phrase.len() >= 3 && !has(&["this", "say"]),
        "take" => has(&["care", "over"]),
        "have" | "get" => {
            has(&["ready", "done", "finished", "delivered", "complete", "live", "resolved", "fixed"])
                || phrase
                    .iter()
                    .skip(2)
                    .take(8)
                    .any(|t| matches!(t.word.as_str(), "ready" | "done" | "finished" | "complete"))
        }
        "make" => has(&["changes", "edits"]),
        "run" => has(&["report", "reports", "tests", "test", "analysis", "pilot", "experiment", "experiments"]),
        "find" => has(&["out", "someone", "somebody"]),
        "mark" | "note" => has(&["which", "them", "down"]),
        "change" | "move" | "close" => has(&["the", "our"]),
        "call" | "ask" | "tell" => phrase
            .get(1)
            .is_some_and(|t| t.capital || matches!(t.word.as_str(), "my" | "our" | "the" | "him" | "her" | "them")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokens;

    fn of(text: &str) -> Meaning {
        meaning(&tokens(text, 0, text.len()))
    }

    #[test]
    fn every_row_parses() {
        for (pattern, meaning) in ROWS.iter() {
            assert!(pattern.is_well_formed(), "{meaning:?}: {pattern:?}");
        }
    }

    #[test]
    fn verb_and_object_give_the_intent() {
        for (text, intent) in [
            ("send you the proposal", Intent::SendProposal),
            ("get the quote over to you", Intent::SendProposal),
            ("put together a statement of work", Intent::SendProposal),
            ("email the pricing sheet", Intent::SendPricing),
            ("send over our rates", Intent::SendPricing),
            ("share the two case studies", Intent::SendContent),
            ("send the recording of today's meeting", Intent::SendContent),
            ("send the demo recording", Intent::SendContent),
            ("shoot you the one-pager", Intent::SendContent),
            ("set up a call for next week", Intent::ScheduleMeeting),
            ("send a calendar invite for the demo", Intent::ScheduleMeeting),
            ("get something on the calendar", Intent::ScheduleMeeting),
            ("introduce you to our solutions engineer", Intent::MakeIntroduction),
            ("put you in touch with Priya", Intent::MakeIntroduction),
            ("run this by our CFO", Intent::CheckInternally),
            ("check with legal", Intent::CheckInternally),
            ("get back to you by Friday", Intent::ProspectFollowup),
            ("let you know next week", Intent::ProspectFollowup),
            ("draft the contract", Intent::SendContract),
            ("send the NDA", Intent::SendContract),
            ("set up a sandbox for your team", Intent::ProvideAccess),
            ("get you access to the trial", Intent::ProvideAccess),
            ("put together a rollout plan", Intent::PreparePlan),
        ] {
            assert_eq!(of(text), Meaning::Intent(intent), "{text}");
        }
    }

    #[test]
    fn running_the_conversation_is_no_work() {
        for text in [
            "share my screen",
            "show you the dashboard",
            "ask you something",
            "be quick",
            "give you an example",
            "jump in here",
            "send you",
            "put it this way",
        ] {
            assert_eq!(of(text), Meaning::Idle, "{text}");
        }
    }

    #[test]
    fn a_pronoun_leaves_the_object_open() {
        assert_eq!(of("get that over to you"), Meaning::Handover);
        assert_eq!(of("send it tomorrow"), Meaning::Handover);
        assert_eq!(of("get it"), Meaning::Idle);
    }
}
