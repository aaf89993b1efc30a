//! What takes a promise back: the words around its head.
//!
//! Each guard is a table; the first certain one drops the finding, doubts keep
//! the lowest cap. To keep one more false promise out, add a row here.

use std::sync::LazyLock;

use crate::lexicon;
use crate::pattern::{Pattern, any, table};
use crate::sentence::Sentence;
use crate::token::{Gap, Token};

/// How much the surroundings leave of a promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Doubt {
    /// Nothing speaks against it.
    None,
    /// It stands, with no more than this confidence.
    AtMost(f64),
    /// It is none.
    Certain,
}

/// Hedged promises are reported for a look, never automated.
const HEDGED: f64 = 0.65;
/// "If that helps": politeness, not a condition, but an answer is awaited.
const POLITE_CONDITION: f64 = 0.74;
/// "Once legal signs": a promise whose day is not known.
const AFTER_SOMETHING: f64 = 0.85;
/// "At some point".
const SOMEDAY: f64 = 0.6;

/// Not meant, not real, or not this time.
const UNREAL: &[&str] = &[
    "imagine",
    "suppose",
    "supposing",
    "hypothetically",
    "pretend",
    "what if",
    "let us say",
    "in theory",
    "theoretically",
    "in an ideal world",
    "for example|instance i|we",
    "say i|we will",
    "as if",
    "wish i|we",
    "if only",
    "would have",
    "in case",
    "whenever i|we|you|they|he|she|it|the|a|somebody|someone|one",
    "every time",
    "each time",
    "any time",
    "used to",
    "in the past",
    "back then",
    "when i|we click|press|hit|run|type",
    "for the sake of argument",
    "picture this",
];

/// Habits are no promises.
const HABIT: &[&str] = &[
    "usually",
    "typically",
    "normally",
    "generally",
    "always",
    "often",
    "sometimes",
    "never",
    "rarely",
    "traditionally",
];

/// Irony, in the sentence or right after it.
const IRONY: &[&str] = &[
    "yes right",
    "oh sure",
    "oh great",
    "when pigs fly",
    "in your dreams",
    "when hell freezes",
    "just kidding",
    "only kidding",
    "am kidding",
    "joking",
    "kidding aside",
    "drop everything",
    "believe it when",
    "good luck with",
    "as if that",
    "because that worked",
    "that went so well",
    "ha ha",
    "magic wand",
    "in my spare time",
    "sarcasm",
    "not gonna happen",
    "right after i win",
    "out of thin air",
];

/// Takes back what was just said.
const RETRACTION: &[&str] = &[
    "^ just|only kidding",
    "^ am|i am? ~1 kidding|joking",
    "^ scratch|strike that",
    "^ never mind",
    "^ actually no",
    "^ wait no",
    "^ no wait",
    "^ on second thought",
    "^ or not",
    "^ actually i will not",
    "^ actually i can not",
    "^ or maybe not",
];

/// Softens what was just said.
const DISCLAIMER: &[&str] =
    &["no promises", "no guarantees", "can not promise", "do not hold me", "not sure when", "not promising"];

/// Conditions that are only polite.
const POLITE: &[&str] = &[
    "if that|it|this ~2 works|suits|suit|helps|helpful|okay|fine|useful|alright|good|interest|sense|better|easier|cool",
    "if you ~2 like|want|prefer|mind|wish|interested|need",
    "if you are okay|fine|open|good|up",
    "if that is",
    "if possible",
    "if needed",
    "if not already",
    "even if",
    "if anything",
    "if i have not",
    "if you have not",
    "if that would",
];

/// Before "if", these make it an indirect question.
const ASKS: &[&str] = &[
    "see",
    "check",
    "know",
    "ask",
    "wonder",
    "sure",
    "out",
    "tell",
    "confirm",
    "verify",
    "clear",
    "decide",
    "determine",
    "asking",
    "wondering",
];

/// After these words "I can" is a purpose or a question, not an offer.
const SUBORDINATE: &[&str] = &[
    "so", "that", "if", "where", "whether", "how", "what", "which", "when", "before", "until", "than", "whatever",
    "as", "why", "who", "far",
];

