//! One cargo call for all guests of a workspace.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use super::toolchain::{GuestToolchain, TARGET, ToolchainError};

/// Lines of cargo's own words kept for an error: a compile error with its notes.
const KEPT_LINES: usize = 60;

/// Why guests did not compile.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Nothing to compile with.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// Cargo could not be started or read.
    #[error("cannot run cargo in {}: {source}", workspace.display())]
    Start {
        /// Where.
        workspace: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The compiler refused.
    #[error("the guests in {} do not compile:\n{output}", workspace.display())]
    Refused {
        /// Where.
        workspace: PathBuf,
        /// The end of what cargo said.
        output: String,
    },
    /// It compiled, but there is no component.
    #[error("{package} has no library of crate type cdylib, so there is no component")]
    NoComponent {
        /// Which.
        package: String,
    },
}

impl CompileError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Toolchain(error) => error.hint(),
            Self::Start { .. } => "is cargo on the path, and the folder readable?",
            Self::Refused { .. } => "the compiler says where; `cargo check` in that folder says it again",
            Self::NoComponent { .. } => "add `[lib] crate-type = [\"cdylib\"]` to its Cargo.toml",
        }
    }
}

/// What of cargo's messages matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    #[serde(default)]
    kind: Vec<String>,
}

/// The component that a line of cargo's output announces.
fn component(line: &str) -> Option<(String, PathBuf)> {
    let message: Message = serde_json::from_str(line).ok()?;
    let target = message.target?;
    if message.reason != "compiler-artifact" || !target.kind.iter().any(|kind| kind == "cdylib") {
        return None;
    }
    let file = message.filenames.into_iter().find(|file| file.extension().is_some_and(|ext| ext == "wasm"))?;
    // A library is named after its package, with underscores.
    Some((target.name.replace('_', "-"), file))
}

/// Compiles `packages` (all members if empty) of a guest workspace in one cargo
/// call and gives `(package, component)` by name. `progress` hears each line of
/// cargo as it comes. The target folder is `target` or `<workspace>/target`.
pub fn compile(
    toolchain: &GuestToolchain,
    workspace: &Path,
    packages: &[String],
    target: Option<&Path>,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<(String, PathBuf)>, CompileError> {
    let start = |source| CompileError::Start { workspace: workspace.to_owned(), source };
    let target = match target {
        Some(folder) => std::path::absolute(folder).map_err(start)?,
        // cargo runs in the workspace, where a relative path would be another one.
        None => std::path::absolute(workspace.join("target")).map_err(start)?,
    };
    let mut command = toolchain.build_command();
    command.current_dir(workspace).arg("--message-format=json-render-diagnostics");
    command.arg("--target-dir").arg(&target);
    if packages.is_empty() {
        command.arg("--workspace");
    }
    for package in packages {
        command.args(["--package", package]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    progress(&format!("compiling for {TARGET} with {}", toolchain.describe()));
    let mut child = command.spawn().map_err(start)?;
    let (Some(mut stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(start(std::io::Error::other("cargo has no output")));
    };

    let mut kept: VecDeque<String> = VecDeque::with_capacity(KEPT_LINES);
    // Both pipes at once: cargo stops when either is full.
    let messages = std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).map(|_| text)
        });
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            progress(&line);
            if kept.len() == KEPT_LINES {
                kept.pop_front();
            }
            kept.push_back(line);
        }
        reader.join().unwrap_or_else(|_| Err(std::io::Error::other("cargo's output could not be read")))
    });
    let status = child.wait().map_err(start)?;
    let messages = messages.map_err(start)?;
    if !status.success() {
        let output = kept.into_iter().collect::<Vec<_>>().join("\n");
        return Err(CompileError::Refused { workspace: workspace.to_owned(), output });
    }
    let mut found: BTreeMap<String, PathBuf> = messages.lines().filter_map(component).collect();
    if packages.is_empty() {
        return Ok(found.into_iter().collect());
    }
    packages
        .iter()
        .map(|package| match found.remove(package) {
            Some(file) => Ok((package.clone(), file)),
            None => Err(CompileError::NoComponent { package: package.clone() }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_component_artifacts_count() {
        let line = r#"{"reason":"compiler-artifact","target":{"name":"my_skill","kind":["cdylib"]},"filenames":["/t/my_skill.wasm"]}"#;
        assert_eq!(component(line), Some(("my-skill".to_owned(), PathBuf::from("/t/my_skill.wasm"))));
        for other in [
            r#"{"reason":"compiler-artifact","target":{"name":"serde","kind":["lib"]},"filenames":["/t/libserde.rlib"]}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "not json",
        ] {
            assert_eq!(component(other), None, "{other}");
        }
    }
}
