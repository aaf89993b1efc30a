//! Jobs that ended long ago move out of the database, a batch at a time.
//!
//! The lines of a batch are durable in the archive before their rows are deleted, and
//! the transaction that deletes them says how long the archive is. What a host that
//! died wrote behind that is cut off by the next, so a job is in its archive once.
//!
//! Of several hosts on one database one does it at a time, into its own data folder,
//! and goes on until it is gone. One that was taken for gone and comes back is refused
//! by the transaction, and what it wrote is cut off before it writes again.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use skillhost_engine::archive::{ARCHIVE_VERSION, ArchiveEnd, ArchivedJob, archived, may_move, month};
use skillhost_engine::ids::JobId;
use skillhost_engine::store::StoreError;

use crate::app::App;

/// Folder of the archives, in the data folder.
pub const ARCHIVE_DIR: &str = "archive";
/// File of the data folder's id, under which a database knows its archives.
const FOLDER_ID_FILE: &str = "archive.id";
/// Files of one month that another database left behind in the same folder.
const MAX_LEFT_FILES: u32 = 1000;
/// Jobs that move at once: a write of a few milliseconds, between which others go on.
const BATCH: u32 = 100;
/// Between two looks for what has become old; a day is the least that is ever waited for.
const LOOK_EVERY_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// Longest line of an archive that is read: the most steps, attempts and effects of a
/// job, with room.
const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// Why a job was not moved, or not found.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{path} holds a line that this host cannot read: {message}")]
    Line {
        /// Which.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The work was stopped.
    #[error("the host is shutting down")]
    Stopped,
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> ArchiveError {
    let path = path.to_owned();
    |source| ArchiveError::File { path, source }
}

fn path_of(data: &Path, month: &str) -> PathBuf {
    data.join(ARCHIVE_DIR).join(format!("{month}.jsonl.gz"))
}

/// Moves what is old enough, now and every hour, until the host stops.
pub(crate) async fn run(app: Arc<App>) {
    loop {
        let now = app.clock.now();
        match move_out(&app).await {
            Ok(0) => {}
            Ok(moved) => tracing::info!(moved, "jobs moved out into archives"),
            Err(error) => tracing::warn!(%error, "jobs cannot be moved out now"),
        }
        if app.drains_before(now.plus_ms(LOOK_EVERY_MS)).await {
            return;
        }
    }
}

/// Moves every job that ended long enough ago; how many.
///
/// # Errors
/// See [`ArchiveError`]; what was moved before it is moved.
pub async fn move_out(app: &App) -> Result<u64, ArchiveError> {
    let _round = app.archiving.lock().await;
    if !app.store.take_archive_turn(&app.boot_id).await? {
        return Ok(0);
    }
    let folder = folder_id(app)?;
    let before = app.clock.now().plus_ms(-i64::from(app.config.jobs_days) * DAY_MS);
    let mut moved = 0;
    loop {
        if app.wake.draining().is_cancelled() {
            return Ok(moved);
        }
        let found = app.store.ended_before(before, BATCH).await?;
        let mut months: BTreeMap<String, (Vec<JobId>, String)> = BTreeMap::new();
        for (org, id) in &found {
            let Some(job) = app.store.job(org, id).await? else { continue };
            if !may_move(&job) {
                continue;
            }
            let line = match archived(&job) {
                Ok(line) => line,
                Err(error) => {
                    tracing::warn!(job = %id, %error, "a job stays: its journal cannot be read");
                    continue;
                }
            };
            let text = serde_json::to_string(&line).map_err(|error| ArchiveError::Line {
                path: path_of(&app.config.data_dir, &month(line.ended_at)),
                message: error.to_string(),
            })?;
            let (ids, lines) = months.entry(month(line.ended_at)).or_default();
            ids.push(id.clone());
            lines.push_str(&text);
            lines.push('\n');
        }
        let mut gone = 0;
        for (month, (ids, lines)) in months {
            let path = path_of(&app.config.data_dir, &month);
            let end =
                |bytes| ArchiveEnd { boot: app.boot_id.clone(), folder: folder.clone(), month: month.clone(), bytes };
            let known = match app.store.archive_bytes(&folder, &month).await? {
                Some(known) => known,
                None => {
                    put_aside(&path)?;
                    app.store.remove_archived(&[], &end(0)).await?;
                    0
                }
            };
            // Compressing and flushing take milliseconds, which no async worker has.
            let bytes = tokio::task::spawn_blocking(move || append(&path, known, lines.as_bytes()))
                .await
                .map_err(|_| ArchiveError::Stopped)??;
            gone += app.store.remove_archived(&ids, &end(bytes)).await?;
        }
        moved += gone;
        // What stays would be found again and again.
        if gone == 0 || found.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(moved);
        }
    }
}

