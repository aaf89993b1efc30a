//! A model that says what a case gives it.
//!
//! A case of a skill may hold, beside what every case has,
//!
//! - `model.json`: what a model answers when it is asked, see [`Script`];
//! - `expected.model.json`: a part of the outcome then, in the form of
//!   `expected.json`. Where it is missing, the answer must change nothing: the outcome
//!   is that without a model, to the byte.
//!
//! `expected.json` stays what the skill says without a model. A skill runs them with
//! one test in `tests/with_a_model.rs` that calls [`run_cases`].

use std::cell::RefCell;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use skillhost_sdk::harness::{Case, NativeSkill, compare};
use skillhost_sdk::llm::{LlmError, LlmErrorKind, Request, Response};

/// `model.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// What the model answers: JSON, or a text as it is.
    pub answer: Value,
    /// It was cut off where its room ended.
    pub cut_off: bool,
    /// Why there is none, as [`LlmErrorKind::as_str`] has it.
    pub refused: Option<String>,
    /// The skill must not even ask.
    pub never_asked: bool,
}

/// What was asked while a script was there.
#[derive(Clone, Debug, Default)]
struct Open {
    script: Script,
    asked: Vec<Request>,
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

impl Script {
    fn text(&self) -> String {
        match &self.answer {
            Value::String(text) => text.clone(),
            answer => answer.to_string(),
        }
    }

    fn answer(&self) -> Result<Response, LlmError> {
        match self.refused.as_deref() {
            Some(word) => Err(LlmError {
                // A word that names no kind is a mistake of the case; see `run_case`.
                kind: kind(word).unwrap_or(LlmErrorKind::Unavailable),
                message: "the case says so".to_owned(),
                retry_after_ms: None,
            }),
            None => Ok(Response {
                text: self.text(),
                model: "scripted".to_owned(),
                complete: !self.cut_off,
                cost_micro_usd: 1,
            }),
        }
    }
}

fn kind(word: &str) -> Option<LlmErrorKind> {
    [
        LlmErrorKind::Denied,
        LlmErrorKind::NotConfigured,
        LlmErrorKind::OverBudget,
        LlmErrorKind::InvalidRequest,
        LlmErrorKind::InvalidAnswer,
        LlmErrorKind::Unavailable,
        LlmErrorKind::Limit,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == word)
}

/// The scripted answer, where there is a script on this thread.
pub(crate) fn answer(request: &Request) -> Option<Result<Response, LlmError>> {
    OPEN.with_borrow_mut(|open| {
        let open = open.as_mut()?;
        open.asked.push(request.clone());
        Some(open.script.answer())
    })
}

/// Runs `work` with this model; gives what was asked of it.
pub fn with<T>(script: &Script, work: impl FnOnce() -> T) -> (T, Vec<Request>) {
    OPEN.with_borrow_mut(|open| *open = Some(Open { script: script.clone(), asked: Vec::new() }));
    let value = work();
    let open = OPEN.with_borrow_mut(Option::take).unwrap_or_default();
    (value, open.asked)
}

/// Runs every case of a folder that has a `model.json`.
///
/// # Panics
/// When a case does not hold or cannot be read, or none has one.
pub fn run_cases(skill: &NativeSkill, folder: &str) {
    let cases = match Case::load_all(Path::new(folder)) {
        Ok(cases) => cases,
        Err(error) => panic!("{error}"),
    };
    let scripted: Vec<&Case> = cases.iter().filter(|case| case.folder.join("model.json").exists()).collect();
    assert!(!scripted.is_empty(), "{folder}: no case has a model.json");
    let wrong: Vec<String> = scripted
        .into_iter()
        .flat_map(|case| match run_case(skill, case) {
            Ok(wrong) => wrong.into_iter().map(|line| format!("{}: {line}", case.name)).collect(),
            Err(error) => vec![format!("{}: {error}", case.name)],
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// What is wrong with a case, a line each.
fn run_case(skill: &NativeSkill, case: &Case) -> Result<Vec<String>, String> {
    let script: Script = json(&case.folder.join("model.json"))?;
    if let Some(word) = script.refused.as_deref().filter(|word| kind(word).is_none()) {
        return Err(format!("model.json: `{word}` is no reason of a refusal"));
    }
    let (plain, _) = skill.run(case);
    let ((actual, violations), asked) = with(&script, || skill.run(case));
    let mut wrong: Vec<String> = violations.iter().map(ToString::to_string).collect();
    match (script.never_asked, asked.len()) {
        (true, 0) | (false, 1) => {}
        (never, times) => wrong.push(format!("never_asked is {never}, and a model was asked {times} times")),
    }
    let rights = skill.manifest()["rights"].as_array().cloned().unwrap_or_default();
    for request in &asked {
        let right = format!("llm:{}", request.model_class);
        if !rights.iter().any(|asked| *asked == right) {
            wrong.push(format!("skill.toml does not ask for {right}"));
        }
    }
    let expected = case.folder.join("expected.model.json");
    let (with, without) = (actual.to_string(), plain.to_string());
    if expected.exists() {
        wrong.extend(compare(&json(&expected)?, &actual).iter().map(ToString::to_string));
        if with == without {
            wrong.push("the answer changed nothing: drop expected.model.json".to_owned());
        }
    } else if with != without {
        wrong.push(format!("the answer must change nothing and gave {with}"));
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_script_answers_while_it_is_there() {
        let request = Request::new("fast", "test", 10);
        assert!(answer(&request).is_none());
        let script = Script { answer: json!({"a": 1}), cut_off: true, ..Script::default() };
        let (said, asked) = with(&script, || answer(&request));
        let said = said.and_then(Result::ok).map(|response| (response.text, response.complete));
        assert_eq!((said, asked.len()), (Some(("{\"a\":1}".to_owned(), false)), 1));
        let script = Script { refused: Some("over-budget".to_owned()), ..Script::default() };
        let (said, _) = with(&script, || answer(&request));
        assert_eq!(said.and_then(Result::err).map(|error| error.kind), Some(LlmErrorKind::OverBudget));
        assert!(answer(&request).is_none());
    }
}
