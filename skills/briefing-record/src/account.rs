//! The records around a meeting or a deal: its contacts, company and deal.

use skillhost_sdk::Read;
use skillhost_sdk::context;
use skillhost_sdk::sources::{Company, Contact, Deal, Side};

use crate::appointment::Appointment;
use crate::reading::Reading;

/// Most contacts that are read: the people of one conversation.
pub const MAX_CONTACTS: usize = 5;

/// Mail domains that say nothing about where somebody works.
const FREE_MAIL: [&str; 16] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "proton.me",
    "protonmail.com",
    "fastmail.com",
];

/// The contacts among those who come: those the host names, then those whose
/// address is one's. Each once, at most [`MAX_CONTACTS`].
pub fn contacts(appointment: &Appointment, reading: &mut Reading) -> Vec<Read<Contact>> {
    let mut found: Vec<Read<Contact>> = Vec::new();
    let add = |read: Option<Read<Contact>>, found: &mut Vec<Read<Contact>>| {
        if let Some(read) = read.filter(|read| !found.iter().any(|other| other.value.id == read.value.id)) {
            found.push(read);
        }
    };
    for id in appointment.contact_ids.iter().take(MAX_CONTACTS) {
        add(reading.optional(context::contact(id)), &mut found);
    }
    for person in appointment.outside() {
        let Some(email) = &person.email else { continue };
        if found.len() == MAX_CONTACTS {
            break;
        }
        if !found.iter().any(|read| read.value.email.as_deref() == Some(email.as_str())) {
            add(reading.optional(context::contact_by_email(email)), &mut found);
        }
    }
    found
}

/// The deal: the one that is named, else the one open deal that the contacts share.
/// Of several that might be meant none is.
pub fn deal(appointment: &Appointment, contacts: &[Read<Contact>], reading: &mut Reading) -> Option<Read<Deal>> {
    if let Some(id) = &appointment.deal_id {
        return reading.optional(context::deal(id));
    }
    let mut ids: Vec<&String> = contacts.iter().flat_map(|read| &read.value.deal_ids).collect();
    ids.sort();
    ids.dedup();
    let mut open = None;
    for id in ids.into_iter().take(MAX_CONTACTS) {
        let Some(read) = reading.optional(context::deal(id)).filter(|read| read.value.open) else { continue };
        if open.is_some() {
            return None;
        }
        open = Some(read);
    }
    open
}

/// The company: named, the deal's, or the contacts'.
pub fn company(
    appointment: &Appointment,
    contacts: &[Read<Contact>],
    deal: Option<&Deal>,
    reading: &mut Reading,
) -> Option<Read<Company>> {
    let ids = appointment
        .company_id
        .iter()
        .chain(deal.and_then(|deal| deal.company_id.as_ref()))
        .chain(contacts.iter().filter_map(|read| read.value.company_id.as_ref()));
    let id = ids.into_iter().next()?;
    reading.optional(context::company(id))
}

/// The one domain that those from outside share, where it says where they work.
#[must_use]
pub fn domain(appointment: &Appointment) -> Option<String> {
    let mut domains: Vec<String> = appointment
        .people
        .iter()
        .filter(|person| person.side == Side::Prospect)
        .filter_map(|person| work_domain(person.email.as_deref()?))
        .collect();
    domains.sort();
    domains.dedup();
    match domains.len() {
        1 => domains.pop(),
        _ => None,
    }
}

/// The domain of an address, unless anybody may have one there.
#[must_use]
pub fn work_domain(email: &str) -> Option<String> {
    let (_, host) = email.trim().rsplit_once('@')?;
    let host = host.to_lowercase();
    (host.contains('.') && !FREE_MAIL.contains(&host.as_str())).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appointment::Person;

    #[test]
    fn a_domain_is_known_only_when_it_is_one() {
        let with = |emails: &[&str]| Appointment {
            people: emails
                .iter()
                .map(|email| Person { email: Some((*email).to_owned()), side: Side::Prospect, ..Person::default() })
                .collect(),
            ..Appointment::default()
        };
        assert_eq!(domain(&with(&["a@globex.test", "b@globex.test"])).as_deref(), Some("globex.test"));
        assert_eq!(domain(&with(&["a@globex.test", "b@initech.test"])), None);
        assert_eq!(domain(&with(&["a@gmail.com"])), None);
        assert_eq!(domain(&with(&["a@gmail.com", "b@globex.test"])).as_deref(), Some("globex.test"));
    }
}
