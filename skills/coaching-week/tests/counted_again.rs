//! The numbers of a week, counted a second time: one call after another from what was
//! measured of it, with the targets as `SKILL.md` and the documents say them, and the
//! scatter from every pair of calls instead of from their mean.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use skillhost_sdk::harness::Case;

/// Each behaviour: its name, what is aimed for, what change is none, and from where to
/// where it is well.
const BEHAVIOURS: [(&str, Aim, f64, (f64, f64)); 8] = [
    ("rep_share", Aim::Near(0.40), 0.05, (0.30, 0.60)),
    ("discovery_questions", Aim::More, 1.0, (6.0, f64::MAX)),
    ("questions", Aim::Near(12.5), 2.0, (11.0, 14.0)),
    ("open_part", Aim::More, 0.15, (0.5, f64::MAX)),
    ("monologues", Aim::Less, 0.5, (0.0, 0.0)),
    ("unanswered", Aim::Less, 0.5, (0.0, 0.0)),
    ("objection_level", Aim::More, 0.5, (3.0, f64::MAX)),
    ("early_discovery", Aim::More, 0.15, (1.0, f64::MAX)),
];

#[derive(Clone, Copy)]
enum Aim {
    More,
    Less,
    Near(f64),
}

/// What a call says of a behaviour.
fn value(name: &str, call: &Value) -> Option<f64> {
    let asked = &call["questions"];
    let length = |list: &Value| Some(list.as_array()?.len() as f64);
    match name {
        "rep_share" => call["talk"]["rep_share"].as_f64().filter(|share| *share >= 0.0 && *share <= 1.0),
        "discovery_questions" => asked["discovery"].as_f64().filter(|_| call["call_type"] == "discovery"),
        "questions" => asked["asked"].as_f64(),
        "open_part" => {
            let (open, closed) = (asked["open"].as_f64()?, asked["closed"].as_f64()?);
            (open + closed > 0.0).then(|| open / (open + closed))
        }
        "monologues" => length(&call["talk"]["monologues"]),
        "unanswered" => length(&asked["unanswered"]),
        "objection_level" => {
            let levels: Vec<f64> =
                call["objections"].as_array()?.iter().map(|doubt| doubt["level"].as_f64().unwrap()).collect();
            (!levels.is_empty()).then(|| levels.iter().sum::<f64>() / levels.len() as f64)
        }
        _ => {
            let list = asked["list"].as_array()?;
            if list.iter().any(|one| one["time"].is_null()) {
                return None;
            }
            let early = |one: &&Value| {
                let (minutes, _) = one["time"].as_str().unwrap().split_once(':').unwrap();
                let learns = one["form"] == "open" || one["form"] == "closed" && !one["spin"].is_null();
                learns && minutes.parse::<u32>().unwrap() < 5
            };
            Some(if list.iter().any(|one| early(&one)) { 1.0 } else { 0.0 })
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().map(|value| value / values.len() as f64).sum()
}

/// Variance of the mean, from all pairs.
fn scatter(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let pairs: f64 = values.iter().flat_map(|a| values.iter().map(move |b| (a - b) * (a - b))).sum();
    pairs / (2.0 * n * (n - 1.0)) / n
}

/// `None` where the change is at the very edge, which rounding decides.
fn trend(aim: Aim, noise: f64, now: &[f64], before: &[f64]) -> Option<&'static str> {
    if now.len() < 2 || before.len() < 2 {
        return Some("unknown");
    }
    let (value, usual) = (mean(now), mean(before));
    let moved = (value - usual).abs();
    let error = (scatter(now) + scatter(before)).sqrt();
    let is_edge = |a: f64, b: f64| (a - b).abs() < 1e-9;
    if is_edge(moved, noise) || is_edge(moved, error) {
        return None;
    }
    if moved < noise || moved < error {
        return Some("same");
    }
    let gain = match aim {
        Aim::More => value - usual,
        Aim::Less => usual - value,
        Aim::Near(target) => {
            let gain = (usual - target).abs() - (value - target).abs();
            if is_edge(gain.abs(), noise) {
                return None;
            }
            if gain.abs() < noise { 0.0 } else { gain }
        }
    };
    Some(match gain {
        gain if gain > 0.0 => "better",
        gain if gain < 0.0 => "worse",
        _ => "same",
    })
}

/// A call as `coaching-analysis` says it, as far as a week reads it.
fn call() -> impl Strategy<Value = Value> {
    let asked = (prop::option::weighted(0.9, 0..900u32), 0..3usize, any::<bool>()).prop_map(|(at, form, spin)| {
        let time = at.map(|at| format!("{}:{:02}", at / 60, at % 60));
        let form = ["open", "closed", "leading"][form];
        json!({"time": time, "form": form, "spin": spin.then_some("problem")})
    });
    (
        prop::option::weighted(0.8, 0..1100u32),
        prop::collection::vec(asked, 0..5),
        (0..20usize, 0..9usize, 0..9usize, 0..12usize),
        (0..4usize, 0..4usize),
        prop::collection::vec(1..6u8, 0..3),
        prop::sample::select(vec![json!("discovery"), json!("demo"), Value::Null]),
    )
        .prop_map(
            |(share, list, (asked, open, closed, discovery), (monologues, unanswered), levels, call_type)| {
                let stretch = json!({"time": null, "seconds": 90.0, "quote": "x", "turn": 1});
                let missed = json!({"speaker": "x", "quote": "x", "time": null, "turn": 1});
                json!({
                    "call_type": call_type,
                    "talk": {"measured_by": "time", "rep_share": share.map(|share| f64::from(share) / 1000.0),
                        "monologues": vec![stretch; monologues]},
                    "questions": {"asked": asked, "open": open, "closed": closed, "discovery": discovery, "list": list,
                        "unanswered": vec![missed; unanswered]},
                    "objections": levels.iter().map(|level| json!({"level": level})).collect::<Vec<_>>(),
                    "bullets": [],
                })
            },
        )
}

fn run(meetings: &[Value], analyses: &[Option<Value>]) -> Value {
    let case = Case {
        name: "drawn".to_owned(),
        folder: PathBuf::new(),
        input: json!({"week": {"period_start": "2026-11-16", "period_end": "2026-11-22", "meetings": meetings},
            "analyses": analyses}),
        context: serde_json::from_value(json!({"now": 1_795_186_800_000_i64})).unwrap(),
        expected: None,
    };
    let (outcome, violations) = coaching_week::skill().run(&case);
    assert!(violations.is_empty() && outcome.get("failure").is_none(), "{outcome}");
    outcome["output"].clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_of_any_week_are_those_that_are_counted(
        calls in prop::collection::vec((any::<bool>(), prop::option::weighted(0.85, call())), 0..12),
    ) {
        let meetings: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(at, (of_week, _))| json!({"meeting_id": format!("m{at}"), "title": "", "of_week": of_week}))
            .collect();
        let analyses: Vec<Option<Value>> = calls.iter().map(|(_, analysis)| analysis.clone()).collect();
        let told = run(&meetings, &analyses);

        let measured = |week: bool| -> Vec<&Value> {
            calls.iter().filter(|(of_week, _)| *of_week == week).filter_map(|(_, call)| call.as_ref()).collect()
        };
        let missed = calls.iter().filter(|(of_week, call)| *of_week && call.is_none()).count();
        let counts = (&told["calls"], &told["not_measured"], &told["earlier_calls"]);
        prop_assert_eq!(counts, (&json!(measured(true).len()), &json!(missed), &json!(measured(false).len())));

        let numbers = told["numbers"].as_array().unwrap();
        let mut left = numbers.iter();
        for (name, aim, noise, (from, to)) in BEHAVIOURS {
            let values = |week: bool| -> Vec<f64> {
                measured(week).into_iter().filter_map(|call| value(name, call)).collect()
            };
            let (now, before) = (values(true), values(false));
            if now.is_empty() {
                prop_assert!(numbers.iter().all(|number| number["behaviour"] != name), "{}", name);
                continue;
            }
            let number = left.next().unwrap();
            prop_assert_eq!(&number["behaviour"], name);
            let near = |told: &Value, right: f64| told.as_f64().is_some_and(|told| (told - right).abs() < 0.000_51);
            prop_assert!(near(&number["value"], mean(&now)), "{} {}", name, number);
            let usual = &number["usual"];
            let is_right = if before.is_empty() { usual.is_null() } else { near(usual, mean(&before)) };
            prop_assert!(is_right, "{} {}", name, number);
            prop_assert_eq!((&number["calls"], &number["earlier_calls"]), (&json!(now.len()), &json!(before.len())));
            // Well within a target's edges, or well without.
            let value = mean(&now);
            if (value - from).abs() > 1e-9 && (value - to).abs() > 1e-9 {
                let verdict = if value < from { "low" } else if value > to { "high" } else { "ok" };
                prop_assert_eq!(&number["verdict"], verdict, "{} {}", name, number);
            }
            if let Some(trend) = trend(aim, noise, &now, &before) {
                prop_assert_eq!(&number["trend"], trend, "{} {:?} {:?}", name, now, before);
            }
        }
        prop_assert!(left.next().is_none());
        for (row, call) in told["per_call"].as_array().unwrap().iter().zip(measured(true)) {
            prop_assert_eq!(&row["questions"], &call["questions"]["asked"]);
            prop_assert_eq!(&row["rep_share"], &call["talk"]["rep_share"]);
            prop_assert_eq!(row["unanswered"].as_u64(), Some(call["questions"]["unanswered"].as_array().unwrap().len() as u64));
        }
    }
}
