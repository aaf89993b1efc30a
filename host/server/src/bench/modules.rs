//! What the benches of the registry share: modules in a folder of their own, with a
//! real store and a real cache, and a call as a job makes it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use skillhost_engine::canary::Thresholds;
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError, Snapshot};
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::Call;
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::skill::{CallReport, SkillRef, SkillRunner as _};
use skillhost_engine::store::Store;
use skillhost_engine::time::{MicroUsd, Timestamp};
use skillhost_sandbox::{
    CacheConfig, Lanes, Registry, Sandbox, SandboxConfig, SandboxRunner, key_file, read_manifest, with_manifest,
};
use skillhost_store::{SqliteStore, StoreOptions};

use crate::clock::SystemClock;
use crate::registry::Modules;

/// The instant every call is told.
const NOW: Timestamp = Timestamp(1_760_000_000_000);
/// What the echo skill reads.
const CONTACT: &str = r#"{"id":"c1","name":"Echo","deal_ids":[],"suppressed":false,"fields":{},"flags":[]}"#;
/// Any key does: the cache lives as long as the bench.
const KEY: [u8; 32] = [7; 32];

/// Answers every read with one contact.
pub(super) struct OneContact;

#[async_trait::async_trait]
impl Doors for OneContact {
    async fn read(&self, _: Query) -> Result<Snapshot, ReadError> {
        Ok(Snapshot {
            body: CONTACT.into(),
            digest: sha256(CONTACT.as_bytes()).into(),
            as_of: NOW,
            next: None,
            cost: MicroUsd(0),
        })
    }
}

/// A sandbox with a cache in `folder/compiled`.
pub(super) fn sandbox(folder: &Path) -> anyhow::Result<Arc<Sandbox>> {
    let dir = folder.join("compiled");
    let key = key_file(&dir, KEY)?;
    let cache = Some(CacheConfig { dir, key });
    Ok(Arc::new(Sandbox::new(SandboxConfig { cache, ..SandboxConfig::default() })?))
}

/// The registry over `folder`, with the host's own lanes; nothing is loaded yet.
pub(super) async fn registry(folder: &Path, lanes: Lanes) -> anyhow::Result<(Arc<Modules>, Arc<dyn Store>)> {
    let dir = folder.join("modules");
    std::fs::create_dir_all(&dir)?;
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.join("skillhost.db"), StoreOptions::default()).await?);
    let runner = SandboxRunner::with_lanes(sandbox(folder)?, Arc::new(Registry::new()), lanes);
    let clock = Arc::new(SystemClock::new());
    let modules = Modules::new(runner, dir, Arc::clone(&store), clock, Thresholds::default());
    modules.restore().await?;
    Ok((Arc::new(modules), store))
}

/// The same code under another name and version.
pub(super) fn renamed(component: &[u8], name: Option<&str>, version: &str) -> anyhow::Result<Vec<u8>> {
    let mut manifest = read_manifest(component)?;
    if let Some(name) = name {
        manifest.name = name.into();
    }
    manifest.version = version.to_owned();
    Ok(with_manifest(component, &manifest)?)
}

/// One call as a job's step makes it: rights met, limits set, doors open.
pub(super) async fn call(runner: &SandboxRunner, skill: &SkillRef, id: &str, input: serde_json::Value) -> CallReport {
    let asked = runner.manifest(skill).map(|manifest| manifest.asked()).unwrap_or_default();
    let rights = RightSet::meet(&asked, &[&Grant::Unrestricted]);
    let call = Call {
        call_id: id.to_owned(),
        job: id.into(),
        step: "bench".into(),
        round: 0,
        org: "bench".into(),
        user: "user".into(),
        event_type: "bench".to_owned(),
        now: NOW,
        zone: "UTC".to_owned(),
        input: input.into(),
        extra: Vec::new(),
    };
    runner.call(skill, call, &rights, &CallLimits::default(), Arc::new(OneContact)).await
}

/// What the echo skill is asked.
pub(super) fn question() -> serde_json::Value {
    json!({ "text": "The quarterly numbers look fine. ".repeat(30), "contact_id": "c1" })
}

/// The time below which `percent` of a hundred are, milliseconds.
pub(super) fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
