//! Later today, or first thing tomorrow: times that name neither a day nor an hour.

use jiff::civil::Time;

use super::calendar::{count, plus};
use super::clock::{END_OF_DAY, END_OF_EVENING, END_OF_MORNING, FIRST_THING};
use super::grammar::{Reader, Reading};
use crate::phrase::is_back;
use crate::token::Gap;

impl Reader<'_> {
    /// "Right after this call", "soon as we hang up", "after lunch": later today.
    pub(super) fn end_of_talk(&self, at: usize) -> Option<usize> {
        const TALKS: &[&str] = &["call", "meeting", "chat", "demo", "session", "conversation"];
        let after = self.past(at, &["right", "straight", "directly", "immediately", "just", "shortly"]);
        if self.is(after, &["after"]) {
            if self.is(after + 1, &["lunch"]) {
                return Some(after + 2);
            }
            if self.is(after + 1, &["this"])
                && self.tokens.get(after + 2).is_none_or(|t| t.gap != crate::token::Gap::None)
            {
                return (after > at).then_some(after + 2);
            }
            let sooner = after > at || self.is(after + 1, &["this"]);
            if sooner && self.is(after + 1, &["this", "the", "our"]) && self.is(after + 2, TALKS) {
                return Some(after + 3);
            }
            let ours = self.is(after + 1, &["we", "i"]) && self.is(after + 2, &["hang", "finish"]);
            return ours.then(|| self.past(after + 3, &["up", "here"]));
        }
        let soon = self.past(at, &["as"]);
        let off = self.is(soon, &["soon", "once", "when", "minute", "second"])
            && self.is(self.past(soon + 1, &["as"]), &["we", "i"]);
        let verb = self.past(soon + 1, &["as", "we", "i", "are", "am"]);
        let ended = self.is(verb, &["hang"]) && self.is(verb + 1, &["up"])
            || self.is(verb, &["get", "off"]) && self.is(self.past(verb, &["get"]), &["off"]);
        (off && ended).then(|| self.past(verb, &["get", "off", "hang", "up", "the", "this", "phone", "call", "here"]))
    }

    /// "Now", "right now", "in a minute", "after this", "when we're off": what a promise says
    /// of a thing done today. Elsewhere the same words say how things are, so only a
    /// promise is read for them.
    pub(super) fn at_once(&self, at: usize) -> Option<usize> {
        const MOMENTS: &[&str] = &["minute", "min", "sec", "second", "moment", "bit", "tick", "jiffy", "mo"];
        const MINUTES: &[&str] = &["two", "five", "ten", "fifteen", "twenty", "thirty"];
        const BEFORE_NOW: &[&str] =
            &["by", "for", "until", "till", "from", "as", "of", "even", "than", "before", "since", "not", "to", "up"];
        let closes = |end: usize| self.tokens.get(end).is_none_or(|t| t.gap != Gap::None);
        let goes_on = |end: usize| {
            closes(end) || self.is(end, &["and", "on", "in", "by", "to", "while", "over", "so", "with", "through"])
        };
        match self.word(at) {
            "in" => {
                let from = self.past(at + 1, &["just", "about", "like", "another"]);
                if self.is(from, &["a", "one"]) && self.is(from + 1, MOMENTS) {
                    return goes_on(from + 2).then_some(from + 2);
                }
                (self.is(from, MINUTES) && closes(from + 1)).then_some(from + 1)
            }
            "right" if self.is(at + 1, &["now"]) => goes_on(at + 2).then_some(at + 2),
            "right" | "straight" if self.is(at + 1, &["after"]) => closes(at + 2).then_some(at + 2),
            "after" if self.is(at + 1, &["this", "that"]) => closes(at + 2).then_some(at + 2),
            "now" => {
                let before = at.checked_sub(1).filter(|_| self.tokens[at].gap == Gap::None)?;
                let end = self.past(at + 1, &["itself"]);
                (!self.is(before, BEFORE_NOW) && goes_on(end)).then_some(end)
            }
            "when" | "once" | "as" | "soon" => {
                let subject = self.past(self.past(at, &["when", "once", "as", "soon"]), &["as"]);
                if !self.is(subject, &["we", "you", "i"]) {
                    return None;
                }
                let verb = self.past(subject + 1, &["are", "am", "get", "have"]);
                let end = match self.word(verb) {
                    "off" => self.past(verb + 1, &["the", "this", "phone", "call", "here"]),
                    "done" | "finished" | "through" => self.past(verb + 1, &["here", "with", "this"]),
                    "hang" if self.is(verb + 1, &["up"]) => verb + 2,
                    _ => return None,
                };
                closes(end).then_some(end)
            }
            _ => None,
        }
    }

    /// "When I'm back at my desk", "once I get home", "as soon as I'm off the road": the
    /// same day, where no other day is named with it.
    pub(super) fn back_at_work(&self, at: usize) -> Option<usize> {
        let from = self.past(at, &["as"]);
        if !self.is(from, &["when", "once", "soon", "minute", "second"]) {
            return None;
        }
        let subject = self.past(from + 1, &["as"]);
        if !self.is(subject, &["i", "we"]) {
            return None;
        }
        let verb = self.past(subject + 1, &["am", "are", "get", "come", "got", "go", "arrive"]);
        if verb == subject + 1 {
            return None;
        }
        is_back(self.tokens, verb)
    }

    /// "In the morning", "first thing": of the next day, where nothing before it says
    /// another ("at six in the morning", "on Tuesday in the morning").
    pub(super) fn next_morning(&self, at: usize) -> Option<(usize, Reading)> {
        let before = at.checked_sub(1).map_or("", |before| self.word(before));
        if !before.is_empty() && (count(before).is_some() || matches!(before, "early" | "clock" | "m" | "o" | "late")) {
            return None;
        }
        let of_tomorrow = |end: usize, time: Time| {
            let ends = self.tokens.get(end).is_none_or(|t| {
                t.gap != Gap::None || matches!(t.word.as_str(), "and" | "then" | "so" | "with" | "before" | "if")
            });
            ends.then(|| (end, Reading { day: Some(plus(self.today, 1)), time: Some(time), ..Reading::default() }))
        };
        if self.is(at, &["first"]) && self.is(at + 1, &["thing"]) {
            let end = if self.is(at + 2, &["in"]) && self.is(at + 3, &["the"]) && self.is(at + 4, &["morning"]) {
                at + 5
            } else {
                at + 2
            };
            return of_tomorrow(end, FIRST_THING);
        }
        let morning = self.is(at, &["in"]) && self.is(at + 1, &["the"]) && self.is(at + 2, &["morning"]);
        if morning { of_tomorrow(at + 3, END_OF_MORNING) } else { None }
    }

    /// "By five", "before two", "by half past three", "before lunch".
    pub(super) fn by_the_clock(&self, at: usize) -> Option<(usize, Reading)> {
        let meal = match self.word(at) {
            "lunch" | "lunchtime" => Some(END_OF_MORNING),
            "tea" | "teatime" => Some(END_OF_DAY),
            "dinner" | "dinnertime" | "supper" | "bedtime" => Some(END_OF_EVENING),
            _ => None,
        };
        if let Some(time) = meal {
            return Some((at + 1, Reading { time: Some(time), ..Reading::default() }));
        }
        let (end, time, zone) = self.clock(at, true)?;
        let ends = self.tokens.get(end).is_none_or(|t| {
            t.gap != Gap::None
                || matches!(t.word.as_str(), "and" | "then" | "so" | "today" | "tomorrow" | "sharp" | "ish" | "if")
        });
        ends.then(|| (end, Reading { time: Some(time), zone, ..Reading::default() }))
    }
}
