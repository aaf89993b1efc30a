//! The skills that are measured, as they ship: modules of `dist/` in the sandbox.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;
use skillhost_sandbox::{Sandbox, SandboxConfig};
use skillhost_sdk::harness::Case;
use skillhost_server::cases::CaseRunner;

/// Those that read language and have labelled sets.
pub const SKILLS: [&str; 5] =
    ["detect-intents", "extract-action-items", "classify-email-intent", "classify-replies", "parse-scheduling-request"];

/// Modules that can be called.
pub struct Shipped {
    runners: BTreeMap<&'static str, CaseRunner>,
}

impl Shipped {
    /// Loads [`SKILLS`] from a folder of modules.
    ///
    /// # Errors
    /// One is not there, or is no skill.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let sandbox = Arc::new(Sandbox::new(SandboxConfig { concurrency: 2, cache: None })?);
        let mut runners = BTreeMap::new();
        for skill in SKILLS {
            let path = folder.join(format!("{skill}.wasm"));
            let bytes = std::fs::read(&path).with_context(|| format!("{}: run `make skills`", path.display()))?;
            let module = sandbox.load(&bytes).with_context(|| format!("{} cannot be loaded", path.display()))?;
            runners.insert(skill, CaseRunner::new(&sandbox, module));
        }
        Ok(Self { runners })
    }

    /// The output of one call.
    ///
    /// # Errors
    /// The call failed; a set that cannot be run to its end is not measured.
    pub async fn output(&self, skill: &str, name: &str, input: Value, context: Value) -> anyhow::Result<Value> {
        let context = serde_json::from_value(context).with_context(|| format!("the context of {name}"))?;
        let case = Case { name: name.to_owned(), folder: PathBuf::new(), input, context, expected: None };
        let runner = self.runners.get(skill).with_context(|| format!("{skill} is not measured"))?;
        let outcome = runner.report(&case).await.result.with_context(|| format!("{skill} on {name}"))?;
        Ok(outcome.output)
    }
}
