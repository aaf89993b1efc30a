//! Verb phrases that mean more than their verb and its object say.
//!
//! The first matching row decides; the more special stand first, and what only runs
//! the conversation before all of them. To teach one more way to say something, add a
//! row here and a sentence to the test of [`super`].

use super::{Intent, Meaning};

/// Rows that need more than a verb and its object, most special first.
pub(super) const PHRASES: &[(&str, Meaning)] = &[
    // Talk about the conversation itself.
    ("share|show|pull|bring|put ~3 screen", Meaning::Idle),
    ("share|show|give ~4 quick? demo now", Meaning::Idle),
    ("give you|us|them an? example|idea|sense|background|context|minute|second|credit|flavor", Meaning::Idle),
    ("get to|into|back that|this|it|there|started|going|used|rid|better", Meaning::Idle),
    ("get to|into|started|going|rid|used", Meaning::Idle),
    ("give ~2 a? heads up", Meaning::Idle),
    ("take|make|ask ~2 a|one|another? quick? note|question|point|minute|second|look|guess|sense", Meaning::Idle),
    ("ask|tell you", Meaning::Idle),
    ("tell|give you|him|her|them the|a truth|story|secret", Meaning::Idle),
    ("call it|that|out|on", Meaning::Idle),
    ("put it|that|this this|that|another|it|simply|differently|bluntly|way", Meaning::Idle),
    ("start|begin by|with|from|off|the|us|here", Meaning::Idle),
    ("go through ~5 now|together|here|quickly|slides|agenda|slide|points", Meaning::Idle),
    ("move|go on|ahead|forward|to|back", Meaning::Idle),
    ("talk|speak about|through|a|more", Meaning::Idle),
    ("talk|speak|see you|soon|then|later|again", Meaning::Idle),
    ("run through|into", Meaning::Idle),
    ("add to that|this|what", Meaning::Idle),
    ("open it|the|up floor|questions", Meaning::Idle),
    ("open it? up", Meaning::Idle),
    ("take that|this|it as|from", Meaning::Idle),
    ("have to|been|a|an|some|any|no|more", Meaning::Idle),
    ("check|see in here|now", Meaning::Idle),
    ("bring|take|walk you|us through|back|up", Meaning::Idle),
    ("bring|take|walk this|that|it through|up", Meaning::Idle),
    ("answer that|this|the question", Meaning::Idle),
    (
        "finish|change|complete|repeat|clarify my|the|that|this|his|her ~1 subject|response|sentence|question|thought|point|answer|topic",
        Meaning::Idle,
    ),
    ("ask|invite ~5 to repeat|excuse|finish|answer|comment|speak|respond|start|go", Meaning::Idle),
    ("clarify for|what|how|something|that", Meaning::Idle),
    ("pass|hand this|that|it|these|them out|around", Meaning::Idle),
    ("check $", Meaning::Idle),
    ("let me|us ~1 have|get a|an|another ~1 think|look|word|go|second|minute|guess|chat", Meaning::Idle),
    ("draw your|attention|a", Meaning::Idle),
    ("show|tell|read|bring you|us|me|them ~1 what|how|where|that|this|around|something|in|now|here $", Meaning::Idle),
    ("bring|take your|my|our attention|time", Meaning::Idle),
    ("send|give my|our|him|her|them regards|best|love", Meaning::Idle),
    ("look forward", Meaning::Idle),
    ("look at|into that|this|it now|here|together", Meaning::Idle),
    ("check again|quickly|here|one|this|my ~3 $", Meaning::Idle),
    ("give ~1 a|few|some|couple|two ~2 example|examples|idea|sense", Meaning::Idle),
    ("follow along|that|you|your", Meaning::Idle),
    // Introductions.
    (
        "make|have|let|get you|us ~1 meet|meeting|talk|talking|speak|speaking|connected ~1 the|our|my|a|one|with|to|somebody|someone",
        Meaning::Intent(Intent::MakeIntroduction),
    ),
    (
        "put|get|set|hook you|us|me|them ~2 touch|up|contact|talking|together with|to ~2 my|our|the|a|another|someone|somebody|one|him|her|them|@role",
        Meaning::Intent(Intent::MakeIntroduction),
    ),
    ("hook you|us|me|them up with @role|someone|somebody|him|her", Meaning::Intent(Intent::MakeIntroduction)),
    (
        "talk|speak to|with a|another|one|some|someone|somebody|few ~3 customer|customers|client|clients|user|users|reference|references|who|using",
        Meaning::Intent(Intent::MakeIntroduction),
    ),
    ("introduce|intro ~6", Meaning::Intent(Intent::MakeIntroduction)),
    ("connect you|us|them|him|her|yourself with|to", Meaning::Intent(Intent::MakeIntroduction)),
    ("connect ~3 with @role", Meaning::Intent(Intent::MakeIntroduction)),
    ("put you|us|them ~2 in touch|contact", Meaning::Intent(Intent::MakeIntroduction)),
    ("make|do|send ~4 introduction|intro|intros|introductions", Meaning::Intent(Intent::MakeIntroduction)),
    ("loop|bring|pull in my|our|the|with? ~2 @role", Meaning::Intent(Intent::MakeIntroduction)),
    ("loop|bring|pull ~4 in|into", Meaning::Intent(Intent::MakeIntroduction)),
    // Asking one's own side.
    (
        "get|have|give you|them ~1 a|an|the ~1 date|explanation|reason|confirmation|eta ~1 from|by|on|for|tomorrow|today|monday|tuesday|wednesday|thursday|friday|this|next",
        Meaning::Intent(Intent::CheckInternally),
    ),
    (
        "ask|check|verify|clarify|raise|discuss|confirm ~2 my|our|the|them|him|her ~3 team|people|guys|side|office|department|lab|plant|factory|warehouse|depot|support|developers|engineers|manager|boss|desk|colleagues|colleague|supervisor|lawyers|group",
        Meaning::Intent(Intent::CheckInternally),
    ),
    ("ask|check ~1 with? him|her|them|around|back", Meaning::Intent(Intent::CheckInternally)),
    (
        "give|pass|hand|forward|show|take|bring it|them|that|this|these ~1 to|past my|our|the ~2 development|developers|team|engineers|lab|support|people|colleagues|department|office|lawyers|colleague|factory|plant",
        Meaning::Intent(Intent::CheckInternally),
    ),
    ("run it|them|that|those|this ~1 through", Meaning::Task),
    ("ask|check for you", Meaning::Intent(Intent::CheckInternally)),
    ("have|take|get ~1 a? word|chat|talk with|to my|our|the ~2 @role", Meaning::Intent(Intent::CheckInternally)),
    ("chase|chase ~1 up|down? ~2 with|through my|our|the", Meaning::Task),
    (
        "raise|escalate|flag ~4 with|to my|our|the ~2 @role|team|people|engineers|support|development|product",
        Meaning::Intent(Intent::CheckInternally),
    ),
    ("see if|whether|what i|we ~1 can ~2 do|find|get|change|move", Meaning::Intent(Intent::CheckInternally)),
    ("run|take|bring ~4 by|past|to|back my|our|the|to? ~3 @role", Meaning::Intent(Intent::CheckInternally)),
    ("run|walk ~4 by|past ~4", Meaning::Intent(Intent::CheckInternally)),
    ("take|bring ~3 back to my|our|the|him|her", Meaning::Intent(Intent::CheckInternally)),
    ("check|verify|confirm|sync|align|discuss|clarify ~5 internally", Meaning::Intent(Intent::CheckInternally)),
    (
        "check|confirm|verify|sync|align|clear|discuss|review ~4 with my|our|the|legal|finance|procurement|security|engineering|product|him|her|them",
        Meaning::Intent(Intent::CheckInternally),
    ),
    ("check|confirm|sync|align with _", Meaning::Intent(Intent::CheckInternally)),
    ("talk|speak|chat|meet to|with my|our|the ~2 @role", Meaning::Intent(Intent::CheckInternally)),
    (
        "talk|speak|chat to|with legal|finance|procurement|security|engineering|product|him|her|them",
        Meaning::Intent(Intent::CheckInternally),
    ),
    ("ask my|our|the ~2 @role", Meaning::Intent(Intent::CheckInternally)),
    (
        "ask legal|finance|procurement|security|engineering|product|around|internally",
        Meaning::Intent(Intent::CheckInternally),
    ),
    ("find|figure out ~6", Meaning::Intent(Intent::CheckInternally)),
    ("look into", Meaning::Intent(Intent::CheckInternally)),
    ("get|obtain|seek ~3 approval|sign|buy|signoff|blessing|alignment", Meaning::Intent(Intent::CheckInternally)),
    ("check on|whether|if|what|how|when|about", Meaning::Intent(Intent::CheckInternally)),
    ("see what|whether|if my|our|the|legal|finance|procurement|security ~4", Meaning::Intent(Intent::CheckInternally)),
    // Coming back.
    ("get|come|circle|loop|report|write back to? you|them|him|her", Meaning::Intent(Intent::ProspectFollowup)),
    ("get|come|circle|loop|report back $", Meaning::Intent(Intent::ProspectFollowup)),
    (
        "get|come|circle|loop|report back by|on|with|about|tomorrow|next|later|this|in|monday|tuesday|wednesday|thursday|friday",
        Meaning::Intent(Intent::ProspectFollowup),
    ),
    ("let you|them ~2 know", Meaning::Intent(Intent::ProspectFollowup)),
    ("update|inform you $", Meaning::Intent(Intent::ProspectFollowup)),
    ("let _ ~2 know", Meaning::Task),
    (
        "inform|notify|update|tell you ~1 by|until|on|tomorrow|next|as|when|once|about|today|how|what|whether|then|this|monday|tuesday|wednesday|thursday|friday|if",
        Meaning::Intent(Intent::ProspectFollowup),
    ),
    ("come|get back $", Meaning::Intent(Intent::ProspectFollowup)),
    ("come|get back ~2 to you", Meaning::Intent(Intent::ProspectFollowup)),
    ("check in ~2 with you ~2 @when", Meaning::Intent(Intent::ScheduleMeeting)),
    ("keep you ~2 posted|updated|informed", Meaning::Intent(Intent::ProspectFollowup)),
    ("be in touch|contact", Meaning::Intent(Intent::ProspectFollowup)),
    (
        "give|send|get|have you|them ~1 an? ~2 answer|decision|response|update|reply|yes|feedback",
        Meaning::Intent(Intent::ProspectFollowup),
    ),
    ("have|get an|a|the|our ~2 answer|decision|response for|to|back ~1 you", Meaning::Intent(Intent::ProspectFollowup)),
    (
        "give|send|shoot|drop you ~2 a? call|ring|note|message|ping|shout|line",
        Meaning::Intent(Intent::ProspectFollowup),
    ),
    ("reach|touch out|base", Meaning::Intent(Intent::ProspectFollowup)),
    (
        "call|ping|text|email|message|update|contact you|them back|when|once|on|by|tomorrow|next|later|this|in|after|with|as|monday|tuesday|wednesday|thursday|friday",
        Meaning::Intent(Intent::ProspectFollowup),
    ),
    ("call|ping|text|email|message|contact you $", Meaning::Intent(Intent::ProspectFollowup)),
    ("follow up with ~4 @proposal", Meaning::Intent(Intent::SendProposal)),
    ("follow up with ~4 @pricing", Meaning::Intent(Intent::SendPricing)),
    ("follow up with ~4 @contract", Meaning::Intent(Intent::SendContract)),
    ("follow up with a|the|some|an|those|that ~3 @content", Meaning::Intent(Intent::SendContent)),
    ("follow up", Meaning::Intent(Intent::ProspectFollowup)),
    // Access.
    ("sign|set|hook|get you|us|me|them|your ~3 up ~1 with|for|on? ~3 @access", Meaning::Intent(Intent::ProvideAccess)),
    (
        "get|have|give|send|create|make|set|sort|arrange|open|text|email|issue|add|put ~4 login|logins|credentials|password|passwords|sandbox|trial",
        Meaning::Intent(Intent::ProvideAccess),
    ),
    ("turn|switch on|up ~1 the|your|a ~3 @access|module|feature|month|portal", Meaning::Intent(Intent::ProvideAccess)),
    ("turn|switch the|your|a ~3 on for", Meaning::Intent(Intent::ProvideAccess)),
    ("set|spin|stand ~1 you|them|everyone|your? ~2 up with ~4 @access", Meaning::Intent(Intent::ProvideAccess)),
    ("set|spin|stand|turn|open up|on ~5 @access", Meaning::Intent(Intent::ProvideAccess)),
    ("provision|enable|activate|grant|create|extend|give ~4 @access", Meaning::Intent(Intent::ProvideAccess)),
    ("add|invite you|them|your ~3 to the|our|a ~2 @access", Meaning::Intent(Intent::ProvideAccess)),
    // Prices by other names.
    (
        "send|share|email|forward|get|give|text|have|put|draw|pull|drop|shoot|whatsapp|bring|prepare|work ~6 rate|price|fee|tariff card|list|sheet|schedule|book|breakdown",
        Meaning::Intent(Intent::SendPricing),
    ),
    (
        "get|give|send|text|have|email|put|work|shoot|whatsapp ~1 you|them|us|me ~1 a|an|the|some|your|out|together ~2 number|numbers|figure|figures|ballpark|fees|tariff|tariffs|premium ~1 for|on|by|today|tonight|tomorrow|this|next|before|in|at|within|then|monday|tuesday|wednesday|thursday|friday|$",
        Meaning::Intent(Intent::SendPricing),
    ),
    ("do me|us ~1 a|an ~2 price|deal|discount|rate", Meaning::Intent(Intent::SendPricing)),
    ("give me|us ~3 price|discount|rate|deal|ballpark|figure|number|idea ~2", Meaning::Intent(Intent::SendPricing)),
    ("drop|lower|reduce|cut|improve|sharpen|match|beat ~2 price|rate|prices|fee", Meaning::Intent(Intent::SendPricing)),
    // Written down.
    ("put|confirm|write|have|get|set ~2 in ~1 writing|email|mail", Meaning::Handover),
    ("confirm|put ~3 in|by an|a|the? email|mail|letter|writing", Meaning::Intent(Intent::SendContent)),
    ("write|put that|it|this ~1 in|into the|our|your contract|agreement", Meaning::Intent(Intent::SendContract)),
    // Papers that name a meeting or a plan but are papers.
    (
        "send|share|email|forward|circulate ~5 meeting|call|demo recording|notes|summary|recap|minutes|link|slides",
        Meaning::Intent(Intent::SendContent),
    ),
    (
        "put|prepare|draft|write|build|pull|work|create|outline|map|send|share|get ~6 action|project|implementation|rollout|success|migration|onboarding|pilot|evaluation|close|launch|test|transition plan|timeline|roadmap",
        Meaning::Intent(Intent::PreparePlan),
    ),
    (
        "put|prepare|draft|write|build|pull|work|create|send|share|get|have ~7 scoping|scope document|doc|of",
        Meaning::Intent(Intent::SendProposal),
    ),
    ("send|draft|get|share|prepare|have|put|write|pull ~5 statement of work", Meaning::Intent(Intent::SendProposal)),
    ("send|draft|get|share|prepare|have ~5 order form", Meaning::Intent(Intent::SendContract)),
    (
        "send|draft|get|share|prepare|have|put|pull|run ~5 numbers for|on|over|together",
        Meaning::Intent(Intent::SendPricing),
    ),
    // Meetings.
    (
        "put|get|throw|drop|pop ~5 on|in your|the|our|my|everyone calendar|calendars|books|diary",
        Meaning::Intent(Intent::ScheduleMeeting),
    ),
    ("find|grab|block|book|set|schedule ~4 time|slot|hour|minutes|day|date", Meaning::Intent(Intent::ScheduleMeeting)),
    ("send ~5 invite|invites|invitation|availability|slots", Meaning::Intent(Intent::ScheduleMeeting)),
    ("send ~4 times|dates that|for|to|when", Meaning::Intent(Intent::ScheduleMeeting)),
    ("hop|jump|get ~1 on a|another|the ~3 call|zoom|phone", Meaning::Intent(Intent::ScheduleMeeting)),
    (
        "meet|reconnect|regroup|reconvene|talk|speak|sync|touch|catch|chat|connect again|up|on|next|tomorrow|monday|tuesday|wednesday|thursday|friday|after|in|same|base|later|at|this|back",
        Meaning::Intent(Intent::ScheduleMeeting),
    ),
    ("set|line up ~6 @meeting", Meaning::Intent(Intent::ScheduleMeeting)),
    (
        "arrange|organize|organise|book|schedule|fix|set ~5 visit|tour|demonstration|survey|inspection|measurement|training|consultation|trip|site|appointment|date|surveyor|technician|engineer",
        Meaning::Intent(Intent::ScheduleMeeting),
    ),
    (
        "come|pop|stop|swing|drive|fly ~1 by|round|around|over|in|down|up|out|past|along ~2 and|on|to|at|tomorrow|next|this|for|with|your|monday|tuesday|wednesday|thursday|friday|saturday|sunday|in|$",
        Meaning::Intent(Intent::ScheduleMeeting),
    ),
    (
        "come to|see|visit|and you|us|them|your|our|the|show|see|look|present|measure|have|give|walk|explain|do|meet",
        Meaning::Intent(Intent::ScheduleMeeting),
    ),
    ("drop|call by|in|round|around|past ~3 @when|and|to|on|at|$", Meaning::Intent(Intent::ScheduleMeeting)),
    ("drop out|off|over|round|around ~2 a|an|the|some|it|them|your|our", Meaning::Task),
    ("visit you|us|the|your|our|on|next", Meaning::Intent(Intent::ScheduleMeeting)),
    ("get|have my|our|the|one|somebody|someone|a ~4 on a ~1 call|zoom", Meaning::Intent(Intent::ScheduleMeeting)),
    (
        "have my|our|the|one|somebody|someone|a ~5 call|ring|contact|phone|reach|give you|them|him|her|out ~3",
        Meaning::Task,
    ),
    (
        "do|have|get|run a|an|another|the|one ~3 call|demo|demonstration|session|workshop|walkthrough|meeting|visit|review|tour|zoom",
        Meaning::Intent(Intent::ScheduleMeeting),
    ),
    ("do the needful ~3 demo|demonstration|meeting|visit|session|training", Meaning::Intent(Intent::ScheduleMeeting)),
    ("do the needful ~3 proposal|quote|offer|quotation", Meaning::Intent(Intent::SendProposal)),
    // Work of one's own.
    (
        "have|get _ ~3 @action|look|go|export|pull|run|match|count|measure|checked|fixed|exported|looked|sorted|done|tested|reviewed|replaced",
        Meaning::Task,
    ),
    ("go|run through|over it|that|them|those|these|the|your|this|what", Meaning::Task),
    ("read|study|digest it|that|them|the|your|this|through|everything", Meaning::Task),
    ("take|have a ~2 look|read at|through|over|into", Meaning::Task),
    ("look at|over|through|up it|that|them|those|these|the|your|this|what|everything", Meaning::Task),
    ("remind|chase|tell|warn him|her|them|my|our|the|_", Meaning::Task),
    ("raise|mention|bring|present|show|discuss it|that|this|them|the ~2 to|up|with|there|at|on|in", Meaning::Task),
    ("show my|our|the|him|her|them ~3", Meaning::Task),
    ("bring|take the|a|an|you|some|our|my|it|them ~6 out|over|along|off|with|by|round|to|on|for", Meaning::Task),
    ("ship|deliver|post you|them|a|the|it ~2", Meaning::Task),
    (
        "stay|be|come there|over|on|monday|tuesday|wednesday|thursday|friday|saturday|sunday|late|longer ~1",
        Meaning::Task,
    ),
    ("set ~4 up ~1 for|on|this|next|tomorrow|monday|tuesday|wednesday|thursday|friday", Meaning::Handover),
];
