//! Money as it stands in a document.
//!
//! Amounts come as hundredths of a currency, whatever that currency's own
//! smallest coin is. They are written exactly: where a currency has no
//! hundredths and the amount needs them, nothing is written.

use iso_currency::Currency;

/// Signs that mean one currency to everybody who reads them in English; all
/// others are written as their code, because `$` and `kr` are many.
const SIGNS: [(&str, &str); 3] = [("USD", "$"), ("EUR", "€"), ("GBP", "£")];
/// Digits that an amount comes with.
const HUNDREDTHS: u32 = 2;

/// `4800000` of `USD` as `$48,000.00`, of `CHF` as `CHF 48,000.00`, of `JPY` as
/// `JPY 48,000`. None for a code that is no currency, or an amount that the
/// currency cannot be paid in.
pub fn money(cents: i64, currency: &str) -> Option<String> {
    let code = currency.trim().to_uppercase();
    let digits = u32::from(Currency::from_code(&code)?.exponent()?);
    let amount = cents.unsigned_abs();
    let (whole, part) = (amount / 100, amount % 100);
    let part = match digits {
        0 if part == 0 => String::new(),
        1 if part % 10 == 0 => format!(".{}", part / 10),
        0 | 1 => return None,
        more => format!(".{part:02}{}", "0".repeat(usize::try_from(more - HUNDREDTHS).ok()?)),
    };
    let minus = if cents < 0 { "-" } else { "" };
    let number = format!("{}{part}", grouped(whole));
    Some(match SIGNS.iter().find(|(known, _)| *known == code) {
        Some((_, sign)) => format!("{minus}{sign}{number}"),
        None => format!("{code} {minus}{number}"),
    })
}

fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_sums() {
        for (cents, currency, want) in [
            (4_800_000, "USD", Some("$48,000.00")),
            (4_900, "eur", Some("€49.00")),
            (5, "GBP", Some("£0.05")),
            (0, "USD", Some("$0.00")),
            (-123_456, "USD", Some("-$1,234.56")),
            (123_456_789, "CHF", Some("CHF 1,234,567.89")),
            (500_000, "JPY", Some("JPY 5,000")),
            (500_001, "JPY", None),
            (1_234, "KWD", Some("KWD 12.340")),
            (100, "XYZ", None),
            (100, "", None),
            (100, "XAU", None),
        ] {
            assert_eq!(money(cents, currency).as_deref(), want, "{cents} {currency}");
        }
        assert_eq!(money(i64::MIN, "USD").as_deref(), Some("-$92,233,720,368,547,758.08"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_exactly(cents: i64) {
            let text = money(cents, "USD").unwrap_or_default();
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let back: i128 = digits.parse().unwrap_or(-1);
            prop_assert_eq!(if text.starts_with('-') { -back } else { back }, i128::from(cents));
            let whole = text.trim_start_matches(['-', '$']).split('.').next().unwrap_or_default();
            let groups: Vec<&str> = whole.split(',').collect();
            prop_assert!(groups.iter().skip(1).all(|group| group.len() == 3), "{}", text);
            prop_assert!(!groups[0].is_empty() && groups[0].len() <= 3, "{}", text);
        }
    }
}
