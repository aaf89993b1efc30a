//! Files that a vendor's delivery names: the egress client for addresses that a vendor
//! worded, in a delivery that was proven to be its own.
//!
//! It is decided about like a skill's fetch ([`super::fetch`]), hop by hop, but by the
//! operator's list of hosts in place of a skill's rights: https only, and public addresses
//! only, unless the operator named the very address. The address is signed by the vendor and
//! is all that is needed to read the file, so an error names nothing of it.

use std::time::Duration;

use reqwest::Method;
use skillhost_engine::rights::{HttpPlace, HttpTarget};
use tokio::sync::SemaphorePermit;
use url::Url;

use super::fetch::{Fetcher, Hop, is_read_alike, plain_headers, redirected};
use super::resolve::Unpinned;

/// Time for a file, its redirects and the wait for a slot included: well within the 30
/// seconds after which vendors take a delivery for lost, and a file of some megabytes takes
/// one or two.
pub const DEFAULT_ARTIFACT_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest file: the words of a meeting of ten hours with their times, indented.
pub const DEFAULT_ARTIFACT_BYTES: usize = 16 * 1024 * 1024;
/// Files of the whole host at once, each with its bytes in memory; more wait within their
/// time. Meetings end on the hour, and the vendor delivers again what had to wait too long.
pub const MAX_ARTIFACTS_AT_ONCE: usize = 4;
/// Redirects followed: object stores send a request on to the region of a bucket, once.
pub const MAX_ARTIFACT_REDIRECTS: usize = 3;

/// Where files may be, and how they are bounded.
#[derive(Clone, Debug)]
pub struct ArtifactRules {
    /// Hosts that files are fetched from; any public one where this is empty.
    pub hosts: Vec<HttpPlace>,
    /// Time for a whole file.
    pub timeout: Duration,
    /// Largest file.
    pub max_bytes: usize,
}

impl Default for ArtifactRules {
    fn default() -> Self {
        Self { hosts: Vec::new(), timeout: DEFAULT_ARTIFACT_TIMEOUT, max_bytes: DEFAULT_ARTIFACT_BYTES }
    }
}

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// The host does not fetch from there.
    #[error("the address is refused: {0}")]
    Refused(&'static str),
    /// The server has an answer, and it is not the file.
    #[error("the server answered {0}")]
    Status(u16),
    /// More bytes than a file may have.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// How many it may have.
        limit: usize,
    },
    /// No whole answer came.
    #[error("no whole answer: {0}")]
    Unavailable(&'static str),
}

impl ArtifactError {
    /// Whether the same address may have the file a while later.
    pub fn may_pass(self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::Refused(_) | Self::TooLarge { .. } => false,
        }
    }
}

/// A file. One of few at once until it is dropped.
#[derive(Debug)]
pub struct Artifact<'a> {
    /// As sent.
    pub body: Vec<u8>,
    _slot: SemaphorePermit<'a>,
}

impl Fetcher {
    /// The file at an address of a proven delivery. Nothing but the address is sent.
    ///
    /// # Errors
    /// See [`ArtifactError`].
    pub async fn artifact(&self, url: &Url, rules: &ArtifactRules) -> Result<Artifact<'_>, ArtifactError> {
        match tokio::time::timeout(rules.timeout, self.download(url, rules)).await {
            Ok(ended) => ended,
            Err(_) => Err(ArtifactError::Unavailable("it took too long")),
        }
    }

    async fn download(&self, url: &Url, rules: &ArtifactRules) -> Result<Artifact<'_>, ArtifactError> {
        let stopping = |_| ArtifactError::Unavailable("the host is stopping");
        let slot = self.artifact_slots.acquire().await.map_err(stopping)?;
        let mut url = url.clone();
        for _ in 0..=MAX_ARTIFACT_REDIRECTS {
            let hop = self.judged(url, rules).await?;
            let answer = self.send(Method::GET, &hop, Vec::new()).await;
            let answer = answer.map_err(|_| ArtifactError::Unavailable("nobody answered"))?;
            let next = redirected(&answer, &hop.url).map_err(|_| ArtifactError::Refused("a redirect to no address"))?;
            let Some(next) = next else {
                return Ok(Artifact { body: whole(answer, rules.max_bytes).await?, _slot: slot });
            };
            url = Url::parse(&next).map_err(|_| ArtifactError::Refused("a redirect to no address"))?;
        }
        Err(ArtifactError::Refused("too many redirects"))
    }

    /// Decides about one hop. The path and the query are the vendor's; only where they lead
    /// is judged.
    async fn judged(&self, mut url: Url, rules: &ArtifactRules) -> Result<Hop, ArtifactError> {
        url.set_fragment(None);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ArtifactError::Refused("it is not of the web"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ArtifactError::Refused("a user name or password in it"));
        }
        let target = HttpTarget::parse(&format!("{}/", url.origin().ascii_serialization()))
            .ok()
            .filter(|target| is_read_alike(&url, target))
            .ok_or(ArtifactError::Refused("its host can be read in two ways"))?;
        if !rules.hosts.is_empty() && !rules.hosts.iter().any(|host| host.holds(&target)) {
            return Err(ArtifactError::Refused("its host is not among those of [meetingbaas] artifact_hosts"));
        }
        let pinned = self.pinned(&target).await.map_err(|why| match why {
            Unpinned::Forbidden => ArtifactError::Refused("it is not on the public internet"),
            // A name server that is away says the same as one that knows no such name.
            Unpinned::Unknown => ArtifactError::Unavailable("its host has no address"),
        })?;
        if !target.is_https() && !pinned.private {
            return Err(ArtifactError::Refused("it is not https"));
        }
        Ok(Hop { url, target, headers: plain_headers(), addresses: pinned.addresses })
    }
}

/// The body of a good answer, up to its bound.
async fn whole(mut answer: reqwest::Response, limit: usize) -> Result<Vec<u8>, ArtifactError> {
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(ArtifactError::Status(status));
    }
    let too_large = ArtifactError::TooLarge { limit };
    // What is announced need not be read first.
    if answer.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > limit)) {
        return Err(too_large);
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| ArtifactError::Unavailable("it broke off"))? {
        if body.len() + chunk.len() > limit {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
