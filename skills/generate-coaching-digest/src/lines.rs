//! The digest in lines.

use coaching_record::{Number, Patterns, Rolled};
use meeting_record::shortened;

use crate::ToDo;

/// Longest line, characters.
const MAX_LINE: usize = 320;
/// Most earlier weeks beside a number: a month.
const WEEKS_TOLD: usize = 4;

fn calls(n: usize) -> String {
    if n == 1 { "1 call".to_owned() } else { format!("{n} calls") }
}

pub(crate) fn headline(rolled: &Rolled) -> String {
    let missed = match rolled.not_measured {
        0 => String::new(),
        n => format!(", {n} could not be measured"),
    };
    format!("{} from {} to {}{missed}", calls(rolled.calls), rolled.period_start, rolled.period_end)
}

fn value(number: &Number, value: f64) -> String {
    if number.behaviour.is_share() { format!("{:.0} %", value * 100.0) } else { format!("{value:.1}") }
}

fn target(number: &Number) -> String {
    match number.behaviour {
        coaching_record::Behaviour::RepShare => "40 %, between 30 % and 60 %".to_owned(),
        _ => number.target.clone(),
    }
}

/// `your share of the talk: 62 % (3 calls; aim for 40 %, between 30 % and 60 %): high`.
pub(crate) fn numbers(rolled: &Rolled) -> Vec<String> {
    rolled
        .numbers
        .iter()
        .map(|number| {
            let mark = if number.verdict == "ok" { String::new() } else { format!(": {}", number.verdict) };
            let weeks: Vec<String> =
                number.weeks.iter().take(WEEKS_TOLD).map(|week| value(number, week.value)).collect();
            let weeks = if weeks.is_empty() { weeks.join("") } else { format!("; weeks before: {}", weeks.join(", ")) };
            format!(
                "{}: {} ({}; aim for {}){mark}{weeks}",
                number.told,
                value(number, number.value),
                calls(number.calls),
                target(number)
            )
        })
        .collect()
}

/// What moved against the rep's own past.
pub(crate) fn trends(rolled: &Rolled) -> Vec<String> {
    rolled
        .numbers
        .iter()
        .filter(|number| ["better", "worse"].contains(&number.trend.as_str()))
        .filter_map(|number| {
            let usual = number.usual?;
            let now = value(number, number.value);
            Some(format!(
                "{}: {} now, {} in {} before: {}",
                number.told,
                now,
                value(number, usual),
                calls(number.earlier_calls),
                number.trend
            ))
        })
        .collect()
}

/// `You spoke for 2 min 10 s at a stretch (3 times). Globex demo, 2026-11-18 at 12:04: “So what we do is …” Stop after a minute …`.
pub(crate) fn to_do(one: &ToDo) -> String {
    let often = if one.times > 1 { format!(" ({} times this week)", one.times) } else { String::new() };
    let at = one.time.as_ref().map(|time| format!(" at {time}")).unwrap_or_default();
    shortened(&format!("{}{often}. {}, {}{at}: “{}” {}", one.what, one.title, one.day, one.quote, one.advice), MAX_LINE)
}

pub(crate) fn winning(patterns: &Patterns) -> String {
    match (&patterns.headline, patterns.reason.is_empty()) {
        (Some(headline), _) => headline.clone(),
        (None, false) => patterns.reason.clone(),
        (None, true) => "deals won and lost could not be compared".to_owned(),
    }
}
