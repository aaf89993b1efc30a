//! An answer to each thing that was asked, from the facts, or none.
//!
//! A fact answers a question only when both are about the same thing by words that
//! say something; a near miss is left open, because a wrong answer costs more than
//! one that comes a day later.

use std::collections::BTreeSet;

use mail_reading::{Ask, AskKind};
use meeting_record::shortened;
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::sources::Product;

use crate::facts::{Fact, Facts, Subject, due};

/// Longest question said back, characters.
const MAX_ASKED: usize = 120;
/// Most products that are named to choose from.
const MAX_CHOICES: usize = 3;
/// Words that a question and its answer must share.
const SHARED: usize = 2;

/// Words that say nothing of what a question is about.
#[rustfmt::skip]
const SILENT: &[&str] = &[
    "a", "about", "all", "already", "also", "am", "an", "and", "any", "are", "as", "at", "be", "before", "by", "can", "could",
    "did", "do", "does", "each", "for", "from", "get", "give", "had", "has", "have", "hello", "hi", "how", "i", "if", "in",
    "into", "is", "it", "its", "know", "long", "many", "may", "me", "more", "much", "my", "need", "new", "no", "not", "of",
    "on", "one", "only", "or", "other", "our", "out", "please", "quick", "same", "see", "send", "should", "so", "some", "tell",
    "than", "that", "the", "their", "them", "then", "there", "they", "this", "to", "too", "up", "us", "use", "used", "want",
    "was", "we", "well", "were", "what", "when", "where", "which", "who", "will", "with", "work", "works", "would", "you",
    "your", "support", "supports", "possible", "thing", "things", "make", "like", "just", "system", "product", "software",
    "tool", "price", "cost", "prices", "costs", "pricing", "dear", "question", "every", "per", "both",
];

/// What became of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The records answer it.
    Answered,
    /// Something is asked back.
    AskedBack,
    /// Somebody has to look.
    Open,
}

/// A point of the mail and what the draft says to it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Point {
    /// The exact words.
    pub asked: String,
    /// What for.
    pub kind: AskKind,
    /// What became of it.
    pub state: State,
    /// What the draft says.
    pub answer: String,
    /// What it rests on: `product:p1`.
    pub sources: Vec<String>,
    /// The facts, as said.
    #[serde(skip)]
    pub facts: Vec<String>,
}

impl Point {
    /// Whether somebody has to look.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    fn new(ask: &Ask, state: State, answer: String, facts: &[&Fact]) -> Self {
        let mut sources: Vec<String> = facts.iter().map(|fact| fact.id.clone()).collect();
        sources.dedup();
        Self {
            asked: ask.quote.clone(),
            kind: ask.kind,
            state,
            answer,
            sources,
            facts: facts.iter().map(|fact| fact.text.clone()).collect(),
        }
    }
}

/// Answers each of them, in order.
pub(crate) fn to(asks: &[Ask], facts: &Facts, now: i64) -> Vec<Point> {
    asks.iter().map(|ask| point(ask, facts, now)).collect()
}

fn point(ask: &Ask, facts: &Facts, now: i64) -> Point {
    let of =
        |wanted: fn(&Subject) -> bool| facts.list.iter().filter(move |fact| wanted(&fact.about)).collect::<Vec<_>>();
    if ask.kind == AskKind::Meeting {
        let times = of(|about| *about == Subject::Time);
        return match times.as_slice() {
            [] => Point::new(ask, State::AskedBack, "Which days and times suit you best?".to_owned(), &[]),
            times => {
                let lines: Vec<String> = times.iter().map(|time| format!("- {}", time.text)).collect();
                Point::new(
                    ask,
                    State::Answered,
                    format!("Any of these would work for me:\n{}", lines.join("\n")),
                    times,
                )
            }
        };
    }
    let tasks = of(|about| *about == Subject::Task);
    if let Some(task) = tasks.into_iter().find(|task| shares(&ask.quote, &task.text) >= SHARED) {
        let answer = format!("that is on my list{}", due(task, now));
        return Point::new(ask, State::Answered, format!("{}: {answer}.", on(ask)), &[task]);
    }
    match ask.kind {
        AskKind::Pricing | AskKind::Proposal => price(ask, facts),
        AskKind::Content => page(ask, facts),
        _ => said(ask, facts),
    }
    .unwrap_or_else(|| left_open(ask))
}

/// `On “does it count crates?”`.
fn on(ask: &Ask) -> String {
    format!("On “{}”", shortened(&ask.quote, MAX_ASKED))
}

fn left_open(ask: &Ask) -> Point {
    let answer = format!("{}: I’d like to look into that before I answer, and will come back to you.", on(ask));
    Point::new(ask, State::Open, answer, &[])
}

