//! One sandbox with the guests loaded, and calls to them.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError, ReadErrorKind, Snapshot};
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::Call;
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::skill::{CallReport, Manifest, SkillRef, SkillRunner};
use skillhost_engine::time::{MicroUsd, Timestamp};
use skillhost_sandbox::{Module, Registry, Sandbox, SandboxConfig, SandboxRunner, embed_manifest};
use skillhost_tests::guests::guest;

pub(super) const NOW: Timestamp = Timestamp(1_763_724_605_250);
pub(super) const NOTE: &str = r#"{"text":"We agreed on \"the pilot\" for March."}"#;

/// Answers `notes` with one note, and knows nothing else.
pub(super) struct Notes;

#[async_trait::async_trait]
impl Doors for Notes {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        if query.source != "notes" {
            return Err(ReadError::new(ReadErrorKind::UnknownSource, "no such source"));
        }
        Ok(Snapshot {
            body: NOTE.into(),
            digest: sha256(NOTE.as_bytes()).into(),
            as_of: NOW,
            next: None,
            cost: MicroUsd(0),
        })
    }
}

pub(super) struct Setting {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) runner: SandboxRunner,
    pub(super) rights: RightSet,
}

/// A guest with the manifest that it describes.
pub(super) async fn finished(sandbox: &Sandbox, name: &str) -> Vec<u8> {
    let manifest = described(sandbox, name).await;
    embed_manifest(guest(name), &manifest).unwrap()
}

pub(super) async fn described(sandbox: &Sandbox, name: &str) -> Manifest {
    serde_json::from_value(sandbox.describe(guest(name)).await.unwrap()).unwrap()
}

impl Setting {
    pub(super) async fn new() -> Self {
        let sandbox = Arc::new(Sandbox::new(SandboxConfig { concurrency: 8, cache: None }).unwrap());
        let registry = Arc::new(Registry::new());
        let mut rights = Vec::new();
        for name in ["asks", "echo", "hostile"] {
            let module: Arc<Module> = sandbox.load(&finished(&sandbox, name).await).unwrap();
            rights.extend(module.rights.clone());
            registry.activate(module);
        }
        let runner = SandboxRunner::new(Arc::clone(&sandbox), registry);
        Self { sandbox, runner, rights: RightSet::meet(&rights, &[&Grant::Unrestricted]) }
    }

    pub(super) fn skill(&self, name: &str) -> SkillRef {
        self.runner.resolve(&name.into()).unwrap()
    }

    pub(super) async fn call(&self, skill: &str, input: Value, limits: &CallLimits) -> CallReport {
        self.call_as(skill, "call_1", input, &self.rights, limits).await
    }

    pub(super) async fn call_as(
        &self,
        skill: &str,
        id: &str,
        input: Value,
        rights: &RightSet,
        limits: &CallLimits,
    ) -> CallReport {
        self.runner.call(&self.skill(skill), call(id, input), rights, limits, Arc::new(Notes)).await
    }

    /// A hostile guest in one of its modes, with default limits.
    pub(super) async fn hostile(&self, mode: &str) -> CallReport {
        self.call("hostile", json!({ "mode": mode }), &CallLimits::default()).await
    }
}

pub(super) fn call(id: &str, input: Value) -> Call {
    Call {
        call_id: id.into(),
        job: "job_1".into(),
        step: "try".into(),
        round: 0,
        org: "org_1".into(),
        user: "user_1".into(),
        event_type: "test".into(),
        now: NOW,
        zone: "Europe/Berlin".into(),
        input: input.into(),
        extra: vec![],
    }
}
