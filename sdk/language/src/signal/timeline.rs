//! When: a day that it has to be there by, or that it will not be before.
//!
//! What presses is often not a date but an event of the trade: the season, an
//! inspection, the start of term. [`crate::lexicon`] holds these as `@event`.

use super::Line;
use super::Topic::Timeline;

/// Later, or never.
pub(super) const AGAINST: &[Line] = &[
    ("not ~2 a|our|my|the ~1 priority", Timeline, -0.7, 0.9),
    ("not ~1 high|top|first ~2 list|agenda|priorities|priority", Timeline, -0.6, 0.86),
    ("low priority", Timeline, -0.6, 0.86),
    ("in no|not|any ~2 rush|hurry", Timeline, -0.3, 0.88),
    ("no rush|hurry|urgency|timeline|pressure ~2 on our|my|the side|end", Timeline, -0.3, 0.86),
    ("there is no ~1 rush|hurry|urgency|timeline|deadline", Timeline, -0.3, 0.86),
    ("we have no ~1 rush|hurry|urgency|timeline|deadline", Timeline, -0.3, 0.88),
    (
        "push|pushed|pushing|moved|move|postpone|postponed|delay|delayed ~5 to|out|back|until|till|into ~3 next|q1|q2|q3|q4|later|@month|@event|after|year",
        Timeline,
        -0.5,
        0.85,
    ),
    (
        "not|nothing|nobody|never ~6 until|till|before ~4 next|q1|q2|q3|q4|@month|@event|year|easter|christmas|holidays|after",
        Timeline,
        -0.5,
        0.86,
    ),
    (
        "before|until|till ~2 @month|@event|next|year|easter|christmas ~2 is|are|will|would|be ~1 not|no|impossible|unrealistic|too",
        Timeline,
        -0.5,
        0.86,
    ),
    (
        "has|have|need|will|would to? wait|waits ~4 until|till|for ~3 next|q1|q2|q3|q4|@month|@event|year|after|easter|christmas",
        Timeline,
        -0.5,
        0.88,
    ),
    (
        "wait|hold|park|leave ~4 until|till ~3 next|q1|q2|q3|q4|@month|@event|year|after|easter|christmas|new",
        Timeline,
        -0.5,
        0.86,
    ),
    ("must|has|would|will|can to? ~1 be ~2 next year|month|quarter", Timeline, -0.5, 0.82),
    ("maybe|perhaps|probably|rather|more like|likely? ~2 next year|@season", Timeline, -0.5, 0.84),
    ("earliest ~4 @month|@season|next|q1|q2|q3|q4", Timeline, -0.4, 0.84),
    ("at the earliest", Timeline, -0.4, 0.84),
    ("revisit|reconsider ~4 in|next|after", Timeline, -0.5, 0.84),
    ("look|talk|come|speak ~3 again|back ~3 in|next|after ~3 @month|year|@season|quarter", Timeline, -0.5, 0.8),
    ("put|is|are|everything|goes|went|been ~3 on hold|ice", Timeline, -0.6, 0.9),
    ("on the back burner", Timeline, -0.6, 0.9),
    ("bad|wrong|terrible|awful time|timing ~2 for|of|to|right|is", Timeline, -0.5, 0.84),
    ("timing is ~2 bad|wrong|off|terrible|awful|not", Timeline, -0.5, 0.86),
    ("too soon|early for|to", Timeline, -0.4, 0.8),
    ("do|does not have ~2 time|capacity|bandwidth|people ~3 before|until|till|this|for|to ~3", Timeline, -0.4, 0.82),
    ("no time|capacity|bandwidth ~2 before|until|till|this|for", Timeline, -0.4, 0.82),
    (
        "can|could|will not ~2 start|begin|sign|decide|do|commit|buy|launch|switch|think|look ~4 until|till|before|this",
        Timeline,
        -0.5,
        0.84,
    ),
    ("not|nothing|no ~3 happen|happening ~2 this|before|until|till", Timeline, -0.5, 0.86),
];

