//! A folder of templates: JSON, YAML, or Markdown whose front matter says what the
//! template is and whose text is its body. The file's name is the id where none is said,
//! and the time of its last change stands for `updated_at`.
//!
//! `orgs`, a list of ids, says whose a template is; one that says nothing is every org's.
//!
//! Invariants: the folder is held open as a capability and nothing beyond it is read;
//! what is not of the source's shape is told by its file and never handed on in part.

use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::{Map, Value, json};
use skillhost_engine::context::shape;
use skillhost_engine::ids::OrgId;

/// Files that are looked at: an org has some dozens.
const MAX_FILES: usize = 500;
/// Largest file: the longest proposal, with room.
const MAX_FILE_BYTES: u64 = 512 * 1024;
/// Before and after the front matter of a Markdown file.
const FENCE: &str = "---";

/// What is wrong with a folder or a file of it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be read.
    #[error("{file}: cannot be read")]
    Unreadable {
        /// Its name.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not a template.
    #[error("{file}: {message}")]
    Malformed {
        /// Its name.
        file: String,
        /// What is wrong; no text of it.
        message: String,
    },
}

/// Templates in a folder, read anew at every question.
#[derive(Clone, Debug)]
pub struct TemplateFolder {
    dir: Arc<Dir>,
}

/// A template and whose it is.
struct Kept {
    value: Value,
    orgs: Option<Vec<String>>,
}

impl TemplateFolder {
    /// Opens a folder and reads all of it once.
    ///
    /// # Errors
    /// The folder, or the first file that is of no use.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let named = |source| FolderError::Unreadable { file: path.display().to_string(), source };
        let folder = Self { dir: Arc::new(Dir::open_ambient_dir(path, ambient_authority()).map_err(named)?) };
        match folder.read().1.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(folder),
        }
    }

    /// The templates of an org in full, and what of the folder is none.
    pub fn templates(&self, org: &OrgId) -> (Vec<Value>, Vec<FolderError>) {
        let (kept, errors) = self.read();
        let is_theirs = |kept: &Kept| kept.orgs.as_ref().is_none_or(|orgs| orgs.iter().any(|one| one == org.as_str()));
        (kept.into_iter().filter(is_theirs).map(|kept| kept.value).collect(), errors)
    }

    fn read(&self) -> (Vec<Kept>, Vec<FolderError>) {
        let (mut kept, mut errors) = (Vec::new(), Vec::new());
        let entries = match self.dir.entries() {
            Ok(entries) => entries,
            Err(source) => return (kept, vec![FolderError::Unreadable { file: ".".to_owned(), source }]),
        };
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.retain(|name| format_of(name).is_some());
        names.sort();
        if names.len() > MAX_FILES {
            let message = format!("there are {} files; at most {MAX_FILES} are read", names.len());
            errors.push(FolderError::Malformed { file: ".".to_owned(), message });
            names.truncate(MAX_FILES);
        }
        for name in names {
            match self.file(&name) {
                Ok(file) => kept.push(file),
                Err(error) => errors.push(error),
            }
        }
        (kept, errors)
    }

    fn file(&self, name: &str) -> Result<Kept, FolderError> {
        let unreadable = |source| FolderError::Unreadable { file: name.to_owned(), source };
        let malformed = |message: String| FolderError::Malformed { file: name.to_owned(), message };
        let metadata = self.dir.metadata(name).map_err(unreadable)?;
        if metadata.len() > MAX_FILE_BYTES {
            return Err(malformed(format!("has {} bytes, more than {MAX_FILE_BYTES}", metadata.len())));
        }
        let text = self.dir.read_to_string(name).map_err(unreadable)?;
        let mut fields = parse(name, &text).map_err(malformed)?;
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        fields.entry("id").or_insert_with(|| json!(stem));
        fields.entry("name").or_insert_with(|| json!(stem));
        if !fields.contains_key("updated_at")
            && let Ok(changed) = metadata.modified().map_err(|_| ()).and_then(|at| {
                at.duration_since(cap_std::time::SystemTime::from_std(std::time::UNIX_EPOCH)).map_err(|_| ())
            })
        {
            fields.insert("updated_at".to_owned(), json!(changed.as_secs()));
        }
        let orgs = match fields.remove("orgs") {
            None | Some(Value::Null) => None,
            Some(list) => {
                Some(serde_json::from_value(list).map_err(|_| malformed("`orgs` is a list of ids".to_owned()))?)
            }
        };
        if let Some(unknown) = unknown(&fields) {
            return Err(malformed(format!("a template has no `{unknown}`")));
        }
        let id = json!({ "id": fields["id"] });
        let value =
            shape::accept("templates", &id, Value::Object(fields)).map_err(|error| malformed(error.to_string()))?;
        Ok(Kept { value, orgs })
    }
}

/// A field that templates do not have: a slip in a file of the operator's own.
fn unknown(fields: &Map<String, Value>) -> Option<&str> {
    let known = shape::schema("templates", &json!({ "id": "" }))?.get("properties")?.as_object()?;
    fields.keys().find(|name| !known.contains_key(*name)).map(String::as_str)
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Yaml,
    Markdown,
}

