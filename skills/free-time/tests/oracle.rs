//! Slots against a slow, obvious oracle: every minute looked at by itself, its
//! local time asked of the zone, every start tried.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use free_time::{Asked, DaySpan, MINUTE_MS, Rules, Span, Times, Week, slots};
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use proptest::prelude::*;

/// Zones whose clocks change in different ways: by 30 and by 120 minutes, at
/// midnight, in the afternoon of UTC, against the season, for Ramadan, no longer, or
/// by a whole day's count of rules.
const ZONES: [&str; 24] = [
    "America/New_York",
    "America/Los_Angeles",
    "America/Chicago",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Berlin",
    "Europe/Lisbon",
    "Europe/Chisinau",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Antarctica/Troll",
];

/// One question, owned.
#[derive(Clone, Debug)]
struct Question {
    zone: &'static str,
    now: i64,
    window: Span,
    rules: Rules,
    busy: Vec<Span>,
    meetings: Vec<i64>,
    only: Option<Vec<Span>>,
    never: Vec<Span>,
}

fn zoned(zone: &TimeZone, at: i64) -> Zoned {
    Timestamp::from_millisecond(at).unwrap().to_zoned(zone.clone())
}

fn times(spans: &[Span]) -> Times {
    spans.iter().copied().collect()
}

/// What the library says.
fn fast(question: &Question) -> Vec<i64> {
    let zone = TimeZone::get(question.zone).unwrap();
    let only = question.only.as_deref().map(times);
    slots(&Asked {
        now: question.now,
        window: question.window,
        zone: &zone,
        rules: &question.rules,
        busy: &times(&question.busy),
        meetings: &question.meetings,
        only: only.as_ref(),
        never: &times(&question.never),
    })
}

/// What looking at every minute says.
fn slow(question: &Question) -> Vec<i64> {
    let zone = TimeZone::get(question.zone).unwrap();
    let rules = &question.rules;
    let in_day = |spans: &[DaySpan], minute: i64| spans.iter().any(|span| span.from() <= minute && minute < span.to());
    let touches = |spans: &[Span], at: i64, around: i64| {
        spans.iter().any(|span| {
            span.start < span.end
                && at < span.end + around * MINUTE_MS
                && at + MINUTE_MS > span.start - around * MINUTE_MS
        })
    };
    let inside = |spans: &[Span], at: i64| spans.iter().any(|span| span.start <= at && at + MINUTE_MS <= span.end);
    let first = question.window.start.div_euclid(MINUTE_MS);
    let last = question.window.end.div_euclid(MINUTE_MS);
    let mut free: BTreeMap<i64, (Date, i64)> = BTreeMap::new();
    for number in first..last {
        let at = number * MINUTE_MS;
        let local = zoned(&zone, at);
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let ok = at >= question.window.start
            && at >= question.now + rules.notice_min * MINUTE_MS
            && in_day(rules.hours.of(local.weekday()), minute)
            && !in_day(&rules.never, minute)
            && !rules.days_off.contains(&local.date())
            && !touches(&question.busy, at, rules.buffer_min)
            && !touches(&question.never, at, 0)
            && question.only.as_deref().is_none_or(|only| inside(only, at));
        if ok {
            free.insert(number, (local.date(), minute));
        }
    }
    let mut begun: BTreeMap<Date, usize> = BTreeMap::new();
    for at in &question.meetings {
        *begun.entry(zoned(&zone, *at).date()).or_default() += 1;
    }
    free.iter()
        .filter(|(number, (day, minute))| {
            minute % rules.step_min == 0
                && (**number..**number + rules.duration_min).all(|minute| free.contains_key(&minute))
                && rules.most_a_day.is_none_or(|most| begun.get(day).copied().unwrap_or(0) < most)
        })
        .map(|(number, _)| number * MINUTE_MS)
        .collect()
}

fn rules(kind: usize) -> Rules {
    let span = |from: i64, to: i64| DaySpan::new(from, to).unwrap();
    let usual = Rules {
        duration_min: 30,
        step_min: 30,
        buffer_min: 15,
        notice_min: 0,
        hours: Week::weekdays(&[span(540, 1020)]),
        never: vec![span(720, 780)],
        days_off: BTreeSet::new(),
        most_a_day: Some(3),
    };
    match kind {
        // Changes happen at night and on weekends: people who work then.
        0 => Rules { hours: Week::every_day(&[DaySpan::ALL]), never: Vec::new(), ..usual },
        1 => Rules {
            duration_min: 75,
            step_min: 15,
            buffer_min: 0,
            hours: Week::every_day(&[span(0, 200), span(1330, 1440)]),
            never: vec![span(95, 100)],
            most_a_day: None,
            ..usual
        },
        2 => Rules {
            duration_min: 20,
            step_min: 20,
            hours: Week::default()
                .with(Weekday::Sunday, vec![span(30, 150)])
                .with(Weekday::Saturday, vec![span(60, 1440)]),
            never: DaySpan::daily(23 * 60, 90),
            ..usual
        },
        _ => usual,
    }
}

