//! More verb phrases, for what is agreed on in passing: who is asked, who comes back,
//! who meets whom, what is on its way. They stand after [`super::phrases`], whose rows
//! go first.

use super::{Intent, Meaning};

/// In the form of [`super::phrases::PHRASES`].
pub(super) const ERRANDS: &[(&str, Meaning)] = &[
    // Fetched from one's own side, or from whoever knows.
    ("ask my|our customers|clients|users|guests|members", Meaning::Task),
    ("ask my|our ~1 _", Meaning::Intent(Intent::CheckInternally)),
    ("ask $", Meaning::Intent(Intent::CheckInternally)),
    ("ask|check|find today|tomorrow|tonight", Meaning::Intent(Intent::CheckInternally)),
    (
        "check|verify it|this|that ~1 today|tomorrow|tonight|and|with|by|straight",
        Meaning::Intent(Intent::CheckInternally),
    ),
    ("look it|that|this up", Meaning::Intent(Intent::CheckInternally)),
    ("back ~1 and see|ask|find|check", Meaning::Intent(Intent::CheckInternally)),
    ("get the picture|message|point|idea|hang", Meaning::Idle),
    ("go back ~2 see|ask|find|check", Meaning::Intent(Intent::CheckInternally)),
    ("speak|talk to|with their|his|her ~2 @role", Meaning::Intent(Intent::CheckInternally)),
    ("write to my|our|the|their ~2 @role", Meaning::Intent(Intent::CheckInternally)),
    ("phone|ring my|our|the|their ~2 @role", Meaning::Intent(Intent::CheckInternally)),
    (
        "phone|ring|email legal|finance|support|accounting|accounts|engineering|procurement",
        Meaning::Intent(Intent::CheckInternally),
    ),
    (
        "press|push|nudge|chase|nag them|him|her ~1 on|for|about|again|up|today|tomorrow",
        Meaning::Intent(Intent::CheckInternally),
    ),
    // Coming back by other names.
    ("revert ~2 to|with|by|back|on", Meaning::Intent(Intent::ProspectFollowup)),
    ("ring|phone first|then|again|back", Meaning::Intent(Intent::ProspectFollowup)),
    ("have the|an|your ~1 answer|result|decision|verdict", Meaning::Intent(Intent::ProspectFollowup)),
    ("revert $", Meaning::Intent(Intent::ProspectFollowup)),
    ("circle|loop back", Meaning::Intent(Intent::ProspectFollowup)),
    ("tell it|that to you", Meaning::Intent(Intent::ProspectFollowup)),
    ("email|text|tell|mail you ~1 an? yes|no|answer", Meaning::Intent(Intent::ProspectFollowup)),
    (
        "ring|phone|write|app|mail|whatsapp|buzz you|them ~1 back|when|once|on|by|tomorrow|tonight|today|next|later|this|in|after|with|as|whether|if|then|monday|tuesday|wednesday|thursday|friday",
        Meaning::Intent(Intent::ProspectFollowup),
    ),
    ("ring|phone|write|app|mail|whatsapp|buzz you $", Meaning::Intent(Intent::ProspectFollowup)),
    ("come up? with something|proposal|offer", Meaning::Intent(Intent::SendProposal)),
    // People brought together.
    ("put|get|hook|bring you|us|them two|both|guys together|up|talking|in", Meaning::Intent(Intent::MakeIntroduction)),
    ("put|bring you|us|them together", Meaning::Intent(Intent::MakeIntroduction)),
    (
        "get|have him|her|them|somebody|someone to? call|ring|phone|contact|email|text you|me|us",
        Meaning::Intent(Intent::MakeIntroduction),
    ),
    ("drop|write|shoot|send|text|email him|her|them ~7 copy|cc you|me|us", Meaning::Intent(Intent::MakeIntroduction)),
    // Days agreed on.
    ("tee|line|set something ~1 up", Meaning::Intent(Intent::ScheduleMeeting)),
    (
        "lock|pencil|book|put in the? monday|tuesday|wednesday|thursday|friday|saturday|sunday|@ordinal|twenty|#",
        Meaning::Intent(Intent::ScheduleMeeting),
    ),
    ("pencil it|that|us|you|me|something|in", Meaning::Intent(Intent::ScheduleMeeting)),
    ("be at|round|over|down|up at? your", Meaning::Intent(Intent::ScheduleMeeting)),
    // What it comes to.
    (
        "price|cost|quote it|that|them|this|these ~1 out|up|both|separately|properly",
        Meaning::Intent(Intent::SendPricing),
    ),
    (
        "work|run|crunch|rerun up|out|through? ~1 numbers|figures|costs|price|prices",
        Meaning::Intent(Intent::SendPricing),
    ),
    // Things on their way.
    (
        "pop|put|stick|drop|slip it|that|them|those|one ~1 in|on|into the|your post|mail|inbox|letterbox|desk",
        Meaning::Handover,
    ),
    ("flick|ping|zip|fire|whizz it|that|them ~1 to|over|across|through|you|me|us", Meaning::Handover),
    (
        "pop|put|stick|drop|slip a|an|the|one|some|you ~4 in|into the|your post|mail|inbox|letterbox",
        Meaning::Intent(Intent::SendContent),
    ),
    ("fill|complete ~4 form|section|questionnaire|sheet|template", Meaning::Intent(Intent::SendContent)),
    ("fill it|that|them|the|this|everything", Meaning::Task),
    ("delete|wipe|erase|cancel|remove|collect|fetch|unblock your|the|it|that|them|our|my|all", Meaning::Task),
];
