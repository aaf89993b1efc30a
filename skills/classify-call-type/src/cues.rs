//! Words that vote for a kind of call.

use std::sync::LazyLock;

use meeting_source::Loaded;
use skillhost_language::{Pattern, Present, Sentence, any, sentences, table};
use skillhost_sdk::sources::Side;

use crate::manner::Manner;
use crate::output::Kind;

/// What the words say.
pub(crate) struct Verdict {
    pub(crate) kind: Kind,
    pub(crate) confidence: f64,
    pub(crate) reasons: Vec<String>,
    /// Position of the reason and its exact words.
    pub(crate) quotes: Vec<(usize, String)>,
}

/// A word in the title weighs as much as several sentences.
const TITLE_WEIGHT: f64 = 4.0;
/// One cue counts at most this often: a word that is everybody's habit proves little.
const MOST_PER_CUE: u32 = 3;
/// With less than this nothing is clear; a long call has more words that are anybody's.
const CLEAR: f64 = 1.5;
const CLEAR_LONG: f64 = 3.0;
/// Turns of a short call, and of a long one.
const SHORT: f64 = 20.0;
const LONG: f64 = 60.0;
/// And the winner must lead the next by this share.
const LEAD: f64 = 1.15;
/// Surest that words alone can make it.
const MOST_SURE: f64 = 0.95;
/// Reasons given at most.
const MOST_REASONS: usize = 4;
/// Cues of a customer's call from which on questions are how one is looked after.
const KNOWN_CUSTOMER: f64 = 1.2;

/// Who has to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Our side: or anybody whose side is unknown.
    Ours,
    /// The customer; or anybody whose side is unknown.
    Theirs,
    Anybody,
}

use By::{Anybody, Ours, Theirs};
use Kind::{CheckIn, Demo, Discovery, Negotiation, Onboarding};

const TITLES: &[(&str, Kind)] = &[
    ("discovery|intro|introduction|introductory|exploratory|qualification|scoping", Discovery),
    ("demo|demonstration|walkthrough|showcase", Demo),
    ("negotiation|pricing|contract|commercials|commercial|terms|proposal|redlines|legal", Negotiation),
    ("checkin|qbr|renewal|sync|quarterly|touchpoint|catchup|ebr", CheckIn),
    ("check in|up", CheckIn),
    ("business review", CheckIn),
    ("onboarding|kickoff|implementation|training|setup", Onboarding),
    ("kick off", Onboarding),
];

