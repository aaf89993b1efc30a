//! What changed for the deal's people.

use std::collections::BTreeSet;

use briefing_record::{LeftOut, Reading, Source, Trigger, exact_line, same_company};
use meeting_record::{capitalised, same_person};
use skillhost_sdk::context;
use skillhost_sdk::sources::{Contact, Post, Profile, ProfileChange, ProfilePerson, Whom};

use crate::{Found, Known};

/// A change longer ago is history.
const CHANGE_DAYS: i64 = 180;
/// A post longer ago is forgotten by who wrote it.
const POST_DAYS: i64 = 45;
/// Strengths; a week of age costs two, as with news.
const PROMOTION: i64 = 45;
const NEW_JOB: i64 = 40;
const OTHER: i64 = 20;
const POST: i64 = 25;
/// Longest words of a post that are quoted, characters.
const MAX_WORDS: usize = 160;
/// Shortest word that tells a subject, characters.
const TELLING: usize = 5;

/// Triggers, and who seems to be gone.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) found: Vec<Found>,
    pub(crate) gone: Vec<String>,
}

pub(crate) fn triggers(known: &Known, left_out: &mut Vec<LeftOut>, reading: &mut Reading) -> People {
    let mut people = People::default();
    for contact in &known.contacts {
        if reading.is_missing("linkedin") {
            break;
        }
        let Some(whom) = whom(contact, known) else { continue };
        let Some(read) = reading.optional(context::linkedin(&whom)) else { continue };
        let Some(person) = read.value.profile.as_ref().filter(|person| is_theirs(contact, person)) else {
            left_out.push(LeftOut { id: contact.id.clone(), why: "another_person".to_owned() });
            continue;
        };
        let source = Source::new("linkedin", person.url.as_deref().unwrap_or_default());
        if is_elsewhere(person, known) {
            people.gone.push(contact.id.clone());
            continue;
        }
        let mut push = |trigger: Trigger| people.found.push(Found { trigger, read_id: read.read_id.clone() });
        changes(contact, &read.value, &source, known).for_each(&mut push);
        posts(contact, &read.value, &source, known).for_each(&mut push);
    }
    people
}

/// The surest way to ask for their profile.
fn whom(contact: &Contact, known: &Known) -> Option<Whom> {
    if let Some(email) = contact.email.clone().filter(|email| email.contains('@')) {
        return Some(Whom::Email(email));
    }
    let company = known.company.as_ref()?.name.clone();
    (contact.name.split_whitespace().count() > 1).then(|| Whom::Name { name: contact.name.clone(), company })
}

fn is_theirs(contact: &Contact, person: &ProfilePerson) -> bool {
    person.name.split_whitespace().count() > 1 && same_person(&person.name, &contact.name)
}

/// Whether the profile has them at another company.
fn is_elsewhere(person: &ProfilePerson, known: &Known) -> bool {
    let now = person.company.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let ours = known.company.as_ref().map(|company| company.name.as_str());
    now.zip(ours).is_some_and(|(now, ours)| !same_company(now, ours))
}

/// What a trigger is made of.
struct Told<'a> {
    kind: &'a str,
    words: &'a str,
    at: &'a str,
    why: String,
    strength: i64,
}

fn trigger(told: Told<'_>, contact: &Contact, source: &Source, known: &Known) -> Trigger {
    let days = known.clock.whole_days_since(told.at).unwrap_or_default();
    Trigger {
        kind: told.kind.to_owned(),
        words: told.words.to_owned(),
        publisher: None,
        contact_id: Some(contact.id.clone()),
        at: told.at.to_owned(),
        days,
        why: capitalised(&told.why),
        strength: told.strength - days / 7 * 2,
        source: source.clone().at(told.at),
    }
}

fn is_recent(at: &str, most: i64, known: &Known) -> bool {
    known.is_new(at) && known.clock.whole_days_since(at).is_some_and(|days| days <= most)
}

fn changes<'a>(
    contact: &'a Contact,
    profile: &'a Profile,
    source: &'a Source,
    known: &'a Known,
) -> impl Iterator<Item = Trigger> + 'a {
    let of = move |change: &ProfileChange| {
        let words = exact_line(&change.text, MAX_WORDS);
        let (strength, why) = match change.kind.as_str() {
            "promotion" => (PROMOTION, format!("{} has a new role", contact.name)),
            "job_change" => (NEW_JOB, format!("{} has a new job there", contact.name)),
            "other" => (OTHER, format!("something changed for {}", contact.name)),
            _ => return None,
        };
        let is_new = is_recent(&change.at, CHANGE_DAYS, known) && !words.is_empty();
        let told = Told { kind: &change.kind, words, at: &change.at, why, strength };
        is_new.then(|| trigger(told, contact, source, known))
    };
    profile.changes.iter().filter_map(of)
}

/// Posts that share a telling word with the deal's name.
fn posts<'a>(
    contact: &'a Contact,
    profile: &'a Profile,
    source: &'a Source,
    known: &'a Known,
) -> impl Iterator<Item = Trigger> + 'a {
    let of = move |post: &Post| {
        let words = exact_line(&post.text, MAX_WORDS);
        let shared = shared_word(&post.text, known)?;
        let why = format!("{} wrote about {shared}", contact.name);
        let is_new = is_recent(&post.at, POST_DAYS, known) && !words.is_empty();
        let told = Told { kind: "post", words, at: &post.at, why, strength: POST };
        is_new.then(|| trigger(told, contact, source, known))
    };
    profile.posts.iter().filter_map(of)
}

fn shared_word(text: &str, known: &Known) -> Option<String> {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).filter(|word| !word.is_empty()).collect()
    };
    let silent = ["rollout", "project", "renewal", "phase", "pilot", "contract", "expansion", "service", "upgrade"];
    let own = words(known.company.as_ref().map(|company| company.name.as_str()).unwrap_or_default());
    let said: BTreeSet<String> = words(text).into_iter().collect();
    words(&known.deal.name).into_iter().find(|word| {
        word.chars().count() >= TELLING
            && !own.contains(word)
            && !silent.contains(&word.as_str())
            && said.contains(word)
    })
}
