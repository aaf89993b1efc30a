//! A speaker's name in front of words: `Name: text`, `[Name] text`, `- Name: …`.

use super::name::{self, Shape, Shapes};

/// Bytes looked at for the colon that ends a label: a name, a company in brackets.
const MAX_LABEL_BYTES: usize = 200;

/// A line that begins as a speaker's could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label<'a> {
    /// Who it would be.
    pub(super) name: &'a str,
    /// The clock written beside the name.
    pub(super) at_ms: Option<u64>,
    /// What they would have said.
    pub(super) words: &'a str,
    pub(super) shape: Shape,
    /// `[Name]`.
    pub(super) is_bracketed: bool,
    /// `[Acme] Ada Reed: hello` read as one label.
    pub(super) beyond: Option<Beyond<'a>>,
}

/// A label that goes on behind its bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beyond<'a> {
    pub(super) name: &'a str,
    pub(super) words: &'a str,
    pub(super) shape: Shape,
}

/// A leading clock of a line (`[00:12] `, `(0:12) `, `00:00:12 `) and the rest.
pub(super) fn leading_clock(line: &str) -> (Option<u64>, &str) {
    let line = line.trim_start();
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some(inner) = line.strip_prefix(open)
            && let Some((clock, rest)) = inner.split_once(close)
            && let Some(at) = super::clock::millis(clock.trim())
        {
            return (Some(at), rest.trim_start().trim_start_matches(['-', '–', '—']).trim_start());
        }
    }
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    match super::clock::millis(&line[..end]) {
        Some(at) => (Some(at), line[end..].trim_start().trim_start_matches(['-', '–', '—']).trim_start()),
        None => (None, line),
    }
}

/// A clock at the end of a name (`Ada Reed (00:12)`, `Ada Reed 00:12`).
pub(super) fn trailing_clock(name: &str) -> (&str, Option<u64>) {
    let name = name.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inner) = name.strip_suffix(close)
            && let Some((stem, clock)) = inner.rsplit_once(open)
            && let Some(at) = super::clock::millis(clock.trim())
        {
            return (stem.trim_end(), Some(at));
        }
    }
    if let Some((stem, clock)) = name.rsplit_once(char::is_whitespace)
        && let Some(at) = super::clock::millis(clock)
    {
        return (stem.trim_end().trim_end_matches(['-', '–', '—', '|', '@']).trim_end(), Some(at));
    }
    (name, None)
}

/// Words in brackets that tell what was heard, not who spoke.
const SOUNDS: [&str; 9] =
    ["music", "applause", "laughter", "laughs", "silence", "inaudible", "crosstalk", "pause", "noise"];

/// The label of `Name: text`, `**Name:** text`, `[Name] text`, `[Name]: text`,
/// `- Name: text`, `>> Name: text`, by its looks.
pub(super) fn label<'a>(line: &'a str, shapes: &mut Shapes<'a>) -> Option<Label<'a>> {
    // Only from the left: the words end where the line does.
    let line = name::trimmed_start(line).trim_start_matches(['>', '-', '–', '*']);
    let line = name::trimmed_start(line).trim_end();
    if let Some(inner) = line.strip_prefix('[') {
        let (name, rest) = inner.split_once(']')?;
        let (name, at_ms) = trailing_clock(name);
        let rest = rest.trim_start();
        let words = rest.strip_prefix(':').map(str::trim_start);
        let shape = shapes.of(name).filter(|_| !SOUNDS.contains(&name.to_lowercase().as_str()));
        let inner = if words.is_none() { before_colon(rest, shapes) } else { None };
        let beyond = inner.filter(|inner| inner.shape != Shape::Remark).map(|inner| Beyond {
            name: &line[..line.len() - rest.len() + inner.name.len()],
            words: inner.words,
            shape: if inner.shape == Shape::Weak { Shape::Weak } else { Shape::Sure },
        });
        if let Some(shape) = shape.filter(|shape| *shape != Shape::Weak || words.is_some()) {
            return Some(Label { name, at_ms, words: words.unwrap_or(rest), shape, is_bracketed: true, beyond });
        }
        // `[external] Ada Reed: hello`: the bracket is no name by itself.
        return inner.zip(beyond).map(|(inner, whole)| Label { name: whole.name, shape: whole.shape, ..inner });
    }
    before_colon(line, shapes)
}

fn before_colon<'a>(line: &'a str, shapes: &mut Shapes<'a>) -> Option<Label<'a>> {
    // The colon of a clock or in brackets is not the one that ends the name.
    let mut from = 0;
    while let Some(colon) = line[from..].find([':', '：']).map(|at| at + from) {
        if colon > MAX_LABEL_BYTES {
            return None;
        }
        let width = line[colon..].chars().next().map_or(1, char::len_utf8);
        let rest = &line[colon + width..];
        let before = line[..colon].trim_end_matches('*');
        let rest_is_speech =
            rest.is_empty() || rest.starts_with(char::is_whitespace) || rest.starts_with('*') || width > 1;
        if rest_is_speech && is_closed(before) {
            let (name, at_ms) = trailing_clock(before);
            if let Some(shape) = shapes.of(name) {
                let words = rest.trim_start_matches('*').trim_start();
                return Some(Label { name, at_ms, words, shape, is_bracketed: false, beyond: None });
            }
            // Behind a colon that ends something, a name is somebody spoken of.
            return None;
        }
        from = colon + width;
    }
    None
}

/// Whether every bracket that opens closes.
fn is_closed(text: &str) -> bool {
    let count = |marks: [char; 3]| text.chars().filter(|c| marks.contains(c)).count();
    count(['(', '[', '（']) == count([')', ']', '）'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(line: &str) -> Option<(&str, Option<u64>, &str, Shape)> {
        label(line, &mut Shapes::default()).map(|label| (label.name, label.at_ms, label.words, label.shape))
    }

    #[test]
    fn labels_and_their_words() {
        use Shape::{Name, Remark, Sure, Weak};
        for (line, want) in [
            ("Ada Reed: hello", Some(("Ada Reed", None, "hello", Name))),
            ("[Ada] hello", Some(("Ada", None, "hello", Name))),
            ("[Ada]: hello", Some(("Ada", None, "hello", Name))),
            ("**Ada Reed:** hello", Some(("Ada Reed", None, "hello", Name))),
            ("SPEAKER_01: hello", Some(("SPEAKER_01", None, "hello", Sure))),
            ("Speaker 2: hello", Some(("Speaker 2", None, "hello", Name))),
            ("Ada Reed (00:12): hello", Some(("Ada Reed", Some(12_000), "hello", Name))),
            ("Ada Reed 00:12: hello", Some(("Ada Reed", Some(12_000), "hello", Name))),
            ("Ludwig van Beek: hm", Some(("Ludwig van Beek", None, "hm", Name))),
            ("Mira H.: yes", Some(("Mira H.", None, "yes", Name))),
            ("田中：はい", Some(("田中", None, "はい", Name))),
            ("ada.reed: hi", Some(("ada.reed", None, "hi", Sure))),
            ("jo: hi", Some(("jo", None, "hi", Weak))),
            ("We agreed on this: we ship", None),
            ("Here is the thing: no", None),
            ("Bottom Line: no", Some(("Bottom Line", None, "no", Remark))),
            ("https://acme.test/a: b", None),
            ("at 10:30 we meet", None),
            ("Note: this is a note", None),
            ("**Meeting Date:** 3 May", None),
            ("[inaudible", None),
            ("[Music] Ada", None),
            (":", None),
            ("", None),
        ] {
            assert_eq!(looks(line), want, "{line}");
        }
    }
}
