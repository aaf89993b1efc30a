//! One parser for every transcript: speaker turns with times.
//!
//! [`parse`] looks at the text, not at what its sender called it. It never
//! fails: what cannot be read becomes a [`Warning`], and a text without speakers
//! or times becomes turns without them. Turns keep the words of the source, so
//! that a quote of [`Turn::quotable`] is an exact substring of it.
//!
//! To add a format: a module that makes cues, a line in [`parse`], a variant of
//! [`Format`], fixtures in its tests.

mod clock;
mod cue;
mod decode;
mod labels;
mod markup;
mod name;
mod plain;
mod remark;
pub mod roles;
mod speaker;
mod subtitle;
mod turn;
mod vendor;

pub use decode::{Decoded, decode};
pub use turn::{Format, Transcript, Turn, Warning};

use crate::sources::Attendee;

/// Warnings kept; a broken file of five hours would give one a line.
const MAX_WARNINGS: usize = 50;

/// Parses bytes of any encoding.
pub fn parse_bytes(bytes: &[u8]) -> Transcript {
    let decoded = decode(bytes);
    let mut transcript = parse(&decoded.text);
    if decoded.lossy {
        transcript.warnings.push(Warning { line: 0, message: format!("bytes that are not {}", decoded.encoding) });
    }
    transcript
}

/// Parses a text of any format.
pub fn parse(text: &str) -> Transcript {
    parse_knowing(text, &[])
}

/// The same, knowing who was invited: a label that is one of their names is a speaker,
/// where the text alone does not tell.
pub fn parse_knowing(text: &str, attendees: &[Attendee]) -> Transcript {
    parse_within(text, true, &|label| roles::invited(label, attendees).is_some())
}

/// JSON may hold a text, a text may not hold JSON again.
fn parse_within(text: &str, may_be_json: bool, is_known: labels::IsKnown<'_>) -> Transcript {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut warnings = Vec::new();
    if may_be_json
        && text.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(text)
    {
        let source = cue::Source { is_ascii: text.is_ascii() };
        match vendor::cues(&json, source, &mut warnings) {
            vendor::Found::Cues(format, cues) => return finish(format, cues, warnings),
            vendor::Found::Text(inner) => return parse_within(&inner, false, is_known),
            vendor::Found::Nothing => {
                warnings.push(Warning { line: 0, message: "JSON without a transcript".into() });
                return finish(Format::Plain, Vec::new(), warnings);
            }
        }
    }
    // Old Macs end lines with a carriage return alone.
    let lines;
    let text = if text.contains('\r') && !text.contains('\n') {
        lines = text.replace('\r', "\n");
        &lines
    } else {
        text
    };
    if subtitle::looks_like(text) {
        let is_vtt = text.starts_with("WEBVTT");
        let cues = subtitle::cues(text, is_vtt, is_known, &mut warnings);
        return finish(if is_vtt { Format::WebVtt } else { Format::Srt }, cues, warnings);
    }
    finish(Format::Plain, plain::cues(text, is_known), warnings)
}

fn finish(format: Format, cues: Vec<cue::Cue>, mut warnings: Vec<Warning>) -> Transcript {
    let turns = cue::turns(cues);
    if turns.is_empty() {
        warnings.push(Warning { line: 0, message: "no words".into() });
    } else if turns.iter().all(|turn| turn.speaker.is_none()) {
        warnings.push(Warning { line: 0, message: "no speakers".into() });
    }
    warnings.truncate(MAX_WARNINGS);
    Transcript { turns, format, warnings }
}

#[cfg(test)]
mod tests;
