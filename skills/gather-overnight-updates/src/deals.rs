//! Flags and moves of deals.

use briefing_record::{Reading, Source};
use meeting_record::shortened;
use skillhost_sdk::context;

use crate::{Night, Told, told};

/// Most flags, and most moves, that have a line.
const MAX_EACH: usize = 2;
/// Longest name and reason, characters.
const MAX_NAME: usize = 40;
const MAX_REASON: usize = 60;

pub(crate) fn updates(night: &Night<'_>, reading: &mut Reading) -> Vec<Told> {
    let Some(read) = reading.optional(context::pipeline()) else { return Vec::new() };
    let mut flags: Vec<(&str, Told)> = Vec::new();
    let mut moves: Vec<(&str, Told)> = Vec::new();
    for deal in &read.value.deals {
        let name = shortened(&deal.name, MAX_NAME);
        for flag in deal.flags.iter().filter(|flag| night.holds(&flag.at)) {
            let reason = shortened(&flag.reason, MAX_REASON);
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            let text = format!("{name} flagged “{}”{why}", shortened(&flag.flag, MAX_NAME));
            flags.push((
                &flag.at,
                told("flag", text, 1, Source::new("deal", &deal.id).at(&flag.at), &read.read_id, &deal.name),
            ));
        }
        // A deal that was made then did not move.
        if let Some(at) = deal.stage_since.as_deref().filter(|at| night.holds(at))
            && deal.created_at.as_deref() != Some(at)
        {
            let text = format!("{name} moved to “{}”", shortened(&deal.stage, MAX_NAME));
            moves.push((
                at,
                told("stage", text, 1, Source::new("pipeline", &deal.id).at(at), &read.read_id, &deal.name),
            ));
        }
    }
    newest(flags).chain(newest(moves)).collect()
}

fn newest(mut found: Vec<(&str, Told)>) -> impl Iterator<Item = Told> {
    found.sort_by(|a, b| b.0.cmp(a.0).then_with(|| a.1.update.text.cmp(&b.1.update.text)));
    found.into_iter().take(MAX_EACH).map(|(_, told)| told)
}
