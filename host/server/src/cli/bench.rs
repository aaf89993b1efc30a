//! `skillhost bench`: this host against the floor of this machine, in one run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::exit::hinted;
use super::{Exit, Global, render};
use crate::bench::jobs::{self, Kind, Options};
use crate::bench::{lanes, pipeline, ready, swap};

/// Workers of `bench lanes`: fewer than the guests that spin, whatever the machine has.
const LANE_WORKERS: usize = 2;
/// Where the guest that spins is built from.
const GUESTS: &str = "tests/guests";
/// Its package.
const SPINNER: &str = "guest-hostile";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// One call of a module: bare wasmtime beside the host's full path, interleaved.
    Call {
        /// Calls of each leg.
        #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
        calls: u32,
        /// The module both legs call; it reads one snapshot and answers.
        #[arg(long, value_name = "FILE", default_value = "dist/echo.wasm")]
        module: PathBuf,
    },
    /// Swapping versions under 1,000 calls a second: failed and blocked calls, p99 before and during.
    Swap {
        /// The module that is called and swapped.
        #[arg(long, value_name = "FILE", default_value = "dist/echo.wasm")]
        module: PathBuf,
    },
    /// A well-behaved skill alone and beside three guests that spin, on two workers.
    Lanes {
        /// The well-behaved module.
        #[arg(long, value_name = "FILE", default_value = "dist/echo.wasm")]
        module: PathBuf,
        /// A component that spins on `{"mode": "spin"}`; default: the one of tests/guests, built here.
        #[arg(long, value_name = "FILE")]
        spinner: Option<PathBuf>,
    },
    /// How soon a host with many modules is ready, with its cache and without.
    Ready {
        /// How many.
        #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=400))]
        modules: u16,
        /// Folder of the built skills they are made of.
        #[arg(long, value_name = "DIR", default_value = "dist")]
        skills: PathBuf,
    },
    /// What the scan of a pipeline asks, on SQLite and, where one is named, on Postgres: the stale of many deals.
    Pipeline {
        /// Open deals of one rep.
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5000))]
        deals: u32,
        /// Activities that happened with them, in all.
        #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        activities: u32,
        /// Times that it is asked.
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..=100_000))]
        reads: u32,
        /// A Postgres database of the bench's own, as for `jobs`, to be asked beside SQLite.
        #[arg(long, value_name = "URL")]
        database: Option<String>,
    },
    /// Durable jobs through the real store and driver, beside group-committed writes of the same bytes.
    Jobs {
        /// Steps a job.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=64))]
        steps: u64,
        /// Jobs under way at once.
        #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=64))]
        concurrency: u64,
        /// Jobs in all.
        #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(64..=1_000_000))]
        jobs: u64,
        /// What runs the steps.
        #[arg(long, value_enum, default_value_t = Kind::Noop)]
        kind: Kind,
        /// The module of `--kind wasm`.
        #[arg(long, value_name = "FILE", default_value = "dist/echo.wasm")]
        module: PathBuf,
        /// How long each native step waits, as one that asks somebody does.
        #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1000))]
        wait_ms: u64,
        /// A Postgres database of the bench's own, which has no organisation yet; its
        /// password is in SKILLHOST_DATABASE_PASSWORD.
        #[arg(long, value_name = "URL")]
        database: Option<String>,
        /// Accept every job before any host runs, and measure until none is left.
        #[arg(long)]
        backlog: bool,
        /// Hosts that share that database, each with `--concurrency` slots.
        #[arg(long, default_value_t = 1, requires_all = ["database", "backlog"], value_parser = clap::value_parser!(u64).range(1..=8))]
        hosts: u64,
        /// Finished jobs that are in the tables beforehand.
        #[arg(long, value_name = "JOBS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
        finished: u64,
        /// Jobs that wait for a person, likewise.
        #[arg(long, value_name = "JOBS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
        parked: u64,
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let report = match command {
        Command::Call { calls, module } => {
            let component = read(&module)?;
            serde_json::to_value(skillhost_sandbox::bench_call(&component, calls).await?)?
        }
        Command::Swap { module } => {
            let component = read(&module)?;
            let folder = tempfile::tempdir_in(".").context("cannot make a folder here")?;
            serde_json::to_value(Box::pin(swap::run(folder.path(), &component)).await?)?
        }
        Command::Lanes { module, spinner } => {
            let (echo, spinner) = (read(&module)?, spinning(spinner.as_ref())?);
            serde_json::to_value(on_two_workers(
                move || async move { lanes::run(&echo, &spinner, LANE_WORKERS).await },
            )?)?
        }
        Command::Ready { modules, skills } => {
            let components = built(&skills)?;
            let folder = tempfile::tempdir_in(".").context("cannot make a folder here")?;
            serde_json::to_value(Box::pin(ready::run(folder.path(), &components, usize::from(modules))).await?)?
        }
        Command::Pipeline { deals, activities, reads, database } => {
            let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
            let folder = tempfile::tempdir_in(".").context("cannot make a folder here")?;
            let (deals, activities, reads) = (count(deals), count(activities), count(reads));
            let options = pipeline::Options { deals, activities, reads, database };
            serde_json::to_value(Box::pin(pipeline::run(folder.path(), &options)).await?)?
        }
        Command::Jobs {
            steps,
            concurrency,
            jobs,
            kind,
            module,
            wait_ms,
            database,
            backlog,
            hosts,
            finished,
            parked,
        } => {
            let component = match kind {
                Kind::Wasm => Some(read(&module)?),
                Kind::Noop | Kind::Effect => None,
            };
            let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
            let folder = tempfile::tempdir_in(".").context("cannot make a folder here")?;
            let options = Options {
                steps: count(steps),
                concurrency: count(concurrency),
                jobs: count(jobs),
                kind,
                component,
                wait: std::time::Duration::from_millis(wait_ms),
                database,
                backlog,
                hosts: count(hosts),
                finished: count(finished),
                parked: count(parked),
            };
            serde_json::to_value(Box::pin(jobs::run(folder.path(), &options)).await?)?
        }
    };
    if global.json {
        render::json(&report)?;
        return Ok(Exit::Done);
    }
    let rows = report
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = match value.as_f64() {
                Some(number) if value.is_f64() => format!("{number:.2}"),
                _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            };
            vec![name.clone(), value]
        })
        .collect();
    render::table(&["measure", "value"], rows)?;
    Ok(Exit::Done)
}

