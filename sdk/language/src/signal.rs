//! Buying signals: what a prospect's words say about the deal.
//!
//! A signal is a row of [`ROWS`]: a pattern, what it is about, how strongly it
//! speaks for (+1) or against (−1) the deal, and how sure the row is. Rows that
//! speak against come before those that speak for, so that "no budget" is not
//! read as "budget". A negation before a row turns an objection into nothing and
//! drops the rest. To add one, add a row and a test sentence.

use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::pattern::Pattern;
use crate::sentence::Sentence;
use crate::token::Token;

/// What a signal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Money for it.
    Budget,
    /// When.
    Timeline,
    /// Who decides.
    Authority,
    /// Whether it is needed.
    Need,
    /// Other vendors.
    Competition,
    /// More people than this one.
    MultiStakeholder,
    /// A doubt.
    Objection,
}

/// Which way it points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// For the deal.
    Positive,
    /// Against it.
    Negative,
    /// Neither.
    Neutral,
}

/// A signal in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// What it is about.
    pub topic: Topic,
    /// Words of the sentence.
    pub words: Range<usize>,
    /// −1 to 1.
    pub strength: f64,
    /// How sure.
    pub confidence: f64,
}

impl Signal {
    /// Which way it points; under a fifth is neither.
    #[must_use]
    pub fn direction(&self) -> Direction {
        /// A weaker strength than this is a fact, not a leaning.
        const LEANING: f64 = 0.2;
        if self.strength >= LEANING {
            Direction::Positive
        } else if self.strength <= -LEANING {
            Direction::Negative
        } else {
            Direction::Neutral
        }
    }
}

use Topic::{Authority, Budget, Competition, MultiStakeholder, Need, Objection, Timeline};

