//! Log lines: spans event → job → step → call, with ids only.
//!
//! No field may hold a text, an address or a token; a test of the whole path
//! reads every line for the words of its input.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What is logged where `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info,wasmtime=warn,cranelift=warn,sqlx=warn,hyper=warn";

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Starts logging to standard error.
///
/// # Errors
/// `RUST_LOG` is not a filter, or logging was started before.
pub fn init(format: Format) -> anyhow::Result<()> {
    let filter = match crate::config::log_filter() {
        Some(text) => EnvFilter::try_new(&text)
            .map_err(|error| super::cli::hinted(format!("RUST_LOG: {error}"), "write it like info,skillhost=debug"))?,
        None => EnvFilter::new(DEFAULT_FILTER),
    };
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_span_events(FmtSpan::NONE);
    // Colour is for a person at a terminal.
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        Format::Pretty => lines.with_target(false).try_init(),
        Format::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))
}
