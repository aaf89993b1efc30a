//! Text as Markdown that shows exactly that text.

/// Marks that mean something in Markdown wherever they stand.
const MARKS: &str = "\\`*_[]<>|~&!#";

/// One line of text, with nothing in it that could become a heading, a list, a
/// link, a picture or HTML.
pub fn escaped(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control() || c == '\u{2028}' || c == '\u{2029}');
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if MARKS.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    at_start(out)
}

/// A value may begin a line, where `- `, `+ `, `= ` and `1. ` are marks too.
fn at_start(text: String) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let Some(mark) = text[digits..].chars().next() else { return text };
    let opens = match mark {
        '-' | '+' | '=' => digits == 0,
        // A blank after it makes a list; `1.5` is a number.
        '.' | ')' => digits > 0 && !text[digits + 1..].starts_with(|c: char| c.is_ascii_digit()),
        _ => false,
    };
    if opens { format!("{}\\{}", &text[..digits], &text[digits..]) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_are_shown_as_they_are() {
        for (text, want) in [
            ("# [Click](https://evil.example) <b>now</b>", "\\# \\[Click\\](https://evil.example) \\<b\\>now\\</b\\>"),
            ("a\n- b", "a - b"),
            ("- a", "\\- a"),
            ("1. a", "1\\. a"),
            ("1.5 days", "1.5 days"),
            ("2) b", "2\\) b"),
            ("3", "3"),
            ("", ""),
        ] {
            assert_eq!(escaped(text), want);
        }
    }

    proptest! {
        #[test]
        fn it_is_one_line_and_loses_no_word(text: String) {
            let written = escaped(&text);
            prop_assert!(!written.contains(['\n', '\r']));
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&written), letters(&text));
        }
    }
}