const ROWS: &[(&str, Topic, f64, f64)] = &[
    // Against: budget.
    ("do|does|did not have ~3 @money", Budget, -0.8, 0.92),
    ("no @money ~3 this|for|left|until|right|at", Budget, -0.8, 0.9),
    ("there is|are no ~2 @money", Budget, -0.8, 0.92),
    ("have not|no ~3 @money", Budget, -0.7, 0.86),
    (
        "@money ~3 tight|frozen|cut|gone|slashed|limited|constrained|exhausted|spent|reduced|short|squeezed",
        Budget,
        -0.6,
        0.92,
    ),
    ("cut|freeze|froze|slashed|reduced ~3 @money", Budget, -0.6, 0.88),
    ("tight ~1 @money", Budget, -0.6, 0.88),
    ("@money freeze|cuts|constraints", Budget, -0.6, 0.9),
    ("not ~1 sure|certain ~3 about|on|if|we ~4 @money", Budget, -0.4, 0.85),
    ("not budgeted", Budget, -0.6, 0.9),
    ("outside|over|above|exceeds|beyond ~2 budget|range", Budget, -0.6, 0.86),
    ("out of our|my ~2 range|budget", Budget, -0.7, 0.9),
    ("more than we|i can|could|wanted|planned|expected|budgeted|have ~3", Budget, -0.5, 0.84),
    ("can|could not afford", Budget, -0.8, 0.92),
    ("hard|difficult|tough to justify", Budget, -0.5, 0.85),
    // Against: timing.
    ("not a priority", Timeline, -0.7, 0.9),
    ("no rush|hurry|urgency|timeline", Timeline, -0.3, 0.85),
    ("not in a|any rush|hurry", Timeline, -0.3, 0.88),
    ("push|pushed|pushing ~3 to|out|back|until ~2 next|q1|q2|q3|q4|later", Timeline, -0.5, 0.85),
    (
        "not|nothing ~4 until|before ~2 next|q1|q2|q3|q4|summer|fall|spring|winter|january|february|march|april|may|june|july|august|september|october|november|december",
        Timeline,
        -0.5,
        0.85,
    ),
    ("revisit|reconsider ~3 in|next|after", Timeline, -0.5, 0.84),
    ("put|is|are|everything ~3 on hold|ice", Timeline, -0.6, 0.9),
    ("maybe|probably next year", Timeline, -0.5, 0.84),
    ("bad|wrong time|timing", Timeline, -0.5, 0.84),
    // Against: authority.
    ("not my|our call|decision", Authority, -0.4, 0.9),
    ("not the decision maker", Authority, -0.4, 0.92),
    ("do|does not have ~2 authority|power|say", Authority, -0.5, 0.9),
    ("above my pay", Authority, -0.4, 0.9),
    ("i can not sign|approve|decide", Authority, -0.4, 0.88),
    // Against: need.
    ("happy|satisfied|content|comfortable with ~1 our|what we current|existing|have|present|setup", Need, -0.7, 0.88),
    (
        "happy|satisfied with what|the|our ~2 we|current|have|existing|provider|vendor|setup|tool|system",
        Need,
        -0.7,
        0.86,
    ),
    ("do not ~2 need ~1 this|it|that|another|anything|a", Need, -0.7, 0.88),
    ("not|no ~2 need for", Need, -0.6, 0.84),
    ("already have|use|using|got|own ~3 for that|this", Need, -0.4, 0.82),
    ("works|working fine|well as it is|today|for us", Need, -0.5, 0.82),
    // Doubts.
    ("too expensive|pricey|costly|steep", Objection, -0.6, 0.88),
    ("a bit|little expensive|pricey|steep|high|costly", Objection, -0.5, 0.86),
    ("bit|little expensive|pricey|steep", Objection, -0.5, 0.84),
    ("sticker shock", Objection, -0.6, 0.9),
    ("too complicated|complex|risky", Objection, -0.5, 0.84),
    ("too much|big|long|early|slow ~1 for us|our|me", Objection, -0.5, 0.84),
    ("not convinced|persuaded|sold", Objection, -0.6, 0.9),
    (
        "my|our|the|one|a main|big|biggest|only|real|major? concern|concerns|worry|hesitation|fear|reservation is|are|would|here|with",
        Objection,
        -0.5,
        0.88,
    ),
    (
        "i|we ~4 concerned|worried|nervous|hesitant|skeptical|sceptical|uneasy about|that|with|to|how|if|we",
        Objection,
        -0.5,
        0.88,
    ),
    ("i|we ~1 worry about|that", Objection, -0.5, 0.86),
    ("do not see ~1 how|the|why|any value|point|it|this|benefit|fit|advantage|need|we|you", Objection, -0.6, 0.87),
    ("deal breaker|breakers", Objection, -0.8, 0.88),
    ("dealbreaker|showstopper|blocker for us", Objection, -0.8, 0.86),
    ("dealbreaker", Objection, -0.8, 0.86),
    ("tried ~6 before and|but ~6 not|never|failed", Objection, -0.5, 0.84),
    ("will|would|can|could not work for us|our", Objection, -0.7, 0.88),
    ("not a ~2 fit", Objection, -0.7, 0.9),
    ("not ready to|for", Objection, -0.5, 0.84),
    ("do not trust", Objection, -0.6, 0.86),
    ("not interested", Objection, -0.8, 0.9),
    ("hard|tough sell", Objection, -0.5, 0.84),
    ("deal with|get ~4 past security|legal|procurement", Objection, -0.2, 0.75),
    ("push|pushing back on", Objection, -0.4, 0.8),
    // Competition.
    ("you are ~3 first choice|favorite|favourite|preferred|frontrunner|ahead", Competition, 0.6, 0.88),
    ("prefer you|yours over|to", Competition, 0.6, 0.86),
    (
        "went|going|gone|go|leaning with|toward|towards|for another|a|your|someone other|different|competitor|else ~1",
        Competition,
        -0.7,
        0.86,
    ),
    (
        "we|i|they are|am|have also ~1 looking|evaluating|talking|considering|speaking|comparing|testing|piloting|trialing|reviewing|demoing",
        Competition,
        -0.2,
        0.9,
    ),
    ("also ~1 evaluating|considering|comparing|demoing|piloting|trialing", Competition, -0.2, 0.88),
    (
        "looking|talking|speaking|evaluating|considering|comparing at|to|with? ~2 other|another|several|few|couple|different|three|two ~1 @vendorish",
        Competition,
        -0.2,
        0.9,
    ),
    ("compared|comparing|compare you|your|this|it to|with|against", Competition, -0.2, 0.84),
    (
        "had|having a|some conversation|conversations|call|calls|demo|demos with ~1 other|another|your|two|three|vendors|competitors",
        Competition,
        -0.2,
        0.84,
    ),
    (
        "other|another|alternative vendor|vendors|competitor|competitors|provider|providers|supplier|suppliers|bids|bid|quotes",
        Competition,
        -0.2,
        0.84,
    ),
    ("your competitor|competitors|competition", Competition, -0.2, 0.86),
    ("competitive bid|bids|quote|process|bake", Competition, -0.2, 0.84),
    ("on our|the|a short list|shortlist", Competition, 0.1, 0.82),
    ("on our|the|a shortlist", Competition, 0.1, 0.84),
    ("cheaper|better elsewhere|alternative|alternatives|offer|quote|option", Competition, -0.4, 0.82),
    // Others who have a say.
    ("run|take|bring ~3 by|past|to my|our|the ~3 @role", MultiStakeholder, 0.0, 0.92),
    ("run this|it|that|everything by|past _", MultiStakeholder, 0.0, 0.9),
    ("check|talk|discuss|align|review|confirm|speak ~3 with|to my|our|the ~2 @role", MultiStakeholder, 0.0, 0.88),
    (
        "loop|bring|pull|involve|get ~2 in? my|our|the ~2 ceo|cfo|cto|cio|ciso|coo|boss|manager|director|vp|head|legal|procurement|finance|security|team|board|committee",
        MultiStakeholder,
        0.1,
        0.86,
    ),
    (
        "@role ~3 needs|need|has|have|wants|want|will|would to|want|need|have ~2 see|approve|sign|weigh|review|join|look|be|agree|meet|decide|bless|okay|evaluate",
        MultiStakeholder,
        0.0,
        0.88,
    ),
    (
        "need|needs|require|requires|get ~3 approval|sign|signoff|buy|blessing|consensus ~1 off|in|from|of ~2",
        MultiStakeholder,
        0.0,
        0.84,
    ),
    (
        "goes|go|going to|through|past|before ~2 procurement|legal|security|board|committee|finance|council",
        MultiStakeholder,
        -0.1,
        0.88,
    ),
    ("would|will want|need my|our|the ~3 @role ~6 to", MultiStakeholder, 0.0, 0.85),
    (
        "other|more|several|multiple|all|key stakeholders|people|decision|departments ~1 makers|involved",
        MultiStakeholder,
        0.0,
        0.82,
    ),
    ("committee decides|decision|approval", MultiStakeholder, -0.1, 0.86),
    // For: budget.
    (
        "@money ~4 approved|allocated|available|secured|signed|earmarked|there|ready|confirmed|set|released",
        Budget,
        0.8,
        0.9,
    ),
    ("approved|allocated|secured|earmarked|signed|released|reserved ~8 @money", Budget, 0.8, 0.9),
    ("approved|allocated|earmarked|reserved|budgeted ~2 #", Budget, 0.7, 0.86),
    ("have|got|has ~3 @money ~2 for|to|set|approved|aside|this|available|in", Budget, 0.7, 0.88),
    ("have|got|has ~2 @money $", Budget, 0.7, 0.86),
    ("within|inside|in our|my|the ~1 budget|range", Budget, 0.6, 0.86),
    ("fits|fit|works ~2 our|my|the budget", Budget, 0.6, 0.88),
    ("set|put ~3 aside ~4 this|for", Budget, 0.6, 0.82),
    ("price|pricing|cost|number|numbers ~2 works|reasonable|fair|fine|good|okay|fits|acceptable", Budget, 0.5, 0.84),
    ("expand|increase|increasing ~2 @money", Budget, 0.5, 0.84),
    ("our|the budget is ~3 #", Budget, 0.4, 0.85),
    ("@money ~2 is not ~1 problem|issue|concern|blocker", Budget, 0.6, 0.9),
    // For: timing.
    ("ready to ~1 go|start|sign|move|buy|proceed|commit|begin|kick", Timeline, 0.9, 0.9),
    ("let us ~1 do it|this", Timeline, 0.8, 0.82),
    ("let us move|go forward|ahead", Timeline, 0.8, 0.86),
    (
        "want|like|love|plan|planning|hoping|hope|looking|need|aim|aiming to ~1 start|launch|roll|go|move|sign|kick|implement|deploy|begin|migrate|switch|buy ~6 by|before|within|in|next|this ~4 @when",
        Timeline,
        0.6,
        0.86,
    ),
    (
        "want|like|love|plan|planning|hoping|hope|looking|need|aim|aiming to ~1 be|have|get ~4 live|running|place|ready|done|up|working|started ~4 by|before|within|in|next|this ~4 @when",
        Timeline,
        0.6,
        0.86,
    ),
    (
        "want|like|plan|planning|looking|need to ~1 start|begin|go|move ~3 asap|immediately|soon|now",
        Timeline,
        0.6,
        0.82,
    ),
    ("our|the|a go|launch|rollout|kickoff|implementation|launch ~4 by|before|within|in ~2 @when", Timeline, 0.5, 0.8),
    (
        "we|i need|want ~4 live|running|ready|done|up|place|working ~3 by|before|in|within|next|this ~3 @when",
        Timeline,
        0.7,
        0.88,
    ),
    (
        "our|the|current contract|agreement|subscription|license|renewal ~4 expires|ends|renews|due|expiring|ending",
        Timeline,
        0.5,
        0.86,
    ),
    ("as soon as possible|we", Timeline, 0.7, 0.82),
    ("asap", Timeline, 0.6, 0.82),
    ("urgent|urgently|time sensitive", Timeline, 0.6, 0.84),
    ("our|a|hard|the|my ~1 deadline is|of ~4 @when", Timeline, 0.5, 0.85),
    ("our|the|my timeline|timeframe is|would|looks", Timeline, 0.3, 0.85),
    ("how soon|quickly|fast can|could ~1 we|you|it|this", Timeline, 0.6, 0.84),
    ("when can|could we start|begin|go|get", Timeline, 0.7, 0.84),
    ("this quarter|month|week ~2 if possible", Timeline, 0.5, 0.82),
    // For: authority.
    ("is|was ~2 my|our decision", Authority, 0.6, 0.84),
    ("the decision is mine|ours", Authority, 0.7, 0.92),
    ("final say|decision|call ~2 mine|me|i|my", Authority, 0.7, 0.86),
    ("i have ~1 final|last say|word|call", Authority, 0.7, 0.9),
    (
        "i ~1 sign|own|control|decide|approve ~3 budget|contracts|off|this|it|decision|spend|purchases",
        Authority,
        0.6,
        0.86,
    ),
    ("i can sign|approve|decide|authorize", Authority, 0.7, 0.88),
    ("i am the decision|buyer|budget|one ~2 maker|holder|owner|who|decides", Authority, 0.7, 0.86),
    (
        "@role is|are ~2 bought|on|behind|supportive|sold|convinced|excited|keen in|board|of|about|on",
        Authority,
        0.6,
        0.86,
    ),
    ("already|fully bought in", Authority, 0.6, 0.86),
    ("our|my|the @role ~1 loves|wants|supports|backs|approved|loved|sponsors this|it|that|the", Authority, 0.6, 0.82),
    ("executive|exec|leadership sponsor|sponsorship|buy|support", Authority, 0.5, 0.82),
    // For: need.
    (
        "our|my|the|one biggest|main|major|core|key|number ~1 problem|challenge|pain|issue|bottleneck|frustration|headache is|for|we|has|right",
        Need,
        0.6,
        0.88,
    ),
    ("our|my ~2 problem|challenge|pain|issue|trouble|bottleneck|headache is|here|with|for|right", Need, 0.5, 0.8),
    ("struggling|struggle with|to", Need, 0.6, 0.88),
    ("killing|hurting|costing|slowing|holding us", Need, 0.7, 0.86),
    ("pain point|points", Need, 0.5, 0.84),
    ("we|i need ~1 something|someone|somebody that|who|to|like", Need, 0.6, 0.84),
    (
        "we|i need ~1 a|an|better|more|the ~2 way|tool|solution|system|reporting|visibility|platform|partner|process|automation|layer",
        Need,
        0.6,
        0.84,
    ),
    ("exactly what we|i need|want|looking|are", Need, 0.8, 0.9),
    ("this|that|it would ~2 solve|fix|save|help us|our|a|that|the|with ~1", Need, 0.7, 0.85),
    (
        "losing|lose|wasting|waste|spend|spending ~6 hours|days|time|money|customers|deals|revenue|weeks",
        Need,
        0.6,
        0.82,
    ),
    ("can not keep|continue|scale|go doing|on|like|with|into|up|running ~1", Need, 0.7, 0.86),
    ("will|does|would not scale", Need, 0.6, 0.84),
    ("is a|such mess|nightmare|disaster|headache", Need, 0.6, 0.84),
    ("still ~3 manually|manual|spreadsheets|spreadsheet|by hand|paper|excel", Need, 0.5, 0.82),
    ("manual process|work|entry|data", Need, 0.4, 0.78),
    ("this|that|it is ~2 must have", Need, 0.5, 0.78),
    ("love what|how|the way|that you|it|this", Need, 0.5, 0.8),
    ("would be a? huge|massive|big|great|enormous ~1 help|win|for|time|value|difference|improvement", Need, 0.6, 0.82),
    ("top|highest|high priority", Need, 0.6, 0.84),
    (
        "want|love|like|interested ~2 to|in ~1 expand|expanding|roll|rolling|add|adding ~2 more|seats|out|other|it",
        Need,
        0.7,
        0.82,
    ),
];

