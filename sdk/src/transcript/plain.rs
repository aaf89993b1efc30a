//! Plain text: `Name: text`, `[Name] text`, names and times on lines of their
//! own (`Ada Reed   0:12` above the words), or nothing but words.

use std::collections::BTreeMap;

use super::cue::{Cue, Words};
use super::speaker;

/// Share of lines (in hundredths) that must have a name for "Name:" to mean a
/// speaker in a text where no name returns: below it a colon is punctuation.
const MIN_NAMED_PERCENT: usize = 30;

/// Share of lines (in hundredths) that names without capitals must begin, each of them more
/// than once: recognisers write so, and so does nobody else.
const MIN_UNCAPITALISED_PERCENT: usize = 60;

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

/// The lines of a text whose names have no capitals; none where they are no names.
fn uncapitalised(text: &str) -> Option<Vec<Line<'_>>> {
    let lines: Vec<(Option<u64>, &str)> =
        text.lines().filter(|line| !line.trim().is_empty()).map(speaker::leading_clock).collect();
    let labels: Vec<Option<&str>> =
        lines.iter().map(|(_, rest)| speaker::uncapitalised(rest).map(|(label, _)| label)).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in labels.iter().flatten() {
        *counts.entry(label).or_default() += 1;
    }
    let returns = |label: &str| counts.get(label).is_some_and(|count| *count > 1);
    let named: Vec<&str> = labels.iter().flatten().copied().filter(|label| returns(label)).collect();
    let several = named.iter().any(|label| *label != named[0]);
    if !several || named.len() * 100 < lines.len() * MIN_UNCAPITALISED_PERCENT {
        return None;
    }
    let apart = lines.into_iter().map(|(at_ms, rest)| match speaker::uncapitalised(rest) {
        Some((label, words)) if returns(label) => Line { at_ms, speaker: Some(label), words },
        _ => Line { at_ms, speaker: None, words: rest.trim() },
    });
    Some(apart.collect())
}

/// Cues of the text: a line each, a paragraph where there are no speakers.
pub(super) fn cues(text: &str) -> Vec<Cue> {
    let mut lines: Vec<Line<'_>> = text.lines().map(take_apart).collect();
    if !has_speakers(&lines)
        && let Some(named) = uncapitalised(text)
    {
        lines = named;
    }
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
