//! One event of a calendar as its properties say it, placed on the clock.

use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendarComponent, ICalendarDuration, ICalendarEntry, ICalendarParameterName, ICalendarParameterValue,
    ICalendarParticipationStatus, ICalendarPeriod, ICalendarProperty, ICalendarRecurrenceRule, ICalendarStatus,
    ICalendarTransparency, ICalendarUserTypes, ICalendarValue,
};
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span};
use skillhost_engine::calendar::{Attendee, Response, Shows, Status};
use skillhost_engine::time::Timestamp;

use super::Reading;
use super::zone::{Zone, Zones};

/// Characters of a title, and of a place.
pub(super) const MAX_TITLE_CHARS: usize = 500;
/// Characters of an address.
const MAX_URL_CHARS: usize = 2_000;
/// People of an event; of a larger one the first are known.
const MAX_ATTENDEES: usize = 200;
/// Dates that one event adds or leaves out.
const MAX_DATES: usize = 5_000;

/// A time of the clock and where that clock is.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) at: DateTime,
    pub(super) zone: Zone,
    /// A whole day.
    pub(super) is_day: bool,
}

impl Placed {
    pub(super) fn instant(&self) -> Option<Timestamp> {
        self.zone.instant(self.at)
    }
}

/// How long an event takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Length {
    /// Whole days on the calendar.
    Days(i64),
    /// Milliseconds.
    Exact(i64),
    /// Days on the clock, and milliseconds after them.
    Nominal(i64, i64),
}

/// A further occurrence that an event names.
#[derive(Clone, Debug)]
pub(super) struct Added {
    pub(super) start: Placed,
    pub(super) length: Option<Length>,
}

/// An event, or what replaces one occurrence of it.
#[derive(Clone, Debug)]
pub(super) struct Event<'a> {
    pub(super) uid: Option<String>,
    pub(super) start: Placed,
    pub(super) length: Length,
    pub(super) rules: Vec<&'a ICalendarRecurrenceRule>,
    pub(super) added: Vec<Added>,
    pub(super) left_out: Vec<Placed>,
    /// The occurrence that this one replaces.
    pub(super) replaces: Option<Placed>,
    /// And all after it.
    pub(super) and_later: bool,
    /// Which of two with one name counts.
    pub(super) sequence: i64,
    pub(super) updated_at: Timestamp,
    pub(super) title: String,
    pub(super) status: Status,
    pub(super) shows: Shows,
    pub(super) response: Response,
    pub(super) organizer: Option<String>,
    pub(super) attendees: Vec<Attendee>,
    pub(super) location: Option<String>,
    pub(super) url: Option<String>,
}

/// A text without what only moves a cursor, cut.
pub(super) fn bounded(text: &str, most: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    plain.trim().to_owned()
}

/// The time of the clock that is written, without its zone.
pub(super) fn civil(at: &PartialDateTime) -> Option<DateTime> {
    let small = |part: Option<u8>| i8::try_from(part.unwrap_or(0)).ok();
    let date = Date::new(i16::try_from(at.year?).ok()?, i8::try_from(at.month?).ok()?, i8::try_from(at.day?).ok()?);
    // A leap second is the second before it.
    let time = Time::new(small(at.hour)?, small(at.minute)?, small(at.second)?.min(59), 0);
    Some(date.ok()?.to_datetime(time.ok()?))
}

/// The same the other way round.
pub(super) fn partial(at: DateTime) -> PartialDateTime {
    PartialDateTime {
        year: u16::try_from(at.year()).ok(),
        month: u8::try_from(at.month()).ok(),
        day: u8::try_from(at.day()).ok(),
        hour: u8::try_from(at.hour()).ok(),
        minute: u8::try_from(at.minute()).ok(),
        second: u8::try_from(at.second()).ok(),
        ..PartialDateTime::default()
    }
}

/// A distance from UTC, in seconds.
pub(super) fn offset_seconds(value: &ICalendarValue) -> Option<i64> {
    let at = value.as_partial_date_time()?;
    let seconds = i64::from(at.tz_hour?) * 3600 + i64::from(at.tz_minute.unwrap_or(0)) * 60;
    Some(if at.tz_minus { -seconds } else { seconds })
}