/// A row ready to be matched.
struct Row {
    pattern: Pattern,
    topic: Topic,
    strength: f64,
    confidence: f64,
    /// It holds its own "not", which therefore cancels nothing.
    negative: bool,
}

static COMPILED: LazyLock<Vec<Row>> = LazyLock::new(|| {
    ROWS.iter()
        .map(|(row, topic, strength, confidence)| Row {
            pattern: Pattern::new(row),
            topic: *topic,
            strength: *strength,
            confidence: *confidence,
            negative: row.split([' ', '|']).any(|word| NEGATIONS.contains(&word)),
        })
        .collect()
});

/// Words that cancel what follows.
const NEGATIONS: &[&str] = &["not", "no", "never", "without", "hardly", "nothing", "none", "neither"];
/// A negation reaches this many words forward.
const NEGATION_REACH: usize = 4;
/// "I guess our budget is approved": a hedge costs this much confidence.
const HEDGE_COST: f64 = 0.15;

/// The signals of a sentence, at most one for each topic.
#[must_use]
pub fn signals(sentence: &Sentence) -> Vec<Signal> {
    let tokens = &sentence.tokens;
    let mut out: Vec<Signal> = Vec::new();
    if unreal(tokens) {
        return out;
    }
    for Row { pattern, topic, strength, confidence, negative } in COMPILED.iter() {
        if out.iter().any(|s| s.topic == *topic) {
            continue;
        }
        // A question states nothing, but "how soon could we start?" wants something.
        let asks_for_time = *topic == Topic::Timeline && *strength > 0.0;
        if sentence.question && !asks_for_time && *topic != Topic::MultiStakeholder {
            continue;
        }
        let Some((from, to)) = pattern.find(tokens) else { continue };
        if tokens[from].quoted || !negative && cancelled(tokens, from, to) {
            continue;
        }
        // One phrase, one meaning: "not sure about budget" is no objection as well.
        if out.iter().any(|s| s.words.start < to && from < s.words.end && (s.strength < 0.0) == (*strength < 0.0)) {
            continue;
        }
        let hedged = tokens.iter().any(|t| crate::lexicon::HEDGES.contains(&t.word.as_str()) || t.word == "guess");
        let confidence = confidence - if hedged { HEDGE_COST } else { 0.0 };
        out.push(Signal { topic: *topic, words: from..to, strength: *strength, confidence });
    }
    out
}

