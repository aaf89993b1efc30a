//! From what single sentences say to what the whole text wants.

use std::ops::Range;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::attendees;
use super::cue::{self, Choice, Cues};
use super::day::Days as Said;
use super::hours::{Hours, Whose};
use super::item::{self, Item};
use super::length;
use super::manner;
use super::piece::{self, Stand};
use super::{Correspondence, Days, Read, Scheduling, Stretch, Urgency, Wanted, Zone};
use crate::deadline::{Anchor, Mentioned, Reader, When};
use crate::lexicon;
use crate::sentence::{Sentence, sentences};

/// How sure a text is that names a meeting and a time, one that names a meeting
/// alone, and one that gives times without a word of a meeting.
const PLAIN: f64 = 0.95;
const ASKED: f64 = 0.85;
const IMPLIED: f64 = 0.75;
/// How long a time named as a stretch is taken to last.
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A sentence with what was read in it.
struct Heard {
    sentence: Sentence,
    items: Vec<(Item, Stand)>,
    cues: Cues,
}

/// Reads a text. Quoted history and signatures should be gone from it.
#[must_use]
pub fn scheduling(text: &str, mail: &Correspondence<'_>) -> Scheduling {
    let all = sentences(text);
    if cue::is_advertising(&all) {
        return Scheduling::default();
    }
    let heard = hear(all, text, mail.anchor);
    let zone = zone_said(&heard);
    let clock = Clock::new(mail, zone.as_ref().map(|read| read.value));
    let (old, rest) = apart(&heard);
    let mut sum = Sum::of(&rest, &clock);
    let wanted = wanted(&heard, &mut sum, mail, &clock);
    let Some((wanted, said, confidence)) = wanted else { return Scheduling::default() };
    let mut out = Scheduling { wanted, said: Some(said), confidence, zone, ..Scheduling::default() };
    out.about =
        old.first().and_then(|(item, range)| clock.about(item).map(|value| Read { value, range: range.clone() }));
    for one in &heard {
        let range = |words: &Range<usize>| one.sentence.words(words.start, words.end);
        if let Some((value, words)) = length::length(&one.sentence).filter(|_| out.duration_min.is_none()) {
            out.duration_min = Some(Read { value, range: range(&words) });
        }
        if let Some((value, words)) = manner::mode(&one.sentence).filter(|_| out.mode.is_none()) {
            out.mode = Some(Read { value, range: range(&words) });
        }
        if let Some((value, words)) = manner::urgency(&one.sentence).filter(|_| out.urgency_said.is_none()) {
            out.urgency = value;
            out.urgency_said = Some(range(&words));
        }
        out.attendees.extend(attendees::named(&one.sentence, text));
    }
    if wanted != Wanted::NoMeeting {
        sum.give(&mut out, &clock);
    }
    if out.duration_min.is_none() {
        out.duration_min = length_of(&out.proposed);
    }
    out
}

/// The length of times that were named with their end: "9 to 9:30".
fn length_of(proposed: &[Read<(Zoned, Option<Zoned>)>]) -> Option<Read<i64>> {
    let first = proposed.first()?;
    let minutes = |(from, until): &(Zoned, Option<Zoned>)| Some(until.as_ref()?.duration_since(from).as_mins());
    let value = minutes(&first.value)?;
    proposed.iter().all(|read| minutes(&read.value) == Some(value)).then(|| Read { value, range: first.range.clone() })
}

/// The exact times that a text names, whatever it says of them.
#[must_use]
pub fn moments(text: &str, mail: &Correspondence<'_>) -> Vec<Read<Zoned>> {
    let heard = hear(sentences(text), text, mail.anchor);
    let clock = Clock::new(mail, zone_said(&heard).map(|read| read.value));
    let mut out = Vec::new();
    for one in &heard {
        for (item, _) in &one.items {
            let day = item.days.and_then(Said::single);
            if let Some((value, _)) = item.hours.as_ref().and_then(|hours| clock.moment(day, hours)) {
                out.push(Read { value, range: one.sentence.words(item.words.start, item.words.end) });
            }
        }
    }
    out
}

