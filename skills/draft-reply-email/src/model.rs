//! The seam where a model words the answer.
//!
//! The rules' letter stands unless the model's holds: its facts exist, every point
//! is answered from one or left open, no name, number, day, address or link is its own,
//! what it states is about what it cites, and it gives nothing away and takes nothing
//! on. `prompt.md` and `answer.schema.json` are what it is asked with.

use std::collections::{BTreeMap, BTreeSet};

use mail_reading::Mail;
use model_answer::{Material, Prompt, Refusal, ask, draft, instructs, unsupported, without_names};
use serde::Deserialize;
use skillhost_language::mail::parts;

use crate::answers::{Point, State};
use crate::facts::Facts;
use crate::letter::Letter;

const PROMPT: Prompt<'static> = Prompt {
    class: "balanced",
    purpose: "answer to an incoming mail",
    instructions: include_str!("../prompt.md"),
    schema: include_str!("../answer.schema.json"),
    // Six short paragraphs.
    max_output_tokens: 1_200,
};
/// Longest mail that is put before a model, characters: all that a passage shows.
const MAX_TEXT: usize = 4_000;
/// Most paragraphs, and the longest; the schema says the same.
const MAX_PARAGRAPHS: usize = 6;
const MAX_PARAGRAPH: usize = 600;
/// Longest text of all paragraphs, characters: an answer that is read.
const MAX_ANSWER: usize = 2_400;
/// Most passages: the mail, its points and draft, and a fact for each product and task.
const MAX_SHOWN: usize = 100;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paragraph {
    text: String,
    points: Vec<usize>,
    facts: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    paragraphs: Vec<Paragraph>,
    open: Vec<usize>,
}

/// The model's wording that holds.
#[derive(Debug)]
pub(crate) struct Worded {
    pub(crate) paragraphs: Vec<String>,
    pub(crate) points: Vec<Point>,
}

/// What an answer is held against.
struct Held<'a> {
    mail: &'a str,
    /// Whom it is written to.
    name: &'a str,
    points: &'a [Point],
    facts: &'a Facts,
}

/// Asks a model, where the mail may be put before one.
pub(crate) fn worded(mail: &Mail<'_>, letter: &Letter<'_>, facts: &Facts) -> Option<Worded> {
    let writer = (!mail.from_name.is_empty()).then_some(mail.from_name);
    let new = parts(mail.body, writer).own_text(mail.body);
    if new.trim().is_empty() || new.chars().count() > MAX_TEXT {
        return None;
    }
    let held =
        Held { mail: &new, name: letter.people.name.as_deref().unwrap_or_default(), points: letter.points, facts };
    // Without a model that is right the plain letter stands.
    over(mail, letter, &held).ok()
}

fn over(mail: &Mail<'_>, letter: &Letter<'_>, held: &Held<'_>) -> Result<Worded, Refusal> {
    let material = material(mail, &letter.middle(), held);
    let answer: Answer = ask(&PROMPT, &material, |answer| of(answer, held).map(drop))?;
    of(&answer, held).map_err(Refusal::Unfounded)
}

fn material(mail: &Mail<'_>, plain: &[String], held: &Held<'_>) -> Material {
    let mut material = Material::with_room(MAX_SHOWN);
    material.add("mail", "mail", held.mail);
    for (at, point) in held.points.iter().enumerate() {
        material.add(at.to_string(), "point", &point.asked);
    }
    // A product has one id and says several things.
    let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for fact in &held.facts.list {
        known.entry(&fact.id).or_default().push(&fact.text);
    }
    for (id, texts) in known {
        material.add(id, "fact", texts.join("\n"));
    }
    material.add("to", "recipient", held.name);
    material.add("draft", "draft", plain.join("\n\n"));
    // What is quoted below and hidden speaks to a model as well.
    [mail.body, mail.subject, mail.from_name].into_iter().for_each(|text| material.watch(text));
    material
}

