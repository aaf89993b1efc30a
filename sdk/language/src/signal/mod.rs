//! Buying signals: what a prospect's words say about the deal.
//!
//! A signal is a row of a table: a pattern, what it is about, how strongly it
//! speaks for (+1) or against (−1) the deal, and how sure the row is. Each topic has
//! a file of its own. Rows that speak against come before those that speak for, so
//! that "no budget" is not read as "budget". A negation before a row drops it, and so
//! does a row of [`lookalike`] that shares a word with it. A new row is [`UNPROVEN`] until a
//! labelled call bears it out. To add one, add a row to the file of its topic and a test
//! sentence, and to `lookalike` what sounds like it and is none.

mod budget;
mod competition;
mod lookalike;
mod need;
mod objection;
mod people;
mod timeline;
mod wish;

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

impl Topic {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Budget,
        Self::Timeline,
        Self::Authority,
        Self::Need,
        Self::Competition,
        Self::MultiStakeholder,
        Self::Objection,
    ];

    /// The word of outputs and labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Timeline => "timeline",
            Self::Authority => "authority",
            Self::Need => "need",
            Self::Competition => "competition",
            Self::MultiStakeholder => "multi_stakeholder",
            Self::Objection => "objection",
        }
    }
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

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Positive, Self::Negative, Self::Neutral];

    /// The sign of labels, after the topic's word.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Positive => '+',
            Self::Negative => '-',
            Self::Neutral => '0',
        }
    }
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
    /// Topic and direction as labels have them: `budget-`.
    #[must_use]
    pub fn kind(&self) -> String {
        format!("{}{}", self.topic.as_str(), self.direction().sign())
    }

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

/// The confidence of a row that has not been right on any labelled call: it is heard, and
/// keeps other rows of its topic from the same words, but it is below what is reported,
/// because fewer of its findings are right (`docs/quality.md`). A row that a labelled call
/// bears out gets a confidence of its own.
const UNPROVEN: f64 = 0.65;

/// A row: pattern, topic, strength and confidence.
type Line = (&'static str, Topic, f64, f64);

/// All rows, those that speak against first.
fn lines() -> impl Iterator<Item = &'static Line> {
    [
        budget::AGAINST,
        timeline::AGAINST,
        people::AGAINST,
        need::AGAINST,
        objection::AGAINST,
        competition::ROWS,
        people::STAKEHOLDERS,
        budget::FOR,
        timeline::FOR,
        people::FOR,
        need::FOR,
        wish::FOR,
    ]
    .into_iter()
    .flatten()
}

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
    lines()
        .map(|(row, topic, strength, confidence)| Row {
            pattern: Pattern::new(row),
            topic: *topic,
            strength: *strength,
            confidence: *confidence,
            negative: row.split([' ', '|']).any(|word| NEGATIONS.contains(&word)),
        })
        .collect()
});

/// Which rows' needed elements a word meets. Hundreds of rows and a sentence have few words
/// in common, so that only the rows are looked at that could match.
struct Postings {
    /// `(print, row, element)`, those of a bucket together, in no order within it.
    posted: Vec<(u32, u16, u8)>,
    /// By bucket: where it begins; one more for the end of the last.
    begins: Vec<u32>,
    /// By row: a bit for each needed element.
    needed: Vec<u16>,
}

/// Prints fall into as many buckets as these of their bits tell apart. A table is made
/// anew for every call of a skill, and buckets are filled in a fraction of the time that
/// sorting takes.
const BUCKET_BITS: u32 = 11;

fn bucket(print: u32) -> usize {
    (print >> (u32::BITS - BUCKET_BITS)) as usize
}

static POSTINGS: LazyLock<Postings> = LazyLock::new(|| {
    let mut found = Vec::new();
    let mut needed = Vec::with_capacity(COMPILED.len());
    for (row, Row { pattern, .. }) in (0_u16..).zip(COMPILED.iter()) {
        let mut bits = 0;
        for (element, prints) in (0_u8..16).zip(pattern.needed()) {
            bits |= 1 << element;
            found.extend(prints.map(|print| (print, row, element)));
        }
        needed.push(bits);
    }
    let mut begins = vec![0_u32; (1 << BUCKET_BITS) + 1];
    for (print, _, _) in &found {
        begins[bucket(*print) + 1] += 1;
    }
    for at in 1..begins.len() {
        begins[at] += begins[at - 1];
    }
    let mut free = begins.clone();
    let mut posted = vec![(0, 0, 0); found.len()];
    for one in found {
        let place = &mut free[bucket(one.0)];
        posted[*place as usize] = one;
        *place += 1;
    }
    Postings { posted, begins, needed }
});

