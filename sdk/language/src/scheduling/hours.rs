//! Hours of the day as people name them when they arrange to meet: parts of the
//! day, bounds, spans, and exact times.
//!
//! Clock times are read by the deadline grammar; what is added here is that "after
//! two" is a beginning and "mornings" a stretch. To add a part of the day, add a row
//! to [`PARTS`].

use jiff::SignedDuration;
use jiff::civil::{Time, time};

use crate::deadline::{Reader, time_of};
use crate::token::Gap;
use crate::zone::{zone_of_place, zone_word};

/// In whose time something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// In a zone that was named.
    Named(&'static str),
    /// In the writer's own.
    Mine,
    /// In that of whom they write to.
    Yours,
}

/// Hours of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hours {
    pub(super) from: Option<Time>,
    pub(super) until: Option<Time>,
    /// `from` is the very time, `until` its end where one was named.
    pub(super) exact: bool,
    pub(super) zone: Option<Whose>,
}

impl Hours {
    pub(super) fn span(from: Option<Time>, until: Option<Time>) -> Self {
        Self { from, until, exact: false, zone: None }
    }
}

impl Hours {
    /// A part of the day said closer by other hours within it, or twelve hours
    /// before it: "evening, 7 to 10".
    pub(super) fn closer(self, other: Self) -> Option<Self> {
        if self.exact {
            return None;
        }
        let holds =
            |time: Time| self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until);
        let half = SignedDuration::from_hours(12);
        let later = |time: Time| time.checked_add(half).ok().filter(|later| *later > time);
        let (from, until) = match other.from.or(other.until) {
            Some(time) if holds(time) || other.until.is_some_and(|until| other.from.is_none() && holds(until)) => {
                (other.from, other.until)
            }
            Some(time) if later(time).is_some_and(holds) => (other.from.and_then(later), other.until.and_then(later)),
            _ => return None,
        };
        let part_ends = if other.exact { None } else { self.until };
        let zone = other.zone.or(self.zone);
        Some(Self { from: from.or(self.from), until: until.or(part_ends), exact: other.exact, zone })
    }
}

const NOON: Time = time(12, 0, 0, 0);
/// When lunch is over, and when work is.
const AFTER_LUNCH: Time = time(13, 0, 0, 0);
const AFTER_WORK: Time = time(17, 0, 0, 0);
/// What "first thing" and "early" still allow.
pub(super) const EARLY: Time = time(10, 0, 0, 0);
/// From when on it is "late" in a working day.
const LATE: Time = time(15, 0, 0, 0);
/// The last hours of a working day.
pub(super) const DAYS_END: (Time, Time) = (time(16, 0, 0, 0), time(18, 0, 0, 0));
/// An evening.
pub(super) const EVENING: (Time, Time) = (time(17, 0, 0, 0), time(21, 0, 0, 0));
/// A span this short, minutes, written with a dash is a meeting and not a choice.
const A_MEETING: i64 = 60;

/// Part of the day, its beginning and end; then the same when "early" and when "late".
type Row = (&'static [&'static str], Ends, Ends, Ends);
type Ends = (Option<i8>, Option<i8>);
const PARTS: &[Row] = &[
    (&["morning", "mornings"], (None, Some(12)), (None, Some(10)), (Some(10), Some(12))),
    (&["afternoon", "afternoons"], (Some(12), Some(18)), (Some(12), Some(15)), (Some(15), Some(18))),
    (&["evening", "evenings", "night"], (Some(17), Some(21)), (Some(17), Some(19)), (Some(19), Some(21))),
    (&["lunchtime", "lunchtimes"], (Some(12), Some(14)), (Some(12), Some(13)), (Some(13), Some(14))),
];
/// After a number, these make it a count and no time.
const COUNTED: &[&str] = &[
    "min", "mins", "minute", "minutes", "hour", "hours", "hr", "hrs", "day", "days", "week", "weeks", "month",
    "months", "years", "people", "person", "persons", "users", "seats", "sites", "of", "percent", "times", "options",
    "slots", "units", "business", "working",
];
/// Before a number, these make it a name.
const NUMBERED: &[&str] =
    &["option", "room", "phase", "version", "number", "no", "floor", "item", "step", "slot", "gate", "level", "q"];

/// The hours named at a word, and one past their last word. A bare number counts
/// where `bare` says that a time is expected.
pub(super) fn read(reader: &Reader<'_>, source: &str, at: usize, bare: bool) -> Option<(usize, Hours)> {
    let (end, mut hours) = unzoned(reader, source, at, bare)?;
    if hours.zone.is_some() {
        return Some((end, hours));
    }
    match whose(reader, source, end) {
        Some((after, zone)) => {
            hours.zone = Some(zone);
            Some((after, hours))
        }
        None => Some((end, hours)),
    }
}

