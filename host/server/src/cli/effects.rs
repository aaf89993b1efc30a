//! `skillhost effects`: what a restored host may still send.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::hold::{Doubt, EffectHold};
use skillhost_engine::time::{Clock as _, Timestamp};

use super::client::{ClientError, connect};
use super::exit::hinted;
use super::{Exit, Global, render};
use crate::boot::open_store;
use crate::clock::{RandomIds, SystemClock};
use crate::config::Overrides;
use crate::held::HeldView;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// What is held after a restore, and whether it may have left before it.
    List {
        /// Those that are held; `skillhost jobs failed` lists those that were given up.
        #[arg(long, required = true)]
        held: bool,
    },
    /// Let held effects leave.
    #[command(after_help = "\
Examples:
  skillhost effects release eff_01m7zb
  skillhost effects release --all       and everything after them; the hold ends")]
    Release {
        /// Keys, from `effects list --held`.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        keys: Vec<String>,
        /// All of them, and end the hold.
        #[arg(long)]
        all: bool,
    },
    /// Hold all effects: for a database that was brought back by other means than
    /// `restore` and does not show it. Works on the database, before any host starts.
    #[command(after_help = "\
Example:
  skillhost effects hold --taken-at 2026-11-22T03:00:00Z --data /var/lib/skillhost")]
    Hold {
        /// The instant that the database is of; default now.
        #[arg(long, value_name = "TIME")]
        taken_at: Option<jiff::Timestamp>,
    },
    /// Drop held effects for good.
    Discard {
        /// Keys, from `effects list --held`.
        #[arg(required = true)]
        keys: Vec<String>,
    },
}

fn words(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::MayHaveLeft => "may have left after the backup",
        Doubt::HereOnly => "changes this database only",
        Doubt::Fresh => "no: its job began after the restore",
    }
}

async fn hold(global: &Global, taken_at: Option<jiff::Timestamp>) -> anyhow::Result<Exit> {
    let config = global.settings(Overrides::default())?;
    let since = SystemClock::new().now();
    let taken_at = taken_at.map_or(since, |at| Timestamp(at.as_millisecond()));
    if taken_at > since {
        return Err(hinted("--taken-at is in the future", "name the instant that the database was brought back to"));
    }
    let store = open_store(&config, Arc::new(RandomIds::default())).await?;
    let held = store.hold_effects(&EffectHold { taken_at, since }, "cli").await;
    store.close().await;
    held?;
    if global.json {
        render::json(&json!({ "taken_at": taken_at, "effects": "held" }))?;
    } else {
        render::line("no effect leaves until you have said so: start the host, then `skillhost effects list --held`")?;
    }
    Ok(Exit::Done)
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let ends_hold = matches!(command, Command::Release { all: true, .. });
    let done: Value = match command {
        Command::Hold { taken_at } => return Box::pin(hold(global, taken_at)).await,
        Command::List { held: _ } => {
            let view: HeldView = connect(global)?.get("/v1/effects/held").await.map_err(ClientError::from)?;
            return list(global, &view);
        }
        Command::Release { keys, all } => {
            let body = if all { json!({ "all": true }) } else { json!({ "keys": keys }) };
            connect(global)?.post("/v1/effects/release", &body).await.map_err(ClientError::from)?
        }
        Command::Discard { keys } => {
            connect(global)?.post("/v1/effects/discard", &json!({ "keys": keys })).await.map_err(ClientError::from)?
        }
    };
    if done.get("released") == Some(&json!(0)) && !ends_hold && !global.json {
        return Err(hinted("none of these is held", "`skillhost effects list --held` shows what is"));
    }
    if global.json {
        render::json(&done)?;
    } else {
        for (word, count) in done.as_object().into_iter().flatten() {
            render::line(format!("{count} {word}"))?;
        }
    }
    Ok(Exit::Done)
}

fn list(global: &Global, view: &HeldView) -> anyhow::Result<Exit> {
    if global.json {
        render::json(view)?;
        return Ok(Exit::Done);
    }
    let Some(hold) = &view.hold else {
        render::line("nothing is held")?;
        return Ok(Exit::Done);
    };
    let (taken, since) = (render::instant(hold.taken_at), render::instant(hold.since));
    render::line(format!("held since the restore of {since}; what happened after {taken} is not in the database"))?;
    let line = |effect: &crate::held::HeldLine| {
        vec![
            effect.key.to_string(),
            effect.kind.clone(),
            format!("{}/{}", effect.org, effect.user),
            effect.about.clone(),
            render::instant(effect.since),
            words(effect.doubt).to_owned(),
        ]
    };
    render::table(
        &["effect", "kind", "of", "what", "since", "may it have happened?"],
        view.effects.iter().map(line).collect(),
    )?;
    Ok(Exit::Done)
}
