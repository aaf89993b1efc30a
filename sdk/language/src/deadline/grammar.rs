//! The words of a deadline: preposition, day, time, in the orders people use.

use std::ops::Range;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

use super::When;
use super::beginning::begins;
use super::calendar::{
    coming, count, day_of_month, friday, month, month_end, moved, named_day, named_month_end, of_week, ordinal,
    ordinal_word, plus, quarter_end, weekday, working_days,
};
use super::clock::{END_OF_DAY, END_OF_EVENING, FIRST_THING};
use super::mention::{Mentioned, monday};
use super::period::{end_of_month, end_of_week, quarter, quarter_start, until};
use crate::token::Token;

/// A day, a time, or both, as read so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// The last day that it may be on.
    pub(crate) day: Option<Date>,
    /// The first and the last, where the words name a stretch of days: `day` is what
    /// they mean as a deadline, these are what they mean as a time to meet.
    pub(super) days: Option<(Date, Date)>,
    pub(crate) time: Option<Time>,
    pub(super) zone: Option<&'static str>,
    pub(super) exact: Option<Zoned>,
}

impl Reading {
    /// A day without a time.
    pub(crate) fn of(day: Date) -> Self {
        Self { day: Some(day), ..Self::default() }
    }

    /// A stretch of days whose end as a deadline is `day`.
    pub(crate) fn within(first: Date, last: Date, day: Date) -> Self {
        Self { day: Some(day), days: Some((first.min(last), last)), ..Self::default() }
    }

    /// From Monday to Friday of a week, due on its Friday.
    pub(super) fn week(monday: Date) -> Self {
        let friday = plus(monday, 4);
        Self::within(monday, friday, friday)
    }

    /// The first and the last day that it may be on.
    pub(crate) fn days(&self) -> Option<(Date, Date)> {
        let one = self.day.or_else(|| self.exact.as_ref().map(Zoned::date));
        self.days.or_else(|| one.map(|day| (day, day)))
    }

    /// Whether the words name a stretch and not one day.
    pub(crate) fn is_stretch(&self) -> bool {
        self.days.is_some_and(|(first, last)| first < last)
    }
}

/// A deadline as it was read.
pub(super) struct Found {
    /// Its words.
    pub(super) words: Range<usize>,
    /// What they mean.
    pub(super) when: When,
    /// A weekday and no more, perhaps with a time.
    pub(super) weekday_alone: bool,
}

/// All deadlines in a list of words, and what has been spoken of after them.
pub(super) fn read(tokens: &[Token], now: &Zoned, mentioned: Mentioned) -> (Vec<Found>, Mentioned) {
    let mut reader = Reader::new(tokens, now, mentioned);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = begins(&tokens[at]);
        debug_assert!(begins || reader.deadline(at).is_none(), "{} begins a deadline", reader.word(at));
        match if begins { reader.deadline(at) } else { None } {
            Some((end, when)) => {
                reader.note(at, end, &when);
                let weekday_alone = reader.is_weekday_alone(at, end);
                out.push(Found { words: at..end, when, weekday_alone });
                at = end;
            }
            None => {
                reader.loses_week(at);
                at += 1;
            }
        }
    }
    (out, reader.mentioned)
}

pub(crate) struct Reader<'a> {
    pub(crate) tokens: &'a [Token],
    now: &'a Zoned,
    pub(crate) today: Date,
    pub(crate) mentioned: Mentioned,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(tokens: &'a [Token], now: &'a Zoned, mentioned: Mentioned) -> Self {
        Self { tokens, now, today: now.date(), mentioned }
    }

    /// Whether the zone is one where `4/12` is a day of April: the Americas that
    /// write the month first.
    pub(crate) fn months_come_first(&self) -> bool {
        const ZONES: [&str; 11] = [
            "America/New_York",
            "America/Detroit",
            "America/Chicago",
            "America/Denver",
            "America/Boise",
            "America/Phoenix",
            "America/Los_Angeles",
            "America/Anchorage",
            "America/Toronto",
            "America/Indiana/Indianapolis",
            "Pacific/Honolulu",
        ];
        self.now.time_zone().iana_name().is_some_and(|name| ZONES.contains(&name))
    }
}

