//! A stretch of time.

/// Milliseconds of a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds of a day that no clock change makes longer or shorter.
pub const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// From one instant to before another, epoch milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First instant.
    pub start: i64,
    /// The instant after the last.
    pub end: i64,
}

impl Span {
    /// From `start` to before `end`.
    pub fn new(start: i64, end: i64) -> Self {
        Self { start, end }
    }

    /// Whether no instant is in it.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Milliseconds; 0 when empty.
    pub fn length(self) -> i64 {
        self.end.saturating_sub(self.start).max(0)
    }

    /// What both have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// Longer by this much on each side.
    #[must_use]
    pub fn widened(self, by: i64) -> Self {
        Self { start: self.start.saturating_sub(by), end: self.end.saturating_add(by) }
    }

    /// Whether an instant is in both.
    pub fn overlaps(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }
}
