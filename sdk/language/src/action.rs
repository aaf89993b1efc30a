//! What a verb phrase asks to be done: which intent it stands for, if any.
//!
//! The first matching row of [`PHRASES`] decides. Where none does, the verb's
//! class and the first object named after it do: "send" with "deck" is content,
//! with "quote" a proposal. An object that is only "it" is left open for the
//! dialogue to fill in.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::lexicon;
use crate::pattern::Pattern;
use crate::token::{Gap, Token};

/// What somebody promises to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A proposal, quote or statement of work.
    SendProposal,
    /// Prices.
    SendPricing,
    /// A meeting in the future.
    ScheduleMeeting,
    /// Documents, recordings, links.
    SendContent,
    /// Bringing people together.
    MakeIntroduction,
    /// Asking somebody on the speaker's own side.
    CheckInternally,
    /// Coming back with an answer.
    ProspectFollowup,
    /// Contract papers.
    SendContract,
    /// Accounts, trials, credentials.
    ProvideAccess,
    /// A plan, timeline or roadmap.
    PreparePlan,
}

impl Intent {
    /// The word used in outputs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendProposal => "send_proposal",
            Self::SendPricing => "send_pricing",
            Self::ScheduleMeeting => "schedule_meeting",
            Self::SendContent => "send_content",
            Self::MakeIntroduction => "make_introduction",
            Self::CheckInternally => "check_internally",
            Self::ProspectFollowup => "prospect_followup",
            Self::SendContract => "send_contract",
            Self::ProvideAccess => "provide_access",
            Self::PreparePlan => "prepare_plan",
        }
    }

    /// What is asked for when the other side says it as a request.
    #[must_use]
    pub fn as_request(self) -> &'static str {
        match self {
            Self::SendProposal => "proposal",
            Self::SendPricing => "pricing",
            Self::ScheduleMeeting => "meeting",
            Self::SendContent => "content",
            Self::MakeIntroduction => "introduction",
            Self::CheckInternally | Self::ProspectFollowup => "answer",
            Self::SendContract => "contract",
            Self::ProvideAccess => "access",
            Self::PreparePlan => "plan",
        }
    }
}

/// A verb phrase understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A known intent.
    Intent(Intent),
    /// Something is handed over, but only "it" says what.
    Handover,
    /// Work, without a named intent.
    Task,
    /// Running the conversation, a feeling, or nothing that can be done later.
    Idle,
}

/// Rows that need more than a verb and its object, most special first.
const PHRASES: &[(&str, Meaning)] = &[
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
    ("move|go on|ahead|forward|to|through|back", Meaning::Idle),
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
    ("check again|quickly|here|one|this|my ~3 $", Meaning::Idle),
    ("give ~1 a|few|some|couple|two ~2 example|examples|idea|sense", Meaning::Idle),
    ("follow along|that|you|your", Meaning::Idle),
    // Introductions.
    ("introduce|intro ~6", Meaning::Intent(Intent::MakeIntroduction)),
    ("connect you|us|them|him|her|yourself with|to", Meaning::Intent(Intent::MakeIntroduction)),
    ("connect ~3 with @role", Meaning::Intent(Intent::MakeIntroduction)),
    ("put you|us|them ~2 in touch|contact", Meaning::Intent(Intent::MakeIntroduction)),
    ("make|do|send ~4 introduction|intro|intros|introductions", Meaning::Intent(Intent::MakeIntroduction)),
    ("loop|bring|pull in my|our|the|with? ~2 @role", Meaning::Intent(Intent::MakeIntroduction)),
    ("loop|bring|pull ~4 in|into", Meaning::Intent(Intent::MakeIntroduction)),
    // Asking one's own side.
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
    ("set|spin|stand ~1 you|them|everyone|your? ~2 up with ~4 @access", Meaning::Intent(Intent::ProvideAccess)),
    ("set|spin|stand|turn|open up|on ~5 @access", Meaning::Intent(Intent::ProvideAccess)),
    ("provision|enable|activate|grant|create|extend|give ~4 @access", Meaning::Intent(Intent::ProvideAccess)),
    ("add|invite you|them|your ~3 to the|our|a ~2 @access", Meaning::Intent(Intent::ProvideAccess)),
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
    ("set ~4 up ~1 for|on|this|next|tomorrow|monday|tuesday|wednesday|thursday|friday", Meaning::Handover),
];

static ROWS: LazyLock<Vec<(Pattern, Meaning)>> =
    LazyLock::new(|| PHRASES.iter().map(|(row, meaning)| (Pattern::new(row), *meaning)).collect());

/// An object is looked for this many words after its verb: "send over to you and
/// your team the updated and signed …" is about as long as it gets.
const OBJECT_REACH: usize = 12;

/// Words that end the objects of a verb.
const OBJECT_ENDS: &[&str] = &[
    "before",
    "after",
    "by",
    "until",
    "when",
    "so",
    "because",
    "since",
    "during",
    "where",
    "while",
    "if",
    "once",
    "which",
    "about",
    "regarding",
    "tomorrow",
    "today",
    "from",
    "and",
];

