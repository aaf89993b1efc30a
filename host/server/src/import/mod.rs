//! CSV files and HubSpot exports as the document that `skillhost data load` takes.
//!
//! From bytes to the document or to what is wrong is a function of its arguments:
//! [`draft`] reads the files beside what is [`Known`] of the org, [`Draft::plan`] tells
//! what is new, changed and unchanged. Only [`Known`] asks the store, and only the load
//! of the document writes.
//!
//! | module | knows |
//! |---|---|
//! | [`sheet`] | encodings, delimiters, bounds of a file |
//! | [`column`] | kinds, fields and the headers they go by |
//! | [`value`] | dates, amounts, addresses |
//! | [`known`] | the org as it is |
//! | [`record`] | a line as a record |
//! | [`link`] | whom a line names: owners, companies, contacts, deals |
//! | [`identity`] | the id of a record |
//! | [`change`] | what differs from what is there |
//! | [`fault`] | what is wrong, and where |
//!
//! Invariants: what can mean two things is a fault, never a guess; one fault and nothing
//! is written, unless who runs the import leaves the lines out that are at fault; what a
//! file does not say stays as it is.

mod change;
mod column;
mod fault;
mod identity;
mod known;
mod link;
mod record;
mod sheet;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod value;

use std::sync::Arc;

use encoding_rs::Encoding;
use jiff::tz::TimeZone;
use serde::Serialize;
use skillhost_engine::time::Timestamp;

pub use change::{Counts, Plan};
pub use column::{Holds, Kind, Mapped};
pub use fault::{Faults, LeftOut, Place};
pub use known::{Known, Person};
pub use record::Entry;
pub use sheet::MAX_FILE_BYTES;

use column::normal;
use record::Drafting;

/// Files of one run: an export of every kind in a few parts each.
pub const MAX_FILES: usize = 64;

/// A file as it was found.
#[derive(Debug)]
pub struct File {
    /// As it was named.
    pub name: Arc<str>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What who runs the import says.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose records they are.
    pub org: String,
    /// The user whose new records are that name no owner, or an unknown one.
    pub owner: Option<String>,
    /// By whose clocks times without an offset are.
    pub zone: Option<TimeZone>,
    /// The currency of amounts that name none.
    pub currency: Option<String>,
    /// Kinds of files by name, or of all of them.
    pub kinds: Vec<(Option<String>, Holds)>,
    /// Headers by hand.
    pub maps: Vec<Mapped>,
    /// Labels of stages, and the org's stage that each is.
    pub stages: Vec<(String, String)>,
    /// Of all files without a mark.
    pub encoding: Option<&'static Encoding>,
    /// Of all files.
    pub delimiter: Option<u8>,
    /// Whether a company that is only named is made.
    pub create_companies: bool,
    /// When the import runs.
    pub now: Timestamp,
}

/// Columns of a file that are kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The file.
    pub file: String,
    /// Their headers.
    pub columns: Vec<String>,
}

/// Something the importer decided that a person may want to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// In words.
    pub what: String,
    /// Lines it is about.
    pub lines: u64,
    /// The first of them.
    pub first: Place,
}

/// The records of all files.
#[derive(Debug)]
pub struct Draft {
    /// In the order in which they are loaded.
    pub entries: Vec<Entry>,
    /// Columns that were not read.
    pub unread: Vec<Unread>,
    /// What was decided.
    pub remarks: Vec<Remark>,
}

/// Reads files beside what is known of the org, without the lines that are left out.
///
/// # Errors
/// Everything that is wrong with them.
pub fn draft(files: &[File], options: &Options, known: &Known, left: &LeftOut) -> Result<Draft, Faults> {
    let mut faults = Faults::default();
    if files.len() > MAX_FILES {
        faults.push("the command line", format_args!("names more than {MAX_FILES} files"));
    }
    for (label, stage) in &options.stages {
        if !known.stages.contains(stage) {
            let have = known.stages.join(", ");
            faults.push(format_args!("--stage \"{label}={stage}\""), format_args!("the org's stages are {have}"));
        }
    }
    for (name, _) in &options.kinds {
        if let Some(name) = name
            && !files.iter().any(|file| is_file(&file.name, name))
        {
            faults.push(format_args!("--kind {name}=…"), "no file is named so");
        }
    }
    let mut sheets = Vec::new();
    let mut headers = Vec::new();
    for file in files.iter().take(MAX_FILES) {
        let read = sheet::read(&file.name, &file.bytes, options.encoding, options.delimiter, &mut faults);
        let Some(sheet) = read else { continue };
        headers.extend(sheet.header.iter().map(|header| normal(header)));
        let of_file =
            options.kinds.iter().find(|(name, _)| name.as_ref().is_some_and(|name| is_file(&file.name, name)));
        let said = of_file.or_else(|| options.kinds.iter().find(|(name, _)| name.is_none())).map(|(_, kind)| *kind);
        sheets.extend(column::head(sheet, said, &options.maps, &mut faults));
    }
    for (header, _) in &options.maps {
        if !headers.contains(&normal(header)) {
            faults.push(format_args!("--map {}", fault::quoted(header)), "no file has such a column");
        }
    }
    sheets.sort_by_key(|headed| headed.kind);
    let unread = sheets.iter().filter(|headed| !headed.unread.is_empty());
    let unread = unread.map(|of| Unread { file: of.sheet.file.to_string(), columns: of.unread.clone() }).collect();
    let mut drafting = Drafting::new(options, known, left, faults);
    for headed in &sheets {
        drafting.sheet(headed);
    }
    let (entries, remarks, faults) = drafting.end();
    faults.beside(left).or(Draft { entries, unread, remarks })
}

/// Whether a file is meant by this name: its path, or the last part of it.
fn is_file(file: &str, name: &str) -> bool {
    file == name || file.rsplit(['/', '\\']).next() == Some(name)
}

impl Draft {
    /// What it changes in the org, as a document to load.
    ///
    /// # Errors
    /// What a new record lacks.
    pub fn plan(&self, options: &Options, known: &Known) -> Result<Plan, Faults> {
        change::plan(self, options, known)
    }

    /// Kinds and ids of its records.
    pub fn ids(&self) -> Vec<(Kind, String)> {
        self.entries.iter().map(|entry| (entry.kind, entry.id.clone())).collect()
    }
}
