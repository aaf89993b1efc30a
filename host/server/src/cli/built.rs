//! Built skills in a folder, read without running them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use skillhost_engine::skill::Manifest;

use super::exit::hinted;

/// A module's file, and what it says of itself.
pub(super) struct Built {
    pub(super) manifest: Manifest,
    pub(super) bytes: Vec<u8>,
}

fn of(path: &Path, bytes: Vec<u8>) -> anyhow::Result<Built> {
    let manifest = skillhost_sandbox::read_manifest(&bytes).with_context(|| path.display().to_string())?;
    Ok(Built { manifest, bytes })
}

/// Every one of a folder, by file name.
pub(super) fn all(folder: &Path) -> anyhow::Result<Vec<Built>> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        hinted(format!("cannot read {}: {error}", folder.display()), "build them with `skillhost build all`")
    })?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "wasm"));
    paths.sort();
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        of(path, bytes)
    };
    paths.iter().map(read).collect()
}

/// The one of this name; `None`, and said so, where there is none.
pub(super) fn one(folder: &Path, name: &str) -> anyhow::Result<Option<Built>> {
    let path = folder.join(format!("{name}.wasm"));
    match std::fs::read(&path) {
        Ok(bytes) => of(&path, bytes).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("there is no {}", path.display());
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
