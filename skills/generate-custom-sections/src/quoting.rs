//! A section in the words that were used.

use deal_record::{Section, WrittenSection, escaped};
use skillhost_sdk::sources::Side;

use crate::facts::Held;
use crate::placing::{self, Role};

/// Writes a section; empty where nothing was said that belongs there.
pub(crate) fn write(section: &Section, facts: &[Held], day: Option<&str>) -> WrittenSection {
    let role = placing::role(section);
    let placed = placing::of(role, facts);
    if placed.is_empty() {
        return WrittenSection { id: section.id.clone(), by: "nothing".to_owned(), ..WrittenSection::default() };
    }
    let on = day.map(|day| format!(" on {day}")).unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    let (promised, told): (Vec<&Held>, Vec<&Held>) = placed.iter().partition(|held| held.fact.kind == "promise");
    if !told.is_empty() {
        parts.push(match role {
            Role::Situation => format!("What you told us{on}:"),
            Role::Timeline => format!("What you told us about your dates{on}:"),
            Role::Value => format!("The figures that you named{on}:"),
            Role::Concerns => format!("What you asked us to look at{on}:"),
        });
        parts.extend(told.iter().map(|held| quoted(held)));
    }
    if !promised.is_empty() {
        parts.push(format!("What was promised{on}:"));
        parts.push(promised.iter().map(|held| line(held)).collect::<Vec<_>>().join("\n"));
    }
    WrittenSection {
        id: section.id.clone(),
        body: parts.join("\n\n"),
        by: "quotes".to_owned(),
        facts: placed.iter().map(|held| held.fact.id.clone()).collect(),
    }
}

fn quoted(held: &Held) -> String {
    format!("> “{}”\n>\n> {}", escaped(&held.fact.quote), escaped(&held.fact.speaker))
}

fn line(held: &Held) -> String {
    let whose = if held.side == Side::Rep { "for us" } else { "for you" };
    format!("- {} ({whose}): “{}”", escaped(&held.fact.speaker), escaped(&held.fact.quote))
}
