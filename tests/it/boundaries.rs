//! The edges of ARCHITECTURE.md, held: which crate may see which, and which
//! words may stand where.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), dependencies)
        })
        .collect()
}

fn sources(under: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(under)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources under {under}");
    found
}

#[test]
fn crates_see_only_what_they_may() {
    let edges = dependencies();
    let ours = |name: &str| -> BTreeSet<&str> {
        edges[name].iter().map(String::as_str).filter(|dependency| dependency.starts_with("skillhost-")).collect()
    };
    assert_eq!(ours("skillhost-engine"), BTreeSet::new());
    for sibling in ["skillhost-sandbox", "skillhost-store", "skillhost-connectors"] {
        assert_eq!(ours(sibling), BTreeSet::from(["skillhost-engine"]), "{sibling}");
    }
    // The sdk is there for its cases, which `skills try --cases` runs.
    let of_server = ["engine", "sandbox", "store", "connectors", "sdk"].map(|name| format!("skillhost-{name}"));
    assert_eq!(ours("skillhost-server"), of_server.iter().map(String::as_str).collect());
    assert!(ours("skillhost-sdk").is_subset(&BTreeSet::from(["skillhost-sdk-macros"])));
}

#[test]
fn outside_crates_are_named_in_one_place_only() {
    let edges = dependencies();
    for (outside, only) in [
        ("wasmtime", "skillhost-sandbox"),
        ("wasmtime-wasi", "skillhost-sandbox"),
        ("sqlx", "skillhost-store"),
        ("reqwest", "skillhost-connectors"),
        ("lettre", "skillhost-connectors"),
        ("axum", "skillhost-server"),
    ] {
        for (name, dependencies) in edges.iter().filter(|(name, _)| *name != "skillhost-tests") {
            assert!(!dependencies.contains(outside) || name == only, "{name} names {outside}; only {only} may");
        }
    }
}

#[test]
fn the_engine_does_no_io_and_knows_no_clock() {
    for (path, text) in sources("host/engine/src") {
        for word in [
            "std::env",
            "std::fs",
            "std::net",
            "std::process",
            "SystemTime",
            "Instant::now",
            "tokio::",
            "Timestamp::now(",
        ] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn only_the_configuration_reads_the_environment() {
    for (path, text) in sources("host") {
        let at_home =
            path.ends_with("server/src/config.rs") || path.components().any(|part| part.as_os_str() == "tests");
        // Build tooling hands the environment on to cargo.
        let tooling = path.components().any(|part| part.as_os_str() == "build");
        assert!(
            at_home || tooling || !(text.contains("env::var(") || text.contains("env::var_os(")),
            "{} reads the environment",
            path.display()
        );
    }
}

#[test]
fn no_file_hides_a_second_concept() {
    const MOST_LINES: usize = 600;
    for folder in ["host", "sdk", "tests/src", "tests/it"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn every_test_file_is_part_of_the_binary() {
    let main = std::fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in std::fs::read_dir(root().join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|ext| ext == "rs") && name != "main" {
            assert!(main.contains(&format!("mod {name};")), "tests/it/main.rs does not name {name}");
        }
    }
}

/// What a page's headings are called in links to them.
fn anchors(page: &str) -> impl Iterator<Item = String> + use<> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let headings: Vec<String> = text.lines().filter(|line| line.starts_with('#')).map(str::to_lowercase).collect();
    headings.into_iter().map(|heading| {
        let words = heading.trim_start_matches('#').trim();
        words.replace(|c: char| !c.is_alphanumeric() && !" -_".contains(c), "").replace(' ', "-")
    })
}

/// A page that names a test proves nothing when the test is not there.
#[test]
fn pages_name_tests_that_exist() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for word in text.split(|c: char| c.is_whitespace() || "`()[],;".contains(c)) {
            let word = word.trim_end_matches(['.', ':']);
            let (path, heading) = word.split_once('#').map_or((word, None), |(path, heading)| (path, Some(heading)));
            if path.starts_with("tests/it/") || path.starts_with("host/") || path.starts_with("docs/") {
                assert!(root().join(path).exists(), "{page} names {path}, which is not there");
                let is_there = heading.is_none_or(|heading| anchors(path).any(|anchor| anchor == heading));
                assert!(is_there, "{page} names {word}, a heading that is not there");
            }
        }
    }
}

/// `path::name` in a table names a test function of that file.
#[test]
fn tables_name_test_functions_that_exist() {
    for page in ["docs/security.md"] {
        let Ok(text) = std::fs::read_to_string(root().join(page)) else { continue };
        let mut named = 0;
        for word in text.split('`').filter(|word| word.contains(".rs::")) {
            let (path, function) = word.split_once("::").unwrap();
            let path = path.strip_prefix("it/").map_or_else(|| path.to_owned(), |rest| format!("tests/it/{rest}"));
            let source = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
            assert!(source.contains(&format!("fn {function}(")), "{page} names {word}, which is not there");
            named += 1;
        }
        assert!(named > 0, "{page} names no test");
    }
}

#[test]
fn the_architecture_names_every_crate_and_module_of_the_core() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in dependencies().keys() {
        let short = name.trim_start_matches("skillhost-");
        assert!(text.contains(short), "ARCHITECTURE.md does not name {name}");
    }
    for (path, _) in sources("host/engine/src") {
        let relative = path.strip_prefix(root().join("host/engine/src")).unwrap().to_owned();
        let mut parts = relative.components();
        let first = parts.next().unwrap().as_os_str().to_string_lossy().into_owned();
        let stem = first.trim_end_matches(".rs");
        assert!(
            stem == "lib" || text.contains(&format!("`{stem}`")),
            "ARCHITECTURE.md does not name engine's `{stem}`"
        );
    }
}

#[test]
fn the_demo_call_is_in_no_test_and_no_rule() {
    let call = std::fs::read_to_string(root().join("host/server/demo/meeting.txt")).unwrap();
    let phrases: Vec<&str> = call
        .lines()
        .filter_map(|line| line.split_once(": ").map(|(_, text)| text))
        .flat_map(|text| text.split(['.', '?', '!']))
        .map(str::trim)
        .filter(|phrase| phrase.split_whitespace().count() >= 7)
        .collect();
    assert!(phrases.len() > 100);
    for folder in ["skills", "sdk", "tests"] {
        for (path, text) in every_file(folder) {
            for phrase in &phrases {
                assert!(!text.contains(phrase), "{} quotes the demo call: {phrase}", path.display());
            }
        }
    }
}

fn every_file(under: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(under)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "target") {
                    folders.push(path);
                }
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push((path, text));
            }
        }
    }
    found
}
