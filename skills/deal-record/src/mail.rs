//! The part of a mail that its sender wrote now: without the history quoted below.

/// The newest part, a piece of the text itself; all of it where nothing is quoted.
pub fn newest_part(text: &str) -> &str {
    text[skillhost_language::mail::newest(text)].trim()
}
