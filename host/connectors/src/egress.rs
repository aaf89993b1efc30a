//! The one HTTP client of the host.
//!
//! Invariants: only the origins given at construction are reached; redirects
//! are not followed, so an allowed origin cannot hand a token on; a reply is
//! read up to a cap while it streams; errors name the host and never the path,
//! the query, a header or a body, because vendors put secrets in all of them.
//!
//! [`Egress::admit`] is the one place where a destination of the operator's is
//! decided. What a skill asks for goes through [`fetch`], which shares the
//! TLS, the bounds and nothing else: its destinations are worded by a guest.

pub mod artifact;
pub mod change;
pub mod fetch;
pub mod resolve;
pub mod secret;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret, SecretString};
use skillhost_engine::rights::HttpTarget;
use url::{Host, Origin, Url};

use secret::Secrets;

/// Time to a connection: a healthy vendor answers a handshake within one.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole call: longer than any vendor used here takes, shorter than
/// the lease of the worker that waits for it.
pub const DEFAULT_TOTAL_TIMEOUT: Duration = Duration::from_secs(20);
/// Largest reply read: a vendor's list page is well below; a flood is cut.
pub const DEFAULT_MAX_REPLY_BYTES: usize = 8 * 1024 * 1024;
/// Longest pause believed from a `Retry-After`: more would park work for longer than a person waits.
pub const MAX_RETRY_AFTER_MS: u64 = 3600 * 1000;
/// Sent with every call.
const USER_AGENT: &str = concat!("skillhost/", env!("CARGO_PKG_VERSION"));

/// Certificate authorities that an operator trusts beside the public ones: that of
/// a company's own network.
#[derive(Clone, Debug, Default)]
pub struct ExtraRoots(Vec<CertificateDer<'static>>);

impl ExtraRoots {
    /// From the text of a PEM file with one certificate or more.
    ///
    /// # Errors
    /// It holds none, or one that cannot be read.
    pub fn from_pem(text: &[u8]) -> Result<Self, EgressError> {
        let setup = |reason: String| EgressError::Setup { reason };
        let roots = CertificateDer::pem_slice_iter(text)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| setup(format!("not a PEM certificate: {error}")))?;
        if roots.is_empty() {
            return Err(setup("there is no PEM certificate".to_owned()));
        }
        let extra = Self(roots);
        tls(&extra)?;
        Ok(extra)
    }

    /// Each certificate as DER.
    pub(crate) fn der(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// What the client may reach and how long it waits.
#[derive(Clone, Debug)]
pub struct EgressConfig {
    /// Base URLs whose origins (scheme, host, port) may be called.
    pub allow: Vec<Url>,
    /// Time to a connection.
    pub connect_timeout: Duration,
    /// Time for a whole call.
    pub total_timeout: Duration,
    /// Largest reply read.
    pub max_reply_bytes: usize,
    /// Authorities trusted beside the public ones.
    pub roots: ExtraRoots,
}

impl EgressConfig {
    /// Default limits for these destinations.
    pub fn to(allow: Vec<Url>) -> Self {
        Self {
            allow,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            total_timeout: DEFAULT_TOTAL_TIMEOUT,
            max_reply_bytes: DEFAULT_MAX_REPLY_BYTES,
            roots: ExtraRoots::default(),
        }
    }
}

/// Why a call brought no reply.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The client could not be built.
    #[error("the HTTP client could not be set up: {reason}")]
    Setup {
        /// What the TLS or HTTP library said.
        reason: String,
    },
    /// Neither http nor https, or no host.
    #[error("only http and https addresses with a host are called, not {scheme}:")]
    Scheme {
        /// What it was.
        scheme: String,
    },
    /// Not on the list.
    #[error("{origin} is not among the destinations this host may call")]
    NotAllowed {
        /// Scheme, host and port.
        origin: String,
    },
    /// User and password in a URL end up in logs of others.
    #[error("an address with a user name or password in it is not called")]
    Credentials,
    /// Nothing left this host.
    #[error("no connection to {host}")]
    Unreachable {
        /// The host.
        host: String,
    },
    /// The request may have been received; no whole reply came.
    #[error("{host} took the connection and gave no whole answer ({why})")]
    Unanswered {
        /// The host.
        host: String,
        /// `timeout` or `broken`.
        why: &'static str,
    },
    /// The reply is larger than the cap.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The cap.
        limit: usize,
    },
    /// A header names a secret that may not go there.
    #[error("the header `{header}` to {host} names a secret that is not bound to this host and header")]
    Secret {
        /// The host.
        host: String,
        /// Lower-case name.
        header: String,
    },
    /// The request itself could not be made.
    #[error("the request to {host} could not be made")]
    Malformed {
        /// The host.
        host: String,
    },
}

