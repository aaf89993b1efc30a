//! What a MeetingBaaS delivery says, read only after it was verified.
//!
//! Version 1 puts the transcript into the delivery; version 2 puts an address
//! there, which is told apart here and fetched by whoever called. Unknown events
//! are no errors: the vendor adds some, and each is recorded with its reason.

mod artifact;
mod people;
mod turns;
mod webvtt;

use serde_json::{Map, Value};
use url::Url;

use people::People;
use turns::{Speaker, Turn, name_speakers};
use webvtt::webvtt;

pub use artifact::UnreadableFile;

/// Longest bot id taken; they are UUIDs today.
const MAX_BOT_ID_BYTES: usize = 128;
/// Fields of the words or of their address, in the order in which they are believed. What the
/// transcription provider wrote numbers the speakers; it is better than nothing.
const WORDS: [&str; 3] = ["transcript", "transcription", "raw_transcription"];

/// A delivery, sorted.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// A meeting was recorded to its end.
    Complete(Complete),
    /// The same, and the transcript is kept elsewhere, for a few hours only.
    Elsewhere(Elsewhere),
    /// There will be no transcript of a meeting that a bot was sent to.
    Missed(Missed),
    /// Nothing to do, and why.
    Ignored {
        /// The bot, where the delivery names one.
        bot_id: Option<String>,
        /// The vendor's word for the event.
        event: String,
        /// Why nothing is done.
        reason: String,
    },
}

/// A meeting with its transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct Complete {
    /// The bot: connections map it to an org and a user.
    pub bot_id: String,
    /// Names the vendor heard, else of those who were there; taken from the transcript
    /// where it sends neither.
    pub speakers: Vec<String>,
    /// What was said: WebVTT, one cue a turn.
    pub transcript: String,
    /// End of the last word, in seconds; the length of the recording where words have no times.
    pub duration_s: Option<f64>,
    /// Words in all turns: 0 means that nobody spoke.
    pub words: usize,
}

/// A meeting whose transcript is to be fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    /// The bot: connections map it to an org and a user.
    pub bot_id: String,
    /// Where the transcript is.
    pub address: Address,
    people: People,
    duration_s: Option<f64>,
}

impl Elsewhere {
    /// The meeting with the transcript that was fetched.
    ///
    /// # Errors
    /// The file is of a shape that nobody knows.
    pub fn read(self, file: &[u8]) -> Result<Complete, UnreadableFile> {
        let (turns, listed) = artifact::read(file)?;
        Ok(finished(self.bot_id, self.people.or(listed), turns, self.duration_s))
    }

    /// Names the vendor heard, else of those who were there.
    pub fn speakers(&self) -> &[String] {
        self.people.names()
    }
}

/// Where a transcript is. The vendor signed it, so whoever has it can read the meeting:
/// nothing that prints it shows more than its host.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// To fetch from.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// What may be shown of it.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.host()).finish()
    }
}

/// A meeting without a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The bot.
    pub bot_id: String,
    /// What the vendor says went wrong, short; nothing where it recorded the meeting and
    /// has no transcript of it.
    pub failure: Option<String>,
}

/// A delivery that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Not JSON.
    #[error("the delivery is not JSON (line {line}, column {column})")]
    NotJson {
        /// Where.
        line: usize,
        /// Where.
        column: usize,
    },
    /// A part is missing or of another shape.
    #[error("the delivery's {pointer} {problem}")]
    Shape {
        /// JSON Pointer.
        pointer: String,
        /// What is wrong.
        problem: &'static str,
    },
}

fn shape(pointer: impl Into<String>, problem: &'static str) -> DeliveryError {
    DeliveryError::Shape { pointer: pointer.into(), problem }
}

/// The bot that a body names, read without keeping anything else of it: all that is done
/// with what nobody has proven yet. `None` where it names none that can be read.
pub fn bot_named(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        data: Bot,
    }
    #[derive(serde::Deserialize)]
    struct Bot {
        bot_id: String,
    }
    let named: Named = serde_json::from_slice(body).ok()?;
    Some(named.data.bot_id).filter(|id| !id.is_empty() && id.len() <= MAX_BOT_ID_BYTES)
}

