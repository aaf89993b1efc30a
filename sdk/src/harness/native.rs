//! A skill as a native function, held to the host's rules.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use super::case::Case;
use super::matching::updated;
use crate::approval::Ask;
use crate::call::Call;
use crate::doors::double::{self, Double};
use crate::effect::Effect;
use crate::failure::Failure;
use crate::outcome::Outcome;

/// A skill that can be run without a sandbox.
#[derive(Clone, Debug)]
pub struct NativeSkill {
    manifest: Value,
    run: fn(&Call, &str) -> Result<Outcome<Value>, Failure>,
}

/// Something the host would refuse the outcome for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl NativeSkill {
    #[doc(hidden)]
    pub fn new(manifest: Value, run: fn(&Call, &str) -> Result<Outcome<Value>, Failure>) -> Self {
        Self { manifest, run }
    }

    /// What `describe` says.
    pub fn manifest(&self) -> &Value {
        &self.manifest
    }

    fn rights(&self) -> BTreeSet<String> {
        let rights = self.manifest["rights"].as_array().into_iter().flatten();
        rights.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Runs a case: the outcome as JSON (or `{"failure": {..}}`) and what the
    /// host would refuse it for.
    pub fn run(&self, case: &Case) -> (Value, Vec<Violation>) {
        let call = case.context.call(&case.name);
        let input = case.input.to_string();
        let double =
            Double { context: case.context.clone(), rights: self.rights(), ..Double::default() };
        let (result, double) = double::with(double, || (self.run)(&call, &input));
        match result {
            Ok(outcome) => {
                let violations = violations(&outcome, &double);
                (serde_json::to_value(&outcome).unwrap_or(Value::Null), violations)
            }
            Err(failure) => (json!({"failure": failure}), Vec::new()),
        }
    }
}

fn effects(outcome: &Outcome<Value>) -> Vec<&Effect> {
    let mut all: Vec<&Effect> = outcome.effects.iter().collect();
    for request in &outcome.approvals {
        match &request.ask {
            Ask::Review { effects, .. } => all.extend(effects),
            Ask::Choose { choices, .. } => all.extend(choices.iter().flat_map(|c| &c.effects)),
            Ask::Batch { items } => all.extend(items.iter().flat_map(|item| &item.effects)),
        }
    }
    all
}

/// Whether a text of the body contains the quote: inside one JSON string.
fn quoted_in(value: &Value, quote: &str) -> bool {
    match value {
        Value::String(text) => text.contains(quote),
        Value::Array(items) => items.iter().any(|item| quoted_in(item, quote)),
        Value::Object(object) => object.values().any(|value| quoted_in(value, quote)),
        _ => false,
    }
}

fn is_local_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn violations(outcome: &Outcome<Value>, double: &Double) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut refuse = |message: String| found.push(Violation(message));
    let all = effects(outcome);
    let ids: BTreeSet<&str> = all.iter().map(|effect| effect.id.as_str()).collect();
    if ids.len() != all.len() {
        refuse("two effects have one id".to_owned());
    }
    for effect in &all {
        if !is_local_id(&effect.id) {
            refuse(format!("effect id {:?} is not [a-z0-9-]{{1,64}}", effect.id));
        }
        if !double.rights.contains(&format!("effect:{}", effect.kind)) {
            refuse(format!("skill.toml does not ask for effect:{}", effect.kind));
        }
        for id in &effect.after {
            if !ids.contains(id.as_str()) {
                refuse(format!("effect {} comes after {id}, which is not there", effect.id));
            }
        }
    }
    let mut requests = BTreeSet::new();
    for request in &outcome.approvals {
        if !is_local_id(&request.id) || !requests.insert(&request.id) {
            refuse(format!("approval id {:?} is not an id of its own", request.id));
        }
        let (own, places) = match &request.ask {
            Ask::Review { effects, editable, .. } => (effects.clone(), editable.clone()),
            Ask::Batch { items } => (
                items.iter().flat_map(|item| item.effects.clone()).collect(),
                items.iter().flat_map(|item| item.editable.clone()).collect(),
            ),
            Ask::Choose { .. } => continue,
        };
        for place in places {
            let there = own
                .iter()
                .find(|effect| effect.id == place.effect)
                .is_some_and(|effect| effect.payload.pointer(&place.pointer).is_some());
            if !there {
                refuse(format!("editable {} {} names nothing", place.effect, place.pointer));
            }
        }
    }
    for evidence in &outcome.evidence {
        let body = double.reads.get(&evidence.read_id);
        let body = body.and_then(|body| serde_json::from_str::<Value>(body).ok());
        if !body.is_some_and(|body| quoted_in(&body, &evidence.quote)) {
            refuse(format!("{:?} was not read under {}", evidence.quote, evidence.read_id));
        }
        if outcome.output.pointer(&evidence.supports).is_none() {
            refuse(format!("evidence supports {}, which is not in the output", evidence.supports));
        }
    }
    found
}

/// Runs every case of a folder and panics with all differences: the body of the
/// test that `cases!()` makes.
///
/// # Panics
/// When a case does not match, breaks a rule of the host, or cannot be read.
pub fn run_cases(skill: &NativeSkill, folder: &str) {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let cases = match Case::load_all(Path::new(folder)) {
        Ok(cases) => cases,
        Err(error) => panic!("{error}"),
    };
    let mut report = String::new();
    for case in cases {
        let (actual, violations) = skill.run(&case);
        for violation in violations {
            report.push_str(&format!("\n{}: the host would refuse this: {violation}", case.name));
        }
        let mismatches = case.check(&actual);
        if update && !mismatches.is_empty() {
            let value = case.expected.as_ref().map_or_else(|| actual.clone(), |old| updated(old, &actual));
            let path = case.folder.join("expected.json");
            let written = serde_json::to_string_pretty(&value)
                .map_err(std::io::Error::from)
                .and_then(|text| std::fs::write(&path, text + "\n"));
            if let Err(error) = written {
                report.push_str(&format!("\n{}: {error}", path.display()));
            }
            continue;
        }
        for mismatch in mismatches {
            report.push_str(&format!("\n{}: {mismatch}", case.name));
        }
    }
    assert!(report.is_empty(), "{report}\n");
}
