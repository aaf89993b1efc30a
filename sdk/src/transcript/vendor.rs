//! The JSON of MeetingBaaS, Fathom and Fireflies.
//!
//! Each is looked for by its own keys, at the top or inside the envelope a
//! webhook or an API answer puts around it.

use serde_json::Value;

use super::cue::{Cue, Source, Words};
use super::turn::{Format, Warning};

/// Envelopes opened at most, so that hostile nesting ends.
const MAX_ENVELOPES: usize = 6;
/// Keys of envelopes, in the order they are tried.
const ENVELOPES: [&str; 9] =
    ["data", "transcript", "transcription", "transcripts", "sentences", "utterances", "result", "payload", "meeting"];

/// A time in seconds (a number) or as a clock (a text), in milliseconds.
fn seconds(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => {
            let seconds = number.as_f64().filter(|seconds| (0.0..1e9).contains(seconds))?;
            // In range by the filter above.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Some((seconds * 1000.0).round() as u64)
        }
        Value::String(text) => super::clock::millis(text.trim())
            .or_else(|| text.parse::<f64>().ok().and_then(|s| seconds(Some(&Value::from(s))))),
        _ => None,
    }
}

fn text<'a>(item: &'a Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| item.get(key)?.as_str()).map(str::trim).filter(|text| !text.is_empty())
}

/// A speaker is a text, an object with a name, or an id.
fn speaker(item: &Value) -> Option<String> {
    if let Some(name) = text(item, &["speaker_name", "speakerName", "speaker", "name"]) {
        return Some(name.to_owned());
    }
    let object = item.get("speaker").filter(|speaker| speaker.is_object());
    if let Some(name) = object.and_then(|speaker| text(speaker, &["display_name", "displayName", "name", "email"])) {
        return Some(name.to_owned());
    }
    let id = item.get("speaker_id").or_else(|| item.get("speaker")).and_then(Value::as_i64)?;
    Some(format!("Speaker {id}"))
}

/// MeetingBaaS: `{speaker, words: [{word | text, start, end}]}`.
fn words_item(item: &Value, source: Source) -> Option<Cue> {
    let list = item.get("words")?.as_array()?;
    let mut words = Words::default();
    for word in list {
        if let Some(word) = text(word, &["word", "text", "punctuated_word"]) {
            words.join(&source.words(word));
        }
    }
    let first = list.first().and_then(|word| seconds(word.get("start").or_else(|| word.get("start_time"))));
    let last = list.iter().rev().find_map(|word| seconds(word.get("end").or_else(|| word.get("end_time"))));
    Some(Cue {
        speaker: speaker(item),
        start_ms: seconds(item.get("start").or_else(|| item.get("start_time"))).or(first),
        end_ms: seconds(item.get("end").or_else(|| item.get("end_time"))).or(last),
        words,
    })
}

/// Fathom: `{speaker: {display_name}, text, timestamp: "00:01:02"}`.
fn fathom_item(item: &Value, source: Source) -> Option<Cue> {
    let stamp = item.get("timestamp")?;
    Some(Cue {
        speaker: speaker(item),
        start_ms: seconds(Some(stamp)),
        end_ms: None,
        words: source.words(text(item, &["text", "content"])?),
    })
}

/// Fireflies: `{speaker_name, text | raw_text | sentence, start_time, end_time}`.
fn sentence_item(item: &Value, source: Source) -> Option<Cue> {
    Some(Cue {
        speaker: speaker(item),
        start_ms: seconds(["start_time", "startTime", "start"].iter().find_map(|key| item.get(key))),
        end_ms: seconds(["end_time", "endTime", "end"].iter().find_map(|key| item.get(key))),
        words: source.words(text(item, &["text", "raw_text", "sentence", "content"])?),
    })
}

fn list_format(items: &[Value]) -> Option<Format> {
    items.iter().take(20).find_map(|item| {
        let has = |key: &str| item.get(key).is_some();
        if item.get("words").is_some_and(Value::is_array) {
            Some(Format::MeetingBaas)
        } else if has("timestamp") && (has("text") || has("content")) {
            Some(Format::Fathom)
        } else if has("text") || has("raw_text") || has("sentence") || has("content") {
            Some(Format::Fireflies)
        } else {
            None
        }
    })
}

/// The list of turns, wherever it is.
fn find(value: &Value, envelopes: usize) -> Option<(Format, &Vec<Value>)> {
    if let Some(items) = value.as_array() {
        return list_format(items).map(|format| (format, items));
    }
    let object = value.as_object()?;
    if envelopes == 0 {
        return None;
    }
    ENVELOPES.iter().find_map(|key| find(object.get(*key)?, envelopes - 1))
}

/// A vendor text: `Fathom`'s `transcript_plaintext` and the like.
fn find_text(value: &Value, envelopes: usize) -> Option<&str> {
    let object = value.as_object()?;
    text(value, &["transcript_plaintext", "transcript", "transcription", "text"]).or_else(|| {
        (envelopes > 0).then(|| ENVELOPES.iter().find_map(|key| find_text(object.get(*key)?, envelopes - 1))).flatten()
    })
}

/// What a JSON text holds.
pub(super) enum Found {
    Cues(Format, Vec<Cue>),
    /// A transcript as text inside of JSON.
    Text(String),
    Nothing,
}

pub(super) fn cues(json: &Value, source: Source, warnings: &mut Vec<Warning>) -> Found {
    let Some((format, items)) = find(json, MAX_ENVELOPES) else {
        return match find_text(json, MAX_ENVELOPES) {
            Some(text) => Found::Text(text.to_owned()),
            None => Found::Nothing,
        };
    };
    let mut skipped = 0;
    let mut cues: Vec<Cue> = Vec::with_capacity(items.len());
    for item in items {
        let cue = match format {
            // Where the words are left out, the text stands beside them.
            Format::MeetingBaas => match words_item(item, source) {
                Some(cue) if !cue.words.text.is_empty() => Some(cue),
                silent => sentence_item(item, source).or(silent),
            },
            Format::Fathom => fathom_item(item, source).or_else(|| sentence_item(item, source)),
            _ => sentence_item(item, source),
        };
        match cue {
            Some(cue) => cues.push(cue),
            None => skipped += 1,
        }
    }
    if skipped > 0 {
        warnings.push(Warning { line: 0, message: format!("{skipped} items without words") });
    }
    for at in 1..cues.len() {
        let next = cues[at].start_ms;
        let cue = &mut cues[at - 1];
        if cue.end_ms.is_none() && cue.start_ms.is_some() && next >= cue.start_ms {
            cue.end_ms = next;
        }
    }
    Found::Cues(format, cues)
}
