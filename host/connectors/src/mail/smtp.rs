//! Mail through an SMTP server, with an honest account of what is not known.
//!
//! The dialogue is led here step by step rather than by lettre's `send`, since
//! everything depends on how far it came: before the data is handed over a
//! failure certainly sent nothing; a refusal after it is certain too; a lost
//! connection after it is not, and is never tried again by itself. One mail, one
//! connection: a pool would hide which mail a broken connection belongs to.

use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use skillhost_engine::artifact::Files;
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use super::compose::Mail;
use super::{Mailer, no_files, send};
use crate::egress::ExtraRoots;

/// Time to a greeting, TLS and sign-in included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Time for sender and recipients.
const ENVELOPE_TIMEOUT: Duration = Duration::from_secs(15);
/// Time from the first byte of the message to the server's answer: servers scan
/// before they accept, and giving up early is what makes a result unknown.
const DATA_TIMEOUT: Duration = Duration::from_secs(120);
/// Until a login that was refused is tried again: a password that was changed is changed here
/// as well within hours, and servers count wrong ones.
const LOGIN_AGAIN_MS: u64 = 30 * 60_000;
/// What a server answers to a login that it does not take (RFC 4954): the mechanism, the
/// credentials, or that there is none.
const LOGIN_REFUSED: [&str; 4] = ["530", "534", "535", "538"];
/// Time to take leave; the mail is accepted by then.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// How to reach the server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// `tls`, `starttls` or `none`.
    pub security: String,
    /// User name; needs a password.
    pub user: Option<String>,
    /// Password; needs a user name.
    pub password: Option<SecretString>,
    /// Authorities trusted beside the public ones.
    pub roots: ExtraRoots,
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// Neither of the three words.
    #[error("SMTP security is `tls`, `starttls` or `none`, not `{word}`")]
    Security {
        /// What was written.
        word: String,
    },
    /// One without the other.
    #[error("an SMTP user name and a password are given together or not at all")]
    HalfCredentials,
    /// A password would travel in the clear.
    #[error("SMTP credentials are sent over `tls` or `starttls` only, except to this machine")]
    CredentialsInTheClear,
    /// The TLS library refused.
    #[error("TLS for the SMTP server could not be set up")]
    Tls(#[source] Error),
}

#[derive(Clone)]
enum Security {
    Wrapped(TlsParameters),
    StartTls(TlsParameters),
    None,
}

/// Sends mail through a server. Not keyed: SMTP deduplicates nothing.
pub struct SmtpMailer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<(String, SecretString)>,
    files: Arc<dyn Files>,
}

impl SmtpMailer {
    /// Checks the settings; connects to nothing yet.
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpError> {
        let SmtpSettings { host, port, security, user, password, roots } = settings;
        let tls = || {
            let mut tls = TlsParameters::builder(host.clone());
            for root in roots.der() {
                tls = tls.add_root_certificate(Certificate::from_der(root.to_vec())?);
            }
            tls.build_rustls()
        };
        let tls = || tls().map_err(SmtpError::Tls);
        let security = match security.as_str() {
            "tls" => Security::Wrapped(tls()?),
            "starttls" => Security::StartTls(tls()?),
            "none" => Security::None,
            _ => return Err(SmtpError::Security { word: security }),
        };
        let credentials = match (user, password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            _ => return Err(SmtpError::HalfCredentials),
        };
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if credentials.is_some() && matches!(security, Security::None) && !local {
            return Err(SmtpError::CredentialsInTheClear);
        }
        Ok(Self { host, port, security, credentials, files: no_files() })
    }

