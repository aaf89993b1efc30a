//! `skillhost sequences` as an author of one uses it.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use skillhost_tests::process::{binary, skills};

fn sequences(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(binary()).arg("sequences").args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn a_mistake_is_named_with_its_line_and_a_hint_and_what_is_right_passes() {
    let folder = tempfile::tempdir().unwrap();
    let dist = skills();
    let dist = dist.to_str().unwrap();
    let good = "sequence: mine\nversion: 1\nevent: email_received\nsteps:\n  say:\n    skill: echo\n    with:\n      text: \"'x'\"\n";
    std::fs::write(folder.path().join("good.yaml"), good).unwrap();
    let passed = sequences(folder.path(), &["check", "good.yaml", "--skills", dist]);
    assert_eq!((passed.status.code(), String::from_utf8(passed.stdout).unwrap().as_str()), (Some(0), "mine: good\n"));

    std::fs::write(folder.path().join("bad.yaml"), good.replace("skill: echo", "skill: ecco")).unwrap();
    let failed = sequences(folder.path(), &["check", "bad.yaml", "--skills", dist]);
    let words = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{words}");
    assert!(words.starts_with("bad.yaml:6") && words.contains("did you mean `echo`?"), "{words}");

    let pinned = good.replace("    skill: echo\n", "    skill: echo\n    pin: 77.0.0\n");
    std::fs::write(folder.path().join("pinned.yaml"), &pinned).unwrap();
    let failed = sequences(folder.path(), &["check", "pinned.yaml", "--skills", dist]);
    let words = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{words}");
    assert!(
        words.starts_with("pinned.yaml:6: steps.say.pin: no module of `echo` is installed that is `77.0.0`"),
        "{words}"
    );
    let shown = sequences(folder.path(), &["--json", "show", "pinned.yaml"]);
    let plan: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!((&plan["waves"][0][0]["pin"], &plan["pin"]), (&"77.0.0".into(), &Value::Null));
    std::fs::remove_file(folder.path().join("pinned.yaml")).unwrap();

    let both = sequences(folder.path(), &["--json", "check", ".", "--skills", dist]);
    assert_eq!(both.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&both.stdout).unwrap();
    assert_eq!(
        (&answer["errors"][0]["line"], &answer["errors"][0]["file"]),
        (&6.into(), &"./bad.yaml".into()),
        "{answer}"
    );
}

#[test]
fn the_plan_is_shown_drawn_and_described() {
    let folder = tempfile::tempdir().unwrap();
    let shown = sequences(folder.path(), &["--json", "show", "meeting_ended"]);
    let plan: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(plan["waves"][0][0]["step"], "classify");
    for (format, beginning) in [("text", "meeting_ended\nwave 1\n"), ("dot", "digraph"), ("svg", "<?xml")] {
        let drawn = sequences(folder.path(), &["graph", "meeting_ended", "--format", format]);
        let picture = String::from_utf8(drawn.stdout).unwrap();
        assert!(picture.starts_with(beginning) && picture.contains("classify"), "{picture}");
    }
    let unknown = sequences(folder.path(), &["show", "meeting_end"]);
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("meeting_ended"));

    let schema: Value = serde_json::from_slice(&sequences(folder.path(), &["schema"]).stdout).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let good = serde_json::json!({ "sequence": "s", "version": 1, "event": "meeting_ended", "steps": { "a": { "skill": "echo" } } });
    assert!(schema.is_valid(&good));
    assert!(!schema.is_valid(&serde_json::json!({ "sequence": "s", "steps": {} })));
}

#[test]
fn the_example_of_the_handbook_is_a_sequence() {
    let page = std::fs::read_to_string(skillhost_tests::process::root().join("docs/sequences.md")).unwrap();
    let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("example.yaml"), example).unwrap();
    let dist = skills();
    let checked = sequences(folder.path(), &["check", "example.yaml", "--skills", dist.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
}
