//! How a rep writes, for the skills that draft mails.
//!
//! A library of the skills, not a skill: it has no `skill.toml`. A skill that uses
//! it asks for `context:user`, `context:emails` and `context:thread`.

mod letter;
mod manner;
mod running;
mod saying;
mod signature;

pub use letter::Letter;
pub use manner::{Manner, manner};
pub use running::Running;
pub use saying::{reads_well, sentence};
pub use signature::{clean, signed};
