//! The letter, paragraph by paragraph.

use meeting_record::{
    ActionItem, ActionItems, Intents, capitalised, greeting_names, same_matter, same_person, shortened,
};
use rep_manner::Manner;
use skillhost_sdk::sources::{Side, User};

use crate::recipients::People;
use crate::say_back::say_back;
use crate::step::{self, Sides};

/// Most steps a side; a mail with more is not read.
const MAX_STEPS: usize = 6;
/// Most decisions listed.
const MAX_DECISIONS: usize = 3;
/// Shortest decision that says something by itself, in words.
const MIN_DECISION_WORDS: usize = 4;
/// Words that make a decision unclear in writing.
const POINTING: [&str; 14] =
    ["i", "you", "we", "us", "me", "it", "that", "those", "this", "these", "they", "them", "he", "she"];
/// Most of the prospect's points said back.
const MAX_POINTS: usize = 2;
/// Least confidence of a signal whose words are said back.
const SURE: f64 = 0.7;
/// Longest decision, characters.
const MAX_DECISION: usize = 160;

/// Requests that can be named without their words, and how.
const ASKED: [(&str, &str); 7] = [
    ("pricing", "pricing"),
    ("content", "more material"),
    ("meeting", "another conversation"),
    ("proposal", "a proposal"),
    ("contract", "the contract"),
    ("plan", "a plan"),
    ("access", "access"),
];

/// What the letter is made of.
pub(crate) struct Material<'a> {
    pub(crate) people: &'a People,
    pub(crate) manner: &'a Manner,
    pub(crate) items: &'a ActionItems,
    pub(crate) intents: &'a Intents,
    pub(crate) user: &'a User,
    pub(crate) now: i64,
}

/// The text and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) paragraphs: Vec<Paragraph>,
    pub(crate) used: Vec<String>,
}

/// A paragraph, and whether it may be said in other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paragraph {
    pub(crate) text: String,
    /// Of one that may be said in other words: what has to stay in it as it is. Steps,
    /// decisions, greeting and closing stay whole.
    pub(crate) loose: Option<Vec<String>>,
}

impl Paragraph {
    fn fixed(text: String) -> Self {
        Self { text, loose: None }
    }

    fn loose(text: String, keeps: Vec<String>) -> Self {
        Self { text, loose: Some(keeps) }
    }
}

impl Letter {
    /// The whole text.
    pub(crate) fn body(&self) -> String {
        self.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect::<Vec<_>>().join("\n\n")
    }
}

pub(crate) fn write(material: &Material<'_>) -> Letter {
    let mut used = Vec::new();
    let mut paragraphs = vec![Paragraph::fixed(greeting(material)), thanks(material, &mut used)];
    let fixed = |text: Option<String>| text.map(Paragraph::fixed);
    paragraphs.extend(fixed(decisions(material, &mut used)));
    paragraphs.extend(fixed(steps(material, "From our side:", ActionItem::is_ours, &mut used)));
    paragraphs.extend(fixed(steps(material, "From your side:", ActionItem::is_theirs, &mut used)));
    paragraphs.extend(requests(material, &mut used));
    paragraphs.push(Paragraph::loose("If I have missed or misheard anything, please tell me.".to_owned(), Vec::new()));
    paragraphs.push(Paragraph::fixed(format!("{},", material.manner.closing)));
    Letter { paragraphs, used }
}

fn greeting(material: &Material<'_>) -> String {
    let names = material.people.to.iter().map(|person| person.name.as_str()).filter(|name| !name.contains('@'));
    match greeting_names(names) {
        Some(names) => format!("{} {names},", material.manner.greeting),
        None => format!("{},", material.manner.greeting),
    }
}

fn thanks(material: &Material<'_>, used: &mut Vec<String>) -> Paragraph {
    let mut points: Vec<String> = Vec::new();
    for kind in ["timeline", "need"] {
        for signal in material.intents.signals(kind, SURE) {
            if points.len() == MAX_POINTS || signal.is_negative() || signal.speaker == Some(Side::Rep) {
                continue;
            }
            let Some(point) = say_back(&signal.phrase) else { continue };
            if points.iter().any(|other| same_matter(other, &point)) {
                continue;
            }
            if let Some(at) = material.intents.buying_signals.iter().position(|other| std::ptr::eq(other, signal)) {
                used.push(format!("signal:{at}"));
            }
            points.push(point);
        }
    }
    let text = match points.as_slice() {
        [] => "Thank you for your time today. Here is what I took from our conversation.".to_owned(),
        points => format!(
            "Thank you for your time today. What I took from our conversation above all: {}.",
            points.join(", and ")
        ),
    };
    Paragraph::loose(text, points)
}

