//! How far a verb phrase reaches.
//!
//! A clause that is the object of the verb ("check what we can do", "send you what
//! we use") belongs to it; one that says when it happens ("once Legal has signed")
//! does not, and neither does the next thing that somebody says.

use crate::guard::found_out;
use crate::token::{Gap, Token};

/// They end a phrase wherever they stand.
const STOPS: &[&str] =
    &["but", "because", "if", "unless", "although", "though", "while", "whereas", "otherwise", "which"];
/// After a pause or an "and", they begin something new.
const SUBJECTS: &[&str] = &[
    "i", "we", "you", "he", "she", "they", "it", "that", "this", "there", "does", "do", "is", "are", "would", "okay",
    "right", "what", "how", "let", "can", "could",
];
/// With one of these after it, "I" or "we" begins something new even without a pause.
const NEW_VERBS: &[&str] = &["will", "am", "are", "can", "have", "think", "would", "need"];
/// They begin a clause that is a part of the phrase, so a subject after them
/// begins nothing new.
const OBJECT_CLAUSES: &[&str] = &["what", "whatever", "whether", "how", "why", "where", "who", "which", "that"];
/// Left at the end of a phrase by a clause that was cut off, they belong to that clause.
const LEFT_OVER: &[&str] =
    &["once", "when", "as", "soon", "until", "till", "after", "before", "since", "because", "and", "so", "then"];
/// "Once" before one of these counts, and is no condition.
const COUNTING: &[&str] = &["a", "per", "every", "more", "again", "and", ""];

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |t| t.word.as_str())
}

/// One past the last word of the verb phrase that begins at `verb`.
#[must_use]
pub fn phrase_end(tokens: &[Token], verb: usize) -> usize {
    let mut at = verb + 1;
    while at < tokens.len() && !ends_before(tokens, verb, at) {
        at += 1;
    }
    let cut_short = tokens.get(at).is_some_and(|t| t.gap == Gap::None);
    while cut_short && at > verb + 2 && LEFT_OVER.contains(&word(tokens, at - 1)) {
        at -= 1;
    }
    at
}

fn ends_before(tokens: &[Token], verb: usize, at: usize) -> bool {
    let (here, next) = (word(tokens, at), word(tokens, at + 1));
    let gap = tokens[at].gap;
    let stops = STOPS.contains(&here) && !(matches!(here, "if" | "which") && found_out(tokens, at));
    let after_pause = gap == Gap::Break || gap != Gap::None && SUBJECTS.contains(&here) && !is_object(tokens, verb, at);
    let joined = matches!(here, "and" | "so" | "then")
        && SUBJECTS.contains(&next)
        && !matches!(next, "that" | "this" | "it" | "there")
        && !is_purpose(tokens, at)
        && !is_answer(tokens, at + 1);
    let unmarked = matches!(here, "i" | "we")
        && NEW_VERBS.contains(&next)
        && at > verb + 1
        && !opens_object_clause(tokens, verb, at)
        && !is_purpose(tokens, at - 1);
    stops || after_pause || joined || unmarked || is_condition(tokens, verb, at)
}

/// "Send you, um, what we use": after a pause the object still stands out, when
/// nothing but the hearer was named before it.
fn is_object(tokens: &[Token], verb: usize, at: usize) -> bool {
    matches!(word(tokens, at), "what" | "how")
        && tokens[verb + 1..at].iter().all(|t| matches!(t.word.as_str(), "you" | "them" | "over" | "out"))
}

/// "Once Legal has signed", "when I have it", "as soon as they say yes".
fn is_condition(tokens: &[Token], verb: usize, at: usize) -> bool {
    let next = word(tokens, at + 1);
    match word(tokens, at) {
        // "Once we hang up" is a time that comes by itself.
        "once" | "when" | "as" if ends_talk(tokens, at) => false,
        "once" => !COUNTING.contains(&next),
        "when" => at > verb + 1 && !found_out(tokens, at),
        "as" => next == "soon",
        _ => false,
    }
}

/// "As soon as we hang up", "once we're off the phone".
fn ends_talk(tokens: &[Token], at: usize) -> bool {
    /// "As soon as we two are off" is as long as it gets.
    const REACH: usize = 7;
    let own = tokens[at..].iter().take(4).any(|t| matches!(t.word.as_str(), "i" | "we"));
    own && (at..tokens.len().saturating_sub(1)).take(REACH).any(|at| {
        let (word, next) = (word(tokens, at), word(tokens, at + 1));
        word == "hang"
            || matches!(word, "get" | "are" | "am") && next == "off"
            || matches!(word, "am" | "are" | "get" | "come" | "got" | "arrive") && is_back(tokens, at + 1).is_some()
    })
}

