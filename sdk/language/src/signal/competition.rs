//! Other vendors: those they look at, those who offer less, those they prefer us to.

use super::Line;
use super::Topic::Competition;

/// Somebody else is in the race.
pub(super) const ROWS: &[Line] = &[
    ("you|yours are|is ~3 first choice|favorite|favourite|preferred|frontrunner|ahead", Competition, 0.6, 0.88),
    ("prefer you|yours|your ~1 over|to", Competition, 0.6, 0.86),
    ("like|rather you|yours better|more|than", Competition, 0.6, 0.84),
    (
        "better|nicer|easier|friendlier|faster|cheaper than the|your ~1 other|others|competitor|competitors|competition|last",
        Competition,
        0.6,
        0.84,
    ),
    (
        "went|going|gone|go|leaning|lean|signed|sign|stick|sticking|stay|staying with|toward|towards|for another|a|your|someone|the other|different|competitor|else|competition|others|cheaper ~1",
        Competition,
        -0.7,
        0.84,
    ),
    (
        "we|i|they|you are|am|have|had|were also ~1 looking|evaluating|talking|considering|speaking|comparing|testing|piloting|trialing|reviewing|demoing|seeing|meeting|trying|got|had|asked|getting|asking|looked|spoken|talked|trialling|waiting|invited",
        Competition,
        -0.2,
        0.88,
    ),
    (
        "we|i|they also|still ~1 talk|speak|look|evaluate|compare|test|meet|consider|try|asked|spoke|talked|looked|met|tried|got|have|had|see|saw|ask ~1 to|at|with|two|three|another|other|some|a|your|one ~6 @vendorish|companies|offer|offers|quote|quotes|bid|demo|proposal",
        Competition,
        -0.2,
        0.88,
    ),
    (
        "we|i also|still ~1 talk|speak|talking|speaking|spoke|talked to|with ~2 @amount|another|other|others|some|your|a|an",
        Competition,
        -0.2,
        0.86,
    ),
    ("also ~1 evaluating|considering|comparing|demoing|piloting|trialing|trialling", Competition, -0.2, 0.88),
    (
        "looking|talking|speaking|evaluating|considering|comparing|talk|speak|spoke|talked|look|looked|met|meeting|seeing|chatting|tested|testing|trying at|to|with? ~2 other|another|several|few|couple|different|two|three|four|five|some|alternative ~2 @vendorish",
        Competition,
        -0.2,
        0.88,
    ),
    (
        "compared|comparing|compare you|your|this|it|yours|them|both|all|offers|quotes|prices to|with|against|side|first",
        Competition,
        -0.2,
        0.84,
    ),
    (
        "had|having|got|have|saw|seen|booked a|some|another|two|three|demo ~1 conversation|conversations|call|calls|demo|demos|meeting|visit|pitch ~1 with|from|by ~1 other|another|your|two|three|vendors|competitors",
        Competition,
        -0.2,
        0.84,
    ),
    (
        "other|another|alternative|second|different|competing|rival|third|cheaper|existing ~1 vendor|vendors|competitor|competitors|provider|providers|supplier|suppliers|bids|bid|quotes|quote|tender",
        Competition,
        -0.2,
        0.82,
    ),
    (
        "two|three|four|five|several|few ~1 quotes|bids|offers|vendors|suppliers|proposals|tenders|bidders|providers",
        Competition,
        -0.2,
        0.84,
    ),
    ("your competitor|competitors|competition|rival|rivals", Competition, -0.2, 0.86),
    ("competitor|competitors ~1 of yours", Competition, -0.2, 0.88),
    (
        "other|french|german|american|chinese|local|big|cheaper guys|crowd|lot|outfit|company|ones|firm|fella|fellas|folks|bunch|mob|people|one|side|supplier|vendor|agency|shop|dealer|place|bidder|candidate ~4 is|are|was|were|gave|give|gives|offered|offer|offers|quoted|quote|charge|charges|charged|have|has|had|said|say|says|came|come|do|does|did|want|wants|beat|sell|sells|sent|can|could|will|would|promised|promise|showed|include|includes",
        Competition,
        -0.4,
        0.84,
    ),
    (
        "the others ~3 is|are|were|gave|offered|quoted|charge|have|said|say|came|do|want|can|include|cost|cheaper",
        Competition,
        -0.3,
        0.82,
    ),
    (
        "received|got|have|had|getting|get|waiting|collecting|asked ~1 for|on? ~1 an|another|other|second|a|more|one ~1 other|competing|second|cheaper|lower|better ~1 one|offer|offers|quote|quotes|bid|bids|proposal|price",
        Competition,
        -0.3,
        0.86,
    ),
    (
        "received|got|have|had ~2 other|another|second offer|quote|bid|proposal|one|price ~1 from|a|that|which|little|for|at|and",
        Competition,
        -0.3,
        0.86,
    ),
    ("half|third|twice|double your|their price|cost|rate", Competition, -0.4, 0.84),
    ("cheaper|less|lower|better|faster than you|yours|your", Competition, -0.4, 0.86),
    ("undercut|undercuts|undercutting ~1", Competition, -0.4, 0.84),
    (
        "came|come|comes in ~2 at|cheaper|lower|under|below|less ~2 half|you|yours|your|#|@amount|than",
        Competition,
        -0.4,
        0.82,
    ),
    ("matched|matching|match|beat|beats ~2 their|your|that price|prices|offer|quote|rate", Competition, -0.3, 0.82),
    ("competitive bid|bids|quote|process|bake|tender", Competition, -0.2, 0.84),
    ("bake off", Competition, -0.2, 0.84),
    ("went|going|go|put|are|is|been ~3 out to|for tender|bid|rfp", Competition, -0.2, 0.86),
    (
        "shop|shopping|look|looking|looked|shopped around ~3 for|at|before|too|as|a|first|and|still|other|$",
        Competition,
        -0.2,
        0.8,
    ),
    ("on our|the|a short|final list|shortlist|two|three", Competition, 0.1, 0.82),
    ("on our|the|a shortlist", Competition, 0.1, 0.84),
    ("between you|yours and ~3", Competition, -0.1, 0.86),
    ("you or|versus|against the|another|them|your ~1 other|competitor|others|guys", Competition, -0.1, 0.84),
    ("cheaper|better elsewhere|alternative|alternatives|offer|quote|option|price", Competition, -0.4, 0.82),
    ("could|can|get|buy|have ~3 same|this|that|it|thing ~2 elsewhere|cheaper|for half|less", Competition, -0.4, 0.84),
    (
        "somebody|someone|somewhere else ~3 cheaper|offers|offered|quoted|does|charges|for|is|can|would ~1 half|less|same|it|us|the",
        Competition,
        -0.4,
        0.82,
    ),
];
