//! Calendars in iCalendar (RFC 5545): from a text to occurrences within a stretch of time.
//!
//! [`read`] is the one way in for a text, whatever it came with: a file ([`places`]) or a
//! feed; [`read_objects`] for the objects of a server ([`caldav`]), each of which stands
//! alone. The parser and the arithmetic of rules are `calcard`'s;
//! which occurrence is replaced, left out or added, and what a zone's name means, is
//! decided here ([`series`], [`zone`]), and which numbers the parser would misread ([`numbers`]).
//!
//! Invariants: a text that breaks off is no calendar, so that half of one never replaces a
//! whole one; an event that cannot be placed in time, and an object that is none, is
//! counted and said, never guessed; every loop is bounded, whatever a rule says.
//!
//! To add another place that calendars come from: whatever fetches its text, and a call of
//! [`read`].

pub mod caldav;
mod event;
mod numbers;
pub mod places;
mod series;
mod zone;

use std::collections::BTreeMap;

use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
use calcard::{Entry, Parser};
use jiff::tz::TimeZone;
use skillhost_engine::calendar::{MAX_OCCURRENCES, Occurrence};
use skillhost_engine::time::Timestamp;

use event::Event;
use series::{Budget, Series};
use zone::Zones;

/// Largest text: twenty thousand events with their people, and room.
pub const MAX_CALENDAR_BYTES: usize = 48 * 1024 * 1024;
/// Longest name of an object that is said.
const MAX_NAME_CHARS: usize = 60;
/// Events of a text, each exception of a series counted: more is an archive.
const MAX_EVENTS: usize = 50_000;

/// How a text is to be read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Occurrences that are not over at this instant …
    pub from: Timestamp,
    /// … and begin before this one.
    pub until: Timestamp,
    /// IANA zone of whole days and of times without a zone, where the text names none.
    pub zone: String,
    /// Addresses of the calendar's owner, lower case: whose answer counts.
    pub own: Vec<String>,
    /// For events that do not say when they were changed.
    pub now: Timestamp,
}

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// By start.
    pub occurrences: Vec<Occurrence>,
    /// The text's own name for itself.
    pub name: Option<String>,
    /// The zone that whole days are of: the text's own, or as was asked.
    pub zone: String,
    /// Its occurrences are known until here: there are more than are kept.
    pub until: Option<Timestamp>,
    /// What could not be read, without any text of an event: `2 events: …`.
    pub problem: Option<String>,
}

/// An object of a server, which stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The last part of its address.
    pub name: String,
    /// iCalendar.
    pub ics: String,
}

/// Why a text is no calendar. What there was stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing of it is iCalendar.
    #[error("this is no calendar: it does not begin with BEGIN:VCALENDAR")]
    NotACalendar,
    /// It ends in the middle of something.
    #[error("the calendar breaks off before its end")]
    BreaksOff,
    /// Larger than any calendar.
    #[error("the calendar has more than {most} {of}")]
    TooMuch {
        /// Of what.
        of: &'static str,
        /// The bound.
        most: usize,
    },
    /// The zone it is read in has no meaning here.
    #[error("the zone `{zone}` is unknown")]
    Zone {
        /// As was asked.
        zone: String,
    },
}

/// What could not be read, counted by kind.
#[derive(Debug, Default)]
struct Problems(BTreeMap<String, usize>);

