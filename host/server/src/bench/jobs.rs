//! Durable jobs through the real store and driver: steps a second, latency,
//! resume after an answer, and beside them the floor, which is the same bytes
//! written by group commit with no engine around it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use skillhost_engine::archive::MAX_JOBS_DAYS;
use skillhost_engine::backlog::MAX_OPEN_JOBS;
use skillhost_engine::ids::{JobId, OrgId, SkillName, UserId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::rights::Grant;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::store::{JobFilter, Store};
use skillhost_sandbox::{Registry, Sandbox, SandboxConfig, SandboxRunner};
use skillhost_store::FloorShape;

use super::filled;
use super::native::{GATE, NOOP, NativeSkills, PROPOSE, REVIEW};
use super::resume;
use crate::app::{App, Incoming};
use crate::boot::{self, Parts, Skills};
use crate::config::{Config, Database, Overrides};
use crate::sequences::Sequences;

/// Event type of the jobs that are measured.
pub(super) const EVENT: &str = "pipeline_scan";
/// Whose jobs they are.
pub(super) const ORG: &str = "bench";
/// How long the hosts of a bench count as alive: no run is longer.
const ALIVE_MS: i64 = 3_600_000;
/// Jobs run before anything is measured.
const WARM_UP: usize = 64;
/// Bytes of a step's journal line and of its effect's payload, as the native
/// steps make them: the floor writes the same.
const JOURNAL_BYTES: usize = 1300;
const PAYLOAD_BYTES: usize = 60;
/// What a step is given: the shipped echo wants a text.
const WITH: &str = "    with:\n      text: \"'bench'\"\n";
/// Between two looks whether a backlog is done: small beside the time that takes.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Longest wait for a backlog.
const BACKLOG_PATIENCE: Duration = Duration::from_secs(900);
/// Longest wait for one job.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What runs the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Native steps that only answer, a kilobyte each: engine and store alone.
    Noop,
    /// The same, each with an effect that needs nobody's answer.
    Effect,
    /// The `echo` module through the sandbox.
    Wasm,
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Steps a job.
    pub steps: usize,
    /// Jobs under way at once.
    pub concurrency: usize,
    /// Jobs in all.
    pub jobs: usize,
    /// What runs the steps.
    pub kind: Kind,
    /// The module of [`Kind::Wasm`], a built skill that takes `{text}`.
    pub component: Option<Vec<u8>>,
    /// How long a native step waits, as one that asks somebody does.
    pub wait: Duration,
    /// An empty Postgres database to run on; without one, SQLite files of the bench.
    pub database: Option<String>,
    /// Accept every job before any host runs, and measure until none is left: who
    /// takes which job is then up to the hosts.
    pub backlog: bool,
    /// Hosts that share the database, each with `concurrency` slots; more than one only
    /// with `backlog`.
    pub hosts: usize,
    /// Finished jobs that are in the tables before anything is measured.
    pub finished: usize,
    /// Jobs that wait for a person, likewise.
    pub parked: usize,
}

/// What was measured. Times are milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Steps made durable in a second.
    pub steps_per_s: f64,
    /// Jobs taken, run and made durable in a second.
    pub jobs_per_s: f64,
    /// From the event's acceptance to the last step's commit, under load; none with a
    /// backlog.
    pub p50_ms: Option<f64>,
    /// The same.
    pub p99_ms: Option<f64>,
    /// The same with one job at a time.
    pub p50_ms_alone: Option<f64>,
    /// From an answer to the commit of the step after it.
    pub resume_p50_ms: f64,
    /// The same.
    pub resume_p99_ms: f64,
    /// The same where the step waits until the effect that was approved has happened.
    pub resume_effect_p50_ms: f64,
    /// The same.
    pub resume_effect_p99_ms: f64,
    /// Beside the floor of this disk, for SQLite.
    #[serde(flatten)]
    pub floor: Option<Floor>,
    /// One flush of this disk, microseconds.
    pub fsync_us: f64,
    /// Memory of this process when it was ready, and after all steps, megabytes.
    pub memory_mb: [f64; 2],
    /// What was asked.
    pub steps: usize,
    /// What was asked.
    pub concurrency: usize,
    /// What was asked.
    pub jobs: usize,
    /// What was asked.
    pub kind: Kind,
    /// What was asked.
    pub hosts: usize,
    /// What was asked.
    pub wait_ms: u64,
    /// What was asked.
    pub finished: usize,
    /// What was asked.
    pub parked: usize,
    /// What the numbers hold.
    pub note: &'static str,
}

