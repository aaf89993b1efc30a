//! The seam to a model: the same facts as prose, held against them.

use deal_record::{Section, WrittenSection, escaped};
use deal_source::Dealing;
use model_answer::{Material, Prompt, ask, denies, draft, instructs, quotations, unsupported};
use serde::Deserialize;
use skillhost_sdk::sources::Product;

use crate::facts::Held;

const PROMPT: Prompt<'static> = Prompt {
    class: "balanced",
    purpose: "proposal-sections",
    instructions: include_str!("../prompt.md"),
    schema: include_str!("../answer.schema.json"),
    // Twenty sections of a few paragraphs would be a book; this is four pages.
    max_output_tokens: 4_000,
};
/// Longest paragraph, characters; the schema says so too, and not every vendor holds to it.
const MAX_PARAGRAPH: usize = 700;
/// What a proposal does not say.
const NOT_SAID: [&str; 6] = ["budget", "competitor", "http://", "https://", "www.", "@"];
/// Words that keep a doubt in a sentence without a "not".
#[rustfmt::skip]
const DOUBTS: [&str; 20] = [
    "whether", "worry", "worried", "worries", "concern", "concerns", "concerned", "doubt", "doubts", "risk", "risks", "avoid",
    "prevent", "fear", "question", "questions", "unsure", "if", "instead", "stop",
];

/// What a model answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    sections: Vec<AnswerSection>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerSection {
    id: String,
    paragraphs: Vec<Paragraph>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paragraph {
    text: String,
    rests_on: Vec<String>,
}

/// What a model is shown.
pub(crate) fn material(custom: &[Section], facts: &[Held], dealing: &Dealing, products: &[Product]) -> Material {
    let mut material = Material::default();
    for section in custom {
        let guidance = section.guidance.as_deref().unwrap_or_default();
        material.add(format!("section:{}", section.id), "section", format!("{}\n{guidance}", section.heading));
    }
    for held in facts {
        material.add(&held.fact.id, &held.fact.kind, &held.fact.quote);
    }
    material.add("us", "our company", &dealing.org.name);
    if let Some(name) = dealing.company_name() {
        material.add("them", "their company", name);
    }
    for product in products {
        material.add(
            format!("product:{}", product.id),
            "product",
            format!("{}: {}", product.name, product.description),
        );
    }
    material
}

/// The sections as a model writes them, or why its answer does not count.
pub(crate) fn write(
    material: &Material,
    custom: &[Section],
    facts: &[Held],
) -> Result<Vec<WrittenSection>, &'static str> {
    let answer: Answer = ask(&PROMPT, material, |answer| check(answer, material, custom, facts))
        .map_err(model_answer::Refusal::as_str)?;
    Ok(written(answer))
}

fn written(answer: Answer) -> Vec<WrittenSection> {
    let section = |section: AnswerSection| {
        let mut facts: Vec<String> = Vec::new();
        for id in section.paragraphs.iter().flat_map(|paragraph| &paragraph.rests_on) {
            if !facts.contains(id) {
                facts.push(id.clone());
            }
        }
        let body: Vec<String> = section.paragraphs.iter().map(|paragraph| escaped(&paragraph.text)).collect();
        WrittenSection { id: section.id, body: body.join("\n\n"), by: "model".to_owned(), facts }
    };
    answer.sections.into_iter().map(section).collect()
}

/// Puts what a model wrote in place of the quotes.
pub(crate) fn put(sections: &mut [WrittenSection], written: Vec<WrittenSection>) {
    for section in written {
        if let Some(place) = sections.iter_mut().find(|place| place.id == section.id) {
            *place = section;
        }
    }
}

/// Holds an answer against the facts; the word says what is wrong.
fn check(answer: &Answer, material: &Material, custom: &[Section], facts: &[Held]) -> Result<(), &'static str> {
    let mut seen: Vec<&str> = Vec::new();
    for section in &answer.sections {
        if seen.contains(&section.id.as_str()) || !custom.iter().any(|known| known.id == section.id) {
            return Err("unknown-section");
        }
        seen.push(&section.id);
        if section.paragraphs.is_empty() {
            return Err("empty-section");
        }
        for paragraph in &section.paragraphs {
            check_paragraph(paragraph, material, facts)?;
        }
    }
    Ok(())
}