fn cancelled(tokens: &[Token], from: usize, to: usize) -> bool {
    if tokens[from..to].iter().any(|t| NEGATIONS.contains(&t.word.as_str())) {
        return true;
    }
    let reach = from.saturating_sub(NEGATION_REACH);
    tokens[reach..from].iter().enumerate().any(|(i, t)| {
        NEGATIONS.contains(&t.word.as_str())
            && !tokens[reach + i..=from].iter().skip(1).any(|t| t.gap != crate::token::Gap::None || t.word == "but")
    })
}

/// Somebody else's case, a condition, or the past of another deal.
fn unreal(tokens: &[Token]) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |t| t.word.as_str());
    let conditional =
        word(0) == "if" || (word(0) == "even" && word(1) == "if") || word(0) == "imagine" || word(0) == "suppose";
    let others = (0..tokens.len()).any(|at| {
        matches!(word(at), "other" | "most" | "some" | "many")
            && matches!(word(at + 1), "customers" | "clients" | "companies" | "prospects" | "people")
    });
    conditional || others
}

/// The confidence-weighted mean of signal strengths; 0 with none.
#[must_use]
pub fn aggregate<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> f64 {
    let (mut weighted, mut weight) = (0.0, 0.0);
    for signal in signals {
        weighted += signal.strength * signal.confidence;
        weight += signal.confidence;
    }
    if weight == 0.0 { 0.0 } else { (weighted / weight).clamp(-1.0, 1.0) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    fn read(text: &str) -> Vec<(Topic, Direction)> {
        sentences(text).iter().flat_map(signals).map(|s| (s.topic, s.direction())).collect()
    }

    #[test]
    fn tables_parse_and_strengths_are_in_range() {
        for Row { pattern, topic, strength, confidence, .. } in COMPILED.iter() {
            assert!(pattern.is_well_formed(), "{topic:?} {pattern:?}");
            assert!((-1.0..=1.0).contains(strength) && (0.5..=1.0).contains(confidence));
        }
    }

    #[test]
    fn topics_and_directions() {
        for (text, topic, direction) in [
            ("The budget has been approved.", Budget, Direction::Positive),
            ("Our CFO approved fifty thousand in budget for this.", Budget, Direction::Positive),
            ("Budget is really tight this year.", Budget, Direction::Negative),
            ("We don't have the budget for that.", Budget, Direction::Negative),
            ("I'm not sure about budget.", Budget, Direction::Negative),
            ("We want to go live before March.", Timeline, Direction::Positive),
            ("It's not a priority right now.", Timeline, Direction::Negative),
            ("The decision is mine.", Authority, Direction::Positive),
            ("That's not my decision.", Authority, Direction::Negative),
            ("I need to run this by our CFO.", MultiStakeholder, Direction::Neutral),
            ("Our biggest problem is lost orders.", Need, Direction::Positive),
            ("We're happy with our current provider.", Need, Direction::Negative),
            ("We're also looking at two other vendors.", Competition, Direction::Negative),
            ("My main concern is the migration.", Objection, Direction::Negative),
            ("That's too expensive for us.", Objection, Direction::Negative),
            ("We're ready to move forward.", Timeline, Direction::Positive),
        ] {
            assert!(read(text).contains(&(topic, direction)), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn negated_conditional_and_others_are_no_signals() {
        for text in [
            "It's not a deal breaker.",
            "If the budget were approved we could talk.",
            "Most customers have budget set aside for this.",
            "Is the budget approved?",
            "I'm not worried about that.",
            "The sky is blue.",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    #[test]
    fn the_aggregate_is_weighted_by_confidence() {
        assert_eq!(aggregate(&[]), 0.0);
        let signal = |strength, confidence| Signal { topic: Need, words: 0..1, strength, confidence };
        let mean = aggregate(&[signal(1.0, 0.9), signal(-1.0, 0.3)]);
        assert!((mean - 0.5).abs() < 1e-9, "{mean}");
    }
}
