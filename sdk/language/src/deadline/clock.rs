//! Times of day: on the clock, in words, or as a part of the day.

use jiff::civil::{Time, time};

use super::grammar::Reader;
use crate::token::Gap;
use crate::zone::zone_word;

/// When "first thing" is.
pub(crate) const FIRST_THING: Time = time(9, 0, 0, 0);
/// When the office closes: what "end of day" means.
pub(crate) const END_OF_DAY: Time = time(17, 0, 0, 0);
/// What "by tomorrow morning" still allows.
pub(crate) const END_OF_MORNING: Time = time(12, 0, 0, 0);
/// What "this evening" still allows.
pub(crate) const END_OF_EVENING: Time = time(20, 0, 0, 0);

/// The hours in words, from one.
const HOURS: [&str; 12] =
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

impl Reader<'_> {
    pub(super) fn part_of_day(&self, at: usize) -> Option<(usize, Time)> {
        if self.is(at, &["before", "by"]) && self.is(at + 1, &["lunch", "lunchtime"]) {
            return Some((at + 2, END_OF_MORNING));
        }
        let from = if self.is(at, &["in"]) && self.is(at + 1, &["the"]) { at + 2 } else { at };
        let time = match self.word(from) {
            "morning" => END_OF_MORNING,
            "afternoon" | "arvo" => END_OF_DAY,
            "evening" | "night" => END_OF_EVENING,
            _ => return None,
        };
        Some((from + 1, time))
    }

    /// "Half past three", "half four": where half an hour is meant and no half of something.
    fn half_past(&self, at: usize, bare: bool) -> Option<(usize, Time)> {
        if !self.is(at, &["half"]) {
            return None;
        }
        let past = self.past(at + 1, &["past"]);
        let place = HOURS.iter().position(|hour| *hour == self.word(past))?;
        let about = self.is(past + 1, &["ish"]);
        if past == at + 1 && !(bare || about) {
            return None;
        }
        let hour = i8::try_from(place).ok()? + 1;
        let hour = if (1..=7).contains(&hour) { hour + 12 } else { hour };
        Some((past + 1 + usize::from(about), Time::new(hour, 30, 0, 0).ok()?))
    }

    /// "Two", "two thirty", where nothing is counted by it: "at two", not "at two sites".
    fn hour_in_words(&self, at: usize) -> Option<(usize, Time)> {
        const AFTER: &[&str] = &["with", "and", "or", "so", "if", "then", "for", "to", "works", "is", "sharp", "on"];
        let place = HOURS.iter().position(|hour| *hour == self.word(at))?;
        let hour = i8::try_from(place).ok()? + 1;
        let (end, minute) = match self.word(at + 1) {
            "thirty" => (at + 2, 30),
            "fifteen" => (at + 2, 15),
            _ => (at + 1, 0),
        };
        let ends = self.tokens.get(end).is_none_or(|t| t.gap != Gap::None) || self.is(end, AFTER);
        // Office hours, as for digits.
        let hour = if (1..=7).contains(&hour) { hour + 12 } else { hour };
        if ends { Some((end, Time::new(hour, minute, 0, 0).ok()?)) } else { None }
    }

    /// "3pm", "10:30 am", "noon"; a bare "3" only after a preposition.
    pub(crate) fn clock(&self, at: usize, bare: bool) -> Option<(usize, Time, Option<&'static str>)> {
        let word = self.word(at);
        if matches!(word, "noon" | "midday") {
            return Some((at + 1, END_OF_MORNING, None));
        }
        if let Some((end, time)) = self.half_past(at, bare) {
            return Some((end, time, None));
        }
        let (body, mut half) =
            match word.strip_suffix("am").map(|b| (b, "am")).or_else(|| word.strip_suffix("pm").map(|b| (b, "pm"))) {
                Some((body, half)) if body.starts_with(|c: char| c.is_ascii_digit()) => (body, Some(half)),
                _ => (word, None),
            };
        if bare && let Some((end, time)) = self.hour_in_words(at) {
            return Some((end, time, None));
        }
        let bare_hour: Option<i8> = body.parse().ok();
        let mut end = at + 1;
        if half.is_none() {
            half = match self.word(end) {
                "am" => Some("am"),
                "pm" => Some("pm"),
                "a" if self.is(end + 1, &["m"]) => Some("am"),
                "p" if self.is(end + 1, &["m"]) => Some("pm"),
                _ => None,
            };
            if half.is_some() {
                end += if self.is(end, &["am", "pm"]) { 1 } else { 2 };
            } else if self.word(end) == "o" && self.is(end + 1, &["clock"]) {
                end += 2;
            } else if !(body.contains(':') || bare && bare_hour.is_some_and(|hour| (1..=23).contains(&hour))) {
                return None;
            }
        }
        let time = time_of(body, half)?;
        let zone = zone_word(self.word(end));
        Some((end + usize::from(zone.is_some()), time, zone))
    }
}

/// `3`, `10:30`, `10.30` in a half of the day; where none was said, in office hours.
pub(crate) fn time_of(body: &str, half: Option<&str>) -> Option<Time> {
    // "1100 am".
    if let (4, Some(half), Some((hour, minute))) = (body.len(), half, body.split_at_checked(2))
        && body.bytes().all(|byte| byte.is_ascii_digit())
    {
        return time_of(&format!("{hour}:{minute}"), Some(half));
    }
    let mut pieces = body.split([':', '.']);
    let hour: i8 = pieces.next()?.parse().ok()?;
    let minute: i8 = pieces.next().map_or(Some(0), |minute| minute.parse().ok())?;
    // A dot is of a time only where the half of the day says that it is one.
    if pieces.next().is_some() || body.contains('.') && half.is_none() {
        return None;
    }
    let hour = match half {
        Some("pm") if hour < 12 => hour + 12,
        Some("am") if hour == 12 => 0,
        // Office hours: "at 3" is the afternoon, "03:00" is not.
        None if (1..=7).contains(&hour) && !body.starts_with('0') => hour + 12,
        _ => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}
