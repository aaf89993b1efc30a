//! Whether a time is offered or ruled out, by the words around it.
//!
//! A sentence is cut into pieces at pauses and conjunctions; a piece says yes or no
//! to the times in it. A piece of nothing but times goes with the piece it continues.
//! To hear one more way to say no, add a row to [`NO`] (said of the speaker) or
//! [`BAD`] (said of the time).

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, any, table};
use crate::sentence::Sentence;
use crate::token::{Gap, Token};

/// What is said of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// It would do.
    Offered,
    /// It would not.
    RuledOut,
    /// Nothing that counts: it is past, a condition, or about something else. With
    /// true a sentence that asks for a meeting makes it an offer.
    Unsaid(bool),
}

/// The speaker cannot or does not want to.
const NO: &[&str] = &[
    "can|could|do|does|will|would|am|is|are not",
    "cannot|unable|unavailable|avoid",
    "never",
    "no longer",
    "rather|prefer not",
    "i|we am|are|will ~1 be? ~1 out|away|off|travelling|traveling|busy|booked|tied|flying|unreachable|offline|swamped",
    "i|we am|are|will ~1 be? on leave|vacation|holiday|holidays|pto",
    "on leave|vacation|pto",
    "out of ~1 office",
];
/// The time is no good.
const BAD: &[&str] = &[
    "is|are|looks|look|am ~1 out|bad|packed|full|booked|taken|blocked|closed|gone|tricky|difficult|impossible|hard|tough|hectic|busy|unavailable|swamped",
    "is|are ~1 no good|go|use",
    "is|are a holiday",
    "no good",
];
/// What looks like a no and is none.
const STILL_YES: &[&str] = &[
    "why do|not not? we",
    "can|could not we|you",
    "no problem|rush|worries|hurry|preference|matter|issue|objection",
    "not only",
    "do not mind|hesitate|worry",
    "is|are not a problem",
    "not urgent",
];
/// What rules out the times after it, and not those before.
const BUT: &[&str] = &[
    "except|excluding|besides|without",
    "apart|aside|away from",
    "other than",
    "outside of?",
    "any|every|all ~1 day|days|time|anything|week|morning|afternoon ~3 but",
    "anything|anytime|everything|whenever but",
    "just|but|only? not",
    "not",
    "no",
    "nothing",
    "never",
];
/// What happened.
const PAST: &[&str] = &[
    "was|were|had|met|spoke|talked|discussed|saw|sent|visited|attended|came|went|missed|agreed|said|told|did",
    "have|has ~1 met|spoken|talked|discussed|seen|sent|been",
];
/// What looks past and asks politely.
const STILL_OPEN: &[&str] = &["was|were wondering|thinking|wanting", "was|were hoping", "had hoped"];
/// Words of arranging a time.
const CUES: &[&str] = &[
    "free|available|availability|open|works|work|suit|suits|fine|good|great|best|better|okay|ideal|ideally|prefer|preferably|preferred|possible|clear|around|easiest|easier|flexible|perfect|happy|convenient|doable|calendar|diary|grab|window|gap|slot|slots",
    "meet|meeting|talk|speak|chat|call|demo|connect|reconnect|catch|sync|discuss|session|workshop|visit|come|walkthrough|appointment|invite|schedule|book|arrange|set|ring|zoom|teams|lunch|coffee|reschedule|move|push|regroup|workshop|review|join|show|do|confirmed|confirm|hop|jump|drop",
    "how|what about",
    "how is|does|are ~2",
    "am|is|are in|here|there|back",
    "could|can|should we|you|i",
    "let us",
    "let me|us know",
    "any|some time|day",
];
/// Words that a piece of nothing but times may hold besides them.
const FILLERS: &[&str] = &[
    "any",
    "time",
    "anytime",
    "some",
    "sometime",
    "maybe",
    "ideally",
    "preferably",
    "either",
    "or",
    "and",
    "otherwise",
    "then",
    "please",
    "perhaps",
    "say",
    "at",
    "on",
    "in",
    "the",
    "of",
    "for",
    "around",
    "about",
    "only",
    "instead",
    "also",
    "possibly",
    "both",
    "yes",
    "hi",
    "hello",
    "thanks",
    "okay",
    "latest",
    "not",
    "just",
    "no",
    "nothing",
    "early",
    "late",
    "so",
    "if",
    "possible",
    "half",
    "with",
    "like",
    "as",
    "well",
    "again",
    "now",
    "same",
    "a",
    "an",
    "else",
];

