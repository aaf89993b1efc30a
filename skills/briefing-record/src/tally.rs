//! Counted things in words: `1 meeting`, `3 meetings`.

/// A number with its noun; `s` makes the plural.
#[must_use]
pub fn counted(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// `Ada`, `Ada and Ben`, `Ada, Ben and 2 more`.
#[must_use]
pub fn listed(names: &[String], most: usize) -> String {
    let shown = names.len().min(most.max(1));
    let rest = names.len() - shown;
    match (&names[..shown], rest) {
        ([], _) => String::new(),
        (shown, 0) => match shown {
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
            [] => String::new(),
        },
        (shown, rest) => format!("{} and {rest} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names() {
        assert_eq!((counted(0, "deal").as_str(), counted(1, "deal").as_str()), ("0 deals", "1 deal"));
        let names: Vec<String> = ["Ada", "Ben", "Cy", "Di"].map(str::to_owned).to_vec();
        assert_eq!(listed(&names[..0], 2), "");
        assert_eq!(listed(&names[..1], 2), "Ada");
        assert_eq!(listed(&names[..2], 2), "Ada and Ben");
        assert_eq!(listed(&names, 2), "Ada, Ben and 2 more");
    }
}
