//! A submitted form as an answer.
//!
//! The form sends every editable place back; what differs from the card is an
//! edit. Which answer it is comes from the button that was pressed.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use skillhost_engine::approval::{Answer, Edit, ItemAnswer};
use skillhost_engine::card::{Card, EditableView, EffectView};
use skillhost_engine::time::Timestamp;

use super::page::PageError;
use crate::http::{Problem, RawBody};

/// Longest note taken with an answer: a paragraph.
const MAX_NOTE_CHARS: usize = 2000;

/// The fields of a form, in their order.
pub(super) struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let RawBody(body) = RawBody::from_request(request, state).await.map_err(PageError::from)?;
        if std::str::from_utf8(&body).is_err() {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid-form",
                "The form cannot be read",
                "The form's fields are not text.",
            )
            .into());
        }
        Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()))
    }
}

impl Fields {
    /// The first field of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether there is a field with this name and value.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(key, present)| key == name && present == value)
    }
}

/// What the person decided.
#[derive(Debug, PartialEq)]
pub(super) struct Submission {
    /// The answer.
    pub(super) answer: Answer,
    /// Their words.
    pub(super) note: Option<String>,
    /// Marked as irrelevant.
    pub(super) irrelevant: bool,
}

/// Why a form is no answer; shown above it with what was typed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormError {
    /// No button we made.
    #[error("Press one of the buttons below.")]
    NoAnswer,
    /// "Choose" without a choice.
    #[error("Pick one of the options first.")]
    NoChoice,
    /// "Approve ticked" with nothing ticked.
    #[error("Nothing is ticked. Tick what should happen, or press “Skip all”.")]
    NothingTicked,
    /// "Send later" without a time.
    #[error("Say when it should leave.")]
    NoTime,
    /// A time that is over.
    #[error("That time is over. Pick one that lies ahead.")]
    PastTime,
    /// A field that should be a number or JSON is not.
    #[error("“{label}” is not acceptable: {message}.")]
    BadValue {
        /// Which field.
        label: String,
        /// What is wrong.
        message: &'static str,
    },
    /// The note is too long.
    #[error("The note is longer than {MAX_NOTE_CHARS} characters.")]
    LongNote,
}

/// Name of the field for an editable place.
pub(super) fn edit_name(effect: &str, pointer: &str) -> String {
    format!("edit|{effect}|{pointer}")
}

/// An editable value as text in a field: lists one entry a line.
pub(super) fn edit_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

/// Browsers send line ends as CR LF whatever the page had.
fn newlines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// What was typed, as the type the place has.
fn typed(place: &EditableView, text: &str) -> Result<Value, FormError> {
    let bad = |message| FormError::BadValue { label: place.label.clone(), message };
    match &place.value {
        Value::String(_) => Ok(Value::String(newlines(text))),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let text = newlines(text);
            Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect())
        }
        Value::Number(_) => serde_json::from_str::<serde_json::Number>(text.trim())
            .map(Value::Number)
            .map_err(|_| bad("it must be a number")),
        Value::Bool(_) => match text.trim() {
            "true" | "yes" => Ok(Value::Bool(true)),
            "false" | "no" => Ok(Value::Bool(false)),
            _ => Err(bad("it is yes or no")),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => {
            serde_json::from_str(text).map_err(|_| bad("it must be JSON"))
        }
    }
}

fn same(present: &Value, typed: &Value) -> bool {
    match (present, typed) {
        (Value::String(present), Value::String(typed)) => newlines(present) == *typed,
        (present, typed) => present == typed,
    }
}

fn edits(effects: &[EffectView], fields: &Fields) -> Result<Vec<Edit>, FormError> {
    let mut changed = Vec::new();
    for effect in effects {
        for place in &effect.editable {
            let Some(text) = fields.get(&edit_name(&effect.id, &place.pointer)) else { continue };
            let value = typed(place, text)?;
            if !same(&place.value, &value) {
                changed.push(Edit { effect: effect.id.clone(), pointer: place.pointer.clone(), value });
            }
        }
    }
    Ok(changed)
}

/// Reads the answer to `card` by somebody in `zone`.
pub(super) fn read(card: &Card, fields: &Fields, zone: &TimeZone, now: Timestamp) -> Result<Submission, FormError> {
    let note = fields.get("note").map(newlines).map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS) {
        return Err(FormError::LongNote);
    }
    let all_edits = || -> Result<Vec<Edit>, FormError> {
        let mut all = Vec::new();
        for part in &card.parts {
            all.extend(edits(&part.effects, fields)?);
        }
        Ok(all)
    };
    let answer = match fields.get("answer").unwrap_or_default() {
        "approve" => Answer::Approve { edits: all_edits()?, not_before: None },
        "later" => Answer::Approve { edits: all_edits()?, not_before: Some(later(fields, zone, now)?) },
        "choose" => match fields.get("choice") {
            Some(choice) if !choice.is_empty() => Answer::Choose { choice: choice.to_owned() },
            Some(_) | None => return Err(FormError::NoChoice),
        },
        "more" => Answer::More,
        "manual" => Answer::Manual,
        "items" => {
            let items = items(card, fields, |id| fields.has("item", id))?;
            if items.iter().all(|item| !item.approve) {
                return Err(FormError::NothingTicked);
            }
            Answer::Items { items }
        }
        "all" => Answer::Items { items: items(card, fields, |_| true)? },
        "skip" => Answer::Skip,
        "cancel" => Answer::Cancel,
        _ => return Err(FormError::NoAnswer),
    };
    Ok(Submission { answer, note, irrelevant: fields.get("irrelevant").is_some() })
}

