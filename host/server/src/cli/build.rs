//! `skillhost build`: compiles skills, embeds their manifests, writes digests.

use std::path::PathBuf;

use serde_json::json;
use skillhost_sandbox::{Sandbox, SandboxConfig};

use super::{Exit, Global, hinted, render};
use crate::build::{Selection, build_skills};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skillhost build all
  skillhost build skills/detect-intents --out dist")]
pub(crate) struct Args {
    /// A skill's folder or name, or `all`.
    #[arg(required = true)]
    skills: Vec<String>,
    /// Where the modules go.
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// The project's folder, which holds `skills/`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
}

pub(crate) fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let selection = match args.skills.as_slice() {
        [all] if all == "all" => Selection::All,
        _ => Selection::Named(args.skills),
    };
    let sandbox = Sandbox::new(SandboxConfig { concurrency: 1, cache: None })?;
    let settings = crate::config::guest_build();
    let built = build_skills(&sandbox, &args.root, &selection, &args.out, &settings, &mut |progress| {
        eprintln!("{progress}");
    })
    .map_err(|error| hinted(error.to_string(), error.hint()))?;
    if global.json {
        let rows: Vec<_> = built
            .iter()
            .map(|skill| {
                json!({
                    "name": skill.manifest.name, "version": skill.manifest.version, "digest": skill.digest,
                    "bytes": skill.bytes, "path": skill.path, "changed": skill.changed,
                })
            })
            .collect();
        render::json(&rows)?;
    } else {
        render::table(
            &["skill", "version", "digest", "KiB", ""],
            built
                .iter()
                .map(|skill| {
                    vec![
                        skill.manifest.name.to_string(),
                        skill.manifest.version.clone(),
                        skill.digest.chars().take(19).collect(),
                        (skill.bytes / 1024).to_string(),
                        if skill.changed { "built" } else { "unchanged" }.to_owned(),
                    ]
                })
                .collect(),
        )?;
    }
    Ok(Exit::Done)
}
