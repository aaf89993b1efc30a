//! The rules, in the order in which the first one holds.

use briefing_record::tally::counted;
use briefing_record::{RepClock, Source};

use crate::record::{Record, Text, TextKind};
use crate::spoken::{self, Said};

/// What was said longer ago holds nothing up any more.
const RECENT_DAYS: i64 = 120;
const DAY_MS: i64 = 86_400_000;
/// How sure silence is as a reason.
const OF_SILENCE: f64 = 0.5;

/// A reason and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) reason: &'static str,
    pub(crate) confidence: f64,
    pub(crate) why: String,
    pub(crate) quote: Option<String>,
    pub(crate) source: Option<Source>,
    pub(crate) read_id: Option<String>,
    pub(crate) move_of: &'static str,
    pub(crate) not_before: Option<String>,
    pub(crate) do_not_write: Option<String>,
}

impl Found {
    fn plain(reason: &'static str, confidence: f64, why: String, move_of: &'static str) -> Self {
        Self {
            reason,
            confidence,
            why,
            quote: None,
            source: None,
            read_id: None,
            move_of,
            not_before: None,
            do_not_write: None,
        }
    }

    pub(crate) fn said(said: Said, text: &Text, why: String, move_of: &'static str) -> Self {
        Self {
            quote: Some(said.quote),
            source: Some(text.source.clone()),
            read_id: Some(text.read_id.clone()),
            ..Self::plain(said.reason, said.confidence, why, move_of)
        }
    }
}

pub(crate) fn find(record: &Record, gone: &[String], clock: &RepClock) -> Found {
    refused(record)
        .or_else(|| waits(record, clock))
        .or_else(|| asked(record, clock))
        .or_else(|| promised(record, clock))
        .or_else(|| left(record, gone))
        .or_else(|| held_up(record, clock))
        .or_else(|| silent(record, clock))
        .unwrap_or_else(|| Found::plain("unknown", 0.0, "no record shows why".to_owned(), "ours"))
}

fn when(text: &Text, clock: &RepClock) -> String {
    clock.short_day(&RepClock::text(text.at)).unwrap_or_default()
}

fn is_recent(text: &Text, clock: &RepClock) -> bool {
    clock.now_ms() - text.at <= RECENT_DAYS * DAY_MS
}

/// Whether the last word was ours by what is known of all mails; a newer mail of
/// theirs whose text was not read leaves it open.
fn newest_is(record: &Record, direction: &str) -> bool {
    record.mails.first().is_some_and(|mail| mail.direction == direction)
}

fn refused(record: &Record) -> Option<Found> {
    let suppressed = !record.contacts.is_empty() && record.contacts.iter().all(|contact| contact.suppressed);
    if suppressed {
        let mut found = Found::plain("said_no", 1.0, "every contact is on the do-not-mail list".to_owned(), "nobodys");
        found.do_not_write = Some("every contact is on the do-not-mail list".to_owned());
        return Some(found);
    }
    let newest = record.written(TextKind::Theirs).next()?;
    let said = spoken::says_no(newest)?;
    let why = said.why.to_owned();
    let mut found = Found::said(said, newest, why.clone(), "nobodys");
    found.do_not_write = Some(why);
    Some(found)
}

fn waits(record: &Record, clock: &RepClock) -> Option<Found> {
    let newest = record.written(TextKind::Theirs).next()?;
    let said = spoken::asks_to_wait(newest, clock)?;
    // A request of which nobody knows until when lapses.
    if said.day.is_none() && !is_recent(newest, clock) {
        return None;
    }
    let ahead = said.day.clone().filter(|day| clock.days_to(day).is_some_and(|days| days > 0));
    let why = format!("on {} they asked to wait", when(newest, clock));
    let mut found = Found::said(said, newest, why, if ahead.is_some() { "nobodys" } else { "ours" });
    found.not_before = ahead;
    Some(found)
}

fn asked(record: &Record, clock: &RepClock) -> Option<Found> {
    let newest = record.written(TextKind::Theirs).next()?;
    let answered = record.written(TextKind::Ours).any(|ours| ours.at > newest.at);
    if answered || !newest_is(record, "in") {
        return None;
    }
    let said = spoken::asks_us(newest, clock)?;
    let why = format!("they asked on {}, and no mail of ours came after it", when(newest, clock));
    Some(Found::said(said, newest, why, "ours"))
}

fn promised(record: &Record, clock: &RepClock) -> Option<Found> {
    let ours: Vec<&Text> = record.written(TextKind::Ours).collect();
    let (text, said) = ours
        .iter()
        .filter(|text| is_recent(text, clock))
        .find_map(|text| Some((*text, spoken::promised(text, &ours, clock)?)))?;
    // Not due yet is not late.
    if said.day.as_deref().is_some_and(|day| clock.days_to(day).is_some_and(|days| days >= 0)) {
        return None;
    }
    let why = format!("we promised on {}, and no later mail brings it", when(text, clock));
    Some(Found::said(said, text, why, "ours"))
}

fn left(record: &Record, gone: &[String]) -> Option<Found> {
    let all_gone = !record.contacts.is_empty() && record.contacts.iter().all(|contact| gone.contains(&contact.id));
    all_gone.then(|| {
        let n = record.contacts.len();
        let why = match n {
            1 => "the contact's profile is at another company".to_owned(),
            n => format!("the profiles of {} are at other companies", counted(n, "contact")),
        };
        Found::plain("contact_left", 0.8, why, "ours")
    })
}

/// What they wrote themselves before what we wrote down of them; newest first.
fn held_up(record: &Record, clock: &RepClock) -> Option<Found> {
    let kinds = [&[TextKind::Theirs][..], &[TextKind::Note, TextKind::Call][..]];
    kinds.into_iter().find_map(|kinds| {
        record.texts.iter().filter(|text| kinds.contains(&text.kind) && is_recent(text, clock)).find_map(|text| {
            let said = spoken::holds_up(text)?;
            let from = if text.kind == TextKind::Theirs { "they wrote" } else { "we noted" };
            let why = format!("{from} on {}: {}", when(text, clock), said.why);
            Some(Found::said(said, text, why, "ours"))
        })
    })
}

fn silent(record: &Record, clock: &RepClock) -> Option<Found> {
    let last = record.mails.first().filter(|mail| mail.direction == "out")?;
    let n = record.mails.iter().take_while(|mail| mail.direction == "out").count();
    let days = usize::try_from(clock.whole_days_since(&last.at)?).unwrap_or(usize::MAX);
    let why = format!("no answer to our last {}, the newest {} ago", counted(n, "mail"), counted(days, "day"));
    let mut found = Found::plain("no_reply", OF_SILENCE, why, "theirs");
    found.source = Some(Source::new("email", &last.id).at(&last.at));
    Some(found)
}
