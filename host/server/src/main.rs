//! The `skillhost` binary.

/// A step allocates and frees a few hundred small values across threads, which
/// the system's allocator pays for with a quarter of the host's compute.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    skillhost_server::cli::main()
}
