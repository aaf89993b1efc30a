//! A meeting's turns as one WebVTT text.
//!
//! The vendor sends every word as an object of its own. A skill quotes what was
//! said as an exact piece of the transcript, so the transcript is kept in a form
//! in which neighbouring words are neighbours: one cue a turn, the speaker as its
//! voice.

use std::fmt::Write as _;

use super::turns::{Speaker, Turn};

/// The turns as cues. A turn without a time takes the end of the one before it.
pub(super) fn webvtt(turns: &[Turn]) -> String {
    let mut text = String::from("WEBVTT\n");
    let mut clock = 0.0_f64;
    for turn in turns {
        let start = turn.start.unwrap_or(clock);
        let end = turn.end.unwrap_or(start).max(start);
        clock = end;
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{} --> {}\n", Clock(start), Clock(end));
        let _ = match &turn.speaker {
            Speaker::Named(name) => write!(text, "<v {}>", Escaped(name)),
            Speaker::Numbered(id) => write!(text, "<v Speaker {}>", Escaped(id)),
            Speaker::Unknown => Ok(()),
        };
        let _ = writeln!(text, "{}", Escaped(&turn.text));
    }
    text
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
