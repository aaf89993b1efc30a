//! What they want, and what has already got better: a need by its other side.
//!
//! To know one more, add a row.

use super::Topic::Need;
use super::{Line, UNPROVEN};

/// It is needed.
pub(super) const FOR: &[Line] = &[
    // What is wanted.
    ("we|i need ~1 something|someone|somebody that|who|to|like", Need, 0.6, UNPROVEN),
    (
        "we|i need ~1 a|an|better|more|the ~2 way|tool|solution|system|reporting|visibility|platform|partner|process|automation|layer|software|overview",
        Need,
        0.6,
        UNPROVEN,
    ),
    (
        "what i|we ~1 need|miss is|are ~2 way|something|system|tool|place|visibility|overview|somebody|someone",
        Need,
        0.6,
        UNPROVEN,
    ),
    (
        "looking for ~1 something|a|an|better|new ~3 way|tool|system|solution|partner|supplier|replacement|that|to|software|platform|provider",
        Need,
        0.6,
        UNPROVEN,
    ),
    (
        "need|want|have|must|has|trying to ~1 fix|reduce|improve|speed|replace|modernize|modernise|automate|streamline|digitize|digitise|shorten|eliminate|rid|simplify|tighten|halve ~2",
        Need,
        0.6,
        UNPROVEN,
    ),
    (
        "need|want|have|must|has|trying to ~1 stop|cut|bring|get ~2 losing|wasting|chasing|doing|waste|costs|errors|down|under|rid",
        Need,
        0.6,
        UNPROVEN,
    ),
    ("exactly what ~4 need|want|looking|missing|lacking|after", Need, 0.8, UNPROVEN),
    (
        "this|that|it would|will|could ~2 solve|fix|save|help|cut|free|spare ~1 us|our|a|that|the|with|me|my|lots|hours|so",
        Need,
        0.7,
        0.84,
    ),
    (
        "would|will|could|already save|saves|saved|saving ~1 us|me|our|my|the|them|him|her|a|hours|time|days|so|everybody",
        Need,
        0.7,
        UNPROVEN,
    ),
    (
        "saves|saved|saving us|me|them|my|our ~3 hours|time|days|hour|money|day|week|work|lot|minutes|trips|trip",
        Need,
        0.7,
        UNPROVEN,
    ),
    ("is|are|be ~2 must have", Need, 0.5, UNPROVEN),
    (
        "would be a ~1 huge|massive|big|great|enormous|real|total ~1 help|win|time|value|difference|improvement|relief|saver|gain",
        Need,
        0.6,
        UNPROVEN,
    ),
    ("would be ~1 huge|massive|enormous ~1 for|help", Need, 0.6, UNPROVEN),
    ("game changer|lifesaver|godsend", Need, 0.7, UNPROVEN),
    ("top|highest|high|one priority", Need, 0.6, UNPROVEN),
    (
        "want|love|like|interested ~2 to|in ~1 expand|expanding|roll|rolling|add|adding ~2 more|seats|out|other|it",
        Need,
        0.7,
        UNPROVEN,
    ),
    // What already got better.
    ("love what|how|the ~1 way|that|you|it|this", Need, 0.5, UNPROVEN),
    ("i|we like what|how you|it|this|that", Need, 0.5, UNPROVEN),
    (
        "i|we|they|everybody|everyone really|absolutely|just|all|both|honestly? love|loves it|them|this|that|the|how|what|your",
        Need,
        0.6,
        0.82,
    ),
    (
        "team|staff|members|people|guys|lads|drivers|nurses|teachers|users|agents|customers|crew|everyone|everybody|girls|kids|patients|guests|reps ~2 love|loves|happy|happier|satisfied|delighted|thrilled|pleased|impressed ~1 it|them|this|with|about|that|$",
        Need,
        0.6,
        UNPROVEN,
    ),
    (
        "team|staff|members|people|guys|lads|drivers|nurses|teachers|users|agents|crew|everyone|everybody ~2 is|are|was|were ~2 happy|happier|satisfied|delighted|thrilled|pleased|impressed",
        Need,
        0.6,
        0.82,
    ),
    ("i|we am|are|was|were ~2 impressed|thrilled|delighted|amazed|blown", Need, 0.6, 0.84),
    ("stopped complaining|losing|calling|missing", Need, 0.6, 0.84),
    ("no longer have|need|lose|miss|wait|spend", Need, 0.6, UNPROVEN),
    (
        "@trouble|time|times|hours|churn|calls|tickets|turnover|numbers|shows|costs ~2 is|are|went|go|dropped|fell|has|have|came|gone|halved ~2 down|from|by|half|dropped|fallen|halved",
        Need,
        0.6,
        UNPROVEN,
    ),
    ("went|gone|down|dropped|fell|cut ~2 from @amount ~4 to|down ~1 @amount", Need, 0.5, UNPROVEN),
    ("down|up by|from ~1 @amount|# ~1 percent|third|half|quarter|%|to|since|already", Need, 0.5, UNPROVEN),
    ("finds|does|answers|takes|did|shows|solves ~3 in|under|only @amount seconds|minutes ~1 what", Need, 0.6, UNPROVEN),
    ("makes|made|makes it ~2 easier|faster|simpler|quicker|safer ~2 for|to|us|me|already", Need, 0.6, UNPROVEN),
    // Time that stands in nobody's book, and what grows that should not.
    (
        "sit|sits|stand|stands|stood|sat|wait|waits|queue|queues|hang|hangs ~6 for ~1 an|@amount|hours|days ~1 hour|hours|minutes|days|and",
        Need,
        0.5,
        UNPROVEN,
    ),
    ("stand|stands|standing|wait|waiting|queue|queuing ~2 in front|line", Need, 0.5, UNPROVEN),
    (
        "our|my|high|higher|terrible|awful ~1 error|scrap|failure|reject|return|churn|dropout|breakage|waste|loss|accident|cancellation|show rate|rates|quota",
        Need,
        0.5,
        UNPROVEN,
    ),
    (
        "bill|bills|costs|premium|premiums|rent|overtime|turnover|leave|absence|absences|absenteeism|energy|fuel|waste|returns|claims ~3 doubled|tripled|exploded|exploding|rising|climbing|soared|up|through",
        Need,
        0.5,
        UNPROVEN,
    ),
    ("gone|went|going|goes through the roof", Need, 0.6, UNPROVEN),
    (
        "it|that|this|which is ~2 embarrassing|frustrating|ridiculous|unacceptable|maddening|exhausting|hopeless|stressful|dangerous",
        Need,
        0.5,
        UNPROVEN,
    ),
    ("go|goes|gone|went|going missing|astray|stale|rotten|bad", Need, 0.6, UNPROVEN),
    (
        "system|server|network|machine|belt|printer|press|software|kiln|pump|freezer|line|scanner ~1 goes|went|go|is|was|breaks|broke|dies|died down|out|after|every|all",
        Need,
        0.6,
        UNPROVEN,
    ),
    ("nobody|somebody|someone follows|cleans|keeps|counts|forgets|leaves|fills|locks|returns", Need, 0.5, UNPROVEN),
    (
        "got|been|were|was|gets fined|sued|overcharged|penalized|penalised|shortchanged|ripped|scammed",
        Need,
        0.6,
        UNPROVEN,
    ),
    (
        "customers|guests|patients|parents|tenants|residents|members|clients|passengers|drivers|people|neighbours|neighbors|students|teachers|staff ~1 keep|keeps *ing",
        Need,
        0.5,
        UNPROVEN,
    ),
    (
        "saves|saved|saving us|me|them|my|our ~4 hours|afternoon|afternoons|morning|mornings|evening|evenings|weekend",
        Need,
        0.7,
        UNPROVEN,
    ),
    (
        "takes|took|taking|costs ~2 us|me|them|him|her ~2 @amount|whole|full ~1 evenings|evening|afternoons|afternoon|mornings|nights|weekends",
        Need,
        0.6,
        UNPROVEN,
    ),
    ("drowning|drown|swamped|buried in|under|with", Need, 0.6, UNPROVEN),
];
