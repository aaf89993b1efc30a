//! Which week "that Wednesday" is in: the week or day spoken of last.
//!
//! People settle on a week ("the week of the 30th", "not next week, the week
//! after") and then name days of it. A day that points back is read in that week,
//! and where no week was spoken of it is no date at all: a wrong day costs more
//! than a missing one. A plain "by Friday" never points back.

use jiff::civil::{Date, Weekday};

use super::When;
use super::calendar::{coming, day_of_month, month, of_week, ordinal, ordinal_word, plus, since_monday, weekday};
use super::grammar::{Reader, Reading};
use crate::token::Gap;

/// What was spoken of so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentioned {
    /// Monday of the week spoken of last.
    pub(super) week: Option<Date>,
    /// When that was "the week after": the week before it, because "the week
    /// after works for me" says it again and adds no week.
    before: Option<Date>,
    /// The weekday spoken of last while no week was.
    day: Option<Date>,
}

/// How a date was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// As a week, or as a day with its date.
    Week,
    /// As the week after the one before.
    WeekAfter,
    /// As a weekday alone.
    Weekday,
    /// As anything else: "tomorrow", "the end of March".
    Other,
}

pub(crate) fn monday(day: Date) -> Date {
    plus(day, -since_monday(day))
}

impl Mentioned {
    /// The day that "that Wednesday" stands for.
    fn pointed(&self, wanted: Weekday, today: Date) -> Option<Date> {
        let day = match self.week {
            Some(week) => of_week(week, 0, wanted),
            None => self.day.filter(|day| day.weekday() == wanted)?,
        };
        (day >= today).then_some(day)
    }

    /// The week that "the week after" stands for.
    pub(super) fn week_after(&self) -> Option<Date> {
        Some(plus(self.before.or(self.week)?, 7))
    }
}

impl Reader<'_> {
    /// Remembers a date that was read at these words.
    pub(crate) fn note(&mut self, start: usize, end: usize, when: &When) {
        let day = when.day();
        match self.said(start, end) {
            Said::Week => self.mentioned = Mentioned { week: Some(monday(day)), ..Mentioned::default() },
            Said::WeekAfter => {
                let week = monday(day);
                self.mentioned = Mentioned { week: Some(week), before: Some(plus(week, -7)), day: None };
            }
            Said::Weekday if self.mentioned.week.is_none() => self.mentioned.day = Some(day),
            Said::Weekday | Said::Other => {}
        }
    }

    /// Whether the words name a weekday and no date or week with it.
    pub(super) fn is_weekday_alone(&self, start: usize, end: usize) -> bool {
        self.said(start, end) == Said::Weekday
    }

    fn said(&self, start: usize, end: usize) -> Said {
        let words = || (start..end).map(|at| self.word(at));
        if (start..end).any(|at| self.is(at, &["week"]) && self.is(at + 1, &["after"]) && !self.is(at + 2, &["next"])) {
            return Said::WeekAfter;
        }
        let closes = words().any(|word| matches!(word, "end" | "eow" | "middle" | "beginning" | "start"));
        if words().any(|word| matches!(word, "week" | "weeks")) && !closes {
            return Said::Week;
        }
        let numbered = words().any(|word| ordinal(word).is_some() || word.contains('/'))
            || words().any(|word| month(word).is_some())
                && words().any(|word| word.parse::<i8>().is_ok() || ordinal_word(word).is_some());
        if numbered {
            return Said::Week;
        }
        match words().any(|word| weekday(word).is_some()) {
            true if words().any(|word| word == "next") => Said::Week,
            true => Said::Weekday,
            false => Said::Other,
        }
    }

    /// "The week after" with no week to count from: from here on nobody knows.
    pub(crate) fn loses_week(&mut self, at: usize) {
        let counts = self.is(at, &["week"]) && self.is(at + 1, &["after"]) && !self.is(at + 2, &["next"]);
        if counts && self.mentioned.week_after().is_none() {
            self.mentioned = Mentioned::default();
        }
    }

    /// Whether a word makes the weekday after it one that was spoken of: "the
    /// Wednesday", "for that Wednesday". In "I'll send that Wednesday" the word is
    /// the thing sent.
    pub(super) fn points_back(&self, at: usize) -> bool {
        const BEFORE: &[&str] =
            &["for", "on", "by", "before", "until", "till", "of", "from", "at", "after", "and", "or", "in", "to"];
        match self.word(at) {
            "the" | "same" => true,
            "that" => at == 0 || self.is(at - 1, BEFORE) || self.tokens.get(at).is_some_and(|t| t.gap != Gap::None),
            _ => false,
        }
    }

    /// Whether the weekday may be read by itself: not when it points back, and not
    /// when a "that" before it may do so because another week was spoken of.
    pub(crate) fn stands_alone(&self, at: usize) -> bool {
        let may_point = |before: usize| self.is(before, &["that"]) && self.mentioned.week.is_some();
        weekday(self.word(at)).is_none()
            || at.checked_sub(1).is_none_or(|before| !self.points_back(before) && !may_point(before))
    }

    /// "That Wednesday", "the Wednesday of that week", "that week".
    pub(crate) fn pointing(&self, at: usize) -> Option<(usize, Reading)> {
        let of_day = |end, day| Some((end, Reading::of(day)));
        let next = self.past(at + 1, &["same"]);
        if self.is(next, &["week"]) && (self.is(at, &["that"]) || next > at + 1) {
            let week = self.mentioned.week?;
            let friday = of_week(week, 0, Weekday::Friday);
            return Some((next + 1, Reading::within(week, friday, friday)));
        }
        let wanted = weekday(self.word(next))?;
        if self.is(next + 1, &["after", "before", "week"]) {
            return None;
        }
        let known = self.mentioned.pointed(wanted, self.today);
        // "The Monday the 23rd" and "the Monday of next week" bring their own week.
        let (end, own) = self.after_weekday(next + 1, known.unwrap_or_else(|| coming(self.today, wanted)))?;
        if end > next + 1 { Some((end, own)) } else { of_day(end, known?) }
    }

    /// "Week of the 30th", "week after next", "week after that".
    pub(crate) fn named_week(&self, at: usize) -> Option<(usize, Date)> {
        // "W/c", week commencing.
        if self.is(at, &["w"]) && self.is(at + 1, &["c"]) {
            let (end, reading) = self.dated(self.past(at + 2, &["on", "monday"]))?;
            return Some((end, monday(reading)));
        }
        if !self.is(at, &["week"]) {
            return None;
        }
        match self.word(at + 1) {
            "after" if self.is(at + 2, &["next"]) => Some((at + 3, of_week(self.today, 2, Weekday::Monday))),
            "after" => Some((self.past(at + 2, &["that"]), self.mentioned.week_after()?)),
            "of" | "commencing" | "beginning" | "starting" => {
                let from = self.past(at + 2, &["on", "monday"]);
                let (end, reading) = self.dated(from)?;
                Some((end, monday(reading)))
            }
            _ => None,
        }
    }

    /// "The 30th", "November 30th", "the 30th of November", wherever it stands.
    pub(super) fn dated(&self, at: usize) -> Option<(usize, Date)> {
        if let Some(found) = self.month_day(at, false) {
            return Some(found);
        }
        let from = self.past(at, &["the"]);
        if let Some((end, Reading { day: Some(day), .. })) = self.the(at, false) {
            return Some((end, day));
        }
        Some((from + 1, day_of_month(self.today, ordinal(self.word(from))?)?))
    }
}
