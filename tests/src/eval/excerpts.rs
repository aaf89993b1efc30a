//! Excerpts of calls with what is in them: `tests/eval/transcripts.jsonl`, described in
//! the README beside it.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use super::call::{Call, list, local_day, word};
use super::measure::{Measure, Share, Tally};
use super::report::{Part, SetReport};
use super::shipped::Shipped;

/// Least precision of commitments and requests.
const PROMISES: f64 = 0.90;
/// Least precision of buying signals.
const SIGNALS: f64 = 0.85;
/// Least share of found action items with the right owner and day.
const ITEMS: f64 = 0.85;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Excerpt {
    id: String,
    /// `tuning` where rules were written for it; a held excerpt may leave it out.
    #[serde(default)]
    set: String,
    at: String,
    zone: String,
    rep: Vec<String>,
    prospect: Vec<String>,
    turns: Vec<(String, String)>,
    commitments: Vec<Label>,
    requests: Vec<Label>,
    signals: Vec<Label>,
    items: Vec<Item>,
    traps: Vec<Trap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    turns: Vec<usize>,
    kinds: Vec<String>,
    #[serde(default)]
    may: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    turns: Vec<usize>,
    owner: String,
    due: Vec<String>,
    #[serde(default)]
    may: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trap {
    turn: usize,
    why: String,
}

/// Something that a skill said.
struct Found {
    turn: usize,
    kind: String,
    words: String,
}

impl Excerpt {
    fn call(&self) -> anyhow::Result<Call<'_>> {
        let at = self.at.parse().with_context(|| format!("the time of {}", self.id))?;
        Ok(Call { at, zone: &self.zone, rep: &self.rep, prospect: &self.prospect, turns: &self.turns })
    }

    fn said(&self, turn: usize) -> String {
        self.turns.get(turn).map_or_else(String::new, |(speaker, words)| format!("{speaker}: {words}"))
    }

    /// Why a turn is none, where it was foreseen.
    fn why(&self, turn: usize) -> String {
        let why: Vec<&str> = self.traps.iter().filter(|trap| trap.turn == turn).map(|trap| trap.why.as_str()).collect();
        if why.is_empty() { String::new() } else { format!(" [{}]", why.join("; ")) }
    }
}

fn turn_of(value: &Value) -> usize {
    value.get("turn").and_then(Value::as_u64).and_then(|turn| usize::try_from(turn).ok()).unwrap_or(usize::MAX)
}

fn found<'a>(output: &'a Value, name: &'a str, speaker: &'a str) -> impl Iterator<Item = Found> + 'a {
    list(output, name).iter().filter(move |one| word(one, "speaker") == speaker).map(|one| Found {
        turn: turn_of(one),
        kind: word(one, "intent").to_owned(),
        words: word(one, "phrase").to_owned(),
    })
}

/// Each topic and direction of a turn once: a worry told in two sentences is one.
fn signals(output: &Value) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for one in list(output, "buying_signals") {
        let mark = match word(one, "type") {
            "positive" => '+',
            "negative" => '-',
            _ => '0',
        };
        let (turn, kind) = (turn_of(one), format!("{}{mark}", word(one, "signal")));
        if !all.iter().any(|other| other.turn == turn && other.kind == kind) {
            all.push(Found { turn, kind, words: word(one, "phrase").to_owned() });
        }
    }
    all
}

