//! Where a model may word the remarks.
//!
//! The rules choose the remarks and measure what stands in them; a model is shown
//! those, and the turns they rest on, and may say the same better. A wording counts
//! only when it has the numbers of the plain one and quotes nothing that was not said.
//! `prompt.md` and `answer.schema.json` are what it is asked with.

use meeting_source::Loaded;
use model_answer::{Material, Prompt, Refusal, ask, counts};
use serde::Deserialize;
use skillhost_language::sentences;
use spoken_material::{Found, Spoken, id};

use crate::output::Remark;
use crate::remarks::MOST_REMARKS;

const PROMPT: Prompt<'static> = Prompt {
    class: "balanced",
    purpose: "remarks for a rep about a call",
    instructions: include_str!("../prompt.md"),
    schema: include_str!("../answer.schema.json"),
    // Three remarks with their quotes.
    max_output_tokens: 600,
};
/// Longest remark and quote, characters; the schema says the same.
const MAX_TEXT: usize = 220;
const MAX_QUOTE: usize = 200;
/// Words that turn praise into blame.
const DENIALS: [&str; 8] = ["not", "no", "never", "none", "nothing", "cannot", "without", "failed"];
/// Who worded it.
pub(crate) const MODEL: &str = "model";

/// What the model answers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Answer {
    remarks: Vec<Worded>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Worded {
    id: String,
    text: String,
    quote: String,
}

/// The remarks in the model's words, where they hold.
pub(crate) fn worded(meeting: &Loaded, remarks: &[Remark]) -> Result<Vec<Remark>, Refusal> {
    if remarks.is_empty() {
        return Err(Refusal::NoMaterial);
    }
    let spoken = shown(meeting, remarks);
    let answer: Answer = ask(&PROMPT, spoken.material(), |answer| check(answer, remarks, &spoken))?;
    let mut out = remarks.to_vec();
    for worded in &answer.remarks {
        if let Some(remark) = at(&worded.id).and_then(|at| out.get_mut(at))
            && let Some(found) = quoted(&spoken, remark, &worded.quote)
        {
            worded.text.trim().clone_into(&mut remark.text);
            remark.quote = found.quote;
            remark.by = Some(MODEL.to_owned());
        }
    }
    Ok(out)
}

/// The remarks' own turns, what was said right after each, and the remarks.
fn shown<'a>(meeting: &'a Loaded, remarks: &[Remark]) -> Spoken<'a> {
    let turns = remarks.iter().flat_map(|remark| [remark.turn, remark.turn + 1]);
    let mut spoken = Spoken::of_turns(meeting, turns);
    for (at, remark) in remarks.iter().enumerate() {
        spoken.material_mut().add(format!("b{at}"), &remark.kind, &remark.text);
    }
    spoken
}

fn at(id: &str) -> Option<usize> {
    id.strip_prefix('b')?.parse().ok()
}

/// The words of a remark's own turn that its wording rests on.
fn quoted(spoken: &Spoken<'_>, remark: &Remark, quote: &str) -> Option<Found> {
    spoken.find(&id(remark.turn), quote)
}

/// What is wrong with an answer.
fn check(answer: &Answer, remarks: &[Remark], spoken: &Spoken<'_>) -> Result<(), &'static str> {
    if answer.remarks.is_empty() {
        return Err("nothing-worded");
    }
    if answer.remarks.len() > MOST_REMARKS {
        return Err("too-many");
    }
    for (nth, worded) in answer.remarks.iter().enumerate() {
        if answer.remarks[..nth].iter().any(|earlier| earlier.id == worded.id) {
            return Err("worded-twice");
        }
        let Some(remark) = at(&worded.id).and_then(|at| remarks.get(at)) else { return Err("no-such-remark") };
        if worded.quote.chars().count() > MAX_QUOTE || quoted(spoken, remark, &worded.quote).is_none() {
            return Err("quote-not-there");
        }
        holds(&worded.text, remark, spoken.material())?;
    }
    Ok(())
}

/// What is wrong with one wording in place of the rules'.
fn holds(text: &str, remark: &Remark, material: &Material) -> Result<(), &'static str> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err("length");
    }
    if counts(text) != counts(&remark.text) {
        return Err("miscounted");
    }
    if material.invented(text).is_some() {
        return Err("invented");
    }
    let Some(inside) = in_quotation_marks(text) else { return Err("quote-not-there") };
    if !inside.into_iter().all(|words| material.has(words)) {
        return Err("quote-not-there");
    }
    if remark.kind == "strength" && denies(text) && !denies(&remark.text) {
        return Err("denies");
    }
    Ok(())
}

/// What a text has in quotation marks; none where a mark has no partner.
fn in_quotation_marks(text: &str) -> Option<Vec<&str>> {
    let is_mark = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    let parts: Vec<&str> = text.split(is_mark).collect();
    let paired = parts.len() % 2 == 1;
    paired.then(|| parts.into_iter().skip(1).step_by(2).collect())
}

