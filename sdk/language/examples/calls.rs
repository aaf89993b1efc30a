//! Prints what the rules find in labelled calls, against the labels.
//!
//! ```text
//! cargo run -p skillhost-language --example calls -- [--misses] tests/eval/transcripts.jsonl
//! ```
//!
//! The rules alone, without the skills around them: commitments, requests and
//! signals are counted as `detect-intents` reports them. Of action items, those that
//! follow from a promise, a request or work given by name are held against the
//! labels by turn and owner; the merging of `extract-action-items` is not done, so
//! precision of items is not printed. `make eval` has the numbers that count.
#![allow(clippy::print_stdout)]

use std::error::Error;

use serde::Deserialize;
use skillhost_language::{Anchor, Heard, Intent, Meaning, REPORTED, STRONG, Said, Utterance, listen};

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
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Label {
    turns: Vec<usize>,
    kinds: Vec<String>,
    #[serde(default)]
    may: bool,
}

#[derive(Deserialize)]
struct Item {
    turns: Vec<usize>,
    owner: String,
    due: Vec<String>,
    #[serde(default)]
    may: bool,
}

/// A finding and the label it may stand for.
struct Found {
    turn: usize,
    kind: String,
    words: String,
}

#[derive(Default)]
struct Count {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Count {
    #[expect(clippy::cast_precision_loss, reason = "counts of findings")]
    fn print(&self, what: &str) {
        let (found, labelled) = (self.right + self.wrong, self.right + self.missed);
        let share = |of: usize| if of == 0 { 1.0 } else { self.right as f64 / of as f64 };
        println!(
            "{what:<12} precision {:.2} ({}/{found})  recall {:.2} ({}/{labelled})",
            share(found),
            self.right,
            share(labelled),
            self.right
        );
    }
}

/// A promise is repeated, and counts once, within this many turns, as in `detect-intents`.
const REPEATED_WITHIN_TURNS: usize = 12;
/// A request is worth an item from here, as in `extract-action-items`.
const CLEAR_REQUEST: f64 = 0.85;
/// Signals below this are not reported.
const SIGNAL_FLOOR: f64 = 0.7;

/// Whether every word of the shorter name is in the longer one.
fn same_person(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.split_whitespace()
            .map(str::to_lowercase)
            .filter(|word| !matches!(word.as_str(), "mr." | "dr." | "mrs."))
            .collect()
    };
    let (one, other) = (words(one), words(other));
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    !short.is_empty() && short.iter().all(|word| long.contains(word))
}

struct Scorer<'a> {
    excerpt: &'a Excerpt,
    show: bool,
}

