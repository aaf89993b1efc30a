//! Money as it is written: from integer cents, never rounded.

use std::collections::BTreeMap;

/// Currencies whose sign everybody knows.
const SIGNS: [(&str, &str); 3] = [("USD", "$"), ("EUR", "€"), ("GBP", "£")];

/// `$42,000`, `€1,250.50`, `CHF 900`; without a currency the bare number.
#[must_use]
pub fn written(cents: i64, currency: Option<&str>) -> String {
    let currency = currency.map(str::trim).filter(|code| !code.is_empty()).unwrap_or_default().to_uppercase();
    let magnitude = i128::from(cents).abs();
    let (whole, rest) = (magnitude / 100, magnitude % 100);
    let mut number = grouped(whole);
    if rest != 0 {
        number.push_str(&format!(".{rest:02}"));
    }
    let sign = if cents < 0 { "-" } else { "" };
    match SIGNS.iter().find(|(code, _)| *code == currency) {
        Some((_, mark)) => format!("{sign}{mark}{number}"),
        None if currency.is_empty() => format!("{sign}{number}"),
        None => format!("{sign}{currency} {number}"),
    }
}

fn grouped(whole: i128) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Sums, one a currency: amounts of two currencies are never added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    by_currency: BTreeMap<String, i64>,
    unpriced: usize,
}

impl Sums {
    /// Adds an amount; one that is not known is counted as such.
    pub fn add(&mut self, cents: Option<i64>, currency: Option<&str>) {
        match cents {
            Some(cents) => {
                let sum = self.by_currency.entry(currency.unwrap_or_default().trim().to_uppercase()).or_default();
                *sum = sum.saturating_add(cents);
            }
            None => self.unpriced += 1,
        }
    }

    /// By currency; an empty code stands for none given.
    pub fn by_currency(&self) -> impl Iterator<Item = (&str, i64)> {
        self.by_currency.iter().map(|(code, sum)| (code.as_str(), *sum))
    }

    /// How many had no amount.
    #[must_use]
    pub fn unpriced(&self) -> usize {
        self.unpriced
    }

    /// `$42,000 and €3,000`; none where nothing has an amount.
    #[must_use]
    pub fn written(&self) -> Option<String> {
        let parts: Vec<String> = self.by_currency().map(|(code, sum)| written(sum, Some(code))).collect();
        match parts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [rest @ .., last] => Some(format!("{} and {last}", rest.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact() {
        for (cents, currency, want) in [
            (4_800_000, Some("USD"), "$48,000"),
            (125_050, Some("eur"), "€1,250.50"),
            (90_005, Some("CHF"), "CHF 900.05"),
            (-5, Some("GBP"), "-£0.05"),
            (100, None, "1"),
            (i64::MIN, Some("USD"), "-$92,233,720,368,547,758.08"),
        ] {
            assert_eq!(written(cents, currency), want);
        }
    }

    #[test]
    fn currencies_are_not_mixed() {
        let mut sums = Sums::default();
        assert_eq!(sums.written(), None);
        for (cents, currency) in
            [(Some(100), Some("USD")), (Some(250), Some("usd")), (Some(300), Some("EUR")), (None, None)]
        {
            sums.add(cents, currency);
        }
        assert_eq!(sums.written().as_deref(), Some("€3 and $3.50"));
        assert_eq!(sums.unpriced(), 1);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_writing(cents in any::<i64>()) {
            let text = written(cents, Some("USD"));
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let read: i128 = digits.parse().unwrap_or(-1);
            let read = if text.contains('.') { read } else { read * 100 };
            prop_assert_eq!(read, i128::from(cents).abs());
            prop_assert_eq!(text.starts_with('-'), cents < 0);
        }
    }
}
