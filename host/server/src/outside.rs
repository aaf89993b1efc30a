//! What skills reach outside, set up from the settings.

use skillhost_connectors::egress::fetch::Fetcher;
use skillhost_connectors::egress::secret::Secrets;
use skillhost_sandbox::FilesConfig;

use crate::boot::{BootError, data_dir};
use crate::config::Config;

/// Folder of scratch directories, in the data folder.
const SCRATCH_DIR: &str = "scratch";

/// The client for skills' requests.
pub(crate) fn fetcher(config: &Config) -> Result<Fetcher, BootError> {
    let secrets = Secrets::new(config.outside.secrets.clone())
        .map_err(|(name, error)| BootError::Connector { what: "a secret", message: format!("`{name}`: {error}") })?;
    Fetcher::new(config.outside.fetch.clone(), secrets)
        .map_err(|error| BootError::Connector { what: "fetching", message: error.to_string() })
}

/// Removes what a killed host left of its calls' scratch directories. For the
/// host that serves: other commands share the folder with it.
pub(crate) fn sweep_scratch(config: &Config) -> Result<(), BootError> {
    let path = config.data_dir.join(SCRATCH_DIR);
    match std::fs::remove_dir_all(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(BootError::Data { path, source }),
        _ => Ok(()),
    }
}

/// The directories behind `fs:` rights.
pub(crate) fn files(config: &Config) -> Result<FilesConfig, BootError> {
    let scratch = config.data_dir.join(SCRATCH_DIR);
    data_dir(&scratch)?;
    Ok(FilesConfig { scratch: Some(scratch), named: config.outside.files.clone() })
}
