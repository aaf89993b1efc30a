//! Places where a test kills the process, to prove that nothing is lost there.
//!
//! A point is a name in [`FailPoint`]; the server hits it with
//! [`FailPoints::hit`]. `skillhost fail-points` prints the list, and the crash
//! suite fails for a point that is never reached. Only the hidden flag
//! `serve --fail-point NAME` arms one, and only in a debug build; in a release
//! build a hit compiles to nothing.

use std::sync::atomic::{AtomicU32, Ordering};

macro_rules! points {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// Where the process may be killed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FailPoint { $($(#[$doc])* $name),+ }

        impl FailPoint {
            /// All of them, in the order a job meets them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

points! {
    /// A delivery was verified, nothing is stored yet.
    EventReceived = "event.received",
    /// Event and job are durable, the 2xx has not been sent.
    EventCommitted = "event.committed",
    /// Money is set aside, the vendor has not been asked.
    PaidReserved = "paid.reserved",
    /// The vendor answered, nothing is settled.
    PaidAnswered = "paid.answered",
    /// The cost and the answer are durable, the skill has not heard it.
    PaidSettled = "paid.settled",
    /// A skill returned, its outcome is not durable.
    StepCalled = "step.called",
    /// A step's checkpoint is durable, the next step has not started.
    StepCommitted = "step.committed",
    /// The job parked on a person.
    JobParked = "job.parked",
    /// A question's row says that it is brought to Slack, which has not been asked.
    CardBegun = "card.begun",
    /// Slack has a question's message, its row does not say where.
    CardPosted = "card.posted",
    /// An answer was checked, nothing is stored yet.
    AnswerChecked = "answer.checked",
    /// An answer and its outbox rows are durable, the person was not told.
    AnswerCommitted = "answer.committed",
    /// An effect is about to be marked as leaving.
    EffectDue = "effect.due",
    /// `sending` is durable, nothing has been handed over.
    EffectSending = "effect.sending",
    /// The receiver has it, the result is not durable.
    EffectPerformed = "effect.performed",
    /// The result is durable.
    EffectCommitted = "effect.committed",
}

/// Which point is armed, and at which hit it kills.
#[derive(Debug, Default)]
pub struct FailPoints {
    armed: Option<FailPoint>,
    left: AtomicU32,
}

impl FailPoints {
    /// Arms a point by `name` or `name:n` (the n-th hit kills, from 1).
    ///
    /// # Errors
    /// The text, when it names no point.
    pub fn armed(text: &str) -> Result<Self, String> {
        let (name, count) = text.split_once(':').unwrap_or((text, "1"));
        let point = FailPoint::ALL.iter().find(|point| point.name() == name);
        if !cfg!(debug_assertions) {
            return Err("fail points are compiled into debug builds only".to_owned());
        }
        match (point, count.parse::<u32>()) {
            (Some(point), Ok(count)) if count > 0 => Ok(Self { armed: Some(*point), left: AtomicU32::new(count) }),
            _ => Err(format!("`{text}` is not a fail point; `skillhost fail-points` lists them")),
        }
    }

    /// Kills the process here if this point is armed and it is the counted hit.
    pub fn hit(&self, point: FailPoint) {
        if cfg!(debug_assertions) && self.armed == Some(point) && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            eprintln!("fail point {}", point.name());
            // SIGKILL, so that no destructor, buffer or handler runs.
            let _ = nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL);
            loop {
                std::thread::park();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_unknown_ones_are_refused() {
        let mut names: Vec<_> = FailPoint::ALL.iter().map(|point| point.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FailPoint::ALL.len());
        assert!(FailPoints::armed("nowhere").is_err());
        assert!(FailPoints::armed("step.called:0").is_err());
        assert_eq!(FailPoints::armed("step.called:3").map(|points| points.armed), Ok(Some(FailPoint::StepCalled)));
    }
}
