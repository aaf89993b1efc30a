//! Settings of what skills may reach outside: addresses, directories, secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::egress::fetch::{DEFAULT_FETCH_BYTES, DEFAULT_FETCH_TIMEOUT, FetchConfig};
use skillhost_connectors::egress::secret::BoundSecret;
use skillhost_engine::limits::MAX_WALL_MS;
use skillhost_engine::rights::{Grant, Right};
use skillhost_sandbox::FilesConfig;

use super::ConfigError;

/// Largest body that an operator may let a skill fetch: what a host with all its
/// slots busy can hold.
const MAX_FETCH_BYTES: usize = 16 * 1024 * 1024;

/// `[egress]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EgressFile {
    /// `address:port` of services that are not on the public internet.
    allow_private: BTreeSet<SocketAddr>,
    timeout_ms: Option<u64>,
    max_bytes: Option<usize>,
    /// PEM file of further certificate authorities.
    roots: Option<PathBuf>,
}

/// `[secrets.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretFile {
    host: String,
    header: String,
    env: String,
}

/// What skills may reach outside, where a right lets them.
#[derive(Debug, Default)]
pub struct Outside {
    /// Bounds of fetches.
    pub fetch: FetchConfig,
    /// Directories by the name of their right.
    pub files: BTreeMap<String, PathBuf>,
    /// Secrets by the name of theirs.
    pub secrets: BTreeMap<String, BoundSecret>,
}

impl Outside {
    /// From the file, with secrets from where `read` finds them.
    pub(super) fn of(
        egress: EgressFile,
        files: BTreeMap<String, PathBuf>,
        secrets: BTreeMap<String, SecretFile>,
        read: impl Fn(&str) -> Option<SecretString>,
    ) -> Result<Self, ConfigError> {
        let range = |field, message: String| ConfigError::OutOfRange { field, message };
        let timeout = egress.timeout_ms.map_or(DEFAULT_FETCH_TIMEOUT, Duration::from_millis);
        if timeout.is_zero() || timeout > Duration::from_millis(MAX_WALL_MS) {
            return Err(range("egress.timeout_ms", format!("is 1 to {MAX_WALL_MS}")));
        }
        let max_bytes = egress.max_bytes.unwrap_or(DEFAULT_FETCH_BYTES);
        if !(1..=MAX_FETCH_BYTES).contains(&max_bytes) {
            return Err(range("egress.max_bytes", format!("is 1 to {MAX_FETCH_BYTES}")));
        }
        for (name, path) in &files {
            let exact = format!("fs:{name}").parse::<Right>().is_ok_and(|right| right.is_exact());
            if !exact || FilesConfig::is_scratch(name) {
                return Err(range(
                    "files",
                    format!(
                        "`{name}` is not the name of a directory; use a to z, 0 to 9, - and _, and leave `scratch` to the host"
                    ),
                ));
            }
            if !path.is_dir() {
                return Err(range("files", format!("`{name}`: {} is not a directory", path.display())));
            }
        }
        let mut bound = BTreeMap::new();
        for (name, SecretFile { host, header, env }) in secrets {
            if !format!("secret:{name}").parse::<Right>().is_ok_and(|right| right.is_exact()) {
                return Err(range("secrets", format!("`{name}` is not a name; use a to z, 0 to 9, - and _")));
            }
            let value = read(&env).ok_or_else(|| {
                range("secrets", format!("`{name}`: neither the environment nor the file of secrets has {env}"))
            })?;
            bound.insert(name, BoundSecret { host, header, value });
        }
        let roots = match egress.roots {
            Some(path) => {
                let text =
                    std::fs::read(&path).map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
                ExtraRoots::from_pem(&text)
                    .map_err(|error| range("egress.roots", format!("{}: {error}", path.display())))?
            }
            None => ExtraRoots::default(),
        };
        let fetch = FetchConfig { allow_private: egress.allow_private, timeout, max_bytes, roots };
        Ok(Self { fetch, files, secrets: bound })
    }

    /// Every directory and secret that is granted by name is there.
    pub(super) fn check_grants<'a>(
        &self,
        grants: impl Iterator<Item = (&'a String, &'a Grant)>,
    ) -> Result<(), ConfigError> {
        for (skill, grant) in grants {
            let Grant::Only(rights) = grant else { continue };
            for right in rights.iter().filter(|right| right.is_exact()) {
                let (there, section) = match right {
                    Right::Fs(name) => (FilesConfig::is_scratch(name) || self.files.contains_key(name), "[files]"),
                    Right::Secret(name) => (self.secrets.contains_key(name), "[secrets]"),
                    _ => continue,
                };
                if !there {
                    let message = format!("\"{skill}\" is granted `{right}`, which {section} does not have");
                    return Err(ConfigError::OutOfRange { field: "grants", message });
                }
            }
        }
        Ok(())
    }
}
