#!/usr/bin/env bash
# What is repeated at length, in stages of at most an hour: all of them, or STAGE=<name>.
#   crash      every fail point and every paid ask, on both databases
#   soak       random kills under load, MINUTES (default 20) on each database
#   eval       every evaluation set, with every mistake
#   cases      the skills' own cases once more, natively
#   mutants    mutation tests of rights, approvals, budgets and binding
#   deny       licences and advisories of every dependency
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
trap 'code=$?; stage_table; exit $code' EXIT
export SKILLHOST_TEST_FULL=1
readonly STAGES=(crash soak eval cases mutants deny)
readonly MUTATED=(host/engine/src/{rights,approval,purse,binding}.rs)

crash() { cargo test --workspace --test it -- --include-ignored crash; }
soak() {
  SKILLHOST_SOAK_MINUTES=${MINUTES:-20} cargo test --workspace --test it -- --ignored soak:: --nocapture --test-threads 2
}
eval_sets() { target/debug/eval --all; }
cases() { CARGO_TARGET_DIR=target/skills-native cargo test --manifest-path skills/Cargo.toml --workspace; }
mutants() {
  command -v cargo-mutants >/dev/null || cargo install --locked cargo-mutants
  local file args=()
  for file in "${MUTATED[@]}"; do args+=(--file "$file"); done
  cargo mutants --package skillhost-engine "${args[@]}" --output target/mutants -- --lib
}
deny() {
  command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
  cargo deny check licenses bans sources
}

wanted=${STAGE:-}
if [ -n "$wanted" ] && [[ " ${STAGES[*]} " != *" $wanted "* ]]; then
  echo "there is no stage \`$wanted\`; there are: ${STAGES[*]}" >&2
  exit 2
fi
stage "build" cargo build --workspace --all-targets
stage "skills" target/debug/skillhost build all
for name in "${STAGES[@]}"; do
  if [ -z "$wanted" ] || [ "$wanted" = "$name" ]; then
    case "$name" in
      eval) stage eval eval_sets ;;
      *) stage "$name" "$name" ;;
    esac
  fi
done
