//! DBOS: its Rust crate is the whole engine, in this process, on Postgres. Runs are
//! started in process, as a program that uses the crate does.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use dbos::sysdb::types::{WorkflowFilter, WorkflowStatus};
use dbos::{Config, DBOS, RunOptions, WorkflowRef};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::load::{Line, Span, When, closed_loop, percentile};
use crate::memory;
use crate::work::{self, Executions, Job, Note, STEPS};

pub const WHO: &str = "dbos";
/// The crate computes none; a run is recovered only by the version that started it.
const VERSION: &str = "1";
/// A run waits for its approval for no longer.
const GATE_PATIENCE: Duration = Duration::from_secs(600);
/// Between two looks at what is left after a kill.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The runs of a gate come to their wait within it.
const PARKING: Duration = Duration::from_secs(1);

/// How the engine is set up.
#[derive(Clone, Debug, clap::Args)]
pub struct Engine {
    /// A Postgres database of the leg's own
    #[arg(long)]
    pub database: String,
    /// Connections of the engine's pool
    #[arg(long, default_value_t = 10)]
    pub connections: u32,
}

struct Launched {
    dbos: DBOS,
    run: WorkflowRef<Job, Note>,
    gate: WorkflowRef<Job, Note>,
}

async fn launch(engine: &Engine, list: Option<&Path>) -> anyhow::Result<Launched> {
    let executions = Executions::to(list)?;
    let dbos = DBOS::new(Config {
        app_version: Some(VERSION.to_owned()),
        max_connections: engine.connections,
        // A push a write: the shortest way from a message to the run that waits for it.
        notification_coalesce: Some(Duration::ZERO),
        ..Config::new("bench-peers", engine.database.clone())
    });
    let of = executions.clone();
    let run = dbos.register_workflow("run", move |job: Job| {
        let executions = of.clone();
        async move {
            let mut note = job.note.clone();
            for _ in 0..STEPS {
                note = step(&executions, &job, note).await?;
            }
            Ok::<_, dbos::Error>(note)
        }
    })?;
    let gate = dbos.register_workflow("gate", move |job: Job| {
        let executions = executions.clone();
        async move {
            let note = step(&executions, &job, job.note.clone()).await?;
            let _: Option<String> = dbos::recv(None, GATE_PATIENCE).await?;
            step(&executions, &job, note).await
        }
    })?;
    dbos.launch().await?;
    Ok(Launched { dbos, run, gate })
}

async fn step(executions: &Executions, job: &Job, note: Note) -> Result<Note, dbos::Error> {
    dbos::step("step", || {
        let (executions, job, note) = (executions.clone(), job.clone(), note.clone());
        async move { Ok(work::step(&executions, &job, note).await) }
    })
    .await
}

/// Steps a second and the times of whole runs; beside them this process's memory.
pub async fn steps(engine: &Engine, concurrency: usize, span: Span) -> anyhow::Result<[Line; 3]> {
    let launched = launch(engine, None).await?;
    let idle = memory(When::Idle, concurrency)?;
    let run = Arc::new(launched.run);
    let line = closed_loop(WHO, concurrency, span, move |number| {
        let run = Arc::clone(&run);
        async move {
            let note = run.run(Job::new(format!("job-{number}"), Duration::ZERO)).await?;
            if note.steps == STEPS { Ok(()) } else { bail!("a run ended after {} steps", note.steps) }
        }
    })
    .await?;
    let after = memory(When::After, concurrency)?;
    launched.dbos.shutdown().await;
    Ok([idle, line, after])
}

fn memory(when: When, concurrency: usize) -> anyhow::Result<Line> {
    let mb = memory::resident_mb(std::process::id())?;
    let part = "engine and driver".to_owned();
    Ok(Line::Memory { who: WHO.to_owned(), part, when, concurrency: Some(concurrency), mb })
}

