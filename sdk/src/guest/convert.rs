//! The SDK's records as the contract's.

use serde_json::Value;

use super::component::skillhost::skill::{approvals, outcomes, types};
use crate::approval::{Ask, Choice, Editable, Field, Item, Request};
use crate::call::Call;
use crate::effect::Effect;
use crate::failure::{Failure, FailureKind};
use crate::outcome::{Artifact, Evidence, FollowUp, Outcome};

fn many<A, B>(list: Vec<A>, f: impl FnMut(A) -> B) -> Vec<B> {
    list.into_iter().map(f).collect()
}

/// Instants before 1970 do not occur; the contract cannot say them.
fn instant(at: i64) -> u64 {
    u64::try_from(at).unwrap_or(0)
}

pub(super) fn call(call: types::Call) -> (Call, String) {
    let input = call.input;
    let call = Call {
        call_id: call.call_id,
        job_id: call.job_id,
        step: call.step,
        round: call.round,
        org_id: call.org_id,
        user_id: call.user_id,
        event_type: call.event_type,
        now: i64::try_from(call.now).unwrap_or(i64::MAX),
        zone: call.zone,
        extra: call.extra,
    };
    (call, input)
}

fn effect(effect: Effect) -> types::Effect {
    types::Effect { id: effect.id, kind: effect.kind, payload: effect.payload.to_string(), after: effect.after }
}

fn editable(editable: Editable) -> approvals::Editable {
    approvals::Editable {
        effect: editable.effect,
        pointer: editable.pointer,
        label: editable.label,
        multiline: editable.multiline,
    }
}

fn choice(choice: Choice) -> approvals::Choice {
    approvals::Choice {
        id: choice.id,
        label: choice.label,
        detail: choice.detail,
        recommended: choice.recommended,
        effects: many(choice.effects, effect),
    }
}

fn item(item: Item) -> approvals::Item {
    approvals::Item {
        id: item.id,
        label: item.label,
        detail: item.detail,
        preselected: item.preselected,
        effects: many(item.effects, effect),
        editable: many(item.editable, editable),
    }
}

fn request(request: Request) -> approvals::Request {
    approvals::Request {
        id: request.id,
        title: request.title,
        summary: request.summary,
        fields: many(request.fields, |Field { label, value }| approvals::Field { label, value }),
        ask: match request.ask {
            Ask::Review { effects, editable: places, deferrable } => approvals::Ask::Review(approvals::Review {
                effects: many(effects, effect),
                editable: many(places, editable),
                deferrable,
            }),
            Ask::Choose { choices, offer_more, offer_manual } => {
                approvals::Ask::Choose(approvals::Choose { choices: many(choices, choice), offer_more, offer_manual })
            }
            Ask::Batch { items } => approvals::Ask::Batch(many(items, item)),
        },
        expires: request.expires.map(instant),
        tell_skill: request.tell_skill,
    }
}

pub(super) fn outcome(outcome: Outcome<Value>) -> outcomes::Outcome {
    outcomes::Outcome {
        output: outcome.output.to_string(),
        summary: outcome.summary,
        effects: many(outcome.effects, effect),
        approvals: many(outcome.approvals, request),
        follow_ups: many(outcome.follow_ups, |FollowUp { id, event_type, payload, not_before }| types::FollowUp {
            id,
            event_type,
            payload: payload.to_string(),
            not_before: not_before.map(instant),
        }),
        artifacts: many(outcome.artifacts, |Artifact { name, media_type, content }| types::Artifact {
            name,
            media_type,
            content,
        }),
        evidence: many(outcome.evidence, |Evidence { read_id, quote, supports }| types::Evidence {
            read_id,
            quote,
            supports,
        }),
    }
}

pub(super) fn failure(failure: Failure) -> types::Failure {
    types::Failure {
        kind: match failure.kind {
            FailureKind::InvalidInput => types::FailureKind::InvalidInput,
            FailureKind::Transient => types::FailureKind::Transient,
            FailureKind::Permanent => types::FailureKind::Permanent,
            FailureKind::Denied => types::FailureKind::Denied,
            FailureKind::OverBudget => types::FailureKind::OverBudget,
        },
        code: failure.code,
        message: failure.message,
        retry_after_ms: failure.retry_after_ms,
    }
}
