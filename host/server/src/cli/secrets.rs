//! `skillhost secrets`: the encrypted file of secrets. Values come from standard
//! input, so that none is in a shell's history, and none is ever printed.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use secrecy::SecretString;
use serde_json::json;

use super::{Exit, Global, hinted, render};
use crate::config::secret_source::{IdentityKey, SecretBook, identity};
use crate::config::{SecretPlaces, secret_places};

/// Bytes of a value: a signed token's size, with room.
const MAX_VALUE_BYTES: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an identity and an empty encrypted file.
    Init,
    /// Put a value, read from standard input, under a name.
    #[command(after_help = "Example:\n  skillhost secrets set CRM_TOKEN < token.txt")]
    Set {
        /// The variable it stands in for, as in CRM_TOKEN.
        name: String,
    },
    /// Names in the file; values are never shown.
    List,
    /// Take a name out of the file.
    Remove {
        /// Its name.
        name: String,
    },
}

struct Opened {
    path: PathBuf,
    key: IdentityKey,
    book: SecretBook,
}

fn open(places: SecretPlaces) -> anyhow::Result<Opened> {
    let Some(path) = places.file else {
        return Err(hinted(
            "the settings name no file of secrets",
            "`skillhost secrets init` makes one and says what to write into skillhost.toml",
        ));
    };
    let key = identity(&path, places.identity.as_deref())?;
    let book = SecretBook::read(&path, &key)?;
    Ok(Opened { path, key, book })
}

fn value() -> anyhow::Result<SecretString> {
    let mut input = std::io::stdin().lock();
    if input.is_terminal() {
        eprintln!("The value, then Ctrl-D. It is shown as you type; a pipe or a file is not.");
    }
    let mut text = String::new();
    input.by_ref().take(MAX_VALUE_BYTES + 1).read_to_string(&mut text).context("cannot read standard input")?;
    anyhow::ensure!(
        u64::try_from(text.len()).unwrap_or(u64::MAX) <= MAX_VALUE_BYTES,
        "a value has at most {MAX_VALUE_BYTES} bytes"
    );
    // What `echo` and editors add is no part of a token.
    let value = text.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!value.is_empty(), "standard input holds no value");
    Ok(SecretString::from(value.to_owned()))
}

fn init(places: SecretPlaces, json: bool) -> anyhow::Result<Exit> {
    let path = places.file.clone().unwrap_or_else(|| PathBuf::from("secrets.age"));
    let file = places.identity.clone().unwrap_or_else(|| PathBuf::from("identity.txt"));
    if path.exists() {
        return Err(hinted(format!("{} is there already", path.display()), "`skillhost secrets set NAME` adds to it"));
    }
    let key = if file.exists() { IdentityKey::read(&file)? } else { IdentityKey::generate() };
    if !file.exists() {
        key.write_new(&file)?;
    }
    SecretBook::default().write(&path, &key)?;
    if json {
        render::json(&json!({ "secrets_file": path, "identity_file": file, "recipient": key.recipient() }))?;
    } else {
        render::line(format!("made {} for {}", path.display(), key.recipient()))?;
        render::line(format!("its key is in {}: keep that apart from backups of the file", file.display()))?;
        if places.file.is_none() {
            render::line(format!(
                "\nwrite into skillhost.toml, above the first [section]:\n  secrets_file = {path:?}\n  identity_file = {file:?}"
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn save(opened: &Opened) -> anyhow::Result<()> {
    Ok(opened.book.write(Path::new(&opened.path), &opened.key)?)
}

pub(crate) fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let places = secret_places(global.config.as_deref())?;
    match command {
        Command::Init => init(places, global.json),
        Command::Set { name } => {
            let mut opened = open(places)?;
            opened.book.set(&name, value()?)?;
            save(&opened)?;
            eprintln!("{name} is in {}; a running host reads it when it starts again", opened.path.display());
            Ok(Exit::Done)
        }
        Command::List => {
            let opened = open(places)?;
            let names: Vec<&str> = opened.book.names().collect();
            if global.json {
                render::json(&json!({ "names": names }))?;
            } else {
                names.iter().try_for_each(render::line)?;
            }
            Ok(Exit::Done)
        }
        Command::Remove { name } => {
            let mut opened = open(places)?;
            if !opened.book.remove(&name) {
                eprintln!("{} holds no {name}", opened.path.display());
                return Ok(Exit::NotFound);
            }
            save(&opened)?;
            Ok(Exit::Done)
        }
    }
}
