//! Instants and days as the host writes them, as numbers.

/// Milliseconds of a UTC day.
const DAY_MS: i64 = 86_400_000;

/// Days from 1970-01-01 to a proleptic Gregorian date, by whole 400-year eras
/// counted from a March, so that the leap day is the last of its year.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// UTC midnight of a day `YYYY-MM-DD`, epoch milliseconds; `None` for anything
/// else. A longer text that begins with a day reads as that day.
pub fn day_ms(text: &str) -> Option<i64> {
    let day = text.get(..10)?;
    if day.as_bytes()[4] != b'-' || day.as_bytes()[7] != b'-' {
        return None;
    }
    let (year, month, date) = (digits(day.get(..4)?)?, digits(day.get(5..7)?)?, digits(day.get(8..)?)?);
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&date) {
        return None;
    }
    Some(days_from_epoch(year, month, date) * DAY_MS)
}

/// An RFC 3339 instant (`Z` or an offset, fraction optional) in epoch
/// milliseconds; `None` for anything else.
pub fn instant_ms(text: &str) -> Option<i64> {
    let day = day_ms(text)?;
    let clock = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let (hour, minute, second) = (digits(clock.get(..2)?)?, digits(clock.get(3..5)?)?, digits(clock.get(6..8)?)?);
    let bytes = clock.as_bytes();
    if bytes[2] != b':' || bytes[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = clock.get(8..)?;
    let mut millis = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let three: String = fraction[..length].chars().chain("000".chars()).take(3).collect();
        if length == 0 {
            return None;
        }
        millis = digits(&three)?;
        rest = &fraction[length..];
    }
    let offset_min = match rest {
        "Z" | "z" => 0,
        _ => {
            let sign = match rest.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let (hours, minutes) = rest.get(1..)?.split_once(':')?;
            if hours.len() != 2 || minutes.len() != 2 {
                return None;
            }
            sign * (digits(hours)? * 60 + digits(minutes)?)
        }
    };
    Some(day + ((hour * 60 + minute - offset_min) * 60 + second) * 1000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        for (text, want) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-20T15:00:00.000Z", Some(1_795_186_800_000)),
            ("2026-11-20T17:00:00.250+02:00", Some(1_795_186_800_250)),
            ("2000-02-29T00:00:00Z", Some(951_782_400_000)),
            ("1969-12-31T23:59:59.5Z", Some(-500)),
            ("2001-02-29T00:00:00Z", None),
            ("2026-11-20", None),
            ("2026-11-20T15:00", None),
            ("2026-11-20T15:00:00", None),
            ("2026-11-20T15:00:00.Z", None),
            ("ÿÿÿÿÿÿÿÿÿÿ", None),
            ("", None),
        ] {
            assert_eq!(instant_ms(text), want, "{text}");
        }
    }

    #[test]
    fn known_days() {
        assert_eq!(day_ms("1970-01-02"), Some(DAY_MS));
        assert_eq!(day_ms("2024-12-31"), Some(1_735_603_200_000));
        assert_eq!(day_ms("2024-13-01"), None);
        assert_eq!(day_ms("24-01-01"), None);
    }
}
