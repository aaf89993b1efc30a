//! Reads texts from a file of JSON lines (`text` or `sentence`, and perhaps `label`) and prints what
//! each asks of a calendar, those that ask for nothing left out.
//!
//! `cargo run -p parse-scheduling-request --example sentences -- <file.jsonl>`
#![allow(clippy::print_stdout)]

use parse_scheduling_request::{Writer, read};
use skillhost_language::Anchor;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let anchor = Anchor::new(1_795_014_000_000, "America/New_York").ok_or("no such zone")?;
    let writer = Writer {
        anchor,
        by_rep: false,
        rep_zone: "America/New_York".to_owned(),
        their_zone: None,
        offered: Vec::new(),
        known: Vec::new(),
    };
    let (mut all, mut asking) = (0, 0);
    for line in std::fs::read_to_string(path)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let Some(text) = row["text"].as_str().or_else(|| row["sentence"].as_str()) else { continue };
        let request = read(text, &writer);
        all += 1;
        if request.kind == free_time::record::Kind::None {
            continue;
        }
        asking += 1;
        let read = serde_json::json!({
            "kind": request.kind, "window": request.window, "preferred": request.preferred,
            "excluded": request.excluded, "proposed": request.proposed,
        });
        println!("{} {text:?}\n    {read}", row["label"]);
    }
    println!("{asking} of {all} ask something of a calendar");
    Ok(())
}
