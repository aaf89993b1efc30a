//! A mail as the rules see it.

use std::collections::BTreeMap;

use skillhost_sdk::address::is_at;

/// Prefixes that programs put before a subject: answers and forwards, in the
/// languages they are translated to.
const PREFIXES: [&str; 24] = [
    "re", "aw", "sv", "vs", "antw", "odp", "rif", "ris", "res", "r", "fw", "fwd", "wg", "tr", "vb", "vl", "rv", "i",
    "doorst", "enc", "pd", "ang", "ynt", "bls",
];
/// Those of them that say that a letter was passed on.
const FORWARDS: [&str; 10] = ["fw", "fwd", "wg", "tr", "vb", "vl", "i", "doorst", "enc", "pd"];

/// A mail that came in, and who it came to.
#[derive(Clone, Copy, Debug)]
pub struct Mail<'a> {
    /// The sender's address, lower case.
    pub from: &'a str,
    /// The sender's name, where the mail has one.
    pub from_name: &'a str,
    /// Subject.
    pub subject: &'a str,
    /// Text.
    pub body: &'a str,
    /// Headers, names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    /// Whether it answers a mail of ours.
    pub answers: bool,
    /// Our own mail domains.
    pub own_domains: &'a [String],
    /// Our org's and the rep's names, which are nobody new.
    pub own_names: &'a [String],
}

impl Mail<'_> {
    /// A header in lower case; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.trim().to_lowercase()).unwrap_or_default()
    }

    /// Whether it comes from a colleague.
    pub(crate) fn is_ours(&self) -> bool {
        self.is_own_address(self.from)
    }

    /// Whether an address is on our side.
    pub(crate) fn is_own_address(&self, address: &str) -> bool {
        is_at(address, self.own_domains)
    }

    /// Whether a name is ours.
    pub(crate) fn is_own_name(&self, name: &str) -> bool {
        let bare = name.to_lowercase();
        self.own_names.iter().any(|own| {
            let own = own.to_lowercase();
            own == bare || own.split_whitespace().next() == Some(bare.as_str()) || own.ends_with(&format!(" {bare}"))
        })
    }

    /// Whether the subject says that a letter was passed on.
    pub(crate) fn is_forward(&self) -> bool {
        prefix(self.subject).is_some_and(|(prefix, _)| FORWARDS.contains(&prefix.as_str()))
    }
}

fn prefix(subject: &str) -> Option<(String, &str)> {
    let (prefix, rest) = subject.split_once(':')?;
    let prefix = prefix.trim().to_lowercase();
    PREFIXES.contains(&prefix.as_str()).then_some((prefix, rest))
}

/// A subject without `Re:`, `AW:`, `Fwd:` and their likes.
pub fn bare_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((_, tail)) = prefix(rest) {
        rest = tail.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_go() {
        assert_eq!(bare_subject("RE: Fwd: AW: the plan: phase one"), "the plan: phase one");
        assert_eq!(bare_subject("Plan: re"), "Plan: re");
        assert_eq!(bare_subject("Re:"), "");
    }
}
