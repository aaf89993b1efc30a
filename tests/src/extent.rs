//! How much is run of what is the same promise many times over.
//!
//! `make test` runs one of each kind; `make test-full` sets [`VARIABLE`] and runs all.

/// Set by `make test-full`.
pub const VARIABLE: &str = "SKILLHOST_TEST_FULL";

/// Whether everything is run.
pub fn is_full() -> bool {
    std::env::var_os(VARIABLE).is_some()
}
