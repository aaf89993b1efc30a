//! Where a model may say the letter's prose in better words.
//!
//! It is shown the letter of the rules and nothing else. Only [loose](Paragraph)
//! paragraphs are its to word, so no step, decision or recipient can be lost or
//! changed; what it says counts only when it holds against the letter. `prompt.md` and
//! `answer.schema.json` are what it is asked with.

use std::collections::BTreeMap;

use meeting_record::{ActionItems, Intents, Meeting};
use model_answer::{Material, Prompt, Refusal, ask, denies, draft};
use serde::Deserialize;
use skillhost_language::{Anchor, REPORTED, promises, sentences};
use skillhost_sdk::sources::{Company, Contact};

use crate::letter::{Letter, Paragraph};

const PROMPT: Prompt<'static> = Prompt {
    class: "balanced",
    purpose: "wording of a follow-up mail",
    instructions: include_str!("../prompt.md"),
    schema: include_str!("../answer.schema.json"),
    // Three short paragraphs.
    max_output_tokens: 600,
};
/// Most paragraphs that are worded; the schema says the same. A letter has three.
const MOST_WORDED: usize = 3;
/// Longest paragraph, characters; the schema says the same.
const MAX_TEXT: usize = 400;
/// How much longer a paragraph may become: a factor, and characters. More is new
/// matter.
const LONGER: (usize, usize) = (2, 40);
/// Who worded it.
pub(crate) const MODEL: &str = "model";

/// What the letter came from. None of it is shown; all of it is looked at for orders.
pub(crate) struct Read<'a> {
    pub(crate) meeting: &'a Meeting,
    pub(crate) items: &'a ActionItems,
    pub(crate) intents: &'a Intents,
    pub(crate) company: Option<&'a Company>,
    pub(crate) contact: Option<&'a Contact>,
}

/// What the model answers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Answer {
    paragraphs: Vec<Worded>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Worded {
    id: String,
    text: String,
}

/// The letter in the model's words, where they hold.
pub(crate) fn worded(letter: &Letter, read: &Read<'_>) -> Result<Letter, Refusal> {
    let mut material = Material::default();
    for (at, paragraph) in letter.paragraphs.iter().enumerate() {
        let kind = if paragraph.loose.is_some() { "loose" } else { "fixed" };
        material.add(id(at), kind, &paragraph.text);
    }
    read.texts().for_each(|text| material.watch(text));
    let answer: Answer = ask(&PROMPT, &material, |answer| check(answer, letter, &material))?;
    let texts: BTreeMap<String, String> =
        answer.paragraphs.into_iter().map(|worded| (worded.id, worded.text.trim().to_owned())).collect();
    let mut letter = letter.clone();
    for (at, paragraph) in letter.paragraphs.iter_mut().enumerate() {
        if let Some(text) = texts.get(&id(at)) {
            paragraph.text.clone_from(text);
        }
    }
    Ok(letter)
}

fn id(at: usize) -> String {
    format!("p{at}")
}

impl<'a> Read<'a> {
    fn texts(&self) -> impl Iterator<Item = &'a str> {
        let items = self.items.action_items.iter().flat_map(|item| {
            [Some(item.text.as_str()), Some(item.quote.as_str()), item.owner.as_deref(), item.deadline.as_deref()]
        });
        let decisions =
            self.items.decisions.iter().flat_map(|decision| [decision.text.as_str(), decision.quote.as_str()]);
        let said = [&self.intents.commitments, &self.intents.requests, &self.intents.deferred];
        let said = said.into_iter().flatten().map(|said| said.phrase.as_str());
        let signals = self.intents.buying_signals.iter().map(|signal| signal.phrase.as_str());
        let people = self.meeting.attendees.iter().map(|attendee| attendee.name.as_str());
        let named = [
            self.meeting.title.as_deref(),
            self.company.map(|company| company.name.as_str()),
            self.contact.map(|contact| contact.name.as_str()),
        ];
        items
            .flatten()
            .chain(decisions)
            .chain(said)
            .chain(signals)
            .chain(people)
            .chain(named.into_iter().flatten())
            .chain([self.intents.summary.as_str()])
    }
}

/// What is wrong with an answer.
fn check(answer: &Answer, letter: &Letter, material: &Material) -> Result<(), &'static str> {
    if answer.paragraphs.is_empty() {
        return Err("nothing-worded");
    }
    if answer.paragraphs.len() > MOST_WORDED {
        return Err("too-many");
    }
    for (at, worded) in answer.paragraphs.iter().enumerate() {
        if answer.paragraphs[..at].iter().any(|earlier| earlier.id == worded.id) {
            return Err("worded-twice");
        }
        let paragraph = letter.paragraphs.iter().enumerate().find(|(at, _)| id(*at) == worded.id);
        let Some((Paragraph { text, loose: Some(keeps) }, said)) =
            paragraph.map(|(_, paragraph)| (paragraph, worded.text.trim()))
        else {
            return Err("not-its-to-word");
        };
        holds(said, text, keeps, material)?;
    }
    Ok(())
}

