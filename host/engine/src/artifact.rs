//! Files that skills make: what is kept of each, how others name it, and links to it.
//!
//! The bytes live once, by their digest, under the key of whoever their job is about and
//! for as long as that job's texts. The journal says which step made which file; a file
//! made again under the same name is a further version of it, and the last one counts.
//!
//! Invariants:
//! * What a payload names is looked up before a person is asked, and stands there as a
//!   digest with type and size, so that the approval is bound to the very bytes.
//! * A payload names files of its own job only.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::body::Subject;
use crate::canonical::sha256;
use crate::effect;
use crate::fold::Job;
use crate::ids::{JobId, OrgId, StepName, UserId};
use crate::outbox::OutboxRow;
use crate::outcome::{Artifact, Outcome};
use crate::skill::CallError;
use crate::time::Timestamp;

/// Files in one outcome; the outcome's bytes bound their size.
pub const MAX_ARTIFACTS: usize = 20;
/// Longest media type.
pub const MAX_MEDIA_TYPE: usize = 100;
/// `application/pdf`, `text/html; charset=utf-8`.
pub const MEDIA_TYPE_PATTERN: &str = "[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*(?:; ?charset=utf-8)?";
/// `artifact:<name>` or `artifact:<step>/<name>`.
pub const REFERENCE_PATTERN: &str = "artifact:(?:[A-Za-z0-9_-]{1,100}(?:\\[[0-9]{1,5}\\])?/)?[a-z0-9-]{1,64}";
/// `sha256:<hex>`.
pub const DIGEST_PATTERN: &str = "sha256:[0-9a-f]{64}";
/// What a reference begins with.
const BY_NAME: &str = "artifact:";
/// What a digest begins with.
const BY_DIGEST: &str = "sha256:";

/// Types that are served as what they are: media type, ending of a file's name, and
/// whether a browser shows it in a page of its own, where scripts and forms are off. Of
/// any other the bytes are handed over as such.
const TYPES: [(&str, &str, bool); 12] = [
    ("application/json", "json", false),
    ("application/pdf", "pdf", false),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx", false),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", false),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", false),
    ("image/jpeg", "jpg", true),
    ("image/png", "png", true),
    ("text/calendar", "ics", false),
    ("text/csv", "csv", false),
    ("text/html", "html", true),
    ("text/markdown", "md", false),
    ("text/plain", "txt", true),
];
/// What everything else is.
const BYTES: &str = "application/octet-stream";

/// A file as a line of the journal has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Local name.
    pub name: String,
    /// For instance `application/pdf`.
    pub media_type: String,
    /// How many.
    pub bytes: u64,
    /// `sha256:<hex>`.
    pub digest: String,
}

impl From<&Artifact> for Made {
    fn from(artifact: &Artifact) -> Self {
        Self {
            name: artifact.name.clone(),
            media_type: artifact.media_type.clone(),
            bytes: u64::try_from(artifact.content.len()).unwrap_or(u64::MAX),
            digest: sha256(&artifact.content),
        }
    }
}

/// A file of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptArtifact {
    /// The step that made it.
    pub step: StepName,
    /// Local name.
    pub name: String,
    /// From 1, of step and name.
    pub version: u32,
    /// For instance `application/pdf`.
    pub media_type: String,
    /// How many.
    pub bytes: u64,
    /// `sha256:<hex>`.
    pub digest: String,
    /// When it was made.
    pub made_at: Timestamp,
}

impl KeptArtifact {
    /// `proposal.pdf`: its name with the ending of its type.
    pub fn file_name(&self) -> String {
        file_name(&self.name, &self.media_type)
    }
}

/// A name with the ending of its type, where the type is one that is served as it is.
pub fn file_name(name: &str, media_type: &str) -> String {
    match served(media_type) {
        Some((_, ending, _)) => format!("{name}.{ending}"),
        None => name.to_owned(),
    }
}

fn served(media_type: &str) -> Option<(&'static str, &'static str, bool)> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    TYPES.into_iter().find(|(known, _, _)| *known == essence)
}

/// How the bytes of a type are handed to a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serving {
    /// Value of `content-type`.
    pub content_type: &'static str,
    /// Shown in a page rather than saved.
    pub inline: bool,
}

impl Serving {
    /// Of a media type as a skill wrote it; what is not known is bytes to save. Text is
    /// UTF-8, as everything a skill writes.
    pub fn of(media_type: &str) -> Self {
        let Some((essence, _, inline)) = served(media_type) else {
            return Self { content_type: BYTES, inline: false };
        };
        let content_type = match essence {
            "text/calendar" => "text/calendar; charset=utf-8",
            "text/csv" => "text/csv; charset=utf-8",
            "text/html" => "text/html; charset=utf-8",
            "text/markdown" => "text/markdown; charset=utf-8",
            "text/plain" => "text/plain; charset=utf-8",
            other => other,
        };
        Self { content_type, inline }
    }
}

