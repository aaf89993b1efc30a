//! A time to meet: what names one, and what is to happen with it.
//!
//! A clause asks for a meeting when it wants something ([`crate::wish`]) and names a
//! meeting or a free time. To know one more word for either, add it to its list.

use std::ops::Range;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_language::{Anchor, Pattern, Token, deadlines, table};

use crate::cue::{Cue, conditional, negated, over};
use crate::occasion::{OFFER, among_others, in_calendar, is_day, is_met, is_told};
use crate::text::{Said, Text};
use crate::times::names_time;
use crate::wish::{Form, is_order};

/// "Would Tuesday at ten": so short a question that its time is all it asks, words.
const SHORT: usize = 6;

/// What is to happen with a meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingKind {
    /// A new one.
    #[default]
    New,
    /// Another time for one that was set.
    Reschedule,
    /// It does not take place.
    Cancel,
    /// A time that was offered is taken.
    Confirm,
}

/// What was asked about a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MeetingAsk {
    /// What is to happen.
    pub kind: MeetingKind,
    /// The exact words.
    pub quote: String,
    /// The exact words of a time, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The first time named: a day, or an instant with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Minutes, where they are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
}

/// Meetings, by name.
#[rustfmt::skip]
const NOUNS: &[&str] = &[
    "call", "meeting", "demo", "chat", "zoom", "teams", "session", "appointment", "visit", "slot", "catchup",
    "presentation", "walkthrough", "demonstration", "workshop", "invite", "invitation", "conversation", "discussion",
    "tour", "conference", "meetup", "callback", "videocall", "webex", "coffee", "lunch", "ring", "availability", "dates",
    "times", "kickoff", "offline", "gaps", "survey", "huddle", "consultation", "briefing", "interview",
];
/// Meetings, as what people do.
const VERBS: &[&str] = &[
    "meet",
    "talk",
    "speak",
    "connect",
    "sync",
    "reconvene",
    "regroup",
    "discuss",
    "chat",
    "visit",
    "debrief",
    "phone",
    "present",
];
/// Two words that mean one.
const PHRASES: &[&str] = &[
    "catch up",
    "set something|it|one|this|that up",
    "give|spare|take|need|have|got ~3 #|ten|fifteen|twenty|thirty|half|an|couple|few ~2 minutes|hour|min|mins",
    "sit down",
    "get together",
    "touch base",
    "come by|over|round|see|visit|in|to",
    "stop|drop|pop|swing by|in|over",
    "go|walk|run|talk|take|guide|lead|bring ~4 through|over ~4 together|with|us|me|team",
    "take|walk|talk|run|guide|lead|bring me|us|him|her|them ~5 through",
    "are|is|will you ~4 near|around|nearby|over|in ~4 weeks|week|soon|month|days",
    "take ~4 through ~8 minutes|hour",
    "walk me|us|everybody|everyone|the|them",
    "show me|us|them|the|her|him ~4 how|what|works|live|system|it|platform|product|tool|around",
    "just|easier|better|could|can|best ~3 show me|us",
    "see it|the|your|how ~4 live|action|works|working|person",
    "see ~1 how? program|programme|system|software|product|app|tool|platform ~4 live|action|works|working|work",
    "your|my link|zoom|place|office|number or mine|yours|my|ours",
    "in person",
    "face to face",
    "calendar link",
    "quick|brief|short word|moment|minute|question",
    "half an hour with",
    "few|couple minutes ~3 with|of|for|to",
    "worth|spare|want|like #|ten|fifteen|twenty|thirty|half ~1 minutes|mins|hour",
    "you|someone|somebody ~1 come|came ~1 and|along|yourself|out|down|up|in|to",
    "come along|out|down|up",
    "come and ~1 explain|show|talk|present|tell|speak|meet|look|have|do",
    "stick|put|poke|pop my|our head|heads in|round|through",
    "would|could|will|can you ~1 come $",
    "drop|pop|call|swing|look in|by ~1 on|to",
    "own eyes",
    "run it|that|this again|for",
];
/// Free times.
const FREE: &[&str] = &[
    "free",
    "available",
    "around",
    "convenient",
    "suit",
    "suits",
    "work",
    "works",
    "good",
    "okay",
    "fine",
    "best",
    "better",
    "possible",
    "do",
    "make",
    "have",
    "got",
    "look",
    "looks",
    "fit",
    "fits",
    "time",
    "minutes",
    "min",
    "mins",
    "hour",
    "anything",
    "something",
    "opening",
    "openings",
    "instead",
    "ideal",
    "prefer",
    "alright",
    "gap",
];
/// Verbs that put a meeting into a calendar.
const SETS: &[&str] = &[
    "schedule", "arrange", "book", "organise", "organize", "set", "fix", "find", "pick", "choose", "grab", "throw",
    "propose", "suggest", "share", "give", "send", "offer", "indicate", "advise", "tell", "reserve", "block", "pencil",
    "put", "get", "have", "jump", "hop", "join", "host", "plan", "do", "hold", "request", "invite", "drop", "confirm",
    "let", "know",
];
/// Verbs that move one.
const MOVES: &[&str] = &[
    "move",
    "shove",
    "shunt",
    "push",
    "bump",
    "shift",
    "postpone",
    "reschedule",
    "rearrange",
    "rebook",
    "swap",
    "delay",
    "change",
    "cancel",
];
/// Things that are done at a time and are no meeting.
#[rustfmt::skip]
const OTHER_WORK: &[&str] = &[
    "send", "deliver", "delivery", "ship", "shipped", "install", "installed", "finish", "pay", "paid", "invoice", "arrive",
    "receive", "return", "launch", "fix", "fixed", "renew", "expire", "expires", "expired", "deadline", "order", "ordered",
    "sign", "upload", "back", "migrate", "import", "imports", "release", "ready", "live", "support", "export", "import", "report", "cost", "price",
];

