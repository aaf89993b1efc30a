//! Whether what a text states stands in what it rests on.
//!
//! Names and numbers are [looked for](crate::Material::invented) one by one; a plain
//! claim ("yes, it does that") has neither. So each sentence that states something
//! must share a telling word with its grounds, and have its numbers from them. That does
//! not prove it: it keeps out what is about something else. To let one more empty courtesy through, add a row.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use skillhost_language::{Pattern, Sentence, any, sentences, table};

use crate::invented::counts;

/// Words that say nothing of what a text is about.
#[rustfmt::skip]
const SILENT: &[&str] = &[
    "able", "about", "above", "absolutely", "after", "again", "all", "already", "also", "and", "any", "anything", "are", "ask",
    "asked", "because", "been", "before", "both", "but", "can", "certainly", "come", "could", "course", "definitely", "did", "does",
    "done", "each", "else", "even", "every", "everything", "exactly", "fine", "for", "from", "full", "fully", "get", "give", "good",
    "great", "had", "happy", "has", "have", "hello", "help", "here", "how", "indeed", "into", "its", "just", "know", "let", "like",
    "look", "made", "make", "many", "may", "maybe", "mean", "more", "most", "much", "need", "never", "next", "nothing", "now", "off",
    "one", "only", "other", "our", "out", "over", "own", "please", "possible", "question", "really", "right", "same", "say", "see",
    "send", "should", "since", "some", "something", "soon", "still", "such", "sure", "take", "tell", "than", "thank", "thanks", "that",
    "the", "their", "them", "then", "there", "these", "they", "thing", "this", "those", "through", "too", "two", "under", "until",
    "use", "used", "very", "want", "was", "way", "well", "were", "what", "when", "where", "whether", "which", "while", "who", "why",
    "will", "with", "without", "work", "would", "yes", "yet", "you", "your", "not", "non", "nor", "none", "support", "mail", "reply",
    "answer", "glad", "gladly",
];
/// Shortest word that tells something by itself.
const TELLING: usize = 3;

/// Words that turn a sentence into its opposite.
const DENIALS: [&str; 14] = [
    "not", "no", "never", "none", "nothing", "nobody", "neither", "nor", "cannot", "without", "unable", "hardly",
    "barely", "nowhere",
];

/// Says nothing but thanks.
const COURTESY: &[&str] = &[
    "thank|thanks ~1 you? for",
    "^ thank|thanks ~3 $",
    "good|great|glad|nice|pleased|happy|sorry to hear|read|know|learn|talk|meet",
    "short|quick|brief ~1 no|yes|word|line|answer|reply|note",
    "^ i would ~1 like|love|be",
];
/// Says that somebody has to look, or is late with it.
const LOOKS: &[&str] = &[
    "look|looking into|at",
    "find|finding out",
    "come|coming|get|getting back to",
    "check|checking|ask|asking|clarify|clarifying ~4 with|on|whether|if|our|my|the",
    "come back with",
    "owe ~2 answer|reply",
    "sorry|apologise|apologize|apologies ~8 long|late|yet|delay|silence|wait|waited|before",
];
/// Says back what they said.
const SAID_BACK: &[&str] = &["you ~1 asked|ask|wrote|mentioned|said|named|told", "your question|mail|reply|note"];
/// Opens an answer, which is no courtesy then.
const ANSWERS: &[&str] = &[
    "^ yes|yeah|yep|no|nope|certainly|absolutely|indeed|definitely|sure|surely|correct|exactly|right",
    "^ of course",
    "confirm|confirmed|assured",
];
/// Joins a claim to a courtesy.
const JOINED: [&str; 4] = ["that", "but", "so", "because"];

static TABLES: LazyLock<[Vec<Pattern>; 4]> =
    LazyLock::new(|| [table(COURTESY), table(LOOKS), table(SAID_BACK), table(ANSWERS)]);

/// The words of a text that say what it is about, in the singular, each once.
fn telling(text: &str) -> BTreeSet<String> {
    text.replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !SILENT.contains(&word.as_str()))
        .filter(|word| word.chars().count() >= TELLING || word.chars().any(|c| c.is_ascii_digit()))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > TELLING && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
            _ => word,
        })
        .collect()
}

/// Whether two texts share a telling word.
#[must_use]
pub fn shares(text: &str, other: &str) -> bool {
    !telling(text).is_disjoint(&telling(other))
}

/// The first sentence of a text that states what none of its `grounds` speaks of. What
/// says back what they `said` may rest on that. A question states nothing, nor do
/// thanks, nor that somebody will look.
#[must_use]
pub fn unsupported<'t>(text: &'t str, grounds: &[&str], said: &[&str]) -> Option<&'t str> {
    // Their number in our sentence would be our word for it.
    let known = |sentence: &str, texts: &[&str]| {
        let numbers: BTreeSet<String> = texts.iter().flat_map(|other| counts(other)).collect();
        texts.iter().any(|other| shares(sentence, other)) && counts(sentence).is_subset(&numbers)
    };
    sentences(text).iter().find_map(|sentence| {
        let words = sentence.text(text);
        let stands = known(words, grounds)
            || is_empty(sentence, words)
            || any(&TABLES[2], &sentence.tokens) && !answers(sentence) && known(words, said);
        (!stands).then_some(words)
    })
}

