//! What the group settled.

use meeting_source::Loaded;
use skillhost_language::Heard;

use crate::output::Decision;
use crate::telling::{Names, Telling, Vocabulary};

/// Share of words that make two decisions the same one.
const SAME: f64 = 0.67;
/// A decision is looked for among this many of those before it: more than one
/// meeting settles, and a bound on what a list of thousands would cost.
const LOOKED_BACK: usize = 60;

pub(crate) fn gather(meeting: &Loaded, heard: &Heard) -> Vec<Decision> {
    let mut out: Vec<Decision> = Vec::new();
    let mut vocabulary = Vocabulary::default();
    let mut known: Vec<Telling> = Vec::new();
    for decided in &heard.decisions {
        let Some(quote) = meeting.quote(decided.turn, &decided.range) else { continue };
        let Some(turn) = meeting.transcript.turns.get(decided.turn) else { continue };
        let text = quote.split_whitespace().collect::<Vec<_>>().join(" ");
        let telling = vocabulary.read(&text);
        let lately = &known[known.len().saturating_sub(LOOKED_BACK)..];
        if lately.iter().any(|earlier| vocabulary.overlap(earlier, &telling, Names::Tell) >= SAME) {
            continue;
        }
        known.push(telling);
        out.push(Decision { text, quote, turn: turn.index });
    }
    out
}
