//! In whose name an outcome's effects are: the job's user's, and nobody else's.

use skillhost_engine::effect;
use skillhost_engine::effect::sender::{self, Sender};
use skillhost_engine::outcome::{Effect, Outcome};
use skillhost_engine::skill::CallError;

/// Gives everything that is proposed in somebody's name its sender, and refuses what is in
/// another's.
pub(super) fn signed(outcome: &mut Outcome, own: &Sender) -> Result<(), CallError> {
    let refuse = |pointer: String| CallError::InvalidOutcome {
        pointer,
        message: "it is from the person on whose behalf the job runs".to_owned(),
    };
    let is_signed = |effect: &mut Effect| {
        effect::kind(&effect.kind).is_none_or(|kind| sender::sign(kind, &mut effect.payload, own).is_ok())
    };
    for (index, effect) in outcome.effects.iter_mut().enumerate() {
        if !is_signed(effect) {
            let field = effect::kind(&effect.kind).and_then(effect::EffectKind::sender).unwrap_or_default();
            return Err(refuse(format!("/effects/{index}/payload/{field}")));
        }
    }
    for (index, approval) in outcome.approvals.iter_mut().enumerate() {
        if !approval.ask.effects_mut().into_iter().all(is_signed) {
            return Err(refuse(format!("/approvals/{index}/ask")));
        }
    }
    Ok(())
}
