# Stages with their time, for scripts that are sourced from a script of `scripts/`.
# A table of all stages is printed at the end, also where one failed.

stage_names=()
stage_seconds=()
stage_running=""
stage_started=0

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

# stage NAME COMMAND…: runs it, and keeps how long it took.
stage() {
  local name=$1
  shift
  say "$name"
  stage_running=$name
  stage_started=$SECONDS
  "$@"
  stage_names+=("$name")
  stage_seconds+=($((SECONDS - stage_started)))
  stage_running=""
}

stage_table() {
  local at total=0
  printf '\n%-40s %8s\n' "stage" "seconds"
  for at in "${!stage_names[@]}"; do
    printf '%-40s %8d\n' "${stage_names[$at]}" "${stage_seconds[$at]}"
    total=$((total + stage_seconds[at]))
  done
  if [ -n "$stage_running" ]; then
    printf '%-40s %8d  failed\n' "$stage_running" $((SECONDS - stage_started))
    total=$((total + SECONDS - stage_started))
  fi
  printf '%-40s %8d\n' "together" "$total"
}

# Lets test binaries say how long each test took (`<1.234s>` behind its name), which a
# stable toolchain allows only so. The compiler is not told, so nothing is built anew.
timed_tests() {
  local triple
  triple=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
  export "CARGO_TARGET_${triple}_RUNNER=env RUSTC_BOOTSTRAP=1"
}

# slowest FILE COUNT: the tests of a log that took longest.
slowest() {
  printf '\n%-80s %10s\n' "slowest tests" "seconds"
  # To the end of its input, so that `sort` is not cut off, which would count as a failure.
  sed -nE 's/^test (.*) \.\.\. ok <([0-9.]+)s>$/\2 \1/p' "$1" | sort -rn \
    | awk -v most="$2" 'NR <= most { printf "%-80s %10.1f\n", substr($2, 1, 80), $1 }'
}
