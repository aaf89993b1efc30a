//! The seam where a model words the answer.
//!
//! The rules' letter stands unless the model's holds: its facts exist, every point
//! is answered from one or left open, no number, day, address or link is its own,
//! and it promises nothing. `prompt.md` and `answer.schema.json` are what it is asked
//! with.

use std::collections::BTreeSet;

use mail_reading::Mail;
use serde::Deserialize;
use serde_json::json;
use skillhost_language::mail::parts;
use skillhost_language::{Anchor, Intent, Meaning, REPORTED, gives_orders, promises, sentences};
use skillhost_sdk::llm::{self, Request};

use crate::answers::{Point, State};
use crate::facts::Facts;
use crate::letter::Letter;

const PROMPT: &str = include_str!("../prompt.md");
const SCHEMA: &str = include_str!("../answer.schema.json");
/// Room for six short paragraphs.
const MAX_OUTPUT_TOKENS: u32 = 1_200;
/// Longest mail that is put before a model, characters.
const MAX_TEXT: usize = 8_000;
/// Longest text of all paragraphs, characters: an answer that is read.
const MAX_ANSWER: usize = 2_400;
/// Words that stand for a day, and so must not be the model's own.
#[rustfmt::skip]
const DAYS: [&str; 22] = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april",
    "june", "july", "august", "september", "october", "november", "december", "tomorrow", "today", "tonight", "asap",
];
/// What a template leaves behind.
const UNFINISHED: [&str; 7] = ["{{", "}}", "[name", "[date", "[company", "<insert", "tbd"];

#[derive(Clone, Debug, Deserialize)]
struct Paragraph {
    text: String,
    points: Vec<usize>,
    facts: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Answer {
    paragraphs: Vec<Paragraph>,
    open: Vec<usize>,
}

/// The model's wording that holds.
pub(crate) struct Worded {
    pub(crate) paragraphs: Vec<String>,
    pub(crate) points: Vec<Point>,
}

/// Asks a model, where the mail may be put before one.
pub(crate) fn worded(mail: &Mail<'_>, letter: &Letter<'_>, facts: &Facts) -> Option<Worded> {
    let writer = (!mail.from_name.is_empty()).then_some(mail.from_name);
    let new = parts(mail.body, writer).own_text(mail.body);
    let may = !new.trim().is_empty()
        && new.chars().count() <= MAX_TEXT
        && !gives_orders(mail.body)
        && !gives_orders(mail.subject);
    if !may {
        return None;
    }
    let points: Vec<_> = letter.points.iter().map(|point| json!({"asked": point.asked, "kind": point.kind})).collect();
    let known: Vec<_> = facts.list.iter().map(|fact| json!({"id": fact.id, "says": fact.text})).collect();
    let material = json!({
        "new_text": new,
        "class": letter.class,
        "points": points,
        "facts": known,
        "to": letter.people.name,
        "plain_draft": letter.middle(),
    });
    let request = Request::new("balanced", "answer to an incoming mail", MAX_OUTPUT_TOKENS)
        .system(PROMPT)
        .user(material.to_string())
        .schema(serde_json::from_str(SCHEMA).ok()?);
    // Without a model the plain letter stands.
    let response = llm::generate(&request).ok().filter(|response| response.complete)?;
    accepted(&response.text, &new, letter.points, facts)
}

/// The wording, where it holds.
fn accepted(answer: &str, mail: &str, points: &[Point], facts: &Facts) -> Option<Worded> {
    let answer: Answer = serde_json::from_str(answer).ok()?;
    let mut covered: BTreeSet<usize> = BTreeSet::new();
    let mut worded: Vec<Point> = points.to_vec();
    let mut length = 0;
    for paragraph in &answer.paragraphs {
        length += paragraph.text.chars().count();
        let cited: Vec<_> = facts.list.iter().filter(|fact| paragraph.facts.contains(&fact.id)).collect();
        let known = paragraph.facts.iter().all(|id| cited.iter().any(|fact| fact.id == *id));
        if !known
            || !own_nothing(&paragraph.text, &cited.iter().map(|fact| fact.text.as_str()).collect::<Vec<_>>(), mail)
        {
            return None;
        }
        for at in &paragraph.points {
            let point = worded.get_mut(*at)?;
            covered.insert(*at);
            point.answer.clone_from(&paragraph.text);
            point.sources = cited.iter().map(|fact| fact.id.clone()).collect();
            point.facts = cited.iter().map(|fact| fact.text.clone()).collect();
            point.state = match (answer.open.contains(at), cited.is_empty(), paragraph.text.contains('?')) {
                (false, false, _) => State::Answered,
                (_, _, true) => State::AskedBack,
                _ => State::Open,
            };
            // What rests on nothing must say that it is open.
            if point.state == State::Open && !answer.open.contains(at) {
                return None;
            }
        }
    }
    let all = (0..points.len()).all(|at| covered.contains(&at));
    let paragraphs: Vec<String> =
        answer.paragraphs.into_iter().map(|paragraph| paragraph.text.trim().to_owned()).collect();
    (all && length <= MAX_ANSWER && !paragraphs.iter().any(|text| promises_something(text) || is_unfinished(text)))
        .then_some(Worded { paragraphs, points: worded })
}

/// Whether every number, day, address and link of a text stands in what it cites or
/// in the mail.
fn own_nothing(text: &str, cited: &[&str], mail: &str) -> bool {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric() && !"€$£%".contains(c)).to_lowercase();
    let known: BTreeSet<String> =
        cited.iter().copied().chain([mail]).flat_map(str::split_whitespace).map(bare).collect();
    text.split_whitespace().map(bare).all(|word| {
        let hard = word.chars().any(|c| c.is_ascii_digit())
            || word.contains('@')
            || word.contains("://")
            || word.starts_with("www.")
            || DAYS.contains(&word.as_str());
        !hard || known.contains(&word)
    })
}

