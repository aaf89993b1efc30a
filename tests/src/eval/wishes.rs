//! Labelled wishes for a meeting: `skills/parse-scheduling-request/examples/requests.json`.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::{list, word};
use super::measure::{Measure, Share};
use super::report::{Part, SetReport};
use super::shipped::Shipped;

const REP_ZONE: &str = "America/New_York";
/// Wednesday, ten o'clock in New York.
const NOW: &str = "2026-11-18T15:00:00Z";
/// Length of what the rep offered before; no label rests on it.
const OFFERED_MIN: i64 = 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    id: String,
    set: String,
    text: String,
    #[serde(default)]
    now: Option<String>,
    #[serde(default)]
    contact_zone: Option<String>,
    #[serde(default)]
    offered: Vec<String>,
    #[serde(default, rename = "channel")]
    _channel: Option<String>,
    expect: Map<String, Value>,
}

impl Labelled {
    /// The mail in which the rep offered times, as such mails are written.
    fn offer(&self) -> anyhow::Result<String> {
        let zone = TimeZone::get(self.contact_zone.as_deref().unwrap_or(REP_ZONE))?;
        let mut body = "Any of these would suit me:\n\n".to_owned();
        for (at, starts) in self.offered.iter().enumerate() {
            let from = starts.parse::<Timestamp>()?.to_zoned(zone.clone());
            let until = from.checked_add(jiff::Span::new().minutes(OFFERED_MIN))?;
            let day = from.strftime("%A %-d %B, %H:%M");
            body.push_str(&format!("{}. {day}–{}\n", at + 1, until.strftime("%H:%M")));
        }
        Ok(body + "\nWhich one do you prefer?\n")
    }

    /// Input and context of the call.
    fn asked(&self) -> anyhow::Result<(Value, Value)> {
        let at: Timestamp = self.now.as_deref().unwrap_or(NOW).parse()?;
        let mut input = Map::new();
        let mut sources = json!({
            "user": {"id": "u-ada", "name": "Ada Reed", "email": "ada@ours.example", "zone": REP_ZONE},
        });
        if let Some(zone) = &self.contact_zone {
            input.insert("contact_id".to_owned(), json!("c1"));
            sources["contact"] =
                json!({"id": "c1", "name": "Cleo Writer", "email": "cleo@theirs.example", "zone": zone});
        }
        if self.offered.is_empty() {
            input.insert("text".to_owned(), json!(self.text));
        } else {
            let before = at.checked_sub(jiff::Span::new().hours(1))?;
            let mail = |id: &str, direction: &str, body: &str, at: Timestamp| {
                json!({"id": id, "direction": direction, "from": "somebody@theirs.example", "subject": "Call",
                       "body": body, "at": at.to_string()})
            };
            sources["thread"] = json!({"id": "t1", "messages": [
                mail("e1", "out", &self.offer()?, before), mail("e2", "in", &self.text, at),
            ]});
            input.insert("thread_id".to_owned(), json!("t1"));
            input.insert("email_id".to_owned(), json!("e2"));
        }
        let context = json!({
            "now": at.as_millisecond(), "zone": REP_ZONE, "event_type": "calendar_find_times", "sources": sources,
        });
        Ok((Value::Object(input), context))
    }
}

/// `2026-11-24 14:00-`, `friday`, `-12:00`, `2026-11-23..2026-11-27`.
fn stretch(one: &Value) -> String {
    let days = match (word(one, "day"), word(one, "last_day"), word(one, "weekday")) {
        ("", _, weekday) => weekday.to_owned(),
        (day, "", _) => day.to_owned(),
        (day, last, _) => format!("{day}..{last}"),
    };
    let hours = match (word(one, "from"), word(one, "until")) {
        ("", "") => String::new(),
        (from, until) => format!("{from}-{until}"),
    };
    [days, hours].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What was read, in the words of the labels; what was not read is absent.
fn shown(request: &Value) -> Map<String, Value> {
    let named = |one: &Value| match (word(one, "name"), word(one, "email")) {
        (name, "") => name.to_owned(),
        ("", email) => email.to_owned(),
        (name, email) => format!("{name} <{email}>"),
    };
    let window = request.get("window").filter(|window| !window.is_null());
    let fields = [
        ("kind", request["kind"].clone()),
        ("duration_min", request["duration_min"].clone()),
        ("window", window.map_or(Value::Null, |window| json!([window["from"], window["until"]]))),
        ("preferred", list(request, "preferred").iter().map(stretch).collect()),
        ("excluded", list(request, "excluded").iter().map(stretch).collect()),
        ("proposed", list(request, "proposed").iter().map(|at| at["starts"].clone()).collect()),
        ("about", request["about"].clone()),
        ("attendees", list(request, "attendees").iter().map(named).collect()),
        ("mode", request["mode"].clone()),
        ("urgency", request["urgency"].clone()),
        ("zone", request["zone"].clone()),
    ];
    let absent = |value: &Value| value.is_null() || *value == json!([]) || *value == json!("normal");
    fields.into_iter().filter(|(_, value)| !absent(value)).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The fields that differ.
fn wrong(expect: &Map<String, Value>, shown: &Map<String, Value>) -> Vec<(String, String)> {
    let mut names: Vec<&String> = expect.keys().chain(shown.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        // Without a label the zone is the writer's.
        .filter(|name| expect.contains_key(*name) || *name != "zone")
        .filter(|name| expect.get(*name) != shown.get(*name))
        .map(|name| {
            let of = |map: &Map<String, Value>| map.get(name).map_or_else(|| "-".to_owned(), Value::to_string);
            (name.clone(), format!("labelled {}, read {}", of(expect), of(shown)))
        })
        .collect()
}

/// Scores each part of the file by itself.
///
/// # Errors
/// The file is not there or not of this form, or a call fails.
pub(super) async fn measure(shipped: &Shipped, path: &Path) -> anyhow::Result<Vec<SetReport>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let all: Vec<Labelled> = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let mut sets = Vec::new();
    for (name, part) in [("dev", Part::Tuning), ("held", Part::Held)] {
        let mut set = SetReport::new(&format!("requests for a meeting {name}"), part);
        let (mut whole, mut kinds) = (Share::default(), Share::default());
        for one in all.iter().filter(|one| one.set == name) {
            let (input, context) = one.asked()?;
            let request = shipped.output("parse-scheduling-request", &one.id, input, context).await?;
            let wrong = wrong(&one.expect, &shown(&request));
            whole.add(wrong.is_empty());
            kinds.add(!wrong.iter().any(|(field, _)| field == "kind"));
            for (field, why) in wrong {
                set.mistake(&field, format!("{} {why} in {:?}", one.id, one.text));
            }
        }
        set.count("mails and messages", whole.all);
        set.measures = vec![Measure::share("right in every field", whole, None), Measure::share("kind", kinds, None)];
        sets.push(set);
    }
    Ok(sets)
}
