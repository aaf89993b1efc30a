//! Prints precision and recall of the recognisers on labelled sentences.
//!
//! ```text
//! cargo run -p skillhost-language --example quality -- [--misses] eval/*.jsonl
//! cargo run -p skillhost-language --example quality -- --yes-no <file.jsonl>
//! cargo run -p skillhost-language --example quality -- --list <conversation.json>
//! ```
//!
//! A line of the first form is `{"text", "commitments": ["send_proposal"],
//! "requests": ["content"], "signals": ["budget+"]}`; an empty list says that
//! there must be none. A line `{"turns": [["Ada", "…"]], "lines": ["Ada: Send the plan
//! | 2026-11-20"]}` is a short talk and the to-do lines that it gives, word for word,
//! with their dates. `--yes-no` takes `{"label": "Yes"|"No", "sentence"}`: Yes
//! where a sentence asks for or promises something. `--list` prints the findings of
//! a conversation (`{"meeting_transcripts": [{"speaker", "content"}]}`) for a
//! person to mark.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;

use serde::Deserialize;
use skillhost_language::{
    AUTOMATED, Anchor, Meaning, REPORTED, STRONG, Utterance, WEAK, listen, promises, requests, sentences, signals,
};

/// Findings of one kind against what was expected.
#[derive(Default)]
struct Count {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Count {
    fn add(&mut self, found: &[String], expected: &[String]) -> bool {
        let mut left: Vec<&String> = expected.iter().collect();
        let mut wrong = 0;
        for one in found {
            match left.iter().position(|want| *want == one) {
                Some(at) => {
                    left.remove(at);
                    self.right += 1;
                }
                None => wrong += 1,
            }
        }
        self.wrong += wrong;
        self.missed += left.len();
        wrong + left.len() > 0
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of sentences")]
    fn line(&self, name: &str) -> String {
        let share = |part: usize, all: usize| if all == 0 { 1.0 } else { part as f64 / all as f64 };
        format!(
            "{name:<12} precision {:.3} ({}/{})  recall {:.3} ({}/{})",
            share(self.right, self.right + self.wrong),
            self.right,
            self.right + self.wrong,
            share(self.right, self.right + self.missed),
            self.right,
            self.right + self.missed
        )
    }
}

#[derive(Deserialize)]
struct Labelled {
    text: String,
    commitments: Vec<String>,
    requests: Vec<String>,
    signals: Vec<String>,
}

/// A short talk and the lines that it gives.
#[derive(Deserialize)]
struct Talk {
    turns: Vec<(String, String)>,
    lines: Vec<String>,
}

#[derive(Deserialize)]
struct YesNo {
    label: String,
    sentence: String,
}

#[derive(Deserialize)]
struct Conversation {
    meeting_transcripts: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    speaker: String,
    content: String,
}

fn anchor() -> Anchor {
    // Any Wednesday will do: sets are scored on what was said, not on dates.
    Anchor::or_utc(1_795_014_000_000, "UTC")
}

struct Found {
    commitments: Vec<String>,
    requests: Vec<String>,
    signals: Vec<String>,
    any_act: bool,
    automated: bool,
}

fn find(text: &str) -> Found {
    let anchor = anchor();
    let all = sentences(text);
    let mut found = Found { commitments: vec![], requests: vec![], signals: vec![], any_act: false, automated: false };
    for (index, sentence) in all.iter().enumerate() {
        let next = all.get(index + 1);
        for promise in promises(sentence, next, &anchor) {
            found.any_act |= promise.confidence >= WEAK;
            found.automated |= promise.confidence >= AUTOMATED && matches!(promise.meaning, Meaning::Intent(_));
            if let Meaning::Intent(intent) = promise.meaning
                && promise.confidence >= REPORTED
            {
                found.commitments.push(intent.as_str().to_owned());
            }
        }
        for request in requests(sentence, next, &anchor) {
            found.any_act = true;
            found.automated |= request.confidence >= AUTOMATED && matches!(request.meaning, Meaning::Intent(_));
            if let Meaning::Intent(intent) = request.meaning {
                found.requests.push(intent.as_request().to_owned());
            }
        }
        for signal in signals(sentence) {
            found.signals.push(signal.kind());
        }
    }
    found
}

/// The to-do lines of a talk: owner, what, and by when.
fn lines_of(turns: &[(String, String)]) -> Vec<String> {
    let turns: Vec<Utterance<'_>> =
        turns.iter().map(|(speaker, text)| Utterance { speaker: Some(speaker), text, ours: None }).collect();
    let heard = listen(&turns, &anchor());
    let clear = heard.promises.iter().filter(|said| said.confidence >= STRONG);
    clear
        .map(|said| {
            let due = said.due.as_ref().map_or_else(|| "-".to_owned(), |due| due.when.to_text());
            format!("{}: {} | {due}", said.owner.as_deref().unwrap_or("-"), said.action)
        })
        .collect()
}

fn labelled(path: &str, show: bool) -> Result<(), Box<dyn Error>> {
    let (mut commitments, mut wanted, mut meant) = (Count::default(), Count::default(), Count::default());
    let mut told = Count::default();
    let mut lines = 0;
    for line in std::fs::read_to_string(path)?.lines().filter(|line| !line.trim().is_empty()) {
        lines += 1;
        if let Ok(talk) = serde_json::from_str::<Talk>(line) {
            let found = lines_of(&talk.turns);
            if told.add(&found, &talk.lines) && show {
                println!("  {:?}\n    {found:?}", talk.lines);
            }
            continue;
        }
        let label: Labelled = serde_json::from_str(line)?;
        let found = find(&label.text);
        let misses = [
            commitments.add(&found.commitments, &label.commitments),
            wanted.add(&found.requests, &label.requests),
            meant.add(&found.signals, &label.signals),
        ];
        if show && misses.contains(&true) {
            println!("  {}\n    {:?} {:?} {:?}", label.text, found.commitments, found.requests, found.signals);
        }
    }
    if told.right + told.wrong + told.missed > 0 {
        println!("{path}: {lines} talks\n  {}", told.line("lines"));
        return Ok(());
    }
    println!("{path}: {lines} sentences");
    println!("  {}\n  {}\n  {}", commitments.line("commitments"), wanted.line("requests"), meant.line("signals"));
    Ok(())
}

fn yes_no(path: &str, show: bool) -> Result<(), Box<dyn Error>> {
    let mut table: BTreeMap<(bool, bool), usize> = BTreeMap::new();
    let mut acted: BTreeMap<bool, usize> = BTreeMap::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let row: YesNo = serde_json::from_str(line)?;
        let all = find(&row.sentence);
        let (found, truth) = (all.any_act, row.label == "Yes");
        if all.automated {
            *acted.entry(truth).or_default() += 1;
            if show {
                println!("  acted on ({}): {}", row.label, row.sentence);
            }
        }
        *table.entry((truth, found)).or_default() += 1;
        if show && found && !truth {
            println!("  wrong: {}", row.sentence);
        }
    }
    let at = |truth, found| table.get(&(truth, found)).copied().unwrap_or(0);
    let count = Count { right: at(true, true), wrong: at(false, true), missed: at(true, false) };
    println!("{path}\n  {}", count.line("asks/promises"));
    let sure = |truth| acted.get(&truth).copied().unwrap_or(0);
    println!("  sure enough to suggest something: {} Yes, {} No", sure(true), sure(false));
    Ok(())
}

fn list(path: &str) -> Result<(), Box<dyn Error>> {
    let conversation: Conversation = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let turns: Vec<Utterance<'_>> = conversation
        .meeting_transcripts
        .iter()
        .map(|line| Utterance { speaker: Some(&line.speaker), text: &line.content, ours: None })
        .collect();
    let heard = listen(&turns, &anchor());
    println!("{path}: {} turns", turns.len());
    for (kind, list) in [("promise", &heard.promises), ("request", &heard.requests), ("assignment", &heard.assignments)]
    {
        for said in list.iter().filter(|said| said.confidence >= REPORTED) {
            let text = &turns[said.turn].text[said.range.clone()];
            println!("{kind}\t{:.2}\t{:?}\t{}\t{text}", said.confidence, said.meaning, said.turn);
        }
    }
    for decided in &heard.decisions {
        println!("decision\t\t\t{}\t{}", decided.turn, &turns[decided.turn].text[decided.range.clone()]);
    }
    for signal in heard.signals {
        println!(
            "signal\t{:.2}\t{:?} {:+.1}\t{}\t[{}] {}",
            signal.signal.confidence,
            signal.signal.topic,
            signal.signal.strength,
            signal.turn,
            &turns[signal.turn].text[signal.core.clone()],
            &turns[signal.turn].text[signal.range.clone()]
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let show = has("--misses");
    for path in arguments.iter().filter(|argument| !argument.starts_with("--")) {
        if has("--yes-no") {
            yes_no(path, show)?;
        } else if has("--list") {
            list(path)?;
        } else {
            labelled(path, show)?;
        }
    }
    Ok(())
}
