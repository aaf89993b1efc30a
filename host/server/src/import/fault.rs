//! What is wrong with a file, and where. A run tells everything it found at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Faults that are written out; a file that is wrong throughout is understood by fewer.
const SHOWN: usize = 20;
/// Faults that are kept one by one: more lines than that are left out of no import,
/// because a file that is wrong throughout is another file than was meant.
const MAX_KEPT: usize = 10_000;
/// Characters of a cell in a message.
const QUOTED_CHARS: usize = 60;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// Something that is wrong.
#[derive(Debug)]
struct Fault {
    /// The line, where one line is at fault and leaving it out would mend it.
    place: Option<Place>,
    /// Whose it is, and what.
    text: String,
}

/// Lines that are left out of an import, with what is wrong with each.
#[derive(Clone, Debug, Default)]
pub struct LeftOut(BTreeMap<Place, String>);

impl LeftOut {
    pub(crate) fn has(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }

    /// Leaves out the lines that are at fault as well.
    ///
    /// # Errors
    /// The faults, where not all of them are of lines.
    pub fn with(mut self, faults: Faults) -> Result<Self, Faults> {
        if faults.more > 0 || faults.kept.iter().any(|fault| fault.place.is_none()) {
            return Err(faults);
        }
        for fault in faults.kept {
            if let Some(place) = fault.place {
                self.0.entry(place).or_insert(fault.text);
            }
        }
        Ok(self)
    }

    /// What is wrong, line by line.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

/// Everything that is wrong, in the order in which it was found.
#[derive(Debug, Default)]
pub struct Faults {
    kept: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// One more; `whose` is a file, or what was said on the command line.
    pub(crate) fn push(&mut self, whose: impl fmt::Display, what: impl fmt::Display) {
        self.keep(None, format!("{whose}: {what}"));
    }

    /// One more, of a line.
    pub(crate) fn at(&mut self, place: &Place, what: impl fmt::Display) {
        self.keep(Some(place.clone()), format!("{place}: {what}"));
    }

    /// One that stands before all others, because it is about many lines.
    pub(crate) fn first(&mut self, whose: impl fmt::Display, what: impl fmt::Display) {
        self.kept.insert(0, Fault { place: None, text: format!("{whose}: {what}") });
    }

    /// A fault in a cell.
    pub(crate) fn cell(&mut self, place: &Place, column: &str, what: impl fmt::Display) {
        self.keep(Some(place.clone()), format!("{place}, column {}: {what}", quoted(column)));
    }

    fn keep(&mut self, place: Option<Place>, text: String) {
        if self.kept.len() < MAX_KEPT {
            self.kept.push(Fault { place, text });
        } else {
            self.more += 1;
        }
    }

    /// Without those of lines that are left out.
    pub(crate) fn beside(mut self, left: &LeftOut) -> Self {
        self.kept.retain(|fault| fault.place.as_ref().is_none_or(|place| !left.has(place)));
        self
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.kept.len() + self.more
    }

    /// The value, or the faults if there are any.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.count() == 0 { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "nothing was imported; {} to mend:", self.count())?;
        for fault in self.kept.iter().take(SHOWN) {
            write!(out, "\n  {}", fault.text)?;
        }
        match self.count().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(out, "\n  and {more} more"),
        }
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
