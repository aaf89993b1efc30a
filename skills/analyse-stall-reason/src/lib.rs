//! Says why a deal went quiet.
//!
//! [`record`] reads what there is, [`reasons`] holds the rules in their order,
//! [`spoken`] finds what was said about money, time, people and doubts, [`topic`]
//! what was talked about last, [`refine`] lets a model read what rules could not.
//! To know one more reason: a rule in `reasons` and its row in `SKILL.md`.

mod reasons;
mod record;
mod refine;
mod spoken;
mod topic;

use briefing_record::{Proof, Reading, RepClock, Stall, Triggers, proven};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, skill};

/// Which deal, and what was found at its company.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Its id.
    pub deal_id: String,
    /// Of `research-trigger-events`; null where it failed.
    pub triggers: Option<Triggers>,
}

/// Says why the deal went quiet.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Stall>, Failure> {
    let clock = RepClock::of(call);
    let Some(deal) = context::deal(&input.deal_id).optional()? else {
        return Err(Failure::invalid("no-deal", "there is no such deal"));
    };
    let mut reading = Reading::default();
    let record = record::read(&deal.value, &clock, &mut reading);
    let gone = input.triggers.map(|triggers| triggers.gone).unwrap_or_default();
    let found = reasons::find(&record, &gone, &clock);
    let (found, by, not_refined) = match refine::over(&record, &found) {
        Ok(found) => (found, "model", None),
        Err(refusal) => (found, "rules", refusal.map(|refusal| refusal.as_str().to_owned())),
    };
    let topic = topic::last(&record);

    let mut proofs = Vec::new();
    if let (Some(quote), Some(read_id)) = (&found.quote, &found.read_id) {
        proofs.push(Proof::new(read_id, quote, "/quote"));
    }
    if let Some((topic, read_id)) = &topic {
        proofs.push(Proof::new(read_id, &topic.words, "/last_topic/words"));
    }
    let summary = format!("{}: {}", found.reason.replace('_', " "), found.why);
    let output = Stall {
        reason: found.reason.to_owned(),
        confidence: found.confidence,
        why: found.why,
        quote: found.quote,
        source: found.source,
        move_of: found.move_of.to_owned(),
        last_topic: topic.map(|(topic, _)| topic),
        not_before: found.not_before,
        do_not_write: found.do_not_write,
        by: by.to_owned(),
        not_refined,
        missing: reading.into_missing(),
    };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

skillhost_sdk::cases!();
