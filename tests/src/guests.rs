//! The guest programs of `tests/guests`, built once a test run.
//!
//! They are built with the toolchain choice of `skillhost build`, never skipped:
//! a machine that cannot build a guest fails the tests that need one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use skillhost_server::build::{BuildSettings, compile_guests};

/// Raw components by package name, as the compiler wrote them: no manifest yet.
static BUILT: OnceLock<Result<BTreeMap<String, Vec<u8>>, String>> = OnceLock::new();

fn build() -> Result<BTreeMap<String, Vec<u8>>, String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let from_environment = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let settings = BuildSettings {
        cargo: from_environment("SKILLHOST_GUEST_CARGO"),
        target: from_environment("SKILLHOST_TEST_GUEST_TARGET"),
    };
    let built =
        compile_guests(&workspace, &settings, &mut |_| {}).map_err(|error| format!("{error}; {}", error.hint()))?;
    built
        .into_iter()
        .map(|(name, path)| match std::fs::read(&path) {
            Ok(bytes) => Ok((name, bytes)),
            Err(error) => Err(format!("{}: {error}", path.display())),
        })
        .collect()
}

/// The raw component of `tests/guests/<name>`.
///
/// # Panics
/// When the guests do not build or there is no such guest: a test that needs
/// one cannot go on.
pub fn guest(name: &str) -> &'static [u8] {
    match BUILT.get_or_init(build) {
        Ok(built) => match built.get(&format!("guest-{name}")) {
            Some(bytes) => bytes,
            None => panic!("tests/guests has no `{name}`"),
        },
        Err(error) => panic!("the guests do not build: {error}"),
    }
}

/// What the guest `versions` carries in its bytes.
const MARK: &str = "<<versions 1.0.0 good>>";

/// A build of the guest `versions`: its version (`x.y.z` of five characters) and its
/// manners (`good`, `trap`, `burn`, `more`), without a manifest.
///
/// # Panics
/// The guest carries no mark, or the words are not as long as the mark's.
pub fn build_of(version: &str, manners: &str) -> Vec<u8> {
    let mut bytes = guest("versions").to_vec();
    let mark = format!("<<versions {version} {manners}>>");
    assert_eq!(mark.len(), MARK.len(), "{mark}");
    let at = bytes.windows(MARK.len()).position(|window| window == MARK.as_bytes());
    match at.and_then(|at| bytes.get_mut(at..at + MARK.len())) {
        Some(place) => place.copy_from_slice(mark.as_bytes()),
        None => panic!("the guest carries no mark"),
    }
    bytes
}