/// Products that a text names.
fn named<'a>(text: &str, products: &'a [Product]) -> Vec<(usize, &'a Product)> {
    let lower = text.to_lowercase();
    let holds = |name: &str| {
        let name = name.trim().to_lowercase();
        !name.is_empty()
            && lower.match_indices(&name).any(|(at, _)| {
                let before = lower[..at].chars().next_back();
                let after = lower[at + name.len()..].chars().next();
                before.is_none_or(|c| !c.is_alphanumeric()) && after.is_none_or(|c| !c.is_alphanumeric())
            })
    };
    products.iter().enumerate().filter(|(_, product)| holds(&product.name)).collect()
}

/// The price of the product that is meant; which one, where that is not clear.
fn price(ask: &Ask, facts: &Facts) -> Option<Point> {
    let listed = |wanted: Option<usize>| {
        facts.list.iter().find(|fact| match fact.about {
            Subject::Price { product } => wanted.is_none_or(|wanted| wanted == product),
            _ => false,
        })
    };
    let meant = named(&ask.quote, &facts.products);
    let one = match (meant.as_slice(), facts.products.as_slice()) {
        ([(at, _)], _) => listed(Some(*at)),
        ([], [_]) => listed(None),
        _ => None,
    };
    if let Some(fact) = one {
        return Some(Point::new(ask, State::Answered, format!("{}: {}.", on(ask), fact.text), &[fact]));
    }
    let choices: Vec<&str> = match meant.as_slice() {
        [] => facts.products.iter().map(|product| product.name.as_str()).collect(),
        meant => meant.iter().map(|(_, product)| product.name.as_str()).collect(),
    };
    let (last, rest) = choices.split_last().filter(|(_, rest)| (1..MAX_CHOICES).contains(&rest.len()))?;
    let answer = format!("{}: is that about {} or {last}?", on(ask), rest.join(", "));
    Some(Point::new(ask, State::AskedBack, answer, &[]))
}

/// The page of a product that is named.
fn page(ask: &Ask, facts: &Facts) -> Option<Point> {
    let meant = named(&ask.quote, &facts.products);
    let [(at, _)] = meant.as_slice() else { return None };
    let fact = facts.list.iter().find(|fact| fact.about == Subject::Page { product: *at })?;
    Some(Point::new(ask, State::Answered, format!("{}: {}", on(ask), fact.text), &[fact]))
}

/// The sentence of a description that is about what is asked. Two that fit as well
/// answer nothing.
fn said(ask: &Ask, facts: &Facts) -> Option<Point> {
    let meant: Vec<usize> = named(&ask.quote, &facts.products).into_iter().map(|(at, _)| at).collect();
    let mut best: Vec<(usize, &Fact)> = facts
        .list
        .iter()
        .filter(|fact| match fact.about {
            Subject::Says { product } => meant.is_empty() || meant.contains(&product),
            _ => false,
        })
        .map(|fact| (shares(&ask.quote, &fact.text), fact))
        .filter(|(shared, _)| *shared >= SHARED)
        .collect();
    best.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    match best.as_slice() {
        [(most, fact), rest @ ..] if rest.first().is_none_or(|(next, _)| next < most) => {
            Some(Point::new(ask, State::Answered, format!("{}: {}", on(ask), fact.text), &[fact]))
        }
        _ => None,
    }
}

fn telling(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() > 1 && !SILENT.contains(&word.as_str()))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
            _ => word,
        })
        .collect()
}

/// How many telling words two texts share.
fn shares(one: &str, other: &str) -> usize {
    telling(one).intersection(&telling(other)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_words_tell() {
        assert_eq!(shares("Does it work with our barcode scanners?", "Reads the codes of all barcode scanners."), 2);
        assert_eq!(shares("Can you send me the price?", "Please see the price that we have."), 0);
    }

    fn ask(kind: AskKind, quote: &str) -> Ask {
        Ask { kind, quote: quote.to_owned(), confidence: 0.8, deadline: None }
    }

    #[test]
    fn what_is_not_known_is_left_open() {
        let point = point(&ask(AskKind::Answer, "Is the tank heated?"), &Facts::default(), 0);
        assert_eq!((point.state, point.sources.len()), (State::Open, 0));
        assert!(point.answer.starts_with("On “Is the tank heated?”"), "{}", point.answer);
    }

    #[test]
    fn without_times_they_are_asked_for() {
        let point = point(&ask(AskKind::Meeting, "Can we talk?"), &Facts::default(), 0);
        assert_eq!(point.state, State::AskedBack);
    }
}