/// Why a name of a zone leaves an event without a place.
fn unknown_zone(name: &str) -> String {
    format!("the zone `{}` is unknown", bounded(name, 64))
}

/// A value of an entry on its clock. `default` is the zone of one that names none.
fn placed(
    at: &PartialDateTime,
    entry: &ICalendarEntry,
    zones: &Zones,
    default: Option<&Zone>,
) -> Result<Option<Placed>, String> {
    let Some(clock) = civil(at) else { return Ok(None) };
    if at.hour.is_none() {
        return Ok(Some(Placed { at: clock, zone: zones.floating().clone(), is_day: true }));
    }
    let name = entry.parameter(&ICalendarParameterName::Tzid).and_then(ICalendarParameterValue::as_text);
    let zone = match (at.tz_hour, name) {
        (Some(hours), _) => {
            let seconds = i32::from(hours) * 3600 + i32::from(at.tz_minute.unwrap_or(0)) * 60;
            let seconds = if at.tz_minus { -seconds } else { seconds };
            match jiff::tz::Offset::from_seconds(seconds) {
                Ok(offset) if offset == jiff::tz::Offset::UTC => zones.utc().clone(),
                Ok(offset) => Zone::Fixed(jiff::tz::TimeZone::fixed(offset)),
                Err(_) => return Ok(None),
            }
        }
        (None, None) if default.is_some() => default.cloned().unwrap_or_else(|| zones.floating().clone()),
        (None, name) => zones.named(name).ok_or_else(|| unknown_zone(name.unwrap_or_default()))?,
    };
    Ok(Some(Placed { at: clock, zone, is_day: false }))
}

fn length_of(duration: &ICalendarDuration) -> Length {
    let sign = if duration.neg { -1 } else { 1 };
    let days = i64::from(duration.weeks) * 7 + i64::from(duration.days);
    let seconds = i64::from(duration.hours) * 3600 + i64::from(duration.minutes) * 60 + i64::from(duration.seconds);
    // One that ends before it begins takes no time.
    if sign < 0 { Length::Exact(0) } else { Length::Nominal(days, seconds * 1000) }
}

/// From one placed time to another.
fn between(start: &Placed, end: &Placed) -> Length {
    if start.is_day {
        let days = end.at.date().since(start.at.date()).map_or(1, |span| i64::from(span.get_days()));
        return Length::Days(days.max(1));
    }
    match (start.instant(), end.instant()) {
        (Some(start), Some(end)) => Length::Exact(end.0.saturating_sub(start.0).max(0)),
        _ => Length::Exact(0),
    }
}

impl Length {
    /// When something ends that begins there.
    pub(super) fn end(self, start: &Placed, starts: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Exact(ms) => Some(starts.plus_ms(ms)),
            Self::Days(days) => start.zone.instant(start.at.checked_add(Span::new().try_days(days).ok()?).ok()?),
            Self::Nominal(0, ms) => Some(starts.plus_ms(ms)),
            Self::Nominal(days, ms) => {
                let at = start.at.checked_add(Span::new().try_days(days).ok()?).ok()?;
                Some(start.zone.instant(at)?.plus_ms(ms))
            }
        }
    }

    /// At least so long, for a look at what may reach into a time.
    pub(super) fn at_most(self) -> SignedDuration {
        let days = |days: i64| SignedDuration::from_hours(days.saturating_add(1).saturating_mul(24));
        match self {
            Self::Exact(ms) => SignedDuration::from_millis(ms),
            Self::Days(count) => days(count),
            Self::Nominal(count, ms) => days(count).saturating_add(SignedDuration::from_millis(ms)),
        }
    }
}

