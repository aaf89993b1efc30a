//! Says in a few lines what the pipeline needs today.
//!
//! How a deal is weighed is the library `deal-risk`; [`lines`] words what it
//! says. To add a line: a function there.

mod lines;

use briefing_record::{Proof, Pulse, RepClock, proven};
use deal_risk::{Assessed, assess, worst_first};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Nothing has to be said.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {}

/// Says what the pipeline needs today.
#[skill]
pub fn run(call: &Call, _input: Input) -> Result<Outcome<Pulse>, Failure> {
    let clock = RepClock::of(call);
    let read = context::pipeline()?;
    let mut deals: Vec<Assessed> = read.value.deals.iter().map(|deal| assess(deal, &read.value, &clock)).collect();
    worst_first(&mut deals);
    let lines = lines::of(&deals, &read.value, &clock);
    let proofs: Vec<Proof> = lines
        .iter()
        .enumerate()
        .flat_map(|(at, line)| line.deals.iter().map(move |id| (at, id)))
        .map(|(at, id)| Proof::new(&read.read_id, id, format!("/lines/{at}")))
        .collect();
    let summary =
        lines.first().map_or_else(|| "nothing in the pipeline asks for anything".to_owned(), |line| line.text.clone());
    let output = Pulse { as_of: read.value.as_of.clone(), open: deals.len(), lines };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

skillhost_sdk::cases!();
