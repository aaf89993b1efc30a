//! People who are new: those whom a mail brings in, and a writer who is not known.

use mail_reading::{Class, Person, Reading};
use meeting_record::{one_line, quoted};
use serde_json::{Map, Value};
use skillhost_sdk::approval::{self, Item, Request};
use skillhost_sdk::{Effect, Failure, Optional, context};

use crate::input::{Matched, NewContact};

/// Most people that are offered; more is a list.
const MAX_NEW: usize = 5;
/// Longest quote on the card, characters.
const MAX_QUOTE: usize = 160;

/// The question.
#[derive(Default)]
pub(crate) struct New {
    pub(crate) request: Option<Request>,
    pub(crate) count: usize,
    pub(crate) left_out: Vec<String>,
}

/// Whom a mail makes known.
pub(crate) fn of(reading: &Reading, matched: &Matched) -> Result<New, Failure> {
    let mut new = New::default();
    // A colleague of the writer works where the writer does, if the address says so.
    let mut offered: Vec<(NewContact, String)> = Vec::new();
    if let Some(writer) = &matched.new_contact
        && wants_contact(reading.class)
    {
        offered.push((writer.clone(), String::new()));
    }
    let left = reading.away.as_ref().filter(|away| away.left).and_then(|away| away.stand_in.as_ref());
    let stand_in = left.map(|one| Person {
        name: one.name.clone(),
        email: one.email.clone(),
        title: None,
        phone: one.phone.clone(),
        quote: one.quote.clone(),
    });
    for person in reading.people.iter().chain(&stand_in).take(MAX_NEW) {
        let Some(email) = person.email.as_ref().map(|email| email.trim().to_lowercase()) else {
            new.left_out.push("somebody was named without an address, so no contact is offered".to_owned());
            continue;
        };
        if offered.iter().any(|(known, _)| known.email.eq_ignore_ascii_case(&email)) {
            continue;
        }
        let company = matched.company_id.clone().filter(|_| same_domain(&email, matched.address.as_deref()));
        offered.push((
            NewContact {
                name: person.name.clone(),
                email,
                title: person.title.clone(),
                phone: person.phone.clone(),
                company_id: company,
            },
            person.quote.clone(),
        ));
    }
    let mut list = approval::batch("contacts", "Add to your contacts?");
    for (person, words) in offered.into_iter().take(MAX_NEW) {
        if context::contact_by_email(&person.email).optional()?.is_some() {
            continue;
        }
        list = list.item(item(new.count, &person, &words));
        new.count += 1;
    }
    if !list.is_empty() {
        new.request = Some(list.summary("Only what the mail says of them.").into());
    }
    Ok(new)
}

/// Whether the writer of such a mail belongs among the contacts.
fn wants_contact(class: Class) -> bool {
    matches!(
        class,
        Class::MeetingRequest
            | Class::ProposalRequest
            | Class::NeedsResponse
            | Class::PositiveReply
            | Class::InternalForward
    )
}

fn same_domain(one: &str, other: Option<&str>) -> bool {
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    other.is_some_and(|other| domain(one).is_some() && domain(one) == domain(other))
}

fn item(at: usize, person: &NewContact, words: &str) -> Item {
    let name = person.name.as_deref().map(one_line).filter(|name| !name.is_empty());
    let mut payload: Map<String, Value> = Map::new();
    // A contact has a name; where the mail has none, the address is what it goes by.
    payload.insert("name".to_owned(), name.clone().unwrap_or_else(|| person.email.clone()).into());
    payload.insert("email".to_owned(), person.email.clone().into());
    for (field, value) in [("company_id", &person.company_id), ("title", &person.title), ("phone", &person.phone)] {
        if let Some(value) = value.as_deref().map(one_line).filter(|value| !value.is_empty()) {
            payload.insert(field.to_owned(), value.into());
        }
    }
    let effect = format!("contact-{at}");
    let item = Item::new(format!("new-{at}"), name.unwrap_or_else(|| person.email.clone()))
        .effect(Effect::custom(effect.clone(), "crm.create_contact", Value::Object(payload)))
        .editable(approval::line(&effect, "/name", "Name"));
    match quoted(words, MAX_QUOTE) {
        Some(words) => item.detail(words),
        None => item,
    }
}
