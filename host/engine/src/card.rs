//! What a person is shown, made by the host from the effects.
//!
//! Invariant: every text here that a person reads went through [`visible`]; only
//! [`EditableView::value`], which fills an input field, is as it will be sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::BoundEffect;
use crate::outcome::{ApprovalRequest, Ask, Editable, Effect, Field};
use crate::skill::SkillRef;
use crate::visible::visible;

/// A card. Nothing in `parts` comes from the skill's own words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The host's heading: `Send an email`, `Create 3 tasks`, `Move a deal`.
    pub heading: String,
    /// `review`, `choose`, `batch` or [`VOID`].
    pub pattern: String,
    /// Who asks: `<skill> <version>`, or `skillhost`.
    pub asked_by: String,
    /// The modules that made the suggestion, so that what becomes of it is said of them;
    /// none on cards of earlier hosts.
    #[serde(default)]
    pub made_by: Vec<SkillRef>,
    /// Who raised the event, where it came by the API: the client, and the person whose key
    /// it used where that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_by: Option<String>,
    /// The host's proof that it asked exactly this; see [`crate::binding::Binder::seal`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seal: String,
    /// What would happen, whole.
    pub parts: Vec<CardPart>,
    /// The skill's comment: title.
    pub comment_title: String,
    /// The skill's comment: text.
    pub comment: String,
    /// The skill's comment: lines.
    pub comment_fields: Vec<Field>,
    /// Offer "send later".
    pub deferrable: bool,
    /// Offer "show me others".
    pub offer_more: bool,
    /// Offer "I will do it myself".
    pub offer_manual: bool,
}

/// What is taken of a stored card. The rest is rendered anew, so that whoever writes the
/// database does not change what a person is shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct StoredCard {
    #[serde(default)]
    heading: String,
    #[serde(default)]
    made_by: Vec<SkillRef>,
    #[serde(default)]
    raised_by: Option<String>,
    #[serde(default)]
    seal: String,
}

/// The pattern of a card that the host did not make; it has no parts.
pub const VOID: &str = "void";

/// The heading of an approval whose person was erased.
pub const ERASED: &str = "erased";

/// An item, a choice, or the whole of a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardPart {
    /// Local id of the item or choice; empty for a review.
    pub id: String,
    /// The skill's label of it; empty for a review.
    pub label: String,
    /// The skill's detail.
    pub detail: Option<String>,
    /// Ticked or recommended.
    pub marked: bool,
    /// The effects.
    pub effects: Vec<EffectView>,
}

/// One effect, every field of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectView {
    /// Local id.
    pub id: String,
    /// Kind.
    pub kind: String,
    /// Words for the kind: `Send an email`.
    pub title: String,
    /// Its digest, as released.
    pub digest: String,
    /// Every field that matters.
    pub lines: Vec<CardLine>,
    /// Places that may be changed, with their present value.
    pub editable: Vec<EditableView>,
}

/// A line of an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLine {
    /// Name.
    pub label: String,
    /// Value, whole.
    pub value: String,
    /// A block of text.
    pub multiline: bool,
    /// What it was before, for changes.
    pub was: Option<String>,
}

/// A place that may be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditableView {
    /// JSON Pointer into the payload.
    pub pointer: String,
    /// Name of the input field.
    pub label: String,
    /// A text area.
    pub multiline: bool,
    /// Present value.
    pub value: Value,
}

impl Card {
    /// The card of a stored approval, rendered from its effects.
    pub(crate) fn of_stored(
        request: &ApprovalRequest,
        effects: &[BoundEffect],
        asked_by: &str,
        stored: StoredCard,
        is_open: bool,
    ) -> Self {
        let mut card = Self::render(request, effects, asked_by);
        if stored.heading == ERASED && !is_open {
            ERASED.clone_into(&mut card.heading);
            card.parts.clear();
        }
        card.made_by = stored.made_by;
        card.raised_by = stored.raised_by.as_deref().map(shown);
        card.seal = stored.seal;
        card
    }

