//! Whether anybody is written to, and who.

use skillhost_sdk::sources::Contact;

use crate::Facts;

/// Who gets the mail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recipient {
    pub(crate) contact: Contact,
    pub(crate) address: String,
    /// Another contact of the deal whose profile is at another company: the mail
    /// asks who looks after the matter now.
    pub(crate) instead_of: Option<String>,
}

/// The recipient, or why there is none.
pub(crate) fn choose(facts: &Facts, wanted: Option<&str>) -> Result<Recipient, String> {
    if !facts.deal.open {
        return Err("the deal is closed".to_owned());
    }
    if let Some(why) = &facts.stall.do_not_write {
        return Err(why.clone());
    }
    if let Some(day) = facts.stall.not_before.as_deref()
        && facts.clock.days_to(day).is_some_and(|days| days > 0)
    {
        return Err(format!(
            "they asked to be left until {}",
            facts.clock.short_day(day).unwrap_or_else(|| day.to_owned())
        ));
    }
    let is_gone = |contact: &Contact| facts.triggers.gone.contains(&contact.id);
    let address = |contact: &Contact| contact.email.clone().filter(|email| email.contains('@') && !contact.suppressed);
    // The wanted one first, then in the deal's order.
    let mut contacts: Vec<&Contact> = facts.contacts.iter().collect();
    contacts.sort_by_key(|contact| wanted != Some(contact.id.as_str()));
    let chosen =
        contacts.iter().filter(|contact| !is_gone(contact)).find_map(|contact| Some((*contact, address(contact)?)));
    match chosen {
        Some((contact, address)) => {
            let first = contacts.first().filter(|first| is_gone(first) && !first.name.trim().is_empty());
            Ok(Recipient {
                contact: contact.clone(),
                address,
                instead_of: first.map(|first| first.name.trim().to_owned()),
            })
        }
        None if contacts.is_empty() => Err("no contact of the deal can be read".to_owned()),
        None if contacts.iter().all(|contact| is_gone(contact)) => {
            Err("every contact of the deal seems to be at another company".to_owned())
        }
        None => Err("no contact of the deal may be written to".to_owned()),
    }
}
