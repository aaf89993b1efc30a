//! The weeks before, as their digests were kept.

use coaching_record::{Behaviour, Number, WeekValue, kept};
use serde_json::Value;
use skillhost_sdk::Failure;
use skillhost_sdk::sources::CoachingEntry;

/// Most weeks that are told: two months.
const MOST_WEEKS: usize = 8;

/// A week and its numbers.
pub(crate) struct KeptWeek {
    period_end: String,
    numbers: Vec<Number>,
}

/// Digests of weeks that ended before this day, the newest first; one a week. A host that
/// keeps none knows none.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub(crate) fn before(day: &str) -> Result<Vec<KeptWeek>, Failure> {
    let kept = kept()?;
    let mut weeks: Vec<KeptWeek> = Vec::new();
    for entry in kept.iter().filter(|entry| entry.meeting_id.is_none() && entry.period_end.as_str() < day) {
        // A digest that was asked for again stands before the one it replaces.
        if weeks.len() < MOST_WEEKS && !weeks.iter().any(|week| week.period_end == entry.period_end) {
            weeks.push(KeptWeek { period_end: entry.period_end.clone(), numbers: numbers(entry) });
        }
    }
    Ok(weeks)
}

/// Those that this version understands.
fn numbers(entry: &CoachingEntry) -> Vec<Number> {
    let list = entry.analysis.get("numbers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|number| serde_json::from_value(number.clone()).ok()).collect()
}

/// What a behaviour was in each of them.
pub(crate) fn of(weeks: &[KeptWeek], behaviour: Behaviour) -> Vec<WeekValue> {
    let value = |week: &KeptWeek| {
        let number = week.numbers.iter().find(|number| number.behaviour == behaviour)?;
        Some(WeekValue { period_end: week.period_end.clone(), value: number.value, calls: number.calls })
    };
    weeks.iter().filter_map(value).collect()
}
