//! Steps from every record that keeps them.

use briefing_record::{Appointment, Owed, Reading, RepClock, Source, State, own_words, read_part};
use meeting_record::first_name;
use skillhost_language::{Anchor, deadlines, match_name, sentences};
use skillhost_sdk::Read;
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::{ActivityEntry, Contact, Note, Side, TaskEntry, ThreadMessage, User, instant_ms};

use crate::listed_steps::{self, Listed, Whose};

/// Most conversations that are read.
const MAX_THREADS: usize = 2;
/// Most mails of a conversation, and most steps that are told apart: each is held
/// against every other.
const MAX_MESSAGES: usize = 10;
const MAX_STEPS: usize = 150;
/// What was agreed longer ago is settled or forgotten.
const MAX_AGE_DAYS: i64 = 60;
/// Words of a name that stands before a colon.
const MAX_NAME: usize = 3;
/// Longest step, characters; a longer line is a text.
const MAX_STEP: usize = 240;

/// Everybody who may owe something.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    all: Vec<(String, Side)>,
}

impl Names {
    pub(crate) fn of(appointment: &Appointment, contacts: &[Read<Contact>], user: Option<&User>) -> Self {
        let mut names = Self::default();
        if let Some(user) = user {
            names.add(&user.name, Side::Rep);
        }
        for read in contacts {
            names.add(&read.value.name, Side::Prospect);
        }
        for person in &appointment.people {
            names.add(&person.name, person.side);
        }
        names
    }

    fn add(&mut self, name: &str, side: Side) {
        let known = self.all.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        if !known && !name.contains('@') && !name.trim().is_empty() && side != Side::Unknown {
            self.all.push((name.trim().to_owned(), side));
        }
    }

    /// The one person whom words name.
    fn find(&self, mention: &str) -> Option<(&str, Side)> {
        let names: Vec<&str> = self.all.iter().map(|(name, _)| name.as_str()).collect();
        let (name, side) = self.all.get(match_name(mention, &names)?)?;
        Some((name, *side))
    }

    fn first_of(&self, side: Side) -> Option<&str> {
        self.all.iter().find(|(_, other)| *other == side).map(|(name, _)| name.as_str())
    }
}

/// A step, and what tells its end.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) owed: Owed,
    pub(crate) read_id: String,
    /// When it was agreed, epoch milliseconds.
    pub(crate) at: i64,
}

/// All that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) steps: Vec<Step>,
    /// Mails read in full, oldest first.
    pub(crate) mails: Vec<ThreadMessage>,
}

pub(crate) fn gather(about: &[About], names: &Names, clock: &RepClock, reading: &mut Reading) -> Gathered {
    let mut gathered = Gathered::default();
    let mut threads: Vec<(String, String)> = Vec::new();
    for whose in about {
        if let Some(read) = reading.optional(context::tasks(whose)) {
            for task in read.value {
                gathered.steps.extend(of_task(&task, &read.read_id, names, clock));
            }
        }
        if let Some(read) = reading.optional(context::notes(whose)) {
            for note in read.value {
                gathered.steps.extend(of_note(&note, &read.read_id, names, clock));
            }
        }
        if let Some(read) = reading.optional(context::activities(whose)) {
            for activity in read.value {
                gathered.steps.extend(of_activity(&activity, &read.read_id, names, clock));
            }
        }
        if let Some(read) = reading.optional(context::emails(whose)) {
            threads.extend(read.value.into_iter().filter_map(|mail| Some((mail.at, mail.thread_id?))));
        }
    }
    threads.sort_by(|a, b| b.cmp(a));
    let mut asked: Vec<String> = Vec::new();
    for (_, id) in threads {
        if asked.contains(&id) || asked.len() == MAX_THREADS {
            continue;
        }
        if let Some(read) = reading.optional(context::thread(&id)) {
            // Oldest first; what was agreed long ago is settled or forgotten.
            for message in read.value.messages.into_iter().rev().take(MAX_MESSAGES) {
                gathered.steps.extend(of_mail(&message, &read.read_id, names, clock));
                gathered.mails.push(message);
            }
        }
        asked.push(id);
    }
    gathered.mails.sort_by(|a, b| a.at.cmp(&b.at));
    // Tasks come first and stay; of the rest the newest.
    gathered.steps.sort_by_key(|step| (step.owed.source.kind != "task", -step.at));
    gathered.steps.truncate(MAX_STEPS);
    gathered
}

fn is_recent(at: &str, clock: &RepClock) -> Option<i64> {
    instant_ms(at).filter(|_| clock.whole_days_since(at).is_some_and(|days| days <= MAX_AGE_DAYS))
}

