//! The part of a mail that its sender wrote now: without the history quoted below.

/// How mail programs begin what they quote, at the start of a line.
const HISTORY: [&str; 6] = [
    "-----original message",
    "________________________________",
    "begin forwarded message",
    "from: ",
    "von: ",
    "de : ",
];
/// Marks of a quoted line.
const QUOTED: [&str; 2] = [">", "|"];
/// The line before the signature.
const SIGNATURE: &str = "--";
/// Lines that "On …" may run over before its "wrote:".
const ATTRIBUTION_LINES: usize = 3;

/// The newest part, a piece of the text itself; all of it where nothing is quoted.
pub fn newest_part(text: &str) -> &str {
    let mut end = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = match rest.find('\n') {
            Some(at) => rest.split_at(at + 1),
            None => (rest, ""),
        };
        if begins_history(line, after) {
            break;
        }
        end += line.len();
        rest = after;
    }
    text[..end].trim()
}

fn begins_history(line: &str, after: &str) -> bool {
    let plain = line.trim();
    let lower = plain.to_lowercase();
    // "From:" alone is a word; a header block has another header below it.
    let is_header = lower.starts_with("from: ") || lower.starts_with("von: ") || lower.starts_with("de : ");
    let headers_follow = after.lines().take(2).any(|line| {
        let line = line.trim().to_lowercase();
        ["sent:", "date:", "to:", "subject:", "gesendet:", "an:"].iter().any(|header| line.starts_with(header))
    });
    QUOTED.iter().any(|mark| plain.starts_with(mark))
        || plain == SIGNATURE
        || line.trim_end_matches(['\r', '\n']) == "-- "
        || HISTORY.iter().any(|start| lower.starts_with(start)) && (!is_header || headers_follow)
        || is_attribution(&lower, after)
}

/// `On Tuesday, 3 November 2026, Ada Reed wrote:`, over up to three lines.
fn is_attribution(first: &str, after: &str) -> bool {
    let mut lines = std::iter::once(first.to_owned())
        .chain(after.lines().take(ATTRIBUTION_LINES - 1).map(|line| line.trim().to_lowercase()));
    first.starts_with("on ") && first.chars().any(|c| c.is_ascii_digit()) && lines.any(|line| line.ends_with("wrote:"))
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
        ] {
            assert_eq!(newest_part(text), want, "{text:?}");
        }
    }
}
