//! The other vendor's name, where somebody said it.

use crate::person::same_person;

/// Words right before a name that make it one of a thing they look at. A name
/// after "to" or "with" may be a person's, which only the rest of the phrase tells.
const BEFORE: [&str; 20] = [
    "at",
    "to",
    "with",
    "from",
    "against",
    "versus",
    "vs",
    "than",
    "evaluating",
    "considering",
    "comparing",
    "piloting",
    "trialing",
    "trialling",
    "testing",
    "using",
    "use",
    "called",
    "and",
    "or",
];
/// With one of these in the phrase, the vendor is not the one that is named.
const UNNAMED: [&str; 8] =
    ["vendor", "vendors", "provider", "providers", "supplier", "suppliers", "competitor", "competitors"];
/// Capitals that begin no vendor's name.
const OTHER_CAPITALS: [&str; 27] = [
    "i",
    "i'm",
    "i'll",
    "i've",
    "i'd",
    "ceo",
    "cfo",
    "cto",
    "cio",
    "coo",
    "it",
    "hr",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
];
/// Longest name, words.
const MAX_WORDS: usize = 3;

/// The vendor named in words about competition; none where it may be anybody.
/// `people` are names that are no vendor: those of the meeting and of the org.
pub fn rival_in(phrase: &str, people: &[&str]) -> Option<String> {
    let phrase = phrase.replace('\u{2019}', "'");
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let plain = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if words.iter().any(|word| UNNAMED.contains(&plain(word).as_str())) {
        return None;
    }
    let is_name = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        bare.chars().next().is_some_and(char::is_uppercase)
            && bare.chars().count() > 1
            && !OTHER_CAPITALS.contains(&bare.to_lowercase().as_str())
    };
    // A word with punctuation after it ends what came before.
    let ends = |word: &str| word.ends_with([',', '.', '?', '!', ';', ':']);
    let at = (1..words.len())
        .find(|at| is_name(words[*at]) && !ends(words[at - 1]) && BEFORE.contains(&plain(words[at - 1]).as_str()))?;
    let mut name: Vec<&str> = Vec::new();
    for word in words[at..].iter().take(MAX_WORDS) {
        if !is_name(word) {
            break;
        }
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        name.push(bare.strip_suffix("'s").unwrap_or(bare));
        if bare != *word {
            break;
        }
    }
    let name = name.join(" ");
    let known = people.iter().any(|person| same_person(person, &name) || person.eq_ignore_ascii_case(&name));
    (!name.is_empty() && !known).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_is_named_or_nobody_is() {
        for (phrase, name) in [
            ("We\u{2019}re also talking to Haldane this month.", Some("Haldane")),
            ("We are comparing you with Blue Heron, to be fair", Some("Blue Heron")),
            ("It is cheaper than Haldane's.", Some("Haldane")),
            ("We're also looking at two others.", None),
            ("I am talking to Jonas about other vendors.", None),
            ("We're also talking to Mira about it", None),
            ("We had a demo with another company on Friday.", None),
            ("Haldane is cheaper elsewhere.", None),
            ("", None),
        ] {
            assert_eq!(rival_in(phrase, &["Mira Holt", "Acme"]).as_deref(), name, "{phrase}");
        }
    }
}
