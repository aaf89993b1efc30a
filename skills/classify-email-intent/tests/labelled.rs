//! The project's labelled mails, read as the skill reads them.
//!
//! `tests/eval/emails.jsonl` in the project's root holds a mail a line with its
//! class; rules are tuned on those of `"set": "dev"` alone. With `--nocapture` each
//! test prints the accuracy, the classes found for each class, and every mistake.
//! `MAIL_FILE` names another file of the same form to be measured.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use skillhost_sdk::harness::Case;

/// Least share of right classes, where the rules were tuned and where not.
const DEV_FLOOR: f64 = 0.95;
const HELD_FLOOR: f64 = 0.85;

#[derive(Deserialize)]
struct Labelled {
    id: String,
    set: String,
    headers: BTreeMap<String, String>,
    from: String,
    from_name: String,
    at: String,
    subject: String,
    body: String,
    class: String,
    notes: String,
    #[serde(default)]
    expect: Expected,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Expected {
    return_date: Option<String>,
    stand_in_email: Option<String>,
    left: Option<bool>,
    failed: Option<String>,
    hard: Option<bool>,
}

fn mails(set: &str) -> Vec<Labelled> {
    let path = std::env::var_os("MAIL_FILE").map_or_else(|| project("emails.jsonl"), PathBuf::from);
    mails_in(&path, set)
}

/// A labelled set of the project.
fn project(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/eval").join(name)
}

fn mails_in(path: &Path, set: &str) -> Vec<Labelled> {
    let text = std::fs::read_to_string(path).unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Labelled>(line).unwrap());
    all.filter(|mail| mail.set == set).collect()
}

/// The skill's outcome for a mail that answers one of ours, as most do.
fn read(mail: &Labelled) -> (Value, Vec<String>) {
    let unasked = mail.headers.contains_key("list-id") || mail.headers.contains_key("list-unsubscribe");
    let context = json!({
        "now": 1_795_080_600_000_i64,
        "zone": "Europe/London",
        "sources": {
            "org": {"id": "fernwell", "name": "Fernwell", "domains": ["fernwell.example"]},
            "user": {"id": "u-ines", "name": "Ines Calder", "email": "ines@fernwell.example"},
            "thread": {"id": "t1", "subject": mail.subject, "messages": [
                {"id": mail.id, "direction": "in", "from": mail.from, "from_name": mail.from_name, "at": mail.at,
                 "to": ["ines@fernwell.example"], "subject": mail.subject, "body": mail.body, "headers": mail.headers,
                 "in_reply_to": if unasked { Value::Null } else { json!("one@fernwell.example") }}
            ]},
        },
    });
    let case = Case {
        name: mail.id.clone(),
        folder: PathBuf::new(),
        input: json!({"email_id": mail.id, "thread_id": "t1"}),
        context: serde_json::from_value(context).unwrap(),
        expected: None,
    };
    let (outcome, violations) = classify_email_intent::skill().run(&case);
    (outcome, violations.iter().map(ToString::to_string).collect())
}

/// Prints what was found and gives the share of right classes.
fn measure(set: &str) -> f64 {
    measured(set, &mails(set))
}

fn measured(set: &str, mails: &[Labelled]) -> f64 {
    let mut confusion: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut right = 0;
    let (mut reports, mut mixed) = (0, 0);
    for mail in mails {
        let (outcome, violations) = read(mail);
        assert!(violations.is_empty(), "{}: {violations:?}", mail.id);
        let output = &outcome["output"];
        let class = output["class"].as_str().unwrap_or("failure").to_owned();
        let machine = |class: &str| class == "bounce" || class == "out_of_office";
        if machine(&mail.class) {
            reports += 1;
            mixed += usize::from(machine(&class) && class != mail.class);
        }
        if class == mail.class {
            right += 1;
        } else {
            println!(
                "{} {} read as {class} ({:.2}): {:?} [{}]",
                mail.id,
                mail.class,
                output["confidence"].as_f64().unwrap_or_default(),
                output["quote"].as_str().unwrap_or_default(),
                mail.notes
            );
        }
        *confusion.entry((mail.class.clone(), class)).or_default() += 1;
        for wrong in details(mail, output) {
            println!("{} {wrong}", mail.id);
        }
    }
    let classes: BTreeSet<&String> = confusion.keys().flat_map(|(want, got)| [want, got]).collect();
    for want in &classes {
        let row: Vec<String> = classes
            .iter()
            .filter_map(|got| confusion.get(&((*want).clone(), (*got).clone())).map(|count| format!("{got} {count}")))
            .collect();
        println!("{want:<17} {}", row.join(", "));
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of mails")]
    let share = right as f64 / mails.len().max(1) as f64;
    println!("{set}: {right} of {} right, {share:.3}; {mixed} of {reports} absences and bounces mixed up", mails.len());
    assert_eq!(mixed, 0, "an absence and a bounce were mixed up");
    share
}

/// What of the details is not as it should be.
fn details(mail: &Labelled, output: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |name: &str, want: Option<Value>, got: &Value| {
        if let Some(want) = want
            && *got != want
        {
            wrong.push(format!("{name}: expected {want}, found {got}"));
        }
    };
    let expect = &mail.expect;
    check("return", expect.return_date.clone().map(Value::from), &output["away"]["return_date"]);
    check("stand-in", expect.stand_in_email.clone().map(Value::from), &output["away"]["stand_in"]["email"]);
    check("left", expect.left.map(Value::from), &output["away"]["left"]);
    check("failed", expect.failed.clone().map(Value::from), &output["bounce"]["addresses"][0]);
    let kind = expect.hard.map(|hard| Value::from(if hard { "hard" } else { "soft" }));
    check("kind", kind, &output["bounce"]["kind"]);
    wrong
}

#[test]
fn the_mails_that_rules_are_tuned_on() {
    let share = measure("dev");
    assert!(share >= DEV_FLOOR, "{share:.3} of dev");
}

#[test]
fn the_mails_of_another_hand() {
    let mails = mails_in(&project("emails-held.jsonl"), "dev");
    assert_eq!(mails.len(), 100);
    let share = measured("another hand", &mails);
    assert!(share >= DEV_FLOOR, "{share:.3} of another hand");
}

#[test]
fn the_mails_of_a_third_hand() {
    let mails = mails_in(&project("emails-held-2.jsonl"), "dev");
    assert_eq!(mails.len(), 80);
    let share = measured("third hand", &mails);
    assert!(share >= DEV_FLOOR, "{share:.3} of third hand");
}

#[test]
fn the_mails_of_a_fourth_hand() {
    let mails = mails_in(&project("emails-held-3.jsonl"), "dev");
    assert_eq!(mails.len(), 80);
    let share = measured("fourth hand", &mails);
    assert!(share >= DEV_FLOOR, "{share:.3} of fourth hand");
}

#[test]
fn the_mails_that_nothing_was_fitted_to() {
    for (file, count) in [("emails-held-5.jsonl", 90), ("emails-held-6.jsonl", 80)] {
        let mails = mails_in(&project(file), "held");
        assert_eq!(mails.len(), count);
        let share = measured(file, &mails);
        assert!(share >= HELD_FLOOR, "{share:.3} of {file}");
    }
}

#[test]
fn two_hundred_mails_of_ten_classes() {
    let mails = mails("dev");
    if std::env::var_os("MAIL_FILE").is_none() {
        assert_eq!(mails.len(), 200);
        let classes: BTreeSet<&str> = mails.iter().map(|mail| mail.class.as_str()).collect();
        assert_eq!(classes.len(), 10);
    }
}