fn unzoned(reader: &Reader<'_>, source: &str, at: usize, bare: bool) -> Option<(usize, Hours)> {
    if let Some(found) = part(reader, at) {
        return Some(found);
    }
    match reader.word(at) {
        "between" | "from" => {
            if let Some((end, from, until, zone)) = range(reader, source, at + 1, true) {
                return Some((end, Hours { zone, ..Hours::span(Some(from), Some(until)) }));
            }
            let (end, from, zone) = bound(reader, at + 1).filter(|_| reader.is(at, &["from"]))?;
            let end = reader.past(end, &["on", "onwards", "onward"]);
            Some((end, Hours { zone, ..Hours::span(Some(from), None) }))
        }
        "after" | "past" => {
            let (end, from, zone) = bound(reader, at + 1)?;
            Some((end, Hours { zone, ..Hours::span(Some(from), None) }))
        }
        "before" | "until" | "till" | "by" => {
            let (end, until, zone) = bound(reader, at + 1)?;
            Some((end, Hours { zone, ..Hours::span(None, Some(until)) }))
        }
        "no" if reader.is(at + 1, &["later", "earlier"]) && reader.is(at + 2, &["than"]) => {
            let (end, time, zone) = bound(reader, at + 3)?;
            let later = reader.is(at + 1, &["later"]);
            let hours = if later { Hours::span(None, Some(time)) } else { Hours::span(Some(time), None) };
            Some((end, Hours { zone, ..hours }))
        }
        "at" | "around" | "about" | "say" | "circa" | "approximately" => {
            let from = reader.past(at + 1, &["around", "about", "say"]);
            moment(reader, source, from, true)
        }
        _ => moment(reader, source, at, bare),
    }
}

/// "Early afternoon", "in the morning", "first thing", "end of the day".
fn part(reader: &Reader<'_>, at: usize) -> Option<(usize, Hours)> {
    if reader.is(at, &["first"]) && reader.is(at + 1, &["thing"]) {
        return Some((reader.past(at + 2, &["in", "the", "morning"]), Hours::span(None, Some(EARLY))));
    }
    if reader.is(at, &["end"]) && reader.is(at + 1, &["of"]) {
        let day = reader.past(at + 2, &["the", "business"]);
        return reader.is(day, &["day"]).then(|| (day + 1, Hours::span(Some(DAYS_END.0), Some(DAYS_END.1))));
    }
    let from = if reader.is(at, &["in"]) && reader.is(at + 1, &["the"]) { at + 2 } else { at };
    let how = reader.word(from);
    let named = from + usize::from(matches!(how, "early" | "late" | "mid"));
    if let Some((_, whole, early, late)) = PARTS.iter().find(|(words, ..)| words.contains(&reader.word(named))) {
        let ends = match how {
            "early" => early,
            "late" | "mid" => late,
            _ => whole,
        };
        let on_the_hour = |hour: Option<i8>| hour.and_then(|hour| Time::new(hour, 0, 0, 0).ok());
        return Some((named + 1, Hours::span(on_the_hour(ends.0), on_the_hour(ends.1))));
    }
    // "Early Friday", "late on Tuesday": of a day, and not of a week.
    let day = reader.past(named, &["on"]);
    let of_a_day = crate::deadline::weekday(reader.word(day)).is_some() || reader.is(day, &["tomorrow", "today"]);
    match how {
        "early" if from == at && of_a_day => Some((day, Hours::span(None, Some(EARLY)))),
        "late" if from == at && of_a_day => Some((day, Hours::span(Some(LATE), None))),
        _ => None,
    }
}

/// A time that bounds something: "two", "11am", "lunch".
fn bound(reader: &Reader<'_>, at: usize) -> Option<(usize, Time, Option<Whose>)> {
    let at = reader.past(at, &["around", "about", "say", "the"]);
    match reader.word(at) {
        "lunch" | "lunchtime" => {
            let after = at.checked_sub(1).is_some_and(|before| reader.is(before, &["after", "past", "from"]));
            Some((at + 1, if after { AFTER_LUNCH } else { NOON }, None))
        }
        "work" | "hours" => Some((at + 1, AFTER_WORK, None)),
        _ => clock(reader, at, true),
    }
}

/// An exact time, or two of them with a dash between.
fn moment(reader: &Reader<'_>, source: &str, at: usize, bare: bool) -> Option<(usize, Hours)> {
    if let Some((end, from, until, zone)) = range(reader, source, at, bare) {
        let exact = until.duration_since(from).as_mins() <= A_MEETING;
        return Some((end, Hours { from: Some(from), until: Some(until), exact, zone }));
    }
    let (end, from, zone) = clock(reader, at, bare)?;
    Some((end, Hours { from: Some(from), until: None, exact: true, zone }))
}

/// A clock time that counts nothing.
fn clock(reader: &Reader<'_>, at: usize, bare: bool) -> Option<(usize, Time, Option<Whose>)> {
    let at = at + usize::from(reader.is(at, &["@"]));
    if at.checked_sub(1).is_some_and(|before| reader.is(before, NUMBERED)) {
        return None;
    }
    let (end, time, zone) = reader.clock(at, bare)?;
    (!reader.is(end, COUNTED)).then_some((end, time, zone.map(Whose::Named)))
}

