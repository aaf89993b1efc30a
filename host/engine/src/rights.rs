//! What a call may do: declared ∩ operator ∩ org ∩ step.
//!
//! [`Parties`] is the only place where that is decided, and [`RightSet`] is its
//! result. A right is text:
//!
//! | text | allows |
//! |---|---|
//! | `context:<source>` | a read as the job's user |
//! | `context:<source>@org` | a read as the whole org |
//! | `llm:<class>` | asking a model of a class |
//! | `http:<host>[:port]/<path prefix>` | GET and HEAD below the prefix |
//! | `effect:<kind>` | proposing an effect |
//! | `fs:<name>` | a directory |
//! | `secret:<name>` | having a secret filled in at egress |
//!
//! A *grant* may be wide: a name may end in `*`, a host may begin with `*.`. An
//! *ask* may not, so that a manifest always says exactly what it wants.
//!
//! To add a family: a variant of [`Right`] with its text in `right`, its meet in
//! `Right::meet`, a row above and in `docs/rights.md`, and the door it opens.

mod grant;
mod parties;
mod place;
mod right;
#[cfg(test)]
mod tests;

pub use grant::{Grant, RightSet};
pub use parties::{Explained, Lacking, Parties, Party, Verdict};
pub use place::{HttpPlace, HttpTarget, PlaceError};
pub use right::{Right, RightSyntax};