/// A meeting that is not wanted.
const UNWANTED: &[&str] = &[
    "if you ~1 need|have|want|wish|require|would ~6 call|ring|phone|contact|reach",
    "once ~1 the|we|i|you|it|that|our",
    "in|at|during|until|before|after|for ~1 the|our|next|my|their ~2 meeting|call|session|visit|demo|presentation|webinar|chat|conversation",
    "who ~3 i|we ~4 call|talk|speak|phone|ask",
    "no|not ~4 need|necessary|worth|point|reason ~6 call|meeting|demo|talk|chat|speak|meet",
    "no more|further calls|meetings",
    "somebody|someone|anybody|anyone|customer|customers|client|firm|company ~3 like|similar ~1 us|ours|me",
    "instead of a ~2 call|meeting|demo",
    "does|do it|they|the|your ~4 support|record|handle|integrate",
];
/// One that is set, and nothing more.
const SETTLED: &[&str] = &["see you", "talk|speak then|soon|to you", "until then", "confirmed ~1 talk|see"];

const RESCHEDULES: &[&str] = &[
    "reschedule|rearrange|postpone|rebook|bump",
    "move|push|shove|shunt|shift|change|swap|delay ~4 call|meeting|demo|appointment|session|visit|time|slot|it|to",
    "instead",
    "does|do|will|can not ~4 work|suit|fit|make",
    "clashes|clash|conflict|conflicts",
    "same time|hour|day",
    "another|different|other|later|earlier ~1 slot|time|day|date",
    "something came up",
];
const CANCELS: &[&str] = &["cancel|cancelled|canceled", "call off", "called off"];
const CONFIRMS: &[&str] = &[
    "works for|perfectly|well",
    "that|which|it works",
    "suits me|us|fine|well",
    "confirm|confirmed",
    "is|are fine|good|perfect",
];

