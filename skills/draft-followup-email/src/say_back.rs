//! The prospect's words, said back to them: `we need it before our audit`
//! becomes `you need it before your audit`.
//!
//! Turning pronouns is safe only in a plain clause. Anything else gives nothing,
//! because a mail that puts words into somebody's mouth costs more than a plain one.

/// How a clause about themselves begins, and how it is said back.
const OPENINGS: [(&str, &str); 14] = [
    ("we need", "you need"),
    ("we have to", "you have to"),
    ("we want", "you want"),
    ("we'd like", "you would like"),
    ("we would like", "you would like"),
    ("we must", "you must"),
    ("we are trying", "you are trying"),
    ("we're trying", "you are trying"),
    ("we are looking", "you are looking"),
    ("we're looking", "you are looking"),
    ("i need", "you need"),
    ("i want", "you want"),
    ("i'd like", "you would like"),
    ("i would like", "you would like"),
];
/// Pronouns inside the clause.
const TURNED: [(&str, &str); 12] = [
    ("we", "you"),
    ("we're", "you are"),
    ("we've", "you have"),
    ("we'll", "you will"),
    ("we'd", "you would"),
    ("our", "your"),
    ("ours", "yours"),
    ("us", "you"),
    ("my", "your"),
    ("me", "you"),
    ("i'm", "you are"),
    ("i've", "you have"),
];
/// With one of these the clause is not plain: it speaks of us, doubts, asks,
/// stumbles or hangs on something else.
const UNSAFE: [&str; 24] = [
    "you", "your", "yours", "you're", "if", "would've", "maybe", "perhaps", "um", "uh", "er", "like", "i", "sorry",
    "not", "don't", "didn't", "never", "he", "she", "they", "said", "money", "budget",
];
/// What ends a clause.
const ENDS: [char; 5] = ['.', '!', '?', ';', '—'];
/// Shortest and longest clause, in words, that reads well.
const WORDS: std::ops::RangeInclusive<usize> = 4..=22;

pub(crate) fn say_back(phrase: &str) -> Option<String> {
    let phrase = phrase.replace('’', "'");
    let lower = phrase.to_lowercase();
    // Lower-casing may change lengths outside ASCII; then places do not match.
    if lower.len() != phrase.len() || phrase.contains(['"', '“', '”', '\n']) {
        return None;
    }
    let (at, opening, turned) = OPENINGS
        .iter()
        .filter_map(|(opening, turned)| find_words(&lower, opening).map(|at| (at, *opening, *turned)))
        .min_by_key(|(at, opening, _)| (*at, std::cmp::Reverse(opening.len())))?;
    if !lower[..at].split(|c: char| !c.is_alphanumeric() && c != '\'').all(is_filler) {
        return None;
    }
    let rest = &phrase[at + opening.len()..];
    let end = rest.find(ENDS).unwrap_or(rest.len());
    if rest[end..].starts_with('?') {
        return None;
    }
    let clause = rest[..end].trim_end_matches([',', ' ', '-']);
    let mut words = vec![turned.to_owned()];
    for word in clause.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_lowercase();
        if UNSAFE.contains(&bare.as_str()) {
            return None;
        }
        let turned =
            TURNED.iter().find(|(from, _)| *from == bare).map(|(_, to)| word.to_lowercase().replace(&bare, to));
        words.push(turned.unwrap_or_else(|| word.to_owned()));
    }
    let said = words.join(" ");
    WORDS.contains(&said.split_whitespace().count()).then_some(said)
}

/// Words before the opening that carry nothing.
fn is_filler(word: &str) -> bool {
    ["", "so", "and", "well", "ok", "okay", "yeah", "yes", "right", "basically", "obviously"].contains(&word)
}

fn find_words(text: &str, words: &str) -> Option<usize> {
    text.match_indices(words).map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '\'') && after.is_none_or(|c| c == ' ')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_clauses_are_turned() {
        for (phrase, want) in [
            ("So we need it running before our audit in May.", "you need it running before your audit in May"),
            ("We’d like one place for all our sites, really", "you would like one place for all your sites, really"),
            ("I want my team to see it first; the rest later", "you want your team to see it first"),
        ] {
            assert_eq!(say_back(phrase).as_deref(), Some(want));
        }
    }

    #[test]
    fn anything_else_is_left_alone() {
        for phrase in [
            "Do we need it before May?",
            "We need you to explain that again",
            "If we need it before May we will say so",
            "We need, um, some kind of a plan",
            "They said we need it before the audit in May",
            "We need it",
            "",
        ] {
            assert_eq!(say_back(phrase), None, "{phrase}");
        }
    }
}
