//! `skillhost data load`: records from a JSON document, all or nothing.

use std::path::PathBuf;

use anyhow::Context as _;

use skillhost_engine::store::Store as _;

use super::exit::hinted;
use super::{Exit, Global, render};
use crate::boot::open_store;
use crate::config::{Config, Overrides};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Load a data set; loading it again changes nothing.
    #[command(after_help = "\
Examples:
  skillhost data load my-org.json      the document is described in docs/data.md
  skillhost data load --demo           the organisation of the demo")]
    Load {
        /// JSON document.
        #[arg(required_unless_present = "demo")]
        file: Option<PathBuf>,
        /// Load the demo organisation instead of a file.
        #[arg(long, conflicts_with = "file")]
        demo: bool,
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let Command::Load { file, demo } = command;
    let text = match (&file, demo) {
        (Some(file), false) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        _ => crate::demo_data::ORGANISATION.to_owned(),
    };
    let document = serde_json::from_str(&text)
        .map_err(|error| hinted(format!("the document is not JSON: {error}"), "docs/data.md describes it"))?;
    let config =
        Config::load(global.config.as_deref(), Overrides { data_dir: global.data.clone(), ..Overrides::default() })?;
    let store = open_store(&config, std::sync::Arc::new(crate::clock::RandomIds::default())).await?;
    let written = store.load_data(&document).await;
    store.close().await;
    let written = written?;
    if global.json {
        render::json(&written)?;
    } else {
        render::table(
            &["table", "rows"],
            written.iter().map(|(table, rows)| vec![table.clone(), rows.to_string()]).collect(),
        )?;
    }
    Ok(Exit::Done)
}
