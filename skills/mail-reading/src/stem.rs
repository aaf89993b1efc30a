//! Words without their endings, so that a row of a table need not list them:
//! `decide` stands for `decided`, `deciding` and `decides`.
//!
//! Not a dictionary: rows and mails are cut by the same function, and all that
//! matters is that forms of one word meet. Where a tense matters (`send` is asked,
//! `sent` was), a table is read as it stands.

use skillhost_language::{Token, tokens};

/// Forms that no ending makes.
#[rustfmt::skip]
const IRREGULAR: &[(&str, &str)] = &[
    ("went", "go"), ("gone", "go"), ("goes", "go"), ("chose", "choose"), ("chosen", "choose"), ("gave", "give"),
    ("given", "give"), ("took", "take"), ("taken", "take"), ("bought", "buy"), ("said", "say"), ("got", "get"),
    ("gotten", "get"), ("made", "make"), ("found", "find"), ("kept", "keep"), ("stuck", "stick"), ("told", "tell"),
    ("wrote", "write"), ("written", "write"), ("came", "come"), ("did", "do"), ("done", "do"), ("does", "do"),
    ("thought", "think"), ("felt", "feel"), ("began", "begin"), ("begun", "begin"), ("ran", "run"), ("built", "build"),
    ("won", "win"), ("lost", "lose"), ("spent", "spend"), ("fell", "fall"), ("fallen", "fall"), ("froze", "freeze"),
    ("frozen", "freeze"), ("withdrew", "withdraw"), ("withdrawn", "withdraw"), ("held", "hold"), ("had", "have"),
    ("has", "have"), ("heard", "hear"), ("sold", "sell"), ("paid", "pay"), ("met", "meet"), ("spoke", "speak"),
    ("broke", "break"), ("broken", "break"), ("swung", "swing"), ("tried", "try"), ("tries", "try"), ("wished", "wish"),
    ("favoured", "favour"), ("favored", "favour"), ("favor", "favour"), ("agreed", "agree"), ("better", "better"), ("outbid", "outbid"),
];
/// Shortest word that loses an ending, and shortest stem.
const MIN_WORD: usize = 4;
const MIN_STEM: usize = 3;

/// A word without its ending.
pub(crate) fn stem(word: &str) -> String {
    let word = IRREGULAR.iter().find(|(form, _)| *form == word).map_or(word, |(_, base)| *base);
    if word.len() < MIN_WORD || !word.chars().all(|c| c.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let cut = |ending: &str| word.strip_suffix(ending).filter(|stem| stem.len() >= MIN_STEM);
    let base = if let Some(stem) = cut("ies").or_else(|| cut("ied")) {
        format!("{stem}y")
    } else if let Some(stem) = cut("ing").or_else(|| cut("ed")) {
        undoubled(stem).to_owned()
    } else if let Some(stem) = cut("es").filter(|stem| stem.ends_with(['s', 'x', 'z', 'h'])) {
        stem.to_owned()
    } else if let Some(stem) = cut("s").filter(|stem| !stem.ends_with(['s', 'u', 'i'])) {
        stem.to_owned()
    } else {
        word.to_owned()
    };
    base.strip_suffix('e').filter(|stem| stem.len() >= MIN_STEM).unwrap_or(&base).to_owned()
}

/// `stopp` is `stop`; `pass` stays.
fn undoubled(stem: &str) -> &str {
    let mut last = stem.chars().rev();
    match (last.next(), last.next()) {
        (Some(one), Some(other)) if one == other && !matches!(one, 's' | 'l' | 'e' | 'z' | 'f') => {
            &stem[..stem.len() - 1]
        }
        _ => stem,
    }
}

/// The words of a sentence without their endings, in their places.
pub(crate) fn stems(words: &[Token]) -> Vec<Token> {
    words
        .iter()
        .map(|word| {
            let base = stem(&word.word);
            let made = tokens(&base, 0, base.len()).into_iter().next();
            let mut made = match made {
                // A stem that reads as another word ("im") stays the word.
                Some(made) if made.word == base => made,
                _ => return word.clone(),
            };
            (made.start, made.end, made.gap) = (word.start, word.end, word.gap);
            (made.quoted, made.capital, made.possessive) = (word.quoted, word.capital, word.possessive);
            made
        })
        .collect()
}

/// A row of a table with its words cut.
pub(crate) fn row(text: &str) -> String {
    let cut = |part: &str| {
        let (body, optional) = match part.strip_suffix('?') {
            Some(body) if !body.is_empty() => (body, "?"),
            _ => (part, ""),
        };
        if body.starts_with(['^', '$', '~', '#', '_', '@']) {
            return part.to_owned();
        }
        format!("{}{optional}", body.split('|').map(stem).collect::<Vec<_>>().join("|"))
    };
    text.split_ascii_whitespace().map(cut).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        for forms in [
            vec!["decide", "decided", "deciding", "decides"],
            vec!["stop", "stopped", "stopping", "stops"],
            vec!["pass", "passed", "passing", "passes"],
            vec!["try", "tried", "tries", "trying"],
            vec!["choose", "chose", "chosen", "choosing"],
            vec!["give", "gave", "given", "giving"],
            vec!["renew", "renewed", "renewing"],
            vec!["agree", "agreed", "agreeing", "agrees"],
            vec!["move", "moved", "moving", "moves"],
            vec!["budget", "budgets"],
        ] {
            let stems: std::collections::BTreeSet<String> = forms.iter().map(|form| stem(form)).collect();
            assert_eq!(stems.len(), 1, "{stems:?}");
        }
    }

    #[test]
    fn other_words_stay_apart() {
        for (one, other) in
            [("this", "thing"), ("us", "use"), ("his", "hi"), ("be", "bed"), ("go", "good"), ("no", "not")]
        {
            assert_ne!(stem(one), stem(other));
        }
        assert_eq!(row("^ ~2 decided|gone not? #"), "^ ~2 decid|go not? #");
    }
}
