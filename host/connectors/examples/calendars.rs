//! What the reader of calendars makes of `.ics` files, and of rules with the occurrences
//! that somebody else found for them.
//!
//! `calendars <folder | file.ics | rules.json>` shows what is read. `calendars --check …`
//! tells file by file whether it holds, and ends with 1 where something does not:
//!
//! - A calendar holds when every event of it is there or is said to be unreadable, and it
//!   says the same year by year as at once, and with other line ends.
//! - A rule holds when its occurrences are those of the list. One that the standard does not
//!   have, or with a number that the reader refuses, must be refused and said.
//!
//! A list is `{"cases": [{"name", "rfc5545": {"DTSTART", "RRULE"} | null, "expected":
//! ["1997-09-02T09:00:00", …]}]}`, in UTC; a case without a rule is somebody's own extension.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;
use skillhost_connectors::calendar::{Contents, ReadError, Reading, read};
use skillhost_engine::calendar::Occurrence;
use skillhost_engine::time::Timestamp;

/// Years that calendars are read in.
const YEARS: std::ops::Range<i16> = 1970..2040;
/// Occurrences of a file that are shown.
const SHOWN: usize = 6;
/// Intervals above are refused.
const MOST_INTERVAL: u32 = 65_535;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_check = arguments.first().is_some_and(|first| first == "--check");
    if is_check {
        arguments.remove(0);
    }
    let path = PathBuf::from(arguments.first().ok_or("name a folder, a calendar or a list of rules")?);
    let (mut files, mut rules) = (Tally::default(), Tally::default());
    let mut out = std::io::stdout();
    for file in within(&path)? {
        let bytes = std::fs::read(&file)?;
        let name = file.file_name().unwrap_or_default().display().to_string();
        match file.extension().and_then(|ext| ext.to_str()) {
            Some("ics") => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if is_check { check(&name, &text, &mut files)? } else { show(&name, &text)? }
            }
            Some("json") => compare(&serde_json::from_slice(&bytes)?, &mut rules)?,
            _ => {}
        }
    }
    if files.all() > 0 {
        writeln!(out, "{} calendars: {} hold, {} do not", files.all(), files.right, files.wrong)?;
    }
    if rules.all() > 0 {
        let Tally { right, refused, foreign, wrong } = rules;
        writeln!(
            out,
            "{} rules: {right} as expected, {refused} refused as said above, {foreign} not in the standard's words, {wrong} wrong",
            rules.all()
        )?;
    }
    let is_fine = files.wrong + rules.wrong == 0 && (!is_check || files.all() + rules.all() > 0);
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How many there are of a kind.
#[derive(Clone, Copy, Default)]
struct Tally {
    right: usize,
    /// Refused and said, where the standard has no such rule.
    refused: usize,
    /// No rule of the standard's words.
    foreign: usize,
    wrong: usize,
}

impl Tally {
    fn all(self) -> usize {
        self.right + self.refused + self.foreign + self.wrong
    }
}

/// The files of a folder and of those in it, by name; or the one that is named.
fn within(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        files.extend(within(&entry)?);
    }
    Ok(files)
}

fn year(year: i16) -> Result<Timestamp, jiff::Error> {
    let day = jiff::civil::Date::new(year, 1, 1)?.to_zoned(jiff::tz::TimeZone::UTC)?;
    Ok(Timestamp(day.timestamp().as_millisecond()))
}

fn reading(years: std::ops::Range<i16>) -> Result<Reading, jiff::Error> {
    let (from, until) = (year(years.start)?, year(years.end)?);
    // For what does not say when it was changed: the same however much is read.
    Ok(Reading { from, until, zone: "UTC".to_owned(), own: Vec::new(), now: Timestamp(0) })
}

fn show(name: &str, text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "== {name}")?;
    let contents = match read(text, &reading(YEARS)?) {
        Ok(contents) => contents,
        Err(error) => return Ok(writeln!(out, "   {error}")?),
    };
    if let Some(problem) = &contents.problem {
        writeln!(out, "   ! {problem}")?;
    }
    writeln!(out, "   {} occurrences, zone {}", contents.occurrences.len(), contents.zone)?;
    for one in contents.occurrences.iter().take(SHOWN) {
        let (zone, day) = (one.zone.as_deref().unwrap_or("-"), if one.all_day { "day" } else { "" });
        writeln!(out, "   {} {} {zone} {day} {}", one.starts.rfc3339(), one.ends.rfc3339(), one.title)?;
    }
    Ok(())
}

/// Holds what is read of a calendar against itself.
fn check(name: &str, text: &str, tally: &mut Tally) -> Result<(), Failure> {
    let wrong = match read(text, &reading(YEARS)?) {
        Ok(whole) => faults(text, &whole)?,
        Err(error) => vec![error.to_string()],
    };
    let told = if wrong.is_empty() { "holds".to_owned() } else { wrong.join("; ") };
    writeln!(std::io::stdout(), "{name}: {told}")?;
    *(if wrong.is_empty() { &mut tally.right } else { &mut tally.wrong }) += 1;
    Ok(())
}

