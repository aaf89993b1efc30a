//! The doors of a component: its imports.

use super::Snapshot;
use crate::approval::Requirement;
use crate::budget::Remaining;
use crate::context::{Query, ReadError, ReadErrorKind};
use crate::guest::component::skillhost::skill::{approvals, budget, context, llm, log};
use crate::llm::{LlmError, LlmErrorKind, Request, Response, Role};
use crate::log::Level;

fn query(query: &Query) -> context::Query {
    context::Query {
        source: query.source.clone(),
        params: query.params.to_string(),
        max_bytes: query.max_bytes,
        cursor: query.cursor.clone(),
    }
}

fn answer(source: &str, answer: Result<context::Snapshot, context::ReadError>) -> Result<Snapshot, ReadError> {
    match answer {
        Ok(snapshot) => Ok(Snapshot {
            read_id: snapshot.read_id,
            body: snapshot.body,
            as_of: i64::try_from(snapshot.as_of).unwrap_or(i64::MAX),
            next: snapshot.next,
        }),
        Err(error) => Err(ReadError {
            kind: match error.kind {
                context::ReadErrorKind::Denied => ReadErrorKind::Denied,
                context::ReadErrorKind::UnknownSource => ReadErrorKind::UnknownSource,
                context::ReadErrorKind::InvalidParams => ReadErrorKind::InvalidParams,
                context::ReadErrorKind::NotFound => ReadErrorKind::NotFound,
                context::ReadErrorKind::Unavailable => ReadErrorKind::Unavailable,
                context::ReadErrorKind::OverBudget => ReadErrorKind::OverBudget,
                context::ReadErrorKind::Limit => ReadErrorKind::Limit,
            },
            source_name: source.to_owned(),
            message: error.message,
            retry_after_ms: error.retry_after_ms,
        }),
    }
}

pub(super) fn read(asked: &Query) -> Result<Snapshot, ReadError> {
    answer(&asked.source, context::read(&query(asked)))
}

pub(super) fn read_all(asked: &[Query]) -> Vec<Result<Snapshot, ReadError>> {
    let queries: Vec<_> = asked.iter().map(query).collect();
    context::read_all(&queries).into_iter().zip(asked).map(|(got, asked)| answer(&asked.source, got)).collect()
}

pub(super) fn generate(request: &Request) -> Result<Response, LlmError> {
    let asked = llm::Request {
        model_class: request.model_class.clone(),
        messages: request
            .messages
            .iter()
            .map(|message| llm::Message {
                role: match message.role {
                    Role::System => llm::Role::System,
                    Role::User => llm::Role::User,
                    Role::Assistant => llm::Role::Assistant,
                },
                text: message.text.clone(),
            })
            .collect(),
        max_output_tokens: request.max_output_tokens,
        schema: request.schema.as_ref().map(ToString::to_string),
        purpose: request.purpose.clone(),
    };
    match llm::generate(&asked) {
        Ok(response) => Ok(Response {
            text: response.text,
            model: response.model,
            complete: matches!(response.finish, llm::Finish::Complete),
            cost_micro_usd: response.usage.cost,
        }),
        Err(error) => Err(LlmError {
            kind: match error.kind {
                llm::LlmErrorKind::Denied => LlmErrorKind::Denied,
                llm::LlmErrorKind::NotConfigured => LlmErrorKind::NotConfigured,
                llm::LlmErrorKind::OverBudget => LlmErrorKind::OverBudget,
                llm::LlmErrorKind::InvalidRequest => LlmErrorKind::InvalidRequest,
                llm::LlmErrorKind::InvalidAnswer => LlmErrorKind::InvalidAnswer,
                llm::LlmErrorKind::Unavailable => LlmErrorKind::Unavailable,
                llm::LlmErrorKind::Limit => LlmErrorKind::Limit,
            },
            message: error.message,
            retry_after_ms: error.retry_after_ms,
        }),
    }
}

pub(super) fn left() -> Remaining {
    let left = budget::left();
    Remaining { fuel: left.fuel, money_micro_usd: left.money, host_calls: left.host_calls, read_bytes: left.read_bytes }
}

pub(super) fn emit(level: Level, message: &str) {
    let level = match level {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
        Level::Error => log::Level::Error,
    };
    log::emit(level, message, "{}");
}

pub(super) fn check(effect_kind: &str) -> Requirement {
    let requirement = approvals::check(effect_kind);
    Requirement { protected: requirement.protected, permitted: requirement.permitted }
}
