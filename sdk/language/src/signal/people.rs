//! Who decides, and who else has a say.
//!
//! [`crate::lexicon`] holds the functions, bodies and relatives that have one as
//! `@role`, and those who lead as `@leader`.

use super::Line;
use super::Topic::{Authority, MultiStakeholder};

/// The speaker does not decide.
pub(super) const AGAINST: &[Line] = &[
    ("not ~1 my|our call|decision|choice", Authority, -0.4, 0.9),
    ("not ~1 mine|ours|me to decide|say|make|choose", Authority, -0.4, 0.88),
    ("not ~1 me|i who|that ~2 decides|signs|approves|takes|makes|chooses|pays|holds", Authority, -0.4, 0.9),
    ("decides|decide|signs|sign|takes|makes ~2 it|that|this? not me|us|i", Authority, -0.4, 0.88),
    ("not ~1 the|a decision maker", Authority, -0.4, 0.92),
    ("not the one|person|guy who|that|to ~1 decides|signs|decide|sign|approves|makes|pays|ask", Authority, -0.4, 0.9),
    ("not ~2 up to me|us", Authority, -0.4, 0.9),
    ("up to them|him|her|the ~1 @role", Authority, -0.4, 0.84),
    ("do|does not have ~2 authority|power|say|mandate", Authority, -0.5, 0.9),
    ("have no authority|power|say|mandate", Authority, -0.5, 0.9),
    ("above my pay", Authority, -0.4, 0.9),
    ("over my head", Authority, -0.3, 0.78),
    (
        "i can|could|may not ~1 sign|approve|decide|authorize|authorise|commit|agree|order|spend|buy ~6 without|over|above|beyond|more|alone|myself|on|by",
        Authority,
        -0.4,
        0.9,
    ),
    ("i can|could|may not sign|approve|decide|authorize|authorise", Authority, -0.4, 0.88),
    ("i only|just|merely recommend|advise|collect|gather|evaluate|suggest|run|use", Authority, -0.3, 0.84),
    ("i can|could only|just|merely recommend|advise|suggest|propose", Authority, -0.3, 0.86),
    (
        "anything|everything|purchases|orders|amounts|expenses|contracts over|above|beyond|past|more ~6 goes|go|needs|need|has|have|requires|must|is",
        Authority,
        -0.4,
        0.88,
    ),
    (
        "@role ~1 signs|approves|decides|sign|approve|authorizes|handles ~1 anything|everything|all|whatever ~2 over|above|beyond|more",
        Authority,
        -0.4,
        0.88,
    ),
    ("the|that decision is|sits|lies|rests with|for|made|taken ~3 @role|them|him|her", Authority, -0.4, 0.84),
];

