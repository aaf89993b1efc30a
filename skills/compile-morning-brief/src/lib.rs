//! Puts the morning brief together.
//!
//! [`sections`] words each part, [`headline`] the day in numbers, [`calendar`] stands in for
//! the step that says which meetings are prepared. To add a section:
//! a function in `sections` and its place in `run`.

mod calendar;
mod headline;
mod sections;

use briefing_record::{Attention, DayAhead, Missing, Overnight, Proof, Pulse, Reading, RepClock, proven};
use meeting_record::first_name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

use crate::sections::Section;

/// What the steps before found; null where one failed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The day's events; read from the calendar where `prep` is null and nobody hands them over.
    pub calendar: Option<Vec<sections::Event>>,
    /// Of `check-meeting-prep-status`.
    pub prep: Option<DayAhead>,
    /// Of `scan-inbox-needing-attention`.
    pub inbox: Option<Attention>,
    /// Of `run-pipeline-pulse`.
    pub pulse: Option<Pulse>,
    /// Of `gather-overnight-updates`.
    pub overnight: Option<Overnight>,
}

/// The brief.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// `Good morning, Ada. Your Friday.`
    pub title: String,
    /// All of it for a card, Markdown.
    pub text: String,
    /// The sections in the order they stand.
    pub sections: Vec<Section>,
    /// Parts and sources that are not in it, with the reason where one is known.
    pub left_out: Vec<String>,
}

/// Puts the brief together.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let clock = RepClock::of(call);
    let user = Reading::quietly(context::user());
    let name = user.as_ref().map(|read| first_name(&read.value.name).to_owned()).filter(|name| !name.is_empty());
    let title = headline::title(name.as_deref(), &clock);

    let calendar = match (&input.prep, &input.calendar) {
        (None, None) => calendar::read(&clock),
        _ => input.calendar.clone(),
    };
    let mut left_out: Vec<String> = Vec::new();
    let mut sections: Vec<Section> = Vec::new();
    let parts = [
        ("meetings", sections::meetings(input.prep.as_ref(), calendar.as_deref(), &clock)),
        ("your inbox", input.inbox.as_ref().map(sections::attention)),
        ("your pipeline", input.pulse.as_ref().map(sections::pulse)),
        ("overnight updates", input.overnight.as_ref().map(sections::overnight)),
    ];
    for (name, part) in parts {
        match part {
            Some(section) => sections.push(section),
            None => left_out.push(name.to_owned()),
        }
    }
    if sections.is_empty() {
        return Err(Failure::transient("nothing-gathered", "every part of the brief failed"));
    }
    if input.prep.is_none() && calendar.is_some() {
        left_out.push("which meetings are prepared".to_owned());
    }
    let missing = [
        input.prep.as_ref().map(|part| &part.missing),
        input.inbox.as_ref().map(|part| &part.missing),
        input.overnight.as_ref().map(|part| &part.missing),
    ];
    for Missing { source, why } in missing.into_iter().flatten().flatten() {
        let text = format!("{source} ({why})");
        if !left_out.contains(&text) {
            left_out.push(text);
        }
    }

    let mut text: Vec<String> = headline::numbers(&input, &sections).into_iter().collect();
    text.extend(sections.iter().map(Section::written));
    if !left_out.is_empty() {
        text.push(format!("_Not available: {}_", left_out.join(", ")));
    }
    let proof = user.zip(name).map(|(read, name)| Proof::new(&read.read_id, &name, "/title"));
    let summary = match left_out.len() {
        0 => "the whole brief".to_owned(),
        n => format!("a brief without {n} of its parts or sources"),
    };
    let output = Output { title, text: text.join("\n\n"), sections, left_out };
    Ok(proven(Outcome::new(output), proof).summary(summary))
}

skillhost_sdk::cases!();
