//! The rep's rules, from their preferences and from the input.
//!
//! What is written there was typed by a person: a value that is none is named, and
//! the default holds, so that a typing error never opens an evening. To add a rule:
//! its name and default here, a line in `SKILL.md` and in `docs/data.md`.

use std::collections::BTreeSet;

use free_time::{DaySpan, Rules, Week, minute_of_day};
use jiff::civil::{Date, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Nine to five, Monday to Friday.
const WORKING_HOURS: (i64, i64) = (9 * 60, 17 * 60);
/// Noon to one.
const LUNCH: (i64, i64) = (12 * 60, 13 * 60);
/// Half an hour, the usual first call.
const DURATION_MIN: i64 = 30;
/// Enough to write the notes of one meeting and open those of the next.
const BUFFER_MIN: i64 = 15;
/// Half a working day: an invitation that comes later is often not seen.
const MIN_NOTICE_MIN: i64 = 4 * 60;
/// Meetings that begin on one day: half of an eight-hour day at half an hour each.
const MAX_MEETINGS_PER_DAY: usize = 8;
/// On the hour and the half hour.
const STEP_MIN: i64 = 30;
/// Most days off that are read: two years of them.
const MAX_DAYS_OFF: usize = 732;
/// Most spans of hours a weekday.
const MAX_SPANS: usize = 8;

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The names of `preferences.scheduling`, for one call: each that is given stands
/// over the rep's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Overrides {
    /// `{"from": "09:00", "to": "17:00"}` for Monday to Friday, or lists of such spans by weekday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_hours: Option<Value>,
    /// `{"from", "to"}`: hours of working days that may be offered when the other side is far away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flexible_hours: Option<Value>,
    /// `{"from", "to"}`; two equal times are no lunch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lunch: Option<Value>,
    /// Free minutes around a meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer_min: Option<i64>,
    /// Minutes from now to the first start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_notice_min: Option<i64>,
    /// Most meetings that begin on a day; 0 is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_meetings_per_day: Option<i64>,
    /// Starts are at multiples of this in the hour: 5, 10, 15, 20, 30 or 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_min: Option<i64>,
    /// `busy` or `free`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tentative: Option<String>,
}

/// The rules of one rep.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Preferences {
    pub(crate) rules: Rules,
    /// Working hours without the flexible ones.
    pub(crate) business: Week,
    /// Whether a tentative event takes time.
    pub(crate) tentative_is_busy: bool,
    /// What could not be read.
    pub(crate) warnings: Vec<String>,
}

/// Reads `preferences.scheduling` and `preferences.quiet_hours`, with `overrides` over the first.
pub(crate) fn read(preferences: &Map<String, Value>, overrides: &Overrides) -> Preferences {
    let mut reader = Reader { own: preferences.get("scheduling"), over: Value::Null, warnings: Vec::new() };
    if reader.own.is_some_and(|own| !own.is_object() && !own.is_null()) {
        reader.warnings.push("preferences.scheduling is no object; the defaults hold".to_owned());
    }
    reader.over = serde_json::to_value(overrides).unwrap_or(Value::Null);
    let business = reader.week();
    let mut hours = business.clone();
    if let Some(flexible) = reader.spans("flexible_hours", Vec::new(), "there are none") {
        for (_, weekday) in WEEKDAYS.iter().filter(|(_, weekday)| !business.of(*weekday).is_empty()) {
            hours = hours.with(*weekday, business.of(*weekday).iter().chain(&flexible).copied().collect());
        }
    }
    let lunch = DaySpan::daily(LUNCH.0, LUNCH.1);
    let mut never = reader.spans("lunch", lunch.clone(), "12:00 to 13:00 holds").unwrap_or(lunch);
    match preferences.get("quiet_hours").filter(|quiet| !quiet.is_null()) {
        None => {}
        Some(quiet) => match daily(quiet) {
            Some(spans) => never.extend(spans),
            None => reader.warnings.push("preferences.quiet_hours is not {from, to}; there are none".to_owned()),
        },
    }
    let most = reader.number("max_meetings_per_day", 0..=48, i64::try_from(MAX_MEETINGS_PER_DAY).unwrap_or(8));
    let rules = Rules {
        duration_min: reader.number("duration_min", 5..=480, DURATION_MIN),
        step_min: reader.step(),
        buffer_min: reader.number("buffer_min", 0..=480, BUFFER_MIN),
        notice_min: reader.number("min_notice_min", 0..=20_160, MIN_NOTICE_MIN),
        hours,
        never,
        days_off: reader.days_off(),
        most_a_day: usize::try_from(most).ok(),
    };
    let tentative_is_busy = reader.tentative();
    Preferences { rules, business, tentative_is_busy, warnings: reader.warnings }
}

