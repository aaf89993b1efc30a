//! What skills fetch: the egress client for requests that a guest worded.
//!
//! Each hop of a request is decided anew, in this order: the address is read
//! strictly; the call's rights cover it; its name is resolved once and every
//! address is public ([`super::resolve`]); secrets are filled in for this host
//! only ([`super::secret`]); the connection goes to the judged addresses.
//!
//! Invariants: one deadline covers all hops, so that a drip ends in time; an
//! answer is cut at its bound while it streams; no connection is shared between
//! requests; an error names a host at most.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, LOCATION};
use secrecy::ExposeSecret as _;
use skillhost_engine::fetch::{
    Fetch, FetchError, FetchErrorKind, FetchMethod, Fetched, MAX_REQUEST_HEADERS, is_credential, is_hop_by_hop,
    is_host_owned,
};
use skillhost_engine::rights::{HttpTarget, RightSet};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::{Host, Url};

use super::artifact::MAX_ARTIFACTS_AT_ONCE;
use super::resolve::{Pinned, Resolver, SystemResolver, Unpinned, pin};
use super::secret::{Secrets, Withheld};
use super::{DEFAULT_CONNECT_TIMEOUT, EgressError, ExtraRoots, strict_client, tls};

/// Time for a whole fetch, its redirects included: within a call's default
/// deadline, so that a skill hears of it.
pub const DEFAULT_FETCH_TIMEOUT: Duration = Duration::from_secs(8);
/// Largest body: a long article or a list page; a skill reads, it does not mirror.
pub const DEFAULT_FETCH_BYTES: usize = 2 * 1024 * 1024;
/// Redirects followed: what a well-kept site needs, twice.
pub const MAX_REDIRECTS: usize = 5;
/// Fetches of the whole host at once; more wait within their deadline.
pub const MAX_FETCHES_AT_ONCE: usize = 64;
/// Bytes of names and values of a guest's headers.
pub const MAX_REQUEST_HEADER_BYTES: usize = 16 * 1024;
/// Bytes of names and values of an answer's headers.
pub const MAX_ANSWER_HEADER_BYTES: usize = 64 * 1024;

/// How fetches are bounded and where, against the rule, they may go.
#[derive(Clone, Debug)]
pub struct FetchConfig {
    /// Addresses that are not public and may be reached all the same.
    pub allow_private: BTreeSet<SocketAddr>,
    /// Time for a whole fetch.
    pub timeout: Duration,
    /// Largest body.
    pub max_bytes: usize,
    /// Authorities trusted beside the public ones.
    pub roots: ExtraRoots,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            allow_private: BTreeSet::new(),
            timeout: DEFAULT_FETCH_TIMEOUT,
            max_bytes: DEFAULT_FETCH_BYTES,
            roots: ExtraRoots::default(),
        }
    }
}

/// Fetches for skills.
pub struct Fetcher {
    pub(super) config: FetchConfig,
    resolver: Arc<dyn Resolver>,
    secrets: Secrets,
    tls: rustls::ClientConfig,
    slots: Semaphore,
    /// Of files of vendors ([`super::artifact`]), which take none of the skills' slots.
    pub(super) artifact_slots: Semaphore,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("config", &self.config).finish_non_exhaustive()
    }
}

pub(super) fn refuse(kind: FetchErrorKind, message: impl Into<String>) -> FetchError {
    FetchError { kind, message: message.into() }
}

/// One request on its way.
pub(super) struct Hop {
    pub(super) url: Url,
    pub(super) target: HttpTarget,
    pub(super) headers: HeaderMap,
    pub(super) addresses: Vec<SocketAddr>,
}

/// No answer came.
pub(super) struct Lost {
    pub(super) error: FetchError,
    /// Whether it is certain that nobody got the request.
    pub(super) is_undone: bool,
}

