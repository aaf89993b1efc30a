//! Bytes in, modules out.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};
use skillhost_engine::canonical::canonical_json;
use skillhost_engine::limits::{CallLimits, MAX_JSON_DEPTH};
use skillhost_engine::skill::{Manifest, SkillRef};
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{Component, ComponentExportIndex, Linker};

use crate::cache::{Cache, CacheConfig, CacheError};
use crate::contract;
use crate::engine::{self, DEFAULT_CONCURRENCY, EngineReport};
use crate::error::LoadError;
use crate::files::FilesConfig;
use crate::invoke::{self, Prepared};
use crate::manifest::{self, Checked};
use crate::module::Module;
use crate::schema::{bounded, parse_json};
use crate::state::CallState;
use crate::ticker::Ticker;
use crate::{doors, verify, wasi};

/// Fuel of `describe`: deriving two schemas takes a few millions.
const DESCRIBE_FUEL: u64 = 500_000_000;
/// Wall time of `describe`.
const DESCRIBE_WALL_MS: u64 = 5_000;
/// Characters of a compiler's message.
const MAX_COMPILE_MESSAGE: usize = 600;

/// How a sandbox is made.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Calls that may run at once.
    pub concurrency: u32,
    /// Where compiled modules are kept; nowhere when `None`.
    pub cache: Option<CacheConfig>,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self { concurrency: DEFAULT_CONCURRENCY, cache: None }
    }
}

