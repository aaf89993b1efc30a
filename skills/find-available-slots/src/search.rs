//! From rules, calendars and a wish to slots. Pure: what is read comes in.

use std::collections::BTreeSet;

use free_time::record::{Answered, Found, Request, Slot, Urgency, Window};
use free_time::{
    Asked, DAY_MS, DaySpan, MINUTE_MS, Mark, Rated, Rules, Span, Times, View, Week, day_in, instant, nth_business_day,
    pick, rate, say, slots, times_of,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::preferences::Preferences;
use crate::taken::Taken;
use crate::wish;

/// How far is looked when nobody said.
const BUSINESS_DAYS: u32 = 10;
/// The same for what is urgent.
const URGENT_BUSINESS_DAYS: u32 = 3;
/// Longest window: further ahead calendars are empty, and the source answers for 92 days.
const MAX_WINDOW_MS: i64 = 60 * DAY_MS;
/// Nobody is offered a time in their night: seven to eight in the evening of their working days.
const AWAKE: (i64, i64) = (7 * 60, 20 * 60);
/// Business hours of somebody who did not say.
const BUSINESS: (i64, i64) = (9 * 60, 17 * 60);
/// Fewest and most options of a card.
const OPTIONS: std::ops::RangeInclusive<u32> = 3..=5;
/// Slots kept for who wants others: four more cards.
const MORE: usize = 12;
/// Most slots of an answer that gives all; the rest is a call away.
const MAX_ALL: usize = 400;
/// Points that put a slot that was asked for before all others.
const ASKED_FIRST: i64 = 1_000;

/// Who meets whom.
#[derive(Clone, Debug)]
pub(crate) struct Sides {
    pub(crate) mine: TimeZone,
    pub(crate) my_zone: String,
    pub(crate) theirs: Option<(TimeZone, String, &'static str)>,
    pub(crate) their_week: Week,
    pub(crate) any_hour_for_them: bool,
}

/// The hours of a side that did not say theirs.
pub(crate) fn usual_week() -> Week {
    Week::weekdays(&DaySpan::daily(BUSINESS.0, BUSINESS.1))
}

/// Where to look.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// What was asked for, or the usual.
    pub(crate) window: Span,
    /// What is read: the window, the usual one, and every time that was named.
    pub(crate) read: Span,
    /// Whether somebody named the window.
    pub(crate) is_named: bool,
    pub(crate) warnings: Vec<String>,
    pub(crate) relaxed: Vec<String>,
}

/// Decides where to look. `from` and `until` of the input stand over the request's.
pub(crate) fn plan(
    now: i64,
    rules: &Rules,
    sides: &Sides,
    request: &Request,
    from: Option<&str>,
    until: Option<&str>,
) -> Plan {
    let mut warnings = Vec::new();
    let mut relaxed = Vec::new();
    let zone = wish_zone(request, sides);
    let business_end = |start: i64, days: u32| {
        nth_business_day(&sides.mine, start, &rules.hours, &rules.days_off, days)
            .map_or(start + 14 * DAY_MS, |day| day.over)
    };
    let usual = Span::new(now, business_end(now, BUSINESS_DAYS));
    let named = request.window.as_ref().and_then(|window| wish::window(window, &zone));
    if request.window.is_some() && named.is_none() {
        warnings.push("the days that were asked for could not be read".to_owned());
    }
    let mut bound = |text: Option<&str>, read: fn(&str, &TimeZone) -> Option<i64>, name: &str| {
        let at = text.and_then(|text| read(text, &sides.mine));
        if text.is_some() && at.is_none() {
            warnings.push(format!("`{name}` is neither a day nor an instant"));
        }
        at
    };
    let (own_from, own_until) = (bound(from, wish::starts, "from"), bound(until, wish::ends, "until"));
    let start = own_from.or(named.map(|(from, _)| from));
    let end = own_until.or(named.and_then(|(_, until)| until));
    let is_named = start.is_some() || end.is_some();
    let days = if request.urgency == Urgency::High { URGENT_BUSINESS_DAYS } else { BUSINESS_DAYS };
    let first = start.unwrap_or(now).max(now);
    let mut window = Span::new(first, end.unwrap_or_else(|| business_end(first, days)));
    if window.end <= now.saturating_add(rules.notice_min * MINUTE_MS) || window.is_empty() {
        warnings.push("the days that were asked for are over or too near; the next ones are offered".to_owned());
        relaxed.push("window".to_owned());
        window = usual;
    }
    if window.length() > MAX_WINDOW_MS {
        window.end = window.start + MAX_WINDOW_MS;
        warnings.push(format!("only the first {} days are looked at", MAX_WINDOW_MS / DAY_MS));
    }
    // A source answers for so much; the usual window goes first when all would be too far apart.
    let mut read = window;
    let length = rules.duration_min * MINUTE_MS;
    let named = wish::named(request, length).into_iter().filter(|span| span.start >= now);
    for span in [usual, Span::new(window.start, business_end(window.start, BUSINESS_DAYS))].into_iter().chain(named) {
        let both = Span::new(read.start.min(span.start), read.end.max(span.end));
        if both.length() <= MAX_WINDOW_MS + 14 * DAY_MS {
            read = both;
        }
    }
    Plan { window, read, is_named: is_named && relaxed.is_empty(), warnings, relaxed }
}

/// The zone in which the words of a request are meant.
fn wish_zone(request: &Request, sides: &Sides) -> TimeZone {
    let said = request.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok());
    said.unwrap_or_else(|| sides.mine.clone())
}

