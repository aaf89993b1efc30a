//! Chooses the proposal template that fits, or says that none does.
//!
//! How well one fits is `deal_record::Fit`; [`ranking`] decides between those that
//! do. To weigh one more thing, add it to `Fit`.

mod ranking;

use deal_record::{Asked, Candidate, Setting, Trigger};
use deal_source::{Dealing, Talk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// What led here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The event's payload.
    pub about: Trigger,
}

/// The choice and what it was made from.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The template; null when none fits, or when two fit equally.
    pub template_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Why it was taken, the weightiest first.
    pub why: Vec<String>,
    /// What speaks against it, where a person named it.
    pub against: Vec<String>,
    /// Its points.
    pub points: u32,
    /// What came second.
    pub second: Option<Candidate>,
    /// Templates that fit equally well, when that is why none was chosen.
    pub undecided: Vec<Candidate>,
    /// The others, with what spoke against them.
    pub others: Vec<Candidate>,
    /// Why none was chosen, in one line.
    pub reason: Option<String>,
    /// The words that ask for it.
    pub asked: Vec<Asked>,
    /// The deal as it was found.
    pub deal_id: Option<String>,
    /// The contact as it was found.
    pub contact_id: Option<String>,
}

/// Chooses.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let dealing = Dealing::load(&input.about)?;
    if dealing.deal.is_none() && dealing.contact.is_none() {
        return Err(Failure::invalid("nobody", "the event names no deal and no contact that are known"));
    }
    let talk = Talk::load(call, &input.about)?;
    let asking = talk.asking(&input.about);
    let deal = dealing.deal.as_ref().map(|deal| &deal.value);
    let mut setting = Setting::of(deal, dealing.company.as_ref().map(|company| &company.value));
    for words in &asking {
        setting.asked.add(&words.quote);
    }
    setting.spoken = talk.theirs();

    let held = context::templates(Some("proposal"))?.value;
    let choice = ranking::choose(&held, &setting, input.about.template_id.as_deref());
    let summary = match (&choice.name, &choice.reason) {
        (Some(name), _) => format!("“{name}”: {}", choice.why.first().map_or("it fits everything", String::as_str)),
        (None, reason) => reason.clone().unwrap_or_default(),
    };
    let output = Output {
        asked: asking.iter().map(deal_source::Words::asked).collect(),
        deal_id: deal.map(|deal| deal.id.clone()),
        contact_id: dealing.contact.as_ref().map(|contact| contact.value.id.clone()),
        ..choice
    };
    let outcome = Outcome::new(output).summary(summary);
    let backed = asking.iter().enumerate();
    Ok(backed.fold(outcome, |outcome, (at, words)| words.supporting(outcome, format!("/asked/{at}/quote"))))
}

skillhost_sdk::cases!();
