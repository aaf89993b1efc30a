//! Names of people: who is meant, and who is spoken to.
//!
//! A mention matches a person by full name, first name, last name or a common
//! short form. A mention that fits two people fits nobody: guessing an owner is
//! worse than naming none.

use crate::token::{Gap, Token};

/// Short forms that are written for longer names.
const SHORT_FORMS: &[(&str, &[&str])] = &[
    ("alexander", &["alex", "sasha"]),
    ("alexandra", &["alex", "sandra"]),
    ("andrew", &["andy", "drew"]),
    ("anthony", &["tony"]),
    ("benjamin", &["ben"]),
    ("catherine", &["cathy", "kate"]),
    ("charles", &["charlie", "chuck"]),
    ("christopher", &["chris"]),
    ("christine", &["chris", "tina"]),
    ("daniel", &["dan", "danny"]),
    ("david", &["dave"]),
    ("edward", &["ed", "ted"]),
    ("elizabeth", &["liz", "beth", "lisa"]),
    ("gregory", &["greg"]),
    ("james", &["jim", "jimmy"]),
    ("jennifer", &["jen", "jenny"]),
    ("jonathan", &["jon"]),
    ("joseph", &["joe"]),
    ("katherine", &["kate", "kathy", "katie"]),
    ("matthew", &["matt"]),
    ("michael", &["mike"]),
    ("nicholas", &["nick"]),
    ("patricia", &["pat", "patty"]),
    ("rebecca", &["becca", "becky"]),
    ("richard", &["rick", "rich", "dick"]),
    ("robert", &["rob", "bob", "bobby"]),
    ("samuel", &["sam"]),
    ("samantha", &["sam"]),
    ("stephen", &["steve"]),
    ("steven", &["steve"]),
    ("susan", &["sue"]),
    ("thomas", &["tom"]),
    ("timothy", &["tim"]),
    ("victoria", &["vicky"]),
    ("william", &["will", "bill"]),
];

fn parts(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-')
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn same_first_name(one: &str, other: &str) -> bool {
    let short = |long: &str, form: &str| SHORT_FORMS.iter().any(|(name, forms)| *name == long && forms.contains(&form));
    one == other || short(one, other) || short(other, one)
}

/// The one person of `names` that `mention` stands for.
#[must_use]
pub fn match_name<S: AsRef<str>>(mention: &str, names: &[S]) -> Option<usize> {
    let wanted = parts(mention);
    let (first, rest) = wanted.split_first()?;
    let candidates: Vec<usize> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| {
            let have = parts(name.as_ref());
            if rest.is_empty() {
                have.first().is_some_and(|h| same_first_name(h, first)) || have.len() > 1 && have.last() == Some(first)
            } else {
                have.first().is_some_and(|h| same_first_name(h, first)) && have.last() == rest.last()
            }
        })
        .map(|(index, _)| index)
        .collect();
    match candidates.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// The person a sentence speaks to by name: "Mira, could you …" or "… , Mira?".
#[must_use]
pub fn addressed<S: AsRef<str>>(tokens: &[Token], names: &[S]) -> Option<usize> {
    const OPENERS: &[&str] =
        &["and", "so", "okay", "hey", "hi", "thanks", "great", "well", "then", "perfect", "sure", "yes", "also"];
    let skip = tokens.iter().position(|t| !OPENERS.contains(&t.word.as_str())).unwrap_or(0);
    for at in skip..tokens.len().min(skip + 2) {
        let next = tokens.get(at + 1);
        let set_off = next.is_some_and(|t| {
            t.gap != Gap::None
                || matches!(t.word.as_str(), "can" | "could" | "would" | "will" | "please" | "do" | "are" | "you")
        });
        if set_off
            && !(next.is_some_and(|t| t.word == "will" && t.gap == Gap::None))
            && let Some(person) = match_name(&tokens[at].word, names)
        {
            return Some(person);
        }
    }
    let last = tokens.last()?;
    (last.gap == Gap::Comma).then(|| match_name(&last.word, names)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokens;

    const NAMES: [&str; 4] = ["Robert Diaz", "Mira Holt", "Sam Lee", "Samuel Ortiz"];

    #[test]
    fn names_match_in_their_usual_forms() {
        for (mention, person) in [
            ("Bob", Some(0)),
            ("robert diaz", Some(0)),
            ("Diaz", Some(0)),
            ("Mira", Some(1)),
            ("Sam", None),
            ("Samuel Ortiz", Some(3)),
            ("Sam Lee", Some(2)),
            ("Zoe", None),
        ] {
            assert_eq!(match_name(mention, &NAMES), person, "{mention}");
        }
    }

    #[test]
    fn vocatives_are_heard_and_subjects_are_not() {
        let of = |text: &str| addressed(&tokens(text, 0, text.len()), &NAMES);
        assert_eq!(of("Mira, could you send it?"), Some(1));
        assert_eq!(of("And Bob, please check."), Some(0));
        assert_eq!(of("Could you send it, Mira?"), Some(1));
        assert_eq!(of("Mira will send it."), None);
        assert_eq!(of("I like Mira."), None);
    }
}
