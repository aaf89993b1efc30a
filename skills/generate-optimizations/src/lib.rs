//! Suggests what to change.
//!
//! [`rules`] holds one function a kind of suggestion; each looks at one campaign
//! and gives at most a few. To suggest one more thing, add a function there and a
//! line in [`run`].

mod enough;
mod rules;

use campaign_record::{Classified, Monitored, Suggestion, Suggestions};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::{Call, Failure, Outcome, skill};

/// Most suggestions; more are not read.
const MOST: usize = 8;

/// What was found.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Of `monitor-campaigns`.
    pub monitored: Option<Monitored>,
    /// Of `classify-replies`; null where replies could not be classified.
    pub classified: Option<Classified>,
}

/// Suggests.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Suggestions>, Failure> {
    let monitored = input.monitored.ok_or_else(|| Failure::invalid("not-monitored", "there are no numbers"))?;
    let classified = input.classified.unwrap_or_default();
    let mut found: Vec<Suggestion> = rules::answer_first(&classified);
    for (at, report) in monitored.campaigns.iter().enumerate() {
        if report.status != "active" {
            continue;
        }
        let before = found.len();
        found.extend(rules::clean_list(report, at));
        found.extend(rules::pause(report, at));
        found.extend(rules::use_variant(report, at));
        found.extend(rules::wrong_people(report, &classified));
        found.extend(rules::cut_step(report, at));
        if found.len() == before {
            found.extend(rules::rewrite(report, at));
        }
        found.extend(rules::keep_testing(report, at));
    }
    found.sort_by_key(|suggestion| rules::weight(&suggestion.kind));
    found.truncate(MOST);
    let name = |id: &str| {
        monitored
            .campaigns
            .iter()
            .find(|report| report.campaign_id == id)
            .map(|report| meeting_record::one_line(&report.name))
    };
    let lines = found
        .iter()
        .map(|suggestion| match name(&suggestion.campaign_id) {
            Some(name) => format!("{name}: {} ({})", suggestion.text, suggestion.because),
            None => format!("{} ({})", suggestion.text, suggestion.because),
        })
        .collect();
    let summary = match found.len() {
        0 => "nothing to change".to_owned(),
        1 => "1 suggestion".to_owned(),
        n => format!("{n} suggestions"),
    };
    Ok(Outcome::new(Suggestions { suggestions: found, lines }).summary(summary))
}

skillhost_sdk::cases!();