fn denies(text: &str) -> bool {
    sentences(text).iter().flat_map(|sentence| &sentence.tokens).any(|token| DENIALS.contains(&token.word.as_str()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use serde_json::{Value, json};
    use skillhost_language::Anchor;
    use skillhost_sdk::transcript::parse;

    use super::*;

    fn meeting() -> Loaded {
        Loaded {
            read_id: "r1".to_owned(),
            transcript_id: "t".to_owned(),
            transcript: parse(
                "Omar Haddad: My main concern is the migration of forty sites.\nLena Brandt: Don't worry about it.\n",
            ),
            meeting: None,
            org: None,
            user: None,
            attendees: Vec::new(),
            sides: BTreeMap::new(),
            anchor: Anchor::new(1_795_014_000_000, "UTC").unwrap(),
        }
    }

    fn remark(kind: &str, text: &str) -> Remark {
        Remark {
            kind: kind.to_owned(),
            text: text.to_owned(),
            time: None,
            quote: "My main concern is the migration of forty sites.".to_owned(),
            turn: 0,
            by: None,
        }
    }

    fn checked(kind: &str, plain: &str, text: &str, quote: &str) -> Result<(), &'static str> {
        let (meeting, remarks) = (meeting(), [remark(kind, plain)]);
        let answer =
            Answer { remarks: vec![Worded { id: "b0".to_owned(), text: text.to_owned(), quote: quote.to_owned() }] };
        check(&answer, &remarks, &shown(&meeting, &remarks))
    }

    #[test]
    fn only_what_holds_counts() {
        const PLAIN: &str = "You talked 87 % of the call; aim for 40 %.";
        const QUOTE: &str = "My main concern is the migration";
        for (kind, text, quote, want) in [
            ("focus", "87 % of the call was you. Leave Omar room and aim for 40 %.", QUOTE, Ok(())),
            ("focus", "87 % of it was you, aim for 40 %: “My main concern” came late.", QUOTE, Ok(())),
            ("focus", "78 % of the call was you; aim for 40 %.", QUOTE, Err("miscounted")),
            ("focus", "Most of the call was you; aim for less.", QUOTE, Err("miscounted")),
            ("focus", "87 % of forty calls was you; aim for 40 %.", QUOTE, Err("miscounted")),
            ("focus", "87 % was you, Karin; aim for 40 %.", QUOTE, Err("invented")),
            ("focus", "87 % was you; aim for 40 %: “My main worry” came late.", QUOTE, Err("quote-not-there")),
            ("focus", "87 % was you; aim for 40 %: “My main concern came late.", QUOTE, Err("quote-not-there")),
            ("focus", "87 % was you; aim for 40 %.", "My main worry is the migration", Err("quote-not-there")),
            ("focus", "87 % was you; aim for 40 %.", "Don't worry about it", Err("quote-not-there")),
            ("strength", "87 % was you, which is not good; 40 % is.", QUOTE, Err("denies")),
            ("focus", "87 % was you, which is not good; 40 % is.", QUOTE, Ok(())),
            ("focus", "87 %\n40 %", QUOTE, Err("length")),
        ] {
            assert_eq!(checked(kind, PLAIN, text, quote), want, "{text} | {quote}");
        }
    }

    #[test]
    fn a_remark_is_worded_once_and_exists() {
        let (meeting, remarks) = (meeting(), [remark("focus", "A doubt was left open.")]);
        let spoken = shown(&meeting, &remarks);
        let worded = |id: &str| Worded {
            id: id.to_owned(),
            text: "The doubt stayed open.".to_owned(),
            quote: "My main concern is".to_owned(),
        };
        let of = |remarks: Vec<Worded>| Answer { remarks };
        assert_eq!(check(&of(vec![worded("b0")]), &remarks, &spoken), Ok(()));
        assert_eq!(check(&of(vec![worded("b0"), worded("b0")]), &remarks, &spoken), Err("worded-twice"));
        assert_eq!(check(&of(vec![worded("b1")]), &remarks, &spoken), Err("no-such-remark"));
        assert_eq!(check(&of(vec![worded("t0")]), &remarks, &spoken), Err("no-such-remark"));
        assert_eq!(check(&Answer::default(), &remarks, &spoken), Err("nothing-worded"));
    }

    #[test]
    fn the_schema_is_that_of_the_type() {
        let schema: Value = serde_json::from_str(PROMPT.schema).unwrap();
        let item = &schema["properties"]["remarks"]["items"];
        assert_eq!(schema["properties"]["remarks"]["maxItems"], MOST_REMARKS);
        assert_eq!(item["properties"]["text"]["maxLength"], MAX_TEXT);
        assert_eq!(item["properties"]["quote"]["maxLength"], MAX_QUOTE);
        let worded: Value =
            item["properties"].as_object().unwrap().keys().map(|name| (name.clone(), json!("x"))).collect();
        assert!(serde_json::from_value::<Answer>(json!({"remarks": [worded]})).is_ok());
        let mut other = worded;
        other["kind"] = json!("strength");
        assert!(serde_json::from_value::<Answer>(json!({"remarks": [other]})).is_err());
    }
}