struct Tables {
    phrases: Vec<Pattern>,
    unwanted: Vec<Pattern>,
    settled: Vec<Pattern>,
    reschedules: Vec<Pattern>,
    cancels: Vec<Pattern>,
    confirms: Vec<Pattern>,
    minutes: Vec<Pattern>,
    free: Vec<Pattern>,
    cannot: Vec<Pattern>,
    ring: Vec<Pattern>,
    stated: Vec<Pattern>,
    when: Vec<Pattern>,
    slots: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    phrases: table(PHRASES),
    unwanted: table(UNWANTED),
    settled: table(SETTLED),
    reschedules: table(RESCHEDULES),
    cancels: table(CANCELS),
    confirms: table(CONFIRMS),
    minutes: table(&["# ~1 min|mins|minutes", "half an hour", "an|one hour"]),
    free: table(&[
        "i|we ~2 am|are|is|have ~4 free|available|around|open|time|reachable|flexible|gaps|slots|openings|gap|slot|window",
        "your pick",
    ]),
    slots: table(&[
        "slots|appointments|sessions|times ~6 available|offered|bookable|free|open ~1 on|between|from #",
        "offer|offering|offers ~3 slots|appointments|sessions ~4 on|between|from #",
    ]),
    cannot: table(&[
        "can|do|does|will not ~3 make|do|join|attend|come|work|suit|fit",
        "unable to ~1 make|join|attend",
        "clashes|clash|conflicts",
    ]),
    ring: table(&[
        "call|ring|phone me|us",
        "give me|us a ~1 call|ring|shout|buzz|bell",
        "reach me|us on|at|by",
        "call|ring|phone ~1 whenever|anytime|any",
        "try me|us ~2 again|later ~1 at|about|around|on|tomorrow|today|this",
        "try me|us ~1 at|tomorrow|today|after",
        "best|better|easier|easiest|prefer|appreciate|rather|good|nice|great|helpful|simpler ~5 you rang|called|phoned|telephoned|ring ~1 me|us",
        "bell|buzz|tinkle me|us",
        "come and see|visit|meet|find us|me",
        "^ ~2 pop|drop|call|swing|stop|look in|by|round|over ~3 when|any|next|whenever|if|on",
    ]),
    stated: table(&[
        "we|i can|could|might ~1 do|make|manage|offer",
        "would|will|is|are|works|suits|work|suit ~2 best|better|good|fine|great|ideal|perfect|okay|open|free|clear|possible",
        "works|suits|work|suit ~2 for|me|us",
    ]),
    when: table(&[
        "when|what|which ~6 suit|suits|convenient|free|available",
        "when ~3 you|we|i|good|best ~3 talk|meet|speak|call|come|time|moment|chat|visit|connect",
        "what|which ~2 time|day|date|week|slot|hour|hours|days|times|dates",
        "good|best|convenient|suitable time|day|date|moment ~2 to|for ~1",
        "some|any|your ~2 times|dates|availability|slots",
        "which ~3 better|suits|works|prefer|best ~2 you",
    ]),
});

fn is(list: &[&str], token: &Token) -> bool {
    list.contains(&token.word.as_str())
}

/// "Shall we say Wednesday", "are you in on Friday", "any good on Monday".
fn to_us_all(tokens: &[Token]) -> bool {
    let us = ["you", "we", "us", "me", "i", "shall", "any", "your"];
    tokens.iter().any(|token| us.contains(&token.word.as_str()))
}

/// The first word of a clause that names a meeting, by itself or with the next ones.
pub(crate) fn names_meeting(tokens: &[Token]) -> Option<usize> {
    let word = tokens.iter().position(|token| is(NOUNS, token) || is(VERBS, token));
    let phrase = TABLES.phrases.iter().filter_map(|row| row.find(tokens).map(|(from, _)| from)).min();
    match (word, phrase) {
        (Some(word), Some(phrase)) => Some(word.min(phrase)),
        (word, phrase) => word.or(phrase),
    }
}

/// Clauses that ask for a meeting.
pub(crate) fn meetings(text: &Text<'_>) -> Vec<Cue> {
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate() {
        for clause in &said.clauses {
            if let Some((weight, words)) = clause_asks(said, clause)
                && !said.tokens()[words.start].quoted
                && !over(said, &words)
                && !conditional(said, &words)
            {
                out.push(Cue { weight, said: at, words });
            }
        }
    }
    out
}

