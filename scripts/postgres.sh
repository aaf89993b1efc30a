#!/usr/bin/env bash
# A throw-away Postgres for tests and measurements, with durable settings.
#
# Prints the URL of its database `postgres` for a user that may make databases and
# roles and nothing more, and runs until its input ends. Lines of input are orders:
# `kill` ends the server as a power cut would, `start` starts it again, `bin` says where
# its programs are; each is answered with a line when it is done. The folder goes with it.
#
# usage: scripts/postgres.sh [setting=value ...]
set -euo pipefail

bin=${SKILLHOST_POSTGRES_BIN:-}
if [ -z "$bin" ]; then
  bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
fi
if [ ! -x "$bin/initdb" ]; then
  echo "postgres: no server here: run scripts/setup.sh test, or set SKILLHOST_POSTGRES_BIN" >&2
  exit 1
fi

# The server refuses to run as root.
as=()
if [ "$(id -u)" -eq 0 ]; then as=(runuser -u postgres --); fi
# A socket's path may have about a hundred characters.
folder=$("${as[@]}" mktemp -d /tmp/skillhost-pg.XXXXXX)
cd "$folder"

control() { "${as[@]}" "$bin/pg_ctl" -D "$folder/data" "$@" >>"$folder/log" 2>&1 </dev/null; }
finish() {
  control stop -m immediate || true
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM

"${as[@]}" "$bin/initdb" -D "$folder/data" -U admin -A trust -E UTF8 --locale=C.UTF-8 >"$folder/log" 2>&1 </dev/null
{
  printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$folder'" \
    'fsync = on' 'synchronous_commit = on' 'full_page_writes = on' \
    'shared_buffers = 256MB' 'max_wal_size = 4GB' 'max_connections = 300' 'wal_compression = on'
  for setting in "$@"; do printf '%s\n' "${setting%%=*} = '${setting#*=}'"; done
} | "${as[@]}" tee -a "$folder/data/postgresql.conf" >/dev/null
# A port names the socket as well; one of the environment is not meant.
unset PGPORT
for setting in "$@"; do
  case "$setting" in port=*) export PGPORT=${setting#port=} ;; esac
done
control start -w
"${as[@]}" "$bin/psql" -qX -h "$folder" -U admin -d postgres \
  -c 'CREATE ROLE skillhost_owner LOGIN CREATEDB CREATEROLE' >>"$folder/log" 2>&1
echo "postgres://skillhost_owner@localhost${PGPORT:+:$PGPORT}/postgres?host=$folder"
while read -r order; do
  case "$order" in
    kill) control stop -m immediate && echo killed ;;
    bin) echo "$bin" ;;
    start) control start -w && echo started ;;
    *) echo "there is no order '$order'" ;;
  esac
done