/// The wording of an answer, or what is wrong with it.
fn of(answer: &Answer, held: &Held<'_>) -> Result<Worded, &'static str> {
    let mut covered: BTreeSet<usize> = BTreeSet::new();
    let mut worded: Vec<Point> = held.points.to_vec();
    let length: usize = answer.paragraphs.iter().map(|paragraph| paragraph.text.chars().count()).sum();
    if answer.paragraphs.is_empty() || answer.paragraphs.len() > MAX_PARAGRAPHS || length > MAX_ANSWER {
        return Err("length");
    }
    for paragraph in &answer.paragraphs {
        let cited: Vec<_> = held.facts.list.iter().filter(|fact| paragraph.facts.contains(&fact.id)).collect();
        if !paragraph.facts.iter().all(|id| cited.iter().any(|fact| fact.id == *id)) {
            return Err("no-such-fact");
        }
        check(paragraph, &cited.iter().map(|fact| fact.text.as_str()).collect::<Vec<_>>(), held)?;
        for at in &paragraph.points {
            let Some(point) = worded.get_mut(*at) else { return Err("no-such-point") };
            covered.insert(*at);
            point.answer = paragraph.text.trim().to_owned();
            point.sources = cited.iter().map(|fact| fact.id.clone()).collect();
            point.sources.dedup();
            point.facts = cited.iter().map(|fact| fact.text.clone()).collect();
            point.state = match (answer.open.contains(at), cited.is_empty(), paragraph.text.contains('?')) {
                (false, false, _) => State::Answered,
                (_, _, true) => State::AskedBack,
                _ => State::Open,
            };
            // What rests on nothing must say that it is open.
            if point.state == State::Open && !answer.open.contains(at) {
                return Err("not-open");
            }
        }
    }
    if !(0..held.points.len()).all(|at| covered.contains(&at)) {
        return Err("dropped");
    }
    let paragraphs = answer.paragraphs.iter().map(|paragraph| paragraph.text.trim().to_owned()).collect();
    Ok(Worded { paragraphs, points: worded })
}

/// What is wrong with a paragraph that cites these texts.
fn check(paragraph: &Paragraph, cited: &[&str], held: &Held<'_>) -> Result<(), &'static str> {
    let text = paragraph.text.trim();
    if text.is_empty() || text.chars().count() > MAX_PARAGRAPH || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err("length");
    }
    if let Some(fault) = draft::fault(text, cited) {
        return Err(fault);
    }
    if instructs(text) {
        return Err("instructs");
    }
    let names = || held.facts.products.iter().map(|product| product.name.as_str());
    let mut ground = Material::with_room(MAX_SHOWN);
    for (at, known) in cited.iter().copied().chain([held.mail, held.name]).chain(names()).enumerate() {
        ground.add(at.to_string(), "ground", known);
    }
    if ground.invented(text).is_some() {
        return Err("invented");
    }
    let claims = without_names(text, names());
    match unsupported(&claims, cited, &[held.mail]) {
        Some(_) => Err("unsupported"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mail_reading::AskKind;
    use serde_json::json;
    use skillhost_sdk::sources::Product;

    use super::*;
    use crate::facts::{Fact, Subject};

    fn facts() -> Facts {
        let fact = |about, text: &str| Fact { id: "product:p1".to_owned(), about, text: text.to_owned(), quote: None };
        Facts {
            list: vec![
                fact(Subject::Price { product: 0 }, "Acme Flow is listed at USD 49.00"),
                fact(Subject::Says { product: 0 }, "Plans the morning of a depot."),
            ],
            products: vec![Product { name: "Acme Flow".to_owned(), ..Product::default() }],
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

    fn read(paragraphs: serde_json::Value, open: &[usize]) -> Result<Worded, &'static str> {
        let answer: Answer = serde_json::from_value(json!({"paragraphs": paragraphs, "open": open})).unwrap();
        let (points, facts) = (points(), facts());
        let mail = "What does it cost? Is the tank heated? We are 12.";
        of(&answer, &Held { mail, name: "Mira Holt", points: &points, facts: &facts })
    }

    #[test]
    fn a_wording_that_holds_counts() {
        let worded = read(
            json!([
                {"text": "Thank you for your mail, Mira.", "points": [], "facts": []},
                {"text": "Acme Flow is listed at USD 49.00.", "points": [0], "facts": ["product:p1"]},
                {"text": "On the heating I will look into it and come back to you.", "points": [1], "facts": []}
            ]),
            &[1],
        )
        .unwrap();
        let states: Vec<State> = worded.points.iter().map(|point| point.state).collect();
        assert_eq!(states, [State::Answered, State::Open]);
        assert_eq!(worded.points[0].sources, ["product:p1"]);
    }

    #[test]
    fn a_wording_that_does_not_hold_is_left() {
        let open = json!({"text": "I will look into the heating.", "points": [1], "facts": []});
        let cites = |text: &str| json!({"text": text, "points": [0], "facts": ["product:p1"]});
        for (first, want) in [
            (cites("It is listed at USD 39.00."), "invented"),
            (cites("It is listed at USD 9."), "invented"),
            (json!({"text": "It is listed at USD 49.00.", "points": [0], "facts": []}), "invented"),
            (json!({"text": "It is listed at USD 49.00.", "points": [0], "facts": ["product:p9"]}), "no-such-fact"),
            (json!({"text": "It costs little.", "points": [0], "facts": []}), "unsupported"),
            (cites("It is listed as of Friday."), "invented"),
            (cites("See www.acme.test, it is listed."), "invented"),
            (cites("See acme.test, it is listed."), "invented"),
            (cites("Jonas has it listed."), "invented"),
            (cites("I’ll send you a proposal."), "promises"),
            (cites("Hello [Name], USD 49.00."), "unfinished"),
            (cites("It is listed at USD 49.00, and the setup is free."), "offers"),
            (cites("You find what is listed attached."), "offers"),
            (cites("It is listed at USD 49.00. Yes, the tank is heated."), "unsupported"),
            (cites("Acme Flow heats the tank."), "unsupported"),
            (cites("It is listed at USD 12."), "unsupported"),
            (json!({"text": "It is listed at USD 49.00", "points": [7], "facts": ["product:p1"]}), "no-such-point"),
        ] {
            assert_eq!(read(json!([first, open]), &[1]).map(drop), Err(want), "{first}");
        }
        let heated = json!({"text": "Yes, the tank is heated.", "points": [1], "facts": []});
        assert_eq!(read(json!([cites("It is listed at USD 49.00."), heated]), &[1]).map(drop), Err("unsupported"));
        assert_eq!(read(json!([cites("It is listed at USD 49.00.")]), &[]).map(drop), Err("dropped"));
        assert_eq!(read(json!([]), &[]).map(drop), Err("length"));
    }

    #[test]
    fn the_schema_is_that_of_the_type() {
        let schema: serde_json::Value = serde_json::from_str(PROMPT.schema).unwrap();
        let paragraphs = &schema["properties"]["paragraphs"];
        assert_eq!(paragraphs["maxItems"], MAX_PARAGRAPHS);
        assert_eq!(paragraphs["items"]["properties"]["text"]["maxLength"], MAX_PARAGRAPH);
        assert!(serde_json::from_value::<Answer>(json!({"paragraphs": [], "open": [], "to": "x"})).is_err());
    }
}
