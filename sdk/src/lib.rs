//! What a skill author imports.
//!
//! A skill is one plain function. It reads through [`context`], may think with
//! [`llm`], and *proposes* through its [`Outcome`]; it never changes the world.
//! The host shows what it proposed to a person where the kind of effect asks for
//! one, and performs what was decided. A whole skill:
//!
//! ```ignore
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use skillhost_sdk::{Call, Failure, Outcome, Task, approval, context, effect, skill};
//!
//! #[derive(Deserialize, JsonSchema)]
//! pub struct Input { deal_id: String }
//!
//! #[derive(Serialize, JsonSchema)]
//! pub struct Output { days_left: i64 }
//!
//! /// Proposes a check-in task for a deal that closes this week.
//! #[skill]
//! pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
//!     let deal = context::deal(&input.deal_id)?;
//!     let close = deal.value.close_date_ms().ok_or_else(|| Failure::invalid("no-close-date", "the deal has none"))?;
//!     let days_left = (close - call.now_ms()) / 86_400_000;
//!     let outcome = Outcome::new(Output { days_left });
//!     if days_left > 7 {
//!         return Ok(outcome);
//!     }
//!     let task = Task::new(format!("Check in on {}", deal.value.name)).deal(&input.deal_id);
//!     Ok(outcome
//!         .summary(format!("{} closes in {days_left} days", deal.value.name))
//!         .ask(approval::review("check-in", "Add a check-in task?").effect(effect::task("task", &task))))
//! }
//!
//! skillhost_sdk::cases!();
//! ```
//!
//! Beside it in the folder: `SKILL.md` (front matter `name`, `description`,
//! `license`; the name is the folder's and the package's), `skill.toml`
//! (`version`, `rights`, `criticality`, `[limits]`) and
//! `cases/<name>/{input,context,expected}.json`, which `cargo test` runs natively
//! and the host's tests run again in the real sandbox. `skillhost build <name>`
//! turns the folder into a component.
//!
//! To add a typed source: a struct in [`sources`] and a function in
//! [`context`]. To add an effect kind: a payload type and a function in
//! [`effect`]; the host must know the kind too.

pub mod address;
pub mod approval;
pub mod budget;
mod call;
pub mod context;
mod doors;
pub mod effect;
mod failure;
#[doc(hidden)]
pub mod guest;
#[cfg(not(target_family = "wasm"))]
pub mod harness;
pub mod llm;
pub mod log;
mod manifest;
mod outcome;
pub mod sources;
pub mod transcript;

pub use call::Call;
pub use context::{Optional, Query, Read, ReadError, ReadErrorKind};
pub use effect::{Activity, Attachment, Attendee, Effect, Email, Entity, Invitation, NewContact, Share, Task};
pub use failure::{Failure, FailureKind};
pub use outcome::{Artifact, Evidence, FollowUp, Outcome};
pub use skillhost_sdk_macros::{cases, skill};
pub use transcript::{Transcript, Turn};