/// Parks runs at a gate, then lets them through one by one.
pub async fn gate(engine: &Engine, parked: usize) -> anyhow::Result<Line> {
    let launched = launch(engine, None).await?;
    let mut runs = Vec::new();
    for number in 0..parked {
        runs.push(launched.gate.start(Job::new(format!("gate-{number}"), Duration::ZERO)).await?);
    }
    tokio::time::sleep(PARKING).await;
    let mut times = Vec::new();
    for run in runs {
        let id = run.workflow_id().to_owned();
        let started = Instant::now();
        launched.dbos.send(&id, &"approved").await?;
        run.result().await?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    launched.dbos.shutdown().await;
    Ok(Line::Gate {
        who: WHO.to_owned(),
        parked,
        p50_ms: percentile(&mut times, 50),
        p99_ms: percentile(&mut times, 99),
    })
}

/// Runs jobs until it is killed.
pub async fn endless(engine: &Engine, list: &Path, plan: crate::KillPlan) -> anyhow::Result<()> {
    let launched = launch(engine, Some(list)).await?;
    let (run, next) = (Arc::new(launched.run), Arc::new(AtomicUsize::new(0)));
    println!("started");
    let mut lanes = JoinSet::new();
    for _ in 0..plan.in_flight {
        let (run, next) = (Arc::clone(&run), Arc::clone(&next));
        lanes.spawn(async move {
            loop {
                let name = format!("run-{}", next.fetch_add(1, Ordering::Relaxed));
                let options = RunOptions { workflow_id: Some(&name), ..RunOptions::default() };
                run.run_with(Job::new(name.clone(), plan.wait()), options).await?;
            }
        });
    }
    match lanes.join_next().await {
        Some(ended) => ended?,
        None => Ok(()),
    }
}

/// Starts again what was killed, and waits until nothing is open. Prints a line for each
/// run that has ended, with the milliseconds since this process began to wait.
pub async fn recover(engine: &Engine, list: &Path, plan: crate::KillPlan) -> anyhow::Result<()> {
    let started = Instant::now();
    let launched = launch(engine, Some(list)).await?;
    let open = WorkflowFilter {
        status: vec![WorkflowStatus::Pending, WorkflowStatus::Enqueued, WorkflowStatus::Delayed],
        ..WorkflowFilter::default()
    };
    while !launched.dbos.list_workflows(&open).await?.is_empty() && started.elapsed() < plan.patience() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let done = WorkflowFilter { status: vec![WorkflowStatus::Success], ..WorkflowFilter::default() };
    for run in launched.dbos.list_workflows(&done).await? {
        println!("{}", run.workflow_id);
    }
    launched.dbos.shutdown().await;
    Ok(())
}

/// What a kill leaves.
pub async fn kill(engine: &Engine, folder: &Path, plan: crate::KillPlan) -> anyhow::Result<Line> {
    std::fs::create_dir_all(folder)?;
    let list = folder.join("executions");
    let mut victim = child("endless", engine, &list, plan)?;
    let out = victim.stdout.take().context("the engine has no output")?;
    BufReader::new(out).lines().next_line().await?.context("the engine ended")?;
    tokio::time::sleep(plan.after()).await;
    victim.kill().await?;
    let seen = work::tally(&list)?.runs;
    let restarted = Instant::now();
    let recovery = child("recover", engine, &list, plan)?.wait_with_output().await?;
    let took = restarted.elapsed();
    if !recovery.status.success() {
        bail!("the engine does not start again: {}", recovery.status);
    }
    let done = String::from_utf8(recovery.stdout)?;
    let done: std::collections::BTreeSet<&str> = done.lines().collect();
    let ended: Vec<Duration> = seen.iter().filter(|run| done.contains(run.as_str())).map(|_| took).collect();
    Ok(crate::kill_line(WHO, seen.len(), &ended, &work::tally(&list)?))
}

fn child(what: &str, engine: &Engine, list: &PathBuf, plan: crate::KillPlan) -> anyhow::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["dbos", what, "--database", &engine.database]);
    command.args(["--connections", &engine.connections.to_string()]).arg("--list").arg(list).args(plan.args());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    Ok(command.spawn()?)
}
