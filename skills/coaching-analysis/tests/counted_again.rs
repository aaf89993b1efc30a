//! The numbers of a call, counted a second time.
//!
//! The oracle reads the transcript's own lines and counts with labels that a person put
//! on each sentence, where the skill reads turns and understands words. It is slow and
//! says what each number means; wherever the two differ, one of them is wrong. To hold
//! one more kind of sentence against it: a row of [`BOOK`].
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};
use skillhost_sdk::harness::Case;

#[path = "counted_again/said.rs"]
mod said;

use said::*;

/// Who spoke in turn: what one person says goes on over pauses of up to half a minute.
fn turns(lines: &[Line], ours: &BTreeSet<String>) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::new();
    for line in lines {
        let words = line.words.split(' ').filter(|word| word.chars().any(char::is_alphanumeric)).count() as i64;
        if let Some(last) = out.last_mut()
            && last.who == line.who
            && last.ms.zip(line.ms).is_none_or(|(last, line)| line.0 - last.1 <= 30_000)
        {
            last.words += words;
            last.sentences.extend(labelled(&line.words));
            last.ms = last.ms.zip(line.ms).map(|(last, line)| (last.0, line.1));
            continue;
        }
        let (who, ours, sentences) = (line.who.clone(), ours.contains(&line.who), labelled(&line.words));
        out.push(Said { who, ours, ms: line.ms, words, sentences });
    }
    out
}

/// Whether the question that ends the turn at this place was left open.
fn left_open(turns: &[Said], at: usize, question: Label) -> bool {
    let about = question.about.unwrap();
    let mut replies: Vec<&Said> = Vec::new();
    for turn in &turns[at + 1..] {
        if turn.ours {
            replies.push(turn);
        } else if !turn.is_murmur() {
            break;
        }
        if replies.len() == 2 {
            break;
        }
    }
    let heard: Vec<Label> = replies.iter().flat_map(|turn| turn.sentences.iter().copied()).collect();
    let Some(first) = heard.first() else { return false };
    let is_question = |label: &Label| label.text.ends_with('?');
    let told: usize = heard.iter().filter(|label| !is_question(label)).map(|label| label.text.split(' ').count()).sum();
    let touches = heard.iter().any(|label| label.on.contains(&about));
    let mut later = turns[at + 1..].iter().skip(1).filter(|turn| turn.ours && turn.words >= 6);
    later.next();
    let taken_up = later.any(|turn| turn.sentences.iter().any(|label| label.on.contains(&about)));
    let put_off = heard.iter().any(|label| label.puts_off) && !taken_up;
    if question.amount {
        return put_off || !(touches || first.plain || heard.iter().any(|label| label.amount));
    }
    let short = told < 6;
    put_off || short && !first.plain && !touches || !short && is_question(first) && !touches
}

/// How the doubt of the turn at this place was met: 1 not at all, 2 waved away or heard
/// and left, 3 answered, 4 asked about first, 5 asked about, answered and seen to help.
fn met(turns: &[Said], at: usize) -> u8 {
    let replies: Vec<&Said> = turns[at + 1..].iter().filter(|turn| turn.ours).take(3).collect();
    let Some(first) = replies.first() else { return 1 };
    let told = |turn: &Said| -> usize {
        let told = turn.sentences.iter().filter(|label| label.asks.is_none() && !label.text.ends_with('?'));
        told.map(|label| label.text.split(' ').count()).sum()
    };
    let at_length = told(first) >= 12;
    let in_the_end = replies.iter().map(|turn| told(turn)).sum::<usize>() >= 12;
    let all = || replies.iter().flat_map(|turn| &turn.sentences);
    let explored = first.sentences.iter().any(|label| label.asks.is_some() && !label.checks);
    let begins = |which: fn(&Label) -> bool| first.sentences.iter().take(2).any(which);
    let (takes, waves) = (begins(|label| label.takes), begins(|label| label.waves));
    let shows = all().any(|label| label.shows);
    if explored {
        return if in_the_end && all().any(|label| label.checks) { 5 } else { 4 };
    }
    match (waves && !takes, at_length) {
        (true, _) => 2,
        (false, true) if shows || takes => 3,
        (false, true) => 2,
        (false, false) => 1 + u8::from(takes),
    }
}

