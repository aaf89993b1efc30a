//! Guests that misbehave, one a mode: the input's `mode` says which. Each must
//! end in its own typed error while the host goes on. To add one: a mode in
//! `run`, and a test that names the error it must end in.

wit_bindgen::generate!({
    path: "../../../wit/skillhost-skill-0.1.0",
    world: "skill",
});

use std::collections::HashMap;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use exports::skillhost::skill::{manifest, work};
use serde_json::{Value, json};
use skillhost::skill::approvals::{Ask, Editable, Request, Review, check};
use skillhost::skill::context::{Query, read, read_all};
use skillhost::skill::outcomes::Outcome;
use skillhost::skill::types::{Call, Effect, Evidence, Failure, FailureKind};
use skillhost::skill::{budget, llm, log};

struct Hostile;

fn outcome(output: Value) -> Outcome {
    Outcome {
        output: output.to_string(),
        summary: None,
        effects: vec![],
        approvals: vec![],
        follow_ups: vec![],
        artifacts: vec![],
        evidence: vec![],
    }
}

fn effect(id: &str, kind: &str) -> Effect {
    Effect { id: id.into(), kind: kind.into(), payload: "{}".into(), after: vec![] }
}

fn query(source: &str) -> Query {
    Query { source: source.into(), params: "{}".into(), max_bytes: None, cursor: None }
}

/// Deep on the native stack: what is kept in linear memory a frame is small, so
/// that the guest's own stack there does not end first.
#[inline(never)]
#[allow(unconditional_recursion)] // the point of it
fn recurse(depth: u64) -> u64 {
    recurse(black_box(depth + 1)).rotate_left(3) ^ depth
}

