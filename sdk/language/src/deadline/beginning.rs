//! The words that a deadline begins with.
//!
//! Every word of a call is asked whether one begins there; this turns most of them away. A
//! word that the grammar begins one with and this does not know ends a test: add it here.

use std::sync::LazyLock;

use super::calendar::ordinal_word;
use crate::token::Token;
use crate::wordset::WordSet;

/// Words that one begins with, beside digits and ordinals.
#[rustfmt::skip]
static BEGINNINGS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new([
        // Before a day or a time.
        "by", "before", "on", "until", "till", "within", "due", "no", "come", "in", "for", "at", "around", "about",
        "over", "after",
        // Days and stretches of them.
        "today", "tonight", "arvo", "tomorrow", "later", "sometime", "early", "mid", "earlier", "late", "first",
        "second", "third", "fourth", "last", "this", "that", "the", "next", "coming", "a", "one", "two", "three",
        "couple", "twenty", "thirty", "week", "w", "weekend", "end", "middle", "beginning", "start", "close", "eod",
        "cob", "eow", "eom", "eoq", "eoy",
        "monday", "mondays", "mon", "tuesday", "tues", "tue", "wednesday", "wed", "weds", "thursday", "thurs",
        "thur", "thu", "friday", "fri", "saturday", "sunday",
        "january", "jan", "february", "feb", "march", "april", "apr", "may", "june", "july", "august", "aug",
        "september", "sept", "sep", "october", "oct", "november", "nov", "december", "dec",
        // Times of a day.
        "noon", "midday", "half",
        // Later today, or tomorrow.
        "right", "straight", "directly", "immediately", "just", "shortly", "as", "soon", "once", "when", "minute",
    ])
});

/// Whether a deadline may begin with a word.
pub(super) fn begins(token: &Token) -> bool {
    let is_digit = token.word.starts_with(|c: char| c.is_ascii_digit());
    is_digit || BEGINNINGS.holds(token.print, &token.word) || ordinal_word(&token.word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokens;

    #[test]
    fn what_begins_none_is_turned_away() {
        let begin = |text: &str| tokens(text, 0, text.len()).first().is_some_and(begins);
        for text in ["by Friday", "14th", "3pm", "twenty-third of May", "sixth of May", "EOD", "soon as we hang up"] {
            assert!(begin(text), "{text}");
        }
        for text in ["we agreed", "fifty", "month", "thanks", "$3"] {
            assert!(!begin(text), "{text}");
        }
    }
}