fn decisions(material: &Material<'_>, used: &mut Vec<String>) -> Option<String> {
    let mut lines = Vec::new();
    for (at, decision) in material.items.decisions.iter().enumerate() {
        let text = line(&decision.text);
        let is_a_step = material.items.action_items.iter().any(|item| same_matter(&item.text, &text));
        if is_a_step || lines.len() == MAX_DECISIONS || !reads_alone(&text) {
            continue;
        }
        lines.push(format!("- {}", capitalised(&text)));
        used.push(format!("decision:{at}"));
    }
    (!lines.is_empty()).then(|| format!("We agreed:\n{}", lines.join("\n")))
}

/// Whether a decision is clear to somebody who reads it a week later: long
/// enough, and without words that point at the talk or at who spoke.
fn reads_alone(text: &str) -> bool {
    let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
    words.iter().filter(|word| !word.is_empty()).count() >= MIN_DECISION_WORDS
        && !words.iter().any(|word| POINTING.contains(&word.as_str()))
}

fn steps(
    material: &Material<'_>,
    heading: &str,
    belongs: fn(&ActionItem) -> bool,
    used: &mut Vec<String>,
) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut told: Vec<&ActionItem> = Vec::new();
    for (at, item) in material.items.action_items.iter().enumerate() {
        if !belongs(item) || item.text.trim().is_empty() || lines.len() == MAX_STEPS {
            continue;
        }
        used.push(format!("action_item:{at}"));
        if told.iter().any(|other| is_told(material, other, item)) {
            continue;
        }
        lines.push(format!("- {}", step::of(item, material.intents, &sides(material), material.now)));
        told.push(item);
    }
    (!lines.is_empty()).then(|| format!("{heading}\n{}", lines.join("\n")))
}

/// Whether a step says no more than one before it: the same matter of the same
/// owner, with the same date or none.
fn is_told(material: &Material<'_>, told: &ActionItem, item: &ActionItem) -> bool {
    let same_owner = match (told.owner_name(), item.owner_name()) {
        (Some(one), Some(other)) => same_person(one, other),
        _ => true,
    };
    same_owner
        && (item.deadline.is_none() || item.deadline == told.deadline)
        && same_matter(&told.wording(material.intents), &item.wording(material.intents))
}

/// Who writes to whom.
fn sides<'a>(material: &Material<'a>) -> Sides<'a> {
    let you = match material.people.to.as_slice() {
        [one] if !one.name.contains('@') => Some(one.name.as_str()),
        _ => None,
    };
    let people = material.people.to.iter().chain(&material.people.cc).map(|person| person.name.as_str());
    Sides { me: material.user.name.as_str(), you, names: people.chain([material.user.name.as_str()]).collect() }
}

fn line(text: &str) -> String {
    shortened(text, MAX_DECISION).trim_end_matches(['.', ',', ';']).to_owned()
}

/// Requests that no promise meets. They are acknowledged; a promise would be ours
/// to invent.
fn requests(material: &Material<'_>, used: &mut Vec<String>) -> Option<Paragraph> {
    let mut topics: Vec<&str> = Vec::new();
    for (at, request) in material.intents.requests.iter().enumerate() {
        if !request.is_theirs() || material.intents.meet(&material.items, request) {
            continue;
        }
        let Some((_, topic)) = ASKED.iter().find(|(intent, _)| request.is_about(intent)) else { continue };
        used.push(format!("request:{at}"));
        if !topics.contains(topic) {
            topics.push(topic);
        }
    }
    let text = match topics.as_slice() {
        [] => return None,
        [one] => format!("You also asked about {one}. I have that on my list."),
        [rest @ .., last] => {
            let all = if rest.len() > 1 { "these" } else { "both" };
            format!("You also asked about {} and {last}. I have {all} on my list.", rest.join(", "))
        }
    };
    Some(Paragraph::loose(text, topics.into_iter().map(str::to_owned).collect()))
}
