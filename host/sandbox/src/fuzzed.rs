//! What fuzzers feed: every reader of what a stranger wrote, with what must hold
//! of its answer. Compiled for tests, which replay `fuzz/corpus/`, and for fuzzers.
//!
//! To add one: a function here and what `fuzz/Cargo.toml` says.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use skillhost_engine::outcome::Outcome;
use skillhost_engine::rights::{Grant, Right, RightSet};
use skillhost_engine::skill::AnswerBody;

use crate::accept::{self, Bounds};
use crate::contract;
use crate::manifest;
use crate::schema::Schema;
use crate::verify;

/// A manifest's section. What is taken says the same when it is written again.
///
/// # Panics
/// When that does not hold.
pub fn manifest(data: &[u8]) {
    let Ok(checked) = manifest::check(data) else { return };
    let written = serde_json::to_vec(&checked.manifest).expect("what was read can be written");
    let again = manifest::check(&written).expect("what was taken is taken again");
    assert_eq!(checked.manifest, again.manifest);
    assert_eq!(checked.manifest.asked(), checked.rights);
    assert!(checked.rights.iter().all(Right::is_exact));
}

/// A component's bytes, before anything is compiled.
///
/// # Panics
/// When the manifest it found is not part of them.
pub fn component(data: &[u8]) {
    let Ok(outline) = verify::outline(data) else { return };
    let end = outline.manifest_end;
    assert_eq!(data.get(end - outline.manifest.len()..end), Some(outline.manifest));
    manifest(outline.manifest);
}

/// What a guest returned, with what it was told and what it may.
#[derive(Deserialize)]
struct Returned {
    outcome: contract::Outcome,
    #[serde(default)]
    answers: Vec<(String, String)>,
    #[serde(default)]
    rights: Vec<String>,
    #[serde(default)]
    output_schema: Option<Value>,
}

/// What a guest returned. What is accepted proposes nothing that the rights do not
/// allow, under ids that are unique, and reads back as it is written.
///
/// # Panics
/// When that does not hold.
pub fn outcome(data: &[u8]) {
    let Ok(returned) = serde_json::from_slice::<Returned>(data) else { return };
    let rights: RightSet = returned.rights.iter().filter_map(|right| right.parse::<Right>().ok()).collect();
    let Ok(output) = Schema::compile(&returned.output_schema.unwrap_or(json!({}))) else { return };
    let answers: Vec<AnswerBody> =
        returned.answers.into_iter().map(|(read_id, body)| AnswerBody { read_id, body: body.into() }).collect();
    let bounds = Bounds { output: &output, rights: &rights, answers: &answers };
    let Ok(mut accepted) = accept::outcome(returned.outcome, &bounds) else { return };
    let written = serde_json::to_string(&accepted).expect("an outcome can be written");
    assert_eq!(serde_json::from_str::<Outcome>(&written).expect("and read back"), accepted);
    let held = accepted.approvals.iter_mut().flat_map(|approval| approval.ask.effects_mut());
    let mut ids = BTreeSet::new();
    for effect in accepted.effects.iter_mut().chain(held) {
        assert!(rights.may_propose(&effect.kind), "{} is proposed without its right", effect.kind);
        assert!(ids.insert(&effect.id), "{} is there twice", effect.id);
    }
}

/// Rights, one a line. Each reads back as it is written; what two allow together
/// is allowed by both, whichever comes first; and no grant adds anything.
///
/// # Panics
/// When that does not hold.
pub fn rights(data: &[u8]) {
    /// Lines looked at, because every pair is.
    const MAX_LINES: usize = 24;
    let Ok(text) = std::str::from_utf8(data) else { return };
    let rights: Vec<Right> = text.lines().take(MAX_LINES).filter_map(|line| line.parse().ok()).collect();
    for right in &rights {
        assert_eq!(right.to_string().parse::<Right>().as_ref(), Ok(right));
        assert!(right.covers(right), "{right} does not cover itself");
        for other in &rights {
            let both = right.meet(other);
            assert_eq!(both, other.meet(right), "{right} and {other}");
            if let Some(both) = both {
                assert!(right.covers(&both) && other.covers(&both), "{right} and {other} gave {both}");
            }
        }
    }
    let (asked, granted) = rights.split_at(rights.len() / 2);
    let grant = Grant::Only(granted.iter().cloned().collect());
    for right in RightSet::meet(asked, &[&grant]).iter() {
        assert!(asked.iter().any(|asked| asked.covers(right)) && grant.allows(right), "{right}");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    #[test]
    fn the_corpus_holds() {
        type Target = fn(&[u8]);
        let targets: [(&str, Target); 4] = [
            ("manifest", super::manifest),
            ("component", super::component),
            ("outcome", super::outcome),
            ("rights", super::rights),
        ];
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        let mut folders: Vec<_> = std::fs::read_dir(&corpus)
            .unwrap()
            .map(|folder| folder.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        let mut names: Vec<_> = targets.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.sort();
        assert_eq!(folders, names, "every target has a folder, and every folder a target");
        for (name, target) in targets {
            let files: Vec<_> =
                std::fs::read_dir(corpus.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
            assert!(files.len() >= 4, "{name} has {} files", files.len());
            for file in files {
                target(&std::fs::read(file).unwrap());
            }
        }
    }

    /// A corpus whose seeds are all refused at the door would prove nothing.
    #[test]
    fn the_corpus_gets_past_the_door() {
        let read = |name: &str| {
            std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name)).unwrap()
        };
        assert!(crate::manifest::check(&read("manifest/whole.json")).is_ok());
        assert!(crate::verify::outline(&read("component/whole.wasm")).is_ok());
        let returned: super::Returned = serde_json::from_slice(&read("outcome/whole.json")).unwrap();
        assert!(!returned.outcome.effects.is_empty() && returned.outcome.approvals.len() == 3);
        let rights: super::RightSet =
            returned.rights.iter().map(|right| right.parse::<super::Right>().unwrap()).collect();
        let output = super::Schema::compile(&returned.output_schema.unwrap()).unwrap();
        let answers: Vec<_> = returned
            .answers
            .into_iter()
            .map(|(read_id, body)| super::AnswerBody { read_id, body: body.into() })
            .collect();
        let bounds = super::Bounds { output: &output, rights: &rights, answers: &answers };
        crate::accept::outcome(returned.outcome, &bounds).unwrap();
    }
}
