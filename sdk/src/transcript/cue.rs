//! The smallest piece a format knows, and how pieces become turns.

use super::turn::Turn;

/// Cues of one speaker further apart than this are two turns: a pause this long
/// is where somebody else could have spoken.
const MAX_GAP_MS: u64 = 30_000;
/// Longest turn made by joining cues without a speaker's name: without names a
/// turn is only a paragraph.
const MAX_NAMELESS_MS: u64 = 30_000;

/// A run of words of one source line, with the places where it is not verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    /// Byte offsets in `text`, as [`Turn`]'s.
    pub(super) joints: Vec<usize>,
}

impl Words {
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.trim().to_owned(), joints: Vec::new() }
    }

    /// Adds words after one space, which is not the source's.
    pub(super) fn join(&mut self, more: &Self) {
        if more.text.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.joints.push(self.text.len());
            self.text.push(' ');
        }
        let offset = self.text.len();
        self.joints.extend(more.joints.iter().map(|joint| joint + offset));
        self.text.push_str(&more.text);
    }
}

/// How the JSON that words come from was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// Without one character beyond ASCII: whoever wrote it escapes them all.
    pub(super) is_ascii: bool,
}

impl Source {
    /// Words of a JSON string; what JSON escapes is not verbatim there.
    pub(super) fn words(self, text: &str) -> Words {
        let text = text.trim();
        let mut joints = Vec::new();
        for (at, char) in text.char_indices() {
            if matches!(char, '"' | '\\') || char.is_control() || (self.is_ascii && !char.is_ascii()) {
                joints.extend([at, at + char.len_utf8()]);
            }
        }
        joints.retain(|joint| *joint > 0 && *joint < text.len());
        joints.dedup();
        Words { text: text.to_owned(), joints }
    }
}

/// What a format gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cue {
    pub(super) speaker: Option<String>,
    pub(super) start_ms: Option<u64>,
    pub(super) end_ms: Option<u64>,
    pub(super) words: Words,
}

fn goes_on(turn: &Turn, cue: &Cue) -> bool {
    if turn.speaker != cue.speaker {
        return false;
    }
    let (Some(end), Some(start)) = (turn.end_ms.or(turn.start_ms), cue.start_ms) else {
        // Without times a line is a turn unless it has a speaker to go on with.
        return turn.speaker.is_some();
    };
    if start.saturating_sub(end) > MAX_GAP_MS {
        return false;
    }
    turn.speaker.is_some() || start.saturating_sub(turn.start_ms.unwrap_or(start)) <= MAX_NAMELESS_MS
}

/// Joins what one speaker said without a break. Empty cues vanish.
pub(super) fn turns(cues: Vec<Cue>) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut words = Words::default();
    for cue in cues {
        if cue.words.text.is_empty() {
            continue;
        }
        match turns.last_mut() {
            Some(turn) if goes_on(turn, &cue) => {
                words.join(&cue.words);
                turn.end_ms = turn.end_ms.max(cue.end_ms);
            }
            last => {
                if let Some(turn) = last {
                    let Words { text, joints } = std::mem::take(&mut words);
                    (turn.text, turn.joints) = (text, joints);
                }
                turns.push(Turn {
                    index: turns.len(),
                    speaker: cue.speaker,
                    start_ms: cue.start_ms,
                    end_ms: cue.end_ms,
                    ..Turn::default()
                });
                words = cue.words;
            }
        }
    }
    if let Some(turn) = turns.last_mut() {
        (turn.text, turn.joints) = (words.text, words.joints);
    }
    turns
}
