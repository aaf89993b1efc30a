//! The file that a delivery of version 2 names in place of the words.
//!
//! The vendor's own has `{result: {utterances: […]}}`; the raw one holds what the
//! transcription provider wrote, in a list of pieces, one for each piece of audio. So
//! the list of turns is looked for by the keys that hold it rather than in one place.

use serde_json::{Map, Value};

use super::people::{self, People};
use super::turns::{Speaker, Turn};

/// Keys of a list of turns, or of something that holds one, the likeliest first.
const HOLDERS: [&str; 13] = [
    "utterances",
    "turns",
    "segments",
    "sentences",
    "transcripts",
    "transcriptions",
    "transcript",
    "transcription",
    "result",
    "results",
    "data",
    "output",
    "payload",
];
/// Holders opened inside of each other, so that hostile nesting ends.
const MAX_DEPTH: usize = 6;
/// Keys of a whole transcript as text, for a file that has no turns.
const TEXTS: [&str; 3] = ["full_transcript", "transcript", "text"];
/// Keys of people, beside those that the delivery lists.
const PEOPLE: [&str; 2] = ["speakers", "participants"];

/// Why there are no turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFile {
    /// Not JSON.
    #[error("the transcript file is not JSON")]
    NotJson,
    /// JSON without anything that is meant as a transcript.
    #[error("the transcript file holds no transcript")]
    NoTurns,
}

/// All turns of a file, and the people it lists. An empty list is a meeting in which nobody
/// spoke.
pub(super) fn read(body: &[u8]) -> Result<(Vec<Turn>, People), UnreadableFile> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let file: Value = serde_json::from_slice(body).map_err(|_| UnreadableFile::NotJson)?;
    let turns = find(&file, MAX_DEPTH).ok_or(UnreadableFile::NoTurns)?;
    let listed =
        |holder: &Value| PEOPLE.iter().fold(People::default(), |known, key| known.or(People::read(holder.get(key))));
    let people = listed(&file).or(file.get("result").map(listed).unwrap_or_default());
    Ok((turns, people))
}

/// The turns in a value; nothing where it is not meant as a transcript.
pub(super) fn find_turns(value: &Value) -> Option<Vec<Turn>> {
    find(value, MAX_DEPTH)
}

fn find(value: &Value, depth: usize) -> Option<Vec<Turn>> {
    match value {
        Value::Array(entries) => list(entries, depth),
        Value::Object(fields) => held(fields, depth).or_else(|| alone(value, fields)),
        _ => None,
    }
}

/// What a holder has, the first that is not empty.
fn held(fields: &Map<String, Value>, depth: usize) -> Option<Vec<Turn>> {
    let depth = depth.checked_sub(1)?;
    let mut empty = None;
    for held in HOLDERS.iter().filter_map(|key| fields.get(*key)) {
        match find(held, depth) {
            Some(turns) if turns.is_empty() => empty = Some(turns),
            Some(turns) => return Some(turns),
            None => {}
        }
    }
    empty
}

/// An object that is a single turn, has a flat list of words, or is all text.
fn alone(value: &Value, fields: &Map<String, Value>) -> Option<Vec<Turn>> {
    if let Some(turn) = read_turn(value).filter(|turn| turn.speaker != Speaker::Unknown) {
        return Some(vec![turn]);
    }
    let words = fields.get("words").and_then(Value::as_array);
    let spoken = words.map(|words| merged(words.iter().filter_map(read_turn).collect()));
    if spoken.as_ref().is_some_and(|turns| !turns.is_empty()) {
        return spoken;
    }
    let text =
        people::text(fields, &TEXTS).map(|text| Turn { speaker: Speaker::Unknown, start: None, end: None, text });
    text.map(|turn| vec![turn]).or(spoken)
}

fn list(entries: &[Value], depth: usize) -> Option<Vec<Turn>> {
    if entries.iter().all(Value::is_null) {
        return Some(Vec::new());
    }
    let pieces: Vec<Vec<Turn>> = entries.iter().filter_map(|entry| held(entry.as_object()?, depth)).collect();
    if !pieces.is_empty() {
        return Some(in_a_row(pieces));
    }
    // One entry that cannot be read costs its own words; the meeting stays.
    let turns: Vec<Turn> = entries.iter().filter_map(read_turn).collect();
    if turns.is_empty() && !entries.iter().any(Turn::is_one) {
        return None;
    }
    Some(merged(turns))
}

fn read_turn(entry: &Value) -> Option<Turn> {
    Turn::read(entry).ok().flatten()
}

/// A list of single words as turns; a list of turns as it is.
fn merged(turns: Vec<Turn>) -> Vec<Turn> {
    if turns.iter().any(|turn| turn.text.contains(' ')) {
        return turns;
    }
    let mut merged: Vec<Turn> = Vec::new();
    for turn in turns {
        match merged.last_mut() {
            Some(last) if last.speaker == turn.speaker => last.append(turn),
            Some(_) | None => merged.push(turn),
        }
    }
    merged
}

/// Pieces one after the other: each may count its time from its own beginning.
fn in_a_row(pieces: Vec<Vec<Turn>>) -> Vec<Turn> {
    let mut all: Vec<Turn> = Vec::new();
    for mut piece in pieces {
        let over = all.iter().filter_map(|turn| turn.end).reduce(f64::max).unwrap_or(0.0);
        let begins = piece.iter().find_map(|turn| turn.start).unwrap_or(over);
        if begins < over {
            piece.iter_mut().for_each(|turn| turn.shift(over));
        }
        all.append(&mut piece);
    }
    all
}
