//! How this rep writes: greeting and closing.
//!
//! Preferences first (`preferences.email.greeting` and `.sign_off`), then the
//! rep's last mail to this contact, then plain words.

use meeting_record::one_line;
use skillhost_sdk::sources::{EmailEntry, User};
use skillhost_sdk::{Failure, Optional, context};

/// When nothing else is known.
const PLAIN_GREETING: &str = "Hi";
const PLAIN_CLOSING: &str = "Best regards";
/// Longest greeting or closing taken from a mail, in words: `Good morning all`,
/// `With many kind regards`.
const MAX_WORDS: usize = 4;
/// Longest one taken from the preferences, characters.
const MAX_PREFERENCE: usize = 60;
/// Words a greeting begins with; a first line without one is text.
const GREETINGS: [&str; 6] = ["hi", "hello", "dear", "hey", "good", "morning"];
/// Words a closing holds.
const CLOSINGS: [&str; 12] =
    ["regards", "best", "thanks", "thank", "cheers", "wishes", "sincerely", "yours", "kind", "warm", "speak", "warmly"];

/// Greeting and closing, without name and comma.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// `Hi`.
    pub greeting: String,
    /// `Best regards`.
    pub closing: String,
    /// The mail it was learned from.
    pub learned_from: Option<String>,
}

/// The manner of `user`, where `emails` are those with one contact, newest first.
///
/// # Errors
/// What the source `thread` says, other than that there is nothing.
pub fn manner(user: &User, emails: &[EmailEntry]) -> Result<Manner, Failure> {
    let preference = |name: &str| {
        let text = user.preferences.get("email")?.get(name)?.as_str()?;
        let text = one_line(text).trim_end_matches(',').to_owned();
        (!text.is_empty() && text.chars().count() <= MAX_PREFERENCE).then_some(text)
    };
    let (mut greeting, mut closing) = (preference("greeting"), preference("sign_off"));
    let mut learned_from = None;
    if (greeting.is_none() || closing.is_none())
        && let Some(mail) = emails.iter().find(|mail| mail.direction == "out")
        && let Some(thread) = &mail.thread_id
        && let Some(thread) = context::thread(thread).optional()?
        && let Some(message) = thread.value.messages.iter().rev().find(|message| message.direction == "out")
    {
        let (seen_greeting, seen_closing) = (greeting_in(&message.body), closing_in(&message.body));
        if (greeting.is_none() && seen_greeting.is_some()) || (closing.is_none() && seen_closing.is_some()) {
            learned_from = Some(message.id.clone());
        }
        greeting = greeting.or(seen_greeting);
        closing = closing.or(seen_closing);
    }
    Ok(Manner {
        greeting: greeting.unwrap_or_else(|| PLAIN_GREETING.to_owned()),
        closing: closing.unwrap_or_else(|| PLAIN_CLOSING.to_owned()),
        learned_from,
    })
}

fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// `Hi` of `Hi Mira,`: the words of the first line before the name.
fn greeting_in(body: &str) -> Option<String> {
    let line = body.lines().map(str::trim).find(|line| !line.is_empty())?;
    let words: Vec<&str> = line.trim_end_matches([',', '!', ':']).split_whitespace().collect();
    if words.is_empty() || words.len() > MAX_WORDS || !GREETINGS.contains(&plain(words[0]).as_str()) {
        return None;
    }
    let before_name = words
        .iter()
        .take_while(|word| GREETINGS.contains(&plain(word).as_str()) || word.chars().all(char::is_lowercase));
    let greeting = before_name.copied().collect::<Vec<_>>().join(" ");
    (!greeting.is_empty()).then(|| greeting.trim_end_matches(',').to_owned())
}

/// The last short line with a comma that holds a closing word, quoted text left out.
fn closing_in(body: &str) -> Option<String> {
    let own = body.lines().map(str::trim).take_while(|line| !line.starts_with('>'));
    let line = own
        .filter(|line| line.split_whitespace().count() <= MAX_WORDS && line.ends_with(','))
        .filter(|line| line.split_whitespace().any(|word| CLOSINGS.contains(&plain(word).as_str())))
        .last()?;
    Some(line.trim_end_matches(',').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_are_learned_without_the_name() {
        for (body, want) in [
            ("Hi Mira,\n\ntext", Some("Hi")),
            ("\nGood morning Mira and Jo,\ntext", None),
            ("Good morning Mira,\ntext", Some("Good morning")),
            ("Dear Ms Holt,\ntext", Some("Dear")),
            ("Thanks for the call.\n", None),
            ("", None),
        ] {
            assert_eq!(greeting_in(body).as_deref(), want, "{body}");
        }
    }

    #[test]
    fn closings_are_learned() {
        for (body, want) in [
            ("text\n\nKind regards,\nAda", Some("Kind regards")),
            ("text\n\nThanks a lot,\n\nAda\nAcme", Some("Thanks a lot")),
            ("text\n\n> Best,\n> Mira", None),
            ("Yes, that works.\nAda", None),
        ] {
            assert_eq!(closing_in(body).as_deref(), want, "{body}");
        }
    }
}
