//! `skillhost skills`: what this host would run, read from the built modules
//! without running them; and the versions of a running host.

use std::path::PathBuf;

use serde_json::json;
use skillhost_engine::canonical::sha256;

use super::built::{self, Built};
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
            let found: Vec<_> = built::all(&skills)?
                .into_iter()
                .map(|Built { manifest, bytes }| (manifest, sha256(&bytes), bytes.len()))
                .collect();
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
            let Some(built) = built::one(&skills, &name)? else { return Ok(Exit::NotFound) };
            render::json(&built.manifest)?;
            Ok(Exit::Done)
        }
    }
}
