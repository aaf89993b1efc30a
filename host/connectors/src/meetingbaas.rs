//! What a MeetingBaaS delivery says, read only after it was verified.
//!
//! Version 1 puts the transcript into the delivery; version 2 puts an address
//! there, which is told apart here and fetched by whoever called. Unknown events
//! are no errors: the vendor adds some, and each is recorded with its reason.

mod webvtt;

use serde_json::{Map, Value};
use url::Url;

/// Longest bot id taken; they are UUIDs today.
const MAX_BOT_ID_BYTES: usize = 128;

/// A delivery, sorted.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// A meeting was recorded to its end.
    Complete(Complete),
    /// The transcript is kept elsewhere, for a few hours only.
    NeedsFetch {
        /// The bot.
        bot_id: String,
        /// Where. Holds a signature of the vendor: not for logs.
        transcript_url: Url,
        /// Names the vendor heard.
        speakers: Vec<String>,
    },
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
    /// Names the vendor heard; taken from the transcript where it sends none.
    pub speakers: Vec<String>,
    /// What was said: WebVTT, one cue a turn.
    pub transcript: String,
    /// End of the last word, in seconds.
    pub duration_s: Option<f64>,
    /// Words in all turns: 0 means that nobody spoke.
    pub words: usize,
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
        "complete" | "bot.completed" => complete(event, data),
        "failed" | "bot.failed" => {
            let code = ["error", "error_code", "error_message"]
                .iter()
                .find_map(|key| data.get(*key).and_then(Value::as_str))
                .unwrap_or("no reason given");
            let reason = format!("the bot failed: {}", bounded(code));
            Ok(Delivery::Ignored { bot_id: bot_id(&data).ok(), event, reason })
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

fn complete(event: String, mut data: Map<String, Value>) -> Result<Delivery, DeliveryError> {
    let bot_id = bot_id(&data)?;
    let named = speakers(data.get("speakers"));
    match data.remove("transcript").or_else(|| data.remove("transcription")) {
        Some(Value::Array(turns)) => finished(bot_id, named, turns).map(Delivery::Complete),
        Some(Value::String(address)) => {
            let transcript_url =
                Url::parse(&address).map_err(|_| shape("/data/transcript", "is text and no address"))?;
            Ok(Delivery::NeedsFetch { bot_id, transcript_url, speakers: named })
        }
        Some(Value::Null) | None => Ok(Delivery::Ignored {
            bot_id: Some(bot_id),
            event,
            reason: "the recording came without a transcript".to_owned(),
        }),
        Some(_) => Err(shape("/data/transcript", "is neither a list nor an address")),
    }
}

fn finished(bot_id: String, mut speakers: Vec<String>, turns: Vec<Value>) -> Result<Complete, DeliveryError> {
    let mut words = 0_usize;
    let mut last: Option<f64> = None;
    let mut heard: Vec<String> = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let at = || format!("/data/transcript/{index}");
        let turn = turn.as_object().ok_or_else(|| shape(at(), "is not an object"))?;
        if let Some(name) = turn.get("speaker").and_then(Value::as_str)
            && !heard.iter().any(|known| known == name)
        {
            heard.push(name.to_owned());
        }
        let spoken = match turn.get("words") {
            Some(Value::Array(spoken)) => spoken,
            None | Some(Value::Null) => continue,
            Some(_) => return Err(shape(at() + "/words", "is not a list")),
        };
        words += spoken.len();
        for word in spoken {
            if webvtt::word(word).is_none() {
                return Err(shape(at() + "/words", "holds an entry without its word"));
            }
            if let Some(end) = word.get("end").and_then(Value::as_f64) {
                last = Some(last.map_or(end, |other| other.max(end)));
            }
        }
    }
    if speakers.is_empty() {
        speakers = heard;
    }
    Ok(Complete { bot_id, speakers, transcript: webvtt::webvtt(&turns), duration_s: last, words })
}

fn bot_id(data: &Map<String, Value>) -> Result<String, DeliveryError> {
    match data.get("bot_id").and_then(Value::as_str) {
        Some(id) if !id.is_empty() && id.len() <= MAX_BOT_ID_BYTES => Ok(id.to_owned()),
        Some(_) => Err(shape("/data/bot_id", "is empty or too long")),
        None => Err(shape("/data/bot_id", "is missing or not text")),
    }
}

/// Names as text (version 1) or as objects with a name (version 2).
fn speakers(value: Option<&Value>) -> Vec<String> {
    let names = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    names
        .iter()
        .filter_map(|entry| entry.as_str().or_else(|| entry.get("name").and_then(Value::as_str)))
        .map(str::to_owned)
        .collect()
}

/// The vendor's words, short enough for a reason.
fn bounded(text: &str) -> String {
    const MAX_CHARS: usize = 120;
    text.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect()
}
