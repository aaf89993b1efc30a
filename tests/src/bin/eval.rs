//! `make eval`: how well the language skills read.

#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use serde_json::json;
use skillhost_tests::eval::{self, SetReport};
use skillhost_tests::process::root;

const USAGE: &str = "usage: eval [--all] [--json] [--check] [--data <folder>]\n  \
    --all    every mistake, not the first five of a kind\n  \
    --json   for a machine\n  \
    --check  exit with 1 when one of the project's sets misses a target\n  \
    --data   a folder of third-party material, as docs/quality.md describes";

/// Exit code where nothing was measured.
const NOT_MEASURED: u8 = 2;

#[derive(Default)]
struct Options {
    all: bool,
    json: bool,
    check: bool,
    data: Option<PathBuf>,
}

fn options() -> anyhow::Result<Options> {
    let mut options = Options::default();
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--all") => options.all = true,
            Some("--json") => options.json = true,
            Some("--check") => options.check = true,
            Some("--data") => match arguments.next() {
                Some(folder) => options.data = Some(folder.into()),
                None => bail!("{USAGE}"),
            },
            _ => bail!("{USAGE}"),
        }
    }
    Ok(options)
}

async fn measured(options: &Options) -> anyhow::Result<ExitCode> {
    let sets = eval::run(&root(), options.data.as_deref()).await?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&json!({ "sets": sets }))?);
    } else {
        for set in &sets {
            println!("{}", set.text(options.all));
        }
    }
    let short = sets.iter().any(SetReport::falls_short);
    Ok(if options.check && short { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match options() {
        Ok(options) => measured(&options).await,
        Err(error) => Err(error),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::from(NOT_MEASURED)
    })
}
