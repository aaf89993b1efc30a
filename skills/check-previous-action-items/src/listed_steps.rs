//! Lists of steps in a text: a heading, then lines with a sign before them.

/// Whose steps a heading announces, seen from whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those who wrote it.
    Writers,
    /// Those it is written to.
    Readers,
    /// The lines say.
    Named,
}

/// A step as it stands in the text, without its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed<'a> {
    pub(crate) text: &'a str,
    pub(crate) whose: Whose,
}

/// Most steps of a text; a longer list is a plan, not what was agreed.
const MAX_LISTED: usize = 25;
/// Longest heading, words; a longer line with a colon is a sentence.
const MAX_HEADING: usize = 8;
/// Words of a heading for those who wrote it.
const WRITERS: [&str; 9] =
    ["our side", "our end", "our part", "from us", "we will", "we'll", "i will", "i'll", "our next steps"];
/// Words of a heading for those it is written to.
const READERS: [&str; 7] = ["your side", "your end", "your part", "from you", "you will", "you'll", "your next steps"];
/// Words of a heading whose lines say who.
const NAMED: [&str; 7] = ["next steps", "action items", "actions", "to do", "to-do", "todo", "to dos"];

/// The steps of every list.
pub(crate) fn read(text: &str) -> Vec<Listed<'_>> {
    let mut found = Vec::new();
    let mut whose = None;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match (item(line), whose) {
            (Some(text), Some(whose)) if !text.is_empty() && found.len() < MAX_LISTED => {
                found.push(Listed { text, whose })
            }
            (Some(_), _) => {}
            // Any other line ends the list, and may begin the next.
            (None, _) => whose = heading(line),
        }
    }
    found
}

/// The text behind the sign of a list.
fn item(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix(['-', '*', '•', '–', '·']) {
        return rest.starts_with([' ', '\t', '[']).then(|| unchecked(rest.trim()));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..).filter(|_| (1..=2).contains(&digits))?;
    rest.strip_prefix(['.', ')']).filter(|rest| rest.starts_with(' ')).map(str::trim)
}

/// Without an empty box; a ticked one is another matter, and stays to be seen.
fn unchecked(text: &str) -> &str {
    text.strip_prefix("[ ]").or_else(|| text.strip_prefix("[]")).map_or(text, str::trim)
}

fn heading(line: &str) -> Option<Whose> {
    let bare = line.trim_matches(|c: char| matches!(c, '*' | '#' | '_' | ' '));
    let text = bare.strip_suffix(':')?.trim_end_matches(['*', '_']).trim().to_lowercase().replace('’', "'");
    if text.split_whitespace().count() > MAX_HEADING || text.contains("agreed") || text.contains("decided") {
        return None;
    }
    // Whole words: "your side" is not "our side".
    let padded = format!(" {text} ");
    let says = |words: &[&str]| words.iter().any(|word| padded.contains(&format!(" {word} ")));
    match (says(&WRITERS), says(&READERS)) {
        (true, false) => Some(Whose::Writers),
        (false, true) => Some(Whose::Readers),
        (true, true) => None,
        (false, false) => says(&NAMED).then_some(Whose::Named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_nothing_else() {
        let text = "Hi Mira,\n\nWe agreed:\n- Start with Kiel\n\nFrom our side:\n- I’ll send the samples by Tuesday\n\n* Jon will \
                    set up a test\n\nFrom your side:\n1. Mira will check the list\n\nThanks:\n- not a step\n**Next steps:**\n\
                    - [ ] Ada: call the depot\n-no sign\n";
        let told: Vec<(&str, Whose)> = read(text).into_iter().map(|listed| (listed.text, listed.whose)).collect();
        assert_eq!(
            told,
            [
                ("I’ll send the samples by Tuesday", Whose::Writers),
                ("Jon will set up a test", Whose::Writers),
                ("Mira will check the list", Whose::Readers),
                ("Ada: call the depot", Whose::Named),
            ]
        );
        assert!(read("We will see what we will do:\nno list").is_empty());
        assert!(read("2026. It was a year\n- x").is_empty());
    }
}
