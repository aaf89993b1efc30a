//! Hosts under load that are killed at random moments, and what must hold after.
//!
//! A soak delivers calls and mail through the public doors, answers as reps do, kills
//! random hosts and starts them again; then it lets everything come to its end and
//! compares what the database says with what the receivers counted. Its length is a
//! bound of work alone: it ends a load that has had kills and events enough, and
//! nothing is asserted of time. To look at one thing more, add it to `check`.

mod check;
mod cluster;
mod load;
mod org;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;
use skillhost_engine::ids::OrgId;
use skillhost_engine::time::{Clock as _, Timestamp};
use skillhost_server::clock::SystemClock;
use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use crate::asking::{self, ANSWER, COST};
use crate::dice::Dice;
use crate::model_double::ModelDouble;
use crate::place::{Database, Place};
use crate::process::{binary, root, skills};
use crate::slack_double::SlackDouble;
use crate::smtp_server::SmtpServer;

use check::{Findings, Received, check};
use cluster::Cluster;
use load::Load;
use org::Company;

/// How long an answer takes, so that kills fall into asks.
const MODEL_TAKES: Duration = Duration::from_millis(150);
/// Calls at most a minute; those that are never delivered cost only their rows.
const CALLS_A_MINUTE: usize = 240;
/// Between two lines about how it goes.
const SAY_EVERY: Duration = Duration::from_secs(10);
const SLACK_TOKEN: &str = "xoxb-1234-soak";
/// What Slack's notification says of a message that is the host's own and no effect.
const NOTICE: &str = "A notice from skillhost";

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// On what.
    pub database: Database,
    /// With how many hosts.
    pub hosts: usize,
    /// How long the load lasts, if it has had its kills by then.
    pub lasts: Duration,
    /// Kills at least.
    pub kills: u64,
    /// Events under way at once.
    pub at_once: usize,
    /// What everything random follows from.
    pub seed: u64,
    /// Who is told how it goes.
    pub tells: Option<fn(&str)>,
}

/// What came of it.
#[derive(Debug)]
pub struct Summary {
    /// Everything that must not be; empty when all is well.
    pub wrong: Vec<String>,
    /// Events that were accepted.
    pub events: usize,
    /// Hosts that were killed.
    pub kills: u64,
    /// In words, on one line.
    pub words: String,
}

