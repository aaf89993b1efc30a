//! What a new module must stand before it may serve.
//!
//! Every trial runs with the module loaded and described, before it serves: when it is
//! installed to serve, and when an installed version is activated. A rollback asks
//! nothing, since what it goes back to has served. To add one, implement [`Trial`] and hand it to
//! [`super::Modules::add_trial`]; the first that fails stops the installation.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use skillhost_sandbox::{Module, Registry, Sandbox, SandboxRunner};

use crate::replay::HistoryGate;

/// A module on trial.
pub struct Candidate {
    /// The module.
    pub module: Arc<Module>,
    /// Calls it, and nothing else: it is active in a registry of its own.
    pub runner: SandboxRunner,
}

impl Candidate {
    pub(super) fn new(sandbox: &Arc<Sandbox>, module: Arc<Module>) -> Self {
        let registry = Arc::new(Registry::new());
        registry.activate(Arc::clone(&module));
        Self { module, runner: SandboxRunner::new(Arc::clone(sandbox), registry) }
    }
}

/// What a trial found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Passed {
    /// Which trial.
    pub trial: &'static str,
    /// What it found, in numbers and names.
    pub found: Value,
}

/// The operator's policy (`[swap] require_try`): the last calls of the skill, once more.
pub(crate) struct LastCalls(pub(crate) HistoryGate);

#[async_trait::async_trait]
impl Trial for LastCalls {
    fn name(&self) -> &'static str {
        "last-calls"
    }

    async fn run(&self, candidate: &Candidate) -> Result<Value, String> {
        let tried =
            self.0.check(&candidate.runner, &candidate.module.skill_ref).await.map_err(|error| error.to_string())?;
        let (calls, identical, different) = (tried.calls, tried.identical, tried.different);
        Ok(json!({ "calls": calls, "identical": identical, "different": different, "not_run": tried.not_run }))
    }
}

/// Something a module must stand.
#[async_trait::async_trait]
pub trait Trial: Send + Sync + 'static {
    /// Its name in errors and reports.
    fn name(&self) -> &'static str;
    /// Runs it: what it found, or why the module may not serve.
    async fn run(&self, candidate: &Candidate) -> Result<Value, String>;
}