/// What is wrong with one paragraph in place of the rules'.
fn holds(said: &str, plain: &str, keeps: &[String], material: &Material) -> Result<(), &'static str> {
    let (factor, more) = LONGER;
    let length = said.chars().count();
    if said.is_empty() || length > MAX_TEXT || length > plain.chars().count() * factor + more {
        return Err("length");
    }
    if said.chars().any(char::is_control) || said.starts_with(['-', '*', '•', '#']) || draft::is_unfinished(said) {
        return Err("unfinished");
    }
    if !keeps.iter().all(|kept| said.contains(kept.as_str())) {
        return Err("dropped");
    }
    if material.invented(said).is_some() {
        return Err("invented");
    }
    if denies(said) && !denies(plain) {
        return Err("denies");
    }
    if draft::offers(said, &[plain]) {
        return Err("offers");
    }
    if promises_something(said) {
        return Err("promises");
    }
    Ok(())
}

/// Whether a text takes something on; the steps do that, and nothing else.
fn promises_something(text: &str) -> bool {
    let anchor = Anchor::or_utc(0, "UTC");
    let all = sentences(text);
    all.iter().enumerate().any(|(at, sentence)| {
        promises(sentence, all.get(at + 1), &anchor).iter().any(|promise| promise.confidence >= REPORTED)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn letter() -> Letter {
        let paragraph = |text: &str, loose: Option<&[&str]>| Paragraph {
            text: text.to_owned(),
            loose: loose.map(|keeps| keeps.iter().map(|kept| (*kept).to_owned()).collect()),
        };
        Letter {
            paragraphs: vec![
                paragraph("Hello Mira,", None),
                paragraph("Thank you for your time today. You need it before your peak.", Some(&["before your peak"])),
                paragraph("From our side:\n- I’ll send the samples by Tuesday 24 November", None),
                paragraph("If I have missed anything, please tell me.", Some(&[])),
            ],
            used: Vec::new(),
        }
    }

    fn checked(id: &str, text: &str) -> Result<(), &'static str> {
        let letter = letter();
        let mut material = Material::default();
        for (at, paragraph) in letter.paragraphs.iter().enumerate() {
            material.add(super::id(at), "x", &paragraph.text);
        }
        check(&Answer { paragraphs: vec![Worded { id: id.to_owned(), text: text.to_owned() }] }, &letter, &material)
    }

    #[test]
    fn only_what_holds_counts() {
        for (id, text, want) in [
            ("p1", "It was good to talk today, Mira. What stays with me: you need it before your peak.", Ok(())),
            ("p3", "Please tell me if I got anything wrong.", Ok(())),
            ("p1", "It was good to talk today.", Err("dropped")),
            ("p1", "Good to talk today. You need it before your peak in March.", Err("invented")),
            ("p1", "Good to talk today, Jonas. You need it before your peak.", Err("invented")),
            ("p1", "Good to talk. You need 40 of them before your peak.", Err("invented")),
            ("p1", "Good to talk. You need it tomorrow, before your peak.", Err("invented")),
            ("p3", "Please write to help@acme.test if I got anything wrong.", Err("invented")),
            ("p1", "You don't need it before your peak.", Err("denies")),
            ("p1", "Good to talk. I’ll send the contract before your peak.", Err("promises")),
            ("p3", "Dear {{name}}, please tell me.", Err("unfinished")),
            ("p3", "Please tell me, [your contact], what I missed.", Err("unfinished")),
            ("p3", "Please tell me what I missed. The setup is free of charge.", Err("offers")),
            ("p3", "Please tell me what I missed in the attached sheet.", Err("offers")),
            ("p3", "Please\ntell me", Err("unfinished")),
            ("p3", "- Please tell me", Err("unfinished")),
            ("p3", " ", Err("length")),
            ("p2", "From our side:\n- I’ll send the samples", Err("not-its-to-word")),
            ("p0", "Hello,", Err("not-its-to-word")),
            ("p9", "Hello,", Err("not-its-to-word")),
        ] {
            assert_eq!(checked(id, text), want, "{text}");
        }
        assert_eq!(checked("p3", &"please tell me ".repeat(20)), Err("length"));
    }

    #[test]
    fn the_schema_is_that_of_the_type() {
        let schema: Value = serde_json::from_str(PROMPT.schema).unwrap();
        let item = &schema["properties"]["paragraphs"]["items"];
        assert_eq!(schema["properties"]["paragraphs"]["maxItems"], MOST_WORDED);
        assert_eq!(item["properties"]["text"]["maxLength"], MAX_TEXT);
        let worded: Value =
            item["properties"].as_object().unwrap().keys().map(|name| (name.clone(), json!("x"))).collect();
        assert!(serde_json::from_value::<Answer>(json!({"paragraphs": [worded]})).is_ok());
        let mut other = worded;
        other["to"] = json!("x@y.test");
        assert!(serde_json::from_value::<Answer>(json!({"paragraphs": [other]})).is_err());
    }
}
