//! Places on the web: what a right names, and what a request is for.
//!
//! Addresses are read strictly and never repaired: what could mean one thing
//! here and another to a server (`..`, `%2e`, `//`, `%2f`, a backslash, a number
//! as a host) is refused. So a prefix that matches here holds there.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::fmt;

/// Port of a place or address that names none.
const HTTPS: u16 = 443;
/// Port of a plain address that names none.
const HTTP: u16 = 80;
/// Length of a host name.
const MAX_HOST: usize = 253;
/// Length of a place's path.
const MAX_PREFIX: usize = 512;
/// Length of an address.
const MAX_URL: usize = 8 * 1024;
/// Times an escaped octet may itself be escaped before the address is refused.
const MAX_ESCAPES: usize = 3;

/// Why a text is no place or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Neither http nor https, or not absolute.
    #[error("an address begins with https:// or http://")]
    Scheme,
    /// A user name or a password in it.
    #[error("an address has no user name or password in it")]
    Credentials,
    /// Not a host name in lower case or Punycode, nor an address as usually written.
    #[error("the host is not written as a plain name or address")]
    Host,
    /// Not 1 to 65535.
    #[error("the port is not 1 to 65535")]
    Port,
    /// Something that two readers may read differently.
    #[error("the path has `..`, `//`, a backslash or an escaped `/` or `.` segment in it")]
    Path,
    /// A fragment, which never leaves a browser.
    #[error("an address has no fragment")]
    Fragment,
    /// Control characters, spaces, or not ASCII.
    #[error("an address is printable ASCII")]
    Characters,
    /// Too long.
    #[error("the address is too long")]
    Length,
}

/// A host as it stands in a right: exact, `*.domain`, or `*`.
fn host(text: &str, wide: bool) -> Result<String, PlaceError> {
    let text = text.to_ascii_lowercase();
    if wide {
        match text.strip_prefix('*') {
            Some("") => return Ok(text),
            Some(rest) => {
                return match rest.strip_prefix('.') {
                    Some(domain) if domain.contains(|c: char| !c.is_ascii_digit() && c != '.') => {
                        host(domain, false).map(|domain| format!("*.{domain}"))
                    }
                    _ => Err(PlaceError::Host),
                };
            }
            None => {}
        }
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // One spelling of an address only.
        return inner.parse::<Ipv6Addr>().map(|address| format!("[{address}]")).map_err(|_| PlaceError::Host);
    }
    let labels: Vec<&str> = text.split('.').collect();
    let label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    if text.len() > MAX_HOST || !labels.iter().all(label) {
        return Err(PlaceError::Host);
    }
    // `127.1`, `0x7f000001` and `2130706433` are addresses to some readers.
    let last = labels.last().copied().unwrap_or_default();
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if number && text.parse::<Ipv4Addr>().is_err() {
        return Err(PlaceError::Host);
    }
    Ok(text)
}

fn port(text: &str) -> Result<u16, PlaceError> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(port),
        _ => Err(PlaceError::Port),
    }
}

/// Splits `host[:port]`.
fn authority(text: &str) -> Result<(&str, Option<u16>), PlaceError> {
    let (name, after) = match text.strip_prefix('[') {
        Some(_) => text.split_at(text.find(']').ok_or(PlaceError::Host)? + 1),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    match after.strip_prefix(':') {
        Some(digits) => Ok((name, Some(port(digits)?))),
        None if after.is_empty() => Ok((name, None)),
        None => Err(PlaceError::Host),
    }
}

/// The segments of a path that begins with `/`, its last empty one left out.
fn segments(path: &str) -> Result<Vec<String>, PlaceError> {
    let inner = path.strip_prefix('/').ok_or(PlaceError::Path)?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return if path == "/" { Ok(Vec::new()) } else { Err(PlaceError::Path) };
    }
    inner.split('/').map(segment).collect()
}

/// A segment as a server may come to read it, or refused.
fn segment(text: &str) -> Result<String, PlaceError> {
    let mut now = text.as_bytes().to_vec();
    for _ in 0..=MAX_ESCAPES {
        let plain = now.is_empty()
            || matches!(now.as_slice(), b"." | b"..")
            || now.iter().any(|b| matches!(b, b'/' | b'\\') || b.is_ascii_control());
        // `..;x` is `..` to servers with matrix parameters.
        let parameter = now.split(|b| *b == b';').next().is_some_and(|name| matches!(name, b"." | b".."));
        if plain || parameter {
            return Err(PlaceError::Path);
        }
        if !now.contains(&b'%') {
            return String::from_utf8(now).map_err(|_| PlaceError::Path);
        }
        now = unescaped(&now).ok_or(PlaceError::Path)?;
    }
    Err(PlaceError::Path)
}

