//! The timeline of a day: what is new of the jobs since the last look, a line each.
//!
//! A line has its time, a word for what happened, the sequence that it is of, and what
//! happened in words. To tell something new: a case of [`Kind`], and where [`Timeline::tell`]
//! finds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use skillhost_engine::approval::{ActionStatus, Answer, Resolution};
use skillhost_engine::effect;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::time::Timestamp;
use skillhost_server::view::{ApprovalView, EffectRowView, JobView, StepView};

/// Columns: the time, the word, the sequence, and characters of the rest before it is
/// broken.
const TIME: usize = 9;
const WORD: usize = 8;
const ABOUT: usize = 20;
const TEXT: usize = 88;
/// Characters of a reason or of an effect, and lines of a message, that are printed.
const MAX_TEXT: usize = 260;
const MAX_TOLD: usize = 14;
const DAY_MS: i64 = 24 * 3_600_000;
/// What a mail is told by.
const OF_A_MAIL: [&str; 4] = ["To", "Cc", "Subject", "Attachments"];

/// What a line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A part of the day, or of its end.
    Heading,
    /// Something that people do.
    Happens,
    /// A job is there.
    Begins,
    /// It waits for a time.
    Waits,
    /// Somebody is asked.
    Asks,
    /// The question is settled.
    Settled,
    /// Something that was released waits.
    Held,
    /// It has left.
    Sent,
    /// It has not, or not surely.
    Failed,
    /// The rep is told.
    Told,
    /// What was not done.
    Skips,
    /// The job is over.
    Ends,
    /// The line before goes on.
    More,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Heading | Self::Happens | Self::More => "",
            Self::Begins => "begins",
            Self::Waits => "waits",
            Self::Asks => "asks",
            Self::Settled => "answered",
            Self::Held => "held",
            Self::Sent => "done",
            Self::Failed => "not done",
            Self::Told => "tells",
            Self::Skips => "skips",
            Self::Ends => "ends",
        }
    }

    /// How a terminal is told to colour it.
    fn colour(self) -> &'static str {
        match self {
            Self::Heading | Self::Happens => "1",
            Self::Begins | Self::More => "0",
            Self::Waits | Self::Held => "35",
            Self::Asks => "33",
            Self::Settled => "36",
            Self::Sent => "32",
            Self::Failed => "31",
            Self::Told => "34",
            Self::Skips | Self::Ends => "2",
        }
    }
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is of.
    pub kind: Kind,
    /// When, as the rep's clock shows it; empty where it is the time of the line before.
    pub time: String,
    /// The sequence.
    pub about: String,
    /// What happened.
    pub text: String,
}

impl Line {
    /// The line for a terminal that shows colours.
    pub fn painted(&self) -> String {
        match self.kind.colour() {
            "0" => self.to_string(),
            colour => format!("\u{1b}[{colour}m{self}\u{1b}[0m"),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Heading => return write!(f, "\n{}\n", self.text),
            Kind::Happens => return write!(f, "{:TIME$}  {}", self.time, self.text),
            _ => {}
        }
        let mut rows = broken(&self.text, TEXT).into_iter();
        let first = rows.next().unwrap_or_default();
        write!(f, "{:TIME$}  {:WORD$}  {:ABOUT$}  {first}", self.time, self.kind.word(), self.about)?;
        for row in rows {
            write!(f, "\n{:TIME$}  {:WORD$}  {:ABOUT$}    {row}", "", "", "")?;
        }
        Ok(())
    }
}

