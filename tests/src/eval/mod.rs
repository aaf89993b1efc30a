//! How well the language skills read, over labelled sets: `make eval`.
//!
//! The modules of `dist/` run in the sandbox as they ship, on the project's own sets and,
//! where somebody points to a folder of it, on third-party material. Each set is scored by
//! itself. What a held set shows is never used to change a rule (`docs/quality.md`).
//!
//! To add a set: a module that reads it and gives a [`SetReport`], and a line in [`run`]; for
//! somebody else's format, a module in [`third_party`].

mod call;
mod excerpts;
mod mails;
mod measure;
mod replies;
mod report;
mod sentences;
mod shipped;
mod third_party;
mod together;
mod wishes;

use std::path::Path;

pub use measure::{Measure, Score, Share, Tally};
pub use report::{Part, SetReport};
pub use shipped::{SKILLS, Shipped};
pub use together::together;

/// The name of what all hands say together whose calls nothing was fitted to.
pub const CALLS_TOGETHER: &str = "calls of all other hands together";
/// The same of mails.
pub const MAILS_TOGETHER: &str = "mails of all other hands together";

/// Scores every set of the project at `root`, and the material in `data`.
///
/// # Errors
/// A set or module is not there, or a call fails.
pub async fn run(root: &Path, data: Option<&Path>) -> anyhow::Result<Vec<SetReport>> {
    let shipped = Shipped::load(&root.join("dist"))?;
    let mut sets = Vec::new();
    for (file, title) in [
        ("transcripts", "transcripts"),
        ("calls-held", "calls of a second hand"),
        ("calls-held-2", "calls of a third hand"),
        ("calls-held-3", "calls of a fourth hand"),
        ("calls-held-4", "calls of a fifth hand"),
        ("calls-held-5", "calls of another hand"),
        ("calls-held-6", "calls of another hand yet"),
        ("calls-held-7", "calls of another hand after that"),
        ("calls-held-8", "calls of another hand still"),
        ("calls-held-9", "calls of another hand once more"),
        ("calls-held-10", "calls of another hand, of software"),
        ("calls-held-11", "calls of another hand, of trades"),
        ("calls-held-12", "calls of another hand, of both"),
    ] {
        sets.push(excerpts::measure(&shipped, title, &root.join(format!("tests/eval/{file}.jsonl"))).await?);
    }
    sets.extend(together(CALLS_TOGETHER, &sets));
    let sentences = root.join("sdk/language/eval");
    for (file, name, part) in [("tuning", "sentences tuning", Part::Tuning), ("held-out", "sentences held", Part::Held)]
    {
        let path = sentences.join(format!("{file}.jsonl"));
        sets.push(sentences::measure(&shipped, name, part, &path).await?);
        let (lines, name) = (sentences.join(format!("lines-{file}.jsonl")), name.replace("sentences", "lines"));
        sets.push(sentences::measure_lines(&shipped, &name, part, &lines).await?);
    }
    for (file, title) in [
        ("emails", "mails"),
        ("emails-held", "mails of a second hand"),
        ("emails-held-2", "mails of a third hand"),
        ("emails-held-3", "mails of a fourth hand"),
        ("emails-held-4", "mails of a fifth hand"),
        ("emails-held-5", "mails of another hand"),
        ("emails-held-6", "mails of another hand yet"),
    ] {
        sets.extend(mails::measure(&shipped, title, &root.join(format!("tests/eval/{file}.jsonl"))).await?);
    }
    let mails: Vec<SetReport> = sets.iter().filter(|set| set.name.starts_with("mails of another")).cloned().collect();
    sets.extend(together(MAILS_TOGETHER, &mails));
    sets.extend(replies::measure(&shipped, &root.join("tests/eval/replies.jsonl")).await?);
    let wishes = root.join("skills/parse-scheduling-request/examples/requests.json");
    sets.extend(wishes::measure(&shipped, &wishes).await?);
    if let Some(data) = data {
        sets.extend(third_party::measure(&shipped, data).await?);
    }
    Ok(sets)
}

/// Scores a folder of third-party material alone.
///
/// # Errors
/// The skills are not built, or the folder cannot be read.
pub async fn third_party(root: &Path, data: &Path) -> anyhow::Result<Vec<SetReport>> {
    third_party::measure(&Shipped::load(&root.join("dist"))?, data).await
}
