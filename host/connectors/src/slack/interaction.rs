//! What a person pressed, read from a body whose signature was verified.
//!
//! To add a button: a case of [`Verb`] with its action id, and its meaning in
//! `settle`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillhost_engine::ids::ApprovalId;
use std::collections::BTreeMap;

use super::card::CardView;

/// Action id of a button that only opens a page; behind a colon there may be its number.
pub(super) const OPEN_LINK: &str = "open";
/// Callback id of our modals.
pub(super) const MODAL: &str = "skillhost";
/// Ticks that fit into a block id beside page and number; an approval holds fewer items.
const MAX_TICKS: usize = 200;

/// What the buttons of a card mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Approve,
    Edit,
    Later,
    Skip,
    Cancel,
    Choose(String),
    More,
    Manual,
    Tick(usize),
    Page(usize),
    All,
    Ticked,
    Undo,
    Feedback,
    Again,
    Bring,
}

impl Verb {
    pub(super) fn action_id(&self) -> String {
        match self {
            Self::Approve => "approve".to_owned(),
            Self::Edit => "edit".to_owned(),
            Self::Later => "later".to_owned(),
            Self::Skip => "skip".to_owned(),
            Self::Cancel => "cancel".to_owned(),
            Self::Choose(choice) => format!("choose:{choice}"),
            Self::More => "more".to_owned(),
            Self::Manual => "manual".to_owned(),
            Self::Tick(index) => format!("tick:{index}"),
            Self::Page(page) => format!("page:{page}"),
            Self::All => "all".to_owned(),
            Self::Ticked => "ticked".to_owned(),
            Self::Undo => "undo".to_owned(),
            Self::Feedback => "feedback".to_owned(),
            Self::Again => "again".to_owned(),
            Self::Bring => "bring".to_owned(),
        }
    }

    fn parse(action_id: &str) -> Option<Self> {
        let (word, rest) = action_id.split_once(':').unwrap_or((action_id, ""));
        Some(match word {
            "approve" => Self::Approve,
            "edit" => Self::Edit,
            "later" => Self::Later,
            "skip" => Self::Skip,
            "cancel" => Self::Cancel,
            "choose" if !rest.is_empty() => Self::Choose(rest.to_owned()),
            "more" => Self::More,
            "manual" => Self::Manual,
            "tick" => Self::Tick(rest.parse().ok()?),
            "page" => Self::Page(rest.parse().ok()?),
            "all" => Self::All,
            "ticked" => Self::Ticked,
            "undo" => Self::Undo,
            "feedback" => Self::Feedback,
            "again" => Self::Again,
            // On the home tab each has a number behind it.
            "bring" => Self::Bring,
            _ => return None,
        })
    }
}

/// Block id of a row of buttons: its number, and the view it was drawn in.
pub(super) fn row_id(number: usize, view: &CardView) -> String {
    format!("r{number}.{}.{}", view.page, ticks(view))
}

fn ticks(view: &CardView) -> String {
    view.ticked.iter().take(MAX_TICKS).map(|ticked| if *ticked { '1' } else { '0' }).collect()
}

fn view_of(block_id: &str) -> Option<CardView> {
    let mut parts = block_id.strip_prefix('r')?.splitn(3, '.');
    let (_number, page, ticks) = (parts.next()?, parts.next()?, parts.next()?);
    Some(CardView { page: page.parse().ok()?, ticked: ticks.chars().map(|c| c == '1').collect() })
}

/// What rides in a modal's private metadata: which question it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    pub(super) approval: ApprovalId,
    pub(super) nonce: String,
    pub(super) page: usize,
    pub(super) ticks: String,
    pub(super) form: Form,
}

/// What a modal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Changes, and approves.
    Edit,
    /// When, and approves.
    Later,
    /// A word on it, and skips.
    Feedback,
}

impl Metadata {
    pub(super) fn new(approval: &ApprovalId, nonce: &str, view: &CardView, form: Form) -> Self {
        Self { approval: approval.clone(), nonce: nonce.to_owned(), page: view.page, ticks: ticks(view), form }
    }
}

/// A filled-in modal.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// The nonce the modal was opened with.
    pub nonce: String,
    /// The view of the card at that moment.
    pub view: CardView,
    /// Which modal it was.
    pub form: Form,
    /// Values by block id; `None` is an input left empty, and a box that is not ticked.
    pub values: BTreeMap<String, Option<String>>,
}

/// One press.
#[derive(Clone, Debug, PartialEq)]
pub struct Press(pub(super) Kind);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Button(Verb, CardView),
    Submitted(Submission),
    Nothing,
}

/// Who pressed what, where.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// Slack team: maps, with the user, to an org and a user of ours.
    pub team: String,
    /// Slack user.
    pub user: String,
    /// The question; `None` for presses that concern none (a link, a closed view).
    pub approval: Option<ApprovalId>,
    /// Where to answer, for half an hour.
    pub response_url: Option<String>,
    /// Opens a modal within three seconds, once.
    pub trigger_id: Option<String>,
    /// Channel of the pressed message.
    pub channel: Option<String>,
    /// The pressed message.
    pub message_ts: Option<String>,
    /// What was pressed; see `Press::next`.
    pub press: Press,
}