impl Postings {
    /// The rows whose needed words are all there, in their order.
    fn rows(&self, tokens: &[Token]) -> impl Iterator<Item = &'static Row> {
        let mut met = vec![0_u16; self.needed.len()];
        for token in tokens {
            let at = bucket(token.print);
            let bucket = &self.posted[self.begins[at] as usize..self.begins[at + 1] as usize];
            for (_, row, element) in bucket.iter().filter(|(print, _, _)| *print == token.print) {
                met[usize::from(*row)] |= 1 << element;
            }
        }
        COMPILED
            .iter()
            .zip(met.into_iter().zip(&self.needed))
            .filter(|(_, (met, needed))| met == *needed)
            .map(|(row, _)| row)
    }
}

static LOOK_ALIKES: LazyLock<Vec<(Pattern, &[Topic])>> =
    LazyLock::new(|| lookalike::ROWS.iter().map(|(row, topics)| (Pattern::new(row), *topics)).collect());

/// Words that cancel what follows.
const NEGATIONS: &[&str] = &["not", "no", "never", "without", "hardly", "nothing", "none", "neither"];
/// A question that says something by itself begins with one of these: "how soon", "how
/// do I know", "can it be there by".
const ASKING: &[&str] = &["how", "when", "what", "can", "could", "will", "would"];
/// An "if" reaches this many words forward.
const SUPPOSITION_REACH: usize = 3;
/// A negation reaches this many words forward.
const NEGATION_REACH: usize = 4;
/// "I guess our budget is approved": a hedge costs this much confidence.
const HEDGE_COST: f64 = 0.15;

/// The signals of a sentence in the order said, at most one for each topic.
#[must_use]
pub fn signals(sentence: &Sentence) -> Vec<Signal> {
    let tokens = &sentence.tokens;
    let mut out: Vec<Signal> = Vec::new();
    if unreal(tokens) {
        return out;
    }
    for Row { pattern, topic, strength, confidence, negative } in POSTINGS.rows(tokens) {
        if out.iter().any(|s| s.topic == *topic) {
            continue;
        }
        // A question states nothing, but "how soon could we start?" wants something.
        let may_ask = matches!(topic, Topic::Timeline | Topic::MultiStakeholder | Topic::Objection);
        if sentence.question && !may_ask {
            continue;
        }
        let Some((from, to)) = pattern.find(tokens) else { continue };
        if sentence.question && *topic != Topic::MultiStakeholder && !ASKING.contains(&tokens[from].word.as_str()) {
            continue;
        }
        let supposed = matches!(topic, Topic::Need | Topic::Competition) && supposed(tokens, from);
        if tokens[from].quoted
            || supposed
            || !negative && cancelled(tokens, from, to)
            || looks_alike(tokens, *topic, from, to)
        {
            continue;
        }
        // "I can't sign without my brother" is told once, by whichever is heard first.
        let who = |topic: Topic| matches!(topic, Topic::Authority | Topic::MultiStakeholder);
        if who(*topic) && *strength <= 0.0 && out.iter().any(|s| who(s.topic) && s.strength <= 0.0) {
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
    out.sort_by_key(|signal| signal.words.start);
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

/// "Because if I get fined": what is only supposed is not so.
fn supposed(tokens: &[Token], from: usize) -> bool {
    let reach = from.saturating_sub(SUPPOSITION_REACH);
    tokens[reach..from].iter().any(|token| token.word == "if")
        && tokens[reach..=from].iter().skip(1).all(|token| token.gap == crate::token::Gap::None)
}

/// Whether a word of the match belongs to what only looks like it.
fn looks_alike(tokens: &[Token], topic: Topic, from: usize, to: usize) -> bool {
    LOOK_ALIKES
        .iter()
        .filter(|(_, topics)| topics.contains(&topic))
        .any(|(pattern, _)| (0..to).any(|at| pattern.at(tokens, at).is_some_and(|end| end > from && at < to)))
}

/// Somebody else's case, a condition, or the past of another deal.
fn unreal(tokens: &[Token]) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |t| t.word.as_str());
    // "If possible" is polite.
    let conditional = word(0) == "if" && !matches!(word(1), "possible" | "anything")
        || (word(0) == "even" && word(1) == "if")
        || word(0) == "imagine"
        || word(0) == "suppose";
    // What somebody asks pardon for belongs to the call.
    let pardon = tokens.iter().any(|t| matches!(t.word.as_str(), "sorry" | "apologies" | "apologise" | "apologize"));
    let others = (0..tokens.len()).any(|at| {
        matches!(word(at), "other" | "most" | "some" | "many")
            && matches!(word(at + 1), "customers" | "clients" | "companies" | "prospects" | "people")
    });
    conditional || others || pardon
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
mod families;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Topic::{Authority, Budget, Competition, MultiStakeholder, Need, Objection, Timeline};
    use super::*;
    use crate::sentence::sentences;

    fn read(text: &str) -> Vec<(Topic, Direction)> {
        sentences(text).iter().flat_map(signals).map(|s| (s.topic, s.direction())).collect()
    }

    #[test]
    fn tables_parse_and_strengths_are_in_range() {
        assert!(LOOK_ALIKES.iter().all(|(pattern, _)| pattern.is_well_formed()));
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
