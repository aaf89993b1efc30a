//! Whose a mail address is.

/// Whether a mail address, with or without a name around it, is at one of these domains or
/// below one: a colleague at `uk.acme.test` is one of `acme.test`.
#[must_use]
pub fn is_at(address: &str, domains: &[String]) -> bool {
    let Some((_, host)) = address.trim().trim_end_matches('>').rsplit_once('@') else { return false };
    domains.iter().any(|domain| is_under(host, domain))
}

/// Whether a host is this domain or below it.
#[must_use]
pub fn is_under(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.trim().to_lowercase(), domain.trim().to_lowercase());
    !domain.is_empty() && (host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_below_a_domain_is_of_it() {
        let own = ["Acme.test".to_owned(), String::new()];
        for address in ["ada@acme.test", "ada@uk.ACME.test ", "Ada Reed <ada@uk.acme.test>"] {
            assert!(is_at(address, &own), "{address}");
        }
        for address in ["ada@notacme.test", "ada@acme.test.example", "acme.test", "", "ada@"] {
            assert!(!is_at(address, &own), "{address}");
        }
    }
}
