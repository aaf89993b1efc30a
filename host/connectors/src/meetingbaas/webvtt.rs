//! The vendor's words as one WebVTT text.
//!
//! The vendor sends every word as an object of its own. A skill quotes what was
//! said as an exact piece of the transcript, so the transcript is kept in a form
//! in which neighbouring words are neighbours: one cue a turn, the speaker as its
//! voice.

use std::fmt::Write as _;

use serde_json::Value;

/// The turns as cues. A turn without a single word is left out; a word without
/// a time takes the one before it.
pub(super) fn webvtt(turns: &[Value]) -> String {
    let mut text = String::from("WEBVTT\n");
    let mut clock = 0.0_f64;
    for turn in turns {
        let words = turn.get("words").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let spoken: Vec<&str> = words.iter().filter_map(word).flat_map(str::split_whitespace).collect();
        if spoken.is_empty() {
            continue;
        }
        let time = |key: &'static str| words.iter().filter_map(move |word| word.get(key).and_then(Value::as_f64));
        let start = time("start").next().unwrap_or(clock);
        let end = time("end").next_back().unwrap_or(start).max(start);
        clock = end;
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{} --> {}\n", Clock(start), Clock(end));
        if let Some(name) = turn.get("speaker").and_then(Value::as_str).map(one_line).filter(|name| !name.is_empty()) {
            let _ = write!(text, "<v {}>", Escaped(&name));
        }
        let _ = writeln!(text, "{}", Escaped(&spoken.join(" ")));
    }
    text
}

/// A word, under either version's key.
pub(super) fn word(entry: &Value) -> Option<&str> {
    entry.get("word").or_else(|| entry.get("text")).and_then(Value::as_str)
}

fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Seconds as `hh:mm:ss.ttt`; what is no time is its beginning.
struct Clock(f64);

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A float converts to the nearest integer there is, and NaN to 0.
        let ms = (self.0 * 1000.0).round() as u64;
        write!(f, "{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
    }
}

/// The three characters that a cue gives a meaning.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}
