//! Buttons on a message that asks nothing: what each may raise, and what it carries.
//!
//! A message to a person may offer a few buttons. Each names an action of a closed list and
//! the ids that it is about. Whoever the message was posted to may press it, which raises one
//! event on their behalf; what the event leads to asks its own questions.
//!
//! Invariants:
//! * What a press raises is read from the effect that posted the message, never from the
//!   press, which names the effect and a place in it.
//! * A message's buttons live no longer than an idempotency key shields, so that a button
//!   raises its event once.
//!
//! To add an action: a variant, its name and words, and what it raises; and a sequence that
//! handles that.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::canonical::canonical_json;
use crate::event::IDEMPOTENCY_WINDOW_MS;
use crate::ids::EffectKey;

/// Most buttons of a message: a row.
pub const MAX_BUTTONS: usize = 5;
/// Longest label, characters: what Slack puts on a button.
pub const MAX_LABEL_CHARS: usize = 75;
/// Most ids that a button carries: those of a turn of a call are nine.
pub const MAX_IDS: usize = 12;
/// Longest id, characters, as everywhere in payloads.
pub const MAX_ID_CHARS: usize = 200;
/// Most bytes of all ids of a button: names and numbers of records, no texts.
pub const MAX_ABOUT_BYTES: usize = 1_500;
/// How long the buttons of a message work.
pub const LIFE_MS: i64 = IDEMPOTENCY_WINDOW_MS;

/// Events that a suggestion may be of: those that ask before anything happens.
pub const SUGGESTIBLE: [&str; 7] = [
    "calendar_find_times",
    "competitive_research",
    "content_retrieval",
    "followup_reminder",
    "pricing_retrieval",
    "proposal_generation",
    "stale_deal_revival",
];

/// What pressing a button means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonAction {
    /// What was suggested is to be done: the button names the event.
    ApplySuggestion,
    /// Times to meet are wanted.
    CheckCalendar,
    /// An answer to a mail is wanted.
    DraftReply,
    /// A deal is over.
    MarkClosed,
    /// The message was not worth its reader's time.
    NotRelevant,
    /// A meeting needs no brief.
    SkipPrep,
}

impl ButtonAction {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ApplySuggestion,
        Self::CheckCalendar,
        Self::DraftReply,
        Self::MarkClosed,
        Self::NotRelevant,
        Self::SkipPrep,
    ];

    /// Its word: in a message, in the source of its event, in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApplySuggestion => "apply_suggestion",
            Self::CheckCalendar => "check_calendar",
            Self::DraftReply => "draft_reply",
            Self::MarkClosed => "mark_closed",
            Self::NotRelevant => "not_relevant",
            Self::SkipPrep => "skip_prep",
        }
    }

    /// The action of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::ApplySuggestion => "Apply suggestion",
            Self::CheckCalendar => "Check calendar",
            Self::DraftReply => "Draft reply",
            Self::MarkClosed => "Mark closed",
            Self::NotRelevant => "Not relevant",
            Self::SkipPrep => "Skip prep",
        }
    }

    /// What the person is told when its event was taken.
    pub fn taken(self) -> &'static str {
        match self {
            Self::ApplySuggestion => "Begun. You are asked before anything is sent or changed.",
            Self::CheckCalendar => "Looking for times; you are asked which one when they are there.",
            Self::DraftReply => "Drafting an answer; you are asked before it is sent.",
            Self::MarkClosed => "You are asked how the deal ended; until then it stays as it is.",
            Self::NotRelevant => "Noted as not relevant; the report counts it against what made it.",
            Self::SkipPrep => "Noted as not needed. A brief that has not come yet stays away.",
        }
    }

    /// Whether pressing it says no to what the message offers.
    pub fn dismisses(self) -> bool {
        matches!(self, Self::NotRelevant | Self::SkipPrep)
    }

    /// Whether pressing it says that the message should not have come.
    pub fn is_irrelevant(self) -> bool {
        self == Self::NotRelevant
    }

    /// Ids of which a button must carry one.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Self::ApplySuggestion | Self::CheckCalendar | Self::NotRelevant => &[],
            Self::DraftReply => &["email_id", "thread_id"],
            Self::MarkClosed => &["deal_id", "contact_id"],
            Self::SkipPrep => &["meeting_id"],
        }
    }
}

