//! Money for it: whether there is some, and whether it is enough.
//!
//! Words about money differ by trade more than by person: a company has a budget, a
//! shop has cash, a school has a grant, a farm has a loan. [`crate::lexicon`] holds
//! them as `@money`; to add one more, add it there.

use super::Line;
use super::Topic::Budget;

/// No money, or not so much.
pub(super) const AGAINST: &[Line] = &[
    // Money that must go is for the deal, though "money" and "spent" stand together.
    ("@money ~2 has|have|must to? ~1 be? spent|used|go", Budget, 0.5, 0.86),
    ("do|does|did not ~1 have ~3 @money", Budget, -0.8, 0.92),
    ("no @money ~3 this|for|left|until|till|before|right|at", Budget, -0.8, 0.9),
    ("there is|are no|not ~2 @money", Budget, -0.8, 0.92),
    ("have|has not|no|zero ~3 @money", Budget, -0.7, 0.86),
    (
        "@money ~4 tight|frozen|cut|gone|slashed|limited|constrained|exhausted|spent|reduced|short|squeezed|finished|finish|used|blown|halved|tighter|thin",
        Budget,
        -0.6,
        0.9,
    ),
    ("@money ~2 run|runs|ran|running out|dry|low", Budget, -0.6, 0.86),
    (
        "spending|purchases|purchasing|hiring|investments|expenses is|are ~2 frozen|stopped|blocked|paused",
        Budget,
        -0.6,
        0.9,
    ),
    (
        "spending|budget|purchase|purchasing|investment|capex|hiring freeze|stop|ban|cuts|constraints",
        Budget,
        -0.6,
        0.88,
    ),
    ("cut|freeze|froze|slashed|reduced|halved|trimmed ~3 @money", Budget, -0.6, 0.88),
    ("tight|small|limited ~1 @money", Budget, -0.6, 0.84),
    ("money|cash is|are ~2 tight|short|scarce|low", Budget, -0.6, 0.88),
    ("tight on|for money|cash|budget", Budget, -0.6, 0.88),
    ("strapped for|on cash|money", Budget, -0.7, 0.9),
    ("we|i are|am ~1 broke|skint|strapped", Budget, -0.7, 0.86),
    ("not ~1 sure|certain ~3 about|on|if|we|whether ~4 @money", Budget, -0.4, 0.85),
    ("not ~1 budgeted", Budget, -0.6, 0.9),
    ("nothing|no|not ~1 left ~2 in|of ~4 @money", Budget, -0.6, 0.86),
    ("outside|over|above|exceeds|beyond|past ~2 budget|range", Budget, -0.6, 0.86),
    ("out of our|my ~2 range|budget|league|reach", Budget, -0.7, 0.88),
    (
        "more|higher than we|i ~1 can|could|wanted|want|planned|expected|budgeted|have|had|hoped|thought|reckoned|figured|pay|spend|allowed",
        Budget,
        -0.5,
        0.86,
    ),
    ("more than ~3 spend|pay|afford", Budget, -0.5, 0.84),
    (
        "twice|double|triple|times what|than ~1 we|i ~2 budgeted|pay|planned|expected|spend|had|have|wanted",
        Budget,
        -0.5,
        0.86,
    ),
    ("can|could|do not ~2 afford", Budget, -0.8, 0.92),
    (
        "can|could|will|may|do|must not ~2 spend ~1 a|any|anything|one|another|more|that|money|this|it|so|until|till|before",
        Budget,
        -0.6,
        0.88,
    ),
    (
        "not|nobody spending|spends|buying|investing ~1 anything|a|any|until|till|before|money|this|right",
        Budget,
        -0.6,
        0.86,
    ),
    ("hard|difficult|tough to justify", Budget, -0.5, 0.85),
    (
        "hard|difficult|tough|trouble to? justify|justifying|find|finding ~2 money|spend|cost|price|budget|expense",
        Budget,
        -0.5,
        0.85,
    ),
    ("can|could not ~1 justify ~4 price|cost|spend|money|expense|that|it|this", Budget, -0.5, 0.84),
    ("is|are|bit|little|quite|slightly ~2 higher|high side|end", Budget, -0.5, 0.84),
    ("not paying|pay|renewing|signing|buying ~3 at that|this|those price|rate|money|prices|rates", Budget, -0.6, 0.88),
    ("not paying|pay that|this much|kind|sort|amount", Budget, -0.6, 0.86),
    ("if they|it|you|that were|was cheaper|less", Budget, -0.4, 0.84),
    ("wish|need ~2 it|they|that|this|you ~2 cheaper|lower", Budget, -0.4, 0.84),
    ("need|needs|has|have|would to? be|come ~1 cheaper|lower|down ~1 in|on price|cost|budget", Budget, -0.4, 0.84),
    ("that|it is ~1 a lot ~1 of money|for", Budget, -0.4, 0.82),
    ("a lot of money for ~2 us|me|a|our|shop|school|company", Budget, -0.5, 0.86),
    (
        "grant|loan|funding|budget|financing was|got|is|has been? denied|refused|rejected|turned|declined|not ~2",
        Budget,
        -0.7,
        0.88,
    ),
    ("bank said no", Budget, -0.7, 0.86),
];

