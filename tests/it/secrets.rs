//! The encrypted file of secrets as an operator uses it, and as the host reads it.

#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use skillhost_tests::process::{binary, skills};

const TOKEN: &str = "tok-crm-0123456789";
const VARIABLES: [&str; 2] = ["SKILLHOST_IDENTITY", "CRM_TOKEN"];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(folder);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

fn secrets(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = command(folder, &[&["secrets"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone already.
    let _gone = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn a_secret_of_the_file_is_what_the_host_fills_in_and_is_shown_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let missing = secrets(folder, &["list"], "");
    assert!(!missing.status.success() && words(&missing).contains("secrets init"), "{}", words(&missing));

    let made = secrets(folder, &["--json", "init"], "");
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert!(made["recipient"].as_str().unwrap().starts_with("age1"), "{made}");
    assert!(!secrets(folder, &["init"], "").status.success(), "never over what is there");
    // The grant names the secret, so that the host starts only when it has it.
    let settings = "secrets_file = \"secrets.age\"\nidentity_file = \"identity.txt\"\n[grants]\n\"echo\" = [\"secret:crm\"]\n\
        [secrets.crm]\nhost = \"api.example.com\"\nheader = \"authorization\"\nenv = \"CRM_TOKEN\"\n";
    std::fs::write(folder.join("skillhost.toml"), settings).unwrap();

    let dist = skills();
    let rights =
        || command(folder, &["skills", "rights", "echo", "--skills", dist.to_str().unwrap()]).output().unwrap();
    let lacking = rights();
    assert!(!lacking.status.success() && words(&lacking).contains("CRM_TOKEN"), "{}", words(&lacking));

    let set = secrets(folder, &["set", "CRM_TOKEN"], &format!("{TOKEN}\n"));
    assert!(set.status.success(), "{}", words(&set));
    let listed = secrets(folder, &["list"], "");
    assert_eq!(String::from_utf8_lossy(&listed.stdout), "CRM_TOKEN\n");
    let found = rights();
    assert!(found.status.success(), "{}", words(&found));
    for output in [&set, &listed, &found] {
        assert!(!words(output).contains(TOKEN));
    }
    let on_disk = std::fs::read(folder.join("secrets.age")).unwrap();
    assert!(!on_disk.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()));

    // The key itself in the environment, and no file for it.
    let key = std::fs::read_to_string(folder.join("identity.txt")).unwrap();
    let key = key.lines().last().unwrap().to_owned();
    std::fs::remove_file(folder.join("identity.txt")).unwrap();
    assert!(!rights().status.success());
    let mut given = command(folder, &["skills", "rights", "echo", "--skills", dist.to_str().unwrap()]);
    assert!(given.env("SKILLHOST_IDENTITY", key).output().unwrap().status.success());
}

#[test]
fn what_is_no_value_or_no_name_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(secrets(folder, &["init"], "").status.success());
    std::fs::write(folder.join("skillhost.toml"), "secrets_file = \"secrets.age\"\nidentity_file = \"identity.txt\"\n")
        .unwrap();
    let before = std::fs::read(folder.join("secrets.age")).unwrap();
    for (name, value) in [("A B", "x"), ("CRM_TOKEN", ""), ("CRM_TOKEN", "\n"), ("CRM_TOKEN", &"x".repeat(70_000))] {
        let refused = secrets(folder, &["set", name], value);
        assert_eq!(refused.status.code(), Some(1), "{}", words(&refused));
    }
    assert_eq!(secrets(folder, &["remove", "CRM_TOKEN"], "").status.code(), Some(3));
    assert_eq!(std::fs::read(folder.join("secrets.age")).unwrap(), before);
}
