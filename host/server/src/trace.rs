//! Log lines: spans event → job → step → call, with ids only.
//!
//! No field may hold a text, an address or a token; a test of the whole path
//! reads every line for the words of its input.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What is logged where `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info,wasmtime=warn,cranelift=warn,sqlx=warn,hyper=warn";

/// Libraries that write whatever they send and receive, passwords and mails among it.
/// No filter brings their lines back.
const NEVER: [&str; 1] = ["async_imap"];

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
        Some(text) => {
            let wrong =
                |why: String| super::cli::hinted(format!("RUST_LOG: {why}"), "write it like info,skillhost=debug");
            // One of a span would let everything through that happens in it.
            if text.contains('[') {
                return Err(wrong("filters of spans are not taken".to_owned()));
            }
            EnvFilter::try_new(silenced(&text)).map_err(|error| wrong(error.to_string()))?
        }
        None => EnvFilter::new(silenced(DEFAULT_FILTER)),
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

/// A filter's words without those that bring a silent library back, and with it off.
fn silenced(text: &str) -> String {
    let named = |word: &str| NEVER.iter().any(|never| word.contains(never));
    let kept = text.split(',').filter(|word| !named(word)).map(str::to_owned);
    kept.chain(NEVER.iter().map(|never| format!("{never}=off"))).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_writes_mails_and_passwords_stays_silent() {
        assert_eq!(silenced("trace"), "trace,async_imap=off");
        assert_eq!(silenced("info,async_imap::imap_stream=trace,sqlx=warn"), "info,sqlx=warn,async_imap=off");
        assert!(EnvFilter::try_new(silenced("async_imap=trace")).is_ok());
    }
}
