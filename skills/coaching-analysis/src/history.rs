//! The rep's earlier calls, as they were kept: one by one, or in the digests of their weeks;
//! and what is kept of this one.
//!
//! Numbers alone are kept, no words of a call. A call that was kept twice counts once.

use coaching_record::{CallNumbers, kept};
use meeting_source::Loaded;
use serde_json::{Value, json};
use skillhost_sdk::sources::{CoachingEntry, instant_ms};
use skillhost_sdk::{Effect, Failure, approval};

use crate::compare::{Comparison, Past};

/// The kind that keeps an analysis.
const STORE: &str = "coaching.store";
/// A day, milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The calls before this one, the newest first. A host that keeps none knows none.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub(crate) fn before(meeting: &Loaded, meeting_id: Option<&str>) -> Result<Vec<Past>, Failure> {
    let kept = kept()?;
    // The day, because of a call kept by itself no more is known.
    let today = instant_ms(&format!("{}T00:00:00Z", meeting.anchor.today()));
    let mut calls: Vec<(i64, String, Past)> = Vec::new();
    for (at, id, past) in kept.iter().flat_map(calls_of) {
        let is_earlier = today.is_none_or(|today| at < today + DAY_MS);
        if Some(id.as_str()) != meeting_id && is_earlier && !calls.iter().any(|(_, known, _)| *known == id) {
            calls.push((at, id, past));
        }
    }
    calls.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(calls.into_iter().map(|(_, _, past)| past).collect())
}

/// When, which, and its numbers.
fn calls_of(entry: &CoachingEntry) -> Vec<(i64, String, Past)> {
    let at = |text: &str| instant_ms(text).or_else(|| instant_ms(&format!("{text}T00:00:00Z")));
    if let Some(id) = &entry.meeting_id {
        let past = serde_json::from_value(Value::Object(entry.analysis.clone()));
        return at(&entry.period_end).zip(past.ok()).map(|(at, past)| (at, id.clone(), past)).into_iter().collect();
    }
    let calls = entry.analysis.get("per_call").cloned().unwrap_or(Value::Null);
    let calls: Vec<CallNumbers> = serde_json::from_value(calls).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "counts of one call")]
    let past = |call: &CallNumbers| Past {
        rep_share: call.rep_share,
        questions: Some(call.questions as f64),
        discovery_questions: Some(call.discovery_questions as f64),
        monologues: Some(call.monologues as f64),
        objection_level: None,
    };
    calls.iter().filter_map(|call| Some((at(&call.started_at)?, call.meeting_id.clone(), past(call)))).collect()
}

/// The effect that keeps this call's numbers; none for a call that no meeting names, which
/// could not be told from another one.
pub(crate) fn keep(meeting: &Loaded, meeting_id: Option<&str>, comparison: &Comparison) -> Option<Effect> {
    // A host that does not know the kind would refuse the whole outcome for it.
    if !approval::check(STORE).permitted {
        return None;
    }
    let numbers = comparison.measures.iter().map(|measure| (measure.name.clone(), json!(measure.value))).collect();
    let day = meeting.anchor.today().to_string();
    let payload = json!({
        "period_start": day, "period_end": day, "meeting_id": meeting_id?, "analysis": Value::Object(numbers),
    });
    Some(Effect::custom("keep", STORE, payload))
}
