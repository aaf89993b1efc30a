//! `make day`: a day in the life, as it goes; in colours where a terminal shows them.

#![allow(clippy::print_stdout)]

use std::io::IsTerminal as _;

use skillhost_tests::day;

#[tokio::main]
async fn main() {
    println!("The skills are compiled first, which takes a minute or two.");
    // What <https://no-color.org> asks for.
    let is_coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    day::run(if is_coloured { |line| println!("{}", line.painted()) } else { |line| println!("{line}") }).await;
}
