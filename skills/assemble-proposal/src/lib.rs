//! Puts a proposal together: one set of blocks, as a page, as a PDF and as text.
//!
//! [`block`] reads what the parts say, [`html`], [`pdf`] and [`plain`] write it down;
//! for the PDF [`letters`] sets the words and [`sheet`] places them on pages. To
//! serve one more form, write a module that takes blocks.

mod block;
mod html;
mod letters;
mod pdf;
mod plain;
mod sheet;

use deal_record::{Artefact, Document, Populated, Written};
use meeting_record::one_line;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

use crate::block::Block;

/// Longest document, characters of its text: forty pages, and what the line in a
/// deal's history may hold.
const MAX_TEXT: usize = 90_000;
/// Most letters without a glyph that are named.
const MAX_MISSING: usize = 20;

/// The parts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Of `populate-proposal`.
    pub populated: Option<Populated>,
    /// Of `generate-custom-sections`; null when none could be written.
    pub written: Option<Written>,
}

/// Puts them together.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Document>, Failure> {
    let populated =
        input.populated.ok_or_else(|| Failure::invalid("not-filled-in", "there is no filled-in template"))?;
    if !populated.complete {
        let missing: Vec<&str> = populated.missing.iter().map(|one| one.name.as_str()).collect();
        return Err(Failure::invalid("not-complete", format!("these are missing: {}", missing.join(", "))));
    }
    let org = context::org()?.value;
    let written = input.written.unwrap_or_default();
    let title = one_line(&populated.title);
    let mut document = Document {
        title: if title.is_empty() { "Proposal".to_owned() } else { title },
        recipient: populated.recipient.clone(),
        template_id: populated.template_id.clone(),
        template_name: populated.name.clone(),
        template_version: populated.version.clone(),
        warnings: written.notes.clone(),
        ..Document::default()
    };
    let blocks = parts(&populated, &written, &mut document)?;

    let day = deal_record::day_of(call.now_ms(), &call.zone).and_then(|day| deal_record::written_day(&day));
    let from = [Some(org.name.clone()).filter(|name| !name.is_empty()), day]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    document.text = text(&document.title, &from, &blocks);
    if document.text.chars().count() > MAX_TEXT {
        return Err(Failure::invalid("too-long", format!("the document is longer than {MAX_TEXT} characters")));
    }
    let html = html::write(&document.title, &from, &blocks)?;
    let mut setter = letters::Setter::new();
    let letter = org.settings.get("paper").and_then(serde_json::Value::as_str) == Some("letter");
    let paper = if letter { sheet::LETTER } else { sheet::A4 };
    let sheets = sheet::place(&mut setter, paper, &document.title, &from, &blocks);
    let pdf =
        pdf::write(&mut setter, &sheets, &document.title, &org.name, &format!("{}: {}", org.name, document.title))?;
    let missing: String = setter.missing().chars().take(MAX_MISSING).collect();
    if !missing.is_empty() {
        document.warnings.push(format!("the PDF cannot show these letters: {missing}"));
    }
    document.pages = sheets.pages.len();
    document.html = artefact("proposal-html", html.as_bytes());
    document.pdf = artefact("proposal-pdf", &pdf);
    let summary = format!(
        "“{}”: {} parts on {} {}",
        document.title,
        document.headings.len(),
        document.pages,
        if document.pages == 1 { "page" } else { "pages" }
    );
    Ok(Outcome::new(document)
        .summary(summary)
        .artifact("proposal-html", "text/html; charset=utf-8", html.into_bytes())
        .artifact("proposal-pdf", "application/pdf", pdf))
}

fn artefact(name: &str, bytes: &[u8]) -> Artefact {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Artefact { name: format!("artifact:{name}"), digest: format!("sha256:{digest}"), bytes: bytes.len() }
}

/// The blocks below the title, part by part.
fn parts(populated: &Populated, written: &Written, document: &mut Document) -> Result<Vec<Block>, Failure> {
    let mut blocks = Vec::new();
    for section in &populated.sections {
        let own = written.sections.iter().find(|own| own.id == section.id).map(|own| own.body.as_str());
        let body = match (section.custom, own.map(str::trim).filter(|body| !body.is_empty())) {
            (true, Some(own)) => format!("{}\n\n{own}", section.body),
            (true, None) => {
                document.left_out.push(section.heading.clone());
                continue;
            }
            (false, _) => section.body.clone(),
        };
        if body.contains("{{") || body.contains("{%") {
            return Err(Failure::invalid("unfinished", format!("the section `{}` still holds a variable", section.id)));
        }
        let read = block::read(&body);
        if read.is_empty() {
            document.left_out.push(section.heading.clone());
            continue;
        }
        let heading = one_line(&section.heading);
        if !heading.is_empty() {
            blocks.push(Block::Heading { level: 2, text: block::plain(&heading) });
            document.headings.push(heading);
        }
        blocks.extend(read);
    }
    if blocks.is_empty() {
        return Err(Failure::invalid("nothing-in-it", "no part of the document has any text"));
    }
    Ok(blocks)
}

fn text(title: &str, from: &str, blocks: &[Block]) -> String {
    let head = plain::write(&[Block::Heading { level: 1, text: block::plain(title) }]);
    let parts = [head, from.to_owned(), plain::write(blocks)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

skillhost_sdk::cases!();
