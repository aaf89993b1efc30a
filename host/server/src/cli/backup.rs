//! `skillhost backup` and `restore`: on the data folder, the first one while a host runs.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use skillhost_engine::canonical::sha256;
use skillhost_engine::time::Clock as _;
use skillhost_store::{BackupError, BackupOf};

use super::exit::hinted;
use super::{Exit, Global, render};
use crate::boot;
use crate::config::{Config, Database, Overrides};
use crate::registry::ModuleFiles;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The host key (<data>/host.key) is no part of it: keep it apart. See docs/backup.md.")]
pub(crate) struct BackupArgs {
    /// Where to write it; a file that does not exist.
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  skillhost restore monday.skillhost --host-key /safe/host.key --data /var/lib/skillhost
  skillhost serve --data /var/lib/skillhost
  skillhost effects list --held")]
pub(crate) struct RestoreArgs {
    /// What `backup` wrote.
    file: PathBuf,
    /// The host key of the host it was taken of.
    #[arg(long, value_name = "FILE")]
    host_key: PathBuf,
}

fn config(global: &Global) -> anyhow::Result<Config> {
    let config = global.settings(Overrides::default())?;
    if matches!(config.database, Database::Postgres(_)) {
        let hint = "docs/backup.md says how pg_dump and pg_restore do it";
        return Err(hinted("the settings name a Postgres database, which backs itself up", hint));
    }
    Ok(config)
}

/// Tells a key without giving it away: it is 256 random bits.
fn fingerprint(key: &[u8; 32]) -> String {
    sha256(format!("skillhost host key {}", hex::encode(key)).as_bytes())
}

fn advised(error: BackupError) -> anyhow::Error {
    let hint = match &error {
        BackupError::NotEmpty { .. } => "name one that does not exist; nothing is overwritten",
        BackupError::NoBackup { .. } => "use a file that `skillhost backup` wrote; a copy under way is not whole",
        BackupError::OtherKey => "use the host.key that was in the data folder when the backup was taken",
        BackupError::Module { .. } => {
            "install that version again (`skillhost skills install`), which puts its file right"
        }
        BackupError::File { .. } => "look whether it exists, and whose it is",
        BackupError::Store(_) => return error.into(),
    };
    hinted(format!("{:#}", anyhow::Error::from(error)), hint)
}

pub(crate) async fn backup(global: &Global, args: BackupArgs) -> anyhow::Result<Exit> {
    let config = config(global)?;
    let key = boot::existing_host_key(&config)?.ok_or_else(|| {
        hinted(format!("there is no host in {}", config.data_dir.display()), "name its folder with --data")
    })?;
    let of = BackupOf {
        taken_at: crate::clock::SystemClock::new().now(),
        host_key: fingerprint(&key),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let database = config.data_dir.join(boot::DATABASE_FILE);
    let files = ModuleFiles::new(config.data_dir.join(boot::MODULES_DIR));
    // A file that changed since it was installed could never be put back.
    let module = |digest: &str| files.get(digest).map_err(Into::into);
    let modules = skillhost_store::backup(&database, module, &args.file, &of).await.map_err(advised)?;
    let bytes = std::fs::metadata(&args.file).map(|file| file.len()).unwrap_or(0);
    if global.json {
        render::json(&json!({ "file": args.file, "taken_at": of.taken_at, "bytes": bytes, "modules": modules }))?;
    } else {
        render::line(format!("{}: {bytes} bytes, {modules} modules", args.file.display()))?;
        let key = match config.host_key {
            Some(_) => "SKILLHOST_HOST_KEY".to_owned(),
            None => config.data_dir.join(boot::HOST_KEY_FILE).display().to_string(),
        };
        render::line(render::faint(&format!("keep {key} apart from it: a restore needs both")))?;
    }
    Ok(Exit::Done)
}

fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", folder.display())),
    }
}

async fn put_back(file: &Path, data: &Path, key: &[u8; 32]) -> anyhow::Result<BackupOf> {
    boot::data_dir(data)?;
    let modules = data.join(boot::MODULES_DIR);
    boot::data_dir(&modules)?;
    // Before the database: a host that found that alone would make a key of its own.
    let key_file = data.join(boot::HOST_KEY_FILE);
    boot::write_secret(&key_file, &hex::encode(key)).with_context(|| format!("cannot write {}", key_file.display()))?;
    let now = crate::clock::SystemClock::new().now();
    let files = ModuleFiles::new(modules);
    let module = |digest: &str, bytes: &[u8]| files.put(digest, bytes).map_err(Into::into);
    let database = data.join(boot::DATABASE_FILE);
    skillhost_store::restore(file, &database, module, &fingerprint(key), now).await.map_err(advised)
}

fn clear(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => std::fs::remove_dir_all(entry.path())?,
            false => std::fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

pub(crate) async fn restore(global: &Global, args: RestoreArgs) -> anyhow::Result<Exit> {
    let config = config(global)?;
    let data = &config.data_dir;
    if !is_empty(data)? {
        return Err(advised(BackupError::NotEmpty { path: data.clone() }));
    }
    let text =
        std::fs::read_to_string(&args.host_key).with_context(|| format!("cannot read {}", args.host_key.display()))?;
    let key = boot::read_host_key(&text, &args.host_key)?;
    let of = match put_back(&args.file, data, &key).await {
        Ok(of) => of,
        Err(error) => {
            // So that the folder is as empty as it was, and the next attempt finds it so.
            // It may be a volume, which cannot go itself; what went wrong first is told.
            let _ = clear(data).and_then(|()| std::fs::remove_dir(data));
            return Err(error);
        }
    };
    if global.json {
        render::json(&json!({ "data": data, "taken_at": of.taken_at, "effects": "held" }))?;
    } else {
        render::line(format!("{}: as of {}", data.display(), render::instant(of.taken_at)))?;
        render::line("no effect leaves until you have said so: start the host, then `skillhost effects list --held`")?;
    }
    Ok(Exit::Done)
}