/// Money is there, or the price will do.
pub(super) const FOR: &[Line] = &[
    (
        "@money ~4 approved|allocated|available|secured|signed|earmarked|there|ready|confirmed|set|released|granted|agreed|reserved|ringfenced",
        Budget,
        0.8,
        0.9,
    ),
    ("approved|allocated|secured|earmarked|signed|released|reserved|granted|approve ~6 @money", Budget, 0.8, 0.88),
    ("approved|allocated|earmarked|reserved|budgeted|released ~2 #", Budget, 0.7, 0.86),
    (
        "approved|allocated|earmarked|reserved|budgeted|released ~3 @amount ~1 @amount|k|grand|million",
        Budget,
        0.7,
        0.84,
    ),
    (
        "bank|board|city|council|state|foundation ~2 agreed|said|approved|granted|gave ~2 to|yes|us ~2 @money",
        Budget,
        0.8,
        0.88,
    ),
    ("got|received|won|have|has ~2 grant|funding|loan|financing|subsidy|bonus", Budget, 0.7, 0.86),
    ("have|got|has ~3 @money ~3 for|to|set|approved|aside|this|available|in|by|ready|left|put|over", Budget, 0.7, 0.86),
    ("have|got|has ~2 @money $", Budget, 0.7, 0.84),
    ("@money is|are ~3 in ~3 budget|account|bank|plan|place", Budget, 0.7, 0.86),
    ("it|that|this|money|project is ~2 in|on ~4 budget ~1 already|for|this", Budget, 0.7, 0.84),
    ("is|was|been|have|has ~2 budgeted", Budget, 0.7, 0.88),
    ("we|i budgeted|budget ~4 for|it|this|that", Budget, 0.6, 0.84),
    ("use|spend ~3 @money ~3 or|before|by ~3 lose|end|year|june|december|july|march|it", Budget, 0.5, 0.86),
    ("within|inside|in our|my|the ~1 budget|range|limits", Budget, 0.6, 0.86),
    ("fits|fit|works ~2 our|my|the budget", Budget, 0.6, 0.88),
    ("set|put|setting|putting|kept|saved ~5 aside|by|away ~4 this|for|it", Budget, 0.6, 0.84),
    ("set|put ~3 @amount ~3 aside|by", Budget, 0.6, 0.84),
    (
        "price|pricing|cost|number|numbers|rate|figure ~1 is|works|looks|seems|sounds|are ~2 reasonable|fair|fine|good|okay|fits|acceptable|alright|workable|doable",
        Budget,
        0.5,
        0.84,
    ),
    ("price|pricing|cost works|fits ~2 for|us|me", Budget, 0.5, 0.84),
    ("okay|fine|happy|comfortable|good with|on the|that|your price|pricing|number|cost|rate", Budget, 0.5, 0.84),
    ("i|we can|could live with ~2 price|number|that", Budget, 0.4, 0.8),
    ("expand|increase|increasing|increased|doubled|raised ~3 @money", Budget, 0.5, 0.84),
    ("our|the|my budget is ~3 #", Budget, 0.4, 0.85),
    ("our|the|my budget is ~3 @amount", Budget, 0.4, 0.84),
    ("@money ~2 is not ~1 a|the|any|our|really? problem|issue|concern|blocker|question", Budget, 0.6, 0.9),
    ("worth|happy|willing|prepared|glad to|paying|spending ~2 pay|spend|for|money|invest", Budget, 0.5, 0.78),
    ("pays|pay for itself", Budget, 0.5, 0.84),
];
