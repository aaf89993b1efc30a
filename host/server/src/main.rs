//! The `skillhost` binary.

fn main() -> std::process::ExitCode {
    skillhost_server::cli::main()
}
