//! The demo organisation and its call, written for the project and moved in
//! time so that the call has just ended.

use serde_json::{Value, json};
use skillhost_engine::time::Timestamp;

/// The document of `skillhost data load --demo`.
pub const ORGANISATION: &str = include_str!("../demo/organisation.json");
/// The call: one turn a line, `MM:SS Name: words`.
const CALL: &str = include_str!("../demo/meeting.txt");
/// The bot that was in the call.
pub const BOT: &str = "bot-castlereed-2";
/// Who answers in the demo.
pub const REP: &str = "u-priya";
/// Their org.
pub const ORG: &str = "quillmere";
/// The call's meeting.
const MEETING: &str = "m-castlereed-2";
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3600 * 1000;
/// The last turn has no next one to end it.
const LAST_TURN_SECONDS: f64 = 5.0;

/// The organisation, moved by whole days so that the call ended at most a day
/// before `now`. `bot_secret_digest` is put on the bot's connection.
pub fn organisation(now: Timestamp, bot_secret_digest: Option<&str>) -> Value {
    let mut document: Value = serde_json::from_str(ORGANISATION).unwrap_or_default();
    let ended = document
        .pointer("/meetings")
        .and_then(Value::as_array)
        .and_then(|meetings| meetings.iter().find(|meeting| meeting.get("id").and_then(Value::as_str) == Some(MEETING)))
        .and_then(|meeting| meeting.get("started_at")?.as_str()?.parse::<jiff::Timestamp>().ok())
        .map_or(now.0, |start| start.as_millisecond() + 30 * 60 * 1000);
    move_days(&mut document, (now.0 - ended).div_euclid(DAY_MS));
    if let Some(digest) = bot_secret_digest {
        let connections = document.get_mut("connections").and_then(Value::as_array_mut);
        for connection in connections.into_iter().flatten() {
            if connection.get("external_id").and_then(Value::as_str) == Some(BOT) {
                connection["detail"]["secret_digest"] = json!(digest);
            }
        }
    }
    document
}

fn move_days(value: &mut Value, days: i64) {
    match value {
        Value::String(text) => {
            if let Some(moved) = moved(text, days) {
                *text = moved;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_days(item, days)),
        Value::Object(fields) => fields.values_mut().for_each(|field| move_days(field, days)),
        _ => {}
    }
}

/// The text moved, if it is a day or an instant in UTC.
fn moved(text: &str, days: i64) -> Option<String> {
    let span = jiff::Span::new().try_days(days).ok()?;
    if text.len() == 10 {
        let day: jiff::civil::Date = text.parse().ok()?;
        return Some(day.checked_add(span).ok()?.to_string());
    }
    if text.len() < 20 || !text.ends_with('Z') {
        return None;
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    let moved = instant.to_zoned(jiff::tz::TimeZone::UTC).checked_add(span).ok()?;
    Some(Timestamp(moved.timestamp().as_millisecond()).rfc3339())
}

/// The call as a transcript of kind `text`.
pub fn call_text() -> &'static str {
    CALL
}

/// The call as MeetingBaaS delivers it: words with times, shared out over the
/// time until the next turn.
pub fn delivery() -> Value {
    let turns: Vec<(f64, &str, &str)> = CALL.lines().filter_map(turn).collect();
    let mut speakers: Vec<&str> = Vec::new();
    let mut transcript = Vec::with_capacity(turns.len());
    for (index, (start, speaker, text)) in turns.iter().enumerate() {
        if !speakers.contains(speaker) {
            speakers.push(speaker);
        }
        let end = turns.get(index + 1).map_or(start + LAST_TURN_SECONDS, |next| next.0);
        let words: Vec<&str> = text.split_whitespace().collect();
        let each = (end - start) / f64::from(u32::try_from(words.len().max(1)).unwrap_or(1));
        let words: Vec<Value> = words
            .iter()
            .zip(0_u32..)
            .map(|(word, place)| {
                let from = start + each * f64::from(place);
                json!({ "start": from, "end": from + each * 0.9, "word": word })
            })
            .collect();
        transcript.push(json!({ "speaker": speaker, "words": words }));
    }
    json!({ "event": "complete", "data": { "bot_id": BOT, "speakers": speakers, "transcript": transcript } })
}

fn turn(line: &str) -> Option<(f64, &str, &str)> {
    let (clock, rest) = line.split_once(' ')?;
    let (minutes, seconds) = clock.split_once(':')?;
    let (speaker, text) = rest.split_once(": ")?;
    let minutes: u32 = minutes.parse().ok()?;
    let seconds: u32 = seconds.parse().ok()?;
    Some((f64::from(minutes * 60 + seconds), speaker, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_ended_within_the_day_before_now() {
        let now = Timestamp(1_900_000_000_000);
        let document = organisation(now, Some("sha256:00"));
        let meeting = document["meetings"].as_array().and_then(|all| all.iter().find(|m| m["id"] == MEETING));
        let start = meeting.and_then(|m| m["started_at"].as_str()).map(|at| at.parse::<jiff::Timestamp>());
        let ended = start.and_then(Result::ok).map(|at| at.as_millisecond() + 30 * 60 * 1000);
        assert!(ended.is_some_and(|ended| ended <= now.0 && now.0 - ended < DAY_MS), "{ended:?}");
        assert_eq!(document["connections"][0]["detail"]["secret_digest"], "sha256:00");
    }

    #[test]
    fn every_line_of_the_call_is_delivered() {
        let delivery = delivery();
        let turns = delivery["data"]["transcript"].as_array().map(Vec::len);
        assert_eq!(turns, Some(CALL.lines().count()));
        assert!(delivery["data"]["speakers"].as_array().is_some_and(|all| (2..=4).contains(&all.len())));
    }
}
