//! The newest part of a mail: what stands above the quoted history, or, where the answer
//! was written below it, the longest part that is not quoted.

use std::ops::Range;

use super::parts::parts;

/// How the line before a signature reads.
const SIGNATURE: &str = "--";

/// The bytes of what was written now, with salutation and closing; nothing where all of it
/// is quoted.
#[must_use]
pub fn newest(body: &str) -> Range<usize> {
    let found = parts(body, None);
    let mut history: Vec<Range<usize>> = found.quoted.into_iter().chain(found.forwarded).collect();
    history.sort_by_key(|range| range.start);
    let mut gaps: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    for quoted in history {
        gaps.push(from..quoted.start.max(from));
        from = quoted.end.max(from);
    }
    gaps.push(from..body.len());
    let has_words = |range: &Range<usize>| body[range.clone()].chars().any(char::is_alphanumeric);
    gaps.iter_mut().for_each(|gap| *gap = unsigned(body, gap.clone()));
    match gaps.first().filter(|first| has_words(first)) {
        Some(first) => first.clone(),
        None => gaps.into_iter().filter(has_words).max_by_key(Range::len).unwrap_or(0..0),
    }
}

/// Up to the line that says that a signature follows.
fn unsigned(body: &str, range: Range<usize>) -> Range<usize> {
    let mut end = range.start;
    for line in body[range.clone()].split_inclusive('\n') {
        if line.trim_end() == SIGNATURE {
            return range.start..end;
        }
        end += line.len();
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_now_counts() {
        for (text, want) in [
            ("Yes please.\n\nOn Tue, 3 Nov 2026 at 10:00, Ada Reed wrote:\n> Shall I?", "Yes please."),
            ("Yes.\r\nOn Tue, 3 Nov 2026 at 10:00,\r\nAda <ada@acme.test> wrote:\r\n> x", "Yes."),
            ("Yes.\n> quoted\nmore", "Yes."),
            ("Yes.\n-- \nMira Holt", "Yes."),
            ("Fine\n-----Original Message-----\nFrom: Ada", "Fine"),
            ("See below\nFrom: Ada Reed\nSent: Monday\nTo: Mira", "See below"),
            ("From: here on we need it\nby Monday", "From: here on we need it\nby Monday"),
            ("On Monday 3 we wrote: nothing", "On Monday 3 we wrote: nothing"),
            ("On 3 November we decide\nand that is it", "On 3 November we decide\nand that is it"),
            ("", ""),
            ("> only history", ""),
            (
                "Tuesday works.\n\nOn Mon, 16 Nov 2026 at 10:00, Ada <ada@x.test> wrote:\n> Tuesday at 10?\n",
                "Tuesday works.",
            ),
            ("> Tuesday at 10?\n\nTuesday works fine for me.", "Tuesday works fine for me."),
            ("Fine.\n\n-----Original Message-----\nFrom: Ada\nTuesday at 10?", "Fine."),
            ("Fine.\n\nFrom: Ada Reed <ada@x.test>\nSent: Monday\nSubject: x\n\nTuesday?", "Fine."),
            ("Nothing quoted.\nFrom here on all is new.", "Nothing quoted.\nFrom here on all is new."),
            ("> all of it\n> is quoted", ""),
        ] {
            assert_eq!(text[newest(text)].trim(), want, "{text:?}");
        }
    }
}
