//! The trace that a reviewed document leaves in a deal's history.
//!
//! A review is a question of its own; what comes after it learns the answer from
//! the history, where the host writes the line only when a person said yes.

use skillhost_sdk::sources::ActivityEntry;

use crate::document::Document;

/// How the line begins.
const SUBJECT: &str = "Proposal reviewed: ";

/// Subject of the line.
pub fn review_subject(document: &Document) -> String {
    format!("{SUBJECT}{}", document.title)
}

/// Which bytes were looked at. It comes before the text, because of a long text a reader
/// of the history is shown the beginning.
fn mark(document: &Document) -> String {
    format!("PDF {}\nPage {}\n", document.pdf.digest, document.html.digest)
}

/// The line's text: which bytes were looked at, and what they say.
pub fn review_text(document: &Document) -> String {
    format!("{}\n{}", mark(document), document.text.trim())
}

/// Whether one of these lines says that this very document was approved.
pub fn is_reviewed(document: &Document, history: &[ActivityEntry]) -> bool {
    let mark = mark(document);
    !document.pdf.digest.is_empty()
        && history.iter().any(|entry| entry.subject == review_subject(document) && entry.body.starts_with(&mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Artefact;

    fn document(digest: &str) -> Document {
        let artefact = Artefact { digest: digest.to_owned(), ..Artefact::default() };
        Document { title: "Proposal for Globex".into(), pdf: artefact.clone(), html: artefact, ..Document::default() }
    }

    #[test]
    fn only_these_bytes_were_reviewed() {
        let seen = document("sha256:aa");
        let long = Document { text: "All of the text. ".repeat(20_000), ..seen.clone() };
        // As the history shows it.
        let body: String = review_text(&long).chars().take(2_000).chain(['…']).collect();
        let line = ActivityEntry { subject: review_subject(&seen), body, ..ActivityEntry::default() };
        assert!(is_reviewed(&seen, std::slice::from_ref(&line)));
        assert!(!is_reviewed(&document("sha256:bb"), std::slice::from_ref(&line)));
        assert!(!is_reviewed(&document(""), std::slice::from_ref(&line)));
        let other = ActivityEntry { subject: "Call".into(), ..line };
        assert!(!is_reviewed(&seen, &[other]));
    }
}
