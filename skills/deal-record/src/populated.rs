//! What `populate-proposal` made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A template with its variables filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Populated {
    /// The template.
    pub template_id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Title of the document.
    pub title: String,
    /// For whom: company, else person.
    pub recipient: Option<String>,
    /// The parts in order; a custom one is still to be written.
    pub sections: Vec<Section>,
    /// What was filled in, and from where.
    pub values: Vec<Filled>,
    /// What is required and not known; with one of these there is no document.
    pub missing: Vec<Missing>,
    /// Optional variables that nothing is known for; nothing stands in their place.
    pub left_empty: Vec<String>,
    /// Nothing required is missing.
    pub complete: bool,
}

/// A part of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Section {
    /// Id within the template.
    pub id: String,
    /// Heading.
    pub heading: String,
    /// Markdown.
    pub body: String,
    /// Written for each deal.
    pub custom: bool,
    /// How to write it.
    pub guidance: Option<String>,
}

/// A variable and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Filled {
    /// As it stands between braces.
    pub name: String,
    /// As it is written.
    pub value: String,
    /// Where it comes from: `deal.amount_cents`, `default`, `said by the rep`.
    pub source: String,
}

/// A required variable without a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Missing {
    /// As it stands between braces.
    pub name: String,
    /// What belongs there, in the template's words.
    pub description: String,
    /// Why there is none.
    pub reason: String,
}
