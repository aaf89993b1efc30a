//! The engine's seam: calls skills in the sandbox.

use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::context::Doors;
use skillhost_engine::ids::SkillName;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{Call, Spend};
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{CallError, CallReport, Manifest, Mismatch, SkillRef, SkillRunner};

use crate::invoke;
use crate::lanes::Lanes;
use crate::registry::Registry;
use crate::sandbox::Sandbox;

/// A sandbox and the modules it may call.
#[derive(Clone, Debug)]
pub struct SandboxRunner {
    sandbox: Arc<Sandbox>,
    registry: Arc<Registry>,
    engine: Arc<str>,
    lanes: Arc<Lanes>,
}

impl SandboxRunner {
    /// Calls the registry's modules in the sandbox they were loaded by, as many at
    /// once as it has slots.
    pub fn new(sandbox: Arc<Sandbox>, registry: Arc<Registry>) -> Self {
        Self::with_lanes(sandbox, registry, Lanes::open())
    }

    /// The same, with bounds on what one org and one skill may have under way.
    pub fn with_lanes(sandbox: Arc<Sandbox>, registry: Arc<Registry>, lanes: Lanes) -> Self {
        let engine = sandbox.report().version().into();
        Self { sandbox, registry, engine, lanes: Arc::new(lanes) }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// Calls that wait for a place in a lane now.
    pub fn lanes_waiting(&self) -> u64 {
        self.lanes.waiting()
    }

    /// The modules.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}

#[async_trait::async_trait]
impl SkillRunner for SandboxRunner {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        self.registry.active(skill).map(|module| module.skill_ref.clone())
    }

    fn engine(&self) -> &str {
        &self.engine
    }

    fn manifest(&self, skill: &SkillRef) -> Option<Arc<Manifest>> {
        self.registry.by_digest(&skill.digest).map(|module| Arc::clone(&module.manifest))
    }

    fn check_output(&self, skill: &SkillRef, output: &Value) -> Option<Result<(), Mismatch>> {
        self.registry.by_digest(&skill.digest).map(|module| module.output.check(output))
    }

    async fn call(
        &self,
        skill: &SkillRef,
        call: Call,
        rights: &RightSet,
        limits: &CallLimits,
        doors: Arc<dyn Doors>,
    ) -> CallReport {
        // The wait for a place is no part of the call: it holds no slot of the pool.
        let _place = self.lanes.enter(&call.org, &skill.name).await;
        let Some(module) = self.registry.by_digest(&skill.digest) else {
            let (name, digest) = (skill.name.to_string(), skill.digest.clone());
            let error = if self.registry.is_revoked(&digest) {
                CallError::Revoked { skill: name, digest }
            } else {
                CallError::Unavailable { skill: name, message: format!("no module {digest} is loaded") }
            };
            return CallReport::of(Err(error), Spend::default());
        };
        invoke::call(&self.sandbox, &module, call, rights, limits, doors).await
    }
}
