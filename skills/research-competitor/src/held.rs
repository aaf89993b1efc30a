//! What the org holds on it.

use deal_record::Topics;
use deal_source::Dealing;
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_language::sentences;
use skillhost_sdk::Failure;
use skillhost_sdk::context::{self, About, Optional};

/// Most documents, and most notes.
const MOST: usize = 5;
/// Longest sentence of a note that is shown, characters.
pub(crate) const MAX_QUOTE: usize = 300;

/// A document of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldDocument {
    /// Which.
    pub template_id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: Option<String>,
    /// Where it names the rival: `tag`, `name` or `description`.
    pub names_it_in: String,
}

/// A note or call of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldNote {
    /// `note` or `call`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its day.
    pub day: String,
    /// The sentence that names the rival, exact.
    pub quote: String,
}

/// A note and the read that holds it.
pub(crate) struct Found {
    pub(crate) read_id: String,
    pub(crate) note: HeldNote,
}

/// All of it.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) documents: Vec<HeldDocument>,
    pub(crate) notes: Vec<Found>,
}

pub(crate) fn search(dealing: &Dealing, name: &str) -> Result<Held, Failure> {
    let mut held = Held::default();
    for template in context::templates(Some("content")).optional()?.map(|read| read.value).unwrap_or_default() {
        let names = |text: &str| Topics::of(text).mention(name);
        let place = if template.tags.iter().any(|tag| names(tag)) {
            "tag"
        } else if names(&template.name) {
            "name"
        } else if names(&template.description) {
            "description"
        } else {
            continue;
        };
        if held.documents.len() < MOST {
            held.documents.push(HeldDocument {
                template_id: template.id,
                name: template.name,
                url: template.url,
                names_it_in: place.to_owned(),
            });
        }
    }
    let about = match (&dealing.deal, &dealing.contact) {
        (Some(deal), _) => About::Deal(deal.value.id.clone()),
        (None, Some(contact)) => About::Contact(contact.value.id.clone()),
        (None, None) => return Ok(held),
    };
    let mut add = |read_id: &str, kind: &str, id: &str, at: &str, text: &str| {
        let Some(quote) = sentence_naming(text, name).filter(|_| held.notes.len() < MOST) else { return };
        let day = at.get(..10).unwrap_or(at).to_owned();
        let note = HeldNote { kind: kind.to_owned(), id: id.to_owned(), day, quote: quote.to_owned() };
        held.notes.push(Found { read_id: read_id.to_owned(), note });
    };
    if let Some(read) = context::notes(&about).optional()? {
        read.value.iter().for_each(|note| add(&read.read_id, "note", &note.id, &note.at, &note.body));
    }
    if let Some(read) = context::activities(&about).optional()? {
        for entry in read.value.iter().filter(|entry| ["call", "note"].contains(&entry.kind.as_str())) {
            add(&read.read_id, &entry.kind, &entry.id, &entry.at, &entry.body);
        }
    }
    Ok(held)
}

/// The first sentence that names it.
pub(crate) fn sentence_naming<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    sentences(text)
        .iter()
        .map(|sentence| sentence.text(text).trim())
        .find(|sentence| sentence.chars().count() <= MAX_QUOTE && Topics::of(sentence).mention(name))
}
