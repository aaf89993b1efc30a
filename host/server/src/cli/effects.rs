//! `skillhost effects`: what a restored host may still send.

use serde_json::{Value, json};
use skillhost_engine::hold::Doubt;

use super::client::{ClientError, connect};
use super::exit::hinted;
use super::{Exit, Global, render};
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

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let host = connect(global)?;
    let done: Value = match command {
        Command::List { held: _ } => {
            let view: HeldView = host.get("/v1/effects/held").await.map_err(ClientError::from)?;
            return list(global, &view);
        }
        Command::Release { keys, all } => {
            let body = if all { json!({ "all": true }) } else { json!({ "keys": keys }) };
            host.post("/v1/effects/release", &body).await.map_err(ClientError::from)?
        }
        Command::Discard { keys } => {
            host.post("/v1/effects/discard", &json!({ "keys": keys })).await.map_err(ClientError::from)?
        }
    };
    if done.get("released") == Some(&json!(0)) && !global.json {
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
    render::line(format!("held since the restore of {since}, from a backup of {taken}"))?;
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