impl<'a> Event<'a> {
    /// The event of a component, or in a word why it has no place in time.
    pub(super) fn of(component: &'a ICalendarComponent, zones: &Zones, reading: &Reading) -> Result<Self, String> {
        let first = |property: &ICalendarProperty| {
            let entry = component.property(property)?;
            Some((entry, entry.values.first()?))
        };
        let time = |property: &ICalendarProperty, default: Option<&Zone>| match first(property) {
            Some((entry, ICalendarValue::PartialDateTime(at))) => placed(at, entry, zones, default),
            _ => Ok(None),
        };
        let replaces = time(&ICalendarProperty::RecurrenceId, None)?;
        let start = match time(&ICalendarProperty::Dtstart, None)? {
            Some(start) => start,
            None => replaces.clone().ok_or("there is no start")?,
        };
        let end = time(&ICalendarProperty::Dtend, Some(&start.zone))?;
        let length = match (end, first(&ICalendarProperty::Duration)) {
            (Some(end), _) => between(&start, &end),
            (None, Some((_, ICalendarValue::Duration(duration)))) => match length_of(duration) {
                Length::Nominal(days, _) if start.is_day => Length::Days(days.max(1)),
                length => length,
            },
            _ if start.is_day => Length::Days(1),
            _ => Length::Exact(0),
        };
        let (mut rules, mut added, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for entry in &component.entries {
            match entry.name {
                ICalendarProperty::Rrule => {
                    for value in &entry.values {
                        match value {
                            ICalendarValue::RecurrenceRule(rule) => rules.push(&**rule),
                            // A rule that is none would make one meeting of many.
                            _ => return Err("a rule of recurrence is none".to_owned()),
                        }
                    }
                }
                ICalendarProperty::Rdate => {
                    for value in entry.values.iter().take(MAX_DATES) {
                        added.extend(addition(value, entry, zones, &start)?);
                    }
                }
                ICalendarProperty::Exdate => {
                    for value in entry.values.iter().take(MAX_DATES) {
                        if let ICalendarValue::PartialDateTime(at) = value {
                            left_out.extend(placed(at, entry, zones, Some(&start.zone))?);
                        }
                    }
                }
                _ => {}
            }
        }
        let and_later = component
            .property(&ICalendarProperty::RecurrenceId)
            .is_some_and(|entry| entry.has_parameter(&ICalendarParameterName::Range));
        let status = match component.status() {
            Some(ICalendarStatus::Cancelled) => Status::Cancelled,
            Some(ICalendarStatus::Tentative) => Status::Tentative,
            _ => Status::Confirmed,
        };
        let text = |property: &ICalendarProperty, most: usize| {
            let (_, value) = first(property)?;
            let text = bounded(value.as_text()?, most);
            (!text.is_empty()).then_some(text)
        };
        let (organizer, attendees, response) = people(component, &reading.own);
        let changed = [ICalendarProperty::LastModified, ICalendarProperty::Dtstamp].iter().find_map(|property| {
            let (entry, value) = first(property)?;
            placed(value.as_partial_date_time()?, entry, zones, Some(zones.utc())).ok()??.instant()
        });
        Ok(Self {
            uid: component.uid().map(str::trim).filter(|uid| !uid.is_empty()).map(str::to_owned),
            start,
            length,
            rules,
            added,
            left_out,
            replaces,
            and_later,
            sequence: first(&ICalendarProperty::Sequence).and_then(|(_, value)| value.as_integer()).unwrap_or(0),
            updated_at: changed.unwrap_or(reading.now),
            title: text(&ICalendarProperty::Summary, MAX_TITLE_CHARS).unwrap_or_default(),
            status,
            shows: shows(component),
            response,
            organizer,
            attendees,
            location: text(&ICalendarProperty::Location, MAX_TITLE_CHARS),
            url: joined(component).or_else(|| text(&ICalendarProperty::Url, MAX_URL_CHARS)),
        })
    }
}

fn addition(
    value: &ICalendarValue,
    entry: &ICalendarEntry,
    zones: &Zones,
    start: &Placed,
) -> Result<Option<Added>, String> {
    let place = |at: &PartialDateTime| placed(at, entry, zones, Some(&start.zone));
    Ok(match value {
        ICalendarValue::PartialDateTime(at) => place(at)?.map(|start| Added { start, length: None }),
        ICalendarValue::Period(ICalendarPeriod::Range { start, end }) => match (place(start)?, place(end)?) {
            (Some(start), Some(end)) => {
                let length = Some(between(&start, &end));
                Some(Added { start, length })
            }
            _ => None,
        },
        ICalendarValue::Period(ICalendarPeriod::Duration { start, duration }) => {
            place(start)?.map(|start| Added { start, length: Some(length_of(duration)) })
        }
        _ => None,
    })
}

/// A property that has no name of the standard.
fn other<'a>(component: &'a ICalendarComponent, name: &str) -> Option<&'a str> {
    let is_it = |entry: &&ICalendarEntry| matches!(&entry.name, ICalendarProperty::Other(other) if other == name);
    component.entries.iter().find(is_it)?.values.first()?.as_text()
}

