//! `skillhost skills install`, `try`, `activate`, `rollback`, `canary`, `history` and
//! `revoke`: a running host's versions of skills, changed over its API.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Value, json};
use skillhost_engine::time::Timestamp;
use skillhost_sandbox::{Sandbox, SandboxConfig};
use skillhost_sdk::harness::Case;

use super::client::{ClientError, connect};
use super::exit::hinted;
use super::{Exit, Global, render};
use crate::cases::CaseRunner;

/// Characters of a digest that are shown: `sha256:` and twelve digits.
const SHOWN_DIGEST: usize = 19;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Install a built module, or every one of a folder, and let it serve.
    Install {
        /// A .wasm, or a folder of them.
        #[arg(value_name = "FILE|DIR")]
        path: PathBuf,
        /// Let it serve though it asks for more than what it replaces.
        #[arg(long)]
        accept_rights: bool,
        /// Keep it without letting it serve.
        #[arg(long)]
        keep_only: bool,
    },
    /// Verify, compile, describe and try a module on the host; nothing changes.
    Try {
        /// A .wasm.
        file: PathBuf,
        /// Run it over so many of the last calls of its skill, read from the data folder.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        last: Option<u32>,
        /// Run the skill's own cases in the sandbox, without a host.
        #[arg(long, value_name = "DIR", conflicts_with = "last", num_args = 0..=1, default_missing_value = "")]
        cases: Option<PathBuf>,
    },
    /// Let an installed version serve.
    Activate {
        /// The skill.
        name: String,
        /// A version, a digest, or the first 8 digits or more of one.
        #[arg(value_name = "VERSION|DIGEST")]
        version: String,
        /// Also when it asks for more than what it replaces.
        #[arg(long)]
        accept_rights: bool,
    },
    /// Go back to the version that served before; again, one further back.
    Rollback {
        /// The skill.
        name: String,
    },
    /// Give a share of the jobs to an installed version; 0 ends it.
    Canary {
        /// The skill.
        name: String,
        /// Of a hundred jobs.
        #[arg(long, value_parser = clap::value_parser!(u8).range(0..=99))]
        percent: u8,
        /// As in `activate`; by default the newest that does not serve.
        #[arg(long, value_name = "VERSION|DIGEST")]
        version: Option<String>,
        /// Also when it asks for more than what serves.
        #[arg(long)]
        accept_rights: bool,
    },
    /// Installed versions, and what served when.
    History {
        /// The skill.
        name: String,
    },
    /// Take a module out for good; what it proposed and has not left is void.
    Revoke {
        /// Its digest, or the first 8 digits or more.
        digest: String,
        /// Why, for the history and the audit.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Install { path, accept_rights, keep_only } => install(global, &path, accept_rights, !keep_only).await,
        Command::Try { file, cases: Some(folder), .. } => own_cases(global, &file, folder).await,
        Command::Try { file, last: Some(last), .. } => {
            Box::pin(super::replay::over_last(global, &file, last, None)).await
        }
        Command::Try { file, last: None, .. } => {
            let tried: Value =
                connect(global)?.upload("/v1/skills/try", read(&file)?).await.map_err(ClientError::from)?;
            if global.json {
                render::json(&tried)?;
                return Ok(Exit::Done);
            }
            render::line(format!("{}  it could serve", named(&tried)))?;
            difference(&tried)?;
            for trial in tried.get("trials").and_then(Value::as_array).into_iter().flatten() {
                render::line(format!("  {}: {}", word(trial, "trial"), trial.get("found").unwrap_or(&Value::Null)))?;
            }
            Ok(Exit::Done)
        }
        Command::Activate { name, version, accept_rights } => {
            let body = json!({ "version": version, "accept_rights": accept_rights });
            served(global, &format!("/v1/skills/{name}/activate"), &body).await
        }
        Command::Rollback { name } => served(global, &format!("/v1/skills/{name}/rollback"), &json!({})).await,
        Command::Canary { name, percent, version, accept_rights } => {
            let body = json!({ "percent": percent, "version": version, "accept_rights": accept_rights });
            served(global, &format!("/v1/skills/{name}/canary"), &body).await
        }
        Command::Revoke { digest, reason } => {
            served(global, &format!("/v1/modules/{digest}/revoke"), &json!({ "reason": reason })).await
        }
        Command::History { name } => {
            let history: Value =
                connect(global)?.get(&format!("/v1/skills/{name}")).await.map_err(ClientError::from)?;
            if global.json {
                render::json(&history)?;
            } else {
                show(&history)?;
            }
            Ok(Exit::Done)
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        hinted(format!("cannot read {}: {error}", path.display()), "build it with `skillhost build NAME`")
    })
}

fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error: std::io::Error| {
        hinted(format!("cannot read {}: {error}", path.display()), "name a .wasm, or a folder of them")
    };
    let entries = std::fs::read_dir(path).map_err(unreadable)?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "wasm"));
    files.sort();
    if files.is_empty() {
        return Err(hinted(
            format!("{} holds no .wasm", path.display()),
            "build skills into it with `skillhost build all`",
        ));
    }
    Ok(files)
}

