//! A mail that cannot be taken: how much of it is asked for next, and when it is left out.
//!
//! Invariants: no mail keeps those behind it away for ever; none is left out before
//! everything smaller of it was asked for, nor for a refusal that may pass, unless it
//! lasted for hours.

use crate::time::Timestamp;

/// Attempts at a mail that broke off, after which less of it is asked for: twice may be
/// the line.
pub const LESS_AFTER: u32 = 3;
/// How long a mail is asked for that the server will not give: longer than a restart or
/// the repair of an index takes, shorter than a day on which nobody hears of what came
/// behind it.
pub const LEFT_OUT_MS: i64 = 4 * 3600 * 1000;

/// How much of a mail is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All of it, or its beginning where it is too large.
    #[default]
    Whole,
    /// Its beginning: text comes first.
    Beginning,
    /// Its headers.
    Head,
}

impl Extent {
    fn less(self) -> Option<Self> {
        match self {
            Self::Whole => Some(Self::Beginning),
            Self::Beginning => Some(Self::Head),
            Self::Head => None,
        }
    }
}

/// Why a mail was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFault {
    /// The server says no, which may pass.
    Refused,
    /// The connection broke at it, it took too long, or the answer was none.
    Broke,
    /// It came, and reading it failed in this host.
    Unread,
}

/// The mail that keeps those behind it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck {
    uid_validity: u32,
    uid: u32,
    since: Timestamp,
    times: u32,
    extent: Extent,
}

impl Stuck {
    /// What is known of this mail: `before` where it is the same one.
    pub fn at(before: Option<Self>, uid_validity: u32, uid: u32, now: Timestamp) -> Self {
        let new = Self { uid_validity, uid, since: now, times: 0, extent: Extent::Whole };
        before.filter(|before| (before.uid_validity, before.uid) == (uid_validity, uid)).unwrap_or(new)
    }

    /// How much of it is asked for now.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// It was not taken; whether it is left out now.
    pub fn failed(&mut self, fault: MailFault, now: Timestamp) -> bool {
        self.times = self.times.saturating_add(1);
        let is_long = now >= self.since.plus_ms(LEFT_OUT_MS);
        let (asks_less, may_be_out) = match fault {
            MailFault::Refused => (is_long, is_long),
            MailFault::Broke => (self.times >= LESS_AFTER, is_long),
            MailFault::Unread => (true, true),
        };
        let less = match fault {
            // What reads it is a function of its bytes, and text would fail again.
            MailFault::Unread => (self.extent != Extent::Head).then_some(Extent::Head),
            MailFault::Refused | MailFault::Broke => self.extent.less(),
        };
        match less {
            _ if !asks_less => false,
            Some(less) => {
                (self.extent, self.times) = (less, 0);
                false
            }
            None => may_be_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_793_696_400_000);

    fn stuck() -> Stuck {
        Stuck::at(None, 7, 3, START)
    }

    #[test]
    fn a_refusal_is_waited_out_for_hours_and_only_then_is_less_asked_for() {
        let mut mail = stuck();
        for minute in 0..LEFT_OUT_MS / 60_000 {
            assert!(!mail.failed(MailFault::Refused, START.plus_ms(minute * 60_000)));
            assert_eq!(mail.extent(), Extent::Whole);
        }
        let late = START.plus_ms(LEFT_OUT_MS);
        assert!(!mail.failed(MailFault::Refused, late));
        assert!(!mail.failed(MailFault::Refused, late));
        assert_eq!(mail.extent(), Extent::Head);
        assert!(mail.failed(MailFault::Refused, late));
    }

    #[test]
    fn what_breaks_off_again_and_again_is_asked_for_in_part() {
        let mut mail = stuck();
        let mut extents = Vec::new();
        for _ in 0..3 * LESS_AFTER {
            assert!(!mail.failed(MailFault::Broke, START));
            extents.push(mail.extent());
        }
        assert_eq!(extents.iter().filter(|extent| **extent == Extent::Whole).count(), 2);
        assert_eq!(extents.iter().filter(|extent| **extent == Extent::Beginning).count(), 3);
        assert!(!mail.failed(MailFault::Broke, START.plus_ms(LEFT_OUT_MS - 1)), "its headers may come yet");
        assert!(mail.failed(MailFault::Broke, START.plus_ms(LEFT_OUT_MS)));
    }

    #[test]
    fn what_cannot_be_read_is_known_by_its_headers_and_is_else_left_out_at_once() {
        let mut mail = stuck();
        assert!(!mail.failed(MailFault::Unread, START));
        assert_eq!(mail.extent(), Extent::Head);
        assert!(mail.failed(MailFault::Unread, START));
    }

    #[test]
    fn another_mail_and_other_numbers_begin_anew() {
        let mut mail = stuck();
        assert!(!mail.failed(MailFault::Unread, START));
        assert_eq!(Stuck::at(Some(mail), 7, 3, START.plus_ms(1)), mail);
        assert_eq!(Stuck::at(Some(mail), 7, 4, START).extent(), Extent::Whole);
        assert_eq!(Stuck::at(Some(mail), 8, 3, START).extent(), Extent::Whole);
    }
}