impl Reader<'_> {
    pub(crate) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| t.word.as_str())
    }

    pub(crate) fn is(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    /// Skips words; the answer is where reading goes on.
    pub(crate) fn past(&self, at: usize, words: &[&str]) -> usize {
        let mut at = at;
        while self.is(at, words) {
            at += 1;
        }
        at
    }

    fn deadline(&self, start: usize) -> Option<(usize, When)> {
        if start > 0 && self.is(start - 1, &["last", "past", "previous", "since", "every", "each", "per"]) {
            return None;
        }
        if let Some(end) = self.back_at_work(start).or_else(|| self.end_of_talk(start)) {
            return Some((end, When::Day(self.today)));
        }
        if let Some((end, reading)) = self.next_morning(start) {
            return self.finish(end, reading);
        }
        // A weekday that points back was read with the word before it, or not at all.
        let numbered = self.is(start + 1, &["the"]) && self.counted_day(start + 2).is_some();
        if !(numbered || self.stands_alone(start)) {
            return None;
        }
        let mut at = start;
        let introduced = match self.word(at) {
            "by" | "before" | "on" | "until" | "till" | "within" | "due" | "no" | "come" => true,
            "in" | "for" | "at" | "around" | "about" | "over" | "after" => false,
            _ => {
                let (end, reading) = self.parts(at, false)?;
                return self.finish(end, reading);
            }
        };
        if self.word(at) == "no" {
            if !(self.word(at + 1) == "later" && self.word(at + 2) == "than") {
                return None;
            }
            at += 2;
        }
        let preposition = self.word(at).to_owned();
        at = self.past(at + 1, &["around", "about", "by", "on"]);
        if preposition == "on" && self.word(at) == "or" && self.is(at + 1, &["before"]) {
            at += 2;
        }
        if preposition == "within" && self.is(at, &["the"]) && self.is(at + 1, &["day"]) {
            return self.finish(at + 2, Reading::of(self.today));
        }
        if preposition == "before" {
            let weekend = self.past(at, &["the"]);
            if self.is(weekend, &["weekend"]) {
                return self.finish(weekend + 1, end_of_week(friday(self.today, 0)));
            }
            if self.is(weekend, &["week"]) && self.is(weekend + 1, &["is"]) && self.is(weekend + 2, &["over", "out"]) {
                return self.finish(weekend + 3, end_of_week(friday(self.today, 0)));
            }
        }
        if matches!(preposition.as_str(), "in" | "within" | "over")
            && let Some((end, reading)) = self.counted(at)
        {
            return self.finish(end, reading);
        }
        if matches!(preposition.as_str(), "over" | "after") && !(self.is(at, &["the"]) && self.is(at + 1, &["weekend"]))
        {
            return None;
        }
        if preposition == "after" {
            return Some((at + 2, When::Day(coming(self.today, Weekday::Monday))));
        }
        if matches!(preposition.as_str(), "about" | "around") {
            return None;
        }
        let month_wanted = introduced || preposition == "in";
        let hour = || matches!(preposition.as_str(), "by" | "before").then(|| self.by_the_clock(at)).flatten();
        let (end, reading) = self.parts(at, month_wanted).or_else(hour)?;
        // "for Friday" is a date, "for two weeks" and "at 3" alone are not deadlines here.
        self.finish(end, reading)
    }

    fn finish(&self, end: usize, reading: Reading) -> Option<(usize, When)> {
        if self.is(end, &["ago"]) {
            return None;
        }
        // "This year's budget" says whose it is, and not when.
        let owns = end.checked_sub(1).and_then(|last| self.tokens.get(last)).is_some_and(|t| t.possessive);
        if owns && self.tokens.get(end).is_some_and(|t| t.gap == crate::token::Gap::None) {
            return None;
        }
        if let Some(exact) = reading.exact {
            return Some((end, When::Instant(Box::new(exact))));
        }
        let day = match (reading.day, reading.time) {
            (Some(day), _) => day,
            (None, Some(time)) if reading.zone.is_none() && time <= self.now.time() => plus(self.today, 1),
            (None, Some(_)) => self.today,
            (None, None) => return None,
        };
        let Some(time) = reading.time else {
            return Some((end, When::Day(day)));
        };
        let own = self.now.time_zone().clone();
        let zone = reading.zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(|| own.clone());
        let zoned = day.to_datetime(time).to_zoned(zone).ok()?.with_time_zone(own);
        Some((end, When::Instant(Box::new(zoned))))
    }

    /// A day and a time in either order.
    fn parts(&self, at: usize, introduced: bool) -> Option<(usize, Reading)> {
        if let Some((end, mut reading)) = self.day(at, introduced) {
            let mut stop = end;
            if reading.time.is_none() {
                let from = self.past(end, &["at", "by", "around", "before"]);
                if let Some((after, time, zone)) = self.clock(from, from > end) {
                    reading.time = Some(time);
                    reading.zone = zone;
                    stop = after;
                } else if let Some((after, time)) = self.part_of_day(end) {
                    reading.time = Some(time);
                    stop = after;
                }
            }
            return Some((stop, reading));
        }
        let (end, time, zone) = self.clock(at, false)?;
        let from = self.past(end, &["on"]);
        if let Some((after, mut reading)) = self.day(from, from > end) {
            reading.time = Some(time);
            reading.zone = zone;
            return Some((after, reading));
        }
        Some((end, Reading { time: Some(time), zone, ..Reading::default() }))
    }

    pub(crate) fn day(&self, at: usize, introduced: bool) -> Option<(usize, Reading)> {
        let of_day = |end, day| Some((end, Reading::of(day)));
        let today = self.today;
        match self.word(at) {
            "today" => of_day(at + 1, today),
            "tonight" => Some((at + 1, Reading { day: Some(today), time: Some(END_OF_EVENING), ..Reading::default() })),
            "arvo" => Some((at + 1, Reading { day: Some(today), time: Some(END_OF_DAY), ..Reading::default() })),
            "tomorrow" => of_day(at + 1, plus(today, 1)),
            "later" if self.is(at + 1, &["today"]) => of_day(at + 2, today),
            "later" | "sometime" | "early" | "mid" | "earlier" | "late" => self.part_of(at),
            "first" if self.is(at + 1, &["thing"]) => {
                let from = self.past(at + 2, &["on", "in", "the", "morning"]);
                let (end, mut reading) = self.day(from, true)?;
                reading.time = Some(FIRST_THING);
                Some((self.past(end, &["morning"]), reading))
            }
            "this" if self.part_of_day(at + 1).is_some() => {
                let (end, time) = self.part_of_day(at + 1)?;
                Some((end, Reading { day: Some(today), time: Some(time), ..Reading::default() }))
            }
            "eod" | "cob" => self.end_of_day(at + 1),
            "close" if self.is(at + 1, &["of"]) && self.is(at + 2, &["business", "play"]) => self.end_of_day(at + 3),
            "first" | "second" | "third" | "fourth" | "last" => {
                self.week_of_month(at).or_else(|| self.month_day(at, false).and_then(|(end, day)| of_day(end, day)))
            }
            "eow" => Some((at + 1, end_of_week(friday(today, 0)))),
            "eom" => Some((at + 1, end_of_month(month_end(today, 0)))),
            "eoq" => of_day(at + 1, quarter_end(today, 0)),
            "eoy" => of_day(at + 1, named_month_end(today, 12)),
            "end" | "middle" | "beginning" | "start" => self.end_of(at),
            "the" => self.the(at, introduced),
            "that" if self.points_back(at) => self.pointing(at),
            "week" | "w" => self.named_week(at).map(|(end, monday)| (end, Reading::week(monday))),
            "a" | "two" | "three" | "couple" | "one" => self.counted_from(at),
            "weekend" => Some(self.weekend_of(at)),
            "next" | "this" | "coming" => self.relative(at),
            word => {
                if let Some(named) = weekday(word) {
                    return self.after_weekday(at + 1, coming(today, named));
                }
                if let Some((end, day)) = self.month_day(at, introduced) {
                    // A month alone is all of it.
                    let alone = end == at + 1;
                    return Some((end, if alone { until(today, day.first_of_month(), day) } else { Reading::of(day) }));
                }
                if introduced && let Some(quarter) = quarter(word) {
                    let last = named_month_end(today, quarter * 3);
                    return Some((at + 1, until(today, quarter_start(last), last)));
                }
                self.numeric(word).and_then(|day| of_day(at + 1, day))
            }
        }
    }

    /// The day after "end of day", today when none is said.
    pub(super) fn end_of_day(&self, at: usize) -> Option<(usize, Reading)> {
        let from = self.past(at, &["on", "this"]);
        let (end, day) = match self.day(from, true) {
            Some((end, Reading { day: Some(day), time: None, .. })) => (end, day),
            _ => (at, self.today),
        };
        Some((end, Reading { day: Some(day), time: Some(END_OF_DAY), ..Reading::default() }))
    }

    pub(super) fn the(&self, at: usize, introduced: bool) -> Option<(usize, Reading)> {
        let of_day = |end, day| Some((end, Reading::of(day)));
        match self.word(at + 1) {
            "day" if self.is(at + 2, &["after"]) && self.is(at + 3, &["tomorrow"]) => {
                of_day(at + 4, plus(self.today, 2))
            }
            "end" | "middle" | "beginning" | "start" => self.end_of(at + 1),
            "close" if self.is(at + 2, &["of"]) && self.is(at + 3, &["business", "play"]) => self.end_of_day(at + 4),
            "weekend" => Some(self.weekend_of(at + 1)),
            "first" | "second" | "third" | "fourth" | "last" if self.week_of_month(at + 1).is_some() => {
                self.week_of_month(at + 1)
            }
            "week" | "w" if self.named_week(at + 1).is_some() => self.day(at + 1, introduced),
            "same" => self.pointing(at),
            word if weekday(word).is_some() => self.pointing(at),
            "week" | "next" if introduced || self.is(at + 1, &["next"]) => None,
            _ => {
                let (of, spoken) = self.counted_day(at + 1)?;
                if self.is(of, &["of"]) {
                    if self.is(of + 1, &["next"]) && self.is(of + 2, &["month"]) {
                        let month = plus(month_end(self.today, 0), 1);
                        return of_day(of + 3, Date::new(month.year(), month.month(), spoken).ok()?);
                    }
                    if let Some(named) = month(self.word(of + 1)) {
                        return of_day(of + 2, named_day(self.today, named, spoken)?);
                    }
                }
                let ends = self.tokens.get(of).is_none_or(|t| {
                    matches!(
                        t.word.as_str(),
                        "at" | "and"
                            | "or"
                            | "so"
                            | "if"
                            | "then"
                            | "works"
                            | "is"
                            | "to"
                            | "with"
                            | "around"
                            | "after"
                            | "before"
                            | "between"
                            | "from"
                            | "would"
                            | "could"
                            | "suits"
                            | "through"
                            | "until"
                            | "but"
                            | "please"
                    ) || t.gap != crate::token::Gap::None
                });
                (introduced && ends).then(|| day_of_month(self.today, spoken)).flatten().and_then(|day| of_day(of, day))
            }
        }
    }

    /// "Monday", perhaps "the 15th" after it.
    pub(super) fn after_weekday(&self, at: usize, day: Date) -> Option<(usize, Reading)> {
        let of_day = |end, day| Some((end, Reading::of(day)));
        let from = self.past(at, &["the"]);
        if let Some(number) = ordinal(self.word(from))
            && let Some(exact) = day_of_month(self.today, number)
        {
            return of_day(from + 1, exact);
        }
        if let Some((end, number)) = self.counted_day(from)
            && let Some(exact) = day_of_month(self.today, number).filter(|exact| exact.weekday() == day.weekday())
        {
            return of_day(end, exact);
        }
        if let Some((end, exact)) = self.month_day(at, true)
            && end > at + 1
        {
            return of_day(end, exact);
        }
        if self.is(at, &["week"]) {
            return of_day(at + 1, plus(day, 7));
        }
        // "Monday next week", "Monday of the week after next".
        let week = self.past(at, &["of", "in"]);
        if self.is(week, &["next"]) && self.is(week + 1, &["week"]) {
            return of_day(week + 2, of_week(self.today, 1, day.weekday()));
        }
        // "Thursday this week", also said on that Thursday.
        let this = of_week(self.today, 0, day.weekday());
        if self.is(week, &["this"]) && self.is(week + 1, &["week"]) && this >= self.today {
            return of_day(week + 2, this);
        }
        if week > at
            && let Some((end, first)) = self.named_week(self.past(week, &["the"]))
        {
            return of_day(end, of_week(first, 0, day.weekday()));
        }
        if week > at
            && self.is(week, &["that"])
            && self.is(week + 1, &["week"])
            && let Some(first) = self.mentioned.week
        {
            return of_day(week + 2, of_week(monday(first), 0, day.weekday()));
        }
        of_day(at, day)
    }

    /// A day of a month as it is counted: "3rd", "third", "twenty-third", "twenty third".
    fn counted_day(&self, at: usize) -> Option<(usize, i8)> {
        let word = self.word(at);
        if let Some(number) = ordinal(word).or_else(|| ordinal_word(word)) {
            return Some((at + 1, number));
        }
        if !matches!(word, "twenty" | "thirty") {
            return None;
        }
        let number = ordinal_word(&format!("{word}-{}", self.word(at + 1)))?;
        Some((at + 2, number))
    }

    /// Whether a month's name is a verb as well, and is not written as a name here.
    fn is_verb(&self, at: usize) -> bool {
        self.is(at, &["may", "march"]) && !self.tokens.get(at).is_some_and(|t| t.capital)
    }

    /// "December 3rd", "December the third", "3 December", "third of December", "January".
    pub(super) fn month_day(&self, at: usize, introduced: bool) -> Option<(usize, Date)> {
        let digits = |word: &str| word.parse::<i8>().ok().filter(|d| (1..=31).contains(d));
        if let Some(number) = digits(self.word(at)).or_else(|| ordinal(self.word(at)))
            && let Some(named) = month(self.word(at + 1))
        {
            return Some((at + 2, named_day(self.today, named, number)?));
        }
        if let Some((end, number)) = self.counted_day(at) {
            let of = self.past(end, &["of"]);
            let named = month(self.word(of)).filter(|_| of > end || !self.is_verb(of))?;
            return Some((of + 1, named_day(self.today, named, number)?));
        }
        let named = month(self.word(at))?;
        let from = self.past(at + 1, &["the"]);
        let counted = || self.counted_day(from).filter(|_| !self.is_verb(at));
        let written = digits(self.word(at + 1)).or_else(|| ordinal(self.word(at + 1))).map(|number| (at + 2, number));
        if let Some((end, number)) = written.or_else(counted) {
            let day = named_day(self.today, named, number)?;
            let year = self.word(end).parse::<i16>().ok().filter(|y| (2000..2100).contains(y));
            return Some(match year {
                Some(year) => (end + 1, Date::new(year, named, number).ok()?),
                None => (end, day),
            });
        }
        (introduced && !self.is_verb(at)).then(|| (at + 1, named_month_end(self.today, named)))
    }

    /// `2026-12-03`, `12/3`, `12/3/2026`, `3.12.2026`.
    fn numeric(&self, word: &str) -> Option<Date> {
        if word.len() == 10 && word.as_bytes()[4] == b'-' {
            return word.parse().ok();
        }
        let dotted: Vec<&str> = word.split('.').collect();
        if let [day, month, year] = dotted.as_slice() {
            let year: i16 = year.parse().ok().filter(|year| (2000..2100).contains(year))?;
            return Date::new(year, month.parse().ok()?, day.parse().ok()?).ok();
        }
        let mut parts = word.split('/');
        let month: i8 = parts.next()?.parse().ok()?;
        let day: i8 = parts.next()?.parse().ok()?;
        match parts.next() {
            None => (word.contains('/')).then(|| named_day(self.today, month, day)).flatten(),
            Some(year) => {
                let year: i16 = year.parse().ok()?;
                Date::new(if year < 100 { year + 2000 } else { year }, month, day).ok()
            }
        }
    }

    /// "two weeks", "the next couple of days", "24 hours", after "in" or "within".
    pub(crate) fn counted(&self, at: usize) -> Option<(usize, Reading)> {
        // "In the week of the 7th" names a week and counts nothing.
        if self.is(at, &["the"])
            && self.is(at + 1, &["week"])
            && self.is(at + 2, &["of", "after", "commencing", "beginning", "starting"])
        {
            return None;
        }
        let mut next = self.past(at, &["the", "next", "about", "like", "say", "coming", "following"]);
        if self.is(next, &["a", "the"]) && self.is(next + 1, &["couple", "few"]) {
            next += 1;
        }
        let (number, mut unit) = match count(self.word(next)) {
            Some(number) => (number, self.past(next + 1, &["of", "or", "to", "more"])),
            // "within the week", "in the next week"
            None if next > at => (1, next),
            None => return None,
        };
        if let Some(second) = count(self.word(unit)) {
            // "two or three weeks": the later one still keeps the promise.
            let later = second.max(number);
            unit += 1;
            return self.unit(later, unit);
        }
        self.unit(number, unit)
    }

    fn unit(&self, number: i64, at: usize) -> Option<(usize, Reading)> {
        let of_day = |end, day| Some((end, Reading::of(day)));
        match self.word(at) {
            "business" | "working" if self.is(at + 1, &["day", "days"]) => {
                of_day(at + 2, working_days(self.today, number))
            }
            "day" | "days" => of_day(at + 1, plus(self.today, number)),
            // "In two weeks" is due on a day, and to meet it is that week.
            "week" | "weeks" | "fortnight" => {
                let weeks = if self.is(at, &["fortnight"]) { number * 2 } else { number };
                let day = plus(self.today, weeks * 7);
                Some((at + 1, Reading { day: Some(day), ..Reading::week(monday(day)) }))
            }
            "month" | "months" => {
                let day = moved(self.today, Span::new().try_months(number).ok()?);
                Some((at + 1, Reading { day: Some(day), ..Reading::week(monday(day)) }))
            }
            "hour" | "hours" | "minutes" => {
                let minutes = if self.is(at, &["minutes"]) { number } else { number * 60 };
                let exact = self.now.checked_add(Span::new().try_minutes(minutes).ok()?).ok()?;
                Some((at + 1, Reading { exact: Some(exact), ..Reading::default() }))
            }
            _ => None,
        }
    }

    /// "a week from Friday", "a week on Friday", "two weeks from now", "a week today".
    fn counted_from(&self, at: usize) -> Option<(usize, Reading)> {
        let number = count(self.word(at))?;
        let (end, reading) = self.unit(number, self.past(at + 1, &["couple", "of"]))?;
        if self.is(end, &["today"]) {
            return Some((end + 1, reading));
        }
        let weeks = self.is(end.saturating_sub(1), &["week", "weeks"]);
        if !(self.is(end, &["from"]) || weeks && self.is(end, &["on"]) && weekday(self.word(end + 1)).is_some()) {
            return None;
        }
        let offset = (reading.day? - self.today).get_days();
        if self.is(end + 1, &["now", "today"]) {
            return Some((end + 2, reading));
        }
        let (stop, base) = self.day(end + 1, true)?;
        Some((stop, Reading { day: Some(plus(base.day?, i64::from(offset))), ..Reading::default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadline::calendar::since_monday;

    #[test]
    fn weeks_begin_on_monday() {
        let sunday = jiff::civil::date(2026, 11, 22);
        assert_eq!(since_monday(sunday), 6);
        assert_eq!(friday(sunday, 0), jiff::civil::date(2026, 11, 27));
        assert_eq!(of_week(sunday, 1, Weekday::Monday), jiff::civil::date(2026, 11, 23));
    }
}
