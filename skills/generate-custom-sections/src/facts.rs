//! What was said that may stand in a proposal.

use std::ops::Range;

use deal_record::Fact;
use deal_source::Talk;
use meeting_record::same_matter;
use meeting_source::Loaded;
use skillhost_language::{Direction, Topic, question, sentences};
use skillhost_sdk::sources::Side;

use crate::wish::{self, Wish};

/// Below this a signal may be something else.
const SURE: f64 = 0.75;
/// Below this a promise is an attempt.
const PROMISED: f64 = 0.75;
/// Shortest quote that tells a reader something, words.
const MIN_WORDS: usize = 4;
/// Longest quote that is still read, characters.
const MAX_QUOTE: usize = 280;
/// Most facts of a kind; a proposal is no transcript.
const MOST_OF_A_KIND: usize = 6;

/// A fact and the read that holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) fact: Fact,
    pub(crate) read_id: String,
    pub(crate) side: Side,
    /// Where in its turn, bytes.
    pub(crate) at: usize,
}

/// In the order they were said.
pub(crate) fn gather(talk: &Talk) -> Vec<Held> {
    let Some(meeting) = &talk.meeting else { return Vec::new() };
    let heard = meeting.heard();
    let mut found: Vec<Held> = Vec::new();
    for signal in &heard.signals {
        let positive = signal.signal.direction() != Direction::Negative;
        let kind = match signal.signal.topic {
            Topic::Need if positive => "need",
            Topic::Timeline if positive => "timeline",
            Topic::Objection => "concern",
            // Not written back to them: money, other vendors, who decides.
            _ => continue,
        };
        if signal.signal.confidence >= SURE {
            add(&mut found, meeting, kind, signal.turn, &signal.range, Side::Prospect);
        }
    }
    for promise in heard.promises.iter().filter(|promise| promise.confidence >= PROMISED && promise.intent().is_some())
    {
        for side in [Side::Rep, Side::Prospect] {
            add(&mut found, meeting, "promise", promise.turn, &promise.range, side);
        }
    }
    for (at, turn) in meeting.transcript.turns.iter().enumerate() {
        if meeting.side(turn) != Side::Prospect {
            continue;
        }
        for sentence in sentences(&turn.text) {
            let asked = sentence.question && question(&sentence).is_some_and(|asked| !asked.housekeeping);
            let kind = match wish::of(&sentence, &meeting.anchor) {
                Some(Wish::Need) => "need",
                Some(Wish::Date) => "timeline",
                None if asked => "question",
                None => continue,
            };
            add(&mut found, meeting, kind, at, &sentence.range, Side::Prospect);
        }
    }
    found.sort_by_key(|held| (held.fact.turn, held.at));
    for (at, held) in found.iter_mut().enumerate() {
        held.fact.id = format!("f{}", at + 1);
    }
    found
}

/// Whether anybody in the meeting speaks to a model.
pub(crate) fn instructs(talk: &Talk) -> bool {
    talk.meeting.iter().flat_map(|meeting| &meeting.transcript.turns).any(|turn| model_answer::instructs(&turn.text))
}

/// Words about what is not written back.
fn is_private(text: &str) -> bool {
    #[rustfmt::skip]
    const PRIVATE: [&str; 22] = [
        "price", "prices", "pricing", "cost", "budget", "budgets", "discount", "cheap", "cheaper", "expensive", "afford",
        "competitor", "competitors", "vendor", "vendors", "alternative", "boss", "cfo", "ceo", "procurement", "lawyer",
        "confidential",
    ];
    text.split(|c: char| !c.is_alphanumeric()).any(|word| PRIVATE.contains(&word.to_lowercase().as_str()))
}

fn add(found: &mut Vec<Held>, meeting: &Loaded, kind: &str, at: usize, range: &Range<usize>, side: Side) {
    let Some(turn) = meeting.transcript.turns.get(at).filter(|turn| meeting.side(turn) == side) else { return };
    let (Some(speaker), Some(quote)) = (turn.speaker.clone(), meeting.quote(at, range)) else { return };
    let words = quote.split_whitespace().count();
    if words < MIN_WORDS || quote.chars().count() > MAX_QUOTE || is_private(&quote) {
        return;
    }
    let of_kind = found.iter().filter(|held| held.fact.kind == kind).count();
    let told = found.iter().any(|held| {
        let within = |a: &str, b: &str| a.contains(b) || b.contains(a);
        held.fact.turn == turn.index && within(&held.fact.quote, &quote)
            || held.fact.kind == kind && same_matter(&held.fact.quote, &quote)
    });
    if of_kind >= MOST_OF_A_KIND || told {
        return;
    }
    found.push(Held {
        fact: Fact {
            id: String::new(),
            kind: kind.to_owned(),
            quote,
            speaker,
            time: turn.start_ms.map(|ms| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60)),
            turn: turn.index,
        },
        read_id: meeting.read_id.clone(),
        side,
        at: range.start,
    });
}