/// How surely a clause asks for a meeting, and by which words.
fn clause_asks(said: &Said, clause: &Range<usize>) -> Option<(f64, Range<usize>)> {
    let all = said.tokens();
    let tokens = &all[clause.clone()];
    let any = |rows: &[Pattern]| rows.iter().any(|row| row.find(tokens).is_some());
    let whole = |weight: f64| Some((weight, clause.clone()));
    let question = Form::of(said, clause, clause.end).question;
    if any(&TABLES.unwanted) || any(&TABLES.settled) && !question {
        return None;
    }
    let timed = names_time(tokens);
    let moved = tokens.iter().any(|token| is(MOVES, token));
    if any(&TABLES.ring) && !negated(all, clause.start + TABLES.ring.iter().find_map(|row| row.find(tokens))?.0) {
        return whole(0.82);
    }
    let other_work = tokens.iter().any(|token| is(OTHER_WORK, token));
    if let Some(place) = names_meeting(tokens) {
        let at = clause.start + place;
        let form = Form::of(said, clause, at);
        let alone = matches!(all[at].word.as_str(), "meet" | "speak" | "chat" | "visit");
        let us = alone
            || tokens.iter().any(|token| {
                matches!(
                    token.word.as_str(),
                    "we" | "you"
                        | "i"
                        | "us"
                        | "me"
                        | "your"
                        | "our"
                        | "my"
                        | "someone"
                        | "somebody"
                        | "partners"
                        | "team"
                        | "board"
                        | "director"
                )
            })
            || timed;
        let order = (clause.start..at).any(|verb| is(SETS, &all[verb]) && is_order(all, clause, verb))
            || is(SETS, &all[at]) && is_order(all, clause, at);
        if negated(all, at) && !moved || among_others(all, at) || is_met(all, at) {
            return None;
        }
        // "Thanks for the demo" asks nothing; "thanks, could we have a demo" does.
        let told = form.past && !form.question && !form.request && !moved;
        if !told && us && (form.wants() || order || form.question) {
            return whole(0.85);
        }
        if moved && (timed || form.wants() || order) {
            return whole(0.82);
        }
        // "Okay for a call at 5".
        if !told && timed && !form.past && tokens.len() <= 12 && !other_work {
            return whole(0.75);
        }
    }
    let planned =
        tokens.iter().any(|token| matches!(token.word.as_str(), "rearrange" | "reschedule" | "rebook" | "postpone"));
    // "Slots of 45 minutes are available on the 24th".
    if any(&TABLES.slots) && !other_work && !tokens.iter().any(|token| matches!(token.word.as_str(), "no" | "not")) {
        return whole(0.82);
    }
    if planned && Form::of(said, clause, clause.end).wants() {
        return whole(0.8);
    }
    let proposed = tokens.iter().any(|token| matches!(token.word.as_str(), "propose" | "suggest"));
    if proposed && timed && !other_work {
        return whole(0.8);
    }
    if question && timed && !other_work && tokens.len() <= SHORT {
        return whole(0.78);
    }
    if any(&TABLES.cannot) && timed && !other_work {
        return whole(0.75);
    }
    let form = Form::of(said, clause, clause.end);
    let free = tokens.iter().any(|token| is(FREE, token));
    if !other_work && !form.past {
        if question && timed && (free || to_us_all(tokens)) {
            return whole(if free { 0.84 } else { 0.8 });
        }
        if question && moved && timed {
            return whole(0.84);
        }
        let order = (clause.start..clause.end).any(|verb| is(SETS, &all[verb]) && is_order(all, clause, verb));
        let to_us = timed
            || tokens.iter().any(|token| {
                matches!(
                    token.word.as_str(),
                    "you" | "your" | "suit" | "suits" | "convenient" | "way" | "us" | "me" | "connect"
                )
            });
        if any(&TABLES.when) && to_us && (question || form.request || order) {
            return whole(0.8);
        }
        let calendar = (clause.start..clause.end).any(|at| in_calendar(all, at));
        if calendar && (order || form.wants()) {
            return whole(0.82);
        }
        if timed && any(&TABLES.free) {
            return whole(0.75);
        }
        // "Thursday after 4 or any time Friday".
        if timed && tokens.len() <= OFFER && is_day(&tokens[0]) && !tokens.iter().any(is_told) {
            return whole(0.72);
        }
        if timed && any(&TABLES.stated) && !negated(all, clause.end.saturating_sub(1)) {
            return whole(0.72);
        }
    }
    None
}

