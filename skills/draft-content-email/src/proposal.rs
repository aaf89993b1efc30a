//! A reviewed proposal.

use deal_record::Document;
use meeting_record::one_line;

use crate::{Attached, Sent};

/// Longest name of a file without its ending, characters: what mail programs show whole.
const MAX_NAME: usize = 60;

pub(crate) fn sent(document: &Document) -> Sent {
    let title = one_line(&document.title);
    let lead = match document.recipient.as_deref().map(one_line).filter(|name| !name.is_empty()) {
        Some(name) => format!("Attached is our proposal for {name}."),
        None => "Attached is our proposal.".to_owned(),
    };
    let paragraphs = vec![lead, "Which part of it should we talk through first?".to_owned()];
    Sent {
        attachments: vec![Attached { artifact: document.pdf.name.clone(), name: file_name(&title) }],
        subject: title,
        paragraphs,
        used: vec![format!("document:{}", document.pdf.digest)],
    }
}

/// The title as a file is called, without what file systems refuse.
fn file_name(title: &str) -> String {
    let kept: String = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect();
    let short: String = kept.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_NAME).collect();
    match short.trim() {
        "" => "Proposal.pdf".to_owned(),
        name => format!("{name}.pdf"),
    }
}
