//! `make bench-copilot`: the pace of the copilot, as JSON.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pace = skillhost_tests::pace::run(|line| eprintln!("{line}")).await;
    println!("{}", serde_json::to_string_pretty(&pace)?);
    Ok(())
}
