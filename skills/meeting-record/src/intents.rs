//! What `detect-intents` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

use crate::action_items::ActionItems;
use crate::rival::rival_in;

/// Promises, requests and signals of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Intents {
    /// What somebody said they will do.
    pub commitments: Vec<Said>,
    /// What somebody asked for.
    pub requests: Vec<Said>,
    /// What speaks for or against the deal.
    pub buying_signals: Vec<Signal>,
    /// What comes after the call.
    pub follow_up_items: Vec<FollowUpItem>,
    /// Too weak to count; for a person to look at.
    pub deferred: Vec<Said>,
    /// −1 to 1, confidence-weighted mean of the signals; 0 with none.
    pub aggregate_score: f64,
    /// One or two sentences.
    pub summary: String,
}

/// A promise or a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Said {
    /// Whose side.
    pub speaker: Option<Side>,
    /// Who.
    pub speaker_name: Option<String>,
    /// The words.
    pub phrase: String,
    /// `send_proposal`, `send_pricing`, …; of requests the short word, `proposal`, `pricing`, ….
    pub intent: String,
    /// 0 to 1.
    pub confidence: f64,
    /// `YYYY-MM-DD`, an instant, or the words used.
    pub deadline: Option<String>,
    /// Turn of the transcript.
    pub turn: Option<i64>,
}

impl Said {
    /// Whether our side said it.
    pub fn is_ours(&self) -> bool {
        self.speaker == Some(Side::Rep)
    }

    /// Whether their side said it.
    pub fn is_theirs(&self) -> bool {
        self.speaker == Some(Side::Prospect)
    }

    /// The name, or a word for the side.
    pub fn who(&self) -> &str {
        match self.speaker_name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => name,
            None if self.is_ours() => "our side",
            None => "the prospect",
        }
    }

    /// Whether it is about this intent; requests carry the short word (`pricing`)
    /// of the promise that meets them (`send_pricing`).
    pub fn is_about(&self, intent: &str) -> bool {
        topic(&self.intent) == topic(intent)
    }
}

fn topic(intent: &str) -> &str {
    match intent {
        "send_proposal" => "proposal",
        "send_pricing" => "pricing",
        "send_content" => "content",
        "send_contract" => "contract",
        "schedule_meeting" => "meeting",
        "make_introduction" => "introduction",
        "check_internally" | "prospect_followup" => "answer",
        "provide_access" => "access",
        "prepare_plan" => "plan",
        other => other,
    }
}

/// Something that speaks for or against the deal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Signal {
    /// `positive`, `negative` or `neutral`.
    #[serde(rename = "type")]
    pub tone: String,
    /// `budget`, `timeline`, `authority`, `need`, `competition`,
    /// `multi_stakeholder` or `objection`.
    pub signal: String,
    /// The words.
    pub phrase: String,
    /// 0 to 1.
    pub confidence: f64,
    /// −1 to 1.
    pub strength: f64,
    /// Turn of the transcript.
    pub turn: Option<i64>,
    /// Whose side, where the skill says so.
    pub speaker: Option<Side>,
}

impl Signal {
    /// Whether it is of this kind; `competitive` is an older word for `competition`.
    pub fn is(&self, kind: &str) -> bool {
        self.signal == kind || (kind == "competition" && self.signal == "competitive")
    }

    /// Whether it speaks for the deal.
    pub fn is_positive(&self) -> bool {
        self.tone == "positive"
    }

    /// Whether it speaks against the deal.
    pub fn is_negative(&self) -> bool {
        self.tone == "negative"
    }
}

impl Signal {
    /// What it says about the deal, in words. `people` are names that are no
    /// vendor's.
    pub fn why(&self, people: &[&str]) -> String {
        let words = match (self.signal.as_str(), self.is_positive(), self.is_negative()) {
            ("budget", _, true) => "Money was named as a problem",
            ("budget", true, _) => "There is money for it",
            ("budget", _, _) => "Money was spoken of",
            ("timeline", _, true) => "There is no hurry on their side",
            ("timeline", _, _) => "A date drives them",
            ("authority", _, true) => "Somebody else decides",
            ("authority", _, _) => "It was said who decides",
            ("need", _, true) => "They see no need",
            ("need", _, _) => "They named a need",
            ("multi_stakeholder", _, _) => "More people have a say",
            ("objection", _, _) => "A doubt was raised",
            ("competition" | "competitive", true, _) => "They put us ahead of another vendor",
            ("competition" | "competitive", _, _) => match rival_in(&self.phrase, people) {
                Some(name) => return format!("{name} was named as an alternative"),
                None => "Another vendor is being looked at",
            },
            _ => "It was said in the call",
        };
        words.to_owned()
    }
}

impl Intents {
    /// Whether a request is met, by our promise of the same intent or by an action item.
    pub fn meet(&self, items: &ActionItems, request: &Said) -> bool {
        self.commitments.iter().any(|said| said.is_ours() && said.is_about(&request.intent))
            || items.action_items.iter().any(|item| item.meets(request))
    }

    /// Signals of this kind that are at least this sure, the surest first.
    pub fn signals(&self, kind: &str, at_least: f64) -> Vec<&Signal> {
        let mut found: Vec<&Signal> = self
            .buying_signals
            .iter()
            .filter(|signal| signal.is(kind) && signal.confidence >= at_least && !signal.phrase.trim().is_empty())
            .collect();
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        found
    }
}

/// What comes after the call, in the words of `detect-intents`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FollowUpItem {
    /// Who.
    pub owner: Option<String>,
    /// What.
    pub action: String,
    /// When.
    pub deadline: Option<String>,
    /// From which intent.
    pub intent_type: Option<String>,
}