const ROWS: &[(&str, Kind, By, f64, &str)] = &[
    ("tell|walk me|us ~2 about|through", Discovery, Ours, 1.0, "asks to be told about the customer's work"),
    (
        "how do|does|are you|your|it ~4 today|currently|now|handle|manage|do",
        Discovery,
        Ours,
        1.2,
        "asks how it is done today",
    ),
    (
        "what is|are ~3 challenge|challenges|problem|problems|pain|priorities|goal|goals",
        Discovery,
        Ours,
        1.5,
        "asks for challenges or goals",
    ),
    ("what is|are not|breaking|holding|causing", Discovery, Ours, 1.0, "asks what is wrong"),
    ("who else|is ~4 involved|decision|decides|decide|signs", Discovery, Ours, 1.2, "asks who decides"),
    ("what about|is your|the budget|timeline", Discovery, Ours, 1.0, "asks for budget or timeline"),
    ("have you looked|tried|considered|evaluated", Discovery, Ours, 1.0, "asks what was tried"),
    ("learn|understand ~3 about|your ~4", Discovery, Ours, 0.8, "wants to understand"),
    ("our biggest|main challenge|problem|issue", Discovery, Theirs, 1.0, "the customer names a problem"),
    ("share|sharing my|the|your screen", Demo, Ours, 2.0, "shares a screen"),
    ("can you ~2 see my|the screen", Demo, Ours, 2.0, "shows a screen"),
    ("as you can see|here", Demo, Ours, 1.2, "points at something shown"),
    ("let me show|i will show|show you how|going to show", Demo, Ours, 1.2, "shows how it works"),
    ("let me show", Demo, Ours, 1.2, "shows how it works"),
    ("i will show", Demo, Ours, 1.0, "shows how it works"),
    ("on the left|right|top|bottom|screen", Demo, Ours, 0.8, "points at the screen"),
    ("click|clicking|drag|tab|dashboard here|on|into|over|and|this", Demo, Ours, 0.8, "clicks through the product"),
    ("if i|you|we click", Demo, Ours, 1.2, "clicks through the product"),
    (
        "walk you through the|our product|platform|dashboard|demo|tool|system|workflow",
        Demo,
        Ours,
        1.5,
        "walks through the product",
    ),
    ("discount|discounts", Negotiation, Anybody, 1.5, "talks about a discount"),
    ("payment|net terms|thirty|sixty|30|60", Negotiation, Anybody, 1.5, "talks about payment"),
    (
        "redline|redlines|redlined|msa|countersign|docusign|signature|countersigned",
        Negotiation,
        Anybody,
        1.5,
        "talks about papers",
    ),
    ("sign ~3 contract|agreement|order|deal|by|this", Negotiation, Anybody, 1.5, "talks about signing"),
    (
        "contract|agreement|liability|indemnity|clause|termination",
        Negotiation,
        Anybody,
        0.7,
        "talks about the contract",
    ),
    ("best price|offer|number", Negotiation, Anybody, 1.5, "asks for the best price"),
    ("per seat|user|month|year", Negotiation, Anybody, 0.7, "talks about unit prices"),
    (
        "annual|multi|three|two year commitment|deal|contract|term|prepay",
        Negotiation,
        Anybody,
        1.2,
        "talks about the term",
    ),
    ("procurement|legal team|counsel", Negotiation, Anybody, 0.8, "names procurement or legal"),
    ("meet you halfway|in the middle|at", Negotiation, Anybody, 1.5, "looks for a compromise"),
    ("lower|reduce|come down|bring down ~3 price|cost|number", Negotiation, Anybody, 1.2, "asks for a lower price"),
    ("how is ~3 going|working", CheckIn, Ours, 0.8, "asks how it is going"),
    (
        "since onboarding|launch|we launched|go live|the rollout|our last|we last",
        CheckIn,
        Anybody,
        1.5,
        "looks back on the time since the start",
    ),
    ("adoption|renewal|renew|renewing|usage", CheckIn, Anybody, 1.0, "talks about adoption or renewal"),
    ("last quarter|month we|you|the|your", CheckIn, Anybody, 0.5, "looks back on a period"),
    ("review ~3 metrics|numbers|results|quarter|usage", CheckIn, Anybody, 1.2, "reviews results"),
    ("any issues|blockers|problems ~3 with|since|so", CheckIn, Ours, 1.0, "asks for issues in use"),
    ("happy with ~3 product|platform|service|support|so", CheckIn, Ours, 1.0, "asks whether the customer is happy"),
    ("no show|ticket|tickets|support team|case", CheckIn, Anybody, 0.5, "talks about daily use"),
    ("kickoff|kick off", Onboarding, Anybody, 1.5, "is a kickoff"),
    (
        "admin|user|users account|accounts|access|login ~3 set|create|created|invite",
        Onboarding,
        Anybody,
        1.0,
        "sets up accounts",
    ),
    (
        "set|setting up ~4 integration|sso|account|accounts|workspace|users|environment",
        Onboarding,
        Anybody,
        1.2,
        "sets things up",
    ),
    ("go live|golive date|plan|checklist", Onboarding, Anybody, 0.8, "plans the go-live"),
    ("onboarding|onboard", Onboarding, Anybody, 1.0, "is about onboarding"),
    (
        "import|migrate|migrating|upload your|the|their|historical data|contacts|records|list",
        Onboarding,
        Anybody,
        1.0,
        "moves data over",
    ),
    ("training session|sessions|for ~3 team", Onboarding, Anybody, 1.2, "plans training"),
    ("welcome aboard|to the|on board", Onboarding, Ours, 1.0, "welcomes a new customer"),
    ("your ~2 success|implementation manager|team|lead", Onboarding, Ours, 1.0, "introduces the implementation team"),
    // What a call of any trade sounds like.
    ("^ ~3 watch", Demo, Ours, 1.2, "points at something shown"),
    ("you see|get|have ~2 the|what|who|that|how|here|there", Demo, Ours, 0.7, "points at something shown"),
    ("see , that|the|this|it|she|he", Demo, Ours, 0.7, "points at something shown"),
    ("can you ~2 see", Demo, Ours, 1.0, "points at something shown"),
    ("look at the|this ~3 top|bottom|corner|left|right|screen", Demo, Ours, 1.2, "points at something shown"),
    ("on the|your left|right|screen", Demo, Ours, 1.0, "points at the screen"),
    ("i ~1 press|click|type|drag|pull|hover|tick|switch|tap|scroll", Demo, Ours, 1.2, "works it before their eyes"),
    ("i am sharing|playing|switching|showing", Demo, Ours, 1.5, "works it before their eyes"),
    ("let me ~1 open|type|switch|play|try|pull|zoom|go back", Demo, Ours, 1.2, "works it before their eyes"),
    (
        "i will ~2 switch|type|press|open|put ~4 screen|view|mode|slowly|again|it",
        Demo,
        Ours,
        1.2,
        "works it before their eyes",
    ),
    ("this|that very? button|screen|view|tab|slider|map|list", Demo, Ours, 0.8, "points at something shown"),
    ("this is the|your|what ~3 as|of|a", Demo, Ours, 0.6, "points at something shown"),
    ("hover over", Demo, Ours, 1.0, "works it before their eyes"),
    ("where would|do|can i see|find|get", Demo, Theirs, 1.0, "the customer asks where something is in it"),
    ("can|could it|that|you ~3 do|go|make|show|handle", Demo, Theirs, 0.8, "the customer asks what it can do"),
    (
        "what is the|that|this ~1 red|grey|green|blue|yellow|bit|one|thing",
        Demo,
        Theirs,
        0.8,
        "the customer asks what they see",
    ),
    (
        "that is|oh clever|uncanny|brilliant|neat|amazing|nice|good",
        Demo,
        Theirs,
        0.5,
        "the customer likes what they see",
    ),
    (
        "if ~12 i|we|you can|could|will|would ~2 take|do|make|throw|knock|hold|give|offer|accept|live|ask|have",
        Negotiation,
        Anybody,
        1.3,
        "offers one thing for another",
    ),
    ("in return|exchange", Negotiation, Anybody, 1.5, "offers one thing for another"),
    (
        "i|we would|could|can swap|trade|concede|split|fold|strike",
        Negotiation,
        Anybody,
        1.3,
        "offers one thing for another",
    ),
    ("can|cannot|could live with", Negotiation, Anybody, 1.3, "says what is acceptable"),
    ("as far as i|we can", Negotiation, Anybody, 1.3, "says what is acceptable"),
    (
        "will|would|can|do not do|go|take|accept|move ~2 #|over|under|below|above|six|further|lower|higher",
        Negotiation,
        Anybody,
        1.2,
        "says what is not acceptable",
    ),
    ("do not love|like the price|number|terms|rate", Negotiation, Anybody, 1.3, "says what is not acceptable"),
    ("revised|updated|new|clean quote|offer|draft|version", Negotiation, Anybody, 1.2, "talks about papers"),
    ("heads of terms", Negotiation, Anybody, 1.5, "talks about papers"),
    ("sign|signed off", Negotiation, Anybody, 0.8, "talks about signing"),
    ("get ~3 signed|signature|signatures", Negotiation, Anybody, 1.2, "talks about signing"),
    ("i|we will|can ~1 sign|countersign", Negotiation, Anybody, 1.2, "talks about signing"),
    ("have our|my|your signature", Negotiation, Anybody, 1.2, "talks about signing"),
    ("rebate|surcharge|royalty|markup|concession|concessions", Negotiation, Anybody, 1.2, "talks about prices"),
    ("percent|%", Negotiation, Anybody, 0.5, "talks about prices"),
    ("the number|price|fee|rate|unit is|was|to|at|stays|goes|up|down", Negotiation, Anybody, 0.7, "talks about prices"),
    ("over|under|above what ~4 approved|agreed|budgeted", Negotiation, Anybody, 1.2, "talks about prices"),
    ("knock|take|knocking ~4 off", Negotiation, Anybody, 1.0, "talks about prices"),
    ("auto renewal|renewal clause", Negotiation, Anybody, 1.0, "talks about terms"),
    ("months|days|weeks notice|warning|payment", Negotiation, Anybody, 1.0, "talks about terms"),
    ("notice ~3 instead|rather", Negotiation, Anybody, 1.0, "talks about terms"),
    ("clause|cap|indemnity|rent|break", Negotiation, Anybody, 0.5, "talks about terms"),
    ("remaining|open points", Negotiation, Anybody, 1.0, "goes through what is not agreed"),
    ("accepts|accepted|agreed ~6 but", Negotiation, Anybody, 1.0, "says what is acceptable"),
    ("how did ~9 go", CheckIn, Ours, 1.5, "asks how it went"),
    ("hear|ask|see|know how ~9 went|going|goes|gone|doing", CheckIn, Ours, 1.5, "asks how it went"),
    ("how is|are ~4 finding|getting|holding|treating", CheckIn, Ours, 1.5, "asks how it is going"),
    ("getting on with|holding up", CheckIn, Ours, 1.2, "asks how it is going"),
    ("it is|has|have been ~3 months|years|year|weeks", CheckIn, Ours, 1.5, "looks back on the time since the start"),
    (
        "you have|had had|used|been ~6 years|year|months|since",
        CheckIn,
        Ours,
        1.5,
        "looks back on the time since the start",
    ),
    (
        "since you|we|i ~2 signed|joined|started|swapped|moved|began|bought|installed|changed",
        CheckIn,
        Anybody,
        1.2,
        "looks back on the time since the start",
    ),
    ("when you signed on|up", CheckIn, Ours, 0.8, "looks back on the time since the start"),
    ("last time you|we ~1 asked|spoke|met|said|talked", CheckIn, Ours, 1.3, "looks back on the last talk"),
    ("are|is|do you|your|they|people ~5 still", CheckIn, Ours, 0.8, "asks whether it is still so"),
    ("are|is you|your|people|they|everybody ~1 using it|them|that", CheckIn, Ours, 1.2, "asks for use"),
    ("still doing|folding|using|happy|content", CheckIn, Ours, 0.8, "asks whether it is still so"),
    ("your numbers|logins|figures|usage|graph|statistics", CheckIn, Ours, 1.0, "has looked at their use"),
    ("for another year|season|term", CheckIn, Anybody, 1.3, "talks about going on"),
    (
        "agreement|contract|licence|license|framework|subscription|term runs|ends|expires|comes|finishes",
        CheckIn,
        Ours,
        1.3,
        "talks about going on",
    ),
    ("carry|carrying on as", CheckIn, Anybody, 1.0, "talks about going on"),
    ("content|happy|pleased to carry|stay|go|continue", CheckIn, Anybody, 1.2, "asks whether the customer is happy"),
    (
        "anything|something ~5 annoys|annoy|grumble|grumbles|bothers|complain|complaints|wrong",
        CheckIn,
        Ours,
        1.0,
        "asks what could be better",
    ),
    ("paid for itself", CheckIn, Ours, 1.3, "asks what it was worth"),
    (
        "better|worse|fewer|less than ~4 before|summer|spring|last|winter|used",
        CheckIn,
        Theirs,
        0.8,
        "the customer compares with before",
    ),
    ("went live in", CheckIn, Ours, 1.2, "looks back on the time since the start"),
    ("congratulations ~4 signing|joining|decision|deal", Onboarding, Ours, 1.5, "welcomes a new customer"),
    ("now that ~4 paperwork|signed|contract|signature|agreement", Onboarding, Ours, 1.5, "begins after the signature"),
    ("who does what", Onboarding, Anybody, 1.2, "shares out the work"),
    ("log|logging in|into|on", Onboarding, Ours, 1.0, "sets up accounts"),
    ("login|logins|password|passwords", Onboarding, Anybody, 1.2, "sets up accounts"),
    (
        "made|make|created|set you|them|everybody ~2 account|accounts|login|logins",
        Onboarding,
        Ours,
        1.3,
        "sets up accounts",
    ),
    ("send|sent you|them|your ~5 invitation|invitations|invite", Onboarding, Ours, 1.2, "sets up accounts"),
    ("go|goes|going live", Onboarding, Anybody, 1.0, "plans the go-live"),
    ("training|session|sessions ~4 for|would|is|with|drivers|next|of", Onboarding, Anybody, 0.8, "plans training"),
    ("next|first|second session", Onboarding, Ours, 1.2, "plans training"),
    ("hand ~2 over|you to", Onboarding, Ours, 1.0, "hands over"),
    (
        "records|data|list|diary|history|contacts|customers ~2 came|come|brought|imported|loaded|moved ~1 across|over|in",
        Onboarding,
        Anybody,
        1.3,
        "moves data over",
    ),
    ("i|we ~1 need the|your|a list|copy|file|names", Onboarding, Ours, 1.0, "asks for what the set-up needs"),
    ("load|loads|load|key|keyed ~1 it|them|that|in", Onboarding, Ours, 0.8, "moves data over"),
    ("what do you need from", Onboarding, Theirs, 1.3, "asks what the set-up needs"),
    (
        "^ ~3 click|type|press|hold|enter|drop|choose|select ~1 on|the|it|that|your|until",
        Onboarding,
        Ours,
        0.9,
        "tells them what to press",
    ),
    ("get|getting you|your ~4 going|bookable|live|started|running|ready", Onboarding, Ours, 1.2, "gets them going"),
    ("so that you|your|they ~3 can do|use|run", Onboarding, Ours, 0.8, "teaches them to do it"),
    ("you are|your now on|in|set|ready|live", Onboarding, Ours, 0.8, "gets them going"),
];

