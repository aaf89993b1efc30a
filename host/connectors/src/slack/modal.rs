//! Modals: change the editable places of what is approved, or choose when.
//!
//! An input is named by the number of its place in the card, counted over the
//! whole card; a text longer than one input takes is spread over several, cut
//! where the pieces' own ends say how to join them again.

use serde_json::{Map, Value, json};
use skillhost_engine::approval::{Edit, PendingAction};
use skillhost_engine::card::{Card, EditableView};
use skillhost_engine::time::Timestamp;

use super::blocks::{Block, MAX_VIEW_BLOCKS, input, title};
use super::card::CardView;
use super::interaction::{Form, MODAL, Metadata, Submission};
use super::text::units;

/// Text of one input.
const MAX_INPUT: usize = 3000;
/// Title, submit and close of a modal.
const MAX_TITLE: usize = 24;
/// Block and action id of the instant.
const WHEN: &str = "when";
/// Block and action ids of feedback: the person's words, and the box.
const NOTE: &str = "note";
const IRRELEVANT: &str = "irrelevant";
/// Longest note, as in the inbox.
const MAX_NOTE: usize = 2000;

/// Why no modal can be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModalError {
    /// Nothing to change.
    #[error("nothing in this may be changed")]
    NothingEditable,
    /// More than one modal takes.
    #[error("this has more to change than Slack can show at once; use the inbox, or select fewer")]
    TooLarge,
}

/// A value that cannot be taken, shown at its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The input.
    pub block_id: String,
    /// What is wrong, for the person.
    pub message: String,
}

/// The body to answer a submission with, so that the modal stays open and shows what is wrong.
pub fn refusal(errors: &[FieldError]) -> Value {
    let errors: Map<String, Value> =
        errors.iter().map(|error| (error.block_id.clone(), json!(error.message))).collect();
    json!({"response_action": "errors", "errors": errors})
}

/// An editable place of the card, with its part and effect.
pub(super) struct Place<'c> {
    number: usize,
    pub(super) part: usize,
    pub(super) effect: &'c str,
    title: &'c str,
    view: &'c EditableView,
}

/// Every place of the card that a modal over this view offers: all of a
/// review's, those of the ticked items of a batch.
pub(super) fn places<'c>(card: &'c Card, view: &CardView) -> Vec<Place<'c>> {
    let mut number = 0;
    let mut places = Vec::new();
    for (part, of) in card.parts.iter().enumerate() {
        let offered = card.pattern != "batch" || view.ticked.get(part).copied().unwrap_or(false);
        for effect in &of.effects {
            for editable in &effect.editable {
                if offered {
                    places.push(Place { number, part, effect: &effect.id, title: &effect.title, view: editable });
                }
                number += 1;
            }
        }
    }
    places
}

/// The modal that approves with changes.
pub fn edit(action: &PendingAction, view: &CardView) -> Result<Value, ModalError> {
    let view = view.clone().fitted(&action.card);
    let places = places(&action.card, &view);
    if places.is_empty() {
        return Err(ModalError::NothingEditable);
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut above: Option<&str> = None;
    for place in &places {
        if above != Some(place.effect) {
            blocks.push(title(place.title));
            above = Some(place.effect);
        }
        let text = shown(&place.view.value);
        let pieces = cut(&text);
        let many = pieces.len();
        for (index, piece) in pieces.into_iter().enumerate() {
            let label = if many == 1 {
                place.view.label.clone()
            } else {
                format!("{} ({} of {many})", place.view.label, index + 1)
            };
            let id = format!("{}.{index}.{}", place.number, piece.end);
            let mut element = json!({
                "type": "plain_text_input",
                // As the block's, which names the place: a view has each once.
                "action_id": id,
                "multiline": place.view.multiline || place.view.value.is_array() || many > 1,
                "max_length": MAX_INPUT,
            });
            if !piece.text.is_empty() {
                element["initial_value"] = json!(piece.text);
            }
            blocks.push(input(id, &label, element, true));
        }
    }
    if blocks.len() > MAX_VIEW_BLOCKS {
        return Err(ModalError::TooLarge);
    }
    Ok(modal(action, &view, Form::Edit, "Edit and approve", "Approve", &blocks))
}

/// The modal that approves for later.
pub fn later(action: &PendingAction, proposed: Timestamp) -> Value {
    const STEP_S: i64 = 300;
    let seconds = proposed.0.div_euclid(1000);
    let rounded = seconds + (STEP_S - seconds.rem_euclid(STEP_S));
    let element = json!({"type": "datetimepicker", "action_id": WHEN, "initial_date_time": rounded});
    let blocks = [input(WHEN.to_owned(), "Send at", element, false)];
    modal(action, &CardView::first(&action.card), Form::Later, "Send later", "Approve", &blocks)
}

/// The modal that skips with a word on it.
pub fn feedback(action: &PendingAction) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let words = json!({"type": "plain_text_input", "action_id": NOTE, "multiline": true, "max_length": MAX_NOTE});
    let option = json!({"text": plain("Not relevant to me"), "value": IRRELEVANT});
    let boxes = json!({"type": "checkboxes", "action_id": IRRELEVANT, "options": [option]});
    let blocks = [
        title(&action.card.heading),
        input(NOTE.to_owned(), "What is wrong with it?", words, true),
        input(IRRELEVANT.to_owned(), "Should it have been asked?", boxes, true),
    ];
    modal(action, &CardView::first(&action.card), Form::Feedback, "Skip with feedback", "Skip", &blocks)
}

