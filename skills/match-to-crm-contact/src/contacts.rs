//! Looking for somebody: by address, by other spellings of it, by name among the
//! people of the conversation and their deals.

use serde_json::json;
use skillhost_language::mail::{domain_of, is_free_mail};
use skillhost_language::match_name;
use skillhost_sdk::sources::{Contact, Deal};
use skillhost_sdk::{Failure, Optional, Query, context};

use crate::output::Match;
use crate::whom::{Whom, is_ours};
use mail_reading::Loaded;

/// Most people of a conversation that are looked up; more is a list.
const MAX_PARTICIPANTS: usize = 12;
/// Most deals whose people are looked at.
const MAX_DEALS: usize = 3;
/// Most people of those deals.
const MAX_COLLEAGUES: usize = 12;
/// Names of one mailbox of the same mail service.
const SAME_SERVICE: [(&str, &str); 2] = [("gmail.com", "googlemail.com"), ("googlemail.com", "gmail.com")];

/// Who was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// Exactly one.
    One {
        /// Who.
        contact: Box<Contact>,
        /// By what.
        how: Match,
    },
    /// More than one that would do.
    Several(Vec<Contact>),
    /// None.
    Nobody,
}

impl Found {
    /// The one.
    pub(crate) fn contact(&self) -> Option<&Contact> {
        match self {
            Self::One { contact, .. } => Some(contact),
            _ => None,
        }
    }

    fn one(contact: Contact, how: Match) -> Self {
        Self::One { contact: Box::new(contact), how }
    }
}

/// Looks in every place, the surest first.
pub(crate) fn find(loaded: &Loaded, whom: &Whom, given: Option<&str>) -> Result<Found, Failure> {
    if let Some(contact) = by_address(&whom.address)? {
        return Ok(Found::one(contact, Match::Address));
    }
    // The host's word counts where the address does not speak against it.
    if let Some(id) = given
        && let Some(read) = context::contact(id).optional()?
        && read.value.email.as_deref().is_none_or(|email| same_mailbox(email, &whom.address))
    {
        return Ok(Found::one(read.value, Match::Given));
    }
    let mut spelled: Vec<Contact> = Vec::new();
    for contact in by_addresses(&spellings(whom))? {
        if !spelled.iter().any(|other| other.id == contact.id) {
            spelled.push(contact);
        }
    }
    match spelled.len() {
        0 => {}
        1 => return Ok(Found::one(spelled.remove(0), Match::Spelling)),
        _ => return Ok(Found::Several(spelled)),
    }
    let Some(name) = whom.name.as_deref().filter(|name| name.split_whitespace().count() >= 2) else {
        return Ok(Found::Nobody);
    };
    let around = participants(loaded, &whom.address)?;
    let (colleagues, same_domain) = colleagues(&around, &whom.address)?;
    for (people, how) in
        [(around, Match::Conversation), (colleagues, if same_domain { Match::Company } else { Match::Conversation })]
    {
        match named(name, people) {
            found @ (Found::One { .. } | Found::Several(_)) => return Ok(with_how(found, how)),
            Found::Nobody => {}
        }
    }
    Ok(Found::Nobody)
}

fn with_how(found: Found, how: Match) -> Found {
    match found {
        Found::One { contact, .. } => Found::One { contact, how },
        other => other,
    }
}

fn by_address(address: &str) -> Result<Option<Contact>, Failure> {
    Ok(context::contact_by_email(address).optional()?.map(|read| read.value))
}

fn by_addresses(addresses: &[String]) -> Result<Vec<Contact>, Failure> {
    let queries: Vec<Query> =
        addresses.iter().map(|address| Query::new("contact", json!({"email": address}))).collect();
    let mut out = Vec::new();
    for answer in context::read_all::<Contact>(&queries) {
        out.extend(answer.optional()?.map(|read| read.value));
    }
    Ok(out)
}

/// Other ways to write the same mailbox.
fn spellings(whom: &Whom) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for address in [Some(&whom.address), whom.answer_to.as_ref()].into_iter().flatten() {
        let Some((local, domain)) = address.split_once('@') else { continue };
        let untagged = local.split_once('+').map_or(local, |(local, _)| local);
        let mut add = |address: String| {
            if address != whom.address && !out.contains(&address) {
                out.push(address);
            }
        };
        add(format!("{local}@{domain}"));
        add(format!("{untagged}@{domain}"));
        for (one, other) in SAME_SERVICE {
            if domain == one {
                add(format!("{untagged}@{other}"));
                add(format!("{}@{one}", untagged.replace('.', "")));
            }
        }
    }
    out
}

