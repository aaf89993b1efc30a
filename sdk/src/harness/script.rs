//! What a model says in a case, and what may come of it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::case::{Case, CaseError, json};
use super::matching::compare;
use crate::llm::LlmErrorKind;

/// `model.json`; see the [module](super).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// What the model answers: JSON, or a text as it is.
    pub answer: Value,
    /// It was cut off where its room ended.
    pub cut_off: bool,
    /// Why there is none, in the words of [`LlmErrorKind::as_str`].
    #[serde(deserialize_with = "refusal")]
    pub refused: Option<LlmErrorKind>,
    /// The skill must not even ask.
    pub never_asked: bool,
}

fn refusal<'de, D: Deserializer<'de>>(from: D) -> Result<Option<LlmErrorKind>, D::Error> {
    let Some(word) = Option::<String>::deserialize(from)? else { return Ok(None) };
    let known = [
        LlmErrorKind::Denied,
        LlmErrorKind::NotConfigured,
        LlmErrorKind::OverBudget,
        LlmErrorKind::InvalidRequest,
        LlmErrorKind::InvalidAnswer,
        LlmErrorKind::Unavailable,
        LlmErrorKind::Limit,
    ];
    let found = known.into_iter().find(|kind| kind.as_str() == word);
    found.map(Some).ok_or_else(|| serde::de::Error::custom(format!("`{word}` is no reason of a refusal")))
}

impl Script {
    /// The script of a case, where it has one.
    ///
    /// # Errors
    /// `model.json` is broken.
    pub fn of(case: &Case) -> Result<Option<Self>, CaseError> {
        let path = case.folder.join("model.json");
        if path.exists() { json(&path).map(Some) } else { Ok(None) }
    }

    /// The answer as a model writes it.
    pub fn text(&self) -> String {
        match &self.answer {
            Value::String(text) => text.clone(),
            answer => answer.to_string(),
        }
    }

    /// What is wrong, a line each: `with` is the outcome of the case with this model,
    /// which was asked so many times, `without` the one with none.
    ///
    /// # Errors
    /// `expected.model.json` is broken.
    pub fn check(&self, case: &Case, with: &Value, without: &Value, asked: usize) -> Result<Vec<String>, CaseError> {
        let mut wrong = Vec::new();
        if asked != usize::from(!self.never_asked) {
            wrong.push(format!("never_asked is {}, and a model was asked {asked} times", self.never_asked));
        }
        let path = case.folder.join("expected.model.json");
        if path.exists() {
            wrong.extend(compare(&json(&path)?, with).iter().map(ToString::to_string));
            if with == without {
                wrong.push("the answer changed nothing: drop expected.model.json".to_owned());
            }
        } else if with != without {
            wrong.push(format!("the answer must change nothing and gave {with}"));
        }
        Ok(wrong)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn case(model: &str, expected: Option<&str>) -> (tempfile::TempDir, Case) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("input.json", "{}"), ("context.json", r#"{"now": 1}"#), ("model.json", model)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        if let Some(text) = expected {
            std::fs::write(folder.path().join("expected.model.json"), text).unwrap();
        }
        let case = Case::load(folder.path()).unwrap();
        (folder, case)
    }

    #[test]
    fn an_answer_changes_what_is_expected_or_nothing() {
        let (_folder, changes) = case(r#"{"answer": {"a": 1}}"#, Some(r#"{"output": {"a": 1}}"#));
        let script = Script::of(&changes).unwrap().unwrap();
        assert_eq!(script.text(), r#"{"a":1}"#);
        let (with, without) = (json!({"output": {"a": 1}}), json!({"output": {}}));
        assert_eq!(script.check(&changes, &with, &without, 1).unwrap(), [""; 0]);
        assert_eq!(script.check(&changes, &with, &with, 1).unwrap().len(), 1);
        assert_eq!(script.check(&changes, &without, &without, 2).unwrap().len(), 3);

        let (_folder, nothing) = case(r#"{"answer": "no", "never_asked": true}"#, None);
        let script = Script::of(&nothing).unwrap().unwrap();
        assert_eq!(script.text(), "no");
        assert_eq!(script.check(&nothing, &without, &without, 0).unwrap(), [""; 0]);
        assert_eq!(script.check(&nothing, &with, &without, 1).unwrap().len(), 2);
    }

    #[test]
    fn a_refusal_is_named_by_its_word() {
        let (_folder, refused) = case(r#"{"refused": "over-budget"}"#, None);
        assert_eq!(Script::of(&refused).unwrap().unwrap().refused, Some(LlmErrorKind::OverBudget));
        let (_folder, unknown) = case(r#"{"refused": "tired"}"#, None);
        assert!(Script::of(&unknown).unwrap_err().to_string().contains("`tired` is no reason"));
        std::fs::remove_file(unknown.folder.join("model.json")).unwrap();
        assert_eq!(Script::of(&unknown).unwrap(), None);
    }
}
