//! Why what serves did not change. Nothing has, then.

use skillhost_engine::ids::SkillName;
use skillhost_engine::registry::{Difference, Unnamed};
use skillhost_engine::store::StoreError;
use skillhost_sandbox::LoadError;

use super::files::FileError;

/// See the [module](self).
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The bytes are no module this host can run.
    #[error("the module is not acceptable: {0}")]
    Module(#[from] LoadError),
    /// A trial found something.
    #[error("the trial `{trial}` failed: {message}")]
    Trial {
        /// Which.
        trial: &'static str,
        /// What.
        message: String,
    },
    /// Words that name no module.
    #[error(transparent)]
    Unnamed(#[from] Unnamed),
    /// Nothing of the skill was ever installed.
    #[error("no skill `{skill}` is installed")]
    NoSkill {
        /// Which.
        skill: SkillName,
    },
    /// The digest names no installed module.
    #[error("no module is installed whose digest is `{digest}`")]
    NoModule {
        /// What was asked.
        digest: String,
    },
    /// It was revoked.
    #[error("the module {digest} is revoked")]
    Revoked {
        /// Which.
        digest: String,
    },
    /// It asks for more than what serves.
    #[error("the module {digest} of `{skill}` asks for more than the one it replaces:\n{difference}")]
    AsksForMore {
        /// The skill.
        skill: SkillName,
        /// The module.
        digest: String,
        /// What exactly.
        difference: Difference,
    },
    /// There is nothing to go back to.
    #[error("`{skill}` has no earlier version to go back to")]
    NothingBefore {
        /// Which.
        skill: SkillName,
    },
    /// A canary of nothing, of what serves, or of a share that is none.
    #[error("{message}")]
    NoCanary {
        /// Why.
        message: String,
    },
    /// The module's file is gone or changed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The host runs skills that are not modules, as benches do.
    #[error("this host has no modules")]
    NoModules,
    /// The work was cut off.
    #[error("the host stopped while it worked on this")]
    Stopped,
}

impl RegistryError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Module(error) => error.hint(),
            Self::Trial { .. } => "correct the skill and build it again, or try it alone with `skillhost skills try`",
            Self::Unnamed(Unnamed::Several { .. }) => "write more of the digest",
            Self::Unnamed(_) | Self::NoSkill { .. } | Self::NoModule { .. } => {
                "`skillhost skills history NAME` lists what is installed"
            }
            Self::Revoked { .. } => "a revocation is for good; install a corrected build",
            Self::AsksForMore { .. } => "look at the difference, then say it again with --accept-rights",
            Self::NothingBefore { .. } => "install a corrected version, or revoke the module",
            Self::NoCanary { .. } => "name another installed version with --version, and 1 to 99 percent",
            Self::File(_) => "install the same build again, which restores its file",
            Self::Store(StoreError::Conflict { .. }) => "somebody else changed the skill first; look at its history",
            Self::Store(_) | Self::Stopped => "try again",
            Self::NoModules => "ask a host that was started with `skillhost serve`",
        }
    }
}
