//! Numbers of rules that the parser would take for others.
//!
//! It keeps each in as few bits as the standard needs, drops what is over and every sign
//! that does not belong there, and takes a 0 for nothing said: an interval of 65,537 days
//! would be every day. A rule with such a number is made one that cannot be read, so that
//! its event is counted and said, never guessed.
//!
//! To hold another part of a rule to its numbers: a line in [`PARTS`].

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// The property that holds a rule.
const RULE: &str = "RRULE";
/// What stands in place of a rule whose numbers would be misread.
const UNREADABLE: &str = "RRULE:FREQ=NONE";
/// Each part of a rule that holds numbers, with those that are read as they are written.
const PARTS: [(&str, RangeInclusive<i64>); 9] = [
    ("INTERVAL", 1..=65_535),
    ("COUNT", 1..=4_294_967_295),
    ("BYSECOND", 0..=60),
    ("BYMINUTE", 0..=59),
    ("BYHOUR", 0..=23),
    ("BYMONTHDAY", -31..=31),
    ("BYYEARDAY", -366..=366),
    ("BYWEEKNO", -53..=53),
    ("BYSETPOS", -366..=366),
];

/// Whether a rule, as one line, has a number that would be taken for another.
fn is_misread(line: &str) -> bool {
    let Some((_, rule)) = line.split_once(':') else { return false };
    rule.split(';').filter_map(|part| part.split_once('=')).any(|(name, numbers)| {
        let Some((_, known)) = PARTS.iter().find(|(part, _)| part.eq_ignore_ascii_case(name.trim())) else {
            return false;
        };
        // What is no number at all the parser sees for itself.
        numbers.split(',').any(|number| match number.trim().trim_start_matches('+').parse::<i64>() {
            Ok(number) => !known.contains(&number),
            Err(error) => !matches!(error.kind(), std::num::IntErrorKind::Empty | std::num::IntErrorKind::InvalidDigit),
        })
    })
}

/// Whether a line begins a rule; the next sign after the name is of its parameters or value.
fn is_rule(line: &str) -> bool {
    let begins = line.get(..RULE.len()).is_some_and(|name| name.eq_ignore_ascii_case(RULE));
    begins && line[RULE.len()..].starts_with([':', ';'])
}

/// The text with every rule made unreadable that would be misread.
pub(super) fn without_misread(text: &str) -> Cow<'_, str> {
    let mut out: Option<String> = None;
    let mut lines = text.split_inclusive('\n').peekable();
    let mut seen = 0;
    while let Some(first) = lines.next() {
        let begin = seen;
        seen += first.len();
        if !is_rule(first) {
            if let Some(out) = &mut out {
                out.push_str(first);
            }
            continue;
        }
        let mut whole = first.trim_end_matches(['\r', '\n']).to_owned();
        // A line that goes on begins with a space.
        while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
            seen += more.len();
            whole.push_str(more[1..].trim_end_matches(['\r', '\n']));
        }
        match &mut out {
            _ if is_misread(&whole) => {
                let out = out.get_or_insert_with(|| text[..begin].to_owned());
                out.push_str(UNREADABLE);
                out.push_str("\r\n");
            }
            Some(out) => out.push_str(&text[begin..seen]),
            None => {}
        }
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rule_that_would_be_misread_is_made_unreadable() {
        for fine in [
            "RRULE:FREQ=DAILY;INTERVAL=65535",
            "RRULE:FREQ=DAILY;COUNT=4000000000",
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=-31,31;BYSETPOS=-366",
            "RRULE:FREQ=DAILY;INTERVAL=;COUNT=many",
            "RRULEX:INTERVAL=0",
            "SUMMARY:RRULE:INTERVAL=0",
            "RRULE",
        ] {
            assert!(matches!(without_misread(&format!("A:1\r\n{fine}\r\nB:2\r\n")), Cow::Borrowed(_)), "{fine}");
        }
        for wrong in [
            "RRULE:FREQ=DAILY;INTERVAL=65536",
            "rrule;X=1:FREQ=DAILY;interval=0",
            "RRULE:FREQ=DAILY;INTERVAL=-2",
            "RRULE:FREQ=DAILY;COUNT=0",
            "RRULE:FREQ=DAILY;COUNT=99999999999999999999",
            "RRULE:FREQ=DAILY;BYHOUR=9,265",
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=257",
            "RRULE:FREQ=DAILY;INTER\r\n VAL=655\r\n\t36",
        ] {
            let text = format!("A:1\r\n{wrong}\r\nB:2\r\nRRULE:FREQ=DAILY;COU\r\n NT=2\r\n");
            let read = without_misread(&text);
            assert_eq!(read, "A:1\r\nRRULE:FREQ=NONE\r\nB:2\r\nRRULE:FREQ=DAILY;COU\r\n NT=2\r\n", "{wrong}");
        }
    }
}
