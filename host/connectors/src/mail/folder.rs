//! Mail kept as `.eml` files: what a host without a mail server does.
//!
//! Invariants: a file's name is made of the effect's key and cannot leave the
//! folder, which is held open as a capability; a file appears whole and durable
//! or not at all; a second delivery of the same mail finds the first.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use serde_json::json;
use sha2::{Digest, Sha256};
use skillhost_engine::artifact::Files;
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use super::compose::Mail;
use super::{Mailer, no_files, send};

/// Longest key used as it is in a file name; a longer one is cut, and its digest tells it apart anyway.
const MAX_STEM_BYTES: usize = 80;

/// Writes mail into a folder.
#[derive(Clone)]
pub struct FolderMailer {
    dir: Arc<Dir>,
    files: Arc<dyn Files>,
}

impl FolderMailer {
    /// Opens an existing folder.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self { dir: Arc::new(Dir::open_ambient_dir(path, ambient_authority())?), files: no_files() })
    }

    /// Takes what mails attach from there.
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = files;
        self
    }

    /// The name of the file that this key's mail has.
    pub fn file_name(key: &str) -> String {
        let stem: String =
            key.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' }).collect();
        if stem == key && !key.is_empty() && key.len() <= MAX_STEM_BYTES {
            return format!("{stem}.eml");
        }
        // Two keys that look alike once cleaned must not share a file.
        let digest = hex::encode(Sha256::digest(key.as_bytes()));
        let short: String = stem.chars().take(MAX_STEM_BYTES).collect();
        format!("{short}~{}.eml", &digest[..16])
    }
}

#[async_trait::async_trait]
impl Performer for FolderMailer {
    fn kinds(&self) -> &'static [&'static str] {
        &["email.send"]
    }

    fn vendor(&self) -> &'static str {
        crate::MAIL
    }

    fn is_keyed(&self) -> bool {
        true
    }

    async fn perform(&self, effect: &OutboxRow) -> Delivery {
        send(self, self.files.as_ref(), effect).await
    }
}

#[async_trait::async_trait]
impl Mailer for FolderMailer {
    fn is_keyed(&self) -> bool {
        true
    }

    async fn deliver(&self, effect: &OutboxRow, mail: Mail) -> Delivery {
        let name = Self::file_name(effect.key.as_str());
        let receipt = json!({"message_id": mail.message_id, "file": name});
        let dir = Arc::clone(&self.dir);
        let bytes = mail.bytes;
        // Files block; the runtime's threads must not.
        match tokio::task::spawn_blocking(move || keep_as(&dir, &name, &bytes, is_same)).await {
            Ok(Ok(Kept::Whole)) => Delivery::Sent { receipt },
            Ok(Ok(Kept::Another)) => {
                Delivery::Permanent { reason: "a different mail was kept under this key".to_owned() }
            }
            Ok(Err(error)) => Delivery::Transient {
                reason: format!("the mail folder refused the file: {}", error.kind()),
                retry_after_ms: None,
            },
            Err(_) => Delivery::Transient { reason: "writing was interrupted".to_owned(), retry_after_ms: None },
        }
    }
}

/// Whether two mails are one but for when they were to leave: what a stop interrupted is tried
/// again later.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    fn undated(mail: &[u8]) -> impl Iterator<Item = &[u8]> {
        mail.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"Date: "))
    }
    undated(one).eq(undated(other))
}

/// What became of a file.
pub(crate) enum Kept {
    /// Written now, or there already.
    Whole,
    /// Something else is there.
    Another,
}

/// Writes a file whole and durable, once.
pub(crate) fn keep(dir: &Dir, name: &str, bytes: &[u8]) -> std::io::Result<Kept> {
    keep_as(dir, name, bytes, |there, bytes| there == bytes)
}

fn keep_as(dir: &Dir, name: &str, bytes: &[u8], is_same: fn(&[u8], &[u8]) -> bool) -> std::io::Result<Kept> {
    match dir.read(name) {
        Ok(there) if is_same(&there, bytes) => return Ok(Kept::Whole),
        Ok(_) => return Ok(Kept::Another),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // One attempt a key at a time is the outbox's rule, so the name needs no
    // randomness; what a crash left half written is overwritten.
    let temporary = format!(".{name}.part");
    let mut file = dir.open_with(&temporary, OpenOptions::new().write(true).create(true).truncate(true))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    dir.rename(&temporary, dir, name)?;
    // The name is durable once the folder is.
    dir.open(".")?.sync_all()?;
    Ok(Kept::Whole)
}
