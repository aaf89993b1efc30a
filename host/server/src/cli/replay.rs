//! `skillhost replay`: a job's calls once more, with what they were told then.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{JobId, OrgId, StepName};
use skillhost_engine::replay::calls;
use skillhost_engine::skill::SkillRef;
use skillhost_engine::store::Store;
use skillhost_engine::time::Clock as _;
use skillhost_sandbox::SandboxRunner;

use super::client::{ClientError, KEY_FILE, connect};
use super::exit::hinted;
use super::{Exit, Global, render};
use crate::boot;
use crate::clock::{RandomIds, SystemClock};
use crate::config::{Config, Overrides};
use crate::replay::{JobReplay, ReplayError, Replayed, Replayer, Verdict, over_history};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skillhost replay JOB                        every call again; exit 1 unless all are identical
  skillhost replay JOB --step draft --json    one step, for a program
  skillhost replay JOB --with dist/new.wasm   what another version would have done
  skillhost replay --last 200 --with new.wasm the same over the last calls of its skill

Reads the data folder, whether a host runs on it or not; --live asks the running host.")]
pub(crate) struct Args {
    /// Id.
    #[arg(required_unless_present = "last")]
    job: Option<String>,
    /// Only this step.
    #[arg(long)]
    step: Option<String>,
    /// Another module of a skill, instead of the one that ran.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    with: Option<PathBuf>,
    /// The last calls of the module's skill, of any job, instead of one job's.
    #[arg(long, value_name = "N", requires = "with", conflicts_with_all = ["job", "step", "live"],
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    last: Option<u32>,
    /// Ask the running host at --url instead of reading the data folder.
    #[arg(long)]
    live: bool,
    /// Org of the job; default the one of the API key in the data folder.
    #[arg(long, conflicts_with = "live")]
    org: Option<String>,
    /// Folder of built skills.
    #[arg(long, value_name = "DIR")]
    skills: Option<PathBuf>,
}

pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    if let (Some(last), Some(file)) = (args.last, &args.with) {
        return over_last(global, file, last, args.skills.clone()).await;
    }
    let id = args.job.clone().unwrap_or_default();
    let replay = if args.live {
        let path = format!("/v1/jobs/{id}/replay");
        connect(global)?.post(&path, &json!({ "step": args.step })).await.map_err(ClientError::from)?
    } else {
        let folder = Folder::open(global, args.skills.clone()).await?;
        let replay = of_folder(&folder, &id, &args).await;
        folder.store.close().await;
        match replay {
            Err(error) if error.downcast_ref::<ReplayError>().is_some_and(is_absent) => {
                eprintln!("{error}");
                return Ok(Exit::NotFound);
            }
            replay => replay?,
        }
    };
    if global.json {
        render::json(&replay)?;
    } else {
        show(&replay)?;
    }
    // Another module may differ; the same one must not.
    let held = replay.identical || args.with.is_some() && replay.calls.iter().any(|call| call.outcome.after.is_some());
    Ok(if held { Exit::Done } else { Exit::Failed })
}

fn is_absent(error: &ReplayError) -> bool {
    matches!(error, ReplayError::NoSuchJob(_) | ReplayError::NoCalls { .. })
}

/// A data folder with the sandbox that its jobs ran in.
pub(crate) struct Folder {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) runner: SandboxRunner,
}

impl Folder {
    pub(crate) async fn open(global: &Global, skills: Option<PathBuf>) -> anyhow::Result<Self> {
        let config = global.settings(Overrides { skills_dir: skills, ..Overrides::default() })?;
        let ids = Arc::new(RandomIds::default());
        let runner = boot::sandbox(&config, ids.as_ref())?;
        let store = boot::open_store(&config, ids).await?;
        Ok(Self { config, store, runner })
    }

    pub(crate) fn replayer(&self) -> Replayer<'_> {
        Replayer { store: self.store.as_ref(), runner: &self.runner, now: SystemClock::new().now() }
    }

    /// Loads a module of a file without giving it traffic.
    pub(crate) fn load(&self, path: &Path) -> anyhow::Result<SkillRef> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let module = self.runner.sandbox().load(&bytes).with_context(|| format!("cannot load {}", path.display()))?;
        let skill = module.skill_ref.clone();
        self.runner.registry().keep(module);
        Ok(skill)
    }

    /// The org of the folder's own API key.
    async fn org(&self, named: Option<&str>) -> anyhow::Result<OrgId> {
        if let Some(org) = named {
            return Ok(org.into());
        }
        let key = std::fs::read_to_string(self.config.data_dir.join(KEY_FILE)).unwrap_or_default();
        match self.store.api_key(&sha256(key.trim().as_bytes())).await? {
            Some(key) => Ok(key.org),
            None => Err(hinted("the data folder has no API key that names an org", "name it with --org")),
        }
    }
}

