//! A person's facts, each with who says so.

use briefing_record::{AttendeeFacts, Change, Fact, Person, Proof, RepClock, Source, same_company};
use skillhost_sdk::sources::{Contact, EnrichedPerson, Profile, ProfilePerson, Side};

use crate::lookup::Found;
use crate::seniority;

/// A change longer ago than this is history.
const RECENT_DAYS: i64 = 180;
/// Most changes of a person.
const MAX_CHANGES: usize = 3;

/// Who comes, as far as the invitation says.
pub(crate) fn of_invitation(person: &Person, standing: &str) -> AttendeeFacts {
    AttendeeFacts {
        name: person.name.clone(),
        email: person.email.clone(),
        side: person.side,
        standing: standing.to_owned(),
        declined: person.declined,
        ..AttendeeFacts::default()
    }
}

/// A source with its read and its person.
struct Said<'a, T> {
    read_id: &'a str,
    source: Source,
    value: &'a T,
}

/// Facts of a person at `place` in the output, with their proofs.
pub(crate) fn of(person: &Person, found: &Found, place: &str, clock: &RepClock) -> (AttendeeFacts, Vec<Proof>) {
    let contact = found.contact.as_ref().map(|read| Said::<Contact> {
        read_id: &read.read_id,
        source: Source::new("contact", &read.value.id),
        value: &read.value,
    });
    let apollo = found.apollo.as_ref().and_then(|read| {
        Some(Said::<EnrichedPerson> {
            read_id: &read.read_id,
            source: Source::new("apollo", "").at(&read.value.as_of),
            value: read.value.person.as_ref()?,
        })
    });
    let profile = found.linkedin.as_ref().and_then(|read| {
        Some(Said::<ProfilePerson> {
            read_id: &read.read_id,
            source: Source::new("linkedin", read.value.profile.as_ref()?.url.as_deref().unwrap_or_default())
                .at(&read.value.as_of),
            value: read.value.profile.as_ref()?,
        })
    });

    let mut facts = of_invitation(person, "unknown");
    let mut proofs = Vec::new();
    let mut say = |field: &str, value: Option<&str>, source: &Source, read_id: &str| {
        let fact = Fact::of(value, source)?;
        proofs.push(Proof::new(read_id, &fact.value, format!("{place}/{field}/value")));
        Some(fact)
    };

    if let Some(contact) = &contact {
        facts.contact_id = Some(contact.value.id.clone());
        if !contact.value.name.trim().is_empty() {
            facts.name = contact.value.name.clone();
        }
        // A contact is of theirs, whatever the invitation left open.
        if facts.side == Side::Unknown {
            facts.side = Side::Prospect;
        }
    } else if facts.name.contains('@')
        && let Some(name) = apollo.as_ref().map(|said| said.value.name.trim()).filter(|name| !name.is_empty())
    {
        facts.name = name.to_owned();
    }

    let elsewhere = profile.as_ref().and_then(|said| {
        let now = said.value.company.as_deref().map(str::trim).filter(|name| !name.is_empty())?;
        let known = found.employer()?;
        (!same_company(now, known)).then_some((now, known))
    });
    let own_title = contact.as_ref().and_then(|said| said.value.title.as_deref());
    let new_title = profile
        .as_ref()
        .filter(|_| elsewhere.is_none())
        .and_then(|said| said.value.title.as_deref())
        .map(str::trim)
        .filter(|title| !title.is_empty());

    facts.title = profile
        .as_ref()
        .filter(|_| new_title.is_some())
        .and_then(|said| say("title", new_title, &said.source, said.read_id))
        .or_else(|| contact.as_ref().and_then(|said| say("title", own_title, &said.source, said.read_id)))
        .or_else(|| {
            let said = apollo.as_ref()?;
            say("title", said.value.title.as_deref(), &said.source, said.read_id)
        });
    facts.company = found
        .company
        .as_ref()
        .and_then(|read| say("company", Some(&read.value.name), &Source::new("company", &read.value.id), &read.read_id))
        .or_else(|| {
            let said = apollo.as_ref()?;
            say("company", said.value.company.as_deref(), &said.source, said.read_id)
        })
        .or_else(|| {
            let said = profile.as_ref()?;
            say("company", said.value.company.as_deref(), &said.source, said.read_id)
        });
    facts.location = profile
        .as_ref()
        .and_then(|said| say("location", said.value.location.as_deref(), &said.source, said.read_id))
        .or_else(|| {
            let said = apollo.as_ref()?;
            say("location", said.value.location.as_deref(), &said.source, said.read_id)
        });
    facts.profile = profile
        .as_ref()
        .and_then(|said| say("profile", said.value.url.as_deref(), &said.source, said.read_id))
        .or_else(|| {
            let said = apollo.as_ref()?;
            say("profile", said.value.linkedin_url.as_deref(), &said.source, said.read_id)
        });
    facts.seniority =
        facts.title.as_ref().and_then(|title| Fact::of(seniority::of_title(&title.value), &title.source)).or_else(
            || {
                let said = apollo.as_ref()?;
                Fact::of(said.value.seniority.as_deref().and_then(seniority::of_word), &said.source)
            },
        );

    let mut changes: Vec<(Change, Option<String>)> = Vec::new();
    if let (Some(said), Some((now, known))) = (&profile, elsewhere) {
        let text = format!("their profile has them at {now}, our records at {known}");
        changes.push((change("left", text, said.value.since.as_deref(), &said.source), Some(now.to_owned())));
    } else if let (Some(said), Some(new), Some(old)) = (&profile, new_title, own_title)
        && !new.eq_ignore_ascii_case(old.trim())
    {
        let text = format!("their profile says {new}, our records {}", old.trim());
        changes.push((change("title", text, said.value.since.as_deref(), &said.source), Some(new.to_owned())));
    }
    if let (Some(read), Some(said)) = (&found.linkedin, &profile) {
        changes.extend(told(&read.value, &said.source, clock));
    }
    let read_id = profile.as_ref().map(|said| said.read_id).unwrap_or_default();
    for (change, quote) in changes.into_iter().take(MAX_CHANGES) {
        if let Some(quote) = quote {
            proofs.push(Proof::new(read_id, &quote, format!("{place}/changes/{}/text", facts.changes.len())));
        }
        facts.changes.push(change);
    }

    let known = facts.contact_id.is_some()
        || [&facts.title, &facts.company, &facts.profile].into_iter().any(std::option::Option::is_some);
    facts.standing = if known { "known" } else { "unknown" }.to_owned();
    (facts, proofs)
}

fn change(kind: &str, text: String, at: Option<&str>, source: &Source) -> Change {
    let at = at.or(source.at.as_deref()).unwrap_or_default().to_owned();
    Change { kind: kind.to_owned(), text, at, source: source.clone() }
}

/// What the profile itself tells of recent changes, newest first. An anniversary
/// changes nothing.
fn told<'a>(
    profile: &'a Profile,
    source: &'a Source,
    clock: &'a RepClock,
) -> impl Iterator<Item = (Change, Option<String>)> + 'a {
    profile
        .changes
        .iter()
        .filter(|told| matches!(told.kind.as_str(), "job_change" | "promotion" | "other"))
        .filter(|told| clock.whole_days_since(&told.at).is_some_and(|days| days <= RECENT_DAYS))
        .filter(|told| !told.text.trim().is_empty())
        .map(|told| {
            let text = told.text.trim().to_owned();
            (change(&told.kind, text.clone(), Some(&told.at), source), Some(text))
        })
}
