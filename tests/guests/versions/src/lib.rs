//! A guest whose version and manners are written into its bytes, so that a test
//! makes as many builds of it as it wants by changing [`MARK`] there; its
//! description says what the mark says, as an honest build's would.

wit_bindgen::generate!({
    path: "../../../wit/skillhost-skill-0.1.0",
    world: "skill",
});

use std::hint::black_box;

use exports::skillhost::skill::{manifest, work};
use serde_json::{Value, json};
use skillhost::skill::approvals::{Ask, Request, Review};
use skillhost::skill::context::{Query, read};
use skillhost::skill::outcomes::Outcome;
use skillhost::skill::types::{Call, Effect, Failure, FailureKind};

/// Version, and manners: `good`, `trap`, `burn` (a hundred times the fuel), `more`
/// (asks for another right). Its length never changes.
static MARK: [u8; 24] = *b"<<versions 1.0.0 good>>\0";

fn mark() -> (String, String) {
    // Read from memory at run time, or the compiler would fold it into the code.
    let text = String::from_utf8_lossy(black_box(&MARK)).into_owned();
    let mut words = text.trim_matches(['<', '>', '\0']).split(' ').skip(1).map(str::to_owned);
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

struct Versions;

impl work::Guest for Versions {
    fn run(call: Call) -> Result<Outcome, Failure> {
        let (version, manners) = mark();
        let input: Value = serde_json::from_str(&call.input).unwrap_or_default();
        match manners.as_str() {
            "trap" => panic!("version {version} is broken"),
            "burn" => {
                for n in 0..20_000_000u64 {
                    black_box(n);
                }
            }
            _ => {}
        }
        if input["wait_until"].as_u64().is_some_and(|until| call.now < until) {
            return Err(Failure {
                kind: FailureKind::Transient,
                code: "not-yet".into(),
                message: "not yet".into(),
                retry_after_ms: Some(1000),
            });
        }
        let answer = input["read"].as_str().map(|source| {
            let query = Query { source: source.into(), params: "{}".into(), max_bytes: None, cursor: None };
            match read(&query) {
                Ok(_) => "answered".to_owned(),
                Err(refusal) => format!("{:?}", refusal.kind),
            }
        });
        let mut approvals = Vec::new();
        if input["ask"] == json!(true) {
            let mail = json!({ "to": ["mira@globex.example"], "subject": "Hello", "body": format!("From {version}") });
            approvals.push(Request {
                id: "ask".into(),
                title: "A mail".into(),
                summary: "".into(),
                fields: vec![],
                ask: Ask::Review(Review {
                    effects: vec![Effect {
                        id: "mail".into(),
                        kind: "email.send".into(),
                        payload: mail.to_string(),
                        after: vec![],
                    }],
                    editable: vec![],
                    deferrable: false,
                }),
                expires: None,
                tell_skill: false,
            });
        }
        Ok(Outcome {
            output: json!({ "version": version, "read": answer }).to_string(),
            summary: None,
            effects: vec![],
            approvals,
            follow_ups: vec![],
            artifacts: vec![],
            evidence: vec![],
        })
    }
}

impl manifest::Guest for Versions {
    fn describe() -> String {
        let (version, manners) = mark();
        let mut rights = vec!["context:user", "effect:email.send"];
        if manners == "more" {
            rights.push("context:deal");
        }
        json!({
            "name": "versions",
            "version": version,
            "world": "skillhost:skill@0.1.0",
            "description": "Says which version of it ran.",
            "input_schema": { "type": "object" },
            "output_schema": { "type": "object", "required": ["version"] },
            "rights": rights,
            "skill_md_digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        })
        .to_string()
    }
}

export!(Versions);
