//! The guest that asks a model: a question with or without a schema, as often as
//! its input says, and answers with what it heard and what was left of its money.

wit_bindgen::generate!({
    path: "../../../wit/skillhost-skill-0.1.0",
    world: "skill",
});

use exports::skillhost::skill::{manifest, work};
use serde_json::{Value, json};
use skillhost::skill::outcomes::Outcome;
use skillhost::skill::types::{Call, Failure, FailureKind};
use skillhost::skill::{budget, llm};

struct Asks;

fn failure(kind: FailureKind, code: &str, error: &llm::LlmError) -> Failure {
    Failure { kind, code: code.into(), message: error.message.clone(), retry_after_ms: error.retry_after_ms }
}

/// A skill that is nothing without a model: each refusal becomes its own failure.
fn refused(error: llm::LlmError) -> Failure {
    match error.kind {
        llm::LlmErrorKind::OverBudget => failure(FailureKind::OverBudget, "over-budget", &error),
        llm::LlmErrorKind::Unavailable => failure(FailureKind::Transient, "unavailable", &error),
        llm::LlmErrorKind::Denied => failure(FailureKind::Denied, "denied", &error),
        llm::LlmErrorKind::NotConfigured => failure(FailureKind::Permanent, "not-configured", &error),
        llm::LlmErrorKind::InvalidRequest => failure(FailureKind::Permanent, "invalid-request", &error),
        llm::LlmErrorKind::InvalidAnswer => failure(FailureKind::Permanent, "invalid-answer", &error),
        llm::LlmErrorKind::Limit => failure(FailureKind::Permanent, "limit", &error),
    }
}

fn finish(finish: llm::Finish) -> &'static str {
    match finish {
        llm::Finish::Complete => "complete",
        llm::Finish::Length => "length",
        llm::Finish::Filtered => "filtered",
    }
}

impl work::Guest for Asks {
    fn run(call: Call) -> Result<Outcome, Failure> {
        let input: Value = serde_json::from_str(&call.input).unwrap_or_default();
        let mut heard = Vec::new();
        for _ in 0..input["times"].as_u64().unwrap_or(1) {
            let before = budget::left().money;
            let answer = llm::generate(&llm::Request {
                model_class: input["class"].as_str().unwrap_or("fast").into(),
                messages: vec![
                    llm::Message { role: llm::Role::System, text: "Answer in one word.".into() },
                    llm::Message { role: llm::Role::User, text: input["question"].as_str().unwrap_or("?").into() },
                ],
                max_output_tokens: input["most"].as_u64().and_then(|most| u32::try_from(most).ok()).unwrap_or(100),
                schema: input.get("schema").filter(|schema| schema.is_object()).map(ToString::to_string),
                purpose: "try".into(),
            })
            .map_err(refused)?;
            heard.push(json!({
                "text": answer.text,
                "model": answer.model,
                "finish": finish(answer.finish),
                "input_tokens": answer.usage.input_tokens,
                "output_tokens": answer.usage.output_tokens,
                "cost": answer.usage.cost,
                "left_before": before,
                "left_after": budget::left().money,
            }));
        }
        Ok(Outcome {
            output: json!({ "heard": heard }).to_string(),
            summary: None,
            effects: vec![],
            approvals: vec![],
            follow_ups: vec![],
            artifacts: vec![],
            evidence: vec![],
        })
    }
}

impl manifest::Guest for Asks {
    fn describe() -> String {
        json!({
            "name": "asks",
            "version": "1.0.0",
            "world": "skillhost:skill@0.1.0",
            "description": "Asks a model.",
            "input_schema": { "type": "object" },
            "output_schema": { "type": "object", "required": ["heard"] },
            "rights": ["llm:fast"],
            "skill_md_digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        })
        .to_string()
    }
}

export!(Asks);