impl EgressError {
    /// Whether it is certain that the receiver did nothing.
    pub fn is_certainly_undone(&self) -> bool {
        !matches!(self, Self::Unanswered { .. } | Self::TooLarge { .. })
    }
}

/// What is sent.
#[derive(Debug)]
pub enum Payload<'a> {
    /// Nothing, with GET.
    Get,
    /// JSON, with POST.
    Json(&'a serde_json::Value),
    /// Form fields, with POST.
    Form(&'a [(&'a str, &'a str)]),
}

/// One call.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Where to.
    pub url: Url,
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<&'a SecretString>,
    /// Method and body.
    pub payload: Payload<'a>,
}

/// One call whose headers the operator worded.
#[derive(Debug)]
pub struct Worded<'a> {
    /// Where to.
    pub url: Url,
    /// Lower-case names; a value may hold a placeholder `{{secret:NAME}}`.
    pub headers: &'a [(String, String)],
    /// POST with this JSON; GET without.
    pub body: Option<&'a serde_json::Value>,
    /// Time for the whole call.
    pub timeout: Duration,
}

/// A whole reply, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, as milliseconds.
    pub retry_after_ms: Option<u64>,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The client. Cheap to clone; one pool of connections.
#[derive(Clone)]
pub struct Egress {
    client: reqwest::Client,
    allowed: Arc<HashSet<Origin>>,
    max_reply_bytes: usize,
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Egress").field("allowed", &self.allowed.len()).finish_non_exhaustive()
    }
}

impl Egress {
    /// Builds the client with rustls over ring and the Mozilla roots.
    pub fn new(config: &EgressConfig) -> Result<Self, EgressError> {
        let setup = |reason: String| EgressError::Setup { reason };
        let mut allowed = HashSet::new();
        for url in &config.allow {
            allowed.insert(http_origin(url)?);
        }
        let client = strict_client(tls(&config.roots)?)
            .connect_timeout(config.connect_timeout)
            .timeout(config.total_timeout)
            .build()
            .map_err(|error| setup(error.without_url().to_string()))?;
        Ok(Self { client, allowed: Arc::new(allowed), max_reply_bytes: config.max_reply_bytes })
    }

