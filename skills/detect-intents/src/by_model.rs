//! What a model hears that the rules do not.
//!
//! It may only add: a promise or a request, of a known intent, in the exact words of
//! a turn. What the rules found stays as it is and where it is. What is added stays
//! below what the rules call strong, so it never suggests a follow-up by itself, and
//! its deadline is read from the quoted words by the rules. `prompt.md` and
//! `answer.schema.json` are what it is asked with.

use meeting_source::Loaded;
use model_answer::{Prompt, Refusal, ask};
use serde::Deserialize;
use skillhost_language::{AUTOMATED, Intent, REPORTED, STRONG, WEAK, is, tokens};
use skillhost_sdk::sources::Side;
use spoken_material::{Act, Found, Spoken, firm};

use crate::findings::{REPEATED_WITHIN_TURNS, intent_of, rounded};
use crate::output::{Output, Said};

const PROMPT: Prompt<'static> = Prompt {
    class: "balanced",
    purpose: "promises and requests of a call",
    instructions: include_str!("../prompt.md"),
    schema: include_str!("../answer.schema.json"),
    // Eight findings with their quotes.
    max_output_tokens: 900,
};
/// Most findings that are added; the schema says the same. A model that hears more
/// than this beyond the rules hears things.
const MOST_FOUND: usize = 8;
/// Most of a model's confidence: the rules' word for what is strongly meant begins
/// above it, and so does what suggests follow-ups.
const MOST: f64 = STRONG - 0.01;
const _: () = assert!(REPORTED <= MOST && MOST < STRONG && MOST < AUTOMATED);
/// Longest quote, characters; the schema says the same.
const MAX_QUOTE: usize = 400;
/// Who found it.
pub(crate) const MODEL: &str = "model";

/// What the model answers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Answer {
    found: Vec<Heard>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Heard {
    kind: Kind,
    intent: Intent,
    turn: String,
    quote: String,
    confidence: f64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Commitment,
    Request,
}

/// Adds what a model hears; gives how much that was.
pub(crate) fn add(meeting: &Loaded, output: &mut Output) -> Result<usize, Refusal> {
    let sides_known = meeting.sides.values().any(|side| *side != Side::Unknown);
    if !sides_known {
        // What nobody we can name says is not reported.
        return Err(Refusal::NoMaterial);
    }
    let spoken = Spoken::of(meeting);
    let answer: Answer = ask(&PROMPT, spoken.material(), |answer| check(answer, &spoken))?;
    Ok(answer.found.iter().filter(|heard| add_one(meeting, &spoken, heard, output)).count())
}