/// Everything a search needs.
pub(crate) struct Search<'a> {
    pub(crate) now: i64,
    pub(crate) preferences: &'a Preferences,
    pub(crate) sides: &'a Sides,
    pub(crate) request: &'a Request,
    pub(crate) plan: &'a Plan,
    pub(crate) taken: &'a Taken,
    pub(crate) options: Option<u32>,
    /// Give all slots, those after this instant.
    pub(crate) all: Option<i64>,
}

/// What else than the calendars a slot keeps to.
struct Limits {
    /// The other side's acceptable hours; none where their zone is not known.
    theirs: Option<Times>,
    excluded: Times,
    preferred: Times,
}

impl Search<'_> {
    /// Finds the slots.
    pub(crate) fn run(&self) -> Found {
        let mut warnings = self.plan.warnings.clone();
        warnings.extend(self.preferences.warnings.iter().cloned());
        warnings.extend(self.taken.known.warnings.iter().cloned());
        let mut relaxed = self.plan.relaxed.clone();
        let rules = self.preferences.rules.clone().bounded();
        let within = self.plan.read;
        let limits = self.limits(within, &mut warnings);
        let mut window = self.covered(self.plan.window);
        let mut rated = self.rated(&rules, window, &limits);
        let asked = self.asked(&rules);
        let free: Vec<Span> = self.free_asked(&asked);
        if rated.is_empty() && free.is_empty() && self.plan.is_named {
            window = self.covered(Span::new(window.start, within.end));
            rated = self.rated(&rules, window, &limits);
            if !rated.is_empty() {
                relaxed.push("window".to_owned());
                warnings.push("nothing is free on the days that were asked for; the next ones are offered".to_owned());
            }
        }
        let total = rated.len();
        let all = self.all.map(|after| rated.iter().filter(|slot| slot.span.start > after).collect::<Vec<_>>());
        let all_next = all
            .as_ref()
            .filter(|all| all.len() > MAX_ALL)
            .and_then(|all| Some(instant(all.get(MAX_ALL - 1)?.span.start)));
        let all: Vec<Slot> =
            all.into_iter().flatten().take(MAX_ALL).filter_map(|slot| self.slot(slot, false)).collect();
        let (options, more) = self.offered(&mut rated, &free, window, &limits);
        let wished = !limits.preferred.is_empty();
        if wished && free.is_empty() && options.iter().any(|slot| !slot.asked_for) {
            relaxed.push("preferred".to_owned());
            warnings.push(match options.iter().any(|slot| slot.asked_for) {
                true => "fewer of the times they asked for are free than are offered; others are added".to_owned(),
                false => "none of the times they asked for is free; others are offered".to_owned(),
            });
        }
        let would_help = if options.is_empty() { self.would_help(&rules, window, &limits) } else { Vec::new() };
        if self.sides.theirs.is_none() {
            warnings.push("the other side's zone is not known; only your own hours were looked at".to_owned());
        }
        Found {
            duration_min: rules.duration_min,
            buffer_min: rules.buffer_min,
            notice_min: rules.notice_min,
            window: Window { from: instant(window.start), until: Some(instant(window.end)) },
            your_zone: self.sides.my_zone.clone(),
            their_zone: self.sides.theirs.as_ref().map(|(_, name, _)| name.clone()),
            their_zone_from: self.sides.theirs.as_ref().map(|(_, _, from)| (*from).to_owned()),
            options,
            more,
            asked,
            total,
            all,
            all_next,
            relaxed,
            would_help,
            tentative_is_free: !self.preferences.tentative_is_busy,
            sure: self.taken.known.sure,
            warnings,
        }
    }

    /// What of a window the calendars answered for.
    fn covered(&self, window: Span) -> Span {
        window.and(self.taken.known.covered)
    }

    fn limits(&self, within: Span, warnings: &mut Vec<String>) -> Limits {
        let zone = wish_zone(self.request, self.sides);
        let (excluded, bad) = wish::times(&self.request.excluded, within, &zone);
        let (mut preferred, also_bad) = wish::times(&self.request.preferred, within, &zone);
        if bad + also_bad > 0 {
            warnings.push(format!("{} of the times that were asked for could not be read", bad + also_bad));
        }
        let length = self.preferences.rules.duration_min * MINUTE_MS;
        let named: Times = wish::named(self.request, length).into_iter().collect();
        if !preferred.is_empty() || self.request.preferred.is_empty() {
            preferred = preferred.or(&named);
        }
        let theirs = self.sides.theirs.as_ref().filter(|_| !self.sides.any_hour_for_them).map(|(zone, ..)| {
            times_of(zone, within, |day| {
                let hours = self.sides.their_week.of(day.weekday());
                // Who works longer than others is awake then.
                let awake = if hours.is_empty() { Vec::new() } else { DaySpan::daily(AWAKE.0, AWAKE.1) };
                awake.into_iter().chain(hours.iter().copied()).collect()
            })
        });
        Limits { theirs, excluded, preferred }
    }

    fn starts(&self, rules: &Rules, window: Span, theirs: Option<&Times>, excluded: &Times) -> Vec<i64> {
        let mut starts = slots(&Asked {
            now: self.now,
            window,
            zone: &self.sides.mine,
            rules,
            busy: &self.taken.known.busy,
            meetings: &self.taken.meetings,
            only: theirs,
            never: excluded,
        });
        starts.retain(|start| Some(*start) != self.taken.moved);
        starts
    }

    fn rated(&self, rules: &Rules, window: Span, limits: &Limits) -> Vec<Rated> {
        let length = rules.duration_min * MINUTE_MS;
        let starts = self.starts(rules, window, limits.theirs.as_ref(), &limits.excluded);
        let spans = starts.into_iter().map(|start| Span::new(start, start + length));
        self.rate(spans, window, limits)
    }

    fn rate(&self, spans: impl Iterator<Item = Span>, window: Span, limits: &Limits) -> Vec<Rated> {
        let around = window.widened(DAY_MS);
        let business = |zone: &TimeZone, week: &Week| times_of(zone, around, |day| week.of(day.weekday()).to_vec());
        let mine = business(&self.sides.mine, &self.preferences.business);
        let theirs = self.sides.theirs.as_ref().map(|(zone, ..)| (zone, business(zone, &self.sides.their_week)));
        let my_view = View { zone: &self.sides.mine, business: &mine };
        let their_view = theirs.as_ref().map(|(zone, business)| View { zone, business });
        spans.map(|span| rate(span, window, &my_view, their_view.as_ref(), &limits.preferred)).collect()
    }

    /// The options by time, and the next ones by worth.
    fn offered(&self, rated: &mut Vec<Rated>, free: &[Span], window: Span, limits: &Limits) -> (Vec<Slot>, Vec<Slot>) {
        let asked = self.rate(free.iter().copied(), window, limits);
        rated.retain(|slot| !free.contains(&slot.span));
        for slot in rated.iter_mut().filter(|slot| slot.wished) {
            slot.points += ASKED_FIRST;
        }
        rated.extend(asked.into_iter().map(|slot| Rated {
            points: slot.points + 2 * ASKED_FIRST,
            wished: true,
            ..slot
        }));
        let count = usize::try_from(self.options.unwrap_or(*OPTIONS.start()).clamp(*OPTIONS.start(), *OPTIONS.end()));
        let count = count.unwrap_or(3).max(free.len().min(5));
        let chosen = pick(rated, &self.sides.mine, count + MORE);
        let slot = |(nth, at): (usize, &usize)| {
            let slot = rated.get(*at)?;
            self.slot(&Rated { points: slot.points % ASKED_FIRST, ..slot.clone() }, nth == 0)
        };
        let mut options: Vec<Slot> = chosen.iter().enumerate().take(count).filter_map(slot).collect();
        options.sort_by(|a, b| a.starts.cmp(&b.starts));
        (options, chosen.iter().enumerate().skip(count).filter_map(slot).collect())
    }

    fn slot(&self, rated: &Rated, is_best: bool) -> Option<Slot> {
        let word = |mark: &Mark| {
            match mark {
                Mark::Good => "good",
                Mark::EarlyForThem => "early_for_them",
                Mark::LateForThem => "late_for_them",
                Mark::EarlyForYou => "early_for_you",
                Mark::LateForYou => "late_for_you",
                Mark::DayOffForThem => "day_off_for_them",
            }
            .to_owned()
        };
        let marks = is_best.then(|| "recommended".to_owned()).into_iter().chain(rated.marks.iter().map(word));
        let starts = Timestamp::from_millisecond(rated.span.start).ok()?;
        Some(Slot {
            id: starts.strftime("slot-%Y%m%dt%H%M%Sz").to_string(),
            starts: instant(rated.span.start),
            ends: instant(rated.span.end),
            yours: say(&self.sides.mine, rated.span)?,
            theirs: self.sides.theirs.as_ref().and_then(|(zone, ..)| say(zone, rated.span)),
            marks: marks.collect(),
            points: rated.points,
            asked_for: rated.wished,
        })
    }

    /// The times that were named, each held against every rule.
    fn asked(&self, rules: &Rules) -> Vec<Answered> {
        let named = wish::named(self.request, rules.duration_min * MINUTE_MS);
        named
            .into_iter()
            .filter_map(|span| {
                let against: Vec<String> = self.against(rules, span).into_iter().map(str::to_owned).collect();
                Some(Answered {
                    starts: instant(span.start),
                    ends: instant(span.end),
                    yours: say(&self.sides.mine, span)?,
                    theirs: self.sides.theirs.as_ref().and_then(|(zone, ..)| say(zone, span)),
                    free: against.is_empty(),
                    against,
                })
            })
            .collect()
    }

    fn free_asked(&self, asked: &[Answered]) -> Vec<Span> {
        let at = |text: &str| skillhost_sdk::sources::instant_ms(text);
        asked
            .iter()
            .filter(|one| one.free)
            .filter_map(|one| Some(Span::new(at(&one.starts)?, at(&one.ends)?)))
            .collect()
    }

    fn against(&self, rules: &Rules, span: Span) -> Vec<&'static str> {
        let zone = &self.sides.mine;
        let mut out = Vec::new();
        let around = span.widened(DAY_MS);
        if span.start < self.now {
            out.push("past");
        } else if span.start < self.now + rules.notice_min * MINUTE_MS {
            out.push("notice");
        }
        if self.covered(self.plan.read).and(span) != span && span.start >= self.now {
            out.push("not_looked_at");
        }
        if self.taken.known.busy.meets(span) {
            out.push("busy");
        } else if self.taken.known.busy.meets(span.widened(rules.buffer_min * MINUTE_MS)) {
            out.push("buffer");
        }
        let hours = times_of(zone, around, |day| rules.hours.of(day.weekday()).to_vec());
        let never = times_of(zone, around, |_| rules.never.clone());
        if !hours.minus(&never).holds(span) {
            out.push("outside_hours");
        }
        let days: BTreeSet<Date> = [span.start, span.end - 1].into_iter().filter_map(|at| day_in(zone, at)).collect();
        if days.iter().any(|day| rules.days_off.contains(day)) {
            out.push("day_off");
        }
        let begun = self.taken.meetings.iter().filter(|at| day_in(zone, **at) == day_in(zone, span.start)).count();
        if rules.most_a_day.is_some_and(|most| begun >= most) {
            out.push("full_day");
        }
        out
    }

    /// Which rule, given up alone, would leave a slot.
    fn would_help(&self, rules: &Rules, window: Span, limits: &Limits) -> Vec<String> {
        let (theirs, excluded) = (limits.theirs.as_ref(), &limits.excluded);
        let nothing = Times::default();
        let any = |rules: &Rules, theirs: Option<&Times>, excluded: &Times| {
            !self.starts(rules, window, theirs, excluded).is_empty()
        };
        let with = |change: fn(&mut Rules)| {
            let mut rules = rules.clone();
            change(&mut rules);
            rules
        };
        let mut out = Vec::new();
        let mut try_one = |name: &str, helps: bool| {
            if helps {
                out.push(name.to_owned());
            }
        };
        try_one("their_hours", theirs.is_some() && any(rules, None, excluded));
        try_one("excluded", !excluded.is_empty() && any(rules, theirs, &nothing));
        try_one("max_meetings_per_day", any(&with(|rules| rules.most_a_day = None), theirs, excluded));
        try_one("buffer_min", any(&with(|rules| rules.buffer_min = 0), theirs, excluded));
        try_one("min_notice_min", any(&with(|rules| rules.notice_min = 0), theirs, excluded));
        try_one("lunch_and_quiet_hours", any(&with(|rules| rules.never.clear()), theirs, excluded));
        try_one("days_off", any(&with(|rules| rules.days_off.clear()), theirs, excluded));
        try_one("duration_min", any(&with(|rules| rules.duration_min = 15), theirs, excluded));
        try_one(
            "working_hours",
            any(&with(|rules| rules.hours = Week::every_day(&DaySpan::daily(7 * 60, 21 * 60))), theirs, excluded),
        );
        out
    }
}
