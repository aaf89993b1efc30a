//! The model door. This host maps no class to a model yet it is linked, so that
//! a skill that can do without one runs: it hears `not-configured`, and
//! `denied` where it has no right.

use skillhost_engine::rights::Right;
use wasmtime::component::Linker;

use super::{CALL_FUEL, LLM, charge};
use crate::contract::llm::{LlmError, LlmErrorKind, Request, Response};
use crate::schema::bounded;
use crate::state::CallState;

/// Characters of a class's name kept in a denial.
const MAX_CLASS_CHARS: usize = 64;

fn answer(state: &mut CallState, request: &Request) -> LlmError {
    let doors = &mut state.doors;
    let refused = |kind, message: String| LlmError { kind, message, retry_after_ms: None };
    if !doors.count() {
        return refused(LlmErrorKind::Limit, format!("no more than {} host calls", doors.call_limit));
    }
    if !doors.rights.may_ask(&request.model_class) {
        let right = Right::Llm(bounded(&request.model_class, MAX_CLASS_CHARS)).to_string();
        let message = format!("this call has no right `{right}`");
        doors.denials.push(right);
        return refused(LlmErrorKind::Denied, message);
    }
    refused(LlmErrorKind::NotConfigured, "the operator maps no model to this class".to_owned())
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(LLM)?.func_wrap("generate", |mut store, (request,): (Request,)| {
        charge(&mut store, CALL_FUEL)?;
        Ok((Err::<Response, LlmError>(answer(store.data_mut(), &request)),))
    })
}
