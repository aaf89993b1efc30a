//! The intents that the skills report, and what they are called on either side.
//!
//! To add one, add it here with its name and its request, and rows to `phrases`.

use serde::{Deserialize, Serialize};

/// What somebody promises to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A proposal, quote or statement of work.
    SendProposal,
    /// Prices.
    SendPricing,
    /// A meeting in the future.
    ScheduleMeeting,
    /// Documents, recordings, links.
    SendContent,
    /// Bringing people together.
    MakeIntroduction,
    /// Asking somebody on the speaker's own side.
    CheckInternally,
    /// Coming back with an answer.
    ProspectFollowup,
    /// Contract papers.
    SendContract,
    /// Accounts, trials, credentials.
    ProvideAccess,
    /// A plan, timeline or roadmap.
    PreparePlan,
}

impl Intent {
    /// The word used in outputs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendProposal => "send_proposal",
            Self::SendPricing => "send_pricing",
            Self::ScheduleMeeting => "schedule_meeting",
            Self::SendContent => "send_content",
            Self::MakeIntroduction => "make_introduction",
            Self::CheckInternally => "check_internally",
            Self::ProspectFollowup => "prospect_followup",
            Self::SendContract => "send_contract",
            Self::ProvideAccess => "provide_access",
            Self::PreparePlan => "prepare_plan",
        }
    }

    /// What is asked for when the other side says it as a request.
    #[must_use]
    pub fn as_request(self) -> &'static str {
        match self {
            Self::SendProposal => "proposal",
            Self::SendPricing => "pricing",
            Self::ScheduleMeeting => "meeting",
            Self::SendContent => "content",
            Self::MakeIntroduction => "introduction",
            Self::CheckInternally | Self::ProspectFollowup => "answer",
            Self::SendContract => "contract",
            Self::ProvideAccess => "access",
            Self::PreparePlan => "plan",
        }
    }

    /// What it is when the rep says it in these words of what they said: coming back with an
    /// answer is the prospect's word; a rep who does so has to ask at home first, and one who
    /// calls talks again, unless it is to tell what was found out. None where it is neither.
    #[must_use]
    pub fn of_rep(self, phrase: &str, said: &str) -> Option<Self> {
        if self != Self::ProspectFollowup {
            return Some(self);
        }
        let (phrase, said) = (phrase.to_lowercase(), said.to_lowercase());
        let says = |text: &str, list: &[&str]| list.iter().any(|words| text.contains(words));
        if says(&phrase, ANSWERS) {
            return Some(Self::CheckInternally);
        }
        let calls = says(&phrase, CALLS);
        calls.then(|| if says(&said, FOUND_OUT) { Self::CheckInternally } else { Self::ScheduleMeeting })
    }
}

/// Words of a rep who comes back with an answer.
const ANSWERS: &[&str] = &[
    "back to you",
    "back with",
    "let you know",
    "answer",
    "find out",
    "posted",
    "update you",
    "inform you",
    "tell you",
    "updated",
    "informed",
    "hear from",
    "revert",
    "tell it",
    "the result",
    "write you",
    "mail you",
    "app you",
    "will know",
    "\u{2019}ll know",
    "'ll know",
];
/// Words beside a call that is made to tell something.
const FOUND_OUT: &[&str] = &[
    "ask our",
    "ask my",
    "ask the",
    "ask in our",
    "i'll ask",
    "i\u{2019}ll ask",
    "i will ask",
    "find out",
    "check with",
    "speak to my",
    "speak with my",
    "talk to my",
    "up with",
    "it to my",
    "run it by",
    "look into",
    "committee",
    "approval",
    "either way",
    "with what",
    "what he says",
    "what she says",
    "what they say",
    "with a yes",
    "yes or no",
    "with the answer",
    "when i know",
    "once i know",
    "exactly what",
    "exactly which",
];
/// Words of a rep who calls.
const CALLS: &[&str] = &["call", "ring", "phone", "buzz", "shout", "catch up", "circle back"];
