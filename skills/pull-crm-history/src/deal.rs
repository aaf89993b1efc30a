//! How the deal stands.

use briefing_record::{DealState, Reading, RepClock, money};
use skillhost_sdk::context;
use skillhost_sdk::sources::{Deal, PipelineDeal, instant_ms, is_closed_stage};

/// Most flags that are told.
const MAX_FLAGS: usize = 3;

/// The deal's row of the pipeline, which knows since when it stands where it
/// stands. A deal of somebody else is not in it.
pub(crate) fn pipeline_row(id: &str) -> Option<PipelineDeal> {
    Reading::quietly(context::pipeline())?.value.deals.into_iter().find(|deal| deal.id == id)
}

pub(crate) fn state(deal: &Deal, row: Option<&PipelineDeal>, clock: &RepClock) -> DealState {
    let open: Vec<&String> = deal.stages.iter().filter(|stage| !is_closed_stage(stage)).collect();
    let place = open.iter().position(|stage| **stage == deal.stage);
    let days_to_close = deal.close_date.as_deref().and_then(|day| clock.days_to(day));
    let mut flags: Vec<_> = deal.flags.iter().collect();
    flags.sort_by(|a, b| b.at.cmp(&a.at));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    DealState {
        id: deal.id.clone(),
        name: deal.name.clone(),
        stage: deal.stage.clone(),
        stage_place: place.map(|at| count(at + 1)),
        stages: place.map(|_| count(open.len())),
        open: deal.open,
        amount_cents: deal.amount_cents,
        amount: deal.amount_cents.map(|cents| money::written(cents, deal.currency.as_deref())),
        close_date: deal.close_date.clone().filter(|_| days_to_close.is_some()),
        days_to_close,
        days_in_stage: row.and_then(|row| clock.whole_days_since(row.stage_since.as_deref()?)),
        contacts: count(deal.contact_ids.len()),
        flags: flags
            .into_iter()
            .take(MAX_FLAGS)
            .map(|flag| match flag.reason.trim() {
                "" => flag.flag.clone(),
                reason => format!("{}: {reason}", flag.flag),
            })
            .collect(),
        next_meeting_at: row
            .and_then(|row| row.next_meeting_at.clone())
            .filter(|at| instant_ms(at).is_some_and(|at| at >= clock.now_ms())),
    }
}
