//! What a skill folder says: `SKILL.md` front matter and `skill.toml`.
//!
//! Rules of names and lengths are those of the Agent Skills format, so that the
//! folder is useful to any agent that reads skills.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Longest name, by the Agent Skills format.
const MAX_NAME: usize = 64;
/// Longest description, by the Agent Skills format.
const MAX_DESCRIPTION: usize = 1024;
/// Right families a skill may ask.
const FAMILIES: [&str; 3] = ["context", "effect", "llm"];
/// What a sequence may be advised to do when the skill fails.
const CRITICALITIES: [&str; 3] = ["stop", "continue", "retry"];

/// Why a folder is not a skill.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: expected front matter between two lines `---`", path.display())]
    NoFrontMatter { path: PathBuf },
    #[error("{}: {message}", path.display())]
    Syntax { path: PathBuf, message: String },
    #[error("{}: {field} {message}", path.display())]
    Field { path: PathBuf, field: &'static str, message: String },
}

/// Everything the declaration needs.
#[derive(Debug)]
pub(crate) struct SkillFolder {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: String,
    pub(crate) rights: Vec<String>,
    pub(crate) limits: Vec<(String, u64)>,
    pub(crate) criticality: Option<String>,
    pub(crate) skill_md_digest: String,
}

/// Other keys of the format (`compatibility`, `metadata`, `allowed-tools`) are
/// for agents; none of them grants anything here.
#[derive(Deserialize)]
struct FrontMatter {
    name: String,
    description: String,
    license: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkillToml {
    version: String,
    #[serde(default)]
    rights: Vec<String>,
    criticality: Option<String>,
    #[serde(default)]
    limits: Limits,
}

/// The host's `CallLimits`, by name.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Limits {
    fuel: Option<u64>,
    memory_bytes: Option<u64>,
    wall_ms: Option<u64>,
    host_calls: Option<u32>,
    read_bytes: Option<u64>,
    outcome_bytes: Option<u64>,
    log_bytes: Option<u64>,
}

fn read(path: &Path) -> Result<String, FolderError> {
    std::fs::read_to_string(path).map_err(|source| FolderError::Unreadable { path: path.to_owned(), source })
}

/// The YAML between the first two `---` lines.
fn front_matter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rest = rest.strip_prefix("---\n").or_else(|| rest.strip_prefix("---\r\n"))?;
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some(&rest[..end]);
        }
        end += line.len();
    }
    None
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

fn is_right(right: &str) -> bool {
    right.split_once(':').is_some_and(|(family, name)| {
        FAMILIES.contains(&family)
            && (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    })
}

/// `major.minor.patch` with an optional pre-release; the host parses it in full.
fn is_version(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.parse::<u64>().is_ok())
}

impl SkillFolder {
    /// Reads and checks the folder of the package.
    pub(crate) fn read(folder: &Path, package: &str) -> Result<Self, FolderError> {
        let md_path = folder.join("SKILL.md");
        let toml_path = folder.join("skill.toml");
        let (md, toml) = (read(&md_path)?, read(&toml_path)?);
        Self::parse(folder, package, &md, &toml)
    }

