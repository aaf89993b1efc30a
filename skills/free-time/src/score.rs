//! How good a slot is, and for whom it is early or late.
//!
//! Points are whole numbers from 0 to 100: 60 for the business hours of both
//! sides, 20 for the time of day, 10 for what was asked for, 10 for being soon.
//! To weigh one more thing, take its points from another.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::span::Span;
use crate::times::Times;

/// Points of both sides' business hours; all of them go to one side where the
/// other's zone is not known.
const HOURS: i64 = 60;
/// Points of the time of day, as [`PLEASANT`] has it.
const DAYTIME: i64 = 20;
/// Points of a slot that was asked for.
const WISHED: i64 = 10;
/// Points of the first moment of the window; the last has none.
const SOON: i64 = 10;

/// How well a meeting begins at a minute of the day, in tenths, until the next row:
/// mid-morning first, then early afternoon; nobody likes noon.
const PLEASANT: [(i64, i64); 11] =
    [(0, 0), (480, 3), (540, 6), (570, 10), (690, 7), (720, 2), (780, 6), (840, 9), (960, 6), (1020, 3), (1080, 0)];

/// What a slot is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Within business hours of both.
    Good,
    /// Before the other side's business hours.
    EarlyForThem,
    /// After the other side's business hours.
    LateForThem,
    /// Before one's own.
    EarlyForYou,
    /// After one's own.
    LateForYou,
    /// On a day on which the other side does not work.
    DayOffForThem,
}

/// A slot with its worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// The slot.
    pub span: Span,
    /// 0 to 100.
    pub points: i64,
    /// What it is like.
    pub marks: Vec<Mark>,
    /// Whether it was asked for.
    pub wished: bool,
}

/// One side's day.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Where they are.
    pub zone: &'a TimeZone,
    /// Their business hours, as instants.
    pub business: &'a Times,
}

/// Rates a slot. `theirs` is `None` where their zone is not known.
pub fn rate(span: Span, window: Span, mine: &View<'_>, theirs: Option<&View<'_>>, wished: &Times) -> Rated {
    let sides: Vec<&View<'_>> = [Some(mine), theirs].into_iter().flatten().collect();
    let count = i64::try_from(sides.len()).unwrap_or(1);
    let length = span.length().max(1);
    let hours: i64 = sides.iter().map(|side| HOURS * side.business.shared(span) / length / count).sum();
    let daytime: i64 = sides.iter().map(|side| DAYTIME * pleasant(side.zone, span.start) / 10 / count).sum();
    let is_wished = wished.holds(span);
    let into = (span.start - window.start).clamp(0, window.length());
    let soon = SOON - SOON * into / window.length().max(1);
    let mut marks = marks(span, theirs, [Mark::EarlyForThem, Mark::LateForThem, Mark::DayOffForThem]);
    marks.extend(self::marks(span, Some(mine), [Mark::EarlyForYou, Mark::LateForYou, Mark::LateForYou]));
    if marks.is_empty() {
        marks.push(Mark::Good);
    }
    Rated { span, points: hours + daytime + soon + if is_wished { WISHED } else { 0 }, marks, wished: is_wished }
}

/// The marks of a side whose business hours do not hold all of the slot: before
/// the hours of its day, after them, or on a day without any.
fn marks(span: Span, side: Option<&View<'_>>, [early, late, day_off]: [Mark; 3]) -> Vec<Mark> {
    let Some(side) = side.filter(|side| !side.business.holds(span)) else { return Vec::new() };
    let day = |at: i64| crate::local::day_in(side.zone, at);
    let today = day(span.start);
    let same_day = |at: i64| day(at) == today;
    let hours = side.business.spans();
    let begins_after = hours.iter().any(|hours| same_day(hours.start) && hours.start > span.start);
    let ended_before = hours.iter().any(|hours| same_day(hours.end - 1) && hours.end < span.end);
    match (begins_after, ended_before) {
        (true, _) => vec![early],
        (false, true) => vec![late],
        (false, false) => vec![day_off],
    }
}

fn pleasant(zone: &TimeZone, at: i64) -> i64 {
    let Ok(at) = Timestamp::from_millisecond(at) else { return 0 };
    let time = at.to_zoned(zone.clone()).time();
    let minute = i64::from(time.hour()) * 60 + i64::from(time.minute());
    PLEASANT.iter().take_while(|(from, _)| *from <= minute).last().map_or(0, |(_, tenths)| *tenths)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hours::Week;
    use crate::local::{DaySpan, times_of};
    use crate::span::MINUTE_MS;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// New York and another side, nine to five on weekdays, in the week of 2026-11-23.
    fn rated(start: &str, their_zone: Option<&str>) -> Rated {
        let window = Span::new(at("2026-11-22T00:00:00Z"), at("2026-11-30T00:00:00Z"));
        let week = Week::weekdays(&[DaySpan::new(540, 1020).unwrap()]);
        let zone = |name: &str| TimeZone::get(name).unwrap();
        let hours = |zone: &TimeZone| times_of(zone, window, |day| week.of(day.weekday()).to_vec());
        let mine = zone("America/New_York");
        let my_hours = hours(&mine);
        let theirs = their_zone.map(zone);
        let their_hours = theirs.as_ref().map(hours);
        let view = theirs.as_ref().zip(their_hours.as_ref()).map(|(zone, business)| View { zone, business });
        let start = at(start);
        rate(
            Span::new(start, start + 30 * MINUTE_MS),
            window,
            &View { zone: &mine, business: &my_hours },
            view.as_ref(),
            &Times::default(),
        )
    }

    #[test]
    fn marks_say_for_whom_it_is_early_or_late() {
        let berlin = Some("Europe/Berlin");
        assert_eq!(rated("2026-11-24T15:00:00Z", berlin).marks, [Mark::Good]);
        assert_eq!(rated("2026-11-24T17:00:00Z", berlin).marks, [Mark::LateForThem]);
        assert_eq!(rated("2026-11-24T13:00:00Z", berlin).marks, [Mark::EarlyForYou]);
        assert_eq!(rated("2026-11-24T21:45:00Z", None).marks, [Mark::LateForYou]);
        assert_eq!(rated("2026-11-24T16:00:00Z", Some("America/Los_Angeles")).marks, [Mark::EarlyForThem]);
        // Friday afternoon in New York is Saturday in Auckland.
        assert_eq!(rated("2026-11-27T20:00:00Z", Some("Pacific/Auckland")).marks, [Mark::DayOffForThem]);
    }

    #[test]
    fn the_business_hours_of_both_weigh_most() {
        let both = rated("2026-11-24T15:00:00Z", Some("Europe/Berlin"));
        let one = rated("2026-11-24T18:00:00Z", Some("Europe/Berlin"));
        let alone = rated("2026-11-24T15:00:00Z", None);
        assert!(both.points > one.points + 20, "{both:?} {one:?}");
        assert!(alone.points >= 60 && alone.points <= 100, "{alone:?}");
    }
}
