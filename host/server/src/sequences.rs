//! The sequences this host plans with, and the pinned ones of running jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use skillhost_engine::ids::SkillName;
use skillhost_engine::sequence::{Catalog, Sequence, SequenceError, Standing};

/// A file of the folder of sequences.
macro_rules! shipped {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../sequences/", $name)))
    };
}

/// Sequences that ship with the host, used where no folder is configured. A test holds the
/// list to the folder.
const SHIPPED: [(&str, &str); 15] = [
    shipped!("calendar_find_times.yaml"),
    shipped!("campaign_check.yaml"),
    shipped!("coaching_digest.yaml"),
    shipped!("competitive_research.yaml"),
    shipped!("content_retrieval.yaml"),
    shipped!("deal_closing.yaml"),
    shipped!("email_received.yaml"),
    shipped!("followup_reminder.yaml"),
    shipped!("meeting_ended.yaml"),
    shipped!("morning_brief.yaml"),
    shipped!("pipeline_scan.yaml"),
    shipped!("pre_meeting_90min.yaml"),
    shipped!("pricing_retrieval.yaml"),
    shipped!("proposal_generation.yaml"),
    shipped!("stale_deal_revival.yaml"),
];
/// Largest sequence file, bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024;
/// Pinned definitions kept parsed; a job whose definition is not among them is
/// parsed again.
const MAX_PINNED: usize = 256;

/// Why the sequences could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or the folder cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is larger than a sequence may be.
    #[error("{path} is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// Files that are not sequences this host can run; all of them at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<SequenceError>),
    /// Two files want the same event type.
    #[error("{first} and {second} are both for event type `{event_type}`")]
    Twice {
        /// The type.
        event_type: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
}

/// Looks up what runs for an event type.
#[derive(Debug, Default)]
pub struct Sequences {
    active: Catalog,
    /// By digest. Held for map access only.
    pinned: Mutex<BTreeMap<String, Arc<Sequence>>>,
}

impl Sequences {
    /// Reads every `.yaml` of the folder, or the shipped ones, and checks them
    /// against the skills at hand and what they are granted. All or nothing.
    ///
    /// # Errors
    /// See [`LoadError`]; every invalid file is named with line and column.
    pub fn load(
        folder: Option<&Path>,
        known: &BTreeSet<SkillName>,
        standing: &dyn Fn(&SkillName) -> Option<Standing>,
    ) -> Result<Self, LoadError> {
        let mut errors = Vec::new();
        let mut active: BTreeMap<String, (String, Arc<Sequence>)> = BTreeMap::new();
        for (file, text) in texts(folder)? {
            let sequence = match Sequence::parse(&file, &text) {
                Ok(sequence) => sequence,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let checked = sequence
                .check_skills(&file, known)
                .and_then(|()| sequence.check_pins(&file, standing))
                .and_then(|()| sequence.check_rights(&file, standing));
            if let Err(error) = checked {
                errors.push(error);
                continue;
            }
            let event_type = sequence.event.clone();
            if let Some((first, _)) = active.get(&event_type) {
                return Err(LoadError::Twice { event_type, first: first.clone(), second: file });
            }
            active.insert(event_type, (file, Arc::new(sequence)));
        }
        if !errors.is_empty() {
            return Err(LoadError::Invalid(errors));
        }
        Ok(Self::of(active.into_values().map(|(_, sequence)| sequence)))
    }

    /// The same files, whatever skills are at hand: to look at.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn read(folder: Option<&Path>) -> Result<Self, LoadError> {
        let mut sequences = Vec::new();
        for (file, text) in texts(folder)? {
            sequences.push(Arc::new(Sequence::parse(&file, &text).map_err(|error| LoadError::Invalid(vec![error]))?));
        }
        Ok(Self::of(sequences))
    }

    /// Sequences made elsewhere, for benches and tests.
    pub fn of(sequences: impl IntoIterator<Item = Arc<Sequence>>) -> Self {
        Self { active: sequences.into_iter().collect(), pinned: Mutex::default() }
    }

    /// What runs for new events of this type.
    pub fn for_event(&self, event_type: &str) -> Option<&Arc<Sequence>> {
        self.active.for_event(event_type)
    }

    /// All of them, for follow-ups.
    pub fn catalog(&self) -> &Catalog {
        &self.active
    }

    /// The definition a job began with, whatever its file says today.
    ///
    /// # Errors
    /// The stored text is not understood by this version.
    pub fn pinned(&self, name: &str, digest: &str, text: &str) -> Result<Arc<Sequence>, SequenceError> {
        if let Some(sequence) = self.active.iter().find(|sequence| sequence.digest == digest) {
            return Ok(Arc::clone(sequence));
        }
        // A panic under this lock leaves a whole map behind.
        let mut pinned = self.pinned.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(sequence) = pinned.get(digest) {
            return Ok(Arc::clone(sequence));
        }
        let sequence = Arc::new(Sequence::parse(name, text)?);
        if pinned.len() >= MAX_PINNED {
            pinned.clear();
        }
        pinned.insert(digest.to_owned(), Arc::clone(&sequence));
        Ok(sequence)
    }
}

fn texts(folder: Option<&Path>) -> Result<Vec<(String, String)>, LoadError> {
    match folder {
        None => Ok(SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()),
        Some(folder) => read_folder(folder),
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> LoadError + '_ {
    |source| LoadError::Unreadable { path: path.to_owned(), source }
}

fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, LoadError> {
    let mut paths = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
        .map_err(unreadable(folder))?;
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml"));
    paths.sort();
    paths.iter().map(|path| read_file(path)).collect()
}

/// A file's name, as messages have it, and its text.
pub(crate) fn read_file(path: &Path) -> Result<(String, String), LoadError> {
    let size = std::fs::metadata(path).map_err(unreadable(path))?.len();
    if size > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge { path: path.to_owned() });
    }
    let text = std::fs::read_to_string(path).map_err(unreadable(path))?;
    Ok((path.display().to_string(), text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_ships_is_what_the_folder_has() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sequences");
        let named = |(path, text): (String, String)| (path.rsplit('/').next().unwrap().to_owned(), text);
        let files: Vec<(String, String)> = read_folder(&folder).unwrap().into_iter().map(named).collect();
        let shipped = texts(None).unwrap();
        assert_eq!(files, shipped);
    }
}