/// What the same commits cost without a host.
#[derive(Clone, Debug, Serialize)]
pub struct Floor {
    /// Steps a second of the floor at the same concurrency.
    pub floor_steps_per_s: f64,
    /// The floor's time for the commits of one job, one at a time.
    pub floor_job_p50_ms_alone: f64,
    /// `steps_per_s / floor_steps_per_s`.
    pub of_floor: f64,
    /// `p50_ms_alone / floor_job_p50_ms_alone`.
    pub alone_of_floor: f64,
}

/// Measures in a folder of its own, or on a database of its own.
///
/// # Errors
/// The host cannot be built there, or a job does not end.
pub async fn run(folder: &Path, options: &Options) -> anyhow::Result<Report> {
    // A host of its own: another one has an effect of every step still to deliver.
    let app = host(&folder.join("gated"), options).await?;
    filled::fill(&app, options.finished, options.parked).await?;
    crate::driver::start(&app).await?;
    let mut resumed = resume::measure(&app, resume::Gate::Choice).await?;
    let mut resumed_effect = resume::measure(&app, resume::Gate::Effect).await?;
    crate::driver::drain(&app).await;

    let mut hosts = Vec::new();
    for number in 0..options.hosts.max(1) {
        hosts.push(host(&folder.join(format!("host-{number}")), options).await?);
    }
    let [app, ..] = hosts.as_slice() else { anyhow::bail!("there is no host") };
    if options.database.is_none() {
        filled::fill(app, options.finished, options.parked).await?;
    }
    // A database may have seen another run.
    let run = app.ids.fresh("run");
    if options.backlog {
        accept(app, &run, options).await?;
    }
    // Effects are written with their step and not delivered while steps are
    // measured: delivery is a commit of its own and would be counted as a step's.
    let begin = async || {
        for app in &hosts {
            app.store.alive(&app.boot_id, ALIVE_MS).await?;
            app.tasks.spawn(crate::driver::dispatch(Arc::clone(app)));
        }
        anyhow::Ok(())
    };
    let (mut alone, mut loaded, mut ready) = (Vec::new(), Vec::new(), resident_mb());
    let mut started = Instant::now();
    begin().await?;
    if options.backlog {
        until_none_is_left(&hosts).await?;
    } else {
        for place in 0..WARM_UP {
            one(app, EVENT, &format!("{run}-warm-{place}")).await?;
        }
        ready = resident_mb();
        for place in 0..WARM_UP {
            alone.push(one(app, EVENT, &format!("{run}-alone-{place}")).await?);
        }
        started = Instant::now();
        loaded = futures::stream::iter(0..options.jobs)
            .map(|place| {
                let (app, key) = (Arc::clone(app), format!("{run}-{place}"));
                async move { tokio::spawn(async move { one(&app, EVENT, &key).await }).await? }
            })
            .buffer_unordered(options.concurrency)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect::<anyhow::Result<_>>()?;
    }
    let elapsed = started.elapsed().as_secs_f64();
    let memory_mb = [ready, resident_mb()];
    for app in &hosts {
        crate::driver::drain(app).await;
    }
    let jobs = options.jobs as f64;
    let steps_per_s = jobs * options.steps as f64 / elapsed;
    let measured = |times: &mut Vec<f64>, percent| (!times.is_empty()).then(|| percentile(times, percent));
    let p50_ms_alone = measured(&mut alone, 50);
    let floor = match (p50_ms_alone, &options.database) {
        (Some(alone), None) => Some(floor(folder, options, steps_per_s, alone).await?),
        _ => None,
    };
    Ok(Report {
        steps_per_s,
        jobs_per_s: jobs / elapsed,
        p50_ms: measured(&mut loaded, 50),
        p99_ms: measured(&mut loaded, 99),
        p50_ms_alone,
        resume_p50_ms: percentile(&mut resumed, 50),
        resume_p99_ms: percentile(&mut resumed, 99),
        resume_effect_p50_ms: percentile(&mut resumed_effect, 50),
        resume_effect_p99_ms: percentile(&mut resumed_effect, 99),
        floor,
        fsync_us: skillhost_store::probe_fsync(folder)? as f64,
        memory_mb,
        steps: options.steps,
        concurrency: options.concurrency,
        jobs: options.jobs,
        kind: options.kind,
        hosts: hosts.len(),
        wait_ms: u64::try_from(options.wait.as_millis()).unwrap_or(u64::MAX),
        finished: options.finished,
        parked: options.parked,
        note: "a step is one commit of compare-and-set, journal and audit row, and an outbox row if it has \
               an effect, flushed; effects are written, not delivered, while steps are measured",
    })
}

