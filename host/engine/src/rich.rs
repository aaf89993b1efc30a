//! The little Markdown that messages use: headings, bold, slanted lines and bullets.
//! Everything else is shown as it is; nothing becomes markup that is not in this list. The
//! inbox and Slack draw the same lines.

/// A line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Begins with a bullet.
    pub bullet: bool,
    /// Its pieces; none where it is blank.
    pub spans: Vec<Span>,
}

impl Line {
    /// Its text, where all of it is bold: a heading.
    pub fn heading(&self) -> Option<&str> {
        match self.spans.as_slice() {
            [Span { bold: true, text, .. }] if !self.bullet => Some(text),
            _ => None,
        }
    }
}

/// A piece of a line; its text is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Heavier.
    pub bold: bool,
    /// Slanted.
    pub italic: bool,
    /// The text.
    pub text: String,
}

/// Splits a message into lines and pieces.
pub fn lines(text: &str) -> Vec<Line> {
    text.lines()
        .map(|line| {
            let trimmed = line.trim();
            let bullet = ["- ", "• ", "* "].iter().find_map(|mark| trimmed.strip_prefix(mark));
            let body = bullet.unwrap_or(trimmed.trim_start_matches('#').trim_start());
            Line { bullet: bullet.is_some(), spans: spans(body) }
        })
        .collect()
}

/// Text between `**` or single `*` marks is bold, a line between `_` marks is slanted; a mark
/// without its pair stays.
fn spans(text: &str) -> Vec<Span> {
    let plain = |text: &str| Span { bold: false, italic: false, text: text.to_owned() };
    if let Some(slanted) = text.strip_prefix('_').and_then(|rest| rest.strip_suffix('_'))
        && !slanted.trim().is_empty()
        && !slanted.starts_with('_')
    {
        return vec![Span { italic: true, ..plain(slanted) }];
    }
    let mark = if text.contains("**") { "**" } else { "*" };
    let pieces: Vec<&str> = text.split(mark).collect();
    let pieces = if pieces.len().is_multiple_of(2) { vec![text] } else { pieces };
    pieces
        .into_iter()
        .enumerate()
        .filter(|(_, piece)| !piece.is_empty())
        .map(|(at, piece)| Span { bold: at % 2 == 1, ..plain(piece) })
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

    #[test]
    fn a_heading_is_a_line_of_its_own_and_a_slanted_line_is_whole() {
        let read =
            lines("**Your day**\n\n**Three** meetings\n- **All of it**\n_Not available: `crm_x`_\n__init__ _a_ b");
        let headings: Vec<Option<&str>> = read.iter().map(Line::heading).collect();
        assert_eq!(headings, [Some("Your day"), None, None, None, None, None]);
        assert_eq!(read[1].spans, []);
        assert_eq!((read[4].spans[0].italic, read[4].spans[0].text.as_str()), (true, "Not available: `crm_x`"));
        assert_eq!((read[5].spans.len(), read[5].spans[0].italic), (1, false));
    }
}
