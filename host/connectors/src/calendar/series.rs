//! An event with everything that its name has: what it repeats by, what is left out or
//! added, and what replaces single occurrences or all from one on.

use std::collections::{BTreeMap, BTreeSet};

use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarProperty, ICalendarRecurrenceRule,
};
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Instant};
use sha2::{Digest, Sha256};
use skillhost_engine::calendar::Occurrence;
use skillhost_engine::time::Timestamp;

use super::event::{Event, Length, Placed, civil, partial};
use super::{Problems, Reading};

/// Occurrences of one rule from its start on: every hour of five years, every working day
/// of two centuries.
const MAX_REPEATS: usize = 50_000;
/// Of all rules of a text together: some seconds of work.
const MAX_STEPS: usize = 5_000_000;
/// What a rule costs that never comes true: the parser's own bound of its search.
const BARREN_STEPS: usize = 100_000;
/// What is said of a rule past its bound.
const TOO_OFTEN: &str = "a rule repeats more often than is followed";
/// What is said of one that is none.
const NO_RULE: &str = "a rule of recurrence is none";
/// What is said of a time that the calendar has no day for.
const NO_TIME: &str = "a time is out of range";

/// Work that is left for the rules of a text.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_STEPS)
    }
}

/// The times of the clock at which a rule comes true, from `start` to `until`.
///
/// # Errors
/// The rule is none, or repeats too often.
pub(super) fn expand(
    rule: &ICalendarRecurrenceRule,
    start: DateTime,
    until: DateTime,
    most: usize,
    budget: &mut Budget,
) -> Result<Vec<DateTime>, &'static str> {
    // Other calendars than the Gregorian, and what they do about days they lack.
    if rule.rscale.is_some() || rule.skip.is_some() || rule.interval == Some(0) {
        return Err(NO_RULE);
    }
    if let Some(parts) = by_kind_of_day(rule)? {
        let mut all = BTreeSet::new();
        for part in &parts {
            all.extend(expand(part, start, until, most, budget)?);
        }
        let count = rule.count.and_then(|count| usize::try_from(count).ok());
        return Ok(all.into_iter().take(count.unwrap_or(usize::MAX)).collect());
    }
    let mut rule = rule.clone();
    if rule.count.is_none() {
        let own = match &rule.until {
            Some(own) => civil(own).ok_or(NO_RULE)?,
            None => until,
        };
        let last = own.min(until);
        if last < start {
            return Ok(Vec::new());
        }
        rule.until = Some(partial(last));
    } else if rule.until.is_some() {
        return Err(NO_RULE);
    }
    let most = most.min(budget.0);
    // Alone and without a zone: what the clock shows is all that rules are about.
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    event.entries.push(ICalendarEntry::new(ICalendarProperty::Dtstart).with_value(partial(start)));
    event.entries.push(ICalendarEntry::new(ICalendarProperty::Rrule).with_value(rule));
    let alone = ICalendar { components: vec![event] };
    let expanded = alone.expand_dates(Tz::Floating, most.saturating_add(1));
    budget.0 = budget.0.saturating_sub(if expanded.events.is_empty() { BARREN_STEPS } else { expanded.events.len() });
    if !expanded.errors.is_empty() {
        return Err(NO_RULE);
    }
    if expanded.events.len() > most {
        return Err(TOO_OFTEN);
    }
    let clock = |seconds: i64| Instant::from_second(seconds).ok().map(|at| TimeZone::UTC.to_datetime(at));
    // An event without a zone counts as if in UTC.
    Ok(expanded.events.iter().filter_map(|event| clock(event.start.timestamp())).filter(|at| *at <= until).collect())
}