/// Takes every job while no slot is free, so that all of them wait.
async fn accept(app: &Arc<App>, run: &str, options: &Options) -> anyhow::Result<()> {
    let slots = u32::try_from(options.concurrency)?;
    let _held = Arc::clone(&app.slots).acquire_many_owned(slots).await?;
    futures::stream::iter(0..options.jobs)
        .map(|place| async move { start(app, EVENT, &format!("{run}-{place}")).await.map(drop) })
        .buffer_unordered(options.concurrency)
        .try_collect()
        .await
}

/// Waits until no host has anything to run. Asks the database only when none runs
/// anything, so that asking costs them nothing.
async fn until_none_is_left(hosts: &[Arc<App>]) -> anyhow::Result<()> {
    let open = JobFilter { status: vec![JobStatus::Pending, JobStatus::InProgress], limit: 1, ..JobFilter::default() };
    let is_any_left = async || -> anyhow::Result<bool> {
        let [app, ..] = hosts else { return Ok(false) };
        let is_idle = hosts.iter().all(|host| host.running.is_empty());
        Ok(!is_idle || !app.store.jobs(&OrgId::new(ORG), &open).await?.is_empty())
    };
    let ended = async {
        while is_any_left().await? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(BACKLOG_PATIENCE, ended).await?
}

async fn floor(folder: &Path, options: &Options, steps_per_s: f64, p50_ms_alone: f64) -> anyhow::Result<Floor> {
    let payload_bytes = (options.kind == Kind::Effect).then_some(PAYLOAD_BYTES);
    let shape = |steps, group| FloorShape { steps, group, journal_bytes: JOURNAL_BYTES, payload_bytes };
    let floor =
        skillhost_store::floor(&folder.join("floor.db"), shape(options.jobs * options.steps, options.concurrency))
            .await?;
    let floor_alone = skillhost_store::floor(&folder.join("floor-alone.db"), shape(WARM_UP * options.steps, 1)).await?;
    let floor_job_p50_ms_alone = floor_alone.p50_us as f64 * options.steps as f64 / 1e3;
    Ok(Floor {
        floor_steps_per_s: floor.steps_per_s,
        floor_job_p50_ms_alone,
        of_floor: steps_per_s / floor.steps_per_s,
        alone_of_floor: p50_ms_alone / floor_job_p50_ms_alone,
    })
}

/// Memory of this process that is resident, megabytes; 0 where the system does not say.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// A host with a database of its own; nothing runs in it yet.
async fn host(folder: &Path, options: &Options) -> anyhow::Result<Arc<App>> {
    let database = options.database.clone();
    let mut config =
        Config::load(None, Overrides { data_dir: Some(folder.to_owned()), database, ..Overrides::default() })?;
    config.default_grant = Grant::Unrestricted;
    config.jobs = options.concurrency;
    // Nothing of the operator's settings: a bench writes to no database but its own.
    if options.database.is_none() {
        config.database = Database::Folder;
    }
    config.host_key = Some(SecretString::from("b".repeat(64)));
    config.open_jobs = MAX_OPEN_JOBS;
    // What fills the tables stays there.
    config.jobs_days = MAX_JOBS_DAYS;
    std::fs::create_dir_all(folder)?;
    let app = boot::assemble(config, Parts::default(), skills(options)?).await?;
    of_the_bench_alone(app.store.as_ref()).await?;
    app.store.load_data(&organisation(), skillhost_engine::time::Timestamp(i64::MAX)).await?;
    Ok(app)
}

/// Refuses a database that holds anything but what a bench has put there.
pub(super) async fn of_the_bench_alone(store: &dyn Store) -> anyhow::Result<()> {
    let others = store.users_after(None, 1).await?.into_iter().find(|user| user.org.as_str() != ORG);
    match others {
        Some(user) => anyhow::bail!("the database holds the organisation {}; a bench needs one of its own", user.org),
        None => Ok(()),
    }
}

fn skills(options: &Options) -> anyhow::Result<Skills> {
    let native = NativeSkills::new(options.wait);
    let with = match options.kind {
        Kind::Wasm => WITH,
        Kind::Noop | Kind::Effect => "",
    };
    let steps = |skill: &str| -> String {
        (0..options.steps)
            .map(|place| match place {
                0 => format!("  s0:\n    skill: {skill}\n{with}"),
                place => format!("  s{place}:\n    skill: {skill}\n    needs: [s{}]\n{with}", place - 1),
            })
            .collect()
    };
    let (runner, name): (Arc<dyn skillhost_engine::skill::SkillRunner>, SkillName) =
        match (&options.kind, &options.component) {
            (Kind::Wasm, Some(component)) => {
                let sandbox = Arc::new(Sandbox::new(SandboxConfig::default())?);
                let registry = Arc::new(Registry::new());
                let module = sandbox.load(component)?;
                let name = module.skill_ref.name.clone();
                registry.activate(module);
                (Arc::new(super::native::Mixed::new(native, SandboxRunner::new(sandbox, registry))), name)
            }
            (Kind::Effect, _) => (Arc::new(native), PROPOSE.into()),
            _ => (Arc::new(native), NOOP.into()),
        };
    let chain = format!("sequence: bench\nversion: 1\nevent: {EVENT}\nsteps:\n{}", steps(name.as_str()));
    let [choice, effect] = resume::Gate::ALL.map(resume::Gate::sequence);
    let sequences = Sequences::of([Arc::new(Sequence::parse("bench", &chain)?), Arc::new(choice?), Arc::new(effect?)]);
    let names = BTreeSet::from([name, NOOP.into(), PROPOSE.into(), GATE.into(), REVIEW.into()]);
    Ok(Skills { runner, names, sequences, modules: None })
}

/// One job from its event to its rest; milliseconds.
pub(super) async fn one(app: &Arc<App>, event_type: &str, key: &str) -> anyhow::Result<f64> {
    let mut changes = app.wake.watch();
    let started = Instant::now();
    let job = start(app, event_type, key).await?;
    let rested = async {
        let mut begun = false;
        loop {
            // The last checkpoint of a job is the one after which it holds no slot. One that
            // found no slot free, as while the dispatcher looks, holds none either.
            let held = app.running.holds(&job);
            begun |= held;
            if !held && (begun || !waits_for_a_slot(app, &job).await?) {
                return anyhow::Ok(());
            }
            if let Err(tokio::sync::broadcast::error::RecvError::Closed) = changes.recv().await {
                return Ok(());
            }
        }
    };
    tokio::time::timeout(PATIENCE, rested).await.map_err(|_| anyhow::anyhow!("job {job} does not end"))??;
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

async fn waits_for_a_slot(app: &App, job: &JobId) -> anyhow::Result<bool> {
    let stored = app.store.job(&OrgId::new(ORG), job).await?;
    Ok(stored.is_some_and(|job| matches!(job.row.status, JobStatus::Pending | JobStatus::InProgress)))
}

async fn start(app: &Arc<App>, event_type: &str, key: &str) -> anyhow::Result<JobId> {
    let incoming = Incoming {
        event_type: event_type.to_owned(),
        source: "manual".to_owned(),
        org: OrgId::new(ORG),
        user: UserId::new("u"),
        payload: json!({ "id": key }),
        idempotency_key: None,
        not_before: None,
        transcript: None,
    };
    Ok(app.receive(incoming).await?.job_id)
}

fn organisation() -> serde_json::Value {
    json!({
        "orgs": [{ "id": "bench", "name": "Bench", "domains": ["bench.example"], "settings": {} }],
        "users": [{ "id": "u", "org_id": "bench", "name": "U", "email": "u@bench.example", "zone": "UTC" }],
        "deals": [{ "id": "d1", "org_id": "bench", "name": "D", "stage": "lead", "updated_at": "2026-01-01T00:00:00Z" }],
    })
}

/// Of a list that it sorts.
pub(super) fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
