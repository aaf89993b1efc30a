//! Mail domains: whose they are.

/// Mail services whose domain says nothing of where somebody works.
#[rustfmt::skip]
const FREE_MAIL: &[&str] = &[
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "yahoo.co.uk",
    "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "proton.me",
    "protonmail.com", "mail.com", "mail.ru", "yandex.ru", "qq.com", "163.com", "orange.fr", "free.fr", "wanadoo.fr",
    "laposte.net", "libero.it", "seznam.cz", "wp.pl", "o2.pl", "btinternet.com", "comcast.net", "verizon.net", "zoho.com",
    "fastmail.com", "hey.com", "rediffmail.com", "bigpond.com", "shaw.ca",
];

/// What stands behind the `@`; empty when there is none.
#[must_use]
pub fn domain_of(address: &str) -> &str {
    address.trim().trim_end_matches('>').rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether a domain is a mail service's, which anybody has an address at.
#[must_use]
pub fn is_free_mail(domain: &str) -> bool {
    FREE_MAIL.contains(&domain.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        assert_eq!(domain_of("Mira <m@globex.test>"), "globex.test");
        assert_eq!(domain_of("mira"), "");
        assert!(is_free_mail("GMail.com") && !is_free_mail("globex.test"));
    }
}
