//! Peers that are written in Python: an interpreter with one of them.
//!
//! The first use makes a virtual environment beside the build's output; where that
//! cannot be done the test fails and says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The interpreter of an environment that has this package, `name==version`; made once.
pub fn python(package: &str) -> Result<PathBuf, String> {
    static MADE: Mutex<BTreeMap<String, Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(package.to_owned()).or_insert_with(|| make(package)).clone()
}

fn make(package: &str) -> Result<PathBuf, String> {
    let exe = std::env::current_exe().map_err(|error| error.to_string())?;
    // <target>/<profile>/deps/<test>, or <target>/<profile>/<program>
    let mut folders = exe.ancestors().skip(1).filter(|folder| !folder.ends_with("deps"));
    let target = folders.nth(1).ok_or("the test runs outside a target folder")?;
    let home = target.join("peers").join(package.replace("==", "-"));
    let python = home.join("bin/python");
    if python.is_file() {
        return Ok(python);
    }
    // Made aside and moved, so that two test binaries do not see half of it.
    let aside = home.with_extension(format!("{}.part", std::process::id()));
    let text = |path: &Path| path.display().to_string();
    run("python3", &["-m", "venv", &text(&aside)])?;
    run(
        &text(&aside.join("bin/python")),
        &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package],
    )?;
    if let Err(error) = std::fs::rename(&aside, &home)
        && !python.is_file()
    {
        return Err(format!("the environment of {package} cannot be put in place: {error}"));
    }
    Ok(python)
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program} cannot be run: {error}; these tests need python3 with venv"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(format!("`{program} {}` failed: {said}; these tests need python3 with venv and pip", arguments.join(" ")))
}
