//! A backup: one file that holds the database as it was at an instant, and the
//! modules it names. Taken while a host runs; put back into an empty folder only.
//!
//! The host key is no part of it: whoever finds a backup reads no text of it and
//! forges no approval.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use skillhost_engine::canonical::sha256;
use skillhost_engine::hold::EffectHold;
use skillhost_engine::store::{Store as _, StoreError};
use skillhost_engine::time::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use crate::error::Fault;
use crate::sqlite::open::{SqliteStore, StoreOptions};

/// Files that are not whole yet end in this.
const PART: &str = "part";
const TABLES: &str = "
CREATE TABLE backup (taken_at INTEGER NOT NULL, host_key TEXT NOT NULL, version TEXT NOT NULL);
CREATE TABLE backup_modules (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL);";

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupOf {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Tells the host key without giving it away.
    pub host_key: String,
    /// The host that took it.
    pub version: String,
}

/// Why whoever keeps the modules does not give or take one.
pub type ModuleError = Box<dyn std::error::Error + Send + Sync>;

/// Why a backup was not taken or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Something is there already.
    #[error("{path} is not empty")]
    NotEmpty {
        /// Where.
        path: PathBuf,
    },
    /// The bytes of a module cannot be had or kept.
    #[error("cannot use module {digest}")]
    Module {
        /// Which.
        digest: String,
        /// Why.
        #[source]
        source: ModuleError,
    },
    /// Not a file that `backup` made, or a damaged one.
    #[error("{path} is no whole backup: {message}")]
    NoBackup {
        /// Which.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// The key is not the one of the host that the backup is of.
    #[error("the host key is not that of this backup")]
    OtherKey,
    /// The database said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    |source| BackupError::File { path, source }
}

fn fault(error: sqlx::Error) -> BackupError {
    BackupError::Store(Fault::from(&error).into())
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(PART);
    path.with_file_name(name)
}

async fn connect(path: &Path) -> Result<SqliteConnection, BackupError> {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(StoreOptions::default().busy_timeout)
        .connect()
        .await
        .map_err(fault)
}

/// Durable under its name, or not there.
fn publish(part: &Path, path: &Path) -> Result<(), BackupError> {
    std::fs::File::open(part).and_then(|part| part.sync_all()).map_err(file(part))?;
    std::fs::rename(part, path).map_err(file(path))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(file(folder))
}

/// Writes a backup of `database` to `out`, with the modules that it names, whose bytes
/// `module` gives and vouches for; how many modules are in it.
///
/// # Errors
/// See [`BackupError`]; then there is no file `out`.
pub async fn backup(
    database: &Path,
    module: impl Fn(&str) -> Result<Vec<u8>, ModuleError>,
    out: &Path,
    of: &BackupOf,
) -> Result<u64, BackupError> {
    if out.exists() {
        return Err(BackupError::NotEmpty { path: out.to_owned() });
    }
    let part = part_of(out);
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file(&part)(error)),
        _ => {}
    }
    let mut live = connect(database).await?;
    let target = part
        .to_str()
        .ok_or_else(|| BackupError::NoBackup { path: part.clone(), message: "its name is no text".to_owned() })?;
    // Its owner's alone, as the data folder is; an empty file is one that SQLite fills.
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(file(&part))?;
    // One read transaction: the host goes on writing beside it.
    sqlx::query("VACUUM INTO ?1").bind(target).execute(&mut live).await.map_err(fault)?;
    live.close().await.map_err(fault)?;

    let mut copy = connect(&part).await?;
    sqlx::raw_sql(TABLES).execute(&mut copy).await.map_err(fault)?;
    sqlx::query("INSERT INTO backup VALUES (?1, ?2, ?3)")
        .bind(of.taken_at.0)
        .bind(&of.host_key)
        .bind(&of.version)
        .execute(&mut copy)
        .await
        .map_err(fault)?;
    let named: Vec<String> = sqlx::query_scalar("SELECT digest FROM skill_modules WHERE state = 'installed'")
        .fetch_all(&mut copy)
        .await
        .map_err(fault)?;
    let mut count = 0;
    for digest in named {
        // The bytes were there before the row that names them.
        let bytes = module(&digest).map_err(|source| BackupError::Module { digest: digest.clone(), source })?;
        sqlx::query("INSERT INTO backup_modules VALUES (?1, ?2)")
            .bind(&digest)
            .bind(bytes)
            .execute(&mut copy)
            .await
            .map_err(fault)?;
        count += 1;
    }
    copy.close().await.map_err(fault)?;
    publish(&part, out)?;
    Ok(count)
}

/// Puts a backup into an empty folder, as a database whose effects are held; `module`
/// keeps the bytes of each module. `host_key` tells the host's key as
/// [`BackupOf::host_key`] does.
///
/// # Errors
/// See [`BackupError`]; then there is no database in the folder.
pub async fn restore(
    from: &Path,
    database: &Path,
    module: impl Fn(&str, &[u8]) -> Result<(), ModuleError>,
    host_key: &str,
    now: Timestamp,
) -> Result<BackupOf, BackupError> {
    let part = part_of(database);
    std::fs::copy(from, &part).map_err(file(from))?;
    let restored = put_back(from, &part, module, host_key, now).await;
    if restored.is_err() {
        // What is left of it has no name that a host opens; the error says why.
        let _ = std::fs::remove_file(&part);
    }
    let of = restored?;
    publish(&part, database)?;
    Ok(of)
}

async fn put_back(
    from: &Path,
    part: &Path,
    module: impl Fn(&str, &[u8]) -> Result<(), ModuleError>,
    host_key: &str,
    now: Timestamp,
) -> Result<BackupOf, BackupError> {
    let no = |message: String| BackupError::NoBackup { path: from.to_owned(), message };
    let mut copy = connect(part).await?;
    let check: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut copy)
        .await
        .map_err(|error| no(error.to_string()))?;
    if check != "ok" {
        return Err(no(check));
    }
    let row = sqlx::query("SELECT taken_at, host_key, version FROM backup").fetch_one(&mut copy).await;
    let row = row.map_err(|error| no(error.to_string()))?;
    let of = BackupOf {
        taken_at: Timestamp(row.try_get(0).map_err(fault)?),
        host_key: row.try_get(1).map_err(fault)?,
        version: row.try_get(2).map_err(fault)?,
    };
    if of.host_key != host_key {
        return Err(BackupError::OtherKey);
    }
    let digests: Vec<String> =
        sqlx::query_scalar("SELECT digest FROM backup_modules").fetch_all(&mut copy).await.map_err(fault)?;
    for digest in digests {
        let bytes: Vec<u8> = sqlx::query_scalar("SELECT bytes FROM backup_modules WHERE digest = ?1")
            .bind(&digest)
            .fetch_one(&mut copy)
            .await
            .map_err(fault)?;
        if sha256(&bytes) != digest {
            return Err(no(format!("module {digest} has other bytes")));
        }
        module(&digest, &bytes).map_err(|source| BackupError::Module { digest, source })?;
    }
    sqlx::raw_sql("DROP TABLE backup_modules; DROP TABLE backup;").execute(&mut copy).await.map_err(fault)?;
    copy.close().await.map_err(fault)?;
    // Migrated before it is held: an older host's backup knows no hold.
    let store = SqliteStore::open(part, StoreOptions::default()).await?;
    let hold = EffectHold { taken_at: of.taken_at, since: now };
    let held = store.hold_effects(&hold, "restore").await;
    store.close().await;
    held?;
    Ok(of)
}
