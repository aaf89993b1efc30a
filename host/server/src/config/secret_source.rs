//! Where secrets come from: the environment, and after it an age-encrypted file
//! that holds values under the same names.
//!
//! Invariants: a value is in no `Debug` and no error; the file is written whole
//! or not at all, readable by its owner only; an identity that others can read is
//! refused, because whoever has it has everything.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use age::Recipient;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

/// Bytes of the decrypted file: hundreds of long tokens.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// Characters of a name; those of environment variables are far below.
const MAX_NAME_CHARS: usize = 128;

/// Why the file of secrets is of no use. Paths and names only.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Reading or writing.
    #[error("{path}: {source}")]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is nothing to decrypt with.
    #[error("{path} needs an identity: set `identity_file`, or SKILLHOST_IDENTITY to the key itself")]
    NoIdentity {
        /// The encrypted file.
        path: PathBuf,
    },
    /// The identity is of no use.
    #[error("{path}: {message}")]
    Identity {
        /// Where it is.
        path: PathBuf,
        /// What to do.
        message: String,
    },
    /// It was encrypted to another identity, or was changed.
    #[error("{path} cannot be decrypted with this identity: {message}")]
    Sealed {
        /// The encrypted file.
        path: PathBuf,
        /// What age says.
        message: String,
    },
    /// What is inside is not names and values.
    #[error("{path} does not hold `NAME = \"value\"` lines{place}")]
    Malformed {
        /// The encrypted file.
        path: PathBuf,
        /// ` (line 3)`, where it is known. The text itself is secret.
        place: String,
    },
    /// Larger than any list of secrets.
    #[error("{path} holds more than {MAX_FILE_BYTES} bytes")]
    TooLarge {
        /// The encrypted file.
        path: PathBuf,
    },
    /// Not a name that a variable could have.
    #[error("`{name}` is not a name: letters, digits and _, at most {MAX_NAME_CHARS}")]
    Name {
        /// As written.
        name: String,
    },
}

/// The key that the file is encrypted to.
pub struct IdentityKey(age::x25519::Identity);

impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentityKey")
    }
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> SecretFileError + '_ {
    |source| SecretFileError::Io { path: path.to_owned(), source }
}

impl IdentityKey {
    /// A new one.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// `AGE-SECRET-KEY-1…`, between comments.
    fn parse(text: &str, path: &Path) -> Result<Self, SecretFileError> {
        let wrong = |message: &str| SecretFileError::Identity { path: path.to_owned(), message: message.to_owned() };
        let mut keys = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(wrong(
                "is not one line `AGE-SECRET-KEY-1…`, as age-keygen or `skillhost secrets init` write it",
            ));
        };
        key.parse().map(Self).map_err(|_| wrong("its key cannot be read; keys under a passphrase are not taken"))
    }

    /// From a file that only its owner can read.
    pub fn read(path: &Path) -> Result<Self, SecretFileError> {
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(io(path))?);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).map_err(io(path))?.permissions().mode();
            if mode & 0o077 != 0 {
                let message = format!("others can read it (mode {:03o}): chmod 600", mode & 0o777);
                return Err(SecretFileError::Identity { path: path.to_owned(), message });
            }
        }
        Self::parse(&text, path)
    }

    /// Writes it to a file that is not there yet.
    pub fn write_new(&self, path: &Path) -> Result<(), SecretFileError> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(io(path))?;
        let text =
            Zeroizing::new(format!("# public key: {}\n{}\n", self.recipient(), self.0.to_string().expose_secret()));
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io(path))
    }

    /// The public half, `age1…`.
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }
}

/// The decrypted file.
#[derive(Debug, Default)]
pub struct SecretBook(BTreeMap<String, SecretString>);

