//! What an `fs:` right stands for: a scratch directory, or one the operator named.

use std::collections::BTreeMap;
use std::path::PathBuf;

use skillhost_engine::rights::RightSet;
use tempfile::TempDir;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

/// Bytes a call may write to its scratch directories: unpacking an attachment
/// and making a document of it.
pub const MAX_SCRATCH_BYTES: u64 = 16 * 1024 * 1024;
/// Files and directories a call may make.
pub const MAX_SCRATCH_ENTRIES: u32 = 256;
/// Names that stand for scratch: this, and this with a suffix.
const SCRATCH: &str = "scratch";

/// Where directories are.
#[derive(Clone, Debug, Default)]
pub struct FilesConfig {
    /// Where scratch directories are made; without it there are none.
    pub scratch: Option<PathBuf>,
    /// Directories that skills may read, by name.
    pub named: BTreeMap<String, PathBuf>,
}

impl FilesConfig {
    /// Whether a name means a scratch directory.
    pub fn is_scratch(name: &str) -> bool {
        name.strip_prefix(SCRATCH).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// The directories of one call. Scratch is removed when this is dropped.
pub(crate) struct CallFiles {
    /// What WASI shows: `/<name>` for each.
    pub(crate) shown: WasiFilesystemCtx,
    scratch: Vec<TempDir>,
}

impl std::fmt::Debug for CallFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallFiles").field("scratch", &self.scratch.len()).finish_non_exhaustive()
    }
}

/// A directory that a right names and that is not there.
#[derive(Debug, thiserror::Error)]
#[error("the directory of `fs:{name}` cannot be opened")]
pub(crate) struct NoDirectory {
    name: String,
}

impl CallFiles {
    /// None at all, which is what nearly every call gets.
    pub(crate) fn none() -> Self {
        Self { shown: WasiFilesystemCtx::default(), scratch: Vec::new() }
    }

    /// Opens what the rights name.
    pub(crate) fn open(config: &FilesConfig, rights: &RightSet) -> Result<Self, NoDirectory> {
        let mut names = rights.directories().peekable();
        if names.peek().is_none() {
            return Ok(Self::none());
        }
        let mut wasi = WasiCtxBuilder::new();
        let mut scratch = Vec::new();
        for name in names {
            let missing = || NoDirectory { name: name.to_owned() };
            let (path, perms) = if FilesConfig::is_scratch(name) {
                let parent = config.scratch.as_ref().ok_or_else(missing)?;
                let folder = tempfile::Builder::new().prefix("call-").tempdir_in(parent).map_err(|_| missing())?;
                let path = folder.path().to_owned();
                scratch.push(folder);
                (path, FsPerms::ReadWrite)
            } else {
                (config.named.get(name).ok_or_else(missing)?.clone(), FsPerms::ReadOnly)
            };
            wasi.preopened_dir(path, format!("/{name}"), perms).map_err(|_| missing())?;
        }
        let shown = wasi.build().filesystem().clone();
        Ok(Self { shown, scratch })
    }
}
