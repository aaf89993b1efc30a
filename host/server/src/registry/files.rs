//! The bytes of installed modules: files named by their digest, in the data folder.
//!
//! A file is written whole under another name, flushed, and renamed; what is read
//! is held against its name, so that a changed file is an error and never a module.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use skillhost_engine::canonical::sha256;

/// What every digest starts with.
const PREFIX: &str = "sha256:";
/// Hex digits after it.
const HEX_DIGITS: usize = 64;

/// Why a module's bytes are not at hand.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not a digest.
    #[error("`{digest}` is no digest of a module")]
    NoDigest {
        /// What was given.
        digest: String,
    },
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// The file is not what was installed.
    #[error("{} is not the module that was installed; its digest is {found}", path.display())]
    Tampered {
        /// Which file.
        path: PathBuf,
        /// Its digest now.
        found: String,
    },
}

/// The folder.
#[derive(Debug)]
pub(crate) struct ModuleFiles {
    dir: PathBuf,
    drafts: AtomicU64,
}

impl ModuleFiles {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, drafts: AtomicU64::new(0) }
    }

    fn path(&self, digest: &str) -> Result<PathBuf, FileError> {
        // The digest comes from the database, which is no reason to let it name another folder.
        let hex = digest.strip_prefix(PREFIX).filter(|hex| {
            hex.len() == HEX_DIGITS && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        });
        match hex {
            Some(hex) => Ok(self.dir.join(format!("{hex}.wasm"))),
            None => Err(FileError::NoDigest { digest: digest.to_owned() }),
        }
    }

    /// Whether there is a file for this digest, sound or not.
    pub(crate) fn has(&self, digest: &str) -> bool {
        self.path(digest).is_ok_and(|path| path.exists())
    }

    /// The bytes with this digest.
    pub(crate) fn get(&self, digest: &str) -> Result<Vec<u8>, FileError> {
        let path = self.path(digest)?;
        let bytes = fs::read(&path).map_err(|source| FileError::Io { path: path.clone(), source })?;
        let found = sha256(&bytes);
        if found == digest { Ok(bytes) } else { Err(FileError::Tampered { path, found }) }
    }

    /// Keeps bytes under their digest; a file that is not what it should be is replaced.
    pub(crate) fn put(&self, digest: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.path(digest)?;
        if self.get(digest).is_ok() {
            return Ok(());
        }
        let number = self.drafts.fetch_add(1, Ordering::Relaxed);
        let draft = path.with_extension(format!("{}-{number}.draft", std::process::id()));
        let written = fs::File::create(&draft)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&draft, &path))
            .and_then(|()| sync_folder(&self.dir));
        written.map_err(|source| FileError::Io { path, source })
    }
}

/// A renamed file is there after a power cut only once its folder is flushed.
fn sync_folder(dir: &Path) -> std::io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_read_is_what_was_kept_or_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let files = ModuleFiles::new(dir.path().to_owned());
        let digest = sha256(b"module");
        assert!(matches!(files.get(&digest), Err(FileError::Io { .. })));
        files.put(&digest, b"module").unwrap();
        assert_eq!(files.get(&digest).unwrap(), b"module");
        let path = files.path(&digest).unwrap();
        fs::write(&path, b"modulE").unwrap();
        assert!(matches!(files.get(&digest), Err(FileError::Tampered { .. })));
        files.put(&digest, b"module").unwrap();
        assert_eq!(files.get(&digest).unwrap(), b"module", "installing again heals it");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_digest_names_no_other_folder() {
        let files = ModuleFiles::new("modules".into());
        for digest in ["", "sha256:", "sha256:../../etc/passwd", &format!("sha256:{}", "G".repeat(64))] {
            assert!(matches!(files.path(digest), Err(FileError::NoDigest { .. })), "{digest}");
        }
    }
}
