//! Tier 3: what the org has written for reuse.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something a template needs to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TemplateVariable {
    /// As it stands between braces.
    pub name: String,
    /// What belongs there.
    pub description: String,
    /// Without it the template cannot be used.
    pub required: bool,
    /// What stands there when nothing is said.
    pub default: Option<String>,
}

/// A part of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TemplateSection {
    /// Id within the template.
    pub id: String,
    /// Heading.
    pub heading: String,
    /// Text with `{{name}}` variables.
    pub body: String,
    /// Written anew for each deal.
    pub custom: bool,
    /// How to write it.
    pub guidance: Option<String>,
}

/// A template. A list of them comes without `variables`, `sections` and `body`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Template {
    /// Id.
    pub id: String,
    /// `proposal`, `content`, `pricing` or `email`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Industries it fits; none named: any.
    pub industries: Vec<String>,
    /// Stages it fits; none named: any.
    pub stages: Vec<String>,
    /// Deals of at least this many cents.
    pub min_cents: Option<i64>,
    /// Deals of at most this many cents.
    pub max_cents: Option<i64>,
    /// BCP 47.
    pub language: String,
    /// As its keeper counts.
    pub version: String,
    /// RFC 3339.
    pub updated_at: String,
    /// Where the document itself is.
    pub url: Option<String>,
    /// What it needs to be told.
    pub variables: Vec<TemplateVariable>,
    /// Its parts in order.
    pub sections: Vec<TemplateSection>,
    /// Text of a template without parts.
    pub body: Option<String>,
}