fn hear(all: Vec<Sentence>, text: &str, anchor: &Anchor) -> Vec<Heard> {
    let mut mentioned = Mentioned::default();
    let mut spoken = None;
    let mut heard = Vec::with_capacity(all.len());
    for sentence in all {
        let mut reader = Reader::new(&sentence.tokens, anchor.now(), mentioned);
        let items = item::read(&mut reader, text, &mut spoken);
        mentioned = reader.mentioned;
        let words: Vec<Range<usize>> = items.iter().map(|item| item.words.clone()).collect();
        let stands = piece::stands(&sentence, &words);
        let may_count: Vec<Range<usize>> = words
            .iter()
            .zip(&stands)
            .filter(|(_, stand)| **stand != Stand::Unsaid(false))
            .map(|(words, _)| words.clone())
            .collect();
        let cues = cue::cues(&sentence, &may_count);
        let asks = cues.request.is_some() || cues.reschedule.is_some() || cues.accept.is_some();
        let stands = stands.into_iter().map(|stand| match stand {
            Stand::Unsaid(relevant) if asks && relevant => Stand::Offered,
            other => other,
        });
        let items = items.into_iter().zip(stands).collect();
        heard.push(Heard { sentence, items, cues });
    }
    heard
}

/// The zone that was said first.
fn zone_said(heard: &[Heard]) -> Option<Read<Zone>> {
    heard.iter().find_map(|one| {
        one.items.iter().find_map(|(item, _)| {
            let value = match item.hours?.zone? {
                Whose::Named(name) => Zone::Named(name),
                Whose::Yours => Zone::Readers,
                Whose::Mine => Zone::Writers,
            };
            Some(Read { value, range: one.sentence.words(item.words.start, item.words.end) })
        })
    })
}

/// Items with the bytes they were read from.
type Placed = Vec<(Item, Stand, Range<usize>)>;

/// The times of the meeting that is moved or dropped, apart from the others.
fn apart(heard: &[Heard]) -> (Vec<(Item, Range<usize>)>, Placed) {
    let (mut old, mut rest) = (Vec::new(), Vec::new());
    for one in heard {
        let touches = one.cues.reschedule.is_some() || one.cues.cancel.is_some();
        for (item, stand) in &one.items {
            let range = one.sentence.words(item.words.start, item.words.end);
            if !touches {
                rest.push((item.clone(), *stand, range));
                continue;
            }
            // "Move it from Tuesday to Thursday" is no stretch of days.
            if let (true, Some(Said::Between(from, to))) = (begins_with(&one.sentence, item, "from"), item.days)
                && one.cues.reschedule.is_some()
                && from < to
            {
                old.push((item.on(from, false), range.clone()));
                rest.push((item.on(to, true), Stand::Offered, range));
                continue;
            }
            if is_old(one, item) {
                old.push((item.clone(), range));
            } else {
                let stand = if one.cues.reschedule.is_some() { Stand::Offered } else { *stand };
                rest.push((item.clone(), stand, range));
            }
        }
    }
    (old, rest)
}

fn begins_with(sentence: &Sentence, item: &Item, word: &str) -> bool {
    sentence.tokens.get(item.words.start).is_some_and(|token| token.word == word)
}

/// Whether an item is the time of a meeting there is: "our Thursday call",
/// "tomorrow's demo", "can't make Friday", "move Monday to …".
fn is_old(one: &Heard, item: &Item) -> bool {
    let tokens = &one.sentence.tokens;
    let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
    let (start, end) = (item.words.start, item.words.end);
    let before = start.checked_sub(1).map_or("", word);
    let is_meeting = |word: &str| lexicon::is("meeting", word) && !matches!(word, "time" | "times" | "calendar");
    let own = matches!(before, "our" | "my" | "your" | "the" | "this");
    let possessive = tokens.get(end.saturating_sub(1)).is_some_and(|token| token.possessive);
    let exact = item.hours.is_some_and(|hours| hours.exact);
    if is_meeting(word(end)) && (own || possessive) || own && exact {
        return true;
    }
    let moved = matches!(word(end), "to" | "until" | "till")
        && one.cues.reschedule.as_ref().is_some_and(|cue| cue.start <= start);
    let piece = piece::pieces(tokens).into_iter().find(|piece| piece.contains(&start));
    moved || one.cues.cancel.is_some() && piece.is_some_and(|piece| cue::drops(&tokens[piece]))
}

