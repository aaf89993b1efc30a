//! `skillhost data`: records from a JSON document or from CSV files, all or nothing; and
//! forgetting a person.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use serde_json::{Value, json};
use skillhost_engine::body::Subject;
use skillhost_engine::context::MAX_COACHING;
use skillhost_engine::store::{CoachingAnalysis, StoreError, User};
use skillhost_engine::time::Clock as _;

use super::client::{ClientError, connect};
use super::exit::hinted;
use super::{Exit, Global, json_line, render};
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
    /// Remove records for good, all or none. To forget a person with what is kept about
    /// them, erase them instead.
    #[command(after_help = "\
Examples:
  skillhost data remove --org acme deal d-test1 d-test2 --yes
  skillhost data remove --org acme note n17 --yes")]
    Remove {
        /// Whose records they are.
        #[arg(long)]
        org: String,
        /// company, contact, deal, activity, task, note, product, article or template.
        kind: String,
        /// Their ids.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Do it.
        #[arg(long)]
        yes: bool,
    },
    /// What was kept of a person's own calls, the newest period first.
    #[command(after_help = "\
Examples:
  skillhost data coaching acme u-ada           a line an analysis
  skillhost data coaching acme u-ada --json    all of each")]
    Coaching {
        /// Their org.
        org: String,
        /// Id of the user.
        user: String,
    },
    /// What skills can read: by whom, how much, and at what cost; of one, how it looks.
    #[command(after_help = "\
Examples:
  skillhost data sources             a line a source
  skillhost data sources deal        its JSON Schema
  skillhost data sources --json      all of it")]
    Sources {
        /// Only this one.
        name: Option<String>,
    },
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
            manager_id: None,
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

async fn coaching(global: &Global, org: &str, user: &str) -> anyhow::Result<Exit> {
    let config = global.settings(Overrides::default())?;
    let store = open_store(&config, std::sync::Arc::new(crate::clock::RandomIds::default())).await?;
    let (org, user) = (org.into(), user.into());
    let found = store.user(&org, &user).await;
    let kept = store.coaching(&org, &user, MAX_COACHING).await;
    store.close().await;
    if found?.is_none() {
        eprintln!("{org} has no user {user}");
        return Ok(Exit::NotFound);
    }
    let kept = kept?;
    if global.json {
        render::json(&kept)?;
    } else {
        let row = |one: CoachingAnalysis| {
            let told = match &one.meeting_id {
                Some(meeting) => format!("meeting {meeting}"),
                None => format!("{} calls", one.analysis.get("calls").and_then(Value::as_u64).unwrap_or_default()),
            };
            vec![one.period_start, one.period_end, told, numbers(&one.analysis)]
        };
        render::table(&["from", "to", "about", "numbers"], kept.into_iter().map(row).collect())?;
    }
    Ok(Exit::Done)
}

/// Kinds of records by one of them, and their tables.
const KINDS: [(&str, &str); 9] = [
    ("company", "companies"),
    ("contact", "contacts"),
    ("deal", "deals"),
    ("activity", "activities"),
    ("task", "tasks"),
    ("note", "notes"),
    ("product", "products"),
    ("article", "news_articles"),
    ("template", "templates"),
];

async fn remove(global: &Global, org: &str, kind: &str, ids: &[String]) -> anyhow::Result<Exit> {
    let Some((_, table)) = KINDS.iter().find(|(one, table)| *one == kind || *table == kind) else {
        let kinds: Vec<&str> = KINDS.iter().map(|(one, _)| *one).collect();
        return Err(hinted(format!("no `{kind}` is removed"), format!("it is one of {}", kinds.join(", "))));
    };
    let config = global.settings(Overrides::default())?;
    let store = open_store(&config, std::sync::Arc::new(crate::clock::RandomIds::default())).await?;
    let now = crate::clock::SystemClock::new().now();
    // Whoever holds the folder or the database's password is its operator.
    let removed = store.remove_records(&org.into(), table, ids, "cli", now).await;
    store.close().await;
    match removed {
        Err(StoreError::Constraint { message }) => {
            eprintln!("nothing was removed: {message}");
            return Ok(Exit::NotFound);
        }
        removed => removed?,
    }
    if global.json {
        render::json(&json!({ "table": table, "removed": ids }))?;
    } else {
        render::line(format!("{} removed from {table}", ids.len()))?;
    }
    Ok(Exit::Done)
}

/// `rep_share 0.42, questions 12`: of a week its own numbers, of a call what stands in it.
fn numbers(analysis: &Value) -> String {
    let of_week = analysis.get("numbers").and_then(Value::as_array).map(|numbers| {
        let one = |number: &Value| Some((number.get("behaviour")?.as_str()?.to_owned(), number.get("value")?.clone()));
        numbers.iter().filter_map(one).collect::<Vec<_>>()
    });
    let of_call = || {
        let fields = analysis.as_object().into_iter().flatten();
        fields.filter(|(_, value)| value.is_number()).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let told = of_week.unwrap_or_else(of_call);
    told.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

/// What is wrong with a document, with the line that says so.
fn placed(error: StoreError, file: Option<&Path>, text: &str) -> anyhow::Error {
    let StoreError::Constraint { message } = &error else { return error.into() };
    let file = file.map_or_else(|| "the demo's document".to_owned(), |file| file.display().to_string());
    match json_line::of_message(text, message) {
        Some(line) => anyhow::anyhow!("{file}:{line}: {message}"),
        None => anyhow::anyhow!("{file}: {message}"),
    }
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let (file, demo) = match command {
        Command::Load { file, demo } => (file, demo),
        Command::Import(args) => return Box::pin(super::import::run(global, *args)).await,
        Command::Sources { name } => return super::sources::run(global, name.as_deref()),
        Command::Coaching { org, user } => return Box::pin(coaching(global, &org, &user)).await,
        Command::Remove { yes: false, kind, ids, .. } => {
            let what = format!("{} of kind {kind} would be gone for good: {}", ids.len(), ids.join(", "));
            return Err(hinted(what, "say so with --yes"));
        }
        Command::Remove { org, kind, ids, .. } => return Box::pin(remove(global, &org, &kind, &ids)).await,
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
    let written = written.map_err(|error| placed(error, file.as_deref(), &text))?;
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
