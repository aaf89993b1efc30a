//! How the deal stands: 50, moved by named points.

use meeting_record::{Signal, days_until, is_task_due, reason};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Facts;

/// Where a deal nothing is known of stands.
const START: i64 = 50;
/// What an aggregate of 1 adds.
const AGGREGATE_POINTS: f64 = 30.0;
/// A signal less sure than this moves nothing.
const SURE: f64 = 0.7;
/// Longest quote in a reason.
const MAX_QUOTE: usize = 120;

/// A score with its reasons.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DealHealth {
    /// 0 to 100.
    pub score: i64,
    /// Each point with its reason, for instance `+5 a budget is there: “…”`.
    pub reasons: Vec<String>,
}

pub(crate) fn score(facts: &Facts) -> DealHealth {
    let mut score = START;
    let mut reasons = Vec::new();
    let mut add = |points: i64, reason: String| {
        if points != 0 {
            score += points;
            reasons.push(format!("{points:+} {reason}"));
        }
    };
    // Between −30 and 30, so the cast is exact.
    let aggregate = (facts.intents.aggregate_score.clamp(-1.0, 1.0) * AGGREGATE_POINTS).round() as i64;
    add(aggregate, format!("signals of the call, {:+.2} in sum", facts.intents.aggregate_score));

    let because = |why: &str, signal: &Signal| reason(why, &signal.phrase, why.chars().count() + 2 + MAX_QUOTE);
    let surest = |kind: &str, keep: fn(&Signal) -> bool| {
        facts.intents.signals(kind, SURE).into_iter().find(|signal| keep(signal))
    };
    if let Some(signal) = surest("budget", Signal::is_positive) {
        add(5, because("a budget is there", signal));
    }
    if let Some(signal) = surest("budget", Signal::is_negative) {
        add(-15, because("money is a problem", signal));
    }
    if let Some(signal) = surest("timeline", Signal::is_positive) {
        add(5, because("a date drives them", signal));
    }
    if let Some(signal) = surest("objection", |signal| !signal.is_positive()) {
        add(-5, because("an objection", signal));
    }
    if let Some(signal) = surest("competition", |_| true) {
        add(-5, because("another vendor", signal));
    }

    let dated = facts
        .items
        .action_items
        .iter()
        .find(|item| item.is_theirs() && item.deadline.as_deref().is_some_and(is_task_due));
    if let Some(item) = dated {
        add(10, reason("they gave a date", &item.quote, MAX_QUOTE));
    }
    if facts.has_next_meeting() {
        add(5, "a next meeting was spoken of".to_owned());
    } else if facts.heard {
        add(-10, "no next meeting was spoken of".to_owned());
    }
    if let Some(deal) = facts.deal.as_ref().filter(|deal| deal.open) {
        if days_until(deal.close_date.as_deref(), facts.now).is_some_and(|days| days < 0) {
            add(-10, format!("the close date {} has passed", deal.close_date.as_deref().unwrap_or_default()));
        }
        match deal.contact_ids.len() {
            1 => add(-5, "only one contact is on the deal".to_owned()),
            n if n > 1 => add(5, format!("{n} contacts are on the deal")),
            _ => {}
        }
    }
    DealHealth { score: score.clamp(0, 100), reasons }
}
