//! Who may get the mail.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use skillhost_sdk::sources::Contact;
use skillhost_sdk::{Failure, Optional, Query, context};

/// Most recipients and copies together; more is a campaign, which is another thing.
const MAX_RECIPIENTS: usize = 20;
/// Longest address and local part, by RFC 5321.
const MAX_ADDRESS: usize = 254;
const MAX_LOCAL: usize = 64;

/// A recipient of the draft that gets no mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// As the draft had it, on one line.
    pub address: String,
    /// Why.
    pub reason: String,
}

/// Who gets it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub left_out: Vec<LeftOut>,
    /// Names of those in `to` that are known.
    pub names: Vec<String>,
    /// Names of known people who were left out.
    pub left_names: Vec<String>,
    /// The first known contact in `to`.
    pub contact_id: Option<String>,
}

/// Whether it is one plain address `local@host.tld`: what every mail server
/// takes, and nothing that a header could be broken with. Quoted local parts are
/// legal and refused; no rep's contact has one.
pub fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let local_ok = (1..=MAX_LOCAL).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= MAX_ADDRESS && local_ok && host.contains('.') && host.split('.').all(label_ok)
}

/// Valid addresses once each, without those that must not be written to.
///
/// # Errors
/// `no-recipient` when nobody is left in `to`, `too-many-recipients`, and what
/// the contact source says.
pub fn check(to: &[String], cc: &[String]) -> Result<Recipients, Failure> {
    let mut found = Recipients::default();
    let mut seen: Vec<String> = Vec::new();
    let mut valid: Vec<(String, bool)> = Vec::new();
    for (address, is_copy) in to.iter().map(|a| (a, false)).chain(cc.iter().map(|a| (a, true))) {
        let bare = address.trim().to_lowercase();
        if !is_address(&bare) {
            found.left_out.push(LeftOut {
                address: meeting_record::shortened(address, MAX_LOCAL),
                reason: "not a valid address".to_owned(),
            });
        } else if !seen.contains(&bare) {
            seen.push(bare.clone());
            valid.push((bare, is_copy));
        }
    }
    if valid.len() > MAX_RECIPIENTS {
        return Err(Failure::invalid(
            "too-many-recipients",
            format!("{} recipients, where {MAX_RECIPIENTS} is the most a mail may have", valid.len()),
        ));
    }
    let queries: Vec<Query> =
        valid.iter().map(|(address, _)| Query::new("contact", json!({"email": address}))).collect();
    let contacts = context::read_all::<Contact>(&queries);
    for ((address, is_copy), contact) in valid.into_iter().zip(contacts) {
        let contact = contact.optional()?.map(|read| read.value);
        match contact {
            Some(contact) if contact.suppressed => {
                found.left_out.push(LeftOut { address, reason: "on the do-not-mail list".to_owned() });
                found.left_names.push(contact.name);
            }
            contact => {
                if is_copy {
                    found.cc.push(address);
                    continue;
                }
                found.to.push(address);
                if let Some(contact) = contact {
                    found.names.push(contact.name);
                    found.contact_id.get_or_insert(contact.id);
                }
            }
        }
    }
    if found.to.is_empty() {
        let reason = match found.left_out.len() {
            0 => "the draft names nobody to send it to".to_owned(),
            n => format!("none of the {n} recipients of the draft may be written to"),
        };
        return Err(Failure::invalid("no-recipient", reason));
    }
    // A list of names that leaves somebody out reads as if they got no mail.
    if found.names.len() < found.to.len() {
        found.names.clear();
    }
    Ok(found)
}

/// A mail to colleagues only is no mail to a prospect: something went wrong before.
///
/// # Errors
/// `internal-only`.
pub fn refuse_internal_only(recipients: &Recipients, domains: &[String]) -> Result<(), Failure> {
    let inside = |address: &String| {
        let person = meeting_record::Attendee { name: String::new(), email: Some(address.clone()) };
        person.is_at(domains)
    };
    if recipients.to.iter().all(inside) {
        return Err(Failure::invalid("internal-only", "every recipient is a colleague"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["mira@globex.test", "m.holt+crm@mail.globex.test", "o'neil@globex.test", "jürgen@bücher.test"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "mira",
            "@globex.test",
            "mira@globex",
            "mira@@globex.test",
            "mira@globex..test",
            "mira@-globex.test",
            ".mira@globex.test",
            "mi ra@globex.test",
            "mira@globex.test\r\nBcc: all@globex.test",
            "Mira <mira@globex.test>",
            "mira@globex.test, jo@globex.test",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
        assert!(!is_address(&format!("{}@globex.test", "a".repeat(65))));
    }
}
