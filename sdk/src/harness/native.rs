//! A skill as a native function, held to the host's rules.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use super::case::{Case, CaseError};
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
        let double = Double { context: case.context.clone(), rights: self.rights(), ..Double::default() };
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
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
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
        if evidence.quote.trim().is_empty() {
            refuse(format!("evidence for {} quotes nothing", evidence.supports));
        }
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
    match report(skill, Path::new(folder), update) {
        Ok(report) if report.is_empty() => {}
        Ok(report) => panic!("{}", report.join("\n")),
        Err(error) => panic!("{error}"),
    }
}

/// What is wrong, a line each.
fn report(skill: &NativeSkill, folder: &Path, update: bool) -> Result<Vec<String>, CaseError> {
    let mut report = Vec::new();
    for case in Case::load_all(folder)? {
        let (actual, violations) = skill.run(&case);
        report.extend(violations.iter().map(|found| format!("{}: the host would refuse this: {found}", case.name)));
        let mismatches = case.check(&actual);
        if update && !mismatches.is_empty() {
            case.rewrite(&actual)?;
        } else {
            report.extend(mismatches.iter().map(|found| format!("{}: {found}", case.name)));
        }
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Email, Optional, approval, context, effect};

    fn skill(rights: &[&str], run: fn(&Call, &str) -> Result<Outcome<Value>, Failure>) -> NativeSkill {
        NativeSkill::new(json!({ "rights": rights }), run)
    }

    fn case(sources: Value) -> Case {
        Case {
            name: "one".to_owned(),
            folder: std::path::PathBuf::new(),
            input: json!({}),
            context: serde_json::from_value(json!({"now": 5, "sources": sources})).unwrap(),
            expected: None,
        }
    }

    fn reads_a_deal(_: &Call, _: &str) -> Result<Outcome<Value>, Failure> {
        let read = context::deal("d1")?;
        let missing = context::deal("d2").optional()?;
        let outcome = Outcome::new(json!({"name": read.value.name, "missing": missing.is_none()}));
        Ok(outcome.evidence(read.read_id, "lobe\"x", "/name"))
    }

    #[test]
    fn doors_hold_to_rights_and_ids() {
        let deals = json!({"deal": {"by_id": {"d1": {"name": "Globe\"x"}}}});
        let (outcome, violations) = skill(&["context:deal"], reads_a_deal).run(&case(deals.clone()));
        assert_eq!(outcome["output"], json!({"name": "Globe\"x", "missing": true}));
        assert_eq!(violations, []);
        let (outcome, _) = skill(&[], reads_a_deal).run(&case(deals));
        assert_eq!(outcome["failure"]["code"], "context-denied");
        assert_eq!(outcome["failure"]["kind"], "denied");
        let (outcome, _) = skill(&["context:deal"], reads_a_deal).run(&case(json!({"deal": {"error": "unavailable"}})));
        assert_eq!(outcome["failure"]["kind"], "transient");
        // Outside of a run no door is open.
        assert_eq!(context::deal("d1").unwrap_err().kind, crate::ReadErrorKind::Unavailable);
    }

    fn proposes_badly(_: &Call, _: &str) -> Result<Outcome<Value>, Failure> {
        let mail = effect::email("Mail", &Email::default());
        let review = approval::review("ask", "?").effect(mail).editable(approval::line("Mail", "/nothing", "x"));
        let outcome = Outcome::new(json!({})).ask(review).effect(effect::chat("Mail", "hi").after(["gone"]));
        Ok(outcome.evidence("r9", "said", "/there"))
    }

    #[test]
    fn what_the_host_would_refuse_is_found_before_it_does() {
        let (_, violations) = skill(&["effect:email.send"], proposes_badly).run(&case(json!({})));
        let text: Vec<String> = violations.iter().map(ToString::to_string).collect();
        for part in [
            "two effects have one id",
            "\"Mail\" is not [a-z0-9-]{1,64}",
            "does not ask for effect:chat.post",
            "comes after gone",
            "editable Mail /nothing names nothing",
            "was not read under r9",
            "supports /there",
        ] {
            assert!(text.iter().any(|line| line.contains(part)), "{part} is not in {text:#?}");
        }
        assert!(!text.iter().any(|line| line.contains("does not ask for effect:email.send")));
    }

    fn answers_seven(_: &Call, _: &str) -> Result<Outcome<Value>, Failure> {
        Ok(Outcome::new(json!({"n": 7, "list": [1]})))
    }

    #[test]
    fn a_folder_of_cases_is_held_and_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let one = folder.path().join("one");
        let seven = skill(&[], answers_seven);
        assert!(matches!(report(&seven, folder.path(), false), Err(CaseError::Empty { .. })));
        std::fs::create_dir(&one).unwrap();
        assert!(matches!(report(&seven, folder.path(), false), Err(CaseError::File { .. })));
        std::fs::write(one.join("input.json"), "{}").unwrap();
        std::fs::write(one.join("context.json"), r#"{"now": 1, "typo": 2}"#).unwrap();
        assert!(matches!(report(&seven, folder.path(), false), Err(CaseError::Json { .. })));
        std::fs::write(one.join("context.json"), r#"{"now": 1}"#).unwrap();
        assert!(report(&seven, folder.path(), false).unwrap()[0].contains("expected.json is missing"));
        std::fs::write(one.join("expected.json"), r#"{"output": {"n": 8, "list": {"$len": 1}}}"#).unwrap();
        assert_eq!(report(&seven, folder.path(), false).unwrap(), ["one: /output/n: expected 8, found 7"]);
        assert!(report(&seven, folder.path(), true).unwrap().is_empty());
        assert!(report(&seven, folder.path(), false).unwrap().is_empty());
        let text = std::fs::read_to_string(one.join("expected.json")).unwrap();
        assert!(text.contains("$len") && text.contains('7') && !text.contains("summary"), "{text}");
    }
}
