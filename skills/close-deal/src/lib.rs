//! Asks how a deal ended.
//!
//! Which stages end a deal is the org's to say; which one it is, the rep's.

use meeting_record::shortened;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::approval::{self, Choice};
use skillhost_sdk::sources::{Deal, Org, is_closed_stage};
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, effect, skill};

/// Most ways to end that are offered: pipelines have two to four.
const MAX_ENDS: usize = 8;
/// Longest name of a deal, characters.
const MAX_NAME: usize = 120;
/// The ends of a deal where the org names none.
const ENDS: [&str; 2] = ["closed_won", "closed_lost"];

/// Which deal.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The deal itself.
    pub deal_id: Option<String>,
    /// Whose open deal it is, where none is named.
    pub contact_id: Option<String>,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Whether the rep is asked.
    pub asked: bool,
    /// The deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why nothing is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Output {
    fn of(deal: &Deal) -> Self {
        Self { deal_id: Some(deal.id.clone()), name: Some(shortened(deal.name.trim(), MAX_NAME)), ..Self::default() }
    }

    fn not_asked(self, reason: String) -> Outcome<Self> {
        Outcome::new(Self { reason: Some(reason.clone()), ..self }).summary(reason)
    }
}

/// Asks.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let deal = match (&input.deal_id, &input.contact_id) {
        (Some(id), _) => context::deal(id).optional()?,
        (None, Some(id)) => context::deal_of_contact(id).optional()?,
        (None, None) => return Err(Failure::invalid("no-deal", "neither a deal nor a contact is named")),
    };
    let Some(deal) = deal.map(|read| read.value) else {
        let reason = if input.deal_id.is_some() { "there is no such deal" } else { "the contact has no open deal" };
        return Ok(Output::default().not_asked(reason.to_owned()));
    };
    let output = Output::of(&deal);
    let name = output.name.clone().unwrap_or_default();
    if !deal.open {
        return Ok(output.not_asked(format!("“{name}” is closed already: {}", in_words(&deal.stage))));
    }
    let org = context::org()?.value;
    let ends: Vec<String> = ends(&org, &deal).into_iter().filter(|stage| *stage != deal.stage).collect();
    if ends.is_empty() {
        return Ok(output.not_asked("the org has no stage in which a deal is over".to_owned()));
    }
    let mut request = approval::choose("close", format!("How did “{name}” end?"))
        .summary("It stays open until you choose.".to_owned())
        .field("Stage now", in_words(&deal.stage));
    for (at, stage) in ends.iter().take(MAX_ENDS).enumerate() {
        let id = format!("end-{at}");
        let moved = effect::set_stage(id.clone(), &deal.id, &deal.stage, stage);
        request = request.choice(Choice::new(id, in_words(stage)).effect(moved));
    }
    let summary = format!("asks how “{name}” ended");
    Ok(Outcome::new(Output { asked: true, ..output }).summary(summary).ask(request))
}

/// Stages in which a deal is over: what the org says, else those of the pipeline named so,
/// else the usual two.
fn ends(org: &Org, deal: &Deal) -> Vec<String> {
    let named = org.settings.get("closed_stages").and_then(|stages| stages.as_array());
    if let Some(named) = named {
        return named.iter().filter_map(|stage| stage.as_str().map(str::to_owned)).collect();
    }
    let of_pipeline: Vec<String> = deal.stages.iter().filter(|stage| is_closed_stage(stage)).cloned().collect();
    if of_pipeline.is_empty() { ENDS.map(str::to_owned).to_vec() } else { of_pipeline }
}

fn in_words(stage: &str) -> String {
    stage.replace('_', " ")
}

skillhost_sdk::cases!();
