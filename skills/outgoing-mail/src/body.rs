//! How the text ends, and what looks wrong in it.

use rep_manner::{clean, signed};
use skillhost_sdk::Failure;
use skillhost_sdk::sources::User;

/// Longest text, characters: a mail that is read has a tenth of it.
const MAX_BODY: usize = 50_000;
/// What a template left behind looks like.
const UNFINISHED: [&str; 8] = ["{{", "}}", "[name]", "[company]", "[date]", "<insert", "lorem ipsum", "tbd"];
/// What promises something to open.
const ATTACHED: [&str; 4] = ["attached", "attachment", "enclosed", "see the file"];

/// The whole text and what the rep should look at.
#[derive(Debug, PartialEq, Eq)]
pub struct Body {
    pub text: String,
    pub warnings: Vec<String>,
}

/// The text with the signature at its end, once; it may speak of files where there are some.
///
/// # Errors
/// `no-body`, `body-too-long`.
pub fn compose(draft: &str, user: &User, has_files: bool) -> Result<Body, Failure> {
    let text = clean(draft);
    if text.is_empty() {
        return Err(Failure::invalid("no-body", "the draft has no text"));
    }
    if text.chars().count() > MAX_BODY {
        return Err(Failure::invalid("body-too-long", format!("the draft is longer than {MAX_BODY} characters")));
    }
    let lower = text.to_lowercase();
    let mut warnings = Vec::new();
    if let Some(word) = UNFINISHED.iter().find(|word| holds(&lower, word)) {
        warnings.push(format!("the text holds “{word}”, as if it were not finished"));
    }
    if !has_files && let Some(word) = ATTACHED.iter().find(|word| holds(&lower, word)) {
        warnings.push(format!("the text says “{word}”, and nothing is attached"));
    }
    Ok(Body { text: signed(&text, user), warnings })
}

/// A warning for each of these people whom the first line names although they
/// get no mail.
pub fn greets(text: &str, names: &[String]) -> Vec<String> {
    let greeting = text.lines().next().unwrap_or_default().to_lowercase();
    names
        .iter()
        .map(|name| meeting_record::first_name(name))
        .filter(|first| !first.is_empty() && holds(&greeting, &first.to_lowercase()))
        .map(|first| format!("the text greets {first}, who gets no mail"))
        .collect()
}

/// As a word of its own; marks stand for themselves.
fn holds(text: &str, word: &str) -> bool {
    let is_word = word.chars().all(char::is_alphabetic);
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !is_word || (before.is_none_or(|c| !c.is_alphanumeric()) && after.is_none_or(|c| !c.is_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ada() -> User {
        User { name: "Ada Reed".into(), signature: "Ada Reed\nAcme".into(), ..User::default() }
    }

    #[test]
    fn the_signature_stands_once() {
        let want = "Hi,\n\ntext\n\nBest,\n\nAda Reed\nAcme";
        for draft in [
            "Hi,\r\n\r\ntext\r\n\r\nBest,",
            "Hi,\n\ntext\n\nBest,\nAda",
            "Hi,\n\ntext\n\nBest,\nAda Reed\n",
            "Hi,\n\ntext\n\nBest,\n\nAda Reed\nAcme",
        ] {
            assert_eq!(compose(draft, &ada(), false).unwrap().text, want, "{draft:?}");
        }
        assert_eq!(compose(want, &ada(), false).unwrap().text, want);
        let marked = "text\n-- \nAda  Reed\nAcme";
        assert_eq!(compose(marked, &ada(), false).unwrap().text.matches("Acme").count(), 1);
    }

    #[test]
    fn without_a_signature_the_name_closes() {
        let nobody = User { name: "Ada Reed".into(), ..User::default() };
        assert_eq!(compose("text\n\nBest,", &nobody, false).unwrap().text, "text\n\nBest,\n\nAda Reed");
    }

    #[test]
    fn a_text_may_speak_of_what_is_attached() {
        for (draft, count) in [("The plan is attached.", 0), ("The plan is attached. {{sender}}", 1)] {
            assert_eq!(compose(draft, &ada(), true).unwrap().warnings.len(), count, "{draft}");
        }
    }

    #[test]
    fn what_looks_wrong_is_said() {
        for (draft, count) in [
            ("Dear [Name], hello", 1),
            ("The plan is attached. {{sender}}", 2),
            ("The attachment point of the shelf", 1),
            ("We are unattached to a date", 0),
        ] {
            assert_eq!(compose(draft, &ada(), false).unwrap().warnings.len(), count, "{draft}");
        }
        assert_eq!(compose(" \0\n", &ada(), false).unwrap_err().code, "no-body");
    }
}
