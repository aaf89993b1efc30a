//! `database`: a file of the data folder, or a Postgres by its URL.

use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::ConfigError;

/// How much of a connection is protected. The library behind has one more, `allow`,
/// which never asks for encryption and sounds as if it did.
const SSL_MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/// What holds events, jobs and everything else.
#[derive(Debug)]
pub enum Database {
    /// A file of the data folder.
    Folder,
    /// A Postgres database, by its URL with the password in it.
    Postgres(SecretString),
}

impl Database {
    /// Reads `database`; the password stands apart, so that the file of settings
    /// holds no secret.
    pub(super) fn of(url: Option<&str>, password: Option<&SecretString>) -> Result<Self, ConfigError> {
        let refuse = |message: &str| Err(refused(message.to_owned()));
        let Some(text) = url else { return Ok(Self::Folder) };
        let Ok(mut url) = Url::parse(text) else { return refuse("is a URL like postgres://user@host/name") };
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return refuse("is a URL like postgres://user@host/name; without it a file of the data folder is used");
        }
        if url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password") {
            return refuse("holds no password; set SKILLHOST_DATABASE_PASSWORD to it");
        }
        protect(&mut url)?;
        if let Some(password) = password
            && url.set_password(Some(password.expose_secret())).is_err()
        {
            return refuse("names no host that a password could be for");
        }
        Ok(Self::Postgres(SecretString::from(String::from(url))))
    }
}

fn refused(message: String) -> ConfigError {
    ConfigError::OutOfRange { field: "database", message }
}

/// What the URL says of TLS is what happens: an authority that is named is asked.
fn protect(url: &mut Url) -> Result<(), ConfigError> {
    let pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let last = |names: &[&str]| pairs.iter().rev().find(|(name, _)| names.contains(&name.as_str())).map(|(_, is)| is);
    let mode = last(&["sslmode", "ssl-mode"]).map(|mode| mode.to_ascii_lowercase());
    if let Some(mode) = &mode
        && !SSL_MODES.contains(&mode.as_str())
    {
        return Err(refused(format!("has sslmode={mode}, which is one of {}", SSL_MODES.join(", "))));
    }
    let Some(root) = last(&["sslrootcert", "ssl-root-cert", "ssl-ca"]) else { return Ok(()) };
    if !Path::new(root).is_file() {
        return Err(refused(format!("has sslrootcert={root}, and there is no such file")));
    }
    match mode.as_deref() {
        Some("verify-ca" | "verify-full") => Ok(()),
        // As Postgres' own clients have it.
        Some("require") => {
            let kept = pairs.iter().filter(|(name, _)| !matches!(name.as_str(), "sslmode" | "ssl-mode"));
            url.query_pairs_mut().clear().extend_pairs(kept).append_pair("sslmode", "verify-ca");
            Ok(())
        }
        _ => {
            Err(refused("names an authority in `sslrootcert` and does not ask it: add sslmode=verify-full".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(url: &str) -> Result<String, String> {
        let password = SecretString::from("hunter2");
        match Database::of(Some(url), Some(&password)) {
            Ok(Database::Postgres(url)) => Ok(url.expose_secret().to_owned()),
            Ok(Database::Folder) => panic!("it is a Postgres"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn an_authority_that_is_named_is_asked() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let root = file.path().display().to_string();
        for mode in SSL_MODES {
            assert_eq!(
                read(&format!("postgres://a@h/d?sslmode={mode}")).unwrap(),
                format!("postgres://a:hunter2@h/d?sslmode={mode}")
            );
        }
        for mode in ["verify-ca", "verify-full"] {
            assert!(read(&format!("postgres://a@h/d?sslmode={mode}&sslrootcert={root}")).is_ok());
        }
        let strict = read(&format!("postgres://a@h/d?sslmode=require&sslrootcert={root}&options=-cx")).unwrap();
        assert!(strict.ends_with("options=-cx&sslmode=verify-ca") && !strict.contains("require"), "{strict}");
        for (query, says) in [
            ("sslmode=allow".to_owned(), "which is one of disable, prefer"),
            ("sslmode=verify_full".to_owned(), "verify-full"),
            (format!("sslrootcert={root}"), "add sslmode=verify-full"),
            (format!("sslmode=prefer&sslrootcert={root}"), "add sslmode=verify-full"),
            ("sslmode=verify-full&sslrootcert=/nowhere/ca.pem".to_owned(), "there is no such file"),
        ] {
            let error = read(&format!("postgres://a@h/d?{query}")).unwrap_err();
            assert!(error.starts_with("database: ") && error.contains(says), "{query}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
