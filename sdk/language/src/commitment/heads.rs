//! The words that a promise begins with.
//!
//! The verb phrase begins where a row of [`HEADS`] ends.

/// How a head binds the speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    /// "I will".
    Explicit,
    /// "Let me".
    Strong,
    /// "I can": an offer that counts when it has a date or answers a request.
    Offer,
    /// "I send you": the present that stands for what comes next.
    Present,
    /// "I'll try to".
    Weak,
}

impl Force {
    pub(super) fn base(self) -> f64 {
        match self {
            Self::Explicit => 0.92,
            Self::Strong => 0.82,
            Self::Offer => 0.65,
            Self::Present => 0.8,
            Self::Weak => 0.6,
        }
    }

    /// Highest confidence the head may reach with a deadline and emphasis.
    pub(super) fn most(self) -> f64 {
        match self {
            Self::Explicit => 0.97,
            Self::Strong => 0.88,
            Self::Offer => 0.82,
            Self::Present => 0.86,
            Self::Weak => 0.68,
        }
    }
}

/// Heads, the more special first. The verb phrase begins where the row ends.
pub(super) const HEADS: &[(&str, Force)] = &[
    ("i|we will @adv? @adv? try|attempt|aim|see|look to|and|if|whether|what i|we? can|could?", Force::Weak),
    ("i|we will @adv? @adv? try|attempt|aim|look to|and", Force::Weak),
    ("i|we will see if|whether|what i|we can", Force::Weak),
    ("i|we will @adv? need|have|want to", Force::Weak),
    ("i|we will @adv? do my|our best to", Force::Weak),
    ("i|we will @adv? be able to", Force::Weak),
    ("i|we will @adv? be happy|glad to", Force::Offer),
    ("i|we will @adv? make sure|certain ~1 to|i|we", Force::Explicit),
    ("i|we will not forget to", Force::Explicit),
    ("what i|we will do is i|we? will? @adv?", Force::Explicit),
    ("i|we will @adv? @adv? @hedge? go ahead and", Force::Explicit),
    ("i|we will @adv? @hedge? @adv? be", Force::Explicit),
    ("i|we @hedge? will @adv? @hedge? @adv?", Force::Explicit),
    ("i|we @adv? promise|commit|guarantee|vow to|i|we will?", Force::Explicit),
    ("you can count on me to", Force::Explicit),
    ("i|we am|are @adv? @hedge? going to try to", Force::Weak),
    ("i|we am|are @adv? @hedge? going to need|have|want to", Force::Weak),
    ("i|we am|are @adv? @hedge? going to @adv?", Force::Explicit),
    ("my|our action|next item|step is|would to? be?", Force::Strong),
    ("i|we am|are @adv? planning|aiming|hoping|trying to", Force::Weak),
    ("i|we am|are @adv? happy|glad|willing to", Force::Offer),
    ("i|we would be happy|glad|willing to", Force::Offer),
    ("happy|glad to", Force::Offer),
    ("i|we should @adv? be able to", Force::Weak),
    ("i|we might|may|could @adv? be? able? to?", Force::Weak),
    ("i|we hope|want|plan|intend|aim to", Force::Weak),
    ("i|we would like to", Force::Weak),
    ("i|we @adv? need|have to|got @adv? to?", Force::Strong),
    ("i|we can @adv? @adv?", Force::Offer),
    ("let me @adv? go? @adv? ahead? and?", Force::Strong),
    ("let us @adv? plan? to? go? ahead? and?", Force::Strong),
    ("i|we must|better|gotta @adv?", Force::Strong),
    ("i|we had better @adv?", Force::Strong),
    ("i|we would have|need to @adv?", Force::Weak),
    ("leave|leaving it|that|this to|with me|us and? i|we? will?", Force::Explicit),
    ("i|we am|are @adv?", Force::Strong),
    ("^ will @adv?", Force::Strong),
    ("^ yes|okay|sure|perfect|great will @adv?", Force::Strong),
    ("^ sending|sharing|forwarding|emailing", Force::Strong),
    ("^ sure|yes|okay|perfect|great thing? sending|sharing|forwarding|emailing", Force::Strong),
    (
        "^ then|so|okay|good|perfect|great|fine|right? i|we @adv? send|email|forward|share|prepare|ask|check|give|write|arrange|book|schedule|inform|tell|call|come|make|bring|speak|talk|organize|organise|order|remind|present|take|find|draw|draft",
        Force::Present,
    ),
    (
        "i|we @adv? send|email|forward|share|prepare|ask|check|give|write|arrange|book|schedule|inform|call|come|make|bring|speak|talk|organize|organise|remind|mail|ring|phone|text|whatsapp|app|tell|take|drop|deliver|revert|circle",
        Force::Present,
    ),
];
