//! What only looks like a meeting: things that meet a rule, people who meet
//! each other, days of something else.

use std::ops::Range;

use skillhost_language::Token;

/// Words of a line that only offers times.
pub(crate) const OFFER: usize = 10;

pub(crate) fn is_day(token: &Token) -> bool {
    const DAYS: [&str; 9] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "tomorrow", "mornings", "afternoons", "any"];
    DAYS.contains(&token.word.as_str())
}

/// A verb that tells what is or was on that day.
pub(crate) fn is_told(token: &Token) -> bool {
    const TELLS: [&str; 16] = [
        "is", "was", "were", "are", "had", "have", "has", "came", "went", "we", "it", "they", "he", "she", "will",
        "not",
    ];
    TELLS.contains(&token.word.as_str())
}

/// "Does the siren meet the by-law": nobody meets anybody.
pub(crate) fn is_met(tokens: &[Token], at: usize) -> bool {
    const THINGS: [&str; 14] = [
        "law",
        "laws",
        "standard",
        "standards",
        "requirement",
        "requirements",
        "spec",
        "specification",
        "deadline",
        "deadlines",
        "need",
        "needs",
        "target",
        "criteria",
    ];
    const REACH: usize = 6;
    let subject = at.checked_sub(1).map_or("", |before| tokens[before].word.as_str());
    let people = ["you", "we", "us", "i", "to", "can", "could", "let", "and", "shall", "should", "please"];
    let thing = tokens[at + 1..tokens.len().min(at + 1 + REACH)]
        .iter()
        .any(|token| THINGS.contains(&token.word.as_str()) || token.word.starts_with("require"));
    let object =
        tokens.get(at + 1).is_some_and(|token| matches!(token.word.as_str(), "the" | "our" | "your" | "all" | "its"));
    let others = ["they", "he", "she", "who", "board", "committee", "governors", "trustees", "council", "which"];
    matches!(tokens[at].word.as_str(), "meet" | "meets" | "present")
        && (others.contains(&subject) || thing || object && !people.contains(&subject))
}

/// A calendar, or a date that is not the day of something else: "the signing date".
pub(crate) fn in_calendar(tokens: &[Token], at: usize) -> bool {
    const OPEN: [&str; 18] = [
        "a",
        "any",
        "another",
        "new",
        "some",
        "the",
        "different",
        "other",
        "first",
        "good",
        "that",
        "which",
        "what",
        "your",
        "earlier",
        "later",
        "convenient",
        "suitable",
    ];
    let before = at.checked_sub(1).map_or("", |before| tokens[before].word.as_str());
    match tokens[at].word.as_str() {
        "calendar" | "diary" | "slot" | "slots" => true,
        "date" => OPEN.contains(&before) && tokens.get(at + 1).is_none_or(|next| next.word != "of"),
        _ => false,
    }
}

/// "So that he can ring them": they talk to somebody, and not to us.
pub(crate) fn among_others(tokens: &[Token], at: usize) -> bool {
    const THEY: [&str; 7] = ["he", "she", "they", "i", "we", "me", "us"];
    const OTHERS: [&str; 16] = [
        "them",
        "him",
        "her",
        "references",
        "reference",
        "customers",
        "customer",
        "client",
        "user",
        "clients",
        "users",
        "referees",
        "lawyers",
        "legal",
        "accountant",
        "bank",
    ];
    /// Words between who talks and the verb.
    const BEFORE: usize = 3;
    /// Words between the verb and who is talked to.
    const AFTER: usize = 4;
    let holds =
        |list: &[&str], range: Range<usize>| tokens[range].iter().any(|token| list.contains(&token.word.as_str()));
    holds(&THEY, at.saturating_sub(BEFORE)..at) && holds(&OTHERS, at + 1..tokens.len().min(at + 1 + AFTER))
}
