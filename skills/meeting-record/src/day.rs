//! Days as people write them.
//!
//! Deadlines come resolved to the rep's zone by the skill that heard them, so
//! nothing here needs a time zone: a day is shown as that day, an instant with
//! the offset it was written with.

use skillhost_sdk::sources::{day_ms, instant_ms};

const DAY_MS: i64 = 86_400_000;
/// Further away than this a day is written with its year.
const YEAR_NEEDED_MS: i64 = 180 * DAY_MS;
/// Longest deadline in words that is still shown.
const MAX_WORDS: usize = 40;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `2026-11-26` as `Thursday 26 November`, with the year when it is far from now.
pub fn long_day(text: &str, now_ms: i64) -> Option<String> {
    let at = day_ms(text)?;
    // 1970-01-01 was a Thursday.
    let weekday = WEEKDAYS[usize::try_from((at.div_euclid(DAY_MS) + 4).rem_euclid(7)).ok()?];
    let month = MONTHS.get(text.get(5..7)?.parse::<usize>().ok()?.checked_sub(1)?)?;
    let day: u8 = text.get(8..10)?.parse().ok()?;
    let year = match (at - now_ms).abs() > YEAR_NEEDED_MS {
        true => format!(" {}", text.get(..4)?),
        false => String::new(),
    };
    Some(format!("{weekday} {day} {month}{year}"))
}

/// A deadline for a sentence: `by Thursday 26 November`, with the time of day
/// for an instant, or the words used when they are few.
pub fn by_when(deadline: Option<&str>, now_ms: i64) -> Option<String> {
    let deadline = deadline?.trim();
    if let Some(day) = long_day(deadline, now_ms) {
        let time = instant_ms(deadline).and_then(|_| deadline.get(11..16));
        let zone = if deadline.ends_with(['Z', 'z']) { " UTC" } else { "" };
        return Some(match time {
            // Midnight stands for a day without a time.
            Some("00:00") | None => format!("by {day}"),
            Some(time) => format!("by {day}, {time}{zone}"),
        });
    }
    if deadline.is_empty() || deadline.chars().count() > MAX_WORDS {
        return None;
    }
    let lower = deadline.to_lowercase();
    let has_word = ["by ", "before ", "on ", "until ", "in ", "within ", "next ", "this ", "today", "tomorrow"]
        .iter()
        .any(|word| lower.starts_with(word));
    Some(if has_word { deadline.to_owned() } else { format!("by {deadline}") })
}

/// Words of a time that was said as one; "this afternoon" names no hour.
const CLOCK_WORDS: [&str; 16] = [
    "noon", "midday", "am", "pm", "oclock", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven",
];

/// Whether the words of a deadline name a time of day: "at two", "by 3pm".
fn names_an_hour(spoken: &str) -> bool {
    let words: Vec<String> = spoken
        .split_whitespace()
        .map(|word| word.replace(['\'', '’', '.'], "").trim_matches(',').to_lowercase())
        .collect();
    let is_clock = |word: &String| {
        CLOCK_WORDS.contains(&word.as_str())
            || word.contains(':')
            || ["am", "pm"].iter().any(|half| {
                word.strip_suffix(half).is_some_and(|hour| !hour.is_empty() && hour.chars().all(|c| c.is_ascii_digit()))
            })
    };
    let after_at = words.windows(2).any(|pair| pair[0] == "at" && pair[1].chars().all(|c| c.is_ascii_digit()));
    // "In two weeks" counts, and is no time.
    let counts = words.iter().any(|word| ["week", "weeks", "days", "months", "hours"].contains(&word.as_str()));
    after_at || !counts && words.iter().any(is_clock)
}

/// A resolved deadline as it is written in a sentence in the place of the words
/// that were said: `on Monday` becomes `on Monday 23 November`, `this afternoon`
/// becomes `by Thursday 19 November`. None where it is no date.
pub(crate) fn written(deadline: &str, spoken: &str, now_ms: i64) -> Option<String> {
    let hour = spoken.trim().is_empty() || names_an_hour(spoken);
    let shown = if hour { deadline } else { deadline.get(..10).unwrap_or(deadline) };
    let by = is_task_due(deadline).then(|| by_when(Some(shown), now_ms)).flatten()?;
    let lead = spoken.split_whitespace().next().unwrap_or_default().to_lowercase();
    // A day keeps its word; a week or a month said with it does not read.
    let by = match spoken.to_lowercase().split_once(" at ") {
        // A time that was said and not read stays in its words.
        Some((_, time)) if hour && instant_ms(deadline).is_none() => format!("{by} at {time}"),
        _ => by,
    };
    // Within a sentence the time has a word of its own.
    let by = if instant_ms(shown).is_some() { by.replacen(", ", " at ", 1) } else { by };
    match (lead.as_str(), by.strip_prefix("by ")) {
        ("on" | "for" | "before" | "until", Some(day)) if names_a_day(spoken) => Some(format!("{lead} {day}")),
        _ => Some(by),
    }
}

