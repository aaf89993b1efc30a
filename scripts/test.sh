#!/usr/bin/env bash
# Every promise once: formatting, lints, the host's crates, the SDK, the skills, and the
# integration tests on both databases. Stops at the first failure. What is repeated at
# length is in scripts/test-full.sh; docs/testing.md says what runs where.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
log=$(mktemp)
finish() {
  local code=$?
  # What fails here hides no result.
  set +e
  slowest "$log" 20
  stage_table
  rm -f "$log"
  exit "$code"
}
trap finish EXIT
timed_tests

format() {
  cargo fmt --all --check
  cargo fmt --manifest-path skills/Cargo.toml --all --check
  cargo fmt --manifest-path tests/guests/Cargo.toml --all --check
}

# What is built once and thrown away gains nothing by being built in parts.
if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi

run_tests() {
  cargo test --workspace --lib --bins --tests -- -Z unstable-options --report-time | tee "$log"
}
# Cases run in the sandbox, among the tests above; natively `make test-full` runs them too.
run_skills_tests() {
  CARGO_TARGET_DIR=target/skills-native cargo test --manifest-path skills/Cargo.toml --workspace --lib --tests \
    -- -Z unstable-options --report-time --skip skill_cases:: | tee -a "$log"
}
lint() { cargo clippy -q --workspace --all-targets -- -D warnings; }
stage "format" format
# With the tests: their dependencies ask for other features, and what is built without
# them would be built twice.
stage "build" cargo build --workspace --all-targets
stage "skills" target/debug/skillhost build all
stage "tests" run_tests
stage "documentation tests" cargo test -q --workspace --doc
stage "skills' unit tests" run_skills_tests
stage "lints" lint