/// A body that is no interaction of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InteractionError {
    /// Not a form with a payload.
    #[error("the body is not a form with one field `payload`")]
    NoPayload,
    /// The payload is not JSON.
    #[error("the payload is not JSON")]
    NotJson,
    /// A part is missing or of another shape.
    #[error("the payload's {pointer} is missing or of another shape")]
    Shape {
        /// JSON Pointer.
        pointer: &'static str,
    },
    /// A kind of interaction this host has not asked for.
    #[error("interactions of this type are not handled")]
    UnknownType,
    /// A button this host has not drawn.
    #[error("no such button is drawn by this host")]
    UnknownAction,
}

/// What a verified body carries: `payload=<JSON>`, form-encoded.
pub(super) fn payload_of(body: &[u8]) -> Result<Value, InteractionError> {
    let mut payloads = url::form_urlencoded::parse(body).filter(|(name, _)| name == "payload");
    let (Some((_, payload)), None) = (payloads.next(), payloads.next()) else {
        return Err(InteractionError::NoPayload);
    };
    serde_json::from_str(&payload).map_err(|_| InteractionError::NotJson)
}

/// Reads a verified body of a press on a question, or of a form.
pub fn parse(body: &[u8]) -> Result<Interaction, InteractionError> {
    let payload = payload_of(body)?;
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let (approval, press) = match payload.get("type").and_then(Value::as_str) {
        Some("block_actions") => pressed(&payload)?,
        Some("view_submission") => submitted(&payload)?,
        Some("view_closed") => (None, Kind::Nothing),
        Some(_) => return Err(InteractionError::UnknownType),
        None => return Err(InteractionError::Shape { pointer: "/type" }),
    };
    Ok(Interaction {
        // An org-wide installation sends no team; the user's own is there.
        team: text("/team/id")
            .or_else(|| text("/user/team_id"))
            .ok_or(InteractionError::Shape { pointer: "/team/id" })?,
        user: text("/user/id").ok_or(InteractionError::Shape { pointer: "/user/id" })?,
        approval,
        response_url: text("/response_url"),
        trigger_id: text("/trigger_id"),
        channel: text("/container/channel_id").or_else(|| text("/channel/id")),
        message_ts: text("/container/message_ts").or_else(|| text("/message/ts")),
        press: Press(press),
    })
}

fn pressed(payload: &Value) -> Result<(Option<ApprovalId>, Kind), InteractionError> {
    let shape = |pointer| InteractionError::Shape { pointer };
    let action = payload.pointer("/actions/0").ok_or(shape("/actions/0"))?;
    let text = |name: &str| action.get(name).and_then(Value::as_str);
    let action_id = text("action_id").ok_or(shape("/actions/0/action_id"))?;
    if action_id.split(':').next() == Some(OPEN_LINK) {
        return Ok((None, Kind::Nothing));
    }
    let verb = Verb::parse(action_id).ok_or(InteractionError::UnknownAction)?;
    let view = text("block_id").and_then(view_of).ok_or(shape("/actions/0/block_id"))?;
    let approval = text("value").filter(|id| !id.is_empty()).ok_or(shape("/actions/0/value"))?;
    Ok((Some(ApprovalId::from(approval)), Kind::Button(verb, view)))
}

fn submitted(payload: &Value) -> Result<(Option<ApprovalId>, Kind), InteractionError> {
    let shape = |pointer| InteractionError::Shape { pointer };
    if payload.pointer("/view/callback_id").and_then(Value::as_str) != Some(MODAL) {
        return Err(InteractionError::UnknownAction);
    }
    let metadata: Metadata = payload
        .pointer("/view/private_metadata")
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or(shape("/view/private_metadata"))?;
    let state = payload.pointer("/view/state/values").and_then(Value::as_object).ok_or(shape("/view/state/values"))?;
    let mut values = BTreeMap::new();
    for (block, inputs) in state {
        let input = inputs.as_object().and_then(|inputs| inputs.values().next()).unwrap_or(&Value::Null);
        let ticked = input.pointer("/selected_options/0/value").and_then(Value::as_str);
        let value = match (input.get("value"), input.get("selected_date_time"), ticked) {
            (Some(Value::String(text)), ..) => Some(text.clone()),
            (_, Some(Value::Number(seconds)), _) => Some(seconds.to_string()),
            (_, _, Some(ticked)) => Some(ticked.to_owned()),
            _ => None,
        };
        values.insert(block.clone(), value);
    }
    let view = CardView { page: metadata.page, ticked: metadata.ticks.chars().map(|c| c == '1').collect() };
    let submission = Submission { nonce: metadata.nonce, view, form: metadata.form, values };
    Ok((Some(metadata.approval), Kind::Submitted(submission)))
}
