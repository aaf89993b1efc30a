//! Whether two names of a company are one.

/// Endings that only say what kind of company it is.
const LEGAL: [&str; 16] = [
    "inc",
    "ltd",
    "limited",
    "llc",
    "llp",
    "gmbh",
    "ag",
    "se",
    "sa",
    "bv",
    "nv",
    "plc",
    "corp",
    "corporation",
    "co",
    "company",
];

/// Whether they are the same words, legal endings aside, or one begins with all of
/// the other: `Globex` and `Globex Logistics`. Precision would have them apart, but
/// a false "left the company" costs more.
#[must_use]
pub fn same_company(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    !one.is_empty() && !other.is_empty() && (one.starts_with(&other) || other.starts_with(&one))
}

fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL.contains(&word.as_str())) {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_meet() {
        for (one, other, want) in [
            ("Globex GmbH", "globex", true),
            ("Globex", "Globex Logistics Ltd.", true),
            ("Globex", "Initech", false),
            ("", "Globex", false),
            ("Co", "Co", true),
        ] {
            assert_eq!(same_company(one, other), want, "{one} / {other}");
        }
    }
}
