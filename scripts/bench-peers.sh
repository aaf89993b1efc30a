#!/usr/bin/env bash
# Restate and DBOS beside skillhost on the same job: seven steps one after the other,
# about a kilobyte of JSON in and out of each, everything flushed. All take turns in one
# run, so that they share the noise of the machine; the table goes to docs/peers.md.
#
# Installs npm, which brings Restate's server into bench/peers/node_modules, and Postgres,
# and says so. The run itself takes some five minutes, and longer on a machine that is
# busy.
#
# usage: scripts/bench-peers.sh [--quick]     --quick is a short run, whose table goes to no page
#   SKILLHOST=FILE  the host to measure; default target/release/skillhost
#   KEEP=FILE       where to keep what was measured, as JSON
#   NOTE=TEXT       what a reader of the table should know about the run, such as what else ran
set -euo pipefail
cd "$(dirname "$0")/.."

readonly RESTATE_VERSION=1.7.12
# Connections of DBOS's pool: its default, and neither fewer nor more were faster here.
readonly CONNECTIONS=10
skillhost=${SKILLHOST:-target/release/skillhost}
rounds=3 kills=3 warm_ms=1000 measure_ms=2000 parked=50 page=(--page docs/peers.md)
# Jobs of skillhost's legs at 1, 16 and 64 at once: some two seconds each.
declare -A jobs=([1]=350 [16]=1500 [64]=3000)
case "${1:-}" in
  '') ;;
  --quick) rounds=1 kills=1 warm_ms=300 measure_ms=1000 parked=10 page=() jobs=([1]=150 [16]=600 [64]=900) ;;
  *) echo "usage: scripts/bench-peers.sh [--quick]" >&2; exit 2 ;;
esac
span=(--warm-ms "$warm_ms" --measure-ms "$measure_ms")

say() { printf 'bench-peers: %s\n' "$*" >&2; }

[ -x "$skillhost" ] || { say "there is no $skillhost: run make release, or set SKILLHOST"; exit 1; }
scripts/setup.sh peers
restate=bench/peers/node_modules/.bin/restate-server
if [ "$("$restate" --version 2>/dev/null)" != "restate-server $RESTATE_VERSION" ]; then
  say "installing @restatedev/restate-server $RESTATE_VERSION into bench/peers/node_modules"
  npm install --prefix bench/peers --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --silent \
    "@restatedev/restate-server@$RESTATE_VERSION"
fi
# The package's own command is a script that starts the program.
restate=$(find bench/peers/node_modules/@restatedev -path '*/restate-server-*/bin/restate-server' | head -n 1)
say "building the drivers"
cargo build -q --release --manifest-path bench/peers/Cargo.toml
peers=bench/peers/target/release/bench-peers
say "building the steps in Wasm"
skills=bench/peers/target/skills
for skill in pads waits; do
  "$skillhost" build "$skill" --root bench/peers --out "$skills" >/dev/null 2>&1 ||
    { say "$skillhost build $skill --root bench/peers says why it fails"; exit 1; }
done

