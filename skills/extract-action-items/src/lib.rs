//! Who will do what by when, and what was decided.
//!
//! The recognisers are `skillhost-language`; this skill decides what becomes an
//! item, whose it is, and which items are one and the same. [`by_model`] is where a
//! model may add what they did not hear. To make one more kind
//! of finding an item, add a source in `items::gather`.

mod by_model;
mod decisions;
mod items;
mod output;
mod telling;

use meeting_source::{Loaded, MeetingInput};
use skillhost_sdk::{Call, Failure, Outcome, skill};

pub use output::Output;

/// A host takes this many pieces of evidence and refuses an outcome with more.
const MOST_EVIDENCE: usize = 500;

/// Reads the transcript and lists its action items and decisions.
#[skill]
pub fn run(call: &Call, input: MeetingInput) -> Result<Outcome<Output>, Failure> {
    let meeting = Loaded::load(call, &input)?;
    let heard = meeting.work_heard();
    let mut output =
        Output { action_items: items::gather(&meeting, &heard), decisions: decisions::gather(&meeting, &heard) };
    // Without a model's word the rules stand alone.
    let heard_by_model = by_model::add(&meeting, &mut output.action_items).unwrap_or(0);
    let mut line = format!("{} action items, {} decisions", output.action_items.len(), output.decisions.len());
    if heard_by_model > 0 {
        line.push_str(&format!(", {heard_by_model} by a model"));
    }
    let quotes: Vec<(String, String)> = output
        .action_items
        .iter()
        .enumerate()
        .map(|(at, item)| (item.quote.clone(), format!("/action_items/{at}/quote")))
        .chain(output.decisions.iter().enumerate().map(|(at, d)| (d.quote.clone(), format!("/decisions/{at}/quote"))))
        .take(MOST_EVIDENCE)
        .collect();
    let mut outcome = Outcome::new(output).summary(line);
    for (quote, pointer) in quotes {
        outcome = outcome.evidence(meeting.read_id.clone(), quote, pointer);
    }
    Ok(outcome)
}

skillhost_sdk::cases!();
