//! Days as people name them when they arrange to meet: one day, a stretch, a
//! weekday of every week, or a bound.
//!
//! Days and weeks are read by the deadline grammar. What is added here is the other
//! end: a deadline is a last moment, a time to meet has a first one too.

use jiff::civil::{Date, Time, Weekday};

use super::hours::{DAYS_END, EARLY, EVENING, Hours};
use crate::deadline::{END_OF_DAY, Reader, Reading, monday, ordinal, plus, weekday};

/// Days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// From one to another; the same for one day.
    Between(Date, Date),
    /// This weekday of every week.
    Every(Weekday),
    /// From this day on.
    From(Date),
    /// Up to this day, or this time of it.
    Until(Date, Option<Time>),
}

impl Days {
    /// The day, where it is one.
    pub(super) fn single(self) -> Option<Date> {
        match self {
            Self::Between(first, last) if first == last => Some(first),
            _ => None,
        }
    }
}

/// Days with the hours that their own words name ("tonight", "EOD Thursday").
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    pub(super) end: usize,
    pub(super) days: Days,
    pub(super) hours: Option<Hours>,
    /// A weekday and nothing more.
    pub(super) alone: bool,
}

/// Words after which a date is introduced.
const LEADS: &[&str] = &[
    "in", "on", "by", "for", "before", "after", "until", "till", "from", "between", "of", "during", "around", "to",
    "and", "or", "through", "late", "early", "not", "is", "but", "within",
];
/// Words that make the day after them a past or another one.
const NOT_MEANT: &[&str] = &["last", "past", "previous", "since", "than"];

/// The days named at a word. `spoken` is the last day spoken of, which "the
/// following Monday" is counted from.
pub(super) fn read(reader: &Reader<'_>, source: &str, at: usize, spoken: Option<Date>) -> Option<Read> {
    let before = at.checked_sub(1).map_or("", |before| reader.word(before));
    if NOT_MEANT.contains(&before) || before == "of" && at >= 2 && reader.is(at - 2, &["instead"]) {
        return None;
    }
    let found = introduced(reader, source, at, spoken)?;
    (!reader.is(found.end, &["ago"])).then_some(found)
}

fn introduced(reader: &Reader<'_>, source: &str, at: usize, spoken: Option<Date>) -> Option<Read> {
    let day = |at: usize| plain(reader, at, spoken);
    let bounded = |read: Read, days: Days| Some(Read { days, hours: None, alone: false, ..read });
    let until = |from: usize| {
        let read = day(from)?;
        // "By EOD Thursday" ends with it, "before Thursday" the day before.
        let ends = (from..read.end).any(|at| reader.is(at, &["end", "eod", "cob", "eow", "eom", "close"]));
        let time = read.hours.filter(|_| ends).map(|_| END_OF_DAY);
        let Days::Between(first, last) = read.days else { return None };
        let last = if reader.is(at, &["before"]) && !ends { plus(first, -1) } else { last };
        bounded(read, Days::Until(last, time))
    };
    match reader.word(at) {
        "between" => {
            let (first, second) = pair(reader, source, at + 1, &["and"], spoken)?;
            between(reader, at + 1, first, second)
        }
        "from" | "starting" | "beginning" => {
            if let Some((first, second)) =
                pair(reader, source, at + 1, &["to", "until", "till", "through", "til"], spoken)
            {
                return between(reader, at + 1, first, second);
            }
            let read = day(reader.past(at + 1, &["on", "from"]))?;
            let Days::Between(first, _) = read.days else { return None };
            let end = reader.past(read.end, &["on", "onwards", "onward", "forward"]);
            bounded(Read { end, ..read }, Days::From(first))
        }
        "back" | "return" | "returning" => {
            // "Back in the office on Monday."
            let place = reader.past(at + 1, &["in", "at"]);
            let office = place + usize::from(reader.is(place, &["the"]));
            let there = reader.is(office, &["office", "work", "town"]);
            let read = day(reader.past(if there { office + 1 } else { at + 1 }, &["on", "by", "from", "only"]))?;
            let Days::Between(first, _) = read.days else { return None };
            bounded(read, Days::From(first))
        }
        "after" => {
            let read = day(at + 1)?;
            let Days::Between(_, last) = read.days else { return None };
            bounded(read, Days::From(plus(last, 1)))
        }
        "before" | "by" | "until" | "till" => until(at + 1),
        "no" if reader.is(at + 1, &["later"]) && reader.is(at + 2, &["than"]) => until(at + 3),
        "within" | "over" | "during" | "in" => {
            counted(reader, at).or_else(|| day(at + 1).filter(|_| !reader.is(at, &["over"])))
        }
        "every" | "each" => {
            let named = weekday(reader.word(at + 1))?;
            Some(Read { end: at + 2, days: Days::Every(named), hours: None, alone: false })
        }
        _ => {
            if let Some((first, second)) = pair(reader, source, at, &["to", "through", "until", "till", "thru"], spoken)
            {
                return between(reader, at, first, second);
            }
            day(at)
        }
    }
}

