//! The model door: asks, each recorded by model, digest and what it cost.
//!
//! The money itself is the host's business ([`Doors::generate`]); here an ask is
//! counted, bounded, and priced in fuel by its bytes. Fuel for the longest answer
//! must be there before anything is asked, so that no money is spent on an answer
//! that the call could not take; what is taken is by the answer's real bytes, so
//! the same answers burn the same fuel, however long they took.

use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::call_record::ask_digest;
use skillhost_engine::canonical::{depth, sha256};
use skillhost_engine::context::Doors;
use skillhost_engine::limits::{MAX_ASK_BYTES, MAX_ASK_MESSAGES, MAX_JSON_DEPTH, MAX_OUTPUT_TOKENS};
use skillhost_engine::model::{
    Finish as Ended, Message, ModelAnswer, ModelAsk, ModelError, ModelErrorKind, Role as Speaker,
};
use skillhost_engine::rights::Right;
use skillhost_engine::skill::Door;
use skillhost_engine::time::MicroUsd;
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::{BYTE_FUEL, CALL_FUEL, DoorState, LLM, MAX_NAME_CHARS, Place, Refusal, charge, covers};
use crate::contract::llm::{Finish, LlmError, LlmErrorKind, Request, Response, Role, Usage};
use crate::schema::{bounded, parse_json};
use crate::state::CallState;

/// Characters of a purpose.
const MAX_PURPOSE_CHARS: usize = 64;
/// Bytes that a token of an answer has at most on average: long words of
/// languages with two-byte letters; and what JSON adds around the text.
const TOKEN_BYTES: u64 = 16;

fn refused(kind: ModelErrorKind, message: impl Into<String>) -> ModelError {
    ModelError { kind, message: message.into(), retry_after_ms: None, cost: MicroUsd(0) }
}