/// A button of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// What it means.
    pub action: ButtonAction,
    /// The event of a suggestion, one of [`SUGGESTIBLE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Ids that it is about, and numbers.
    #[serde(default)]
    pub about: Map<String, Value>,
}

/// What a press asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// Type of the event.
    pub event_type: String,
    /// Its payload.
    pub payload: Value,
}

impl Button {
    /// The event of a press; `None` for one that only says that something was not needed.
    pub fn raises(&self) -> Option<Raised> {
        let mut payload = self.about.clone();
        let event_type = match self.action {
            ButtonAction::ApplySuggestion => self.event.as_deref()?,
            ButtonAction::CheckCalendar => {
                // Where nothing says the wish, the press itself is one.
                if !["text", "email_id", "thread_id", "transcript_id"].iter().any(|name| payload.contains_key(*name)) {
                    payload.insert("text".to_owned(), json!("Find times to meet."));
                    payload.insert("speaker".to_owned(), json!("rep"));
                }
                payload.entry("intent").or_insert(json!("schedule_meeting"));
                payload.entry("confidence").or_insert(json!(1.0));
                "calendar_find_times"
            }
            ButtonAction::DraftReply => {
                payload.insert("reply_wanted".to_owned(), json!(true));
                "email_received"
            }
            ButtonAction::MarkClosed => "deal_closing",
            ButtonAction::NotRelevant => return None,
            ButtonAction::SkipPrep => {
                // Of a meeting whose time is not told the brief is there already.
                payload.get("starts")?;
                payload.insert("skip".to_owned(), json!(true));
                "pre_meeting_90min"
            }
        };
        Some(Raised { event_type: event_type.to_owned(), payload: Value::Object(payload) })
    }

    /// What a schema cannot say of it, as a pointer within it and a rule.
    fn check(&self) -> Result<(), (&'static str, String)> {
        match (self.action, &self.event) {
            (ButtonAction::ApplySuggestion, None) => return Err(("/event", "a suggestion names its event".to_owned())),
            (ButtonAction::ApplySuggestion, Some(_)) | (_, None) => {}
            (_, Some(_)) => return Err(("/event", "only a suggestion names an event".to_owned())),
        }
        let needs = self.action.needs();
        if !needs.is_empty() && !needs.iter().any(|name| self.about.contains_key(*name)) {
            return Err(("/about", format!("`{}` needs {}", self.action.as_str(), needs.join(" or "))));
        }
        let bytes = canonical_json(&Value::Object(self.about.clone())).len();
        if bytes > MAX_ABOUT_BYTES {
            return Err(("/about", format!("{bytes} bytes of ids, where {MAX_ABOUT_BYTES} are the most")));
        }
        Ok(())
    }
}

/// The buttons of a message's payload; none where it has none, or others than this host
/// draws.
pub fn of(payload: &Value) -> Vec<Button> {
    payload.get("buttons").cloned().and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default()
}

/// The key of the event that a button raises.
pub fn key(message: &EffectKey, place: usize) -> String {
    format!("button:{message}:{place}")
}

/// JSON Schema of a payload's `buttons`.
pub(crate) fn schema() -> Value {
    let id = json!({"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": MAX_ID_CHARS,
        "pattern": "^[^\\x00-\\x1f\\x7f\\u2028\\u2029]*$"});
    json!({
        "type": "array",
        "maxItems": MAX_BUTTONS,
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["label", "action"],
            "properties": {
                "label": {"type": "string", "minLength": 1, "maxLength": MAX_LABEL_CHARS,
                    "pattern": "^[^\\x00-\\x1f\\x7f\\u2028\\u2029]*$"},
                "action": {"enum": ButtonAction::ALL.map(ButtonAction::as_str)},
                "event": {"enum": SUGGESTIBLE},
                "about": {
                    "type": "object",
                    "maxProperties": MAX_IDS,
                    "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,63}$"},
                    "additionalProperties": id,
                },
            },
        },
    })
}

/// Checks the buttons of a payload whose shape holds.
pub(crate) fn check(payload: &Value) -> Result<(), (String, String)> {
    for (at, button) in of(payload).iter().enumerate() {
        button.check().map_err(|(place, message)| (format!("/buttons/{at}{place}"), message))?;
    }
    Ok(())
}

