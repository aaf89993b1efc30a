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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn right(grant: bool) -> impl Strategy<Value = Right> {
        let name = prop::sample::select(vec!["deal", "deal.stage", "email.send", "email.draft", "small"]);
        (0_usize..3, name, any::<bool>()).prop_map(move |(family, name, wild)| {
            let name = match (grant && wild, name.split_once('.')) {
                (true, Some((stem, _))) => format!("{stem}.*"),
                (true, None) => "*".to_owned(),
                (false, _) => name.to_owned(),
            };
            match family {
                0 => Right::Context(name),
                1 => Right::Effect(name),
                _ => Right::Llm(name),
            }
        })
    }

    fn grants() -> impl Strategy<Value = Vec<Grant>> {
        let only = prop::collection::btree_set(right(true), 0..6).prop_map(Grant::Only);
        prop::collection::vec(prop_oneof![4 => only, 1 => Just(Grant::Unrestricted)], 0..4)
    }

    fn asked() -> impl Strategy<Value = Vec<Right>> {
        prop::collection::vec(right(false), 0..10)
    }

    fn meet(asked: &[Right], grants: &[Grant]) -> RightSet {
        RightSet::meet(asked, &grants.iter().collect::<Vec<_>>())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn another_party_only_narrows(asked in asked(), mut grants in grants(), more in right(true)) {
            let before = meet(&asked, &grants);
            grants.push(Grant::Only([more].into()));
            prop_assert!(meet(&asked, &grants).0.is_subset(&before.0));
            grants.push(Grant::Only(BTreeSet::new()));
            prop_assert!(meet(&asked, &grants).0.is_empty(), "one that denies all wins");
        }

        #[test]
        fn order_does_not_matter(mut asked in asked(), mut grants in grants()) {
            let before = meet(&asked, &grants);
            asked.reverse();
            grants.reverse();
            prop_assert_eq!(meet(&asked, &grants), before);
        }

        #[test]
        fn nothing_is_granted_unasked_and_a_wide_ask_gets_nothing(asked in asked(), grants in grants(), wide in right(true)) {
            let got = meet(&asked, &grants);
            prop_assert!(got.iter().all(|right| asked.contains(right)));
            if !wide.is_exact() {
                prop_assert!(meet(&[wide], &[Grant::Unrestricted]).0.is_empty());
            }
        }

        #[test]
        fn text_and_right_are_one(right in right(true)) {
            prop_assert_eq!(right.to_string().parse::<Right>(), Ok(right));
        }
    }

    #[test]
    fn what_is_no_right_does_not_parse() {
        for text in ["", "deal", "context:", "context:A", "door:x", "effect:a b", "context:a*b", "llm:**"] {
            assert!(text.parse::<Right>().is_err(), "{text}");
        }
    }
}
