//! Puts the parts together, in the order in which they need each other, and
//! takes them down again. The only place where all of them meet.

use std::collections::BTreeSet;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use skillhost_connectors::calendar::places::Places;
use skillhost_connectors::chat::SlackChat;
use skillhost_connectors::invitation::{FolderCalendar, Inviter};
use skillhost_connectors::mail::{FolderMailer, SmtpMailer, SmtpSettings};
use skillhost_connectors::models::Models;
use skillhost_connectors::request::HttpRequests;
use skillhost_connectors::slack::SlackClient;
use skillhost_engine::binding::{Binder, HostKey};
use skillhost_engine::ids::SkillName;
use skillhost_engine::outbox::Performer;
use skillhost_engine::sequence::Standing;
use skillhost_engine::skill::SkillRunner;
use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::{Clock, Ids};
use skillhost_sandbox::{CacheConfig, Lanes, Registry, Sandbox, SandboxConfig, SandboxRunner};
use skillhost_store::{PostgresOptions, PostgresStore, SqliteStore, StoreOptions, VaultKey};

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::artifacts::StoredFiles;
use crate::calendars::UserCalendars;
use crate::config::{Config, Database, MailConfig};
use crate::driver::Running;
use crate::fail_point::FailPoints;
use crate::mailboxes::{Filing, Mailboxes, OwnServer, Sending, Way};
use crate::providers::Providers;
use crate::registry::{LastCalls, Modules, RestoreError};
use crate::replay::HistoryGate;
use crate::sequences::Sequences;
use crate::slack_people::SlackPeople;
use crate::vendors::Vendors;
use crate::vitals::CallCounts;
use crate::wake::Wake;

/// Folder of installed modules, by digest, in the data folder.
pub(crate) const MODULES_DIR: &str = "modules";
/// File of the key that binds approvals, in the data folder.
pub(crate) const HOST_KEY_FILE: &str = "host.key";
/// Folder of compiled modules, in the data folder.
pub(crate) const CACHE_DIR: &str = "compiled";
/// Folder of `.eml` files, in the data folder.
pub const MAIL_DIR: &str = "sent-mail";
/// Folder of `.ics` files, in the data folder.
pub const CALENDAR_DIR: &str = "calendar-out";
/// The database, in the data folder.
pub(crate) const DATABASE_FILE: &str = "skillhost.db";

