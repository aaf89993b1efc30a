//! Gathers what is known of a rival.
//!
//! [`rival`] says who it is and what was said of it, [`held`] what the org holds,
//! [`record`] how earlier deals against it went, [`strengths`] what we have beside it,
//! [`news`] what was published. To search one more place, add a module that gives
//! lines with their source.

mod held;
mod news;
mod record;
mod rival;
mod strengths;

use deal_record::Trigger;
use deal_source::{Dealing, Talk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, skill};

/// What led here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The event's payload.
    pub about: Trigger,
    /// The rival, where a person named it.
    pub competitor: Option<String>,
}

/// What is known.
#[derive(Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The rival; null where none was named.
    pub competitor: Option<String>,
    /// What the prospect said of it.
    pub said: Vec<rival::Statement>,
    /// Documents of ours that name it.
    pub documents: Vec<held::HeldDocument>,
    /// Notes and calls of ours that name it.
    pub notes: Vec<held::HeldNote>,
    /// How other deals in which it was named went.
    pub record: record::Record,
    /// Products of ours that name it, or that are of what was said of it.
    pub strengths: Vec<strengths::Strength>,
    /// Articles that name it.
    pub news: Vec<news::Report>,
    /// Articles that were left out, with the reason.
    pub left_out: Vec<news::LeftOut>,
    /// What could not be looked at.
    pub gaps: Vec<String>,
    /// One line.
    pub headline: String,
}

/// Gathers it.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let dealing = Dealing::load(&input.about)?;
    let talk = Talk::load(call, &input.about)?;
    let named = input.competitor.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let known = dealing.known_names();
    let Some(name) = named.map(str::to_owned).or_else(|| rival::named(&talk, &input.about, &known)) else {
        let output = Output { headline: "another vendor was spoken of and not named".to_owned(), ..Output::default() };
        let summary = output.headline.clone();
        return Ok(Outcome::new(output).summary(summary));
    };
    let mut output = Output { competitor: Some(name.clone()), ..Output::default() };
    let mut evidence: Vec<(String, String, String)> = Vec::new();

    for words in rival::statements(&talk, &name, &input.about) {
        let place = format!("/said/{}/quote", output.said.len());
        evidence.extend(words.read_id.clone().map(|read| (read, words.quote.clone(), place)));
        output.said.push(rival::Statement::of(&words));
    }
    let held = held::search(&dealing, &name)?;
    for (at, note) in held.notes.iter().enumerate() {
        evidence.push((note.read_id.clone(), note.note.quote.clone(), format!("/notes/{at}/quote")));
    }
    output.documents = held.documents;
    output.notes = held.notes.into_iter().map(|note| note.note).collect();
    let this_deal = dealing.deal.as_ref().map(|deal| deal.value.id.as_str());
    let (record, reads) = record::search(&name, this_deal)?;
    for (at, (past, read)) in record.deals.iter().zip(reads).enumerate() {
        evidence.push((read, past.quote.clone(), format!("/record/deals/{at}/quote")));
    }
    output.record = record;
    let said: Vec<&str> = output.said.iter().map(|one| one.quote.as_str()).collect();
    let (found, read) = strengths::search(&name, &said)?;
    for (at, strength) in found.iter().enumerate() {
        evidence.push((read.clone(), strength.quote.clone(), format!("/strengths/{at}/quote")));
    }
    output.strengths = found;
    match news::search(&name, call, &known) {
        Ok(found) => {
            for (at, report) in found.reports.iter().enumerate() {
                evidence.push((found.read_id.clone(), report.title.clone(), format!("/news/{at}/title")));
            }
            output.news = found.reports;
            output.left_out = found.left_out;
        }
        Err(gap) => output.gaps.push(gap),
    }
    output.headline = headline(&output, &name);
    let summary = output.headline.clone();
    let outcome = Outcome::new(output).summary(summary);
    Ok(evidence.into_iter().fold(outcome, |outcome, (read, quote, place)| outcome.evidence(read, quote, place)))
}

fn headline(output: &Output, name: &str) -> String {
    let told = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let parts: Vec<String> = [
        told(output.said.len(), "statement of theirs", "statements of theirs"),
        told(output.documents.len(), "document of ours", "documents of ours"),
        told(output.notes.len(), "note of ours", "notes of ours"),
        told(output.record.won, "deal won against it", "deals won against it"),
        told(output.record.lost, "deal lost with it in play", "deals lost with it in play"),
        told(output.strengths.len(), "product of ours beside it", "products of ours beside it"),
        told(output.news.len(), "report in the news", "reports in the news"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { format!("{name}: nothing is known here") } else { format!("{name}: {}", parts.join(", ")) }
}

skillhost_sdk::cases!();
