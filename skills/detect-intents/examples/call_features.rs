//! Prints what the models of calls are told of labelled calls, a JSON line a turn.
//!
//! ```text
//! cargo run -p detect-intents --example call_features -- signals tests/eval/*calls*.jsonl
//! ```
//!
//! `make weights` fits the tables to what this prints.
#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use detect_intents::learned::Told;
use serde::Deserialize;
use serde_json::json;
use skillhost_language::{Anchor, Utterance, listen, sentences};

/// Sets that rules were written for.
const FITTED: [&str; 5] =
    ["tuning.jsonl", "transcripts.jsonl", "calls-held.jsonl", "calls-held-2.jsonl", "calls-held-3.jsonl"];
/// Sentences in the plainest words count so often: talk as it is has few of them.
const PLAIN: [&str; 2] = ["tuning.jsonl", "plain-train.jsonl"];
const TIMES_PLAIN: usize = 4;
/// What a label is worth that careful readers could differ on.
const DOUBTED: f64 = 0.3;

#[derive(Deserialize)]
struct Excerpt {
    id: String,
    at: String,
    zone: String,
    rep: Vec<String>,
    turns: Vec<(String, String)>,
    commitments: Vec<Label>,
    requests: Vec<Label>,
    signals: Vec<Label>,
}

/// A turn by itself; without a side, one that either side could say.
#[derive(Deserialize)]
struct Alone {
    #[serde(default)]
    side: String,
    text: String,
    #[serde(default)]
    commitments: Vec<String>,
    #[serde(default)]
    requests: Vec<String>,
    #[serde(default)]
    signals: Vec<String>,
}

impl Alone {
    /// As a call of one turn.
    fn call(self, id: usize) -> Excerpt {
        let labels = |kinds: Vec<String>| -> Vec<Label> {
            kinds.into_iter().map(|kind| Label { turns: vec![0], kinds: vec![kind], may: false }).collect()
        };
        let rep = if self.side == "rep" { vec!["Ada".to_owned()] } else { Vec::new() };
        Excerpt {
            id: format!("utterance {id}"),
            at: "2026-11-18T10:00:00Z".to_owned(),
            zone: "UTC".to_owned(),
            rep,
            turns: vec![("Ada".to_owned(), self.text)],
            commitments: labels(self.commitments),
            requests: labels(self.requests),
            signals: labels(self.signals),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Call(Excerpt),
    Alone(Alone),
}

#[derive(Deserialize)]
struct Label {
    turns: Vec<usize>,
    kinds: Vec<String>,
    #[serde(default)]
    may: bool,
}

impl Excerpt {
    /// Whether one of ours speaks: the turns have first names, the list whole ones.
    fn is_ours(&self, turn: usize) -> bool {
        let words = |name: &str| -> Vec<String> {
            let titles = ["mr.", "mrs.", "dr."];
            name.to_lowercase().split_whitespace().filter(|word| !titles.contains(word)).map(str::to_owned).collect()
        };
        let speaker = words(&self.turns[turn].0);
        self.rep.iter().map(|name| words(name)).any(|name| speaker.iter().all(|word| name.contains(word)))
    }

    fn print(&self, set: &str, subject: &str) -> Result<(), Box<dyn Error>> {
        let at: jiff::Timestamp = self.at.parse()?;
        let anchor = Anchor::or_utc(at.as_millisecond(), &self.zone);
        let ours: Vec<bool> = (0..self.turns.len()).map(|turn| self.is_ours(turn)).collect();
        let turns: Vec<Utterance<'_>> = (self.turns.iter().zip(&ours))
            .map(|((speaker, text), ours)| Utterance { speaker: Some(speaker), text, ours: Some(*ours) })
            .collect();
        let heard = listen(&turns, &anchor);
        let (labels, side) = match subject {
            "signals" => (&self.signals, false),
            "commitments" => (&self.commitments, true),
            _ => (&self.requests, false),
        };
        for (turn, (_, text)) in self.turns.iter().enumerate().filter(|(turn, _)| ours[*turn] == side) {
            let (said, before) = (sentences(text), turn.checked_sub(1).map(|at| sentences(&self.turns[at].1)));
            let before = before.filter(|_| subject != "signals").unwrap_or_default();
            let mut told = Told::of(&said).after(&before);
            for signal in heard.signals.iter().filter(|signal| subject == "signals" && signal.turn == turn) {
                told = told.heard(&signal.signal.kind(), signal.signal.confidence);
            }
            for said in heard.promises.iter().filter(|said| subject == "commitments" && said.turn == turn) {
                let words = text.get(said.range.clone()).unwrap_or_default();
                if let Some(intent) = said.intent().and_then(|intent| intent.of_rep(words, text)) {
                    told = told.heard(intent.as_str(), said.confidence);
                }
            }
            for said in heard.requests.iter().filter(|said| subject == "requests" && said.turn == turn) {
                if let Some(intent) = said.intent() {
                    told = told.heard(intent.as_request(), said.confidence);
                }
            }
            let mut kinds: BTreeMap<&str, f64> = BTreeMap::new();
            for label in labels.iter().filter(|label| label.turns.contains(&turn)) {
                for kind in &label.kinds {
                    let worth = if label.may { DOUBTED } else { 1.0 };
                    let known = kinds.entry(kind).or_insert(worth);
                    *known = known.max(worth);
                }
            }
            let mut words = BTreeSet::new();
            told.words(&mut |word| {
                words.insert(word.to_owned());
            });
            println!(
                "{}",
                json!({ "set": set, "id": format!("{} {turn}", self.id), "kinds": kinds, "words": words,
                        "facts": told.facts, "rules_fitted": FITTED.iter().any(|name| set.ends_with(name)) })
            );
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let subject = arguments.next().ok_or("signals, commitments or requests?")?;
    for path in arguments {
        for (at, line) in std::fs::read_to_string(&path)?.lines().enumerate() {
            let excerpt = match serde_json::from_str(line)? {
                Line::Call(excerpt) => excerpt,
                Line::Alone(turn) if turn.side.is_empty() => {
                    let side = if subject == "commitments" { "rep" } else { "prospect" };
                    Alone { side: side.to_owned(), ..turn }.call(at)
                }
                Line::Alone(turn) => turn.call(at),
            };
            let times = if PLAIN.iter().any(|name| path.ends_with(name)) { TIMES_PLAIN } else { 1 };
            for _ in 0..times {
                excerpt.print(&path, &subject)?;
            }
        }
    }
    Ok(())
}
