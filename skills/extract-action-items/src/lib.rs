//! Who will do what by when, and what was decided.
//!
//! The recognisers are `skillhost-language`; this skill decides what becomes an
//! item, whose it is, and which items are one and the same. To make one more kind
//! of finding an item, add a source in `items::gather`.

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
    let heard = meeting.heard();
    let output =
        Output { action_items: items::gather(&meeting, &heard), decisions: decisions::gather(&meeting, &heard) };
    let line = format!("{} action items, {} decisions", output.action_items.len(), output.decisions.len());
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
