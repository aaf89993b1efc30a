//! The labelled requests of `examples/requests.json`: what is read of each is held
//! against what was meant, field by field.
//!
//! The set `dev` was used while the rules were written; `held` was written with it,
//! before any rule, and no rule was changed for what it shows.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;

use free_time::record::{Request, Stretch, Window};
use parse_scheduling_request::{Writer, newest, read};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_language::Anchor;
use skillhost_sdk::sources::instant_ms;

const REP_ZONE: &str = "America/New_York";
/// Wednesday, ten o'clock in New York.
const NOW: &str = "2026-11-18T15:00:00Z";

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
    /// `mail` or `chat`; the rules make no difference.
    #[serde(default, rename = "channel")]
    _channel: Option<String>,
    expect: Map<String, Value>,
}

fn all() -> Vec<Labelled> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/requests.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn parsed(one: &Labelled) -> Request {
    let now = instant_ms(one.now.as_deref().unwrap_or(NOW)).unwrap();
    let zone = one.contact_zone.as_deref().unwrap_or(REP_ZONE);
    let writer = Writer {
        anchor: Anchor::new(now, zone).unwrap(),
        by_rep: false,
        rep_zone: REP_ZONE.to_owned(),
        their_zone: one.contact_zone.clone().map(|zone| (zone, "contact")),
        offered: one.offered.iter().map(|at| instant_ms(at).unwrap()).collect(),
        known: Vec::new(),
    };
    read(&one.text[newest(&one.text)], &writer)
}

/// `2026-11-24 14:00-`, `friday`, `-12:00`, `2026-11-23..2026-11-27`.
fn stretch(one: &Stretch) -> String {
    let days = match (&one.day, &one.last_day, &one.weekday) {
        (Some(day), Some(last), _) => format!("{day}..{last}"),
        (Some(day), None, _) => day.clone(),
        (None, _, Some(weekday)) => weekday.clone(),
        (None, _, None) => String::new(),
    };
    let hours = match (&one.from, &one.until) {
        (None, None) => String::new(),
        (from, until) => format!("{}-{}", from.clone().unwrap_or_default(), until.clone().unwrap_or_default()),
    };
    [days, hours].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What was read, in the words of the labels; what was not read is absent.
fn shown(request: &Request) -> Map<String, Value> {
    let window = |window: &Window| json!([window.from, window.until]);
    let people = request.attendees.iter().map(|person| match (&person.name, &person.email) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        (name, email) => name.clone().or_else(|| email.clone()).unwrap_or_default(),
    });
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() && value != json!([]) {
            out.insert(name.to_owned(), value);
        }
    };
    put("kind", json!(request.kind));
    put("duration_min", json!(request.duration_min));
    put("window", request.window.as_ref().map_or(Value::Null, window));
    put("preferred", request.preferred.iter().map(stretch).collect());
    put("excluded", request.excluded.iter().map(stretch).collect());
    put("proposed", request.proposed.iter().map(|at| at.starts.clone()).collect());
    put("about", json!(request.about));
    put("attendees", people.collect());
    put("mode", json!(request.mode));
    let urgency = json!(request.urgency);
    put("urgency", if urgency == "normal" { Value::Null } else { urgency });
    put("zone", json!(request.zone));
    out
}

/// The fields that differ.
fn wrong(one: &Labelled, request: &Request) -> Vec<String> {
    let shown = shown(request);
    let mut names: Vec<&String> = one.expect.keys().chain(shown.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        // Without a label the zone is the writer's.
        .filter(|name| one.expect.contains_key(*name) || *name != "zone")
        .filter(|name| one.expect.get(*name) != shown.get(*name))
        .map(|name| {
            let of = |map: &Map<String, Value>| map.get(name).map_or_else(|| "-".to_owned(), Value::to_string);
            format!("{name}: expected {}, read {}", of(&one.expect), of(&shown))
        })
        .collect()
}

#[derive(Default)]
struct Score {
    requests: usize,
    right: usize,
    kinds: usize,
    fields: usize,
    fields_right: usize,
}

/// Parts of each set that were right when the rules were written: a change that
/// makes fewer of them right is for the worse.
const FLOORS: [(&str, usize, usize); 2] = [("dev", 64, 64), ("held", 24, 30)];

#[test]
fn requests_are_read_as_they_were_meant() {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for one in all() {
        let request = parsed(&one);
        let wrong = wrong(&one, &request);
        let score = scores.entry(one.set.clone()).or_default();
        score.requests += 1;
        score.right += usize::from(wrong.is_empty());
        score.kinds += usize::from(json!(request.kind) == one.expect["kind"]);
        score.fields += one.expect.len();
        score.fields_right += one.expect.len().saturating_sub(wrong.len());
        if !wrong.is_empty() {
            println!("{} ({}): {:?}\n    {}", one.id, one.set, one.text, wrong.join("\n    "));
        }
    }
    for (set, score) in &scores {
        println!(
            "{set}: {}/{} requests right in every field, {}/{} kinds, {}/{} fields",
            score.right, score.requests, score.kinds, score.requests, score.fields_right, score.fields
        );
    }
    for (set, right, kinds) in FLOORS {
        let score = &scores[set];
        assert!(score.right >= right, "{set}: {} right, {right} before", score.right);
        assert!(score.kinds >= kinds, "{set}: {} kinds right, {kinds} before", score.kinds);
    }
}

#[test]
fn every_quote_is_in_its_text() {
    for one in all() {
        for quote in parsed(&one).evidence {
            assert!(one.text.contains(&quote.quote), "{}: {:?}", one.id, quote);
        }
    }
}
