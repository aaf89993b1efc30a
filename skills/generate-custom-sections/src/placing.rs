//! What belongs in which section.

use deal_record::{Section, Topics};

use crate::facts::Held;

/// What a section is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Where they stand and what they want.
    Situation,
    /// When, and who does what.
    Timeline,
    /// What it is worth.
    Value,
    /// What holds them back.
    Concerns,
}

/// Words of an id, heading or guidance, by role; the first row that has one decides.
const ROLES: [(Role, &[&str]); 3] = [
    (Role::Timeline, &["timeline", "schedule", "plan", "rollout", "milestone", "phase", "next step", "implementation"]),
    (Role::Value, &["value", "benefit", "roi", "return", "business case", "impact", "saving"]),
    (Role::Concerns, &["concern", "risk", "question", "objection", "faq", "doubt"]),
];
/// Most statements in a section.
const MOST: usize = 5;

/// What a section is about: by its id and heading, else by its guidance.
pub(crate) fn role(section: &Section) -> Role {
    let named = Topics::of(&format!("{} . {}", section.id.replace(['_', '-'], " "), section.heading));
    let guided = Topics::of(section.guidance.as_deref().unwrap_or_default());
    let by = |topics: &Topics| ROLES.iter().find(|(_, words)| words.iter().any(|word| topics.mention(word)));
    by(&named).or_else(|| by(&guided)).map_or(Role::Situation, |(role, _)| *role)
}

/// The statements of a section, in the order to tell them.
pub(crate) fn of(role: Role, facts: &[Held]) -> Vec<&Held> {
    let kinds: &[&str] = match role {
        Role::Situation => &["need", "timeline"],
        Role::Timeline => &["timeline", "promise"],
        Role::Value => &["need"],
        Role::Concerns => &["concern", "question"],
    };
    let figures = |held: &&Held| role != Role::Value || held.fact.quote.chars().any(|c| c.is_ascii_digit());
    kinds
        .iter()
        .flat_map(|kind| facts.iter().filter(move |held| held.fact.kind == **kind))
        .filter(figures)
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_says_what_it_is_about() {
        for (id, heading, guidance, want) in [
            ("executive_summary", "Executive summary", "", Role::Situation),
            ("s1", "Your goals", "The risks they see", Role::Situation),
            ("s2", "Implementation plan", "", Role::Timeline),
            ("roi", "What it brings", "", Role::Value),
            ("s3", "Part three", "Answer the questions they asked", Role::Concerns),
            ("planet", "Planet-wide reach", "", Role::Situation),
        ] {
            let section = Section {
                id: id.to_owned(),
                heading: heading.to_owned(),
                guidance: Some(guidance.to_owned()),
                ..Section::default()
            };
            let found = if id == "s1" { role(&Section { guidance: None, ..section }) } else { role(&section) };
            assert_eq!(found, want, "{id}");
        }
    }
}
