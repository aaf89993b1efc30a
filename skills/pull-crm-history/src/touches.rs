//! What happened between both sides, as one list.

use briefing_record::{LastWord, Reading, RepClock, Source, Touch, exact_line};
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::{EmailEntry, Side, instant_ms};

/// Most touches that are told: what somebody still reads.
const MAX_TOUCHES: usize = 6;
/// Longest subject, characters.
const MAX_SUBJECT: usize = 120;
/// What counts as recent.
const RECENT_DAYS: i64 = 90;
/// A mail or meeting and the activity that logs it are at most so far apart.
const SAME_WITHIN_MS: i64 = 15 * 60_000;

/// A touch and the read it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) told: Touch,
    pub(crate) read_id: String,
    at: i64,
}

/// Everything that was read of the past.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// Newest first.
    touches: Vec<Seen>,
    /// Newest first.
    pub(crate) emails: Vec<EmailEntry>,
}

/// `ahead` is the meeting that is prepared for: one that is under way is no past.
pub(crate) fn read(about: &[About], ahead: Option<&str>, clock: &RepClock, reading: &mut Reading) -> Past {
    let mut past = Past::default();
    for whose in about {
        if let Some(read) = reading.optional(context::meetings(whose)) {
            for meeting in read.value.into_iter().filter(|meeting| ahead != Some(meeting.id.as_str())) {
                let source = Source::new("meeting", &meeting.id);
                past.add("meeting", &meeting.started_at, &meeting.title, source, &read.read_id, clock);
            }
        }
        if let Some(read) = reading.optional(context::emails(whose)) {
            for mail in read.value {
                let kind = if mail.direction == "out" { "email_out" } else { "email_in" };
                past.add(kind, &mail.at, &mail.subject, Source::new("email", &mail.id), &read.read_id, clock);
                let past_mail = instant_ms(&mail.at).is_some_and(|at| at <= clock.now_ms());
                if past_mail && !past.emails.iter().any(|other| other.id == mail.id) {
                    past.emails.push(mail);
                }
            }
        }
    }
    // Activities come last: those that log a mail or meeting are known by then.
    for whose in about {
        if let Some(read) = reading.optional(context::activities(whose)) {
            for entry in read.value {
                let source = Source::new("activity", &entry.id);
                past.add(&entry.kind, &entry.at, &entry.subject, source, &read.read_id, clock);
            }
        }
    }
    past.touches.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.told.source.id.cmp(&b.told.source.id)));
    past.emails.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    past
}

impl Past {
    fn add(&mut self, kind: &str, at: &str, subject: &str, source: Source, read_id: &str, clock: &RepClock) {
        let Some(ms) = instant_ms(at).filter(|ms| *ms <= clock.now_ms()) else { return };
        let text = exact_line(subject, MAX_SUBJECT);
        let family = |kind: &str| kind.split('_').next().unwrap_or_default().to_owned();
        let known = self.touches.iter().any(|seen| {
            seen.told.source == source
                || (source.kind == "activity"
                    && family(&seen.told.kind) == family(kind)
                    && (seen.at - ms).abs() <= SAME_WITHIN_MS)
        });
        if !known && !text.is_empty() {
            let told = Touch { kind: kind.to_owned(), at: at.to_owned(), text: text.to_owned(), source };
            self.touches.push(Seen { told, read_id: read_id.to_owned(), at: ms });
        }
    }

    /// The newest ones.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Seen> {
        self.touches.iter().take(MAX_TOUCHES)
    }

    pub(crate) fn recent(&self, clock: &RepClock) -> i64 {
        let recent = |seen: &&Seen| clock.whole_days_since(&seen.told.at).is_some_and(|days| days <= RECENT_DAYS);
        i64::try_from(self.touches.iter().filter(recent).count()).unwrap_or(i64::MAX)
    }

    /// When both sides spoke last.
    pub(crate) fn last_conversation(&self) -> Option<&str> {
        let spoke = |seen: &&Seen| matches!(seen.told.kind.as_str(), "meeting" | "call");
        self.touches.iter().find(spoke).map(|seen| seen.told.at.as_str())
    }

    /// Whether both sides met after an instant.
    pub(crate) fn met_after(&self, at: i64) -> bool {
        self.touches.iter().any(|seen| seen.at > at && matches!(seen.told.kind.as_str(), "meeting" | "call"))
    }

    pub(crate) fn last_word(&self, clock: &RepClock) -> Option<LastWord> {
        let last = self.emails.first()?;
        let in_a_row = self.emails.iter().take_while(|mail| mail.direction == last.direction).count();
        Some(LastWord {
            by: if last.direction == "out" { Side::Rep } else { Side::Prospect },
            at: last.at.clone(),
            days: clock.whole_days_since(&last.at)?,
            in_a_row: i64::try_from(in_a_row).unwrap_or(i64::MAX),
            source: Source::new("email", &last.id),
        })
    }
}
