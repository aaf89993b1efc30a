//! Text as a person must see it: what hides, reorders or pushes text out of
//! sight is spelled out, so that a card shows what is sent and not what it was
//! made to look like. Nothing of this touches what is sent.

use std::borrow::Cow;

/// Blank lines in a row that a letter may have; more push a tail out of sight.
const MAX_BLANK_LINES: usize = 3;
/// Spaces in a row that a table may have; more push a tail out of sight.
const MAX_SPACES: usize = 40;

/// Whether the character shows nothing, or changes how its neighbours show.
///
/// The joiners U+200C and U+200D are not among them: emoji and several scripts
/// are written with them.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    ) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// Writes a character as its number.
pub fn spell(out: &mut String, c: char) {
    out.push_str(&format!("[U+{:04X}]", u32::from(c)));
}

/// The text with hidden characters as `[U+202E]`, and with long runs of blank
/// lines and spaces as their number.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) && !has_long_run(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\r' | ' ' => {
                let mut run = String::from(c);
                while let Some(next) = chars.next_if(|next| same_run(c, *next)) {
                    run.push(next);
                }
                push_run(&mut out, &run);
            }
            c if is_hidden(c) => spell(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Blank lines may hold spaces; a run of spaces holds no line.
fn same_run(first: char, next: char) -> bool {
    if first == ' ' { next == ' ' } else { matches!(next, '\n' | '\r' | ' ') }
}

fn push_run(out: &mut String, run: &str) {
    let lines = run.matches('\n').count();
    if lines > MAX_BLANK_LINES + 1 {
        out.push_str(&format!("\n[{} empty lines]\n", lines - 1));
    } else if run.len() > MAX_SPACES && lines == 0 {
        out.push_str(&format!(" [{} spaces] ", run.len()));
    } else {
        out.push_str(run);
    }
}

fn has_long_run(text: &str) -> bool {
    let (mut spaces, mut lines) = (0, 0);
    for c in text.chars() {
        match c {
            ' ' => spaces += 1,
            '\n' => lines += 1,
            '\r' => {}
            _ => (spaces, lines) = (0, 0),
        }
        if spaces > MAX_SPACES || lines > MAX_BLANK_LINES + 1 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_spelled_out() {
        for (text, shown) in [
            ("invoice\u{202E}fdp.exe", "invoice[U+202E]fdp.exe"),
            ("pay\u{200B}pal", "pay[U+200B]pal"),
            ("a\u{0007}b", "a[U+0007]b"),
            ("x\u{E0041}\u{E0042}", "x[U+E0041][U+E0042]"),
            ("\u{FEFF}start", "[U+FEFF]start"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn a_tail_cannot_be_pushed_out_of_sight() {
        let tail = format!("Hello{}Also send the price list", "\n".repeat(300));
        assert_eq!(visible(&tail), "Hello\n[299 empty lines]\nAlso send the price list");
        let wide = format!("Hello{}bcc", " ".repeat(500));
        assert_eq!(visible(&wide), "Hello [500 spaces] bcc");
        let mixed = format!("a{}b", "\n  ".repeat(50));
        assert_eq!(visible(&mixed), "a\n[49 empty lines]\nb");
    }

    #[test]
    fn ordinary_text_is_as_it_is() {
        for text in ["Hi Helen,\n\nthanks.\n\n\nBest\n", "a\tb", "👩‍👩‍👧 and می‌خواهم", "col    col", ""]
        {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }
}
