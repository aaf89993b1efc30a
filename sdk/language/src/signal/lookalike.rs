//! Words that look like a signal and are none: talk about the call, small talk,
//! figures of speech, and faults of what they have today, which are no doubts about us.
//!
//! A finding of the topic that shares a word with a match of its row is dropped.

use super::Topic::{self, Authority, Budget, Competition, MultiStakeholder, Need, Objection, Timeline};

pub(super) const ROWS: &[(&str, &[Topic])] = &[
    // The call itself.
    (
        "lost|losing|lose you|connection|audio|sound|video|signal|touch|count|train|thread|bet|weight|sleep|interest|game|interest ~1",
        &[Need],
    ),
    ("lost|losing track of time", &[Need]),
    (
        "you|line|connection|audio|sound|video|wifi|microphone|mic|camera|headset|phone|call|signal|battery ~3 breaking|froze|frozen|freezing|cutting|dropping|dropped|keeps|keep|bad|lagging|echo|died|dying|crashed|gone|cut|terrible|awful|cuts|drops",
        &[Need, Objection],
    ),
    (
        "miss|missed|missing|misses you|that|it|what|your|the last|call|email|mail|message|point|bit|part|beginning|first|start|train|bus|flight|one|meeting ~1",
        &[Need],
    ),
    ("waste|wasting|take|taking|spend|run|running|lose ~3 your|more time|day", &[Need]),
    ("running|run|out ~2 of time", &[Need]),
    ("stop|cut|keep you|there|here|sharing|short|now", &[Need]),
    (
        "spend|spent ~3 minutes|hour|time|day|week|weekend|few ~3 talking|going|with|together|today|on|reading|looking|thinking|preparing ~2 you|this|that|your|call|through",
        &[Need],
    ),
    ("take|takes|took ~3 minute|minutes|second|seconds|hour ~3 this|call|of|your", &[Need]),
    ("wait|waiting|waited for|on you|him|her|your|others", &[Need]),
    ("will|can|could wait", &[Need]),
    // Small talk and figures of speech.
    ("nobody|one can hear|see", &[Need]),
    ("can|could not complain", &[Need]),
    ("no complaints", &[Need]),
    (
        "end|traffic|weather|parking|morning|weekend|flight|train|drive|commute|kids|monday|airport|school|rain|snow|jet|week|day ~5 nightmare|mess|chaos|disaster|bear|madness|hell|headache|pain|circus|crazy|monster|chaotic|mayhem|catastrophe",
        &[Need],
    ),
    ("nightmare|mess|chaos|disaster|madness ~4 traffic|weather|parking|commute|airport", &[Need]),
    ("would|will|could|might ~3 nightmare|mess|disaster|headache|catastrophe|hassle|struggle|shambles|chaos", &[Need]),
    ("on paper ~1 it|that|this|looks|sounds|great|good|fine|works|at", &[Need]),
    ("cheaper|lower|better|good|great|fine|nice|nicer|well on paper", &[Need]),
    ("paper|spreadsheet|notebook ~3 you|i sent|gave|shared|mentioned|mailed", &[Need]),
    ("in|have|from|hand|put|get|send|on ~3 writing|black and? ~1 white", &[Need]),
    ("put|get|have ~2 on paper", &[Need]),
    ("what i|we ~2 need|want|miss is|are to ~1 see|know|hear|talk|understand|get", &[Need]),
    // What was so before, or elsewhere.
    ("did ~3 by hand", &[Need]),
    ("took ~4 to ~1 get|be|find out|rid|over|away|used", &[Need]),
    ("board|bank|boss|management|council|owner|owners|government ~2 stopped|stops|stop", &[Need]),
    ("@month|@season|weather was|is ~2 nightmare|mess|disaster|catastrophe|horror|joke", &[Need, Objection]),
    ("sick|tired of ~2 powerpoint|powerpoints|slides|decks|calls|meetings|emails|presentations|webinars", &[Need]),
    ("nobody|noone|one ~1 ever|minds|minded ~1 complained|complains|noticed|notices|asked", &[Need]),
    ("^ ~1 what i ~1 still ~1 need|miss|want ~1 is|are ~1 a|an|the|your", &[Need]),
    ("your|you ~3 system|server|app|platform|software|portal ~2 was|went|is ~1 down", &[Need]),
    ("give|gives|lend|raise|shake ~3 hand|hands", &[Need]),
    ("i|we would ~1 love|like to", &[Need]),
    ("would|will ~1 lose|miss|waste|run", &[Need]),
    ("what ~4 cost|costs us|me", &[Need]),
    ("cost|costs us|me ~1 less|nothing|anything|more", &[Need]),
    ("looking|look forward", &[Need]),
    ("not ~1 run|running out", &[Need]),
    ("sorry|apologies ~3 late|short|behind|slow|running", &[Need, Objection]),
    ("behind|late|run|running ~2 today|for my|the next", &[Need]),
    ("let me|us", &[Need]),
    ("hold ~2 breath", &[Objection]),
    // Of what they have today, or of its vendor.
    ("not ~1 renewing|renew|extending|continuing ~1 that|them|theirs|it ~1 thing|contract|one|with", &[Objection]),
    // An offer of ours, and what becomes of their own customers.
    ("your|you ~6 came in at", &[Competition]),
    (
        "she|he|customer|customers|client|clients|they ~2 go|goes|went|switch|switches to ~1 other|another",
        &[Competition],
    ),
    ("worry|worries|worried not|about it", &[Objection]),
    ("do|please|no|not ~1 worry|worries", &[Objection]),
    ("not|nothing|no|never|less ~2 worried|concerned|afraid|worry|nervous|scared|concern", &[Objection]),
    ("too bad|kind|late|early|soon|far|much|often", &[Objection]),
    ("too good|much $", &[Objection]),
    ("good|great|nice question|point", &[Objection]),
    ("sure|certain ~6 @when|free|available|attend|join|come", &[Objection]),
    ("not ~1 interested in ~1 changing|switching", &[Objection]),
    (
        "do not want to ~1 interrupt|keep|guess|talk|bore|waste|rush|bother|take|hold|sound|be rude|you|about|your|it|in|like ~1",
        &[Objection],
    ),
    ("not what i|we meant|mean|said|asked", &[Objection]),
    (
        "our|my|current|old|existing|last|previous|present|today|theirs|their ~6 too|broken|crashes|slow|unreliable|crashed|froze|garbage|rubbish|crap|junk|failed|fails|errors|bugs|glitch|hangs|wrong|broke",
        &[Objection],
    ),
    ("our|my|the ~1 current|old|existing|present|last ~5 does|do|did|can|could|will not ~3", &[Objection]),
    ("thinking|thought|think|considering ~2 switching|moving|leaving|going|to ~2 to you|your|yours", &[Objection]),
    (
        "cancel|cancelling|canceling|reschedule ~4 call|meeting|vacation|holiday|holidays|appointment|lunch|weekend|demo|trip",
        &[Objection],
    ),
    ("leave|leaving ~2 it|early|now|in|at|for|soon|on|you|that|this|work|the ~1", &[Objection]),
    ("disappointed|unhappy|frustrated|annoyed ~3 our|my|current|old|them|their|existing|other|last", &[Objection]),
    ("happy|glad|pleased|delighted|thrilled ~1 to ~1", &[Need, Objection]),
    // Who is who.
    (
        "my|our|the ~2 team|colleague|colleagues|assistant|secretary ~2 will|would|can|could ~2 join|send|call|email|book|be|give|show",
        &[MultiStakeholder],
    ),
    ("our|your|my ~1 team ~3 meets|meet|loves|love|use|uses|is|likes|like|needs|need|want|wants", &[MultiStakeholder]),
    ("it_department ~2 want|wants|needs|need|would to? ~1 see|look|read", &[MultiStakeholder]),
    ("your ~2 @role", &[MultiStakeholder, Authority]),
    (
        "talk|talked|speak|spoke|spoken|check|checked|asked|discussed|ran|took|approved|signed|agreed|showed ~3 already|yesterday|last|monday|earlier",
        &[MultiStakeholder],
    ),
    (
        "@role ~1 already|has|have|had ~1 said|approved|signed|agreed|decided|voted|seen|read|okayed",
        &[MultiStakeholder],
    ),
    ("not|without|no ~1 need|have|having|needing|want ~5 anybody|anyone|permission|@role", &[MultiStakeholder]),
    ("your|good|bad|nice|smart|right|wise|easy|tough|hard call|decision|choice", &[Authority]),
    ("conference|phone|video|zoom|quick|sales|next|last|this call", &[Authority]),
    ("up to you", &[Authority]),
    ("if|were|was ~2 up to me|us", &[Authority]),
    ("@role ~1 i|we|you ~3 would|will|need|want|have|has|may|might|must|should", &[MultiStakeholder]),
    ("send|write|make|put|get ~2 another", &[Competition]),
    ("i|we can|could ~1 order|buy|sign ~2 lunch|coffee|pizza|in|up|on|into|you", &[Authority]),
    // Other companies that are no vendors here.
    ("work|worked|works|came|come|moved for|at|from|to your ~1 competitor|competitors|competition", &[Competition]),
    ("our|my ~2 competitor|competitors|competition|rivals", &[Competition]),
    (
        "other|another ~1 provider|supplier|offer|question|thing|call|meeting|day|time|week|side|hand|way|room|site|location|store|shop|office|end|people|one|half|team ~1 of|on|in|called|at|for|day|store|site|office",
        &[Competition],
    ),
    (
        "second|other|different|another ~1 thing|point|question|day|week|half|floor|site|year|month|quarter|shift|language|room|line|number|address|name",
        &[Competition],
    ),
    ("lost|losing ~4 to the|another ~1 other|competitor|competition", &[Competition, Need]),
    ("compare|comparing|compared to|with last|this|before|year|what|our|month", &[Competition]),
    // Days of the call and of its follow-up.
    ("send|email|call|meet|talk|speak|ping|ring ~6 by|before|next|this|in|until|on ~2 @when", &[Timeline]),
    ("meeting|call|demo|invite|holiday|vacation|lunch ~4 @when", &[Timeline]),
    ("not|no|nothing|hardly ~1 urgent", &[Timeline]),
    ("he|she is|was ~1 in no|not ~1 hurry|rush", &[Timeline]),
    ("not ~3 call|calls|meeting|meetings|quote|quotes|proposal|demo ~3 before|until ~2 @event", &[Timeline]),
    ("i|we will have|need|want to ~1 go|leave|jump|run|be|drop", &[Timeline]),
    // Money that is somebody else's.
    ("your ~3 budget|spend|spending|money|funding|cash|price", &[Budget]),
    ("money|cash|funds|spend back|guarantee|laundering|transfer|later|order|on|time|hours|too|more|less", &[Budget]),
    ("more than ~2 happy|welcome|enough|glad|willing|ready|one|once|likely", &[Budget]),
    ("takes|took ~5 minutes|hour|hours ~1 to get|drive|walk|come|fly|cycle", &[Need]),
    ("other ~2 on|in the|this call|line|team|room", &[Competition]),
    (
        "guys|people|rep|team|somebody|man|woman from our|my|the ~2 team|office|side|it|department|lab|kitchen|warehouse|village|school|plant",
        &[Competition],
    ),
    ("what|if happens|when ~1 i|we ~1 click|press|call|sign", &[Objection]),
    ("will|would not ~2 go|be|use ~1 to|for ~1 work|lunch|home|bed|long", &[Objection]),
    ("going|goes|went bad|missing ~1 on|in ~1 me|call", &[Need]),
];
