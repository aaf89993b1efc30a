//! What the reader of calendars makes of a folder of `.ics` files, or of a list of rules
//! with the occurrences that somebody else found for them.
//!
//! `cargo run -p skillhost-connectors --example calendars -- <folder | vectors.json>`
//!
//! The list is `{"cases": [{"name", "rfc5545": {"DTSTART", "RRULE"} | null, "expected":
//! ["1997-09-02T09:00:00", …]}]}`, in UTC.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;
use skillhost_connectors::calendar::{Reading, read};
use skillhost_engine::time::Timestamp;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a folder or a file")?;
    let path = Path::new(&path);
    if path.is_dir() { folder(path) } else { vectors(path) }
}

fn at(text: &str) -> Result<Timestamp, jiff::Error> {
    Ok(Timestamp(text.parse::<jiff::Timestamp>()?.as_millisecond()))
}

fn reading(from: &str, until: &str) -> Result<Reading, jiff::Error> {
    let (from, until) = (at(from)?, at(until)?);
    Ok(Reading { from, until, zone: "UTC".to_owned(), own: Vec::new(), now: from })
}

fn folder(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    let mut files: Vec<_> = std::fs::read_dir(path)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::path);
    for file in files.iter().filter(|file| file.path().extension().is_some_and(|ext| ext == "ics")) {
        let text = String::from_utf8_lossy(&std::fs::read(file.path())?).into_owned();
        writeln!(out, "== {}", file.file_name().display())?;
        match read(&text, &reading("1990-01-01T00:00:00Z", "2040-01-01T00:00:00Z")?) {
            Err(error) => writeln!(out, "   {error}")?,
            Ok(contents) => {
                if let Some(problem) = &contents.problem {
                    writeln!(out, "   ! {problem}")?;
                }
                writeln!(out, "   {} occurrences, zone {}", contents.occurrences.len(), contents.zone)?;
                for one in contents.occurrences.iter().take(6) {
                    let (zone, day) = (one.zone.as_deref().unwrap_or("-"), if one.all_day { "day" } else { "" });
                    writeln!(out, "   {} {} {zone} {day} {}", one.starts.rfc3339(), one.ends.rfc3339(), one.title)?;
                }
            }
        }
    }
    Ok(())
}

fn vectors(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    let list: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let (mut right, mut wrong, mut other) = (0, 0, 0);
    for case in list["cases"].as_array().into_iter().flatten() {
        let (start, rule) = (case["rfc5545"]["DTSTART"].as_str(), case["rfc5545"]["RRULE"].as_str());
        let (Some(start), Some(rule)) = (start, rule) else {
            other += 1;
            continue;
        };
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:{start}Z\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let contents = read(&text, &reading("1990-01-01T00:00:00Z", "2900-01-01T00:00:00Z")?)?;
        let found: Vec<String> = contents.occurrences.iter().map(|one| one.starts.rfc3339()[..19].to_owned()).collect();
        let wanted: Vec<String> = case["expected"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect();
        // A start that is none of its rule's is an occurrence here, as the standard has it.
        let without_start: Vec<&String> = found.iter().skip(1).collect();
        if found == wanted || without_start == wanted.iter().collect::<Vec<_>>() {
            right += 1;
        } else {
            wrong += 1;
            let (name, problem) = (&case["name"], contents.problem.unwrap_or_default());
            writeln!(out, "{name} {rule}: {found:?} and not {wanted:?} {problem}")?;
        }
    }
    writeln!(out, "{right} right, {wrong} wrong, {other} not in the standard's words")?;
    Ok(())
}
