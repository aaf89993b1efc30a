//! Words that name a time to meet at: `Thursday`, `10:30`, `2pm`, `next week`. Not
//! the day by which something is due.

use std::sync::LazyLock;

use skillhost_language::{Pattern, Token, table};

/// Days and their parts.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "tues", "wed", "thu",
    "thur", "thurs", "fri", "tomorrow", "tomorow", "tmrw", "tonight", "noon", "morning", "mornings", "afternoon",
    "afternoons", "evening", "evenings", "midday", "lunchtime",
];
/// More than one word.
const PHRASES: &[&str] = &[
    "next|this|following|coming|calendar week|month",
    "week of|commencing|beginning|starting",
    "week|one|day after ~1",
    "coming|next|few weeks|days",
    "same time|hour|day",
    "# am|pm|o|oclock|cet|gmt|uhr",
    "is|would|could|make|do # any|good|better|work|suit|okay|ok|possible|instead",
    "at|around|after|to #",
    "half|quarter past|to ~1",
    "about|around|at half|quarter|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve",
    "the # ~1",
];
/// "Before your team starts on Monday": this far before a day, words.
const DUE_REACH: usize = 5;
/// Words before a day that make it a deadline, or past.
const DUE: &[&str] = &["every", "each", "by", "before", "until", "till", "since", "last", "due", "dated"];

static ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(PHRASES));

/// Whether words name a time.
pub(crate) fn names_time(tokens: &[Token]) -> bool {
    let due = |at: usize| (1..=DUE_REACH).any(|back| at >= back && DUE.contains(&tokens[at - back].word.as_str()));
    (0..tokens.len()).any(|at| is_time(tokens, at) && !due(at))
}

fn is_time(tokens: &[Token], at: usize) -> bool {
    let word = tokens[at].word.as_str();
    let digits = word.chars().take_while(char::is_ascii_digit).count();
    let tail = &word[digits..];
    // "10:30", "2pm", "the 26th"; "400" is none.
    let clock = (1..=2).contains(&digits)
        && (matches!(tail, "am" | "pm" | "h" | "th" | "nd" | "rd" | "st" | "ish")
            || tail.starts_with('h') && tail.len() == 3
            || tail.starts_with([':', '.']) && tail.len() == 3);
    let phrase = ROWS.iter().any(|row| row.at(tokens, at).is_some()) && short_numbers(&tokens[at..]);
    NAMES.contains(&word) || clock || phrase
}

/// Hours and days have two digits.
fn short_numbers(tokens: &[Token]) -> bool {
    tokens.iter().take(2).all(|token| !token.word.starts_with(|c: char| c.is_ascii_digit()) || token.word.len() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillhost_language::tokens;

    #[test]
    fn times_and_others() {
        assert!(ROWS.iter().all(Pattern::is_well_formed));
        let is = |text: &str| names_time(&tokens(text, 0, text.len()));
        for text in [
            "on Thursday",
            "at 5",
            "10:30",
            "around 2pm",
            "11ish",
            "the 26th",
            "next week",
            "same time",
            "week of the 7th",
        ] {
            assert!(is(text), "{text}");
        }
        for text in [
            "by Friday",
            "before the 30th",
            "last week",
            "since Monday",
            "400 m",
            "at 400 sites",
            "per week",
            "the way",
        ] {
            assert!(!is(text), "{text}");
        }
    }
}
