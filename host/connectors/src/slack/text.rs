//! Text as Slack must be given it, so that words stay words.
//!
//! Slack reads `<@U…>`, `<!channel>` and `<https://…|label>` in any text object:
//! the three control characters are replaced. Lengths are counted in UTF-16
//! units after that, which is never less than what Slack counts. Characters
//! that change the order or hide parts of a line are spelled out: a person must
//! see what is sent, not what it was made to look like.

use skillhost_engine::visible::{is_hidden, spell};

/// Escapes Slack's control characters and spells out invisible ones.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut out, c);
    }
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\n' | '\t' => out.push(c),
        '\r' => {}
        c if is_hidden(c) => spell(out, c),
        c => out.push(c),
    }
}

/// Length as Slack counts it at most.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Escaped pieces of at most `limit` units which together are the whole text;
/// cut after a line or a word where one ends in the second half of a piece.
pub(super) fn pieces(text: &str, limit: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut used = 0;
    // Byte length of the piece at the last good place to cut.
    let mut cut: Option<usize> = None;
    let mut token = String::new();
    for c in text.chars() {
        token.clear();
        push(&mut token, c);
        let size = units(&token);
        if used + size > limit {
            let rest = match cut.take() {
                Some(at) => piece.split_off(at),
                None => String::new(),
            };
            used = units(&rest);
            pieces.push(std::mem::replace(&mut piece, rest));
        }
        piece.push_str(&token);
        used += size;
        if c == '\n' || (c == ' ' && used > limit / 2) {
            cut = Some(piece.len());
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// Escaped and at most `limit` units, with an ellipsis where some is missing.
/// For words that stand in full elsewhere, or bind nothing.
pub(super) fn short(text: &str, limit: usize) -> String {
    let whole = escape(&one_line(text));
    if units(&whole) <= limit {
        return whole;
    }
    let mut out = pieces(&one_line(text), limit.saturating_sub(1)).into_iter().next().unwrap_or_default();
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// A line break in a one-line value is shown as one, and starts no new line
/// that could pass for another field.
pub(super) fn one_line(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\n', '\r'], " ⏎ ")
}
