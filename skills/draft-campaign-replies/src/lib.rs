//! Drafts answers to the replies of campaigns.
//!
//! [`wanting`] says which replies get one, [`answer`] writes by rules, [`prose`] lets
//! a model write instead and holds it against the reply, [`post`] makes the mails and
//! the card. To answer one more kind of reply, add an arm to `answer::write`.

mod answer;
mod post;
mod prose;
mod wanting;

use campaign_record::Classified;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// The period and what was found in it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// First day, as `monitor-campaigns` took it.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Of `classify-replies`; null where replies could not be classified.
    pub classified: Option<Classified>,
}

/// What was drafted. The texts are in the question.
#[derive(Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// In the order of the card.
    pub drafts: Vec<Drafted>,
    /// Replies that want an answer and got none, with the reason.
    pub left_out: Vec<LeftOut>,
    /// Why a model's text was not used, where one was asked.
    pub notes: Vec<String>,
}

/// One draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Drafted {
    /// Which reply.
    pub reply_id: String,
    /// Local id of the card's line.
    pub item: String,
    /// Subject.
    pub subject: String,
    /// `rules` or `model`.
    pub by: String,
    /// What the text rests on: `reply:r1`, `product:p1`, `email:e7`.
    pub used: Vec<String>,
    /// What the rep has to fill in or look at.
    pub look_at: Vec<String>,
}

/// One without a draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// Which reply.
    pub reply_id: String,
    /// Why.
    pub reason: String,
}

/// Drafts them.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let Some(classified) = input.classified else {
        return Ok(Outcome::new(Output::default()).summary("there are no classified replies"));
    };
    if input.from.is_empty() || input.until.is_empty() {
        return Err(Failure::invalid("no-period", "no period is given"));
    }
    let (org, user) = (context::org()?.value, context::user()?.value);
    if user.email.trim().is_empty() {
        return Err(Failure::invalid("no-sender", "the rep has no address to send from"));
    }
    let campaigns = context::campaigns(&input.from, &input.until)?.value;
    let products = context::products()?.value;
    let found = wanting::choose(&classified, &campaigns, &org.domains)?;
    let mut drafts: Vec<answer::Draft> = found.wanted.iter().map(|wanted| answer::write(wanted, &products)).collect();
    let mut notes = Vec::new();
    if !found.wanted.is_empty()
        && let Err(reason) = prose::refine(&mut drafts, &found.wanted, &products, &org, &user)
    {
        notes.push(format!("written by rules alone: {reason}"));
    }
    let (output, request) = post::card(&found.wanted, drafts, &user)?;
    let output = Output { left_out: found.left_out, notes, ..output };
    let summary = match output.drafts.len() {
        0 => "no reply wants an answer".to_owned(),
        1 => "1 answer waits for approval".to_owned(),
        n => format!("{n} answers wait for approval"),
    };
    let outcome = Outcome::new(output).summary(summary);
    Ok(match request {
        Some(request) => outcome.ask(request),
        None => outcome,
    })
}

skillhost_sdk::cases!();
