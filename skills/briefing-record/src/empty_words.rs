//! Words of a mail that has nothing to say.

/// What says that somebody writes without a reason.
const EMPTY: [&str; 22] = [
    "checking in",
    "check in",
    "checking back",
    "check back",
    "touching base",
    "touch base",
    "circle back",
    "circling back",
    "following up",
    "follow up",
    "follow-up",
    "followup",
    "just wanted to",
    "bumping this",
    "bump this",
    "any update",
    "any news",
    "finds you well",
    "gentle reminder",
    "friendly reminder",
    "long time no",
    "pick your brain",
];
/// Subjects that name no matter, alone.
const GENERIC: [&str; 27] = [
    "hello",
    "hi",
    "hey",
    "meeting",
    "call",
    "intro",
    "introduction",
    "catch up",
    "catch-up",
    "catchup",
    "quick call",
    "quick question",
    "question",
    "thanks",
    "thank you",
    "update",
    "next steps",
    "next step",
    "sync",
    "chat",
    "our call",
    "our meeting",
    "reminder",
    "invitation",
    "test",
    "note",
    "email",
];

/// The first of these words in a text.
#[must_use]
pub fn empty_words(text: &str) -> Option<&'static str> {
    let flat = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    EMPTY.into_iter().find(|words| flat.contains(words))
}

/// A subject without what mail programs put before it; an exact part of it. None
/// where it names no matter.
#[must_use]
pub fn matter_of(subject: &str) -> Option<&str> {
    let mut rest = subject.trim();
    while let Some((before, after)) = rest.split_once(':') {
        let prefix = before.trim().to_lowercase();
        if !matches!(
            prefix.as_str(),
            "re" | "aw" | "fw" | "fwd" | "wg" | "sv" | "tr" | "accepted" | "declined" | "invitation"
        ) {
            break;
        }
        rest = after.trim();
    }
    let bare = rest.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let words = bare.split_whitespace().count();
    let names_something = bare.chars().filter(|c| c.is_alphabetic()).count() > 3 && words <= 16;
    (names_something && !GENERIC.contains(&bare.as_str()) && empty_words(&bare).is_none()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_a_matter_or_none() {
        for (subject, want) in [
            ("Re: RE: Label samples", Some("Label samples")),
            ("Fwd: Depot: labels", Some("Depot: labels")),
            ("Re: Checking in", None),
            ("Quick question", None),
            ("Just following up!", None),
            ("Re:", None),
            ("", None),
        ] {
            assert_eq!(matter_of(subject), want, "{subject}");
        }
        assert_eq!(empty_words("I was just\nchecking in on this"), Some("checking in"));
    }
}
