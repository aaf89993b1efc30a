//! How a call was led, measured and compared.
//!
//! [`measure`] counts time and words, [`asking`] the questions, [`objections`]
//! the doubts and how they were met, [`compare`] holds the numbers against
//! targets and the rep's own past, which [`history`] reads and keeps, [`remarks`] picks what to say, and [`by_model`] is
//! where a model may word it. To coach one
//! more thing: measure it in a module of its own, and weigh it in `remarks`.

mod asking;
mod by_model;
mod compare;
mod history;
mod measure;
mod objections;
mod output;
mod remarks;

use coaching_record::DISCOVERY;
use meeting_source::{CallType, Invitee, Loaded, MeetingInput};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Outcome, skill};

pub use output::Output;

/// The meeting, and the numbers of earlier ones.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The transcript; else the one of `meeting_id`.
    pub transcript_id: Option<String>,
    /// The meeting.
    pub meeting_id: Option<String>,
    /// The contact the event is about.
    pub contact_id: Option<String>,
    /// The deal the event is about.
    pub deal_id: Option<String>,
    /// Who was invited; else those of the meeting.
    pub attendees: Option<Vec<Invitee>>,
    /// What `classify-call-type` found.
    pub call_type: Option<CallType>,
    /// The numbers of the rep's earlier calls, newest first; else those that were kept.
    pub history: Option<Vec<compare::Past>>,
    /// Whether this call's numbers are kept for later ones.
    pub keep: bool,
}

/// Measures the call and says what to try next time.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let named = MeetingInput {
        transcript_id: input.transcript_id,
        meeting_id: input.meeting_id,
        contact_id: input.contact_id,
        deal_id: input.deal_id,
        attendees: input.attendees,
        call_type: input.call_type,
    };
    let meeting = Loaded::load(call, &named)?;
    let call_type = named.call_type.as_ref().map(|call_type| call_type.kind.clone()).filter(|kind| !kind.is_empty());
    let discovery = call_type.as_deref() == Some(DISCOVERY);
    let talk = measure::talk(&meeting);
    let questions = asking::questions(&meeting);
    let objections = objections::objections(&meeting);
    let meeting_id = meeting.meeting_id(&named);
    let history = match input.history {
        Some(history) => history,
        None => history::before(&meeting, meeting_id.as_deref())?,
    };
    let comparison = compare::compare(&talk, &questions, &objections, &history, discovery);
    let remarks = remarks::choose(&meeting, &talk, &questions, &objections, &comparison, discovery);
    // Without a model's words, or with words that do not hold, the plain ones stand.
    let remarks = by_model::worded(&meeting, &remarks).unwrap_or(remarks);
    let line = remarks.first().map_or_else(|| "nothing to remark".to_owned(), |remark| remark.text.clone());
    let output = Output { call_type, talk, questions, objections, comparison, bullets: remarks };
    let deal_id = named.deal_id.as_deref();
    let keep = if input.keep { history::keep(&meeting, meeting_id.as_deref(), deal_id, &output) } else { None };
    let quotes = output.quotes();
    let mut outcome = Outcome::new(output).summary(line);
    for (quote, pointer) in quotes {
        outcome = outcome.evidence(meeting.read_id.clone(), quote, pointer);
    }
    Ok(keep.into_iter().fold(outcome, Outcome::effect))
}

skillhost_sdk::cases!();
