//! What to mark on the deal.

use meeting_record::{Intents, Signal, reason};
use skillhost_sdk::sources::Deal;

/// Below this sum of signals the deal is at risk.
const RISK_BELOW: f64 = -0.3;
/// A signal less sure than this marks nothing.
const SURE: f64 = 0.75;
/// Longest reason, characters.
const MAX_REASON: usize = 240;
/// The flag that also holds back a stage.
pub(crate) const RISK: &str = "risk";

/// A flag with its reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) reason: String,
}

/// Flags this call raises; one that the deal has already is not raised again,
/// except risk, whose new reason counts. `people` are names that are no vendor's.
pub(crate) fn raised(deal: &Deal, intents: &Intents, people: &[&str]) -> Vec<Flag> {
    let surest =
        |kind: &str, keep: fn(&Signal) -> bool| intents.signals(kind, SURE).into_iter().find(|signal| keep(signal));
    let because = |signal: &Signal| reason(&signal.why(people), &signal.phrase, MAX_REASON);
    let mut flags = Vec::new();
    let mut add = |name: &'static str, reason: String| {
        if name == RISK || !deal.flags.iter().any(|flag| flag.flag == name) {
            flags.push(Flag { name, reason });
        }
    };
    if let Some(signal) = surest("multi_stakeholder", |_| true) {
        add("multi_stakeholder", because(signal));
    }
    if let Some(signal) = surest("competition", |_| true) {
        add("competitive", because(signal));
    }
    if let Some(signal) = surest("budget", Signal::is_negative) {
        add(RISK, because(signal));
    } else if intents.aggregate_score < RISK_BELOW {
        add(RISK, outweighed(intents));
    }
    flags
}

/// Why a call is a risk as a whole: its sum, and what weighed most in it.
fn outweighed(intents: &Intents) -> String {
    let sum = format!("More was said against the deal than for it, {:.2} in sum", intents.aggregate_score);
    let against = intents.buying_signals.iter().filter(|signal| signal.is_negative());
    match against.min_by(|a, b| (a.strength * a.confidence).total_cmp(&(b.strength * b.confidence))) {
        Some(heaviest) => reason(&sum, &heaviest.phrase, MAX_REASON),
        None => sum,
    }
}