/// Why the host did not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// A folder or file of the data folder cannot be used.
    #[error("cannot use {path}")]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The host key's file is damaged. It is never replaced by itself: approvals
    /// bound with the old one would all be void.
    #[error("{path} is not a host key of 32 bytes in hex")]
    HostKey {
        /// Which.
        path: PathBuf,
    },
    /// The database does not open.
    #[error("cannot open the database")]
    Store(#[from] StoreError),
    /// The sandbox does not start.
    #[error("cannot start the sandbox")]
    Sandbox(#[from] skillhost_sandbox::SandboxError),
    /// The key of the compiled modules cannot be used.
    #[error("cannot use the cache of compiled modules")]
    Cache(#[from] skillhost_sandbox::CacheError),
    /// A skill does not load.
    #[error("cannot load {path}")]
    Skill {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: skillhost_sandbox::LoadError,
    },
    /// The modules cannot be restored, or a built skill does not load.
    #[error(transparent)]
    Modules(#[from] RestoreError),
    /// The sequences are not what they should be.
    #[error(transparent)]
    Sequences(#[from] crate::sequences::LoadError),
    /// A connector does not start.
    #[error("cannot set up {what}: {message}")]
    Connector {
        /// Which.
        what: &'static str,
        /// Why.
        message: String,
    },
}

/// Makes the data folder, readable by its owner only.
pub(crate) fn data_dir(path: &Path) -> Result<(), BootError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| BootError::Data { path: path.to_owned(), source })
}

/// Opens the database.
///
/// # Errors
/// The folder or the database cannot be used.
pub async fn open_store(config: &Config, ids: Arc<dyn Ids>) -> Result<Arc<dyn Store>, BootError> {
    data_dir(&config.data_dir)?;
    let key = host_key(config, ids.as_ref())?;
    let vault = Some(VaultKey::new(&key, ids)?);
    Ok(match &config.database {
        Database::Folder => {
            let options = StoreOptions { vault, max_pages: config.max_pages, ..StoreOptions::default() };
            Arc::new(Box::pin(SqliteStore::open(&config.data_dir.join(DATABASE_FILE), options)).await?)
        }
        Database::Postgres(url) => {
            let options = PostgresOptions { vault, ..PostgresOptions::default() };
            Arc::new(Box::pin(PostgresStore::open(url.expose_secret(), options)).await?)
        }
    })
}

/// Writes a secret file that did not exist, for its owner's eyes only.
///
/// # Errors
/// The file exists or cannot be written.
pub fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The secret that approvals are bound with and texts are kept under; made where there
/// is none yet.
fn host_key(config: &Config, ids: &dyn Ids) -> Result<[u8; 32], BootError> {
    if let Some(key) = existing_host_key(config)? {
        return Ok(key);
    }
    let path = config.data_dir.join(HOST_KEY_FILE);
    let text = hex::encode(ids.secret());
    write_secret(&path, &text).map_err(|source| BootError::Data { path: path.clone(), source })?;
    read_host_key(&text, &path)
}

/// The host key of the environment or the data folder, if there is one.
pub(crate) fn existing_host_key(config: &Config) -> Result<Option<[u8; 32]>, BootError> {
    if let Some(given) = &config.host_key {
        return read_host_key(given.expose_secret(), Path::new("SKILLHOST_HOST_KEY")).map(Some);
    }
    let path = config.data_dir.join(HOST_KEY_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => read_host_key(&text, &path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BootError::Data { path, source }),
    }
}

/// A host key as 64 hex digits; `path` is where they are from.
pub(crate) fn read_host_key(text: &str, path: &Path) -> Result<[u8; 32], BootError> {
    let mut key = [0_u8; 32];
    hex::decode_to_slice(text.trim(), &mut key).map_err(|_| BootError::HostKey { path: path.to_owned() })?;
    Ok(key)
}

/// Loads every built skill of a folder and makes it the active one of its name.
///
/// # Errors
/// The folder cannot be read, or a file in it is no skill this host can run.
pub fn load_skills(folder: &Path, sandbox: &Sandbox, registry: &Registry) -> Result<(), BootError> {
    let unreadable = |source| BootError::Data { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(unreadable(source)),
    };
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "wasm"));
    paths.sort();
    let components = paths
        .iter()
        .map(|path| std::fs::read(path).map_err(|source| BootError::Data { path: path.clone(), source }))
        .collect::<Result<Vec<_>, _>>()?;
    for (path, module) in paths.into_iter().zip(sandbox.load_all(&components)) {
        let module = module.map_err(|source| BootError::Skill { path, source })?;
        registry.activate(module);
    }
    Ok(())
}

/// Makes modules callable by digest that the data folder keeps and the sandbox
/// has not loaded; one that is not there, or no longer loads, stays absent.
pub(crate) fn load_kept<'a>(config: &Config, runner: &SandboxRunner, digests: impl IntoIterator<Item = &'a str>) {
    for digest in digests {
        if runner.registry().by_digest(digest).is_some() {
            continue;
        }
        let name = digest.strip_prefix("sha256:").unwrap_or(digest);
        // A digest is of our own journal, yet it becomes a file's name.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            continue;
        }
        let path = config.data_dir.join(MODULES_DIR).join(format!("{name}.wasm"));
        let Ok(bytes) = std::fs::read(path) else { continue };
        if let Ok(module) = runner.sandbox().load(&bytes)
            && module.skill_ref.digest == digest
        {
            runner.registry().keep(module);
        }
    }
}

/// What a caller may replace: tests bring a clock of their own.
pub struct Parts {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids and secrets.
    pub ids: Arc<dyn Ids>,
    /// Where the process is killed, in crash tests.
    pub fail_points: FailPoints,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            clock: Arc::new(crate::clock::SystemClock::new()),
            ids: Arc::new(crate::clock::RandomIds::default()),
            fail_points: FailPoints::default(),
        }
    }
}

/// What runs steps: the sandbox, or a native runner in benches.
pub struct Skills {
    /// Runs them.
    pub runner: Arc<dyn SkillRunner>,
    /// Their names.
    pub names: BTreeSet<SkillName>,
    /// What calls them.
    pub sequences: Sequences,
    /// The modules behind `runner`, where it runs modules.
    pub modules: Option<Arc<Modules>>,
}

