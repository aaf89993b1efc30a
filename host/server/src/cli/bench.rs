//! `skillhost bench`: this host against the floor of this machine, in one run.

use std::path::PathBuf;

use anyhow::Context as _;

use super::exit::hinted;
use super::{Exit, Global, render};
use crate::bench::jobs::{self, Kind, Options};

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
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let report = match command {
        Command::Call { calls, module } => {
            let component = read(&module)?;
            serde_json::to_value(skillhost_sandbox::bench_call(&component, calls).await?)?
        }
        Command::Jobs { steps, concurrency, jobs, kind, module } => {
            let component = match kind {
                Kind::Wasm => Some(read(&module)?),
                Kind::Noop => None,
            };
            let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
            let folder = tempfile::tempdir_in(".").context("cannot make a folder here")?;
            let options =
                Options { steps: count(steps), concurrency: count(concurrency), jobs: count(jobs), kind, component };
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

fn read(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        hinted(format!("cannot read {}: {error}", path.display()), "build it with `skillhost build echo`")
    })
}