/// Verbs too general to be work without the right company, see [`works_on_something`].
const LIGHT_VERBS: &[&str] = &[
    "get", "have", "make", "take", "give", "look", "tell", "pick", "include", "cover", "call", "bring", "put", "drop",
    "change", "lead", "back", "note", "talk", "speak", "find", "shoot", "mark", "open", "close", "work", "move",
    "start", "begin", "ask", "run", "set", "follow", "reach", "own", "answer", "present", "pull", "respond", "meet",
    "support", "add", "drive", "handle", "measure", "compare", "define", "circle",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Object {
    Proposal,
    Pricing,
    Contract,
    Access,
    Plan,
    Content,
    Meeting,
    Message,
    Pronoun,
}

fn object_class(word: &str) -> Option<Object> {
    let pairs = [
        ("proposal", Object::Proposal),
        ("pricing", Object::Pricing),
        ("contract", Object::Contract),
        ("access", Object::Access),
        ("content", Object::Content),
        ("plan", Object::Plan),
        ("meeting", Object::Meeting),
    ];
    if matches!(word, "email" | "note" | "message" | "text" | "line" | "ping") {
        return Some(Object::Message);
    }
    if matches!(word, "plan" | "plans" | "timeline" | "roadmap") {
        return Some(Object::Plan);
    }
    pairs.into_iter().find(|(class, _)| lexicon::is(class, word)).map(|(_, object)| object)
}

/// The first object after the verb; in a run of nouns the last one leads
/// ("meeting notes"), except that a pricing sheet stays pricing.
fn object(words: &[Token]) -> Option<Object> {
    let mut pronoun = false;
    for (index, token) in words.iter().enumerate().skip(1).take(OBJECT_REACH) {
        let word = token.word.as_str();
        if OBJECT_ENDS.contains(&word) && !(word == "and" && index < 4) {
            break;
        }
        let Some(mut found) = object_class(word) else {
            pronoun |= lexicon::is("pronoun", word);
            continue;
        };
        for next in words.iter().skip(index + 1) {
            match object_class(&next.word) {
                Some(Object::Content | Object::Message)
                    if matches!(found, Object::Pricing | Object::Proposal | Object::Contract) => {}
                Some(Object::Meeting | Object::Plan) if found == Object::Content => {}
                Some(later) if next.gap == Gap::None => found = later,
                _ => break,
            }
        }
        return Some(found);
    }
    pronoun.then_some(Object::Pronoun)
}

/// Understands the verb phrase that starts at the first word given.
#[must_use]
pub fn meaning(phrase: &[Token]) -> Meaning {
    let Some(verb) = phrase.first().map(|t| t.word.as_str()) else {
        return Meaning::Idle;
    };
    for (pattern, meaning) in ROWS.iter() {
        if pattern.at(phrase, 0).is_some() {
            return *meaning;
        }
    }
    // "Speak to Jonas": a person with a name is asked something.
    let named = phrase.get(2).is_some_and(|t| t.capital && t.gap == Gap::None && t.word != "i");
    if matches!(verb, "talk" | "speak" | "chat") && named && matches!(phrase[1].word.as_str(), "to" | "with") {
        return Meaning::Intent(Intent::CheckInternally);
    }
    let send = lexicon::is("send", verb) || lexicon::is("send", verb.trim_end_matches("ing"));
    let prepare = lexicon::is("prepare", verb);
    let schedule = lexicon::is("schedule", verb);
    let found = object(phrase);
    let by_object = match found {
        Some(Object::Proposal) if send || prepare => Some(Intent::SendProposal),
        Some(Object::Pricing) if send || prepare => Some(Intent::SendPricing),
        Some(Object::Contract) if send || prepare || verb == "redline" => Some(Intent::SendContract),
        Some(Object::Access) if send => Some(Intent::ProvideAccess),
        Some(Object::Plan) if send || prepare => Some(Intent::PreparePlan),
        Some(Object::Content)
            if send || matches!(verb, "prepare" | "draft" | "write" | "put" | "pull" | "create" | "build") =>
        {
            Some(Intent::SendContent)
        }
        Some(Object::Meeting) if schedule || matches!(verb, "invite") => Some(Intent::ScheduleMeeting),
        _ => None,
    };
    if let Some(intent) = by_object {
        return Meaning::Intent(intent);
    }
    if matches!(verb, "schedule" | "book" | "reschedule") {
        return Meaning::Intent(Intent::ScheduleMeeting);
    }
    let hands_over = matches!(
        verb,
        "send"
            | "email"
            | "share"
            | "forward"
            | "shoot"
            | "resend"
            | "mail"
            | "get"
            | "sending"
            | "sharing"
            | "pass"
            | "deliver"
            | "have"
    );
    if hands_over && found == Some(Object::Pronoun) && (verb != "get" && verb != "have" || toward_listener(phrase)) {
        return Meaning::Handover;
    }
    // "I'll send you": to whom, but not what.
    if hands_over && phrase[1..].iter().all(|t| matches!(t.word.as_str(), "you" | "them" | "him" | "her" | "over")) {
        return Meaning::Idle;
    }
    let heavy = lexicon::is("action", verb) && !LIGHT_VERBS.contains(&verb);
    if heavy {
        return Meaning::Task;
    }
    // Everyday verbs count as work only with an object that can be finished.
    if lexicon::is("action", verb) && works_on_something(phrase) { Meaning::Task } else { Meaning::Idle }
}

fn toward_listener(phrase: &[Token]) -> bool {
    phrase.iter().take(6).any(|t| matches!(t.word.as_str(), "to" | "over" | "out" | "across"))
}

fn works_on_something(phrase: &[Token]) -> bool {
    let verb = phrase.first().map_or("", |t| t.word.as_str());
    let has = |words: &[&str]| phrase.iter().skip(1).take(5).any(|t| words.contains(&t.word.as_str()));
    match verb {
        "set" => has(&["up"]),
        "put" | "pull" => has(&["together"]),
        "follow" => has(&["up"]),
        "reach" => has(&["out"]),
        "work" | "start" | "begin" => has(&["on"]) && phrase.len() > 2 && !has(&["it", "that"]),
        "handle" | "own" | "drive" | "support" | "add" | "lead" => phrase.len() >= 3 && !has(&["this", "say"]),
        "take" => has(&["care", "over"]),
        "have" | "get" => {
            has(&["ready", "done", "finished", "delivered", "complete", "live", "resolved", "fixed"])
                || phrase
                    .iter()
                    .skip(2)
                    .take(8)
                    .any(|t| matches!(t.word.as_str(), "ready" | "done" | "finished" | "complete"))
        }
        "make" => has(&["changes", "edits"]),
        "run" => has(&["report", "reports", "tests", "test", "analysis", "pilot", "experiment", "experiments"]),
        "find" => has(&["out", "someone", "somebody"]),
        "mark" | "note" => has(&["which", "them", "down"]),
        "change" | "move" | "close" => has(&["the", "our"]),
        "call" | "ask" | "tell" => phrase
            .get(1)
            .is_some_and(|t| t.capital || matches!(t.word.as_str(), "my" | "our" | "the" | "him" | "her" | "them")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokens;

    fn of(text: &str) -> Meaning {
        meaning(&tokens(text, 0, text.len()))
    }

    #[test]
    fn every_row_parses() {
        for (pattern, meaning) in ROWS.iter() {
            assert!(pattern.is_well_formed(), "{meaning:?}: {pattern:?}");
        }
    }

    #[test]
    fn verb_and_object_give_the_intent() {
        for (text, intent) in [
            ("send you the proposal", Intent::SendProposal),
            ("get the quote over to you", Intent::SendProposal),
            ("put together a statement of work", Intent::SendProposal),
            ("email the pricing sheet", Intent::SendPricing),
            ("send over our rates", Intent::SendPricing),
            ("share the two case studies", Intent::SendContent),
            ("send the recording of today's meeting", Intent::SendContent),
            ("send the demo recording", Intent::SendContent),
            ("shoot you the one-pager", Intent::SendContent),
            ("set up a call for next week", Intent::ScheduleMeeting),
            ("send a calendar invite for the demo", Intent::ScheduleMeeting),
            ("get something on the calendar", Intent::ScheduleMeeting),
            ("introduce you to our solutions engineer", Intent::MakeIntroduction),
            ("put you in touch with Priya", Intent::MakeIntroduction),
            ("run this by our CFO", Intent::CheckInternally),
            ("check with legal", Intent::CheckInternally),
            ("get back to you by Friday", Intent::ProspectFollowup),
            ("let you know next week", Intent::ProspectFollowup),
            ("draft the contract", Intent::SendContract),
            ("send the NDA", Intent::SendContract),
            ("set up a sandbox for your team", Intent::ProvideAccess),
            ("get you access to the trial", Intent::ProvideAccess),
            ("put together a rollout plan", Intent::PreparePlan),
        ] {
            assert_eq!(of(text), Meaning::Intent(intent), "{text}");
        }
    }

    #[test]
    fn running_the_conversation_is_no_work() {
        for text in [
            "share my screen",
            "show you the dashboard",
            "ask you something",
            "be quick",
            "give you an example",
            "jump in here",
            "send you",
            "put it this way",
        ] {
            assert_eq!(of(text), Meaning::Idle, "{text}");
        }
    }

    #[test]
    fn a_pronoun_leaves_the_object_open() {
        assert_eq!(of("get that over to you"), Meaning::Handover);
        assert_eq!(of("send it tomorrow"), Meaning::Handover);
        assert_eq!(of("get it"), Meaning::Idle);
    }
}
