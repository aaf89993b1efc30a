//! What a model's answer must stand up to before a skill uses it.
//!
//! A library of the skills, not a skill. A skill that may ask a model hands it
//! [`Material`]: passages with ids, and nothing else. The answer counts only when
//!
//! - no passage speaks to the model ([`instructs`]); then it is not even asked,
//! - it matches the skill's schema (the host checks that, and so does the type),
//! - each quote is an exact part of the passage that it names ([`Material::holds`]),
//! - it names no number, address or name that no passage has ([`Material::invented`]),
//! - what it states is about what it rests on ([`unsupported`]), and its words are cut out
//!   of no denial ([`Material::is_cut_short`]),
//! - a text in the rep's name gives nothing away and takes nothing on ([`draft`]).
//!
//! Everything else is "no refinement": the skill's own answer stands, and
//! [`Refusal`] says why. A refusal too many costs a nicer sentence; one too few
//! costs trust.
//!
//! Natively, the module `scripted` answers in a model's place, so that a skill's cases
//! hold what a model may say, right or wrong.

mod ask;
pub mod draft;
mod grounds;
mod instructs;
mod invented;
mod material;
#[cfg(not(target_family = "wasm"))]
pub mod scripted;

pub use ask::{Prompt, Refusal, ask};
pub use grounds::{denies, quotations, shares, unsupported, without_names};
pub use instructs::instructs;
pub use invented::counts;
pub use material::{Material, Passage};
