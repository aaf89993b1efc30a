//! Material of others, in the formats it comes in. None of it is part of the project, and no
//! rule is written for one file of it; a folder that is not there is left out.
//!
//! To add a format: a module with a reader that scores by the labels there are, and a line in
//! [`measure`].

mod letters;
mod meetings;
mod talk;
mod triage;
mod yes_no;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::report::SetReport;
use super::shipped::Shipped;

/// Scores what is known in a folder.
///
/// # Errors
/// The folder is not there, a file is not of its form, or a call fails.
pub(super) async fn measure(shipped: &Shipped, data: &Path) -> anyhow::Result<Vec<SetReport>> {
    anyhow::ensure!(data.is_dir(), "{} is no folder", data.display());
    let mut sets = meetings::measure(shipped, &data.join("transcripts/labelled-meetings")).await?;
    sets.extend(talk::measure(shipped, &data.join("transcripts/qmsum")).await?);
    sets.extend(letters::measure(shipped, &data.join("email")).await?);
    sets.extend(triage::measure(shipped, &data.join("email")).await?);
    sets.extend(yes_no::measure(shipped, &data.join("email")).await?);
    Ok(sets)
}

/// Files of a folder whose name ends so, by name; none where there is no folder.
fn files(folder: &Path, end: &str) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(end)) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