/// How calendars name the answer that offers another time.
const NEW_TIMES: [&str; 7] = [
    "new time proposed:",
    "proposed new time:",
    "new meeting time proposed:",
    "neue zeit vorgeschlagen:",
    "nouvelle heure proposée",
    "nueva hora propuesta:",
    "nieuwe tijd voorgesteld:",
];

/// Whether a calendar offers another time for them.
pub(crate) fn proposes_time(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    NEW_TIMES.iter().any(|words| subject.starts_with(words))
}

/// "Confirming Thursday at 2": the meeting stands, and nothing is asked for it.
pub(crate) fn only_confirms(text: &Text<'_>, cue: &Cue) -> bool {
    let said = &text.said[cue.said];
    let clause = said.clause_of(cue.words.start);
    let confirms = said.tokens()[clause.start..clause.end.min(clause.start + 3)]
        .iter()
        .any(|token| matches!(token.word.as_str(), "confirm" | "confirming" | "confirmed"));
    confirms && !Form::of(said, &clause, clause.end).question
}

/// Whether a clause only calls a meeting off.
pub(crate) fn calls_off(text: &Text<'_>, cue: &Cue) -> bool {
    let said = &text.said[cue.said];
    let clause = &said.tokens()[said.clause_of(cue.words.start)];
    TABLES.cancels.iter().any(|row| row.find(clause).is_some())
}

/// What is to happen with the meeting that a clause asks for.
pub(crate) fn meeting_ask(text: &Text<'_>, cue: &Cue, anchor: &Anchor) -> MeetingAsk {
    let any = |rows: &[Pattern]| text.said.iter().any(|said| rows.iter().any(|row| row.find(said.tokens()).is_some()));
    let wants = Form::of(&text.said[cue.said], &cue.words, cue.words.end);
    let kind = if any(&TABLES.reschedules) {
        MeetingKind::Reschedule
    } else if any(&TABLES.cancels) {
        MeetingKind::Cancel
    } else if any(&TABLES.confirms) && !wants.question {
        MeetingKind::Confirm
    } else {
        MeetingKind::New
    };
    // The sentence that asks, then the ones around it.
    let order = std::iter::once(cue.said).chain((0..text.said.len()).filter(|at| *at != cue.said));
    let date = order.clone().find_map(|at| {
        let said = &text.said[at];
        deadlines(&said.sentence, anchor).into_iter().next().map(|date| (said.place(&date.words), date.when.to_text()))
    });
    let minutes = order.into_iter().find_map(|at| minutes(text.said[at].tokens()));
    MeetingAsk {
        kind,
        quote: text.exact(text.said[cue.said].quote(&cue.words)),
        when: date.as_ref().map(|(place, _)| text.exact(place.clone())),
        date: date.map(|(_, date)| date),
        minutes,
    }
}

/// `30 min`, `half an hour`, `an hour`.
fn minutes(tokens: &[Token]) -> Option<i64> {
    /// Shorter than this is a moment, longer than a working day no meeting.
    const POSSIBLE: std::ops::RangeInclusive<i64> = 5..=480;
    let (from, _) = TABLES.minutes.iter().find_map(|row| row.find(tokens))?;
    match tokens.get(from)?.word.as_str() {
        "half" => Some(30),
        "an" | "one" => Some(60),
        number => {
            let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok().filter(|minutes| POSSIBLE.contains(minutes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        let all = [
            &t.phrases,
            &t.unwanted,
            &t.settled,
            &t.reschedules,
            &t.cancels,
            &t.confirms,
            &t.minutes,
            &t.free,
            &t.cannot,
            &t.ring,
            &t.stated,
            &t.when,
            &t.slots,
        ];
        assert!(all.iter().all(|table| table.iter().all(Pattern::is_well_formed)));
    }
}
