//! What a transcript is once parsed.

use serde::{Deserialize, Serialize};

/// Shortest piece of a phrase that is still a quote, bytes.
const MIN_QUOTE_BYTES: usize = 8;

/// One speaker's uninterrupted words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Position in the transcript, from 0.
    pub index: usize,
    /// Name as written; none where the format has none.
    pub speaker: Option<String>,
    /// Milliseconds from the start.
    pub start_ms: Option<u64>,
    /// Milliseconds from the start.
    pub end_ms: Option<u64>,
    /// The words, lines and cues joined by one space.
    pub text: String,
    /// Byte offsets in `text` before which it does not go on as the source does:
    /// joints of lines and cues, and decoded entities. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) joints: Vec<usize>,
}

impl Turn {
    /// A turn of one line, for tests.
    pub fn new(index: usize, speaker: Option<&str>, text: impl Into<String>) -> Self {
        Self { index, speaker: speaker.map(str::to_owned), text: text.into(), ..Self::default() }
    }

    /// How long it lasted, where the format has times.
    pub fn duration_ms(&self) -> Option<u64> {
        Some(self.end_ms?.saturating_sub(self.start_ms?))
    }

    /// Words, as people count them.
    pub fn word_count(&self) -> usize {
        self.text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
    }

    /// The longest piece of `phrase` that stands in the source exactly so, for
    /// evidence. `phrase` must be a part of `text`; a phrase that runs over the
    /// end of a subtitle line is cut there.
    pub fn quotable<'a>(&'a self, phrase: &str) -> Option<&'a str> {
        let phrase = phrase.trim();
        let start = self.text.find(phrase)?;
        let end = start + phrase.len();
        let mut from = start;
        let mut best = "";
        let inside = self.joints.iter().copied().filter(|&joint| joint > start && joint < end);
        for to in inside.chain([end]) {
            let piece = self.text.get(from..to)?.trim();
            if piece.len() > best.len() {
                best = piece;
            }
            from = to;
        }
        (best.len() == phrase.len() || best.len() >= MIN_QUOTE_BYTES).then_some(best).filter(|best| !best.is_empty())
    }
}

/// What the text looked like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// WebVTT.
    WebVtt,
    /// SubRip.
    Srt,
    /// `Name: text` lines and the like.
    #[default]
    Plain,
    /// MeetingBaaS: words with times.
    MeetingBaas,
    /// Fathom.
    Fathom,
    /// Fireflies: sentences.
    Fireflies,
}

/// Something odd that was worked around.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Line of the source from 1; 0 where it has none.
    pub line: usize,
    /// What was odd; no content.
    pub message: String,
}

/// Speaker turns with times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// In the order of the source.
    pub turns: Vec<Turn>,
    /// What the text looked like.
    pub format: Format,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

impl Transcript {
    /// Names in the order of their first words.
    pub fn speakers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.turns.iter().filter_map(|turn| turn.speaker.as_deref()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// End of the last words, where the format has times.
    pub fn duration_ms(&self) -> Option<u64> {
        self.turns.iter().filter_map(|turn| turn.end_ms.or(turn.start_ms)).max()
    }
}