/// Starts the sandbox with what served when the host stopped and with what is new in
/// the folder of built skills, and loads the sequences.
async fn sandboxed(config: &Config, parts: &Parts, store: Arc<dyn Store>) -> Result<Skills, BootError> {
    let sandbox = open_sandbox(config, parts.ids.as_ref())?;
    let lanes = Lanes::new(config.lanes.skill_calls, config.lanes.org_calls);
    let runner = SandboxRunner::with_lanes(sandbox, Arc::new(Registry::new()), lanes);
    let dir = config.data_dir.join(MODULES_DIR);
    data_dir(&dir)?;
    let clock = Arc::clone(&parts.clock);
    let modules = Arc::new(Modules::new(runner.clone(), dir, Arc::clone(&store), Arc::clone(&clock), config.canary));
    if let Some(policy) = config.require_try.clone() {
        modules.add_trial(Arc::new(LastCalls(HistoryGate { store, clock, policy })));
    }
    modules.restore().await?;
    modules.take_folder(&config.skills_dir).await?;
    let names: BTreeSet<SkillName> = modules.names().into_iter().collect();
    let standing = |name: &SkillName| {
        let module = runner.registry().active(name)?;
        let operator = config.grant(name.as_str()).clone();
        Some(Standing { asked: module.rights.clone(), operator, modules: modules.installed(name) })
    };
    let sequences = Sequences::load(config.sequences_dir.as_deref(), &names, &standing)?;
    Ok(Skills { runner: Arc::new(runner), names, sequences, modules: Some(modules) })
}

/// Starts the sandbox with the built skills, for work on a data folder beside a host.
///
/// # Errors
/// See [`BootError`].
pub fn sandbox(config: &Config, ids: &dyn Ids) -> Result<SandboxRunner, BootError> {
    let sandbox = open_sandbox(config, ids)?;
    let registry = Arc::new(Registry::new());
    load_skills(&config.skills_dir, &sandbox, &registry)?;
    Ok(SandboxRunner::new(sandbox, registry))
}

fn open_sandbox(config: &Config, ids: &dyn Ids) -> Result<Arc<Sandbox>, BootError> {
    let dir = config.data_dir.join(CACHE_DIR);
    data_dir(&dir)?;
    let key = skillhost_sandbox::key_file(&dir, ids.secret())?;
    let sandbox = Sandbox::new(SandboxConfig {
        concurrency: u32::try_from(config.jobs).unwrap_or(u32::MAX),
        cache: Some(CacheConfig { dir, key }),
    })?;
    Ok(Arc::new(sandbox.with_files(crate::outside::files(config)?)))
}

/// Builds the host. Nothing runs yet; see [`crate::driver::start`].
///
/// # Errors
/// See [`BootError`].
pub async fn build(config: Config, parts: Parts) -> Result<Arc<App>, BootError> {
    data_dir(&config.data_dir)?;
    crate::outside::sweep_scratch(&config)?;
    let store: Arc<dyn Store> = open_store(&config, Arc::clone(&parts.ids)).await?;
    let skills = sandboxed(&config, &parts, Arc::clone(&store)).await?;
    join(config, parts, skills, store)
}

/// Builds the host around these skills.
///
/// # Errors
/// See [`BootError`].
pub async fn assemble(config: Config, parts: Parts, skills: Skills) -> Result<Arc<App>, BootError> {
    let store: Arc<dyn Store> = open_store(&config, Arc::clone(&parts.ids)).await?;
    join(config, parts, skills, store)
}

