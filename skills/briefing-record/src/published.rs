//! What `research-company-news` picked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::line::Source;
use crate::reading::Missing;

/// News that matter for a meeting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewsItems {
    /// The company asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// What matters, most first.
    pub items: Vec<NewsItem>,
    /// What was read and left out, with the reason.
    pub left_out: Vec<LeftOut>,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// A piece of news that matters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewsItem {
    /// The article.
    pub id: String,
    /// Headline, exact.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// Page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// RFC 3339.
    pub published_at: String,
    /// Whole days since.
    pub days: i64,
    /// `funding`, `leadership`, `acquisition`, …
    pub kind: String,
    /// Why it matters for this meeting.
    pub why: String,
    /// How it is known that it is about this company: `domain`, `person`, `sector`, `place` or `name`.
    pub known_by: String,
    /// The article as a source.
    pub source: Source,
}

/// A piece of news that was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LeftOut {
    /// The article.
    pub id: String,
    /// Why: `stale`, `another_company`, `not_about_it`, `no_use_here`, `told_already`, `undated`.
    pub why: String,
}