fn check_paragraph(paragraph: &Paragraph, material: &Material, facts: &[Held]) -> Result<(), &'static str> {
    let text = paragraph.text.trim();
    if text.is_empty() || text.chars().count() > MAX_PARAGRAPH {
        return Err("length");
    }
    let said = |id: &String| facts.iter().any(|held| held.fact.id == *id);
    let known = |id: &String| material.passage(id).is_some() && !id.starts_with("section:");
    // Something that was said must be among it: our own words prove nothing about them.
    if !paragraph.rests_on.iter().all(known) || !paragraph.rests_on.iter().any(said) {
        return Err("no-fact");
    }
    let lower = text.to_lowercase();
    if NOT_SAID.iter().any(|words| lower.contains(words)) {
        return Err("not-to-be-said");
    }
    let exact = |quote: &str| paragraph.rests_on.iter().any(|id| material.holds(id, quote));
    if !quotations(text).is_some_and(|quotes| quotes.into_iter().all(exact)) {
        return Err("quote-not-exact");
    }
    let mut own = Material::default();
    for passage in
        paragraph.rests_on.iter().chain([&"us".to_owned(), &"them".to_owned()]).filter_map(|id| material.passage(id))
    {
        own.add(&passage.id, &passage.kind, &passage.text);
    }
    if own.invented(text).is_some() {
        return Err("invented");
    }
    let cited: Vec<&str> =
        paragraph.rests_on.iter().filter_map(|id| material.passage(id)).map(|passage| passage.text.as_str()).collect();
    let on_facts: Vec<&Held> = facts.iter().filter(|held| paragraph.rests_on.contains(&held.fact.id)).collect();
    // What was promised in the call may be said again.
    let promised = on_facts.iter().any(|held| held.fact.kind == "promise");
    if draft::is_unfinished(text) || draft::is_framed(text) || instructs(text) {
        return Err("not-to-be-said");
    }
    if draft::offers(text, &cited) {
        return Err("offers");
    }
    if draft::takes_on(text) && !promised {
        return Err("promises");
    }
    if unsupported(text, &cited, &cited).is_some() {
        return Err("unsupported");
    }
    if is_turned(text, &on_facts) { Err("turned") } else { Ok(()) }
}

/// Whether a text says the opposite of its facts: a "not" more, or one less with no doubt
/// left in its place.
fn is_turned(text: &str, on_facts: &[&Held]) -> bool {
    let doubts =
        || text.split(|c: char| !c.is_alphanumeric()).any(|word| DOUBTS.contains(&word.to_lowercase().as_str()));
    match (denies(text), on_facts.iter().any(|held| denies(&held.fact.quote))) {
        (true, false) => true,
        (false, true) => !doubts(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use deal_record::Fact;
    use serde_json::{Value, json};
    use skillhost_sdk::sources::{Org, Side, User};

    fn facts() -> Vec<Held> {
        [
            ("f1", "need", "we need it running before our audit in May"),
            ("f2", "timeline", "the two sites in Kiel come first"),
        ]
        .map(|(id, kind, quote)| Held {
            fact: Fact { id: id.into(), kind: kind.into(), quote: quote.into(), ..Fact::default() },
            read_id: "r1".into(),
            side: Side::Prospect,
            at: 0,
        })
        .to_vec()
    }

    fn checked(answer: Value) -> Result<(), &'static str> {
        let custom = [Section { id: "summary".into(), heading: "Summary".into(), custom: true, ..Section::default() }];
        let dealing = Dealing {
            org: Org { name: "Acme".into(), ..Org::default() },
            user: User::default(),
            contact: None,
            company: None,
            deal: None,
        };
        let facts = facts();
        let material = material(&custom, &facts, &dealing, &[]);
        check(&serde_json::from_value(answer).unwrap(), &material, &custom, &facts)
    }

    fn paragraph(text: &str, rests_on: &[&str]) -> Value {
        json!({"sections": [{"id": "summary", "paragraphs": [{"text": text, "rests_on": rests_on}]}]})
    }

    #[test]
    fn what_rests_on_the_facts_counts() {
        for (text, rests_on) in [
            ("You told us that “we need it running before our audit in May”.", &["f1"][..]),
            ("Your audit in May sets the date; the sites in Kiel come first.", &["f1", "f2"]),
            ("With Acme it is running before your audit in May.", &["f1"]),
        ] {
            assert_eq!(checked(paragraph(text, rests_on)), Ok(()), "{text}");
        }
    }

    #[test]
    fn anything_else_does_not() {
        for (text, rests_on, why) in [
            ("You said “we need it before the audit”.", &["f1"][..], "quote-not-exact"),
            ("You said “we need it running", &["f1"], "quote-not-exact"),
            ("Your audit in May is safe.", &[], "no-fact"),
            ("Your audit in May is safe.", &["f9"], "no-fact"),
            ("Acme is glad to help.", &["us"], "no-fact"),
            ("It saves 40 percent before your audit in May.", &["f1"], "invented"),
            ("The sites in Kiel come first.", &["f1"], "invented"),
            ("We guarantee it before your audit in May.", &["f1"], "offers"),
            ("It is running before your audit in May, at half the price.", &["f1"], "offers"),
            ("We will have it running before your audit in May.", &["f1"], "promises"),
            ("It is running before your audit in May, [Name].", &["f1"], "not-to-be-said"),
            ("It is not running before your audit in May.", &["f1"], "turned"),
            ("It is running before your audit in May. It pays for itself.", &["f1"], "unsupported"),
            ("See https://evil.example before your audit in May.", &["f1"], "not-to-be-said"),
            ("", &["f1"], "length"),
        ] {
            assert_eq!(checked(paragraph(text, rests_on)), Err(why), "{text}");
        }
        let other = json!({"sections": [{"id": "other", "paragraphs": [{"text": "Your audit", "rests_on": ["f1"]}]}]});
        assert_eq!(checked(other), Err("unknown-section"));
    }

    #[test]
    fn the_answers_schema_is_one_that_the_prompt_can_be_met_with() {
        let schema: Value = serde_json::from_str(PROMPT.schema).unwrap();
        let item = &schema["properties"]["sections"]["items"]["properties"]["paragraphs"]["items"];
        assert_eq!(item["properties"]["text"]["maxLength"], json!(MAX_PARAGRAPH));
        assert!(PROMPT.instructions.contains("rests_on"));
    }
}
