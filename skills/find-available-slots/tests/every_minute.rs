//! The whole skill against looking at every minute by itself: what the calendars say in
//! all their kinds, the rep's rules, the other side's hours, and "all of them" over pages.
//!
//! The oracle asks each zone for the local time of each minute and each rule for a yes;
//! it knows no sets of instants. To hold one more rule against it: a field of
//! [`Question`], its place in the preferences, and a line in [`Question::takes`].
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::{Value, json};
use skillhost_sdk::harness::Case;

const MINUTE_MS: i64 = 60_000;
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Auckland",
];

/// A span of the local day, minutes.
type Hours = (i64, i64);

/// Something in the calendar.
#[derive(Clone, Debug)]
struct Entry {
    start: i64,
    end: i64,
    /// `busy`, `tentative` or `out_of_office`.
    kind: &'static str,
    all_day: bool,
    /// It is a meeting with somebody, of which a day has so many.
    with_others: bool,
    declined: bool,
}

/// What is asked, and of whom.
#[derive(Clone, Debug)]
struct Question {
    mine: &'static str,
    theirs: Option<&'static str>,
    now: i64,
    from: Date,
    until: Date,
    duration: i64,
    step: i64,
    buffer: i64,
    notice: i64,
    most_a_day: usize,
    /// By weekday, Monday first.
    hours: Vec<Vec<Hours>>,
    flexible: Option<Hours>,
    /// May pass midnight; two equal times are none.
    lunch: Hours,
    quiet: Hours,
    days_off: Vec<Date>,
    tentative_is_free: bool,
    their_hours: Hours,
    any_hour_for_them: bool,
    entries: Vec<Entry>,
}

