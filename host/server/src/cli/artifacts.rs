//! `skillhost artifacts`: files that skills made, and links to them.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::client::{ClientError, connect};
use super::{Exit, Global, render};
use crate::artifacts::ArtifactList;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Files of a job with all their versions, and links to them.
    List {
        /// Its id.
        job: String,
    },
    /// Write a file to standard output, or to a file of your own.
    #[command(after_help = "\
Example:
  skillhost artifacts get JOB sha256:… --out proposal.pdf")]
    Get {
        /// The job's id.
        job: String,
        /// The file's digest, from `artifacts list`.
        digest: String,
        /// Where to write it; must not exist.
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// End a link: whoever has it finds nothing any more.
    Revoke {
        /// Its id, from `artifacts list`.
        share: String,
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let host = connect(global)?;
    match command {
        Command::List { job } => {
            let path = format!("/v1/jobs/{}/artifacts", segment(&job));
            let list: ArtifactList = host.get(&path).await.map_err(ClientError::from)?;
            show(global, &list)
        }
        Command::Get { job, digest, out } => {
            let path = format!("/v1/jobs/{}/artifacts/{}", segment(&job), segment(&digest));
            let bytes = host.get_bytes(&path).await.map_err(ClientError::from)?;
            match out {
                Some(path) => std::fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .open(&path)
                    .and_then(|mut file| file.write_all(&bytes))
                    .with_context(|| format!("cannot write {}", path.display()))?,
                None => render::bytes(&bytes)?,
            }
            Ok(Exit::Done)
        }
        Command::Revoke { share } => {
            let path = format!("/v1/shares/{}/revoke", segment(&share));
            let done: Value = host.post(&path, &json!({})).await.map_err(ClientError::from)?;
            if global.json {
                render::json(&done)?;
            } else if done.get("revoked") == Some(&json!(true)) {
                render::line("the link works no more")?;
            } else {
                render::line("the link did not work any more before")?;
            }
            Ok(Exit::Done)
        }
    }
}

/// An id as one segment of an address.
fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn show(global: &Global, list: &ArtifactList) -> anyhow::Result<Exit> {
    if global.json {
        render::json(list)?;
        return Ok(Exit::Done);
    }
    let files = list.artifacts.iter().map(|kept| {
        vec![
            kept.step.to_string(),
            kept.name.clone(),
            kept.version.to_string(),
            kept.media_type.clone(),
            kept.bytes.to_string(),
            render::instant(kept.made_at),
            kept.digest.clone(),
        ]
    });
    render::table(&["step", "name", "version", "type", "bytes", "made", "digest"], files.collect())?;
    if list.shares.is_empty() {
        return Ok(Exit::Done);
    }
    let links = list.shares.iter().map(|share| {
        vec![
            share.id.clone(),
            render::state(&share.state),
            share.title.clone(),
            render::instant(share.expires_at),
            share.url.clone().unwrap_or_default(),
        ]
    });
    render::table(&["link", "state", "title", "until", "address"], links.collect())?;
    Ok(Exit::Done)
}
