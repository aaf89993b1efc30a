//! Retells a verb phrase in the third person: "send you my notes" as
//! "Send Mira the notes" reads in a task list.

use std::ops::Range;

use crate::sentence::Sentence;
use crate::token::Token;

/// A task is a line; what is longer is cut at a word.
const MAX_ACTION_BYTES: usize = 160;

/// The words `phrase` of a sentence, with the speaker's and the listener's
/// pronouns replaced and without what a listener does not hear.
pub(super) fn retell(
    source: &str,
    sentence: &Sentence,
    phrase: Range<usize>,
    speaker: Option<&str>,
    listener: Option<&str>,
) -> String {
    let tokens = &sentence.tokens;
    let phrase = phrase.start..phrase.end.min(tokens.len());
    let people = People { me: first_name(speaker), you: first_name(listener) };
    let mut out = String::new();
    let mut copied = None;
    // "You'll have the plan by Friday" is work for whoever says so.
    let handed = handed_words(&tokens[phrase.clone()]);
    if handed > 0 {
        out = format!("Get {} ", people.you.as_deref().unwrap_or("them"));
    }
    for at in phrase.start + handed..phrase.end {
        let token = &tokens[at];
        if let Some(copied) = copied {
            out.push_str(&between(source, copied, token.start));
        }
        let said = source.get(token.start..token.end).unwrap_or_default();
        match people.turned(tokens, at) {
            Some(turned) => out.push_str(&turned),
            None => out.push_str(said),
        }
        copied = Some(token.end);
    }
    tidy(&out)
}

/// How many words "you will have", "you'd have" or "you have" are at the beginning of a
/// phrase; none where it does not begin so.
fn handed_words(phrase: &[Token]) -> usize {
    let is = |at: usize, words: &[&str]| phrase.get(at).is_some_and(|t| words.contains(&t.word.as_str()));
    let verb = 1 + usize::from(is(1, &["will", "would"]));
    let handed = is(0, &["you"]) && is(verb, &["have", "get", "receive"]) && phrase.len() > verb + 1;
    if handed { verb + 1 } else { 0 }
}

fn first_name(name: Option<&str>) -> Option<String> {
    name.and_then(|n| n.split_whitespace().next()).filter(|n| n.chars().any(char::is_alphabetic)).map(str::to_owned)
}

/// What stands between two words: kept as it is, unless words were left out there
/// ("you, um, the list"); then a space.
fn between(source: &str, from: usize, to: usize) -> String {
    let gap = source.get(from..to.max(from)).unwrap_or_default();
    if gap.chars().any(char::is_alphanumeric) { " ".to_owned() } else { gap.to_owned() }
}

/// Who speaks and who listens, by first name.
struct People {
    me: Option<String>,
    you: Option<String>,
}

impl People {
    /// A pronoun as a third person reads it; none for any other word.
    fn turned(&self, tokens: &[Token], at: usize) -> Option<String> {
        let word = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |t| t.word.as_str());
        let (before, next) = (word(at.checked_sub(1)), word(Some(at + 1)));
        let them = || "them".to_owned();
        match tokens[at].word.as_str() {
            // "The two of you", "you both": more people than the one who listens.
            "you" if before == "of" || matches!(next, "both" | "all" | "two" | "three" | "four") => Some(them()),
            "you" if is_subject(before, next) => Some("they".to_owned()),
            "you" => Some(self.you.clone().unwrap_or_else(them)),
            "your" => Some("their".to_owned()),
            "yours" => Some("theirs".to_owned()),
            // "The four of us" names a company that a first name would not.
            "us" if before == "of" => None,
            "me" | "us" => Some(self.me.clone().unwrap_or_else(them)),
            "my" => Some(self.me.clone().map_or_else(|| "their".to_owned(), |n| format!("{n}'s"))),
            "i" => Some("they".to_owned()),
            "am" if before == "i" => {
                Some(if tokens[at].start == tokens[at - 1].end { "'re" } else { "are" }.to_owned())
            }
            "was" if before == "i" => Some("were".to_owned()),
            _ => None,
        }
    }
}