/// Whether two addresses are one mailbox, or would be but for a tag.
fn same_mailbox(one: &str, other: &str) -> bool {
    let bare = |address: &str| {
        let lower = address.trim().to_lowercase();
        let (local, domain) = lower.split_once('@').map(|(l, d)| (l.to_owned(), d.to_owned())).unwrap_or_default();
        (local.split('+').next().unwrap_or_default().to_owned(), domain)
    };
    bare(one) == bare(other)
}

/// The contacts of the conversation, the writer's own address left out.
fn participants(loaded: &Loaded, own: &str) -> Result<Vec<Contact>, Failure> {
    let mut addresses: Vec<String> = Vec::new();
    for message in loaded.earlier.iter().rev().chain([&loaded.message]) {
        for address in std::iter::once(&message.from).chain(&message.to).chain(&message.cc) {
            let address = address.trim().to_lowercase();
            let outside = address.contains('@') && address != own && !is_ours(loaded, &address);
            if outside && !addresses.contains(&address) && addresses.len() < MAX_PARTICIPANTS {
                addresses.push(address);
            }
        }
    }
    by_addresses(&addresses)
}

/// The people of the deals that the conversation's contacts are in, and whether they
/// are at the writer's company.
fn colleagues(around: &[Contact], address: &str) -> Result<(Vec<Contact>, bool), Failure> {
    let domain = domain_of(address);
    let at_company = |contact: &Contact| {
        contact.email.as_deref().is_some_and(|email| domain_of(email).eq_ignore_ascii_case(domain))
            && !is_free_mail(domain)
    };
    let deals: Vec<&String> = around.iter().flat_map(|contact| &contact.deal_ids).take(MAX_DEALS).collect();
    let queries: Vec<Query> = deals.iter().map(|id| Query::new("deal", json!({"deal_id": id}))).collect();
    let mut ids: Vec<String> = Vec::new();
    for answer in context::read_all::<Deal>(&queries) {
        let Some(deal) = answer.optional()? else { continue };
        for id in deal.value.contact_ids {
            if !ids.contains(&id) && !around.iter().any(|contact| contact.id == id) && ids.len() < MAX_COLLEAGUES {
                ids.push(id);
            }
        }
    }
    let queries: Vec<Query> = ids.iter().map(|id| Query::new("contact", json!({"contact_id": id}))).collect();
    let mut out = Vec::new();
    for answer in context::read_all::<Contact>(&queries) {
        out.extend(answer.optional()?.map(|read| read.value));
    }
    let same = !out.is_empty() && out.iter().any(at_company);
    if same {
        out.retain(at_company);
    }
    Ok((out, same))
}

/// Those of a whole name.
fn named(name: &str, mut people: Vec<Contact>) -> Found {
    people.retain(|contact| {
        contact.name.split_whitespace().count() >= 2 && match_name(name, &[contact.name.as_str()]).is_some()
    });
    match people.len() {
        0 => Found::Nobody,
        1 => Found::one(people.remove(0), Match::Conversation),
        _ => Found::Several(people),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox() {
        let of = |address: &str| spellings(&Whom { address: address.to_owned(), ..Whom::default() });
        assert_eq!(of("mira+crm@globex.test"), ["mira@globex.test"]);
        assert_eq!(of("mira@globex.test"), [""; 0]);
        assert_eq!(of("mira.holt@googlemail.com"), ["mira.holt@gmail.com", "miraholt@googlemail.com"]);
        assert_eq!(of("nobody"), [""; 0]);
        assert!(same_mailbox("Mira+x@globex.test", "mira@globex.test"));
        assert!(!same_mailbox("mira@globex.test", "mira@acme.test"));
    }

    #[test]
    fn two_of_a_name_are_nobody_alone() {
        let contact = |id: &str, name: &str| Contact { id: id.to_owned(), name: name.to_owned(), ..Contact::default() };
        let people = vec![
            contact("c1", "Mira Holt"),
            contact("c2", "Mira Holt"),
            contact("c3", "Jo Berg"),
            contact("c4", "Mira"),
        ];
        assert!(matches!(named("Mira Holt", people.clone()), Found::Several(found) if found.len() == 2));
        assert_eq!(named("Jo Berg", people.clone()).contact().map(|contact| contact.id.as_str()), Some("c3"));
        assert_eq!(named("Mira Lind", people), Found::Nobody);
    }
}
