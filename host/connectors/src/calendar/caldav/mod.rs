//! Calendars on a CalDAV server (RFC 4791): which there are and whether they changed, what
//! is in a stretch of time, and a new event.
//!
//! Objects are handed on as they are ([`Object`]); what they say is read elsewhere. Every
//! call leaves through [`crate::egress`], so a server can send nobody anywhere else, and
//! an answer of any size is cut.
//!
//! Invariants: an answer that is not what was asked for (a sign-in page under 200, half a
//! list) is an error and never an empty calendar; an event is put once, known by its uid,
//! however often it is tried; no error holds a path, an address or a word of the server's.

mod answer;
mod ask;
mod discover;
mod error;
mod event;
mod within;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

pub use discover::Calendar;
pub use error::CaldavError;
pub use event::NewEvent;
pub use within::Object;

use crate::egress::{Egress, EgressConfig, ExtraRoots, Reply};

/// Time for a call: a server that looks through twenty thousand events for the first time
/// needs most of it.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Largest answer: some twenty thousand events.
const MAX_REPLY_BYTES: usize = 32 * 1024 * 1024;

/// How to sign in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// User name and password.
    Password(String, SecretString),
    /// A token.
    Bearer(SecretString),
}

/// How to reach a server.
#[derive(Clone, Debug)]
pub struct CaldavSettings {
    /// The server, a principal, or a calendar.
    pub url: Url,
    /// Who asks.
    pub sign_in: SignIn,
    /// Authorities trusted beside the public ones.
    pub roots: ExtraRoots,
}

/// A client of one server.
#[derive(Clone)]
pub struct CaldavClient {
    egress: Egress,
    base: Url,
    authorization: HeaderValue,
}

impl std::fmt::Debug for CaldavClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaldavClient").finish_non_exhaustive()
    }
}

/// A call and what is said beside it.
struct Call<'a> {
    method: &'static str,
    url: Url,
    headers: &'a [(&'static str, &'a str)],
    body: Option<(&'static str, String)>,
}

const XML: &str = "application/xml; charset=utf-8";
const ICALENDAR: &str = "text/calendar; charset=utf-8";

impl CaldavClient {
    /// Checks the settings; calls nobody yet.
    ///
    /// # Errors
    /// [`CaldavError::Settings`].
    pub fn new(settings: &CaldavSettings) -> Result<Self, CaldavError> {
        let local = matches!(settings.url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if settings.url.scheme() != "https" && !local {
            return Err(CaldavError::Settings("a password is sent over https only, except to this machine"));
        }
        let text = match &settings.sign_in {
            SignIn::Password(user, password) => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose_secret())))
            }
            SignIn::Bearer(token) => format!("Bearer {}", token.expose_secret()),
        };
        let mut authorization = HeaderValue::try_from(text)
            .map_err(|_| CaldavError::Settings("the token has characters that a header has not"))?;
        authorization.set_sensitive(true);
        let egress = Egress::new(&EgressConfig {
            total_timeout: CALL_TIMEOUT,
            max_reply_bytes: MAX_REPLY_BYTES,
            roots: settings.roots.clone(),
            ..EgressConfig::to(vec![settings.url.clone()])
        })?;
        Ok(Self { egress, base: settings.url.clone(), authorization })
    }

    /// A reference of the server's as an address of the same server.
    fn at(&self, href: &str) -> Result<Url, CaldavError> {
        let url = self.base.join(href).map_err(|_| CaldavError::Unreadable)?;
        if url.origin() == self.base.origin() { Ok(url) } else { Err(CaldavError::Elsewhere) }
    }

    async fn call(&self, call: Call<'_>) -> Result<(Reply, HeaderMap), CaldavError> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        for (name, value) in call.headers {
            let value = HeaderValue::from_str(value).map_err(|_| CaldavError::Unreadable)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut bytes = Vec::new();
        if let Some((kind, body)) = call.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            bytes = body.into_bytes();
        }
        let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| CaldavError::Unreadable)?;
        Ok(self.egress.exchange(method, call.url, headers, bytes).await?)
    }

    /// A question whose answer is a list of resources.
    async fn ask(
        &self,
        method: &'static str,
        url: Url,
        depth: &str,
        body: String,
    ) -> Result<answer::Multistatus, CaldavError> {
        let call = Call { method, url, headers: &[("depth", depth)], body: Some((XML, body)) };
        let (reply, headers) = self.call(call).await?;
        answer::multistatus(&reply, &headers)
    }
}
