//! Finds the documents and prices that answer a request.
//!
//! How well a document fits is `deal_record::Fit`; [`shelf`] decides what of the
//! held ones answers, [`prices`] which prices do. To search one more place, add a
//! module beside them that gives [`deal_record::Chosen`] or [`Price`].
//!
//! [`Price`]: deal_record::Price

mod prices;
mod shelf;

use deal_record::{Candidate, Selection, Setting, Trigger};
use deal_source::{Dealing, Talk};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// What is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Documents.
    #[default]
    Content,
    /// Price lists and prices.
    Pricing,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Pricing => "pricing",
        }
    }
}

/// What led here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// What is looked for.
    pub kind: Kind,
    /// The event's payload.
    pub about: Trigger,
}

/// Looks.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Selection>, Failure> {
    let dealing = Dealing::load(&input.about)?;
    let talk = Talk::load(call, &input.about)?;
    let asking = talk.asking(&input.about);
    let deal = dealing.deal.as_ref().map(|deal| &deal.value);
    let mut setting = Setting::of(deal, dealing.company.as_ref().map(|company| &company.value));
    for words in &asking {
        setting.asked.add(&words.quote);
    }
    let held = context::templates(Some(input.kind.as_str()))?.value;
    let found = shelf::search(&held, &setting, input.kind, input.about.template_id.as_deref());
    let (mut chosen, mut others) = (Vec::new(), found.others);
    for candidate in found.fitting {
        // The list comes without texts, and a document without one is not held.
        let template = context::template(&candidate.template_id)?.value;
        match shelf::held(&template, candidate) {
            Ok(document) if chosen.len() < shelf::MOST_CHOSEN => chosen.push(document),
            Ok(document) => others.push(Candidate {
                template_id: document.template_id,
                name: document.name,
                why: document.why,
                points: Some(document.points),
                reason: format!("{} better ones were chosen", shelf::MOST_CHOSEN),
            }),
            Err(other) => others.push(other),
        }
    }
    let prices = match input.kind {
        Kind::Pricing => prices::asked_for(&context::products()?.value, &setting.asked),
        Kind::Content => prices::Found::default(),
    };
    others.extend(prices.others);
    let prices = prices.prices;
    let reason = (chosen.is_empty() && prices.is_empty())
        .then(|| shelf::why_nothing(input.kind, held.len(), !asking.is_empty(), &others));
    let summary = match (&reason, chosen.len(), prices.len()) {
        (Some(reason), _, _) => reason.clone(),
        (None, documents, 0) => format!("{documents} of {} documents answer it", held.len()),
        (None, 0, prices) => format!("{prices} prices answer it"),
        (None, documents, prices) => format!("{documents} documents and {prices} prices answer it"),
    };
    let selection = Selection {
        kind: input.kind.as_str().to_owned(),
        asked: asking.iter().map(deal_source::Words::asked).collect(),
        chosen,
        prices,
        others,
        reason,
    };
    let outcome = Outcome::new(selection).summary(summary);
    let backed = asking.iter().enumerate();
    Ok(backed.fold(outcome, |outcome, (at, words)| words.supporting(outcome, format!("/asked/{at}/quote"))))
}

skillhost_sdk::cases!();
