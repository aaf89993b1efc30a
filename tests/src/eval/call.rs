//! A sales call as the skills are given it: who was there, on which side, what was said.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Our own domain in every set.
const OURS: &str = "ours.example";
/// The other side's.
const THEIRS: &str = "theirs.example";

/// A call with its people.
pub(super) struct Call<'a> {
    /// Begin.
    pub(super) at: Timestamp,
    /// IANA zone of the rep.
    pub(super) zone: &'a str,
    /// Our side, by full name.
    pub(super) rep: &'a [String],
    /// The other side.
    pub(super) prospect: &'a [String],
    /// Speaker and words.
    pub(super) turns: &'a [(String, String)],
}

fn address(name: &str, domain: &str) -> String {
    let local: Vec<String> = name
        .split_whitespace()
        .map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    format!("{}@{domain}", local.join("."))
}

impl Call<'_> {
    /// The input of a skill that reads a meeting.
    pub(super) fn input() -> Value {
        json!({"transcript_id": "t1", "meeting_id": "m1", "contact_id": "c1"})
    }

    /// What the sources answer.
    pub(super) fn context(&self) -> Value {
        let at = self.at.to_string();
        let person = |name: &String, side: &str| {
            let domain = if side == "rep" { OURS } else { THEIRS };
            json!({"name": name, "email": address(name, domain), "side": side})
        };
        let attendees: Vec<Value> = self
            .rep
            .iter()
            .map(|name| person(name, "rep"))
            .chain(self.prospect.iter().map(|name| person(name, "prospect")))
            .collect();
        let user = self.rep.first().map_or("Ada Reed", String::as_str);
        let body: String = self.turns.iter().map(|(speaker, words)| format!("{speaker}: {words}\n")).collect();
        json!({
            "now": self.at.as_millisecond(),
            "zone": self.zone,
            "user": "u1",
            "sources": {
                "org": {"id": "ours", "name": "Ours", "domains": [OURS]},
                "user": {"id": "u1", "name": user, "email": address(user, OURS), "zone": self.zone},
                "meetings": [{
                    "id": "m1", "title": "Call", "started_at": at, "duration_min": 30, "attendees": attendees,
                    "contact_ids": ["c1"], "transcript_id": "t1",
                }],
                "transcript": {"id": "t1", "meeting_id": "m1", "format": "text", "body": body, "at": at},
            },
        })
    }
}

/// The day of a deadline, `YYYY-MM-DD`, where the call was; of an instant too.
pub(super) fn local_day(deadline: &str, zone: &str) -> Option<String> {
    if deadline.parse::<jiff::civil::Date>().is_ok() && deadline.len() == "2026-11-20".len() {
        return Some(deadline.to_owned());
    }
    let zone = TimeZone::get(zone).ok()?;
    Some(deadline.parse::<Timestamp>().ok()?.to_zoned(zone).date().to_string())
}

/// The elements of a list of an output; none where it is absent.
pub(super) fn list<'a>(output: &'a Value, name: &str) -> &'a [Value] {
    output.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text of an output; empty where it is absent.
pub(super) fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_a_day_of_its_zone() {
        let day = |deadline, zone| local_day(deadline, zone);
        assert_eq!(day("2026-11-20", "Asia/Tokyo").as_deref(), Some("2026-11-20"));
        assert_eq!(day("2026-11-20T23:00:00Z", "Asia/Tokyo").as_deref(), Some("2026-11-21"));
        assert_eq!(day("2026-11-18T17:00:00-05:00", "America/New_York").as_deref(), Some("2026-11-18"));
        assert_eq!(day("soon", "Asia/Tokyo"), None);
    }
}
