//! Dates and times as people say them, resolved against a given moment and zone.
//!
//! The grammar finds the words, [`calendar`] turns them into a day, and both
//! keep the exact range. A deadline is the *last* moment that keeps the promise:
//! "next week" is its Friday, "tomorrow morning" ends at noon, "end of day" is
//! five o'clock. Nothing here reads a clock.
//!
//! Words that name a stretch ("next week", "early December") keep its first day too;
//! [`crate::scheduling`] reads those. To understand one more phrase, add an arm to the reader that owns its first
//! word in [`grammar`] and a row to the test below.

mod beginning;
mod calendar;
mod clock;
mod grammar;
mod later;
mod mention;
mod period;

use std::ops::Range;

pub(crate) use calendar::{coming, count, of_week, ordinal, plus, weekday};
pub(crate) use clock::{END_OF_DAY, time_of};
pub(crate) use grammar::{Reader, Reading};
pub(crate) use mention::{Mentioned, monday};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use crate::sentence::Sentence;

/// The moment and zone that "tomorrow" is relative to.
#[derive(Clone, Debug)]
pub struct Anchor {
    now: Zoned,
    /// What was spoken of before, for dates that point back.
    mentioned: mention::Mentioned,
}

impl Anchor {
    /// `zone` is an IANA name; an unknown one, or an instant out of range, is `None`.
    #[must_use]
    pub fn new(epoch_ms: i64, zone: &str) -> Option<Self> {
        let zone = if zone.eq_ignore_ascii_case("utc") { TimeZone::UTC } else { TimeZone::get(zone).ok()? };
        Some(Self::at(Timestamp::from_millisecond(epoch_ms).ok()?.to_zoned(zone)))
    }

    /// Like [`Anchor::new`], in UTC when the zone is unknown.
    #[must_use]
    pub fn or_utc(epoch_ms: i64, zone: &str) -> Self {
        Self::new(epoch_ms, zone).unwrap_or_else(|| {
            Self::at(Timestamp::from_millisecond(epoch_ms).unwrap_or_default().to_zoned(TimeZone::UTC))
        })
    }

    fn at(now: Zoned) -> Self {
        Self { now, mentioned: mention::Mentioned::default() }
    }

    /// The anchor for what follows a sentence: a week or day spoken of in it is
    /// what "that Wednesday" points back to.
    #[must_use]
    pub fn after(&self, sentence: &Sentence) -> Self {
        let (_, mentioned) = grammar::read(&sentence.tokens, &self.now, self.mentioned);
        Self { now: self.now.clone(), mentioned }
    }

    /// The anchor with nothing spoken of.
    #[must_use]
    pub fn forgetful(&self) -> Self {
        Self::at(self.now.clone())
    }

    /// Whether another has the same week and day spoken of.
    #[must_use]
    pub fn remembers_like(&self, other: &Self) -> bool {
        self.mentioned == other.mentioned
    }

    /// Whether a weekday alone may be one of another week that was spoken of.
    #[must_use]
    pub fn may_be_of_another_week(&self, deadline: &Deadline) -> bool {
        let week = mention::monday(deadline.when.day());
        deadline.weekday_alone && self.mentioned.week.is_some_and(|spoken| spoken != week)
    }

    pub(crate) fn now(&self) -> &Zoned {
        &self.now
    }

    /// The day it is there.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.date()
    }

    /// The last minute of a day (`YYYY-MM-DD`) in this zone, epoch milliseconds.
    #[must_use]
    pub fn end_of_day_ms(&self, day: &str) -> Option<i64> {
        Some(When::Day(day.parse().ok()?).epoch_ms(self))
    }

    /// Parses an RFC 3339 instant into an anchor of the same zone.
    #[must_use]
    pub fn moved_to(&self, instant: &str) -> Option<Self> {
        let at: Timestamp = instant.parse().ok()?;
        Some(Self::at(at.to_zoned(self.now.time_zone().clone())))
    }
}

/// A resolved deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Day(Date),
    /// An instant with its zone.
    Instant(Box<Zoned>),
}

