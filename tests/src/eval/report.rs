//! What is told of each set: its counts, measures and mistakes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::measure::Measure;

/// Examples of a kind of mistake that are printed unless all are asked for.
const EXAMPLES: usize = 5;

/// What a set is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Rules may be written for it.
    Tuning,
    /// Labelled before it was scored; no rule is changed for it.
    Held,
    /// Somebody else's, scored as its labels are.
    ThirdParty,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::Held => "held",
            Self::ThirdParty => "third-party",
        }
    }
}

/// A set as it was scored.
#[derive(Clone, Debug, Serialize)]
pub struct SetReport {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub part: Part,
    /// What it consists of.
    pub counts: Vec<(String, usize)>,
    /// Its numbers.
    pub measures: Vec<Measure>,
    /// Labelled class, found class, how often; classes only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<(String, String, usize)>,
    /// By kind, in the order of the set.
    pub mistakes: BTreeMap<String, Vec<String>>,
}

impl SetReport {
    /// A set without numbers yet.
    pub fn new(name: &str, part: Part) -> Self {
        Self {
            name: name.to_owned(),
            part,
            counts: vec![],
            measures: vec![],
            confusion: vec![],
            mistakes: BTreeMap::new(),
        }
    }

    /// Says how many of something there are.
    pub fn count(&mut self, what: &str, count: usize) {
        self.counts.push((what.to_owned(), count));
    }

    /// Keeps an example.
    pub fn mistake(&mut self, kind: &str, example: String) {
        self.mistakes.entry(kind.to_owned()).or_default().push(example);
    }

    /// Whether a target of it is missed.
    pub fn falls_short(&self) -> bool {
        self.measures.iter().any(Measure::falls_short)
    }

    /// For a person; `all` shows every mistake.
    pub fn text(&self, all: bool) -> String {
        let mut out = String::new();
        let counts: Vec<String> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        // Writing to a string does not fail.
        let _ = writeln!(out, "{} ({}): {}", self.name, self.part.as_str(), counts.join(", "));
        for measure in &self.measures {
            let _ = writeln!(out, "  {}", measure.line());
        }
        for (want, got, count) in self.confusion.iter().filter(|(want, got, _)| want != got) {
            let _ = writeln!(out, "  {want} taken for {got}: {count}");
        }
        for (kind, examples) in &self.mistakes {
            let _ = writeln!(out, "  {kind}: {}", examples.len());
            let shown = if all { examples.len() } else { EXAMPLES };
            for example in examples.iter().take(shown) {
                let _ = writeln!(out, "    - {example}");
            }
            if examples.len() > shown {
                let _ = writeln!(out, "    … {} more", examples.len() - shown);
            }
        }
        out
    }
}