fn modal(action: &PendingAction, view: &CardView, form: Form, name: &str, submit: &str, blocks: &[Block]) -> Value {
    debug_assert!(units(name) <= MAX_TITLE && units(submit) <= MAX_TITLE);
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let metadata = json!(Metadata::new(&action.id, &action.nonce, view, form));
    json!({
        "type": "modal",
        "callback_id": MODAL,
        "title": plain(name),
        "submit": plain(submit),
        "close": plain("Back"),
        "private_metadata": metadata.to_string(),
        "blocks": blocks,
    })
}

/// The changes of a submission: places whose value is another one now, by part.
pub(super) fn edits(card: &Card, submission: &Submission) -> Result<Vec<(usize, Edit)>, Vec<FieldError>> {
    let mut edits = Vec::new();
    let mut errors = Vec::new();
    for place in places(card, &submission.view) {
        let prefix = format!("{}.", place.number);
        // A missing piece is a modal of another shape than this card's.
        let mut pieces: Vec<(usize, &str, &str, &str)> = submission
            .values
            .iter()
            .filter_map(|(block, value)| {
                let (index, end) = block.strip_prefix(&prefix)?.split_once('.')?;
                Some((index.parse().ok()?, end, value.as_deref().unwrap_or_default(), block.as_str()))
            })
            .collect();
        pieces.sort_unstable_by_key(|piece| piece.0);
        let Some((_, _, _, block)) = pieces.first() else { continue };
        let mut text = String::new();
        for (_, end, piece, _) in &pieces {
            text.push_str(piece);
            text.push_str(match *end {
                "n" => "\n",
                "s" => " ",
                _ => "",
            });
        }
        if text == shown(&place.view.value) {
            continue;
        }
        match taken(&text, &place.view.value) {
            Ok(value) if value == place.view.value => {}
            Ok(value) => edits.push((
                place.part,
                Edit { effect: place.effect.to_owned(), pointer: place.view.pointer.clone(), value },
            )),
            Err(message) => {
                errors.push(FieldError { block_id: (*block).to_owned(), message: message.to_owned() });
            }
        }
    }
    if errors.is_empty() { Ok(edits) } else { Err(errors) }
}

/// The words of feedback, and whether the question should not have been asked.
pub(super) fn words(submission: &Submission) -> (Option<String>, bool) {
    let value = |block: &str| submission.values.get(block).and_then(|value| value.as_deref());
    let note = value(NOTE).map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned);
    (note, value(IRRELEVANT) == Some(IRRELEVANT))
}

/// The instant of a "send later".
pub(super) fn instant(submission: &Submission, now: Timestamp) -> Result<Timestamp, FieldError> {
    let refuse = |message: &str| FieldError { block_id: WHEN.to_owned(), message: message.to_owned() };
    let seconds: i64 = submission
        .values
        .get(WHEN)
        .and_then(|value| value.as_deref())
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| refuse("Choose a date and a time."))?;
    let at = Timestamp(seconds.saturating_mul(1000));
    if at <= now { Err(refuse("This is in the past.")) } else { Ok(at) }
}

/// A value as the person edits it: text as it is, a list one a line, the rest as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let lines: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        other => other.to_string(),
    }
}

/// The way back, to the type the value has now.
fn taken(text: &str, present: &Value) -> Result<Value, &'static str> {
    match present {
        Value::String(_) => Ok(json!(text)),
        Value::Null if text.is_empty() => Ok(Value::Null),
        Value::Null => Ok(json!(text)),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).collect())
        }
        Value::Number(_) => match serde_json::from_str(text.trim()) {
            Ok(number @ Value::Number(_)) => Ok(number),
            _ => Err("Write a number."),
        },
        Value::Bool(_) => match text.trim() {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            _ => Err("Write true or false."),
        },
        Value::Array(_) | Value::Object(_) => serde_json::from_str(text).map_err(|_| "This is not valid JSON."),
    }
}

struct Piece {
    text: String,
    /// What stood between this piece and the next: `n` a line end, `s` a space, `e` nothing.
    end: char,
}

/// Cuts a text into inputs; never inside a character, at a line end or a space if there is one.
fn cut(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while units(rest) > MAX_INPUT {
        let mut used = 0;
        let fits = rest
            .char_indices()
            .find(|(_, c)| {
                used += c.len_utf16();
                used > MAX_INPUT
            })
            .map_or(rest.len(), |(at, _)| at);
        let head = &rest[..fits];
        let at = head.rfind('\n').or_else(|| head.rfind(' ')).filter(|at| *at > 0);
        let (piece, end, next) = match at {
            Some(at) => (&rest[..at], if rest[at..].starts_with('\n') { 'n' } else { 's' }, &rest[at + 1..]),
            None => (head, 'e', &rest[fits..]),
        };
        pieces.push(Piece { text: piece.to_owned(), end });
        rest = next;
    }
    pieces.push(Piece { text: rest.to_owned(), end: 'e' });
    pieces
}