/// Whether the words of a deadline name a weekday or a day of a month.
pub(crate) fn names_a_day(spoken: &str) -> bool {
    let lower = spoken.to_lowercase();
    let month = lower.split(|c: char| !c.is_alphanumeric()).any(|word| MONTHS.iter().any(|m| m.to_lowercase() == word));
    let numbered = lower.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let number = word.trim_end_matches(|c: char| c.is_alphabetic());
        !number.is_empty() && ["st", "nd", "rd", "th"].iter().any(|end| word.strip_prefix(number) == Some(*end))
    });
    WEEKDAYS.iter().any(|day| lower.contains(&day.to_lowercase())) || month || numbered || lower.contains("tomorrow")
}

/// A deadline for a list: `2026-11-26`, `2026-11-26 15:30`, or the words used.
pub fn short_when(deadline: &str) -> String {
    match (day_ms(deadline), instant_ms(deadline).and_then(|_| deadline.get(11..16))) {
        (Some(_), Some(time)) if time != "00:00" => format!("{} {time}", &deadline[..10]),
        (Some(_), _) => deadline[..10].to_owned(),
        (None, _) => deadline.trim().to_owned(),
    }
}

/// Whole days from now to a deadline, negative when it has passed; none for words.
pub fn days_until(deadline: Option<&str>, now_ms: i64) -> Option<i64> {
    let deadline = deadline?.trim();
    let today = now_ms.div_euclid(DAY_MS);
    Some(day_ms(deadline)?.div_euclid(DAY_MS) - today)
}

/// Whether a task may carry it as its due date.
pub fn is_task_due(deadline: &str) -> bool {
    (deadline.len() == 10 && day_ms(deadline).is_some())
        || (deadline.as_bytes().get(10) == Some(&b'T') && instant_ms(deadline).is_some())
}

/// Words that a spoken deadline at the end of a line is made of.
const DEADLINE_WORDS: [&str; 24] = [
    "today",
    "tonight",
    "tomorrow",
    "morning",
    "afternoon",
    "evening",
    "noon",
    "lunchtime",
    "week",
    "month",
    "quarter",
    "end",
    "close",
    "of",
    "the",
    "this",
    "next",
    "day",
    "business",
    "first",
    "thing",
    "latest",
    "eod",
    "cob",
];
const ANCHORS: [&str; 11] =
    ["today", "tonight", "tomorrow", "morning", "afternoon", "evening", "noon", "week", "month", "eod", "cob"];
/// Words that begin a deadline and go with it.
const LEADS: [&str; 4] = ["by", "on", "before", "at"];
/// Words that would be left hanging: what follows them is no deadline.
const HANGING: [&str; 12] = ["to", "from", "every", "each", "for", "in", "and", "or", "of", "with", "about", "until"];

