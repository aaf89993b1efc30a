//! How many jobs may be open at once, and when the door shuts.
//!
//! Counting them costs a look at the database, so a count is carried on: what this
//! host took since is added, and the count is made anew when it is old, or when the
//! door would have to shut by it.

use crate::time::Timestamp;

/// Jobs that may be open at once, parked ones included: what a host is measured to
/// carry without getting slower. Ten questions to each of 10,000 people.
pub const DEFAULT_OPEN_JOBS: u32 = 100_000;
/// The most that may be set: beyond it the tables of one database stop being flat.
pub const MAX_OPEN_JOBS: u32 = 10_000_000;
/// A count is made anew after this: follow-ups and other hosts are in no door's count.
const COUNT_AGE_MS: i64 = 10_000;
/// While the door is shut it is made anew this often.
const SHUT_AGE_MS: i64 = 1000;

/// What to do with an event at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Take it.
    Open,
    /// Count first.
    Count,
    /// Refuse it: nothing was accepted.
    Shut,
}

/// The count of open jobs as this host carries it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    counted: Option<(u32, Timestamp)>,
    taken: u32,
}

impl Backlog {
    /// Whether one more may come in, of at most `bound`.
    pub fn door(&self, bound: u32, now: Timestamp) -> Door {
        let Some((counted, at)) = self.counted else { return Door::Count };
        let age = now.0.saturating_sub(at.0);
        // A clock that was set back makes a count no younger.
        if !(0..COUNT_AGE_MS).contains(&age) {
            return Door::Count;
        }
        if counted.saturating_add(self.taken) < bound {
            Door::Open
        } else if age >= SHUT_AGE_MS || self.taken > 0 {
            Door::Count
        } else {
            Door::Shut
        }
    }

    /// The database says so many.
    pub fn counted(&mut self, open: u32, now: Timestamp) {
        *self = Self { counted: Some((open, now)), taken: 0 };
    }

    /// One came in.
    pub fn took(&mut self) {
        self.taken = self.taken.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_host_that_knows_nothing_counts() {
        assert_eq!(Backlog::default().door(10, NOW), Door::Count);
    }

    #[test]
    fn what_came_in_counts_until_the_next_count() {
        let mut backlog = Backlog::default();
        backlog.counted(8, NOW);
        assert_eq!(backlog.door(10, NOW), Door::Open);
        backlog.took();
        assert_eq!(backlog.door(10, NOW), Door::Open);
        backlog.took();
        assert_eq!(backlog.door(10, NOW), Door::Count, "some of them may have ended meanwhile");
        backlog.counted(10, NOW);
        assert_eq!(backlog.door(10, NOW), Door::Shut);
        assert_eq!(
            backlog.door(10, NOW.plus_ms(SHUT_AGE_MS - 1)),
            Door::Shut,
            "a flood asks the database once a second"
        );
        assert_eq!(backlog.door(10, NOW.plus_ms(SHUT_AGE_MS)), Door::Count);
        backlog.counted(9, NOW.plus_ms(SHUT_AGE_MS));
        assert_eq!(backlog.door(10, NOW.plus_ms(SHUT_AGE_MS)), Door::Open);
    }

    #[test]
    fn a_count_grows_old_in_both_directions_of_time() {
        let mut backlog = Backlog::default();
        backlog.counted(0, NOW);
        assert_eq!(backlog.door(10, NOW.plus_ms(COUNT_AGE_MS - 1)), Door::Open);
        assert_eq!(backlog.door(10, NOW.plus_ms(COUNT_AGE_MS)), Door::Count);
        assert_eq!(backlog.door(10, NOW.plus_ms(-1)), Door::Count);
    }
}
