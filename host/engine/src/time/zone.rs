//! Names of time zones, as people write them.

/// Below this, two names have too little in common to be a slip.
const LEAST_LIKENESS: f64 = 0.7;

/// Whether this host knows the zone.
pub fn is_known(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// What is wrong with the name of a zone, with one that was perhaps meant.
///
/// # Errors
/// This host knows no zone of that name.
pub fn check(name: &str) -> Result<(), String> {
    if is_known(name) {
        return Ok(());
    }
    let hint = match nearest(name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write an IANA name, as `Europe/Berlin` is one".to_owned(),
    };
    Err(format!("`{name}` is no time zone ({hint})"))
}

/// The known zone whose name, or whose city, is most like this one.
fn nearest(name: &str) -> Option<String> {
    let plain = |text: &str| text.trim().replace(' ', "_").to_lowercase();
    let place = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let (wanted, city) = (plain(name), place(&plain(name)));
    let likeness = |known: &str| {
        let known = plain(known);
        let whole = strsim::normalized_damerau_levenshtein(&wanted, &known);
        // Of two zones with one city the one whose whole name is nearer.
        whole.max(strsim::normalized_damerau_levenshtein(&city, &place(&known)) - (1.0 - whole) / 100.0)
    };
    let known = jiff::tz::db().available().map(|name| name.as_str().to_owned());
    let likely = known.map(|name| (likeness(&name), name)).filter(|(likeness, _)| *likeness >= LEAST_LIKENESS);
    likely.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1))).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::check;

    #[test]
    fn a_slip_is_told_with_what_was_meant() {
        for name in ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"] {
            check(name).unwrap();
        }
        for (slip, meant) in [
            ("Europe/Berln", "did you mean `Europe/Berlin`?"),
            ("Germany/Berlin", "did you mean `Europe/Berlin`?"),
            ("new york", "did you mean `America/New_York`?"),
            ("Mars/Olympus", "write an IANA name"),
            ("", "write an IANA name"),
        ] {
            let said = check(slip).unwrap_err();
            assert!(said.contains(meant) && said.contains(&format!("`{slip}` is no time zone")), "{said}");
        }
    }
}
