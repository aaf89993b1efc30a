//! What `select-content` chose.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fit::Candidate;

/// Documents and prices that answer a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Selection {
    /// `content` or `pricing`.
    pub kind: String,
    /// The words that ask.
    pub asked: Vec<Asked>,
    /// What answers them, the best first.
    pub chosen: Vec<Chosen>,
    /// Prices of products that were asked for.
    pub prices: Vec<Price>,
    /// What was looked at and not taken.
    pub others: Vec<Candidate>,
    /// Why nothing was chosen.
    pub reason: Option<String>,
}

impl Selection {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty() && self.prices.is_empty()
    }
}

/// Words that ask for something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Asked {
    /// The exact words.
    pub quote: String,
    /// Who.
    pub speaker: Option<String>,
    /// `meeting`, `mail` or `request`.
    pub source: String,
    /// Turn of the transcript.
    pub turn: Option<usize>,
    /// `m:ss` from the start of the meeting.
    pub time: Option<String>,
}

/// A document that is held and fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Chosen {
    /// Which.
    pub template_id: String,
    /// Its name.
    pub name: String,
    /// What it is, in its keeper's words.
    pub description: String,
    /// Where it is.
    pub url: Option<String>,
    /// Its text, where it is one to be sent as it stands.
    pub text: Option<String>,
    /// Its version.
    pub version: String,
    /// Why it was taken.
    pub why: Vec<String>,
    /// How well it fits.
    pub points: u32,
}

/// A price that the org holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Price {
    /// Which product.
    pub product_id: String,
    /// Its name.
    pub name: String,
    /// As it is written.
    pub price: String,
    /// The product's page.
    pub url: Option<String>,
}
