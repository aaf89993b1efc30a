//! Days in figures, and which of two figures is the day.
//!
//! `12/10` is October in Leeds and December in Ohio. What else the mail shows of its
//! writer's country decides: another date, the end of the address, a telephone number.
//! Where nothing does, the nearer of the two days that are still to come is meant.

use std::ops::Range;

use jiff::civil::Date;
use skillhost_language::mail::{domain_of, phones};
use skillhost_language::{Token, tokens};

use crate::mail::Mail;

/// Which figure a writer puts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// `30/11/2026`.
    Day,
    /// `11/30/2026`.
    Month,
}

/// Ends of addresses that are countries' and say nothing: sold to everybody, or of
/// countries that write both ways, or the year first.
const NO_COUNTRY: [&str; 17] =
    ["io", "co", "ai", "me", "tv", "cc", "ly", "gg", "to", "fm", "ca", "ph", "jp", "cn", "kr", "hu", "lt"];

/// Months as other languages write them, in order.
const MONTHS: [&[&str]; 12] = [
    &["januar", "jänner", "janvier", "enero", "januari", "gennaio", "janeiro"],
    &["februar", "février", "febrero", "februari", "febbraio", "fevereiro"],
    &["märz", "mars", "marzo", "maart", "março"],
    &["avril", "abril", "aprile"],
    &["mai", "mayo", "mei", "maggio", "maio"],
    &["juni", "juin", "junio", "giugno", "junho"],
    &["juli", "juillet", "julio", "luglio", "julho"],
    &["août", "agosto", "augustus", "augusti"],
    &["septembre", "septiembre", "settembre", "setembro"],
    &["oktober", "octobre", "octubre", "ottobre", "outubro"],
    &["novembre", "noviembre", "novembro"],
    &["dezember", "décembre", "diciembre", "dicembre", "dezembro"],
];

/// `23 novembre`, `1er décembre`: the next one.
pub(crate) fn abroad(day: &str, month: &str, today: Date) -> Option<Date> {
    let month = MONTHS.iter().position(|names| names.contains(&month))?;
    let day: i16 = day.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
    coming(day, i16::try_from(month + 1).ok()?, today)
}

/// What the mail shows of how its writer writes a day; `quoted` is somebody else's.
pub(crate) fn habit(mail: &Mail<'_>, quoted: &[Range<usize>]) -> Option<Habit> {
    let end = quoted.iter().map(|range| range.start).min().unwrap_or(mail.body.len());
    let own = mail.body.get(..end).unwrap_or_default();
    by_dates(&[mail.subject, own]).or_else(|| by_address(mail.from)).or_else(|| by_phone(own))
}

/// By the dates of which only one reading is a day. Two that differ say nothing.
fn by_dates(texts: &[&str]) -> Option<Habit> {
    let words = texts.iter().flat_map(|text| tokens(text, 0, text.len()));
    let mut seen = words.filter_map(|token| match slashed(&token.word)? {
        (first, second, _) if first > 12 && second <= 12 => Some(Habit::Day),
        (first, second, _) if first <= 12 && second > 12 => Some(Habit::Month),
        _ => None,
    });
    let first = seen.next()?;
    seen.all(|other| other == first).then_some(first)
}

fn by_address(address: &str) -> Option<Habit> {
    let country = domain_of(address).rsplit('.').next()?.to_lowercase();
    match country.as_str() {
        "us" => Some(Habit::Month),
        country if country.len() == 2 && !NO_COUNTRY.contains(&country) => Some(Habit::Day),
        _ => None,
    }
}

fn by_phone(text: &str) -> Option<Habit> {
    phones(text).into_iter().find_map(|place| {
        let digits: String = text[place].chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        let international = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00"))?;
        Some(if international.starts_with('1') { Habit::Month } else { Habit::Day })
    })
}

/// The two figures of `12/10` and `12/10/2026`, and the year.
fn slashed(word: &str) -> Option<(i16, i16, Option<i16>)> {
    let parts: Vec<&str> = word.split('/').collect();
    let figure = |text: &str| (1..=2).contains(&text.len()).then(|| text.parse::<i16>().ok()).flatten();
    match parts.as_slice() {
        [first, second] => Some((figure(first)?, figure(second)?, None)),
        [first, second, year] if matches!(year.len(), 2 | 4) => {
            let year: i16 = year.parse().ok()?;
            Some((figure(first)?, figure(second)?, Some(if year < 100 { year + 2000 } else { year })))
        }
        _ => None,
    }
}

/// Whether a word has two figures that may be day and month.
pub(crate) fn is_exchangeable(word: &str) -> bool {
    slashed(word).is_some()
}