/// Date, weekday (Monday is 0) and minute of the day.
fn local(zone: &TimeZone, at: i64) -> (Date, usize, i64) {
    let local = Timestamp::from_millisecond(at).unwrap().to_zoned(zone.clone());
    let weekday = usize::try_from(local.weekday().since(Weekday::Monday)).unwrap();
    (local.date(), weekday, i64::from(local.hour()) * 60 + i64::from(local.minute()))
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn instant(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn daily((from, to): Hours, minute: i64) -> bool {
    if from <= to { from <= minute && minute < to } else { minute >= from || minute < to }
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn span((from, to): Hours) -> Value {
    json!({"from": clock(from), "to": clock(to)})
}

impl Question {
    /// Whether an entry takes its time.
    fn counts(&self, entry: &Entry) -> bool {
        !entry.declined && !(entry.kind == "tentative" && self.tentative_is_free)
    }

    /// Whether nothing speaks against this minute.
    fn takes(&self, at: i64, mine: &TimeZone, theirs: Option<&TimeZone>) -> bool {
        let (day, weekday, minute) = local(mine, at);
        let own = &self.hours[weekday];
        let works = own.iter().any(|hours| daily(*hours, minute))
            || !own.is_empty() && self.flexible.is_some_and(|hours| daily(hours, minute));
        let awake = theirs.is_none_or(|zone| {
            let (_, weekday, minute) = local(zone, at);
            weekday < 5 && (daily((7 * 60, 20 * 60), minute) || daily(self.their_hours, minute))
        });
        let around = self.buffer * MINUTE_MS;
        let mut taken = self.entries.iter().filter(|entry| self.counts(entry) && entry.start < entry.end);
        works
            && !daily(self.lunch, minute)
            && !daily(self.quiet, minute)
            && !self.days_off.contains(&day)
            && (awake || self.any_hour_for_them)
            && at >= self.now + self.notice * MINUTE_MS
            && !taken.any(|entry| at < entry.end + around && at + MINUTE_MS > entry.start - around)
    }

    /// Every start within a window, in milliseconds.
    fn all(&self, from: i64, until: i64) -> Vec<i64> {
        let (mine, theirs) = (zone(self.mine), self.theirs.map(zone));
        let mut begun: BTreeMap<Date, usize> = BTreeMap::new();
        for entry in self
            .entries
            .iter()
            .filter(|entry| self.counts(entry) && entry.with_others && !entry.all_day && entry.kind != "out_of_office")
        {
            *begun.entry(local(&mine, entry.start).0).or_default() += 1;
        }
        let first = from.div_euclid(MINUTE_MS) + i64::from(from.rem_euclid(MINUTE_MS) > 0);
        let minutes: Vec<bool> = (first..until.div_euclid(MINUTE_MS))
            .map(|number| self.takes(number * MINUTE_MS, &mine, theirs.as_ref()))
            .collect();
        let length = usize::try_from(self.duration).unwrap();
        (0..minutes.len())
            .filter(|at| minutes.get(*at..at + length).is_some_and(|slot| slot.iter().all(|free| *free)))
            .map(|at| (first + i64::try_from(at).unwrap()) * MINUTE_MS)
            .filter(|at| {
                let (day, _, minute) = local(&mine, *at);
                minute % self.step == 0 && begun.get(&day).copied().unwrap_or(0) < self.most_a_day
            })
            .collect()
    }

    /// The window in the rep's own days.
    fn window(&self) -> (i64, i64) {
        let begins = |day: Date| day.to_zoned(zone(self.mine)).unwrap().timestamp().as_millisecond();
        (begins(self.from).max(self.now), begins(self.until.tomorrow().unwrap()))
    }

    fn case(&self, after: Option<&str>) -> Case {
        let hours: Value = DAYS
            .iter()
            .zip(&self.hours)
            .map(|(day, spans)| ((*day).to_owned(), spans.iter().copied().map(span).collect::<Value>()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let busy: Vec<Value> = self
            .entries
            .iter()
            // The source leaves out what was declined.
            .filter(|entry| !entry.declined)
            .map(|entry| {
                json!({"starts": instant(entry.start), "ends": instant(entry.end), "kind": entry.kind,
                    "all_day": entry.all_day})
            })
            .collect();
        let events: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| {
                let people = if entry.with_others { 2 } else { 1 };
                json!({"id": format!("e{}", entry.start), "starts": instant(entry.start), "ends": instant(entry.end),
                    "all_day": entry.all_day, "busy": entry.kind != "out_of_office",
                    "status": if entry.kind == "tentative" { "tentative" } else { "confirmed" },
                    "response": if entry.declined { "declined" } else { "accepted" },
                    "attendees": vec![json!({"name": "x", "email": "x@x.test"}); people]})
            })
            .collect();
        let scheduling = json!({
            "working_hours": hours, "flexible_hours": self.flexible.map(span), "lunch": span(self.lunch),
            "buffer_min": self.buffer, "min_notice_min": self.notice, "max_meetings_per_day": self.most_a_day,
            "step_min": self.step, "days_off": self.days_off.iter().map(Date::to_string).collect::<Vec<_>>(),
            "tentative": if self.tentative_is_free { "free" } else { "busy" },
        });
        let their_hours: serde_json::Map<String, Value> =
            DAYS[..5].iter().map(|day| ((*day).to_owned(), span(self.their_hours))).collect();
        Case {
            name: "drawn".to_owned(),
            folder: PathBuf::new(),
            input: json!({
                "contact_id": "c1", "duration_min": self.duration, "from": self.from.to_string(),
                "until": self.until.to_string(), "their_hours": their_hours,
                "any_hour_for_them": self.any_hour_for_them, "all": true, "after": after,
            }),
            context: serde_json::from_value(json!({"now": self.now, "zone": self.mine, "sources": {
                "user": {"id": "u", "name": "Ada", "zone": self.mine,
                    "preferences": {"scheduling": scheduling, "quiet_hours": span(self.quiet)}},
                "contact": {"id": "c1", "name": "Mira", "zone": self.theirs},
                "calendar.busy": {"zone": self.mine, "from": "2020-01-01T00:00:00.000Z",
                    "until": "2036-01-01T00:00:00.000Z", "busy": busy,
                    "calendars": [{"name": "Work", "as_of": instant(self.now), "error": null}]},
                "calendar.events": events,
            }}))
            .unwrap(),
            expected: None,
        }
    }
}

fn run(case: &Case) -> Value {
    let (outcome, violations) = find_available_slots::skill().run(case);
    assert!(violations.is_empty(), "{violations:?}");
    assert!(outcome.get("failure").is_none(), "{outcome}");
    outcome["output"].clone()
}

fn starts(slots: &Value) -> Vec<i64> {
    // A list without anything in it is not there.
    slots.as_array().into_iter().flatten().map(|slot| ms(slot["starts"].as_str().unwrap())).collect()
}

/// Quarters of an hour, the first before the second.
fn hours(within: std::ops::Range<i64>) -> impl Strategy<Value = Hours> {
    let end = within.end;
    within.prop_flat_map(move |from| (Just(from * 15), (from + 1..=end).prop_map(|to| to * 15)))
}

fn entry(base: i64) -> impl Strategy<Value = Entry> {
    (
        0..16 * 1440i64,
        1..200i64,
        prop::sample::select(vec!["busy", "busy", "tentative", "out_of_office"]),
        prop::bool::weighted(0.08),
        any::<bool>(),
        prop::bool::weighted(0.15),
        0..60_000i64,
    )
        .prop_map(move |(at, length, kind, all_day, with_others, declined, ragged)| {
            let start = base + at * MINUTE_MS;
            // Whole days are as long as a day here; that they begin at odd times is no matter.
            let length = if all_day { 1440 } else { length };
            let ragged = if at % 5 == 0 { ragged } else { 0 };
            Entry { start, end: start + length * MINUTE_MS + ragged, kind, all_day, with_others, declined }
        })
}

prop_compose! {
    fn question()(
        // From 2024 to 2027, so that many weeks hold a change of some clock.
        base in 1_704_067_200_000i64..1_798_761_600_000,
    )(
        base in Just(base),
        entries in prop::collection::vec(entry(base), 0..40),
        mine in prop::sample::select(ZONES.to_vec()),
        theirs in prop::option::of(prop::sample::select(ZONES.to_vec())),
        ahead in 0..4i32,
        length in 0..12i32,
        duration in prop::sample::select(vec![15i64, 30, 45, 50, 90]),
        step in prop::sample::select(vec![5i64, 10, 15, 20, 30, 60]),
        buffer in prop::sample::select(vec![0i64, 1, 15, 40]),
        notice in prop::sample::select(vec![0i64, 7, 240, 1440]),
        most_a_day in 1..5usize,
        hours in prop::collection::vec(prop::collection::vec(hours(20..84), 0..3), 7),
        flexible in prop::option::weighted(0.3, hours(64..92)),
        lunch in prop_oneof![Just((720, 780)), Just((0, 0)), hours(44..56)],
        quiet in prop_oneof![Just((1200, 480)), Just((1320, 360)), Just((0, 0))],
        off in prop::collection::vec(0..14i32, 0..3),
        tentative_is_free in any::<bool>(),
        their_hours in hours(28..80),
        any_hour_for_them in prop::bool::weighted(0.2),
    ) -> Question {
        let base = base.div_euclid(MINUTE_MS) * MINUTE_MS;
        let today = local(&zone(mine), base).0;
        let day = |ahead: i32| today.checked_add(ahead.days()).unwrap();
        Question {
            mine, theirs, now: base, from: day(ahead), until: day(ahead + length), duration, step, buffer, notice,
            most_a_day, hours, flexible, lunch, quiet, days_off: off.into_iter().map(day).collect(),
            tentative_is_free, their_hours, any_hour_for_them, entries,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_is_what_every_minute_says(question in question()) {
        let first = run(&question.case(None));
        prop_assert_eq!(&first["sure"], &json!(true), "{}", first["warnings"]);
        let mut found = starts(&first["all"]);
        let (mut next, mut pages) = (first["all_next"].clone(), 1);
        while let Some(after) = next.as_str() {
            let page = run(&question.case(Some(after)));
            found.extend(starts(&page["all"]));
            next = page["all_next"].clone();
            pages += 1;
            prop_assert!(pages < 50);
        }
        let window = &first["window"];
        let (from, until) = (ms(window["from"].as_str().unwrap()), ms(window["until"].as_str().unwrap()));
        let asked = question.window();
        let in_time = question.all(asked.0, asked.1);
        // Only where the days asked for hold nothing are others looked at, and it is said.
        if in_time.is_empty() {
            let said = first["relaxed"].to_string();
            prop_assert!(found.is_empty() || said.contains("window"), "{}", said);
        } else {
            prop_assert_eq!((from, until), asked);
        }
        let right = question.all(from, until);
        prop_assert_eq!(&found, &right);
        prop_assert_eq!(first["total"].as_u64(), Some(right.len() as u64));
        let options = starts(&first["options"]);
        prop_assert!(options.iter().all(|at| right.contains(at)), "{:?}", options);
        prop_assert_eq!(options.is_empty(), right.is_empty());
    }
}

/// So that the property is not one of empty calendars: pages, changes of days and slots.
#[test]
fn the_questions_have_slots_and_pages() {
    let mut question = Question {
        mine: "Europe/Berlin",
        theirs: None,
        now: ms("2026-03-20T09:10:00Z"),
        from: "2026-03-20".parse().unwrap(),
        until: "2026-04-10".parse().unwrap(),
        duration: 15,
        step: 5,
        buffer: 0,
        notice: 0,
        most_a_day: 4,
        hours: vec![vec![(480, 1080)]; 7],
        flexible: None,
        lunch: (0, 0),
        quiet: (0, 0),
        days_off: Vec::new(),
        tentative_is_free: false,
        their_hours: (540, 1020),
        any_hour_for_them: false,
        entries: Vec::new(),
    };
    let right = question.all(question.window().0, question.window().1);
    assert!(right.len() > 2000, "{}", right.len());
    let first = run(&question.case(None));
    assert_eq!(starts(&first["all"]), right[..400], "a page");
    let second = run(&question.case(first["all_next"].as_str()));
    assert_eq!(starts(&second["all"]), right[400..800], "the next one");
    // Every kind of entry takes its time, unless the rep says that it does not.
    let at = ms("2026-03-31T08:00:00Z");
    for (kind, free) in [("busy", false), ("tentative", false), ("tentative", true), ("out_of_office", false)] {
        question.tentative_is_free = free;
        question.entries =
            vec![Entry { start: at, end: at + 3_600_000, kind, all_day: false, with_others: false, declined: false }];
        let all = question.all(question.window().0, question.window().1);
        assert_eq!(all.contains(&at), free, "{kind} {free}");
    }
}