fn of_task(task: &TaskEntry, read_id: &str, names: &Names, clock: &RepClock) -> Option<Step> {
    let done = task.status == "done";
    // An open task is owed however old it is; a finished one is news for a while.
    let at = match is_recent(&task.created_at, clock) {
        Some(at) => at,
        None if done => return None,
        None => instant_ms(&task.created_at).unwrap_or_default(),
    };
    let text = task.title.trim();
    let source = Source::new("task", &task.id);
    (!text.is_empty()).then(|| Step {
        owed: Owed {
            text: text.to_owned(),
            owner: names.first_of(Side::Rep).map(str::to_owned),
            side: Side::Rep,
            state: if done { State::Done } else { State::Open },
            due: task.due.clone(),
            done_by: done.then(|| source.clone()),
            source,
            ..Owed::default()
        },
        read_id: read_id.to_owned(),
        at,
    })
}

fn of_mail(message: &ThreadMessage, read_id: &str, names: &Names, clock: &RepClock) -> Vec<Step> {
    let Some(at) = is_recent(&message.at, clock) else { return Vec::new() };
    let writers = if message.direction == "out" { Side::Rep } else { Side::Prospect };
    let writer = names.first_of(writers).filter(|_| message.direction == "out");
    let source = Source::new("email", &message.id).at(&message.at);
    listed_steps::read(own_words(&message.body))
        .into_iter()
        .filter_map(|listed| of_line(listed, Some((writers, writer)), names, &source, read_id, at, clock))
        .collect()
}

fn of_note(note: &Note, read_id: &str, names: &Names, clock: &RepClock) -> Vec<Step> {
    let Some(at) = is_recent(&note.at, clock) else { return Vec::new() };
    let source = Source::new("note", &note.id).at(&note.at);
    listed_steps::read(read_part(&note.body))
        .into_iter()
        .filter_map(|listed| of_line(listed, None, names, &source, read_id, at, clock))
        .collect()
}

/// What a call or a visit left in the history. Mails are read whole where they are kept.
fn of_activity(activity: &ActivityEntry, read_id: &str, names: &Names, clock: &RepClock) -> Vec<Step> {
    let Some(at) = is_recent(&activity.at, clock).filter(|_| activity.kind != "email") else { return Vec::new() };
    let source = Source::new("activity", &activity.id).at(&activity.at);
    listed_steps::read(read_part(&activity.body))
        .into_iter()
        .filter_map(|listed| of_line(listed, None, names, &source, read_id, at, clock))
        .map(without_owner)
        .collect()
}

/// A step is told with its owner beside it, not before it: so it is the one that a task has.
fn without_owner(mut step: Step) -> Step {
    if step.owed.owner.is_some()
        && let Some((before, rest)) = step.owed.text.split_once(": ")
        && before.split_whitespace().count() <= MAX_NAME
        && rest.split_whitespace().count() >= 2
    {
        step.owed.text = rest.trim().to_owned();
    }
    step
}

/// A line without the day in brackets behind it, and that day: a date, with or without a
/// time, or words for one.
fn dated<'a>(text: &'a str, anchor: &Anchor) -> (&'a str, Option<String>) {
    let whole = (text, None);
    let Some((before, inner)) = text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) else { return whole };
    let day = inner.get(..10).filter(|day| instant_ms(&format!("{day}T00:00:00Z")).is_some());
    let due = match (day, inner.get(10..).unwrap_or_default()) {
        (Some(day), "") => Some(day.to_owned()),
        (Some(day), time) => Some(format!("{day}T{}:00Z", time.trim())).filter(|instant| instant_ms(instant).is_some()),
        (None, _) => {
            let by = format!("by {inner}");
            sentences(&by).iter().flat_map(|sentence| deadlines(sentence, anchor)).next().map(|due| due.when.to_text())
        }
    };
    if due.is_some() { (before.trim_end(), due) } else { whole }
}

/// A line of a list as a step. `writers` are the side and name behind "I" and "we";
/// none where nobody is spoken to.
fn of_line(
    listed: Listed<'_>,
    writers: Option<(Side, Option<&str>)>,
    names: &Names,
    source: &Source,
    read_id: &str,
    at: i64,
    clock: &RepClock,
) -> Option<Step> {
    let anchor = Anchor::or_utc(at, &clock.zone());
    let (text, day) = dated(listed.text.trim_end_matches(['.', ';', ',']), &anchor);
    if text.chars().count() > MAX_STEP || text.split_whitespace().count() < 2 || text.starts_with("[x]") {
        return None;
    }
    let other = |side: Side| if side == Side::Rep { Side::Prospect } else { Side::Rep };
    let named = named(text, names);
    let spoken = writers.and_then(|(side, writer)| spoken(text, side, other(side), writer));
    let (owner, side) = match (named, spoken, listed.whose, writers) {
        (Some((name, side)), ..) => (Some(name.to_owned()), side),
        (None, Some((name, side)), ..) => (name.map(str::to_owned), side),
        (None, None, Whose::Writers, Some((side, _))) => (None, side),
        (None, None, Whose::Readers, Some((side, _))) => (None, other(side)),
        _ => return None,
    };
    let said = || sentences(text).iter().flat_map(|sentence| deadlines(sentence, &anchor)).next();
    let due = day.or_else(|| said().map(|due| due.when.to_text()));
    Some(Step {
        owed: Owed { text: text.to_owned(), owner, side, due, source: source.clone(), ..Owed::default() },
        read_id: read_id.to_owned(),
        at,
    })
}

