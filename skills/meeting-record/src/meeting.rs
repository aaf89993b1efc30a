//! The meeting, as its event names it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::person::same_person;

/// Payload of `meeting_ended`, as far as skills need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Meeting {
    /// Id.
    pub meeting_id: Option<String>,
    /// Title of the invitation.
    pub title: Option<String>,
    /// Length.
    pub duration_ms: Option<i64>,
    /// Who was there.
    pub attendees: Vec<Attendee>,
    /// The main contact.
    pub contact_id: Option<String>,
    /// Their company.
    pub company_id: Option<String>,
    /// The deal it is about.
    pub deal_id: Option<String>,
}

/// Somebody who was invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attendee {
    /// Whole name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
}

impl Attendee {
    /// Whether the address is on one of these domains or below one.
    pub fn is_at(&self, domains: &[String]) -> bool {
        self.email.as_deref().is_some_and(|email| skillhost_sdk::address::is_at(email, domains))
    }
}

impl Meeting {
    /// The title, if it says anything.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref().map(str::trim).filter(|title| !title.is_empty())
    }

    /// Attendees with an address outside these domains, in the order invited.
    pub fn outside<'a>(&'a self, domains: &'a [String]) -> impl Iterator<Item = &'a Attendee> {
        self.attendees
            .iter()
            .filter(|attendee| attendee.email.as_deref().is_some_and(|email| email.contains('@')))
            .filter(|attendee| !attendee.is_at(domains))
    }

    /// The attendee of that name.
    pub fn attendee(&self, name: &str) -> Option<&Attendee> {
        self.attendees.iter().find(|attendee| same_person(&attendee.name, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(email: &str) -> Attendee {
        Attendee { name: "A".to_owned(), email: Some(email.to_owned()) }
    }

    #[test]
    fn a_domain_covers_itself_and_what_is_below_it() {
        let domains = ["acme.test".to_owned()];
        for (email, inside) in [
            ("ada@acme.test", true),
            ("ADA@Acme.TEST ", true),
            ("ada@mail.acme.test", true),
            ("ada@notacme.test", false),
            ("ada@acme.test.evil.test", false),
            ("no address", false),
        ] {
            assert_eq!(at(email).is_at(&domains), inside, "{email}");
        }
    }
}
