//! Words that vote for a kind of call.

use std::sync::LazyLock;

use meeting_source::Loaded;
use skillhost_language::{Pattern, Spin, question, sentences};
use skillhost_sdk::sources::Side;

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
/// With less than this nothing is clear.
const CLEAR: f64 = 3.0;
/// And the winner must lead the next by this share.
const LEAD: f64 = 1.15;
/// Surest that words alone can make it.
const MOST_SURE: f64 = 0.95;
/// Reasons given at most.
const MOST_REASONS: usize = 4;
/// A discovery question of our side.
const QUESTION_WEIGHT: f64 = 0.6;

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

const ROWS: &[(&str, Kind, f64, &str)] = &[
    ("tell|walk me|us ~2 about|through", Discovery, 1.0, "asks to be told about the customer's work"),
    (
        "how do|does|are you|your|it ~4 today|currently|now|handle|manage|do",
        Discovery,
        1.2,
        "asks how it is done today",
    ),
    (
        "what is|are ~3 challenge|challenges|problem|problems|pain|priorities|goal|goals",
        Discovery,
        1.5,
        "asks for challenges or goals",
    ),
    ("what is|are not|breaking|holding|causing", Discovery, 1.0, "asks what is wrong"),
    ("who else|is ~4 involved|decision|decides|decide|signs", Discovery, 1.2, "asks who decides"),
    ("what about|is your|the budget|timeline", Discovery, 1.0, "asks for budget or timeline"),
    ("have you looked|tried|considered|evaluated", Discovery, 1.0, "asks what was tried"),
    ("learn|understand ~3 about|your ~4", Discovery, 0.8, "wants to understand"),
    ("our biggest|main challenge|problem|issue", Discovery, 1.0, "the customer names a problem"),
    ("share|sharing my|the|your screen", Demo, 2.0, "shares a screen"),
    ("can you ~2 see my|the screen", Demo, 2.0, "shows a screen"),
    ("as you can see|here", Demo, 1.2, "points at something shown"),
    ("let me show|i will show|show you how|going to show", Demo, 1.2, "shows how it works"),
    ("let me show", Demo, 1.2, "shows how it works"),
    ("i will show", Demo, 1.0, "shows how it works"),
    ("on the left|right|top|bottom|screen", Demo, 0.8, "points at the screen"),
    ("click|clicking|drag|tab|dashboard here|on|into|over|and|this", Demo, 0.8, "clicks through the product"),
    ("if i|you|we click", Demo, 1.2, "clicks through the product"),
    (
        "walk you through the|our product|platform|dashboard|demo|tool|system|workflow",
        Demo,
        1.5,
        "walks through the product",
    ),
    ("discount|discounts", Negotiation, 1.5, "talks about a discount"),
    ("payment|net terms|thirty|sixty|30|60", Negotiation, 1.5, "talks about payment"),
    (
        "redline|redlines|redlined|msa|countersign|docusign|signature|countersigned",
        Negotiation,
        1.5,
        "talks about papers",
    ),
    ("sign ~3 contract|agreement|order|deal|by|this", Negotiation, 1.5, "talks about signing"),
    ("contract|agreement|liability|indemnity|clause|termination", Negotiation, 0.7, "talks about the contract"),
    ("best price|offer|number", Negotiation, 1.5, "asks for the best price"),
    ("per seat|user|month|year", Negotiation, 0.7, "talks about unit prices"),
    ("annual|multi|three|two year commitment|deal|contract|term|prepay", Negotiation, 1.2, "talks about the term"),
    ("procurement|legal team|counsel", Negotiation, 0.8, "names procurement or legal"),
    ("meet you halfway|in the middle|at", Negotiation, 1.5, "looks for a compromise"),
    ("lower|reduce|come down|bring down ~3 price|cost|number", Negotiation, 1.2, "asks for a lower price"),
    ("how is ~3 going|working", CheckIn, 0.8, "asks how it is going"),
    (
        "since onboarding|launch|we launched|go live|the rollout|our last|we last",
        CheckIn,
        1.5,
        "looks back on the time since the start",
    ),
    ("adoption|renewal|renew|renewing|usage", CheckIn, 1.0, "talks about adoption or renewal"),
    ("last quarter|month we|you|the|your", CheckIn, 0.5, "looks back on a period"),
    ("review ~3 metrics|numbers|results|quarter|usage", CheckIn, 1.2, "reviews results"),
    ("any issues|blockers|problems ~3 with|since|so", CheckIn, 1.0, "asks for issues in use"),
    ("happy with ~3 product|platform|service|support|so", CheckIn, 1.0, "asks whether the customer is happy"),
    ("no show|ticket|tickets|support team|case", CheckIn, 0.5, "talks about daily use"),
    ("kickoff|kick off", Onboarding, 1.5, "is a kickoff"),
    (
        "admin|user|users account|accounts|access|login ~3 set|create|created|invite",
        Onboarding,
        1.0,
        "sets up accounts",
    ),
    (
        "set|setting up ~4 integration|sso|account|accounts|workspace|users|environment",
        Onboarding,
        1.2,
        "sets things up",
    ),
    ("go live|golive date|plan|checklist", Onboarding, 0.8, "plans the go-live"),
    ("onboarding|onboard", Onboarding, 1.0, "is about onboarding"),
    (
        "import|migrate|migrating|upload your|the|their|historical data|contacts|records|list",
        Onboarding,
        1.0,
        "moves data over",
    ),
    ("training session|sessions|for ~3 team", Onboarding, 1.2, "plans training"),
    ("welcome aboard|to the|on board", Onboarding, 1.0, "welcomes a new customer"),
    ("your ~2 success|implementation manager|team|lead", Onboarding, 1.0, "introduces the implementation team"),
];

static COMPILED: LazyLock<Vec<(Pattern, Kind, f64, &'static str)>> = LazyLock::new(|| {
    ROWS.iter().map(|(row, kind, weight, reason)| (Pattern::new(row), *kind, *weight, *reason)).collect()
});
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
    for (at, turn) in meeting.transcript.turns.iter().enumerate() {
        for sentence in sentences(&turn.text) {
            for (index, (pattern, kind, weight, reason)) in COMPILED.iter().enumerate() {
                if counts[index] >= MOST_PER_CUE || pattern.find(&sentence.tokens).is_none() {
                    continue;
                }
                counts[index] += 1;
                if let Some(score) = scores.iter_mut().find(|score| score.kind == *kind) {
                    // The second and third time say less.
                    let gain = weight / f64::from(counts[index]);
                    score.weight += gain;
                    if counts[index] == 1 {
                        score.cues.push((*weight, reason, meeting.quote(at, &sentence.range)));
                    }
                }
            }
            let asks = question(&sentence)
                .is_some_and(|q| matches!(q.spin, Some(Spin::Problem | Spin::Implication | Spin::NeedPayoff)));
            if asks && meeting.side(turn) != Side::Prospect {
                scores[0].weight += QUESTION_WEIGHT;
            }
        }
    }
    scores.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    verdict(&scores)
}

fn verdict(scores: &[Score]) -> Verdict {
    let (Some(first), Some(second)) = (scores.first(), scores.get(1)) else {
        return unclear("nothing to go by");
    };
    if first.weight < CLEAR {
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

fn unclear(reason: &str) -> Verdict {
    Verdict { kind: Kind::Other, confidence: 0.5, reasons: vec![reason.to_owned()], quotes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_parses() {
        assert!(COMPILED.iter().all(|(pattern, _, _, _)| pattern.is_well_formed()));
        assert!(TITLE_ROWS.iter().all(|(pattern, _)| pattern.is_well_formed()));
    }
}
