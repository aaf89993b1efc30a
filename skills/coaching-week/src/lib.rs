//! Adds the calls of a week up.
//!
//! [`mean`] is the arithmetic, [`kept`] the weeks before as their digests were kept; what is measured, and which way is better, is
//! `coaching_record::Behaviour`.

mod kept;
mod mean;

use coaching_record::{Analysis, Behaviour, CallNumbers, Number, Rolled, Week, thousandths};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Outcome, skill};

use crate::mean::{Sample, change};

/// The calls and what was measured of each.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Of `load-week-meetings`.
    pub week: Option<Week>,
    /// Of `coaching-analysis`, one for each call in its order; null where it failed.
    pub analyses: Option<Vec<Option<Analysis>>>,
}

/// Adds up.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Rolled>, Failure> {
    let week = input.week.ok_or_else(|| Failure::invalid("no-week", "there is no week"))?;
    let analyses = input.analyses.unwrap_or_default();
    if analyses.len() != week.meetings.len() {
        return Err(Failure::invalid(
            "not-aligned",
            format!("{} calls and {} analyses", week.meetings.len(), analyses.len()),
        ));
    }
    let mut rolled =
        Rolled { period_start: week.period_start.clone(), period_end: week.period_end.clone(), ..Rolled::default() };
    let (mut now, mut before): (Vec<&Analysis>, Vec<&Analysis>) = (Vec::new(), Vec::new());
    for (meeting, analysis) in week.meetings.iter().zip(&analyses) {
        match (analysis, meeting.of_week) {
            (Some(analysis), true) => {
                now.push(analysis);
                rolled.per_call.push(CallNumbers::of(meeting, analysis));
            }
            (None, true) => rolled.not_measured += 1,
            (Some(analysis), false) => {
                before.push(analysis);
                rolled.before.push(CallNumbers::of(meeting, analysis));
            }
            (None, false) => {}
        }
    }
    rolled.calls = now.len();
    rolled.earlier_calls = before.len();
    let weeks = kept::before(&rolled.period_start)?;
    let numbers = Behaviour::ALL.into_iter().filter_map(|behaviour| number(behaviour, &now, &before));
    rolled.numbers = numbers.map(|number| Number { weeks: kept::of(&weeks, number.behaviour), ..number }).collect();
    let summary = match rolled.calls {
        0 => "no call of the week could be measured".to_owned(),
        1 => format!("1 call, held against {} earlier ones", rolled.earlier_calls),
        n => format!("{n} calls, held against {} earlier ones", rolled.earlier_calls),
    };
    Ok(Outcome::new(rolled).summary(summary))
}

fn number(behaviour: Behaviour, now: &[&Analysis], before: &[&Analysis]) -> Option<Number> {
    let sample = |calls: &[&Analysis]| {
        let asked = calls.iter().filter(|call| behaviour.is_asked_of(call.call_type.as_deref()));
        Sample::of(asked.filter_map(|call| behaviour.of(call)))
    };
    let (now, before) = (sample(now), sample(before));
    let value = now.mean()?;
    Some(Number {
        behaviour,
        told: behaviour.told().to_owned(),
        value: thousandths(value),
        calls: now.len(),
        target: behaviour.target().to_owned(),
        verdict: behaviour.verdict(value).to_owned(),
        usual: before.mean().map(thousandths),
        earlier_calls: before.len(),
        trend: change(behaviour, &now, &before).to_owned(),
        weeks: Vec::new(),
    })
}

skillhost_sdk::cases!();
