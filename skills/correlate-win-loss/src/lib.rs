//! Compares deals won with deals lost.
//!
//! [`deals`] gives one value a deal, [`ranks`] tests numbers exactly, and
//! `certainty` yes-or-no behaviours.

mod deals;
mod ranks;

use certainty::{ALPHA, Share, Tested, adjusted};
use coaching_record::{Analysis, Behaviour, KeptCall, Pattern, Patterns, Week};
use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Outcome, skill};

/// What was tested, in words.
const TEST: &str = "exact rank-sum permutation test (Wilcoxon, Mann and Whitney), two-sided; Fisher exact for yes or no; \
                    one value a deal; Holm over all behaviours";

/// How far back calls count: the deals of a year, each led for up to half a year.
const MONTHS_KEPT: i64 = 18;

/// The calls and what was measured of each.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Of `load-week-meetings`.
    pub week: Option<Week>,
    /// Of `coaching-analysis`, one for each call in its order; null where it failed.
    pub analyses: Option<Vec<Option<Analysis>>>,
}

/// Compares.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Patterns>, Failure> {
    let week = input.week.ok_or_else(|| Failure::invalid("no-week", "there is no week"))?;
    let analyses = input.analyses.unwrap_or_default();
    if analyses.len() != week.meetings.len() {
        return Err(Failure::invalid(
            "not-aligned",
            format!("{} calls and {} analyses", week.meetings.len(), analyses.len()),
        ));
    }
    let deals = deals::of(&week, &analyses, kept(&week)?, ranks::MOST);
    let mut patterns =
        Patterns { won: deals.won.len(), lost: deals.lost.len(), test: TEST.to_owned(), ..Patterns::default() };
    let clearest = ranks::clearest(patterns.won, patterns.lost);
    patterns.enough = clearest.is_some_and(|p| p < ALPHA);
    if !patterns.enough {
        let clearest =
            clearest.map_or_else(String::new, |p| format!(" (the clearest split there is would have p = {p:.2})"));
        patterns.reason = format!(
            "{} won and {} lost deals with a measured call are too few to say anything{clearest}",
            patterns.won, patterns.lost
        );
        let summary = patterns.reason.clone();
        return Ok(Outcome::new(patterns).summary(summary));
    }
    patterns.patterns = compared(&deals);
    let found: Vec<&Pattern> = patterns.patterns.iter().filter(|pattern| pattern.verdict != "no_difference").collect();
    patterns.reason = match found.len() {
        0 => format!("{} won and {} lost deals: no behaviour differs beyond chance", patterns.won, patterns.lost),
        n => format!("{} won and {} lost deals: {n} differ beyond chance", patterns.won, patterns.lost),
    };
    patterns.headline = found.iter().min_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted)).map(|pattern| told(pattern));
    let summary = patterns.reason.clone();
    Ok(Outcome::new(patterns).summary(summary))
}

/// The rep's calls as they were kept; none where nobody knows since when to ask.
fn kept(week: &Week) -> Result<Vec<KeptCall>, Failure> {
    let end: Option<Date> = week.period_end.parse().ok();
    let Some(since) = end.and_then(|end| end.checked_sub(MONTHS_KEPT.months()).ok()) else { return Ok(Vec::new()) };
    Ok(coaching_record::calls(&coaching_record::kept_since(&since.to_string())?))
}

fn compared(deals: &deals::Deals) -> Vec<Pattern> {
    let mut patterns: Vec<Pattern> = Vec::new();
    for behaviour in Behaviour::ALL {
        let (won, lost) = (deals::values(&deals.won, behaviour), deals::values(&deals.lost, behaviour));
        let p = if behaviour == Behaviour::EarlyDiscovery { yes_or_no(&won, &lost) } else { ranks::test(&won, &lost) };
        let (Some(p), Some(won_mean), Some(lost_mean)) = (p, mean(&won), mean(&lost)) else { continue };
        patterns.push(Pattern {
            behaviour,
            won_mean,
            lost_mean,
            won: won.len(),
            lost: lost.len(),
            p,
            p_adjusted: p,
            verdict: "no_difference".to_owned(),
        });
    }
    let ps: Vec<f64> = patterns.iter().map(|pattern| pattern.p).collect();
    for (pattern, p) in patterns.iter_mut().zip(adjusted(&ps)) {
        pattern.p_adjusted = p;
        if p < ALPHA {
            let more = pattern.won_mean > pattern.lost_mean;
            pattern.verdict = if more { "more_in_won" } else { "less_in_won" }.to_owned();
        }
    }
    patterns
}

/// A deal counts as a yes when most of its calls were.
fn yes_or_no(won: &[f64], lost: &[f64]) -> Option<f64> {
    let share = |values: &[f64]| {
        let yes = values.iter().filter(|value| **value > 0.5).count();
        Share::of(i64::try_from(yes).ok()?, i64::try_from(values.len()).ok()?)
    };
    // Some dozen deals: the exact test is what the comparison of shares takes.
    Tested::of(&share(won)?, &share(lost)?).p
}

fn mean(values: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "some dozen deals")]
    let n = values.len() as f64;
    (!values.is_empty()).then(|| (values.iter().sum::<f64>() / n * 1000.0).round() / 1000.0)
}

/// `In deals you won: discovery questions a call 8.2, in those you lost 3.1 (p = 0.012, 9 won and 7 lost)`.
fn told(pattern: &Pattern) -> String {
    let value = |value: f64| {
        if pattern.behaviour.is_share() { format!("{:.0} %", value * 100.0) } else { format!("{value:.1}") }
    };
    format!(
        "In deals you won: {} {}, in those you lost {} (p = {:.3}, {} won and {} lost; they go together, which is not yet a cause)",
        pattern.behaviour.told(),
        value(pattern.won_mean),
        value(pattern.lost_mean),
        pattern.p_adjusted,
        pattern.won,
        pattern.lost
    )
}

skillhost_sdk::cases!();