impl work::Guest for Hostile {
    fn run(call: Call) -> Result<Outcome, Failure> {
        let input: Value = serde_json::from_str(&call.input).unwrap_or_default();
        Ok(match input["mode"].as_str().unwrap_or("") {
            "spin" => {
                let mut n = 0u64;
                loop {
                    n = black_box(n.wrapping_add(1));
                }
            }
            "allocate" => {
                let mut hoard: Vec<Vec<u8>> = Vec::new();
                loop {
                    hoard.push(black_box(vec![1; 1 << 20]));
                }
            }
            "recurse" => outcome(json!(recurse(0))),
            "trap" => std::arch::wasm32::unreachable(),
            "panic" => panic!("a guest's own panic"),
            "exit" => std::process::exit(3),
            "logflood" => {
                for _ in 0..100_000u32 {
                    log::emit(log::Level::Info, &"x".repeat(1024), "{}");
                }
                outcome(json!({ "flooded": true }))
            }
            "stdoutflood" => {
                let line = [b'y'; 4096];
                for _ in 0..10_000u32 {
                    // A closed standard output is the host's business.
                    let _ = std::io::stdout().write_all(&line);
                }
                outcome(json!({ "flooded": true }))
            }
            "stdoutforever" => loop {
                let _ = std::io::stdout().write_all(&[b'y'; 4096]);
            },
            "hundredmb" => {
                let mut out = outcome(Value::Null);
                out.output = format!("\"{}\"", "z".repeat(100 << 20));
                out
            }
            "deep" => {
                let mut out = outcome(Value::Null);
                out.output = format!("{}{}", "[".repeat(100), "]".repeat(100));
                out
            }
            "notjson" => {
                let mut out = outcome(Value::Null);
                out.output = "{".into();
                out
            }
            "ungranted" => match read(&query("secrets")) {
                Ok(_) => outcome(json!({ "kind": "answered" })),
                Err(refusal) => outcome(json!({ "kind": format!("{:?}", refusal.kind) })),
            },
            "manyreads" => {
                let mut refusal = String::new();
                for n in 0..1000u32 {
                    if let Err(e) = read(&query("notes")) {
                        refusal = format!("{:?} at {n}", e.kind);
                        break;
                    }
                }
                outcome(json!({ "refusal": refusal }))
            }
            "readall" => {
                let answers = read_all(&[query("notes"), query("secrets"), query("notes")]);
                let words: Vec<_> = answers
                    .into_iter()
                    .map(|answer| match answer {
                        Ok(snapshot) => snapshot.read_id,
                        Err(refusal) => format!("{:?}", refusal.kind),
                    })
                    .collect();
                outcome(json!(words))
            }
            "model" => {
                let answer = llm::generate(&llm::Request {
                    model_class: input["class"].as_str().unwrap_or("fast").into(),
                    messages: vec![llm::Message { role: llm::Role::User, text: "?".into() }],
                    max_output_tokens: 1,
                    schema: None,
                    purpose: "try".into(),
                });
                outcome(json!({ "kind": answer.err().map(|e| format!("{:?}", e.kind)) }))
            }
            "budget" => {
                let left = budget::left();
                outcome(json!({ "calls": left.host_calls, "bytes": left.read_bytes, "fuel": left.fuel > 0 }))
            }
            "check" => {
                let requirement = check("email.send");
                outcome(json!({ "protected": requirement.protected, "permitted": requirement.permitted }))
            }
            "sleeper" => {
                let before = Instant::now();
                std::thread::sleep(Duration::from_secs(3600));
                outcome(json!({ "slept": before.elapsed().as_secs() }))
            }
            "clock" => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                outcome(json!({ "ms": since.as_millis() as u64 }))
            }
            "surroundings" => outcome(json!({
                "env": std::env::vars().count(),
                "args": std::env::args().count(),
                "root": std::fs::read_dir("/").is_ok(),
                "write": std::fs::write("/tmp/x", "x").is_ok(),
                "stdin": std::io::read_to_string(std::io::stdin()).unwrap_or_default(),
            })),
            "hashmap" => {
                let map: HashMap<u32, u32> = (0..500).map(|n| (n, n)).collect();
                let order: Vec<_> = map.keys().take(8).collect();
                outcome(json!(order))
            }
            "fail" => {
                return Err(Failure {
                    kind: FailureKind::Transient,
                    code: "try-later".into(),
                    message: "not now".into(),
                    retry_after_ms: Some(5),
                });
            }
            "misquote" => match read(&query("notes")) {
                Ok(snapshot) => {
                    let mut out = outcome(json!({}));
                    out.evidence.push(Evidence {
                        read_id: snapshot.read_id,
                        quote: "words nobody said".into(),
                        supports: "".into(),
                    });
                    out
                }
                Err(_) => outcome(Value::Null),
            },
            "effect" => {
                let mut out = outcome(json!({}));
                out.effects.push(effect("one", input["kind"].as_str().unwrap_or("email.send")));
                out
            }
            "twins" => {
                let mut out = outcome(json!({}));
                out.effects = vec![effect("one", "chat.post"), effect("one", "chat.post")];
                out
            }
            "astray" => {
                let mut out = outcome(json!({}));
                out.approvals.push(Request {
                    id: "ask".into(),
                    title: "t".into(),
                    summary: "s".into(),
                    fields: vec![],
                    ask: Ask::Review(Review {
                        effects: vec![effect("one", "chat.post")],
                        editable: vec![Editable {
                            effect: "another".into(),
                            pointer: "/body".into(),
                            label: "Body".into(),
                            multiline: true,
                        }],
                        deferrable: false,
                    }),
                    expires: None,
                    tell_skill: false,
                });
                out
            }
            "wrongoutput" => outcome(json!("a text where an object or list was promised")),
            other => outcome(json!({ "unknown": other })),
        })
    }
}

impl manifest::Guest for Hostile {
    fn describe() -> String {
        json!({
            "name": "hostile",
            "version": "0.1.0",
            "world": "skillhost:skill@0.1.0",
            "description": "Misbehaves as told.",
            "input_schema": { "type": "object", "required": ["mode"] },
            "output_schema": { "type": ["object", "array", "integer", "null"] },
            "rights": ["context:notes", "effect:chat.post", "llm:fast"],
            "skill_md_digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        })
        .to_string()
    }
}

export!(Hostile);
