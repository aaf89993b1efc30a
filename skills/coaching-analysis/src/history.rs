//! The rep's earlier calls, as they were kept: one by one, or in the digests of their weeks;
//! and what is kept of this one.
//!
//! Numbers alone are kept, no words of a call. A call that was kept twice counts once.

use coaching_record::{Analysis, Behaviour, KeptCall};
use meeting_source::Loaded;
use serde_json::{Map, Value, json};
use skillhost_sdk::sources::instant_ms;
use skillhost_sdk::{Effect, Failure, approval};

use crate::compare::Past;
use crate::output::Output;

/// The kind that keeps an analysis.
const STORE: &str = "coaching.store";
/// A day, milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The calls before this one, the newest first. A host that keeps none knows none.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub(crate) fn before(meeting: &Loaded, meeting_id: Option<&str>) -> Result<Vec<Past>, Failure> {
    // The day, because of a call kept by itself no more is known.
    let today = instant_ms(&format!("{}T00:00:00Z", meeting.anchor.today()));
    let is_earlier = |call: &KeptCall| today.is_none_or(|today| call.at_ms < today + DAY_MS);
    let calls = coaching_record::calls(&coaching_record::kept()?);
    let calls = calls.iter().filter(|call| Some(call.meeting_id.as_str()) != meeting_id && is_earlier(call));
    Ok(calls.map(past).collect())
}

fn past(call: &KeptCall) -> Past {
    let value = |behaviour: Behaviour| call.values.get(&behaviour).copied();
    Past {
        rep_share: value(Behaviour::RepShare),
        questions: value(Behaviour::Questions),
        // Of a call whose type an older version did not keep, it may have been its aim.
        discovery_questions: value(Behaviour::DiscoveryQuestions).filter(|_| {
            call.call_type.is_none() || Behaviour::DiscoveryQuestions.is_asked_of(call.call_type.as_deref())
        }),
        open_part: value(Behaviour::OpenPart),
        monologues: value(Behaviour::Monologues),
        unanswered: value(Behaviour::Unanswered),
        objection_level: value(Behaviour::ObjectionLevel),
        words_per_minute: call.words_per_minute,
        longest_listen_seconds: call.longest_listen_seconds,
    }
}

/// The effect that keeps this call's numbers; none for a call that no meeting names, which
/// could not be told from another one.
pub(crate) fn keep(
    meeting: &Loaded,
    meeting_id: Option<&str>,
    deal_id: Option<&str>,
    output: &Output,
) -> Option<Effect> {
    // A host that does not know the kind would refuse the whole outcome for it.
    if !approval::check(STORE).permitted {
        return None;
    }
    let measures = output.comparison.measures.iter();
    let mut kept: Map<String, Value> = measures.map(|measure| (measure.name.clone(), json!(measure.value))).collect();
    let analysis: Option<Analysis> =
        serde_json::to_value(output).ok().and_then(|value| serde_json::from_value(value).ok());
    if let Some(early) = analysis.as_ref().and_then(|analysis| Behaviour::EarlyDiscovery.of(analysis)) {
        kept.insert(Behaviour::EarlyDiscovery.name().to_owned(), json!(early));
    }
    let about = [("deal_id", deal_id), ("call_type", output.call_type.as_deref())];
    kept.extend(about.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
    let day = meeting.anchor.today().to_string();
    let payload =
        json!({"period_start": day, "period_end": day, "meeting_id": meeting_id?, "analysis": Value::Object(kept)});
    Some(Effect::custom("keep", STORE, payload))
}
