//! Plain text: `Name: text`, `[Name] text`, names and times on lines of their
//! own (`Ada Reed   0:12` above the words), or nothing but words.

use std::collections::BTreeSet;

use super::cue::{Cue, Words};
use super::labels::{Entry, IsKnown, Kind, Speakers};
use super::name::{self, Shape, Shapes};
use super::speaker::{self, Label};

/// Share of the lines with words that have a clock (in hundredths) that must have a
/// name as well, for a clock without a name to begin a turn of somebody unknown.
const MIN_CLOCKED_PERCENT: usize = 60;

/// One line, taken apart.
struct Line<'a> {
    at_ms: Option<u64>,
    /// A clock stands at its beginning.
    is_clocked: bool,
    label: Option<Label<'a>>,
    words: &'a str,
    /// After a line that ends in the middle of a sentence.
    goes_on: bool,
}

fn take_apart<'a>(line: &'a str, shapes: &mut Shapes<'a>) -> Line<'a> {
    let (mut at_ms, rest) = speaker::leading_clock(name::trimmed(line));
    let is_clocked = at_ms.is_some();
    let heading = |name| Label { name, at_ms: None, words: "", shape: Shape::Name, is_bracketed: false, beyond: None };
    let mut label = speaker::label(rest, shapes);
    if let Some(label) = label {
        at_ms = at_ms.or(label.at_ms);
    } else {
        // A heading `Ada Reed  0:12`: a name and a clock and nothing else.
        let (name, at) = speaker::trailing_clock(rest);
        if at.is_some() && name::is_heading(name) {
            at_ms = at_ms.or(at);
            label = Some(heading(name));
        } else if is_clocked && name::is_heading(rest) {
            label = Some(heading(rest));
        }
    }
    Line { at_ms, is_clocked, label, words: rest.trim(), goes_on: false }
}

/// The lines that are not blank.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut shapes = Shapes::default();
    let mut cut = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if !trimmed.is_empty() {
            lines.push(Line { goes_on: cut, ..take_apart(line, &mut shapes) });
        }
        // A blank line ends a sentence as a full stop does.
        cut = trimmed.chars().next_back().is_some_and(|last| last.is_alphanumeric() || last == ',');
    }
    lines
}

/// Whether a clock without a name begins a turn of somebody unknown: where others have
/// both, it does. Where names are written only when they change, it does not.
fn clock_begins_a_turn(lines: &[Line<'_>], speakers: &Speakers) -> bool {
    let clocked: Vec<bool> = lines
        .iter()
        .filter(|line| line.is_clocked && !line.words.is_empty())
        .map(|line| line.label.is_some_and(|label| speakers.split(&label).is_some()))
        .collect();
    let named = clocked.iter().filter(|named| **named).count();
    let alone = clocked.windows(2).all(|pair| pair[0] || pair[1]);
    named > 0 && (alone || named * 100 >= clocked.len() * MIN_CLOCKED_PERCENT)
}

/// Cues of the text: a line each, a paragraph where there are no speakers.
pub(super) fn cues(text: &str, is_known: IsKnown<'_>) -> Vec<Cue> {
    let lines = lines(text);
    let entries: Vec<Entry<'_>> = lines
        .iter()
        .filter(|line| !line.words.is_empty())
        .map(|line| Entry { label: line.label, text: line.words, is_first: true })
        .collect();
    let speakers = Speakers::of(&entries, Kind::Lines, &BTreeSet::new(), is_known);
    if speakers.is_empty() {
        let cue = |line: Line<'_>| {
            let at = line.at_ms.filter(|_| line.is_clocked);
            Cue { start_ms: at, words: Words::plain(line.words), ..Cue::default() }
        };
        return lines.into_iter().map(cue).collect();
    }
    let clocks = clock_begins_a_turn(&lines, &speakers);
    let mut cues: Vec<Cue> = Vec::new();
    for line in lines {
        let named = line.label.and_then(|label| speakers.split(&label));
        let unsure = clocks && line.is_clocked && !line.words.is_empty()
            || line.label.is_some_and(|label| label.shape == Shape::Weak && !line.goes_on);
        let at = line.at_ms.filter(|_| line.is_clocked || named.is_some());
        match (named, cues.last_mut()) {
            (Some((name, label)), _) => {
                cues.push(Cue { speaker: Some(name), start_ms: at, end_ms: None, words: Words::plain(label.words) });
            }
            // Words without a name go on with the speaker before them.
            (None, Some(cue)) if cue.speaker.is_some() && !unsure => {
                if at.is_some() && cue.words.text.is_empty() && cue.start_ms.is_none() {
                    cue.start_ms = at;
                }
                cue.words.join(&Words::plain(line.words));
            }
            // Who says this is not known, and nobody says what they did not.
            (None, _) => cues.push(Cue { start_ms: at, words: Words::plain(line.words), ..Cue::default() }),
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
