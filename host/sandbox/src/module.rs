//! A module that may be called: verified, compiled, linked.

use skillhost_engine::rights::Right;
use skillhost_engine::skill::{Manifest, SkillRef};
use std::sync::Arc;
use wasmtime::component::{ComponentExportIndex, InstancePre};

use crate::schema::Schema;
use crate::state::CallState;

/// Ready to be instantiated; made by [`crate::Sandbox::load`] only.
pub struct Module {
    /// Name, version and digest.
    pub skill_ref: SkillRef,
    /// What it says of itself.
    pub manifest: Arc<Manifest>,
    /// The rights it asks, parsed.
    pub rights: Vec<Right>,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) run: ComponentExportIndex,
    pub(crate) input: Schema,
    pub(crate) output: Schema,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("skill_ref", &self.skill_ref).finish_non_exhaustive()
    }
}