struct Tables {
    no: Vec<Pattern>,
    bad: Vec<Pattern>,
    still_yes: Vec<Pattern>,
    but: Vec<Pattern>,
    past: Vec<Pattern>,
    still_open: Vec<Pattern>,
    cues: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    no: table(NO),
    bad: table(BAD),
    still_yes: table(STILL_YES),
    but: table(BUT),
    past: table(PAST),
    still_open: table(STILL_OPEN),
    cues: table(CUES),
});

/// The pieces of a sentence, in order and without gaps.
pub(super) fn pieces(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for at in 1..tokens.len() {
        if begins_piece(tokens, at) {
            out.push(start..at);
            start = at;
        }
    }
    if start < tokens.len() {
        out.push(start..tokens.len());
    }
    out
}

fn begins_piece(tokens: &[Token], at: usize) -> bool {
    const STARTS: &[&str] =
        &["so", "because", "otherwise", "though", "although", "however", "while", "whereas", "unless"];
    const SUBJECTS: &[&str] = &["i", "we", "you", "it", "they", "then", "he", "she", "can", "could", "let", "please"];
    const ALL: &[&str] = &["any", "every", "all", "anything", "anytime", "everything", "whenever"];
    let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
    let Some(token) = tokens.get(at) else { return false };
    if token.gap != Gap::None || STARTS.contains(&token.word.as_str()) {
        return true;
    }
    match token.word.as_str() {
        // "Any day next week but Friday" is one thought.
        "but" => !tokens[at.saturating_sub(5)..at].iter().any(|before| ALL.contains(&before.word.as_str())),
        "and" | "or" => SUBJECTS.contains(&word(at + 1)),
        _ => false,
    }
}

/// What a sentence says of the times at these words. `times` are the words of all
/// its times, in order.
pub(super) fn stands(sentence: &Sentence, times: &[Range<usize>]) -> Vec<Stand> {
    let tokens = &sentence.tokens;
    let pieces = pieces(tokens);
    let of_piece: Vec<Voice> = pieces.iter().map(|piece| Voice::of(tokens, piece, times)).collect();
    let piece_at = |at: usize| pieces.iter().position(|piece| piece.contains(&at));
    times
        .iter()
        .map(|time| {
            let Some(at) = piece_at(time.start) else { return Stand::Unsaid(false) };
            let (Some(piece), Some(voice)) = (pieces.get(at), of_piece.get(at)) else { return Stand::Unsaid(false) };
            if ruled_out_by(tokens, piece, time) {
                return Stand::RuledOut;
            }
            match voice {
                Voice::Yes => Stand::Offered,
                Voice::No => Stand::RuledOut,
                Voice::Beside => Stand::Unsaid(false),
                Voice::Nothing if sentence.question => Stand::Offered,
                Voice::Nothing => Stand::Unsaid(true),
                Voice::Bare => bare(tokens, &pieces, &of_piece, times, at),
            }
        })
        .collect()
}

/// What a piece says.
#[derive(Clone, Copy, PartialEq)]
enum Voice {
    Yes,
    No,
    /// Times and nothing else.
    Bare,
    /// Words that have nothing to do with arranging.
    Nothing,
    /// Past, or a condition that is ruled out.
    Beside,
}

impl Voice {
    fn of(tokens: &[Token], piece: &Range<usize>, times: &[Range<usize>]) -> Self {
        let tables = &*TABLES;
        let words = &tokens[piece.clone()];
        let is_time = |at: usize| times.iter().any(|time| time.contains(&at));
        let rest: Vec<Token> = piece.clone().filter(|at| !is_time(*at)).map(|at| tokens[at].clone()).collect();
        let still_yes = any(&tables.still_yes, words);
        let no = !still_yes && (any(&tables.no, words) || is_bad(words));
        let conditional = words.iter().take(2).any(|token| matches!(token.word.as_str(), "if" | "unless" | "in"))
            && words.iter().take(3).any(|token| matches!(token.word.as_str(), "if" | "unless" | "case"));
        // "I was hoping for this week, but …"
        let given_up = tokens.get(piece.end).is_some_and(|next| next.word == "but");
        let is_past = any(&tables.past, &rest) && (given_up || !any(&tables.still_open, words));
        if is_past || no && conditional {
            return Self::Beside;
        }
        if no {
            return Self::No;
        }
        if rest.iter().all(|token| FILLERS.contains(&token.word.as_str())) {
            return Self::Bare;
        }
        if any(&tables.cues, &rest) { Self::Yes } else { Self::Nothing }
    }
}

