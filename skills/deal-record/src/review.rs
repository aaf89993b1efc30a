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

/// The last lines of the line's text: which bytes were looked at.
pub fn review_mark(document: &Document) -> String {
    format!("PDF {}\nPage {}", document.pdf.digest, document.html.digest)
}

/// Whether one of these lines says that this very document was approved.
pub fn is_reviewed(document: &Document, history: &[ActivityEntry]) -> bool {
    let mark = review_mark(document);
    !document.pdf.digest.is_empty()
        && history.iter().any(|entry| entry.subject == review_subject(document) && entry.body.ends_with(&mark))
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
        let body = format!("all of the text\n\n{}", review_mark(&seen));
        let line = ActivityEntry { subject: review_subject(&seen), body, ..ActivityEntry::default() };
        assert!(is_reviewed(&seen, std::slice::from_ref(&line)));
        assert!(!is_reviewed(&document("sha256:bb"), std::slice::from_ref(&line)));
        assert!(!is_reviewed(&document(""), std::slice::from_ref(&line)));
        let other = ActivityEntry { subject: "Call".into(), ..line };
        assert!(!is_reviewed(&seen, &[other]));
    }
}