/// The sandbox cannot be made on this machine.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Wasmtime refuses the configuration.
    #[error("the WebAssembly engine does not start: {message}")]
    Engine {
        /// What it says.
        message: String,
    },
    /// No thread for the epoch.
    #[error("the epoch thread does not start")]
    Ticker(#[source] std::io::Error),
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

fn engine_error(error: &wasmtime::Error) -> SandboxError {
    SandboxError::Engine { message: format!("{error:#}") }
}

/// The engine, its linker and its cache. One a process.
pub struct Sandbox {
    pub(crate) engine: Engine,
    linker: Linker<CallState>,
    /// Without doors, for `describe`.
    closed: Linker<CallState>,
    cache: Option<Cache>,
    pub(crate) files: FilesConfig,
    report: EngineReport,
    /// One permit a pool slot: a call waits for a slot, it does not fail.
    pub(crate) slots: Semaphore,
    ticker: Ticker,
    computed_ns: AtomicU64,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("report", &self.report).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts the engine, its epoch thread and its cache.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let concurrency = config.concurrency.max(1);
        let (engine, report) = engine::build(concurrency).map_err(|error| engine_error(&error))?;
        let cache = config.cache.map(|cache| Cache::open(cache, &engine)).transpose()?;
        let mut closed = Linker::new(&engine);
        wasi::link(&mut closed)
            .and_then(|()| doors::http::link_types(&mut closed))
            .map_err(|error| engine_error(&error))?;
        let mut linker = closed.clone();
        doors::http::link_closed(&mut closed).map_err(|error| engine_error(&error))?;
        doors::link(&mut linker).map_err(|error| engine_error(&error))?;
        let ticker = Ticker::start(engine.weak()).map_err(SandboxError::Ticker)?;
        let slots = usize::try_from(concurrency).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        Ok(Self {
            engine,
            linker,
            closed,
            cache,
            files: FilesConfig::default(),
            report,
            slots: Semaphore::new(slots),
            ticker,
            computed_ns: AtomicU64::new(0),
        })
    }

    /// The same sandbox with directories behind `fs:` rights.
    #[must_use]
    pub fn with_files(mut self, files: FilesConfig) -> Self {
        self.files = files;
        self
    }

    /// What was asked of wasmtime and what it agreed to.
    pub fn report(&self) -> &EngineReport {
        &self.report
    }

    /// How often the epoch has ticked: a guest that computes gives its thread back at
    /// each tick at the latest.
    pub fn ticks(&self) -> u64 {
        self.ticker.ticks()
    }

    /// How long guests have held a thread since the sandbox began, their waits left out.
    /// A thread that the machine takes away meanwhile counts as held.
    pub fn computed(&self) -> Duration {
        Duration::from_nanos(self.computed_ns.load(Ordering::Relaxed))
    }

    pub(crate) fn compute(&self, time: Duration) {
        self.computed_ns.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Verifies, compiles (or takes from the cache) and links a component. It
    /// computes for up to seconds: call it off the async workers.
    pub fn load(&self, bytes: &[u8]) -> Result<Arc<Module>, LoadError> {
        let outline = verify::outline(bytes)?;
        let Checked { manifest, rights, input, output } = manifest::check(outline.manifest)?;
        let (component, digest) = self.component(bytes)?;
        verify::imports(&self.engine, &component, &rights)?;
        let pre = self.linker.instantiate_pre(&component).map_err(|error| compile_error(&error))?;
        let run = export(&component, contract::WORK, "run")?;
        export(&component, contract::MANIFEST, "describe")?;
        let skill_ref = SkillRef {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: format!("sha256:{}", hex::encode(digest)),
        };
        Ok(Arc::new(Module { skill_ref, manifest: Arc::new(manifest), rights, pre, run, input, output }))
    }

    /// Loads many at once, on as many threads as there are processors; answers
    /// in the order asked.
    pub fn load_all<B: AsRef<[u8]> + Sync>(&self, components: &[B]) -> Vec<Result<Arc<Module>, LoadError>> {
        self.load_each(components, |bytes| Ok(bytes.as_ref().to_vec()), |_, _| {})
    }

    /// The same for things whose bytes have to be read first, which is done on the
    /// same threads. `progress` is told how many of how many are done.
    pub fn load_each<T: Sync, E: From<LoadError> + Send>(
        &self,
        wanted: &[T],
        read: impl Fn(&T) -> Result<Vec<u8>, E> + Sync,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Vec<Result<Arc<Module>, E>> {
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(wanted.len());
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(Vec::with_capacity(wanted.len()));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = wanted.get(at) else { return };
                        let answer = read(one).and_then(|bytes| Ok(self.load(&bytes)?));
                        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                        answers.push((at, answer));
                        progress(answers.len(), wanted.len());
                    }
                });
            }
        });
        let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        answers.sort_by_key(|(at, _)| *at);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    fn component(&self, bytes: &[u8]) -> Result<(Component, [u8; 32]), LoadError> {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let kept = || self.cache.as_ref().and_then(|cache| cache.get(&self.engine, &digest));
        if let Some(component) = kept() {
            return Ok((component, digest));
        }
        let component = Component::from_binary(&self.engine, bytes).map_err(|error| compile_error(&error))?;
        if let Some(cache) = &self.cache {
            cache.put(&digest, &component);
        }
        // As it is kept, it takes less memory than as it was compiled.
        Ok((kept().unwrap_or(component), digest))
    }

    /// Runs `describe` of a component, with a manifest section or without, with
    /// every door closed: a call of one traps.
    pub async fn describe(&self, bytes: &[u8]) -> Result<Value, LoadError> {
        let component = match verify::outline(bytes) {
            Ok(_) => self.component(bytes)?.0,
            // On its way to a manifest, and to other bytes: not worth a place in the cache.
            Err(LoadError::NoManifest { .. }) => {
                Component::from_binary(&self.engine, bytes).map_err(|error| compile_error(&error))?
            }
            Err(error) => return Err(error),
        };
        let describe = export(&component, contract::MANIFEST, "describe")?;
        let mut linker = self.closed.clone();
        verify::closed_doors(&self.engine, &component, &mut linker).map_err(|error| compile_error(&error))?;
        let pre = linker.instantiate_pre(&component).map_err(|error| compile_error(&error))?;
        let limits = CallLimits { fuel: Some(DESCRIBE_FUEL), wall_ms: Some(DESCRIBE_WALL_MS), ..CallLimits::default() }
            .resolved();
        let state = CallState::closed("describe", &limits);
        let wall = Duration::from_millis(limits.wall_ms);
        let mut prepared = Prepared::new(self, state, &limits, wall)
            .await
            .map_err(|error| LoadError::Describe { message: error.to_string() })?;
        let (text,) = prepared.run::<(), (String,)>(&pre, &describe, ()).await.map_err(|error| {
            LoadError::Describe { message: invoke::classify(&error, &prepared, &limits).to_string() }
        })?;
        parse_json(&text).map_err(|message| LoadError::Describe {
            message: format!("its answer is nested deeper than {MAX_JSON_DEPTH} or is {message}"),
        })
    }

    /// Whether a component's `describe` says what its section says.
    pub async fn check_description(&self, bytes: &[u8]) -> Result<Manifest, LoadError> {
        let embedded = manifest::read_manifest(bytes)?;
        let said = self.describe(bytes).await?;
        let described: Manifest = serde_json::from_value(said)
            .map_err(|error| LoadError::Describe { message: format!("its answer is no manifest: {error}") })?;
        // As the section is written: there 0.0 is 0.
        let written = |manifest: &Manifest| -> Option<Value> {
            serde_json::from_slice(&canonical_json(&serde_json::to_value(manifest).ok()?)).ok()
        };
        let difference = match (written(&embedded), written(&described)) {
            (Some(a), Some(b)) => first_difference(&a, &b),
            _ => Some(String::new()),
        };
        match difference {
            None => Ok(embedded),
            Some(pointer) => Err(LoadError::Differs { pointer }),
        }
    }
}

fn compile_error(error: &wasmtime::Error) -> LoadError {
    LoadError::Compile { message: bounded(&format!("{error:#}"), MAX_COMPILE_MESSAGE) }
}

fn export(
    component: &Component,
    interface: &'static str,
    function: &'static str,
) -> Result<ComponentExportIndex, LoadError> {
    component
        .get_export_index(None, interface)
        .and_then(|interface| component.get_export_index(Some(&interface), function))
        .ok_or(LoadError::MissingExport { export: function })
}

fn first_difference(a: &Value, b: &Value) -> Option<String> {
    if a == b {
        return None;
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let (left, right) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
            first_difference(left, right).map(|rest| format!("/{}{rest}", skillhost_engine::canonical::escape(key)))
        }),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(at, (left, right))| first_difference(left, right).map(|rest| format!("/{at}{rest}"))),
        _ => Some(String::new()),
    }
}
