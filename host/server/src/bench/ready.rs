//! How soon a host is ready: the modules of a start, compiled anew and out of the
//! cache, each from opening the database to the last module that may be called.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use skillhost_sandbox::Lanes;

use super::modules::{registry, renamed};

/// What was measured. Times are milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyReport {
    /// Modules that serve.
    pub modules: usize,
    /// Bytes of all of them.
    pub bytes: usize,
    /// With an empty cache: every module compiled.
    pub compiled_ms: f64,
    /// With the cache of the start before.
    pub cached_ms: f64,
    /// Threads that load.
    pub threads: usize,
}

/// Measures in a folder of its own: `count` modules made of `components` in turn,
/// each under a name of its own.
///
/// # Errors
/// The host cannot be built there, or a module does not load.
pub async fn run(folder: &Path, components: &[Vec<u8>], count: usize) -> anyhow::Result<ReadyReport> {
    anyhow::ensure!(!components.is_empty(), "there is no module to start with");
    let (modules, store) = registry(folder, Lanes::open()).await?;
    let mut bytes = 0;
    for (number, component) in components.iter().cycle().take(count).enumerate() {
        let module = renamed(component, Some(&format!("bench-{number:03}")), "1.0.0")?;
        bytes += module.len();
        modules.adopt(module, "bench").await?;
    }
    store.close().await;
    drop(modules);
    std::fs::remove_dir_all(folder.join("compiled"))?;

    let mut times = [0.0; 2];
    for time in &mut times {
        let started = Instant::now();
        let (modules, store) = registry(folder, Lanes::open()).await?;
        *time = started.elapsed().as_secs_f64() * 1e3;
        let ready = modules.runner().registry().list().len();
        anyhow::ensure!(ready == count, "{ready} of {count} modules are ready");
        store.close().await;
    }
    let [compiled_ms, cached_ms] = times;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(ReadyReport { modules: count, bytes, compiled_ms, cached_ms, threads })
}
