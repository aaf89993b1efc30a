//! Restate: its server, a worker of its Rust SDK in a process of its own, and a driver
//! that starts runs over HTTP as every program that uses Restate does.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::Client;
use restate_sdk::prelude::*;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::load::{Line, Span, closed_loop, percentile};
use crate::work::{self, Executions, Job, Note, STEPS};

pub const WHO: &str = "restate";
/// The fastest of those tried on two cores; the server's own default is 24.
const PARTITIONS: u32 = 4;
/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest wait for a server or a worker to be there.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether it is.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where a parked run leaves the id by which it is woken.
#[derive(Clone, Debug)]
struct Gates(Option<PathBuf>);

struct Bench {
    executions: Executions,
    gates: Gates,
}

#[service]
impl Bench {
    #[handler]
    async fn run(&self, ctx: Context<'_>, Json(job): Json<Job>) -> HandlerResult<Json<Note>> {
        let mut note = job.note.clone();
        for _ in 0..STEPS {
            note = self.step(&ctx, &job, note).await?;
        }
        Ok(Json(note))
    }

    #[handler]
    async fn gate(&self, ctx: Context<'_>, Json(job): Json<Job>) -> HandlerResult<Json<Note>> {
        let note = self.step(&ctx, &job, job.note.clone()).await?;
        let (id, approved) = ctx.awakeable::<String>();
        if let Some(folder) = &self.gates.0 {
            // Whole or not there: the driver looks for it by its name.
            let file = folder.join(&job.run);
            let part = file.with_extension("part");
            std::fs::write(&part, id).and_then(|()| std::fs::rename(&part, &file))?;
        }
        approved.await?;
        Ok(Json(self.step(&ctx, &job, note).await?))
    }
}

impl Bench {
    async fn step(&self, ctx: &Context<'_>, job: &Job, note: Note) -> Result<Note, TerminalError> {
        let (executions, job) = (self.executions.clone(), job.clone());
        let done = ctx.run(move || async move { Ok(Json(work::step(&executions, &job, note).await)) });
        Ok(done.await?.into_inner())
    }
}

/// The worker: serves until it is ended. Prints the address it listens on.
pub async fn worker(port: u16, executions: Option<&Path>, gates: Option<PathBuf>) -> anyhow::Result<()> {
    let bench = Bench { executions: Executions::to(executions)?, gates: Gates(gates) };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("{}", listener.local_addr()?.port());
    HttpServer::new(Endpoint::builder().bind(bench).build()).serve(listener).await;
    Ok(())
}

/// Server and worker, which end with this value.
pub struct Pair {
    program: PathBuf,
    folder: PathBuf,
    ingress: u16,
    admin: u16,
    client: Client,
    server: Child,
    worker: Child,
    worker_port: u16,
}

impl Pair {
    /// Starts both in an empty folder and makes them known to each other; with `listed`,
    /// the worker keeps the list of executions.
    pub async fn start(program: &Path, folder: &Path, listed: bool) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder.join("gates"))?;
        let [node, ingress, admin] = free_ports()?;
        let settings = folder.join("restate.toml");
        std::fs::write(&settings, settings_of(folder, node, ingress, admin))?;
        let server = start_server(program, &settings)?;
        let (worker, worker_port) = start_worker(folder, 0, listed).await?;
        let client = Client::builder().timeout(PATIENCE).build()?;
        let pair = Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            ingress,
            admin,
            client,
            server,
            worker,
            worker_port,
        };
        pair.ready().await?;
        let deployment = json!({ "uri": format!("http://127.0.0.1:{worker_port}") });
        let url = format!("http://127.0.0.1:{admin}/deployments");
        let answer = pair.client.post(url).json(&deployment).send().await?;
        if !answer.status().is_success() {
            bail!("the worker is not taken: {}", answer.text().await?);
        }
        Ok(pair)
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        for url in [
            format!("http://127.0.0.1:{}/health", self.admin),
            format!("http://127.0.0.1:{}/restate/health", self.ingress),
        ] {
            loop {
                let answer = self.client.get(&url).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    break;
                }
                if started.elapsed() > START_PATIENCE {
                    bail!("Restate does not answer at {url}");
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// The port of its ingress, and the ids of server and worker.
    pub fn described(&self) -> String {
        let id = |child: &Child| child.id().unwrap_or_default();
        format!("{} {} {}", self.ingress, id(&self.server), id(&self.worker))
    }

    fn list(&self) -> PathBuf {
        list_in(&self.folder)
    }

    async fn kill(&mut self, victim: Victim) -> anyhow::Result<()> {
        match victim {
            Victim::Server => self.server.kill().await?,
            Victim::Worker => self.worker.kill().await?,
        }
        Ok(())
    }

    async fn start_again(&mut self, victim: Victim) -> anyhow::Result<()> {
        match victim {
            Victim::Server => self.server = start_server(&self.program, &self.folder.join("restate.toml"))?,
            Victim::Worker => (self.worker, _) = start_worker(&self.folder, self.worker_port, true).await?,
        }
        self.ready().await
    }
}

/// Every name that is not here has the server's own default: the log's fsync is on.
fn settings_of(folder: &Path, node: u16, ingress: u16, admin: u16) -> String {
    format!(
        "default-num-partitions = {PARTITIONS}\nbind-ip = \"127.0.0.1\"\nbind-port = {node}\nlisten-mode = \"tcp\"\n\
         node-name = \"bench\"\ndisable-telemetry = true\nlog-filter = \"off\"\nbase-dir = '{}'\n\
         [ingress]\nbind-port = {ingress}\n[admin]\nbind-port = {admin}\n",
        folder.join("data").display()
    )
}

fn list_in(folder: &Path) -> PathBuf {
    folder.join("executions")
}

fn start_server(program: &Path, settings: &Path) -> anyhow::Result<Child> {
    let mut command = Command::new(program);
    command.arg("--no-logo").arg("--config-file").arg(settings);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().with_context(|| format!("cannot start {}", program.display()))
}

async fn start_worker(folder: &Path, port: u16, listed: bool) -> anyhow::Result<(Child, u16)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["restate", "worker", "--port", &port.to_string(), "--gates"]).arg(folder.join("gates"));
    if listed {
        command.arg("--list").arg(list_in(folder));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut worker = command.spawn()?;
    let out = worker.stdout.take().context("the worker has no output")?;
    let line = BufReader::new(out).lines().next_line().await?.context("the worker ended")?;
    Ok((worker, line.parse()?))
}

