//! What stands in the header.

use meeting_record::{one_line, shortened};
use skillhost_sdk::Failure;

/// Longest subject, characters; what a mail program shows, three times.
const MAX_SUBJECT: usize = 300;

/// A subject on one line.
#[derive(Debug, PartialEq, Eq)]
pub struct Subject {
    pub text: String,
    pub warnings: Vec<String>,
}

/// One line, no control characters, not empty.
///
/// # Errors
/// `no-subject`.
pub fn subject(draft: &str) -> Result<Subject, Failure> {
    let text = shortened(draft, MAX_SUBJECT);
    if text.is_empty() {
        return Err(Failure::invalid("no-subject", "the draft has no subject"));
    }
    let mut warnings = Vec::new();
    if draft.trim().chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}') {
        warnings.push("the subject had line breaks or control characters; they are gone".to_owned());
    }
    Ok(Subject { text, warnings })
}

/// The subject without `Re:`, `Fwd:` and their likes, for comparing.
pub fn without_prefixes(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some((prefix, tail)) = rest.split_once(':') {
        if !["re", "aw", "fw", "fwd"].contains(&prefix.trim().to_lowercase().as_str()) {
            break;
        }
        rest = tail.trim_start();
    }
    one_line(rest).to_lowercase()
}

/// Whether it says that it continues something.
pub fn is_reply(subject: &str) -> bool {
    let prefix = subject.trim_start().split(':').next().unwrap_or_default();
    subject.contains(':') && ["re", "aw"].contains(&prefix.trim().to_lowercase().as_str())
}

/// A message id without angle brackets that can stand in a header.
pub fn message_id(id: &str) -> Option<String> {
    let bare = id.trim().trim_start_matches('<').trim_end_matches('>');
    let ok = !bare.is_empty()
        && bare.len() <= 498
        && !bare.chars().any(|c| c.is_whitespace() || c.is_control() || c == '<' || c == '>');
    ok.then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_starts_a_header() {
        let got = subject("Next steps\r\nBcc: all@globex.test").unwrap();
        assert_eq!(got.text, "Next steps Bcc: all@globex.test");
        assert_eq!(got.warnings.len(), 1);
        assert_eq!(subject(" \r\n\t").unwrap_err().code, "no-subject");
        assert_eq!(message_id("<a@b>\r\nBcc: c"), None);
        assert_eq!(message_id("<a@b>").as_deref(), Some("a@b"));
    }

    #[test]
    fn prefixes() {
        assert_eq!(without_prefixes("RE: Fwd: Re : The plan"), "the plan");
        assert_eq!(without_prefixes("Plan: phase one"), "plan: phase one");
        assert!(is_reply("re: plan") && is_reply("AW: Plan"));
        assert!(!is_reply("Fwd: plan") && !is_reply("re plan") && !is_reply("Plan: re"));
    }
}