impl When {
    /// `2026-11-27`, or RFC 3339 with offset where a time was said.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Instant(zoned) => zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        }
    }

    /// The same weekday and time that many weeks later; unchanged where the
    /// calendar ends.
    fn weeks_later(self, weeks: i64) -> Self {
        let span = Span::new().try_weeks(weeks).unwrap_or_default();
        match self {
            Self::Day(day) => Self::Day(calendar::moved(day, span)),
            Self::Instant(zoned) => Self::Instant(Box::new(zoned.checked_add(span).unwrap_or(*zoned))),
        }
    }

    /// Its day.
    #[must_use]
    pub fn day(&self) -> Date {
        match self {
            Self::Day(day) => *day,
            Self::Instant(zoned) => zoned.date(),
        }
    }

    /// The last millisecond before it is missed: the instant itself, or the end
    /// of the day in the anchor's zone.
    #[must_use]
    pub fn epoch_ms(&self, anchor: &Anchor) -> i64 {
        match self {
            Self::Instant(zoned) => zoned.timestamp().as_millisecond(),
            Self::Day(day) => day
                .at(23, 59, 0, 0)
                .to_zoned(anchor.now.time_zone().clone())
                .map_or_else(|_| anchor.now.timestamp().as_millisecond(), |z| z.timestamp().as_millisecond()),
        }
    }
}

/// A deadline and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Bytes of the source, preposition included.
    pub range: Range<usize>,
    /// First word and one past the last, in the sentence.
    pub words: Range<usize>,
    /// What it means.
    pub when: When,
    /// A weekday and no more, perhaps with a time.
    pub weekday_alone: bool,
}

impl Deadline {
    /// A weekday alone is the first of its kind that is not before this day.
    #[must_use]
    pub fn not_before(mut self, day: Date) -> Self {
        let late = i64::from((day - self.when.day()).get_days());
        if self.weekday_alone && late > 0 {
            self.when = self.when.weeks_later((late + 6) / 7);
        }
        self
    }
}

/// The deadlines of a sentence in order. Past references ("last Friday", "two
/// weeks ago") and durations ("for two weeks") are none.
#[must_use]
pub fn deadlines(sentence: &Sentence, anchor: &Anchor) -> Vec<Deadline> {
    let (found, _) = grammar::read(&sentence.tokens, &anchor.now, anchor.mentioned);
    found
        .into_iter()
        .map(|grammar::Found { words, when, weekday_alone }| Deadline {
            range: sentence.words(words.start, words.end),
            words,
            when,
            weekday_alone,
        })
        .collect()
}