/// "Back", "back at my desk", "home", "off the road", with nothing after it that says a
/// day or where from: one past its last word.
pub(crate) fn is_back(tokens: &[Token], at: usize) -> Option<usize> {
    const PLACES: &[&str] = &[
        "desk", "office", "shop", "car", "van", "truck", "laptop", "computer", "house", "hotel", "road", "depot",
        "yard", "phone", "home", "base", "kitchen", "ladder",
    ];
    let ends = |end: usize| {
        tokens.get(end).is_none_or(|t| t.gap != Gap::None || matches!(t.word.as_str(), "and" | "so" | "then" | "okay"))
    };
    let mut end = at + 1;
    match word(tokens, at) {
        "back" | "in" => {
            while matches!(word(tokens, end), "at" | "in" | "to" | "my" | "the" | "our" | "here") {
                end += 1;
            }
        }
        "off" | "to" | "at" => {
            while matches!(word(tokens, end), "the" | "my" | "this" | "our") {
                end += 1;
            }
        }
        "home" => return ends(end).then_some(end),
        _ => return None,
    }
    if PLACES.contains(&word(tokens, end)) && end > at + 1 {
        end += 1;
    } else if word(tokens, at) != "back" || end > at + 1 {
        return None;
    }
    ends(end).then_some(end)
}

/// Whether the words before a subject make it the subject of the phrase's own
/// clause: "what we", "how long we", "know if we".
fn opens_object_clause(tokens: &[Token], verb: usize, at: usize) -> bool {
    let before = word(tokens, at - 1);
    let counted = at >= verb + 4 && word(tokens, at - 3) == "how" && matches!(word(tokens, at - 2), "many" | "much");
    let of_something = tokens[at - 1].gap == Gap::None
        && (counted || at >= verb + 3 && matches!(word(tokens, at - 2), "how" | "which" | "what"));
    OBJECT_CLAUSES.contains(&before)
        || of_something
        || matches!(before, "if" | "when") && at >= verb + 2 && found_out(tokens, at - 1)
}

/// Where an object clause with a subject of its own begins, else the end: a verb
/// joined after it ("a feel for what we have done and set goals") may be of either.
pub(crate) fn object_clause(tokens: &[Token], verb: usize, end: usize) -> usize {
    (verb + 1..end)
        .find(|&at| matches!(word(tokens, at), "i" | "we" | "you") && opens_object_clause(tokens, verb, at))
        .unwrap_or(end)
}

/// "Let you know": said of oneself, unlike "let us".
fn is_answer(tokens: &[Token], at: usize) -> bool {
    word(tokens, at) == "let"
        && (at + 2..at + 4).any(|at| word(tokens, at) == "know")
        && !matches!(word(tokens, at + 1), "us" | "me")
}

/// "So you can show it": what a thing is for.
pub(crate) fn is_purpose(tokens: &[Token], at: usize) -> bool {
    word(tokens, at) == "so"
        && matches!(word(tokens, at + 1), "you" | "we" | "i" | "they" | "he" | "she")
        && matches!(word(tokens, at + 2), "can" | "could" | "have")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokens;

    #[test]
    fn object_clauses_stay_and_conditions_go() {
        for (text, phrase) in [
            ("send you what we give new plants once our lawyer has read it", "send you what we give new plants"),
            ("check what we can offer to the depots", "check what we can offer to the depots"),
            ("find out how many seats we have left", "find out how many seats we have left"),
            ("see if we can move it", "see if we can move it"),
            ("let you know by Monday if he agrees", "let you know by Monday if he agrees"),
            ("ask Jonas when we are allowed in", "ask Jonas when we are allowed in"),
            ("send it as soon as it's signed", "send it"),
            ("introduce you when I have her answer", "introduce you"),
            ("call them once a week", "call them once a week"),
            ("call her tomorrow and let you know", "call her tomorrow and let you know"),
            ("send the plan and we will talk", "send the plan"),
            ("send the plan so you can show it", "send the plan so you can show it"),
            ("send you, um, what we use in mills", "send you, um, what we use in mills"),
            ("send it, what do you think", "send it"),
            ("send me the list so I can show it", "send me the list so I can show it"),
            ("send the plan if you sign", "send the plan"),
            ("send the plan, which is short", "send the plan"),
            ("send the plan and I have a question", "send the plan"),
        ] {
            let words = tokens(text, 0, text.len());
            let end = phrase_end(&words, 0);
            assert_eq!(&text[..words[end - 1].end], phrase, "{text}");
        }
    }
}