impl Problems {
    fn add(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    fn told(&self) -> Option<String> {
        /// Kinds that are named; a broken export repeats few.
        const NAMED: usize = 3;
        let count: usize = self.0.values().sum();
        let mut kinds: Vec<(&String, &usize)> = self.0.iter().collect();
        kinds.sort_by_key(|(what, count)| (std::cmp::Reverse(**count), (*what).clone()));
        let named: Vec<&str> = kinds.iter().take(NAMED).map(|(what, _)| what.as_str()).collect();
        let events = if count == 1 { "1 event cannot".to_owned() } else { format!("{count} events cannot") };
        (count > 0).then(|| format!("{events} be read: {}", named.join("; ")))
    }
}

/// Reads a text. Takes as long as its rules are long: call it where that holds up nobody.
///
/// # Errors
/// See [`ReadError`].
pub fn read(text: &str, reading: &Reading) -> Result<Contents, ReadError> {
    let mut reader = Reader::new(text.len(), reading)?;
    for calendar in parsed(text)? {
        reader.take(&calendar)?;
    }
    reader.done()
}

/// Reads the objects of a server, each for itself: one that is broken is said, by its name,
/// and takes no other with it.
///
/// # Errors
/// See [`ReadError`]; where there are objects and none of them can be read, that of the
/// first.
pub fn read_objects(objects: &[Named], reading: &Reading) -> Result<Contents, ReadError> {
    let mut reader = Reader::new(objects.iter().map(|object| object.ics.len()).sum(), reading)?;
    let (mut count, mut first) = (0, None);
    for object in objects {
        match parsed(&object.ics) {
            Ok(calendars) => {
                count += 1;
                for calendar in calendars {
                    reader.take(&calendar)?;
                }
            }
            Err(error) => {
                let name: String = object.name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
                reader.problems.add(format!("the object `{name}` is broken"));
                first.get_or_insert(error);
            }
        }
    }
    match first {
        Some(error) if count == 0 => Err(error),
        _ => reader.done(),
    }
}

/// What was read so far.
struct Reader<'a> {
    reading: &'a Reading,
    asked: TimeZone,
    problems: Problems,
    budget: Budget,
    contents: Contents,
    events: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: usize, reading: &'a Reading) -> Result<Self, ReadError> {
        if bytes > MAX_CALENDAR_BYTES {
            return Err(ReadError::TooMuch { of: "bytes", most: MAX_CALENDAR_BYTES });
        }
        let unknown = |_| ReadError::Zone { zone: reading.zone.clone() };
        let asked = TimeZone::get(&reading.zone).map_err(unknown)?;
        let contents = Contents { zone: reading.zone.clone(), ..Contents::default() };
        Ok(Self { reading, asked, problems: Problems::default(), budget: Budget::default(), contents, events: 0 })
    }

    fn take(&mut self, calendar: &ICalendar) -> Result<(), ReadError> {
        let own_zone = named(calendar, "X-WR-TIMEZONE").and_then(|name| Some((TimeZone::get(&name).ok()?, name)));
        let floating = match own_zone {
            Some((zone, name)) => {
                self.contents.zone = name;
                zone
            }
            None => self.asked.clone(),
        };
        self.contents.name = self.contents.name.take().or_else(|| named(calendar, "X-WR-CALNAME"));
        let zones = Zones::of(calendar, floating, self.reading.until, &mut self.budget);
        for series in grouped(calendar, &zones, self.reading, &mut self.events, &mut self.problems)? {
            let all = &mut self.contents.occurrences;
            series.occurrences(self.reading, &mut self.budget, &mut self.problems, all);
            if all.len() > 2 * MAX_OCCURRENCES {
                self.shorten();
            }
        }
        Ok(())
    }

    /// Keeps the earliest occurrences where there are too many, all of a stretch of time.
    fn shorten(&mut self) {
        let all = &mut self.contents.occurrences;
        all.sort_by(|a, b| (a.starts, a.ends, &a.id).cmp(&(b.starts, b.ends, &b.id)));
        all.dedup_by(|later, kept| later.id == kept.id);
        if let Some(first) = all.get(MAX_OCCURRENCES) {
            self.contents.until = Some(self.contents.until.map_or(first.starts, |until| until.min(first.starts)));
        }
        if let Some(until) = self.contents.until {
            all.retain(|one| one.starts < until);
        }
    }

    fn done(mut self) -> Result<Contents, ReadError> {
        self.shorten();
        let told = self.problems.told();
        let Some(until) = self.contents.until else { return Ok(Contents { problem: told, ..self.contents }) };
        if self.contents.occurrences.is_empty() {
            return Err(ReadError::TooMuch { of: "occurrences", most: MAX_OCCURRENCES });
        }
        let day = until.rfc3339();
        let short = format!(
            "more than {MAX_OCCURRENCES} occurrences, those from {} on are not kept",
            day.split('T').next().unwrap_or_default()
        );
        let problem = told.map_or_else(|| short.clone(), |told| format!("{told}; {short}"));
        Ok(Contents { problem: Some(problem), ..self.contents })
    }
}

/// The calendars of a text; there may be several, one after the other.
fn parsed(text: &str) -> Result<Vec<ICalendar>, ReadError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.get(..15).is_some_and(|begin| begin.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return Err(ReadError::NotACalendar);
    }
    if !is_whole(text) {
        return Err(ReadError::BreaksOff);
    }
    let text = numbers::without_misread(text);
    let mut parser = Parser::new(&text);
    let mut calendars = Vec::new();
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => calendars.push(calendar),
            Entry::UnterminatedComponent(_) | Entry::UnexpectedComponentEnd { .. } => return Err(ReadError::BreaksOff),
            Entry::TooManyComponents => return Err(ReadError::TooMuch { of: "components", most: MAX_EVENTS }),
            // What stands between calendars is nobody's.
            Entry::InvalidLine(_) | Entry::VCard(_) => {}
            Entry::Eof => return Ok(calendars),
            // Whatever a later parser tells apart is no event.
            _ => {}
        }
    }
}

/// Whether everything that begins also ends, which the parser is lenient about.
fn is_whole(text: &str) -> bool {
    let begins = |line: &str, word: &str| line.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let mut open = 0_i64;
    // A line that goes on begins with a space, so that no text of an event counts.
    for line in text.lines() {
        open += i64::from(begins(line, "BEGIN:")) - i64::from(begins(line, "END:"));
    }
    open == 0
}

/// A property of the calendar itself that has no name of the standard.
fn named(calendar: &ICalendar, name: &str) -> Option<String> {
    let whole = calendar.components.first()?;
    let entry =
        whole.entries.iter().find(|entry| matches!(&entry.name, ICalendarProperty::Other(other) if other == name))?;
    let text = entry.values.first()?.as_text()?.trim();
    (!text.is_empty()).then(|| event::bounded(text, event::MAX_TITLE_CHARS))
}

/// The events of a calendar, each with what replaces single occurrences of it.
fn grouped<'a>(
    calendar: &'a ICalendar,
    zones: &'a Zones,
    reading: &Reading,
    count: &mut usize,
    problems: &mut Problems,
) -> Result<Vec<Series<'a>>, ReadError> {
    let mut by_uid: BTreeMap<String, Series<'a>> = BTreeMap::new();
    let events = calendar.components.iter().filter(|one| one.component_type == ICalendarComponentType::VEvent);
    for component in events {
        *count += 1;
        if *count > MAX_EVENTS {
            return Err(ReadError::TooMuch { of: "events", most: MAX_EVENTS });
        }
        match Event::of(component, zones, reading) {
            // One without a name of its own is only itself.
            Ok(event) => {
                let uid = event.uid.clone().unwrap_or_else(|| format!("\u{0}{}", *count - 1));
                by_uid.entry(uid.clone()).or_insert_with(|| Series::new(uid)).add(event);
            }
            Err(what) => problems.add(what),
        }
    }
    Ok(by_uid.into_values().collect())
}
