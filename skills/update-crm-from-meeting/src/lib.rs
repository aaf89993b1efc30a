//! Writes what a meeting changed into the CRM.
//!
//! [`activity`] words the history line, [`fields`] says which fields of the deal
//! change, [`flags`] what to mark, [`stage`] whether to propose the next stage,
//! [`notices`] what the rep, or their manager, is told outright.
//! To add a field: a line in `fields::changes`.

mod activity;
mod fields;
mod flags;
mod notices;
mod stage;

use meeting_record::{ActionItems, Intents, Meeting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Deal;
use skillhost_sdk::{Call, Entity, Failure, Optional, Outcome, context, effect, skill};

/// What the call left behind.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The meeting.
    pub meeting: Option<Meeting>,
    /// Of `extract-action-items`.
    pub action_items: Option<ActionItems>,
    /// Of `detect-intents`.
    pub intents: Option<Intents>,
}

/// What changes and what is asked.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Fields, flags and the activity.
    pub updates: Vec<Update>,
    /// A move that waits for the rep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage_proposal: Option<stage::Proposal>,
    /// What the rep is told outright.
    pub notices: Vec<String>,
    /// The manager is told of it too.
    pub manager_told: bool,
    /// What could not be written, and why.
    pub left_out: Vec<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Update {
    /// `field`, `flag` or `activity`.
    pub kind: String,
    /// `deal` or `contact`.
    pub entity: String,
    /// Its id.
    pub id: String,
    /// Name of the field or flag; the subject of an activity.
    pub name: String,
    /// The new value, or the reason of a flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

impl Update {
    fn new(kind: &str, entity: &str, id: &str, name: &str) -> Self {
        let owned = str::to_owned;
        Self { kind: owned(kind), entity: owned(entity), id: owned(id), name: owned(name), value: None, was: None }
    }
}

/// Writes what changed, asks for the stage.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let meeting = input.meeting.unwrap_or_default();
    let items = input.action_items.unwrap_or_default();
    let intents = input.intents.unwrap_or_default();
    let deal = match (&meeting.deal_id, &meeting.contact_id) {
        (Some(id), _) => context::deal(id).optional()?,
        (None, Some(id)) => context::deal_of_contact(id).optional()?,
        (None, None) => None,
    };
    let deal: Option<Deal> = deal.map(|read| read.value);

    let mut outcome = Outcome::new(());
    let mut updates = Vec::new();
    let mut left_out = Vec::new();

    let contact_id = meeting.contact_id.as_deref();
    let about = deal.as_ref().map(|deal| ("deal", deal.id.as_str())).or(contact_id.map(|id| ("contact", id)));
    match about {
        Some((entity, id)) => {
            let activity = activity::of(&meeting, &items, &intents, contact_id, deal.as_ref());
            updates.push(Update::new("activity", entity, id, &activity.subject));
            outcome = outcome.effect(effect::log_activity("activity", &activity));
        }
        None => left_out.push("nothing was logged: neither a contact nor a deal is known".to_owned()),
    }

    let mut stage_proposal = None;
    let (mut notices, mut manager_told) = (Vec::new(), false);
    if let Some(deal) = &deal {
        let changes = fields::changes(deal, &items, &intents, call.now_ms());
        if !changes.is_empty() {
            let written = changes.iter().map(|change| (change.name.to_owned(), change.value.clone().into())).collect();
            outcome = outcome.effect(effect::update_fields("fields", Entity::Deal, &deal.id, written));
        }
        updates.extend(changes.into_iter().map(|change| Update {
            value: Some(change.value),
            was: change.was,
            ..Update::new("field", "deal", &deal.id, change.name)
        }));
        let people: Vec<&str> = meeting.attendees.iter().map(|attendee| attendee.name.as_str()).collect();
        let raised = flags::raised(deal, &intents, &people);
        notices = notices::lines(&intents, &raised);
        let user = context::user().optional()?.map(|read| read.value).unwrap_or_default();
        if let Some(effect) = notices::to_manager(&user, deal, &meeting, &intents) {
            outcome = outcome.effect(effect);
            notices.push("Your manager is told of the risk.".to_owned());
            manager_told = true;
        }
        let risky = raised.iter().any(|flag| flag.name == flags::RISK);
        for flag in raised {
            let id = format!("flag-{}", flag.name.replace('_', "-"));
            outcome = outcome.effect(effect::flag(id, Entity::Deal, &deal.id, flag.name, &flag.reason));
            updates.push(Update { value: Some(flag.reason), ..Update::new("flag", "deal", &deal.id, flag.name) });
        }
        if !risky && stage::is_earned(&intents) {
            let closed = stage::closed_stages(&context::org()?.value);
            match stage::propose(deal, &intents, &closed) {
                Ok((proposal, request)) => {
                    outcome = outcome.ask(request);
                    stage_proposal = Some(proposal);
                }
                Err(reason) => left_out.push(reason),
            }
        }
    } else if about.is_some() {
        left_out.push("no fields or flags were written: there is no open deal".to_owned());
    }

    let written = match updates.len() {
        0 => "nothing to write".to_owned(),
        1 => "one update".to_owned(),
        n => format!("{n} updates"),
    };
    let summary = match &stage_proposal {
        Some(proposal) => format!("{written}, and a move to {} waits for approval", proposal.to),
        None => written,
    };
    Ok(outcome.map(|()| Output { updates, stage_proposal, notices, manager_told, left_out }).summary(summary))
}

skillhost_sdk::cases!();