/// Runs one.
///
/// # Panics
/// It cannot be set up.
pub async fn soak(settings: Settings) -> Summary {
    let began = Instant::now();
    let minutes = usize::try_from(settings.lasts.as_secs().div_ceil(60)).unwrap_or(1).max(1);
    let company = Arc::new(Company::new(settings.database, minutes * CALLS_A_MINUTE));
    let dice = Dice::new(settings.seed);
    let inbox = must(tempfile::tempdir());
    let smtp = must(SmtpServer::start(inbox.path()));
    let model = ModelDouble::start().await;
    model.only(ANSWER);
    model.linger(MODEL_TAKES);
    let clock = SystemClock::new();
    let slack = must(SlackDouble::start(SLACK_TOKEN, Arc::new(|| SystemClock::new().now().0)).await);
    for rep in &company.reps {
        slack.add_user(&rep.slack, &rep.email);
    }
    let mut place = Place::fresh(settings.database, settings.hosts).await;
    prepare(&mut place, &smtp, &model, &slack, &company).await;

    let mut times = vec![clock.now()];
    let cluster = Cluster::start(place).await;
    let load = Arc::new(Load::default());
    let stop = Arc::new(Notify::new());
    let killer = {
        let (cluster, stop, dice) = (Arc::clone(&cluster), Arc::clone(&stop), dice.fork());
        tokio::spawn(async move { cluster.kill_on(dice, &stop).await })
    };
    let mut posts = Vec::new();
    let mut said = Instant::now();
    let mut tell = async |posts: &mut Vec<String>, kept: bool| {
        posts.extend(drain(&slack));
        if let Some(tell) = settings.tells
            && (kept || said.elapsed() >= SAY_EVERY)
        {
            said = Instant::now();
            tell(&progress(&settings, began, &cluster, &load, inbox.path(), posts).await);
        }
    };
    let permits = Arc::new(Semaphore::new(settings.at_once));
    let mut events = JoinSet::new();
    let mut next = 0;
    let loaded = Instant::now();
    while loaded.elapsed() < settings.lasts || cluster.kills.load(Ordering::Relaxed) < settings.kills {
        tell(&mut posts, false).await;
        while events.try_join_next().is_some() {}
        let permit = tokio::time::timeout(Duration::from_millis(500), Arc::clone(&permits).acquire_owned()).await;
        // What is preloaded is enough for any load of this length on a machine of today.
        if let (Ok(Ok(permit)), true) = (permit, next < company.calls()) {
            let (cluster, company, load) = (Arc::clone(&cluster), Arc::clone(&company), Arc::clone(&load));
            let (n, dice) = (next, dice.fork());
            next += 1;
            tokio::time::sleep(load::pause(&dice)).await;
            events.spawn(async move {
                load.event(&cluster, &company, n, dice).await;
                drop(permit);
            });
        }
    }
    stop.notify_one();
    must(killer.await);
    while events.join_next().await.is_some() {
        tell(&mut posts, false).await;
    }
    tell(&mut posts, true).await;
    let bytes = size(&cluster.place).await;
    let resident = cluster.resident();
    cluster.stop().await;
    posts.extend(drain(&slack));
    times.push(clock.now());

    let received = Received { mails: must(smtp.received()), posts, asked: model.asked().len(), cost: COST };
    let orgs: Vec<OrgId> = Company::orgs().map(OrgId::new).collect();
    let accepted = load.accepted.lock().map(|accepted| accepted.clone()).unwrap_or_default();
    let store = cluster.place.store().await;
    let found = check(store.as_ref(), &cluster.place.binder(), &orgs, &accepted, &received, &times).await;
    let mut found = must(found);
    store.close().await;
    found.wrong.extend(load.wrong.lock().map(|wrong| wrong.clone()).unwrap_or_default());
    found.wrong.extend(cluster.cries.lock().map(|cries| cries.clone()).unwrap_or_default());
    let kills = cluster.kills.load(Ordering::Relaxed);
    let words = words(&settings, began, accepted.len(), kills, &load, &found, &received, (resident, bytes));
    Summary { wrong: found.wrong, events: accepted.len(), kills, words }
}

fn must<T, E: std::fmt::Display>(made: Result<T, E>) -> T {
    made.unwrap_or_else(|error| panic!("the soak cannot go on: {error}"))
}

