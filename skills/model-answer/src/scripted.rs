//! A model that says what the `model.json` of a case gives it, in a native run.
//!
//! A skill runs its cases with one test in `tests/with_a_model.rs` that calls
//! [`run_cases`]; [`skillhost_sdk::harness`] describes the files.

use std::cell::RefCell;
use std::path::Path;

use skillhost_sdk::harness::{Case, CaseError, NativeSkill, Script};
use skillhost_sdk::llm::{LlmError, Request, Response};

/// What was asked while a script was there.
#[derive(Clone, Debug, Default)]
struct Open {
    script: Script,
    asked: Vec<Request>,
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

fn said(script: &Script) -> Result<Response, LlmError> {
    match script.refused {
        Some(kind) => Err(LlmError { kind, message: "the case says so".to_owned(), retry_after_ms: None }),
        None => Ok(Response {
            text: script.text(),
            model: "scripted".to_owned(),
            complete: !script.cut_off,
            cost_micro_usd: 1,
        }),
    }
}

/// The scripted answer, where there is a script on this thread.
pub(crate) fn answer(request: &Request) -> Option<Result<Response, LlmError>> {
    OPEN.with_borrow_mut(|open| {
        let open = open.as_mut()?;
        open.asked.push(request.clone());
        Some(said(&open.script))
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
    let (mut scripted, mut wrong) = (0, Vec::new());
    for case in &cases {
        match Script::of(case).and_then(|script| script.map(|script| run_case(skill, case, &script)).transpose()) {
            Ok(None) => {}
            Ok(Some(lines)) => {
                scripted += 1;
                wrong.extend(lines.into_iter().map(|line| format!("{}: {line}", case.name)));
            }
            Err(error) => wrong.push(format!("{}: {error}", case.name)),
        }
    }
    assert!(scripted > 0, "{folder}: no case has a model.json");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a case, a line each.
fn run_case(skill: &NativeSkill, case: &Case, script: &Script) -> Result<Vec<String>, CaseError> {
    let (plain, _) = skill.run(case);
    let ((actual, violations), asked) = with(script, || skill.run(case));
    let mut wrong: Vec<String> = violations.iter().map(ToString::to_string).collect();
    wrong.extend(script.check(case, &actual, &plain, asked.len())?);
    let rights = skill.manifest()["rights"].as_array().cloned().unwrap_or_default();
    for request in &asked {
        let right = format!("llm:{}", request.model_class);
        if !rights.iter().any(|asked| *asked == right) {
            wrong.push(format!("skill.toml does not ask for {right}"));
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use skillhost_sdk::llm::LlmErrorKind;

    #[test]
    fn a_script_answers_while_it_is_there() {
        let request = Request::new("fast", "test", 10);
        assert!(answer(&request).is_none());
        let script = Script { answer: json!({"a": 1}), cut_off: true, ..Script::default() };
        let (said, asked) = with(&script, || answer(&request));
        let said = said.and_then(Result::ok).map(|response| (response.text, response.complete));
        assert_eq!((said, asked.len()), (Some(("{\"a\":1}".to_owned(), false)), 1));
        let script = Script { refused: Some(LlmErrorKind::OverBudget), ..Script::default() };
        let (said, _) = with(&script, || answer(&request));
        assert_eq!(said.and_then(Result::err).map(|error| error.kind), Some(LlmErrorKind::OverBudget));
        assert!(answer(&request).is_none());
    }
}
