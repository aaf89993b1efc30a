#!/usr/bin/env bash
# Format, lints and unit tests of the crates that changed since the last commit.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
trap 'code=$?; stage_table; exit $code' EXIT
changed=$( (git diff --name-only HEAD; git ls-files --others --exclude-standard) | sort -u)
packages=()
for folder in host/engine host/sandbox host/store host/connectors host/server sdk/language sdk/macros; do
  if grep -q "^$folder/" <<<"$changed"; then packages+=(-p "skillhost-$(basename "$folder")"); fi
done
if grep -qE "^sdk/(src/|Cargo.toml)" <<<"$changed"; then packages+=(-p skillhost-sdk); fi

format() {
  cargo fmt --all --check
  if grep -q "^skills/" <<<"$changed"; then cargo fmt --manifest-path skills/Cargo.toml --all --check; fi
}

stage "format" format
if [ "${#packages[@]}" -gt 0 ]; then
  stage "lints" cargo clippy -q "${packages[@]}" --all-targets -- -D warnings
  stage "unit tests" cargo test -q "${packages[@]}" --lib
fi
skills=$(sed -nE 's,^skills/([^/]+)/.*,\1,p' <<<"$changed" | sort -u)
if [ -n "$skills" ]; then
  unit_tests() {
    local skill packages=()
    for skill in $skills; do packages+=(-p "$skill"); done
    CARGO_TARGET_DIR=target/skills-native cargo test --manifest-path skills/Cargo.toml "${packages[@]}" --lib
  }
  stage "skills" unit_tests
fi
