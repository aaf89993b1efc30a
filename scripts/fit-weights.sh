#!/usr/bin/env bash
# Fits the tables of weights of the language skills to the labelled sets of tests/eval.
# With --report nothing is written: each set is read by tables of the other sets.
set -euo pipefail
cd "$(dirname "$0")/.."

# The same versions give the same tables.
readonly FITTERS=(numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1)
readonly VENV=target/fit-weights
# Sets that stay apart: what the tables are worth is measured on them.
readonly HELD='-held-([5-9]|1[0-9])\.jsonl$'

scripts/setup.sh test
[ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
"$VENV/bin/pip" install --quiet --disable-pip-version-check "${FITTERS[@]}"
export CARGO_TARGET_DIR=target/skills-native
cargo build --quiet --release --manifest-path skills/Cargo.toml --examples -p mail-reading -p detect-intents

sets() { find tests/eval -name "$1" | grep -vE -- "$HELD" | LC_ALL=C sort; }
fit() { # one|each, how much facts count, table
  local table=$3
  [ "$report" ] && table=--report
  printf '%s\n' "$3"
  "$VENV/bin/python" scripts/fit_weights.py "$1" "$2" "$table"
}
report=
[ "${1:-}" = --report ] && report=1

readonly EXAMPLES=$CARGO_TARGET_DIR/release/examples
mapfile -t mails < <(sets 'emails*.jsonl'; sets 'mails-train-*.jsonl')
mapfile -t calls < <(sets 'transcripts.jsonl'; sets 'calls-*.jsonl'; sets 'utterances-train-*.jsonl'; sets 'plain-train.jsonl'; echo sdk/language/eval/tuning.jsonl)
"$EXAMPLES/mail_features" "${mails[@]}" | fit one 1 skills/mail-reading/models/mails.tsv
call() { "$EXAMPLES/call_features" "$1" "${calls[@]}" | fit each "$2" "skills/detect-intents/models/$1.tsv"; }
call signals 1.5
call commitments 3
call requests 3
