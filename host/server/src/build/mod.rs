//! Turns skill folders into components: compile, describe, embed, write.
//!
//! [`GuestToolchain::find`] chooses the cargo that can build for
//! `wasm32-wasip2`; [`compile`] runs it once for all packages, over one shared
//! target folder; [`build_skills`] asks each component what it says of itself in
//! an empty sandbox and writes `<out>/<name>.wasm` with that manifest embedded,
//! and its digest beside it. A skill whose component did not change is left alone.
//!
//! Nothing here reads the environment: overrides come in [`BuildSettings`].

mod compile;
mod embed;
mod toolchain;

pub use compile::{CompileError, compile};
pub use embed::{BuildError, Built, Selection, build_skills, skill_folders};
pub use toolchain::{GuestToolchain, TARGET, ToolchainError};

use std::path::{Path, PathBuf};

/// What an operator or a test may say about building guests.
#[derive(Clone, Debug, Default)]
pub struct BuildSettings {
    /// A cargo to use whatever else there is (`SKILLHOST_GUEST_CARGO`).
    pub cargo: Option<PathBuf>,
    /// The target folder (`SKILLHOST_GUEST_TARGET`); default `<workspace>/target`.
    pub target: Option<PathBuf>,
}

/// Compiles every member of a guest workspace: `(package, component)`.
pub fn compile_guests(
    workspace: &Path,
    settings: &BuildSettings,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<(String, PathBuf)>, CompileError> {
    let toolchain = GuestToolchain::find(settings.cargo.as_deref())?;
    compile(&toolchain, workspace, &[], settings.target.as_deref(), progress)
}