/// What the numbers should be, in the form of the skill's output.
fn oracle(turns: &[Said]) -> Value {
    let timed = turns.iter().all(|turn| turn.ms.is_some());
    let amount = |turn: &Said| if timed { turn.lasts() } else { turn.words };
    let sum = |which: &dyn Fn(&Said) -> bool, what: &dyn Fn(&Said) -> i64| -> i64 {
        turns.iter().filter(|turn| which(turn)).map(what).sum()
    };
    let all = sum(&|_| true, &amount);
    let mut names: Vec<&str> = Vec::new();
    for turn in turns {
        if !names.contains(&turn.who.as_str()) {
            names.push(&turn.who);
        }
    }
    let speakers: Vec<Value> = names
        .iter()
        .map(|name| {
            let own = |turn: &Said| turn.who == *name;
            let seconds = timed.then(|| sum(&own, &Said::lasts) as f64 / 1000.0);
            json!({"name": name, "share": sum(&own, &amount) as f64 / all as f64, "seconds": seconds,
                "words": sum(&own, &|turn| turn.words)})
        })
        .collect();
    let ours = |turn: &Said| turn.ours;
    let both = turns.iter().any(ours) && !turns.iter().all(ours);
    let (our_ms, our_words) = (sum(&ours, &Said::lasts), sum(&ours, &|turn| turn.words));
    let pace = (timed && our_ms >= 30_000).then(|| our_words as f64 * 60_000.0 / our_ms as f64);

    // Every stretch from every turn of ours, as long as only murmurs come between.
    let mut monologues: Vec<Value> = Vec::new();
    let mut over = 0;
    for (at, first) in turns.iter().enumerate().filter(|(_, turn)| turn.ours) {
        if at < over {
            continue;
        }
        let mut last = at;
        for to in at + 1..turns.len() {
            let between = turns[at..to].iter().filter(|turn| turn.who != first.who);
            let murmurs =
                |turn: &Said| turn.is_murmur() && turn.sentences.iter().all(|label| !label.text.contains('?'));
            if turns[to].who == first.who && between.clone().all(murmurs) {
                last = to;
            }
        }
        over = last + 1;
        let length: i64 = turns[at..=last].iter().filter(|turn| turn.who == first.who).map(Said::lasts).sum();
        if length > 76_000 {
            let time = first.ms.map(|(start, _)| format!("{}:{:02}", start / 60_000, start / 1000 % 60));
            monologues.push(json!({"speaker": first.who, "time": time, "seconds": length as f64 / 1000.0}));
        }
    }

    // Every stretch between two turns in which one of us says more than a murmur.
    let mut listen = 0;
    for from in 0..turns.len() {
        for to in from..turns.len() {
            if turns[from..=to].iter().all(|turn| !turn.ours || turn.is_murmur()) {
                listen = listen.max(turns[from..=to].iter().filter(|turn| !turn.ours).map(Said::lasts).sum());
            }
        }
    }

    let asked: Vec<Label> = turns
        .iter()
        .filter(|turn| turn.ours)
        .flat_map(|turn| turn.sentences.iter().copied())
        // Ours to ask, though the book has them as theirs.
        .map(|label| if label.about.is_some() { Label { asks: Some("closed"), ..label } } else { label })
        .filter(|label| label.asks.is_some())
        .collect();
    let form = |form: &str| asked.iter().filter(|label| label.asks == Some(form)).count();
    let mut unanswered: Vec<Value> = Vec::new();
    for (at, turn) in turns.iter().enumerate().filter(|(_, turn)| !turn.ours) {
        for (nth, label) in turn.sentences.iter().enumerate() {
            let goes_on = turn.sentences[nth + 1..]
                .iter()
                .any(|later| !later.text.ends_with('?') && later.text.split(' ').count() > 4);
            if label.about.is_some() && !goes_on && left_open(turns, at, *label) {
                unanswered.push(json!({"speaker": turn.who, "quote": label.text}));
            }
        }
    }
    let spin = |stage: &str| asked.iter().filter(|label| label.spin == Some(stage)).count();
    let mut objections: Vec<Value> = Vec::new();
    for (at, turn) in turns.iter().enumerate().filter(|(_, turn)| !turn.ours) {
        // One doubt a turn: what follows it explains it.
        if let Some(doubt) = turn.sentences.iter().find(|label| label.doubts) {
            objections.push(json!({"quote": doubt.text, "level": met(turns, at)}));
        }
    }
    json!({
        "situation": spin("situation"), "problem": spin("problem"), "implication": spin("implication"),
        "need_payoff": spin("need_payoff"), "objections": objections,
        "measured_by": if timed { "time" } else { "words" },
        "speakers": speakers,
        "rep_share": both.then(|| sum(&ours, &amount) as f64 / all as f64),
        "monologues": monologues,
        "longest_listen_seconds": (timed && listen > 0).then(|| listen as f64 / 1000.0),
        "words_per_minute": pace,
        "asked": asked.len(), "open": form("open"), "closed": form("closed"), "leading": form("leading"),
        "discovery": asked.iter().filter(|label| label.learns).count(),
        "unanswered": unanswered,
    })
}