fn request_bytes(request: &Request) -> u64 {
    let bytes = request.messages.iter().map(|message| message.text.len()).sum::<usize>()
        + request.schema.as_ref().map_or(0, String::len)
        + request.model_class.len()
        + request.purpose.len();
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The ask, if it may be asked.
fn admit(doors: &mut DoorState, place: Place, request: Request) -> Result<(ModelAsk, Arc<dyn Doors>), ModelError> {
    if !doors.count() {
        return Err(refused(ModelErrorKind::Limit, format!("no more than {} host calls", doors.call_limit)));
    }
    if !doors.rights.may_ask(&request.model_class) {
        let right = Right::Llm(doors.record(place).source.clone()).to_string();
        let message = format!("this call has no right `{right}`");
        doors.denials.push(right);
        return Err(refused(ModelErrorKind::Denied, message));
    }
    let invalid = |message: String| refused(ModelErrorKind::InvalidRequest, message);
    if request_bytes(&request) > u64::try_from(MAX_ASK_BYTES).unwrap_or(u64::MAX) {
        return Err(invalid(format!("an ask has at most {MAX_ASK_BYTES} bytes")));
    }
    if request.messages.is_empty() || request.messages.len() > MAX_ASK_MESSAGES {
        return Err(invalid(format!("an ask has 1 to {MAX_ASK_MESSAGES} messages")));
    }
    if request.messages.iter().any(|message| message.text.is_empty()) {
        return Err(invalid("a message has a text".to_owned()));
    }
    if !(1..=MAX_OUTPUT_TOKENS).contains(&request.max_output_tokens) {
        return Err(invalid(format!("max-output-tokens is 1 to {MAX_OUTPUT_TOKENS}")));
    }
    let schema: Option<Value> = match &request.schema {
        Some(text) => Some(parse_json(text).map_err(|message| invalid(format!("schema: {message}")))?),
        None => None,
    };
    if schema.as_ref().is_some_and(|schema| depth(schema) > MAX_JSON_DEPTH) {
        return Err(invalid(format!("the schema is nested deeper than {MAX_JSON_DEPTH} levels")));
    }
    let role = |role| match role {
        Role::System => Speaker::System,
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
    };
    let ask = ModelAsk {
        class: request.model_class,
        messages: request
            .messages
            .into_iter()
            .map(|message| Message { role: role(message.role), text: message.text })
            .collect(),
        max_output_tokens: request.max_output_tokens,
        schema,
        purpose: bounded(&request.purpose, MAX_PURPOSE_CHARS),
    };
    doors.record(place).params_digest = ask_digest(&ask);
    if doors.read_bytes_left() == 0 {
        return Err(refused(ModelErrorKind::Limit, "no more bytes may be read"));
    }
    let behind = doors.doors.clone().ok_or_else(|| refused(ModelErrorKind::NotConfigured, "no models here"))?;
    Ok((ask, behind))
}

/// What the guest gets, and the body that the record's digest is of.
fn take(doors: &DoorState, answer: ModelAnswer) -> Result<(ModelAnswer, Arc<str>), ModelError> {
    let cost = answer.usage.cost;
    let body = serde_json::to_string(&answer)
        .map_err(|error| ModelError { cost, ..refused(ModelErrorKind::InvalidAnswer, error.to_string()) })?;
    match doors.room(body.len()) {
        Ok(_) => Ok((answer, body.into())),
        Err(message) => Err(ModelError { cost, ..refused(ModelErrorKind::Limit, message) }),
    }
}

async fn generate(
    mut store: StoreContextMut<'_, CallState>,
    request: Request,
) -> wasmtime::Result<(Result<Response, LlmError>,)> {
    let price = request_bytes(&request).saturating_mul(BYTE_FUEL).saturating_add(CALL_FUEL);
    charge(&mut store, price)?;
    let longest = u64::from(request.max_output_tokens.min(MAX_OUTPUT_TOKENS)).saturating_mul(TOKEN_BYTES);
    covers(&mut store, longest.saturating_mul(BYTE_FUEL))?;

    let doors = &mut store.data_mut().doors;
    let place = doors.open(Door::Llm, bounded(&request.model_class, MAX_NAME_CHARS));
    let answer = match admit(doors, place, request) {
        Ok((ask, behind)) => behind.generate(ask).await,
        Err(error) => Err(error),
    };
    let doors = &mut store.data_mut().doors;
    let taken = answer.and_then(|answer| take(doors, answer));
    let cost = match &taken {
        Ok((answer, _)) => answer.usage.cost,
        Err(error) => error.cost,
    };
    doors.record(place).cost = cost;
    doors.money = doors.money.saturating_add(u64::try_from(cost.0).unwrap_or(0));
    let answer = match taken {
        Ok((answer, body)) => {
            let digest = sha256(body.as_bytes());
            doors.answered(place, body, digest);
            doors.record(place).model = Some(bounded(&answer.model, MAX_NAME_CHARS));
            // By the text alone: what surrounds it is the host's, and grows with it.
            let text = u64::try_from(answer.text.len()).unwrap_or(u64::MAX);
            charge(&mut store, text.saturating_mul(BYTE_FUEL))?;
            Ok(response(answer))
        }
        Err(error) => {
            let ModelError { kind, message, retry_after_ms, .. } = error;
            let mut refusal = Refusal { kind, message, retry_after_ms };
            doors.refused(place, kind.as_str(), &mut refusal);
            Err(LlmError { kind: told(kind), message: refusal.message, retry_after_ms })
        }
    };
    Ok((answer,))
}

fn response(answer: ModelAnswer) -> Response {
    Response {
        text: answer.text,
        model: answer.model,
        finish: match answer.finish {
            Ended::Complete => Finish::Complete,
            Ended::Length => Finish::Length,
            Ended::Filtered => Finish::Filtered,
        },
        usage: Usage {
            input_tokens: answer.usage.input_tokens,
            cached_input_tokens: answer.usage.cached_input_tokens,
            output_tokens: answer.usage.output_tokens,
            cost: u64::try_from(answer.usage.cost.0).unwrap_or(0),
        },
    }
}

fn told(kind: ModelErrorKind) -> LlmErrorKind {
    match kind {
        ModelErrorKind::Denied => LlmErrorKind::Denied,
        ModelErrorKind::NotConfigured => LlmErrorKind::NotConfigured,
        ModelErrorKind::OverBudget => LlmErrorKind::OverBudget,
        ModelErrorKind::InvalidRequest => LlmErrorKind::InvalidRequest,
        ModelErrorKind::InvalidAnswer => LlmErrorKind::InvalidAnswer,
        ModelErrorKind::Unavailable => LlmErrorKind::Unavailable,
        ModelErrorKind::Limit => LlmErrorKind::Limit,
    }
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(LLM)?;
    instance.func_wrap_async("generate", |store, (request,): (Request,)| Box::new(generate(store, request)))
}