/// "Is packed", and not "is a packed schedule".
fn is_bad(words: &[Token]) -> bool {
    const AFTER: &[&str] = &[
        "for", "on", "because", "all", "that", "i", "until", "till", "with", "due", "at", "as", "this", "next", "too",
        "here",
    ];
    TABLES.bad.iter().any(|pattern| {
        (0..words.len())
            .filter_map(|at| pattern.at(words, at))
            .any(|end| words.get(end).is_none_or(|next| next.gap != Gap::None || AFTER.contains(&next.word.as_str())))
    })
}

/// A piece of nothing but times says what the one before it says, when it goes on
/// with its list; else what the one after it says, when that goes on with it.
fn bare(tokens: &[Token], pieces: &[Range<usize>], voices: &[Voice], times: &[Range<usize>], at: usize) -> Stand {
    let ends_with_time = |piece: &Range<usize>| times.iter().any(|time| time.end == piece.end);
    let begins_with_time = |piece: &Range<usize>| {
        times.iter().any(|time| {
            piece.contains(&time.start)
                && tokens[piece.start..time.start]
                    .iter()
                    .all(|token| matches!(token.word.as_str(), "or" | "and" | "on"))
        })
    };
    let goes_on = |piece: &Range<usize>| tokens.get(piece.start).is_some_and(|token| token.gap == Gap::Comma);
    let mut back = at;
    while let Some(before) = back.checked_sub(1) {
        if !(ends_with_time(&pieces[before]) && begins_with_time(&pieces[back]) && goes_on(&pieces[back])) {
            break;
        }
        match voices[before] {
            Voice::No => return Stand::RuledOut,
            Voice::Yes => return Stand::Offered,
            Voice::Bare => back = before,
            Voice::Nothing | Voice::Beside => break,
        }
    }
    let mut on = at;
    while let Some(next) = pieces.get(on + 1) {
        if !(ends_with_time(&pieces[on]) && begins_with_time(next) && goes_on(next)) {
            break;
        }
        match voices[on + 1] {
            Voice::No => return Stand::RuledOut,
            Voice::Bare => on += 1,
            Voice::Yes | Voice::Nothing | Voice::Beside => break,
        }
    }
    Stand::Offered
}

/// Whether a word right before a time, or "except" anywhere before it in its piece,
/// rules it out.
fn ruled_out_by(tokens: &[Token], piece: &Range<usize>, time: &Range<usize>) -> bool {
    let before = &tokens[piece.start..time.start];
    TABLES.but.iter().any(|pattern| {
        (0..before.len()).any(|at| {
            let Some(end) = pattern.at(before, at) else { return false };
            let word = before[at].word.as_str();
            let near = matches!(word, "not" | "no" | "nothing" | "never" | "just" | "but" | "only");
            let after_verb = at > 0
                && matches!(
                    before[at - 1].word.as_str(),
                    "do" | "does"
                        | "can"
                        | "could"
                        | "will"
                        | "would"
                        | "is"
                        | "are"
                        | "am"
                        | "did"
                        | "should"
                        | "have"
                );
            let only_fillers = before[end..].iter().all(|token| {
                matches!(
                    token.word.as_str(),
                    "on" | "the" | "in" | "for" | "at" | "any" | "a" | "this" | "or" | "and" | "of"
                )
            });
            if near { !after_verb && only_fillers } else { true }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        for group in [&t.no, &t.bad, &t.still_yes, &t.but, &t.past, &t.still_open, &t.cues] {
            assert!(group.iter().all(Pattern::is_well_formed));
        }
    }
}
