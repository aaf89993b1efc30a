//! How long a meeting shall be, in the words of who asks for it.

use std::ops::Range;

use crate::deadline::count;
use crate::sentence::Sentence;
use crate::token::Token;

/// Shortest and longest meeting, minutes.
const MEETING: std::ops::RangeInclusive<i64> = 5..=480;

/// Before a length, these make it a distance or a delay.
const DISTANCE: &[&str] = &["in", "within", "every", "last", "past", "than"];
/// After a length, these do.
const AWAY: &[&str] = &[
    "ago", "later", "earlier", "late", "early", "before", "after", "away", "from", "drive", "notice", "old",
    "response", "behind", "ahead", "window", "past",
];

/// The length that a sentence names, in minutes, and its words.
pub(super) fn length(sentence: &Sentence) -> Option<(i64, Range<usize>)> {
    let tokens = &sentence.tokens;
    (0..tokens.len()).find_map(|at| {
        let (minutes, end) = read(tokens, at)?;
        let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
        let before = at.checked_sub(1).map_or("", word);
        // "Half an hour early" is a distance, "half an hour early next week" is not.
        let then = ["next", "this", "on", "in", "tomorrow", "you"].contains(&word(end + 1));
        let away = AWAY.contains(&word(end)) && !(matches!(word(end), "early" | "late" | "from") && then);
        let distance = DISTANCE.contains(&before) || before == "the" && at >= 2 && DISTANCE.contains(&word(at - 2));
        (!away && !distance && MEETING.contains(&minutes)).then_some((minutes, at..end))
    })
}

fn read(tokens: &[Token], at: usize) -> Option<(i64, usize)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
    let is_hour = |word: &str| matches!(word, "hour" | "hours" | "hr" | "hrs");
    let is_minute = |word: &str| matches!(word, "minute" | "minutes" | "min" | "mins");
    let and_a_half = |at: usize| word(at) == "and" && word(at + 1) == "a" && word(at + 2) == "half";
    match word(at) {
        "half" if word(at + 1) == "hour" => return Some((30, at + 2)),
        "half" if matches!(word(at + 1), "an" | "a") && word(at + 2) == "hour" => return Some((30, at + 3)),
        "quarter" if word(at + 1) == "of" && word(at + 3) == "hour" => return Some((15, at + 4)),
        _ => {}
    }
    // "30min", "1h", "90m".
    let glued = |suffixes: &[&str]| {
        suffixes.iter().find_map(|suffix| word(at).strip_suffix(suffix)?.parse::<i64>().ok().filter(|n| *n > 0))
    };
    if let Some(minutes) = glued(&["mins", "min"]) {
        return Some((minutes, at + 1));
    }
    if let Some(hours) = glued(&["hrs", "hr", "h"]) {
        return Some((hours.checked_mul(60)?, at + 1));
    }
    let number = match word(at) {
        "fifteen" => 15,
        "twenty" => 20,
        "thirty" => 30,
        "forty" => 40,
        "sixty" => 60,
        "ninety" => 90,
        "1.5" => return is_hour(word(at + 1)).then_some((90, at + 2)),
        // Of "30-45 minutes" the longer one: who asks for less time is not given more.
        other => count(other)?,
    };
    let (number, mut end) = match (word(at), word(at + 1), word(at + 2)) {
        ("forty", "five", _) => (45, at + 2),
        (_, "or" | "to", larger) if count(larger).is_some_and(|larger| larger > number) => (count(larger)?, at + 3),
        _ => (number, at + 1),
    };
    if is_minute(word(end)) {
        return Some((number, end + 1));
    }
    if !is_hour(word(end)) {
        return None;
    }
    end += 1;
    let minutes = number.checked_mul(60)?;
    if and_a_half(end) { Some((minutes + 30, end + 3)) } else { Some((minutes, end)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn lengths_in_words_and_numbers() {
        for (text, minutes) in [
            ("Could we find 30 minutes?", Some(30)),
            ("half an hour would do", Some(30)),
            ("a half hour call", Some(30)),
            ("an hour and a half", Some(90)),
            ("a one-hour video call", Some(60)),
            ("a 90 minute workshop", Some(90)),
            ("15 mins tops", Some(15)),
            ("30min on Zoom", Some(30)),
            ("30-45 minutes", Some(45)),
            ("20 or 30 minutes", Some(30)),
            ("two hours on site", Some(120)),
            ("forty five minutes", Some(45)),
            ("1.5 hours", Some(90)),
            ("quarter of an hour", Some(15)),
            ("45 minutes to go through it", Some(45)),
            ("I'll call in 30 minutes", None),
            ("we are running 10 minutes late", None),
            ("an hour ago", None),
            ("an hour earlier", None),
            ("within the hour", None),
            ("24 hours", None),
            ("10 hours", None),
            ("three people", None),
        ] {
            let found = sentences(text).iter().find_map(length).map(|found| found.0);
            assert_eq!(found, minutes, "{text}");
        }
    }
}
