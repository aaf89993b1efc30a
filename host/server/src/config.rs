//! Settings: an optional `skillhost.toml`, the environment for secrets, and
//! defaults that need neither. The only module that reads the environment.
//!
//! To add a setting, add a field to its section with a default and a reason, a
//! line in `docs/configuration.md`, and a check in [`Config::validate`].

#![allow(clippy::disallowed_methods)] // the one place that reads the environment

mod caldav;
mod calendars;
mod database;
mod host;
mod mailboxes;
mod meetingbaas;
mod models;
mod outside;
mod providers;
pub mod secret_source;
mod vendors;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use skillhost_connectors::egress::artifact::ArtifactRules;
use skillhost_connectors::models::Target;
use skillhost_engine::approval::{DEFAULT_UNDO_MS, MAX_UNDO_MS, MIN_UNDO_MS};
use skillhost_engine::archive::{DEFAULT_JOBS_DAYS, MAX_JOBS_DAYS, MIN_JOBS_DAYS};
use skillhost_engine::backlog::{DEFAULT_OPEN_JOBS, MAX_OPEN_JOBS};
use skillhost_engine::body::{DAY_MS, DEFAULT_RETENTION_DAYS};
use skillhost_engine::canary::Thresholds;
use skillhost_engine::limits::{CEILING, CallLimits, DEFAULT_JOB_FUEL, MAX_WALL_MS};
use skillhost_engine::price::PriceTable;
use skillhost_engine::rights::{Grant, Right};
use skillhost_sandbox::{DEFAULT_ORG_CALLS, DEFAULT_SKILL_CALLS};

use crate::replay::{MAX_LAST, RequireTry};

pub use caldav::CaldavConfig;
pub use calendars::CalendarConfig;
pub use database::Database;
pub use host::HostConfig;
pub use mailboxes::MailboxConfig;
pub use models::shipped_prices;
pub use outside::Outside;
use outside::{EgressFile, SecretFile};
pub use providers::{HttpConfig, ProviderConfig};
use secret_source::{SecretFileError, SecretSource};
pub use vendors::VendorLimits;

/// What the skills that ship are granted where the file says nothing of them.
const SHIPPED_GRANTS: &str = include_str!("../grants.toml");
/// Port of `serve`.
pub const DEFAULT_PORT: u16 = 8787;
/// Jobs that run at once; a parked job takes none of these.
pub const DEFAULT_JOBS: usize = 64;
/// Most jobs that may run at once: pools of the sandbox are sized by it.
pub const MAX_JOBS: usize = 512;
/// Mails a rep may send a day, and the highest value an operator may set.
pub const DEFAULT_MAILS_A_DAY: u64 = 50;
/// The ceiling of [`DEFAULT_MAILS_A_DAY`].
pub const MAX_MAILS_A_DAY: u64 = 200;

/// Most days that texts are kept: what was read of a person three years ago
/// serves no trial of a new version.
pub const MAX_RETENTION_DAYS: u32 = 1095;