impl Fetcher {
    /// With the machine's resolver.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(config: FetchConfig, secrets: Secrets) -> Result<Self, EgressError> {
        Self::with_resolver(config, secrets, Arc::new(SystemResolver))
    }

    /// With another one.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn with_resolver(
        config: FetchConfig,
        secrets: Secrets,
        resolver: Arc<dyn Resolver>,
    ) -> Result<Self, EgressError> {
        let tls = tls(&config.roots)?;
        let (slots, artifact_slots) = (Semaphore::new(MAX_FETCHES_AT_ONCE), Semaphore::new(MAX_ARTIFACTS_AT_ONCE));
        Ok(Self { config, resolver, secrets, tls, slots, artifact_slots })
    }

    /// One fetch, redirects followed.
    ///
    /// # Errors
    /// Why there is no answer; a status of the server is one.
    pub async fn fetch(&self, fetch: Fetch, rights: &RightSet) -> Result<Fetched, FetchError> {
        match tokio::time::timeout(self.config.timeout, self.follow(fetch, rights)).await {
            Ok(ended) => ended,
            Err(_) => {
                let limit = self.config.timeout.as_millis();
                Err(refuse(FetchErrorKind::Timeout, format!("no whole answer within {limit} ms")))
            }
        }
    }

    async fn follow(&self, fetch: Fetch, rights: &RightSet) -> Result<Fetched, FetchError> {
        let _slot = self.slot().await?;
        let method = match fetch.method {
            FetchMethod::Get => Method::GET,
            FetchMethod::Head => Method::HEAD,
        };
        let mut used = Vec::new();
        let mut address = fetch.url.clone();
        for hop in 0..=MAX_REDIRECTS {
            let hop = self.admit(&fetch.headers, &address, hop > 0, rights, &mut used).await?;
            let answer = self.send(method.clone(), &hop, Vec::new()).await.map_err(|lost| lost.error)?;
            if let Some(next) = redirected(&answer, &hop.url)? {
                address = next;
                continue;
            }
            return self.read(answer, hop.target.host(), &used).await;
        }
        Err(refuse(FetchErrorKind::Unavailable, format!("more than {MAX_REDIRECTS} redirects")))
    }

    /// One of the host's requests at once.
    pub(super) async fn slot(&self) -> Result<SemaphorePermit<'_>, FetchError> {
        self.slots.acquire().await.map_err(|_| refuse(FetchErrorKind::Unavailable, "the host is stopping"))
    }

    /// Decides about one hop.
    pub(super) async fn admit(
        &self,
        headers: &[(String, String)],
        address: &str,
        redirected: bool,
        rights: &RightSet,
        used: &mut Vec<String>,
    ) -> Result<Hop, FetchError> {
        let invalid = |message: String| refuse(FetchErrorKind::InvalidRequest, message);
        let target = HttpTarget::parse(address).map_err(|error| invalid(error.to_string()))?;
        if !rights.may_fetch(&target) {
            let led = if redirected { "a redirect led to a place for which " } else { "" };
            return Err(refuse(FetchErrorKind::Denied, format!("{led}this call has no right `{}`", target.place())));
        }
        let url = Url::parse(address).map_err(|_| invalid("not an address".to_owned()))?;
        if !is_read_alike(&url, &target) {
            return Err(invalid("the address can be read in two ways".to_owned()));
        }
        let pinned = self.pinned(&target).await.map_err(|why| match why {
            Unpinned::Forbidden => {
                refuse(FetchErrorKind::Forbidden, format!("{} is not on the public internet", target.host()))
            }
            Unpinned::Unknown => refuse(FetchErrorKind::Unavailable, format!("{} has no address", target.host())),
        })?;
        let safe = target.is_https() || pinned.private;
        let headers = self.headers(headers, &target, redirected, rights, safe, used)?;
        Ok(Hop { url, target, headers, addresses: pinned.addresses })
    }

    /// Where a target leads, each address of it judged.
    pub(super) async fn pinned(&self, target: &HttpTarget) -> Result<Pinned, Unpinned> {
        pin(&*self.resolver, &self.config.allow_private, target).await
    }

    fn headers(
        &self,
        worded: &[(String, String)],
        target: &HttpTarget,
        redirected: bool,
        rights: &RightSet,
        safe: bool,
        used: &mut Vec<String>,
    ) -> Result<HeaderMap, FetchError> {
        let invalid = |message: String| refuse(FetchErrorKind::InvalidRequest, message);
        let bytes: usize = worded.iter().map(|(name, value)| name.len() + value.len()).sum();
        if worded.len() > MAX_REQUEST_HEADERS || bytes > MAX_REQUEST_HEADER_BYTES {
            return Err(invalid(format!(
                "more than {MAX_REQUEST_HEADERS} headers or {MAX_REQUEST_HEADER_BYTES} bytes of them"
            )));
        }
        let mut headers = plain_headers();
        let mut ranged = false;
        for (name, text) in worded {
            let lower = name.to_ascii_lowercase();
            let known = HeaderName::try_from(lower.as_str())
                .map_err(|_| invalid("a header's name has characters that names have not".to_owned()))?;
            if is_hop_by_hop(&lower) || is_host_owned(&lower) {
                return Err(invalid(format!("the header `{lower}` is the host's to set")));
            }
            if !text.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) {
                return Err(invalid(format!("the header `{lower}` has characters that values have not")));
            }
            ranged |= lower == "range";
            let value = match self.secrets.fill(&lower, text, target, rights, safe) {
                Ok(None) if is_credential(&lower) => {
                    return Err(invalid(format!("the header `{lower}` takes a secret's placeholder only")));
                }
                Ok(None) => HeaderValue::from_str(text),
                Ok(Some((value, secret))) => {
                    if !used.contains(&secret) {
                        used.push(secret);
                    }
                    HeaderValue::from_str(value.expose_secret()).map(|mut value| {
                        value.set_sensitive(true);
                        value
                    })
                }
                // It was meant for the host before the redirect.
                Err(Withheld::NotHere) if redirected => continue,
                Err(Withheld::NotHere) => {
                    return Err(refuse(
                        FetchErrorKind::Denied,
                        format!("the secret in `{lower}` is not for this host and header"),
                    ));
                }
                Err(Withheld::NoRight(secret)) => {
                    return Err(refuse(FetchErrorKind::Denied, format!("this call has no right `secret:{secret}`")));
                }
                Err(Withheld::Malformed) => {
                    return Err(invalid(format!("the placeholder in `{lower}` is not written {{{{secret:NAME}}}}")));
                }
            };
            let value = value.map_err(|_| invalid(format!("the header `{lower}` cannot be sent")))?;
            headers.append(known, value);
        }
        // Pieces of an answer could carry a secret past the search for it.
        if ranged && !used.is_empty() {
            return Err(invalid("a request with a secret asks for no range".to_owned()));
        }
        Ok(headers)
    }

    pub(super) async fn send(&self, method: Method, hop: &Hop, body: Vec<u8>) -> Result<reqwest::Response, Lost> {
        let host = hop.target.host();
        let failed = |_| Lost {
            error: refuse(FetchErrorKind::InvalidRequest, format!("the request to {host} could not be made")),
            is_undone: true,
        };
        // A client of its own pins this request's addresses and shares no connection.
        let client = strict_client(self.tls.clone())
            .pool_max_idle_per_host(0)
            .connect_timeout(DEFAULT_CONNECT_TIMEOUT)
            .resolve_to_addrs(host, &hop.addresses)
            .build()
            .map_err(failed)?;
        let mut request = client.request(method, hop.url.clone()).headers(hop.headers.clone());
        if !body.is_empty() {
            request = request.body(body);
        }
        client.execute(request.build().map_err(failed)?).await.map_err(|error| Lost {
            error: refuse(FetchErrorKind::Unavailable, format!("no answer from {host}")),
            is_undone: error.is_connect(),
        })
    }

    async fn read(&self, mut answer: reqwest::Response, host: &str, used: &[String]) -> Result<Fetched, FetchError> {
        let limit = self.config.max_bytes;
        let too_large =
            || refuse(FetchErrorKind::TooLarge, format!("the answer of {host} is larger than {limit} bytes"));
        // What is encoded cannot be searched.
        if !used.is_empty() && answer.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(refuse(FetchErrorKind::Unavailable, format!("the answer of {host} is encoded unasked")));
        }
        let mut headers = Vec::with_capacity(answer.headers().len());
        let mut bytes = 0;
        for (name, value) in answer.headers() {
            if is_hop_by_hop(name.as_str()) {
                continue;
            }
            bytes += name.as_str().len() + value.len();
            if bytes > MAX_ANSWER_HEADER_BYTES {
                return Err(too_large());
            }
            let clean = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                self.secrets.scrub(used, &mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            };
            headers.push((clean(name.as_str().as_bytes()), clean(value.as_bytes())));
        }
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        loop {
            let chunk = answer
                .chunk()
                .await
                .map_err(|_| refuse(FetchErrorKind::Unavailable, format!("the answer of {host} broke off")))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        self.secrets.scrub(used, &mut body);
        Ok(Fetched { status, headers, body })
    }
}

/// What every request says: nothing is compressed, so that it is searched and counted as sent.
pub(super) fn plain_headers() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))])
}

/// Whether two readers of one address agree on where it leads.
pub(super) fn is_read_alike(url: &Url, target: &HttpTarget) -> bool {
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => format!("[{address}]"),
        None => String::new(),
    };
    host == target.host() && url.port_or_known_default() == Some(target.port())
}

/// Where an answer sends on to.
pub(super) fn redirected(answer: &reqwest::Response, from: &Url) -> Result<Option<String>, FetchError> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.headers().get(LOCATION) else { return Ok(None) };
    let next = location.to_str().ok().and_then(|text| from.join(text).ok()).map(|mut next| {
        // A fragment is the browser's, who is not here.
        next.set_fragment(None);
        String::from(next)
    });
    match next {
        Some(next) => Ok(Some(next)),
        None => Err(refuse(FetchErrorKind::Unavailable, "a redirect led to no address")),
    }
}
