//! Every start at which a meeting keeps all the rules.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::hours::Week;
use crate::local::{DaySpan, day_in, stretches, times_of};
use crate::span::{MINUTE_MS, Span};
use crate::times::Times;

/// Shortest and longest meeting, minutes: below it is no meeting, above no day has room.
const DURATION: std::ops::RangeInclusive<i64> = 5..=480;
/// Most minutes around a meeting, and from now to the first one (a fortnight): more
/// is a mistake, and would overflow nothing but sense.
const MAX_BUFFER: i64 = 8 * 60;
const MAX_NOTICE: i64 = 14 * 24 * 60;
/// Steps that an hour divides into, so that starts are the same minutes of every hour.
const STEPS: [i64; 6] = [5, 10, 15, 20, 30, 60];
/// The step nearest to what others offer.
const USUAL_STEP: i64 = 30;

/// What holds for one person's meetings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Minutes of the meeting.
    pub duration_min: i64,
    /// Starts are at multiples of this in the local hour.
    pub step_min: i64,
    /// Free minutes before and after, to whatever else there is.
    pub buffer_min: i64,
    /// Minutes from now to the first start.
    pub notice_min: i64,
    /// When meetings may be.
    pub hours: Week,
    /// Never, on any day: lunch, quiet hours.
    pub never: Vec<DaySpan>,
    /// Never on these days.
    pub days_off: BTreeSet<Date>,
    /// Most meetings that begin on one day; none: any number.
    pub most_a_day: Option<usize>,
}

impl Rules {
    /// The same with every number within its bounds, whatever was asked.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.duration_min = self.duration_min.clamp(*DURATION.start(), *DURATION.end());
        self.buffer_min = self.buffer_min.clamp(0, MAX_BUFFER);
        self.notice_min = self.notice_min.clamp(0, MAX_NOTICE);
        if !STEPS.contains(&self.step_min) {
            self.step_min = USUAL_STEP;
        }
        self
    }
}

/// A whole question.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Now.
    pub now: i64,
    /// A meeting begins and ends in this.
    pub window: Span,
    /// Where the rules hold.
    pub zone: &'a TimeZone,
    /// The rules.
    pub rules: &'a Rules,
    /// When the person is taken.
    pub busy: &'a Times,
    /// When their meetings begin, for the most of a day.
    pub meetings: &'a [i64],
    /// The whole meeting is in this; none: anywhere.
    pub only: Option<&'a Times>,
    /// No minute of it is in this.
    pub never: &'a Times,
}

/// The starts, in order. Rules are taken as [`Rules::bounded`] has them.
pub fn slots(asked: &Asked<'_>) -> Vec<i64> {
    let rules = asked.rules.clone().bounded();
    let window = asked.window.and(Span::new(asked.now.saturating_add(rules.notice_min * MINUTE_MS), i64::MAX));
    let open = open(asked, &rules, window);
    let full = full_days(asked, &rules);
    let length = rules.duration_min * MINUTE_MS;
    let step = rules.step_min * MINUTE_MS;
    let mut starts = Vec::new();
    for span in open.spans() {
        // The grid is one of local minutes, so it moves where the offset does.
        let last = span.end - length;
        for (stretch, offset) in stretches(asked.zone, Span::new(span.start, last.saturating_add(1))) {
            let into = (stretch.start + offset).rem_euclid(step);
            let mut at = if into == 0 { stretch.start } else { stretch.start + step - into };
            while at < stretch.end {
                let is_full = !full.is_empty() && day_in(asked.zone, at).is_some_and(|day| full.contains(&day));
                if !is_full {
                    starts.push(at);
                }
                at += step;
            }
        }
    }
    starts
}

/// When a meeting may be, its buffers kept.
fn open(asked: &Asked<'_>, rules: &Rules, window: Span) -> Times {
    let hours = times_of(asked.zone, window, |day| {
        if rules.days_off.contains(&day) { Vec::new() } else { rules.hours.of(day.weekday()).to_vec() }
    });
    let never = times_of(asked.zone, window, |_| rules.never.clone());
    let taken: Times = asked.busy.spans().iter().map(|span| span.widened(rules.buffer_min * MINUTE_MS)).collect();
    let open = hours.minus(&never).minus(&taken).minus(asked.never);
    asked.only.map_or_else(|| open.clone(), |only| open.and(only))
}

/// Days that have as many meetings as they may have.
fn full_days(asked: &Asked<'_>, rules: &Rules) -> BTreeSet<Date> {
    let Some(most) = rules.most_a_day else { return BTreeSet::new() };
    let mut counts: BTreeMap<Date, usize> = BTreeMap::new();
    for day in asked.meetings.iter().filter_map(|at| day_in(asked.zone, *at)) {
        *counts.entry(day).or_default() += 1;
    }
    if most == 0 {
        // No day has room, those without meetings neither.
        let first = day_in(asked.zone, asked.window.start);
        let last = day_in(asked.zone, asked.window.end);
        return first.into_iter().zip(last).flat_map(|(first, last)| days(first, last)).collect();
    }
    counts.into_iter().filter(|(_, count)| *count >= most).map(|(day, _)| day).collect()
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
}