/// What is wrong with an answer. One quote that is not there takes all of it: who
/// makes up one makes up more.
fn check(answer: &Answer, spoken: &Spoken<'_>) -> Result<(), &'static str> {
    if answer.found.len() > MOST_FOUND {
        return Err("too-many");
    }
    for heard in &answer.found {
        if heard.quote.chars().count() > MAX_QUOTE {
            return Err("length");
        }
        if spoken.find(&heard.turn, &heard.quote).is_none() {
            return Err("quote-not-there");
        }
        if !(0.0..=1.0).contains(&heard.confidence) {
            return Err("confidence");
        }
    }
    Ok(())
}

/// Adds one finding where the rules have none like it and the words stand.
fn add_one(meeting: &Loaded, spoken: &Spoken<'_>, heard: &Heard, output: &mut Output) -> bool {
    let act = match heard.kind {
        Kind::Commitment => Act::Promise,
        Kind::Request => Act::Request,
    };
    let Some(found) = spoken.find(&heard.turn, &heard.quote) else { return false };
    let Some(turn) = spoken.turn(&found) else { return false };
    let side = meeting.side(turn);
    let confidence = rounded(heard.confidence.min(MOST));
    let intent = match heard.kind {
        Kind::Commitment => intent_of(side, heard.intent, &turn.text, &turn.text).map(Intent::as_str),
        Kind::Request => Some(heard.intent.as_request()),
    };
    let Some(intent) = intent else { return false };
    let stands = firm(&turn.text, &found.range, act) && speaks_of(heard.intent, &spoken.around(&found));
    if side == Side::Unknown || confidence < WEAK || !stands {
        return false;
    }
    let said = said(meeting, spoken, &found, intent, confidence);
    let known = [&output.commitments, &output.requests, &output.deferred];
    if known.into_iter().flatten().any(|other| is_same(other, &said)) {
        return false;
    }
    let list = match (heard.kind, confidence >= REPORTED) {
        (Kind::Commitment, true) => &mut output.commitments,
        (Kind::Commitment, false) => &mut output.deferred,
        (Kind::Request, true) => &mut output.requests,
        (Kind::Request, false) => return false,
    };
    list.push(said);
    true
}

/// Whether the talk around the words names what the intent is about: exact words about
/// something else prove nothing.
fn speaks_of(intent: Intent, around: &str) -> bool {
    let (classes, words): (&[&str], &[&str]) = match intent {
        Intent::SendProposal => (&["proposal"], &["scope", "scoping"]),
        Intent::SendPricing => (&["pricing", "money"], &["numbers", "quote"]),
        Intent::SendContract => (&["contract"], &["papers"]),
        Intent::SendContent => (&["content"], &["slide", "case", "test"]),
        Intent::ProvideAccess => (&["access"], &["user", "users"]),
        Intent::PreparePlan => (&["plan"], &["steps", "phases"]),
        Intent::ScheduleMeeting => (&["meeting", "when"], &["calendar", "diary", "slot"]),
        // Bringing people together, asking around and coming back have no thing to name.
        Intent::MakeIntroduction | Intent::CheckInternally | Intent::ProspectFollowup => return true,
    };
    tokens(around, 0, around.len()).iter().any(|token| {
        let word = token.word.as_str();
        words.contains(&word) || classes.iter().any(|class| is(class, word))
    })
}

fn said(meeting: &Loaded, spoken: &Spoken<'_>, found: &Found, intent: &str, confidence: f64) -> Said {
    let turn = spoken.turn(found);
    let due = spoken.due(found);
    Said {
        speaker: turn.map_or(Side::Unknown, |turn| meeting.side(turn)),
        speaker_name: turn.and_then(|turn| turn.speaker.clone()),
        phrase: found.quote.clone(),
        intent: intent.to_owned(),
        confidence,
        deadline: due.as_ref().map(|due| due.when.to_text()),
        deadline_quote: due.map(|due| due.quote),
        turn: turn.map_or(found.turn, |turn| turn.index),
        by: Some(MODEL.to_owned()),
    }
}

/// Whether two findings are one: the same words, or the same intent of the same side
/// a short while apart, before or after, that name no two days. A request and the
/// promise that meets it are two.
fn is_same(other: &Said, said: &Said) -> bool {
    let words = other.turn == said.turn && (other.phrase.contains(&said.phrase) || said.phrase.contains(&other.phrase));
    let intent = other.intent == said.intent
        && other.speaker == said.speaker
        && (other.deadline == said.deadline || other.deadline.is_none() || said.deadline.is_none())
        && other.turn.abs_diff(said.turn) <= REPEATED_WITHIN_TURNS;
    words || intent
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    const INTENTS: [Intent; 10] = [
        Intent::SendProposal,
        Intent::SendPricing,
        Intent::ScheduleMeeting,
        Intent::SendContent,
        Intent::MakeIntroduction,
        Intent::CheckInternally,
        Intent::ProspectFollowup,
        Intent::SendContract,
        Intent::ProvideAccess,
        Intent::PreparePlan,
    ];

    #[test]
    fn exact_words_about_something_else_prove_nothing() {
        for (intent, around, speaks) in [
            (Intent::PreparePlan, "Enjoy the two days off, once they are here.", false),
            (Intent::PreparePlan, "We need a rollout plan.\nLeave that with me.", true),
            (Intent::SendPricing, "Leave the numbers with me.", true),
            (Intent::SendContract, "Leave the numbers with me.", false),
            (Intent::CheckInternally, "Legal will have a look.", true),
        ] {
            assert_eq!(speaks_of(intent, around), speaks, "{around}");
        }
    }

    #[test]
    fn the_schema_is_that_of_the_type() {
        let schema: Value = serde_json::from_str(PROMPT.schema).unwrap();
        let item = &schema["properties"]["found"]["items"];
        assert_eq!(schema["properties"]["found"]["maxItems"], MOST_FOUND);
        assert_eq!(item["properties"]["quote"]["maxLength"], MAX_QUOTE);
        let intents: Vec<&str> = INTENTS.iter().map(|intent| intent.as_str()).collect();
        assert_eq!(item["properties"]["intent"]["enum"], json!(intents));
        for intent in item["properties"]["intent"]["enum"].as_array().unwrap() {
            for kind in item["properties"]["kind"]["enum"].as_array().unwrap() {
                let heard = json!({"kind": kind, "intent": intent, "turn": "t0", "quote": "x", "confidence": 0.7});
                let names: Vec<&String> = item["properties"].as_object().unwrap().keys().collect();
                assert_eq!(heard.as_object().unwrap().keys().collect::<Vec<_>>(), names);
                assert!(serde_json::from_value::<Answer>(json!({"found": [heard]})).is_ok());
            }
        }
        assert!(serde_json::from_value::<Answer>(json!({"found": [], "more": 1})).is_err());
    }
}