/// A line without the spoken deadline at its end, which a written date replaces:
/// `Send the plan by next Thursday` becomes `Send the plan`.
pub(crate) fn without_deadline(text: &str) -> String {
    let trimmed = text.trim().trim_end_matches(['.', ',', ';', '!']);
    let words: Vec<&str> = trimmed.split_whitespace().collect();
    let plain = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let is_name_of_day = |word: &str| {
        let is = |name: &&str| name.to_lowercase() == word;
        WEEKDAYS.iter().any(is) || MONTHS.iter().any(is)
    };
    let mut keep = words.len();
    let mut anchored = false;
    while keep > 0 {
        let word = plain(words[keep - 1]);
        let is_number = word.trim_end_matches(['s', 't', 'h', 'n', 'd', 'r']).parse::<u16>().is_ok();
        anchored |= ANCHORS.contains(&word.as_str()) || is_name_of_day(&word);
        if !DEADLINE_WORDS.contains(&word.as_str()) && !is_name_of_day(&word) && !is_number {
            break;
        }
        keep -= 1;
    }
    let before = keep.checked_sub(1).map(|at| plain(words[at])).unwrap_or_default();
    if HANGING.contains(&before.as_str()) {
        return trimmed.to_owned();
    }
    if LEADS.contains(&before.as_str()) {
        keep -= 1;
    } else if keep < words.len() && matches!(plain(words[keep]).as_str(), "of" | "the" | "first" | "end" | "close") {
        // "the plan for the month" without a leading word is no deadline.
        return trimmed.to_owned();
    }
    if !anchored || keep < 2 {
        return trimmed.to_owned();
    }
    words[..keep].join(" ").trim_end_matches(',').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T12:00:00Z, a Friday.
    const NOW: i64 = 1_795_176_000_000;

    #[test]
    fn days_read_well() {
        assert_eq!(long_day("2026-11-26", NOW).as_deref(), Some("Thursday 26 November"));
        assert_eq!(long_day("2027-12-01", NOW).as_deref(), Some("Wednesday 1 December 2027"));
        assert_eq!(long_day("2026-02-30", NOW), None);
    }

    #[test]
    fn deadlines_read_well() {
        for (deadline, want) in [
            ("2026-11-26", Some("by Thursday 26 November")),
            ("2026-11-26T15:30:00Z", Some("by Thursday 26 November, 15:30 UTC")),
            ("2026-11-26T15:30:00+01:00", Some("by Thursday 26 November, 15:30")),
            ("2026-11-26T00:00:00Z", Some("by Thursday 26 November")),
            ("end of March", Some("by end of March")),
            ("before the audit", Some("before the audit")),
            ("", None),
        ] {
            assert_eq!(by_when(Some(deadline), NOW).as_deref(), want, "{deadline}");
        }
        assert_eq!(by_when(None, NOW), None);
        assert_eq!(short_when("2026-11-26T15:30:00+01:00"), "2026-11-26 15:30");
        assert_eq!(short_when("2026-11-26"), "2026-11-26");
        assert_eq!(short_when(" before the fair"), "before the fair");
    }

    #[test]
    fn a_written_date_stands_in_for_the_spoken_one() {
        for (deadline, spoken, want) in [
            ("2026-11-26", "by Thursday", Some("by Thursday 26 November")),
            ("2026-11-26", "on Thursday", Some("on Thursday 26 November")),
            ("2026-11-26", "for that Thursday", Some("for Thursday 26 November")),
            ("2026-11-26T14:00:00Z", "on Thursday at two", Some("on Thursday 26 November at 14:00 UTC")),
            ("2026-11-26T15:00:00+01:00", "Thursday 3pm", Some("by Thursday 26 November at 15:00")),
            ("2026-11-20T17:00:00+01:00", "this afternoon", Some("by Friday 20 November")),
            ("2026-11-27", "next week", Some("by Friday 27 November")),
            ("2026-12-04", "in two weeks", Some("by Friday 4 December")),
            ("2026-11-26T15:30:00+01:00", "", Some("by Thursday 26 November at 15:30")),
            ("soon", "soon", None),
        ] {
            assert_eq!(written(deadline, spoken, NOW).as_deref(), want, "{spoken}");
        }
    }

    #[test]
    fn spoken_deadlines_go() {
        for (text, want) in [
            ("Send the plan by next Thursday.", "Send the plan"),
            ("Send the plan tomorrow morning", "Send the plan"),
            ("Send the plan by the end of the week", "Send the plan"),
            ("Meet on Wednesday 3 December", "Meet on Wednesday 3 December"),
            ("Send the report for the month", "Send the report for the month"),
            ("Move the call to Thursday", "Move the call to Thursday"),
            ("Hold the price until March", "Hold the price until March"),
            ("Check the first of the month", "Check the first of the month"),
            ("Send the plan", "Send the plan"),
            ("Count all 40", "Count all 40"),
        ] {
            assert_eq!(without_deadline(text), want, "{text}");
        }
    }

    #[test]
    fn counting_days() {
        assert_eq!(days_until(Some("2026-11-20"), NOW), Some(0));
        assert_eq!(days_until(Some("2026-11-26"), NOW), Some(6));
        assert_eq!(days_until(Some("2026-11-19T23:00:00Z"), NOW), Some(-1));
        assert_eq!(days_until(Some("soon"), NOW), None);
        assert!(is_task_due("2026-11-26") && is_task_due("2026-11-26T10:00:00Z"));
        assert!(!is_task_due("2026-11-26 10:00") && !is_task_due("next week") && !is_task_due("2026-11-26T"));
    }
}
