//! The contract's types, generated from the frozen WIT folder.
//!
//! One folder a version; a released folder never changes, which the test below
//! holds. A new version is a new folder, a new module beside this one, and an
//! entry in `verify`.

wasmtime::component::bindgen!({
    path: "../../wit/skillhost-skill-0.1.0",
    world: "skill",
    imports: { default: trappable },
    exports: { default: async },
    additional_derives: [serde::Deserialize],
});

use wasmtime::component::{ComponentType, Lower};

pub(crate) use exports::skillhost::skill::work::{Failure, Outcome};
pub(crate) use skillhost::skill::{approvals, budget, context, llm, log, types};

/// The interface with `run`.
pub(crate) const WORK: &str = "skillhost:skill/work@0.1.0";
/// The interface with `describe`.
pub(crate) const MANIFEST: &str = "skillhost:skill/manifest@0.1.0";

/// The record `call` as the host passes it: borrowed, so that nothing is copied twice.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct CallParam<'a> {
    #[component(name = "call-id")]
    pub(crate) call_id: &'a str,
    #[component(name = "job-id")]
    pub(crate) job_id: &'a str,
    pub(crate) step: &'a str,
    pub(crate) round: u32,
    #[component(name = "org-id")]
    pub(crate) org_id: &'a str,
    #[component(name = "user-id")]
    pub(crate) user_id: &'a str,
    #[component(name = "event-type")]
    pub(crate) event_type: &'a str,
    pub(crate) now: u64,
    pub(crate) zone: &'a str,
    pub(crate) input: &'a str,
    pub(crate) extra: &'a [(String, String)],
}

/// The record `snapshot` as the host answers it: the body is shared by all
/// steps of a job and copied once, into the guest.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct SnapshotAnswer {
    #[component(name = "read-id")]
    pub(crate) read_id: String,
    pub(crate) body: std::sync::Arc<str>,
    pub(crate) digest: std::sync::Arc<str>,
    #[component(name = "as-of")]
    pub(crate) as_of: u64,
    pub(crate) next: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sha2::{Digest, Sha256};
    use std::path::Path;

    /// Of every frozen folder: SHA-256 over its files' names and contents, sorted.
    const FROZEN: &[(&str, &str)] =
        &[("skillhost-skill-0.1.0", "a08a6898554dec4fb219378fd2153808991301b50b4bfc9346d17a042dc86c09")];

    fn digest(folder: &Path) -> String {
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut hash = Sha256::new();
        for file in files {
            hash.update(file.file_name().unwrap().as_encoded_bytes());
            hash.update([0]);
            hash.update(std::fs::read(&file).unwrap());
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }

    #[test]
    fn frozen_folders_do_not_change() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let mut folders: Vec<_> = std::fs::read_dir(&wit)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        folders.sort();
        let listed: Vec<_> = FROZEN.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(folders, listed, "every folder under wit/ is a version and is listed here");
        for (name, frozen) in FROZEN {
            assert_eq!(&digest(&wit.join(name)), frozen, "{name} is released: make a new folder instead");
        }
    }
}
