//! Cells as values. What can mean two things is refused with the words to write instead.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use skillhost_engine::time::Timestamp;

use super::fault::quoted;

/// Formats of a local date and time: ISO, and as CRMs export it.
const LOCAL: [&str; 4] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];

/// Cents, and the currency that the cell names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) cents: i64,
    pub(crate) currency: Option<String>,
    /// A `$` stands there, which several currencies write.
    pub(crate) dollars: bool,
}

fn local(text: &str) -> Option<DateTime> {
    let date = || text.parse::<Date>().ok().filter(|_| text.len() == "2024-03-01".len());
    LOCAL
        .iter()
        .find_map(|format| DateTime::strptime(format, text).ok())
        .or_else(|| date().map(|date| date.at(0, 0, 0, 0)))
}

fn no_date(text: &str) -> String {
    format!("{} is no date; write 2024-03-01 or 2024-03-01 14:22", quoted(text))
}

/// An instant: with an offset, or by the clocks of `zone`.
pub(crate) fn instant(text: &str, zone: Option<&TimeZone>) -> Result<String, String> {
    if text.starts_with(['-', '+']) {
        return Err(no_date(text));
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(at.as_millisecond()).rfc3339());
    }
    let local = local(text).ok_or_else(|| no_date(text))?;
    let zone = zone.ok_or("the time has no zone; say --zone, Europe/Berlin for example")?;
    let found = zone.to_ambiguous_timestamp(local);
    match found.offset() {
        // A whole day begins when its clocks do.
        AmbiguousOffset::Gap { .. } if local.time() != jiff::civil::Time::midnight() => {
            return Err(format!("{} is not on the clocks of the zone that day; write its offset", quoted(text)));
        }
        AmbiguousOffset::Fold { .. } if local.time() != jiff::civil::Time::midnight() => {
            return Err(format!("{} is twice on the clocks of the zone that day; write its offset", quoted(text)));
        }
        _ => {}
    }
    let at = found.compatible().map_err(|_| no_date(text))?;
    Ok(Timestamp(at.as_millisecond()).rfc3339())
}

/// The day that is written, whatever time stands beside it.
pub(crate) fn day(text: &str) -> Result<String, String> {
    if text.starts_with(['-', '+']) {
        return Err(no_date(text));
    }
    let date = match local(text) {
        Some(at) => at.date(),
        None => {
            let with_offset = text.parse::<jiff::Timestamp>().is_ok();
            let date = text.get(..10).filter(|_| with_offset).and_then(|date| date.parse().ok());
            date.ok_or_else(|| no_date(text))?
        }
    };
    Ok(date.to_string())
}

/// A whole number, which may be grouped.
pub(crate) fn whole(text: &str) -> Result<i64, String> {
    let expected = || format!("{} is no whole number", quoted(text));
    let plain: String = spaces_out(text);
    let digits = match plain.find([',', '.']) {
        None => plain,
        // `1.234` is no fraction where there are none.
        Some(at) => grouped(&plain, char::from(plain.as_bytes()[at])).ok_or_else(expected)?,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected());
    }
    digits.parse().map_err(|_| expected())
}

/// An amount of money.
pub(crate) fn money(text: &str) -> Result<Money, String> {
    let expected = || format!("{} is no amount; write 1234.50", quoted(text));
    let mut rest = text.trim();
    let (mut currency, mut dollars) = (None, false);
    for _ in 0..2 {
        for (sign, code) in [("€", "EUR"), ("£", "GBP")] {
            if let Some(bare) = rest.strip_prefix(sign).or_else(|| rest.strip_suffix(sign)) {
                if currency.replace(code.to_owned()).is_some_and(|other| other != code) {
                    return Err(expected());
                }
                rest = bare.trim();
            }
        }
        if let Some(bare) = rest.strip_prefix('$').or_else(|| rest.strip_suffix('$')) {
            (rest, dollars) = (bare.trim(), true);
        }
        let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        let before = rest.get(..3).filter(|code| is_code(code)).map(|code| (code, &rest[3..]));
        let after = || {
            let at = rest.len().checked_sub(3)?;
            rest.get(at..).filter(|code| is_code(code)).map(|code| (code, &rest[..at]))
        };
        if let Some((code, bare)) = before.or_else(after) {
            if currency.replace(code.to_owned()).is_some_and(|other| other != code) {
                return Err(expected());
            }
            rest = bare.trim();
        }
    }
    let (is_negative, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let plain = spaces_out(rest);
    let (whole, parts) = split(&plain).ok_or_else(expected)?.map_err(|()| {
        let whole: String = plain.chars().filter(char::is_ascii_digit).collect();
        let fraction = plain.replace(',', ".");
        format!("{} can be {whole} or {fraction}; if it is the first, write {whole}.00", quoted(text))
    })?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && parts.is_empty() || !all_digits(&whole) || !all_digits(&parts) {
        return Err(expected());
    }
    let (cents, beyond) = parts.split_at_checked(2).unwrap_or((&parts, ""));
    if beyond.bytes().any(|digit| digit != b'0') {
        return Err(format!("{} has parts of a cent", quoted(text)));
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| expected())? };
    let cents: i64 = format!("{cents:0<2}").parse().map_err(|_| expected())?;
    let amount = whole.checked_mul(100).and_then(|whole| whole.checked_add(cents)).ok_or_else(expected)?;
    Ok(Money { cents: if is_negative { -amount } else { amount }, currency, dollars })
}

