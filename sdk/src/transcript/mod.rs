//! One parser for every transcript: speaker turns with times.
//!
//! [`parse`] looks at the text, not at what its sender called it. It never
//! fails: what cannot be read becomes a [`Warning`], and a text without speakers
//! or times becomes turns without them. Turns keep the words of the source, so
//! that a quote of [`Turn::quotable`] is an exact substring of it.
//!
//! To add a format: a module with `fn cues(..) -> Vec<Cue>`, a line in
//! [`parse`]'s list of looks, a variant of [`Format`], fixtures in its tests.

mod decode;
pub mod roles;
mod turn;

pub use decode::{Decoded, decode};
pub use turn::{Format, Transcript, Turn, Warning};

/// Parses bytes of any encoding.
pub fn parse_bytes(bytes: &[u8]) -> Transcript {
    let decoded = decode(bytes);
    let mut transcript = parse(&decoded.text);
    if decoded.lossy {
        transcript
            .warnings
            .push(Warning { line: 0, message: format!("bytes that are not {}", decoded.encoding) });
    }
    transcript
}

/// Parses a text of any format.
pub fn parse(text: &str) -> Transcript {
    Transcript { turns: vec![Turn::new(0, None, text)], ..Transcript::default() }
}
