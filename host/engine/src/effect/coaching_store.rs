//! `coaching.store`: what was found about the user's own calls, kept for them to look
//! back on.

use serde_json::{Value, json};

use super::moment;
use super::schema::{id, object};
use super::{EffectError, EffectKind, FieldView, line, optional, string};
use crate::canonical;
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

/// Bytes of one analysis: a week of calls, each with its remarks and quotes.
const MAX_ANALYSIS_BYTES: usize = 128 * 1024;

const FIELDS: &[FieldView] = &[
    line("period_start", "From"),
    line("period_end", "To"),
    line("meeting_id", "Meeting"),
    line("analysis", "Analysis"),
];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["period_start", "period_end", "analysis"],
        json!({
            "period_start": moment::day_or_instant(),
            "period_end": moment::day_or_instant(),
            "meeting_id": id(),
            "analysis": {"type": "object", "minProperties": 1},
        }),
    );
    EffectKind::new("coaching.store", "Keep a coaching analysis", schema, FIELDS).checked_by(check).written_by(write)
}

fn check(payload: &Value) -> Result<(), (String, String)> {
    let day = |field: &str| {
        let text = payload.get(field).and_then(Value::as_str).unwrap_or_default();
        moment::read_day(text).ok_or_else(|| (format!("/{field}"), "there is no such day".to_owned()))
    };
    if day("period_end")? < day("period_start")? {
        return Err(("/period_end".to_owned(), "the period ends before it begins".to_owned()));
    }
    let bytes = payload.get("analysis").map_or(0, |analysis| canonical::text(analysis).len());
    if bytes > MAX_ANALYSIS_BYTES {
        return Err(("/analysis".to_owned(), format!("it has {bytes} bytes, more than {MAX_ANALYSIS_BYTES}")));
    }
    Ok(())
}

fn write(row: &OutboxRow, now: Timestamp) -> Result<CrmWrite, EffectError> {
    let analysis = row
        .payload
        .get("analysis")
        .filter(|analysis| analysis.is_object())
        .ok_or_else(|| EffectError::new(&row.kind, "/analysis", "the field is missing or not an object"))?;
    Ok(CrmWrite::Coaching {
        org: row.org.clone(),
        id: row.key.to_string(),
        user: row.user.clone(),
        period_start: string(row, "period_start")?,
        period_end: string(row, "period_end")?,
        meeting: optional(row, "meeting_id"),
        analysis: analysis.clone(),
        at: now,
    })
}