/// The labels, as a card's line shows them.
pub(crate) fn words(buttons: &Value) -> Option<String> {
    let buttons: Vec<Button> = serde_json::from_value(buttons.clone()).ok()?;
    Some(
        buttons
            .iter()
            .map(|button| format!("{} ({})", button.label, button.action.title()))
            .collect::<Vec<_>>()
            .join(", "),
    )
}

/// Buttons of an action's input: each entry is a button, a list of them, or null. Of the
/// lists the first of each come first, so that a long one leaves room for the others.
/// What has more ids than fit is left out; nulls among the ids are.
pub(crate) fn gathered(entries: &[Value]) -> Result<Vec<Button>, (String, String)> {
    let mut lists: Vec<Vec<Button>> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let list = match entry {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().filter(|item| !item.is_null()).collect(),
            one => vec![one],
        };
        let read: Result<Vec<Button>, (String, String)> =
            list.into_iter().map(|one| read(one).map_err(|message| (format!("/buttons/{at}"), message))).collect();
        lists.push(read?);
    }
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let mut found: Vec<Button> = Vec::new();
    for turn in 0..longest {
        for button in lists.iter().filter_map(|list| list.get(turn)) {
            let is_there = found.iter().any(|other| other.action == button.action && other.about == button.about);
            if found.len() < MAX_BUTTONS && !is_there && fits(button) {
                found.push(button.clone());
            }
        }
    }
    Ok(found)
}

fn read(value: &Value) -> Result<Button, String> {
    let mut value = value.clone();
    if let Some(about) = value.get_mut("about").and_then(Value::as_object_mut) {
        about.retain(|_, id| !id.is_null());
    }
    // The place is named and not what stands there: it may be somebody's words.
    let mut button: Button = serde_json::from_value(value)
        .map_err(|_| "a button is {label, action, event?, about?}, its action one of the host's".to_owned())?;
    let label = button.label.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    button.label = match (label.is_empty(), label.chars().count() > MAX_LABEL_CHARS) {
        (true, _) => button.action.title().to_owned(),
        (false, true) => label.chars().take(MAX_LABEL_CHARS - 1).chain(['…']).collect(),
        (false, false) => label,
    };
    match button.check() {
        Err(("/event", message)) => Err(message),
        _ => Ok(button),
    }
}

