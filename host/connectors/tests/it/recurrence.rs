//! Drawn series of events, read here and by another implementation of recurrence.
//!
//! Rules of every kind that calendars hold, with dates left out and added, in zones whose
//! clocks change in every way there is. What does not repeat a rule of the standard is not
//! drawn: a list of weekdays of which some have a number and some none means another thing
//! to python-dateutil (`calendar.rs` holds that case).

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde_json::{Value, json};
use skillhost_connectors::calendar::{Contents, Reading, read};
use skillhost_engine::time::Timestamp;

use crate::dice::Dice;

/// The other implementation, pinned.
const DATEUTIL: &str = "python-dateutil==2.9.0.post0";
/// Series that are drawn.
const SERIES: usize = 1_500;
/// Occurrences that they have at the least, so that the test is one.
const OCCURRENCES: usize = 50_000;
/// Years that series begin in, and the one before which reading ends.
const BEGIN: (i16, i16) = (2018, 2024);
const END: i16 = 2028;
/// Zones whose clocks change north and south, by half an hour, back in winter, in a
/// religious month, at midnight, and not at all.
const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Africa/Casablanca",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "UTC",
];
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// How a series says its times.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Zoned(&'static str),
    /// Of the zone that it is read in.
    Floating,
    WholeDays,
}

/// Where what names no zone is.
const HERE: &str = "Europe/Berlin";

struct Series {
    /// Properties of its event.
    lines: String,
    /// The same for the other implementation.
    asked: Value,
}

fn written(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

fn number(dice: &Dice, from: i64, to: i64) -> i64 {
    from + i64::try_from(dice.below(usize::try_from(to - from + 1).unwrap())).unwrap()
}

fn some(dice: &Dice, most: usize, mut one: impl FnMut() -> i64) -> Vec<i64> {
    let mut drawn: Vec<i64> = (0..=dice.below(most)).map(|_| one()).collect();
    drawn.sort_unstable();
    drawn.dedup();
    drawn
}

fn start(dice: &Dice) -> DateTime {
    let year = i16::try_from(number(dice, BEGIN.0.into(), BEGIN.1.into())).unwrap();
    // Half of them where clocks change.
    let (month, hour) = match dice.percent(50) {
        true => ([3, 4, 9, 10, 11][dice.below(5)], number(dice, 0, 3)),
        false => (number(dice, 1, 12), number(dice, 0, 23)),
    };
    let day = number(dice, 1, 28).try_into().unwrap();
    let minute = [0, 15, 30, 45][dice.below(4)];
    jiff::civil::date(year, month.try_into().unwrap(), day).at(hour.try_into().unwrap(), minute, 0, 0)
}

/// Which of its weekdays a day is, from either end. The last but 4 of a month and but 52 of
/// a year are refused and said (`calendar.rs`).
fn ordinal(dice: &Dice, most: i64) -> i64 {
    if dice.percent(50) { number(dice, 1, most) } else { -number(dice, 1, most - 1) }
}

/// A rule without its end.
fn rule(dice: &Dice, form: Form) -> String {
    let often = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][dice.below(4)];
    let mut rule = format!("FREQ={often}");
    let (mut add, mut is_narrowed) = (|name: &str, value: String| rule.push_str(&format!(";{name}={value}")), false);
    if dice.percent(50) {
        add("INTERVAL", number(dice, 1, 5).to_string());
    }
    let has_months = dice.percent(25);
    if has_months {
        add("BYMONTH", list(some(dice, 4, || number(dice, 1, 12))));
    }
    if often != "WEEKLY" && dice.percent(35) {
        let signed = || number(dice, 1, 31) * [1, 1, -1][dice.below(3)];
        add("BYMONTHDAY", list(some(dice, 3, signed)));
        is_narrowed = true;
    }
    if dice.percent(50) {
        let most = match often {
            "MONTHLY" => 5,
            "YEARLY" if has_months => 5,
            "YEARLY" => 53,
            _ => 0,
        };
        let days = some(dice, 4, || number(dice, 0, 6)).into_iter().map(|day| DAYS[usize::try_from(day).unwrap()]);
        let days: Vec<String> = match most > 0 && dice.percent(60) {
            true => days.map(|day| format!("{}{day}", ordinal(dice, most))).collect(),
            false => days.map(str::to_owned).collect(),
        };
        add("BYDAY", list(days));
        is_narrowed = true;
    }
    if form != Form::WholeDays && dice.percent(20) {
        add("BYHOUR", list(some(dice, 3, || number(dice, 0, 23))));
        is_narrowed = true;
    }
    if is_narrowed && dice.percent(30) {
        let place = || [1, 2, 3, -1, -2][dice.below(5)];
        add("BYSETPOS", list(some(dice, 2, place)));
    }
    if dice.percent(30) {
        add("WKST", DAYS[dice.below(7)].to_owned());
    }
    rule
}

/// The end of a rule as a calendar says it, and in UTC.
fn end(dice: &Dice, form: Form, zone: &TimeZone, start: DateTime) -> (String, String) {
    if dice.percent(40) {
        let count = format!(";COUNT={}", number(dice, 1, 60));
        return (count.clone(), count);
    }
    if dice.percent(20) {
        return (String::new(), String::new());
    }
    let mut at = start + SignedDuration::from_hours(24 * number(dice, 0, 1_200));
    if dice.percent(50) {
        at += SignedDuration::from_mins(15 * number(dice, 0, 95));
    }
    if form == Form::WholeDays {
        at = at.date().at(23, 59, 59, 0);
    }
    let utc = TimeZone::UTC.to_datetime(zone.to_ambiguous_timestamp(at).compatible().unwrap());
    let utc = format!(";UNTIL={}Z", written(utc));
    let own = match form {
        Form::Zoned(_) => utc.clone(),
        Form::Floating => format!(";UNTIL={}", written(at)),
        Form::WholeDays => format!(";UNTIL={}", at.date().strftime("%Y%m%d")),
    };
    (own, utc)
}