fn join(config: Config, parts: Parts, skills: Skills, store: Arc<dyn Store>) -> Result<Arc<App>, BootError> {
    let Parts { clock, ids, fail_points } = parts;
    let binder = Binder::new(HostKey::new(host_key(&config, ids.as_ref())?));
    let slack = slack(&config)?;
    let files = Arc::new(StoredFiles::new(Arc::clone(&store), Arc::clone(&clock)));
    let sending = Arc::new(sending(&config, &store, &files)?);
    let inviter = Inviter::new(Arc::new(calendar(&config, &store)?), Arc::clone(&sending) as _);
    let mails: [Arc<dyn Performer>; 2] = [sending, Arc::new(inviter)];
    let mut performers: Vec<Arc<dyn Performer>> = Vec::new();
    for performer in mails {
        let (store, mailboxes) = (Arc::clone(&store), config.mailboxes.clone());
        performers.push(Arc::new(Filing { performer, store, mailboxes }));
    }
    if let Some(slack) = &slack {
        let people = SlackPeople::new(Arc::clone(&store), Arc::clone(slack), Arc::clone(&clock));
        performers.push(Arc::new(SlackChat::new(Arc::clone(slack), Arc::new(people))));
    }
    let fetcher = Arc::new(crate::outside::fetcher(&config)?);
    performers.push(Arc::new(HttpRequests::new(Arc::clone(&fetcher))));
    let models = Models::new(config.models.clone(), config.outside.fetch.roots.clone())
        .map_err(|error| BootError::Connector { what: "the models", message: error.to_string() })?;
    let providers = Providers::new(&config, &store)
        .map_err(|error| BootError::Connector { what: "a provider", message: error.to_string() })?;
    let calendars = Places::open(config.calendars.folder.as_deref(), &config.outside.fetch)
        .map_err(|error| BootError::Connector { what: "calendars", message: error.to_string() })?;
    let limits = config.vendors.clone().into_iter().chain(providers.limits()).collect();
    let vendors = Arc::new(Vendors::new(Arc::clone(&store), Arc::clone(&clock), limits));
    let boot_id = ids.fresh("boot");
    let jobs = config.jobs;
    Ok(Arc::new(App {
        config,
        store,
        clock,
        ids,
        skills: skills.runner,
        skill_names: skills.names.into_iter().collect(),
        modules: skills.modules,
        sequences: skills.sequences,
        binder,
        performers,
        vendors,
        fetcher,
        models,
        providers,
        calendars,
        slack,
        wake: Wake::default(),
        boot_id,
        fail_points,
        slots: Arc::new(Semaphore::new(jobs)),
        running: Running::default(),
        backlog: tokio::sync::Mutex::default(),
        calls: CallCounts::default(),
        loads: Arc::default(),
        archiving: tokio::sync::Mutex::new(()),
        mail_gate: tokio::sync::Mutex::default(),
        posts: crate::cards::Posts::default(),
        mailboxes: Mailboxes::default(),
        marked: crate::reports::Marked::default(),
        unknown_zones: crate::zones::UnknownZones::default(),
        tasks: TaskTracker::new(),
        signs_of_life: TaskTracker::new(),
    }))
}

fn slack(config: &Config) -> Result<Option<Arc<SlackClient>>, BootError> {
    let Some(slack) = &config.slack else { return Ok(None) };
    SlackClient::new(&slack.base_url, slack.token.clone())
        .map(|client| Some(Arc::new(client)))
        .map_err(|error| BootError::Connector { what: "Slack", message: error.to_string() })
}

fn calendar(config: &Config, store: &Arc<dyn Store>) -> Result<UserCalendars, BootError> {
    let path = config.data_dir.join(CALENDAR_DIR);
    data_dir(&path)?;
    let folder = FolderCalendar::open(&path)
        .map_err(|error| BootError::Connector { what: "the calendar folder", message: error.to_string() })?;
    Ok(UserCalendars { servers: config.caldav.clone(), folder, store: Arc::clone(store) })
}

fn sending(config: &Config, store: &Arc<dyn Store>, files: &Arc<StoredFiles>) -> Result<Sending, BootError> {
    let refuse = |message: String| BootError::Connector { what: "mail", message };
    let smtp = |settings: &SmtpSettings| {
        let mailer = SmtpMailer::new(settings.clone()).map_err(|error| refuse(error.to_string()))?;
        Ok::<_, BootError>(mailer.with_files(Arc::clone(files) as _))
    };
    let host: Arc<dyn Way> = match &config.mail {
        MailConfig::Folder => {
            let path = config.data_dir.join(MAIL_DIR);
            data_dir(&path)?;
            let mailer = FolderMailer::open(&path)
                .map_err(|error| BootError::Connector { what: "the mail folder", message: error.to_string() })?;
            Arc::new(mailer.with_files(Arc::clone(files) as _))
        }
        MailConfig::Smtp { host, port, security, user, password } => Arc::new(smtp(&SmtpSettings {
            host: host.clone(),
            port: *port,
            security: security.clone(),
            user: user.clone(),
            password: password.clone(),
            roots: config.outside.fetch.roots.clone(),
        })?),
    };
    let mut own = Vec::new();
    for mailbox in &config.mailboxes {
        if let Some(settings) = &mailbox.smtp {
            own.push(OwnServer { mailbox: Arc::clone(mailbox), smtp: smtp(settings)? });
        }
    }
    Ok(Sending { own, host, store: Arc::clone(store) })
}