/// The day of a word in figures: `30.11.2026`, `2026-11-30`, `30/11/2026`, and after a
/// word that a day follows `30/11`.
pub(crate) fn figures(words: &[Token], at: usize, habit: Option<Habit>, today: Date) -> Option<Date> {
    const BEFORE: [&str; 22] = [
        "until",
        "till",
        "til",
        "on",
        "from",
        "to",
        "back",
        "returning",
        "return",
        "before",
        "by",
        "after",
        "of",
        "between",
        "and",
        "through",
        "thru",
        "the",
        "again",
        "monday",
        "friday",
        "is",
    ];
    let word = words.get(at)?.word.as_str();
    let Some((first, second, year)) = slashed(word) else { return written(word) };
    let introduced = at > 0 && BEFORE.contains(&words[at - 1].word.as_str());
    if year.is_none() && !introduced {
        return None;
    }
    slashed_day((first, second, year), habit, today)
}

fn slashed_day((first, second, year): (i16, i16, Option<i16>), habit: Option<Habit>, today: Date) -> Option<Date> {
    let date = |day: i16, month: i16| match year {
        Some(year) => of(year, month, day),
        None => coming(day, month, today),
    };
    let (by_day, by_month) = (date(first, second), date(second, first));
    match (by_day, by_month, habit) {
        (Some(day), None, _) | (Some(day), Some(_), Some(Habit::Day)) => Some(day),
        (None, Some(day), _) | (Some(_), Some(day), Some(Habit::Month)) => Some(day),
        (Some(one), Some(other), None) => [one, other].into_iter().filter(|day| *day >= today).min(),
        (None, None, _) => None,
    }
}

fn of(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The next such day.
fn coming(day: i16, month: i16, today: Date) -> Option<Date> {
    of(today.year(), month, day).filter(|date| *date >= today).or_else(|| of(today.year().checked_add(1)?, month, day))
}

/// `30.11.2026`, `30-11-2026`, `2026-11-30`. The parts of a version number are no day.
fn written(word: &str) -> Option<Date> {
    let parts: Vec<&str> = word.split(['.', '-']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<i16>().ok();
    let (first, second, third) = (number(first)?, number(second)?, number(third)?);
    if first > 1900 {
        return of(first, second, third);
    }
    let year = if third < 100 { third + 2000 } else { third };
    match (word.contains('.'), first > 12, second > 12) {
        (true, ..) | (_, true, false) => of(year, second, first),
        (false, false, true) => of(year, first, second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TODAY: &str = "2026-09-30";

    fn day(text: &str, habit: Option<Habit>) -> Option<String> {
        let words = tokens(text, 0, text.len());
        let today: Date = TODAY.parse().unwrap_or_default();
        (0..words.len()).find_map(|at| figures(&words, at, habit, today)).map(|date| date.to_string())
    }

    #[test]
    fn days_in_figures() {
        for (text, habit, want) in [
            ("30.11.2026", None, Some("2026-11-30")),
            ("1.12.26", None, Some("2026-12-01")),
            ("2026-11-30", Some(Habit::Month), Some("2026-11-30")),
            ("11/30/2026", Some(Habit::Day), Some("2026-11-30")),
            ("30/11/2026", Some(Habit::Month), Some("2026-11-30")),
            ("12/10/2026", Some(Habit::Day), Some("2026-10-12")),
            ("12/10/2026", Some(Habit::Month), Some("2026-12-10")),
            // The nearer one that is to come.
            ("12/10/2026", None, Some("2026-10-12")),
            ("11/10/26", None, Some("2026-10-11")),
            ("9/10/2026", None, Some("2026-10-09")),
            ("04/05/2026", None, None),
            ("back 12/10", Some(Habit::Day), Some("2026-10-12")),
            ("until 3/5", Some(Habit::Month), Some("2027-03-05")),
            ("support 24/7", None, None),
            ("a 1/2 day", None, None),
            ("99.99.2026", None, None),
            ("30.11", None, None),
            ("40/40/2026", None, None),
        ] {
            assert_eq!(day(text, habit).as_deref(), want, "{text} {habit:?}");
        }
        assert_eq!(day("5.1.1", None).filter(|date| date.as_str() > "2020"), None);
    }

    #[test]
    fn what_shows_a_habit() {
        let headers = BTreeMap::new();
        for (from, body, want) in [
            ("jo@globex.test", "Away from 29/09/2026 until 12/10/2026.", Some(Habit::Day)),
            ("jo@globex.test", "Away from 09/29/2026 until 10/12/2026.", Some(Habit::Month)),
            ("jo@globex.test", "Away 29/09/2026, sent 09/29/2026.", None),
            ("jo@globex.co.uk", "Back on 12/10.", Some(Habit::Day)),
            ("jo@globex.us", "Back on 12/10.", Some(Habit::Month)),
            ("jo@globex.io", "Back on 12/10.", None),
            ("jo@globex.com", "Back on 12/10. Urgent: +1 415 555 0100", Some(Habit::Month)),
            ("jo@globex.com", "Back on 12/10. Urgent: +44 1482 555 010", Some(Habit::Day)),
            ("jo@globex.com", "Back on 12/10. Urgent: 01482 555 010", None),
        ] {
            let mail = Mail {
                from,
                from_name: "Jo",
                subject: "Away",
                body,
                headers: &headers,
                answers: true,
                own_domains: &[],
                own_names: &[],
            };
            assert_eq!(habit(&mail, &[]), want, "{from} {body}");
        }
    }
}