/// Whether a text promises more than to look and come back.
fn promises_something(text: &str) -> bool {
    let anchor = Anchor::or_utc(0, "UTC");
    let all = sentences(text);
    all.iter().enumerate().any(|(at, sentence)| {
        promises(sentence, all.get(at + 1), &anchor).iter().any(|promise| {
            let looks = matches!(promise.meaning, Meaning::Intent(Intent::ProspectFollowup | Intent::CheckInternally));
            promise.confidence >= REPORTED && !looks
        })
    })
}

fn is_unfinished(text: &str) -> bool {
    let lower = text.to_lowercase();
    UNFINISHED.iter().any(|mark| lower.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_reading::AskKind;

    use crate::facts::{Fact, Subject};

    fn facts() -> Facts {
        Facts {
            list: vec![Fact {
                id: "product:p1".to_owned(),
                about: Subject::Price { product: 0 },
                text: "Acme Flow is listed at USD 49.00".to_owned(),
                quote: None,
            }],
            ..Facts::default()
        }
    }

    fn points() -> Vec<Point> {
        ["What does it cost?", "Is the tank heated?"]
            .map(|asked| Point {
                asked: asked.to_owned(),
                kind: AskKind::Answer,
                state: State::Open,
                answer: String::new(),
                sources: Vec::new(),
                facts: Vec::new(),
            })
            .to_vec()
    }

    fn of(paragraphs: serde_json::Value, open: &[usize]) -> Option<Worded> {
        accepted(
            &json!({"paragraphs": paragraphs, "open": open}).to_string(),
            "What does it cost? Is the tank heated? We are 12.",
            &points(),
            &facts(),
        )
    }

    #[test]
    fn a_wording_that_holds_counts() {
        let worded = of(
            json!([
                {"text": "Acme Flow is listed at USD 49.00.", "points": [0], "facts": ["product:p1"]},
                {"text": "On the heating I will look into it and come back to you.", "points": [1], "facts": []}
            ]),
            &[1],
        );
        let states: Vec<State> =
            worded.map(|worded| worded.points.iter().map(|point| point.state).collect()).unwrap_or_default();
        assert_eq!(states, [State::Answered, State::Open]);
    }

    #[test]
    fn a_wording_that_does_not_hold_is_left() {
        let open = json!({"text": "I will look into the heating.", "points": [1], "facts": []});
        for first in [
            json!({"text": "It is listed at USD 39.00.", "points": [0], "facts": ["product:p1"]}),
            json!({"text": "It is listed at USD 9.", "points": [0], "facts": ["product:p1"]}),
            json!({"text": "It is listed at USD 49.00.", "points": [0], "facts": []}),
            json!({"text": "It is listed at USD 49.00.", "points": [0], "facts": ["product:p9"]}),
            json!({"text": "It costs little.", "points": [0], "facts": []}),
            json!({"text": "You will have it on Friday.", "points": [0], "facts": ["product:p1"]}),
            json!({"text": "See www.acme.test for it.", "points": [0], "facts": ["product:p1"]}),
            json!({"text": "I’ll send you a proposal.", "points": [0], "facts": ["product:p1"]}),
            json!({"text": "Hello [Name], USD 49.00.", "points": [0], "facts": ["product:p1"]}),
            json!({"text": "USD 49.00", "points": [7], "facts": ["product:p1"]}),
        ] {
            assert!(of(json!([first, open]), &[1]).is_none(), "{first}");
        }
        let missing = json!([{"text": "Listed at USD 49.00.", "points": [0], "facts": ["product:p1"]}]);
        assert!(of(missing, &[]).is_none());
        assert!(accepted("no JSON", "", &points(), &facts()).is_none());
    }
}
