//! What a call may do: declared ∩ operator ∩ org ∩ step.
//!
//! [`RightSet`] is the only place where that is decided. A right is text of the
//! form `context:<source>`, `effect:<kind>`, `llm:<class>`; a *grant* may end in
//! `*`, an *ask* may not, so that a manifest always says exactly what it wants.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Right {
    /// Read a source.
    Context(String),
    /// Propose an effect of a kind.
    Effect(String),
    /// Ask a model of a class.
    Llm(String),
}

/// A text that is not a right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a right; write context:<source>, effect:<kind> or llm:<class>")]
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

impl std::str::FromStr for Right {
    type Err = RightSyntax;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || RightSyntax { text: text.to_owned() };
        let (family, name) = text.split_once(':').ok_or_else(bad)?;
        let stem = name.strip_suffix('*').unwrap_or(name);
        let ok = !name.is_empty()
            && name.len() <= 64
            && stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        match family {
            _ if !ok => Err(bad()),
            "context" => Ok(Self::Context(name.to_owned())),
            "effect" => Ok(Self::Effect(name.to_owned())),
            "llm" => Ok(Self::Llm(name.to_owned())),
            _ => Err(bad()),
        }
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
            Self::Effect(name) => write!(f, "effect:{name}"),
            Self::Llm(name) => write!(f, "llm:{name}"),
        }
    }
}

impl Right {
    /// Whether this grant covers that ask.
    fn covers(&self, ask: &Self) -> bool {
        let pair = match (self, ask) {
            (Self::Context(a), Self::Context(b))
            | (Self::Effect(a), Self::Effect(b))
            | (Self::Llm(a), Self::Llm(b)) => (a, b),
            _ => return false,
        };
        match pair.0.strip_suffix('*') {
            Some(stem) => pair.1.starts_with(stem),
            None => pair.0 == pair.1,
        }
    }

    /// Whether it names one thing rather than a family.
    pub fn is_exact(&self) -> bool {
        !self.to_string().ends_with('*')
    }
}

/// What one party grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// This party narrows nothing.
    Unrestricted,
    /// Only these.
    Only(BTreeSet<Right>),
}

impl Grant {
    /// Whether this party allows it.
    pub fn allows(&self, right: &Right) -> bool {
        match self {
            Self::Unrestricted => true,
            Self::Only(grants) => grants.iter().any(|grant| grant.covers(right)),
        }
    }
}

/// The effective rights of one call. Deny by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RightSet(BTreeSet<Right>);

impl RightSet {
    /// The meet: what the manifest asks and every party allows. A wildcard in
    /// an ask grants nothing.
    pub fn meet<'a>(asked: impl IntoIterator<Item = &'a Right>, grants: &[&Grant]) -> Self {
        Self(
            asked
                .into_iter()
                .filter(|right| right.is_exact() && grants.iter().all(|grant| grant.allows(right)))
                .cloned()
                .collect(),
        )
    }

    /// Whether the source may be read.
    pub fn may_read(&self, source: &str) -> bool {
        self.0.contains(&Right::Context(source.to_owned()))
    }

    /// Whether effects of the kind may be proposed.
    pub fn may_propose(&self, kind: &str) -> bool {
        self.0.contains(&Right::Effect(kind.to_owned()))
    }

    /// Whether the model class may be asked.
    pub fn may_ask(&self, class: &str) -> bool {
        self.0.contains(&Right::Llm(class.to_owned()))
    }

    /// All of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Right> {
        self.0.iter()
    }
}

impl FromIterator<Right> for RightSet {
    fn from_iter<T: IntoIterator<Item = Right>>(rights: T) -> Self {
        Self(rights.into_iter().filter(Right::is_exact).collect())
    }
}