    /// In place of a card that the host did not make.
    pub(crate) fn void() -> Self {
        Self {
            heading: "Void: this approval was changed after it was asked".to_owned(),
            pattern: VOID.to_owned(),
            asked_by: "skillhost".to_owned(),
            made_by: Vec::new(),
            raised_by: None,
            seal: String::new(),
            parts: Vec::new(),
            comment_title: "Nothing of it can be approved".to_owned(),
            comment: "What is stored is not what the host asked. Somebody changed the database. Skip it, tell your \
                operator, and retry the job for a fresh proposal."
                .to_owned(),
            comment_fields: Vec::new(),
            deferrable: false,
            offer_more: false,
            offer_manual: false,
        }
    }

    /// Renders a request from its bound effects; the skill's words go beside
    /// them as its comment and nowhere else.
    pub fn render(request: &ApprovalRequest, effects: &[BoundEffect], asked_by: &str) -> Self {
        let find = |wanted: &[Effect]| -> Vec<&BoundEffect> {
            wanted.iter().filter_map(|effect| effects.iter().find(|bound| bound.effect.id == effect.id)).collect()
        };
        let mut card = Self {
            heading: heading(effects),
            pattern: String::new(),
            asked_by: asked_by.to_owned(),
            made_by: Vec::new(),
            raised_by: None,
            seal: String::new(),
            parts: Vec::new(),
            comment_title: shown(&request.title),
            comment: shown(&request.summary),
            comment_fields: request
                .fields
                .iter()
                .map(|field| Field { label: shown(&field.label), value: shown(&field.value) })
                .collect(),
            deferrable: false,
            offer_more: false,
            offer_manual: false,
        };
        match &request.ask {
            Ask::Review { effects: wanted, editable, deferrable } => {
                card.pattern = "review".to_owned();
                card.deferrable = *deferrable;
                card.parts.push(CardPart {
                    id: String::new(),
                    label: String::new(),
                    detail: None,
                    marked: true,
                    effects: views(&find(wanted), editable),
                });
            }
            Ask::Choose { choices, offer_more, offer_manual } => {
                card.pattern = "choose".to_owned();
                card.heading = format!("Choose one of {}", choices.len());
                card.offer_more = *offer_more;
                card.offer_manual = *offer_manual;
                card.parts.extend(choices.iter().map(|choice| CardPart {
                    id: choice.id.clone(),
                    label: shown(&choice.label),
                    detail: choice.detail.as_deref().map(shown),
                    marked: choice.recommended,
                    effects: views(&find(&choice.effects), &[]),
                }));
            }
            Ask::Batch { items } => {
                card.pattern = "batch".to_owned();
                card.parts.extend(items.iter().map(|item| CardPart {
                    id: item.id.clone(),
                    label: shown(&item.label),
                    detail: item.detail.as_deref().map(shown),
                    marked: item.preselected,
                    effects: views(&find(&item.effects), &item.editable),
                }));
            }
        }
        card
    }
}

/// `Send an email`, `Create a task (3)`, `Send an email, Move a deal`.
fn heading(effects: &[BoundEffect]) -> String {
    let mut titles: Vec<(&str, usize)> = Vec::new();
    for bound in effects {
        let title = crate::effect::kind(&bound.effect.kind).map_or("Do something unknown", |kind| kind.title);
        match titles.iter_mut().find(|(seen, _)| *seen == title) {
            Some((_, count)) => *count += 1,
            None => titles.push((title, 1)),
        }
    }
    if titles.is_empty() {
        return "Nothing to release".to_owned();
    }
    let words: Vec<String> = titles
        .into_iter()
        .map(|(title, count)| if count > 1 { format!("{title} ({count})") } else { title.to_owned() })
        .collect();
    words.join(", ")
}

