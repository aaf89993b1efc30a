//! From a host's name to the addresses that are connected to.
//!
//! A name is resolved once for each request that is sent; every address of the
//! answer is judged; the connection is pinned to those very addresses. Nothing
//! below asks again, so a second answer has nobody to deceive.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use skillhost_engine::address::is_public;
use skillhost_engine::rights::HttpTarget;

/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 64;

/// Asks a name server. Tests bring their own.
#[async_trait::async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// All addresses of a name.
    async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>>;
}

/// The machine's.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait::async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.take(MAX_ADDRESSES).collect())
    }
}

/// Where a request will be sent to.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) addresses: Vec<SocketAddr>,
    /// Whether the operator named all of them.
    pub(super) private: bool,
}

/// Why there is nowhere to send it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unpinned {
    /// At least one address is not public.
    Forbidden,
    /// The name has none.
    Unknown,
}

/// Resolves and judges: one address that is neither public nor named by the
/// operator refuses the whole answer.
pub(super) async fn pin(
    resolver: &dyn Resolver,
    allow_private: &BTreeSet<SocketAddr>,
    target: &HttpTarget,
) -> Result<Pinned, Unpinned> {
    let host = target.host();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let addresses = match literal {
        Ok(address) => vec![SocketAddr::new(address, target.port())],
        Err(_) => resolver.resolve(host, target.port()).await.map_err(|_| Unpinned::Unknown)?,
    };
    // The port is the target's whatever a resolver says.
    let addresses: Vec<SocketAddr> =
        addresses.into_iter().map(|address| SocketAddr::new(address.ip(), target.port())).collect();
    if addresses.is_empty() {
        return Err(Unpinned::Unknown);
    }
    let named = |address: &SocketAddr| allow_private.contains(address);
    if addresses.iter().any(|address| !is_public(address.ip()) && !named(address)) {
        return Err(Unpinned::Forbidden);
    }
    let private = addresses.iter().all(named);
    Ok(Pinned { addresses, private })
}
