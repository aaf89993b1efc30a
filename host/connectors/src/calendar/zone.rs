//! What a zone's name in a calendar means.
//!
//! In this order: a name of the IANA database; a name that products use for one (Windows,
//! Outlook, Lotus, and names with a registry before them); what the calendar's own
//! definition of it names; the rules of that definition. A name that is none of these has
//! no meaning, and an event in it no place in time.

use std::collections::BTreeMap;
use std::str::FromStr;

use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarRecurrenceRule, ICalendarValue,
};
use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Instant};
use skillhost_engine::time::Timestamp;

use super::event::{civil, offset_seconds};
use super::series::{Budget, expand};

/// Changes of clocks of one definition: two a year for four centuries.
const MAX_ONSETS: usize = 1_000;

/// A change of clocks: when, on the clock before it, and by how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Onset {
    at: DateTime,
    before: SignedDuration,
    after: SignedDuration,
}

/// Where a time of the clock is.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    /// A zone of the IANA database.
    Known { name: String, zone: TimeZone },
    /// The rules of a definition.
    Ruled(Vec<Onset>),
    /// Wherever the calendar is read.
    Floating(TimeZone),
    /// A fixed distance from UTC, or UTC itself.
    Fixed(TimeZone),
}

impl Zone {
    /// The instant of a time of the clock. One that clocks leave out is as far after the
    /// change as it is written; of one that they show twice it is the first.
    pub(super) fn instant(&self, at: DateTime) -> Option<Timestamp> {
        let ms = match self {
            Self::Known { zone, .. } | Self::Floating(zone) | Self::Fixed(zone) => {
                zone.to_ambiguous_timestamp(at).compatible().ok()?.as_millisecond()
            }
            Self::Ruled(onsets) => {
                let utc = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
                utc.checked_sub(ruled(onsets, at)?).ok()?.as_millisecond()
            }
        };
        Some(Timestamp(ms))
    }

    /// What the clock shows at an instant; for a definition's rules as near as its offsets
    /// around it.
    pub(super) fn civil(&self, at: Timestamp) -> Option<DateTime> {
        let instant = Instant::from_millisecond(at.0).ok()?;
        match self {
            Self::Known { zone, .. } | Self::Floating(zone) | Self::Fixed(zone) => Some(zone.to_datetime(instant)),
            Self::Ruled(onsets) => {
                let utc = TimeZone::UTC.to_datetime(instant);
                let guess = utc.checked_add(ruled(onsets, utc)?).ok()?;
                utc.checked_add(ruled(onsets, guess)?).ok()
            }
        }
    }

    /// The IANA name.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Known { name, .. } => Some(name.clone()),
            Self::Floating(zone) => zone.iana_name().map(str::to_owned),
            Self::Ruled(_) | Self::Fixed(_) => None,
        }
    }
}

/// The distance from UTC at a time of the clock.
fn ruled(onsets: &[Onset], at: DateTime) -> Option<SignedDuration> {
    let Some(onset) = onsets.iter().rev().find(|onset| onset.at <= at) else {
        return onsets.first().map(|first| first.before);
    };
    // What the change leaves out is counted as before it.
    let skipped = onset.after - onset.before;
    let is_skipped = skipped > SignedDuration::ZERO && onset.at.checked_add(skipped).is_ok_and(|end| at < end);
    Some(if is_skipped { onset.before } else { onset.after })
}

/// The zones of one calendar.
pub(super) struct Zones {
    floating: Zone,
    utc: Zone,
    by_name: BTreeMap<String, Zone>,
}

impl Zones {
    /// Those that the calendar defines; others are found by their name.
    pub(super) fn of(calendar: &ICalendar, floating: TimeZone, until: Timestamp, budget: &mut Budget) -> Self {
        let mut by_name = BTreeMap::new();
        for definition in calendar.timezones() {
            let Some(name) = text(definition, &ICalendarProperty::Tzid) else { continue };
            let meant = known(name)
                .or_else(|| definition.timezone().and_then(|(_, tz)| of_tz(tz)))
                .or_else(|| rules(calendar, definition, until, budget).map(Zone::Ruled));
            if let Some(zone) = meant {
                by_name.insert(name.to_owned(), zone);
            }
        }
        Self { floating: Zone::Floating(floating), utc: Zone::Fixed(TimeZone::UTC), by_name }
    }

