//! What a starting host does: it loads what served when it stopped, and installs
//! what is new in the folder of built skills.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skillhost_engine::canonical::sha256;
use skillhost_engine::registry::{ModuleRow, ModuleState};
use skillhost_engine::store::StoreError;
use skillhost_sandbox::{LoadError, Module};

use super::{How, Modules, RegistryError, off_the_workers};

/// Who installs what is found in the folder when the host starts.
const FOLDER: &str = "folder";

/// Why the modules could not be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder or a file in it cannot be read.
    #[error("cannot read {}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The work was cut off.
    #[error("the modules could not be loaded")]
    Work(#[source] RegistryError),
    /// A file of the folder is no module that this host can run, and nothing else
    /// serves its skill.
    #[error("cannot load {}", path.display())]
    Skill {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: RegistryError,
    },
}

/// A built module in the folder.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: String,
}

/// What `wanted` takes of every built module of a folder, by name; a folder that is not
/// there has none. One file at a time is in memory.
pub(super) fn found<T>(folder: &Path, wanted: impl Fn(Found) -> Option<T>) -> Result<Vec<T>, RestoreError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| RestoreError::Folder { path, source }
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(RestoreError::Folder { path: folder.to_owned(), source }),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable(folder))?;
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "wasm"));
    paths.sort();
    let mut taken = Vec::new();
    for path in paths {
        let bytes = std::fs::read(&path).map_err(unreadable(&path))?;
        taken.extend(wanted(Found { digest: sha256(&bytes), path, bytes }));
    }
    Ok(taken)
}

/// Lines about how far loading is: without a cache it takes seconds, with one no time.
const PROGRESS_LINES: usize = 8;

fn progress(what: &'static str) -> impl Fn(usize, usize) + Sync {
    move |done, all| {
        let line = |done: usize| (done * PROGRESS_LINES).checked_div(all);
        if line(done) != line(done.saturating_sub(1)) {
            tracing::info!(done, all, "{what}");
        }
    }
}

impl Modules {
    /// Loads what serves, from the files kept beside the database. A module whose file
    /// is gone or changed does not serve; its steps fail with the reason.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn restore(&self) -> Result<(), RestoreError> {
        self.read().await?;
        self.recount().await?;
        let (active, shared): (Vec<String>, Vec<String>) = self.look(|known| {
            let standings = known.standings.values();
            let shared = standings.clone().filter_map(|one| one.canary.as_ref().map(|canary| canary.digest.clone()));
            (standings.filter_map(|one| one.active.clone()).collect(), shared.collect())
        });
        let serving = active.len();
        let wanted: Vec<String> = active.into_iter().chain(shared).collect();
        // Of a module that another host installed there is no file here yet.
        for digest in wanted.iter().filter(|digest| !self.files.has(digest)) {
            if let Err(error) = self.bytes(digest).await {
                tracing::debug!(digest, %error, "no host kept this module");
            }
        }
        let (sandbox, files) = (Arc::clone(self.runner.sandbox()), Arc::clone(&self.files));
        let loading = off_the_workers(move || {
            let read = |digest: &String| files.get(digest).map_err(RegistryError::from);
            let loaded: Vec<Result<Arc<Module>, RegistryError>> =
                sandbox.load_each(&wanted, read, progress("a module that serves is ready"));
            wanted.into_iter().zip(loaded).collect::<Vec<_>>()
        });
        for (place, (digest, module)) in loading.await.map_err(RestoreError::Work)?.into_iter().enumerate() {
            match module {
                Ok(module) if place < serving => {
                    self.runner.registry().activate(module);
                }
                Ok(module) => self.runner.registry().keep(module),
                Err(error) => {
                    tracing::error!(digest, %error, hint = error.hint(), "a module that serves cannot be loaded");
                }
            }
        }
        Ok(())
    }

    /// Installs what is new in the folder and lets it serve, unless it asks for more
    /// than what it replaces. A file that is no module stops the start only when
    /// nothing serves under its name.
    ///
    /// # Errors
    /// See [`RestoreError`].
    pub async fn take_folder(&self, folder: &Path) -> Result<(), RestoreError> {
        let known: BTreeSet<String> = self.look(|known| {
            let serves = |digest: &String| known.standings.values().any(|one| one.active.as_ref() == Some(digest));
            let is_at_hand = |digest: &String| self.runner.registry().by_digest(digest).is_some();
            // One that serves and whose own file is damaged is restored from here.
            let is_done = |(digest, row): &(&String, &ModuleRow)| {
                row.state == ModuleState::Revoked || !serves(digest) || is_at_hand(digest)
            };
            known.modules.iter().filter(is_done).map(|(digest, _)| digest.clone()).collect()
        });
        let folder = folder.to_owned();
        let new = move |found: Found| (!known.contains(&found.digest)).then_some(found);
        let fresh = off_the_workers(move || found(&folder, new)).await.map_err(RestoreError::Work)??;
        let sandbox = Arc::clone(self.runner.sandbox());
        let loading = off_the_workers(move || {
            let read = |found: &Found| Ok(found.bytes.clone());
            let loaded: Vec<Result<Arc<Module>, LoadError>> =
                sandbox.load_each(&fresh, read, progress("a module of the folder is compiled"));
            fresh.into_iter().zip(loaded).collect::<Vec<_>>()
        });
        for (found, module) in loading.await.map_err(RestoreError::Work)? {
            let how = How { activate: true, accept_rights: false };
            let installed = match module {
                Ok(module) => match self.describe(module, &found.bytes, true).await {
                    Ok(ready) => self.keep(ready, found.bytes, FOLDER, how).await,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error.into()),
            };
            match installed {
                Ok(_) => {}
                Err(source) if self.serves_as(&found.path) => {
                    tracing::error!(
                        path = %found.path.display(), error = %source, hint = source.hint(),
                        "a file of the folder is no module; what served goes on"
                    );
                }
                Err(source) => return Err(RestoreError::Skill { path: found.path, source }),
            }
        }
        Ok(())
    }

    /// Whether something serves under a file's name.
    pub(super) fn serves_as(&self, path: &Path) -> bool {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        self.standing(&stem.as_str().into()).active.is_some()
    }
}
