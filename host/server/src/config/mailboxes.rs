//! `[mailboxes]`: the mailboxes that the host reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::mail::imap::{ImapSettings, Security};
use skillhost_connectors::mail::{SmtpMailer, SmtpSettings};

use super::ConfigError;

/// Days that are read of a mailbox when it is read first: what a rep's open
/// conversations reach back to.
const DEFAULT_FIRST_DAYS: u16 = 14;
/// Most of them.
const MAX_FIRST_DAYS: u16 = 365;

/// A mailbox that the host reads.
#[derive(Clone, Debug)]
pub struct MailboxConfig {
    /// What the operator calls it; what stands in log lines.
    pub name: String,
    /// Its address, in lower case; a connection of kind `mailbox` says whose it is.
    pub address: String,
    /// How it is reached.
    pub imap: ImapSettings,
    /// Days that are read at first.
    pub first_days: u16,
    /// Whether what the host sent is put into the folder of what was sent.
    pub files_sent: bool,
    /// The server that takes its user's mails, where that is not the host's.
    pub smtp: Option<SmtpSettings>,
}

/// `[mailboxes.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MailboxFile {
    address: String,
    host: String,
    port: Option<u16>,
    security: Option<String>,
    login: Option<String>,
    /// Variable of the password.
    password_env: Option<String>,
    folder: Option<String>,
    sent: Option<String>,
    files_sent: Option<bool>,
    first_days: Option<u16>,
    smtp: Option<OwnSmtpFile>,
}

/// `[mailboxes.NAME.smtp]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnSmtpFile {
    host: String,
    port: Option<u16>,
    security: Option<String>,
    login: Option<String>,
    /// Variable of the password; that of the mailbox where it is not said.
    password_env: Option<String>,
}

impl OwnSmtpFile {
    /// With what the mailbox signs in with, where nothing else is said.
    fn settings(
        self,
        imap: &ImapSettings,
        read: impl Fn(&str) -> Option<SecretString>,
    ) -> Result<SmtpSettings, String> {
        let security = self.security.unwrap_or_else(|| "starttls".to_owned());
        let password = match self.password_env {
            Some(env) => {
                read(&env).ok_or_else(|| format!("neither the environment nor the file of secrets has {env}"))?
            }
            None => imap.password.clone(),
        };
        let settings = SmtpSettings {
            host: self.host,
            port: self.port.unwrap_or(if security == "tls" { 465 } else { 587 }),
            security,
            user: Some(self.login.unwrap_or_else(|| imap.login.clone())),
            password: Some(password),
            roots: imap.roots.clone(),
        };
        // What cannot work is said here, by the name of its mailbox.
        SmtpMailer::new(settings.clone()).map_err(|error| error.to_string())?;
        Ok(settings)
    }
}

/// The variable of a mailbox's password where the file names none.
fn variable(name: &str) -> String {
    format!("SKILLHOST_MAILBOX_{}_PASSWORD", name.to_uppercase().replace('-', "_"))
}