/// The instants at which a zone's offset changes from the beginning of 2020 to the
/// end of 2029.
fn changes(zone: &TimeZone) -> Vec<i64> {
    let from = date(2020, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let until = date(2030, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let mut before = zone.to_offset(from);
    let mut out = Vec::new();
    for change in zone.following(from).take_while(|change| change.timestamp() < until) {
        if change.offset() != before {
            out.push(change.timestamp().as_millisecond());
        }
        before = change.offset();
    }
    out
}

#[test]
fn every_change_of_the_clocks_of_ten_years_in_every_zone() {
    let (mut seen, mut found, mut with_changes) = (0, 0, 0);
    for zone in ZONES {
        let changes = changes(&TimeZone::get(zone).unwrap());
        with_changes += usize::from(!changes.is_empty());
        for (nth, change) in changes.into_iter().enumerate() {
            for kind in 0..4 {
                let hour = 60 * MINUTE_MS;
                // Something is taken right before, right after, or across the change.
                let shift = i64::try_from(nth % 3).unwrap() * hour - hour;
                let question = Question {
                    zone,
                    now: change - 40 * hour,
                    window: Span::new(change - 26 * hour, change + 26 * hour),
                    rules: rules(kind),
                    busy: vec![
                        Span::new(change + shift, change + shift + 35 * MINUTE_MS),
                        Span::new(change + 5 * hour, change + 6 * hour),
                    ],
                    meetings: vec![change + shift, change + 5 * hour, change + 5 * hour, change + 20 * hour],
                    only: None,
                    never: vec![Span::new(change - 4 * hour, change - 3 * hour)],
                };
                let got = fast(&question);
                assert_eq!(got, slow(&question), "{zone} at {change}, rules {kind}");
                found += got.len();
            }
            seen += 1;
        }
    }
    assert!(with_changes >= 20, "{with_changes} zones change their clocks");
    assert!(seen >= 350 && found > 20_000, "{seen} changes, {found} slots");
}

/// A stretch within a week, in minutes from its beginning.
fn minutes(length: std::ops::Range<i64>) -> impl Strategy<Value = (i64, i64)> {
    (0..7 * 1440i64, length).prop_map(|(start, length)| (start, start + length))
}

fn day_spans() -> impl Strategy<Value = Vec<DaySpan>> {
    prop::collection::vec((0..288i64, 0..289i64), 0..3)
        .prop_map(|all| all.into_iter().filter_map(|(from, to)| DaySpan::new(from * 5, to * 5)).collect())
}

prop_compose! {
    fn any_rules()(
        duration_min in 5..120i64,
        step_min in prop::sample::select(vec![5i64, 10, 15, 20, 30, 60]),
        buffer_min in prop::sample::select(vec![0i64, 1, 15, 47]),
        notice_min in 0..2000i64,
        days in prop::collection::vec(day_spans(), 7),
        never in day_spans(),
        most_a_day in prop::option::of(0..4usize),
        off in prop::collection::btree_set(0..8i32, 0..3),
    ) -> (Rules, BTreeSet<i32>) {
        let weekdays = Weekday::Monday.cycle_forward().take(7);
        let hours = weekdays.zip(days).fold(Week::default(), |week, (day, spans)| week.with(day, spans));
        (Rules { duration_min, step_min, buffer_min, notice_min, hours, never, days_off: BTreeSet::new(), most_a_day }, off)
    }
}

prop_compose! {
    fn any_question()(
        zone in prop::sample::select(ZONES.to_vec()),
        nth in 0..20usize,
        before in 0..7 * 1440i64,
        (rules, off) in any_rules(),
        length in 1..7 * 1440i64,
        later in -3000..500i64,
        busy in prop::collection::vec(minutes(0..300), 0..14),
        ragged in 0..60_000i64,
        only in prop::option::of(prop::collection::vec(minutes(0..2000), 0..5)),
        never in prop::collection::vec(minutes(0..600), 0..3),
    ) -> Question {
        let found = TimeZone::get(zone).unwrap();
        // Near a change of the clocks, where the zone has any.
        let changes = changes(&found);
        let base = changes.get(nth % changes.len().max(1)).copied().unwrap_or(1_700_000_000_000);
        let from = (base - before * MINUTE_MS).div_euclid(MINUTE_MS) * MINUTE_MS;
        let span = |(start, end): &(i64, i64)| Span::new(from + start * MINUTE_MS, from + end * MINUTE_MS);
        let busy: Vec<Span> = busy.iter().map(span).collect();
        let day = |ahead: i32| zoned(&found, from).date().checked_add(jiff::ToSpan::days(ahead)).unwrap();
        Question {
            zone,
            now: from + later * MINUTE_MS,
            window: Span::new(from, from + length * MINUTE_MS),
            rules: Rules { days_off: off.into_iter().map(day).collect(), ..rules },
            meetings: busy.iter().map(|span| span.start).collect(),
            // Meetings that end at odd seconds take the whole minute.
            busy: busy.iter().map(|span| Span::new(span.start, span.end + ragged)).collect(),
            only: only.map(|only| only.iter().map(span).collect()),
            never: never.iter().map(span).collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_calendars_near_changes_of_the_clocks(question in any_question()) {
        prop_assert_eq!(fast(&question), slow(&question));
    }

    /// The rules again, in other words than the oracle's.
    #[test]
    fn no_slot_breaks_a_rule(question in any_question()) {
        let zone = TimeZone::get(question.zone).unwrap();
        let rules = &question.rules;
        for start in fast(&question) {
            let slot = Span::new(start, start + rules.duration_min * MINUTE_MS);
            let buffered = slot.widened(rules.buffer_min * MINUTE_MS);
            let busy: Vec<Span> = question.busy.iter().copied().filter(|span| !span.is_empty()).collect();
            prop_assert!(busy.iter().all(|busy| !buffered.overlaps(*busy)));
            prop_assert!(slot.start >= question.window.start && slot.end <= question.window.end);
            prop_assert!(slot.start - question.now >= rules.notice_min * MINUTE_MS);
            for at in [slot.start, slot.end - 1] {
                prop_assert!(!rules.days_off.contains(&zoned(&zone, at).date()));
            }
            prop_assert_eq!(i64::from(zoned(&zone, start).minute()) % rules.step_min, 0);
        }
    }
}
