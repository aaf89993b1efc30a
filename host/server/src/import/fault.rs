//! What is wrong with a file, and where. A run tells everything it found at once.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Faults that are written out; a file that is wrong throughout is understood by fewer.
const SHOWN: usize = 20;
/// Characters of a cell in a message.
const QUOTED_CHARS: usize = 60;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As it was named on the command line.
    pub file: Arc<str>,
    /// From 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Everything that is wrong, in the order in which it was found.
#[derive(Debug, Default)]
pub struct Faults {
    shown: Vec<String>,
    more: usize,
}

impl Faults {
    /// One more; `whose` is a file, a place, or a place and a column.
    pub(crate) fn push(&mut self, whose: impl fmt::Display, what: impl fmt::Display) {
        if self.shown.len() < SHOWN {
            self.shown.push(format!("{whose}: {what}"));
        } else {
            self.more += 1;
        }
    }

    /// One that stands before all others, because it is about many lines.
    pub(crate) fn first(&mut self, whose: impl fmt::Display, what: impl fmt::Display) {
        self.shown.insert(0, format!("{whose}: {what}"));
        if self.shown.len() > SHOWN {
            self.shown.pop();
            self.more += 1;
        }
    }

    /// A fault in a cell.
    pub(crate) fn cell(&mut self, place: &Place, column: &str, what: impl fmt::Display) {
        self.push(format_args!("{place}, column {}", quoted(column)), what);
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.shown.len() + self.more
    }

    /// The value, or the faults if there are any.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.count() == 0 { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "nothing was imported; {} to mend:", self.count())?;
        for fault in &self.shown {
            write!(out, "\n  {fault}")?;
        }
        if self.more > 0 {
            write!(out, "\n  and {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Text of a file as a message shows it: short, and without what a terminal obeys.
pub(crate) fn quoted(text: &str) -> String {
    if text.chars().count() <= QUOTED_CHARS {
        return format!("{text:?}");
    }
    let short: String = text.chars().take(QUOTED_CHARS).collect();
    format!("{:?}", short + "…")
}