async fn install(global: &Global, path: &Path, accept_rights: bool, activate: bool) -> anyhow::Result<Exit> {
    let host = connect(global)?;
    let target = format!("/v1/skills?activate={activate}&accept_rights={accept_rights}");
    let mut all = Vec::new();
    let mut exit = Exit::Done;
    for file in files(path)? {
        let installed: Value = host.upload(&target, read(&file)?).await.map_err(ClientError::from)?;
        if installed.get("waits_for").is_some_and(|waits| !waits.is_null()) {
            exit = Exit::Refused;
        }
        if !global.json {
            let state = match (word(&installed, "waits_for"), installed.get("active") == Some(&Value::Bool(true))) {
                ("", true) => "serves",
                ("", false) => "installed, does not serve",
                _ => "installed, does not serve: it asks for more than what it replaces",
            };
            render::line(format!("{}  {state}", named(&installed)))?;
            difference(&installed)?;
            if exit == Exit::Refused {
                let (name, digest) = (word(&installed, "name"), short(word(&installed, "digest")));
                eprintln!("hint: skillhost skills activate {name} {digest} --accept-rights");
            }
        }
        all.push(installed);
    }
    if global.json {
        render::json(&all)?;
    }
    Ok(exit)
}

async fn served(global: &Global, path: &str, body: &Value) -> anyhow::Result<Exit> {
    let served: Value = connect(global)?.post(path, body).await.map_err(ClientError::from)?;
    if global.json {
        render::json(&served)?;
        return Ok(Exit::Done);
    }
    let active = served.get("active").filter(|active| !active.is_null());
    let now = active.map_or_else(
        || format!("nothing serves {}", word(&served, "skill")),
        |active| format!("{}  serves", named(active)),
    );
    let note = word(&served, "note");
    render::line(format!("{now}  {}", render::faint(&format!("{} {note}", word(&served, "why")))))?;
    Ok(Exit::Done)
}

fn word<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn short(digest: &str) -> &str {
    digest.get(..SHOWN_DIGEST).unwrap_or(digest)
}

fn named(skill: &Value) -> String {
    format!("{} {} {}", render::strong(word(skill, "name")), word(skill, "version"), short(word(skill, "digest")))
}

fn difference(module: &Value) -> anyhow::Result<()> {
    for (mark, field) in [("+", "added"), ("-", "removed")] {
        let lines = module.pointer(&format!("/difference/{field}")).and_then(Value::as_array);
        for line in lines.into_iter().flatten().filter_map(Value::as_str) {
            render::line(format!("  {mark} {line}"))?;
        }
    }
    Ok(())
}

fn instant(value: &Value, field: &str) -> String {
    render::instant(Timestamp(value.get(field).and_then(Value::as_i64).unwrap_or_default()))
}

fn show(history: &Value) -> anyhow::Result<()> {
    let active = word(history, "active");
    let canary = history.pointer("/canary/digest").and_then(Value::as_str).unwrap_or_default();
    let rows = |field: &str| history.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
    let state = |module: &Value| match word(module, "digest") {
        digest if digest == active => "serves".to_owned(),
        digest if digest == canary => {
            format!("canary {}%", history.pointer("/canary/percent").unwrap_or(&Value::Null))
        }
        _ => word(module, "state").to_owned(),
    };
    let modules = rows("modules");
    let modules = modules.iter().map(|module| {
        vec![
            word(module, "version").to_owned(),
            short(word(module, "digest")).to_owned(),
            state(module),
            instant(module, "installed_at"),
            word(module, "installed_by").to_owned(),
        ]
    });
    render::table(&["version", "digest", "state", "installed", "by"], modules.collect())?;
    if let Some(view) = history.get("canary").filter(|canary| !canary.is_null()) {
        for (name, calls) in [("stable", "stable_calls"), ("canary", "canary_calls")] {
            let number =
                |field: &str| view.pointer(&format!("/{calls}/{field}")).and_then(Value::as_i64).unwrap_or_default();
            render::line(format!(
                "  {name}: {} calls, {} failed, p95 {}, {} fuel, {} a call",
                number("runs"),
                number("errors"),
                render::micros(number("p95_us")),
                render::amount(number("fuel")),
                render::money(number("cost"))
            ))?;
        }
    }
    let changes = rows("changes");
    let changes = changes.iter().map(|change| {
        vec![
            instant(change, "at"),
            word(change, "why").to_owned(),
            short(word(change, "digest")).to_owned(),
            word(change, "by").to_owned(),
            word(change, "note").to_owned(),
        ]
    });
    render::table(&["at", "what", "module", "by", "note"], changes.collect())
}

/// Runs `cases/` of the skill; its folder is looked for under ./skills by default.
async fn own_cases(global: &Global, file: &Path, folder: PathBuf) -> anyhow::Result<Exit> {
    let sandbox = Arc::new(Sandbox::new(SandboxConfig { concurrency: 1, cache: None })?);
    let module = sandbox.load(&read(file)?).with_context(|| file.display().to_string())?;
    let runner = CaseRunner::new(&sandbox, module);
    let skill = runner.module().clone();
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("skills").join(skill.name.as_str()).join("cases"),
        false => folder,
    };
    let cases = Case::load_all(&folder).map_err(|error| hinted(error.to_string(), "name the folder: --cases DIR"))?;
    let mut runs = Vec::with_capacity(cases.len());
    for case in &cases {
        runs.push(runner.run(case).await);
    }
    let failed = runs.iter().filter(|run| !run.wrong.is_empty()).count();
    if global.json {
        render::json(&json!({ "skill": skill, "cases": runs, "failed": failed }))?;
    } else {
        for run in &runs {
            let (word, held) = if run.wrong.is_empty() { ("completed", "holds") } else { ("failed", "fails") };
            let coloured = render::state(word).replace(word, held);
            render::line(format!("{coloured}  {}   fuel {}   {} µs", run.case, run.fuel, run.wall_us))?;
            for wrong in &run.wrong {
                render::line(format!("       {wrong}"))?;
            }
        }
        render::line(format!(
            "{} {}: {} of {} cases hold",
            skill.name,
            skill.version,
            runs.len() - failed,
            runs.len()
        ))?;
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
}
