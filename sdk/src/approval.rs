//! Asking a person: review, choose, batch. (*Inform* is [`crate::effect::chat`].)
//!
//! A question is data. The host digests each effect an answer would release,
//! shows exactly that, and releases exactly that; title, summary and fields are
//! the skill's own words beside it.
//!
//! ```
//! use skillhost_sdk::{Email, approval, effect};
//! let mail = Email { subject: "Next steps".into(), ..Email::default() };
//! let request: approval::Request = approval::review("send", "Send the follow-up?")
//!     .field("To", "Ada")
//!     .effect(effect::email("mail", &mail))
//!     .editable(approval::multiline("mail", "/body", "Body"))
//!     .deferrable()
//!     .into();
//! assert_eq!(request.id, "send");
//! ```

use serde::{Deserialize, Serialize};

use crate::effect::Effect;

/// A line of the skill's own words on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Left column.
    pub label: String,
    /// Right column.
    pub value: String,
}

/// A place in an effect's payload that the person may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editable {
    /// Local id of the effect.
    pub effect: String,
    /// JSON Pointer into its payload.
    pub pointer: String,
    /// Name of the input field.
    pub label: String,
    /// A text area rather than a line.
    pub multiline: bool,
}

/// A line the person may change.
pub fn line(effect: &str, pointer: &str, label: &str) -> Editable {
    Editable { effect: effect.to_owned(), pointer: pointer.to_owned(), label: label.to_owned(), multiline: false }
}

/// A text the person may change.
pub fn multiline(effect: &str, pointer: &str, label: &str) -> Editable {
    Editable { multiline: true, ..line(effect, pointer, label) }
}

/// One way to go in a [`choose`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Local id.
    pub id: String,
    /// Button text.
    pub label: String,
    /// More words.
    pub detail: Option<String>,
    /// Marked on the card.
    pub recommended: bool,
    /// Released if chosen.
    pub effects: Vec<Effect>,
}

impl Choice {
    /// A choice that releases nothing yet.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), detail: None, recommended: false, effects: Vec::new() }
    }

    /// More words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Marks it on the card.
    #[must_use]
    pub fn recommended(mut self) -> Self {
        self.recommended = true;
        self
    }

    /// Released if this is chosen.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

/// One line of a [`batch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Local id.
    pub id: String,
    /// Title of the line.
    pub label: String,
    /// More words.
    pub detail: Option<String>,
    /// Ticked at first.
    pub preselected: bool,
    /// Released if approved.
    pub effects: Vec<Effect>,
    /// Places that may be changed.
    pub editable: Vec<Editable>,
}

impl Item {
    /// A ticked line that releases nothing yet.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            detail: None,
            preselected: true,
            effects: Vec::new(),
            editable: Vec::new(),
        }
    }

    /// More words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Not ticked at first.
    #[must_use]
    pub fn unticked(mut self) -> Self {
        self.preselected = false;
        self
    }

    /// Released if this line is approved.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// A place that may be changed.
    #[must_use]
    pub fn editable(mut self, editable: Editable) -> Self {
        self.editable.push(editable);
        self
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "pattern", rename_all = "snake_case")]
pub enum Ask {
    /// Yes, no, or yes with changes, to all of it.
    Review {
        /// Held until the answer.
        effects: Vec<Effect>,
        /// Places that may be changed.
        editable: Vec<Editable>,
        /// Offer "send later".
        deferrable: bool,
    },
    /// One of these.
    Choose {
        /// The options.
        choices: Vec<Choice>,
        /// Offer "show me others".
        offer_more: bool,
        /// Offer "I will do it myself".
        offer_manual: bool,
    },
    /// Each on its own.
    Batch {
        /// The lines.
        items: Vec<Item>,
    },
}

/// A question, ready for [`crate::Outcome::ask`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// `[a-z0-9-]{1,64}`, unique within the outcome.
    pub id: String,
    /// The skill's words.
    pub title: String,
    /// The skill's words.
    pub summary: String,
    /// The skill's words.
    pub fields: Vec<Field>,
    /// What is asked.
    pub ask: Ask,
    /// Epoch milliseconds; shorter than the host's default only.
    pub expires: Option<i64>,
    /// Reserved for worlds with `decisions`; the host carries the answer out.
    pub tell_skill: bool,
}