    /// Takes what mails attach from there.
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = files;
        self
    }

    /// Greets, secures, signs in.
    async fn connect(&self, mail: &Mail) -> Result<AsyncSmtpConnection, Error> {
        let hello = ClientId::Domain(mail.domain.clone());
        let wrapped = match &self.security {
            Security::Wrapped(tls) => Some(tls.clone()),
            Security::StartTls(_) | Security::None => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT_TIMEOUT), &hello, wrapped, None).await?;
        if let Security::StartTls(tls) = &self.security {
            connection.starttls(tls.clone(), &hello).await?;
        }
        if let Some((user, password)) = &self.credentials {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    /// Sender, every recipient, and leave to hand over the data. One refused
    /// recipient refuses the mail: it goes to whom the person saw, or to nobody.
    async fn envelope(connection: &mut AsyncSmtpConnection, mail: &Mail) -> Result<(), Error> {
        let mut parameters = Vec::new();
        if needs_smtputf8(mail) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        connection.command(MailFrom::new(mail.envelope.from().cloned(), parameters)).await?;
        for recipient in mail.envelope.to() {
            connection.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
        }
        connection.command(Data).await?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl Performer for SmtpMailer {
    fn kinds(&self) -> &'static [&'static str] {
        &["email.send"]
    }

    fn vendor(&self) -> &'static str {
        crate::MAIL
    }

    fn is_keyed(&self) -> bool {
        false
    }

    async fn perform(&self, effect: &OutboxRow) -> Delivery {
        send(self, self.files.as_ref(), effect).await
    }
}

#[async_trait::async_trait]
impl Mailer for SmtpMailer {
    fn is_keyed(&self) -> bool {
        false
    }

    async fn deliver(&self, _: &OutboxRow, mail: Mail) -> Delivery {
        let mut connection = match tokio::time::timeout(CONNECT_TIMEOUT, self.connect(&mail)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return refused("connecting", &error),
            Err(_) => return slow("connecting"),
        };
        if needs_smtputf8(&mail) && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            leave(connection).await;
            return Delivery::Permanent { reason: "the mail server takes no such addresses".to_owned() };
        }
        match tokio::time::timeout(ENVELOPE_TIMEOUT, Self::envelope(&mut connection, &mail)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                leave(connection).await;
                return refused("naming sender and recipients", &error);
            }
            Err(_) => return slow("naming sender and recipients"),
        }
        match tokio::time::timeout(DATA_TIMEOUT, connection.message(&mail.bytes)).await {
            Ok(Ok(response)) => {
                leave(connection).await;
                let code = response.code().to_string();
                Delivery::Sent { receipt: json!({"message_id": mail.message_id, "code": code}) }
            }
            // A reply with a code is certain, whichever it is.
            Ok(Err(error)) if error.status().is_some() => {
                leave(connection).await;
                refused("handing over the message", &error)
            }
            Ok(Err(_)) => Delivery::Unknown {
                reason: "the connection to the mail server was lost after the message was handed over".to_owned(),
            },
            Err(_) => Delivery::Unknown {
                reason: "the mail server did not say in time whether it took the message".to_owned(),
            },
        }
    }
}

/// Whether an address is written beyond ASCII.
fn needs_smtputf8(mail: &Mail) -> bool {
    let addresses = mail.envelope.to().iter().chain(mail.envelope.from());
    addresses.into_iter().any(|address| !AsRef::<str>::as_ref(address).is_ascii())
}

/// A failure that certainly sent nothing. The server's words stay out: they repeat addresses.
fn refused(phase: &str, error: &Error) -> Delivery {
    let code = error.status().map(|code| format!(" with {code}")).unwrap_or_default();
    if error.status().is_some_and(|code| LOGIN_REFUSED.contains(&code.to_string().as_str())) {
        // Of one login; the others of the server go on.
        return Delivery::Waits { reason: format!("the mail server refused the login{code}"), wait_ms: LOGIN_AGAIN_MS };
    }
    if error.is_permanent() {
        return Delivery::Permanent { reason: format!("the mail server refused {phase}{code}") };
    }
    if error.is_client() {
        // Something is missing on its side (STARTTLS, a way to sign in): asking again changes nothing.
        return Delivery::Permanent { reason: format!("the mail server does not offer what {phase} needs") };
    }
    Delivery::Transient { reason: format!("the mail server failed while {phase}{code}"), retry_after_ms: None }
}

fn slow(phase: &str) -> Delivery {
    Delivery::Transient { reason: format!("the mail server was too slow while {phase}"), retry_after_ms: None }
}

/// Takes leave within bounds; whether it is heard changes nothing any more.
async fn leave(mut connection: AsyncSmtpConnection) {
    let _nothing_left_to_learn = tokio::time::timeout(QUIT_TIMEOUT, connection.abort()).await;
}
