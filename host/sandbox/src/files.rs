//! What an `fs:` right stands for: a scratch directory, or one the operator named.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use skillhost_engine::canonical::{digest_json, sha256};
use skillhost_engine::rights::RightSet;
use tempfile::TempDir;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

/// Bytes a call may write to its scratch directories: unpacking an attachment
/// and making a document of it.
pub const MAX_SCRATCH_BYTES: u64 = 16 * 1024 * 1024;
/// Files and directories a call may make.
pub const MAX_SCRATCH_ENTRIES: u32 = 256;
/// Entries of a named directory: hundreds of templates. Beyond, it cannot be told
/// in the journal what a call could read.
pub const MAX_NAMED_ENTRIES: usize = 1000;
/// Bytes of all its files, which are hashed at every call that may read them.
pub const MAX_NAMED_BYTES: u64 = 16 * 1024 * 1024;
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
    /// `fs:<name>` of each named directory, with the digest of what was in it.
    pub(crate) named: Vec<(String, String)>,
    scratch: Vec<TempDir>,
}

impl std::fmt::Debug for CallFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallFiles").field("scratch", &self.scratch.len()).finish_non_exhaustive()
    }
}

/// A directory that a right names and that cannot be handed over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoDirectory {
    #[error("the directory of `fs:{name}` cannot be opened")]
    Missing { name: String },
    #[error(
        "the directory of `fs:{name}` has more than {MAX_NAMED_ENTRIES} entries or {MAX_NAMED_BYTES} bytes, \
         too much to be told in a journal; hand over a smaller one"
    )]
    TooLarge { name: String },
    #[error("the host stopped while directories were opened")]
    Stopped,
}

/// What the digest of a directory is of, entry by entry.
#[derive(Default)]
struct Listing {
    entries: BTreeMap<String, String>,
    bytes: u64,
}

impl Listing {
    /// Adds what is in a folder; false when it is too much.
    fn add(&mut self, root: &Path, folder: &Path) -> std::io::Result<bool> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let metadata = std::fs::symlink_metadata(&path)?;
            let what = if metadata.is_dir() {
                if !self.add(root, &path)? {
                    return Ok(false);
                }
                "folder".to_owned()
            } else if metadata.is_symlink() {
                format!("link {}", std::fs::read_link(&path)?.to_string_lossy())
            } else if metadata.is_file() {
                self.bytes = self.bytes.saturating_add(metadata.len());
                if self.bytes > MAX_NAMED_BYTES {
                    return Ok(false);
                }
                // Bounded once more, for a file that grew meanwhile.
                let mut content = Vec::new();
                std::fs::File::open(&path)?.take(MAX_NAMED_BYTES).read_to_end(&mut content)?;
                sha256(&content)
            } else {
                "other".to_owned()
            };
            self.entries.insert(name, what);
            if self.entries.len() > MAX_NAMED_ENTRIES {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `sha256:<hex>` of names, kinds and contents; `None` when there is too much.
fn digest_of(folder: &Path) -> std::io::Result<Option<String>> {
    let mut listing = Listing::default();
    let whole = listing.add(folder, folder)?;
    Ok(whole.then(|| digest_json(&json!(listing.entries))))
}

impl CallFiles {
    /// None at all, which is what nearly every call gets.
    pub(crate) fn none() -> Self {
        Self { shown: WasiFilesystemCtx::default(), named: Vec::new(), scratch: Vec::new() }
    }

    /// Opens what the rights name. A named directory is read whole, which no async
    /// worker has the time for.
    pub(crate) async fn open(config: &FilesConfig, rights: &RightSet) -> Result<Self, NoDirectory> {
        let names: Vec<String> = rights.directories().map(str::to_owned).collect();
        if names.is_empty() {
            return Ok(Self::none());
        }
        let config = config.clone();
        tokio::task::spawn_blocking(move || Self::open_now(&config, &names)).await.unwrap_or(Err(NoDirectory::Stopped))
    }

    fn open_now(config: &FilesConfig, names: &[String]) -> Result<Self, NoDirectory> {
        let mut wasi = WasiCtxBuilder::new();
        let (mut scratch, mut named) = (Vec::new(), Vec::new());
        for name in names {
            let missing = || NoDirectory::Missing { name: name.clone() };
            let (path, perms) = if FilesConfig::is_scratch(name) {
                let parent = config.scratch.as_ref().ok_or_else(missing)?;
                let folder = tempfile::Builder::new().prefix("call-").tempdir_in(parent).map_err(|_| missing())?;
                let path = folder.path().to_owned();
                scratch.push(folder);
                (path, FsPerms::ReadWrite)
            } else {
                let path = config.named.get(name).ok_or_else(missing)?.clone();
                let digest = digest_of(&path).map_err(|_| missing())?;
                let digest = digest.ok_or_else(|| NoDirectory::TooLarge { name: name.clone() })?;
                named.push((format!("fs:{name}"), digest));
                (path, FsPerms::ReadOnly)
            };
            wasi.preopened_dir(path, format!("/{name}"), perms).map_err(|_| missing())?;
        }
        let shown = wasi.build().filesystem().clone();
        Ok(Self { shown, named, scratch })
    }
}