work=$(mktemp -d /tmp/skillhost-peers.XXXXXX)
lines=$work/lines.json
finish() {
  # Both servers end with their input.
  if [ -n "${to_restate:-}" ]; then exec {to_restate}>&-; fi
  if [ -n "${to_postgres:-}" ]; then exec {to_postgres}>&-; fi
  wait
  # What was measured before a failure is worth a look, too.
  if [ -n "${KEEP:-}" ] && [ -e "$lines" ]; then cp "$lines" "$KEEP"; fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
if [ "$(stat -f -c %T "$work")" = tmpfs ]; then
  say "/tmp is in memory, where nothing is flushed: run this where it is on a disk"
  exit 1
fi

setting() { "$peers" setting "$1" "$2" >>"$lines"; }
memory() { "$peers" memory "$@" >>"$lines"; }

# A database of a leg's own, so that none is slower for what others left.
number=0
fresh() {
  number=$((number + 1))
  "$postgres_bin/psql" -qX "$postgres" -c "CREATE DATABASE leg$number"
  database=${postgres/\/postgres\?//leg$number?}
}
# One that autovacuum is in stays until the server's folder goes.
dropped() { "$postgres_bin/psql" -qX "$postgres" -c "DROP DATABASE leg$number" 2>/dev/null || true; }

# usage: own WHO CONCURRENCY [argument ...]
own() {
  local who=$1 at=$2
  shift 2
  "$skillhost" bench jobs --steps 7 --concurrency "$at" --jobs "${jobs[$at]}" --parked "$parked" --json "$@" \
    2>>"$work/skillhost.log" | "$peers" skillhost report --who "$who" >>"$lines" || { tail -n 20 "$work/skillhost.log" >&2; exit 1; }
}

say "starting Postgres and Restate"
mkfifo "$work/from-postgres" "$work/from-restate"
exec {to_postgres}> >(exec scripts/postgres.sh >"$work/from-postgres")
exec {from_postgres}<"$work/from-postgres"
read -r postgres <&"$from_postgres"
echo bin >&"$to_postgres"
read -r postgres_bin <&"$from_postgres"
exec {to_restate}> >(exec "$peers" restate serve --program "$restate" --folder "$work/restate" >"$work/from-restate")
exec {from_restate}<"$work/from-restate"
read -r ingress server worker <&"$from_restate"
# All are up for the whole run; an idle one costs the others little.
sleep 3
server_memory() {
  memory --who restate --part server --when "$1" --pid "$server"
  memory --who restate --part worker --when "$1" --pid "$worker"
  memory --who postgres --part '' --when "$1" --tree --pid "$postmaster"
}
postmaster=$(head -n 1 "${postgres#*host=}/data/postmaster.pid")
server_memory idle

cores=$(nproc)
read -r load _ </proc/loadavg
setting When "$(date -u +%Y-%m-%d), load of the machine before it $load${NOTE:+; $NOTE}"
setting Machine "$cores cores, $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo), Linux $(uname -r | cut -d. -f1-2), $(stat -f -c %T "$work" | sed 's,ext2/ext3,ext4,')"
setting Run "$rounds rounds in turns, median (least–most); peers $((measure_ms / 1000)) s a leg after $warm_ms ms, skillhost a like time by a number of jobs; $parked jobs parked at the gate"
setting skillhost "$("$skillhost" --version | cut -d' ' -f2), started and answered in process; SQLite WAL with \`synchronous=FULL\`"
setting Restate "server $RESTATE_VERSION with 4 partitions (its default of 24 was slower), all else its default, so its log is fsynced; Rust SDK 0.13.0 in a process of its own; started over HTTP"
setting DBOS "Rust crate 0.5.0, started and answered in process, pool of $CONNECTIONS, no wait to coalesce notifications, all else its default"
setting Postgres "$("$postgres_bin/postgres" --version | cut -d' ' -f3), \`fsync\`, \`synchronous_commit\` and \`full_page_writes\` on, 256 MB of shared buffers, over a Unix socket"

for round in $(seq "$rounds"); do
  for at in 1 16 64; do
    say "round $round of $rounds, $at at once"
    own skillhost-sqlite-noop "$at"
    "$peers" restate steps --ingress "$ingress" --concurrency "$at" "${span[@]}" >>"$lines"
    own skillhost-sqlite-wasm "$at" --kind wasm --module "$skills/pads.wasm"
    fresh
    "$peers" dbos steps --database "$database" --connections "$CONNECTIONS" --concurrency "$at" "${span[@]}" >>"$lines"
    dropped
    fresh
    own skillhost-postgres-wasm "$at" --kind wasm --module "$skills/pads.wasm" --database "$database"
    dropped
  done
  "$peers" restate gate --ingress "$ingress" --gates "$work/restate/gates" --parked "$parked" >>"$lines"
  fresh
  "$peers" dbos gate --database "$database" --connections "$CONNECTIONS" --parked "$parked" >>"$lines"
  dropped
done
server_memory after
exec {to_restate}>&-
unset to_restate

for round in $(seq "$kills"); do
  say "kill $round of $kills"
  "$peers" skillhost kill --program "$skillhost" --skills "$skills" --folder "$work/killed-host-$round" \
    >>"$lines"
  for victim in server worker; do
    "$peers" restate kill --program "$restate" --folder "$work/killed-$victim-$round" --victim "$victim" >>"$lines"
  done
  fresh
  "$peers" dbos kill --database "$database" --connections "$CONNECTIONS" --folder "$work/killed-dbos-$round" >>"$lines"
  dropped
done
"$peers" table --lines "$lines" "${page[@]}"