fn faults(text: &str, whole: &Contents) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    let (events, seen, unread) = (events(text), series(whole), unread(whole));
    if seen + unread < events {
        wrong.push(format!("of {events} events {seen} are there and {unread} are said to be unreadable"));
    }
    if whole.occurrences.iter().any(|one| one.ends < one.starts) {
        wrong.push("something ends before it begins".to_owned());
    }
    let mut pieces = BTreeMap::new();
    for year in YEARS {
        let piece = read(text, &reading(year..year + 1)?)?;
        pieces.extend(piece.occurrences.into_iter().map(|one| (one.id.clone(), one)));
    }
    let at_once: BTreeMap<String, Occurrence> =
        whole.occurrences.iter().map(|one| (one.id.clone(), one.clone())).collect();
    if pieces != at_once {
        wrong.push(format!("{} occurrences year by year and {} at once", pieces.len(), at_once.len()));
    }
    let plain = text.replace("\r\n", "\n");
    for other in [plain.replace('\n', "\r\n"), plain] {
        let read: Result<Contents, ReadError> = read(&other, &reading(YEARS)?);
        if read.as_ref() != Ok(whole) {
            wrong.push("it says something else with other line ends".to_owned());
        }
    }
    Ok(wrong)
}

/// Different events that the text names; one without a name counts for itself.
fn events(text: &str) -> usize {
    let (mut named, mut nameless, mut uid, mut depth) = (BTreeSet::new(), 0, None, 0);
    for line in text.lines().map(str::trim_end) {
        match line.to_ascii_uppercase().as_str() {
            "BEGIN:VEVENT" => (depth, uid) = (1, None),
            "END:VEVENT" => {
                depth = 0;
                match uid.take() {
                    Some(uid) => drop(named.insert(uid)),
                    None => nameless += 1,
                }
            }
            // An alarm of an event may have a name of its own.
            upper if upper.starts_with("BEGIN:") => depth += 1,
            upper if upper.starts_with("END:") => depth -= 1,
            upper if depth == 1 && upper.starts_with("UID:") => uid = Some(line[4..].trim().to_owned()),
            _ => {}
        }
    }
    named.len() + nameless
}

/// Different events that have an occurrence.
fn series(contents: &Contents) -> usize {
    let names: BTreeSet<&str> = contents.occurrences.iter().filter_map(|one| one.id.split('.').next()).collect();
    names.len()
}

/// Events that are said to be unreadable.
fn unread(contents: &Contents) -> usize {
    contents.problem.as_deref().and_then(|told| told.split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Why the standard has no such rule, or the reader does not follow it.
fn refusal(rule: &str) -> Option<&'static str> {
    let parts: BTreeMap<&str, &str> = rule.split(';').filter_map(|part| part.split_once('=')).collect();
    let often = parts.get("FREQ").copied().unwrap_or_default();
    let has = |name: &str| parts.contains_key(name);
    if has("BYWEEKNO") && often != "YEARLY" {
        return Some("BYWEEKNO is for YEARLY alone");
    }
    if has("BYYEARDAY") && ["DAILY", "WEEKLY", "MONTHLY"].contains(&often) {
        return Some("BYYEARDAY is not for days, weeks and months");
    }
    if has("BYMONTHDAY") && often == "WEEKLY" {
        return Some("BYMONTHDAY is not for weeks");
    }
    let interval = parts.get("INTERVAL").and_then(|interval| interval.parse().ok()).unwrap_or(1_u32);
    (interval > MOST_INTERVAL).then_some("an interval is at most 65,535")
}

/// Holds rules against the occurrences that are expected of them.
fn compare(list: &Value, tally: &mut Tally) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    for case in list["cases"].as_array().into_iter().flatten() {
        let (start, rule) = (case["rfc5545"]["DTSTART"].as_str(), case["rfc5545"]["RRULE"].as_str());
        let (Some(start), Some(rule)) = (start, rule) else {
            tally.foreign += 1;
            continue;
        };
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:{start}Z\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let contents = read(&text, &reading(YEARS.start..2900)?)?;
        let found: Vec<String> = contents.occurrences.iter().map(|one| one.starts.rfc3339()[..19].to_owned()).collect();
        let wanted: Vec<&str> = case["expected"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // A start that is none of its rule's is an occurrence here, as the standard has it.
        let is_right = found == wanted || found.get(1..).is_some_and(|later| later == wanted);
        let (name, problem) = (&case["name"], contents.problem.unwrap_or_default());
        match refusal(rule) {
            Some(why) if !problem.is_empty() && found.len() <= 1 => {
                tally.refused += 1;
                writeln!(out, "{name} {rule}: {why}; {problem}")?;
            }
            None if is_right => tally.right += 1,
            _ => {
                tally.wrong += 1;
                writeln!(out, "{name} {rule}: {found:?} and not {wanted:?} {problem}")?;
            }
        }
    }
    Ok(())
}