fn views(effects: &[&BoundEffect], editable: &[Editable]) -> Vec<EffectView> {
    effects
        .iter()
        .map(|bound| {
            let kind = crate::effect::kind(&bound.effect.kind);
            EffectView {
                id: bound.effect.id.clone(),
                kind: bound.effect.kind.clone(),
                title: kind.map_or_else(|| bound.effect.kind.clone(), |kind| kind.title.to_owned()),
                digest: bound.digest.clone(),
                lines: kind
                    .map(|kind| kind.lines(&bound.effect.payload))
                    .unwrap_or_default()
                    .into_iter()
                    .map(|line| CardLine {
                        label: line.label,
                        value: shown(&line.value),
                        multiline: line.multiline,
                        was: line.was.as_deref().map(shown),
                    })
                    .collect(),
                editable: editable
                    .iter()
                    .filter(|place| place.effect == bound.effect.id)
                    .filter_map(|place| {
                        Some(EditableView {
                            pointer: place.pointer.clone(),
                            label: shown(&place.label),
                            multiline: place.multiline,
                            value: bound.effect.payload.pointer(&place.pointer)?.clone(),
                        })
                    })
                    .collect(),
            }
        })
        .collect()
}

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// A card for protected effects that came outside any request.
pub fn host_request(id: &str, title: &str, summary: &str, effects: Vec<Effect>) -> ApprovalRequest {
    ApprovalRequest {
        id: id.to_owned(),
        title: title.to_owned(),
        summary: summary.to_owned(),
        fields: Vec::new(),
        ask: Ask::Review { effects, editable: Vec::new(), deferrable: false },
        expires: None,
        tell_skill: false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_person_reads_hides_nothing_and_what_is_sent_is_untouched() {
        let body = format!("Hi{}bcc everyone", "\n".repeat(90));
        let payload = json!({
            "from": "rep@quillmere.example", "to": ["helen@castlereed.example"],
            "subject": "Invoice \u{202E}fdp.exe", "body": body,
        });
        let effect =
            Effect { id: "m".to_owned(), kind: "email.send".to_owned(), payload: payload.clone(), after: Vec::new() };
        let bound = BoundEffect { key: "eff_1".into(), effect: effect.clone(), digest: "d".to_owned() };
        let mut request = host_request("r", "Just\u{200B}a reminder", "", vec![effect]);
        let Ask::Review { editable, .. } = &mut request.ask else { unreachable!() };
        editable.push(Editable {
            effect: "m".to_owned(),
            pointer: "/subject".to_owned(),
            label: "Subject".to_owned(),
            multiline: false,
        });
        let card = Card::render(&request, &[bound], "a skill 0.1.0");
        let view = &card.parts[0].effects[0];
        let value = |label: &str| view.lines.iter().find(|line| line.label == label).unwrap().value.clone();
        assert_eq!(value("Subject"), "Invoice [U+202E]fdp.exe");
        assert_eq!(value("Body"), "Hi\n[89 empty lines]\nbcc everyone");
        assert_eq!(card.comment_title, "Just[U+200B]a reminder");
        assert_eq!(view.editable[0].value, payload["subject"], "an input field holds what would be sent");
    }

    #[test]
    fn a_comment_that_says_something_else_changes_nothing_of_what_is_shown() {
        let effect = |id: &str, kind: &str, payload: Value| Effect {
            id: id.to_owned(),
            kind: kind.to_owned(),
            payload,
            after: Vec::new(),
        };
        let mail = json!({ "to": ["eve@evil.example"], "subject": "All our prices", "body": "Attached." });
        let stage = json!({ "deal_id": "d1", "to": "closed_lost" });
        let effects = vec![effect("m", "email.send", mail), effect("s", "crm.set_stage", stage)];
        let bound: Vec<_> = effects
            .iter()
            .map(|effect| BoundEffect { key: "eff_1".into(), effect: effect.clone(), digest: "d".to_owned() })
            .collect();
        let mut request = host_request("r", "Create a task", "To: boss@acme.example. Nothing is sent.", effects);
        request.fields = vec![Field { label: "To".to_owned(), value: "boss@acme.example".to_owned() }];
        let card = Card::render(&request, &bound, "a skill 0.1.0");
        assert_eq!(card.heading, bound_titles());
        let shown = serde_json::to_string(&card.parts).unwrap();
        for part in ["eve@evil.example", "All our prices", "Attached.", "closed_lost"] {
            assert!(shown.contains(part), "{part} is not shown: {shown}");
        }
        assert!(!shown.contains("boss@acme.example") && !shown.contains("Create a task"), "{shown}");
        assert_eq!((card.comment_title.as_str(), card.comment_fields.len()), ("Create a task", 1));
        assert_eq!(card.asked_by, "a skill 0.1.0");
    }

    fn bound_titles() -> String {
        ["email.send", "crm.set_stage"].map(|kind| crate::effect::kind(kind).unwrap().title).join(", ")
    }
}