impl Scorer<'_> {
    fn ours(&self, turn: usize) -> bool {
        self.excerpt.rep.iter().any(|name| same_person(name, &self.excerpt.turns[turn].0))
    }

    fn words(&self, said: &Said) -> String {
        self.excerpt.turns[said.turn].1.get(said.range.clone()).unwrap_or_default().to_owned()
    }

    /// Findings of one side, each intent once within a stretch of turns.
    fn said(&self, list: &[Said], rep: bool, kind: impl Fn(Intent, &str) -> Option<&'static str>) -> Vec<Found> {
        let mut out: Vec<(Found, Option<String>)> = Vec::new();
        for said in list.iter().filter(|said| self.ours(said.turn) == rep && said.confidence >= REPORTED) {
            let words = self.words(said);
            let Some(kind) = said.intent().and_then(|intent| kind(intent, &words)) else { continue };
            let due = said.due.as_ref().map(|due| due.when.to_text());
            let known = out.iter().any(|(other, day)| {
                other.kind == kind
                    && self.excerpt.turns[other.turn].0 == self.excerpt.turns[said.turn].0
                    && said.turn - other.turn <= REPEATED_WITHIN_TURNS
                    && (*day == due || day.is_none() || due.is_none())
            });
            if !known {
                out.push((Found { turn: said.turn, kind: kind.to_owned(), words }, due));
            }
        }
        out.into_iter().map(|(found, _)| found).collect()
    }

    fn signals(&self, heard: &Heard) -> Vec<Found> {
        let mut out: Vec<Found> = Vec::new();
        for signal in heard.signals.iter().filter(|signal| !self.ours(signal.turn)) {
            if signal.signal.confidence < SIGNAL_FLOOR {
                continue;
            }
            let kind = signal.signal.kind();
            if !out.iter().any(|one| one.turn == signal.turn && one.kind == kind) {
                let words = self.excerpt.turns[signal.turn].1.get(signal.core.clone()).unwrap_or_default().to_owned();
                out.push(Found { turn: signal.turn, kind, words });
            }
        }
        out
    }

    fn hold(&self, what: &str, found: &[Found], labels: &[Label], count: &mut Count) {
        let mut open: Vec<&Label> = labels.iter().collect();
        open.sort_by_key(|label| label.may);
        for one in found {
            match open.iter().position(|label| label.turns.contains(&one.turn) && label.kinds.contains(&one.kind)) {
                Some(at) if open.remove(at).may => {}
                Some(_) => count.right += 1,
                None => {
                    count.wrong += 1;
                    self.tell(&format!("{what} WRONG {} {:?}", one.kind, one.words), one.turn);
                }
            }
        }
        for label in open.iter().filter(|label| !label.may) {
            count.missed += 1;
            self.tell(&format!("{what} missed {}", label.kinds.join("/")), label.turns[label.turns.len() - 1]);
        }
    }

    fn tell(&self, line: &str, turn: usize) {
        if self.show {
            let (speaker, words) = &self.excerpt.turns[turn];
            println!("  {line} | {} {turn} {speaker}: {words}", self.excerpt.id);
        }
    }

    fn items(&self, heard: &Heard, count: &mut Count, days: &mut Count) {
        let mut told: Vec<&Said> = heard
            .promises
            .iter()
            .filter(|said| {
                said.confidence >= STRONG
                    && !(said.joint && said.intent().is_none())
                    && !(said.intent() == Some(Intent::ProspectFollowup)
                        && said.due.is_none()
                        && said.answers.is_none())
            })
            .collect();
        told.extend(heard.assignments.iter().filter(|said| said.confidence >= STRONG));
        told.extend(
            heard
                .requests
                .iter()
                .filter(|said| said.confidence >= CLEAR_REQUEST && said.intent().is_some() && !self.ours(said.turn)),
        );
        let mut used = vec![false; told.len()];
        let mut open: Vec<&Item> = self.excerpt.items.iter().collect();
        open.sort_by_key(|item| item.may);
        for item in open {
            let fits = |at: &usize| item.turns.contains(&told[*at].turn) && !used[*at];
            let day = |at: usize| told[at].due.as_ref().map(|due| due.when.day().to_string());
            let right = |at: &usize| due_fits(&item.due, day(*at).as_deref());
            let found = (0..told.len()).filter(fits).find(right).or_else(|| (0..told.len()).find(fits));
            match found {
                Some(at) => {
                    used[at] = true;
                    if item.may {
                        continue;
                    }
                    count.right += 1;
                    let owner = told[at].owner.as_deref().is_some_and(|owner| same_person(owner, &item.owner));
                    if right(&at) && owner {
                        days.right += 1;
                    } else {
                        days.wrong += 1;
                        let line = format!(
                            "item WRONG {:?} {:?}, want {} {:?}",
                            told[at].owner,
                            day(at),
                            item.owner,
                            item.due
                        );
                        self.tell(&line, told[at].turn);
                    }
                }
                None if item.may => {}
                None => {
                    count.missed += 1;
                    self.tell(&format!("item missed {} {:?}", item.owner, item.due), item.turns[item.turns.len() - 1]);
                }
            }
        }
        for (at, said) in told.iter().enumerate().filter(|(at, _)| !used[*at]) {
            let labelled = self.excerpt.items.iter().any(|item| item.turns.contains(&told[at].turn));
            if !labelled && said.meaning != Meaning::Idle {
                self.tell(
                    &format!("item extra {:?} {:?}", said.action, said.due.as_ref().map(|d| &d.quote)),
                    said.turn,
                );
            }
        }
    }
}

fn due_fits(due: &[String], day: Option<&str>) -> bool {
    due.iter().any(|want| match (want.as_str(), day) {
        ("~", _) | ("-", None) => true,
        (_, None) => false,
        (want, Some(day)) => match want.split_once("..") {
            Some((from, until)) => from <= day && day <= until,
            None => want == day,
        },
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let show = arguments.iter().any(|argument| argument == "--misses");
    for path in arguments.iter().filter(|argument| !argument.starts_with("--")) {
        let (mut promised, mut asked, mut meant) = (Count::default(), Count::default(), Count::default());
        let (mut items, mut days) = (Count::default(), Count::default());
        for line in std::fs::read_to_string(path)?.lines() {
            let excerpt: Excerpt = serde_json::from_str(line)?;
            let scorer = Scorer { excerpt: &excerpt, show };
            let at: jiff::Timestamp = excerpt.at.parse()?;
            let anchor = Anchor::or_utc(at.as_millisecond(), &excerpt.zone);
            let turns: Vec<Utterance<'_>> = excerpt
                .turns
                .iter()
                .enumerate()
                .map(|(at, (speaker, text))| Utterance { speaker: Some(speaker), text, ours: Some(scorer.ours(at)) })
                .collect();
            let heard = listen(&turns, &anchor);
            let commitments =
                scorer.said(&heard.promises, true, |intent, words| intent.of_rep(words, words).map(Intent::as_str));
            let requests = scorer.said(&heard.requests, false, |intent, _| Some(intent.as_request()));
            scorer.hold("commitment", &commitments, &excerpt.commitments, &mut promised);
            scorer.hold("request", &requests, &excerpt.requests, &mut asked);
            scorer.hold("signal", &scorer.signals(&heard), &excerpt.signals, &mut meant);
            scorer.items(&heard, &mut items, &mut days);
        }
        println!("{path}");
        promised.print("commitments");
        asked.print("requests");
        meant.print("signals");
        items.print("items");
        days.print("owner, day");
    }
    Ok(())
}