/// Held together until all are known, so that they differ.
fn free_ports() -> anyhow::Result<[u16; 3]> {
    let bound = || std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let held = [bound()?, bound()?, bound()?];
    let [a, b, c] = held.each_ref().map(std::net::TcpListener::local_addr);
    Ok([a?.port(), b?.port(), c?.port()])
}

async fn post(client: &Client, url: String, job: &Job) -> anyhow::Result<Note> {
    let answer = client.post(url).header("idempotency-key", &job.run).json(job).send().await?;
    Ok(answer.error_for_status()?.json().await?)
}

/// Steps a second and the times of whole runs.
pub async fn steps(ingress: u16, concurrency: usize, span: Span) -> anyhow::Result<Line> {
    let client = Client::builder().timeout(PATIENCE).build()?;
    closed_loop(WHO, concurrency, span, move |number| {
        let client = client.clone();
        async move {
            let job = Job::new(format!("job-{number}"), Duration::ZERO);
            let url = format!("http://127.0.0.1:{ingress}/Bench/run");
            let answer = client.post(url).json(&job).send().await?.error_for_status()?;
            let note: Note = answer.json().await?;
            if note.steps == STEPS { Ok(()) } else { bail!("a run ended after {} steps", note.steps) }
        }
    })
    .await
}

/// Parks runs at a gate, then lets them through one by one.
pub async fn gate(ingress: u16, gates: &Path, parked: usize) -> anyhow::Result<Line> {
    let client = Client::builder().timeout(PATIENCE).build()?;
    // Another leg may have been here.
    let leg = std::process::id();
    let mut runs = Vec::new();
    for number in 0..parked {
        let job = Job::new(format!("gate-{leg}-{number}"), Duration::ZERO);
        let (client, url) = (client.clone(), format!("http://127.0.0.1:{ingress}/Bench/gate"));
        let file = gates.join(&job.run);
        runs.push((file, tokio::spawn(async move { post(&client, url, &job).await })));
    }
    let mut times = Vec::new();
    for (file, run) in runs {
        let asked = Instant::now();
        let id = loop {
            if let Ok(id) = std::fs::read_to_string(&file) {
                break id;
            }
            if asked.elapsed() > PATIENCE {
                bail!("a run does not come to its gate");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        // The run waits for its answer a little later than it says by which id.
        tokio::time::sleep(LOOK_EVERY).await;
        let started = Instant::now();
        let url = format!("http://127.0.0.1:{ingress}/restate/awakeables/{id}/resolve");
        client.post(url).json("approved").send().await?.error_for_status()?;
        run.await??;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Line::Gate {
        who: WHO.to_owned(),
        parked,
        p50_ms: percentile(&mut times, 50),
        p99_ms: percentile(&mut times, 99),
    })
}

/// Which process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Victim {
    Server,
    Worker,
}

/// What a kill leaves, in a folder of its own.
pub async fn kill(program: &Path, folder: &Path, victim: Victim, plan: crate::KillPlan) -> anyhow::Result<Line> {
    let mut pair = Pair::start(program, folder, true).await?;
    let client = pair.client.clone();
    let url = format!("http://127.0.0.1:{}/Bench/run", pair.ingress);
    let mut lanes = JoinSet::new();
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for _ in 0..plan.in_flight {
        let (client, url, next) = (client.clone(), url.clone(), Arc::clone(&next));
        lanes.spawn(async move {
            loop {
                let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let job = Job::new(format!("run-{number}"), plan.wait());
                // The server is killed under it: that ends a lane.
                if post(&client, url.clone(), &job).await.is_err() {
                    return;
                }
            }
        });
    }
    tokio::time::sleep(plan.after()).await;
    pair.kill(victim).await?;
    // No lane starts another run, whoever is killed.
    lanes.shutdown().await;
    let seen = work::tally(&pair.list())?.runs;
    let restarted = Instant::now();
    pair.start_again(victim).await?;
    let mut waits = JoinSet::new();
    for run in &seen {
        let attach = format!("http://127.0.0.1:{}/restate/invocation/Bench/run/{run}/attach", pair.ingress);
        let client = pair.client.clone();
        waits.spawn(async move {
            loop {
                let answer = client.get(&attach).timeout(plan.patience()).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    return Some(restarted.elapsed());
                }
                if restarted.elapsed() > plan.patience() {
                    return None;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
    }
    let mut ended = Vec::new();
    while let Some(wait) = waits.join_next().await {
        ended.extend(wait?);
    }
    let after = work::tally(&pair.list())?;
    let who = match victim {
        Victim::Server => "restate-server",
        Victim::Worker => "restate-worker",
    };
    Ok(crate::kill_line(who, seen.len(), &ended, &after))
}
