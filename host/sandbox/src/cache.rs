//! Compiled components on disk, by digest.
//!
//! A file is what wasmtime serialised and a seal behind it: what it was made for
//! and a MAC. The MAC is checked before a byte is interpreted: a foreign, cut or
//! altered file is compiled anew, never loaded. A cache is never needed, so its
//! failures are logged and the compiler is asked instead.
//!
//! A file that nobody but this user can write is mapped, so that memory holds only
//! the code that ran and gives it up when it is short. Any other is copied before it
//! is checked, so that what was checked is what runs. A file is replaced under its
//! name, never written in place: a running host may have mapped it.

use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::aot::{self, Authentic, AuthenticFile};

/// First bytes of a seal; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"skhaot2\n";
/// Of a seal: compatibility hash, digest of the component, MAC. It stands behind the
/// code because code is mapped from the start of a page.
const SEAL: usize = MAGIC.len() + 32 + 32 + 32;
/// Largest file that is looked at: many times what the largest component compiles to.
const MAX_FILE: u64 = 1024 * 1024 * 1024;
/// Bytes read at a time for a MAC.
const CHUNK: usize = 64 * 1024;
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

    fn mac(&self, digest: &[u8; 32]) -> Hmac<Sha256> {
        // HMAC itself pads a key to its block with zeros.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.config.key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(MAGIC);
        mac.update(&self.compatibility);
        mac.update(digest);
        mac
    }

    /// The compiled component, if a file of ours is there.
    pub(crate) fn get(&self, engine: &Engine, digest: &[u8; 32]) -> Option<Component> {
        let path = self.path(digest);
        let found = match File::open(&path) {
            Ok(file) => self.load(engine, digest, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => Err(error.into()),
        };
        found
            .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "compiled skill not taken, compiling"))
            .ok()
    }

    fn load(&self, engine: &Engine, digest: &[u8; 32], mut file: File) -> Result<Component, NotTaken> {
        let length = file.metadata()?.len();
        let code = length.checked_sub(SEAL as u64).filter(|_| length <= MAX_FILE).ok_or(NotTaken::Foreign)?;
        if is_ours_alone(&file)? {
            let mut mac = self.mac(digest);
            let mut rest = (&mut file).take(code);
            let mut chunk = vec![0; CHUNK];
            loop {
                match rest.read(&mut chunk)? {
                    0 => break,
                    read => mac.update(chunk.get(..read).unwrap_or_default()),
                }
            }
            let mut seal = [0; SEAL];
            file.read_exact(&mut seal)?;
            self.check(digest, &seal, mac)?;
            match aot::map(engine, &AuthenticFile(&file)) {
                Ok(component) => return Ok(component),
                // A file system that code may not be mapped from, for one.
                Err(error) => tracing::debug!(error = %format_args!("{error:#}"), "compiled skill not mapped"),
            }
            file.seek(SeekFrom::Start(0))?;
        }
        let mut all = Vec::new();
        file.take(length).read_to_end(&mut all)?;
        let (code, seal) = all.split_last_chunk::<SEAL>().ok_or(NotTaken::Foreign)?;
        let mut mac = self.mac(digest);
        mac.update(code);
        self.check(digest, seal, mac)?;
        aot::deserialize(engine, &Authentic(code)).map_err(|error| NotTaken::Load(format!("{error:#}")))
    }

    /// Whether a seal is of this host, for this component; `mac` has seen the code.
    fn check(&self, digest: &[u8; 32], seal: &[u8; SEAL], mac: Hmac<Sha256>) -> Result<(), NotTaken> {
        let parts = seal.split_at_checked(MAGIC.len()).and_then(|(magic, rest)| {
            let (compatibility, rest) = rest.split_at_checked(32)?;
            let (component, tag) = rest.split_at_checked(32)?;
            Some((magic, compatibility, component, tag))
        });
        let Some((magic, compatibility, component, tag)) = parts else { return Err(NotTaken::Foreign) };
        if magic != MAGIC || compatibility != self.compatibility || component != digest {
            return Err(NotTaken::Foreign);
        }
        mac.verify_slice(tag).map_err(|_| NotTaken::Foreign)
    }

    /// Keeps a compiled component.
    pub(crate) fn put(&self, digest: &[u8; 32], component: &Component) {
        let written = component.serialize().map_err(io::Error::other).and_then(|code| {
            let path = self.path(digest);
            let draft = path.with_extension(format!(
                "{}-{}.draft",
                std::process::id(),
                self.drafts.fetch_add(1, Ordering::Relaxed)
            ));
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&draft)?;
            let mut mac = self.mac(digest);
            mac.update(&code);
            for part in [&code, &MAGIC[..], &self.compatibility, digest, &mac.finalize().into_bytes()] {
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

/// Of a compiled component: nobody writes it once it has its name.
const MODE: u32 = 0o400;

/// Whether this process's user owns a file and is the only one who may write it. Where
/// that cannot be told, it is not.
fn is_ours_alone(file: &File) -> io::Result<bool> {
    let file = file.metadata()?;
    Ok(fs::metadata("/proc/self").is_ok_and(|process| process.uid() == file.uid()) && file.mode() & 0o022 == 0)
}

/// Why a kept file is not taken.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error("it is not ours")]
    Foreign,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Load(String),
}
