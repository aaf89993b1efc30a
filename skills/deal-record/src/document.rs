//! What `assemble-proposal` made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A finished document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// For whom.
    pub recipient: Option<String>,
    /// The template it was made of.
    pub template_id: String,
    /// The template's name.
    pub template_name: String,
    /// The template's version.
    pub template_version: String,
    /// Headings, in order.
    pub headings: Vec<String>,
    /// Custom parts that nothing was written for; they are not in it.
    pub left_out: Vec<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// All of it as plain text.
    pub text: String,
    /// The page.
    pub html: Artefact,
    /// The document to print and send.
    pub pdf: Artefact,
    /// Pages of the PDF.
    pub pages: usize,
}

/// Bytes that go with the outcome, by name and digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Artefact {
    /// `artifact:proposal-pdf`.
    pub name: String,
    /// `sha256:` and 64 hex digits.
    pub digest: String,
    /// Bytes.
    pub bytes: usize,
}
