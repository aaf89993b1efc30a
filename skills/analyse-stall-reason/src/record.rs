//! What there is to read of a deal.

use briefing_record::{Reading, RepClock, Source, Writer, own_words, read_part, writer};
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::{Contact, Deal, EmailEntry, ThreadMessage, instant_ms};

/// Most contacts, and most people whose lists are read beside the deal's.
const MAX_CONTACTS: usize = 3;
const MAX_LISTS: usize = 1;
/// Most conversations that are read in full.
const MAX_THREADS: usize = 2;
/// Most mails of a conversation.
const MAX_MESSAGES: usize = 10;
/// Longest stretch that is looked back on.
const LOOK_BACK_DAYS: i64 = 365;

/// Something written, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Names it in the material: `email:e1`, `note:n2`.
    pub(crate) id: String,
    pub(crate) kind: TextKind,
    /// The writer's own words.
    pub(crate) words: String,
    /// Epoch milliseconds.
    pub(crate) at: i64,
    pub(crate) source: Source,
    pub(crate) read_id: String,
}

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextKind {
    /// They wrote it.
    Theirs,
    /// We wrote it to them.
    Ours,
    /// We wrote it down.
    Note,
    /// We wrote down what was said in a call or meeting.
    Call,
}

impl TextKind {
    /// The word in the material of a model.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Theirs => "their_mail",
            Self::Ours => "our_mail",
            Self::Note => "note",
            Self::Call => "call",
        }
    }
}

/// A title of something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Titled {
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) at: String,
    pub(crate) source: Source,
    pub(crate) read_id: String,
}

/// Everything that was read, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) contacts: Vec<Contact>,
    pub(crate) texts: Vec<Text>,
    pub(crate) titles: Vec<Titled>,
    /// The newest mails, without their text where their conversation was not read.
    pub(crate) mails: Vec<EmailEntry>,
}

impl Record {
    /// Mails in full, of one direction.
    pub(crate) fn written(&self, kind: TextKind) -> impl Iterator<Item = &Text> {
        self.texts.iter().filter(move |text| text.kind == kind)
    }
}

pub(crate) fn read(deal: &Deal, clock: &RepClock, reading: &mut Reading) -> Record {
    let contacts = deal
        .contact_ids
        .iter()
        .take(MAX_CONTACTS)
        .filter_map(|id| reading.optional(context::contact(id)))
        .map(|read| read.value)
        .collect();
    let mut record = Record { contacts, ..Record::default() };
    let about: Vec<About> = [About::Deal(deal.id.clone())]
        .into_iter()
        .chain(record.contacts.iter().take(MAX_LISTS).map(|contact| About::Contact(contact.id.clone())))
        .collect();
    for whose in &about {
        record.read_mails(whose, clock, reading);
        record.read_history(whose, clock, reading);
    }
    record.mails.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    record.read_threads(clock, reading);
    record.texts.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    record.titles.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.title.cmp(&b.title)));
    record
}

/// The instant of something that happened, not too long ago and not ahead.
fn past(at: &str, clock: &RepClock) -> Option<i64> {
    let ms = instant_ms(at).filter(|ms| *ms <= clock.now_ms())?;
    clock.whole_days_since(at).is_some_and(|days| days <= LOOK_BACK_DAYS).then_some(ms)
}

impl Record {
    fn read_mails(&mut self, whose: &About, clock: &RepClock, reading: &mut Reading) {
        let Some(read) = reading.optional(context::emails(whose)) else { return };
        for mail in read.value {
            if past(&mail.at, clock).is_none() || self.mails.iter().any(|other| other.id == mail.id) {
                continue;
            }
            self.titles.push(Titled {
                kind: "email",
                title: mail.subject.clone(),
                at: mail.at.clone(),
                source: Source::new("email", &mail.id).at(&mail.at),
                read_id: read.read_id.clone(),
            });
            self.mails.push(mail);
        }
    }

    fn read_history(&mut self, whose: &About, clock: &RepClock, reading: &mut Reading) {
        if let Some(read) = reading.optional(context::meetings(whose)) {
            for meeting in read.value {
                let source = Source::new("meeting", &meeting.id).at(&meeting.started_at);
                self.title("meeting", meeting.title, &meeting.started_at, source, &read.read_id, clock);
            }
        }
        if let Some(read) = reading.optional(context::activities(whose)) {
            for entry in read.value {
                let source = Source::new("activity", &entry.id).at(&entry.at);
                if matches!(entry.kind.as_str(), "call" | "meeting") {
                    let kind = if entry.kind == "call" { "call" } else { "meeting" };
                    self.title(kind, entry.subject.clone(), &entry.at, source.clone(), &read.read_id, clock);
                }
                // A logged mail is read as a mail.
                if entry.kind != "email" {
                    let kind = if entry.kind == "note" { TextKind::Note } else { TextKind::Call };
                    self.text(
                        format!("activity:{}", entry.id),
                        kind,
                        &entry.body,
                        &entry.at,
                        source,
                        &read.read_id,
                        clock,
                    );
                }
            }
        }
        if let Some(read) = reading.optional(context::notes(whose)) {
            for note in read.value {
                let source = Source::new("note", &note.id).at(&note.at);
                let id = format!("note:{}", note.id);
                self.text(id, TextKind::Note, &note.body, &note.at, source, &read.read_id, clock);
            }
        }
    }

    fn read_threads(&mut self, clock: &RepClock, reading: &mut Reading) {
        let mut threads: Vec<String> = Vec::new();
        for id in self.mails.iter().filter_map(|mail| mail.thread_id.clone()) {
            if !threads.contains(&id) && threads.len() < MAX_THREADS {
                threads.push(id);
            }
        }
        for id in threads {
            let Some(read) = reading.optional(context::thread(&id)) else { continue };
            // Oldest first; the newest tell why.
            for message in read.value.messages.iter().rev().take(MAX_MESSAGES) {
                // An automatic answer is nobody's word.
                if writer(&message.headers, &message.from) == Writer::Person {
                    self.mail(message, &read.read_id, clock);
                }
            }
        }
    }

    fn mail(&mut self, message: &ThreadMessage, read_id: &str, clock: &RepClock) {
        let kind = if message.direction == "out" { TextKind::Ours } else { TextKind::Theirs };
        let source = Source::new("email", &message.id).at(&message.at);
        self.text(format!("email:{}", message.id), kind, own_words(&message.body), &message.at, source, read_id, clock);
    }

    #[expect(clippy::too_many_arguments, reason = "a row of the record, in one place")]
    fn text(
        &mut self,
        id: String,
        kind: TextKind,
        words: &str,
        at: &str,
        source: Source,
        read_id: &str,
        clock: &RepClock,
    ) {
        let Some(at) = past(at, clock) else { return };
        let words = read_part(words);
        if !words.is_empty() && !self.texts.iter().any(|text| text.id == id) {
            let read_id = read_id.to_owned();
            self.texts.push(Text { id, kind, words: words.to_owned(), at, source, read_id });
        }
    }

    fn title(&mut self, kind: &'static str, title: String, at: &str, source: Source, read_id: &str, clock: &RepClock) {
        if past(at, clock).is_some() {
            self.titles.push(Titled { kind, title, at: at.to_owned(), source, read_id: read_id.to_owned() });
        }
    }
}