/// The parts of a rule that names some weekdays with a number and some without, which the
/// expansion takes for days that are both: each kind for itself, their number of times left
/// to whoever puts them together.
///
/// # Errors
/// A place in such a list of days cannot be counted part by part.
fn by_kind_of_day(rule: &ICalendarRecurrenceRule) -> Result<Option<[ICalendarRecurrenceRule; 2]>, &'static str> {
    let is_mixed = rule.byday.iter().any(|day| day.ordwk.is_some()) && rule.byday.iter().any(|day| day.ordwk.is_none());
    if !is_mixed {
        return Ok(None);
    }
    if !rule.bysetpos.is_empty() || rule.count.is_some() && rule.until.is_some() {
        return Err(NO_RULE);
    }
    let part = |is_numbered: bool| {
        let mut part = ICalendarRecurrenceRule { count: None, ..rule.clone() };
        part.byday.retain(|day| day.ordwk.is_some() == is_numbered);
        part
    };
    Ok(Some([true, false].map(part)))
}

/// All that one name has.
pub(super) struct Series<'a> {
    uid: String,
    event: Option<Event<'a>>,
    exceptions: Vec<Event<'a>>,
}

/// Whether two times are of one occurrence: one of them may be a whole day.
fn are_same(a: &Placed, b: &Placed) -> bool {
    if a.is_day || b.is_day {
        return a.at.date() == b.at.date();
    }
    a.instant().is_some() && a.instant() == b.instant()
}

/// Which of two with one name counts: the later revision.
fn revision(event: &Event<'_>) -> (i64, Timestamp) {
    (event.sequence, event.updated_at)
}

impl<'a> Series<'a> {
    pub(super) fn new(uid: String) -> Self {
        Self { uid, event: None, exceptions: Vec::new() }
    }

    /// Adds an event of the name; of two that say the same the later revision stays.
    pub(super) fn add(&mut self, event: Event<'a>) {
        let held = match &event.replaces {
            None => self.event.as_mut(),
            Some(replaces) => self
                .exceptions
                .iter_mut()
                .find(|other| other.replaces.as_ref().is_some_and(|other| are_same(other, replaces))),
        };
        match held {
            Some(held) if revision(held) <= revision(&event) => *held = event,
            Some(_) => {}
            None if event.replaces.is_some() => self.exceptions.push(event),
            None => self.event = Some(event),
        }
    }

    /// Adds what of the series is within the time that is read.
    pub(super) fn occurrences(
        &self,
        reading: &Reading,
        budget: &mut Budget,
        problems: &mut Problems,
        out: &mut Vec<Occurrence>,
    ) {
        let name = hex::encode(Sha256::digest(self.uid.as_bytes()))[..24].to_owned();
        let is_series = !self.exceptions.is_empty()
            || self.event.as_ref().is_some_and(|event| !event.rules.is_empty() || !event.added.is_empty());
        let put = |event: &Event<'_>, start: &Placed, length: Length, original: &Placed| {
            let one = occurrence(&name, is_series, event, start, length, original).ok_or(NO_TIME)?;
            let is_within = one.starts < reading.until
                && (one.ends > reading.from || one.ends == one.starts && one.starts >= reading.from);
            Ok(is_within.then_some(one))
        };
        let mut keep = |made: Result<Option<Occurrence>, &'static str>| match made {
            Ok(one) => out.extend(one),
            Err(what) => problems.add(what),
        };
        for exception in &self.exceptions {
            let original = exception.replaces.as_ref().unwrap_or(&exception.start);
            keep(put(exception, &exception.start, exception.length, original));
        }
        let Some(event) = &self.event else { return };
        let starts = match self.starts(event, reading, budget) {
            Ok(starts) => starts,
            Err(what) => {
                keep(Err(what));
                // What is known for certain is its beginning.
                vec![(event.start.clone(), None)]
            }
        };
        let mut later: Vec<&Event<'_>> = self.exceptions.iter().filter(|exception| exception.and_later).collect();
        later.sort_by_key(|exception| exception.replaces.as_ref().and_then(Placed::instant));
        for (start, length) in starts {
            let is_gone = event.left_out.iter().any(|gone| are_same(gone, &start))
                || self.exceptions.iter().any(|one| one.replaces.as_ref().is_some_and(|one| are_same(one, &start)));
            if is_gone {
                continue;
            }
            let changed = later.iter().rev().find(|one| {
                one.replaces.as_ref().and_then(Placed::instant).is_some_and(|from| Some(from) < start.instant())
            });
            match changed {
                None => keep(put(event, &start, length.unwrap_or(event.length), &start)),
                Some(changed) => {
                    let moved = moved(changed, &start).unwrap_or_else(|| start.clone());
                    keep(put(changed, &moved, changed.length, &start));
                }
            }
        }
    }

    /// When it begins, before anything is replaced or left out.
    fn starts(
        &self,
        event: &Event<'a>,
        reading: &Reading,
        budget: &mut Budget,
    ) -> Result<Vec<(Placed, Option<Length>)>, &'static str> {
        let clock = |at: Timestamp| event.start.zone.civil(at).ok_or(NO_TIME);
        let until = clock(reading.until)?.checked_add(SignedDuration::from_hours(24)).map_err(|_| NO_TIME)?;
        let from = clock(reading.from)?.checked_sub(event.length.at_most()).unwrap_or(DateTime::MIN);
        // The first one is an occurrence whatever the rules say.
        let mut starts: BTreeMap<DateTime, (Placed, Option<Length>)> = BTreeMap::new();
        let on_clock = |at: DateTime| Placed { at, ..event.start.clone() };
        starts.insert(event.start.at, (event.start.clone(), None));
        for rule in &event.rules {
            let rule = ends_on_clock(rule, &event.start);
            let ended = rule.until.as_ref().and_then(civil).is_some_and(|last| last < from);
            if ended {
                continue;
            }
            for at in expand(&rule, event.start.at, until, MAX_REPEATS, budget)? {
                starts.entry(at).or_insert_with(|| (on_clock(at), None));
            }
        }
        let mut all: Vec<(Placed, Option<Length>)> = starts.into_values().collect();
        for added in &event.added {
            if !all.iter().any(|(start, _)| are_same(start, &added.start)) {
                all.push((added.start.clone(), added.length));
            }
        }
        Ok(all)
    }
}

