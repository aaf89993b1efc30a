//! Calendars of the project's own, each with the occurrences of 2026 that stand beside it:
//! worked out by hand, and brought to UTC by Python's `zoneinfo`.
//!
//! To add one: `NAME.ics` and `NAME.expected` in `tests/fixtures/calendars`, a line an
//! occurrence: start, end, title.

use std::path::Path;

use skillhost_connectors::calendar::{Reading, read};
use skillhost_engine::time::Timestamp;

/// Files there are at the least, so that an empty folder shows.
const FILES: usize = 7;

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

#[test]
fn every_calendar_has_the_occurrences_that_stand_beside_it() {
    let reading = Reading {
        from: at("2026-01-01T00:00:00Z"),
        until: at("2027-01-01T00:00:00Z"),
        zone: "Europe/Berlin".to_owned(),
        own: vec!["ada@acme.test".to_owned()],
        now: at("2026-06-01T00:00:00Z"),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/calendars");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let calendars: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "ics")).collect();
    assert!(calendars.len() >= FILES, "{calendars:?}");
    for path in calendars {
        let contents = read(&std::fs::read_to_string(&path).unwrap(), &reading).unwrap();
        assert_eq!(contents.problem, None, "{}", path.display());
        let minute = |at: Timestamp| format!("{}Z", &at.rfc3339()[..16]);
        let lines = contents.occurrences.iter();
        let found: Vec<_> =
            lines.map(|one| format!("{} {} {}", minute(one.starts), minute(one.ends), one.title)).collect();
        let expected = std::fs::read_to_string(path.with_extension("expected")).unwrap();
        assert_eq!(found, expected.lines().collect::<Vec<_>>(), "{}", path.display());
    }
}
