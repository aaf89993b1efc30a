//! The records behind an event.

use deal_record::Trigger;
use skillhost_sdk::context::{self, Optional, Read};
use skillhost_sdk::sources::{Company, Contact, Deal, Org, User};
use skillhost_sdk::{Failure, ReadError, ReadErrorKind};

/// Who deals with whom about what.
#[derive(Clone, Debug)]
pub struct Dealing {
    /// The tenant.
    pub org: Org,
    /// The rep.
    pub user: User,
    /// The person outside, where exactly one is meant.
    pub contact: Option<Read<Contact>>,
    /// Where they work.
    pub company: Option<Read<Company>>,
    /// The deal.
    pub deal: Option<Read<Deal>>,
}

/// A door that this skill did not ask for, or with nothing behind it, is no failure.
pub(crate) fn maybe<T>(answer: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match answer.optional() {
        Err(error) if matches!(error.kind, ReadErrorKind::Denied | ReadErrorKind::UnknownSource) => Ok(None),
        other => other,
    }
}

fn named(id: Option<&String>) -> Option<&str> {
    id.map(String::as_str).map(str::trim).filter(|id| !id.is_empty())
}

impl Dealing {
    /// Reads what the event names, and what those records name.
    ///
    /// # Errors
    /// A door failed. That a record is not there is none.
    pub fn load(trigger: &Trigger) -> Result<Self, Failure> {
        let org = context::org()?.value;
        let user = context::user()?.value;
        let mut deal = match named(trigger.deal_id.as_ref()) {
            Some(id) => maybe(context::deal(id))?,
            None => None,
        };
        // A deal that several people share says nothing about which of them is meant.
        let only = |deal: &Option<Read<Deal>>| match deal.as_ref().map(|deal| deal.value.contact_ids.as_slice()) {
            Some([one]) => Some(one.clone()),
            _ => None,
        };
        let contact = match named(trigger.contact_id.as_ref()).map(str::to_owned).or_else(|| only(&deal)) {
            Some(id) => maybe(context::contact(&id))?,
            None => None,
        };
        if deal.is_none()
            && let Some(contact) = &contact
        {
            deal = maybe(context::deal_of_contact(&contact.value.id))?;
        }
        let of_deal = deal.as_ref().and_then(|deal| deal.value.company_id.clone());
        let of_contact = contact.as_ref().and_then(|contact| contact.value.company_id.clone());
        let company = match of_deal.or(of_contact) {
            Some(id) => maybe(context::company(&id))?,
            None => None,
        };
        Ok(Self { org, user, contact, company, deal })
    }

    /// The contact's name, where there is one and it is no address.
    pub fn contact_name(&self) -> Option<&str> {
        let name = self.contact.as_ref()?.value.name.trim();
        (!name.is_empty() && !name.contains('@')).then_some(name)
    }

    /// The company's name.
    pub fn company_name(&self) -> Option<&str> {
        self.company.as_ref().map(|company| company.value.name.trim()).filter(|name| !name.is_empty())
    }

    /// Names that are no other company's: ours and theirs, the people's and the companies'.
    pub fn known_names(&self) -> Vec<&str> {
        [Some(self.org.name.as_str()), Some(self.user.name.as_str()), self.contact_name(), self.company_name()]
            .into_iter()
            .flatten()
            .collect()
    }
}
