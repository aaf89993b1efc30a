#!/usr/bin/env bash
# The call bench with Extism's Rust host as a third leg. Installs the target that
# its plugin is compiled for.
set -euo pipefail
cd "$(dirname "$0")/.."
calls=${CALLS:-5000}
if ! rustup target list --installed | grep -q '^wasm32-unknown-unknown$'; then
  echo "installing the wasm32-unknown-unknown target"
  rustup target add wasm32-unknown-unknown
fi
cargo build -q --release --manifest-path bench/extism/guest/Cargo.toml --target wasm32-unknown-unknown
cargo build -q --release --manifest-path bench/extism/Cargo.toml
bench/extism/target/release/bench-extism dist/echo.wasm \
  bench/extism/guest/target/wasm32-unknown-unknown/release/bench_extism_guest.wasm "$calls"