impl SecretBook {
    /// Decrypts a file, armored or not.
    pub fn read(path: &Path, key: &IdentityKey) -> Result<Self, SecretFileError> {
        let sealed = |error: &dyn std::fmt::Display| SecretFileError::Sealed {
            path: path.to_owned(),
            message: error.to_string(),
        };
        let file = std::fs::File::open(path).map_err(io(path))?;
        let file = age::armor::ArmoredReader::new(std::io::BufReader::new(file));
        let decryptor = age::Decryptor::new_buffered(file).map_err(|error| sealed(&error))?;
        let reader =
            decryptor.decrypt(std::iter::once(&key.0 as &dyn age::Identity)).map_err(|error| sealed(&error))?;
        let mut text = Zeroizing::new(String::new());
        reader.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(|error| sealed(&error))?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_FILE_BYTES {
            return Err(SecretFileError::TooLarge { path: path.to_owned() });
        }
        let read: BTreeMap<String, String> = toml::from_str(&text).map_err(|error| {
            let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let place = line.map(|line| format!(" (line {line})")).unwrap_or_default();
            SecretFileError::Malformed { path: path.to_owned(), place }
        })?;
        Ok(Self(read.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect()))
    }

    /// Encrypts it in place of the file that was there.
    pub fn write(&self, path: &Path, key: &IdentityKey) -> Result<(), SecretFileError> {
        let plain: BTreeMap<&str, &str> =
            self.0.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        let failed = |error: &dyn std::fmt::Display| io(path)(std::io::Error::other(error.to_string()));
        let text = Zeroizing::new(toml::to_string(&plain).map_err(|error| failed(&error))?);
        let recipient = key.0.to_public();
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn Recipient))
            .map_err(|error| failed(&error))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Beside it, so that it takes the place in one step; readable by its owner only.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io(path))?;
        let armor =
            age::armor::ArmoredWriter::wrap_output(&mut file, age::armor::Format::AsciiArmor).map_err(io(path))?;
        let mut writer = encryptor.wrap_output(armor).map_err(io(path))?;
        writer.write_all(text.as_bytes()).map_err(io(path))?;
        writer.finish().and_then(age::armor::ArmoredWriter::finish).map_err(io(path))?;
        file.as_file().sync_all().map_err(io(path))?;
        file.persist(path).map_err(|error| io(path)(error.error))?;
        Ok(())
    }

    /// Names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Adds or replaces a value.
    pub fn set(&mut self, name: &str, value: SecretString) -> Result<(), SecretFileError> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.len() > MAX_NAME_CHARS || !name.chars().all(good) {
            return Err(SecretFileError::Name { name: name.chars().take(MAX_NAME_CHARS).collect() });
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// Whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }
}

/// The environment and the file.
#[derive(Debug, Default)]
pub struct SecretSource {
    book: SecretBook,
}

impl SecretSource {
    /// With the file at `path`, if there is one set.
    pub fn open(path: Option<&Path>, identity_file: Option<&Path>) -> Result<Self, SecretFileError> {
        let Some(path) = path else { return Ok(Self::default()) };
        Ok(Self { book: SecretBook::read(path, &identity(path, identity_file)?)? })
    }

    /// The value of a name. The environment wins, so that one run can differ.
    pub fn get(&self, name: &str) -> Option<SecretString> {
        super::variable(name).map(SecretString::from).or_else(|| self.book.0.get(name).cloned())
    }
}