struct Reader<'a> {
    own: Option<&'a Value>,
    over: Value,
    warnings: Vec<String>,
}

impl Reader<'_> {
    /// What was said under a name; null counts as said.
    fn said(&self, name: &str) -> Option<Value> {
        self.over.get(name).or_else(|| self.own.and_then(|own| own.get(name))).cloned()
    }

    fn warn(&mut self, name: &str, wanted: &str, instead: &str) {
        self.warnings.push(format!("the rule {name} is not {wanted}; {instead}"));
    }

    fn number(&mut self, name: &str, allowed: std::ops::RangeInclusive<i64>, default: i64) -> i64 {
        let Some(value) = self.said(name).filter(|value| !value.is_null()) else { return default };
        match value.as_i64().filter(|number| allowed.contains(number)) {
            Some(number) => number,
            None => {
                let wanted = format!("a whole number from {} to {}", allowed.start(), allowed.end());
                self.warn(name, &wanted, &format!("{default} holds"));
                default
            }
        }
    }

    fn step(&mut self) -> i64 {
        const STEPS: [i64; 6] = [5, 10, 15, 20, 30, 60];
        let step = self.number("step_min", 5..=60, STEP_MIN);
        if STEPS.contains(&step) {
            return step;
        }
        self.warn("step_min", "one of 5, 10, 15, 20, 30, 60", "30 holds");
        STEP_MIN
    }

    /// A span of every day; `None` where it was said that there is none.
    fn spans(&mut self, name: &str, default: Vec<DaySpan>, instead: &str) -> Option<Vec<DaySpan>> {
        let Some(value) = self.said(name) else { return Some(default) };
        if value.is_null() {
            return Some(Vec::new());
        }
        match daily(&value) {
            Some(spans) => Some(spans),
            None => {
                self.warn(name, "{from, to}", instead);
                None
            }
        }
    }

    fn week(&mut self) -> Week {
        let default = Week::weekdays(&DaySpan::daily(WORKING_HOURS.0, WORKING_HOURS.1));
        let Some(value) = self.said("working_hours").filter(|value| !value.is_null()) else { return default };
        match week(&value) {
            Some(week) => week,
            None => {
                self.warn("working_hours", "{from, to} or spans by weekday", "Monday to Friday, 09:00 to 17:00 hold");
                default
            }
        }
    }

    fn days_off(&mut self) -> BTreeSet<Date> {
        let Some(value) = self.said("days_off").filter(|value| !value.is_null()) else { return BTreeSet::new() };
        let Some(list) = value.as_array() else {
            self.warn("days_off", "a list of days", "there are none");
            return BTreeSet::new();
        };
        if list.len() > MAX_DAYS_OFF {
            self.warn("days_off", &format!("a list of at most {MAX_DAYS_OFF} days"), "only the first ones count");
        }
        let days = list.iter().take(MAX_DAYS_OFF);
        let read: Vec<Option<Date>> = days.map(|day| day.as_str().and_then(|day| day.parse().ok())).collect();
        let bad = read.iter().filter(|day| day.is_none()).count();
        if bad > 0 {
            self.warn("days_off", "a list of days YYYY-MM-DD", &format!("{bad} of them do not count"));
        }
        read.into_iter().flatten().collect()
    }

    fn tentative(&mut self) -> bool {
        match self.said("tentative").as_ref().filter(|value| !value.is_null()).map(Value::as_str) {
            None | Some(Some("busy")) => true,
            Some(Some("free")) => false,
            Some(_) => {
                self.warn("tentative", "busy or free", "tentative events count as busy");
                true
            }
        }
    }
}

/// `{"from": "20:00", "to": "08:00"}`.
pub(crate) fn daily(value: &Value) -> Option<Vec<DaySpan>> {
    let minute = |name: &str| value.get(name).and_then(Value::as_str).and_then(minute_of_day);
    Some(DaySpan::daily(minute("from")?, minute("to")?))
}

