//! Names of people.

/// Whether two names mean the same person: the same words, or one is the first
/// name of the other. A first name alone never matches another first name's
/// bearer with a different surname.
pub fn same_person(a: &str, b: &str) -> bool {
    let (a, b) = (words(a), words(b));
    match (a.as_slice(), b.as_slice()) {
        ([], _) | (_, []) => false,
        ([one], [first, ..]) | ([first, ..], [one]) => one == first,
        (a, b) => a == b,
    }
}

fn words(name: &str) -> Vec<String> {
    // "Nair, Priya" and "Priya Nair (Quillmere)" are both common in invitations.
    let name = name.split('(').next().unwrap_or_default();
    let turned = match name.split_once(',') {
        Some((last, first)) => format!("{first} {last}"),
        None => name.to_owned(),
    };
    turned.split_whitespace().map(str::to_lowercase).collect()
}

/// The first name; the whole text when it is one word or an address.
pub fn first_name(name: &str) -> &str {
    let name = name.trim();
    let first_word = |text: &'_ str| text.split_whitespace().next().map(str::len);
    match name.split_once(',') {
        Some((_, first)) if !first.trim().is_empty() => {
            let first = first.trim();
            &first[..first_word(first).unwrap_or(first.len())]
        }
        _ => &name[..first_word(name).unwrap_or(name.len())],
    }
}

/// Most first names in a greeting; a longer list greets everybody.
const MAX_GREETED: usize = 3;

/// First names for a greeting: `Ada`, `Ada and Ben`, `Ada, Ben and Cy`, `all`.
/// None when nobody has a name.
pub fn greeting_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let firsts: Vec<&str> = names.into_iter().map(first_name).filter(|name| !name.is_empty()).collect();
    match firsts.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        many if many.len() > MAX_GREETED => Some("all".to_owned()),
        [rest @ .., last] => Some(format!("{} and {last}", rest.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_meet() {
        for (a, b, same) in [
            ("Ada Reed", "ada  reed", true),
            ("Ada", "Ada Reed", true),
            ("Reed, Ada", "Ada Reed", true),
            ("Ada Reed (Acme)", "Ada Reed", true),
            ("Ada Reed", "Ada Stone", false),
            ("Reed", "Ada Reed", false),
            ("", "Ada", false),
        ] {
            assert_eq!(same_person(a, b), same, "{a} / {b}");
        }
    }

    #[test]
    fn greetings() {
        assert_eq!(greeting_names([]), None);
        assert_eq!(greeting_names(["Ada Reed"]).as_deref(), Some("Ada"));
        assert_eq!(greeting_names(["Ada Reed", "Stone, Ben"]).as_deref(), Some("Ada and Ben"));
        assert_eq!(greeting_names(["Ada", "Ben", "Cy"]).as_deref(), Some("Ada, Ben and Cy"));
        assert_eq!(greeting_names(["Ada", "Ben", "Cy", "Di"]).as_deref(), Some("all"));
    }
}
