//! The lines of the pulse.

use briefing_record::tally::counted;
use briefing_record::{PulseLine, RepClock, money::Sums};
use deal_risk::Assessed;
use meeting_record::shortened;
use skillhost_sdk::sources::{ClosedDeal, Pipeline, instant_ms};

/// Stages whose deals wait for an answer to a proposal hold one of these words.
const PROPOSAL_STAGES: [&str; 3] = ["proposal", "quote", "offer"];
/// Most deals that a line names as its proof.
const MAX_NAMED: usize = 10;
/// When a working day's news begin.
const MORNING: i8 = 8;
/// Longest name of a deal in a line, characters.
const MAX_NAME: usize = 48;

fn line(about: &str, text: String, count: usize, deals: impl Iterator<Item = String>) -> PulseLine {
    PulseLine { about: about.to_owned(), text, count, deals: deals.take(MAX_NAMED).collect(), first: None }
}

/// A line that a rep acts on deal by deal: it says which is meant first.
fn named(about: &str, text: String, deals: &[&Assessed]) -> PulseLine {
    PulseLine { first: deals.first().map(|deal| name(deal)), ..line(about, text, deals.len(), ids(deals)) }
}

/// Deals come worst first.
pub(crate) fn of(deals: &[Assessed], pipeline: &Pipeline, clock: &RepClock) -> Vec<PulseLine> {
    [
        action(deals),
        risk(deals),
        proposals(deals),
        closing(deals, clock),
        quiet(deals),
        closed(&pipeline.closed, pipeline.currency.as_deref(), clock),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn ids<'a>(deals: &[&'a Assessed]) -> impl Iterator<Item = String> + use<'a> {
    deals.iter().map(|deal| deal.deal_id.clone()).collect::<Vec<_>>().into_iter()
}

/// The name on one line.
fn name(deal: &Assessed) -> String {
    shortened(&deal.name, MAX_NAME)
}

fn verb(n: usize, one: &str, many: &str) -> String {
    if n == 1 { one.to_owned() } else { many.to_owned() }
}

/// ` ($48,000; 2 without an amount)`.
fn value(deals: &[&Assessed]) -> String {
    let mut sums = Sums::default();
    for deal in deals {
        sums.add(deal.amount_cents, deal.currency.as_deref());
    }
    let without = match sums.unpriced() {
        0 => None,
        n if n == deals.len() => return String::new(),
        n => Some(format!("{n} without an amount")),
    };
    let parts: Vec<String> = sums.written().into_iter().chain(without).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}

fn action(deals: &[Assessed]) -> Option<PulseLine> {
    let found: Vec<&Assessed> = deals.iter().filter(|deal| deal.needs_action()).collect();
    let first = found.first()?;
    let why = match (first.days_to_close, first.overdue_tasks) {
        (Some(0), _) => "closes today".to_owned(),
        (Some(days), _) if days < 0 => {
            let n = usize::try_from(-days).unwrap_or(usize::MAX);
            format!("close date passed {} ago", counted(n, "day"))
        }
        (_, tasks) => counted(usize::try_from(tasks).unwrap_or(usize::MAX), "late task"),
    };
    let needs = verb(found.len(), "needs", "need");
    let which = if found.len() == 1 { "" } else { "first " };
    let text = format!("{} {needs} action today: {which}{} ({why})", counted(found.len(), "deal"), name(first));
    Some(line("action", text, found.len(), ids(&found)))
}

fn risk(deals: &[Assessed]) -> Option<PulseLine> {
    let found: Vec<&Assessed> = deals.iter().filter(|deal| deal.at_risk).collect();
    let first = found.first()?;
    let why = first.main_reason().map(|reason| format!(", {}", reason.text)).unwrap_or_default();
    let which = if found.len() == 1 { "" } else { "worst " };
    let text = format!("{} at risk: {which}{}{why}", counted(found.len(), "deal"), name(first));
    Some(named("risk", text, &found))
}

fn proposals(deals: &[Assessed]) -> Option<PulseLine> {
    let waits = |deal: &&Assessed| {
        let stage = deal.stage.to_lowercase();
        PROPOSAL_STAGES.iter().any(|word| stage.contains(word))
    };
    let found: Vec<&Assessed> = deals.iter().filter(waits).collect();
    let waits = verb(found.len(), "waits", "wait");
    let text = format!("{} {waits} for an answer{}", counted(found.len(), "proposal"), value(&found));
    (!found.is_empty()).then(|| line("proposals", text, found.len(), ids(&found)))
}

fn closing(deals: &[Assessed], clock: &RepClock) -> Option<PulseLine> {
    let last = clock.days_to_sunday();
    let found: Vec<&Assessed> =
        deals.iter().filter(|deal| deal.days_to_close.is_some_and(|days| (0..=last).contains(&days))).collect();
    let closes = verb(found.len(), "closes", "close");
    let text = format!("{} {closes} by Sunday{}", counted(found.len(), "deal"), value(&found));
    (!found.is_empty()).then(|| line("closing", text, found.len(), ids(&found)))
}

fn quiet(deals: &[Assessed]) -> Option<PulseLine> {
    let mut found: Vec<&Assessed> = deals.iter().filter(|deal| deal.stale).collect();
    found.sort_by_key(|deal| std::cmp::Reverse(deal.quiet_days));
    let first = found.first()?;
    let days = counted(usize::try_from(first.quiet_days?).unwrap_or(usize::MAX), "day");
    let which = if found.len() == 1 { "" } else { "longest " };
    let text = format!("{} gone quiet: {which}{}, {days}", counted(found.len(), "deal"), name(first));
    Some(named("quiet", text, &found))
}

fn closed(closed: &[ClosedDeal], currency: Option<&str>, clock: &RepClock) -> Option<PulseLine> {
    let since = clock.at(clock.last_working_day(), MORNING);
    let is_new = |deal: &&ClosedDeal| {
        deal.at.as_deref().and_then(instant_ms).is_some_and(|at| at >= since && at <= clock.now_ms())
    };
    let new: Vec<&ClosedDeal> = closed.iter().filter(is_new).collect();
    let part = |won: bool, word: &str| {
        let found: Vec<&&ClosedDeal> = new.iter().filter(|deal| deal.won == won).collect();
        let mut sums = Sums::default();
        for deal in &found {
            sums.add(deal.amount_cents, deal.currency.as_deref().or(currency));
        }
        let sum = sums.written().map(|sum| format!(" ({sum})")).unwrap_or_default();
        (!found.is_empty()).then(|| format!("{} {word}{sum}", found.len()))
    };
    let parts: Vec<String> = [part(true, "won"), part(false, "lost")].into_iter().flatten().collect();
    let ids = new.iter().map(|deal| deal.id.clone()).collect::<Vec<_>>().into_iter();
    (!parts.is_empty())
        .then(|| line("closed", format!("Since the last working day: {}", parts.join(", ")), new.len(), ids))
}