/// "9-11", "2 to 4pm", "9:30 – 11".
fn range(reader: &Reader<'_>, source: &str, at: usize, bare: bool) -> Option<(usize, Time, Time, Option<Whose>)> {
    if let Some((first, second)) = reader.word(at).split_once('-') {
        let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        if !digit(first) || !digit(second) || second.contains('-') || reader.is(at + 1, COUNTED) {
            return None;
        }
        let (second, mut half) = halved(second);
        let mut end = at + 1;
        if half.is_none() && reader.is(end, &["am", "pm"]) {
            half = Some(if reader.is(end, &["am"]) { "am" } else { "pm" });
            end += 1;
        }
        // "10-15" alone is a count as often as a time.
        let looks_like_one = half.is_some() || first.contains(':') || second.contains(':');
        if !(bare || looks_like_one) {
            return None;
        }
        let until = time_of(second, half)?;
        let (from, until) = ordered(first, until, half)?;
        return zoned(reader, end, from, until);
    }
    let (end, _, zone) = clock(reader, at, true)?;
    let dash = dash_between(reader, source, end);
    if !(dash || reader.is(end, &["to", "and", "until", "till", "through", "til"])) || zone.is_some() {
        return None;
    }
    // "At 10 and 11" are two times; only "between" makes one span of them.
    let between = at.checked_sub(1).is_some_and(|before| reader.is(before, &["between"]));
    if reader.is(end, &["and"]) && !between {
        return None;
    }
    let second = end + usize::from(!dash);
    let (stop, until, _) = clock(reader, second, true)?;
    let said = |from: usize, to: usize| {
        let words = (from..to).map(|at| reader.word(at));
        words
            .filter_map(|word| halved(word).1.or((word == "am").then_some("am")).or((word == "pm").then_some("pm")))
            .next()
    };
    if said(at, end).is_some() {
        let from = clock(reader, at, true)?.1;
        return if from < until { zoned(reader, stop, from, until) } else { None };
    }
    let (first, half) = (reader.word(at), said(second, stop));
    let (from, until) = match first.starts_with(|c: char| c.is_ascii_digit()) {
        true => ordered(first, until, half)?,
        false => (clock(reader, at, true)?.1, until),
    };
    if from < until { zoned(reader, stop, from, until) } else { None }
}

fn zoned(reader: &Reader<'_>, end: usize, from: Time, until: Time) -> Option<(usize, Time, Time, Option<Whose>)> {
    let zone = zone_word(reader.word(end)).map(Whose::Named);
    Some((end + usize::from(zone.is_some()), from, until, zone))
}

/// `4pm` as `4` and its half.
fn halved(word: &str) -> (&str, Option<&'static str>) {
    for half in ["am", "pm"] {
        if let Some(body) = word.strip_suffix(half).filter(|body| body.starts_with(|c: char| c.is_ascii_digit())) {
            return (body, Some(half));
        }
    }
    (word, None)
}

/// The beginning of a span whose end is known: in the same half of the day, in
/// the other one, or by office hours, whichever comes before the end.
fn ordered(first: &str, until: Time, half: Option<&'static str>) -> Option<(Time, Time)> {
    let (body, own) = halved(first);
    let mut ways: Vec<(Option<&str>, Time)> = match own.or(half) {
        Some(half) => vec![(Some(half), until)],
        None => vec![(None, until)],
    };
    if own.is_none() {
        ways.extend([(Some("am"), until), (Some("pm"), until)]);
    }
    ways.into_iter()
        .find_map(|(half, until)| time_of(body, half).filter(|from| *from < until).map(|from| (from, until)))
}

fn dash_between(reader: &Reader<'_>, source: &str, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| reader.tokens.get(before));
    let (Some(one), Some(two)) = (before, reader.tokens.get(at)) else { return false };
    let between = source.get(one.end..two.start).unwrap_or_default().trim();
    matches!(between, "-" | "\u{2013}" | "\u{2014}")
}

/// In whose time: "your time", "CET", "Berlin time", "(Berlin)".
pub(super) fn whose(reader: &Reader<'_>, source: &str, at: usize) -> Option<(usize, Whose)> {
    if let Some(zone) = zone_word(reader.word(at)) {
        return Some((at + 1, Whose::Named(zone)));
    }
    const TIMES: &[&str] = &["time", "end", "side", "timezone", "clock"];
    let said = match reader.word(at) {
        "your" => Some(Whose::Yours),
        "my" | "our" | "local" => Some(Whose::Mine),
        _ => None,
    };
    if let Some(whose) = said.filter(|_| reader.is(at + 1, TIMES)) {
        return Some((at + 2, whose));
    }
    let (end, zone) = zone_of_place(reader.tokens, at)?;
    let token = reader.tokens.get(at)?;
    let bracket = token.gap == Gap::Break && source.get(..token.start).is_some_and(|before| before.ends_with('('));
    match reader.is(end, &["time"]) {
        true => Some((end + 1, Whose::Named(zone))),
        false => bracket.then_some((end, Whose::Named(zone))),
    }
}
