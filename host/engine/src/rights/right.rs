//! One right, as text and as a value.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::place::HttpPlace;

/// Length of a source, class, kind or name.
const MAX_NAME: usize = 64;
/// What marks an org-wide read.
const ORG_WIDE: &str = "@org";

/// One right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Right {
    /// Read a source as the job's user.
    Context(String),
    /// Read a source as the whole org.
    ContextOrg(String),
    /// Propose an effect of a kind.
    Effect(String),
    /// Ask a model of a class.
    Llm(String),
    /// Fetch below a place with GET and HEAD.
    Http(HttpPlace),
    /// Have a directory: scratch, or one the operator named.
    Fs(String),
    /// Have a secret filled in at egress.
    Secret(String),
}

/// A text that is not a right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a right; write context:<source>, context:<source>@org, llm:<class>, \
     http:<host>[:port]/<path>, effect:<kind>, fs:<name> or secret:<name>"
)]
pub struct RightSyntax {
    /// What was written.
    pub text: String,
}

impl TryFrom<String> for Right {
    type Error = RightSyntax;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A name, or a stem and `*`; `dots` says whether dots may be in it.
fn named(name: &str, dots: bool) -> Option<String> {
    let stem = name.strip_suffix('*').unwrap_or(name);
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-' || (dots && b == b'.');
    (!name.is_empty() && name.len() <= MAX_NAME && stem.bytes().all(known)).then(|| name.to_owned())
}

impl std::str::FromStr for Right {
    type Err = RightSyntax;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let right = match text.split_once(':') {
            Some(("context", name)) => match name.strip_suffix(ORG_WIDE) {
                Some(name) => named(name, true).map(Self::ContextOrg),
                None => named(name, true).map(Self::Context),
            },
            Some(("effect", name)) => named(name, true).map(Self::Effect),
            Some(("llm", name)) => named(name, true).map(Self::Llm),
            Some(("http", place)) => place.parse().ok().map(Self::Http),
            // A directory's name is a path of the guest: no dots in it.
            Some(("fs", name)) => named(name, false).map(Self::Fs),
            Some(("secret", name)) => named(name, false).map(Self::Secret),
            _ => None,
        };
        right.ok_or_else(|| RightSyntax { text: text.chars().take(200).collect() })
    }
}

impl From<Right> for String {
    fn from(right: Right) -> Self {
        right.to_string()
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(name) => write!(f, "context:{name}"),
            Self::ContextOrg(name) => write!(f, "context:{name}{ORG_WIDE}"),
            Self::Effect(name) => write!(f, "effect:{name}"),
            Self::Llm(name) => write!(f, "llm:{name}"),
            Self::Http(place) => write!(f, "http:{place}"),
            Self::Fs(name) => write!(f, "fs:{name}"),
            Self::Secret(name) => write!(f, "secret:{name}"),
        }
    }
}

impl Right {
    /// The names of two rights of one family, where the family has names.
    fn names<'a>(&'a self, other: &'a Self) -> Option<(&'a str, &'a str)> {
        match (self, other) {
            (Self::Context(a), Self::Context(b))
            | (Self::ContextOrg(a), Self::ContextOrg(b))
            | (Self::Effect(a), Self::Effect(b))
            | (Self::Llm(a), Self::Llm(b))
            | (Self::Fs(a), Self::Fs(b))
            | (Self::Secret(a), Self::Secret(b)) => Some((a, b)),
            _ => None,
        }
    }

    /// Whether whoever has this has that too.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Http(a), Self::Http(b)) => a.covers(b),
            _ => self.names(other).is_some_and(|(wide, name)| match wide.strip_suffix('*') {
                Some(stem) => name.starts_with(stem),
                None => wide == name,
            }),
        }
    }

    /// What both allow; `None` when that is nothing. Of two places on one host
    /// it is the deeper one.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Http(a), Self::Http(b)) => a.meet(b).map(Self::Http),
            _ if other.covers(self) => Some(self.clone()),
            _ if self.covers(other) => Some(other.clone()),
            _ => None,
        }
    }

    /// Whether it names one thing rather than a family.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Http(place) => place.is_exact(),
            Self::Context(name)
            | Self::ContextOrg(name)
            | Self::Effect(name)
            | Self::Llm(name)
            | Self::Fs(name)
            | Self::Secret(name) => !name.ends_with('*'),
        }
    }
}
