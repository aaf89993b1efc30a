//! Times as subtitles write them.

/// `HH:MM:SS.mmm`, `MM:SS,mmm`, `H:MM:SS`, `MM:SS`: any number of hours, point or
/// comma, fraction of 1 to 9 digits or none. `None` for anything else.
pub(super) fn millis(text: &str) -> Option<u64> {
    let (clock, fraction) = match text.find(['.', ',']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let number = |part: &str| {
        (!part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u64>().ok())
            .flatten()
    };
    let mut parts = clock.split(':').rev();
    let seconds = number(parts.next()?)?;
    let minutes = number(parts.next()?)?;
    let hours = match parts.next() {
        Some(part) => number(part)?,
        None => 0,
    };
    if parts.next().is_some() || seconds > 59 || (hours > 0 && minutes > 59) {
        return None;
    }
    let millis = match fraction {
        Some(digits) => {
            let whole = number(digits)?;
            let scale = 10_u64.pow(u32::try_from(digits.len()).ok()?);
            whole * 1000 / scale
        }
        None => 0,
    };
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

/// `start --> end settings`; the end may be missing or broken.
pub(super) fn range(line: &str) -> Option<(u64, Option<u64>)> {
    let (start, rest) = line.split_once("-->")?;
    let start = millis(start.trim())?;
    let end = rest.split_whitespace().next().and_then(millis);
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_time() {
        for (text, want) in [
            ("00:01.500", Some(1_500)),
            ("00:00:01,500", Some(1_500)),
            ("1:02:03", Some(3_723_000)),
            ("75:10", Some(4_510_000)),
            ("1000:00:00.000", Some(3_600_000_000)),
            ("00:00:01.5", Some(1_500)),
            ("00:00:01.123456", Some(1_123)),
            ("00:61", None),
            ("01:61:00", None),
            ("1:2:3:4", None),
            ("12", None),
            (":", None),
            ("00:0x", None),
            ("00:01.", None),
        ] {
            assert_eq!(millis(text), want, "{text}");
        }
        assert_eq!(range("00:01.000 --> 00:02.000 align:start"), Some((1_000, Some(2_000))));
        assert_eq!(range("00:01.000 --> ?"), Some((1_000, None)));
        assert_eq!(range("a --> b"), None);
    }
}