/// The key for a file: `SKILLHOST_IDENTITY` itself, or what the settings name.
pub fn identity(path: &Path, identity_file: Option<&Path>) -> Result<IdentityKey, SecretFileError> {
    if let Some(key) = super::variable("SKILLHOST_IDENTITY") {
        return IdentityKey::parse(&Zeroizing::new(key), Path::new("SKILLHOST_IDENTITY"));
    }
    match identity_file {
        Some(file) => IdentityKey::read(file),
        None => Err(SecretFileError::NoIdentity { path: path.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const VALUE: &str = "tok-3f9a \"quoted\" \u{e9}\n line two";

    fn folder_with_book() -> (tempfile::TempDir, PathBuf, IdentityKey) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.age");
        let key = IdentityKey::generate();
        let mut book = SecretBook::default();
        book.set("CRM_TOKEN", VALUE.to_owned().into()).unwrap();
        book.write(&path, &key).unwrap();
        (folder, path, key)
    }

    #[test]
    fn what_was_sealed_is_read_with_its_identity_and_no_other() {
        let (_folder, path, key) = folder_with_book();
        let on_disk = std::fs::read_to_string(&path).unwrap();
        assert!(on_disk.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
        assert!(!on_disk.contains("CRM_TOKEN") && !on_disk.contains("tok-"));
        let book = SecretBook::read(&path, &key).unwrap();
        assert_eq!(book.names().collect::<Vec<_>>(), ["CRM_TOKEN"]);
        assert_eq!(book.0["CRM_TOKEN"].expose_secret(), VALUE);
        assert!(!format!("{book:?} {key:?}").contains("tok-"));
        assert!(matches!(SecretBook::read(&path, &IdentityKey::generate()), Err(SecretFileError::Sealed { .. })));
    }

    #[test]
    fn a_changed_or_cut_file_is_refused_and_its_text_is_in_no_error() {
        let (_folder, path, key) = folder_with_book();
        let whole = std::fs::read(&path).unwrap();
        for bad in [&whole[..whole.len() / 2], b"", b"CRM_TOKEN = 'tok-plain'"] {
            std::fs::write(&path, bad).unwrap();
            let error = SecretBook::read(&path, &key).unwrap_err();
            assert!(matches!(error, SecretFileError::Sealed { .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("tok-plain"));
        }
        let sealed = age::encrypt(&key.0.to_public(), b"A = 'x'\nB = tok-unquoted\n").unwrap();
        std::fs::write(&path, sealed).unwrap();
        let error = SecretBook::read(&path, &key).unwrap_err();
        assert_eq!(error.to_string(), format!("{} does not hold `NAME = \"value\"` lines (line 2)", path.display()));
        assert!(!format!("{error:?}").contains("tok-unquoted"));
    }

    #[test]
    fn an_identity_is_one_key_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.txt");
        let key = IdentityKey::generate();
        key.write_new(&path).unwrap();
        assert_eq!(IdentityKey::read(&path).unwrap().recipient(), key.recipient());
        assert!(matches!(key.write_new(&path), Err(SecretFileError::Io { .. })), "never over another");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
            let error = IdentityKey::read(&path).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
        for bad in ["", "# only a comment", "AGE-SECRET-KEY-1NOTAKEY", "ssh-ed25519 AAAA"] {
            let error = IdentityKey::parse(bad, &path).unwrap_err();
            assert!(matches!(error, SecretFileError::Identity { .. }), "{bad}");
            assert!(bad.is_empty() || !error.to_string().contains(bad), "a key is in no error");
        }
    }

    #[test]
    fn names_are_those_of_variables() {
        let mut book = SecretBook::default();
        for bad in ["", "A B", "a-b", "A=B", "é", &"x".repeat(MAX_NAME_CHARS + 1)] {
            assert!(matches!(book.set(bad, "value".to_owned().into()), Err(SecretFileError::Name { .. })), "{bad}");
        }
        book.set("SKILLHOST_SLACK_TOKEN", "xoxb-1".to_owned().into()).unwrap();
        assert!(book.remove("SKILLHOST_SLACK_TOKEN") && !book.remove("SKILLHOST_SLACK_TOKEN"));
    }

    #[test]
    fn a_file_without_an_identity_says_what_to_do() {
        let (_folder, path, _) = folder_with_book();
        let error = SecretSource::open(Some(&path), None).unwrap_err().to_string();
        assert!(error.contains("identity_file") && error.contains("SKILLHOST_IDENTITY"), "{error}");
        assert!(SecretSource::open(None, None).unwrap().get("SKILLHOST_NO_SUCH_NAME").is_none());
    }
}