impl Request {
    fn new(id: impl Into<String>, title: impl Into<String>, ask: Ask) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            summary: String::new(),
            fields: Vec::new(),
            ask,
            expires: None,
            tell_skill: false,
        }
    }
}

macro_rules! pattern {
    ($name:ident) => {
        impl $name {
            /// The skill's words under the title.
            #[must_use]
            pub fn summary(mut self, text: impl Into<String>) -> Self {
                self.0.summary = text.into();
                self
            }

            /// A line of the skill's words.
            #[must_use]
            pub fn field(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
                self.0.fields.push(Field { label: label.into(), value: value.into() });
                self
            }

            /// Expires earlier than the host's default, epoch milliseconds.
            #[must_use]
            pub fn expires(mut self, at_ms: i64) -> Self {
                self.0.expires = Some(at_ms);
                self
            }
        }

        impl From<$name> for Request {
            fn from(pattern: $name) -> Self {
                pattern.0
            }
        }
    };
}

/// Builder of a review.
#[derive(Clone, Debug)]
pub struct Review(Request);
/// Builder of a choice.
#[derive(Clone, Debug)]
pub struct Choose(Request);
/// Builder of a batch.
#[derive(Clone, Debug)]
pub struct Batch(Request);
pattern!(Review);
pattern!(Choose);
pattern!(Batch);

/// Yes, no, or yes with changes, to all of the effects together.
pub fn review(id: impl Into<String>, title: impl Into<String>) -> Review {
    Review(Request::new(id, title, Ask::Review { effects: Vec::new(), editable: Vec::new(), deferrable: false }))
}

/// One of several.
pub fn choose(id: impl Into<String>, title: impl Into<String>) -> Choose {
    Choose(Request::new(id, title, Ask::Choose { choices: Vec::new(), offer_more: false, offer_manual: false }))
}

/// Each on its own.
pub fn batch(id: impl Into<String>, title: impl Into<String>) -> Batch {
    Batch(Request::new(id, title, Ask::Batch { items: Vec::new() }))
}

impl Review {
    /// Held until the answer.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        if let Ask::Review { effects, .. } = &mut self.0.ask {
            effects.push(effect);
        }
        self
    }

    /// A place that may be changed; see [`line`] and [`multiline`].
    #[must_use]
    pub fn editable(mut self, place: Editable) -> Self {
        if let Ask::Review { editable, .. } = &mut self.0.ask {
            editable.push(place);
        }
        self
    }

    /// Offers "send later".
    #[must_use]
    pub fn deferrable(mut self) -> Self {
        if let Ask::Review { deferrable, .. } = &mut self.0.ask {
            *deferrable = true;
        }
        self
    }
}

impl Choose {
    /// One way to go.
    #[must_use]
    pub fn choice(mut self, choice: Choice) -> Self {
        if let Ask::Choose { choices, .. } = &mut self.0.ask {
            choices.push(choice);
        }
        self
    }

    /// Offers "show me others": the step is called again with the next
    /// [`crate::Call::round`].
    #[must_use]
    pub fn offer_more(mut self) -> Self {
        if let Ask::Choose { offer_more, .. } = &mut self.0.ask {
            *offer_more = true;
        }
        self
    }

    /// Offers "I will do it myself".
    #[must_use]
    pub fn offer_manual(mut self) -> Self {
        if let Ask::Choose { offer_manual, .. } = &mut self.0.ask {
            *offer_manual = true;
        }
        self
    }
}

impl Batch {
    /// A line of the list.
    #[must_use]
    pub fn item(mut self, item: Item) -> Self {
        if let Ask::Batch { items } = &mut self.0.ask {
            items.push(item);
        }
        self
    }

    /// Whether the list is empty: then there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0.ask, Ask::Batch { items } if items.is_empty())
    }
}

/// What the host says of an effect kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// It waits for a person whatever the skill says.
    pub protected: bool,
    /// This call may propose it at all.
    pub permitted: bool,
}

/// Whether a kind waits for a person, so that a card can be worded well. The
/// answer binds nobody.
pub fn check(effect_kind: &str) -> Requirement {
    crate::doors::check(effect_kind)
}
