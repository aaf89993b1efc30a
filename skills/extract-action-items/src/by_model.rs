//! Work that a model hears and the rules do not.
//!
//! It may only add: what somebody of the meeting takes on, in the exact words of a
//! turn. What the rules found stays as it is, with its id. Owner, deadline and
//! priority of what is added follow from the transcript by the rules, never from the
//! model's word alone. `prompt.md` and `answer.schema.json` are what it is asked with.

use meeting_source::Loaded;
use model_answer::{Prompt, Refusal, ask};
use serde::Deserialize;
use skillhost_language::{STRONG, is_base_verb, match_name};
use skillhost_sdk::sources::Side;
use spoken_material::{Act, Found, Spoken, firm};

use crate::items::{MOST_ITEMS, SAME_WORDS, priority};
use crate::output::ActionItem;
use crate::telling::{Names, Vocabulary};

const PROMPT: Prompt<'static> = Prompt {
    class: "balanced",
    purpose: "action items of a meeting",
    instructions: include_str!("../prompt.md"),
    schema: include_str!("../answer.schema.json"),
    // Eight items with their quotes.
    max_output_tokens: 1_000,
};
/// Most items that are added; the schema says the same. A model that hears more than
/// this beyond the rules hears things.
const MOST_FOUND: usize = 8;
/// Longest text and quote, characters; the schema says the same.
const MAX_TEXT: usize = 140;
const MAX_QUOTE: usize = 400;
/// How sure an item of a model is: below anything that the rules make an item of.
const CONFIDENCE: f64 = STRONG - 0.05;
/// Least share of a line's telling words that the talk around its quote must have.
const OWN_WORDS: f64 = 0.5;
/// Who found it.
pub(crate) const MODEL: &str = "model";

/// What the model answers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Answer {
    items: Vec<Heard>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Heard {
    text: String,
    owner: String,
    turn: String,
    quote: String,
}

/// Adds what a model hears after what the rules found; gives how much that was.
pub(crate) fn add(meeting: &Loaded, items: &mut Vec<ActionItem>) -> Result<usize, Refusal> {
    let spoken = Spoken::of(meeting);
    let people = people(meeting);
    let answer: Answer = ask(&PROMPT, spoken.material(), |answer| check(answer, &spoken, &people))?;
    let mut vocabulary = Vocabulary::of_people(people.iter().copied());
    Ok(answer.items.iter().filter(|heard| add_one(meeting, &spoken, &people, heard, items, &mut vocabulary)).count())
}

/// Everybody who spoke or was invited.
fn people(meeting: &Loaded) -> Vec<&str> {
    let mut people = meeting.transcript.speakers();
    for attendee in &meeting.attendees {
        // A speaker's own spelling is the one that the rules use.
        if match_name(&attendee.name, &people).is_none() && !attendee.name.trim().is_empty() {
            people.push(&attendee.name);
        }
    }
    people
}

