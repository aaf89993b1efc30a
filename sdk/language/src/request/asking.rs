//! The ways of asking.
//!
//! [`ASKS`] are followed by a verb phrase or by the thing itself; [`WANTS`] say what
//! is wanted by themselves, as a price is asked for in a dozen ways that name none.

use crate::action::Intent;

/// Who does it when the answer is yes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Ask {
    /// "Could you send": the listener.
    You(f64),
    /// "Can we get": the listener gives.
    Receive(f64),
    /// "Can we schedule": both.
    Together(f64),
    /// "We would like a proposal": the thing is named without a verb of giving.
    Wish(f64),
    /// "Send me the contract": it opens its clause and orders.
    Order(f64),
}

pub(super) const ASKS: &[(&str, Ask)] = &[
    (
        "can|could|would|will you ~1 please? be? able? to? @adv? go? ahead? and? send|share|get|email|forward|give|provide|set|put|show|prepare|draft|add|check|confirm|make|introduce|connect|update|review|write|find|schedule|book|arrange|invite|resend|include|look|ask|pull|walk|run|bring|help|create|document|test|let|follow|do|take|work|fix|investigate|organize|coordinate|talk|reach|call|ping|loop",
        Ask::You(0.9),
    ),
    ("would you mind|be sending|sharing|forwarding|emailing|setting|putting|getting|checking", Ask::You(0.88)),
    ("would you be open|willing|able|okay to|with", Ask::You(0.7)),
    (
        "please @adv? do? send|share|get|email|forward|give|provide|set|put|prepare|draft|add|check|confirm|make|introduce|connect|update|review|write|find|schedule|book|arrange|invite|resend|include|look|ask|pull|document|test|create|loop|let|call|follow|complete|finish|submit|reach|bring|ping",
        Ask::You(0.9),
    ),
    ("send|email|forward|resend|shoot|drop|get|give|text|whatsapp|bring|show|fax|ping me|us|over", Ask::Order(0.82)),
    ("send|email|forward|resend|text|drop|bring ~6 to|over|across me|us|my|our|to|here|by", Ask::Order(0.8)),
    (
        "send|email|forward|resend|include|attach|prepare|draft|revise|add|draw|write the|a|an|that|it|your|those|everything|up|some",
        Ask::Order(0.78),
    ),
    ("put|sign|set|hook me|us ~1 down|up|in|together|on|through", Ask::Order(0.82)),
    ("put|throw|pull|draw ~3 together|up", Ask::Order(0.78)),
    ("let me|us ~1 have|see a|an|the|your|those|some|it|that|what", Ask::Order(0.8)),
    ("come|stop|swing|drop|pop over|by|round|in|down|out", Ask::Order(0.78)),
    ("^ ~1 mind sending|sharing|forwarding|emailing|giving|showing", Ask::You(0.84)),
    ("we should|could @adv? meet|regroup|reconvene", Ask::Together(0.76)),
    ("kindly @action", Ask::You(0.86)),
    ("kindly revise|resend|send|share|arrange|provide", Ask::You(0.86)),
    ("do the needful", Ask::Order(0.8)),
    ("can|could|would|will you ~1 please? @adv? @action", Ask::You(0.86)),
    ("please @adv? @action", Ask::You(0.86)),
    ("^ ~1 let me|us know", Ask::You(0.8)),
    (
        "can|could|would|will somebody|someone|anybody|your ~3 come|visit|call|show|send|give|join|present|explain|train|install",
        Ask::You(0.84),
    ),
    (
        "can|could|would you|somebody|someone ~2 come|pop|stop|swing|drop|drive|visit|whatsapp|text|fax|write|draw|revise|redo|rework|price|cost|sign|hook|ring|phone|match|beat|throw|knock|explain",
        Ask::You(0.84),
    ),
    ("you can|could ~1 please? send|share|email|forward|give|put|text|show me|us|please|over", Ask::You(0.8)),
    ("suppose you could|can", Ask::You(0.8)),
    ("any|some chance|way you|of|we|i could|can|getting|a|having|get ~2", Ask::Receive(0.8)),
    (
        "would it be possible|okay|alright|feasible to|for|if ~2 get|have|see|receive|try|test|visit|talk|speak|meet",
        Ask::Receive(0.85),
    ),
    (
        "i|we would @adv? be ~1 interested|keen|happy|grateful ~1 in|to|for|if ~1 get|have|see|seeing|getting|having|receive|a|you",
        Ask::Receive(0.78),
    ),
    ("^ ~1 call|email|text|ping|contact me|us", Ask::You(0.82)),
    ("i|we would @adv? like to discuss|talk|meet|schedule|set", Ask::Together(0.78)),
    ("i|we would need you to", Ask::You(0.85)),
    ("i|we need you to", Ask::You(0.85)),
    ("i|we would like|appreciate|love you? to|if it? you could|would?", Ask::You(0.8)),
    ("you could send|share|email|forward", Ask::You(0.68)),
    ("can|could|may i|we @adv? get|have|see|receive|ask|try|test", Ask::Receive(0.86)),
    ("can|could|may i @adv? talk|speak", Ask::Receive(0.84)),
    ("can|could my|our ~1 get|have|see|try|receive", Ask::Receive(0.84)),
    ("is it possible to|for ~2 get|have|see|receive|try|visit", Ask::Receive(0.85)),
    ("is there any|a way|chance to|i|we can|could? get|have|see", Ask::Receive(0.78)),
    ("i|we would @adv? love|like|want|need|prefer to @adv? see|get|have|receive|read", Ask::Receive(0.8)),
    ("i|we would @adv? love|like to @adv? try|test", Ask::Receive(0.78)),
    ("i|we will @adv? need|want to @adv? see|get|have|receive|try", Ask::Receive(0.76)),
    ("i|we @adv? want|need to @adv? see|get|receive", Ask::Receive(0.74)),
    (
        "it|that would be|really? ~2 helpful|great|good|useful|nice|ideal|brilliant|grand|handy to see|get|have",
        Ask::Receive(0.78),
    ),
    (
        "it would help|be ~1 good|helpful|great|nice|useful? ~1 to|if ~1 we|i? ~1 have|see|had|get|got|could",
        Ask::Receive(0.76),
    ),
    (
        "i|we would @adv? love|like|prefer|appreciate|welcome|want|need a|an|the|some|your|those|any|another|more|two|three|that|one|ten|both",
        Ask::Wish(0.8),
    ),
    ("i|we would rather have a|an|the|some|your|those", Ask::Wish(0.76)),
    ("i|we will @adv? need|want a|an|the|some|your|those|that", Ask::Wish(0.78)),
    ("what i|we need|want|would is|from|like ~2 a|an|the|some|your|you", Ask::Wish(0.76)),
    ("i|we @adv? need|want|require the|your|that|those|a|an", Ask::Wish(0.74)),
    ("i|we am|are still? ~1 missing|waiting|lacking for? the|your|that|those|a", Ask::Wish(0.76)),
    (
        "can|could|shall|should|will we @adv? schedule|set|book|meet|find|talk|arrange|do|hop|jump|get|plan|put|have|reconvene|regroup|sync|connect",
        Ask::Together(0.86),
    ),
    (
        "are you free|available|around on|next|this|tomorrow|monday|tuesday|wednesday|thursday|friday|for|at",
        Ask::Together(0.8),
    ),
    (
        "do you have time|availability|a ~2 on|next|this|tomorrow|monday|tuesday|wednesday|thursday|friday|for|to",
        Ask::Together(0.8),
    ),
    ("i|we would love|like to schedule|book|set|meet|arrange|find", Ask::Together(0.8)),
    ("when can|could|should we meet|talk|schedule|start|do|get", Ask::Together(0.78)),
];

