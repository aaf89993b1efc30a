//! WebVTT and SRT: blocks of a time line and payload lines.
//!
//! Real files break the rules, so this reads both by the same lines: a block
//! starts at a line with `-->`; what stands between two such lines is payload,
//! but for blank lines and for a cue's number or name before the next.

use std::collections::BTreeSet;

use super::clock;
use super::cue::Cue;
use super::labels::{Entry, IsKnown, Kind, Speakers};
use super::markup;
use super::name::{Shape, Shapes};
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

/// A time line and the payload behind it.
struct Block<'a> {
    start: u64,
    end: Option<u64>,
    lines: Vec<&'a str>,
}

/// How the cues of a text are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids {
    None,
    Numbers,
    /// Any words.
    Words,
}

fn is_number(line: &str) -> bool {
    !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
}

/// How the first cue is called tells it of the others.
fn ids(lines: &[&str]) -> Ids {
    let Some(first) = lines.iter().position(|line| clock::range(line.trim()).is_some()) else { return Ids::None };
    let before = || lines[..first].iter().rev().map(|line| line.trim());
    if before().find(|line| !line.is_empty()).is_some_and(is_number) {
        return Ids::Numbers;
    }
    // What stands on the line right above, but for the head of the file.
    match before().next() {
        Some(line) if !line.is_empty() && !line.starts_with("WEBVTT") => Ids::Words,
        _ => Ids::None,
    }
}

/// Whether a line is the number or the name of the cue below it, not words of the one above.
fn is_id(lines: &[&str], at: usize, ids: Ids, after_blank: bool) -> bool {
    let line = lines[at].trim();
    let is_time = |line: &str| clock::range(line.trim()).is_some();
    let mut below = lines[at + 1..].iter();
    if below.next().is_some_and(|next| next.contains("-->") && (after_blank || is_time(next))) {
        let is_word = !line.contains(char::is_whitespace) && line.contains(|c: char| c.is_ascii_digit());
        return is_number(line) || after_blank && (is_word || ids == Ids::Words);
    }
    // A file of which every other line is blank.
    after_blank
        && ids == Ids::Numbers
        && is_number(line)
        && lines[at + 1..].iter().find(|next| !next.trim().is_empty()).is_some_and(|next| is_time(next))
}

/// Time lines with what belongs to each. Words behind a blank line are still the cue's:
/// some programs leave one between its time and its words.
fn blocks<'a>(text: &'a str, is_vtt: bool, warnings: &mut Vec<Warning>) -> Vec<Block<'a>> {
    let lines: Vec<&str> = text.lines().collect();
    let ids = ids(&lines);
    let mut blocks: Vec<Block<'a>> = Vec::new();
    let mut at = 0;
    let mut after_blank = true;
    // The words of the cue have ended in a blank line.
    let mut ended = false;
    while at < lines.len() {
        let line = lines[at].trim();
        if let Some((start, end)) = clock::range(line) {
            let end = end.filter(|end| {
                let fine = *end >= start;
                if !fine {
                    warnings.push(Warning { line: at + 1, message: "a cue ends before it starts".into() });
                }
                fine
            });
            blocks.push(Block { start, end, lines: Vec::new() });
            (after_blank, ended) = (false, false);
        } else if line.is_empty() {
            after_blank = true;
            ended = blocks.last().is_some_and(|block| !block.lines.is_empty());
        } else if is_vtt && after_blank && opens_block(line) {
            while at < lines.len() && !lines[at].trim().is_empty() && clock::range(lines[at]).is_none() {
                at += 1;
            }
            continue;
        } else if line.contains("-->") {
            warnings.push(Warning { line: at + 1, message: "a time line that cannot be read".into() });
            (after_blank, ended) = (false, true);
        } else if let Some(block) = blocks.last_mut()
            && !is_id(&lines, at, ids, after_blank)
        {
            if ended {
                warnings.push(Warning { line: at + 1, message: "words outside of a cue".into() });
            }
            block.lines.push(line);
            after_blank = false;
        }
        at += 1;
    }
    blocks
}

/// Cues of the text, each in one voice.
pub(super) fn cues(text: &str, is_vtt: bool, is_known: IsKnown<'_>, warnings: &mut Vec<Warning>) -> Vec<Cue> {
    let blocks = blocks(text, is_vtt, warnings);
    let mut pieces: Vec<Vec<markup::Voiced>> = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let mut speaker = None;
        pieces.push(block.lines.iter().flat_map(|line| markup::pieces(line, &mut speaker)).collect());
    }
    let named = named(&pieces, is_known);
    let mut cues = Vec::new();
    for ((block, pieces), named) in blocks.iter().zip(pieces).zip(named) {
        payload(block, pieces, named, &mut cues);
    }
    cues
}

/// A speaker before the words of a piece, and where their words begin.
type Named = Option<(String, usize)>;

/// Who speaks, by what stands before colons where no voice says it.
fn named(pieces: &[Vec<markup::Voiced>], is_known: IsKnown<'_>) -> Vec<Vec<Named>> {
    let voices: BTreeSet<String> = pieces.iter().flatten().filter_map(|piece| piece.speaker.clone()).collect();
    let mut shapes = Shapes::default();
    let mut entries = Vec::new();
    for block in pieces {
        for (at, piece) in block.iter().enumerate().filter(|(_, piece)| piece.speaker.is_none()) {
            let text = piece.words.text.as_str();
            entries.push(Entry { label: speaker::label(text, &mut shapes), text, is_first: at == 0 });
        }
    }
    let speakers = Speakers::of(&entries, Kind::Cues, &voices, is_known);
    let mut named = entries.iter().map(|entry| {
        let (name, label) = speakers.split(&entry.label?)?;
        // Within a cue a sentence is wrapped anywhere, so that a loose name must return.
        let is_strong = matches!(label.shape, Shape::Sure | Shape::Name);
        let fine = entry.is_first || is_strong || speakers.returns(&name);
        fine.then(|| (name, entry.text.len() - label.words.len()))
    });
    let mut of_piece = |piece: &markup::Voiced| if piece.speaker.is_none() { named.next().flatten() } else { None };
    pieces.iter().map(|block| block.iter().map(&mut of_piece).collect()).collect()
}

/// One cue a voice; the time of a cue with several is shared by their length.
fn payload(block: &Block<'_>, pieces: Vec<markup::Voiced>, named: Vec<Named>, cues: &mut Vec<Cue>) {
    let mut voiced: Vec<markup::Voiced> = Vec::new();
    for (mut piece, named) in pieces.into_iter().zip(named) {
        if let Some((name, cut)) = named {
            let joints = piece.words.joints.iter().filter_map(|joint| joint.checked_sub(cut));
            piece.words.joints = joints.filter(|joint| *joint > 0).collect();
            piece.words.text.drain(..cut);
            piece.speaker = Some(name);
        }
        match voiced.last_mut() {
            // A line without a name goes on with the name before it.
            Some(last) if piece.speaker.is_none() || piece.speaker == last.speaker => {
                last.words.join(&piece.words);
            }
            _ => voiced.push(piece),
        }
    }
    let whole: usize = voiced.iter().map(|piece| piece.words.text.len()).sum();
    let (start, span) = (block.start, block.end.map(|end| end - block.start));
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
