//! What news mean for somebody who is about to speak with the company.

use std::collections::BTreeSet;

use briefing_record::tally::listed;

use crate::kind::Kind;
use crate::subject::Target;

/// Added when it names somebody whom the rep deals with.
const NAMED: i64 = 50;
/// Weight of news that touch what is being talked about.
const ON_TOPIC: i64 = 30;
/// A week of age costs so much.
const A_WEEK: i64 = 2;
/// Most names in a reason.
const MAX_NAMES: usize = 2;
/// Words of a topic that are in many of them.
const SILENT: [&str; 20] = [
    "the",
    "and",
    "for",
    "with",
    "new",
    "deal",
    "pilot",
    "rollout",
    "project",
    "renewal",
    "plan",
    "phase",
    "license",
    "licence",
    "contract",
    "expansion",
    "upgrade",
    "opportunity",
    "group",
    "service",
];

/// How much it matters and why; none where it does not.
pub(crate) fn of(kind: Kind, title: &str, days: i64, named: &[&str], target: &Target) -> Option<(i64, String)> {
    let (weight, why) = match kind {
        Kind::Layoffs => (45, "jobs are being cut: expect questions about price and timing"),
        Kind::Acquisition => (45, "ownership changes: ask whether the way they decide and buy does too"),
        Kind::Funding => (40, "new money: priorities and budgets may shift"),
        Kind::Leadership => (35, "somebody else is in charge: ask what that changes for this project"),
        Kind::Expansion => (35, "they grow: what they need may grow with it"),
        Kind::Product | Kind::Partnership | Kind::Award | Kind::Other => (0, ""),
    };
    let mut reasons: Vec<String> = Vec::new();
    let mut total = weight;
    if !named.is_empty() {
        let names: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        reasons.push(format!("it names {}", listed(&names, MAX_NAMES)));
        total += NAMED;
    }
    if !why.is_empty() {
        reasons.push(why.to_owned());
    }
    if let Some(word) = shared_topic(title, target) {
        reasons.push(format!("it touches what you talk about: {word}"));
        total = total.max(ON_TOPIC);
    }
    (total > 0).then(|| (total - days / 7 * A_WEEK, reasons.join("; ")))
}

/// A word of a topic that the headline has, and that is not the company's name.
fn shared_topic(title: &str, target: &Target) -> Option<String> {
    let own: BTreeSet<String> = words(&target.name).collect();
    let said: BTreeSet<String> = words(title).map(|word| stem(&word)).collect();
    target.topics.iter().flat_map(|topic| words(topic).collect::<Vec<_>>()).find(|word| {
        word.chars().count() > 3
            && !own.contains(word)
            && !SILENT.contains(&word.as_str())
            && said.contains(&stem(word))
    })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn stem(word: &str) -> String {
    word.strip_suffix('s').filter(|stem| stem.chars().count() > 3 && !stem.ends_with('s')).unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_has_a_reason() {
        let target = Target {
            name: "Globex".to_owned(),
            topics: vec!["Globex: depot labels rollout".to_owned()],
            ..Target::default()
        };
        let of = |kind, title: &str, named: &[&str]| super::of(kind, title, 0, named, &target);
        assert!(of(Kind::Award, "Globex wins again", &[]).is_none());
        assert!(of(Kind::Product, "Globex rollout ends", &[]).is_none());
        assert_eq!(
            of(Kind::Product, "Globex prints its label at home", &[]),
            Some((30, "it touches what you talk about: labels".to_owned()))
        );
        let (weight, why) = of(Kind::Leadership, "Globex names Mira Holt COO", &["Mira Holt"]).unwrap_or_default();
        assert_eq!((weight, why.starts_with("it names Mira Holt; somebody")), (85, true));
    }
}