/// What some products write for the end of a day, whatever the zone.
const LAST_SECOND: Time = Time::constant(23, 59, 59, 0);

/// A rule whose end is on the clock of its start: the standard has it in UTC there, and a
/// day as an end is all of that day.
fn ends_on_clock(rule: &ICalendarRecurrenceRule, start: &Placed) -> ICalendarRecurrenceRule {
    let mut rule = rule.clone();
    let Some(until) = &rule.until else { return rule };
    let Some(mut at) = civil(until) else { return rule };
    if until.hour.is_none() {
        at = at.date().at(23, 59, 59, 0);
    } else if until.tz_hour.is_some() && !(start.is_day && at.time() == LAST_SECOND) {
        let utc = at.to_zoned(TimeZone::UTC).ok().map(|at| Timestamp(at.timestamp().as_millisecond()));
        at = utc.and_then(|utc| start.zone.civil(utc)).unwrap_or(at);
    }
    if start.is_day {
        at = at.date().at(23, 59, 59, 0);
    }
    rule.until = Some(partial(at));
    rule
}

/// Where an occurrence goes that an exception moved with all later ones.
fn moved(changed: &Event<'_>, start: &Placed) -> Option<Placed> {
    let original = changed.replaces.as_ref()?;
    let by = changed.start.at.duration_since(original.at);
    Some(Placed { at: start.at.checked_add(by).ok()?, zone: changed.start.zone.clone(), is_day: changed.start.is_day })
}

fn occurrence(
    name: &str,
    is_series: bool,
    event: &Event<'_>,
    start: &Placed,
    length: Length,
    original: &Placed,
) -> Option<Occurrence> {
    let starts = start.instant()?;
    let ends = length.end(start, starts)?;
    let id = match is_series {
        // A moved occurrence keeps the name of the one that it was.
        true => format!("{name}.{}", original.at.strftime("%Y%m%dT%H%M%S")),
        false => name.to_owned(),
    };
    Some(Occurrence {
        id,
        title: event.title.clone(),
        starts,
        ends,
        all_day: start.is_day,
        zone: start.zone.name(),
        status: event.status,
        shows: event.shows,
        response: event.response,
        organizer: event.organizer.clone(),
        attendees: event.attendees.clone(),
        location: event.location.clone(),
        url: event.url.clone(),
        recurring: is_series,
        updated_at: event.updated_at,
    })
}
