//! A speaker's name in front of words: `Name: text`, `[Name] text`, `- Name: …`.

/// Longest name before a colon, bytes: longer is a sentence.
const MAX_NAME_BYTES: usize = 60;
/// Most words of a name: titles, two given names, a double surname, a company
/// in brackets.
const MAX_NAME_WORDS: usize = 6;

/// Words that end what stands before a colon when it is no name but the label of
/// a header or a remark, lower case.
const NOT_NAMES: [&str; 34] = [
    "http",
    "https",
    "note",
    "notes",
    "date",
    "time",
    "title",
    "subject",
    "re",
    "fwd",
    "to",
    "from",
    "cc",
    "attendees",
    "participants",
    "duration",
    "location",
    "agenda",
    "summary",
    "question",
    "answer",
    "warning",
    "tip",
    "example",
    "ps",
    "transcript",
    "type",
    "id",
    "link",
    "recording",
    "length",
    "topic",
    "status",
    "speakers",
];

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "da"
            | "do"
            | "dos"
            | "del"
            | "della"
            | "di"
            | "du"
            | "van"
            | "von"
            | "der"
            | "den"
            | "ten"
            | "la"
            | "le"
            | "el"
            | "bin"
            | "al"
            | "y"
            | "e"
            | "and"
            | "of"
            | "the"
    )
}

/// Whether a text can be a name: some words, each capitalised, a particle, a
/// number (`Speaker 2`), or of a script without capitals.
pub(super) fn is_name(text: &str) -> bool {
    if text.is_empty() || text.len() > MAX_NAME_BYTES {
        return false;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.last().is_some_and(|last| NOT_NAMES.contains(&last.to_lowercase().as_str())) {
        return false;
    }
    if words.is_empty() || words.len() > MAX_NAME_WORDS {
        return false;
    }
    let is_user_name = words.len() == 1
        && text.chars().all(|c| c.is_alphanumeric() || "._-@".contains(c))
        && text.chars().any(char::is_alphabetic);
    let shaped = is_user_name && text.contains(['.', '_', '@'])
        || words.iter().enumerate().all(|(index, word)| {
            let mut chars = word.chars().skip_while(|c| "([\"'“".contains(*c));
            match chars.next() {
                Some(first) if first.is_numeric() => index > 0 || is_user_name,
                Some(first) if first.is_alphabetic() => !first.is_lowercase() || is_particle(word) && index > 0,
                Some(_) => index > 0 && word.chars().all(|c| !c.is_alphanumeric()),
                None => false,
            }
        });
    shaped && !text.ends_with(['.', ',', ';', '?', '!']) || is_abbreviated(text)
}

/// `Dr. J.`, `Mira H.`: a name may end in an initial.
fn is_abbreviated(text: &str) -> bool {
    let Some(stem) = text.strip_suffix('.') else { return false };
    let last = stem.rsplit(' ').next().unwrap_or_default();
    last.chars().count() == 1 && last.chars().all(char::is_uppercase) && stem.len() > 1 && is_name(stem)
}

/// What stands before the first colon, where it could be a name that somebody wrote
/// without capitals, and the words after it.
pub(super) fn uncapitalised(line: &str) -> Option<(&str, &str)> {
    /// More words than this are a sentence.
    const MAX_WORDS: usize = 3;
    let (label, rest) = line.trim_start().split_once(':')?;
    let of_letters = |word: &str| word.chars().all(|c| c.is_alphabetic() || "'’-.".contains(c));
    let words: Vec<&str> = label.split_whitespace().collect();
    let last = words.last()?;
    let shaped = words.len() <= MAX_WORDS && words.iter().all(|word| of_letters(word)) && !NOT_NAMES.contains(last);
    (shaped && rest.starts_with(char::is_whitespace)).then(|| (label.trim(), rest.trim_start()))
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

/// Splits `Name: text`, `**Name:** text`, `[Name] text`, `[Name]: text`,
/// `- Name: text`, `>> Name: text`. The clock is one written beside the name.
pub(super) fn split(line: &str) -> Option<(&str, Option<u64>, &str)> {
    let line = line.trim().trim_start_matches(['>', '-', '–', '*']).trim_start();
    if let Some(inner) = line.strip_prefix('[') {
        let (name, rest) = inner.split_once(']')?;
        let (name, at) = trailing_clock(name);
        let rest = rest.trim_start();
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        return is_name(name).then(|| (name, at, rest.trim_start()));
    }
    // The colon of a clock within the name is not the one that ends it.
    let mut from = 0;
    while let Some(colon) = line[from..].find([':', '：']).map(|at| at + from) {
        if colon > MAX_NAME_BYTES {
            return None;
        }
        let width = line[colon..].chars().next().map_or(1, char::len_utf8);
        let rest = &line[colon + width..];
        let (name, at) = trailing_clock(line[..colon].trim_end_matches('*'));
        let rest_is_speech =
            rest.is_empty() || rest.starts_with(char::is_whitespace) || rest.starts_with('*') || width > 1;
        if rest_is_speech && is_name(name) {
            return Some((name, at, rest.trim_start_matches('*').trim_start()));
        }
        from = colon + width;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_no_names() {
        for (line, want) in [
            ("Ada Reed: hello", Some(("Ada Reed", None, "hello"))),
            ("[Ada] hello", Some(("Ada", None, "hello"))),
            ("[Ada]: hello", Some(("Ada", None, "hello"))),
            ("**Ada Reed:** hello", Some(("Ada Reed", None, "hello"))),
            ("SPEAKER_01: hello", Some(("SPEAKER_01", None, "hello"))),
            ("Speaker 2: hello", Some(("Speaker 2", None, "hello"))),
            ("Ada Reed (00:12): hello", Some(("Ada Reed", Some(12_000), "hello"))),
            ("Ada Reed 00:12: hello", Some(("Ada Reed", Some(12_000), "hello"))),
            ("Ludwig van Beek: hm", Some(("Ludwig van Beek", None, "hm"))),
            ("Mira H.: yes", Some(("Mira H.", None, "yes"))),
            ("田中：はい", Some(("田中", None, "はい"))),
            ("ada.reed: hi", Some(("ada.reed", None, "hi"))),
            ("We agreed on this: we ship", None),
            ("Here is the thing: no", None),
            ("https://acme.test/a: b", None),
            ("at 10:30 we meet", None),
            ("Note: this is a note", None),
            ("**Meeting Date:** 3 May", None),
            ("[inaudible", None),
            (":", None),
            ("", None),
        ] {
            assert_eq!(split(line), want, "{line}");
        }
    }
}
