//! What the group settled.

use meeting_source::Loaded;
use skillhost_language::Heard;

use crate::output::Decision;

/// Share of words that make two decisions the same one.
const SAME: f64 = 0.67;

pub(crate) fn gather(meeting: &Loaded, heard: &Heard) -> Vec<Decision> {
    let mut out: Vec<Decision> = Vec::new();
    for decided in &heard.decisions {
        let Some(quote) = meeting.quote(decided.turn, &decided.range) else { continue };
        let Some(turn) = meeting.transcript.turns.get(decided.turn) else { continue };
        let text = quote.split_whitespace().collect::<Vec<_>>().join(" ");
        if out.iter().any(|earlier| crate::items::overlap(&earlier.text, &text, &[]) >= SAME) {
            continue;
        }
        out.push(Decision { text, quote, turn: turn.index });
    }
    out
}