/// Whether a "you" between these words does something itself: "so you can", "what
/// you need".
fn is_subject(before: &str, next: &str) -> bool {
    const OPENERS: &[&str] = &[
        "what", "that", "which", "who", "how", "why", "where", "whether", "if", "when", "once", "so", "because",
        "before", "after", "until", "as", "than", "while",
    ];
    const VERBS: &[&str] = &[
        "can",
        "could",
        "will",
        "would",
        "should",
        "might",
        "may",
        "must",
        "have",
        "had",
        "are",
        "were",
        "do",
        "did",
        "need",
        "want",
        "asked",
        "wanted",
        "needed",
        "mentioned",
        "said",
        "sent",
        "use",
        "like",
        "prefer",
    ];
    OPENERS.contains(&before) && !matches!(next, "" | "and" | "the" | "a" | "an") || VERBS.contains(&next)
}

/// One line, first letter capital, no trailing "please".
fn tidy(text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while words.last().is_some_and(|w| matches!(w.to_lowercase().as_str(), "please" | "then" | "okay" | "and" | "so")) {
        words.pop();
    }
    // "I'm there on Friday" is to be there.
    if matches!(words.first(), Some(&("'re" | "are"))) {
        words[0] = "be";
    }
    let mut line = words.join(" ").trim_end_matches([',', ';', ' ', '.']).to_owned();
    if line.len() > MAX_ACTION_BYTES {
        let mut cut = MAX_ACTION_BYTES;
        while !line.is_char_boundary(cut) {
            cut -= 1;
        }
        let cut = line[..cut].rfind(' ').unwrap_or(cut);
        line.truncate(cut);
    }
    let mut chars = line.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn pronouns_become_names() {
        let text = "I'll send you my notes, please.";
        let sentence = &sentences(text)[0];
        let count = sentence.tokens.len();
        assert_eq!(retell(text, sentence, 2..count, Some("Ada Reed"), Some("Mira Holt")), "Send Mira Ada's notes");
        assert_eq!(retell(text, sentence, 2..count, None, None), "Send them their notes");
    }

    #[test]
    fn what_they_will_have_somebody_gets_to_them() {
        let text = "You'll have my plan by Friday.";
        let sentence = &sentences(text)[0];
        let line = retell(text, sentence, 0..sentence.tokens.len(), Some("Ada Reed"), Some("Mira Holt"));
        assert_eq!(line, "Get Mira Ada's plan by Friday");
        for (text, from, line) in [
            ("You have the list tomorrow.", 0, "Get Mira the list tomorrow"),
            ("You'd have it by Thursday.", 0, "Get Mira it by Thursday"),
            ("I'm there on Friday.", 1, "Be there on Friday"),
        ] {
            let sentence = &sentences(text)[0];
            let count = sentence.tokens.len();
            assert_eq!(retell(text, sentence, from..count, Some("Ada Reed"), Some("Mira Holt")), line, "{text}");
        }
    }

    #[test]
    fn companies_and_clauses_stay_readable() {
        for (text, line) in [
            ("I'll book a table for the six of us.", "Book a table for the six of us"),
            ("I'll send all of you the plan.", "Send all of them the plan"),
            ("I'll send you both the plan.", "Send them both the plan"),
            ("I'll send us the plan.", "Send Ada the plan"),
            ("I'll send what you need.", "Send what they need"),
            ("I'll send what I've found.", "Send what they've found"),
            ("I'll say where I'm stuck.", "Say where they're stuck"),
            ("I'll send you, er, the plan.", "Send Mira the plan"),
            ("I'll send it, together with the the plan.", "Send it, together with the plan"),
        ] {
            let sentence = &sentences(text)[0];
            let count = sentence.tokens.len();
            assert_eq!(retell(text, sentence, 2..count, Some("Ada Reed"), Some("Mira Holt")), line, "{text}");
        }
    }
}
