//! `skillhost archive`: jobs that moved out of the database.

use skillhost_engine::ids::JobId;

use super::exit::hinted;
use super::{Exit, Global, render};
use crate::config::Overrides;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// A job in the archives of a data folder: what happened, without any text.
    Show {
        /// Its id.
        job: String,
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let Command::Show { job: id } = command;
    let config = global.settings(Overrides::default())?;
    let (data, wanted) = (config.data_dir.clone(), JobId::from(id.as_str()));
    let found = tokio::task::spawn_blocking(move || crate::retention::find(&data, &wanted)).await??;
    let Some(job) = found else {
        let error = hinted(
            format!("no archive in {} has job {id}", config.data_dir.display()),
            "a job moves out `[retention] jobs_days` after its end, into the data folder of one host; before that `skillhost jobs show` has it",
        );
        super::exit::report(&error, global.json);
        return Ok(Exit::NotFound);
    };
    if global.json {
        render::json(&job)?;
        return Ok(Exit::Done);
    }
    render::line(format!("{}  {}  {}", job.id, job.event_type, render::state(job.status.as_str())))?;
    render::line(render::faint(&format!("{} to {}", render::instant(job.created_at), render::instant(job.ended_at))))?;
    let step =
        |step: &Option<skillhost_engine::ids::StepName>| step.as_ref().map(ToString::to_string).unwrap_or_default();
    render::table(
        &["at", "what", "step", "module"],
        job.journal
            .iter()
            .map(|line| {
                let module = line.skill.as_ref().map(|skill| format!("{} {}", skill.name, skill.version));
                vec![render::instant(line.at), line.kind.clone(), step(&line.step), module.unwrap_or_default()]
            })
            .collect(),
    )?;
    for effect in &job.effects {
        render::line(format!("{}  {}  {}", effect.key, effect.kind, render::state(effect.state.as_str())))?;
    }
    Ok(Exit::Done)
}