/// Turns local times into instants.
struct Clock {
    now: Zoned,
    zone: TimeZone,
}

impl Clock {
    fn new(mail: &Correspondence<'_>, said: Option<Zone>) -> Self {
        let now = mail.anchor.now().clone();
        let named = |name: &str| TimeZone::get(name).ok();
        let zone = match said {
            Some(Zone::Named(name)) => named(name),
            Some(Zone::Readers) => named(mail.reader_zone),
            Some(Zone::Writers) | None => None,
        };
        let zone = zone.unwrap_or_else(|| now.time_zone().clone());
        Self { now, zone }
    }

    /// The instant of a time that was named; of a time alone the next one.
    fn moment(&self, day: Option<Date>, hours: &Hours) -> Option<(Zoned, Option<Zoned>)> {
        let zone = match hours.zone {
            Some(Whose::Named(name)) => TimeZone::get(name).ok().unwrap_or_else(|| self.zone.clone()),
            _ => self.zone.clone(),
        };
        let from = hours.from.filter(|_| hours.exact)?;
        let at = |day: Date, time: Time| day.to_datetime(time).to_zoned(zone.clone()).ok();
        let day = match day {
            Some(day) => day,
            None => {
                let today = self.now.with_time_zone(zone.clone()).date();
                let is_over = at(today, from).is_none_or(|today| today <= self.now);
                if is_over { today.tomorrow().ok()? } else { today }
            }
        };
        Some((at(day, from)?, hours.until.and_then(|until| at(day, until))))
    }

    /// The day or the instant of a meeting there is.
    fn about(&self, item: &Item) -> Option<When> {
        let day = item.days.and_then(Said::single);
        if let Some((at, _)) = item.hours.as_ref().and_then(|hours| self.moment(day, hours)) {
            return Some(When::Instant(Box::new(at)));
        }
        day.map(When::Day)
    }
}

/// All times of a text.
#[derive(Default)]
struct Sum {
    /// Days of which the whole would do.
    single: Vec<Read<Date>>,
    /// Stretches of days.
    stretches: Vec<(Date, Date)>,
    preferred: Vec<Read<Stretch>>,
    excluded: Vec<Read<Stretch>>,
    proposed: Vec<Read<(Zoned, Option<Zoned>)>>,
    /// Hours of no day in particular.
    loose: Vec<Read<Hours>>,
    from: Option<Date>,
    until: Option<(Date, Option<Time>)>,
}

impl Sum {
    fn of(placed: &Placed, clock: &Clock) -> Self {
        let mut sum = Self::default();
        let mut week = None;
        for (item, stand, range) in placed {
            let mut item = item.clone();
            match stand {
                Stand::Unsaid(_) => continue,
                Stand::RuledOut => sum.rule_out(&item, range),
                Stand::Offered => {
                    if let Some((first, last)) = week {
                        item.within_week(first, last);
                    }
                    if let Some(Said::Between(first, last)) = item.days
                        && first < last
                    {
                        week = Some((first, last));
                    }
                    sum.offer(&item, range, clock);
                }
            }
        }
        sum.settle_loose(clock);
        sum
    }