/// Other times that a series names: each some days after its start, at its time.
fn others(dice: &Dice, start: DateTime) -> Vec<DateTime> {
    (0..dice.below(4)).map(|_| start + i64::try_from(dice.below(120)).unwrap().days()).collect()
}

fn series(dice: &Dice) -> Series {
    let form = match dice.below(10) {
        0 => Form::Floating,
        1 => Form::WholeDays,
        _ => Form::Zoned(ZONES[dice.below(ZONES.len())]),
    };
    let name = if let Form::Zoned(name) = form { name } else { HERE };
    let zone = TimeZone::get(name).unwrap();
    let mut starts = start(dice);
    if form == Form::WholeDays {
        starts = starts.date().at(0, 0, 0, 0);
    }
    let rule = rule(dice, form);
    let (own_end, utc_end) = end(dice, form, &zone, starts);
    let (left_out, added) = (others(dice, starts), others(dice, starts));
    let line = |property: &str, at: DateTime| match form {
        Form::Zoned("UTC") => format!("{property}:{}Z\r\n", written(at)),
        // Whoever leaves an occurrence out may say it in UTC.
        Form::Zoned(_) if property == "EXDATE" && dice.percent(30) => {
            let at = TimeZone::UTC.to_datetime(zone.to_ambiguous_timestamp(at).compatible().unwrap());
            format!("{property}:{}Z\r\n", written(at))
        }
        Form::Zoned(name) => format!("{property};TZID={name}:{}\r\n", written(at)),
        Form::Floating => format!("{property}:{}\r\n", written(at)),
        Form::WholeDays => format!("{property};VALUE=DATE:{}\r\n", at.date().strftime("%Y%m%d")),
    };
    let mut lines = format!("{}RRULE:{rule}{own_end}\r\n", line("DTSTART", starts));
    lines.extend(left_out.iter().map(|at| line("EXDATE", *at)));
    lines.extend(added.iter().map(|at| line("RDATE", *at)));
    let written_all = |all: &[DateTime]| all.iter().map(|at| written(*at)).collect::<Vec<_>>();
    let asked = json!({"zone": name, "start": written(starts), "rules": [format!("{rule}{utc_end}")],
        "added": written_all(&added), "left_out": written_all(&left_out)});
    Series { lines, asked }
}

fn year(year: i16) -> Timestamp {
    Timestamp(jiff::civil::date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond())
}

fn within(lines: &str, from: i16, until: i16) -> Contents {
    let reading =
        Reading { from: year(from), until: year(until), zone: HERE.to_owned(), own: Vec::new(), now: year(from) };
    let text =
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n");
    read(&text, &reading).unwrap()
}

fn starts_of(contents: &Contents) -> Vec<i64> {
    contents.occurrences.iter().map(|one| one.starts.0).collect()
}

/// What the other implementation finds of each.
fn second_opinion(drawn: &[Series]) -> Vec<Vec<i64>> {
    let python = crate::python_peer::python(DATEUTIL).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/recurrence.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let cases: Vec<&Value> = drawn.iter().map(|one| &one.asked).collect();
    let asked = json!({ "last_year": END, "cases": cases }).to_string();
    // Where it does not take them, it says why below.
    let _ = child.stdin.take().unwrap().write_all(asked.as_bytes());
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn drawn_series_recur_as_another_implementation_finds() {
    let dice = Dice::new(5);
    let drawn: Vec<Series> = (0..SERIES).map(|_| series(&dice)).collect();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (one, mut wanted) in drawn.iter().zip(second_opinion(&drawn)) {
        wanted.retain(|at| (year(BEGIN.0).0..year(END).0).contains(at));
        let found = within(&one.lines, BEGIN.0, END);
        count += found.occurrences.len();
        if starts_of(&found) != wanted || found.problem.is_some() {
            let differs = |a: &[i64], b: &[i64]| {
                let only = a.iter().filter(|at| !b.contains(at)).map(|at| Timestamp(*at).rfc3339());
                only.take(3).collect::<Vec<_>>()
            };
            let (more, less) = (differs(&starts_of(&found), &wanted), differs(&wanted, &starts_of(&found)));
            wrong.push(format!("{}too many {more:?}, missing {less:?} {:?}", one.lines, found.problem));
        }
    }
    assert!(wrong.is_empty(), "{} of {SERIES}:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    assert!(count > OCCURRENCES, "only {count} occurrences were compared");
}

#[test]
fn a_series_that_is_read_year_by_year_is_the_one_that_is_read_whole() {
    let dice = Dice::new(6);
    for one in (0..SERIES / 10).map(|_| series(&dice)) {
        let whole = within(&one.lines, BEGIN.0, END);
        let mut pieces: Vec<_> =
            (BEGIN.0..END).flat_map(|from| within(&one.lines, from, from + 1).occurrences).collect();
        // A whole day may begin in one year of UTC and end in the next.
        pieces.dedup_by(|later, kept| later.id == kept.id);
        let shown = |all: &[skillhost_engine::calendar::Occurrence]| {
            all.iter().map(|one| (one.id.clone(), one.starts, one.ends)).collect::<Vec<_>>()
        };
        assert_eq!(shown(&pieces), shown(&whole.occurrences), "{}", one.lines);
    }
}
