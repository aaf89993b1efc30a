//! One turn of a transcript, whichever version or provider wrote it.
//!
//! Version 1 has `{speaker, words: [{word, start, end}]}`; the file of version 2 adds
//! the whole `text`; a provider's own output numbers the speakers in place of naming
//! them.

use serde_json::{Map, Value};

use super::people::{self, People, one_line};

/// Keys of all that was said in a turn. A list of single words has `word`.
const TEXTS: [&str; 6] = ["text", "transcript", "sentence", "raw_text", "content", "word"];
/// Keys of a single word.
const WORDS: [&str; 3] = ["word", "text", "punctuated_word"];
/// Keys of the time at which something begins, in seconds.
const STARTS: [&str; 3] = ["start", "start_time", "startTime"];
/// Keys of the time at which it ends.
const ENDS: [&str; 3] = ["end", "end_time", "endTime"];
/// Keys of a speaker's name, beside `speaker` itself.
const SPEAKER_NAMES: [&str; 4] = ["speaker_name", "speakerName", "user_name", "name"];
/// Keys of a speaker's id, beside `speaker` itself.
const SPEAKER_IDS: [&str; 4] = ["speaker_id", "speakerId", "participant_id", "user_id"];

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    Named(String),
    /// By an id, which may or may not be one of the meeting's people.
    Numbered(String),
    Unknown,
}

/// What one person said before another one did. Its text is not blank.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Turn {
    pub(super) speaker: Speaker,
    /// Seconds.
    pub(super) start: Option<f64>,
    /// Seconds: of its last word.
    pub(super) end: Option<f64>,
    /// On one line.
    pub(super) text: String,
}

/// Why an entry is no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odd {
    /// Within the entry.
    pub(super) pointer: &'static str,
    pub(super) problem: &'static str,
}

impl Turn {
    /// Reads an entry of a list; nothing where nobody says anything in it.
    pub(super) fn read(entry: &Value) -> Result<Option<Self>, Odd> {
        let fields = entry.as_object().ok_or(Odd { pointer: "", problem: "is not an object" })?;
        let words = match fields.get("words") {
            Some(Value::Array(words)) => words.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => return Err(Odd { pointer: "/words", problem: "is not a list" }),
        };
        // The words are for their times where the text stands beside them: it has the
        // punctuation, and spaces only where its language has them.
        let text = match people::text(fields, &TEXTS) {
            Some(text) => text,
            None => joined(words)?,
        };
        if text.is_empty() {
            return Ok(None);
        }
        let times = |keys: &'static [&str]| words.iter().filter_map(move |word| seconds(word.as_object()?, keys));
        let start = seconds(fields, &STARTS).or_else(|| times(&STARTS).next());
        let end = times(&ENDS).chain(seconds(fields, &ENDS)).reduce(f64::max);
        Ok(Some(Self { speaker: speaker(fields), start, end, text }))
    }

    /// Whether an object is meant as a turn, with or without words in it.
    pub(super) fn is_one(entry: &Value) -> bool {
        TEXTS.iter().chain(&["words"]).any(|key| entry.get(key).is_some())
    }

    /// Goes on with what the same speaker says next.
    pub(super) fn append(&mut self, next: Self) {
        self.text.push(' ');
        self.text.push_str(&next.text);
        self.start = self.start.or(next.start);
        self.end = self.end.into_iter().chain(next.end).reduce(f64::max);
    }

    pub(super) fn shift(&mut self, seconds: f64) {
        self.start = self.start.map(|start| start + seconds);
        self.end = self.end.map(|end| end + seconds);
    }
}

/// Words as one text. A word may be null, as any field may; one that has no field for its
/// word is of a shape that nobody knows.
fn joined(words: &[Value]) -> Result<String, Odd> {
    let odd = Odd { pointer: "/words", problem: "holds an entry without its word" };
    let mut spoken: Vec<&str> = Vec::with_capacity(words.len());
    for word in words {
        match word {
            Value::String(word) => spoken.extend(word.split_whitespace()),
            Value::Object(fields) => match WORDS.iter().find_map(|key| fields.get(*key)?.as_str()) {
                Some(word) => spoken.extend(word.split_whitespace()),
                None if WORDS.iter().any(|key| fields.get(*key).is_some_and(Value::is_null)) => {}
                None => return Err(odd),
            },
            Value::Null => {}
            _ => return Err(odd),
        }
    }
    Ok(spoken.join(" "))
}

fn seconds(fields: &Map<String, Value>, keys: &[&str]) -> Option<f64> {
    keys.iter().find_map(|key| match fields.get(*key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite()),
        _ => None,
    })
}

fn speaker(fields: &Map<String, Value>) -> Speaker {
    let counted = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (name, id) = match fields.get("speaker") {
        Some(Value::Object(who)) => people::person(who),
        Some(Value::String(text)) => match one_line(text) {
            Some(text) if counted(&text) => (None, Some(text)),
            name => (name, None),
        },
        Some(Value::Number(number)) => (None, Some(number.to_string())),
        Some(_) | None => (None, None),
    };
    let name = name.or_else(|| people::text(fields, &SPEAKER_NAMES));
    match (name, id.or_else(|| people::id(fields, &SPEAKER_IDS))) {
        (Some(name), _) => Speaker::Named(name),
        (None, Some(id)) => Speaker::Numbered(id),
        (None, None) => Speaker::Unknown,
    }
}

/// Puts names in place of ids, where every id is one of the meeting's people. Where one is
/// not, the ids are the provider's own count, and a name would put words into the mouth of
/// somebody else.
pub(super) fn name_speakers(turns: &mut [Turn], people: &People) {
    let all_known = turns.iter().all(|turn| match &turn.speaker {
        Speaker::Numbered(id) => people.by_id(id).is_some(),
        Speaker::Named(_) | Speaker::Unknown => true,
    });
    for turn in turns {
        let known = match &turn.speaker {
            Speaker::Numbered(id) if all_known => people.by_id(id),
            // `spk_1` is a name unless the list says whose id it is.
            Speaker::Named(name) if !people.names().contains(name) => people.by_id(name),
            Speaker::Numbered(_) | Speaker::Named(_) | Speaker::Unknown => None,
        };
        if let Some(name) = known {
            turn.speaker = Speaker::Named(name.to_owned());
        }
    }
}
