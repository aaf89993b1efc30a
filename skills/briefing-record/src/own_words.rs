//! What the sender of a mail wrote themselves: without what they quote, without
//! a forwarded mail, and without the signature. Always a part of the source.

/// So much of a text is read, characters: several screens of mail. What a person
/// wants stands at its beginning.
const MAX_READ: usize = 4_000;
/// Longest line that introduces a quoted mail, characters.
const MAX_LEAD_IN: usize = 200;
/// Most lines over which such a line is wrapped.
const WRAPPED: usize = 3;
/// Lines that open the mail which a program copied below.
const COPIED: [&str; 6] = [
    "-----original message-----",
    "---------- forwarded message",
    "begin forwarded message:",
    "----- forwarded message",
    "________________________________",
    "-------- original message --------",
];
/// A line of its own that begins a signature a telephone or program adds.
const ADDED: [&str; 4] = ["sent from my ", "get outlook for ", "sent from outlook", "sent via "];

/// The sender's own words, as much of them as is read; an exact part of `body`.
#[must_use]
pub fn own_words(body: &str) -> &str {
    let mut end = body.len();
    let mut at = 0;
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    for (index, line) in lines.iter().enumerate() {
        let text = line.trim();
        let lower = text.to_lowercase();
        let copied = COPIED.iter().any(|mark| lower.starts_with(mark)) || is_header_block(&lines[index..]);
        let signature =
            line.trim_end_matches(['\r', '\n']) == "-- " || ADDED.iter().any(|mark| lower.starts_with(mark));
        if text.starts_with('>') || copied || signature || introduces_quote(&lines[index..]) {
            end = at;
            break;
        }
        at += line.len();
    }
    read_part(&body[..end])
}

/// The beginning of a text, as much of it as is read; an exact part of it.
#[must_use]
pub fn read_part(text: &str) -> &str {
    let text = text.trim();
    text.char_indices().nth(MAX_READ).map_or(text, |(end, _)| text[..end].trim_end())
}

/// "On Tue, 3 Nov 2026 at 10:00, Mira Holt <…> wrote:", perhaps wrapped.
fn introduces_quote(lines: &[&str]) -> bool {
    let Some(first) = lines.first().map(|line| line.trim()) else { return false };
    if !first.starts_with("On ") {
        return false;
    }
    let mut joined = String::new();
    for line in lines.iter().take(WRAPPED) {
        joined.push(' ');
        joined.push_str(line.trim());
        if joined.chars().count() > MAX_LEAD_IN {
            return false;
        }
        if joined.ends_with("wrote:") {
            return joined.contains('@') || joined.chars().any(|c| c.is_ascii_digit());
        }
    }
    false
}

/// `From: … / Sent: …`: two headers in a row.
fn is_header_block(lines: &[&str]) -> bool {
    let begins = |line: Option<&&str>, names: &[&str]| {
        line.is_some_and(|line| {
            let line = line.trim().trim_start_matches('*').to_lowercase();
            names.iter().any(|name| line.starts_with(name))
        })
    };
    begins(lines.first(), &["from:"]) && begins(lines.get(1), &["sent:", "date:", "to:", "subject:"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_others_wrote_goes() {
        for (body, want) in [
            (
                "Yes, Tuesday.\n\nOn Mon, 2 Nov 2026 at 09:00, Ada Reed\n<ada@acme.test> wrote:\n> Tuesday?",
                "Yes, Tuesday.",
            ),
            ("Fine.\n> Can you?\nNo.", "Fine."),
            ("Please see below.\n-----Original Message-----\nFrom: x", "Please see below."),
            ("FYI\nFrom: Jo Berg\nSent: Monday\nPay now", "FYI"),
            ("Thanks\n-- \nMira\nVP", "Thanks"),
            ("Ok\r\nSent from my iPhone", "Ok"),
            ("On Monday I wrote:\nthe plan", "On Monday I wrote:\nthe plan"),
            ("From: here to there\nis far", "From: here to there\nis far"),
            ("", ""),
        ] {
            assert_eq!(own_words(body), want, "{body}");
        }
    }

    proptest! {
        #[test]
        fn it_is_always_a_part(body in "(?s).{0,200}") {
            prop_assert!(body.contains(own_words(&body)));
            let long = body.repeat(50);
            prop_assert!(long.contains(read_part(&long)) && read_part(&long).chars().count() <= MAX_READ);
        }
    }
}
