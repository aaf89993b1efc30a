//! Steps that the host does itself, where a module would be an empty shell.
//!
//! An action is a pure function from input to outcome, under the same contract
//! checks and the same outbox as a skill. To add one, add a variant, its name,
//! its rights and its function.

use serde_json::{Map, Value, json};

use crate::button;
use crate::effect;
use crate::outcome::{Effect, Outcome};
use crate::rights::{Right, RightSet};
use crate::skill::CallError;

/// Most characters of a card's text: several screens of chat.
const MAX_CARD_CHARS: usize = 12_000;
/// What a card takes.
const FIELDS: [&str; 4] = ["title", "text", "sections", "buttons"];

/// What the host can do in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Posts a card to the user: `{title?, text?, sections?: {heading: anything}, buttons?}`.
    /// A section that is null is left out and named; what `buttons` takes is in
    /// [`crate::button`].
    Card,
}

impl Action {
    /// Their names in a sequence.
    pub const NAMES: [&'static str; 1] = ["card"];

    /// The action of this name.
    pub fn parse(name: &str) -> Option<Self> {
        (name == "card").then_some(Self::Card)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
        }
    }

    /// What it may propose.
    pub fn rights(self) -> RightSet {
        match self {
            Self::Card => [Right::Effect("chat.post".to_owned())].into_iter().collect(),
        }
    }

    /// Its outcome for an input.
    pub fn perform(self, input: &Value) -> Result<Outcome, CallError> {
        match self {
            Self::Card => card(input),
        }
    }
}

fn card(input: &Value) -> Result<Outcome, CallError> {
    let bad = |pointer: &str, message: &str| CallError::InvalidInput {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
    };
    let empty = Map::new();
    let fields = input.as_object().ok_or_else(|| bad("", "a card takes a map"))?;
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(bad(&format!("/{name}"), "a card takes title, text, sections and buttons"));
    }
    let line = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(bad(&format!("/{name}"), "must be text")),
    };
    let sections = match fields.get("sections") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(sections)) => sections,
        Some(_) => return Err(bad("/sections", "must be a map from heading to content")),
    };
    let buttons = match fields.get("buttons") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(entries)) => {
            button::gathered(entries).map_err(|(pointer, message)| bad(&pointer, &message))?
        }
        Some(_) => return Err(bad("/buttons", "must be a list of buttons")),
    };
    let mut parts = Vec::new();
    if let Some(title) = line("title")? {
        parts.push(format!("**{title}**"));
    }
    parts.extend(line("text")?.map(str::to_owned));
    let mut absent = Vec::new();
    for (heading, content) in sections {
        if content.is_null() {
            absent.push(heading.as_str());
        } else {
            parts.push(format!("**{heading}**\n{}", markdown(content)));
        }
    }
    if !absent.is_empty() {
        parts.push(format!("_Not available: {}_", absent.join(", ")));
    }
    if parts.is_empty() {
        return Err(bad("", "a card needs a title, a text or a section"));
    }
    let mut text = parts.join("\n\n");
    if let Some((at, _)) = text.char_indices().nth(MAX_CARD_CHARS) {
        text.truncate(at);
        text.push_str("\n…");
    }
    let mut payload = json!({"text": text});
    if !buttons.is_empty() {
        payload["buttons"] = json!(buttons);
    }
    Ok(Outcome {
        output: json!({"posted": true}),
        effects: vec![Effect { id: "card".to_owned(), kind: "chat.post".to_owned(), payload, after: Vec::new() }],
        ..Outcome::default()
    })
}

/// Any JSON as a short list.
fn markdown(content: &Value) -> String {
    match content {
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(|item| format!("- {}", inline(item))).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| format!("- {}: {}", key.replace('_', " "), inline(value)))
            .collect::<Vec<_>>()
            .join("\n"),
        other => effect::text(other),
    }
}

fn inline(content: &Value) -> String {
    match content {
        Value::Object(fields) => {
            fields.values().filter(|value| !value.is_null()).map(effect::text).collect::<Vec<_>>().join(" · ")
        }
        other => effect::text(other),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_card_shows_what_is_there_and_names_what_is_not() {
        let input = json!({
            "title": "Call with Acme",
            "text": "A draft waits for you.",
            "sections": {"Actions": [{"text": "Send plan", "owner": "Dana", "due": null}], "Intents": null, "Type": {"kind": "demo"}},
        });
        let outcome = Action::Card.perform(&input).unwrap();
        let text = outcome.effects[0].payload["text"].as_str().unwrap();
        assert_eq!(
            text,
            "**Call with Acme**\n\nA draft waits for you.\n\n**Actions**\n- Dana · Send plan\n\n**Type**\n- kind: demo\n\n_Not available: Intents_"
        );
        crate::effect::validate("chat.post", &outcome.effects[0].payload).unwrap();
    }

    #[test]
    fn a_card_without_words_or_with_strange_ones_fails() {
        for input in [
            json!({}),
            json!([]),
            json!({"title": 1}),
            json!({"to": "x"}),
            json!({"sections": []}),
            json!({"title": "x", "buttons": {}}),
        ] {
            assert!(matches!(Action::Card.perform(&input), Err(CallError::InvalidInput { .. })), "{input}");
        }
    }

    #[test]
    fn a_card_carries_its_buttons_and_one_without_is_as_it_was() {
        let with = |buttons: Value| Action::Card.perform(&json!({"title": "Brief", "buttons": buttons}));
        let outcome = with(json!([{"label": "Meet", "action": "check_calendar", "about": {"contact_id": "c1"}}, null]));
        let payload = &outcome.unwrap().effects[0].payload;
        crate::effect::validate("chat.post", payload).unwrap();
        assert_eq!(
            payload["buttons"],
            json!([{"label": "Meet", "action": "check_calendar", "about": {"contact_id": "c1"}}])
        );
        assert_eq!(with(json!([null, []])).unwrap().effects[0].payload, json!({"text": "**Brief**"}));
        let Err(CallError::InvalidInput { pointer, .. }) = with(json!([null, {"label": "Go", "action": "launch"}]))
        else {
            panic!("an action that nobody knows")
        };
        assert_eq!(pointer, "/buttons/1");
    }

    #[test]
    fn names_go_both_ways() {
        for name in Action::NAMES {
            assert_eq!(Action::parse(name).unwrap().as_str(), name);
        }
    }
}
