//! The well-behaved guest: reads one source, answers with what it was told and
//! what it read. The call bench runs it too.

wit_bindgen::generate!({
    path: "../../../wit/skillhost-skill-0.1.0",
    world: "skill",
});

use exports::skillhost::skill::{manifest, work};
use serde_json::{Value, json};
use skillhost::skill::context::{Query, read};
use skillhost::skill::outcomes::Outcome;
use skillhost::skill::types::{Call, Evidence, Failure, FailureKind};

struct Echo;

fn failure(kind: FailureKind, code: &str, message: String) -> Failure {
    Failure { kind, code: code.into(), message, retry_after_ms: None }
}

impl work::Guest for Echo {
    fn run(call: Call) -> Result<Outcome, Failure> {
        let input: Value = serde_json::from_str(&call.input)
            .map_err(|e| failure(FailureKind::InvalidInput, "bad-json", e.to_string()))?;
        let source = input["source"].as_str().unwrap_or("notes");
        let snapshot = read(&Query { source: source.into(), params: "{}".into(), max_bytes: None, cursor: None })
            .map_err(|e| failure(FailureKind::Denied, "read-refused", e.message))?;
        let body: Value = serde_json::from_str(&snapshot.body)
            .map_err(|e| failure(FailureKind::InvalidInput, "bad-body", e.to_string()))?;
        let evidence = match (input["quote"].as_str(), body["text"].as_str()) {
            (Some(quote), _) => Some(quote.to_owned()),
            (None, text) => text.map(|text| text.chars().take(16).collect()),
        };
        Ok(Outcome {
            output: json!({ "text": input["text"], "read_bytes": snapshot.body.len(), "org": call.org_id }).to_string(),
            summary: Some(format!("read {source}")),
            effects: vec![],
            approvals: vec![],
            follow_ups: vec![],
            artifacts: vec![],
            evidence: evidence
                .map(|quote| Evidence { read_id: snapshot.read_id, quote, supports: "/read_bytes".into() })
                .into_iter()
                .collect(),
        })
    }
}

impl manifest::Guest for Echo {
    fn describe() -> String {
        json!({
            "name": "echo",
            "version": "1.0.0",
            "world": "skillhost:skill@0.1.0",
            "description": "Answers with what it was told and what it read.",
            "input_schema": {
                "type": "object",
                "required": ["text"],
                "properties": {
                    "text": { "type": "string", "maxLength": 65536 },
                    "source": { "type": "string" },
                    "quote": { "type": "string" }
                },
                "additionalProperties": false
            },
            "output_schema": {
                "type": "object",
                "required": ["text", "read_bytes", "org"],
                "properties": {
                    "text": { "type": "string" },
                    "read_bytes": { "type": "integer", "minimum": 0 },
                    "org": { "type": "string" }
                },
                "additionalProperties": false
            },
            "rights": ["context:notes"],
            "skill_md_digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        })
        .to_string()
    }
}

export!(Echo);