/// `Mira: …`, `Mira will …`, `Mira Holt to …`.
fn named<'a>(text: &str, names: &'a Names) -> Option<(&'a str, Side)> {
    if let Some((before, _)) = text.split_once(':')
        && before.split_whitespace().count() <= MAX_NAME
        && let Some(found) = names.find(before.trim())
    {
        return Some(found);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=3usize.min(words.len().saturating_sub(1))).rev().find_map(|n| {
        let verb = words[n].to_lowercase();
        let found = names.find(&words[..n].join(" ")).filter(|_| matches!(verb.as_str(), "will" | "to" | "shall"))?;
        // "Mira" alone has to be a first name that is written so.
        (n > 1 || first_name(found.0).eq_ignore_ascii_case(words[0]) || found.0.contains(words[0])).then_some(found)
    })
}

/// `I’ll …`, `We will …`, `You’ll …`, seen from who wrote it.
fn spoken<'a>(text: &str, ours: Side, theirs: Side, writer: Option<&'a str>) -> Option<(Option<&'a str>, Side)> {
    let lower = text.to_lowercase().replace('’', "'");
    let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    if begins(&["i'll ", "i will "]) {
        Some((writer, ours))
    } else if begins(&["we'll ", "we will "]) {
        Some((None, ours))
    } else if begins(&["you'll ", "you will "]) {
        Some((None, theirs))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::default();
        for (name, side) in [("Ada Reed", Side::Rep), ("Jon Sato", Side::Rep), ("Mira Holt", Side::Prospect)] {
            names.add(name, side);
        }
        names
    }

    /// 2026-11-22T08:00:00Z, a Sunday.
    const NOW: i64 = 1_795_334_400_000;

    fn owed(text: &str, whose: Whose, writers: Option<Side>) -> Option<(Option<String>, Side, Option<String>)> {
        let clock = RepClock::new(NOW, "UTC");
        let writers = writers.map(|side| (side, Some("Ada Reed")));
        let step =
            of_line(Listed { text, whose }, writers, &names(), &Source::default(), "r1", NOW - 6 * 86_400_000, &clock)?;
        Some((step.owed.owner, step.owed.side, step.owed.due))
    }

    #[test]
    fn a_line_says_who_owes_it_or_is_left_out() {
        let ada = || Some("Ada Reed".to_owned());
        let mira = || Some("Mira Holt".to_owned());
        let due = |day: &str| Some(day.to_owned());
        for (text, whose, writers, want) in [
            (
                "I’ll send the samples by Tuesday 24 November",
                Whose::Writers,
                Some(Side::Rep),
                Some((ada(), Side::Rep, due("2026-11-24"))),
            ),
            ("We’ll book a room", Whose::Named, Some(Side::Rep), Some((None, Side::Rep, None))),
            ("You’ll send us the export", Whose::Named, Some(Side::Rep), Some((None, Side::Prospect, None))),
            ("You’ll get the export", Whose::Named, Some(Side::Prospect), Some((None, Side::Rep, None))),
            (
                "Mira will check the list by Friday",
                Whose::Readers,
                Some(Side::Rep),
                Some((mira(), Side::Prospect, due("2026-11-20"))),
            ),
            ("Mira Holt to ask legal", Whose::Named, None, Some((mira(), Side::Prospect, None))),
            ("Ada: call the depot", Whose::Named, None, Some((ada(), Side::Rep, None))),
            ("check the list", Whose::Readers, Some(Side::Rep), Some((None, Side::Prospect, None))),
            ("check the list", Whose::Named, Some(Side::Rep), None),
            ("check the list", Whose::Readers, None, None),
            ("Somebody will check the list", Whose::Named, None, None),
            (
                "Mira Holt: send the export (2026-11-20)",
                Whose::Named,
                None,
                Some((mira(), Side::Prospect, due("2026-11-20"))),
            ),
            (
                "Mira Holt: send the export (2026-11-20 15:30)",
                Whose::Named,
                None,
                Some((mira(), Side::Prospect, due("2026-11-20T15:30:00Z"))),
            ),
            ("Ada: call the depot (Kiel)", Whose::Named, None, Some((ada(), Side::Rep, None))),
            ("[x] Ada: call", Whose::Named, None, None),
            ("call", Whose::Writers, Some(Side::Rep), None),
        ] {
            assert_eq!(owed(text, whose, writers), want, "{text}");
        }
    }
}
