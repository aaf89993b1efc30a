//! What somebody promised in a mail and no later mail delivers.

use briefing_record::{OpenPromise, Reading, RepClock, Source, Writer, delivers, own_words, without_greeting, writer};
use meeting_record::same_matter;
use skillhost_language::{AUTOMATED, Anchor, Intent, Meaning, promises, sentences};
use skillhost_sdk::sources::{Contact, Side, ThreadMessage, User, instant_ms};
use skillhost_sdk::{Read, context};

use crate::touches::Past;

/// Most conversations that are read.
const MAX_THREADS: usize = 2;
/// Most mails of a conversation.
const MAX_MESSAGES: usize = 10;
/// A promise older than this is forgotten by both.
const MAX_AGE_DAYS: i64 = 60;
/// Most promises that are told.
const MAX_TOLD: usize = 6;
/// A promise and the read it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) told: OpenPromise,
    pub(crate) read_id: String,
    at: i64,
    intent: Option<Intent>,
}

pub(crate) fn open(
    past: &Past,
    contacts: &[Read<Contact>],
    user: Option<&User>,
    clock: &RepClock,
    reading: &mut Reading,
) -> Vec<Found> {
    let mut threads: Vec<&String> = Vec::new();
    for id in past.emails.iter().filter_map(|mail| mail.thread_id.as_ref()) {
        if !threads.contains(&id) && threads.len() < MAX_THREADS {
            threads.push(id);
        }
    }
    let mut messages: Vec<(String, ThreadMessage)> = Vec::new();
    for id in threads {
        let Some(read) = reading.optional(context::thread(id)) else { continue };
        // Oldest first; what was promised long ago is settled or forgotten.
        let newest = read.value.messages.into_iter().rev().take(MAX_MESSAGES);
        messages.extend(newest.map(|message| (read.read_id.clone(), message)));
    }
    messages.sort_by(|a, b| a.1.at.cmp(&b.1.at));
    messages.dedup_by(|a, b| a.1.id == b.1.id && !a.1.id.is_empty());

    let mut found: Vec<Found> = Vec::new();
    for (at, (read_id, message)) in messages.iter().enumerate() {
        let old = clock.whole_days_since(&message.at).is_none_or(|days| days > MAX_AGE_DAYS);
        if old || writer(&message.headers, &message.from) != Writer::Person {
            continue;
        }
        for promise in of_message(read_id, message, contacts, user, clock) {
            let kept = messages[at + 1..].iter().any(|(_, later)| {
                later.direction == message.direction && delivers(own_words(&later.body), &promise.told.quote)
            });
            let met = promise.intent == Some(Intent::ScheduleMeeting) && past.met_after(promise.at);
            if !kept && !met {
                // Said again it is one promise, with its newest words.
                found.retain(|other| {
                    other.told.by != promise.told.by || !same_matter(&other.told.quote, &promise.told.quote)
                });
                found.push(promise);
            }
        }
    }
    // Overdue first, by date; what has no date comes after what has one.
    let key = |found: &Found| (!found.told.overdue, found.told.due.is_none(), found.told.due.clone(), -found.at);
    found.sort_by_key(key);
    found.truncate(MAX_TOLD);
    found
}

/// The promises of one mail.
fn of_message(
    read_id: &str,
    message: &ThreadMessage,
    contacts: &[Read<Contact>],
    user: Option<&User>,
    clock: &RepClock,
) -> Vec<Found> {
    let Some(at) = instant_ms(&message.at) else { return Vec::new() };
    let text = own_words(&message.body);
    // "Tomorrow" was said when the mail was written.
    let anchor = Anchor::or_utc(at, &clock.zone());
    let by = if message.direction == "out" { Side::Rep } else { Side::Prospect };
    let all = sentences(text);
    let mut found = Vec::new();
    for (place, sentence) in all.iter().enumerate() {
        for promise in promises(sentence, all.get(place + 1), &anchor) {
            let intent = match promise.meaning {
                Meaning::Intent(intent) => Some(intent),
                Meaning::Task if promise.deadline.is_some() => None,
                // "I'll send it": what, only its readers know.
                Meaning::Task | Meaning::Handover | Meaning::Idle => continue,
            };
            if promise.confidence < AUTOMATED {
                continue;
            }
            let words = sentence.words(promise.words.start, promise.words.end);
            let Some(quote) = without_greeting(text, &sentence.quote(&promise.words), &words) else { continue };
            let due = promise.deadline.as_ref().map(|deadline| deadline.when.clone());
            found.push(Found {
                told: OpenPromise {
                    by,
                    who: who(message, by, contacts, user),
                    quote: quote.to_owned(),
                    overdue: due.as_ref().is_some_and(|due| due.epoch_ms(&anchor) < clock.now_ms()),
                    due: due.map(|due| due.to_text()),
                    source: Source::new("email", &message.id).at(&message.at),
                },
                read_id: read_id.to_owned(),
                at,
                intent,
            });
        }
    }
    found
}

fn who(message: &ThreadMessage, by: Side, contacts: &[Read<Contact>], user: Option<&User>) -> String {
    let known = contacts.iter().find(|read| read.value.email.as_deref() == Some(message.from.as_str()));
    let own = user.filter(|user| by == Side::Rep && user.email == message.from);
    match (own, known) {
        (Some(user), _) => user.name.clone(),
        (None, Some(read)) => read.value.name.clone(),
        (None, None) if !message.from_name.trim().is_empty() => message.from_name.trim().to_owned(),
        (None, None) => message.from.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(body: &str) -> ThreadMessage {
        ThreadMessage {
            direction: "in".to_owned(),
            from: "mira@globex.test".to_owned(),
            body: body.to_owned(),
            at: "2026-11-18T09:00:00.000Z".to_owned(),
            ..ThreadMessage::default()
        }
    }

    /// 2026-11-22T08:00:00Z.
    const NOW: i64 = 1_795_334_400_000;

    fn quotes(body: &str) -> Vec<(String, Option<String>, bool)> {
        let clock = RepClock::new(NOW, "UTC");
        of_message("r1", &mail(body), &[], None, &clock)
            .into_iter()
            .map(|found| (found.told.quote, found.told.due, found.told.overdue))
            .collect()
    }

    #[test]
    fn promises_are_those_of_the_sender() {
        assert_eq!(
            quotes("Hi Ada,\nI'll send you the printer list by Friday.\n\n> I will send the proposal tomorrow."),
            [("I'll send you the printer list by Friday.".to_owned(), Some("2026-11-20".to_owned()), true)]
        );
        assert!(quotes("If the board agrees, I might send you something.").is_empty());
        assert!(quotes("Thanks, got it.").is_empty());
    }
}
