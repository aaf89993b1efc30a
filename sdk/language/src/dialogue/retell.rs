//! Retells a verb phrase in the third person: "send you my notes" as
//! "Send Mira the notes" reads in a task list.

use std::ops::Range;

use crate::sentence::Sentence;

/// A task is a line; what is longer is cut at a word.
const MAX_ACTION_BYTES: usize = 160;

/// The words `phrase` of a sentence, with the speaker's and the listener's
/// pronouns replaced.
pub(super) fn retell(
    source: &str,
    sentence: &Sentence,
    phrase: Range<usize>,
    speaker: Option<&str>,
    listener: Option<&str>,
) -> String {
    let first_name = |name: Option<&str>| {
        name.and_then(|n| n.split_whitespace().next()).filter(|n| n.chars().any(char::is_alphabetic)).map(str::to_owned)
    };
    let (me, you) = (first_name(speaker), first_name(listener));
    let mut out = String::new();
    let mut copied = sentence.words(phrase.start, phrase.end).start;
    for at in phrase.clone() {
        let Some(token) = sentence.tokens.get(at) else { break };
        let replacement = match token.word.as_str() {
            "you" => Some(you.clone().unwrap_or_else(|| "them".to_owned())),
            "your" | "yours" => Some("their".to_owned()),
            "me" => Some(me.clone().unwrap_or_else(|| "them".to_owned())),
            "us" => Some(me.clone().unwrap_or_else(|| "them".to_owned())),
            "my" => Some(me.clone().map_or_else(|| "their".to_owned(), |n| format!("{n}'s"))),
            _ => None,
        };
        let Some(replacement) = replacement else { continue };
        out.push_str(source.get(copied..token.start).unwrap_or_default());
        out.push_str(&replacement);
        copied = token.end;
    }
    let end = sentence.words(phrase.start, phrase.end).end;
    out.push_str(source.get(copied..end).unwrap_or_default());
    tidy(&out)
}

/// One line, first letter capital, no trailing "please".
fn tidy(text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while words.last().is_some_and(|w| matches!(w.to_lowercase().as_str(), "please" | "then" | "okay" | "and" | "so")) {
        words.pop();
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
}
