//! Quotes as people read them: whole where the source allows it, and never with
//! half a sentence's punctuation at their ends. Always a part of the source.

use std::ops::Range;

use skillhost_sdk::transcript::Turn;

/// What a quote neither begins nor ends with.
const LOOSE: [char; 8] = [',', ';', ':', '-', '\u{2013}', '\u{2014}', ' ', '\n'];
/// Words that a cut leaves at the end of a quote and that say nothing there.
const HANGING: [&str; 12] = ["and", "or", "but", "so", "because", "um", "uh", "er", "erm", "the", "a", "an"];

/// The longest piece of a range that stands in the source so.
pub(crate) fn whole<'a>(turn: &'a Turn, range: &Range<usize>) -> Option<&'a str> {
    turn.quotable(turn.text.get(range.clone())?).map(tidied).filter(|quote| !quote.is_empty())
}

/// All of a range, or, where the source breaks in it, the piece with the words
/// that matter.
pub(crate) fn around<'a>(turn: &'a Turn, range: &Range<usize>, core: &Range<usize>) -> Option<&'a str> {
    let text = turn.text.as_str();
    let stands = |from: usize, to: usize| {
        text.get(from..to).map(str::trim).filter(|piece| turn.quotable(piece).is_some_and(|found| found == *piece))
    };
    if stands(range.start, range.end).is_some() || stands(core.start, core.end).is_none() {
        return whole(turn, range);
    }
    let words = |span: Range<usize>| {
        let starts: Vec<usize> = text
            .get(span.clone())
            .unwrap_or_default()
            .match_indices(char::is_whitespace)
            .map(|(at, _)| span.start + at)
            .collect();
        starts
    };
    let (mut from, mut to) = (core.start, core.end);
    for end in words(core.end..range.end).into_iter().chain([range.end]) {
        if stands(from, end).is_none() {
            break;
        }
        to = end;
    }
    for start in words(range.start..core.start).into_iter().rev().chain([range.start]) {
        if stands(start, to).is_none() {
            break;
        }
        from = start;
    }
    stands(from, to).map(tidied).filter(|quote| !quote.is_empty())
}

/// Without loose punctuation, brackets and quotation marks that have no partner,
/// and words that lead nowhere.
fn tidied(quote: &str) -> &str {
    let mut quote = quote.trim_matches(LOOSE);
    loop {
        let before = quote;
        for (open, close) in [('(', ')'), ('\u{201c}', '\u{201d}'), ('[', ']')] {
            if !quote.contains(close) {
                quote = quote.trim_start_matches(open).trim_end_matches(open);
            }
            if !quote.contains(open) {
                quote = quote.trim_start_matches(close).trim_end_matches(close);
            }
        }
        if quote.matches('"').count() == 1 {
            quote = quote.trim_matches('"');
        }
        if let Some((rest, last)) = quote.rsplit_once(' ')
            && HANGING.contains(&last.to_lowercase().as_str())
        {
            quote = rest;
        }
        quote = quote.trim_matches(LOOSE);
        if quote == before {
            return quote;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use skillhost_sdk::transcript::parse;

    #[test]
    fn ends_are_tidy() {
        for (text, quote) in [
            ("approved,", "approved"),
            ("so the money is there, and", "so the money is there"),
            ("\u{2014} we need it in May.", "we need it in May."),
            ("(it was late", "it was late"),
            ("he said \u{201c}never\u{201d}.", "he said \u{201c}never\u{201d}."),
            ("it is too slow\"", "it is too slow"),
            ("it is \"too slow", "it is \"too slow"),
            (",", ""),
        ] {
            assert_eq!(tidied(text), quote, "{text}");
        }
    }

    #[test]
    fn a_cue_a_turn_is_quoted_whole() {
        let transcript = parse(
            "WEBVTT\n\n00:01.000 --> 00:09.000\n<v Mira>Well, the board has approved the budget, forty thousand, for this year.\n",
        );
        let turn = &transcript.turns[0];
        let range = 0..turn.text.len();
        let core = turn.text.find("approved").unwrap()..turn.text.find(", forty").unwrap();
        assert_eq!(around(turn, &range, &core), Some(turn.text.as_str()));
        assert_eq!(
            whole(turn, &(6..turn.text.len())),
            Some("the board has approved the budget, forty thousand, for this year.")
        );
    }

    #[test]
    fn a_broken_source_is_quoted_around_what_matters() {
        let transcript = parse(
            "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Mira>This is a rather long line about many other things, and\n\n00:04.000 --> 00:07.000\n<v Mira>the budget is approved, so\n\n00:07.000 --> 00:09.000\n<v Mira>go on.\n",
        );
        let turn = &transcript.turns[0];
        let range = 0..turn.text.len();
        let at = turn.text.find("budget").unwrap();
        assert_eq!(around(turn, &range, &(at..at + "budget is approved".len())), Some("the budget is approved"));
    }
}