/// What is wrong with an answer. One line that does not hold takes all of it: who
/// makes up one makes up more.
fn check(answer: &Answer, spoken: &Spoken<'_>, people: &[&str]) -> Result<(), &'static str> {
    if answer.items.len() > MOST_FOUND {
        return Err("too-many");
    }
    for heard in &answer.items {
        if heard.text.chars().count() > MAX_TEXT || heard.quote.chars().count() > MAX_QUOTE {
            return Err("length");
        }
        if spoken.find(&heard.turn, &heard.quote).is_none() {
            return Err("quote-not-there");
        }
        if match_name(&heard.owner, people).is_none() {
            return Err("nobody");
        }
        if heard.text.chars().any(char::is_control) || spoken.material().invented(&heard.text).is_some() {
            return Err("invented");
        }
    }
    Ok(())
}

/// Adds one item where the rules have none like it, the words stand, and the owner
/// is one of those the words can be about.
fn add_one(
    meeting: &Loaded,
    spoken: &Spoken<'_>,
    people: &[&str],
    heard: &Heard,
    items: &mut Vec<ActionItem>,
    vocabulary: &mut Vocabulary,
) -> bool {
    let Some(found) = spoken.find(&heard.turn, &heard.quote) else { return false };
    let Some(turn) = spoken.turn(&found) else { return false };
    let Some(owner) = match_name(&heard.owner, people).and_then(|at| people.get(at)) else { return false };
    let side = meeting.side_of(Some(owner));
    let text = heard.text.trim().trim_end_matches('.');
    let stands = firm(&turn.text, &found.range, Act::Promise)
        && is_theirs(meeting, &found, owner)
        && is_work(text)
        && is_about(text, &spoken.around(&found), vocabulary)
        && items.len() < MOST_ITEMS;
    if !stands || is_known(items, text, owner, turn.index, &found, vocabulary) {
        return false;
    }
    let due = spoken.due(&found);
    let item = ActionItem {
        id: format!("ai-{}", items.len() + 1),
        text: text.to_owned(),
        owner: Some((*owner).to_owned()),
        owner_role: side,
        deadline: due.as_ref().map(|due| due.when.to_text()),
        deadline_quote: due.as_ref().map(|due| due.quote.clone()),
        priority: priority(meeting, due.as_ref(), &found.quote).to_owned(),
        confidence: CONFIDENCE,
        quote: found.quote,
        turn: turn.index,
        by: Some(MODEL.to_owned()),
        asked: false,
    };
    items.push(item);
    true
}

/// Whether the words can be about this owner: they speak them, are named in the turn,
/// or answer it.
fn is_theirs(meeting: &Loaded, found: &Found, owner: &str) -> bool {
    let turns = &meeting.transcript.turns;
    let speaks = |position: usize| turns.get(position).and_then(|turn| turn.speaker.as_deref()) == Some(owner);
    let named = || {
        let first = owner.split_whitespace().next().unwrap_or(owner);
        turns.get(found.turn).is_some_and(|turn| {
            turn.text.split(|c: char| !c.is_alphanumeric()).any(|word| !word.is_empty() && word == first)
        })
    };
    speaks(found.turn) || named() || speaks(found.turn + 1)
}

/// A line of work begins with what is to be done, and says to what.
fn is_work(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.next().is_some_and(|verb| is_base_verb(&verb.to_lowercase())) && words.next().is_some()
}

/// Whether the talk around the quote has the words of the line: exact words about
/// something else prove nothing.
fn is_about(text: &str, around: &str, vocabulary: &mut Vocabulary) -> bool {
    let (line, talk) = (vocabulary.read(text), vocabulary.read(around));
    vocabulary.share(&line, &talk) >= OWN_WORDS
}

/// Whether there is an item of the same words, or of the same owner about the same.
fn is_known(
    items: &[ActionItem],
    text: &str,
    owner: &str,
    turn: usize,
    found: &Found,
    vocabulary: &mut Vocabulary,
) -> bool {
    let telling = vocabulary.read(text);
    items.iter().any(|item| {
        let words = item.turn == turn && (item.quote.contains(&found.quote) || found.quote.contains(&item.quote));
        let owned = item.owner.as_deref().is_none_or(|other| other == owner) || item.owner_role == Side::Unknown;
        let other = vocabulary.read(&item.text);
        words || owned && vocabulary.overlap(&other, &telling, Names::AreNotEnough) >= SAME_WORDS
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn work_begins_with_a_verb() {
        for (text, work) in [
            ("Send the list of machines", true),
            ("send the list", true),
            ("Send", false),
            ("The list of machines", false),
            ("Omar sends the list", false),
            ("", false),
        ] {
            assert_eq!(is_work(text), work, "{text}");
        }
    }

    #[test]
    fn a_line_is_about_what_was_said() {
        for (text, around, about) in [
            ("Prepare the next steps", "Enjoy the two days off, once they are here.", false),
            ("Send Mira the test report", "Mira wants the test report.\nLeave it with me.", true),
            ("Send Mira the test report", "Mira likes the weather.\nLeave it with me.", false),
            ("Send Mira", "Leave it with Mira.", false),
        ] {
            let mut vocabulary = Vocabulary::of_people(["Mira Holt"]);
            assert_eq!(is_about(text, around, &mut vocabulary), about, "{text}");
        }
    }

    #[test]
    fn the_schema_is_that_of_the_type() {
        let schema: Value = serde_json::from_str(PROMPT.schema).unwrap();
        let item = &schema["properties"]["items"]["items"];
        assert_eq!(schema["properties"]["items"]["maxItems"], MOST_FOUND);
        assert_eq!(item["properties"]["text"]["maxLength"], MAX_TEXT);
        assert_eq!(item["properties"]["quote"]["maxLength"], MAX_QUOTE);
        let heard: Value =
            item["properties"].as_object().unwrap().keys().map(|name| (name.clone(), json!("x"))).collect();
        assert!(serde_json::from_value::<Answer>(json!({"items": [heard]})).is_ok());
        let mut other = heard;
        other["deadline"] = json!("2026-11-20");
        assert!(serde_json::from_value::<Answer>(json!({"items": [other]})).is_err());
    }
}
