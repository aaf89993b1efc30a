//! What was kept of earlier calls and weeks.
//!
//! A call's numbers are kept by themselves or in the digest of a week, under the same names:
//! those of [`Behaviour::name`]. What an older version did not keep is not there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use skillhost_sdk::context::{self, Optional};
use skillhost_sdk::sources::{CoachingEntry, instant_ms};
use skillhost_sdk::{Failure, Read, ReadError, ReadErrorKind};

use crate::analysis::Analysis;
use crate::behaviour::Behaviour;
use crate::week::WeekMeeting;

/// A call as it was kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptCall {
    /// When, epoch milliseconds; of a call that was kept by itself the day alone is known.
    pub at_ms: i64,
    /// Which.
    pub meeting_id: String,
    /// About which deal.
    pub deal_id: Option<String>,
    /// Of which type.
    pub call_type: Option<String>,
    /// What could be measured.
    pub values: BTreeMap<Behaviour, f64>,
    /// Our side's pace.
    pub words_per_minute: Option<f64>,
    /// Seconds.
    pub longest_listen_seconds: Option<f64>,
}

/// The entries of the source `coaching`, the newest first. A host that keeps none, or that
/// this skill may not ask, knows none.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub fn kept() -> Result<Vec<CoachingEntry>, Failure> {
    entries(context::coaching())
}

/// The same of periods that ended since a day.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub fn kept_since(day: &str) -> Result<Vec<CoachingEntry>, Failure> {
    entries(context::coaching_since(day))
}

fn entries(read: Result<Read<Vec<CoachingEntry>>, ReadError>) -> Result<Vec<CoachingEntry>, Failure> {
    match read.optional() {
        Ok(read) => Ok(read.map(|read| read.value).unwrap_or_default()),
        Err(error)
            if matches!(
                error.kind,
                ReadErrorKind::Denied | ReadErrorKind::UnknownSource | ReadErrorKind::Unavailable
            ) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// The calls of these entries, the newest first. One that was kept twice is one call: what
/// was kept last stands, and says what an earlier row did not.
pub fn calls(entries: &[CoachingEntry]) -> Vec<KeptCall> {
    let mut calls: BTreeMap<String, KeptCall> = BTreeMap::new();
    for call in entries.iter().flat_map(of_entry) {
        match calls.get_mut(&call.meeting_id) {
            Some(known) => known.complete(call),
            None => {
                calls.insert(call.meeting_id.clone(), call);
            }
        }
    }
    let mut calls: Vec<KeptCall> = calls.into_values().collect();
    calls.sort_by(|a, b| b.at_ms.cmp(&a.at_ms).then_with(|| a.meeting_id.cmp(&b.meeting_id)));
    calls
}

impl KeptCall {
    /// Of a call that was just measured; none of one whose time is unknown.
    pub fn of(meeting: &WeekMeeting, analysis: &Analysis) -> Option<Self> {
        let value = |behaviour: Behaviour| Some((behaviour, behaviour.of(analysis).filter(|value| value.is_finite())?));
        Some(Self {
            at_ms: instant_ms(&meeting.started_at)?,
            meeting_id: meeting.meeting_id.clone(),
            deal_id: meeting.deal_id.clone(),
            call_type: analysis.call_type.clone(),
            values: Behaviour::ALL.into_iter().filter_map(value).collect(),
            words_per_minute: analysis.talk.words_per_minute,
            longest_listen_seconds: analysis.talk.longest_listen_seconds,
        })
    }

    fn complete(&mut self, older: Self) {
        for (behaviour, value) in older.values {
            self.values.entry(behaviour).or_insert(value);
        }
        self.deal_id = self.deal_id.take().or(older.deal_id);
        self.call_type = self.call_type.take().or(older.call_type);
        self.words_per_minute = self.words_per_minute.or(older.words_per_minute);
        self.longest_listen_seconds = self.longest_listen_seconds.or(older.longest_listen_seconds);
    }
}

fn of_entry(entry: &CoachingEntry) -> Vec<KeptCall> {
    if let Some(id) = &entry.meeting_id {
        return call(&entry.analysis, id, &entry.period_end).into_iter().collect();
    }
    ["per_call", "before"]
        .into_iter()
        .filter_map(|list| entry.analysis.get(list)?.as_array())
        .flatten()
        .filter_map(|one| {
            let text = |name: &str| one.get(name).and_then(Value::as_str);
            call(one.as_object()?, text("meeting_id")?, text("started_at")?)
        })
        .collect()
}

fn call(numbers: &Map<String, Value>, meeting_id: &str, at: &str) -> Option<KeptCall> {
    let at_ms = instant_ms(at).or_else(|| instant_ms(&format!("{at}T00:00:00Z")))?;
    let number = |name: &str| numbers.get(name).and_then(Value::as_f64).filter(|value| value.is_finite());
    let text = |name: &str| numbers.get(name).and_then(Value::as_str).map(str::to_owned);
    let values = Behaviour::ALL.into_iter().filter_map(|behaviour| Some((behaviour, number(behaviour.name())?)));
    Some(KeptCall {
        at_ms,
        meeting_id: meeting_id.to_owned(),
        deal_id: text("deal_id"),
        call_type: text("call_type"),
        values: values.collect(),
        words_per_minute: number("words_per_minute"),
        longest_listen_seconds: number("longest_listen_seconds"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(end: &str, meeting: Option<&str>, analysis: Value) -> CoachingEntry {
        let analysis = analysis.as_object().cloned().unwrap_or_default();
        let (period_end, meeting_id) = (end.to_owned(), meeting.map(str::to_owned));
        CoachingEntry { period_end, meeting_id, analysis, ..CoachingEntry::default() }
    }

    #[test]
    fn a_call_that_was_kept_twice_is_one() {
        let week = json!({"per_call": [
            {"meeting_id": "m1", "started_at": "2026-11-18T15:00:00.000Z", "deal_id": "d1", "questions": 9, "rep_share": null},
            {"meeting_id": "m2", "started_at": "no time"},
        ], "before": [{"meeting_id": "m0", "started_at": "2026-10-18T15:00:00.000Z", "early_discovery": 1.0}]});
        let own = json!({"questions": 8, "rep_share": 0.5, "words_per_minute": 140.0, "call_type": "demo"});
        let found = calls(&[entry("2026-11-22", None, week), entry("2026-11-18", Some("m1"), own)]);
        assert_eq!(found.iter().map(|call| call.meeting_id.as_str()).collect::<Vec<_>>(), ["m1", "m0"]);
        assert_eq!(found[0].values, BTreeMap::from([(Behaviour::Questions, 9.0), (Behaviour::RepShare, 0.5)]));
        assert_eq!((found[0].deal_id.as_deref(), found[0].call_type.as_deref()), (Some("d1"), Some("demo")));
        assert_eq!(found[0].words_per_minute, Some(140.0));
        assert_eq!(found[1].values, BTreeMap::from([(Behaviour::EarlyDiscovery, 1.0)]));
    }
}
