//! Plain text: `Name: text`, `[Name] text`, names and times on lines of their
//! own (`Ada Reed   0:12` above the words), or nothing but words.

use super::cue::{Cue, Words};
use super::speaker;

/// Share of lines (in hundredths) that must have a name for "Name:" to mean a
/// speaker in a text where no name returns: below it a colon is punctuation.
const MIN_NAMED_PERCENT: usize = 30;

/// One line, taken apart.
struct Line<'a> {
    at_ms: Option<u64>,
    speaker: Option<&'a str>,
    words: &'a str,
}

fn take_apart(line: &str) -> Line<'_> {
    let (mut at_ms, rest) = speaker::leading_clock(line);
    if let Some((name, at, words)) = speaker::split(rest) {
        at_ms = at_ms.or(at);
        return Line { at_ms, speaker: Some(name), words };
    }
    // A heading `Ada Reed  0:12`: a name and a clock and nothing else.
    let (name, at) = speaker::trailing_clock(rest);
    if at.is_some() && speaker::is_name(name) {
        return Line { at_ms: at_ms.or(at), speaker: Some(name), words: "" };
    }
    if at_ms.is_some() && speaker::is_name(rest) {
        return Line { at_ms, speaker: Some(rest), words: "" };
    }
    Line { at_ms, speaker: None, words: rest.trim() }
}

/// Whether names before colons are speakers here: some name returns, or most
/// lines have one.
fn has_speakers(lines: &[Line<'_>]) -> bool {
    let named: Vec<&str> = lines.iter().filter_map(|line| line.speaker).collect();
    let returns = named.iter().enumerate().any(|(at, name)| named[..at].contains(name));
    let spoken = lines.iter().filter(|line| line.speaker.is_some() || !line.words.is_empty()).count();
    !named.is_empty() && (returns || named.len() * 100 >= spoken * MIN_NAMED_PERCENT)
}

/// Cues of the text: a line each, a paragraph where there are no speakers.
pub(super) fn cues(text: &str) -> Vec<Cue> {
    let lines: Vec<Line<'_>> = text.lines().map(take_apart).collect();
    if !has_speakers(&lines) {
        return text
            .lines()
            .map(|line| {
                let (at, rest) = speaker::leading_clock(line);
                Cue { start_ms: at, words: Words::plain(rest), ..Cue::default() }
            })
            .collect();
    }
    let mut cues: Vec<Cue> = Vec::new();
    for line in lines {
        match (line.speaker, cues.last_mut()) {
            (Some(name), _) => cues.push(Cue {
                speaker: Some(name.to_owned()),
                start_ms: line.at_ms,
                end_ms: None,
                words: Words::plain(line.words),
            }),
            // Words without a name go on with the speaker before them.
            (None, Some(cue)) if cue.speaker.is_some() => {
                if line.at_ms.is_some() && cue.words.text.is_empty() && cue.start_ms.is_none() {
                    cue.start_ms = line.at_ms;
                }
                cue.words.join(&Words::plain(line.words));
            }
            (None, _) => cues.push(Cue { start_ms: line.at_ms, words: Words::plain(line.words), ..Cue::default() }),
        }
    }
    close(&mut cues);
    cues
}

/// A cue ends where the next one starts, when both have times.
fn close(cues: &mut [Cue]) {
    for at in 1..cues.len() {
        let next = cues[at].start_ms;
        let cue = &mut cues[at - 1];
        if cue.end_ms.is_none() && cue.start_ms.is_some() && next >= cue.start_ms {
            cue.end_ms = next;
        }
    }
}