fn format_of(name: &str) -> Option<Format> {
    match name.rsplit_once('.')?.1 {
        "json" => Some(Format::Json),
        "yaml" | "yml" => Some(Format::Yaml),
        "md" => Some(Format::Markdown),
        _ => None,
    }
}

fn parse(name: &str, text: &str) -> Result<Map<String, Value>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The parsers' own words may quote the text.
    let yaml = |text: &str| {
        serde_saphyr::from_str::<Map<String, Value>>(text).map_err(|_| "is no YAML of names and values".to_owned())
    };
    match format_of(name) {
        Some(Format::Json) => serde_json::from_str(text).map_err(|error| {
            format!("is no JSON object ({:?} at line {} column {})", error.classify(), error.line(), error.column())
        }),
        Some(Format::Yaml) => yaml(text),
        Some(Format::Markdown) | None => {
            let (head, body) = front_matter(text).ok_or("front matter stands first, between two lines `---`")?;
            let mut fields = yaml(head)?;
            if !body.trim().is_empty() {
                if fields.contains_key("body") {
                    return Err("has a `body` in its front matter and a text below".to_owned());
                }
                fields.insert("body".to_owned(), json!(body.trim()));
            }
            Ok(fields)
        }
    }
}

/// The lines between the first two fences, and what is below.
fn front_matter(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(FENCE)?;
    let rest = rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n"))?;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Some((&rest[..at], &rest[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<TemplateFolder, FolderError>) {
        let dir = tempfile::TempDir::new().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let opened = TemplateFolder::open(dir.path());
        (dir, opened)
    }

    #[test]
    fn the_three_formats_say_the_same() {
        let (_dir, opened) = folder(&[
            ("a.json", r#"{"kind":"proposal","name":"A","updated_at":"2026-11-01","variables":[{"name":"company"}]}"#),
            ("b.yaml", "kind: pricing\nname: B\nupdated_at: 2026-11-01\nmin_cents: 100\ntags: [big, small]\n"),
            ("c.md", "---\nkind: email\nname: C\nid: letter\norgs: [acme]\n---\nDear {{name}},\n\n---\nyours\n"),
            ("notes.txt", "not a template"),
        ]);
        let opened = opened.unwrap();
        let (templates, errors) = opened.templates(&"acme".into());
        assert!(errors.is_empty(), "{errors:?}");
        let ids: Vec<&str> = templates.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["a", "b", "letter"]);
        assert_eq!(templates[0]["variables"][0]["name"], "company");
        assert_eq!((&templates[1]["min_cents"], &templates[1]["tags"]), (&json!(100), &json!(["big", "small"])));
        assert_eq!(templates[2]["body"], "Dear {{name}},\n\n---\nyours");
        assert!(templates[2]["updated_at"].as_str().unwrap().starts_with("20"), "{}", templates[2]);
        assert_eq!(opened.templates(&"globex".into()).0.len(), 2, "another org's is not theirs");
    }

    #[test]
    fn a_file_of_no_use_is_named_and_the_others_are_there() {
        let good = ("good.yaml", "kind: email\nname: G\n");
        for (name, text, says) in [
            ("x.json", "[1]", "x.json: is no JSON object"),
            ("x.yaml", "kind: poem\nname: X\n", "x.yaml: the answer does not match the schema at `/kind`"),
            ("x.yaml", "kind: email\nname: X\nkind: email\n", "x.yaml: is no YAML"),
            ("x.yaml", "kind: email\ncolour: red\n", "x.yaml: a template has no `colour`"),
            ("x.yaml", "kind: email\norgs: acme\n", "x.yaml: `orgs` is a list of ids"),
            ("x.md", "kind: email\n", "x.md: front matter stands first"),
            ("x.md", "---\nkind: email\nbody: a\n---\nb\n", "x.md: has a `body`"),
        ] {
            let (dir, opened) = folder(&[good, (name, text)]);
            let error = opened.unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
            // A file that went bad while the host runs takes no other with it.
            std::fs::remove_file(dir.path().join(name)).unwrap();
            let opened = TemplateFolder::open(dir.path()).unwrap();
            std::fs::write(dir.path().join(name), text).unwrap();
            let (templates, errors) = opened.templates(&"acme".into());
            assert_eq!((templates.len(), errors.len()), (1, 1), "{says}");
        }
        let gone = TemplateFolder::open(Path::new("/nonexistent/folder")).unwrap_err();
        assert!(gone.to_string().contains("/nonexistent/folder"));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_beyond_the_folder_is_read() {
        let outside = tempfile::TempDir::new().unwrap();
        std::fs::write(outside.path().join("secret.yaml"), "kind: email\nname: S\n").unwrap();
        let dir = tempfile::TempDir::new().unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.yaml"), dir.path().join("x.yaml")).unwrap();
        assert!(TemplateFolder::open(dir.path()).is_err());
    }
}