/// The same from the skill's output.
fn measured(output: &Value) -> Value {
    let (talk, questions) = (&output["talk"], &output["questions"]);
    let only = |list: &Value, names: &[&str]| -> Value {
        let pick = |one: &Value| names.iter().map(|name| ((*name).to_owned(), one[*name].clone())).collect();
        list.as_array().unwrap().iter().map(|one| Value::Object(pick(one))).collect()
    };
    json!({
        "situation": questions["situation"], "problem": questions["problem"],
        "implication": questions["implication"], "need_payoff": questions["need_payoff"],
        "objections": only(&output["objections"], &["quote", "level"]),
        "measured_by": talk["measured_by"],
        "speakers": only(&talk["speakers"], &["name", "share", "seconds", "words"]),
        "rep_share": talk["rep_share"],
        "monologues": only(&talk["monologues"], &["speaker", "time", "seconds"]),
        "longest_listen_seconds": talk["longest_listen_seconds"],
        "words_per_minute": talk["words_per_minute"],
        "asked": questions["asked"], "open": questions["open"], "closed": questions["closed"],
        "leading": questions["leading"], "discovery": questions["discovery"],
        "unanswered": only(&questions["unanswered"], &["speaker", "quote"]),
    })
}

/// How far a number may be off: what rounding takes.
fn tolerance(name: &str) -> f64 {
    match name {
        "share" | "rep_share" => 0.000_501,
        "words_per_minute" | "longest_listen_seconds" => 0.501,
        _ => 0.0,
    }
}

/// The first place at which two results differ.
fn differs(name: &str, right: &Value, told: &Value, in_list: &str) -> Option<String> {
    match (right, told) {
        (Value::Number(a), Value::Number(b)) => {
            let off = (a.as_f64()? - b.as_f64()?).abs();
            let may = match (in_list, name) {
                ("monologues", "seconds") => 0.501,
                ("speakers", "seconds") => 0.0501,
                _ => tolerance(name),
            };
            (off > may).then(|| format!("{in_list} {name}: counted {a}, the skill says {b}"))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.iter().find_map(|(key, value)| differs(key, value, b.get(key).unwrap_or(&Value::Null), in_list))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(a, b)| differs(name, a, b, name))
        }
        _ => (right != told).then(|| format!("{in_list} {name}: counted {right}, the skill says {told}")),
    }
}

fn run(case: &Case) -> Value {
    let (outcome, violations) = coaching_analysis::skill().run(case);
    assert!(violations.is_empty(), "{violations:?}");
    assert!(outcome.get("failure").is_none(), "{outcome}");
    outcome["output"].clone()
}

/// A call as a case, with people whose sides are known.
fn case(body: &str) -> Case {
    let attendees: Vec<Value> = SPEAKERS
        .iter()
        .map(|(name, side)| json!({"name": name, "email": format!("{}@x.test", name.replace(' ', ".")), "side": side}))
        .collect();
    Case {
        name: "drawn".to_owned(),
        folder: PathBuf::new(),
        input: json!({"transcript_id": "t", "attendees": attendees}),
        context: serde_json::from_value(json!({"now": 1_795_017_600_000_i64, "sources": {
            "transcript": {"by_id": {"t": {"id": "t", "meeting_id": null, "format": "text", "body": body, "at": "2026-11-18T15:30:00.000Z"}}}
        }}))
        .unwrap(),
        expected: None,
    }
}