/// Words of a promise that say that it is kept today, during the call or right after it.
pub(crate) fn at_once(sentence: &Sentence, anchor: &Anchor) -> Vec<Deadline> {
    let reader = Reader::new(&sentence.tokens, &anchor.now, anchor.mentioned);
    let mut free = 0;
    let mut found = |start: usize| {
        let words = start..reader.at_once(start).filter(|_| start >= free)?;
        free = words.end;
        Some(words)
    };
    (0..sentence.tokens.len())
        .filter_map(&mut found)
        .map(|words| Deadline {
            range: sentence.words(words.start, words.end),
            words,
            when: When::Day(anchor.today()),
            weekday_alone: false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    /// Wednesday 2026-11-18, 10:00 in New York.
    fn anchor() -> Anchor {
        Anchor::new(1_795_014_000_000, "America/New_York").unwrap()
    }

    fn read(text: &str) -> Vec<(String, String)> {
        sentences(text)
            .iter()
            .flat_map(|s| deadlines(s, &anchor()))
            .map(|d| (text[d.range.clone()].to_owned(), d.when.to_text()))
            .collect()
    }

    #[test]
    fn phrases_resolve_to_their_last_moment() {
        assert_eq!(anchor().now.to_string(), "2026-11-18T10:00:00-05:00[America/New_York]");
        for (text, quote, when) in [
            ("I'll send it by Friday.", "by Friday", "2026-11-20"),
            ("I'll send it by this friday", "by this friday", "2026-11-20"),
            ("done by next Friday", "by next Friday", "2026-11-27"),
            ("by wednesday", "by wednesday", "2026-11-25"),
            ("You'll have it by the end of next week.", "by the end of next week", "2026-11-27"),
            ("by end of week", "by end of week", "2026-11-20"),
            ("in two weeks", "in two weeks", "2026-12-02"),
            ("within the next 10 days", "within the next 10 days", "2026-11-28"),
            ("in three business days", "in three business days", "2026-11-23"),
            ("within the next 3-4 weeks", "within the next 3-4 weeks", "2026-12-16"),
            ("EOD Thursday", "EOD Thursday", "2026-11-19T17:00:00-05:00"),
            ("by end of day tomorrow", "by end of day tomorrow", "2026-11-19T17:00:00-05:00"),
            ("by close of business", "by close of business", "2026-11-18T17:00:00-05:00"),
            ("by the close of business Friday", "by the close of business Friday", "2026-11-20T17:00:00-05:00"),
            ("on or before Monday", "on or before Monday", "2026-11-23"),
            ("within the day", "within the day", "2026-11-18"),
            ("tomorrow morning", "tomorrow morning", "2026-11-19T12:00:00-05:00"),
            ("by the 14th", "by the 14th", "2026-12-14"),
            ("I'll upload it by the thirteenth.", "by the thirteenth", "2026-12-13"),
            ("on the twenty-fourth", "on the twenty-fourth", "2026-11-24"),
            ("by the twenty fourth", "by the twenty fourth", "2026-11-24"),
            ("I'll send it right after this call.", "right after this call", "2026-11-18"),
            ("I'll forward them after lunch.", "after lunch", "2026-11-18"),
            ("I'll text it soon as we hang up", "soon as we hang up", "2026-11-18"),
            ("the minute we get off the phone", "minute we get off the phone", "2026-11-18"),
            ("on Monday the 23rd", "on Monday the 23rd", "2026-11-23"),
            ("before December 3rd", "before December 3rd", "2026-12-03"),
            ("by the 3rd of March", "by the 3rd of March", "2027-03-03"),
            ("by December first", "by December first", "2026-12-01"),
            ("on December the second", "on December the second", "2026-12-02"),
            ("by the third of December", "by the third of December", "2026-12-03"),
            ("Fourth of January at ten works.", "Fourth of January at ten", "2027-01-04T10:00:00-05:00"),
            ("before January twenty-first", "before January twenty-first", "2027-01-21"),
            ("by the twenty second of next month", "by the twenty second of next month", "2026-12-22"),
            ("on May first", "on May first", "2027-05-01"),
            ("on Monday December seventh", "on Monday December seventh", "2026-12-07"),
            ("in the second week of December", "in the second week of December", "2026-12-11"),
            ("by 12/4", "by 12/4", "2026-12-04"),
            ("next month", "next month", "2026-12-31"),
            ("by the end of the month", "by the end of the month", "2026-11-30"),
            ("end of Q1", "end of Q1", "2027-03-31"),
            ("by end of year", "by end of year", "2026-12-31"),
            ("Thursday at 3pm", "Thursday at 3pm", "2026-11-19T15:00:00-05:00"),
            ("at 10:30 am Pacific on Friday", "at 10:30 am Pacific on Friday", "2026-11-20T13:30:00-05:00"),
            ("first thing Monday", "first thing Monday", "2026-11-23T09:00:00-05:00"),
            ("later today", "later today", "2026-11-18"),
            ("this afternoon", "this afternoon", "2026-11-18T17:00:00-05:00"),
            ("early next week", "early next week", "2026-11-25"),
            ("a week from Friday", "a week from Friday", "2026-11-27"),
            ("over the weekend", "over the weekend", "2026-11-22"),
            ("the day after tomorrow", "the day after tomorrow", "2026-11-20"),
            ("within 24 hours", "within 24 hours", "2026-11-19T10:00:00-05:00"),
            ("in a couple of days", "in a couple of days", "2026-11-20"),
            ("by January", "by January", "2027-01-31"),
            ("I'll send it this arvo", "this arvo", "2026-11-18T17:00:00-05:00"),
            ("I'll text it arvo.", "arvo", "2026-11-18T17:00:00-05:00"),
            ("I'll ask her before lunch.", "before lunch", "2026-11-18T12:00:00-05:00"),
            ("You get it tomorrow before lunch.", "tomorrow before lunch", "2026-11-19T12:00:00-05:00"),
            ("It will be there by five.", "by five", "2026-11-18T17:00:00-05:00"),
            ("I'll bring it by half past three.", "by half past three", "2026-11-18T15:30:00-05:00"),
            ("I'll bring it by half four.", "by half four", "2026-11-18T16:30:00-05:00"),
            ("So, half four-ish.", "half four-ish", "2026-11-18T16:30:00-05:00"),
            ("I'll call her in the morning.", "in the morning", "2026-11-19T12:00:00-05:00"),
            ("I'll do it first thing in the morning.", "first thing in the morning", "2026-11-19T09:00:00-05:00"),
            ("I'll send it when I'm back at my desk.", "when I'm back at my desk", "2026-11-18"),
            ("I'll send it once I get home", "once I get home", "2026-11-18"),
            ("as soon as I'm off the road", "as soon as I'm off the road", "2026-11-18"),
            ("by end of play Thursday", "by end of play Thursday", "2026-11-19T17:00:00-05:00"),
            ("a week on Thursday", "a week on Thursday", "2026-11-26"),
            ("a week today", "a week today", "2026-11-25"),
            ("I am there next week Wednesday.", "next week Wednesday", "2026-11-25"),
            ("We open this week Thursday.", "this week Thursday", "2026-11-19"),
            ("You have it by teatime.", "by teatime", "2026-11-18T17:00:00-05:00"),
            ("I'll call you before dinner", "before dinner", "2026-11-18T20:00:00-05:00"),
            ("You have it by this time next week.", "by this time next week", "2026-11-25"),
            ("You have it this time tomorrow.", "this time tomorrow", "2026-11-19"),
            ("I'll write before the week is over.", "before the week is over", "2026-11-20"),
            ("for the weekend of the 28th", "for the weekend of the 28th", "2026-11-29"),
        ] {
            assert_eq!(read(text), [(quote.to_owned(), when.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_is_done_at_once_is_done_today() {
        let now = |text: &str| {
            let sentence = &sentences(text)[0];
            let found = at_once(sentence, &anchor());
            assert!(found.iter().all(|d| d.when == When::Day(anchor().today())), "{text}");
            found.into_iter().map(|d| text[d.range].to_owned()).collect::<Vec<_>>()
        };
        for (text, quote) in [
            ("I'll export it now, it's two clicks.", "now"),
            ("I'm sending it now on WhatsApp.", "now"),
            ("I will tell her now itself.", "now itself"),
            ("I'll drop the link in the chat right now", "right now"),
            ("I'll send it in a minute.", "in a minute"),
            ("I'll text you the link in five.", "in five"),
            ("yep i'll forward it after this", "after this"),
            ("I'll drop you the guide right after.", "right after"),
            ("I'll flick it to you when we're off.", "when we're off"),
            ("I'll phone them as soon as you're off, and text you.", "as soon as you're off"),
            ("I'll send it once we're done here.", "once we're done here"),
        ] {
            assert_eq!(now(text), [quote], "{text}");
        }
        for text in [
            "Now, I'll send you the list.",
            "I'll leave it for now.",
            "I'll look at it now that you say it.",
            "I'll know by now.",
            "I'll send it in two sites.",
            "I'll put it in five boxes.",
            "I'll do it after this shift.",
            "I'll call when you get off the roof and down.",
        ] {
            assert_eq!(now(text), [""; 0], "{text}");
        }
    }

    fn heard(texts: &[&str]) -> Vec<String> {
        let mut anchor = anchor();
        let mut last = Vec::new();
        for text in texts {
            for sentence in sentences(text) {
                last = deadlines(&sentence, &anchor).into_iter().map(|d| d.when.to_text()).collect();
                anchor = anchor.after(&sentence);
            }
        }
        last
    }

    #[test]
    fn a_day_that_points_back_is_in_the_week_spoken_of() {
        for (texts, when) in [
            (&["The week of the 30th is quiet.", "I'll come on that Wednesday."][..], "2026-12-02"),
            (&["In the week of December 7th?", "I'll book the Monday."], "2026-12-07"),
            (&["Not next week, the week after.", "The week after is fine.", "For that Friday, then."], "2026-12-04"),
            (&["The week after next.", "On the Tuesday at two."], "2026-12-01T14:00:00-05:00"),
            (&["Next week or the week after that?", "By that Thursday."], "2026-12-03"),
            (&["We said the 14th of December.", "On the Thursday of that week."], "2026-12-17"),
            (&["Is Friday good?", "Yes, for that Friday."], "2026-11-20"),
            (&["The week of the 30th.", "By Friday."], "2026-11-20"),
            (&["On the Monday of next week."], "2026-11-23"),
            (&["On the Monday of the week after next."], "2026-11-30"),
            (&["Friday at half past."], "2026-11-20"),
            (&["I'll send that Friday."], "2026-11-20"),
            (&["I'll do it in the week of the 7th."], "2026-12-11"),
            (&["Friday at two sites."], "2026-11-20"),
        ] {
            assert_eq!(heard(texts), [when], "{texts:?}");
        }
        for texts in [
            &["I'll come on that Wednesday."][..],
            &["For the Wednesday."],
            &["The week after is fine.", "For that Friday."],
            &["The week of the 30th.", "I'll send that Friday."],
            &["It is on the Monday after."],
        ] {
            assert_eq!(heard(texts), [""; 0], "{texts:?}");
        }
    }

    #[test]
    fn what_comes_second_is_due_second() {
        let text = "by Friday at noon";
        let friday = deadlines(&sentences(text)[0], &anchor()).remove(0);
        for (day, when) in [
            ("2026-11-19", "2026-11-20T12:00:00-05:00"),
            ("2026-11-20", "2026-11-20T12:00:00-05:00"),
            ("2026-11-23", "2026-11-27T12:00:00-05:00"),
            ("2026-11-28", "2026-12-04T12:00:00-05:00"),
        ] {
            assert_eq!(friday.clone().not_before(day.parse().unwrap()).when.to_text(), when, "{day}");
        }
    }

    #[test]
    fn the_past_durations_and_look_alikes_are_no_deadlines() {
        for text in [
            "we met last Friday",
            "what is left in this year's budget",
            "the office on the third floor",
            "by the second shift we are full",
            "that was two weeks ago",
            "it ran for two weeks",
            "we may want that",
            "the first may want that",
            "you may first ask them",
            "they march second",
            "that is the second of three",
            "the third one is fine",
            "they march on",
            "the second option",
            "yesterday was fine",
            "the sun is out",
            "version 3.1 has 40 users",
            "they start at six in the morning",
            "we cut it by five percent",
            "it fell by half",
            "we fill half four times",
            "when I'm back from Spain we talk",
            "we have lunch before two sites open",
            "once I get it home deliveries start",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    #[test]
    fn a_time_in_a_gap_or_fold_of_the_clock_is_a_real_instant() {
        // Saturday 2026-03-07, the day before New York springs forward.
        let anchor = Anchor::new(1_772_895_600_000, "America/New_York").unwrap();
        let text = "tomorrow at 2:30am";
        let all: Vec<_> = sentences(text).iter().flat_map(|s| deadlines(s, &anchor)).collect();
        assert_eq!(all[0].when.to_text(), "2026-03-08T03:30:00-04:00");
    }

    #[test]
    fn an_unknown_zone_falls_back_to_utc() {
        assert!(Anchor::new(0, "Mars/Base").is_none());
        assert_eq!(Anchor::or_utc(0, "Mars/Base").today().to_string(), "1970-01-01");
    }
}
