//! WebVTT and SRT: blocks of a time line and payload lines.
//!
//! Real files break the rules, so this reads both by the same lines: a block
//! starts at a line with `-->`; what stands between two such lines is payload,
//! but for blank lines and for a cue's number or name right before the next.

use super::clock;
use super::cue::{Cue, Words};
use super::markup;
use super::speaker;
use super::turn::Warning;

/// Lines that open a block which is not a cue.
const BLOCKS: [&str; 3] = ["NOTE", "STYLE", "REGION"];

/// Whether the text has time lines at all.
pub(super) fn looks_like(text: &str) -> bool {
    // Most texts have no arrow anywhere, which one look over all of it tells.
    let timed = || text.lines().any(|line| clock::range(line).is_some());
    text.starts_with("WEBVTT") || text.contains("-->") && timed()
}

fn opens_block(line: &str) -> bool {
    BLOCKS
        .iter()
        .any(|word| line.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])))
}

/// Cues of the text, each in one voice.
pub(super) fn cues(text: &str, is_vtt: bool, warnings: &mut Vec<Warning>) -> Vec<Cue> {
    let lines: Vec<&str> = text.lines().collect();
    let mut cues = Vec::new();
    let mut at = 0;
    let mut previous_blank = true;
    let mut seen_cue = false;
    while at < lines.len() {
        let line = lines[at].trim();
        if let Some((start, end)) = clock::range(line) {
            seen_cue = true;
            let end = end.filter(|end| {
                let fine = *end >= start;
                if !fine {
                    warnings.push(Warning { line: at + 1, message: "a cue ends before it starts".into() });
                }
                fine
            });
            at += 1;
            let from = at;
            while at < lines.len() && !ends_payload(&lines, at) {
                at += 1;
            }
            payload(&lines[from..at], start, end, &mut cues);
            previous_blank = true;
            continue;
        }
        if line.is_empty() {
            previous_blank = true;
        } else if is_vtt && previous_blank && opens_block(line) {
            while at < lines.len() && !lines[at].trim().is_empty() && clock::range(lines[at]).is_none() {
                at += 1;
            }
            continue;
        } else {
            let is_head = !seen_cue && line.starts_with("WEBVTT");
            let is_label = lines.get(at + 1).is_some_and(|next| next.contains("-->"));
            if line.contains("-->") {
                warnings.push(Warning { line: at + 1, message: "a time line that cannot be read".into() });
            } else if seen_cue && !is_head && !is_label {
                // Words after a blank line within a cue: kept with the cue before.
                if let Some(cue) = cues.last_mut() {
                    warnings.push(Warning { line: at + 1, message: "words outside of a cue".into() });
                    let more = markup::pieces(line, &mut None);
                    more.iter().for_each(|piece| cue.words.join(&piece.words));
                }
            }
            previous_blank = false;
        }
        at += 1;
    }
    cues
}

/// A blank line, the next time line, or the label right before it.
fn ends_payload(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    let next_is_time = |step: usize| lines.get(at + step).is_some_and(|next| clock::range(next).is_some());
    line.is_empty()
        || line.contains("-->")
        // A number right before a time line is a label where a blank is missing.
        || (next_is_time(1) && line.bytes().all(|b| b.is_ascii_digit()))
}

/// One cue a voice; the time of a cue with several is shared by their length.
fn payload(lines: &[&str], start: u64, end: Option<u64>, cues: &mut Vec<Cue>) {
    let mut voiced: Vec<markup::Voiced> = Vec::new();
    let mut speaker = None;
    for line in lines {
        for mut piece in markup::pieces(line, &mut speaker) {
            if piece.speaker.is_none()
                && let Some((name, _, rest)) = speaker::split(&piece.words.text)
            {
                let cut = piece.words.text.len() - rest.len();
                piece.speaker = Some(name.to_owned());
                piece.words = Words {
                    text: rest.to_owned(),
                    joints: piece
                        .words
                        .joints
                        .iter()
                        .filter_map(|joint| joint.checked_sub(cut))
                        .filter(|j| *j > 0)
                        .collect(),
                };
            }
            match voiced.last_mut() {
                // A line without a name goes on with the name before it.
                Some(last) if piece.speaker.is_none() || piece.speaker == last.speaker => {
                    last.words.join(&piece.words);
                }
                _ => voiced.push(piece),
            }
        }
    }
    let whole: usize = voiced.iter().map(|piece| piece.words.text.len()).sum();
    let span = end.map(|end| end - start);
    let mut before = 0;
    let at = |bytes: usize, span: u64| {
        start + u64::try_from(u128::from(span) * bytes as u128 / whole.max(1) as u128).unwrap_or(span)
    };
    for piece in voiced {
        let after = before + piece.words.text.len();
        cues.push(Cue {
            speaker: piece.speaker,
            start_ms: Some(span.map_or(start, |span| at(before, span))),
            end_ms: span.map(|span| at(after, span)),
            words: piece.words,
        });
        before = after;
    }
}
