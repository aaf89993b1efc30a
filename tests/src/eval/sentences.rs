//! Labelled sentences, and short talks with the lines they give: `sdk/language/eval/`.
//!
//! A sentence is said by the rep for what it promises, and by the prospect for what it
//! asks and shows: which side may say it is the skill's to decide.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::call::{Call, list, word};
use super::measure::{Measure, Tally};
use super::report::{Part, SetReport};
use super::shipped::Shipped;

/// A Wednesday, as the talks mean it.
const AT_MS: i64 = 1_795_014_000_000;
const ZONE: &str = "UTC";
const REP: &str = "Ada";
const PROSPECT: &str = "Mira";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    text: String,
    commitments: Vec<String>,
    requests: Vec<String>,
    signals: Vec<String>,
}

/// A short talk and the lines that it gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Talk {
    turns: Vec<(String, String)>,
    lines: Vec<String>,
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(serde_json::from_str).collect::<Result<_, _>>().with_context(|| path.display().to_string())
}

/// Found and labelled words, each as often as it stands there.
fn hold(set: &mut SetReport, what: &str, whole: &str, found: &[String], labels: &[String], sum: &mut Tally) {
    let mut open: Vec<&String> = labels.iter().collect();
    for one in found {
        if let Some(at) = open.iter().position(|label| *label == one) {
            open.remove(at);
            sum.right += 1;
        } else {
            sum.wrong += 1;
            set.mistake(&format!("{what}, wrong"), format!("{one} in {whole:?}"));
        }
    }
    for label in open {
        sum.missed += 1;
        set.mistake(&format!("{what}, missed"), format!("{label} in {whole:?}"));
    }
}

fn words(output: &Value, list_name: &str, field: &str) -> Vec<String> {
    list(output, list_name).iter().map(|one| word(one, field).to_owned()).collect()
}

fn signals(output: &Value) -> Vec<String> {
    let mark = |one: &Value| match word(one, "type") {
        "positive" => '+',
        "negative" => '-',
        _ => '0',
    };
    list(output, "buying_signals").iter().map(|one| format!("{}{}", word(one, "signal"), mark(one))).collect()
}

/// What `detect-intents` says of a turn.
///
/// # Errors
/// The call fails.
pub(super) async fn heard(shipped: &Shipped, name: &str, speaker: &str, text: &str) -> anyhow::Result<Value> {
    let turns = [(speaker.to_owned(), text.to_owned())];
    output(shipped, "detect-intents", name, &turns, &[REP.to_owned()], &[PROSPECT.to_owned()]).await
}

async fn output(
    shipped: &Shipped,
    skill: &str,
    name: &str,
    turns: &[(String, String)],
    rep: &[String],
    prospect: &[String],
) -> anyhow::Result<Value> {
    let call = Call { at: Timestamp::from_millisecond(AT_MS)?, zone: ZONE, rep, prospect, turns };
    shipped.output(skill, name, Call::input(), call.context()).await
}

/// Scores a file of sentences.
///
/// # Errors
/// The file is not there or not of this form, or a call fails.
pub(super) async fn measure(shipped: &Shipped, name: &str, part: Part, path: &Path) -> anyhow::Result<SetReport> {
    let mut set = SetReport::new(name, part);
    let (mut promised, mut asked, mut meant) = (Tally::default(), Tally::default(), Tally::default());
    let sentences: Vec<Sentence> = read(path)?;
    for one in &sentences {
        let ours = heard(shipped, name, REP, &one.text).await?;
        let theirs = heard(shipped, name, PROSPECT, &one.text).await?;
        // Coming back with an answer is an intent of the prospect alone.
        let by = if one.commitments.iter().any(|intent| intent == "prospect_followup") { &theirs } else { &ours };
        let commitments = words(by, "commitments", "intent");
        hold(&mut set, "commitments", &one.text, &commitments, &one.commitments, &mut promised);
        hold(&mut set, "requests", &one.text, &words(&theirs, "requests", "intent"), &one.requests, &mut asked);
        hold(&mut set, "signals", &one.text, &signals(&theirs), &one.signals, &mut meant);
    }
    set.count("sentences", sentences.len());
    set.measures = vec![
        Measure::findings("commitments", promised, Some(0.90)),
        Measure::findings("requests", asked, Some(0.90)),
        Measure::findings("buying signals", meant, Some(0.85)),
    ];
    Ok(set)
}

/// Scores a file of talks: a line is right when owner, words and day are.
///
/// # Errors
/// The file is not there or not of this form, or a call fails.
pub(super) async fn measure_lines(shipped: &Shipped, name: &str, part: Part, path: &Path) -> anyhow::Result<SetReport> {
    let mut set = SetReport::new(name, part);
    let mut told = Tally::default();
    let talks: Vec<Talk> = read(path)?;
    for talk in &talks {
        let rep = [REP.to_owned()];
        let mut prospect: Vec<String> =
            talk.turns.iter().map(|(speaker, _)| speaker.clone()).filter(|speaker| speaker != REP).collect();
        prospect.sort();
        prospect.dedup();
        let done = output(shipped, "extract-action-items", name, &talk.turns, &rep, &prospect).await?;
        let line = |item: &Value| {
            let due = item.get("deadline").and_then(Value::as_str).unwrap_or("-");
            format!("{}: {} | {due}", word(item, "owner"), word(item, "text"))
        };
        let lines: Vec<String> = list(&done, "action_items").iter().map(line).collect();
        let whole: Vec<&str> = talk.turns.iter().map(|(_, words)| words.as_str()).collect();
        hold(&mut set, "lines", &whole.join(" / "), &lines, &talk.lines, &mut told);
    }
    set.count("talks", talks.len());
    set.measures = vec![Measure::findings("lines, word for word", told, None)];
    Ok(set)
}
