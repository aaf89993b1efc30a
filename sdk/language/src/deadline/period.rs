//! Stretches of days: weeks, months, quarters, and parts of them.
//!
//! As a deadline a stretch is its last day, or the middle of it when that was said;
//! as a time to meet it is all of its days that are not over.

use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::calendar::{
    coming, friday, month, month_end, moved, named_month_end, of_week, plus, quarter_end, week_of_month, weekday,
};
use super::clock::END_OF_DAY;
use super::grammar::{Reader, Reading};
use super::mention::monday;
use crate::token::Gap;

impl Reader<'_> {
    /// "next week", "this Friday", "next quarter".
    pub(super) fn relative(&self, at: usize) -> Option<(usize, Reading)> {
        let ahead = i64::from(self.is(at, &["next"]));
        if let Some((end, friday)) = self.week(at) {
            // "Next week Wednesday".
            if let Some(named) = weekday(self.word(end)).filter(|_| self.tokens[end].gap == Gap::None) {
                return self.after_weekday(end + 1, of_week(friday, 0, named));
            }
            return Some((end, until(self.today, monday(friday), friday)));
        }
        if self.is(at, &["this"]) && self.is(at + 1, &["time"]) {
            let ahead = if self.is(at + 2, &["tomorrow"]) { 1 } else { 7 };
            let end = at + 3 + usize::from(ahead == 7);
            let said = ahead == 1 || self.is(at + 2, &["next"]) && self.is(at + 3, &["week"]);
            return said.then(|| (end, Reading::of(plus(self.today, ahead))));
        }
        let next = self.past(at + 1, &["coming"]);
        if let Some(named) = weekday(self.word(next)) {
            let day = if ahead == 1 {
                of_week(self.today, 1, named)
            } else {
                let day = of_week(self.today, 0, named);
                if day < self.today { plus(day, 7) } else { day }
            };
            return self.after_weekday(next + 1, day);
        }
        let reading = match self.word(next) {
            "weekend" => weekend(self.today, ahead),
            "month" => {
                let last = month_end(self.today, ahead);
                until(self.today, last.first_of_month(), last)
            }
            "quarter" => {
                let last = quarter_end(self.today, ahead);
                until(self.today, quarter_start(last), last)
            }
            "year" => {
                let year = self.today.year().checked_add(i16::try_from(ahead).ok()?)?;
                let last = Date::new(year, 12, 31).ok()?;
                until(self.today, last.first_of_year(), last)
            }
            _ => return None,
        };
        Some((next + 1, reading))
    }

    /// "Early next week", "later this week", "mid December".
    pub(super) fn part_of(&self, at: usize) -> Option<(usize, Reading)> {
        let part = self.word(at);
        let from = self.past(at + 1, &["in"]);
        if let Some((end, friday)) = self.week(from) {
            let monday = monday(friday);
            let first = match part {
                "mid" => plus(monday, 1),
                "late" => plus(monday, 3),
                "later" if monday > self.today => plus(monday, 2),
                "later" => plus(self.today, 1),
                _ => monday,
            };
            let (last, day) = match part {
                "early" => (plus(friday, -2), plus(friday, -2)),
                "mid" => (plus(friday, -1), plus(friday, -2)),
                _ => (friday, friday),
            };
            return Some((end, Reading::within(first.max(self.today).min(last), last, day)));
        }
        let named = month(self.word(from)).filter(|_| matches!(part, "early" | "mid" | "late"))?;
        let end = named_month_end(self.today, named);
        let day = |number: i8| Date::new(end.year(), end.month(), number).ok();
        let (first, last) = match part {
            "early" => (day(1)?, day(10)?),
            "mid" => (day(11)?, day(20)?),
            _ => (day(21)?, end),
        };
        Some((from + 1, until(self.today, first, last)))
    }

    /// "The second week of December", "first week of next month".
    pub(super) fn week_of_month(&self, at: usize) -> Option<(usize, Reading)> {
        let nth = match self.word(at) {
            "first" => Some(1),
            "second" => Some(2),
            "third" => Some(3),
            "fourth" => Some(4),
            _ => None,
        };
        if !(self.is(at + 1, &["week"]) && self.is(at + 2, &["of", "in"])) {
            return None;
        }
        let from = self.past(at + 3, &["the"]);
        let (end, last) = match self.word(from) {
            "next" if self.is(from + 1, &["month"]) => (from + 2, month_end(self.today, 1)),
            "this" if self.is(from + 1, &["month"]) => (from + 2, month_end(self.today, 0)),
            "month" => (from + 1, month_end(self.today, 0)),
            word => (from + 1, named_month_end(self.today, month(word)?)),
        };
        Some((end, Reading::week(week_of_month(last.first_of_month(), nth))))
    }

    /// "Weekend", "weekend of the 24th".
    pub(super) fn weekend_of(&self, at: usize) -> (usize, Reading) {
        let dated = || self.is(at + 1, &["of"]).then(|| self.dated(at + 2)).flatten();
        match dated() {
            Some((end, day)) => (end, weekend(day, 0)),
            None => (at + 1, weekend(self.today, 0)),
        }
    }

    pub(super) fn week(&self, at: usize) -> Option<(usize, Date)> {
        let ahead = match self.word(at) {
            "next" => 1,
            "this" | "the" => 0,
            _ => return None,
        };
        self.is(at + 1, &["week"]).then(|| (at + 2, friday(self.today, ahead)))
    }

    /// "end of day tomorrow", "end of next week", "end of January".
    pub(super) fn end_of(&self, at: usize) -> Option<(usize, Reading)> {
        let middle = self.is(at, &["middle"]);
        let beginning = self.is(at, &["beginning", "start"]);
        let mut next = at + 1;
        if self.is(next, &["of"]) {
            next += 1;
        } else if !self.is(next, &["day", "week", "month", "quarter", "year"]) {
            return None;
        }
        next = self.past(next, &["the", "my", "our", "business"]);
        let ahead = i64::from(self.is(next, &["next"]));
        if self.is(next, &["this", "next", "current", "coming"]) {
            next += 1;
        }
        if self.is(next, &["day", "today", "play"]) {
            return self.end_of_day(next + usize::from(!self.is(next, &["today"])));
        }
        if self.is(next, &["tomorrow"]) {
            return self.end_of_day(next);
        }
        let of_month = |last: Date| {
            let first = last.first_of_month();
            match (middle, beginning) {
                (true, _) => Reading::within(plus(first, 10), plus(first, 19), plus(first, 14)),
                (_, true) => Reading::within(first, plus(first, 6), plus(first, 4)),
                _ => end_of_month(last),
            }
        };
        let reading = match self.word(next) {
            "week" => {
                let friday = friday(self.today, ahead);
                match (middle, beginning) {
                    (true, _) => Reading::within(plus(friday, -3), plus(friday, -1), plus(friday, -2)),
                    (_, true) => Reading::within(plus(friday, -4), plus(friday, -3), plus(friday, -4)),
                    _ => end_of_week(friday),
                }
            }
            "month" => of_month(month_end(self.today, ahead)),
            "quarter" => end_of_month(quarter_end(self.today, ahead)),
            "year" => {
                let year = moved(self.today, Span::new().try_years(ahead).unwrap_or_default());
                end_of_month(named_month_end(year, 12))
            }
            word => {
                if let Some(named) = weekday(word) {
                    return Some((
                        next + 1,
                        Reading { day: Some(coming(self.today, named)), time: Some(END_OF_DAY), ..Reading::default() },
                    ));
                }
                match (quarter(word), month(word)) {
                    (Some(quarter), _) => end_of_month(named_month_end(self.today, quarter * 3)),
                    (None, Some(named)) => {
                        let last = named_month_end(self.today, named);
                        // As a deadline all of a named month keeps the promise.
                        Reading { day: Some(last), ..of_month(last) }
                    }
                    (None, None) => return None,
                }
            }
        };
        Some((next + 1, reading))
    }
}

/// A stretch due on its last day; what of it is over is left out.
pub(super) fn until(today: Date, first: Date, last: Date) -> Reading {
    Reading::within(first.max(today).min(last), last, last)
}

pub(super) fn end_of_week(friday: Date) -> Reading {
    Reading::within(plus(friday, -1), friday, friday)
}

/// Its last seven days.
pub(super) fn end_of_month(last: Date) -> Reading {
    Reading::within(plus(last, -6), last, last)
}

pub(super) fn weekend(today: Date, weeks: i64) -> Reading {
    let sunday = of_week(today, weeks, Weekday::Sunday);
    until(today, plus(sunday, -1), sunday)
}

/// The first day of the quarter that ends on a day.
pub(super) fn quarter_start(last: Date) -> Date {
    moved(last.first_of_month(), Span::new().try_months(-2).unwrap_or_default())
}

pub(super) fn quarter(word: &str) -> Option<i8> {
    match word {
        "q1" => Some(1),
        "q2" => Some(2),
        "q3" => Some(3),
        "q4" => Some(4),
        _ => None,
    }
}