/// Holds findings against labels. A finding of a turn whose label is of another kind
/// is wrong, and the label is missed.
fn hold(set: &mut SetReport, what: &str, excerpt: &Excerpt, found: &[Found], labels: &[Label]) -> Tally {
    let mut open: Vec<&Label> = labels.iter().collect();
    // What must be found is taken before what may be.
    open.sort_by_key(|label| label.may);
    let mut tally = Tally::default();
    let mut extra = Vec::new();
    for one in found {
        let fits = |label: &&Label| label.turns.contains(&one.turn) && label.kinds.contains(&one.kind);
        match open.iter().position(fits) {
            Some(at) if open.remove(at).may => {}
            Some(_) => tally.right += 1,
            None => extra.push(one),
        }
    }
    for one in extra {
        let other = open.iter().find(|label| label.turns.contains(&one.turn));
        tally.wrong += 1;
        let kind = if other.is_some() { "of another kind" } else { "wrong" };
        let meant = other.map_or_else(String::new, |label| format!(", labelled {}", label.kinds.join(" or ")));
        let said = excerpt.said(one.turn);
        let why = excerpt.why(one.turn);
        set.mistake(
            &format!("{what}, {kind}"),
            format!("{} {}: {} {:?}{meant} in {said:?}{why}", excerpt.id, one.turn, one.kind, one.words),
        );
    }
    for label in open.into_iter().filter(|label| !label.may) {
        tally.missed += 1;
        let turn = label.turns.last().copied().unwrap_or_default();
        let kinds = label.kinds.join(" or ");
        set.mistake(&format!("{what}, missed"), format!("{} {turn}: {kinds} in {:?}", excerpt.id, excerpt.said(turn)));
    }
    tally
}

/// The same person: every word of the shorter name is in the longer one.
fn same_person(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let words = name.split_whitespace().map(str::to_lowercase);
        words.filter(|word| word != "mr." && word != "dr.").collect()
    };
    let (one, other) = (words(one), words(other));
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    !short.is_empty() && short.iter().all(|word| long.contains(word))
}

/// Whether a day is one of those that are right.
fn due_fits(due: &[String], day: Option<&str>) -> bool {
    due.iter().any(|want| match (want.as_str(), day) {
        ("~", _) | ("-", None) => true,
        (_, None) => false,
        (want, Some(day)) => match want.split_once("..") {
            // Days of this form compare as text.
            Some((from, until)) => from <= day && day <= until,
            None => want == day,
        },
    })
}

#[derive(Default)]
struct ItemScore {
    found: Tally,
    owner: Share,
    due: Share,
    both: Share,
}

/// An action item as it was found.
struct Told<'a> {
    turn: usize,
    owner: &'a str,
    day: Option<String>,
    text: &'a str,
}

impl Told<'_> {
    fn fits(&self, item: &Item) -> (bool, bool) {
        (same_person(&item.owner, self.owner), due_fits(&item.due, self.day.as_deref()))
    }

    fn line(&self) -> String {
        format!("{}: {} | {}", self.owner, self.text, self.day.as_deref().unwrap_or("-"))
    }
}

