//! What the sources say of one person, and whether it is that person.

use briefing_record::{Person, Reading, same_company};
use meeting_record::same_person;
use skillhost_sdk::sources::{Company, Contact, Enrichment, Profile, ProfilePerson, Whom};
use skillhost_sdk::{Read, context};

/// What was read and is theirs.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) contact: Option<Read<Contact>>,
    pub(crate) company: Option<Read<Company>>,
    pub(crate) apollo: Option<Read<Enrichment>>,
    pub(crate) linkedin: Option<Read<Profile>>,
}

impl Found {
    /// Every name that is known of them.
    fn names<'a>(&'a self, person: &'a Person) -> Vec<&'a str> {
        let apollo =
            self.apollo.as_ref().and_then(|read| read.value.person.as_ref()).map(|person| person.name.as_str());
        let contact = self.contact.as_ref().map(|read| read.value.name.as_str());
        [Some(person.name.as_str()), contact, apollo]
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty() && !name.contains('@'))
            .collect()
    }

    /// Where the org's records, else the enrichment, have them working.
    pub(crate) fn employer(&self) -> Option<&str> {
        let own = self.company.as_ref().map(|read| read.value.name.as_str());
        let apollo = self.apollo.as_ref().and_then(|read| read.value.person.as_ref()?.company.as_deref());
        own.or(apollo).filter(|name| !name.trim().is_empty())
    }
}

pub(crate) fn of(person: &Person, reading: &mut Reading) -> Found {
    let mut found = Found::default();
    if let Some(email) = &person.email {
        found.contact = reading.optional(context::contact_by_email(email));
        if let Some(id) = found.contact.as_ref().and_then(|read| read.value.company_id.clone()) {
            found.company = reading.optional(context::company(&id));
        }
        let titled = found.contact.as_ref().is_some_and(|read| read.value.title.is_some());
        if !titled && !reading.is_missing("apollo") {
            let read = reading.optional(context::apollo(&Whom::Email(email.clone())));
            found.apollo = read.filter(|read| is_theirs(person, email, &read.value));
        }
    }
    if !reading.is_missing("linkedin")
        && let Some(whom) = profile_of(person, &found)
    {
        let read = reading.optional(context::linkedin(&whom));
        found.linkedin = read.filter(|read| {
            read.value.profile.as_ref().is_some_and(|profile| is_profile_of(person, &found, &whom, profile))
        });
    }
    found
}

/// The surest way to ask for their profile.
fn profile_of(person: &Person, found: &Found) -> Option<Whom> {
    let url = found.apollo.as_ref().and_then(|read| read.value.person.as_ref()?.linkedin_url.clone());
    if let Some(url) = url.filter(|url| !url.trim().is_empty()) {
        return Some(Whom::Url(url));
    }
    if let Some(email) = &person.email {
        return Some(Whom::Email(email.clone()));
    }
    let company = found.employer()?.to_owned();
    let name = person.name.split_whitespace().count() > 1;
    name.then(|| Whom::Name { name: person.name.clone(), company })
}

fn is_theirs(person: &Person, email: &str, enrichment: &Enrichment) -> bool {
    enrichment.person.as_ref().is_some_and(|found| match found.email.as_deref() {
        Some(address) => address.trim().eq_ignore_ascii_case(email),
        None => is_whole(&found.name) && same_person(&found.name, &person.name),
    })
}

fn is_profile_of(person: &Person, found: &Found, whom: &Whom, profile: &ProfilePerson) -> bool {
    let names = found.names(person);
    let named = names.iter().any(|name| is_whole(name) && same_person(name, &profile.name));
    match whom {
        Whom::Name { company, .. } => {
            named && profile.company.as_deref().is_some_and(|employer| same_company(employer, company))
        }
        // Without any name the address has to hold one of theirs.
        Whom::Email(email) if names.is_empty() => {
            let local = email.split('@').next().unwrap_or_default().to_lowercase();
            let last = profile.name.split_whitespace().next_back().unwrap_or_default().to_lowercase();
            last.chars().count() > 2 && local.contains(&last)
        }
        _ => {
            named
                || names.iter().all(|name| !is_whole(name)) && names.iter().any(|name| same_person(name, &profile.name))
        }
    }
}

/// A first name alone is shared by many.
fn is_whole(name: &str) -> bool {
    name.split_whitespace().count() > 1
}
