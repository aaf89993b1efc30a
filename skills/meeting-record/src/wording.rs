//! Small questions about a line of text.

use std::collections::BTreeSet;

/// Words that say nothing about the matter of a line.
const SILENT: [&str; 44] = [
    "a", "an", "the", "to", "of", "for", "on", "in", "at", "by", "and", "or", "with", "over", "out", "up", "you",
    "your", "them", "their", "us", "our", "we", "i", "ill", "will", "it", "that", "this", "be", "is", "are", "can",
    "could", "let", "me", "my", "about", "from", "as", "have", "get", "also", "please",
];
/// Least share of the shorter line's words that the other must hold as well.
const SAME_SHARE: f64 = 0.7;
/// Below this many telling words, only equal sets are the same matter.
const FEW_WORDS: usize = 2;

fn telling(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.replace(['\'', '’'], "").to_lowercase())
        .filter(|word| !word.is_empty() && !SILENT.contains(&word.as_str()))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > 3 && !stem.ends_with('s') => stem.to_owned(),
            _ => word,
        })
        .collect()
}

/// Whether two lines are about the same matter: most telling words of the
/// shorter one stand in the other as well.
pub fn same_matter(a: &str, b: &str) -> bool {
    let (a, b) = (telling(a), telling(b));
    let shorter = a.len().min(b.len());
    if shorter == 0 {
        return false;
    }
    if shorter < FEW_WORDS {
        return a == b;
    }
    let shared = a.intersection(&b).count();
    // Word counts of a line are far below where a usize loses precision as f64.
    shared >= FEW_WORDS && shared as f64 / shorter as f64 >= SAME_SHARE
}

/// With its first letter in lower case, unless the first word is `I`, a name in
/// capitals, or one of these names.
pub fn lower_first(text: &str, names: &[&str]) -> String {
    let text = text.trim();
    let first_word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let keeps = first_word == "I"
        || names.iter().any(|name| name.split_whitespace().any(|part| part == first_word))
        || first_word.chars().filter(|c| c.is_uppercase()).count() > 1;
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !keeps => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// With its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.trim().chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Words that point at what was said before; in writing they point at nothing.
const POINTING: [&str; 9] = ["that", "those", "this", "these", "it", "them", "both", "one", "ones"];
/// Words that a cut clause is left with at its end.
const HANGING: [&str; 16] = [
    "what", "whether", "if", "once", "when", "that", "which", "who", "where", "how", "because", "so", "and", "or",
    "but", "to",
];
/// With one of these before it, a pointing word is a thing.
const PREPOSITIONS: [&str; 10] = ["on", "of", "with", "for", "about", "in", "at", "from", "by", "after"];
/// How a promise begins.
const PROMISES: [&str; 8] = ["i'll ", "i will ", "we'll ", "we will ", "let me ", "i'm going to ", "i can ", "we can "];

/// Whether a line is clear only to those who heard what came before: it ends
/// with a pointing word, or points before it has named anything.
pub fn hangs_on_talk(text: &str) -> bool {
    let plain: Vec<String> = telling_words(text);
    let points = |word: &String| POINTING.contains(&word.as_str());
    plain.last().is_some_and(points) || plain.get(1).is_some_and(points)
}

fn telling_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// `I'll send you the plan` as `Send the plan`; none when it is not such a
/// promise or would itself hang on the talk.
pub fn spoken_as_task(phrase: &str) -> Option<String> {
    let phrase = one_line(&phrase.replace('’', "'"));
    let lower = phrase.to_lowercase();
    let opening = PROMISES.iter().find(|opening| lower.starts_with(**opening))?;
    // Lower-casing may change lengths outside ASCII; then the places do not match.
    let task = phrase.get(opening.len()..).filter(|_| lower.len() == phrase.len())?;
    let mut words: Vec<&str> = task.split(' ').collect();
    if words.get(1).is_some_and(|word| word.eq_ignore_ascii_case("you")) {
        words.remove(1);
    }
    // Who was spoken to, and who spoke, is not known here.
    let spoken = words.iter().any(|word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        ["you", "your", "me", "my", "i"].contains(&bare.as_str())
    });
    let task = capitalised(&words.join(" "));
    (words.len() > 2 && !spoken && !hangs_on_talk(&task)).then_some(task)
}