/// Every built module of a folder.
fn built(folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let unreadable = |error: std::io::Error| {
        hinted(format!("cannot read {}: {error}", folder.display()), "build the skills with `skillhost build all`")
    };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "wasm"));
    paths.sort();
    paths.iter().map(read).collect()
}

/// The component that spins.
fn spinning(file: Option<&PathBuf>) -> anyhow::Result<Vec<u8>> {
    if let Some(file) = file {
        return read(file);
    }
    let settings = crate::config::guest_build();
    let built = crate::build::compile_guests(Path::new(GUESTS), &settings, &mut |line| eprintln!("{line}")).map_err(
        |error| hinted(error.to_string(), "run it in the project's folder, or name a component with --spinner"),
    )?;
    let found = built.into_iter().find(|(name, _)| name == SPINNER);
    let (_, path) = found.ok_or_else(|| hinted(format!("{GUESTS} has no {SPINNER}"), "name one with --spinner"))?;
    read(&path)
}

/// Runs on a runtime of its own with two workers, made as the host's is.
fn on_two_workers<T: Send, F: Future<Output = anyhow::Result<T>>>(
    work: impl FnOnce() -> F + Send,
) -> anyhow::Result<T> {
    // Neither blocked on nor dropped from inside another runtime.
    let on_its_own = || super::runtime().worker_threads(LANE_WORKERS).build()?.block_on(work());
    std::thread::scope(|scope| scope.spawn(on_its_own).join()).map_err(|_| anyhow::anyhow!("the bench panicked"))?
}

fn read(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        hinted(format!("cannot read {}: {error}", path.display()), "build it with `skillhost build echo`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_runtime_of_its_own_is_made_and_dropped_beside_the_one_that_waits() {
        let answer = on_two_workers(|| async { Ok(tokio::spawn(async { 7 }).await?) });
        assert_eq!(answer.ok(), Some(7));
    }
}
