//! The meeting that a request moves: found among the calendar's events, and no longer in the
//! way of the times that are looked for in its place.

use jiff::tz::TimeZone;
use skillhost_sdk::sources::{self, Busy, CalendarEvent, day_ms, instant_ms};
use skillhost_sdk::{Optional, ReadError, ReadErrorKind};

use crate::record::{Kind, Request};
use crate::{DAY_MS, day_in, instant};

/// How far around the time that was named a meeting is looked for, milliseconds: the whole
/// of a day in any zone.
const AROUND_MS: i64 = 38 * 60 * 60 * 1000;
/// How far ahead one is looked for of which no time was named.
const AHEAD_MS: i64 = 14 * DAY_MS;

/// Whom the meeting is with.
#[derive(Clone, Copy, Debug, Default)]
pub struct OtherSide<'a> {
    /// Their address.
    pub address: Option<&'a str>,
    /// Their contact.
    pub contact_id: Option<&'a str>,
}

/// What the calendars say of the meeting that is moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moved {
    /// It, where one alone can be meant.
    pub event: Option<CalendarEvent>,
    /// How many could be meant.
    pub candidates: usize,
    /// Everything that was read around it.
    around: Vec<CalendarEvent>,
}

impl Moved {
    /// Finds the event that a request moves: the only one with the other side at the time
    /// that was named, or the only one with them that is still ahead. `None` where nothing
    /// is moved; a calendar that may not or cannot be read has no such event.
    ///
    /// # Errors
    /// What `events` says otherwise.
    pub fn find(
        request: &Request,
        whom: OtherSide<'_>,
        now: i64,
        events: impl FnOnce(&sources::Span) -> Result<Vec<CalendarEvent>, ReadError>,
    ) -> Result<Option<Self>, ReadError> {
        if request.kind != Kind::Reschedule {
            return Ok(None);
        }
        let about = request.about.as_deref();
        let exact = about.and_then(instant_ms);
        let day = about.filter(|_| exact.is_none()).and_then(day_ms);
        let (from, until) = match exact.or(day) {
            Some(at) => (at.saturating_sub(AROUND_MS), at.saturating_add(AROUND_MS)),
            None => (now, now.saturating_add(AHEAD_MS)),
        };
        let around = match events(&sources::Span::new(instant(from), instant(until))).optional() {
            Ok(events) => events.unwrap_or_default(),
            Err(ReadError {
                kind: ReadErrorKind::Denied | ReadErrorKind::UnknownSource | ReadErrorKind::Unavailable,
                ..
            }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let zone = TimeZone::get(request.zone.as_deref().unwrap_or("UTC")).ok();
        let is_theirs = |event: &&CalendarEvent| {
            let invited = event.attendees.iter().any(|one| one.email.is_some() && one.email.as_deref() == whom.address);
            let known = whom.contact_id.is_some_and(|id| event.contact_ids.iter().any(|one| one == id));
            event.status != "cancelled" && (invited || known)
        };
        let is_then = |event: &&CalendarEvent| match (exact, about) {
            (Some(at), _) => instant_ms(&event.starts) == Some(at),
            (None, Some(day)) => {
                let local = instant_ms(&event.starts).zip(zone.as_ref()).and_then(|(at, zone)| day_in(zone, at));
                local.is_some_and(|local| local.to_string() == day)
            }
            (None, None) => true,
        };
        let could: Vec<CalendarEvent> = around.iter().filter(is_theirs).filter(is_then).cloned().collect();
        let candidates = could.len();
        let event = could.into_iter().next().filter(|_| candidates == 1);
        Ok(Some(Self { event, candidates, around }))
    }

    /// Takes its time out of what is busy, unless something else takes just the same time.
    pub fn free(&self, busy: &mut Busy) {
        let Some(moved) = &self.event else { return };
        let span = |starts: &str, ends: &str| Some((instant_ms(starts)?, instant_ms(ends)?));
        let Some(its) = span(&moved.starts, &moved.ends) else { return };
        let takes_it_too = |event: &CalendarEvent| {
            let takes = event.busy && event.status != "cancelled" && event.response != "declined";
            !self.is(event) && takes && span(&event.starts, &event.ends) == Some(its)
        };
        if moved.all_day || self.around.iter().any(takes_it_too) {
            return;
        }
        busy.busy.retain(|one| one.all_day || span(&one.starts, &one.ends) != Some(its));
    }

    /// Whether an event is the one that is moved.
    pub fn is(&self, event: &CalendarEvent) -> bool {
        self.event.as_ref().is_some_and(|moved| moved.id == event.id && moved.starts == event.starts)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use skillhost_sdk::sources::{BusyTime, CalendarAttendee};

    const NOW: i64 = 1_795_176_000_000; // 2026-11-20T12:00:00Z
    const MIRA: OtherSide<'static> = OtherSide { address: Some("mira@globex.test"), contact_id: Some("c1") };

    fn event(id: &str, starts: &str, ends: &str, with: &str) -> CalendarEvent {
        CalendarEvent {
            id: id.into(),
            starts: starts.into(),
            ends: ends.into(),
            busy: true,
            status: "confirmed".into(),
            attendees: vec![CalendarAttendee { email: Some(with.into()), ..CalendarAttendee::default() }],
            ..CalendarEvent::default()
        }
    }

    fn request(about: Option<&str>) -> Request {
        let zone = Some("Europe/Berlin".to_owned());
        Request { kind: Kind::Reschedule, about: about.map(str::to_owned), zone, ..Request::default() }
    }

    fn found(about: Option<&str>, events: &[CalendarEvent]) -> Moved {
        Moved::find(&request(about), MIRA, NOW, |_| Ok(events.to_vec())).unwrap().unwrap()
    }

    fn theirs() -> CalendarEvent {
        event("e1", "2026-11-23T09:00:00.000Z", "2026-11-23T09:30:00.000Z", "mira@globex.test")
    }

    fn busy(times: &[(&str, &str, bool)]) -> Busy {
        let time = |(starts, ends, all_day): &(&str, &str, bool)| BusyTime {
            starts: (*starts).into(),
            ends: (*ends).into(),
            kind: "busy".into(),
            all_day: *all_day,
            ..BusyTime::default()
        };
        Busy { busy: times.iter().map(time).collect(), ..Busy::default() }
    }

    #[test]
    fn it_is_the_only_one_with_them_at_the_time_that_was_named() {
        let other = event("e2", "2026-11-23T14:00:00.000Z", "2026-11-23T15:00:00.000Z", "mira@globex.test");
        let strange = event("e3", "2026-11-23T09:00:00.000Z", "2026-11-23T09:30:00.000Z", "paul@initech.test");
        let all = [theirs(), other.clone(), strange];
        let id = |moved: Moved| (moved.event.map(|event| event.id), moved.candidates);
        assert_eq!(id(found(Some("2026-11-23T10:00:00+01:00"), &all)), (Some("e1".into()), 1));
        assert_eq!(id(found(Some("2026-11-23"), &all)), (None, 2));
        assert_eq!(id(found(None, &all[1..])), (Some("e2".into()), 1));
        assert_eq!(id(found(Some("2026-11-24"), &all)), (None, 0));
        let late = event("e4", "2026-11-23T23:30:00.000Z", "2026-11-24T00:00:00.000Z", "mira@globex.test");
        assert_eq!(id(found(Some("2026-11-24"), &[late])), (Some("e4".into()), 1), "by their own day");
        let off = CalendarEvent { status: "cancelled".into(), ..theirs() };
        assert_eq!(id(found(None, &[off])), (None, 0));
        let new = Request { kind: Kind::MeetingRequest, ..request(None) };
        assert!(Moved::find(&new, MIRA, NOW, |_| unreachable!()).unwrap().is_none());
    }

    #[test]
    fn a_calendar_that_cannot_be_read_has_none() {
        let away = |kind| {
            Err(ReadError { kind, source_name: "calendar.events".into(), message: String::new(), retry_after_ms: None })
        };
        let find = |kind| Moved::find(&request(None), MIRA, NOW, |_| away(kind));
        for kind in [ReadErrorKind::NotFound, ReadErrorKind::Denied, ReadErrorKind::Unavailable] {
            assert_eq!(find(kind).unwrap().unwrap().candidates, 0);
        }
        assert!(find(ReadErrorKind::InvalidParams).is_err());
    }

    #[test]
    fn its_own_time_is_free_and_nobody_elses() {
        let (its, day) = (
            ("2026-11-23T09:00:00Z", "2026-11-23T09:30:00Z", false),
            ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", true),
        );
        let longer = ("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z", false);
        let mut taken = busy(&[day, its, longer]);
        found(None, &[theirs()]).free(&mut taken);
        assert_eq!(taken, busy(&[day, longer]));

        let same = event("e2", "2026-11-23T09:00:00.000Z", "2026-11-23T09:30:00.000Z", "paul@initech.test");
        for (other, is_free) in [
            (same.clone(), false),
            (CalendarEvent { busy: false, ..same.clone() }, true),
            (CalendarEvent { response: "declined".into(), ..same }, true),
        ] {
            let mut taken = busy(&[its]);
            found(None, &[theirs(), other.clone()]).free(&mut taken);
            assert_eq!(taken.busy.is_empty(), is_free, "{other:?}");
        }
        let mut taken = busy(&[its]);
        found(Some("2026-11-24"), &[theirs()]).free(&mut taken);
        assert_eq!(taken, busy(&[its]), "which one is moved is not known");
    }
}