/// Bytes to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Tenant.
    pub org: OrgId,
    /// Under whose key.
    pub subject: Subject,
    /// `sha256:<hex>` of the bytes.
    pub digest: Arc<str>,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// Gone after this.
    pub expires_at: Timestamp,
}

/// A link to a kept file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Unique within the org: the key of the effect that made it.
    pub id: String,
    /// Tenant.
    pub org: OrgId,
    /// Who shares.
    pub user: UserId,
    /// The job that made the file.
    pub job: JobId,
    /// Under whose key the file is.
    pub about: Subject,
    /// `sha256:<hex>`.
    pub digest: String,
    /// What the file is called.
    pub name: String,
    /// For instance `application/pdf`.
    pub media_type: String,
    /// What the page would be called.
    pub title: String,
    /// For whom.
    pub contact: Option<String>,
    /// When made.
    pub made_at: Timestamp,
    /// Works until then.
    pub expires_at: Timestamp,
    /// Works no more since then.
    pub revoked_at: Option<Timestamp>,
}

/// Where what effects take along is read. The bytes are those of the digest, or none.
#[async_trait::async_trait]
pub trait Files: Send + Sync + 'static {
    /// A file of the effect's job.
    async fn file(&self, effect: &OutboxRow, digest: &str) -> Result<File, FileError>;
}

/// A file as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// For instance `application/pdf`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// Why there is no such file. Names no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is none of that digest, or none any more.
    #[error("{reason}")]
    Gone {
        /// What became of it.
        reason: String,
    },
    /// It cannot be read now.
    #[error("the file cannot be read now")]
    Away,
}

/// A file that an effect takes along, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// What the recipient sees it called.
    pub name: String,
    /// For instance `application/pdf`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// The files an effect takes along, as its person saw them: another type or another
/// number of bytes than the card said is another file.
///
/// # Errors
/// See [`FileError`].
pub async fn attached(files: &dyn Files, effect: &OutboxRow) -> Result<Vec<Attached>, FileError> {
    let mut payload = effect.payload.clone();
    let Some(kind) = effect::kind(&effect.kind) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (at, entry) in kind.files(&mut payload).into_iter().enumerate() {
        let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
        let file = files.file(effect, text("artifact")).await?;
        let as_shown = entry.get("media_type").and_then(Value::as_str) == Some(&file.media_type)
            && entry.get("bytes").and_then(Value::as_u64) == u64::try_from(file.bytes.len()).ok()
            && sha256(&file.bytes) == text("artifact");
        if !as_shown {
            return Err(FileError::Gone { reason: format!("file {} is not what was shown", at + 1) });
        }
        all.push(Attached { name: text("name").to_owned(), media_type: file.media_type, bytes: file.bytes });
    }
    Ok(all)
}