/// Mailboxes by the names of the file, with passwords from where `read` finds them.
pub(super) fn mailboxes(
    file: BTreeMap<String, MailboxFile>,
    roots: &ExtraRoots,
    read: impl Fn(&str) -> Option<SecretString>,
) -> Result<Vec<Arc<MailboxConfig>>, ConfigError> {
    let mut addresses = BTreeSet::new();
    file.into_iter()
        .map(|(name, set)| {
            let refuse = |message: String| ConfigError::Mailbox { mailbox: name.clone(), message };
            let address = set.address.trim().to_lowercase();
            if address.split('@').filter(|part| !part.is_empty()).count() != 2 || address.contains(char::is_whitespace)
            {
                return Err(refuse("`address` is one address, like ada@acme.example".to_owned()));
            }
            if !addresses.insert(address.clone()) {
                return Err(refuse("another mailbox has this address".to_owned()));
            }
            let word = set.security.as_deref().unwrap_or("tls");
            let security =
                Security::parse(word).ok_or_else(|| refuse("`security` is tls, starttls or none".to_owned()))?;
            let first_days = set.first_days.unwrap_or(DEFAULT_FIRST_DAYS);
            if first_days > MAX_FIRST_DAYS {
                return Err(refuse(format!("`first_days` is 0 to {MAX_FIRST_DAYS}")));
            }
            let env = set.password_env.unwrap_or_else(|| variable(&name));
            let password = read(&env)
                .ok_or_else(|| refuse(format!("neither the environment nor the file of secrets has {env}")))?;
            let imap = ImapSettings {
                host: set.host,
                port: set.port.unwrap_or(if security == Security::Tls { 993 } else { 143 }),
                security,
                login: set.login.unwrap_or_else(|| address.clone()),
                password,
                folder: set.folder.unwrap_or_else(|| "INBOX".to_owned()),
                sent: set.sent,
                roots: roots.clone(),
            };
            imap.check().map_err(|error| refuse(error.to_string()))?;
            let files_sent = set.files_sent.unwrap_or(true);
            let smtp = set.smtp.map(|own| own.settings(&imap, &read)).transpose().map_err(&refuse)?;
            Ok(Arc::new(MailboxConfig { name: name.clone(), address, imap, first_days, files_sent, smtp }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECRET: &str = "pass-word-9";

    fn of(toml: &str) -> Result<Vec<Arc<MailboxConfig>>, String> {
        let known = |name: &str| (name == "SKILLHOST_MAILBOX_ADA_1_PASSWORD").then(|| SecretString::from(SECRET));
        mailboxes(toml::from_str(toml).unwrap(), &ExtraRoots::default(), known).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_has_a_default_and_nothing_shows_the_password() {
        let all = of("[ada-1]\naddress = \"Ada@Acme.example\"\nhost = \"imap.acme.example\"\n").unwrap();
        let ada = all.first().unwrap();
        assert_eq!((ada.address.as_str(), ada.imap.login.as_str()), ("ada@acme.example", "ada@acme.example"));
        assert_eq!((ada.imap.port, ada.imap.folder.as_str(), ada.first_days, ada.files_sent), (993, "INBOX", 14, true));
        assert!(!format!("{ada:?}").contains(SECRET));
    }

    #[test]
    fn a_server_of_its_own_takes_the_same_login_where_nothing_else_is_said() {
        let ada = "[ada-1]\naddress = \"ada@acme.example\"\nhost = \"imap.acme.example\"\nlogin = \"ada\"\n";
        assert!(of(ada).unwrap()[0].smtp.is_none());
        let own = of(&format!("{ada}[ada-1.smtp]\nhost = \"smtp.acme.example\"\n")).unwrap();
        let smtp = own[0].smtp.as_ref().unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.security.as_str()), ("smtp.acme.example", 587, "starttls"));
        assert_eq!(smtp.user.as_deref(), Some("ada"));
        assert!(smtp.password.is_some() && !format!("{own:?}").contains(SECRET));
        let tls = of(&format!("{ada}[ada-1.smtp]\nhost = \"h\"\nsecurity = \"tls\"\nlogin = \"a\"\n")).unwrap();
        let tls = tls[0].smtp.as_ref().unwrap();
        assert_eq!((tls.port, tls.user.as_deref()), (465, Some("a")));
        for (more, word) in
            [("security = \"none\"", "starttls"), ("security = \"ssl\"", "ssl"), ("password_env = \"OTHER\"", "OTHER")]
        {
            let error = of(&format!("{ada}[ada-1.smtp]\nhost = \"h\"\n{more}\n")).unwrap_err();
            assert!(error.contains("ada-1") && error.contains(word), "{error}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_by_its_reason() {
        for (more, word) in [
            ("security = \"ssl\"", "starttls"),
            ("security = \"none\"", "tls"),
            ("first_days = 400", "first_days"),
            ("folder = \"Gesendet\\u00e9\"", "folder"),
            ("password_env = \"OTHER\"", "OTHER"),
        ] {
            let toml = format!("[ada-1]\naddress = \"ada@acme.example\"\nhost = \"imap.acme.example\"\n{more}\n");
            let error = of(&toml).unwrap_err();
            assert!(error.contains("ada-1") && error.contains(word), "{error}");
        }
        for bad in ["", "ada", "a b@acme.example", "@acme.example"] {
            assert!(of(&format!("[ada-1]\naddress = \"{bad}\"\nhost = \"h\"\n")).unwrap_err().contains("address"));
        }
    }
}
