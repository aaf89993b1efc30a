#!/usr/bin/env bash
# Every test: formatting, lints, the host's crates, the SDK, the skills' own
# cases, and the integration binary. Stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

say "format"
cargo fmt --all --check
cargo fmt --manifest-path skills/Cargo.toml --all --check
say "build"
# With the tests: their dependencies ask for other features, and what is built without
# them would be built twice.
cargo build --workspace --all-targets
say "skills"
target/debug/skillhost build all
say "host, SDK and integration tests"
cargo test --workspace
say "skills' own cases"
CARGO_TARGET_DIR=target/skills-native cargo test --manifest-path skills/Cargo.toml --workspace
say "lints"
cargo clippy -q --workspace --all-targets -- -D warnings
