//! Says which of today's meetings want preparing.
//!
//! [`day`] reads the events of the rep's day, [`prep`] says of each whether a
//! brief comes, [`notes`] what to look at. To note one more thing: a function in
//! `notes`.

mod day;
mod notes;
mod prep;

use briefing_record::tally::counted;
use briefing_record::{DayAhead, Proof, Reading, RepClock, proven};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// What is known of briefs that were made.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Ids of events whose brief was delivered; else those that the host knows of.
    pub prepared: Option<Vec<String>>,
}

/// Says which of today's meetings want preparing.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<DayAhead>, Failure> {
    let clock = RepClock::of(call);
    let mut reading = Reading::default();
    let read = context::calendar_events(&day::span(&clock))?;
    let day = day::of(read.value, &clock);
    let pipeline = reading.optional(context::pipeline()).map(|read| read.value);
    let prepared = match input.prepared {
        Some(prepared) => prepared,
        // A host that does not know leaves it open: then a brief is due.
        None => Reading::quietly(context::briefed())
            .map(|read| read.value.into_iter().map(|brief| brief.meeting_id).collect())
            .unwrap_or_default(),
    };

    let mut output = DayAhead { day: clock.today(), zone: clock.zone(), off: day.off, ..DayAhead::default() };
    let mut proofs = Vec::new();
    for event in &day.meetings {
        let deal = event.deal_id.as_deref().and_then(|id| pipeline.as_ref()?.deals.iter().find(|deal| deal.id == id));
        let notes = notes::of(event, &day.meetings, deal);
        proofs.push(Proof::new(&read.read_id, &event.title, format!("/meetings/{}/title", output.meetings.len())));
        output.meetings.push(prep::meeting(event, deal, notes, &prepared, &clock));
    }
    output.all_day = day.all_day;
    output.missing = reading.into_missing();
    let summary = match output.meetings.len() {
        0 => "no meetings today".to_owned(),
        n => format!(
            "{} today, {} to prepare",
            counted(n, "meeting"),
            output.meetings.iter().filter(|meeting| meeting.prep != "none_needed").count()
        ),
    };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

skillhost_sdk::cases!();
