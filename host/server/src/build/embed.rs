//! From a compiled component to a file the host serves.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use skillhost_engine::canonical::sha256;
use skillhost_engine::skill::Manifest;
use skillhost_sandbox::{LoadError, Sandbox, embed_manifest, read_manifest};

use super::BuildSettings;
use super::compile::{CompileError, compile};
use super::toolchain::GuestToolchain;

/// File that makes a folder of the workspace a skill; others are libraries.
const SKILL_FILE: &str = "skill.toml";

/// Which skills to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every folder with a skill.toml.
    All,
    /// These, by name or by folder.
    Named(Vec<String>),
}

/// A skill on disk, ready to be served.
#[derive(Clone, Debug)]
pub struct Built {
    /// What is embedded.
    pub manifest: Manifest,
    /// `<out>/<name>.wasm`.
    pub path: PathBuf,
    /// `sha256:<hex>` of the file, which also stands in `<name>.wasm.sha256`.
    pub digest: String,
    /// Size of the file.
    pub bytes: usize,
    /// Whether the file was written; `false`: it was that already.
    pub changed: bool,
}

/// Why skills were not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The compiler.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Nobody of that name.
    #[error("there is no skill `{name}`{}", suggestion.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    NoSuchSkill {
        /// What was asked for.
        name: String,
        /// The nearest that there is.
        suggestion: Option<String>,
    },
    /// No folder with a skill.toml.
    #[error("there is no skill in {}", root.display())]
    NoSkills {
        /// Where it was looked for.
        root: PathBuf,
    },
    /// `describe` failed, or the component is not one.
    #[error("{skill}: {source}")]
    Refused {
        /// Which.
        skill: String,
        /// Why.
        source: LoadError,
    },
    /// `describe` did not return a manifest.
    #[error("{skill}: describe did not return a manifest: {source}")]
    Manifest {
        /// Which.
        skill: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The manifest is another's.
    #[error("{skill}: its manifest says that it is `{said}`")]
    OtherName {
        /// Folder and package.
        skill: String,
        /// What the manifest says.
        said: String,
    },
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl BuildError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Compile(error) => error.hint(),
            Self::NoSuchSkill { .. } => "a skill is named as its folder under skills/",
            Self::NoSkills { .. } => "run it in the project's folder, or name it with --root",
            Self::Refused { source, .. } => source.hint(),
            Self::Manifest { .. } => "build it with #[skill] of the SDK",
            Self::OtherName { .. } => "folder, package and SKILL.md have one name",
            Self::File { .. } => "is the folder writable, and the disk not full?",
        }
    }
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> BuildError + '_ {
    move |source| BuildError::File { path: path.to_owned(), source }
}

/// Names of the skill folders of a workspace, sorted.
pub fn skill_folders(workspace: &Path) -> Result<Vec<String>, BuildError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(workspace).map_err(file_error(workspace))? {
        let entry = entry.map_err(file_error(workspace))?;
        if entry.path().join(SKILL_FILE).is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn chosen(workspace: &Path, selection: &Selection) -> Result<Vec<String>, BuildError> {
    let known = skill_folders(workspace)?;
    if known.is_empty() {
        return Err(BuildError::NoSkills { root: workspace.to_owned() });
    }
    let Selection::Named(asked) = selection else { return Ok(known) };
    let mut names = Vec::new();
    for asked in asked {
        let name = Path::new(asked.trim_end_matches('/')).file_name().unwrap_or_default().to_string_lossy();
        if !known.iter().any(|known| **known == *name) {
            let near =
                known.iter().max_by(|a, b| strsim::jaro_winkler(a, &name).total_cmp(&strsim::jaro_winkler(b, &name)));
            // Nearer than this reads as a slip rather than another word.
            let near = near.filter(|near| strsim::jaro_winkler(near, &name) > 0.8).cloned();
            return Err(BuildError::NoSuchSkill { name: asked.clone(), suggestion: near });
        }
        if !names.iter().any(|known: &String| **known == *name) {
            names.push(name.into_owned());
        }
    }
    Ok(names)
}

/// Replaces a file in one step, so that a reader sees the old or the new one.
fn write(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let part = path.with_extension("part");
    let written = std::fs::File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).map_err(file_error(path))
}

/// What is there already, if it is this component with a manifest that holds.
fn unchanged(component: &[u8], path: &Path, digest_path: &Path) -> Option<(Manifest, Vec<u8>)> {
    let there = std::fs::read(path).ok()?;
    if there.len() <= component.len() || !there.starts_with(component) {
        return None;
    }
    let said = std::fs::read_to_string(digest_path).ok()?;
    let manifest = read_manifest(&there).ok()?;
    (said.trim() == sha256(&there)).then_some((manifest, there))
}

