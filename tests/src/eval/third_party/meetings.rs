//! Meetings with expected action items and decisions: `<name>.vtt` and `<name>.expected.json`.
//!
//! A finding is right when it shares half of the telling words of an expected one and, for
//! an action item, its owner: the lists were worded by somebody else.

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::super::call::{list, word};
use super::super::measure::{Measure, Tally};
use super::super::report::{Part, SetReport};
use super::super::shipped::Shipped;
use super::{files, name_of, text};

/// Share of words that makes a finding the expected one.
const SAME: f64 = 0.5;
/// Words that tell nothing.
const PLAIN: [&str; 20] = [
    "the", "a", "an", "to", "of", "for", "and", "in", "on", "by", "with", "i", "will", "we", "you", "it", "that",
    "this", "ll", "as",
];

fn words(text: &str) -> Vec<String> {
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

fn hold(set: &mut SetReport, what: &str, found: &[Value], expected: &[Value], owners: bool) -> Tally {
    let mut open: Vec<&Value> = expected.iter().collect();
    let mut tally = Tally::default();
    for item in found {
        let said = format!("{} {}", word(item, "text"), word(item, "quote"));
        let fits = |want: &&Value| {
            let owned = !owners || word(item, "owner").eq_ignore_ascii_case(word(want, "assignee"));
            let snippet = want.pointer("/citation/text_snippet").and_then(Value::as_str).unwrap_or_default();
            owned && shared(word(want, "text"), &said).max(shared(word(item, "quote"), snippet)) >= SAME
        };
        if let Some(at) = open.iter().position(fits) {
            open.remove(at);
            tally.right += 1;
        } else {
            tally.wrong += 1;
            set.mistake(&format!("{what}, not expected"), format!("{} | {}", word(item, "owner"), word(item, "quote")));
        }
    }
    for want in open {
        tally.missed += 1;
        set.mistake(&format!("{what}, missed"), format!("{} | {}", word(want, "assignee"), word(want, "text")));
    }
    tally
}

pub(super) async fn measure(shipped: &Shipped, folder: &Path) -> anyhow::Result<Vec<SetReport>> {
    let mut sets = Vec::new();
    for path in files(folder, ".expected.json")? {
        let name = name_of(&path).trim_end_matches(".expected.json").to_owned();
        let expected: Value = serde_json::from_str(&text(&path)?).with_context(|| path.display().to_string())?;
        let body = text(&folder.join(format!("{name}.vtt")))?;
        let context = json!({
            "now": 1_795_014_000_000_i64,
            "sources": {"transcript": {"id": "t1", "format": "vtt", "body": body}},
        });
        let output = shipped.output("extract-action-items", &name, json!({"transcript_id": "t1"}), context).await?;
        let mut set = SetReport::new(&name, Part::ThirdParty);
        let items = hold(&mut set, "items", list(&output, "action_items"), list(&expected, "action_items"), true);
        let decisions = hold(&mut set, "decisions", list(&output, "decisions"), list(&expected, "decisions"), false);
        set.count("expected items", list(&expected, "action_items").len());
        set.measures = vec![
            Measure::findings("action items: owner and words", items, None),
            Measure::findings("decisions", decisions, None),
        ];
        sets.push(set);
    }
    Ok(sets)
}