/// Rows that name what is wanted without a verb phrase of giving.
pub(super) const WANTS: &[(&str, Intent, f64)] = &[
    ("how much does|would|will|did it|this|that|the|one|a|your ~5 cost|run|be|come", Intent::SendPricing, 0.8),
    ("how much is|are it|this|that|the|your|they|those|one ~6", Intent::SendPricing, 0.78),
    ("how much do you ~2 charge|want|ask|take", Intent::SendPricing, 0.8),
    ("how much would|will|for ~6 $", Intent::SendPricing, 0.76),
    ("how much a|per month|seat|user|head|year|unit|piece|license|licence|site|hour|day", Intent::SendPricing, 0.78),
    ("^ ~2 how much $", Intent::SendPricing, 0.78),
    (
        "what is|are|does|would|do|about your|the|it|this|a|about ~4 pricing|price|prices|cost|rates|rate|fee|fees|costs|charge|premium|tariff",
        Intent::SendPricing,
        0.79,
    ),
    ("what does|would|will|do|is ~5 cost|run|costing|costs", Intent::SendPricing, 0.79),
    ("what does|would|will|do ~4 come to|out ~1", Intent::SendPricing, 0.76),
    ("what does|would|will|do ~4 set|sets me|us back", Intent::SendPricing, 0.8),
    ("what would|will ~3 rate|price|fee|figure|charge be", Intent::SendPricing, 0.8),
    ("what would|will ~2 @amount ~3 be|cost|run", Intent::SendPricing, 0.79),
    (
        "what would|does|will that|it|this ~1 look like ~1 a|per|for month|year|seat|user|head|unit|site",
        Intent::SendPricing,
        0.79,
    ),
    (
        "what would|does|will ~3 look like ~1 price|money|cost|in ~2 terms|wise|money|dollars|euros|pounds",
        Intent::SendPricing,
        0.79,
    ),
    ("money|price|cost|pricing|budget wise", Intent::SendPricing, 0.76),
    ("what do|would you|they charge|want for", Intent::SendPricing, 0.8),
    ("what do you charge", Intent::SendPricing, 0.8),
    ("what kind|sort of money|price|prices|figure|cost|fee|rates|pricing", Intent::SendPricing, 0.78),
    ("^ ~3 price how|please", Intent::SendPricing, 0.76),
    ("how about|is|are the? price|pricing|cost", Intent::SendPricing, 0.76),
    ("can|could|would you|we|i ~4 better price|deal|rate|offer ~1", Intent::SendPricing, 0.78),
    ("do ~1 better on ~2 price|that|this", Intent::SendPricing, 0.76),
    ("suppose|could|can you ~1 could|can? ~1 do me|us ~2 price|deal|discount|rate|favour", Intent::SendPricing, 0.78),
    ("is|are that|it|this|they|the|those ~2 extra ~1 $", Intent::SendPricing, 0.74),
    ("ballpark|rough ~1 figure|number|price|cost|idea", Intent::SendPricing, 0.76),
    ("just|a|in|give|any|rough|the ballpark", Intent::SendPricing, 0.74),
    ("idea|range|feel of|for|on ~2 price|cost|pricing|costs|prices", Intent::SendPricing, 0.76),
    ("price|pricing|cost range|list|sheet|breakdown please|would|could|can|for|$", Intent::SendPricing, 0.74),
    ("do you have|got|offer ~3 discount|discounts|trial? ~1 for|rate|price", Intent::SendPricing, 0.74),
    ("do you have ~5 pricing|rates|price", Intent::SendPricing, 0.78),
    ("have you got ~3 pricing|rates|price|prices", Intent::SendPricing, 0.78),
    (
        "have|got you? ~1 got? any|a|an|some|more ~4 documentation|materials|examples|references|brochure|datasheet|deck|recording|studies|pdf|guide|template",
        Intent::SendContent,
        0.8,
    ),
    ("have|got you? ~1 got? any|a|an ~2 case|one|white study|studies|pager|paper", Intent::SendContent, 0.8),
    (
        "where can|could|do i|we find|see|read|get|download ~5 documentation|docs|brochure|recording|guide|specs|manual|case|template",
        Intent::SendContent,
        0.78,
    ),
    ("do you have any|a|an|some|more ~4 case|one|white study|studies|pager|paper|papers", Intent::SendContent, 0.82),
    (
        "do you have any|a|an|some|more ~4 documentation|materials|examples|references|collateral|whitepaper|deck|recording|docs|datasheet|brochure|template|templates",
        Intent::SendContent,
        0.8,
    ),
    ("do you have something ~3 i|we can|could read|share|send|forward|show|circulate", Intent::SendContent, 0.82),
    (
        "is there ~1 a|any|an|some ~4 documentation|deck|recording|study|datasheet|whitepaper|brochure|pager|guide ~3 share|send|read|forward|look|see",
        Intent::SendContent,
        0.82,
    ),
    ("i|we would need|want ~4 proposal|quote|sow", Intent::SendProposal, 0.8),
    ("i|we would need|want|like ~2 contract|nda|msa|dpa", Intent::SendContract, 0.78),
    (
        "i|we would|will ~1 love|like|want|need to ~1 talk|speak|meet|hear ~1 to|with|from ~4 customer|client|reference|user|someone|somebody|him|her|them|who",
        Intent::MakeIntroduction,
        0.76,
    ),
    ("what is the damage", Intent::SendPricing, 0.78),
    ("how much are? we|you talking", Intent::SendPricing, 0.78),
    (
        "what are we|you ~1 talking|looking ~3 money|price|cost|dollars|figure|ballpark|budget|per|euros|pounds",
        Intent::SendPricing,
        0.78,
    ),
    ("what do you ~2 charge|ask|want ~1 a|per|for", Intent::SendPricing, 0.78),
    ("^ and|so|what|but about? ~1 price|cost|pricing|costs $", Intent::SendPricing, 0.76),
    ("break ~2 price|cost|costs|pricing ~1 down", Intent::SendPricing, 0.78),
    ("idea|clue ~3 costs|cost|price|prices", Intent::SendPricing, 0.76),
    ("is|are there? any|a ~3 discount|discounts", Intent::SendPricing, 0.78),
    ("can|could|would you|we|i ~4 discount|discounts", Intent::SendPricing, 0.78),
    ("^ ~3 can|could give|do|get ~2 discount", Intent::SendPricing, 0.76),
    (
        "like|love|want|prefer to talk|speak|chat to|with another|other|someone|somebody|one ~6",
        Intent::MakeIntroduction,
        0.76,
    ),
    ("^ ~1 let me|us know what|whether|when|how|by", Intent::ProspectFollowup, 0.76),
    ("i|we need|want|have|like to know ~1 if|whether|when|how", Intent::ProspectFollowup, 0.76),
    ("what do|would|will i|we pay|owe", Intent::SendPricing, 0.78),
    ("do|would you ~2 give|have|offer ~2 discount|discounts", Intent::SendPricing, 0.78),
    ("tell|show me|us ~2 what ~3 costs|cost|charge", Intent::SendPricing, 0.8),
    (
        "would|does|is|could monday|tuesday|wednesday|thursday|friday|tomorrow ~2 work|suit|okay|possible ~1 for|you|$",
        Intent::ScheduleMeeting,
        0.76,
    ),
    ("^ ~2 get|come|circle back to me|us", Intent::ProspectFollowup, 0.8),
];
