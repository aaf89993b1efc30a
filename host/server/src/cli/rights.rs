//! `skillhost skills rights`: what a skill would get in a step, who says so, and why.

use std::path::PathBuf;

use serde_json::json;
use skillhost_engine::ids::{OrgId, StepName};
use skillhost_engine::rights::{Explained, Grant, Parties, Verdict};
use skillhost_engine::sequence::Run;

use super::exit::hinted;
use super::{Exit, Global, built, render};
use crate::config::{Config, Overrides};
use crate::sequences::Sequences;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skillhost skills rights detect-intents
  skillhost skills rights detect-intents --sequence meeting_ended --step intents
  skillhost skills rights detect-intents --org acme --json")]
pub(crate) struct Args {
    /// Name of the skill.
    name: String,
    /// In a step of this sequence; without it no step narrows.
    #[arg(long, requires = "step")]
    sequence: Option<String>,
    /// That step.
    #[arg(long, requires = "sequence")]
    step: Option<String>,
    /// In a job of this org; without it no org narrows.
    #[arg(long)]
    org: Option<String>,
    /// Folder of built skills; default ./dist.
    #[arg(long, value_name = "DIR")]
    skills: Option<PathBuf>,
    /// Folder of sequences; default the ones that ship.
    #[arg(long, value_name = "DIR")]
    sequences: Option<PathBuf>,
}

pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let config = Config::load(
        global.config.as_deref(),
        Overrides {
            data_dir: global.data.clone(),
            skills_dir: args.skills,
            sequences_dir: args.sequences,
            ..Overrides::default()
        },
    )?;
    let Some(built) = built::one(&config.skills_dir, &args.name)? else { return Ok(Exit::NotFound) };
    let manifest = built.manifest;
    let asked = manifest.asked();
    let step = match (&args.sequence, &args.step) {
        (Some(sequence), Some(step)) => narrowed(&config, &args.name, sequence, step)?,
        _ => Grant::Unrestricted,
    };
    let org = match &args.org {
        Some(org) => allowed(&config, org).await?,
        None => Grant::Unrestricted,
    };
    let parties = Parties { asked: &asked, operator: config.grant(&args.name), org: &org, step: &step };
    let rows = parties.explain();
    if global.json {
        let answer = json!({
            "skill": args.name, "version": manifest.version, "sequence": args.sequence, "step": args.step,
            "org": args.org, "rights": rows, "effective": parties.effective().iter().collect::<Vec<_>>(),
        });
        render::json(&answer)?;
    } else {
        render::table(&["right", "manifest", "operator", "org", "step", "result"], rows.iter().map(line).collect())?;
    }
    Ok(Exit::Done)
}

fn line(row: &Explained) -> Vec<String> {
    let word = |verdict: &Verdict| format!("{}: {}", if verdict.yes { "yes" } else { "no" }, verdict.why);
    let result = match row.effective.as_slice() {
        [] => "no".to_owned(),
        [one] if *one == row.right => "yes".to_owned(),
        parts => parts.iter().map(|part| format!("only {part}")).collect::<Vec<_>>().join(", "),
    };
    vec![row.right.to_string(), word(&row.manifest), word(&row.operator), word(&row.org), word(&row.step), result]
}

/// What the step takes. Skills that are not built here are no mistake of the file.
fn narrowed(config: &Config, skill: &str, sequence: &str, step: &str) -> anyhow::Result<Grant> {
    let sequences = Sequences::read(config.sequences_dir.as_deref())?;
    let found = sequences.catalog().iter().find(|found| found.name == sequence).ok_or_else(|| {
        hinted(format!("there is no sequence `{sequence}`"), "name it as its file does in `sequence:`")
    })?;
    let found = found.step(&StepName::from(step)).ok_or_else(|| {
        let names: Vec<_> = found.steps.iter().map(|step| step.name.as_str()).collect();
        hinted(format!("`{sequence}` has no step `{step}`"), format!("it has {}", names.join(", ")))
    })?;
    match &found.run {
        Run::Skill(name) if name.as_str() == skill => Ok(found.rights.clone()),
        _ => Err(hinted(format!("the step `{step}` does not call `{skill}`"), "name a step that does")),
    }
}

/// What the org's settings allow.
async fn allowed(config: &Config, org: &str) -> anyhow::Result<Grant> {
    let store = crate::boot::open_store(config, std::sync::Arc::new(crate::clock::RandomIds::default())).await?;
    let found = store.org(&OrgId::from(org)).await;
    store.close().await;
    let found =
        found?.ok_or_else(|| hinted(format!("there is no org `{org}`"), "load it with `skillhost data load`"))?;
    Ok(crate::driver::org_grant(found.get("settings")))
}