/// More people than this one.
pub(super) const STAKEHOLDERS: &[Line] = &[
    ("run|take|bring ~3 by|past|to my|our|the ~2 @role", MultiStakeholder, 0.0, 0.9),
    ("run|running this|that|it|everything|them|these by|past _", MultiStakeholder, 0.0, 0.9),
    (
        "check|talk|discuss|align|review|confirm|speak|consult|coordinate|present|show ~3 with|to|by my|our|the|her|his ~3 @role",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "i|we|must|to|will|should ~1 ask|tell|convince|persuade|consult|involve|inform|show my|our|the ~2 @role",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "talk|talking|speak|speaking|discuss|consult to|with|it|this ~1 with? legal|procurement|finance|purchasing|corporate|compliance",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "get|getting|bring|bringing|need|have my|our|the ~3 @role ~2 on|to|into board|agree|approve|sign|involved|behind|aboard",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "loop|bring|pull|involve|include|copy ~2 in? my|our|the|her|him ~2 @leader|boss|legal|procurement|finance|board|committee|council|it|purchasing|security|accountant|lawyer|wife|husband|cofounder|founder",
        MultiStakeholder,
        0.1,
        0.84,
    ),
    (
        "@role ~3 needs|need|has|have|wants|want|will|would|must|should|also|ought|may|might|gets|get ~2 to|want|wants|need|have|also? ~2 see|approve|sign|weigh|review|agree|meet|decide|bless|okay|evaluate|ratify|vote|authorize|authorise|endorse|countersign|consent|accept|convinced|look|read|check",
        MultiStakeholder,
        0.0,
        0.87,
    ),
    (
        "they|he|she have|has|need|needs|must|will|gets|get ~1 to|also? ~1 sign|approve|ratify|agree|decide|vote|review|bless|authorize|authorise ~1 off|it|on|this|that|too|first|before|everything|to",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    ("@role ~2 has|have ~1 a|the say|vote|veto|word", MultiStakeholder, 0.0, 0.88),
    ("they|he|she has|have|gets|get ~1 a|the ~1 say|vote|veto|word", MultiStakeholder, 0.0, 0.88),
    (
        "@role ~1 must|have|has|need|needs to? ~1 say|give ~2 yes|okay|approval|blessing|nod|go|green",
        MultiStakeholder,
        0.0,
        0.88,
    ),
    ("must|has|have|need|needs to? approve|ratify|authorize|authorise|vote", MultiStakeholder, 0.0, 0.84),
    (
        "has|have|needs|need to ~1 be ~1 approved|signed|ratified|agreed|voted|authorized|authorised|cleared by|off|through|with",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "need|needs|require|requires|get|without|takes|want ~5 approval|sign|signoff|buy|blessing|consensus|signature|okay|consent|permission|agreement|vote ~1 off|in|from|of|by ~2 @role|my|our|the|them|him|her|legal|both|all|two|everyone",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "need|needs|require|requires|get|gets ~3 approval|signoff|blessing|consensus ~1 from|of|by",
        MultiStakeholder,
        0.0,
        0.84,
    ),
    (
        "goes|go|going|went|gone|has|back ~2 to|through|past|before ~3 procurement|legal|security|board|committee|finance|council|trustees|partners|compliance|cabinet|members|owners|corporate|purchasing|audit|headquarters|union",
        MultiStakeholder,
        -0.1,
        0.86,
    ),
    ("without my|our|the|her|his ~2 @role", MultiStakeholder, 0.0, 0.84),
    (
        "want|need|like|prefer my|our|the ~3 @role ~1 to ~1 see|look|approve|read|check|sign|review|try|meet|hear|agree|join|weigh",
        MultiStakeholder,
        0.0,
        0.84,
    ),
    (
        "want|need|like|prefer him|her|them to ~1 look|approve|read|check|sign|review|agree|weigh",
        MultiStakeholder,
        0.0,
        0.84,
    ),
    ("would|will want|need my|our|the ~2 @role ~2 to", MultiStakeholder, 0.0, 0.84),
    (
        "@body ~3 votes|decides|decide|signs|vote|approves|chooses ~4 on|in|next|this|every|once|it|off|that|these|at|before|who|which|everything",
        MultiStakeholder,
        0.0,
        0.84,
    ),
    ("@role|she|he|they is|are ~1 in charge", MultiStakeholder, 0.0, 0.84),
    ("@role|she|he|they is|are ~1 responsible for|of", MultiStakeholder, 0.0, 0.84),
    ("@role|she|he|they is|are ~1 the one|ones ~1 who|that", MultiStakeholder, 0.0, 0.84),
    (
        "she|he|who|wife|husband|@role ~1 does|do|handles|handle|holds|controls|keeps|runs|owns|own ~2 books|money|budget|finances|purse|accounts|numbers|half|checkbook|chequebook|strings",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "head office|corporate|headquarters|hq|group|parent ~4 decides|signs|approves|has|wants|needs|sign|decide|approve|handles|must",
        MultiStakeholder,
        0.0,
        0.86,
    ),
    (
        "our it ~3 want|wants|need|needs|has|have|will|must ~3 approve|check|review|sign|okay|bless",
        MultiStakeholder,
        0.0,
        0.84,
    ),
    (
        "other|more|several|multiple|all|key|many stakeholders|people|decision|departments|partners|owners|parties ~2 makers|involved|decide|sign|agree|say",
        MultiStakeholder,
        0.0,
        0.82,
    ),
    ("not ~1 just|only|alone me|my|mine|us", MultiStakeholder, 0.0, 0.84),
    ("two|three|four|five|both|all of us ~3 decide|sign|agree|say|vote|to|have|who", MultiStakeholder, 0.0, 0.84),
    ("we decide|vote|agree together|jointly|as", MultiStakeholder, 0.0, 0.84),
    (
        "wife|husband|partner|boss|brother|sister|father|mother|son|daughter|dad|mum|mom ~1 will|would|to want|wants|need|needs|kill|have|has|say|ask|read ~1 to|me|a|it",
        MultiStakeholder,
        0.0,
        0.82,
    ),
    (
        "committee|board|council|trustees|panel|jury ~2 decides|decision|approval|vote|votes|ratifies|approves",
        MultiStakeholder,
        -0.1,
        0.86,
    ),
    ("tender|procurement|purchasing|approval process|committee|board|rules", MultiStakeholder, -0.1, 0.8),
];

/// The speaker decides, or whoever does is won.
pub(super) const FOR: &[Line] = &[
    ("is|was ~2 my|our decision|call|choice", Authority, 0.6, 0.86),
    ("the decision is mine|ours", Authority, 0.7, 0.92),
    ("final say|decision|call|word ~2 mine|me|i|my", Authority, 0.7, 0.86),
    ("i|we have|get|got ~1 final|last say|word|call", Authority, 0.7, 0.9),
    ("i|we have|get|got the ~1 final|last|only say|word|call|vote", Authority, 0.7, 0.9),
    (
        "i ~1 sign|own|control|decide|approve|authorize|authorise ~3 budget|contracts|off|this|it|decision|spend|purchases|checks|cheques|myself|orders|alone",
        Authority,
        0.6,
        0.86,
    ),
    ("i ~1 own|control|hold|manage|run the|my|our ~2 budget|purse|spend|purchases|purchasing", Authority, 0.6, 0.86),
    ("i make ~3 decision|decisions|call", Authority, 0.6, 0.86),
    ("i|we can|could ~1 sign|approve|decide|authorize|authorise|order|buy", Authority, 0.7, 0.86),
    ("i|we can|could just|simply|easily do|buy|order|sign|get it|that|this|them", Authority, 0.6, 0.82),
    ("it|that is me|i|myself who|that ~2 signs|decides|sign|decide|approves|pays|chooses", Authority, 0.7, 0.9),
    (
        "i am the ~2 decision|buyer|budget|one|owner|boss|person ~2 maker|holder|owner|who|that|decides|here|signs|decide|sign",
        Authority,
        0.7,
        0.86,
    ),
    ("up to me|us ~2 $", Authority, 0.6, 0.84),
    ("is|entirely|all|totally|completely|just up to me|us", Authority, 0.6, 0.86),
    ("i|we call the shots", Authority, 0.7, 0.9),
    ("buck stops with|here", Authority, 0.7, 0.9),
    (
        "do|does not ~1 need|have|got ~2 to? ~1 ask|check|run|permission|approval|anybody|anyone ~3",
        Authority,
        0.6,
        0.86,
    ),
    ("do not need|have to ask|check|run ~3 anybody|anyone|nobody|permission|it|with|by", Authority, 0.6, 0.88),
    ("no|nobody one? else|need ~1 has|needs|to ~1 to|approval|ask|sign|approve|decide|agree", Authority, 0.6, 0.86),
    (
        "it is|was my own? company|business|practice|shop|money|farm|budget|store|restaurant|clinic|firm",
        Authority,
        0.5,
        0.8,
    ),
    (
        "@leader is|are ~2 bought|on|behind|supportive|sold|convinced|excited|keen|fully in|board|of|about|on|behind|this|it",
        Authority,
        0.6,
        0.86,
    ),
    ("already|fully bought in", Authority, 0.6, 0.86),
    (
        "our|my|the ~1 @leader ~1 loves|wants|supports|backs|approved|loved|sponsors|backed|agreed|signed|pushed|asked ~1 this|it|that|the|off|to|for",
        Authority,
        0.6,
        0.84,
    ),
    ("executive|exec|leadership|management sponsor|sponsorship|buy|support|backing", Authority, 0.5, 0.82),
];
