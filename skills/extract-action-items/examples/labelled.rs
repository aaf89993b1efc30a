//! Scores the skill on a meeting with expected action items and decisions.
//!
//! ```text
//! cargo run -p extract-action-items --example labelled -- <transcript> <expected.json>
//! ```
//!
//! `expected.json` has `action_items: [{text, assignee, citation: {text_snippet}}]`
//! and `decisions: [{text, citation}]`. A finding is right when it shares half of
//! the telling words of an expected one and, for an action item, its owner.
#![allow(clippy::print_stdout)]

use std::error::Error;

use serde_json::{Value, json};
use skillhost_sdk::harness::{Case, CaseContext};

/// Share of words that makes a finding the expected one.
const SAME: f64 = 0.5;

fn words(text: &str) -> Vec<String> {
    const PLAIN: [&str; 20] = [
        "the", "a", "an", "to", "of", "for", "and", "in", "on", "by", "with", "i", "will", "we", "you", "it", "that",
        "this", "ll", "as",
    ];
    let mut out: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty() && !PLAIN.contains(&word.as_str()))
        .collect();
    out.sort();
    out.dedup();
    out
}

#[expect(clippy::cast_precision_loss, reason = "words of one line")]
fn shared(found: &str, expected: &str) -> f64 {
    let (found, expected) = (words(found), words(expected));
    let both = found.iter().filter(|word| expected.contains(word)).count();
    both as f64 / found.len().min(expected.len()).max(1) as f64
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn score(name: &str, found: &[Value], expected: &[Value], owners: bool) {
    let mut open: Vec<&Value> = expected.iter().collect();
    let mut right = 0;
    for item in found {
        let said = format!("{} {}", text(item, "/text"), text(item, "/quote"));
        let hit = open.iter().position(|want| {
            let same_owner = !owners || text(item, "/owner").eq_ignore_ascii_case(text(want, "/assignee"));
            let near = shared(text(want, "/text"), &said)
                .max(shared(text(item, "/quote"), text(want, "/citation/text_snippet")));
            same_owner && near >= SAME
        });
        match hit {
            Some(at) => {
                open.remove(at);
                right += 1;
            }
            None => println!("  extra {name}: {} | {}", text(item, "/owner"), text(item, "/quote")),
        }
    }
    for want in open {
        println!("  missed {name}: {} | {}", text(want, "/assignee"), text(want, "/text"));
    }
    println!("{name}: precision {right}/{}  recall {right}/{}", found.len(), expected.len());
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [transcript, expected] = arguments.as_slice() else {
        return Err("usage: labelled <transcript> <expected.json>".into());
    };
    let body = std::fs::read_to_string(transcript)?;
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(expected)?)?;
    let context: CaseContext = serde_json::from_value(json!({
        "now": 1_795_014_000_000_i64,
        "sources": {"transcript": {"id": "t", "format": "text", "body": body}}
    }))?;
    let case = Case {
        name: "labelled".to_owned(),
        folder: std::path::PathBuf::new(),
        input: json!({"transcript_id": "t"}),
        context,
        expected: None,
    };
    let (outcome, violations) = extract_action_items::skill().run(&case);
    for violation in violations {
        println!("  violation: {violation}");
    }
    let list =
        |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    score("action items", &list(&outcome, "/output/action_items"), &list(&expected, "/action_items"), true);
    score("decisions", &list(&outcome, "/output/decisions"), &list(&expected, "/decisions"), false);
    Ok(())
}