/// Two days with one of these words, or a dash, between them.
fn pair(reader: &Reader<'_>, source: &str, at: usize, words: &[&str], spoken: Option<Date>) -> Option<(Read, Read)> {
    let first = plain(reader, at, spoken)?;
    first.days.single()?;
    let gap = reader.tokens.get(first.end).map(|next| next.start).zip(reader.tokens.get(first.end - 1).map(|t| t.end));
    let dash =
        gap.is_some_and(|(to, from)| matches!(source.get(from..to).unwrap_or_default().trim(), "-" | "\u{2013}"));
    if !dash && !reader.is(first.end, words) {
        return None;
    }
    let second = plain(reader, first.end + usize::from(!dash), spoken)?;
    second.days.single()?;
    Some((first, second))
}

fn between(reader: &Reader<'_>, at: usize, first: Read, second: Read) -> Option<Read> {
    let (mut from, to) = (first.days.single()?, second.days.single()?);
    // "The 20th and the 22nd of December": the month is said once.
    if let Some(number) = ordinal_alone(reader, at, first.end) {
        from = Date::new(to.year(), to.month(), number).ok().filter(|day| *day <= to).unwrap_or(from);
    }
    let to = if to < from && second.alone { plus(to, 7) } else { to };
    // "Monday through Wednesday" said on a Tuesday: the week that comes.
    let from = if first.alone && i64::from((to - from).get_days()) > 6 { plus(from, 7) } else { from };
    (from <= to).then_some(Read { end: second.end, days: Days::Between(from, to), hours: None, alone: false })
}

/// The number of "the 14th", where nothing more was said.
pub(super) fn ordinal_alone(reader: &Reader<'_>, from: usize, to: usize) -> Option<i8> {
    let at = reader.past(from, &["the", "on"]);
    if at + 1 == to { ordinal(reader.word(at)) } else { None }
}

/// "In two weeks" is that week; "within two weeks" and "in the next two weeks"
/// begin today.
fn counted(reader: &Reader<'_>, at: usize) -> Option<Read> {
    let from = reader.past(at + 1, &["around", "about", "the"]);
    let (end, reading) = reader.counted(at + 1)?;
    let today = reader.today;
    let (first, last) = reading.days()?;
    let running = reader.is(at, &["within", "over", "during"]) || reader.is(from, &["next", "coming", "following"]);
    let last_day = reading.day.unwrap_or(last);
    // "In two or three weeks" begins with the second week.
    let range = (at..end).any(|at| reader.is(at, &["or", "to"]) || reader.word(at).contains('-'));
    let days = match running {
        true => Days::Between(today, last_day),
        false if range && last > first => Days::Between(plus(first, -7), last),
        false => Days::Between(first, last),
    };
    Some(Read { end, days, hours: None, alone: false })
}