/// One round of `%xx`; `None` when a `%` is followed by something else.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            out.push(*first);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
        out.push(u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?);
        rest = &after[2..];
    }
    Some(out)
}

/// `<host>[:port]/<path prefix>` of a right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HttpPlace {
    host: String,
    /// `None`: https on 443.
    port: Option<u16>,
    path: Vec<String>,
}

impl std::str::FromStr for HttpPlace {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (before, path) = text.split_at(text.find('/').ok_or(PlaceError::Path)?);
        // Without escapes, a prefix has one spelling.
        let known = |b: u8| b.is_ascii_alphanumeric() || b"/-._~!$&'()+,;=:@".contains(&b);
        if path.len() > MAX_PREFIX {
            return Err(PlaceError::Length);
        }
        if !path.bytes().all(known) {
            return Err(PlaceError::Path);
        }
        let (name, port) = authority(before)?;
        Ok(Self { host: host(name, true)?, port: port.filter(|port| *port != HTTPS), path: segments(path)? })
    }
}

impl fmt::Display for HttpPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", self.path.join("/"))
    }
}

/// Whether a host of a grant covers another.
fn host_covers(wide: &str, name: &str) -> bool {
    match wide.strip_prefix('*') {
        Some("") => true,
        // `*.example.com` is every name below it and not itself; an address has none.
        Some(tail) => name.strip_suffix(tail).is_some_and(|head| !head.is_empty()),
        None => wide == name,
    }
}

impl HttpPlace {
    /// Whether its host is one host.
    pub fn is_exact(&self) -> bool {
        !self.host.starts_with('*')
    }

    /// Whether whoever may fetch here may fetch there too.
    pub fn covers(&self, other: &Self) -> bool {
        host_covers(&self.host, &other.host) && self.port == other.port && other.path.starts_with(&self.path)
    }

    /// What is below both.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        if self.port != other.port {
            return None;
        }
        let host = if host_covers(&self.host, &other.host) {
            &other.host
        } else if host_covers(&other.host, &self.host) {
            &self.host
        } else {
            return None;
        };
        let path = if other.path.starts_with(&self.path) {
            &other.path
        } else if self.path.starts_with(&other.path) {
            &self.path
        } else {
            return None;
        };
        Some(Self { host: host.clone(), port: self.port, path: path.clone() })
    }

    /// Whether a request is for something below it. Without a port a place is
    /// https on 443; with one, that port, and the scheme may be either.
    pub fn holds(&self, target: &HttpTarget) -> bool {
        let port = match self.port {
            None => target.https && target.port == HTTPS,
            Some(port) => target.port == port,
        };
        port && host_covers(&self.host, &target.host) && target.path.starts_with(&self.path)
    }
}

/// What a request is for, read from its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTarget {
    https: bool,
    host: String,
    port: u16,
    path: Vec<String>,
}

impl HttpTarget {
    /// Reads an absolute address.
    ///
    /// # Errors
    /// The address could be read in two ways, or is none.
    pub fn parse(url: &str) -> Result<Self, PlaceError> {
        if url.len() > MAX_URL {
            return Err(PlaceError::Length);
        }
        if !url.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(PlaceError::Characters);
        }
        if url.contains('#') {
            return Err(PlaceError::Fragment);
        }
        let (scheme, rest) = url.split_once("://").ok_or(PlaceError::Scheme)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(PlaceError::Scheme),
        };
        let whole = rest.split('?').next().unwrap_or_default();
        if whole.contains('\\') {
            return Err(PlaceError::Path);
        }
        let (before, path) = whole.split_at(whole.find('/').unwrap_or(whole.len()));
        if before.contains('@') {
            return Err(PlaceError::Credentials);
        }
        let (name, port) = authority(before)?;
        Ok(Self {
            https,
            host: host(name, false)?,
            port: port.unwrap_or(if https { HTTPS } else { HTTP }),
            path: segments(if path.is_empty() { "/" } else { path })?,
        })
    }

    /// Whether TLS is spoken.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Lower case; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// As stated, or of the scheme.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The right that it needs, for a denial: its host and path.
    pub fn place(&self) -> String {
        let port = match (self.https, self.port) {
            (true, HTTPS) => String::new(),
            (_, port) => format!(":{port}"),
        };
        format!("http:{}{port}/{}", self.host, self.path.first().map_or("", String::as_str))
    }
}