/// Soon, or by a day.
pub(super) const FOR: &[Line] = &[
    ("ready to ~1 go|start|sign|move|buy|proceed|commit|begin|kick", Timeline, 0.9, 0.9),
    ("let us ~1 do it|this", Timeline, 0.8, 0.82),
    ("let us move|go forward|ahead", Timeline, 0.8, 0.86),
    (
        "want|wants|like|love|plan|planning|hoping|hope|looking|need|needs|aim|aiming|trying|have|has|got|must to? ~2 start|launch|roll|live|move|sign|kick|implement|deploy|begin|migrate|switch|buy|open|finish|decide|replace|install|order|choose|complete|run|train|set ~8 by|before|within|in|next|this|for|ahead ~4 @when|@event",
        Timeline,
        0.6,
        0.84,
    ),
    (
        "want|wants|like|love|plan|planning|hoping|hope|looking|need|needs|aim|aiming|have|has|got|must to? ~2 be|have|get|see|make ~6 live|running|place|ready|done|up|working|started|installed|trained|in|through|finished|delivered|here|over|compliant|sorted|signed|online ~4 by|before|within|in|next|this|for|ahead ~5 @when|@event|@ordinal",
        Timeline,
        0.6,
        0.86,
    ),
    (
        "want|wants|like|plan|planning|looking|need|have|got to ~1 start|begin|move|order|sign|live ~3 asap|immediately|soon|now|yesterday|quickly|fast",
        Timeline,
        0.6,
        0.82,
    ),
    (
        "our|the|a|my go|launch|rollout|kickoff|implementation|launch|move|opening|migration ~4 is? by|before|within|in|on|is ~2 @when",
        Timeline,
        0.5,
        0.8,
    ),
    (
        "we|i|they|he|she need|needs|want|wants ~6 live|running|ready|done|up|place|working|installed|delivered|here ~3 by|before|in|within|next|this|for ~3 @when|@event|@ordinal",
        Timeline,
        0.7,
        0.88,
    ),
    (
        "need|needs|want|wants it|them|this|that|these|everything|something|one|all ~3 by|before|for|within|ahead ~4 @when|@event",
        Timeline,
        0.6,
        0.86,
    ),
    (
        "in place|live|running|installed|up|ready ~2 by|before|for|ahead|in ~1 of|time? ~4 @when|@event",
        Timeline,
        0.6,
        0.84,
    ),
    ("must|need|needs|have|has|got ~5 by|before|ahead ~1 of? ~3 @event|@month|@season", Timeline, 0.6, 0.8),
    ("in time for ~3 @event|@when|opening", Timeline, 0.6, 0.84),
    (
        "our|the|my|current|old|that|this|existing contract|agreement|subscription|license|licence|renewal|lease|warranty|support|deal|policy ~6 expires|expire|ends|renews|due|expiring|ending|up|out|lapses|finishes|stops ~3 in|on|at|this|next|by|end|out|@when|for",
        Timeline,
        0.5,
        0.86,
    ),
    (
        "contract|agreement|subscription|license|licence|lease|warranty ~6 expires|ends|renews|expiring|ending|lapses",
        Timeline,
        0.5,
        0.84,
    ),
    ("contract|agreement|subscription|license|licence|lease|warranty ~4 is|runs|comes up|out", Timeline, 0.5, 0.82),
    ("fiscal|financial|budget|school year ~1 ends|closes|starts|begins|runs", Timeline, 0.5, 0.86),
    ("as soon as possible|we", Timeline, 0.7, 0.82),
    ("the sooner the better", Timeline, 0.7, 0.88),
    ("sooner rather than later", Timeline, 0.6, 0.86),
    ("asap", Timeline, 0.6, 0.82),
    ("urgent|urgently", Timeline, 0.6, 0.84),
    ("time sensitive", Timeline, 0.6, 0.84),
    ("yesterday ~1 ideally|really|if $", Timeline, 0.5, 0.75),
    ("our|a|hard|the|my ~1 deadline is|of ~4 @when", Timeline, 0.5, 0.85),
    ("deadline|inspection|audit|opening|season|launch is|starts|begins|opens ~3 @when", Timeline, 0.5, 0.84),
    ("we|i open|launch|relocate|reopen ~5 in|on|next|this ~2 @month|@season|week|month", Timeline, 0.5, 0.82),
    ("our|the|my timeline|timeframe is|would|looks", Timeline, 0.3, 0.85),
    ("how soon|quickly|fast can|could|would|will ~1 we|you|it|this|i|they|somebody", Timeline, 0.6, 0.84),
    ("what is|would the|your earliest|soonest|fastest", Timeline, 0.5, 0.8),
    (
        "when can|could we|i|you start|begin|go|get|install|deliver|come|have|be ~1 going|live|started|ready|it|them|this|here",
        Timeline,
        0.7,
        0.82,
    ),
    (
        "how long ~3 take|until|before ~4 live|running|up|start|started|installed|set|going|install|implement|onboard|ready",
        Timeline,
        0.5,
        0.82,
    ),
    (
        "we|i will|would|can|could|want|are sign|buy|order|start|go|commit|signing|starting|ordering ~3 this|next|tomorrow|today|monday ~1 week|month|quarter",
        Timeline,
        0.7,
        0.84,
    ),
    (
        "have|has|got|need to ~1 decide|choose|sign|make ~3 by|before|this|until ~4 @when|@event|then|end",
        Timeline,
        0.6,
        0.86,
    ),
    ("this quarter|month|week ~2 if possible", Timeline, 0.5, 0.82),
    ("before|by ~4 @event ~2 starts|begins|opens|hits|kicks|comes|arrives|gets", Timeline, 0.5, 0.82),
];
