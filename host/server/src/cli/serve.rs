//! `skillhost serve`: the host until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;
use skillhost_engine::canonical::sha256;
use skillhost_engine::store::{ApiKey, Scope};

use super::client::KEY_FILE;
use super::exit::hinted;
use super::{Exit, Global, render};
use crate::app::App;
use crate::boot::{self, Parts};
use crate::config::{Config, Overrides};
use crate::demo_data;
use crate::fail_point::FailPoints;
use crate::http::ConnectionLimits;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skillhost serve --demo                 with the demo organisation, sign-in link printed
  skillhost serve --demo --watch         every build of a skill serves at once
  skillhost serve --org acme --user u-1  prints a sign-in link and writes a key for this user
  skillhost serve --org acme --user u-1 --key-scope approvals:answer
                                         that key also answers the user's approvals
  RUST_LOG=debug skillhost serve --log json")]
pub(crate) struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Folder of built skills; default ./dist.
    #[arg(long, value_name = "DIR")]
    skills: Option<PathBuf>,
    /// Folder of sequences; default the ones that ship.
    #[arg(long, value_name = "DIR")]
    sequences: Option<PathBuf>,
    /// Seconds in which an approved email can be undone, 10 to 120.
    #[arg(long, value_name = "SECONDS")]
    undo_seconds: Option<i64>,
    /// Load the demo organisation and sign in as its rep.
    #[arg(long)]
    demo: bool,
    /// Print a sign-in link and write the API key for a user of this org.
    #[arg(long, requires = "user", conflicts_with = "demo")]
    org: Option<String>,
    /// That user.
    #[arg(long, requires = "org")]
    user: Option<String>,
    /// What the key may do beyond asking and following: `approvals:answer`,
    /// `events:any-user`. The key of a demo answers approvals.
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    key_scope: Vec<Scope>,
    /// Install and activate every build of a skill that appears in the folder.
    #[arg(long)]
    watch: bool,
    /// How log lines look.
    #[arg(long, value_enum, default_value_t = crate::trace::Format::Pretty)]
    log: crate::trace::Format,
    /// Let the file of the database grow to so many pages of 4 KiB, for tests that
    /// fill it.
    #[arg(long, hide = true, value_name = "PAGES")]
    max_pages: Option<u32>,
    /// Kill the process at a fail point, for crash tests.
    #[arg(long, hide = true, value_name = "NAME[:N]")]
    fail_point: Option<String>,
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::parse(word).ok_or_else(|| format!("there are {}", Scope::ALL.map(Scope::as_str).join(" and ")))
}

pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let started = std::time::Instant::now();
    crate::trace::init(args.log)?;
    let config = Config::load(
        global.config.as_deref(),
        Overrides {
            data_dir: global.data.clone(),
            skills_dir: args.skills,
            sequences_dir: args.sequences,
            listen: args.listen,
            undo_seconds: args.undo_seconds,
            max_pages: args.max_pages,
            database: None,
        },
    )?;
    let fail_points = match &args.fail_point {
        Some(text) => FailPoints::armed(text).map_err(|message| hinted(message, "run `skillhost fail-points`"))?,
        None => FailPoints::default(),
    };
    tracing::info!("loading skills; each is compiled at its first start");
    let app = boot::build(config, Parts { fail_points, ..Parts::default() }).await?;
    let mut scopes = args.key_scope;
    if args.demo {
        scopes.push(Scope::AnswerApprovals);
    }
    let person = if args.demo {
        load_demo(&app).await?;
        Some((demo_data::ORG.to_owned(), demo_data::REP.to_owned()))
    } else {
        args.org.zip(args.user)
    };
    let listener = tokio::net::TcpListener::bind(app.config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", app.config.listen))?;
    let base = app.config.public_url.clone().unwrap_or(format!("http://{}", listener.local_addr()?));
    let sign_in = match &person {
        Some((org, user)) => {
            ensure_key(&app, org, user, &scopes).await?;
            let path = crate::inbox::issue_sign_in(&app, &org.as_str().into(), &user.as_str().into()).await?;
            Some(format!("{base}{path}"))
        }
        None => None,
    };
    crate::driver::start(&app).await?;
    if args.watch {
        watch_folder(&app).await?;
    }
    announce(global, &app, &base, sign_in.as_deref(), started.elapsed())?;
    let router = crate::http::router(Arc::clone(&app));
    let stopping = app.wake.draining().clone();
    let stop = stopping.clone();
    let signals = tokio::spawn(async move {
        stop_signal().await;
        stop.cancel();
    });
    crate::http::serve(listener, router, stopping, ConnectionLimits::of_this_process()).await;
    signals.abort();
    crate::driver::drain(&app).await;
    Ok(Exit::Done)
}

fn announce(
    global: &Global,
    app: &App,
    base: &str,
    sign_in: Option<&str>,
    took: std::time::Duration,
) -> anyhow::Result<()> {
    let key_file = app.config.data_dir.join(KEY_FILE);
    if global.json {
        return render::line(json!({
            "listening": base,
            "sign_in": sign_in,
            "key_file": key_file,
            "pid": std::process::id(),
            "ready_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "skills": app.skill_names.len(),
        }));
    }
    let ready = format!("{} skills ready in {} ms", app.skill_names.len(), took.as_millis());
    render::line(format!("{} {base}  {}", render::strong("skillhost listens on"), render::faint(&ready)))?;
    if let Some(sign_in) = sign_in {
        render::line(format!("sign in once:  {sign_in}"))?;
        render::line(format!("API key:       {}", key_file.display()))?;
    } else {
        render::line(render::faint("for a sign-in link and a key: skillhost serve --org ORG --user USER"))?;
    }
    Ok(())
}

async fn watch_folder(app: &Arc<App>) -> anyhow::Result<()> {
    let folder = app.config.skills_dir.clone();
    let Some(modules) = &app.modules else { return Ok(()) };
    crate::registry::watch(app, modules, folder.clone()).await.map_err(|error| {
        hinted(
            format!("cannot watch {}: {error}", folder.display()),
            "build a skill first, or name the folder with --skills",
        )
    })
}

/// Loads the demo organisation, where it is not loaded yet.
async fn load_demo(app: &App) -> anyhow::Result<()> {
    if app.store.org(&demo_data::ORG.into()).await?.is_none() {
        let now = app.clock.now();
        app.store.load_data(&demo_data::organisation(now, None), now.plus_ms(app.config.retention_ms())).await?;
    }
    Ok(())
}

/// Makes the key file of the data folder for this user, where there is none.
async fn ensure_key(app: &App, org: &str, user: &str, scopes: &[Scope]) -> anyhow::Result<()> {
    let user_id = user.into();
    let org_id = org.into();
    if app.store.user(&org_id, &user_id).await?.is_none() {
        return Err(hinted(format!("org `{org}` has no user `{user}`"), "load them with `skillhost data load`"));
    }
    let path = app.config.data_dir.join(KEY_FILE);
    let key = match std::fs::read_to_string(&path) {
        Ok(key) => key.trim().to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = format!("shk_{}", hex::encode(app.ids.secret()));
            boot::write_secret(&path, &key).with_context(|| format!("cannot write {}", path.display()))?;
            key
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let key = ApiKey {
        digest: sha256(key.as_bytes()),
        org: org_id,
        user: user_id,
        client: "cli".to_owned(),
        operator: true,
        scopes: Scope::ALL.into_iter().filter(|scope| scopes.contains(scope)).collect(),
    };
    app.store.put_api_key(&key).await?;
    Ok(())
}

async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