fn plain(reader: &Reader<'_>, at: usize, spoken: Option<Date>) -> Option<Read> {
    if reader.is(at, &["the"]) && reader.is(at + 1, &["following"]) || reader.is(at, &["following"]) {
        return following(reader, at + usize::from(reader.is(at, &["the"])), spoken?);
    }
    let word = reader.word(at);
    if let Some(named) = every(word) {
        return Some(Read { end: at + 1, days: Days::Every(named), hours: None, alone: false });
    }
    if word == "this" && reader.is(at + 1, &["morning", "afternoon", "evening"]) {
        let today = Days::Between(reader.today, reader.today);
        return Some(Read { end: at + 1, days: today, hours: None, alone: false });
    }
    if word == "that" && reader.is(at + 1, &["week"]) {
        let (end, reading) = reader.pointing(at)?;
        let (first, last) = reading.days()?;
        return Some(Read { end, days: Days::Between(first.max(reader.today), last), hours: None, alone: false });
    }
    // "First thing Monday" is a part of the day and a day.
    if word == "first" && reader.is(at + 1, &["thing"]) || !reader.stands_alone(at) || is_ambiguous(reader, word) {
        return None;
    }
    let introduced = word == "the" || at.checked_sub(1).is_some_and(|before| reader.is(before, LEADS));
    let (end, reading) = reader.day(at, introduced)?;
    let (mut first, mut last) = reading.days()?;
    let mut end = end;
    // "This week or next."
    let or_next = reader.is(end, &["or", "and"]) && reader.is(end + 1, &["next"]) && reading.is_stretch();
    if or_next && (at..end).any(|at| reader.is(at, &["week"])) && weekday(reader.word(end + 2)).is_none() {
        last = plus(last, 7);
        end += 2 + usize::from(reader.is(end + 2, &["week"]));
    }
    if reading.time.is_some() && first != last {
        (first, last) = (last, last);
    }
    let alone = end == at + 1 && weekday(word).is_some();
    Some(Read { end, days: Days::Between(first, last), hours: named_hours(&reading, word), alone })
}

/// The hours that the words of a day name besides.
fn named_hours(reading: &Reading, word: &str) -> Option<Hours> {
    let time = reading.time?;
    let (from, until) = match (time, word) {
        (_, "tonight") => (Some(EVENING.0), Some(EVENING.1)),
        (time, _) if time == END_OF_DAY => (Some(DAYS_END.0), Some(DAYS_END.1)),
        _ => (None, Some(EARLY)),
    };
    Some(Hours::span(from, until))
}

/// "The following Monday", "the following week".
fn following(reader: &Reader<'_>, at: usize, spoken: Date) -> Option<Read> {
    let days = match reader.word(at + 1) {
        "week" => {
            let first = plus(monday(spoken), 7);
            Days::Between(first, plus(first, 4))
        }
        "day" => Days::Between(plus(spoken, 1), plus(spoken, 1)),
        word => {
            let day = crate::deadline::coming(spoken, weekday(word)?);
            Days::Between(day, day)
        }
    };
    Some(Read { end: at + 2, days, hours: None, alone: false })
}

/// "Mondays".
fn every(word: &str) -> Option<Weekday> {
    let singular = word.strip_suffix('s').filter(|one| one.ends_with("day"))?;
    weekday(singular)
}

/// `4/12` is a day of December to some and of April to others. Which of them
/// writes is told by the zone.
fn is_ambiguous(reader: &Reader<'_>, word: &str) -> bool {
    let mut parts = word.split('/');
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else { return false };
    let numbers = (first.parse::<i8>(), second.parse::<i8>());
    match numbers {
        (Ok(first), Ok(second)) => first != second && first <= 12 && second <= 12 && !reader.months_come_first(),
        _ => false,
    }
}
