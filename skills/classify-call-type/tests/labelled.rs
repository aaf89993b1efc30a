//! The labelled calls of `tests/eval/call-types.jsonl`.
//!
//! Both halves were written by the definitions in `SKILL.md`, by somebody who had not read
//! the rules. The rules were then mended for what the first half showed and for nothing that
//! the second shows, so the second says how far they go. `docs/quality.md` has the scores.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use skillhost_sdk::harness::Case;

/// Calls of a half that have to be right, of thirty.
const FLOOR: [(&str, usize); 2] = [("first", 29), ("second", 19)];

fn case(call: &Value) -> Case {
    let people = |list: &str, host: &str| -> Vec<Value> {
        let names = call[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        names.map(|name| json!({"name": name, "email": format!("{}@{host}", name.to_lowercase().replace([' ', '.'], "-"))})).collect()
    };
    let attendees: Vec<Value> =
        people("rep", "acme.test").into_iter().chain(people("prospect", "theirs.test")).collect();
    let turns = call["turns"].as_array().unwrap().iter();
    let body: Vec<String> =
        turns.map(|turn| format!("{}: {}", turn[0].as_str().unwrap(), turn[1].as_str().unwrap())).collect();
    let at = "2026-11-18T15:30:00.000Z";
    Case {
        name: call["id"].as_str().unwrap().to_owned(),
        folder: PathBuf::new(),
        input: json!({"transcript_id": "t", "meeting_id": "m", "attendees": attendees}),
        context: serde_json::from_value(json!({"now": 1_795_017_600_000_i64, "sources": {
            "org": {"id": "acme", "name": "Acme", "domains": ["acme.test"]},
            "meetings": [{"id": "m", "title": call["title"].as_str().unwrap_or_default(), "started_at": at,
                "duration_min": 30, "attendees": attendees, "contact_ids": [], "transcript_id": "t"}],
            "transcript": {"by_id": {"t": {"id": "t", "meeting_id": "m", "format": "text", "body": body.join("\n"), "at": at}}}
        }}))
        .unwrap(),
        expected: None,
    }
}

#[test]
fn calls_of_trades_nobody_tuned_on_are_told_apart() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/eval/call-types.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    let calls: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (half, floor) in FLOOR {
        let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
        // Of those that were given a name other than `other`.
        let (mut named, mut named_right) = (0, 0);
        let mut types: BTreeMap<String, usize> = BTreeMap::new();
        for call in calls.iter().filter(|call| call["set"] == half) {
            let (outcome, violations) = classify_call_type::skill().run(&case(call));
            assert!(violations.is_empty() && outcome.get("failure").is_none(), "{outcome}");
            let (want, found) = (&call["type"], &outcome["output"]["kind"]);
            *types.entry(want.as_str().unwrap().to_owned()).or_default() += 1;
            all += 1;
            named += usize::from(found != "other");
            named_right += usize::from(found != "other" && want == found);
            if want == found {
                right += 1;
            } else {
                wrong.push(format!("{}: {want}, not {found}: {}", call["id"], outcome["output"]["reasons"]));
            }
        }
        assert_eq!((all, types.len()), (30, 7), "{types:?}");
        // No name is better than a wrong one.
        assert!(named_right * 10 >= named * 9, "{half}: {named_right} of {named} named\n{}", wrong.join("\n"));
        assert!(right >= floor, "{half}: {right} of {all}\n{}", wrong.join("\n"));
    }
}
