//! Guests as they were built for every version of the contract: their bytes never
//! change, and every host runs them.
//!
//! To add one: a folder of the version's name under `tests/guests/built/` with an
//! `echo.wasm`, and its digest in [`BUILT`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError, ReadErrorKind, Snapshot};
use skillhost_engine::limits::CallLimits;
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::skill::SkillRunner;
use skillhost_engine::time::MicroUsd;
use skillhost_sandbox::{Registry, Sandbox, SandboxConfig, SandboxRunner};

use super::setting::{NOW, call};

/// Folder and digest of each.
const BUILT: &[(&str, &str)] =
    &[("skillhost-skill-0.1.0", "sha256:c5fb22b9aed6a58ec73a05c655d1f785b46f2dd2177778ed4bcc667d99c7ff2d")];
const CONTACT: &str =
    r#"{"id":"c1","name":"Mira Holt","title":"VP Operations","deal_ids":[],"suppressed":false,"fields":{},"flags":[]}"#;

/// Answers `contact` with one.
struct OneContact;

#[async_trait::async_trait]
impl Doors for OneContact {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        if query.source != "contact" || query.params["contact_id"] != "c1" {
            let message = format!("no {}", query.source);
            return Err(ReadError::new(ReadErrorKind::NotFound, message));
        }
        Ok(Snapshot {
            body: CONTACT.into(),
            digest: sha256(CONTACT.as_bytes()).into(),
            as_of: NOW,
            next: None,
            cost: MicroUsd(0),
        })
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/built")
}

#[test]
fn every_version_of_the_contract_has_its_guest() {
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<String> = entries
            .filter(|path| path.is_dir())
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let listed: Vec<String> = BUILT.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&root()), listed);
    assert_eq!(names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")), listed);
}

#[tokio::test]
async fn guests_of_every_version_run_as_they_were_built() {
    for (version, digest) in BUILT {
        let bytes = std::fs::read(root().join(version).join("echo.wasm")).unwrap();
        assert_eq!(&sha256(&bytes), digest, "{version}: what was built never changes");
        let sandbox = Arc::new(Sandbox::new(SandboxConfig { concurrency: 2, cache: None }).unwrap());
        sandbox.check_description(&bytes).await.unwrap();
        let module = sandbox.load(&bytes).unwrap();
        let registry = Arc::new(Registry::new());
        registry.activate(Arc::clone(&module));
        let rights = RightSet::meet(&module.rights, &[&Grant::Unrestricted]);
        let runner = SandboxRunner::new(sandbox, registry);
        let input = json!({ "text": "as it was", "contact_id": "c1" });
        let ran = call("call_1", input);
        let report = runner.call(&module.skill_ref, ran, &rights, &CallLimits::default(), Arc::new(OneContact)).await;
        let outcome = report.result.unwrap();
        let person = json!({ "name": "Mira Holt", "title": "VP Operations" });
        assert_eq!(outcome.output, json!({ "text": "as it was", "contact": person }), "{version}");
        assert_eq!(report.reads.len(), 1, "{version}");
    }
}
