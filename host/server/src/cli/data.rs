//! `skillhost data`: records from a JSON document or from CSV files, all or nothing; and
//! forgetting a person.

use std::path::PathBuf;

use anyhow::Context as _;

use serde_json::json;
use skillhost_engine::body::Subject;
use skillhost_engine::store::User;
use skillhost_engine::time::Clock as _;

use super::client::{ClientError, connect};
use super::exit::hinted;
use super::{Exit, Global, render};
use crate::boot::{Parts, open_store};
use crate::config::Overrides;
use crate::erase::{EraseError, ErasedView};

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
    /// Load records from CSV files or a HubSpot export, beside what is there.
    Import(Box<super::import::Args>),
    /// Forget a person: end their open jobs, destroy the key of their texts, blank
    /// what jobs and records say of them. There is no way back.
    #[command(after_help = "\
Examples:
  skillhost data erase-person acme contact:c1 --yes          on the data folder of a stopped host
  skillhost data erase-person acme user:ada --yes --live     on a running host, with an admin's key")]
    ErasePerson {
        /// Their org.
        org: String,
        /// `contact:<id>` or `user:<id>`; a bare id is a contact.
        person: String,
        /// Do it.
        #[arg(long)]
        yes: bool,
        /// Ask the running host at --url; its key names the org.
        #[arg(long)]
        live: bool,
        /// Folder of built skills.
        #[arg(long, value_name = "DIR")]
        skills: Option<PathBuf>,
    },
}

async fn erase(global: &Global, org: &str, person: &str, live: bool, skills: Option<PathBuf>) -> anyhow::Result<Exit> {
    let subject = Subject::parse(person)
        .ok_or_else(|| hinted(format!("`{person}` names nobody"), "write contact:<id> or user:<id>"))?;
    let erased: ErasedView = if live {
        let body = json!({ "person": subject });
        connect(global)?.post("/v1/people/erase", &body).await.map_err(ClientError::from)?
    } else {
        let config = global.settings(Overrides { skills_dir: skills, ..Overrides::default() })?;
        let app = crate::boot::build(config, Parts::default()).await?;
        // Whoever holds the folder and the host's key is its operator.
        let operator = User {
            org: org.into(),
            id: "operator".into(),
            name: String::new(),
            email: String::new(),
            zone: "UTC".to_owned(),
            admin: true,
            signature: String::new(),
            preferences: json!({}),
        };
        let erased = app.erase_person(&operator, &subject, "cli").await;
        app.store.close().await;
        match erased {
            Err(error @ EraseError::NoSuchPerson { .. }) => {
                eprintln!("{error}");
                return Ok(Exit::NotFound);
            }
            erased => erased?,
        }
    };
    if global.json {
        render::json(&erased)?;
    } else {
        render::line(format!(
            "{}: {} jobs blank, {} of them ended just now, {} texts and {} files gone",
            erased.person, erased.jobs, erased.cancelled, erased.texts, erased.files
        ))?;
    }
    Ok(Exit::Done)
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let (file, demo) = match command {
        Command::Load { file, demo } => (file, demo),
        Command::Import(args) => return Box::pin(super::import::run(global, *args)).await,
        Command::ErasePerson { yes: false, person, .. } => {
            return Err(hinted(format!("{person} would be forgotten for good"), "say so with --yes"));
        }
        Command::ErasePerson { org, person, live, skills, .. } => {
            return Box::pin(erase(global, &org, &person, live, skills)).await;
        }
    };
    let text = match (&file, demo) {
        (Some(file), false) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        _ => crate::demo_data::ORGANISATION.to_owned(),
    };
    let document = serde_json::from_str(&text)
        .map_err(|error| hinted(format!("the document is not JSON: {error}"), "docs/data.md describes it"))?;
    let config = global.settings(Overrides::default())?;
    let store = open_store(&config, std::sync::Arc::new(crate::clock::RandomIds::default())).await?;
    let keep_until = crate::clock::SystemClock::new().now().plus_ms(config.retention_ms());
    let written = store.load_data(&document, keep_until).await;
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