/// The digits before and after the point; `Err` where the mark can be either, `None`
/// where there is no number.
fn split(plain: &str) -> Option<Result<(String, String), ()>> {
    let marks: Vec<(usize, char)> = plain.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let Some(&(last, mark)) = marks.last() else { return Some(Ok((plain.to_owned(), String::new()))) };
    let (before, after) = (&plain[..last], &plain[last + 1..]);
    let others = marks.iter().filter(|(_, other)| *other != mark).count();
    if others > 0 {
        // Two kinds: the last one is the point, and stands there once.
        if marks.len() - others != 1 {
            return None;
        }
        let group = if mark == '.' { ',' } else { '.' };
        return Some(Ok((grouped(before, group)?, after.to_owned())));
    }
    if marks.len() > 1 {
        return Some(Ok((grouped(plain, mark)?, String::new())));
    }
    let can_be_group = after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
    if can_be_group {
        return Some(Err(()));
    }
    Some(Ok((before.to_owned(), after.to_owned())))
}

/// The digits of groups of three.
fn grouped(text: &str, mark: char) -> Option<String> {
    let mut groups = text.split(mark);
    let first = groups.next()?;
    let is_first = (1..=3).contains(&first.len());
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    if !is_first || !digits(first) {
        return None;
    }
    let mut all = first.to_owned();
    for group in groups {
        if group.len() != 3 || !digits(group) {
            return None;
        }
        all.push_str(group);
    }
    Some(all)
}

/// Without the marks that group digits and mean nothing else. What is not grouped by
/// three stays as it is, and is no number then.
fn spaces_out(text: &str) -> String {
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\'' | '\u{2019}');
    let end = text.find([',', '.']).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end);
    if !whole.contains(is_space) {
        return text.to_owned();
    }
    match grouped(&whole.replace(is_space, "\u{1}"), '\u{1}') {
        Some(digits) => digits + rest,
        None => text.to_owned(),
    }
}

/// An address, in lower case.
pub(crate) fn address(text: &str) -> Result<String, String> {
    let is_whole = text.split_once('@').is_some_and(|(who, domain)| {
        !who.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains([' ', ',', ';', '<', '>'])
    });
    if is_whole { Ok(text.to_lowercase()) } else { Err(format!("{} is no e-mail address", quoted(text))) }
}

/// The domain of a company: the name of its host, without `www.`.
pub(crate) fn domain(text: &str) -> Result<String, String> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let host = url::Url::parse(&whole).ok().and_then(|url| url.domain().map(str::to_lowercase));
    let host = host.filter(|host| host.contains('.')).ok_or_else(|| format!("{} is no domain", quoted(text)))?;
    Ok(host.strip_prefix("www.").unwrap_or(&host).to_owned())
}