/// Skills, sequences, settings and organisations.
async fn prepare(place: &mut Place, smtp: &SmtpServer, model: &ModelDouble, slack: &SlackDouble, company: &Company) {
    place.environment("SKILLHOST_SLACK_TOKEN", SLACK_TOKEN);
    place.environment("SKILLHOST_SLACK_SIGNING_SECRET", "a secret that nothing is signed with");
    let asking = asking::prepare(place, model).await;
    place.settings(&format!("{asking}[slack]\nbase_url = \"{}\"\n", slack.base_url()), Some(smtp));
    for host in 0..place.hosts() {
        let data = place.folder(host);
        must(copy_all(&skills(), &data.join("skills")));
        // What asks a model has the mails for itself, and one thing leads to no other.
        let meetings = "meeting_ended.yaml";
        must(std::fs::copy(root().join("sequences").join(meetings), data.join("sequences").join(meetings)));
    }
    let folder: TempDir = must(tempfile::tempdir());
    let document = folder.path().join("company.json");
    must(std::fs::write(&document, company.document().to_string()));
    let loaded = Command::new(binary())
        .args(["data", "load", "--json", "--data"])
        .arg(place.folder(0))
        .arg(&document)
        .current_dir(place.folder(0))
        .envs(place.variables())
        .output();
    let loaded = must(loaded);
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        // What is kept beside the skills is no skill.
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// The messages that Slack took since the last look, cards left out.
fn drain(slack: &SlackDouble) -> Vec<String> {
    let calls = slack.drain().into_iter();
    let posts = calls.filter(|call| call.method == "chat.postMessage" && call.refused.is_none());
    // The words of a card are literal, and those of a message rich text.
    let is_told =
        |body: &Value| body["blocks"].as_array().is_some_and(|all| all.iter().any(|one| one["type"] == "rich_text"));
    let effects = posts.filter(|call| call.body["text"] != NOTICE && is_told(&call.body));
    effects.map(|call| call.body["blocks"].to_string()).collect()
}

/// How large the database is, bytes.
async fn size(place: &Place) -> u64 {
    match place.database {
        Database::Sqlite => ["", "-wal"]
            .iter()
            .filter_map(|end| std::fs::metadata(format!("{}{end}", place.file().display())).ok())
            .map(|file| file.len())
            .sum(),
        Database::Postgres => {
            let Ok(mut connection) = sqlx::PgConnection::connect(place.url()).await else { return 0 };
            let size = sqlx::query_scalar::<_, i64>("SELECT pg_database_size(current_database())");
            size.fetch_one(&mut connection).await.ok().and_then(|size| u64::try_from(size).ok()).unwrap_or(0)
        }
    }
}

/// What can be seen to be wrong while it runs.
fn mismatches(load: &Load, cluster: &Cluster) -> usize {
    let wrong = load.wrong.lock().map(|wrong| wrong.len()).unwrap_or(0);
    wrong + cluster.cries.lock().map(|cries| cries.len()).unwrap_or(0)
}

/// How many mails the server took.
fn mails_in(inbox: &Path) -> usize {
    let entries = std::fs::read_dir(inbox).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "json")).count()
}

async fn progress(
    settings: &Settings,
    began: Instant,
    cluster: &Cluster,
    load: &Load,
    inbox: &Path,
    posts: &[String],
) -> String {
    format!(
        "{:>5} s  {:8}  events {:>5} taken {:>5} ended  kills {:>4}  mails {:>5}  posts {:>5}  answers {:>5}  \
         mismatches {}  host {} MB  database {} MB",
        began.elapsed().as_secs(),
        settings.database.name(),
        load.events(),
        load.ended.load(Ordering::Relaxed),
        cluster.kills.load(Ordering::Relaxed),
        mails_in(inbox),
        posts.len(),
        load.answers.load(Ordering::Relaxed),
        mismatches(load, cluster),
        cluster.resident() / 1_000_000,
        size(&cluster.place).await / 1_000_000,
    )
}

#[allow(clippy::too_many_arguments)] // one line of words
fn words(
    settings: &Settings,
    began: Instant,
    events: usize,
    kills: u64,
    load: &Load,
    found: &Findings,
    received: &Received,
    (resident, bytes): (u64, u64),
) -> String {
    format!(
        "{}, {} hosts, seed {}: {} s, {events} events, {kills} kills, jobs {:?}, effects {:?}, {} mails and {} messages \
         received, {} undone, {} shown as unknown, {} micro-dollars spent and {} disputed over {} asks, \
         host {} MB, database {} MB, {} mismatches",
        settings.database.name(),
        settings.hosts,
        settings.seed,
        began.elapsed().as_secs(),
        found.jobs,
        found.effects,
        received.mails.len(),
        received.posts.len(),
        load.undone.load(Ordering::Relaxed),
        found.shown,
        found.money.0,
        found.money.1,
        received.asked,
        resident / 1_000_000,
        bytes / 1_000_000,
        found.wrong.len(),
    )
}

/// The seed that somebody asked for, or one of now.
pub fn seed(asked: Option<&str>) -> u64 {
    asked.and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        let Timestamp(now) = SystemClock::new().now();
        now.unsigned_abs()
    })
}