/// One span for Monday to Friday, or a span or a list of spans for each weekday named.
pub(crate) fn week(value: &Value) -> Option<Week> {
    let object = value.as_object()?;
    if object.contains_key("from") || object.contains_key("to") {
        return Some(Week::weekdays(&daily(value)?));
    }
    let mut week = Week::default();
    for (name, hours) in object {
        let (_, weekday) = WEEKDAYS.iter().find(|(known, _)| known == name)?;
        let spans = match hours {
            Value::Null => Vec::new(),
            Value::Array(list) if list.len() <= MAX_SPANS => {
                list.iter().map(daily).collect::<Option<Vec<_>>>()?.concat()
            }
            one => daily(one)?,
        };
        week = week.with(*weekday, spans);
    }
    Some(week)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn of(value: Value) -> Preferences {
        read(value.as_object().unwrap(), &Overrides::default())
    }

    fn hours(preferences: &Preferences, weekday: Weekday) -> Vec<(i64, i64)> {
        preferences.rules.hours.of(weekday).iter().map(|span| (span.from(), span.to())).collect()
    }

    #[test]
    fn nothing_said_gives_the_defaults() {
        let got = of(json!({}));
        assert_eq!(got, of(json!({"scheduling": {}, "quiet_hours": null})));
        assert!(got.warnings.is_empty() && got.tentative_is_busy);
        assert_eq!(hours(&got, Weekday::Friday), [(540, 1020)]);
        assert!(hours(&got, Weekday::Saturday).is_empty());
        let rules = &got.rules;
        assert_eq!((rules.buffer_min, rules.notice_min, rules.step_min, rules.duration_min), (15, 240, 30, 30));
        assert_eq!((rules.most_a_day, rules.never.len()), (Some(8), 1));
    }

    #[test]
    fn what_is_said_holds_and_the_input_stands_over_it() {
        let preferences = json!({
            "quiet_hours": {"from": "20:00", "to": "08:00"},
            "scheduling": {
                "working_hours": {"monday": {"from": "08:00", "to": "12:00"}, "tuesday": [], "saturday": [
                    {"from": "09:00", "to": "10:00"}, {"from": "11:00", "to": "12:00"}]},
                "flexible_hours": {"from": "18:00", "to": "20:00"},
                "lunch": null, "buffer_min": 0, "max_meetings_per_day": 3, "days_off": ["2026-12-24"], "tentative": "free"
            }
        });
        let overrides = Overrides { buffer_min: Some(30), ..Overrides::default() };
        let got = read(preferences.as_object().unwrap(), &overrides);
        assert_eq!(got.warnings, [""; 0]);
        assert_eq!(hours(&got, Weekday::Monday), [(480, 720), (1080, 1200)]);
        assert!(hours(&got, Weekday::Tuesday).is_empty(), "flexible hours are of working days");
        assert_eq!(hours(&got, Weekday::Saturday), [(540, 600), (660, 720), (1080, 1200)]);
        assert_eq!((got.rules.buffer_min, got.rules.most_a_day), (30, Some(3)));
        assert_eq!(got.rules.never.len(), 2, "the night is two spans of a day");
        assert_eq!(got.rules.days_off.len(), 1);
        assert!(!got.tentative_is_busy);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_default_holds() {
        for (value, name) in [
            (json!({"working_hours": {"from": "9", "to": "17:00"}}), "working_hours"),
            (json!({"working_hours": {"mon": {"from": "09:00", "to": "17:00"}}}), "working_hours"),
            (json!({"lunch": "noon"}), "lunch"),
            (json!({"flexible_hours": 7}), "flexible_hours"),
            (json!({"buffer_min": -1}), "buffer_min"),
            (json!({"buffer_min": "15"}), "buffer_min"),
            (json!({"step_min": 25}), "step_min"),
            (json!({"min_notice_min": 1e9}), "min_notice_min"),
            (json!({"max_meetings_per_day": 1.5}), "max_meetings_per_day"),
            (json!({"tentative": true}), "tentative"),
            (json!({"days_off": ["2026-02-30"]}), "days_off"),
            (json!({"days_off": "2026-02-03"}), "days_off"),
        ] {
            let got = of(json!({ "scheduling": value }));
            assert_eq!(got.warnings.len(), 1, "{name}: {:?}", got.warnings);
            assert!(got.warnings[0].contains(name), "{:?}", got.warnings);
            assert_eq!(Preferences { warnings: Vec::new(), ..got }, of(json!({})), "{name}");
        }
        assert_eq!(of(json!({"scheduling": [], "quiet_hours": "night"})).warnings.len(), 2);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[0-9:]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("from|to|monday|sunday|x", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_gives_rules(
            fields in prop::collection::hash_map(
                "working_hours|flexible_hours|lunch|buffer_min|min_notice_min|max_meetings_per_day|step_min|days_off|tentative",
                any_json(),
                0..6,
            ),
            quiet in any_json(),
        ) {
            let scheduling: Map<String, Value> = fields.into_iter().collect();
            let preferences = json!({"scheduling": scheduling, "quiet_hours": quiet});
            let rules = of(preferences).rules;
            prop_assert_eq!(rules.clone().bounded(), rules);
        }
    }
}
