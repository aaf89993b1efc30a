//! Answers that stand between the quoted questions they belong to.
//!
//! "Yes. In the week of the 30th" means what was asked above it: only there a
//! quotation says what the new words are about.

use std::ops::Range;
use std::sync::LazyLock;

use skillhost_language::{Pattern, table, tokens};

use crate::cue::Cue;
use crate::meeting::names_meeting;
use crate::text::Text;
use crate::times::names_time;

/// How sure a time is that answers a question about a meeting.
const TAKEN_UP: f64 = 0.8;
/// Longest question that is looked at, bytes from its end.
const MAX_QUESTION: usize = 300;

/// What we ask for a meeting with, besides its names.
const OFFERED: &[&str] = &[
    "show|showed|walk|walked|take|took|run|ran you ~6",
    "come by|over|round|to|and",
    "time|free|available ~4 for|to|on|week",
];

static ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(OFFERED));

/// The question of ours that ends right above a place of the body.
fn question_above<'a>(text: &Text<'a>, own: &Range<usize>) -> Option<&'a str> {
    let quoted = text.parts.quoted.iter().filter(|range| range.end <= own.start).max_by_key(|range| range.end)?;
    let between = text.body.get(quoted.end..own.start)?;
    let above = text.body.get(quoted.clone())?.trim_end_matches(|c: char| c.is_whitespace() || c == '>');
    if !between.trim().is_empty() || !above.ends_with('?') {
        return None;
    }
    let mut from = above.len().saturating_sub(MAX_QUESTION);
    while !above.is_char_boundary(from) {
        from += 1;
    }
    let tail = above.get(from..)?;
    let inner = tail.trim_end_matches('?');
    let start = inner.rfind(['?', '!', '\n']).map_or(0, |at| at + 1);
    tail.get(start..)
}

/// Times that take up a meeting that we asked for.
pub(crate) fn taken_up(text: &Text<'_>) -> Vec<Cue> {
    let mut out = Vec::new();
    for own in &text.parts.own {
        let Some(question) = question_above(text, own) else { continue };
        let asked = tokens(question, 0, question.len());
        if names_meeting(&asked).is_none() && !ROWS.iter().any(|row| row.find(&asked).is_some()) {
            continue;
        }
        let timed = text.said.iter().enumerate().find(|(_, said)| {
            let place = said.place(&(0..said.tokens().len()));
            let denied = said.tokens().first().is_some_and(|token| matches!(token.word.as_str(), "no" | "not"));
            own.contains(&place.start) && names_time(said.tokens()) && !denied
        });
        out.extend(timed.map(|(at, said)| Cue { weight: TAKEN_UP, said: at, words: 0..said.tokens().len() }));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mail::Mail;

    fn found(body: &str) -> usize {
        let headers = BTreeMap::new();
        let mail = Mail {
            from: "jo@globex.test",
            from_name: "Jo",
            subject: "Re: Plan",
            body,
            headers: &headers,
            answers: true,
            own_domains: &[],
            own_names: &[],
        };
        taken_up(&Text::of(&mail)).len()
    }

    #[test]
    fn a_time_below_a_question_about_a_meeting() {
        assert!(ROWS.iter().all(Pattern::is_well_formed));
        let head = "On Mon, 16 Nov 2026 at 16:20, Ada <ada@acme.test> wrote:\n";
        for (body, count) in [
            (format!("{head}> Which site?\nKiel.\n> Shall we have a call?\nYes, on Thursday at ten.\n"), 1),
            (format!("{head}> Which site?\nKiel.\n> When does the lease end?\nOn Thursday.\n"), 0),
            (format!("{head}> Shall we have a call?\nNo, not on Thursday.\n> Which site?\nKiel.\n"), 0),
            (format!("{head}> Shall we have a call?\nYes.\n> Which site?\nThe one we saw on Thursday.\n"), 0),
            ("On Thursday at ten.".to_owned(), 0),
        ] {
            assert_eq!(found(&body), count, "{body}");
        }
    }
}