fn items(card: &Card, fields: &Fields, ticked: impl Fn(&str) -> bool) -> Result<Vec<ItemAnswer>, FormError> {
    card.parts
        .iter()
        .map(|part| {
            let approve = ticked(&part.id);
            let edits = if approve { edits(&part.effects, fields)? } else { Vec::new() };
            Ok(ItemAnswer { item: part.id.clone(), approve, edits })
        })
        .collect()
}

/// A local time of the person as an instant.
fn later(fields: &Fields, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, FormError> {
    let text = fields.get("later_at").unwrap_or_default();
    let local: DateTime = text.parse().map_err(|_| FormError::NoTime)?;
    let at = local.to_zoned(zone.clone()).map_err(|_| FormError::NoTime)?;
    let at = Timestamp(at.timestamp().as_millisecond());
    if at <= now { Err(FormError::PastTime) } else { Ok(at) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;
    use skillhost_engine::card::CardPart;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn place(pointer: &str, value: Value) -> EditableView {
        EditableView { pointer: pointer.to_owned(), label: pointer.to_owned(), multiline: true, value }
    }

    fn part(id: &str, editable: Vec<EditableView>) -> CardPart {
        CardPart {
            id: id.to_owned(),
            label: String::new(),
            detail: None,
            marked: true,
            effects: vec![EffectView {
                id: format!("effect-{id}"),
                kind: "email.send".to_owned(),
                title: String::new(),
                digest: String::new(),
                lines: vec![],
                editable,
            }],
        }
    }

    fn card(parts: Vec<CardPart>) -> Card {
        Card {
            heading: String::new(),
            pattern: "review".to_owned(),
            asked_by: String::new(),
            made_by: Vec::new(),
            raised_by: None,
            seal: String::new(),
            parts,
            comment_title: String::new(),
            comment: String::new(),
            comment_fields: vec![],
            deferrable: true,
            offer_more: false,
            offer_manual: false,
        }
    }

    fn read_utc(card: &Card, pairs: &[(&str, &str)]) -> Result<Submission, FormError> {
        read(card, &fields(pairs), &TimeZone::UTC, NOW)
    }

    #[test]
    fn only_what_differs_is_an_edit() {
        let card = card(vec![part(
            "",
            vec![
                place("/body", json!("Hi\nthere")),
                place("/to", json!(["a@x.example", "b@x.example"])),
                place("/n", json!(3)),
            ],
        )]);
        let name = |pointer: &str| edit_name("effect-", pointer);
        let unchanged = read_utc(
            &card,
            &[
                ("answer", "approve"),
                (&name("/body"), "Hi\r\nthere"),
                (&name("/to"), "a@x.example\r\nb@x.example"),
                (&name("/n"), "3"),
            ],
        )
        .unwrap();
        assert_eq!(unchanged.answer, Answer::Approve { edits: vec![], not_before: None });
        let changed = read_utc(
            &card,
            &[
                ("answer", "approve"),
                (&name("/body"), "Hello"),
                (&name("/to"), " a@x.example \n\n"),
                (&name("/n"), "4"),
            ],
        )
        .unwrap();
        let Answer::Approve { edits, .. } = changed.answer else { panic!("not an approval") };
        let values: Vec<_> = edits.into_iter().map(|edit| edit.value).collect();
        assert_eq!(values, [json!("Hello"), json!(["a@x.example"]), json!(4)]);
    }

    #[test]
    fn a_field_the_card_does_not_offer_changes_nothing() {
        let card = card(vec![part("", vec![place("/body", json!("Hi"))])]);
        let answer = read_utc(
            &card,
            &[("answer", "approve"), ("edit|effect-|/to", "evil@x.example"), ("edit|other|/body", "x")],
        );
        assert_eq!(answer.unwrap().answer, Answer::Approve { edits: vec![], not_before: None });
    }

    #[test]
    fn items_are_ticked_each_on_its_own_and_all_means_all() {
        let card = card(vec![part("1", vec![]), part("2", vec![])]);
        let Answer::Items { items } = read_utc(&card, &[("answer", "items"), ("item", "2")]).unwrap().answer else {
            panic!("not items")
        };
        assert_eq!(items.iter().map(|item| item.approve).collect::<Vec<_>>(), [false, true]);
        assert_eq!(read_utc(&card, &[("answer", "items")]), Err(FormError::NothingTicked));
        let Answer::Items { items } = read_utc(&card, &[("answer", "all")]).unwrap().answer else {
            panic!("not items")
        };
        assert!(items.iter().all(|item| item.approve));
    }

    #[test]
    fn later_is_the_persons_own_clock() {
        let card = card(vec![part("", vec![])]);
        let zone = TimeZone::get("Europe/Zurich").unwrap();
        let at = |text| read(&card, &fields(&[("answer", "later"), ("later_at", text)]), &zone, NOW);
        let Answer::Approve { not_before: Some(instant), .. } = at("2027-07-01T08:00").unwrap().answer else {
            panic!("no time")
        };
        assert_eq!(instant.rfc3339(), "2027-07-01T06:00:00.000Z");
        assert_eq!(at("2001-01-01T08:00"), Err(FormError::PastTime));
        assert_eq!(at(""), Err(FormError::NoTime));
    }

    #[test]
    fn a_form_without_a_known_button_is_no_answer() {
        let card = card(vec![part("", vec![place("/n", json!(3))])]);
        assert_eq!(read_utc(&card, &[]), Err(FormError::NoAnswer));
        assert_eq!(read_utc(&card, &[("answer", "choose")]), Err(FormError::NoChoice));
        assert!(matches!(
            read_utc(&card, &[("answer", "approve"), ("edit|effect-|/n", "many")]),
            Err(FormError::BadValue { .. })
        ));
    }
}
