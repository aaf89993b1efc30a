//! How senior a job title is.

/// Words and what they make of a title, the first that stands in it decides.
const ROWS: [(&[&str], &str); 14] = [
    (&["assistant"], "staff"),
    (&["vice", "president"], "vp"),
    (&["vp"], "vp"),
    (&["svp"], "vp"),
    (&["evp"], "vp"),
    (&["managing", "director"], "executive"),
    (&["chief"], "executive"),
    (&["president"], "executive"),
    (&["founder"], "executive"),
    (&["owner"], "executive"),
    (&["director"], "director"),
    (&["head"], "director"),
    (&["manager"], "manager"),
    (&["lead"], "manager"),
];
/// Short titles of the first row of a company.
const CHIEFS: [&str; 9] = ["ceo", "cfo", "cto", "coo", "cio", "ciso", "cmo", "cro", "cpo"];
/// Owners that own no company.
const OWNED_THINGS: [&str; 3] = ["product", "process", "service"];

/// From a title; none where it does not say.
pub(crate) fn of_title(title: &str) -> Option<&'static str> {
    let words: Vec<String> =
        title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    if has("owner") && OWNED_THINGS.iter().any(|thing| has(thing)) {
        return Some("staff");
    }
    // "Cofounder" and "co-founder" are founders; "deputy" and "former" decide nothing.
    let row = ROWS.iter().find(|(row, _)| row.iter().all(|word| has(word)));
    match row {
        Some((row, what)) if row.contains(&"assistant") => Some(what),
        _ if CHIEFS.iter().any(|chief| has(chief)) || has("cofounder") => Some("executive"),
        row => row.map(|(_, what)| *what),
    }
}

/// From the word of a provider.
pub(crate) fn of_word(word: &str) -> Option<&'static str> {
    Some(match word.trim().to_lowercase().replace([' ', '-'], "_").as_str() {
        "owner" | "founder" | "c_suite" | "c_level" | "executive" | "partner" => "executive",
        "vp" | "vice_president" => "vp",
        "head" | "director" => "director",
        "manager" => "manager",
        "senior" | "entry" | "intern" | "staff" => "staff",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_read() {
        for (title, want) in [
            ("VP Operations", Some("vp")),
            ("Vice President, Finance", Some("vp")),
            ("President", Some("executive")),
            ("COO", Some("executive")),
            ("Assistant to the CEO", Some("staff")),
            ("Executive Assistant", Some("staff")),
            ("Co-Founder & Head of Product", Some("executive")),
            ("Product Owner", Some("staff")),
            ("Managing Director", Some("executive")),
            ("Head of IT", Some("director")),
            ("Depot Manager", Some("manager")),
            ("Buyer", None),
            ("", None),
        ] {
            assert_eq!(of_title(title), want, "{title}");
        }
        assert_eq!((of_word("C-Suite"), of_word("wizard")), (Some("executive"), None));
    }
}
