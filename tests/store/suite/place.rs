//! Where a store keeps what it is given, to be opened there again.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use skillhost_engine::store::Store;
use skillhost_store::{PostgresOptions, PostgresStore, SqliteStore, StoreOptions, VaultKey};
use tempfile::TempDir;

use super::super::Database;
use super::super::server::Server;
use super::made::Counter;

/// A place that is empty at first.
pub struct Place {
    /// A folder, or the URL of a database.
    pub address: String,
    pub folder: Option<TempDir>,
}

impl Place {
    pub async fn fresh() -> Self {
        match super::DATABASE {
            Database::Sqlite => {
                let folder = TempDir::new().unwrap();
                Self { address: folder.path().to_str().unwrap().to_owned(), folder: Some(folder) }
            }
            Database::Postgres => Self { address: Server::shared().database().await, folder: None },
        }
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        open(&self.address, None).await
    }
}

/// Opens a store; one without a key of its own gets that of these tests.
pub async fn open(address: &str, vault: Option<VaultKey>) -> Arc<dyn Store> {
    let key = || VaultKey::new(&[1; 32], Arc::new(Counter(AtomicU64::new(1)))).unwrap();
    open_with(address, Some(vault.unwrap_or_else(key))).await
}

pub async fn open_with(address: &str, vault: Option<VaultKey>) -> Arc<dyn Store> {
    match super::DATABASE {
        Database::Sqlite => {
            let path = std::path::Path::new(address).join("skillhost.db");
            let options = StoreOptions { vault, ..StoreOptions::default() };
            Arc::new(SqliteStore::open(path, options).await.unwrap())
        }
        Database::Postgres => {
            let options = PostgresOptions { vault, ..PostgresOptions::default() };
            Arc::new(PostgresStore::open(address, options).await.unwrap())
        }
    }
}

/// The name of a test of this module as the test binary knows it.
pub fn exact(module: &str, test: &str) -> String {
    let (_, module) = module.split_once("::").unwrap();
    format!("{module}::{test}")
}