    /// Says yes or why not to a destination.
    pub fn admit(&self, url: &Url) -> Result<(), EgressError> {
        let origin = http_origin(url)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::Credentials);
        }
        if self.allowed.contains(&origin) {
            Ok(())
        } else {
            Err(EgressError::NotAllowed { origin: origin.ascii_serialization() })
        }
    }

    /// One attempt. The caller reads the status.
    pub async fn call(&self, outgoing: Outgoing<'_>) -> Result<Reply, EgressError> {
        self.admit(&outgoing.url)?;
        let host = outgoing.url.host_str().unwrap_or_default().to_owned();
        let mut request = match outgoing.payload {
            Payload::Get => self.client.get(outgoing.url),
            // Slack warns about a JSON body without its charset.
            Payload::Json(value) => self
                .client
                .post(outgoing.url)
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))
                .body(value.to_string()),
            Payload::Form(fields) => self.client.post(outgoing.url).form(fields),
        };
        if let Some(token) = outgoing.bearer {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
                .map_err(|_| EgressError::Malformed { host: host.clone() })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let reply = request.send().await.map_err(|error| sort(&error, &host))?;
        self.read(reply, host).await
    }

    /// One POST of these bytes, for a vendor's own client that speaks through this one.
    pub(crate) async fn post(
        &self,
        url: Url,
        headers: reqwest::header::HeaderMap,
        body: Vec<u8>,
    ) -> Result<Reply, EgressError> {
        self.admit(&url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = self.client.post(url).headers(headers).body(body);
        let reply = request.send().await.map_err(|error| sort(&error, &host))?;
        self.read(reply, host).await
    }

    /// One call by any method, with what the answer says beside its body.
    pub(crate) async fn exchange(
        &self,
        method: reqwest::Method,
        url: Url,
        headers: reqwest::header::HeaderMap,
        body: Vec<u8>,
    ) -> Result<(Reply, reqwest::header::HeaderMap), EgressError> {
        self.admit(&url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = self.client.request(method, url).headers(headers).body(body);
        let reply = request.send().await.map_err(|error| sort(&error, &host))?;
        let said = reply.headers().clone();
        Ok((self.read(reply, host).await?, said))
    }

    /// One attempt with the operator's headers; secrets are filled in here, and taken
    /// out of what comes back.
    ///
    /// # Errors
    /// See [`EgressError`].
    pub async fn call_worded(&self, worded: Worded<'_>, secrets: &Secrets) -> Result<Reply, EgressError> {
        self.admit(&worded.url)?;
        let host = worded.url.host_str().unwrap_or_default().to_owned();
        let (headers, used) = filled(&worded, &host, secrets)?;
        let request = match worded.body {
            None => self.client.get(worded.url),
            Some(body) => self
                .client
                .post(worded.url)
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body.to_string()),
        };
        let request = request.headers(headers).timeout(worded.timeout);
        let reply = request.send().await.map_err(|error| sort(&error, &host))?;
        let mut reply = self.read(reply, host).await?;
        secrets.scrub(&used, &mut reply.body);
        Ok(reply)
    }

    async fn read(&self, mut reply: reqwest::Response, host: String) -> Result<Reply, EgressError> {
        let status = reply.status().as_u16();
        let retry_after_ms = retry_after_ms(reply.headers());
        let content_type = reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(|error| sort(&error, &host))? {
            if body.len() + chunk.len() > self.max_reply_bytes {
                return Err(EgressError::TooLarge { host, limit: self.max_reply_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, retry_after_ms, content_type, body })
    }
}

/// `Retry-After` in seconds, as milliseconds; a date is none.
fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    seconds_as_ms(headers.get(RETRY_AFTER)?.to_str().ok()?)
}

pub(crate) fn seconds_as_ms(text: &str) -> Option<u64> {
    let seconds = text.trim().parse::<u64>().ok()?;
    Some(seconds.saturating_mul(1000).min(MAX_RETRY_AFTER_MS))
}

/// The headers with their secrets, and which those are.
fn filled(worded: &Worded<'_>, host: &str, secrets: &Secrets) -> Result<(HeaderMap, Vec<String>), EgressError> {
    let malformed = || EgressError::Malformed { host: host.to_owned() };
    let target = HttpTarget::parse(worded.url.as_str()).map_err(|_| malformed())?;
    // What goes to this machine itself passes nobody.
    let is_here = match worded.url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    let (mut headers, mut used) = (HeaderMap::new(), Vec::new());
    for (name, text) in worded.headers {
        let value = match secrets.fill_worded(name, text, &target, target.is_https() || is_here) {
            Ok(None) => HeaderValue::from_str(text).map_err(|_| malformed())?,
            Ok(Some((value, secret))) => {
                used.push(secret);
                let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| malformed())?;
                value.set_sensitive(true);
                value
            }
            Err(_) => return Err(EgressError::Secret { host: host.to_owned(), header: name.clone() }),
        };
        headers.append(HeaderName::try_from(name.as_str()).map_err(|_| malformed())?, value);
    }
    Ok((headers, used))
}

fn http_origin(url: &Url) -> Result<Origin, EgressError> {
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url.origin())
    } else {
        Err(EgressError::Scheme { scheme: url.scheme().to_owned() })
    }
}

/// What every request of the host leaves by: it goes where it was sent and
/// nowhere else, once, and says no more than it must.
fn strict_client(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        // A retry below the outbox would be an attempt nobody recorded.
        .retry(reqwest::retry::never())
}

/// TLS 1.2 and 1.3 with ring, without asking the process for a default provider.
pub(crate) fn tls(extra: &ExtraRoots) -> Result<rustls::ClientConfig, EgressError> {
    let setup = |error: rustls::Error| EgressError::Setup { reason: error.to_string() };
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in &extra.0 {
        roots.add(certificate.clone()).map_err(setup)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Keeps the kind of failure and drops its text: reqwest prints the URL.
fn sort(error: &reqwest::Error, host: &str) -> EgressError {
    let host = host.to_owned();
    if error.is_builder() {
        EgressError::Malformed { host }
    } else if error.is_connect() {
        EgressError::Unreachable { host }
    } else if error.is_timeout() {
        EgressError::Unanswered { host, why: "timeout" }
    } else {
        EgressError::Unanswered { host, why: "broken" }
    }
}

/// Makes ring the process's TLS provider for clients built without a
/// configuration of their own. Harmless when it already is.
pub fn install_crypto() {
    // An error only says that a provider is installed, which is what is wanted.
    let _already = rustls::crypto::ring::default_provider().install_default();
}
