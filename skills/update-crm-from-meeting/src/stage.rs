//! Whether the deal has earned its next stage. The rep decides.

use meeting_record::{Intents, Signal, reason};
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::sources::{Deal, Org, is_closed_stage};
use skillhost_sdk::{approval, effect};

/// Above this sum of signals the next stage is proposed.
const EARNED_ABOVE: f64 = 0.7;
/// A budget less sure than this earns nothing by itself.
const SURE_BUDGET: f64 = 0.75;
/// Most signals shown on the card.
const MAX_REASONS: usize = 4;
/// Longest of them, characters.
const MAX_REASON: usize = 200;

/// A move that waits for the rep.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Proposal {
    /// Which deal.
    pub deal_id: String,
    /// Where it stands.
    pub from: String,
    /// Where it would go.
    pub to: String,
    /// What speaks for it.
    pub reasons: Vec<String>,
}

fn confirmed_budget(intents: &Intents) -> Option<&Signal> {
    intents.signals("budget", SURE_BUDGET).into_iter().find(|signal| signal.is_positive())
}

/// Whether the call speaks for the next stage. The sum is compared as it would
/// be shown, so that 0.7 is not above 0.7.
pub(crate) fn is_earned(intents: &Intents) -> bool {
    intents.aggregate_score > EARNED_ABOVE || confirmed_budget(intents).is_some()
}

/// Stages in which a deal is over: what the org says, else those named so.
pub(crate) fn closed_stages(org: &Org) -> Vec<String> {
    let named = org.settings.get("closed_stages").and_then(|stages| stages.as_array());
    named.into_iter().flatten().filter_map(|stage| stage.as_str().map(str::to_owned)).collect()
}

/// The proposal and its question, or why there is none.
pub(crate) fn propose(
    deal: &Deal,
    intents: &Intents,
    closed: &[String],
) -> Result<(Proposal, approval::Review), String> {
    if !deal.open {
        return Err(format!("no stage is proposed: “{}” is closed", deal.name));
    }
    let Some(at) = deal.stages.iter().position(|stage| *stage == deal.stage) else {
        return Err(format!("no stage is proposed: “{}” is not one of the pipeline’s stages", deal.stage));
    };
    let next = deal.stages.get(at + 1).filter(|stage| !closed.contains(stage) && !is_closed_stage(stage));
    let Some(to) = next else {
        return Err(format!("no stage is proposed: after “{}” a deal is only won or lost", deal.stage));
    };
    let mut reasons = Vec::new();
    if intents.aggregate_score > EARNED_ABOVE {
        reasons.push(format!("the signals of the call add up to {:.2}", intents.aggregate_score));
    }
    let budget = confirmed_budget(intents);
    let others = intents.buying_signals.iter().filter(|signal| {
        signal.is_positive()
            && signal.confidence >= SURE_BUDGET
            && !signal.is("budget")
            && !signal.phrase.trim().is_empty()
    });
    let quoted = budget.into_iter().chain(others).take(MAX_REASONS);
    reasons.extend(quoted.map(|signal| reason(&signal.why(&[]), &signal.phrase, MAX_REASON)));

    let mut request = approval::review("stage", format!("Move “{}” to {to}?", deal.name))
        .summary(format!("The call speaks for the stage after {}.", deal.stage))
        .effect(effect::set_stage("stage", &deal.id, &deal.stage, to));
    for reason in &reasons {
        request = request.field("Because", reason);
    }
    let proposal = Proposal { deal_id: deal.id.clone(), from: deal.stage.clone(), to: to.clone(), reasons };
    Ok((proposal, request))
}