    fn rule_out(&mut self, item: &Item, range: &Range<usize>) {
        if let Some(Said::From(day)) = item.days_on() {
            // "I'm away until Tuesday."
            self.from = Some(self.from.map_or(day, |from| from.max(day)));
            return;
        }
        let days = match item.days {
            None => Days::Any,
            Some(Said::Every(weekday)) => Days::Every(weekday),
            Some(Said::Between(first, last)) if first == last && item.alone => Days::Every(first.weekday()),
            Some(Said::Between(first, last)) => Days::Between(first, last),
            Some(Said::From(_) | Said::Until(..)) => return,
        };
        let (from, until) = item.hours.as_ref().map_or((None, None), around);
        self.excluded.push(Read { value: Stretch { days, from, until }, range: range.clone() });
    }

    fn offer(&mut self, item: &Item, range: &Range<usize>, clock: &Clock) {
        let read = |value: Stretch| Read { value, range: range.clone() };
        match (item.days, &item.hours) {
            (None, None) => {}
            (None, Some(hours)) => self.loose.push(Read { value: *hours, range: range.clone() }),
            (Some(Said::From(day)), _) => self.from = Some(self.from.map_or(day, |from| from.max(day))),
            (Some(Said::Until(day, time)), _) => self.until = Some((day, time)),
            (Some(Said::Every(weekday)), hours) => {
                let (from, until) = hours.as_ref().map_or((None, None), around);
                self.preferred.push(read(Stretch { days: Days::Every(weekday), from, until }));
            }
            (Some(Said::Between(first, last)), None) if first == last => {
                self.single.push(Read { value: first, range: range.clone() });
            }
            (Some(Said::Between(first, last)), None) => self.stretches.push((first, last)),
            (Some(Said::Between(first, last)), Some(hours)) => match clock.moment(Some(first), hours) {
                Some(moment) if first == last => self.proposed.push(Read { value: moment, range: range.clone() }),
                _ => {
                    let (from, until) = around(hours);
                    self.preferred.push(read(Stretch { days: Days::Between(first, last), from, until }));
                }
            },
        }
    }

