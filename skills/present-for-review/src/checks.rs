//! What a person should look at.

use deal_record::Filled;
use jiff::civil::Date;
use skillhost_sdk::Call;
use skillhost_sdk::sources::Contact;

/// Most warnings on the card; it takes fifty lines in all.
pub(crate) const MOST: usize = 30;
/// Most sums that are named.
const MOST_SUMS: usize = 5;
/// What an unfinished document looks like.
const UNFINISHED: [&str; 8] = ["{{", "}}", "{%", "[name]", "[company]", "[date]", "lorem ipsum", "<insert"];
/// Signs and codes that stand before a sum.
const CURRENCIES: [&str; 14] =
    ["$", "€", "£", "¥", "USD ", "EUR ", "GBP ", "CHF ", "JPY ", "CAD ", "AUD ", "SEK ", "NOK ", "DKK "];

/// A sign that the document is not finished.
pub(crate) fn unfinished(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let tbd = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "TBD" || word == "TBA");
    UNFINISHED.into_iter().find(|sign| lower.contains(sign)).or(tbd.then_some("TBD"))
}

/// Sums in the text that no filled value has: they stand in the template itself, or
/// were said in the call.
pub(crate) fn sums(text: &str, values: &[Filled]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for sum in sums_in(text) {
        let is_filled = values.iter().any(|value| sums_in(&value.value).contains(&sum));
        let told = format!("{sum} is in the document and not from the CRM");
        if !is_filled && !found.contains(&told) && found.len() < MOST_SUMS {
            found.push(told);
        }
    }
    found
}

/// Sums as they are written: a sign or code, and digits with their marks.
fn sums_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for currency in CURRENCIES {
        for (at, _) in text.match_indices(currency) {
            let digits: String = text[at + currency.len()..]
                .chars()
                .take_while(|c| c.is_ascii_digit() || [',', '.'].contains(c))
                .collect();
            let digits = digits.trim_end_matches([',', '.']);
            if digits.starts_with(|c: char| c.is_ascii_digit()) {
                found.push(format!("{currency}{digits}"));
            }
        }
    }
    found
}

/// A close date that is over.
pub(crate) fn close_date(values: &[Filled], call: &Call) -> Option<String> {
    let value = values.iter().find(|value| value.source == "deal.close_date")?;
    let close = Date::strptime("%d %B %Y", &value.value).ok()?;
    let today: Date = deal_record::day_of(call.now_ms(), &call.zone)?.parse().ok()?;
    (close < today).then(|| format!("the close date {} is over", value.value))
}

/// Whether the mail after it can go anywhere.
pub(crate) fn recipient(contact: Option<&Contact>) -> Option<String> {
    match contact {
        None => Some("no contact is known to send it to".to_owned()),
        Some(contact) if contact.suppressed => Some(format!("{} must not be written to", contact.name)),
        Some(contact) if contact.email.as_deref().is_none_or(|email| email.trim().is_empty()) => {
            Some(format!("{} has no address", contact.name))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(value: &str, source: &str) -> Filled {
        Filled { value: value.to_owned(), source: source.to_owned(), ..Filled::default() }
    }

    #[test]
    fn sums_from_elsewhere_are_named() {
        let values = [filled("$48,000.00", "deal.amount_cents"), filled("- Acme Flow: CHF 1,200.00", "products")];
        let text = "We ask $48,000.00, and CHF 1,200.00 a month. Set-up is $5,000.00, $5,000.00 in all. USD is fine.";
        assert_eq!(sums(text, &values), ["$5,000.00 is in the document and not from the CRM"]);
        assert!(sums("no sum, $ and € alone", &values).is_empty());
    }

    #[test]
    fn what_is_not_finished_is_seen() {
        for text in ["Dear {{name}}", "Price: TBD", "Lorem Ipsum dolor", "Dear [Name],"] {
            assert!(unfinished(text).is_some(), "{text}");
        }
        assert_eq!(unfinished("The outbdoor price is set."), None);
    }
}