/// Which label each finding is held against. The best pairs come first, so that a
/// finding told twice does not take the label from its better half.
fn pairs(told: &[Told<'_>], items: &[Item]) -> Vec<Option<usize>> {
    let mut all: Vec<(usize, usize)> = (0..told.len())
        .flat_map(|found| (0..items.len()).map(move |label| (found, label)))
        .filter(|&(found, label)| items[label].turns.contains(&told[found].turn))
        .collect();
    all.sort_by_key(|&(found, label)| std::cmp::Reverse((told[found].fits(&items[label]), !items[label].may)));
    let mut held = vec![None; told.len()];
    for (found, label) in all {
        if held[found].is_none() && !held.contains(&Some(label)) {
            held[found] = Some(label);
        }
    }
    held
}

fn items(set: &mut SetReport, excerpt: &Excerpt, output: &Value, score: &mut ItemScore) {
    let told: Vec<Told<'_>> = list(output, "action_items")
        .iter()
        .map(|one| Told {
            turn: turn_of(one),
            owner: word(one, "owner"),
            day: one.get("deadline").and_then(Value::as_str).map(|deadline| {
                // A day that cannot be read is a wrong day.
                local_day(deadline, &excerpt.zone).unwrap_or_else(|| deadline.to_owned())
            }),
            text: word(one, "text"),
        })
        .collect();
    let held = pairs(&told, &excerpt.items);
    for (one, label) in told.iter().zip(&held) {
        let (turn, line) = (one.turn, one.line());
        let Some(item) = label.and_then(|label| excerpt.items.get(label)) else {
            score.found.wrong += 1;
            let (said, why) = (excerpt.said(turn), excerpt.why(turn));
            set.mistake("action items, wrong", format!("{} {turn}: {line} in {said:?}{why}", excerpt.id));
            continue;
        };
        if item.may {
            continue;
        }
        let (owner, due) = one.fits(item);
        score.found.right += 1;
        score.owner.add(owner);
        score.due.add(due);
        score.both.add(owner && due);
        if !owner || !due {
            let kind = if owner { "action items, day" } else { "action items, owner" };
            let want = format!("{} | {}", item.owner, item.due.join(" or "));
            set.mistake(kind, format!("{} {turn}: {line}, labelled {want} in {:?}", excerpt.id, excerpt.said(turn)));
        }
    }
    let missed = excerpt.items.iter().enumerate().filter(|(at, item)| !item.may && !held.contains(&Some(*at)));
    for (_, item) in missed {
        score.found.missed += 1;
        let turn = item.turns.last().copied().unwrap_or_default();
        let said = excerpt.said(turn);
        set.mistake("action items, missed", format!("{} {turn}: {} in {said:?}", excerpt.id, item.owner));
    }
}

fn add(sum: &mut Tally, more: Tally) {
    sum.right += more.right;
    sum.wrong += more.wrong;
    sum.missed += more.missed;
}

/// Scores both listeners on the excerpts of a file.
///
/// # Errors
/// The file is not there or not of this form, or a call fails.
pub(super) async fn measure(shipped: &Shipped, title: &str, path: &Path) -> anyhow::Result<SetReport> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let excerpts: Vec<Excerpt> = text
        .lines()
        .enumerate()
        .map(|(at, line)| serde_json::from_str(line).with_context(|| format!("{} line {}", path.display(), at + 1)))
        .collect::<anyhow::Result<_>>()?;
    let tuned = excerpts.iter().all(|excerpt| excerpt.set == "tuning");
    let mut set = SetReport::new(title, if tuned { Part::Tuning } else { Part::Held });
    let (mut promised, mut asked, mut meant) = (Tally::default(), Tally::default(), Tally::default());
    let mut score = ItemScore::default();
    let mut trapped = Share::default();
    // A set without one was not labelled for them.
    let has_items = excerpts.iter().any(|excerpt| !excerpt.items.is_empty());
    for excerpt in &excerpts {
        let context = excerpt.call()?.context();
        let heard = shipped.output("detect-intents", &excerpt.id, Call::input(), context.clone()).await?;
        let commitments: Vec<Found> = found(&heard, "commitments", "rep").collect();
        let requests: Vec<Found> = found(&heard, "requests", "prospect").collect();
        let signals = signals(&heard);
        add(&mut promised, hold(&mut set, "commitments", excerpt, &commitments, &excerpt.commitments));
        add(&mut asked, hold(&mut set, "requests", excerpt, &requests, &excerpt.requests));
        add(&mut meant, hold(&mut set, "signals", excerpt, &signals, &excerpt.signals));
        if has_items {
            let done = shipped.output("extract-action-items", &excerpt.id, Call::input(), context).await?;
            items(&mut set, excerpt, &done, &mut score);
        }
        for trap in &excerpt.traps {
            // A turn may be a trap beside what it holds: then a finding in it says nothing.
            let labels = excerpt.commitments.iter().chain(&excerpt.requests);
            if !labels.flat_map(|label| &label.turns).any(|turn| *turn == trap.turn) {
                trapped.add(!commitments.iter().chain(&requests).any(|one| one.turn == trap.turn));
            }
        }
    }
    set.count("excerpts", excerpts.len());
    set.count("turns", excerpts.iter().map(|excerpt| excerpt.turns.len()).sum());
    set.count("traps", excerpts.iter().map(|excerpt| excerpt.traps.len()).sum());
    let may = |labels: &[Label]| labels.iter().filter(|label| label.may).count();
    let optional = |excerpt: &Excerpt| {
        let items = excerpt.items.iter().filter(|item| item.may).count();
        may(&excerpt.commitments) + may(&excerpt.requests) + may(&excerpt.signals) + items
    };
    set.count("labels that count neither way", excerpts.iter().map(optional).sum());
    set.measures = vec![
        Measure::findings("commitments of the rep", promised, Some(PROMISES)),
        Measure::findings("requests of the prospect", asked, Some(PROMISES)),
        Measure::findings("buying signals", meant, Some(SIGNALS)),
    ];
    if has_items {
        set.measures.extend([
            Measure::findings("action items", score.found, None),
            Measure::share("action items found: owner and day", score.both, Some(ITEMS)),
            Measure::share("action items found: owner", score.owner, None),
            Measure::share("action items found: day", score.due, None),
        ]);
    }
    set.measures.push(Measure::share("traps that no promise or request is read in", trapped, None));
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt() -> Excerpt {
        serde_json::from_value(serde_json::json!({
            "id": "one", "at": "2026-11-18T15:00:00Z", "zone": "UTC", "rep": ["Ada Reed"], "prospect": ["Mira Holt"],
            "turns": [["Ada", "I'll send it."], ["Mira", "Fine."]], "requests": [], "signals": [], "items": [],
            "commitments": [
                {"turns": [0], "kinds": ["send_content"]}, {"turns": [1], "kinds": ["send_contract"], "may": true}
            ],
            "traps": [],
        }))
        .unwrap_or_else(|error| panic!("{error}"))
    }

    fn said(turn: usize, kind: &str) -> Found {
        Found { turn, kind: kind.to_owned(), words: String::new() }
    }

    #[test]
    fn a_finding_is_right_wrong_or_counts_neither_way() {
        let excerpt = excerpt();
        let hold = |found: &[Found]| {
            let mut set = SetReport::new("set", Part::Held);
            let tally = hold(&mut set, "commitments", &excerpt, found, &excerpt.commitments);
            (tally.right, tally.wrong, tally.missed)
        };
        assert_eq!(hold(&[said(0, "send_content")]), (1, 0, 0));
        assert_eq!(hold(&[said(0, "send_content"), said(0, "send_content")]), (1, 1, 0));
        assert_eq!(hold(&[said(0, "send_contract")]), (0, 1, 1));
        assert_eq!(hold(&[said(1, "send_contract")]), (0, 0, 1));
    }

    #[test]
    fn of_two_findings_the_better_one_is_held_against_the_label() {
        let label =
            Item { turns: vec![4, 5], owner: "Ada Reed".to_owned(), due: vec!["2026-11-24".to_owned()], may: false };
        let told = |turn, day: &str| Told { turn, owner: "Ada", day: Some(day.to_owned()), text: "" };
        let both = [told(4, "2026-11-27"), told(5, "2026-11-24")];
        assert_eq!(pairs(&both, &[label]), [None, Some(0)]);
    }

    #[test]
    fn days_and_people() {
        let due = |want: &[&str], day| due_fits(&want.iter().map(|&day| day.to_owned()).collect::<Vec<_>>(), day);
        assert!(due(&["-"], None) && due(&["~"], Some("2026-11-20")) && due(&["-", "2026-11-20"], Some("2026-11-20")));
        assert!(due(&["2026-11-23..2026-11-29"], Some("2026-11-27")));
        assert!(!due(&["2026-11-23..2026-11-29"], Some("2026-11-30")) && !due(&["2026-11-20"], None));
        assert!(same_person("Ellen Vos", "Dr. Vos") && same_person("Gus", "Gus Merrill"));
        assert!(!same_person("Gus", "Ada Reed") && !same_person("Gus", ""));
    }
}