/// The data folder's own, made when it is first asked for.
fn folder_id(app: &App) -> Result<String, ArchiveError> {
    let path = app.config.data_dir.join(FOLDER_ID_FILE);
    match std::fs::read_to_string(&path) {
        Ok(id) => Ok(id.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = app.ids.fresh("folder");
            crate::boot::write_secret(&path, &id).map_err(at(&path))?;
            Ok(id)
        }
        Err(error) => Err(at(&path)(error)),
    }
}

/// Renames a file that this database has never written: what is in it is of another
/// one and is not cut off.
fn put_aside(path: &Path) -> Result<(), ArchiveError> {
    if !path.try_exists().map_err(at(path))? {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let month = name.split('.').next().unwrap_or_default();
    let free = (1..=MAX_LEFT_FILES).map(|n| path.with_file_name(format!("{month}.{n}.jsonl.gz")));
    let mut free = free.filter(|aside| !aside.exists());
    let aside = free.next().ok_or_else(|| at(path)(std::io::Error::other("too many archives of one month")))?;
    std::fs::rename(path, &aside).map_err(at(path))
}

/// Appends lines behind the first `known` bytes, durably; how long the file is then.
fn append(path: &Path, known: u64, lines: &[u8]) -> Result<u64, ArchiveError> {
    if let Some(folder) = path.parent() {
        crate::boot::data_dir(folder).map_err(|error| at(folder)(std::io::Error::other(error)))?;
    }
    let write = || {
        let mut file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        // A restored database knows of a file that is not there any more.
        let good = known.min(file.metadata()?.len());
        file.set_len(good)?;
        file.seek(std::io::SeekFrom::End(0))?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(lines)?;
        file.write_all(&packed.finish()?)?;
        file.sync_all()?;
        if let Some(folder) = path.parent() {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(file.metadata()?.len())
    };
    write().map_err(at(path))
}

/// A job in the archives of a data folder, the newest file first.
///
/// # Errors
/// A file cannot be read.
pub fn find(data: &Path, id: &JobId) -> Result<Option<ArchivedJob>, ArchiveError> {
    let folder = data.join(ARCHIVE_DIR);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(&folder)(error)),
    };
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(at(&folder))?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "gz"));
    paths.sort();
    for path in paths.iter().rev() {
        if let Some(job) = find_in(path, id)? {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

/// The last line of a file with this job.
fn find_in(path: &Path, id: &JobId) -> Result<Option<ArchivedJob>, ArchiveError> {
    let file = std::fs::File::open(path).map_err(at(path))?;
    let mut lines = std::io::BufReader::new(MultiGzDecoder::new(std::io::BufReader::new(file)));
    let mut found = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let read = std::io::BufRead::read_until(&mut (&mut lines).take(limit), b'\n', &mut line);
        match read {
            Ok(0) => return Ok(found),
            Ok(_) => {}
            // A host died while it wrote: what is behind was never said to be there.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(found),
            Err(error) => return Err(at(path)(error)),
        }
        // Cheaper than to read every line as what it is.
        if !line.windows(id.as_str().len()).any(|part| part == id.as_str().as_bytes()) {
            continue;
        }
        let no = |message: String| ArchiveError::Line { path: path.to_owned(), message };
        let job: ArchivedJob = serde_json::from_slice(&line).map_err(|error| no(error.to_string()))?;
        if job.v != ARCHIVE_VERSION {
            return Err(no(format!("version {}", job.v)));
        }
        if job.id == *id {
            found = Some(job);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(path: &Path) -> String {
        let mut text = String::new();
        MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn what_another_database_archived_stays_beside() {
        let data = tempfile::tempdir().unwrap();
        let path = path_of(data.path(), "2026-11");
        for text in ["one\n", "two\n"] {
            append(&path, 0, text.as_bytes()).unwrap();
            put_aside(&path).unwrap();
        }
        put_aside(&path).unwrap();
        append(&path, 0, b"three\n").unwrap();
        let folder = data.path().join(ARCHIVE_DIR);
        for (name, text) in [("2026-11.1", "one\n"), ("2026-11.2", "two\n"), ("2026-11", "three\n")] {
            assert_eq!(read(&folder.join(format!("{name}.jsonl.gz"))), text);
        }
    }

    #[test]
    fn what_a_dead_host_wrote_behind_the_known_end_is_cut_off() {
        let data = tempfile::tempdir().unwrap();
        let path = path_of(data.path(), "2026-11");
        let known = append(&path, 0, b"one\n").unwrap();
        let dead = append(&path, known, b"never said\n").unwrap();
        assert!(dead > known);
        // Torn in the middle, as a crash leaves it.
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(dead - 3).unwrap();
        let known = append(&path, known, b"two\n").unwrap();
        assert_eq!(read(&path), "one\ntwo\n");
        // A restored database that knows more than is there takes what is there.
        append(&path, known + 100, b"three\n").unwrap();
        assert_eq!(read(&path), "one\ntwo\nthree\n");
    }
}
