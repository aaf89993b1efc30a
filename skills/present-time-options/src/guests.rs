//! Who is invited or written to.

use free_time::record::Request;
use outgoing_mail::recipients::{self, Recipients, is_address};
use skillhost_sdk::sources::{Contact, Org};
use skillhost_sdk::{Attendee, Failure, FailureKind, Optional, context};

/// The other side, and who else should come.
#[derive(Debug, Default)]
pub(crate) struct Guests {
    pub(crate) contact: Option<Contact>,
    /// Addresses that may be written to; none where there are none.
    pub(crate) recipients: Option<Recipients>,
    /// Whether a mail to them would stay among colleagues.
    pub(crate) internal: bool,
    /// Names that came without an address.
    pub(crate) names: Vec<(String, String)>,
    pub(crate) warnings: Vec<String>,
}

impl Guests {
    /// The name of the other side, for people.
    pub(crate) fn name(&self) -> Option<&str> {
        self.contact.as_ref().map(|contact| contact.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Everybody who is invited.
    pub(crate) fn invited(&self) -> Vec<Attendee> {
        let Some(recipients) = &self.recipients else { return Vec::new() };
        let name = |email: &String| {
            let contact = self.contact.as_ref().filter(|contact| contact.email.as_ref() == Some(email));
            let known = contact.map(|contact| contact.name.clone()).filter(|name| !name.is_empty());
            let said = self.names.iter().find(|(other, _)| other == email).map(|(_, name)| name.clone());
            known.or(said).unwrap_or_else(|| email.clone())
        };
        let all = recipients.to.iter().chain(&recipients.cc);
        all.map(|email| Attendee { email: email.clone(), name: name(email) }).collect()
    }
}

/// Looks up the contact and checks every address.
///
/// # Errors
/// What the sources say.
pub(crate) fn find(contact_id: Option<&str>, request: &Request, org: &Org) -> Result<Guests, Failure> {
    let contact = match contact_id {
        Some(id) => context::contact(id).optional()?.map(|read| read.value),
        None => None,
    };
    let mut guests = Guests::default();
    let mut copies = Vec::new();
    for person in &request.attendees {
        match (&person.email, &person.name) {
            (Some(email), name) if is_address(email) => {
                copies.push(email.clone());
                guests.names.extend(name.clone().map(|name| (email.clone(), name)));
            }
            (_, Some(name)) => {
                guests.warnings.push(format!("{name} should come too, and there is no address of theirs"));
            }
            _ => {}
        }
    }
    let to: Vec<String> = contact.iter().filter_map(|contact| contact.email.clone()).collect();
    if to.is_empty() {
        guests.warnings.push("no address of the other side is known: nobody can be invited or written to".to_owned());
        guests.contact = contact;
        return Ok(guests);
    }
    match recipients::check(&to, &copies) {
        Ok(found) => {
            guests
                .warnings
                .extend(found.left_out.iter().map(|left| format!("{} was left out: {}", left.address, left.reason)));
            guests.internal = recipients::refuse_internal_only(&found, &org.domains).is_err();
            guests.recipients = Some(found);
        }
        Err(failure) if failure.kind == FailureKind::InvalidInput => guests.warnings.push(failure.message),
        Err(failure) => return Err(failure),
    }
    guests.contact = contact;
    Ok(guests)
}