fn shows(component: &ICalendarComponent) -> Shows {
    let said = ["X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS"];
    match said.iter().find_map(|name| other(component, name)).map(|word| word.trim().to_ascii_uppercase()).as_deref() {
        Some("OOF") => Shows::OutOfOffice,
        Some("TENTATIVE") => Shows::Tentative,
        Some("FREE") => Shows::Free,
        _ => match component.transparency() {
            Some(ICalendarTransparency::Transparent) => Shows::Free,
            _ => Shows::Busy,
        },
    }
}

/// Where to join, as calendars say it.
fn joined(component: &ICalendarComponent) -> Option<String> {
    let said = component.property(&ICalendarProperty::Conference).and_then(|entry| entry.values.first()?.as_text());
    let said = said.or_else(|| other(component, "X-GOOGLE-CONFERENCE"));
    let said = said.or_else(|| other(component, "X-MICROSOFT-SKYPETEAMSMEETINGURL"))?;
    let url = bounded(said, MAX_URL_CHARS);
    url.starts_with("http").then_some(url)
}

/// An address of a person: lower case, without its scheme; `None` for what is none.
fn address(entry: &ICalendarEntry) -> Option<String> {
    let address = entry.calendar_address()?.trim().to_lowercase();
    let address = bounded(&address, 320);
    (address.contains('@') && !address.contains(' ')).then_some(address)
}

/// Who called it, who is invited, and what the calendar's owner answered.
fn people(component: &ICalendarComponent, own: &[String]) -> (Option<String>, Vec<Attendee>, Response) {
    let organizer = component.property(&ICalendarProperty::Organizer).and_then(address);
    let mut attendees = Vec::new();
    let mut answered = None;
    for entry in component.properties(&ICalendarProperty::Attendee).take(MAX_ATTENDEES) {
        let kind = entry.parameter(&ICalendarParameterName::Cutype);
        let is_thing = matches!(
            kind,
            Some(ICalendarParameterValue::Cutype(ICalendarUserTypes::Room | ICalendarUserTypes::Resource))
        );
        if is_thing {
            continue;
        }
        let response = match entry.parameter(&ICalendarParameterName::Partstat) {
            Some(ICalendarParameterValue::Partstat(said)) => match said {
                ICalendarParticipationStatus::Accepted => Some(Response::Accepted),
                ICalendarParticipationStatus::Declined => Some(Response::Declined),
                ICalendarParticipationStatus::Tentative => Some(Response::Tentative),
                ICalendarParticipationStatus::NeedsAction => Some(Response::NeedsAction),
                _ => None,
            },
            _ => None,
        };
        let email = address(entry);
        let name = entry.parameter(&ICalendarParameterName::Cn).and_then(ICalendarParameterValue::as_text);
        if email.as_ref().is_some_and(|email| own.contains(email)) {
            // The standard's own word for one who has said nothing.
            answered = Some(response.unwrap_or(Response::NeedsAction));
        }
        attendees.push(Attendee { name: bounded(name.unwrap_or_default(), 200), email, response });
    }
    let is_organizer = organizer.as_ref().is_some_and(|organizer| own.contains(organizer));
    let response = match answered {
        _ if is_organizer || attendees.is_empty() && organizer.is_none() => Response::Organizer,
        Some(answered) => answered,
        // It stands in their calendar, and nobody asked them.
        None => Response::Accepted,
    };
    (organizer, attendees, response)
}
