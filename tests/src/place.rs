//! Where hosts of a test keep what they know: on SQLite or on Postgres, so that one
//! body of a test runs over both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skillhost_engine::binding::{Binder, HostKey};
use skillhost_engine::store::Store;
use skillhost_store::{PostgresOptions, PostgresStore, SqliteStore, StoreOptions};
use tempfile::TempDir;

use crate::postgres;
use crate::process::Host;
use crate::smtp_server::SmtpServer;

/// The key that every host on one database has.
const HOST_KEY: [u8; 32] = *b"key of the hosts of these tests.";

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of the host's own.
    Sqlite,
    /// A server that hosts share.
    Postgres,
}

impl Database {
    /// A word for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A fresh database, and a data folder for each host on it.
pub struct Place {
    /// Which it is.
    pub database: Database,
    /// The URL of Postgres.
    url: Option<String>,
    folders: Vec<TempDir>,
    environment: Vec<(String, String)>,
}

impl Place {
    /// One with room for so many hosts.
    ///
    /// # Panics
    /// There is no room, or more than one host is to be on SQLite.
    pub async fn fresh(database: Database, hosts: usize) -> Self {
        assert!(hosts == 1 || database == Database::Postgres, "one host has its SQLite for itself");
        let url = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(postgres::database().await),
        };
        let folder = |_| tempfile::tempdir().unwrap_or_else(|error| panic!("no data folder: {error}"));
        let environment = vec![("SKILLHOST_HOST_KEY".to_owned(), hex::encode(HOST_KEY))];
        Self { database, url, folders: (0..hosts).map(folder).collect(), environment }
    }

    /// How many hosts it has room for.
    pub fn hosts(&self) -> usize {
        self.folders.len()
    }

    /// The data folder of a host.
    ///
    /// # Panics
    /// There is no such host.
    pub fn folder(&self, host: usize) -> &Path {
        match self.folders.get(host) {
            Some(folder) => folder.path(),
            None => panic!("there is no host {host}"),
        }
    }

    /// The URL of Postgres.
    ///
    /// # Panics
    /// It is on SQLite.
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or_else(|| panic!("there is no server"))
    }

    /// What every host gets from its environment besides.
    pub fn environment(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Writes the settings of every host: the database, more, and mail to this server.
    ///
    /// # Panics
    /// They cannot be written.
    pub fn settings(&self, more: &str, smtp: Option<&SmtpServer>) {
        for host in 0..self.hosts() {
            self.settings_of(host, self.url.as_deref(), more, smtp);
        }
    }

    /// Writes one host's, who knows the database by another address.
    ///
    /// # Panics
    /// They cannot be written.
    pub fn settings_of(&self, host: usize, url: Option<&str>, more: &str, smtp: Option<&SmtpServer>) {
        let database = url.map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
        let mail = smtp.map(|smtp| smtp.port);
        let mail = mail.map(|port| format!("[smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n"));
        let mail = mail.unwrap_or_default();
        let written = std::fs::write(self.folder(host).join("skillhost.toml"), format!("{database}{more}{mail}"));
        written.unwrap_or_else(|error| panic!("the settings cannot be written: {error}"));
    }

    /// Starts a host with the shipped skills.
    ///
    /// # Panics
    /// It does not start.
    pub fn start(&self, host: usize, arguments: &[&str]) -> Host {
        Host::start(self.folder(host), arguments, &self.variables())
    }

    /// What [`Place::environment`] and the key come to.
    pub fn variables(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// What its hosts bind with.
    pub fn binder(&self) -> Binder {
        Binder::new(HostKey::new(HOST_KEY))
    }

    /// The file of SQLite.
    pub fn file(&self) -> PathBuf {
        self.folder(0).join("skillhost.db")
    }

    /// The database beside its hosts, to look at; texts stay sealed.
    ///
    /// # Panics
    /// It does not open.
    pub async fn store(&self) -> Arc<dyn Store> {
        match &self.url {
            Some(url) => match Box::pin(PostgresStore::open(url, PostgresOptions::default())).await {
                Ok(store) => Arc::new(store),
                Err(error) => panic!("the database does not open: {error}"),
            },
            None => match Box::pin(SqliteStore::open(&self.file(), StoreOptions::default())).await {
                Ok(store) => Arc::new(store),
                Err(error) => panic!("the database does not open: {error}"),
            },
        }
    }
}