    fn parse(folder: &Path, package: &str, md: &str, toml: &str) -> Result<Self, FolderError> {
        let md_path = folder.join("SKILL.md");
        let yaml = front_matter(md).ok_or_else(|| FolderError::NoFrontMatter { path: md_path.clone() })?;
        let front: FrontMatter = serde_saphyr::from_str(yaml)
            .map_err(|error| FolderError::Syntax { path: md_path.clone(), message: error.to_string() })?;
        let wrong = |field, message: String| FolderError::Field { path: md_path.clone(), field, message };
        if !is_name(&front.name) {
            return Err(wrong(
                "name",
                format!("`{}` is not 1 to {MAX_NAME} of a-z, 0-9 and single hyphens", front.name),
            ));
        }
        let folder_name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        for (what, other) in [("folder", folder_name), ("package", package)] {
            if front.name != other {
                return Err(wrong("name", format!("`{}` is not the {what}'s, `{other}`", front.name)));
            }
        }
        let description = front.description.trim().to_owned();
        if description.is_empty() || description.chars().count() > MAX_DESCRIPTION {
            return Err(wrong("description", format!("is empty or longer than {MAX_DESCRIPTION} characters")));
        }
        if front.license.as_deref().is_none_or(|license| license.trim().is_empty()) {
            return Err(wrong("license", "is missing".to_owned()));
        }

        let toml_path = folder.join("skill.toml");
        let settings: SkillToml = toml::from_str(toml)
            .map_err(|error| FolderError::Syntax { path: toml_path.clone(), message: error.to_string() })?;
        let wrong = |field, message: String| FolderError::Field { path: toml_path.clone(), field, message };
        if !is_version(&settings.version) {
            return Err(wrong("version", format!("`{}` is not major.minor.patch", settings.version)));
        }
        let mut seen = BTreeMap::new();
        for right in &settings.rights {
            if !is_right(right) {
                return Err(wrong(
                    "rights",
                    format!("`{right}` is not context:<source>, effect:<kind> or llm:<class>, without *"),
                ));
            }
            if seen.insert(right.clone(), ()).is_some() {
                return Err(wrong("rights", format!("`{right}` stands twice")));
            }
        }
        if let Some(word) = &settings.criticality
            && !CRITICALITIES.contains(&word.as_str())
        {
            return Err(wrong("criticality", format!("`{word}` is not one of {}", CRITICALITIES.join(", "))));
        }
        let Limits { fuel, memory_bytes, wall_ms, host_calls, read_bytes, outcome_bytes, log_bytes } = settings.limits;
        let limits = [
            ("fuel", fuel),
            ("memory_bytes", memory_bytes),
            ("wall_ms", wall_ms),
            ("host_calls", host_calls.map(u64::from)),
            ("read_bytes", read_bytes),
            ("outcome_bytes", outcome_bytes),
            ("log_bytes", log_bytes),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
        .collect();

        Ok(Self {
            name: front.name,
            version: settings.version,
            description,
            rights: settings.rights,
            limits,
            criticality: settings.criticality,
            skill_md_digest: format!("sha256:{}", hex::encode(Sha256::digest(md.as_bytes()))),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MD: &str = "---\nname: my-skill\ndescription: >-\n  Does one thing:\n  well.\nlicense: MIT\nmetadata:\n  a: b\n---\n# My skill\n";
    const TOML: &str = "version = \"0.2.0\"\nrights = [\"context:deal\", \"effect:task.create\"]\ncriticality = \"stop\"\n[limits]\nfuel = 5\nhost_calls = 3\n";

    fn read_with(md: &str, toml: &str) -> Result<SkillFolder, String> {
        let folder = Path::new("skills/my-skill");
        SkillFolder::parse(folder, "my-skill", md, toml).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_folder() {
        let skill = read_with(MD, TOML).unwrap();
        assert_eq!(skill.description, "Does one thing: well.");
        assert_eq!(skill.version, "0.2.0");
        assert_eq!(skill.rights, ["context:deal", "effect:task.create"]);
        assert_eq!(skill.limits, [("fuel".to_owned(), 5), ("host_calls".to_owned(), 3)]);
        assert_eq!(skill.criticality.as_deref(), Some("stop"));
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(MD.as_bytes())));
        assert_eq!(skill.skill_md_digest, digest);
    }

    #[test]
    fn each_mistake_names_file_and_field() {
        let md = |from: &str, to: &str| (MD.replace(from, to), TOML.to_owned());
        let toml = |from: &str, to: &str| (MD.to_owned(), TOML.replace(from, to));
        for ((md, toml), parts) in [
            (md("---\nname", "name"), ["SKILL.md", "expected front matter"]),
            (md("name: my-skill", "name: my-other"), ["SKILL.md", "is not the folder's, `my-skill`"]),
            (md("name: my-skill", "name: My_Skill"), ["SKILL.md", "single hyphens"]),
            (md("license: MIT\n", ""), ["SKILL.md", "license is missing"]),
            (md("Does one thing:\n  well.", ""), ["SKILL.md", "description is empty"]),
            (md("metadata:", "metadata: ["), ["SKILL.md", "line"]),
            (toml("0.2.0", "2"), ["skill.toml", "not major.minor.patch"]),
            (toml("context:deal", "context:*"), ["skill.toml", "without *"]),
            (toml("effect:task.create", "context:deal"), ["skill.toml", "stands twice"]),
            (toml("\"stop\"", "\"maybe\""), ["skill.toml", "not one of stop, continue, retry"]),
            (toml("fuel = 5", "feul = 5"), ["skill.toml", "feul"]),
            (toml("version", "verison"), ["skill.toml", "verison"]),
        ] {
            let message = read_with(&md, &toml).unwrap_err();
            for part in parts {
                assert!(message.contains(part), "{part} is not in {message}");
            }
        }
    }
}