/// Several in one cell.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split([';', ',', '\n']).map(super::sheet::trimmed).filter(|part| !part.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_where_it_means_one_thing() {
        for (text, cents, currency) in [
            ("1234", 123_400, None),
            ("1234.5", 123_450, None),
            ("1,234.50", 123_450, None),
            ("1.234,50", 123_450, None),
            ("€1.234,50", 123_450, Some("EUR")),
            ("1 234,50 €", 123_450, Some("EUR")),
            ("1'234.50", 123_450, None),
            ("£1,234,567", 123_456_700, Some("GBP")),
            ("USD 12.00", 1_200, Some("USD")),
            ("$12", 1_200, None),
            ("-5,5", -550, None),
            ("0.500", 50, None),
            ("15000.000", 1_500_000, None),
            (".5", 50, None),
        ] {
            let read = money(text).unwrap();
            assert_eq!((read.cents, read.currency.as_deref()), (cents, currency), "{text}");
            assert_eq!(read.dollars, text.starts_with('$'));
        }
    }

    #[test]
    fn an_amount_that_means_two_things_or_none_is_refused() {
        for (text, want) in [
            ("1.234", "\"1.234\" can be 1234 or 1.234; if it is the first, write 1234.00"),
            ("€1,234", "can be 1234 or 1.234"),
            ("250k", "is no amount"),
            ("12,34,567", "is no amount"),
            ("1.2.3,4,5", "is no amount"),
            ("1 2 3", "is no amount"),
            ("", "is no amount"),
            (".", "is no amount"),
            ("€5 $", "is no amount"),
            ("€5 £", "is no amount"),
            ("=1+1", "is no amount"),
            ("1.2345", "has parts of a cent"),
            ("99999999999999999999", "is no amount"),
            ("92233720368547758.08", "is no amount"),
        ] {
            match money(text) {
                // Which dollars is asked where the row is known.
                Ok(read) => assert!(text == "€5 $" && read.dollars, "{text}: {read:?}"),
                Err(said) => assert!(said.contains(want), "{text}: {said}"),
            }
        }
    }

    #[test]
    fn a_time_is_by_the_clocks_of_its_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, want) in [
            ("2024-03-01 14:22", "2024-03-01T13:22:00.000Z"),
            ("2024-07-01T14:22:05", "2024-07-01T12:22:05.000Z"),
            ("2024-03-01", "2024-02-29T23:00:00.000Z"),
            ("2024-03-01T14:22:00Z", "2024-03-01T14:22:00.000Z"),
            ("2024-03-01T14:22:00.5-05:00", "2024-03-01T19:22:00.500Z"),
        ] {
            assert_eq!(instant(text, Some(&berlin)).unwrap(), want);
        }
        for (text, want) in [
            ("2024-03-31 02:30", "is not on the clocks"),
            ("2024-10-27 02:30", "is twice on the clocks"),
            ("03/01/2024", "\"03/01/2024\" is no date; write 2024-03-01 or 2024-03-01 14:22"),
            ("2024-02-30", "is no date"),
            ("soon", "is no date"),
        ] {
            let said = instant(text, Some(&berlin)).unwrap_err();
            assert!(said.contains(want), "{said}");
        }
        assert!(instant("2024-03-01 14:22", None).unwrap_err().contains("say --zone"));
        for (text, want) in [
            ("2024-03-01", "2024-03-01"),
            ("2024-03-01 23:59", "2024-03-01"),
            ("2024-03-01T23:59:00-05:00", "2024-03-01"),
        ] {
            assert_eq!(day(text).unwrap(), want);
        }
        assert!(day("2024-13-01").is_err() && day("1.3.2024").is_err());
    }

    #[test]
    fn numbers_addresses_domains_and_lists() {
        for (text, want) in [("250", 250), ("1,200", 1200), ("1.200", 1200), ("12 000", 12_000)] {
            assert_eq!(whole(text).unwrap(), want);
        }
        for text in ["51-200", "1,5", "", "-3", "2k", "99999999999999999999"] {
            assert!(whole(text).unwrap_err().contains("is no whole number"), "{text}");
        }
        assert_eq!(address("Mira@Globex.Test").unwrap(), "mira@globex.test");
        for text in ["mira", "@globex.test", "mira@", "a@b@c", "Mira <mira@globex.test>", "a@b, c@d"] {
            assert!(address(text).unwrap_err().contains("is no e-mail address"), "{text}");
        }
        for text in ["globex.test", "https://www.globex.test/about?x=1", "WWW.Globex.Test", "globex.test/"] {
            assert_eq!(domain(text).unwrap(), "globex.test");
        }
        for text in ["globex", "", "a b.test", "https://"] {
            assert!(domain(text).unwrap_err().contains("is no domain"), "{text}");
        }
        assert_eq!(list(" a; b,\nc;; ").collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