/// A text in rows of at most so many characters, between its words.
fn broken(text: &str, most: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match rows.last_mut() {
            Some(row) if row.chars().count() + 1 + word.chars().count() <= most => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    rows
}

/// What is told of a job already.
#[derive(Default)]
struct Seen {
    parked: Option<(JobStatus, Option<String>, Option<Timestamp>)>,
    asked: BTreeSet<String>,
    settled: BTreeSet<String>,
    effects: BTreeMap<String, (EffectState, Timestamp)>,
    steps: BTreeSet<String>,
    ended: bool,
}

/// The lines so far, and what they say.
pub struct Timeline {
    /// In order.
    pub lines: Vec<Line>,
    /// Where each goes as it comes.
    says: fn(&Line),
    zone: jiff::tz::TimeZone,
    seen: BTreeMap<String, Seen>,
    time: String,
}

impl Timeline {
    /// One without a line, in the clock of this zone.
    ///
    /// # Panics
    /// There is no such zone.
    pub fn new(zone: &str, says: fn(&Line)) -> Self {
        let zone = jiff::tz::TimeZone::get(zone).unwrap();
        Self { lines: Vec::new(), says, zone, seen: BTreeMap::new(), time: String::new() }
    }

    /// The day and hour of an instant.
    pub fn clock(&self, at: Timestamp) -> String {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime("%a %H:%M").to_string()
    }

    /// The same of one that may be so far ahead that another day has its name.
    fn ahead(&self, at: Timestamp, now: Timestamp) -> String {
        if at.0 - now.0 < 6 * DAY_MS {
            return self.clock(at);
        }
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime("%a %-d %b %H:%M").to_string()
    }

    /// Begins a part.
    pub fn heading(&mut self, text: &str) {
        self.time.clear();
        self.put(Line { kind: Kind::Heading, time: String::new(), about: String::new(), text: text.to_owned() });
    }

    /// A line of an instant.
    pub fn line(&mut self, at: Timestamp, kind: Kind, about: &str, text: &str) {
        let time = self.clock(at);
        let time = if time == self.time && kind != Kind::Happens { String::new() } else { time };
        if !time.is_empty() {
            self.time.clone_from(&time);
        }
        self.put(Line { kind, time, about: about.to_owned(), text: cut(text, MAX_TEXT) });
    }

    fn put(&mut self, line: Line) {
        (self.says)(&line);
        self.lines.push(line);
    }

    /// Tells what is new of the jobs.
    pub fn tell(&mut self, now: Timestamp, jobs: &[(JobRow, JobView)]) {
        for (row, job) in jobs {
            let mut seen = self.seen.remove(job.id.as_str()).unwrap_or_else(|| {
                self.line(now, Kind::Begins, &job.event_type, &begun(job, jobs));
                Seen::default()
            });
            self.questions(now, job, &mut seen);
            self.effects(now, job, &mut seen);
            self.steps(now, job, &mut seen);
            self.standing(now, row, job, &mut seen);
            self.seen.insert(job.id.to_string(), seen);
        }
    }

    fn questions(&mut self, now: Timestamp, job: &JobView, seen: &mut Seen) {
        for question in &job.approvals {
            if seen.asked.insert(question.id.to_string()) {
                let text = format!("“{}” ({})", question.card.comment_title, offered(question));
                self.line(now, Kind::Asks, &job.event_type, &text);
            }
            if question.status != ActionStatus::Pending && seen.settled.insert(question.id.to_string()) {
                let text = format!("“{}”: {}", question.card.comment_title, self.settled(question));
                self.line(now, Kind::Settled, &job.event_type, &text);
            }
        }
    }

    fn settled(&self, question: &ApprovalView) -> String {
        let Some(resolution) = &question.resolution else { return question.status.as_str().to_owned() };
        let said = self.answer(question, resolution);
        let how = said.unwrap_or_else(|| question.status.as_str().to_owned());
        let irrelevant = if resolution.irrelevant { ", marked as irrelevant" } else { "" };
        let note = resolution.note.as_deref().map(|note| format!(" (“{note}”)")).unwrap_or_default();
        let reason = resolution.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{how}{irrelevant}{note}{reason}, by {}", resolution.via)
    }

    fn answer(&self, question: &ApprovalView, resolution: &Resolution) -> Option<String> {
        Some(match resolution.answer.as_ref()? {
            Answer::Approve { edits, not_before } => {
                let edited = if edits.is_empty() { "" } else { ", with the rep's own words" };
                let later = not_before.map(|at| format!(", to leave {}", self.clock(at))).unwrap_or_default();
                format!("yes{edited}{later}")
            }
            Answer::Choose { choice } => {
                let part = question.card.parts.iter().find(|part| part.id == *choice);
                format!("chosen “{}”", part.map_or(choice.as_str(), |part| part.label.as_str()))
            }
            Answer::Items { items } => {
                format!("{} of {}", items.iter().filter(|item| item.approve).count(), question.card.parts.len())
            }
            Answer::More => "others are wanted".to_owned(),
            Answer::Manual => "the rep does it by themselves".to_owned(),
            Answer::Skip => "no".to_owned(),
            Answer::Cancel => "the job is stopped".to_owned(),
        })
    }

    fn effects(&mut self, now: Timestamp, job: &JobView, seen: &mut Seen) {
        for one in &job.effects {
            let is = (one.state, one.not_before);
            let was = seen.effects.insert(one.key.to_string(), is);
            if was == Some(is) || one.state == EffectState::Sending {
                continue;
            }
            let why = one.last_error.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            match one.state {
                // What was told before it left is told by its words.
                EffectState::Sent if one.kind == "chat.post" => self.told(now, &job.event_type, &one.payload),
                EffectState::Sent => self.line(now, Kind::Sent, &job.event_type, &shown(one)),
                EffectState::Ready if one.not_before > now => {
                    let text = format!("{}: leaves {}{why}", shown(one), self.clock_of(one, now));
                    self.line(now, Kind::Held, &job.event_type, &text);
                }
                EffectState::Ready => {}
                state => {
                    let text = format!("{}: {}{why}", shown(one), state.as_str());
                    self.line(now, Kind::Failed, &job.event_type, &text);
                }
            }
        }
    }

    /// When it leaves; within a minute it is the time to take it back.
    fn clock_of(&self, one: &EffectRowView, now: Timestamp) -> String {
        let seconds = (one.not_before.0 - now.0) / 1000;
        if seconds < 60 {
            format!("in {seconds} s, until then it can be taken back")
        } else {
            self.ahead(one.not_before, now)
        }
    }

    fn told(&mut self, now: Timestamp, about: &str, payload: &Value) {
        let text = payload["text"].as_str().unwrap_or_default();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        self.line(now, Kind::Told, about, &lines.next().unwrap_or_default().replace("**", ""));
        let rest: Vec<&str> = lines.collect();
        for line in rest.iter().take(MAX_TOLD) {
            self.line(now, Kind::More, "", &line.replace("**", ""));
        }
        if rest.len() > MAX_TOLD {
            self.line(now, Kind::More, "", &format!("… {} more lines", rest.len() - MAX_TOLD));
        }
        let buttons = skillhost_engine::button::of(payload);
        if !buttons.is_empty() {
            let labels: Vec<String> = buttons.iter().map(|button| format!("[{}]", button.label)).collect();
            self.line(now, Kind::More, "", &labels.join(" "));
        }
    }

    /// What was left out, those of one reason together.
    fn steps(&mut self, now: Timestamp, job: &JobView, seen: &mut Seen) {
        let mut by_reason: Vec<(Kind, &str, Vec<&str>)> = Vec::new();
        for step in job.steps.iter().filter(|step| is_left_out(step)) {
            if !seen.steps.insert(step.name.clone()) {
                continue;
            }
            let kind = if step.state == "failed" { Kind::Failed } else { Kind::Skips };
            let reason = step.reason.as_deref().unwrap_or("no reason is given");
            match by_reason.iter_mut().find(|(other, why, _)| (*other, *why) == (kind, reason)) {
                Some((_, _, names)) => names.push(&step.name),
                None => by_reason.push((kind, reason, vec![&step.name])),
            }
        }
        for (kind, reason, names) in by_reason {
            self.line(now, kind, &job.event_type, &format!("{}: {reason}", names.join(", ")));
        }
    }

    fn standing(&mut self, now: Timestamp, row: &JobRow, job: &JobView, seen: &mut Seen) {
        if job.status.is_ended() {
            if !std::mem::replace(&mut seen.ended, true) {
                let why = job.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
                self.line(now, Kind::Ends, &job.event_type, &format!("{}{why}", job.status.as_str()));
            }
            return;
        }
        let is = (job.status, job.reason.clone(), row.wake_at);
        let waits = match job.status {
            // Until its effects have left, which is told of them.
            JobStatus::Deferred if !job.effects.iter().any(|one| one.state == EffectState::Ready) => {
                self.wait(now, row, job)
            }
            JobStatus::AwaitingBudget | JobStatus::Paused => self.wait(now, row, job),
            _ => return,
        };
        if seen.parked.as_ref() != Some(&is) {
            self.line(now, Kind::Waits, &job.event_type, &waits);
            seen.parked = Some(is);
        }
    }

    fn wait(&self, now: Timestamp, row: &JobRow, job: &JobView) -> String {
        let until = row.wake_at.map(|at| format!(" until {}", self.ahead(at, now))).unwrap_or_default();
        let why = job.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{}{until}{why}", job.status.as_str())
    }

    /// What has not ended, and what it waits for.
    pub fn open(&mut self, now: Timestamp, jobs: &[(JobRow, JobView)]) {
        self.heading("Still open");
        let open: Vec<&(JobRow, JobView)> = jobs.iter().filter(|(_, job)| !job.status.is_ended()).collect();
        if open.is_empty() {
            self.line(now, Kind::More, "", "nothing");
        }
        for (row, job) in open {
            let mut why = Vec::new();
            for question in job.approvals.iter().filter(|one| one.status == ActionStatus::Pending) {
                why.push(format!(
                    "“{}” is asked since {}, until {}",
                    question.card.comment_title,
                    self.clock(question.created_at),
                    self.ahead(question.expires_at, now)
                ));
            }
            for one in job.effects.iter().filter(|one| one.state == EffectState::Ready) {
                why.push(format!("{} leaves {}", shown(one), self.ahead(one.not_before, now)));
            }
            if why.is_empty() {
                why.push(self.wait(now, row, job));
            }
            let waiting: Vec<&str> =
                job.steps.iter().filter(|step| step.state == "waiting").map(|step| step.name.as_str()).collect();
            if !waiting.is_empty() {
                why.push(format!("then: {}", waiting.join(", ")));
            }
            self.time.clear();
            self.line(job.created_at, Kind::Waits, &job.event_type, &why.join("; "));
        }
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn is_left_out(step: &StepView) -> bool {
    matches!(step.state.as_str(), "skipped" | "failed")
}

/// Where a job comes from.
fn begun(job: &JobView, jobs: &[(JobRow, JobView)]) -> String {
    let parent = job.event_chain["parent"].as_str();
    let parent = parent.and_then(|id| jobs.iter().find(|(_, other)| other.id.as_str() == id));
    match parent {
        Some((_, parent)) => format!("after {}, depth {}", parent.event_type, job.depth),
        None => format!("by {}", job.event_source),
    }
}

/// What can be answered.
fn offered(question: &ApprovalView) -> String {
    match question.card.parts.len() {
        _ if question.pattern == "review" => "yes or no".to_owned(),
        count if question.pattern == "choose" => format!("one of {count}"),
        count => format!("{count} to tick"),
    }
}

/// An effect in the words of its card.
fn shown(one: &EffectRowView) -> String {
    let Some(kind) = effect::kind(&one.kind) else { return one.kind.clone() };
    let lines = kind.lines(&one.payload).into_iter();
    let lines = lines.filter(|line| match one.kind.as_str() {
        "email.send" => OF_A_MAIL.contains(&line.label.as_str()),
        "coaching.store" => line.label != "Analysis",
        "calendar.invite" => line.label != "Event id" && line.label != "Organizer" && line.label != "Description",
        _ => !line.multiline,
    });
    let told: Vec<String> = lines
        .map(|line| (line.label, line.was, plain(&line.value)))
        .filter(|(_, _, value)| !value.is_empty())
        .map(|(label, was, value)| match was {
            Some(was) => format!("{label}: {was} → {value}"),
            None => format!("{label}: {value}"),
        })
        .collect();
    cut(&format!("{} · {}", kind.title, told.join(" · ")), MAX_TEXT)
}

/// A value on one line, without the digests of its files.
fn plain(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().filter(|word| !word.starts_with("sha256:")).collect();
    words.join(" ").trim_end_matches(',').to_owned()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