/// Why settings were not taken. Each says what to change.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}: {message}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// With line and column.
        message: String,
    },
    /// The encrypted file of secrets is of no use.
    #[error(transparent)]
    Secrets(#[from] SecretFileError),
    /// A class of models is not what it should be.
    #[error("models.{class}: {message}")]
    Model {
        /// Which.
        class: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A calendar on a server is not what it should be.
    #[error("caldav.{calendar}: {message}")]
    Caldav {
        /// Its name in the file.
        calendar: String,
        /// What is wrong.
        message: String,
    },
    /// A mailbox is not what it should be.
    #[error("mailboxes.{mailbox}: {message}")]
    Mailbox {
        /// Which.
        mailbox: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A vendor's limits are not what they should be.
    #[error("vendors.{vendor}: {message}")]
    Vendor {
        /// Which.
        vendor: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A provider is not what it should be.
    #[error("providers.{source_name}: {message}")]
    Provider {
        /// Of which source.
        source_name: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A value is out of its range.
    #[error("{field}: {message}")]
    OutOfRange {
        /// Which.
        field: &'static str,
        /// What is allowed.
        message: String,
    },
}

/// All settings.
#[derive(Debug)]
pub struct Config {
    /// Where database, keys, mails and caches live.
    pub data_dir: PathBuf,
    /// What holds events, jobs and everything else.
    pub database: Database,
    /// The key approvals are bound with, in place of the data folder's: every host on
    /// one database has the same.
    pub host_key: Option<SecretString>,
    /// Where built skills are.
    pub skills_dir: PathBuf,
    /// Where sequences are; `None` uses the ones that ship with the host.
    pub sequences_dir: Option<PathBuf>,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// How people reach this host, for links.
    pub public_url: Option<String>,
    /// Jobs that run at once.
    pub jobs: usize,
    /// Jobs that may be open at once, parked ones included.
    pub open_jobs: u32,
    /// Upper bound of the database's file, for tests that fill it.
    pub max_pages: Option<u32>,
    /// Undo window after an approved email, milliseconds.
    pub undo_ms: i64,
    /// Mails a rep may send a day.
    pub mails_a_day: u64,
    /// Days that inputs of calls and answers of doors are kept.
    pub retention_days: u32,
    /// Days after its end that a job stays in the database.
    pub jobs_days: u32,
    /// What a new version must pass on past calls before it may serve.
    pub require_try: Option<RequireTry>,
    /// What the operator grants, by skill, the shipped ones included; skills not
    /// named get the default.
    pub grants: BTreeMap<String, Grant>,
    /// What the operator grants to skills not named in `grants`.
    pub default_grant: Grant,
    /// What the operator allows in place of the host's ceiling, by skill or `*`.
    pub limits: BTreeMap<String, CallLimits>,
    /// Addresses, directories and secrets of skills.
    pub outside: Outside,
    /// Fuel a job, over all its calls.
    pub job_fuel: i64,
    /// The model behind each class.
    pub models: BTreeMap<String, Target>,
    /// What models cost.
    pub prices: PriceTable,
    /// How many calls one skill and one org may have under way.
    pub lanes: LaneConfig,
    /// How long this host is believed to be at work on what it holds.
    pub host: HostConfig,
    /// How often and how many at once each vendor is called.
    pub vendors: BTreeMap<String, VendorLimits>,
    /// Who answers a source of tier 3; the host itself where it is not named.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// How calendars are read.
    pub calendars: CalendarConfig,
    /// When a canary is taken back.
    pub canary: Thresholds,
    /// How mail leaves.
    pub mail: MailConfig,
    /// Calendars on servers.
    pub caldav: Vec<Arc<CaldavConfig>>,
    /// Mailboxes that are read.
    pub mailboxes: Vec<Arc<MailboxConfig>>,
    /// Slack, when a token is given.
    pub slack: Option<SlackConfig>,
    /// Signature secret of the MeetingBaaS account (`whsec_…`).
    pub meetingbaas_secret: Option<SecretString>,
    /// Where transcripts that a delivery of MeetingBaaS names may be.
    pub meetingbaas_artifacts: ArtifactRules,
}

/// Calls under way at once; waiting ones hold no slot of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LaneConfig {
    /// Of one skill.
    pub skill_calls: usize,
    /// Of one org.
    pub org_calls: usize,
}

impl Default for LaneConfig {
    fn default() -> Self {
        Self { skill_calls: DEFAULT_SKILL_CALLS, org_calls: DEFAULT_ORG_CALLS }
    }
}

/// How mail leaves.
#[derive(Debug)]
pub enum MailConfig {
    /// As `.eml` files in `<data>/sent-mail`.
    Folder,
    /// Through a server.
    Smtp {
        /// Host name.
        host: String,
        /// Port.
        port: u16,
        /// `tls`, `starttls` or `none`.
        security: String,
        /// User name.
        user: Option<String>,
        /// From `SKILLHOST_SMTP_PASSWORD`.
        password: Option<SecretString>,
    },
}

/// Slack.
#[derive(Debug)]
pub struct SlackConfig {
    /// `https://slack.com/api` unless a test says otherwise.
    pub base_url: String,
    /// From `SKILLHOST_SLACK_TOKEN`.
    pub token: SecretString,
    /// From `SKILLHOST_SLACK_SIGNING_SECRET`.
    pub signing_secret: SecretString,
}

/// The file, with everything optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data_dir: Option<PathBuf>,
    database: Option<String>,
    skills_dir: Option<PathBuf>,
    sequences_dir: Option<PathBuf>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    jobs: Option<usize>,
    open_jobs: Option<u32>,
    undo_seconds: Option<i64>,
    mails_a_day: Option<u64>,
    retention_days: Option<u32>,
    retention: RetentionFile,
    swap: SwapFile,
    /// Skill name (or `*`) → rights.
    grants: BTreeMap<String, Vec<Right>>,
    /// Skill name (or `*`) → ceilings.
    limits: BTreeMap<String, CallLimits>,
    egress: EgressFile,
    /// Name → directory.
    files: BTreeMap<String, PathBuf>,
    secrets: BTreeMap<String, SecretFile>,
    /// Encrypted with age.
    secrets_file: Option<PathBuf>,
    /// The key for it.
    identity_file: Option<PathBuf>,
    job_fuel: Option<i64>,
    /// Class → model.
    models: BTreeMap<String, models::ModelFile>,
    /// Provider → model → price, over those that ship.
    prices: models::PricesFile,
    lanes: LaneConfig,
    host: HostConfig,
    /// Connector, provider of models, or host → limits.
    vendors: BTreeMap<String, vendors::VendorFile>,
    /// Source → who answers it.
    providers: BTreeMap<String, providers::ProviderFile>,
    calendars: CalendarConfig,
    canary: Thresholds,
    smtp: Option<SmtpFile>,
    /// Name → calendar on a server.
    caldav: BTreeMap<String, caldav::CaldavFile>,
    /// Name → mailbox.
    mailboxes: BTreeMap<String, mailboxes::MailboxFile>,
    slack: SlackFile,
    meetingbaas: meetingbaas::MeetingBaasFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SmtpFile {
    host: String,
    port: Option<u16>,
    #[serde(default)]
    security: Option<String>,
    user: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SlackFile {
    base_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RetentionFile {
    jobs_days: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SwapFile {
    require_try: Option<RequireTry>,
}

/// What the command line says over the file.
#[derive(Debug, Default)]
pub struct Overrides {
    /// URL of a Postgres database, without its password.
    pub database: Option<String>,
    /// `--data`.
    pub data_dir: Option<PathBuf>,
    /// `--skills`.
    pub skills_dir: Option<PathBuf>,
    /// `--sequences`.
    pub sequences_dir: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--undo-seconds`.
    pub undo_seconds: Option<i64>,
    /// `--max-pages`.
    pub max_pages: Option<u32>,
}

/// Rights by skill.
///
/// # Errors
/// The table that ships is damaged, which its test excludes.
pub fn shipped_grants() -> Result<BTreeMap<String, Vec<Right>>, ConfigError> {
    toml::from_str(SHIPPED_GRANTS)
        .map_err(|error| ConfigError::Malformed { path: PathBuf::from("grants.toml"), message: error.to_string() })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the encrypted file of secrets is, and its key.
#[derive(Debug, Default)]
pub struct SecretPlaces {
    /// `secrets_file`.
    pub file: Option<PathBuf>,
    /// `identity_file`.
    pub identity: Option<PathBuf>,
}

/// What the settings say of the file of secrets, which need not be there yet.
///
/// # Errors
/// As of [`Config::load`], for the file of settings.
pub fn secret_places(path: Option<&Path>) -> Result<SecretPlaces, ConfigError> {
    let file = File::read(path)?;
    Ok(SecretPlaces { file: file.secrets_file, identity: file.identity_file })
}

impl File {
    /// `path`, or `./skillhost.toml` where it exists, or nothing said.
    fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let default = Path::new("skillhost.toml");
        let Some(path) = path.or_else(|| default.exists().then_some(default)) else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|error| ConfigError::Malformed { path: path.to_owned(), message: error.to_string() })
    }
}

impl Config {
    /// Reads `path` (or `./skillhost.toml` where it exists), then the
    /// environment, then the command line's overrides.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or a value out of range; the
    /// message names file, line and field.
    pub fn load(path: Option<&Path>, over: Overrides) -> Result<Self, ConfigError> {
        let file = File::read(path)?;
        let secrets = SecretSource::open(file.secrets_file.as_deref(), file.identity_file.as_deref())?;
        let secret = |name: &str| secrets.get(name);
        let mut grants: BTreeMap<String, Grant> = shipped_grants()?
            .into_iter()
            .chain(file.grants)
            .map(|(skill, rights)| (skill, Grant::Only(rights.into_iter().collect())))
            .collect();
        let prices = models::prices(file.prices)?;
        let outside = Outside::of(file.egress, file.files, file.secrets, secret)?;
        let config = Self {
            caldav: caldav::calendars(file.caldav, &outside.fetch.roots, secret)?,
            mailboxes: mailboxes::mailboxes(file.mailboxes, &outside.fetch.roots, secret)?,
            job_fuel: file.job_fuel.unwrap_or(DEFAULT_JOB_FUEL),
            models: models::targets(file.models, &prices, &secret)?,
            prices,
            database: Database::of(
                over.database.as_deref().or(file.database.as_deref()),
                secret("SKILLHOST_DATABASE_PASSWORD").as_ref(),
            )?,
            host_key: secret("SKILLHOST_HOST_KEY"),
            data_dir: over.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from("var")),
            skills_dir: over.skills_dir.or(file.skills_dir).unwrap_or_else(|| PathBuf::from("dist")),
            sequences_dir: over.sequences_dir.or(file.sequences_dir),
            listen: over
                .listen
                .or(file.listen)
                .unwrap_or_else(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT)),
            public_url: file.public_url,
            jobs: file.jobs.unwrap_or(DEFAULT_JOBS),
            max_pages: over.max_pages,
            open_jobs: file.open_jobs.unwrap_or(DEFAULT_OPEN_JOBS),
            undo_ms: over
                .undo_seconds
                .or(file.undo_seconds)
                .map_or(DEFAULT_UNDO_MS, |seconds| seconds.saturating_mul(1000)),
            mails_a_day: file.mails_a_day.unwrap_or(DEFAULT_MAILS_A_DAY),
            retention_days: file.retention_days.unwrap_or(DEFAULT_RETENTION_DAYS),
            jobs_days: file.retention.jobs_days.unwrap_or(DEFAULT_JOBS_DAYS),
            require_try: file.swap.require_try,
            default_grant: grants.remove("*").unwrap_or_else(|| Grant::Only(BTreeSet::new())),
            grants,
            limits: file.limits,
            outside,
            lanes: file.lanes,
            host: file.host,
            vendors: vendors::limits(file.vendors)?,
            providers: providers::providers(file.providers)?,
            calendars: file.calendars,
            canary: file.canary,
            mail: match file.smtp {
                None => MailConfig::Folder,
                Some(smtp) => MailConfig::Smtp {
                    port: smtp.port.unwrap_or(587),
                    security: smtp.security.unwrap_or_else(|| "starttls".to_owned()),
                    host: smtp.host,
                    user: smtp.user,
                    password: secret("SKILLHOST_SMTP_PASSWORD"),
                },
            },
            slack: secret("SKILLHOST_SLACK_TOKEN").zip(secret("SKILLHOST_SLACK_SIGNING_SECRET")).map(
                |(token, signing_secret)| SlackConfig {
                    base_url: file.slack.base_url.unwrap_or_else(|| "https://slack.com/api".to_owned()),
                    token,
                    signing_secret,
                },
            ),
            meetingbaas_secret: secret("SKILLHOST_MEETINGBAAS_SECRET"),
            meetingbaas_artifacts: file.meetingbaas.rules()?,
        };
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let everybody = "*".to_owned();
        self.host.validate()?;
        self.calendars.validate()?;
        self.outside.check_grants(self.grants.iter().chain([(&everybody, &self.default_grant)]))?;
        let range = |field, ok: bool, message: String| {
            if ok { Ok(()) } else { Err(ConfigError::OutOfRange { field, message }) }
        };
        range("jobs", (1..=MAX_JOBS).contains(&self.jobs), format!("is 1 to {MAX_JOBS}"))?;
        range("open_jobs", (1..=MAX_OPEN_JOBS).contains(&self.open_jobs), format!("is 1 to {MAX_OPEN_JOBS}"))?;
        range(
            "undo_seconds",
            (MIN_UNDO_MS..=MAX_UNDO_MS).contains(&self.undo_ms),
            format!("is {} to {}; an approved email can always be undone", MIN_UNDO_MS / 1000, MAX_UNDO_MS / 1000),
        )?;
        range(
            "swap.require_try.last",
            self.require_try.as_ref().is_none_or(|policy| (1..=MAX_LAST).contains(&policy.last)),
            format!("is 1 to {MAX_LAST}"),
        )?;
        range(
            "retention_days",
            (1..=MAX_RETENTION_DAYS).contains(&self.retention_days),
            format!("is 1 to {MAX_RETENTION_DAYS}"),
        )?;
        range(
            "retention.jobs_days",
            (MIN_JOBS_DAYS..=MAX_JOBS_DAYS).contains(&self.jobs_days),
            format!("is {MIN_JOBS_DAYS} to {MAX_JOBS_DAYS}"),
        )?;
        range(
            "lanes",
            [self.lanes.skill_calls, self.lanes.org_calls].iter().all(|calls| (1..=MAX_JOBS).contains(calls)),
            format!("`skill_calls` and `org_calls` are 1 to {MAX_JOBS}"),
        )?;
        range("mails_a_day", (1..=MAX_MAILS_A_DAY).contains(&self.mails_a_day), format!("is 1 to {MAX_MAILS_A_DAY}"))?;
        range("job_fuel", self.job_fuel > 0, "is more than 0".to_owned())?;
        range(
            "limits.wall_ms",
            self.limits.values().all(|limits| limits.wall_ms.is_none_or(|ms| (1..=MAX_WALL_MS).contains(&ms))),
            format!("is 1 to {MAX_WALL_MS}"),
        )?;
        if let MailConfig::Smtp { security, .. } = &self.mail {
            range(
                "smtp.security",
                matches!(security.as_str(), "tls" | "starttls" | "none"),
                "is tls, starttls or none".to_owned(),
            )?;
        }
        Ok(())
    }

    /// The most a call of a skill may take.
    pub fn ceiling(&self, skill: &str) -> CallLimits {
        let none = CallLimits::default();
        let of = |name: &str| self.limits.get(name).unwrap_or(&none);
        of(skill).or(of("*")).or(&CEILING)
    }

    /// How long inputs of calls and answers of doors are kept.
    pub fn retention_ms(&self) -> i64 {
        i64::from(self.retention_days) * DAY_MS
    }

    /// What the operator grants a skill.
    pub fn grant(&self, skill: &str) -> &Grant {
        self.grants.get(skill).unwrap_or(&self.default_grant)
    }
}

/// `RUST_LOG`, where it is set.
pub fn log_filter() -> Option<String> {
    variable("RUST_LOG")
}

/// How guests are compiled: `SKILLHOST_GUEST_CARGO` and `SKILLHOST_GUEST_TARGET`.
pub fn guest_build() -> crate::build::BuildSettings {
    let path = |name: &str| variable(name).map(PathBuf::from);
    crate::build::BuildSettings { cargo: path("SKILLHOST_GUEST_CARGO"), target: path("SKILLHOST_GUEST_TARGET") }
}