struct Row {
    pattern: Pattern,
    kind: Kind,
    by: By,
    weight: f64,
    reason: &'static str,
}

static COMPILED: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |&(text, kind, by, weight, reason): &(&'static str, Kind, By, f64, &'static str)| Row {
        pattern: Pattern::new(text),
        kind,
        by,
        weight,
        reason,
    };
    ROWS.iter().map(row).collect()
});
/// Words that take back what stands right behind them, or put it off.
static DENIES: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| table(&["not|never|no|without|nobody|nothing ~3 $", "rather than ~3 $", "instead of ~3 $"]));
static PUTS_OFF: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| table(&["another day|time", "not ~2 today|now|yet", "come to that", "next week|month|time we"]));
static TITLE_ROWS: LazyLock<Vec<(Pattern, Kind)>> =
    LazyLock::new(|| TITLES.iter().map(|(row, kind)| (Pattern::new(row), *kind)).collect());

struct Score {
    kind: Kind,
    weight: f64,
    /// Weight, reason, exact words.
    cues: Vec<(f64, &'static str, Option<String>)>,
}

pub(crate) fn classify(meeting: &Loaded) -> Verdict {
    let mut scores: Vec<Score> = [Discovery, Demo, Negotiation, CheckIn, Onboarding]
        .into_iter()
        .map(|kind| Score { kind, weight: 0.0, cues: Vec::new() })
        .collect();
    if let Some(title) = meeting.meeting.as_ref().map(|meeting| meeting.title.as_str()) {
        for sentence in sentences(title) {
            for (pattern, kind) in TITLE_ROWS.iter() {
                if pattern.find(&sentence.tokens).is_some()
                    && let Some(score) = scores.iter_mut().find(|score| score.kind == *kind)
                {
                    score.weight += TITLE_WEIGHT;
                    score.cues.push((TITLE_WEIGHT, "the title says so", None));
                }
            }
        }
    }
    let mut counts = vec![0u32; COMPILED.len()];
    let mut manner = Manner::default();
    for (at, turn) in meeting.transcript.turns.iter().enumerate() {
        let side = meeting.side(turn);
        for sentence in sentences(&turn.text) {
            manner.hear(&sentence, side);
            let present = Present::of(&sentence.tokens);
            for (index, row) in COMPILED.iter().enumerate() {
                let is_said = match row.by {
                    Ours => side != Side::Prospect,
                    Theirs => side != Side::Rep,
                    Anybody => true,
                };
                if !is_said || counts[index] >= MOST_PER_CUE || !is_meant(&row.pattern, &sentence, present) {
                    continue;
                }
                counts[index] += 1;
                if let Some(score) = scores.iter_mut().find(|score| score.kind == row.kind) {
                    // The second and third time say less.
                    score.weight += row.weight / f64::from(counts[index]);
                    if counts[index] == 1 {
                        score.cues.push((row.weight, row.reason, meeting.quote(at, &sentence.range)));
                    }
                }
            }
        }
        manner.end_turn(side);
    }
    let is_customer = scores.iter().any(|score| score.kind == CheckIn && score.weight >= KNOWN_CUSTOMER);
    for (kind, weight, reason) in manner.cues(is_customer) {
        if let Some(score) = scores.iter_mut().find(|score| score.kind == kind) {
            score.weight += weight;
            if weight >= 1.0 {
                score.cues.push((weight, reason, None));
            }
        }
    }
    scores.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    verdict(&scores, meeting.transcript.turns.len())
}

/// Whether a sentence says it, and neither denies it nor puts it off.
fn is_meant(pattern: &Pattern, sentence: &Sentence, present: Present) -> bool {
    let Some((start, _)) = pattern.find_among(&sentence.tokens, present) else { return false };
    !any(&DENIES, &sentence.tokens[..start]) && !any(&PUTS_OFF, &sentence.tokens)
}

fn verdict(scores: &[Score], turns: usize) -> Verdict {
    let (Some(first), Some(second)) = (scores.first(), scores.get(1)) else {
        return unclear("nothing to go by");
    };
    if first.weight < clear(turns) {
        return unclear("too few words point to a kind of call");
    }
    if first.weight < second.weight * LEAD {
        return unclear("the words point to more than one kind of call");
    }
    let mut cues = first.cues.clone();
    cues.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut reasons: Vec<String> = Vec::new();
    let mut quotes = Vec::new();
    for (_, reason, quote) in cues {
        if reasons.len() < MOST_REASONS && !reasons.iter().any(|known| known == reason) {
            if let Some(quote) = quote {
                quotes.push((reasons.len(), quote));
            }
            reasons.push(reason.to_owned());
        }
    }
    let share = first.weight / (first.weight + second.weight);
    Verdict { kind: first.kind, confidence: share.min(MOST_SURE), reasons, quotes }
}

/// What is clear in a call of so many turns.
fn clear(turns: usize) -> f64 {
    let turns = f64::from(u32::try_from(turns).unwrap_or(u32::MAX));
    CLEAR + (CLEAR_LONG - CLEAR) * ((turns - SHORT) / (LONG - SHORT)).clamp(0.0, 1.0)
}

fn unclear(reason: &str) -> Verdict {
    Verdict { kind: Kind::Other, confidence: 0.5, reasons: vec![reason.to_owned()], quotes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_parses() {
        assert!(COMPILED.iter().all(|row| row.pattern.is_well_formed()));
        assert!(TITLE_ROWS.iter().all(|(pattern, _)| pattern.is_well_formed()));
    }
}
