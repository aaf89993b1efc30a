//! An exact piece of what was said or written.

use std::ops::Range;

use deal_record::Asked;
use meeting_source::Loaded;
use skillhost_sdk::Outcome;
use skillhost_sdk::sources::Side;

/// Where words come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A transcript.
    Meeting,
    /// A mail.
    Mail,
    /// A person typed them; there is no read to quote.
    Request,
}

impl Source {
    /// The word for it in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Mail => "mail",
            Self::Request => "request",
        }
    }
}

/// Some words, exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// As they stand in the source.
    pub quote: String,
    /// Who, as the source names them.
    pub speaker: Option<String>,
    /// Whose side.
    pub side: Side,
    /// Where from.
    pub source: Source,
    /// Names the read that holds them.
    pub read_id: Option<String>,
    /// Turn of the transcript.
    pub turn: Option<usize>,
    /// `m:ss` from the start of the meeting.
    pub time: Option<String>,
}

impl Words {
    /// A range of a turn of a meeting, cut where the source does not go on so.
    /// `at` is the place in the transcript's list.
    pub fn of(meeting: &Loaded, at: usize, range: &Range<usize>) -> Option<Self> {
        let turn = meeting.transcript.turns.get(at)?;
        Some(Self {
            quote: meeting.quote(at, range)?,
            speaker: turn.speaker.clone(),
            side: meeting.side(turn),
            source: Source::Meeting,
            read_id: Some(meeting.read_id.clone()),
            turn: Some(turn.index),
            time: turn.start_ms.map(|ms| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60)),
        })
    }

    /// For an output.
    pub fn asked(&self) -> Asked {
        Asked {
            quote: self.quote.clone(),
            speaker: self.speaker.clone(),
            source: self.source.as_str().to_owned(),
            turn: self.turn,
            time: self.time.clone(),
        }
    }

    /// Backs a place of the output with these words.
    pub fn supporting<T>(&self, outcome: Outcome<T>, pointer: impl Into<String>) -> Outcome<T> {
        match &self.read_id {
            Some(read_id) => outcome.evidence(read_id.clone(), self.quote.clone(), pointer),
            None => outcome,
        }
    }
}
