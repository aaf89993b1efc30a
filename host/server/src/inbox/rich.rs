//! The little Markdown that messages use: bold, bullets and lines. Everything
//! else is shown as it is; nothing becomes markup that is not in this list.

/// A line of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Begins with a bullet.
    pub(super) bullet: bool,
    /// Its pieces.
    pub(super) spans: Vec<Span>,
}

/// A piece of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Heavier.
    pub(super) bold: bool,
    /// The text.
    pub(super) text: String,
}

/// Splits a message into lines and pieces.
pub(super) fn lines(text: &str) -> Vec<Line> {
    text.lines()
        .map(|line| {
            let trimmed = line.trim_start();
            let bullet = ["- ", "• ", "* "].iter().find_map(|mark| trimmed.strip_prefix(mark));
            let body = bullet.unwrap_or(trimmed.trim_start_matches('#').trim_start());
            Line { bullet: bullet.is_some(), spans: spans(body) }
        })
        .collect()
}

/// Text between `**` or single `*` marks is bold; a mark without its pair stays.
fn spans(text: &str) -> Vec<Span> {
    let mark = if text.contains("**") { "**" } else { "*" };
    let pieces: Vec<&str> = text.split(mark).collect();
    if pieces.len().is_multiple_of(2) {
        return vec![Span { bold: false, text: text.to_owned() }];
    }
    pieces
        .into_iter()
        .enumerate()
        .filter(|(_, piece)| !piece.is_empty())
        .map(|(at, piece)| Span { bold: at % 2 == 1, text: piece.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(bool, String)> {
        lines(text).into_iter().flat_map(|line| line.spans).map(|span| (span.bold, span.text)).collect()
    }

    #[test]
    fn marks_come_in_pairs_or_stay() {
        assert_eq!(shown("*Risk* seen"), [(true, "Risk".to_owned()), (false, " seen".to_owned())]);
        assert_eq!(shown("2 * 3 = 6"), [(false, "2 * 3 = 6".to_owned())]);
        assert_eq!(shown("a **b** c").len(), 3);
        assert!(lines("- one\nplain")[0].bullet);
        assert_eq!(shown("## Head"), [(false, "Head".to_owned())]);
    }
}