/// Checks what a skill made.
pub(crate) fn check(made: &[Artifact]) -> Result<(), CallError> {
    let bad = |pointer: String, message: String| Err(CallError::InvalidOutcome { pointer, message });
    if made.len() > MAX_ARTIFACTS {
        return bad("/artifacts".to_owned(), format!("{} are more than {MAX_ARTIFACTS}", made.len()));
    }
    for (at, artifact) in made.iter().enumerate() {
        if !is_name(&artifact.name) {
            return bad(format!("/artifacts/{at}/name"), "a name is 1 to 64 of a-z, 0-9 and -".to_owned());
        }
        if made.iter().take(at).any(|other| other.name == artifact.name) {
            return bad(format!("/artifacts/{at}/name"), format!("the name `{}` is used twice", artifact.name));
        }
        if !is_media_type(&artifact.media_type) {
            let message = "not a media type such as `application/pdf` or `text/html; charset=utf-8`".to_owned();
            return bad(format!("/artifacts/{at}/media_type"), message);
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What [`MEDIA_TYPE_PATTERN`] says.
fn is_media_type(text: &str) -> bool {
    let token = |text: &str| {
        text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".+-".contains(&b))
    };
    let (essence, parameter) = text.split_once(';').unwrap_or((text, "charset=utf-8"));
    text.len() <= MAX_MEDIA_TYPE
        && essence.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
        && parameter.strip_prefix(' ').unwrap_or(parameter) == "charset=utf-8"
}

/// Looks up the files that an outcome's payloads name, among those its job has and those
/// it brings itself, and puts digest, type and size there.
///
/// # Errors
/// A payload names a file that is not there, or more than one that it may mean.
pub(crate) fn resolve(job: &Job, step: &StepName, outcome: &mut Outcome, now: Timestamp) -> Result<(), CallError> {
    let mut known = job.artifacts.clone();
    for made in &outcome.artifacts {
        keep(&mut known, step, Made::from(made), now);
    }
    let own: Vec<String> = outcome.artifacts.iter().map(|artifact| artifact.name.clone()).collect();
    let resolve = |kind: &str, payload: &mut Value, place: String| -> Result<(), CallError> {
        let Some(kind) = effect::kind(kind) else { return Ok(()) };
        let entries = kind.files(payload);
        if entries.is_empty() {
            return Ok(());
        }
        for entry in entries {
            fill(entry, &known, step, &own)
                .map_err(|message| CallError::InvalidOutcome { pointer: place.clone(), message })?;
        }
        // What the host filled in may be too much.
        let bad = |error: effect::EffectError| CallError::InvalidOutcome {
            pointer: format!("{place}{}", error.pointer),
            message: error.message,
        };
        kind.validate(payload).map_err(bad)
    };
    for (at, effect) in outcome.effects.iter_mut().enumerate() {
        resolve(&effect.kind, &mut effect.payload, format!("/effects/{at}/payload"))?;
    }
    for (at, approval) in outcome.approvals.iter_mut().enumerate() {
        for (nth, effect) in approval.ask.effects_mut().into_iter().enumerate() {
            resolve(&effect.kind, &mut effect.payload, format!("/approvals/{at}/effects/{nth}/payload"))?;
        }
    }
    Ok(())
}

fn fill(
    entry: &mut Map<String, Value>,
    known: &[Arc<KeptArtifact>],
    step: &StepName,
    own: &[String],
) -> Result<(), String> {
    let reference = entry.get("artifact").and_then(Value::as_str).unwrap_or_default().to_owned();
    let found = find(&reference, known, step, own)?;
    entry.insert("artifact".to_owned(), json!(found.digest));
    entry.insert("media_type".to_owned(), json!(found.media_type));
    entry.insert("bytes".to_owned(), json!(found.bytes));
    entry.entry("name").or_insert_with(|| json!(found.file_name()));
    Ok(())
}

/// What a reference means: a digest is itself; a step's name is the last of that step; a
/// bare name is the call's own, else the last of the one step that made one of that name.
fn find<'a>(
    reference: &str,
    known: &'a [Arc<KeptArtifact>],
    step: &StepName,
    own: &[String],
) -> Result<&'a KeptArtifact, String> {
    let none = || format!("the job has no file `{reference}`");
    let last = |of: &dyn Fn(&KeptArtifact) -> bool| known.iter().rev().find(|kept| of(kept)).map(AsRef::as_ref);
    if reference.starts_with(BY_DIGEST) {
        return last(&|kept| kept.digest == reference).ok_or_else(none);
    }
    let named = reference.strip_prefix(BY_NAME).ok_or_else(none)?;
    if let Some((of_step, name)) = named.split_once('/') {
        return last(&|kept| kept.step.as_str() == of_step && kept.name == name).ok_or_else(none);
    }
    if own.iter().any(|own| own == named) {
        return last(&|kept| kept.step == *step && kept.name == named).ok_or_else(none);
    }
    let mut steps: Vec<&StepName> = known.iter().filter(|kept| kept.name == named).map(|kept| &kept.step).collect();
    steps.sort();
    steps.dedup();
    match steps.as_slice() {
        [] => Err(none()),
        [one] => last(&|kept| kept.step == **one && kept.name == named).ok_or_else(none),
        [one, ..] => Err(format!("several steps made a file `{named}`; write `{BY_NAME}{one}/{named}`")),
    }
}

/// Adds a file to those of a job. The same bytes as the last version are that version.
pub(crate) fn keep(known: &mut Vec<Arc<KeptArtifact>>, step: &StepName, made: Made, at: Timestamp) {
    let of_name = |kept: &&Arc<KeptArtifact>| kept.step == *step && kept.name == made.name;
    let last = known.iter().rev().find(of_name);
    if last.is_some_and(|last| last.digest == made.digest && last.media_type == made.media_type) {
        return;
    }
    let version = last.map_or(0, |last| last.version) + 1;
    let Made { name, media_type, bytes, digest } = made;
    known.push(Arc::new(KeptArtifact { step: step.clone(), name, version, media_type, bytes, digest, made_at: at }));
}

/// The files of a job that a value names anywhere in it, by digest or by reference.
pub fn named_in<'a>(value: &Value, step: &StepName, known: &'a [Arc<KeptArtifact>]) -> Vec<&'a KeptArtifact> {
    let mut found: Vec<&KeptArtifact> = Vec::new();
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) if text.starts_with(BY_DIGEST) || text.starts_with(BY_NAME) => {
                if let Ok(kept) = find(text, known, step, &[])
                    && !found.contains(&kept)
                {
                    found.push(kept);
                }
            }
            Value::Array(items) => left.extend(items),
            Value::Object(fields) => left.extend(fields.values()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests;
