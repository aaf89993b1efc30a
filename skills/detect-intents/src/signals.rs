//! Buying signals: what the prospect's words say about the deal.
//!
//! A turn is read in stretches of a few sentences. What is reported is what the model of
//! [`crate::learned`] finds likely enough, with the words of a rule that heard the same or of
//! the sentence that speaks for it most.

use std::ops::Range;

use meeting_source::Loaded;
use skillhost_language::{Direction, Heard, HeardSignal, REPORTED, Sentence, Signal, Topic, aggregate};
use skillhost_sdk::sources::Side;

use crate::findings::rounded;
use crate::learned::{Subject, Told, speaks_for};
use crate::output::BuyingSignal;

/// From here on a signal is reported: of calls by hands that the table had not seen, more than
/// nine of ten that are this likely are right. Less is enough where a rule heard the same that
/// labelled calls have borne out.
const LIKELY: f64 = 0.9;
const LIKELY_BY_RULE: f64 = 0.75;
/// No words are proof.
const SUREST: f64 = 0.95;
/// Whose words they are is a guess.
const UNKNOWN_SIDE: f64 = 0.9;
/// A stretch is full with this many words: labelled turns, which the model learned from, are
/// about as long.
const STRETCH_WORDS: usize = 60;
/// How strongly a signal without a rule's word for it speaks for or against.
const PLAIN_STRENGTH: f64 = 0.5;

/// The prospect's signals; everybody's at a discount where no side is known. With them the
/// mean of what they say.
pub(crate) fn signals(meeting: &Loaded, heard: &Heard) -> (Vec<BuyingSignal>, f64) {
    let sides_known = meeting.sides.values().any(|side| *side == Side::Prospect);
    let (mut reported, mut counted) = (Vec::new(), Vec::new());
    for (at, turn) in meeting.transcript.turns.iter().enumerate() {
        let factor = match meeting.side(turn) {
            Side::Prospect => 1.0,
            Side::Unknown if !sides_known => UNKNOWN_SIDE,
            _ => continue,
        };
        let first = heard.signals.partition_point(|signal| signal.turn < at);
        let of_turn: Vec<&HeardSignal> = heard.signals[first..].iter().take_while(|signal| signal.turn == at).collect();
        let read = heard.sentences.get(at).map(Vec::as_slice).unwrap_or_default();
        for stretch in stretches(read) {
            for found in likely(stretch, &of_turn) {
                let Some(phrase) = meeting.quote_around(at, &found.range, &found.core) else { continue };
                let signal = Signal { confidence: found.signal.confidence * factor, ..found.signal };
                reported.push(BuyingSignal {
                    direction: match signal.direction() {
                        Direction::Positive => "positive",
                        Direction::Negative => "negative",
                        Direction::Neutral => "neutral",
                    }
                    .to_owned(),
                    signal: signal.topic.as_str().to_owned(),
                    phrase,
                    confidence: rounded(signal.confidence),
                    strength: signal.strength,
                    turn: turn.index,
                });
                counted.push(signal);
            }
        }
    }
    (reported, rounded(aggregate(&counted)))
}

/// Sentences of a turn that are read together.
fn stretches(read: &[Sentence]) -> Vec<&[Sentence]> {
    let (mut out, mut from, mut words) = (Vec::new(), 0, 0);
    for (at, sentence) in read.iter().enumerate() {
        if at > from && words + sentence.tokens.len() > STRETCH_WORDS {
            out.push(&read[from..at]);
            (from, words) = (at, 0);
        }
        words += sentence.tokens.len();
    }
    if from < read.len() {
        out.push(&read[from..]);
    }
    out
}

/// The signals of a stretch that are likely enough, in the order of its words.
fn likely(stretch: &[Sentence], of_turn: &[&HeardSignal]) -> Vec<HeardSignal> {
    let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { return Vec::new() };
    let whole = first.range.start..last.range.end;
    let heard: Vec<&HeardSignal> =
        of_turn.iter().filter(|signal| whole.contains(&signal.core.start)).copied().collect();
    let mut told = Told::of(stretch);
    for one in &heard {
        told = told.heard(&one.signal.kind(), one.signal.confidence);
    }
    let mut found: Vec<HeardSignal> = Vec::new();
    for (kind, chance) in told.chances(Subject::Signals) {
        let Some((topic, direction, strength)) = of_kind(kind) else { continue };
        let same = |one: &&&HeardSignal| one.signal.topic == topic && one.signal.direction() == direction;
        let by_rule = heard.iter().filter(same).max_by(|a, b| a.signal.confidence.total_cmp(&b.signal.confidence));
        let is_borne_out = by_rule.is_some_and(|one| one.signal.confidence >= REPORTED);
        // A sentence may be enough by itself, whatever else is said beside it.
        let alone = by_rule.filter(|_| is_borne_out).map_or(0.0, |one| alone(stretch, one, kind));
        let chance = chance.max(alone);
        if chance < if is_borne_out { LIKELY_BY_RULE } else { LIKELY } {
            continue;
        }
        let confidence = chance.min(SUREST);
        found.push(match by_rule {
            Some(one) => HeardSignal { signal: Signal { confidence, ..one.signal.clone() }, ..(*one).clone() },
            None => {
                let range = telling(stretch, kind);
                let signal = Signal { topic, words: 0..0, strength, confidence };
                HeardSignal { turn: 0, core: range.clone(), range, signal }
            }
        });
    }
    found.sort_by_key(|one| one.range.start);
    found
}

/// How likely a rule's finding is by its own sentence.
fn alone(stretch: &[Sentence], one: &HeardSignal, kind: &str) -> f64 {
    let own = stretch.iter().find(|sentence| sentence.range.contains(&one.core.start));
    let told = own.map(|own| Told::of(std::slice::from_ref(own)).heard(kind, one.signal.confidence));
    told.and_then(|told| told.chance(Subject::Signals, kind)).unwrap_or_default()
}

/// The sentence that speaks for a kind most.
fn telling(stretch: &[Sentence], kind: &str) -> Range<usize> {
    let speaks = |sentence: &&Sentence| speaks_for(sentence, Subject::Signals, kind);
    let most = stretch.iter().max_by(|a, b| speaks(a).total_cmp(&speaks(b)));
    most.map(|sentence| sentence.range.clone()).unwrap_or_default()
}

/// A table's kind: topic, direction, and the strength of a signal without a rule's word for it.
fn of_kind(kind: &str) -> Option<(Topic, Direction, f64)> {
    let sign = kind.chars().next_back()?;
    let direction = Direction::ALL.into_iter().find(|direction| direction.sign() == sign)?;
    let topic = Topic::ALL.into_iter().find(|topic| kind.strip_suffix(sign) == Some(topic.as_str()))?;
    let strength = match direction {
        Direction::Positive => PLAIN_STRENGTH,
        Direction::Negative => -PLAIN_STRENGTH,
        Direction::Neutral => 0.0,
    };
    Some((topic, direction, strength))
}
