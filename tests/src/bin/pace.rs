//! `make bench-copilot`: the pace of the copilot, as JSON. With `--check` what misses its
//! target is said, and the exit code is 1.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pace = skillhost_tests::pace::run(|line| eprintln!("{line}")).await;
    println!("{}", serde_json::to_string_pretty(&pace)?);
    let misses = pace.misses();
    misses.iter().for_each(|miss| eprintln!("{miss}"));
    let checks = std::env::args().any(|argument| argument == "--check");
    anyhow::ensure!(!checks || misses.is_empty(), "{} numbers miss their targets", misses.len());
    Ok(())
}