/// Whether the ids of a record that came from outside are of a size to be carried.
fn fits(button: &Button) -> bool {
    let payload = json!({"text": "-", "buttons": [button]});
    crate::effect::validate("chat.post", &payload).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::effect::validate;
    use crate::event::EVENT_TYPES;

    fn button(value: Value) -> Button {
        serde_json::from_value(value).unwrap()
    }

    fn refused(buttons: Value) -> String {
        let error = validate("chat.post", &json!({"text": "Hi", "buttons": buttons})).unwrap_err();
        error.pointer
    }

    #[test]
    fn an_action_goes_by_its_word_and_raises_what_the_host_knows() {
        for action in ButtonAction::ALL {
            assert_eq!(ButtonAction::parse(action.as_str()), Some(action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
            let about =
                json!({"deal_id": "d1", "email_id": "e1", "meeting_id": "m1", "starts": "2026-11-20T10:00:00Z"});
            let event = (action == ButtonAction::ApplySuggestion).then_some("stale_deal_revival");
            let one = button(json!({"label": "Go", "action": action.as_str(), "event": event, "about": about}));
            let Some(raised) = one.raises() else {
                assert_eq!(action, ButtonAction::NotRelevant);
                continue;
            };
            assert!(EVENT_TYPES.contains(&raised.event_type.as_str()), "{raised:?}");
            assert_eq!(raised.payload["deal_id"], "d1");
        }
        assert_eq!(ButtonAction::parse("approve"), None);
        for event in SUGGESTIBLE {
            assert!(EVENT_TYPES.contains(&event), "{event}");
        }
    }

    #[test]
    fn what_is_raised_says_what_is_wanted() {
        let of = |value: Value| button(value).raises().map(|raised| (raised.event_type, raised.payload));
        let wish = of(json!({"label": "x", "action": "check_calendar", "about": {"contact_id": "c1"}})).unwrap();
        assert_eq!((wish.0.as_str(), &wish.1["text"]), ("calendar_find_times", &json!("Find times to meet.")));
        let mail = of(json!({"label": "x", "action": "check_calendar", "about": {"email_id": "e1"}})).unwrap();
        assert_eq!(mail.1.get("text"), None, "the mail says the wish");
        let reply = of(json!({"label": "x", "action": "draft_reply", "about": {"email_id": "e1"}})).unwrap();
        assert_eq!(reply, ("email_received".to_owned(), json!({"email_id": "e1", "reply_wanted": true})));
        assert_eq!(of(json!({"label": "x", "action": "skip_prep", "about": {"meeting_id": "m1"}})), None);
        assert_eq!(of(json!({"label": "x", "action": "apply_suggestion"})), None, "it names no event");
    }

    #[test]
    fn a_payload_is_refused_that_carries_more_or_others_than_it_may() {
        let one = |about: Value| json!([{"label": "Go", "action": "check_calendar", "about": about}]);
        validate("chat.post", &json!({"text": "Hi", "buttons": one(json!({"contact_id": "c1", "phrase_turn": 4}))}))
            .unwrap();
        let many: Vec<Value> = (0..6).map(|n| json!({"label": format!("{n}"), "action": "check_calendar"})).collect();
        assert_eq!(refused(json!(many)), "/buttons");
        assert_eq!(refused(json!([{"label": "x".repeat(76), "action": "check_calendar"}])), "/buttons/0/label");
        assert_eq!(refused(json!([{"label": "a\nb", "action": "check_calendar"}])), "/buttons/0/label");
        assert_eq!(refused(json!([{"label": "Go", "action": "send_mail"}])), "/buttons/0/action");
        assert_eq!(refused(json!([{"label": "Go", "action": "check_calendar", "to": "x"}])), "/buttons/0");
        assert_eq!(
            refused(json!([{"label": "Go", "action": "apply_suggestion", "event": "pipeline_scan"}])),
            "/buttons/0/event"
        );
        assert_eq!(refused(json!([{"label": "Go", "action": "apply_suggestion"}])), "/buttons/0/event");
        assert_eq!(
            refused(json!([{"label": "Go", "action": "check_calendar", "event": "stale_deal_revival"}])),
            "/buttons/0/event"
        );
        assert_eq!(refused(one(json!({"contact_id": {"deep": 1}}))), "/buttons/0/about/contact_id");
        assert_eq!(refused(one(json!({"contact_id": "x".repeat(201)}))), "/buttons/0/about/contact_id");
        assert_eq!(
            refused(json!([{"label": "Go", "action": "mark_closed", "about": {"email_id": "e"}}])),
            "/buttons/0/about"
        );
        let heavy: Map<String, Value> = (0..12).map(|n| (format!("id_{n}"), json!("x".repeat(150)))).collect();
        assert_eq!(refused(one(Value::Object(heavy))), "/buttons/0/about");
    }

    #[test]
    fn of_several_lists_each_gets_a_turn_and_what_does_not_fit_stays_away() {
        let reply =
            |id: &str| json!({"label": format!("Reply {id}"), "action": "draft_reply", "about": {"email_id": id}});
        let entries = [
            json!([reply("e1"), reply("e2"), reply("e3"), reply("e4"), reply("e5")]),
            Value::Null,
            json!([reply("e1"), null]),
            json!({"label": "Meet", "action": "check_calendar", "about": {"contact_id": "c1", "deal_id": null}}),
            reply(&"x".repeat(300)),
        ];
        let labels: Vec<String> = gathered(&entries).unwrap().into_iter().map(|button| button.label).collect();
        assert_eq!(labels, ["Reply e1", "Meet", "Reply e2", "Reply e3", "Reply e4"]);
        let long = json!({"label": format!("{}\n", "word ".repeat(40)), "action": "check_calendar"});
        let label = &gathered(&[long]).unwrap()[0].label;
        assert!(label.chars().count() == MAX_LABEL_CHARS && label.ends_with('…'), "{label}");
        let empty = json!({"label": " ", "action": "check_calendar"});
        assert_eq!(gathered(&[empty]).unwrap()[0].label, "Check calendar");
        for wrong in
            [json!({"label": "x", "action": "launch"}), json!("x"), json!({"label": "x", "action": "apply_suggestion"})]
        {
            assert!(gathered(std::slice::from_ref(&wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_button_dies_before_its_key_frees() {
        const { assert!(LIFE_MS <= IDEMPOTENCY_WINDOW_MS) }
        assert_ne!(key(&"eff_1".into(), 0), key(&"eff_1".into(), 1));
    }
}
