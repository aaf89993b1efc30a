//! The kinds of mail that a sequence tells apart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a mail is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// They want to meet, to move a meeting, or to be called.
    MeetingRequest,
    /// They want a document made for them: proposal, quote, estimate, offer.
    ProposalRequest,
    /// They ask something else, or complain.
    NeedsResponse,
    /// They go ahead, or want to.
    PositiveReply,
    /// They do not want it, or not now.
    NegativeReply,
    /// They want no more mail.
    Unsubscribe,
    /// They pass it on to somebody.
    InternalForward,
    /// They are away; said by a machine or by themselves.
    OutOfOffice,
    /// A mail of ours did not arrive.
    Bounce,
    /// Nothing to do.
    #[default]
    InfoOnly,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::MeetingRequest,
        Self::ProposalRequest,
        Self::NeedsResponse,
        Self::PositiveReply,
        Self::NegativeReply,
        Self::Unsubscribe,
        Self::InternalForward,
        Self::OutOfOffice,
        Self::Bounce,
        Self::InfoOnly,
    ];

    /// The word of outputs and sequences.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MeetingRequest => "meeting_request",
            Self::ProposalRequest => "proposal_request",
            Self::NeedsResponse => "needs_response",
            Self::PositiveReply => "positive_reply",
            Self::NegativeReply => "negative_reply",
            Self::Unsubscribe => "unsubscribe",
            Self::InternalForward => "internal_forward",
            Self::OutOfOffice => "out_of_office",
            Self::Bounce => "bounce",
            Self::InfoOnly => "info_only",
        }
    }

    /// In words, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::MeetingRequest => "asks to meet",
            Self::ProposalRequest => "asks for a proposal",
            Self::NeedsResponse => "needs an answer",
            Self::PositiveReply => "says yes",
            Self::NegativeReply => "says no",
            Self::Unsubscribe => "wants no more mail",
            Self::InternalForward => "was passed on",
            Self::OutOfOffice => "is away",
            Self::Bounce => "did not arrive",
            Self::InfoOnly => "asks nothing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_serialised_ones() {
        for class in Class::ALL {
            let written = serde_json::to_value(class).map(|value| value.as_str().map(str::to_owned));
            assert_eq!(written.ok().flatten().as_deref(), Some(class.as_str()));
        }
    }
}
