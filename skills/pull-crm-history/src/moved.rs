//! What changed since both sides spoke last.

use briefing_record::{Moved, RepClock, Source};
use meeting_record::{one_line, shortened};
use skillhost_sdk::sources::{Deal, PipelineDeal, instant_ms};

/// Where nobody spoke, what counts as new.
const NEW_MS: i64 = 30 * 86_400_000;
/// Longest reason of a flag, characters.
const MAX_REASON: usize = 160;

pub(crate) fn since(last: Option<&str>, deal: &Deal, row: Option<&PipelineDeal>, clock: &RepClock) -> Vec<Moved> {
    let from = last.and_then(instant_ms).unwrap_or(clock.now_ms() - NEW_MS);
    let is_new = |at: &str| instant_ms(at).is_some_and(|at| at > from && at <= clock.now_ms());
    let source = || Source::new("deal", &deal.id);
    let mut moved = Vec::new();
    if let Some(at) = row.and_then(|row| row.stage_since.as_deref()).filter(|at| is_new(at))
        // A deal that was made then did not move.
        && row.and_then(|row| row.created_at.as_deref()) != Some(at)
    {
        let text = format!("moved to stage “{}”", one_line(&deal.stage));
        moved.push(Moved { text, at: at.to_owned(), source: Source::new("pipeline", &deal.id) });
    }
    for flag in deal.flags.iter().filter(|flag| is_new(&flag.at)) {
        let text = match flag.reason.trim() {
            "" => format!("flagged “{}”", flag.flag),
            reason => format!("flagged “{}”: {}", flag.flag, shortened(reason, MAX_REASON)),
        };
        moved.push(Moved { text, at: flag.at.clone(), source: source() });
    }
    if !deal.open && is_new(&deal.updated_at) {
        moved.push(Moved {
            text: format!("closed as “{}”", deal.stage),
            at: deal.updated_at.clone(),
            source: source(),
        });
    }
    moved.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.text.cmp(&b.text)));
    moved
}
