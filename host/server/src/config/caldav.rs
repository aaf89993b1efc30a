//! `[caldav]`: the calendars that the host reads from servers and puts events into.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use skillhost_connectors::calendar::caldav::{CaldavClient, CaldavSettings, SignIn};
use skillhost_connectors::egress::ExtraRoots;
use url::Url;

use super::ConfigError;

/// A calendar on a server.
#[derive(Clone, Debug)]
pub struct CaldavConfig {
    /// What the operator calls it, and the `external_id` of the connection that says whose
    /// it is.
    pub name: String,
    /// Asks the server.
    pub client: CaldavClient,
    /// The calendar's name on the server; its first one where nothing is said.
    pub calendar: Option<String>,
    /// Whether events that are agreed on are put there.
    pub invites: bool,
}

/// `[caldav.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaldavFile {
    url: String,
    /// User name; without one the secret is a token.
    login: Option<String>,
    /// Variable of the password or the token.
    password_env: Option<String>,
    calendar: Option<String>,
    invites: Option<bool>,
}

/// The variable of the password where the file names none.
fn variable(name: &str) -> String {
    format!("SKILLHOST_CALDAV_{}_PASSWORD", name.to_uppercase().replace('-', "_"))
}

/// Calendars by the names of the file, with passwords from where `read` finds them.
pub(super) fn calendars(
    file: BTreeMap<String, CaldavFile>,
    roots: &ExtraRoots,
    read: impl Fn(&str) -> Option<SecretString>,
) -> Result<Vec<Arc<CaldavConfig>>, ConfigError> {
    file.into_iter()
        .map(|(name, set)| {
            let refuse = |message: String| ConfigError::Caldav { calendar: name.clone(), message };
            let env = set.password_env.unwrap_or_else(|| variable(&name));
            let secret = read(&env)
                .ok_or_else(|| refuse(format!("neither the environment nor the file of secrets has {env}")))?;
            let sign_in = match set.login {
                Some(login) => SignIn::Password(login, secret),
                None => SignIn::Bearer(secret),
            };
            let url = Url::parse(&set.url).map_err(|error| refuse(format!("`url`: {error}")))?;
            let client = CaldavClient::new(&CaldavSettings { url, sign_in, roots: roots.clone() })
                .map_err(|error| refuse(error.to_string()))?;
            let invites = set.invites.unwrap_or(true);
            Ok(Arc::new(CaldavConfig { name: name.clone(), client, calendar: set.calendar, invites }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(toml: &str) -> Result<Vec<Arc<CaldavConfig>>, String> {
        let known = |name: &str| (name == "SKILLHOST_CALDAV_ADA_1_PASSWORD").then(|| SecretString::from("pass-word-9"));
        calendars(toml::from_str(toml).unwrap(), &ExtraRoots::default(), known).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_has_a_default_and_nothing_shows_the_password() {
        let all = of("[ada-1]\nurl = \"https://dav.acme.example/\"\nlogin = \"ada\"\n").unwrap();
        let ada = all.first().unwrap();
        assert_eq!((ada.name.as_str(), ada.calendar.as_deref(), ada.invites), ("ada-1", None, true));
        assert!(!format!("{ada:?}").contains("pass-word-9"));
    }

    #[test]
    fn what_cannot_work_is_refused_by_its_reason() {
        for (text, word) in [
            ("url = \"http://dav.acme.example/\"", "https"),
            ("url = \"https://dav.acme.example/\"\npassword_env = \"OTHER\"", "OTHER"),
        ] {
            let error = of(&format!("[ada-1]\n{text}\n")).unwrap_err();
            assert!(error.contains("ada-1") && error.contains(word), "{error}");
        }
    }
}
