//! Tables, colour and JSON. The only module of the CLI that writes results.

use std::io::{IsTerminal, Write};

use comfy_table::{ContentArrangement, Table, presets};
use owo_colors::{OwoColorize, Stream};
use serde::Serialize;
use skillhost_engine::time::Timestamp;

/// Prints one JSON document.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Prints a line of text.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn line(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Writes bytes as they are.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Prints rows under a head, aligned; tab-separated where no person looks.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn table(head: &[&str], rows: Vec<Vec<String>>) -> anyhow::Result<()> {
    if !std::io::stdout().is_terminal() {
        for row in rows {
            line(row.join("\t"))?;
        }
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    line(table)
}

/// A word for a state, coloured where colours show.
pub(crate) fn state(word: &str) -> String {
    let colour = |text: &str| match text {
        "completed" | "settled" | "sent" | "approved" => text.green().to_string(),
        "failed" | "dead" | "expired" | "unknown" => text.red().to_string(),
        "awaiting_approval" | "proposed" | "pending" | "retrying" => text.yellow().to_string(),
        "in_progress" | "running" | "sending" | "ready" => text.cyan().to_string(),
        _ => text.dimmed().to_string(),
    };
    word.if_supports_color(Stream::Stdout, |text| colour(text)).to_string()
}

/// A heading.
pub(crate) fn strong(text: &str) -> String {
    text.if_supports_color(Stream::Stdout, |text| text.bold()).to_string()
}

/// Something less important.
pub(crate) fn faint(text: &str) -> String {
    text.if_supports_color(Stream::Stdout, |text| text.dimmed()).to_string()
}

/// `1.23 M`, `45 k`.
pub(crate) fn amount(value: i64) -> String {
    match value {
        v if v >= 1_000_000 => format!("{}.{:02} M", v / 1_000_000, (v % 1_000_000) / 10_000),
        v if v >= 10_000 => format!("{} k", v / 1000),
        v => v.to_string(),
    }
}

/// Microseconds for people.
pub(crate) fn micros(us: i64) -> String {
    match us {
        us if us >= 10_000_000 => format!("{:.1} s", us as f64 / 1e6),
        us if us >= 1000 => format!("{:.1} ms", us as f64 / 1e3),
        us => format!("{us} µs"),
    }
}

/// Micro-dollars for people.
pub(crate) fn money(micro_usd: i64) -> String {
    format!("${}.{:04}", micro_usd / 1_000_000, (micro_usd % 1_000_000) / 100)
}

/// An instant for people, UTC.
pub(crate) fn instant(at: Timestamp) -> String {
    at.rfc3339()
}
