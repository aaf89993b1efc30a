#!/usr/bin/env bash
# Fuzzes every target for FUZZ_SECONDS (60), starting from its corpus; what it finds
# interesting lies in fuzz/grown, which the next run starts from too. Stops at the
# first finding, which lies in fuzz/artifacts then.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
if ! command -v rustup >/dev/null || ! rustup toolchain list | grep -q '^nightly'; then
  echo "fuzzing needs a nightly toolchain: rustup toolchain install nightly" >&2
  exit 1
fi
if ! command -v cargo-fuzz >/dev/null; then
  echo "installing cargo-fuzz"
  cargo install --locked cargo-fuzz
fi
for target in ${FUZZ_TARGETS:-rights manifest outcome component}; do
  printf '\n\033[1m== %s, %s seconds\033[0m\n' "$target" "$seconds"
  mkdir -p "fuzz/grown/$target"
  cargo +nightly fuzz run --fuzz-dir fuzz "$target" "fuzz/grown/$target" "fuzz/corpus/$target" -- -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048
done