    /// The zone of a name; `None` where it has no meaning. No name is wherever the
    /// calendar is read.
    pub(super) fn named(&self, name: Option<&str>) -> Option<Zone> {
        let Some(name) = name else { return Some(self.floating.clone()) };
        self.by_name.get(name).cloned().or_else(|| known(name))
    }

    pub(super) fn floating(&self) -> &Zone {
        &self.floating
    }

    pub(super) fn utc(&self) -> &Zone {
        &self.utc
    }
}

fn text<'a>(component: &'a ICalendarComponent, property: &ICalendarProperty) -> Option<&'a str> {
    component.property(property)?.values.first()?.as_text()
}

fn known(name: &str) -> Option<Zone> {
    let name = name.trim().trim_matches('"');
    // Any case of an IANA name; jiff says how it is written.
    if let Ok(zone) = TimeZone::get(name)
        && let Some(written) = zone.iana_name()
    {
        return Some(Zone::Known { name: written.to_owned(), zone: zone.clone() });
    }
    if let Some(zone) = Tz::from_str(name).ok().and_then(of_tz) {
        return Some(zone);
    }
    // A distance from UTC for a name: `UTC+01`, `GMT-05:30`.
    let distance = name.strip_prefix("UTC").or_else(|| name.strip_prefix("GMT"))?;
    let zone = DateTimeParser::new().parse_time_zone(distance).ok()?;
    zone.to_fixed_offset().is_ok().then_some(Zone::Fixed(zone))
}

fn of_tz(tz: Tz) -> Option<Zone> {
    match tz {
        Tz::Floating => None,
        Tz::Fixed(offset) => {
            let offset = jiff::tz::Offset::from_seconds(offset.local_minus_utc()).ok()?;
            Some(Zone::Fixed(TimeZone::fixed(offset)))
        }
        Tz::Tz(_) => {
            let name = tz.name()?;
            let zone = TimeZone::get(&name).ok()?;
            Some(Zone::Known { name: name.into_owned(), zone })
        }
    }
}

/// The changes that a definition says, up to some time.
fn rules(
    calendar: &ICalendar,
    definition: &ICalendarComponent,
    until: Timestamp,
    budget: &mut Budget,
) -> Option<Vec<Onset>> {
    let until = TimeZone::UTC
        .to_datetime(Instant::from_millisecond(until.0).ok()?)
        .checked_add(SignedDuration::from_hours(48))
        .ok()?;
    let mut onsets = Vec::new();
    let parts = definition.component_ids.iter().filter_map(|id| calendar.component_by_id(*id));
    for part in parts.filter(|part| {
        matches!(part.component_type, ICalendarComponentType::Standard | ICalendarComponentType::Daylight)
    }) {
        let offset = |property| part.property(&property)?.values.first().and_then(offset_seconds);
        let (before, after) = (offset(ICalendarProperty::Tzoffsetfrom)?, offset(ICalendarProperty::Tzoffsetto)?);
        let (before, after) = (SignedDuration::from_secs(before), SignedDuration::from_secs(after));
        let starts =
            part.property(&ICalendarProperty::Dtstart)?.values.first()?.as_partial_date_time().and_then(civil)?;
        let mut at = vec![starts];
        for entry in &part.entries {
            for value in &entry.values {
                match (&entry.name, value) {
                    (ICalendarProperty::Rrule, ICalendarValue::RecurrenceRule(rule)) => {
                        let rule = local_until(rule, before);
                        at.extend(expand(&rule, starts, until, MAX_ONSETS, budget).ok()?);
                    }
                    (ICalendarProperty::Rdate, ICalendarValue::PartialDateTime(date)) => at.extend(civil(date)),
                    _ => {}
                }
            }
        }
        onsets.extend(at.into_iter().map(|at| Onset { at, before, after }));
    }
    onsets.sort_by_key(|onset| onset.at);
    onsets.dedup();
    (!onsets.is_empty()).then_some(onsets)
}

/// A rule whose end is on the clock, as its start is: an end in UTC is on the clock before
/// the change.
fn local_until(rule: &ICalendarRecurrenceRule, before: SignedDuration) -> ICalendarRecurrenceRule {
    let mut rule = rule.clone();
    if let Some(until) = &mut rule.until
        && until.tz_hour.is_some()
        && let Some(at) = civil(until).and_then(|at| at.checked_add(before).ok())
    {
        *until = super::event::partial(at);
    }
    rule
}
