//! `skillhost skills`: what this host would run, read from the built modules
//! without running them; and the versions of a running host.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;
use skillhost_engine::canonical::sha256;

use super::exit::hinted;
use super::{Exit, Global, render};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Every built skill with its version and digest.
    List {
        /// Folder of built skills.
        #[arg(long, value_name = "DIR", default_value = "dist")]
        skills: PathBuf,
    },
    /// One skill's manifest.
    Show {
        /// Name.
        name: String,
        /// Folder of built skills.
        #[arg(long, value_name = "DIR", default_value = "dist")]
        skills: PathBuf,
    },
    /// What a skill may do in a step, and who says so.
    Rights(super::rights::Args),
    /// Versions of a running host.
    #[command(flatten)]
    Versions(super::versions::Command),
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Rights(args) => super::rights::run(global, args).await,
        Command::Versions(command) => super::versions::run(global, command).await,
        Command::List { skills } => {
            let mut paths: Vec<PathBuf> = std::fs::read_dir(&skills)
                .map_err(|error| {
                    hinted(
                        format!("cannot read {}: {error}", skills.display()),
                        "build them with `skillhost build all`",
                    )
                })?
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .filter(|path| path.extension().is_some_and(|ext| ext == "wasm"))
                .collect();
            paths.sort();
            let mut found = Vec::new();
            for path in paths {
                let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                let manifest = skillhost_sandbox::read_manifest(&bytes).with_context(|| path.display().to_string())?;
                found.push((manifest, sha256(&bytes), bytes.len()));
            }
            if global.json {
                let list: Vec<_> = found
                    .iter()
                    .map(|(manifest, digest, size)| {
                        json!({ "name": manifest.name, "version": manifest.version, "digest": digest, "bytes": size, "rights": manifest.rights })
                    })
                    .collect();
                render::json(&list)?;
            } else {
                render::table(
                    &["skill", "version", "digest", "KiB", "rights"],
                    found
                        .iter()
                        .map(|(manifest, digest, size)| {
                            vec![
                                manifest.name.to_string(),
                                manifest.version.clone(),
                                digest.chars().take(19).collect(),
                                (size / 1024).to_string(),
                                manifest.rights.join(" "),
                            ]
                        })
                        .collect(),
                )?;
            }
            Ok(Exit::Done)
        }
        Command::Show { name, skills } => {
            let path = skills.join(format!("{name}.wasm"));
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    eprintln!("there is no {}", path.display());
                    return Ok(Exit::NotFound);
                }
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
            };
            render::json(&skillhost_sandbox::read_manifest(&bytes)?)?;
            Ok(Exit::Done)
        }
    }
}