struct Tables {
    unreal: Vec<Pattern>,
    irony: Vec<Pattern>,
    retraction: Vec<Pattern>,
    disclaimer: Vec<Pattern>,
    polite: Vec<Pattern>,
    someday: Vec<Pattern>,
    after: Vec<Pattern>,
    believe: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    unreal: table(UNREAL),
    irony: table(IRONY),
    retraction: table(RETRACTION),
    disclaimer: table(DISCLAIMER),
    polite: table(POLITE),
    someday: table(&[
        "at some point",
        "one day",
        "some day",
        "some time",
        "down the road|line",
        "when i|we get a chance",
        "when i|we have time",
        "in the future",
    ]),
    after: table(&[
        "once _",
        "as soon as",
        "after i|we|you|they|he|she|the|our|your|legal",
        "when i|we|you|they|he|she|the|our|your|legal",
        "assuming",
        "provided that",
    ]),
    believe: table(&[
        "i|we think|guess|suppose|believe|feel|imagine",
        "not sure",
        "i|we hope",
        "it depends",
        "supposed to",
    ]),
});

/// Judges a head at `head` whose verb is at `verb` and whose phrase ends at `end`.
pub(crate) fn judge(sentence: &Sentence, next: Option<&Sentence>, head: usize, verb: usize, end: usize) -> Doubt {
    let tokens = &sentence.tokens;
    let tables = &*TABLES;
    let certain = tokens[head].quoted
        || negated(tokens, head, verb)
        || reported(tokens, head)
        || subordinate(tokens, head, verb)
        || questioned(sentence, head, end)
        || conditional(tokens, head, end)
        || any(&tables.unreal, tokens)
        || any(&tables.irony, tokens)
        || next.is_some_and(|n| {
            tables.irony.iter().chain(&tables.retraction).any(|p| p.find(&n.tokens[..n.tokens.len().min(6)]).is_some())
        })
        || tables.retraction.iter().any(|p| p.find(&tokens[end.min(tokens.len())..]).is_some())
        || tokens[clause_start(tokens, head)..end].iter().any(|t| HABIT.contains(&t.word.as_str()));
    if certain {
        return Doubt::Certain;
    }
    let clause = &tokens[clause_start(tokens, head)..end];
    let mut cap = f64::INFINITY;
    let hedged = clause.iter().any(|t| lexicon::HEDGES.contains(&t.word.as_str()))
        || tables.believe.iter().any(|p| {
            p.find(clause).is_some_and(|(at, end)| {
                let head = head - clause_start(tokens, head);
                // "I think we can do that, let me confirm": what is thought is another thing.
                let over =
                    end < head && clause[end..head].iter().filter(|t| lexicon::is_base_verb(&t.word)).count() > 0;
                (at < head || head == 0) && !over
            })
        });
    if hedged {
        cap = cap.min(HEDGED);
    }
    // "I can't promise it, but I'll ask": what is doubted is another thing.
    let overcome = |end: usize| tokens.get(end..head).is_some_and(|between| between.iter().any(|t| t.word == "but"));
    if tables.disclaimer.iter().any(|p| {
        p.find(tokens).is_some_and(|(_, end)| !overcome(end)) || next.is_some_and(|n| p.find(&n.tokens).is_some())
    }) {
        cap = cap.min(HEDGED);
    }
    if tables.someday.iter().any(|p| p.find(clause).is_some()) {
        cap = cap.min(SOMEDAY);
    }
    if tokens.iter().any(|t| t.word == "unless") {
        cap = cap.min(HEDGED);
    }
    if any(&tables.polite, tokens) {
        cap = cap.min(POLITE_CONDITION);
    }
    if any(&tables.after, tokens) {
        cap = cap.min(AFTER_SOMETHING);
    }
    if cap.is_finite() { Doubt::AtMost(cap) } else { Doubt::None }
}

/// Whether the words before a head say yes to something: "Sure, I can send it."
pub(crate) fn affirms(tokens: &[Token], head: usize) -> bool {
    const YES: &[&str] =
        &["yes", "sure", "absolutely", "definitely", "certainly", "okay", "course", "problem", "totally"];
    tokens[..head].iter().rev().take(3).any(|t| YES.contains(&t.word.as_str()))
}

