//! Ranks what the rep should do next after a call.
//!
//! Candidates come from [`promises`], [`signals`] and [`deal_state`]; [`ranking`]
//! merges those about one matter and orders them; [`health`] scores the deal. To
//! add a reason to act: a function in one of the three that pushes a
//! [`ranking::Candidate`] with the words it rests on.

mod deal_state;
mod health;
mod promises;
mod ranking;
mod signals;

use meeting_record::{ActionItems, CallType, Intents, Meeting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::{Contact, Deal, TaskEntry, User};
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, skill};

use crate::health::DealHealth;
use crate::ranking::NextAction;

/// What the call left behind.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The meeting.
    pub meeting: Option<Meeting>,
    /// Of `classify-call-type`.
    pub call_type: Option<CallType>,
    /// Of `extract-action-items`.
    pub action_items: Option<ActionItems>,
    /// Of `detect-intents`.
    pub intents: Option<Intents>,
}

/// What to do, and how the deal stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Most urgent first.
    pub next_actions: Vec<NextAction>,
    /// How the deal stands.
    pub deal_health: DealHealth,
}

/// Everything the rules look at.
pub(crate) struct Facts {
    pub(crate) now: i64,
    pub(crate) user: User,
    pub(crate) items: ActionItems,
    pub(crate) intents: Intents,
    pub(crate) deal: Option<Deal>,
    pub(crate) contact: Option<Contact>,
    pub(crate) tasks: Vec<TaskEntry>,
    /// The later steps had something to read: a call without intents is not a
    /// call without a next meeting.
    pub(crate) heard: bool,
}

impl Facts {
    fn read(call: &Call, input: Input) -> Result<Self, Failure> {
        let meeting = input.meeting.unwrap_or_default();
        let deal = match (&meeting.deal_id, &meeting.contact_id) {
            (Some(id), _) => context::deal(id).optional()?,
            (None, Some(id)) => context::deal_of_contact(id).optional()?,
            (None, None) => None,
        };
        let deal = deal.map(|read| read.value);
        let contact = match &meeting.contact_id {
            Some(id) => context::contact(id).optional()?,
            None => None,
        };
        let tasks = match &deal {
            Some(deal) => context::tasks(&context::About::Deal(deal.id.clone()))?.value,
            None => Vec::new(),
        };
        Ok(Self {
            now: call.now_ms(),
            user: context::user()?.value,
            heard: input.intents.is_some(),
            items: input.action_items.unwrap_or_default(),
            intents: input.intents.unwrap_or_default(),
            deal,
            contact: contact.map(|read| read.value),
            tasks,
        })
    }

    /// Whether a next meeting was promised, asked for or decided.
    pub(crate) fn has_next_meeting(&self) -> bool {
        self.intents.commitments.iter().chain(&self.intents.requests).any(|said| said.is_about("schedule_meeting"))
    }
}

/// Ranks what the rep should do next.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    if input.call_type.as_ref().is_some_and(|call_type| call_type.is_internal) {
        return Err(Failure::invalid("internal-call", "an internal call has no next sales actions"));
    }
    let facts = Facts::read(call, input)?;
    let mut candidates = Vec::new();
    promises::collect(&facts, &mut candidates);
    signals::collect(&facts, &mut candidates);
    deal_state::collect(&facts, &mut candidates);
    let next_actions = ranking::rank(candidates);
    let deal_health = health::score(&facts);
    let summary = match next_actions.first() {
        Some(first) if next_actions.len() == 1 => format!("one next action: {}", first.action),
        Some(first) => format!("{} next actions, first: {}", next_actions.len(), first.action),
        None => "nothing in this call asks for an action".to_owned(),
    };
    Ok(Outcome::new(Output { next_actions, deal_health }).summary(summary))
}

skillhost_sdk::cases!();
