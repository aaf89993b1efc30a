//! Days from words: weekdays, ends of periods, counted units.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// A named weekday.
pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mondays" | "mon" => Weekday::Monday,
        "tuesday" | "tues" | "tue" => Weekday::Tuesday,
        "wednesday" | "wed" | "weds" => Weekday::Wednesday,
        "thursday" | "thurs" | "thur" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// A named month.
pub(crate) fn month(word: &str) -> Option<i8> {
    Some(match word {
        "january" | "jan" => 1,
        "february" | "feb" => 2,
        "march" => 3,
        "april" | "apr" => 4,
        "may" => 5,
        "june" => 6,
        "july" => 7,
        "august" | "aug" => 8,
        "september" | "sept" | "sep" => 9,
        "october" | "oct" => 10,
        "november" | "nov" => 11,
        "december" | "dec" => 12,
        _ => return None,
    })
}

/// A small number in words or digits; of "3-4" the larger.
pub(crate) fn count(word: &str) -> Option<i64> {
    Some(match word {
        "a" | "an" | "one" => 1,
        "two" | "couple" => 2,
        "three" | "few" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "twelve" => 12,
        "fourteen" => 14,
        "thirty" => 30,
        digits => digits.rsplit('-').next()?.parse().ok().filter(|n| (1..=400).contains(n))?,
    })
}

/// `14th`, `3rd`: the day of a month.
pub(crate) fn ordinal(word: &str) -> Option<i8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|s| word.strip_suffix(s))?;
    digits.parse().ok().filter(|d| (1..=31).contains(d))
}

/// `first`, `twenty-first`, `thirty-first`: the day of a month, in words. Words like these
/// count other things too, so they are a day only beside a month.
pub(crate) fn ordinal_word(word: &str) -> Option<i8> {
    const ONES: [&str; 9] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
    const TEENS: [&str; 10] = [
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
    ];
    // It is asked of every word of a call.
    if !matches!(word.as_bytes(), [.., b't', b'h'] | [.., b's', b't'] | [.., b'n' | b'r', b'd']) {
        return None;
    }
    let place = |words: &[&str], word: &str| words.iter().position(|w| *w == word).and_then(|at| i8::try_from(at).ok());
    match word {
        "twentieth" => Some(20),
        "thirtieth" => Some(30),
        "thirty-first" => Some(31),
        _ => match word.strip_prefix("twenty-") {
            Some(one) => Some(21 + place(&ONES, one)?),
            None => place(&ONES, word).map(|n| n + 1).or_else(|| place(&TEENS, word).map(|n| n + 10)),
        },
    }
}

/// Days since the Monday of a day's week.
pub(crate) fn since_monday(day: Date) -> i64 {
    i64::from(day.weekday().to_monday_zero_offset())
}

/// `day` moved by whole days; unchanged where the calendar ends.
pub(crate) fn plus(day: Date, days: i64) -> Date {
    moved(day, Span::new().try_days(days).unwrap_or_default())
}

/// `day` moved by a span; unchanged where the calendar ends.
pub(crate) fn moved(day: Date, span: Span) -> Date {
    day.checked_add(span).unwrap_or(day)
}

/// The next such weekday after today.
pub(crate) fn coming(today: Date, wanted: Weekday) -> Date {
    let ahead = i64::from(wanted.to_monday_zero_offset()) - since_monday(today);
    plus(today, if ahead <= 0 { ahead + 7 } else { ahead })
}

/// The weekday of the calendar week `weeks` ahead.
pub(crate) fn of_week(today: Date, weeks: i64, wanted: Weekday) -> Date {
    plus(today, weeks * 7 - since_monday(today) + i64::from(wanted.to_monday_zero_offset()))
}

/// The working end of this week; on a weekend that of the coming one.
pub(crate) fn friday(today: Date, weeks: i64) -> Date {
    let friday = of_week(today, weeks, Weekday::Friday);
    if friday < today { plus(friday, 7) } else { friday }
}

/// The last day of the month `months` ahead.
pub(crate) fn month_end(today: Date, months: i64) -> Date {
    moved(today.first_of_month(), Span::new().try_months(months).unwrap_or_default()).last_of_month()
}

/// The last day of the quarter `quarters` ahead.
pub(crate) fn quarter_end(today: Date, quarters: i64) -> Date {
    let into = i64::from((today.month() - 1) % 3);
    month_end(today, quarters * 3 + 2 - into)
}

/// The next time that month ends.
pub(crate) fn named_month_end(today: Date, wanted: i8) -> Date {
    let ahead = i64::from(wanted - today.month()).rem_euclid(12);
    month_end(today, ahead)
}

/// The next such day of a named month, this year or next.
pub(crate) fn named_day(today: Date, month: i8, day: i8) -> Option<Date> {
    let this = Date::new(today.year(), month, day).ok();
    match this {
        Some(date) if date >= today => Some(date),
        _ => Date::new(today.year() + 1, month, day).ok(),
    }
}

/// The next day of any month with that number.
pub(crate) fn day_of_month(today: Date, day: i8) -> Option<Date> {
    (0..3).find_map(|ahead| {
        let first = moved(today.first_of_month(), ahead.months());
        Date::new(first.year(), first.month(), day).ok().filter(|d| *d > today)
    })
}

/// `today` plus working days.
pub(crate) fn working_days(today: Date, days: i64) -> Date {
    let mut day = today;
    let mut left = days;
    while left > 0 {
        day = plus(day, 1);
        if since_monday(day) < 5 {
            left -= 1;
        }
    }
    day
}

/// The Monday of a month's first, second … week; of `None` the last one. A week is of
/// the month that most of its working days are in, which is that of its Wednesday.
pub(crate) fn week_of_month(first: Date, nth: Option<i64>) -> Date {
    let monday = |day: Date| plus(day, -since_monday(day));
    let is_of = |monday: Date| plus(monday, 2).first_of_month() == first;
    match nth {
        Some(nth) => {
            let week = monday(first);
            plus(week, (nth - i64::from(is_of(week))) * 7)
        }
        None => {
            let week = monday(first.last_of_month());
            if is_of(week) { week } else { plus(week, -7) }
        }
    }
}