/// Whether the "if" or "when" at a place begins what is to be found out, and no
/// condition: "see if", "let you know by Monday if", "check with Jonas when".
pub(crate) fn found_out(tokens: &[Token], at: usize) -> bool {
    /// "Know by the end of next week if" is about as far as they stand apart.
    const REACH: usize = 6;
    const BETWEEN: &[&str] = &["with", "by", "on", "at", "next", "this", "the", "my", "our", "end", "of", "and", "you"];
    let Some(token) = tokens.get(at).filter(|t| t.gap != Gap::Break) else { return false };
    if token.gap == Gap::Comma {
        return false;
    }
    for (apart, before) in tokens[..at].iter().rev().take(REACH).enumerate() {
        let word = before.word.as_str();
        if ASKS.contains(&word) {
            // "Tell you if" and "check you if" are no questions that somebody will answer.
            return apart == 0 || !tokens[at - apart..at].iter().any(|t| t.word == "you");
        }
        let passes = BETWEEN.contains(&word)
            || before.capital
            || lexicon::is("when", word)
            || lexicon::is("role", word)
            || word.starts_with(|c: char| c.is_ascii_digit());
        if !passes || before.gap != Gap::None {
            return false;
        }
    }
    false
}

/// Where the clause of a word begins.
pub(crate) fn clause_start(tokens: &[Token], at: usize) -> usize {
    let mut start = at;
    while start > 0 {
        if tokens[start].gap == Gap::Break {
            break;
        }
        let word = tokens[start].word.as_str();
        if start < at && (tokens[start].gap == Gap::Comma || matches!(word, "but" | "so")) {
            break;
        }
        start -= 1;
    }
    start
}

fn negated(tokens: &[Token], head: usize, verb: usize) -> bool {
    let inside = tokens[head..verb.min(tokens.len())].iter().any(|t| matches!(t.word.as_str(), "not" | "never" | "no"));
    let double = tokens[head..verb.min(tokens.len())].iter().any(|t| matches!(t.word.as_str(), "forget" | "hesitate"));
    let follows = tokens.get(verb).is_some_and(|t| matches!(t.word.as_str(), "not" | "never"));
    // "I don't think I'll", "there is no way I'll"
    // "I can't promise it, but I'll": the negation is over.
    let but = tokens[..head].iter().rposition(|t| t.word == "but").map_or(0, |at| at + 1);
    let reach = head.saturating_sub(4).max(but);
    let before = tokens[reach..head]
        .iter()
        .any(|t| matches!(t.word.as_str(), "not" | "never" | "no" | "doubt" | "nothing" | "cannot"))
        && tokens[reach..head].iter().any(|t| {
            matches!(
                t.word.as_str(),
                "think" | "way" | "doubt" | "sure" | "believe" | "chance" | "guarantee" | "promise" | "mean" | "say"
            )
        });
    (inside && !double) || follows || before
}

/// Somebody's words, or the speaker's earlier ones.
fn reported(tokens: &[Token], head: usize) -> bool {
    /// "He told me and the whole team that I'll" is as far as a report reaches.
    const REACH: usize = 6;
    let from = head.saturating_sub(REACH);
    for at in (from..head).rev() {
        let word = tokens[at].word.as_str();
        if !(lexicon::REPORTING.contains(&word)
            || word == "like" && at > 0 && matches!(tokens[at - 1].word.as_str(), "was" | "were" | "is" | "am" | "are"))
        {
            continue;
        }
        let as_said = at >= 2 && matches!(tokens[at - 2].word.as_str(), "like" | "as");
        let asked_for =
            word == "asked" && tokens.get(at + 1).is_some_and(|t| matches!(t.word.as_str(), "for" | "about"));
        let separated =
            (at + 1..=head).any(|i| tokens[i].gap != Gap::None && i > at + 1) || tokens[head].gap == Gap::Break;
        // "I said I'd send it, so I'll do it": a later clause is the speaker's own.
        let own_clause = (at + 1..head).any(|i| matches!(tokens[i].word.as_str(), "so" | "but" | "and"));
        if !(as_said || asked_for || own_clause || separated && word != "said" && word != "like") {
            return true;
        }
    }
    false
}

