//! Who gets the mail.

use meeting_record::{ActionItems, Meeting};
use skillhost_sdk::sources::{Contact, User};

/// Most recipients: more people than this were at a presentation, not a talk.
const MAX_TO: usize = 8;

/// Somebody with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// Recipients and copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct People {
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
}

/// Everybody from outside who was invited, the main contact first; copies to
/// colleagues who own a step, because their date stands in the mail.
pub(crate) fn find(
    meeting: &Meeting,
    items: &ActionItems,
    domains: &[String],
    user: &User,
    contact: Option<&Contact>,
) -> People {
    let mut people = People::default();
    if let Some(contact) = contact.filter(|contact| !contact.suppressed)
        && let Some(email) = &contact.email
    {
        add(&mut people.to, &contact.name, email);
    }
    let suppressed = contact.filter(|contact| contact.suppressed).and_then(|contact| contact.email.as_deref());
    for attendee in meeting.outside(domains) {
        if let Some(email) = attendee.email.as_deref().filter(|email| suppressed != Some(&email.trim().to_lowercase()))
        {
            add(&mut people.to, &attendee.name, email);
        }
    }
    people.to.truncate(MAX_TO);

    let owners = items.action_items.iter().filter(|item| item.is_ours()).filter_map(|item| item.owner_name());
    for attendee in owners.filter_map(|owner| meeting.attendee(owner)) {
        if let Some(email) = attendee.email.as_deref().filter(|_| attendee.is_at(domains))
            && !email.trim().eq_ignore_ascii_case(user.email.trim())
            && !people.to.is_empty()
        {
            add(&mut people.cc, &attendee.name, email);
        }
    }
    people
}

fn add(list: &mut Vec<Person>, name: &str, email: &str) {
    let email = email.trim().to_lowercase();
    if !email.is_empty() && !list.iter().any(|person| person.email == email) {
        list.push(Person { name: name.trim().to_owned(), email });
    }
}
