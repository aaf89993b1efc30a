//! The part of a mail that its writer wrote.

use std::ops::Range;

/// What stands above a quoted mail.
const HEADERS: [&str; 8] = [
    "-----original message",
    "________________________________",
    "begin forwarded message",
    "---------- forwarded message",
    "from: ",
    "von: ",
    "de : ",
    "> ",
];

/// The bytes of what is new in a mail: what stands above the quoted history, or,
/// where the answer was written below it, the longest part that is not quoted.
pub fn newest(mail: &str) -> Range<usize> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    let mut start = 0;
    let mut history = false;
    for line in mail.split_inclusive('\n') {
        let quoted = is_quoted(line);
        history |= quoted && !line.trim_start().starts_with('>');
        match (open, quoted || history) {
            (None, false) => open = Some(start),
            (Some(from), true) => {
                parts.push(from..start);
                open = None;
            }
            _ => {}
        }
        // "On … wrote:" with the quotes marked ends with them.
        if history && line.trim_end().ends_with(':') && line.trim_start().to_lowercase().starts_with("on ") {
            history = false;
        }
        start += line.len();
    }
    if let Some(from) = open {
        parts.push(from..start);
    }
    let has_words =
        |part: &&Range<usize>| mail.get((*part).clone()).is_some_and(|text| text.chars().any(char::is_alphanumeric));
    let with_words: Vec<&Range<usize>> = parts.iter().filter(has_words).collect();
    match with_words.as_slice() {
        [] => 0..0,
        [first, ..] if first.start == 0 => (*first).clone(),
        all => all.iter().max_by_key(|part| part.len()).map_or(0..0, |part| (*part).clone()),
    }
}

fn is_quoted(line: &str) -> bool {
    let text = line.trim().to_lowercase();
    let wrote = text.starts_with("on ") && (text.ends_with("wrote:") || text.ends_with("writes:"));
    text.starts_with('>')
        || wrote
        || HEADERS.iter().any(|header| text.starts_with(header.trim_end()) && text.len() >= header.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mail: &str) -> &str {
        mail.get(newest(mail)).unwrap_or_default().trim()
    }

    #[test]
    fn quoted_history_is_left_away() {
        for (mail, want) in [
            (
                "Tuesday works.\n\nOn Mon, 16 Nov 2026 at 10:00, Ada <ada@x.test> wrote:\n> Tuesday at 10?\n",
                "Tuesday works.",
            ),
            ("> Tuesday at 10?\n\nTuesday works fine for me.", "Tuesday works fine for me."),
            ("Fine.\n\n-----Original Message-----\nFrom: Ada\nTuesday at 10?", "Fine."),
            ("Fine.\n\nFrom: Ada Reed <ada@x.test>\nSent: Monday\nSubject: x\n\nTuesday?", "Fine."),
            ("Nothing quoted.\nFrom here on all is new.", "Nothing quoted.\nFrom here on all is new."),
            ("> all of it\n> is quoted", ""),
            ("", ""),
        ] {
            assert_eq!(of(mail), want, "{mail:?}");
        }
    }
}