    /// Hours of no day belong to the days that were named, when those are single
    /// days; else to every day.
    fn settle_loose(&mut self, clock: &Clock) {
        let loose = std::mem::take(&mut self.loose);
        let weekly = self.preferred.iter().any(|read| matches!(read.value.days, Days::Every(_)));
        let on_days = !self.single.is_empty() && self.stretches.is_empty() && !weekly;
        let days: Vec<Option<Date>> = match on_days && !loose.is_empty() {
            true => std::mem::take(&mut self.single).into_iter().map(|read| Some(read.value)).collect(),
            false => vec![None],
        };
        let no_days = self.stretches.is_empty() && self.preferred.is_empty() && self.single.is_empty();
        for Read { value: hours, range } in loose {
            for day in &days {
                match clock.moment(*day, &hours).filter(|_| day.is_some() || no_days) {
                    Some(moment) => self.proposed.push(Read { value: moment, range: range.clone() }),
                    None => {
                        let (from, until) = around(&hours);
                        let days = day.map_or(Days::Any, |day| Days::Between(day, day));
                        self.preferred.push(Read { value: Stretch { days, from, until }, range: range.clone() });
                    }
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.single.is_empty()
            && self.stretches.is_empty()
            && self.preferred.is_empty()
            && self.proposed.is_empty()
            && self.from.is_none()
            && self.until.is_none()
    }

    /// The first and the last day of all that was offered.
    fn days(&self, clock: &Clock) -> Option<(Date, Date)> {
        let single = self.single.iter().map(|read| (read.value, read.value));
        let preferred = self.preferred.iter().filter_map(|read| match read.value.days {
            Days::Between(first, last) => Some((first, last)),
            Days::Any | Days::Every(_) => None,
        });
        let proposed = self.proposed.iter().map(|read| {
            let day = read.value.0.with_time_zone(clock.zone.clone()).date();
            (day, day)
        });
        let all: Vec<(Date, Date)> =
            single.chain(preferred).chain(proposed).chain(self.stretches.iter().copied()).collect();
        let first = all.iter().map(|(first, _)| *first).min()?;
        let last = all.iter().map(|(_, last)| *last).max()?;
        Some((first, last))
    }

    fn window(&self, clock: &Clock) -> Option<(When, Option<When>)> {
        let today = clock.now.date();
        let bounded = self.from.is_some() || self.until.is_some();
        let end = |(day, time): (Date, Option<Time>)| match time
            .and_then(|time| day.to_datetime(time).to_zoned(clock.zone.clone()).ok())
        {
            Some(instant) => When::Instant(Box::new(instant)),
            None => When::Day(day),
        };
        match self.days(clock) {
            Some((first, last)) => {
                let from = self.from.map_or(first, |from| from.max(first));
                let until = self.until.map_or(last, |(until, _)| until.min(last));
                // Bounds that leave nothing were said of something else.
                let (first, last) = if from <= until { (from, until) } else { (first, last) };
                Some((When::Day(first), Some(When::Day(last))))
            }
            None if bounded => Some((When::Day(self.from.unwrap_or(today).max(today)), self.until.map(end))),
            None => None,
        }
    }

    fn give(self, out: &mut Scheduling, clock: &Clock) {
        out.window = self.window(clock);
        let whole = match &out.window {
            Some((When::Day(first), Some(When::Day(last)))) if first < last => Some(Days::Between(*first, *last)),
            _ => None,
        };
        let mut preferred = self.preferred;
        let single = self.single.into_iter().map(|read| Read {
            value: Stretch { days: Days::Between(read.value, read.value), from: None, until: None },
            range: read.range,
        });
        preferred.extend(single);
        // As they were said.
        preferred.sort_by_key(|read| read.range.start);
        for mut read in preferred {
            if Some(read.value.days) == whole {
                read.value.days = Days::Any;
            }
            if !out.preferred.iter().any(|known| known.value == read.value) {
                out.preferred.push(read);
            }
        }
        for read in self.excluded {
            if !out.excluded.iter().any(|known| known.value == read.value) {
                out.excluded.push(read);
            }
        }
        out.proposed = self.proposed;
    }
}

/// Hours as a stretch: an exact time lasts an hour.
fn around(hours: &Hours) -> (Option<Time>, Option<Time>) {
    let until = match (hours.exact, hours.from, hours.until) {
        (true, Some(from), None) => from.checked_add(AN_HOUR).ok(),
        (_, _, until) => until,
    };
    (hours.from, until)
}

type Verdict = (Wanted, Range<usize>, f64);

fn wanted(heard: &[Heard], sum: &mut Sum, mail: &Correspondence<'_>, clock: &Clock) -> Option<Verdict> {
    let find = |cue: fn(&Cues) -> Option<&Range<usize>>| {
        heard.iter().find_map(|one| {
            let words = cue(&one.cues)?;
            Some(one.sentence.quote(words))
        })
    };
    let request = find(|cues| cues.request.as_ref());
    let declines = heard.iter().any(|one| one.cues.declines_offers);
    if let Some(said) = find(|cues| cues.reschedule.as_ref()).filter(|_| !declines) {
        return Some((Wanted::AnotherTime, said, PLAIN));
    }
    let cancel = find(|cues| cues.cancel.as_ref());
    if let Some(said) = cancel {
        let other_time = !sum.is_empty() && heard.iter().any(|one| one.cues.request.is_some());
        return Some((if other_time { Wanted::AnotherTime } else { Wanted::NoMeeting }, said, PLAIN));
    }
    if let Some(verdict) = yes(heard, sum, mail, clock) {
        return Some(verdict);
    }
    if let Some(said) = request {
        return Some((Wanted::Meeting, said, if sum.is_empty() { ASKED } else { PLAIN }));
    }
    // "Friday 2pm ok?", "Monday and Tuesday are free for me."
    let gives = heard.iter().find(|one| {
        let named = one.items.iter().filter(|(_, stand)| !matches!(stand, Stand::Unsaid(_)));
        let times: Vec<Range<usize>> = named.map(|(item, _)| item.words.clone()).collect();
        cue::gives_times(&one.sentence, &times)
    })?;
    Some((Wanted::Meeting, gives.sentence.range.clone(), IMPLIED))
}

/// Yes to a time that is named, or to one that was offered before.
fn yes(heard: &[Heard], sum: &mut Sum, mail: &Correspondence<'_>, clock: &Clock) -> Option<Verdict> {
    let asks = heard.iter().any(|one| one.sentence.question && !one.items.is_empty());
    if asks {
        return None;
    }
    let offers_own = heard.iter().any(|one| {
        let words = &one.sentence.tokens;
        words
            .windows(2)
            .any(|pair| matches!((pair[0].word.as_str(), pair[1].word.as_str()), ("can" | "could", "do" | "make")))
    });
    let said = |one: &Heard| one.sentence.range.clone();
    let accepting = heard.iter().find(|one| {
        let names_one = one
            .items
            .iter()
            .any(|(item, stand)| *stand != Stand::RuledOut && item.hours.is_some_and(|hours| hours.exact));
        one.cues.accept.is_some() && names_one
    });
    if let Some(one) = accepting.filter(|_| sum.proposed.len() == 1 && !offers_own && sum.preferred.is_empty()) {
        // "10:30 works" of a day that was offered is that day's.
        let alone = one.items.iter().all(|(item, _)| item.days.is_none());
        if alone && let Some(known) = offered_at(sum.proposed.first()?.value.0.time(), mail, clock) {
            sum.proposed = vec![Read { value: (known, None), range: said(one) }];
        }
        return Some((Wanted::Yes, said(one), PLAIN));
    }
    let taken = heard.iter().find_map(|one| Some((one, chosen(one, sum, mail, clock)?)));
    if let Some((one, at)) = taken {
        sum.single.clear();
        sum.preferred.clear();
        sum.stretches.clear();
        sum.proposed = vec![Read { value: (at, None), range: said(one) }];
        return Some((Wanted::Yes, said(one), PLAIN));
    }
    let before = heard.iter().find(|one| one.cues.accept_before.is_some())?;
    let asks = heard.iter().any(|one| one.cues.request.is_some());
    (sum.is_empty() && !asks).then(|| (Wanted::Yes, said(before), ASKED))
}

/// The time of those offered that a sentence takes.
fn chosen(one: &Heard, sum: &Sum, mail: &Correspondence<'_>, clock: &Clock) -> Option<Zoned> {
    let at = |epoch_ms: i64| Some(Timestamp::from_millisecond(epoch_ms).ok()?.to_zoned(clock.zone.clone()));
    if one.cues.declines_offers || mail.offered.is_empty() {
        return None;
    }
    if let Some(choice) = one.cues.choice {
        let nth = match choice {
            Choice::Nth(nth) => mail.offered.get(nth),
            Choice::Last => mail.offered.last(),
        };
        return at(*nth?);
    }
    let yes = one.cues.accept.is_some() || one.cues.accept_before.is_some();
    if !yes || sum.proposed.len() > 1 {
        return None;
    }
    if let [day] = sum.single.as_slice() {
        let mut there =
            mail.offered.iter().filter_map(|offered| at(*offered)).filter(|offered| offered.date() == day.value);
        let first = there.next();
        return first.filter(|_| there.next().is_none());
    }
    match mail.offered {
        [only] if sum.is_empty() => at(*only),
        _ => None,
    }
}

/// The one time offered that is at a time of day.
fn offered_at(time: Time, mail: &Correspondence<'_>, clock: &Clock) -> Option<Zoned> {
    let all =
        mail.offered.iter().filter_map(|at| Some(Timestamp::from_millisecond(*at).ok()?.to_zoned(clock.zone.clone())));
    let mut there = all.filter(|offered| offered.time() == time);
    let first = there.next();
    first.filter(|_| there.next().is_none())
}

impl Urgency {
    /// `high`, `normal` or `low`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}
