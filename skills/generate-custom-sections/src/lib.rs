//! Writes the parts of a proposal that are about one deal.
//!
//! [`facts`] gathers what was said ([`wish`] knows a plain statement), [`placing`] says what of it belongs in which
//! section, [`quoting`] writes it down in the words that were used, [`prose`] lets
//! a model write it instead and holds the answer against the facts. To serve one
//! more kind of section, add a row to `placing::ROLES`.

mod facts;
mod placing;
mod prose;
mod quoting;
mod wish;

use deal_record::{Populated, Section, Trigger, Written, WrittenSection, day_of, written_day};
use deal_source::{Dealing, Talk};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::sources::instant_ms;
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, skill};

/// The filled template.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The event's payload.
    pub about: Trigger,
    /// Of `populate-proposal`.
    pub populated: Option<Populated>,
}

/// Writes them.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Written>, Failure> {
    let populated = input.populated.unwrap_or_default();
    let custom: Vec<Section> = populated.sections.iter().filter(|section| section.custom).cloned().collect();
    if custom.is_empty() {
        return Ok(Outcome::new(Written::default()).summary("the template has no part that is written for each deal"));
    }
    let dealing = Dealing::load(&input.about)?;
    let talk = Talk::load(call, &input.about)?;
    let facts = facts::gather(&talk);
    let day = talk
        .meeting
        .as_ref()
        .and_then(|loaded| loaded.meeting.as_ref())
        .and_then(|meeting| instant_ms(&meeting.started_at))
        .and_then(|at| day_of(at, &call.zone))
        .and_then(|day| written_day(&day));

    let mut sections: Vec<WrittenSection> =
        custom.iter().map(|section| quoting::write(section, &facts, day.as_deref())).collect();
    let mut notes: Vec<String> = Vec::new();
    if facts.is_empty() {
        notes.push("nothing that the prospect said could be used".to_owned());
    } else if facts::instructs(&talk) {
        notes.push("written by rules alone: somebody in the call spoke to a model".to_owned());
    } else {
        let products = context::products().optional()?.map(|read| read.value).unwrap_or_default();
        let material = prose::material(&custom, &facts, &dealing, &products);
        match prose::write(&material, &custom, &facts) {
            Ok(written) => prose::put(&mut sections, written),
            Err(reason) => notes.push(format!("written by rules alone: {reason}")),
        }
    }
    let empty = sections.iter().filter(|section| section.body.is_empty()).count();
    let summary =
        format!("wrote {} of {} parts from {} statements", sections.len() - empty, sections.len(), facts.len());
    let evidence: Vec<_> = facts.iter().map(|fact| (fact.read_id.clone(), fact.fact.quote.clone())).collect();
    let written = Written { sections, facts: facts.into_iter().map(|fact| fact.fact).collect(), notes };
    let outcome = Outcome::new(written).summary(summary);
    let backed = evidence.into_iter().enumerate();
    Ok(backed.fold(outcome, |outcome, (at, (read, quote))| outcome.evidence(read, quote, format!("/facts/{at}/quote"))))
}

skillhost_sdk::cases!();