/// Without the words that a cut clause leaves hanging at its end.
pub fn without_hanging_end(text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    // "What we can do on that" ends with a thing, not with a cut clause.
    let is_thing = |words: &[&str]| {
        let last = words.last().map(|word| word.to_lowercase()).unwrap_or_default();
        matches!(last.as_str(), "that" | "which" | "what" | "whom")
            && words.iter().rev().nth(1).is_some_and(|word| PREPOSITIONS.contains(&word.to_lowercase().as_str()))
    };
    while words.len() > 2
        && !is_thing(&words)
        && words.last().is_some_and(|word| HANGING.contains(&word.to_lowercase().as_str()))
    {
        words.pop();
    }
    words.join(" ").trim_end_matches([',', ';', ' ']).to_owned()
}

/// One line: control characters and runs of white space become one space.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control() || c == '\u{2028}' || c == '\u{2029}')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// One line of at most `max` characters, cut at a word with `…`.
pub fn shortened(text: &str, max: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= max {
        return line;
    }
    let cut: String = line.chars().take(max.saturating_sub(1)).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', '.', ';', ':', ' ']))
}

/// Fewest words that say something when they are quoted; a source that keeps
/// single words gives quotes of one.
const MIN_QUOTED_WORDS: usize = 3;

/// Words for showing: one line of at most `max` characters in quotation marks,
/// with nothing loose at its ends. None for words too few to tell anything.
pub fn quoted(words: &str, max: usize) -> Option<String> {
    let line = shortened(words, max.saturating_sub(2));
    let line = line.trim_matches([',', ';', ':', ' ', '-', '\u{2013}', '\u{2014}']);
    (line.split_whitespace().count() >= MIN_QUOTED_WORDS).then(|| format!("“{line}”"))
}

/// A reason in words, with the words it rests on where they can be shown:
/// `Money is a problem: “we have none left”`.
pub fn reason(why: &str, words: &str, max: usize) -> String {
    // The colon and the space between.
    let room = max.saturating_sub(why.chars().count() + 2);
    match quoted(words, room) {
        Some(words) => format!("{why}: {words}"),
        None => why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_matter_in_other_words() {
        for (a, b, same) in [
            ("Send the security paper", "Send Mira the security papers by Friday", true),
            ("Send the security paper", "Send the proposal", false),
            ("Book the room", "Send the proposal", false),
            ("Proposal", "proposal", true),
            ("Proposal", "Send the proposal", false),
            ("", "", false),
        ] {
            assert_eq!(same_matter(a, b), same, "{a} / {b}");
        }
    }

    #[test]
    fn lines_that_only_their_hearers_understand() {
        for text in ["Send over those", "Send that over", "Ask Jo about it", "Look at both"] {
            assert!(hangs_on_talk(text), "{text}");
        }
        for text in ["Send the plan", "Tell Jo that the plan is late", ""] {
            assert!(!hangs_on_talk(text), "{text}");
        }
    }

    #[test]
    fn promises_become_tasks() {
        assert_eq!(spoken_as_task("I’ll send you the wiring plan").as_deref(), Some("Send the wiring plan"));
        assert_eq!(spoken_as_task("Let me check the stock in Kiel").as_deref(), Some("Check the stock in Kiel"));
        for phrase in ["I'll do it", "I'll send you that", "Could you send the plan", "They'll send a plan"] {
            assert_eq!(spoken_as_task(phrase), None, "{phrase}");
        }
        assert_eq!(without_hanging_end("Ask legal what"), "Ask legal");
        assert_eq!(without_hanging_end("Say that"), "Say that".to_owned());
        assert_eq!(without_hanging_end("Ask legal what we can do on that"), "Ask legal what we can do on that");
        assert_eq!(without_hanging_end("Ask legal for that that"), "Ask legal for that");
        assert_eq!(without_hanging_end("That"), "That");
    }

    #[test]
    fn reasons_say_why_and_show_whole_words() {
        assert_eq!(reason("Money is a problem", "we have none left,", 60), "Money is a problem: “we have none left”");
        assert_eq!(reason("Money is a problem", "budget,", 60), "Money is a problem");
        assert_eq!(reason("Money", "one two three four five", 24), "Money: “one two three…”");
        assert_eq!(quoted("— we need it in May.", 60).as_deref(), Some("“we need it in May.”"));
    }

    #[test]
    fn first_letters() {
        assert_eq!(lower_first("Send it", &[]), "send it");
        assert_eq!(lower_first("Mira to reply", &["Mira Holt"]), "Mira to reply");
        assert_eq!(lower_first("NDA to legal", &[]), "NDA to legal");
        assert_eq!(lower_first("", &[]), "");
        assert_eq!(capitalised("étude"), "Étude");
    }

    #[test]
    fn nothing_breaks_a_line() {
        assert_eq!(one_line(" a\r\nBcc: b\u{2028}c\u{0}d "), "a Bcc: b c d");
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("one two", 9), "one two");
    }
}