/// A module over the last calls of its skill, for people or programs.
///
/// # Errors
/// The module does not load, or the data folder cannot be read.
pub(crate) async fn over_last(
    global: &Global,
    file: &Path,
    last: u32,
    skills: Option<PathBuf>,
) -> anyhow::Result<Exit> {
    let folder = Folder::open(global, skills).await?;
    let tried = async {
        let module = folder.load(file)?;
        anyhow::Ok(over_history(&folder.replayer(), &module, last).await?)
    };
    let tried = tried.await;
    folder.store.close().await;
    let tried = tried?;
    if global.json {
        render::json(&tried)?;
    } else {
        for call in &tried.first {
            one(call)?;
        }
        render::line(format!(
            "{} {}: {} calls, {} identical, {} different, {} failed, {} not run   fuel {}   {}",
            tried.module.name,
            tried.module.version,
            tried.calls,
            tried.identical,
            tried.different,
            tried.failed,
            tried.not_run,
            delta(tried.fuel.before, tried.fuel.after),
            money(tried.money.before, tried.money.after)
        ))?;
    }
    Ok(if tried.failed == 0 { Exit::Done } else { Exit::Failed })
}

async fn of_folder(folder: &Folder, id: &str, args: &Args) -> anyhow::Result<JobReplay> {
    let org = folder.org(args.org.as_deref()).await?;
    let job = JobId::new(id);
    let step = args.step.as_deref().map(StepName::from);
    let with = args.with.as_deref().map(|path| folder.load(path)).transpose()?;
    if let Some(stored) = folder.store.job(&org, &job).await? {
        let recorded = calls(&stored, step.as_ref())?;
        boot::load_kept(&folder.config, &folder.runner, recorded.iter().map(|call| call.skill.digest.as_str()));
    }
    Ok(folder.replayer().job(&org, &job, step.as_ref(), with.as_ref()).await?)
}

fn show(replay: &JobReplay) -> anyhow::Result<()> {
    for call in &replay.calls {
        one(call)?;
    }
    let count = |verdict| replay.calls.iter().filter(|call| call.verdict == verdict).count();
    render::line(format!(
        "{} calls: {} identical, {} different, {} failed, {} not exact, {} not comparable",
        replay.calls.len(),
        count(Verdict::Identical),
        count(Verdict::Different),
        count(Verdict::Failed),
        count(Verdict::Inexact),
        count(Verdict::Incomparable),
    ))
}

/// One call for people.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn one(call: &Replayed) -> anyhow::Result<()> {
    let word = match call.verdict {
        Verdict::Identical => "identical",
        Verdict::Different => "different",
        Verdict::Failed => "failed",
        Verdict::Inexact => "not exact",
        Verdict::Incomparable => "not comparable",
    };
    let versions = match &call.module.after {
        Some(after) if *after != call.module.before => {
            format!("{} {} → {}", after.name, call.module.before.version, after.version)
        }
        _ => format!("{} {}", call.module.before.name, call.module.before.version),
    };
    render::line(format!(
        "{:<24} {:<14} {}",
        format!("{} #{}", call.step, call.attempt),
        word,
        render::faint(&format!(
            "{versions}   fuel {}   {}",
            delta(call.fuel.before, call.fuel.after),
            money(call.money.before, call.money.after)
        ))
    ))?;
    for difference in &call.differences {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        render::line(format!(
            "    {}: {} → {}",
            difference.pointer,
            side(&difference.before),
            side(&difference.after)
        ))?;
    }
    for question in &call.unrecorded {
        render::line(format!("    asks what was not recorded: {:?} {}", question.door, question.source))?;
    }
    for gone in &call.gone {
        render::line(format!("    {} is gone: {} ({})", gone.what, gone.why, gone.digest))?;
    }
    if let Some(note) = &call.note {
        render::line(format!("    {note}"))?;
    }
    Ok(())
}

/// A number and what it became.
pub(crate) fn delta(before: i64, after: Option<i64>) -> String {
    match after {
        Some(after) if after != before => format!("{before} → {after} ({:+})", after.saturating_sub(before)),
        _ => before.to_string(),
    }
}

/// Money and what it became.
pub(crate) fn money(before: i64, after: Option<i64>) -> String {
    match after {
        Some(after) if after != before => format!("{} → {}", render::money(before), render::money(after)),
        _ => render::money(before),
    }
}