/// A text without the words of these names: the name of a product says nothing of what it
/// does, and so supports no claim about it.
#[must_use]
pub fn without_names<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> String {
    let parts = |name: &'n str| name.split(|c: char| !c.is_alphanumeric());
    let known: BTreeSet<String> = names.flat_map(parts).map(str::to_lowercase).collect();
    text.split_inclusive(|c: char| !c.is_alphanumeric())
        .map(|piece| {
            let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
            if known.contains(&word.to_lowercase()) { &piece[word.len()..] } else { piece }
        })
        .collect()
}

fn answers(sentence: &Sentence) -> bool {
    any(&TABLES[3], &sentence.tokens)
}

/// Whether a sentence says that somebody has to look.
pub(crate) fn looks(sentence: &Sentence) -> bool {
    any(&TABLES[1], &sentence.tokens)
}

/// Whether a sentence states nothing.
fn is_empty(sentence: &Sentence, words: &str) -> bool {
    // "I am glad to hear that" ends there.
    let before = sentence.tokens.split_last().map_or(&[][..], |(_, before)| before);
    let joined = || before.iter().any(|token| JOINED.contains(&token.word.as_str()));
    let asks = words.trim_end_matches(['”', '"', ')', '’', '\'']).ends_with('?');
    sentence.tokens.is_empty()
        || asks && !answers(sentence)
        || looks(sentence) && !answers(sentence)
        || any(&TABLES[0], &sentence.tokens) && !answers(sentence) && !joined()
}

/// Whether a text denies something.
#[must_use]
pub fn denies(text: &str) -> bool {
    sentences(text).iter().flat_map(|sentence| &sentence.tokens).any(|token| DENIALS.contains(&token.word.as_str()))
}

/// Whether the words are cut out of sentences that deny something outside of them,
/// wherever they stand in the text.
pub(crate) fn is_cut_from_a_denial(text: &str, words: &str) -> bool {
    let all = sentences(text);
    let mut places = text.match_indices(words).map(|(at, found)| at..at + found.len()).peekable();
    places.peek().is_some()
        && places.all(|place| {
            let touched = all.iter().filter(|one| one.range.start < place.end && place.start < one.range.end);
            touched.flat_map(|one| &one.tokens).any(|token| {
                DENIALS.contains(&token.word.as_str()) && (token.end <= place.start || place.end <= token.start)
            })
        })
}

/// What stands between quotation marks; nothing where one is never closed.
pub fn quotations(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(['“', '"']) {
        let (quote, tail) = after.split_once(['”', '"'])?;
        found.push(quote);
        rest = tail;
    }
    (!rest.contains('”')).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        assert!(TABLES.iter().flatten().all(Pattern::is_well_formed));
    }

    #[test]
    fn a_claim_is_about_what_it_rests_on() {
        let (fact, said) = ("Reads the codes of all barcode scanners.", "Can the night shift use it offline?");
        for (text, want) in [
            ("It reads your barcode scanners.", None),
            ("Yes, it reads all codes. I will look into the rest and come back to you.", None),
            ("Thank you for your mail. Which scanners do you have?", None),
            ("You asked about the night shift.", None),
            ("Thank you for your mail, I’m glad to read that.", None),
            ("Yes, the night shift can use it offline.", Some("Yes, the night shift can use it offline.")),
            ("It runs without a network. Which scanners do you have?", Some("It runs without a network.")),
            ("Glad to hear that it works offline for you.", Some("Glad to hear that it works offline for you.")),
            ("It reads codes of 40 scanners.", Some("It reads codes of 40 scanners.")),
            ("You asked for the moon.", Some("You asked for the moon.")),
            ("Yes, I will look into it, it is offline.", Some("Yes, I will look into it, it is offline.")),
            ("", None),
        ] {
            assert_eq!(unsupported(text, &[fact], &[said]), want, "{text}");
        }
    }

    #[test]
    fn a_name_supports_nothing() {
        let names = || ["Acme Flow", "Dock"].into_iter();
        assert_eq!(without_names("Yes, Acme’s flow docks at (dock) 4.", names()), "Yes, ’s  docks at () 4.");
        assert_eq!(without_names("", names()), "");
    }

    #[test]
    fn words_cut_out_of_a_denial_are_seen() {
        for (text, words, cut) in [
            ("I cannot say that we are interested in it.", "we are interested in it", true),
            ("I don't think we are interested. Best", "we are interested", true),
            ("We are interested, no doubt.", "We are interested, no doubt", false),
            ("We are not interested.", "are not interested", false),
            ("It rains, never snows. We are interested.", "We are interested", false),
            ("We are interested. We are interested? Never.", "We are interested", false),
            ("We are interested.", "not there", false),
        ] {
            assert_eq!(is_cut_from_a_denial(text, words), cut, "{text}");
        }
        assert!(denies("We can't.") && !denies("We can."));
    }
}