async fn embed(sandbox: &Sandbox, skill: &str, component: &[u8]) -> Result<(Manifest, Vec<u8>), BuildError> {
    let refused = |source| BuildError::Refused { skill: skill.to_owned(), source };
    let said = sandbox.describe(component).await.map_err(refused)?;
    let manifest: Manifest =
        serde_json::from_value(said).map_err(|source| BuildError::Manifest { skill: skill.to_owned(), source })?;
    if manifest.name.as_str() != skill {
        return Err(BuildError::OtherName { skill: skill.to_owned(), said: manifest.name.to_string() });
    }
    let bytes = embed_manifest(component, &manifest).map_err(refused)?;
    Ok((manifest, bytes))
}

/// Runs `describe` to its end from a thread that is no async worker.
fn embed_blocking(sandbox: &Sandbox, skill: &str, component: &[u8]) -> Result<(Manifest, Vec<u8>), BuildError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(file_error(Path::new("the async runtime")))?;
    runtime.block_on(embed(sandbox, skill, component))
}

/// Builds skills of `<root>/skills` into `out`: `<name>.wasm` with its manifest,
/// and `<name>.wasm.sha256`. It computes for up to minutes on the calling thread.
pub fn build_skills(
    sandbox: &Sandbox,
    root: &Path,
    selection: &Selection,
    out: &Path,
    settings: &BuildSettings,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Built>, BuildError> {
    let workspace = root.join("skills");
    let names = chosen(&workspace, selection)?;
    let toolchain = GuestToolchain::find(settings.cargo.as_deref()).map_err(CompileError::from)?;
    let compiled = compile(&toolchain, &workspace, &names, settings.target.as_deref(), progress)?;
    std::fs::create_dir_all(out).map_err(file_error(out))?;
    let mut built = Vec::with_capacity(compiled.len());
    for (name, file) in compiled {
        let component = std::fs::read(&file).map_err(file_error(&file))?;
        let path = out.join(format!("{name}.wasm"));
        let digest_path = out.join(format!("{name}.wasm.sha256"));
        let (manifest, bytes, changed) = match unchanged(&component, &path, &digest_path) {
            Some((manifest, bytes)) => (manifest, bytes, false),
            None => {
                progress(&format!("embedding the manifest of {name}"));
                // A thread of its own, because the caller may be inside a runtime.
                let (manifest, bytes) =
                    std::thread::scope(|scope| scope.spawn(|| embed_blocking(sandbox, &name, &component)).join())
                        .map_err(|_| BuildError::File {
                            path: file.clone(),
                            source: std::io::Error::other("the build thread panicked"),
                        })??;
                write(&path, &bytes)?;
                write(&digest_path, format!("{}\n", sha256(&bytes)).as_bytes())?;
                (manifest, bytes, true)
            }
        };
        built.push(Built { manifest, digest: sha256(&bytes), bytes: bytes.len(), path, changed });
    }
    Ok(built)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn workspace() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["detect-intents", "draft-followup-email"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join(SKILL_FILE), "version = \"0.1.0\"\n").unwrap();
        }
        std::fs::create_dir_all(folder.path().join("a-library")).unwrap();
        folder
    }

    #[test]
    fn folders_without_a_skill_file_are_no_skills() {
        let folder = workspace();
        assert_eq!(chosen(folder.path(), &Selection::All).unwrap(), ["detect-intents", "draft-followup-email"]);
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(chosen(empty.path(), &Selection::All), Err(BuildError::NoSkills { .. })));
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest_name() {
        let folder = workspace();
        let named = |name: &str| chosen(folder.path(), &Selection::Named(vec![name.to_owned()]));
        assert_eq!(named("skills/detect-intents/").unwrap(), ["detect-intents"]);
        let error = named("detect-intent").unwrap_err();
        assert_eq!(error.to_string(), "there is no skill `detect-intent`; did you mean `detect-intents`?");
        assert_eq!(named("zzz").unwrap_err().to_string(), "there is no skill `zzz`");
    }

    #[test]
    fn a_file_is_replaced_in_one_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wasm");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn another_component_is_not_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (path, digest) = (folder.path().join("x.wasm"), folder.path().join("x.wasm.sha256"));
        std::fs::write(&path, b"component+manifest").unwrap();
        std::fs::write(&digest, sha256(b"component+manifest")).unwrap();
        assert!(unchanged(b"other", &path, &digest).is_none());
        // It starts alike, but there is no manifest to be read.
        assert!(unchanged(b"component", &path, &digest).is_none());
    }
}
