//! `make day`: a day in the life, as it goes.

#![allow(clippy::print_stdout)]

#[tokio::main]
async fn main() {
    skillhost_tests::day::run(|line| println!("{line}")).await;
}
