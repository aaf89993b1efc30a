//! A few slots out of many: good ones, and apart from each other.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::score::Rated;
use crate::span::MINUTE_MS;

/// Points that a slot loses for each one chosen on its day.
const SAME_DAY: i64 = 25;
/// Points that it loses for each one chosen at about its time of another day, and the
/// most it loses so: another time of day never makes a bad slot better than a good one.
const SAME_TIME: i64 = 8;
const MOST_SAME_TIME: i64 = 16;
/// How near in the day that is, minutes.
const ABOUT: i64 = 90;
/// Two choices of a day that begin nearer than this, minutes, are hardly two.
const APART: i64 = 120;
/// Points that the second of them loses.
const TOO_NEAR: i64 = 40;

/// The first `count` slots to offer, best first and none over another: what is chosen
/// next depends on what was chosen before, so that more of them begin with the same ones.
pub fn pick(rated: &[Rated], zone: &TimeZone, count: usize) -> Vec<usize> {
    let places: Vec<Option<Place>> = rated.iter().map(|slot| Place::of(zone, slot.span.start)).collect();
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count {
        let worth = |at: usize| {
            let place = places.get(at).copied().flatten()?;
            let mut points = rated.get(at)?.points;
            let mut same_time = 0;
            let span = rated.get(at)?.span;
            for (slot, other) in chosen.iter().filter_map(|other| Some((rated.get(*other)?, (*places.get(*other)?)?))) {
                if slot.span.overlaps(span) {
                    return None;
                }
                let apart = (place.minute - other.minute).abs();
                match place.day == other.day {
                    true if apart < APART => points -= SAME_DAY + TOO_NEAR,
                    true => points -= SAME_DAY,
                    false if apart < ABOUT => same_time += SAME_TIME,
                    false => {}
                }
            }
            Some(points - same_time.min(MOST_SAME_TIME))
        };
        // The earliest of equals.
        let Some((_, std::cmp::Reverse(next))) =
            (0..rated.len()).filter_map(|at| Some((worth(at)?, std::cmp::Reverse(at)))).max()
        else {
            break;
        };
        chosen.push(next);
    }
    chosen
}

/// Where a slot stands in the local calendar.
#[derive(Clone, Copy)]
struct Place {
    day: jiff::civil::Date,
    minute: i64,
}

impl Place {
    fn of(zone: &TimeZone, at: i64) -> Option<Self> {
        let local = Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone());
        // Of a repeated hour the instants differ where the clock does not.
        let midnight = local.start_of_day().ok()?.timestamp().as_millisecond();
        Some(Self { day: local.date(), minute: (at - midnight) / MINUTE_MS })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Mark;
    use crate::span::{DAY_MS, Span};

    /// Half-hours of some days, from nine to five; the morning is better.
    fn week(days: i64) -> Vec<Rated> {
        (0..days)
            .flat_map(|day| (18..34).map(move |half| (day, half)))
            .map(|(day, half)| {
                let start = day * DAY_MS + half * 30 * MINUTE_MS;
                let points = if half < 24 { 90 - day } else { 85 - day };
                Rated { span: Span::new(start, start + 30 * MINUTE_MS), points, marks: vec![Mark::Good], wished: false }
            })
            .collect()
    }

    #[test]
    fn choices_are_spread_over_days_and_times() {
        let all = week(5);
        let chosen = pick(&all, &TimeZone::UTC, 4);
        let days: std::collections::BTreeSet<i64> =
            chosen.iter().filter_map(|at| all.get(*at)).map(|slot| slot.span.start / DAY_MS).collect();
        assert_eq!(days.len(), 4);
        let halves: std::collections::BTreeSet<bool> =
            chosen.iter().filter_map(|at| all.get(*at)).map(|slot| slot.span.start % DAY_MS < DAY_MS / 2).collect();
        assert_eq!(halves.len(), 2, "mornings and afternoons");
    }

    #[test]
    fn more_begin_with_the_same_and_one_day_still_gives_some() {
        let all = week(5);
        let few = pick(&all, &TimeZone::UTC, 3);
        assert_eq!(pick(&all, &TimeZone::UTC, 9).get(..3), Some(few.as_slice()));
        let mut hours: Vec<usize> = pick(&week(1), &TimeZone::UTC, 4).into_iter().map(|at| 9 + at / 2).collect();
        hours.sort_unstable();
        assert_eq!(hours, [9, 11, 13, 15], "a day gives what is apart");
        assert_eq!(pick(&week(1), &TimeZone::UTC, 99).len(), 16, "and everything, when everything is wanted");
        assert!(pick(&[], &TimeZone::UTC, 3).is_empty());
    }
}
