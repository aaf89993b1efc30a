//! Compiled components on disk, by digest.
//!
//! A file is a header, a MAC and what wasmtime serialised. The MAC is checked
//! before a byte is interpreted: a foreign, cut or altered file is compiled
//! anew, never loaded. A cache is never needed, so its failures are logged and
//! the compiler is asked instead.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::aot::{self, Authentic};

/// First bytes of a file; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"skhaot1\n";
/// Compatibility hash, digest of the component, MAC.
const HEADER: usize = MAGIC.len() + 32 + 32 + 32;
/// Name of the key's file.
const KEY_FILE: &str = "cache.key";

/// Where compiled components are kept and what authenticates them.
#[derive(Clone)]
pub struct CacheConfig {
    /// The folder, made when missing.
    pub dir: PathBuf,
    /// The host's own key; see [`key_file`].
    pub key: [u8; 32],
}

impl std::fmt::Debug for CacheConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CacheConfig").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// The cache folder or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which path.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A key others can read or that has another length.
    #[error("{}: {message}", path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        message: &'static str,
    },
}

/// Reads the key kept beside the artifacts, or keeps `fresh` there, readable by
/// this user only.
pub fn key_file(dir: &Path, fresh: [u8; 32]) -> Result<[u8; 32], CacheError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let path = dir.join(KEY_FILE);
    let failed = |source| CacheError::Io { path: path.clone(), source };
    fs::create_dir_all(dir).map_err(failed)?;
    // Written whole under another name first: a second host starting now sees
    // all of the key or none.
    let draft = dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    if !path.exists() {
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft).map_err(failed)?;
        file.write_all(&fresh).and_then(|()| file.sync_all()).map_err(failed)?;
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
    }
    let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(CacheError::Key { path, message: "others can read the key; chmod it to 0600" });
    }
    let bytes = fs::read(&path).map_err(failed)?;
    bytes.try_into().map_err(|_| CacheError::Key { path, message: "a key has 32 bytes; remove the file" })
}

/// SHA-256 as a `Hasher`, for the engine's compatibility hash.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }
}

/// What compiled code and counted fuel depend on besides the module.
pub(crate) fn compatibility(engine: &Engine) -> [u8; 32] {
    let mut hasher = Sha256Hasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}

/// An open cache.
#[derive(Debug)]
pub(crate) struct Cache {
    config: CacheConfig,
    compatibility: [u8; 32],
    drafts: AtomicU64,
}

impl Cache {
    pub(crate) fn open(config: CacheConfig, engine: &Engine) -> Result<Self, CacheError> {
        fs::create_dir_all(&config.dir).map_err(|source| CacheError::Io { path: config.dir.clone(), source })?;
        Ok(Self { config, compatibility: compatibility(engine), drafts: AtomicU64::new(0) })
    }

    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        let name = format!("{}-{}.aot", hex::encode(digest), hex::encode(&self.compatibility[..8]));
        self.config.dir.join(name)
    }

    fn mac(&self, digest: &[u8; 32], artifact: &[u8]) -> Hmac<Sha256> {
        // HMAC itself pads a key to its block with zeros.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.config.key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(MAGIC);
        mac.update(&self.compatibility);
        mac.update(digest);
        mac.update(artifact);
        mac
    }

    /// The compiled component, if a file of ours is there.
    pub(crate) fn get(&self, engine: &Engine, digest: &[u8; 32]) -> Option<Component> {
        let path = self.path(digest);
        let file = match fs::read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled skill unreadable, compiling");
                return None;
            }
        };
        let authentic = self.authenticate(digest, &file);
        if authentic.is_none() {
            tracing::warn!(path = %path.display(), "compiled skill is not ours, compiling");
        }
        match aot::deserialize(engine, &authentic?) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), error = %format_args!("{error:#}"), "compiled skill does not load, compiling");
                None
            }
        }
    }

    fn authenticate<'a>(&self, digest: &[u8; 32], file: &'a [u8]) -> Option<Authentic<'a>> {
        let (header, artifact) = file.split_at_checked(HEADER)?;
        let (magic, rest) = header.split_at_checked(MAGIC.len())?;
        let (compatibility, rest) = rest.split_at_checked(32)?;
        let (component, tag) = rest.split_at_checked(32)?;
        if magic != MAGIC || compatibility != self.compatibility || component != digest {
            return None;
        }
        self.mac(digest, artifact).verify_slice(tag).ok()?;
        Some(Authentic(artifact))
    }

    /// Keeps a compiled component.
    pub(crate) fn put(&self, digest: &[u8; 32], component: &Component) {
        let written = component.serialize().map_err(io::Error::other).and_then(|artifact| {
            let path = self.path(digest);
            let draft = path.with_extension(format!(
                "{}-{}.draft",
                std::process::id(),
                self.drafts.fetch_add(1, Ordering::Relaxed)
            ));
            let mut file = fs::File::create(&draft)?;
            for part in [
                &MAGIC[..],
                &self.compatibility,
                digest,
                &self.mac(digest, &artifact).finalize().into_bytes(),
                &artifact,
            ] {
                file.write_all(part)?;
            }
            file.sync_all()?;
            fs::rename(&draft, &path)
        });
        if let Err(error) = written {
            tracing::warn!(dir = %self.config.dir.display(), %error, "compiled skill not kept");
        }
    }
}