/// A line to be drawn: who, which sentences, quarters of a second that it lasts, and those before it.
type Drawn = (usize, Vec<prop::sample::Index>, i64, i64);

fn drawn() -> impl Strategy<Value = Drawn> {
    (
        0..SPEAKERS.len(),
        prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        prop_oneof![3 => 1..80i64, 1 => 200..600i64],
        prop_oneof![8 => 0..4i64, 1 => 100..160i64],
    )
}

fn written(drawn: &[Drawn], timed: bool) -> String {
    let mut text = if timed { "WEBVTT\n".to_owned() } else { String::new() };
    let stamp =
        |ms: i64| format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    let mut at = 0;
    for (who, picks, length, gap) in drawn {
        let (name, side) = SPEAKERS[*who];
        let pool = &BOOK[if side == "rep" { OURS } else { THEIRS }];
        let words: Vec<&str> = picks.iter().map(|pick| pick.get(pool).text).collect();
        let words = words.join(" ");
        at += gap * 250;
        if timed {
            let end = at + length * 250;
            text.push_str(&format!("\n{} --> {}\n<v {name}>{words}\n", stamp(at), stamp(end)));
            at = end;
        } else {
            text.push_str(&format!("{name}: {words}\n"));
        }
    }
    text
}

fn ours(names: &[(&str, &str)]) -> BTreeSet<String> {
    names.iter().filter(|(_, side)| *side == "rep").map(|(name, _)| (*name).to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_of_any_call_are_those_that_are_counted(
        lines_drawn in prop::collection::vec(drawn(), 1..40),
        timed in any::<bool>(),
    ) {
        let body = written(&lines_drawn, timed);
        let right = oracle(&turns(&lines(&body), &ours(&SPEAKERS)));
        let told = measured(&run(&case(&body)));
        let found = differs("", &right, &told, "");
        prop_assert!(found.is_none(), "{}\n{}", found.unwrap_or_default(), body);
    }
}

/// A name and its value; what is low and what is high; which way is better (none: up, a number:
/// nearer to it), and what is chance.
type Row = (&'static str, Value, f64, f64, Option<f64>, f64);

/// The comparison, counted from the call's own numbers: each target and each trend anew.
fn compared(output: &Value, past: &[Value], discovery: bool) -> Vec<Value> {
    let (talk, questions) = (&output["talk"], &output["questions"]);
    let len = |list: &Value| json!(list.as_array().unwrap().len());
    let ratio = |a: f64, b: f64| if b > 0.0 { json!(a / b) } else { Value::Null };
    let count = |name: &str| questions[name].as_f64().unwrap();
    let levels: Vec<f64> =
        output["objections"].as_array().unwrap().iter().map(|doubt| doubt["level"].as_f64().unwrap()).collect();
    let rows: [Row; 9] = [
        ("rep_share", talk["rep_share"].clone(), 0.3, 0.6, Some(0.4), 0.05),
        ("questions", questions["asked"].clone(), 11.0, 14.0, Some(12.5), 2.0),
        ("discovery_questions", questions["discovery"].clone(), if discovery { 6.0 } else { -1.0 }, 999.0, None, 1.0),
        ("open_part", ratio(count("open"), count("open") + count("closed")), 0.5, 999.0, None, 0.15),
        ("monologues", len(&talk["monologues"]), -1.0, 0.0, Some(0.0), 0.5),
        ("unanswered", len(&questions["unanswered"]), -1.0, 0.0, Some(0.0), 0.5),
        ("objection_level", ratio(levels.iter().sum(), levels.len() as f64), 3.0, 999.0, None, 0.5),
        ("words_per_minute", talk["words_per_minute"].clone(), -1.0, 180.0, Some(0.0), 10.0),
        ("longest_listen_seconds", talk["longest_listen_seconds"].clone(), -1.0, 1e9, None, 15.0),
    ];
    let mut out = Vec::new();
    for (name, value, low, high, near, chance) in rows {
        let Some(value) = value.as_f64() else { continue };
        let verdict = if value < low {
            "low"
        } else if value > high {
            "high"
        } else {
            "ok"
        };
        let earlier: Vec<f64> = past.iter().take(10).filter_map(|one| one[name].as_f64()).collect();
        let usual = (earlier.len() > 1).then(|| earlier.iter().sum::<f64>() / earlier.len() as f64);
        // Below the pace that can be followed, slower is not better.
        let seen = |value: f64| if name == "words_per_minute" { (value - 180.0).max(0.0) } else { value };
        let away = |value: f64| near.map_or(-value, |near| (seen(value) - near).abs());
        let trend = usual.map(|usual| match away(usual) - away(value) {
            gain if gain > chance => "better",
            gain if gain < -chance => "worse",
            _ => "same",
        });
        out.push(json!({"name": name, "value": value, "verdict": verdict, "usual": usual, "trend": trend}));
    }
    out
}

/// Numbers of earlier calls, some of them missing, on steps that no chance lies between.
fn earlier() -> impl Strategy<Value = Vec<Value>> {
    let one = (prop::option::of(0..9u32), prop::option::of(0..20u32), prop::option::of(0..5u32), 0..30u32).prop_map(
        |(share, questions, few, listened)| {
            json!({"rep_share": share.map(|n| f64::from(n) * 0.11 + 0.013), "questions": questions,
                "discovery_questions": questions.map(|n| n / 2), "open_part": share.map(|n| f64::from(n) * 0.1 + 0.07),
                "monologues": few, "unanswered": few, "objection_level": few.map(|n| n + 1),
                "words_per_minute": share.map(|n| f64::from(n) * 31.0 + 0.3), "longest_listen_seconds": f64::from(listened) * 13.0 + 0.4})
        },
    );
    prop::collection::vec(one, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_number_is_held_against_its_target_and_the_earlier_calls(
        lines_drawn in prop::collection::vec(drawn(), 1..30),
        past in earlier(),
        discovery in any::<bool>(),
    ) {
        let mut case = case(&written(&lines_drawn, true));
        case.input["history"] = json!(past);
        case.input["call_type"] = json!({"kind": if discovery { "discovery" } else { "demo" }});
        let output = run(&case);
        let right = compared(&output, &past, discovery);
        let told = output["comparison"]["measures"].as_array().unwrap();
        prop_assert_eq!(right.len(), told.len());
        prop_assert_eq!(&output["comparison"]["past_calls"], &json!(past.len().min(10)));
        for (right, told) in right.iter().zip(told) {
            prop_assert_eq!(&right["name"], &told["name"]);
            for field in ["value", "usual"] {
                let (a, b) = (right[field].as_f64(), told[field].as_f64());
                let off = a.zip(b).map_or(0.0, |(a, b)| (a - b).abs());
                // Means to hundredths, levels to tenths.
                prop_assert!(a.is_some() == b.is_some() && off <= 0.0501, "{} {}: {} {}", right, field, told, off);
            }
            // On the very edge of chance rounding may decide.
            let (value, usual) = (told["value"].as_f64().unwrap(), right["usual"].as_f64());
            let edge = usual.is_some_and(|usual| compared_at_the_edge(right["name"].as_str().unwrap(), value, usual));
            if !edge {
                prop_assert_eq!((&right["verdict"], &right["trend"]), (&told["verdict"], &told["trend"]), "{} {}", right, told);
            }
        }
    }
}

/// Whether a rounded mean could fall on the other side of what is chance.
fn compared_at_the_edge(name: &str, value: f64, usual: f64) -> bool {
    let around = |usual: f64| {
        let output = json!({"talk": {"rep_share": null, "monologues": [], "words_per_minute": null, "longest_listen_seconds": null},
            "questions": {"asked": 0, "discovery": 0, "open": 0, "closed": 0, "unanswered": []}, "objections": []});
        let mut output = output;
        match name {
            "rep_share" | "words_per_minute" | "longest_listen_seconds" => output["talk"][name] = json!(value),
            "questions" => output["questions"]["asked"] = json!(value),
            "discovery_questions" => output["questions"]["discovery"] = json!(value),
            // Their values are rounded, too; what is near is let go.
            _ => return Value::Null,
        }
        let past = [json!({name: usual}), json!({name: usual})];
        let found = compared(&output, &past, true);
        found.into_iter().find(|one| one["name"] == name).map_or(Value::Null, |one| one["trend"].clone())
    };
    let few = ["open_part", "monologues", "unanswered", "objection_level"].contains(&name);
    let chance =
        [("open_part", 0.15), ("objection_level", 0.5)].iter().find(|(one, _)| *one == name).map_or(0.5, |(_, n)| *n);
    if few { ((value - usual).abs() - chance).abs() < 0.06 } else { around(usual - 0.006) != around(usual + 0.006) }
}

/// A doubt met in each of the five ways, and that a better way is a higher level.
#[test]
fn each_way_to_meet_a_doubt_has_its_level() {
    const DOUBT: &str = "My main concern is the migration.";
    let ways: [(&str, u8, &str); 5] = [
        ("Next is the board.", 1, "went past it"),
        ("Trust me on this one.", 2, "waved it away"),
        (
            "I hear you on that. A client in Graz did it with our engineers and saw results in the spring.",
            3,
            "answered it",
        ),
        ("What is the biggest problem with it?", 4, "asked about it before answering"),
        (
            "What is the biggest problem with it? A client in Graz did it with our engineers and saw results in the spring. Does that help?",
            5,
            "asked about it, answered, and checked",
        ),
    ];
    let mut before = 0;
    for (reply, level, why) in ways {
        let body = format!("Omar Haddad: {DOUBT}\nLena Brandt: {reply}\nOmar Haddad: Right.\n");
        let output = run(&case(&body));
        let found = &output["objections"];
        assert_eq!(
            (&found[0]["quote"], &found[0]["level"], found.as_array().unwrap().len()),
            (&json!(DOUBT), &json!(level), 1),
            "{reply}"
        );
        assert!(found[0]["reason"].as_str().unwrap().starts_with(why), "{found}");
        assert_eq!(met(&turns(&lines(&body), &ours(&SPEAKERS)), 0), level, "{reply}");
        assert!(level > before);
        before = level;
    }
    // Nobody of ours says another word.
    assert_eq!(
        run(&case(&format!("Lena Brandt: Next is the board.\nOmar Haddad: {DOUBT}\n")))["objections"][0]["level"],
        1
    );
}

/// How much of what the oracle can tell apart the random calls hold.
#[test]
fn the_random_calls_have_everything_in_them() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = prop::collection::vec(drawn(), 20..40);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for _ in 0..24 {
        let call = strategy.new_tree(&mut runner).unwrap().current();
        let turns = turns(&lines(&written(&call, true)), &ours(&SPEAKERS));
        let found = oracle(&turns);
        for name in ["monologues", "unanswered"] {
            if !found[name].as_array().unwrap().is_empty() {
                seen.insert(name);
            }
        }
        for doubt in found["objections"].as_array().unwrap() {
            seen.insert(["", "1", "2", "3", "4", "5"][doubt["level"].as_u64().unwrap() as usize]);
        }
        for name in ["open", "closed", "leading", "discovery", "situation", "problem", "implication", "need_payoff"] {
            if found[name] != 0 {
                seen.insert(name);
            }
        }
        let put = turns.iter().filter(|turn| !turn.ours).flat_map(|turn| &turn.sentences);
        if put.filter(|label| label.about.is_some()).count() > found["unanswered"].as_array().unwrap().len() {
            seen.insert("answered");
        }
    }
    assert_eq!(seen.len(), 16, "{seen:?}");
}

#[test]
fn numbers_of_every_case_are_those_that_are_counted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let cases = Case::load_all(&folder).unwrap();
    assert!(cases.len() >= 10);
    for case in cases {
        let file = ["call.vtt", "call.txt"].map(|name| case.folder.join(name)).into_iter().find(|file| file.exists());
        let text = std::fs::read_to_string(file.unwrap()).unwrap();
        let output = run(&case);
        // Who sits on which side is another skill's work.
        let sides: Vec<(&str, &str)> = output["talk"]["speakers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["name"].as_str().unwrap(), one["role"].as_str().unwrap()))
            .collect();
        let right = oracle(&turns(&lines(&text), &ours(&sides)));
        assert_eq!(differs("", &right, &measured(&output), ""), None, "{}", case.name);
    }
}
