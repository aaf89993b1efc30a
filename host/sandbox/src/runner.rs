//! The engine's seam: calls skills in the sandbox.

use std::sync::Arc;

use skillhost_engine::context::Doors;
use skillhost_engine::ids::SkillName;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{Call, Spend};
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{CallError, CallReport, Manifest, SkillRef, SkillRunner};

use crate::invoke;
use crate::registry::Registry;
use crate::sandbox::Sandbox;

/// A sandbox and the modules it may call.
#[derive(Clone, Debug)]
pub struct SandboxRunner {
    sandbox: Arc<Sandbox>,
    registry: Arc<Registry>,
    engine: Arc<str>,
}

impl SandboxRunner {
    /// Calls the registry's modules in the sandbox they were loaded by.
    pub fn new(sandbox: Arc<Sandbox>, registry: Arc<Registry>) -> Self {
        let engine = sandbox.report().version().into();
        Self { sandbox, registry, engine }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
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

    async fn call(
        &self,
        skill: &SkillRef,
        call: Call,
        rights: &RightSet,
        limits: &CallLimits,
        doors: Arc<dyn Doors>,
    ) -> CallReport {
        let Some(module) = self.registry.by_digest(&skill.digest) else {
            return CallReport::of(
                Err(CallError::Unavailable {
                    skill: skill.name.to_string(),
                    message: format!("no module {} is loaded", skill.digest),
                }),
                Spend::default(),
            );
        };
        invoke::call(&self.sandbox, &module, call, rights, limits, doors).await
    }
}