fn subordinate(tokens: &[Token], head: usize, verb: usize) -> bool {
    let Some(before) = head.checked_sub(1).map(|i| tokens[i].word.as_str()) else {
        return false;
    };
    let modal = tokens[head..verb.min(tokens.len())]
        .iter()
        .any(|t| matches!(t.word.as_str(), "can" | "could" | "need" | "have"));
    if tokens[head].gap != Gap::None {
        return false;
    }
    if matches!(
        before,
        "when" | "how" | "why" | "where" | "until" | "whether" | "who" | "if" | "unless" | "whatever" | "which"
    ) {
        return true;
    }
    let what_is = before == "what" && tokens[head..verb.min(tokens.len())].iter().any(|t| t.word == "is");
    before == "what" && !what_is || modal && SUBORDINATE.contains(&before)
}

/// A question is no promise; "I'll send it, okay?" is, for its first clause.
fn questioned(sentence: &Sentence, head: usize, end: usize) -> bool {
    if !sentence.question {
        return false;
    }
    let tokens = &sentence.tokens;
    let tag_follows = tokens.get(end).is_some_and(|t| t.gap != Gap::None);
    let opens = clause_start(tokens, head);
    let inverted = tokens[opens..head].iter().any(|t| {
        matches!(
            t.word.as_str(),
            "do" | "does"
                | "did"
                | "can"
                | "could"
                | "would"
                | "will"
                | "should"
                | "what"
                | "how"
                | "when"
                | "why"
                | "where"
                | "who"
                | "is"
                | "are"
                | "want"
                | "mind"
        )
    });
    !tag_follows || inverted
}

/// A condition anywhere in the sentence, unless it is polite or an indirect question.
fn conditional(tokens: &[Token], head: usize, end: usize) -> bool {
    let tables = &*TABLES;
    for (at, token) in tokens.iter().enumerate() {
        let condition =
            token.word == "if" || token.word == "should" && at + 1 < head && tokens[at + 1].word == "you" && at == 0;
        if !condition || at > end + 1 && token.gap == Gap::Break {
            continue;
        }
        let before = at.checked_sub(1).map_or("", |i| tokens[i].word.as_str());
        // "I'll speak to them, if he agrees I'll put you on a call": of the later promise.
        let of_the_next = at >= end
            && (token.gap != Gap::None || matches!(before, "and" | "but"))
            && tokens[at..].windows(2).any(|pair| {
                matches!(pair[0].word.as_str(), "i" | "we") && matches!(pair[1].word.as_str(), "will" | "can" | "am")
            });
        // "I'll check with Legal and send it if they agree": of the last verb alone.
        let of_the_last = at == end
            && at > head
            && tokens[head..at].windows(2).any(|pair| pair[0].word == "and" && lexicon::is("action", &pair[1].word));
        if of_the_next || of_the_last {
            continue;
        }
        if found_out(tokens, at) || before == "even" || before == "as" || before == "not" && at > head {
            continue;
        }
        let polite =
            tables.polite.iter().any(|p| p.at(tokens, at).is_some() || at > 0 && p.at(tokens, at - 1).is_some());
        // "If you sign, I'll": a condition of the other side's making.
        if !polite {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        for group in [&t.unreal, &t.irony, &t.retraction, &t.disclaimer, &t.polite, &t.someday, &t.after, &t.believe] {
            assert!(group.iter().all(Pattern::is_well_formed));
        }
    }

    fn judged(text: &str) -> Doubt {
        let sentence = sentences(text).into_iter().next().unwrap();
        let head = sentence.tokens.windows(2).position(|w| w[0].word == "i" && w[1].word == "will").unwrap();
        judge(&sentence, None, head, head + 2, crate::phrase::phrase_end(&sentence.tokens, head + 2))
    }

    #[test]
    fn each_guard_sees_its_case_and_spares_its_neighbour() {
        assert_eq!(judged("Like I said, I'll send it."), Doubt::None);
        assert_eq!(judged("He said I'll send it."), Doubt::Certain);
        assert_eq!(judged("You asked for the deck, I'll send it."), Doubt::None);
        assert_eq!(judged("I'll see if legal agrees and send it."), Doubt::None);
        assert_eq!(judged("I'll send it, does that work?"), Doubt::None);
        assert_eq!(judged("Do you think I'll send it?"), Doubt::Certain);
        assert_eq!(judged("I don't think I'll send it."), Doubt::Certain);
        assert_eq!(judged("I'll send it once legal signs."), Doubt::AtMost(AFTER_SOMETHING));
    }
}
