//! Typed names of the things the host keeps.
//!
//! Every id is an opaque string to everyone but its maker. To add one, add a
//! line to the list at the end.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id that came from the store, a request or a generator.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    )+};
}

id! {
    /// A tenant.
    OrgId,
    /// A person of an org.
    UserId,
    /// A received event.
    EventId,
    /// A row of `sequence_jobs`.
    JobId,
    /// A pending action: one question to one person.
    ApprovalId,
    /// An effect in the outbox: `(job, step, round, local id)` hashed, so the
    /// same proposal keeps its key across retries and crashes.
    EffectKey,
    /// Name of a step within a sequence.
    StepName,
    /// Name of a skill: `[a-z0-9-]{1,64}`, equal to its folder.
    SkillName,
}
