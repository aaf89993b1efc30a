//! Events kept as `.ics` files: what a host without a calendar server does.
//!
//! Invariants: a file's name is a digest of org and uid, so no uid leaves the folder and
//! an event has one file; a file appears whole and durable or not at all.

use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::{Calendar, Entry, Put};
use crate::mail::{Kept, keep};

/// Writes events into a folder.
#[derive(Clone, Debug)]
pub struct FolderCalendar {
    dir: Arc<Dir>,
}

impl FolderCalendar {
    /// Opens an existing folder.
    ///
    /// # Errors
    /// It is not there, or not readable.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self { dir: Arc::new(Dir::open_ambient_dir(path, ambient_authority())?) })
    }

    /// The name of the file that the event of this id has.
    pub fn file_name(id: &str) -> String {
        let digest: String =
            id.rsplit(':').next().unwrap_or_default().chars().filter(char::is_ascii_hexdigit).collect();
        format!("{digest}.ics")
    }
}

#[async_trait::async_trait]
impl Calendar for FolderCalendar {
    fn vendor(&self) -> &'static str {
        // What leaves the host is the mail.
        crate::MAIL
    }

    fn is_keyed(&self) -> bool {
        true
    }

    async fn put(&self, entry: Entry<'_>) -> Put {
        let name = Self::file_name(entry.id);
        let (dir, bytes, place) = (Arc::clone(&self.dir), entry.ics.as_bytes().to_vec(), name.clone());
        // Files block; the runtime's threads must not.
        match tokio::task::spawn_blocking(move || keep(&dir, &name, &bytes)).await {
            Ok(Ok(Kept::Whole)) => Put::There { place, asks: false },
            Ok(Ok(Kept::Another)) => Put::Permanent { reason: "a different event was kept under this uid".to_owned() },
            Ok(Err(error)) => Put::Transient {
                reason: format!("the calendar folder refused the file: {}", error.kind()),
                retry_after_ms: None,
            },
            Err(_) => Put::Transient { reason: "writing was interrupted".to_owned(), retry_after_ms: None },
        }
    }
}
