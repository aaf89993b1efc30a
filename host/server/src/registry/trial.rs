//! What a new module must stand before it may serve.
//!
//! Every trial runs with the module loaded and described, and before anything of it
//! is kept. To add one, implement [`Trial`] and hand it to
//! [`super::Modules::add_trial`]; the first that fails stops the installation.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use skillhost_sandbox::{Module, Registry, Sandbox, SandboxRunner};

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

/// Something a module must stand.
#[async_trait::async_trait]
pub trait Trial: Send + Sync + 'static {
    /// Its name in errors and reports.
    fn name(&self) -> &'static str;
    /// Runs it: what it found, or why the module may not serve.
    async fn run(&self, candidate: &Candidate) -> Result<Value, String>;
}