/// Reads a verified body.
pub fn parse(body: &[u8]) -> Result<Delivery, DeliveryError> {
    let mut root: Value = serde_json::from_slice(body)
        .map_err(|error| DeliveryError::NotJson { line: error.line(), column: error.column() })?;
    let event =
        root.get("event").and_then(Value::as_str).ok_or_else(|| shape("/event", "is missing or not text"))?.to_owned();
    let data = match root.get_mut("data").map(Value::take) {
        Some(Value::Object(data)) => data,
        Some(_) | None => return Err(shape("/data", "is missing or not an object")),
    };
    match event.as_str() {
        "complete" | "bot.completed" => complete(data),
        "failed" | "bot.failed" => {
            let failure = failure(&data);
            Ok(match bot_id(&data) {
                Ok(bot_id) => Delivery::Missed(Missed { bot_id, failure: Some(failure) }),
                Err(_) => Delivery::Ignored { bot_id: None, event, reason: format!("a bot failed: {failure}") },
            })
        }
        "bot.status_change" => {
            let code = data
                .get("status")
                .and_then(|status| status.get("code").or(Some(status)))
                .and_then(Value::as_str)
                .unwrap_or("unknown");
            let reason = format!("a status only: {}", bounded(code));
            Ok(Delivery::Ignored { bot_id: bot_id(&data).ok(), event, reason })
        }
        _ => {
            let reason = "no such event is handled".to_owned();
            Ok(Delivery::Ignored { bot_id: bot_id(&data).ok(), event: bounded(&event), reason })
        }
    }
}

fn complete(mut data: Map<String, Value>) -> Result<Delivery, DeliveryError> {
    let bot_id = bot_id(&data)?;
    let people = People::read(data.get("speakers")).or(People::read(data.get("participants")));
    let duration_s = data.get("duration_seconds").and_then(Value::as_f64);
    let has_empty_list = WORDS.iter().any(|key| data.get(*key).is_some_and(Value::is_array));
    let Some((key, words)) = WORDS.iter().find_map(|key| Some((key, data.remove(*key).filter(is_said)?))) else {
        return Ok(match has_empty_list {
            true => Delivery::Complete(finished(bot_id, people, Vec::new(), duration_s)),
            false => Delivery::Missed(Missed { bot_id, failure: None }),
        });
    };
    let pointer = format!("/data/{key}");
    let turns = match words {
        Value::Array(entries) => listed(&entries, &pointer)?,
        Value::String(address) => {
            let address = Url::parse(address.trim()).map_err(|_| shape(&pointer, "is text and no address"))?;
            return Ok(Delivery::Elsewhere(Elsewhere { bot_id, address: Address(address), people, duration_s }));
        }
        Value::Object(_) => artifact::find_turns(&words).ok_or_else(|| shape(&pointer, "holds no list of turns"))?,
        _ => return Err(shape(&pointer, "is neither a list nor an address")),
    };
    Ok(Delivery::Complete(finished(bot_id, people, turns, duration_s)))
}

/// Whether a field has anything in it.
fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        _ => true,
    }
}

/// The turns of a list in the delivery itself.
fn listed(entries: &[Value], pointer: &str) -> Result<Vec<Turn>, DeliveryError> {
    let mut turns = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let turn = Turn::read(entry).map_err(|odd| shape(format!("{pointer}/{index}{}", odd.pointer), odd.problem))?;
        turns.extend(turn);
    }
    Ok(turns)
}

fn finished(bot_id: String, people: People, mut turns: Vec<Turn>, recorded_s: Option<f64>) -> Complete {
    name_speakers(&mut turns, &people);
    let mut speakers = people.names().to_vec();
    if speakers.is_empty() {
        for turn in &turns {
            if let Speaker::Named(name) = &turn.speaker
                && !speakers.contains(name)
            {
                speakers.push(name.clone());
            }
        }
    }
    Complete {
        bot_id,
        speakers,
        transcript: webvtt(&turns),
        duration_s: turns.iter().filter_map(|turn| turn.end).reduce(f64::max).or(recorded_s),
        words: turns.iter().map(|turn| turn.text.split(' ').count()).sum(),
    }
}

/// Why a bot failed: the vendor's words, with its code where it has both. Words with an
/// address in them are left out: that of a meeting may hold its password.
fn failure(data: &Map<String, Value>) -> String {
    let said = |key: &str| {
        let text = data.get(key).and_then(Value::as_str).map(bounded)?;
        (!text.is_empty() && !text.contains("://")).then_some(text)
    };
    let code = said("error_code").or_else(|| said("error"));
    match (said("error_message"), code) {
        (Some(message), Some(code)) => format!("{message} ({code})"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => "no reason given".to_owned(),
    }
}

fn bot_id(data: &Map<String, Value>) -> Result<String, DeliveryError> {
    match data.get("bot_id").and_then(Value::as_str) {
        Some(id) if !id.is_empty() && id.len() <= MAX_BOT_ID_BYTES => Ok(id.to_owned()),
        Some(_) => Err(shape("/data/bot_id", "is empty or too long")),
        None => Err(shape("/data/bot_id", "is missing or not text")),
    }
}

/// The vendor's words, short enough for a reason, on one line.
fn bounded(text: &str) -> String {
    const MAX_CHARS: usize = 120;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_CHARS).collect();
    line.trim().to_owned()
}
