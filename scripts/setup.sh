#!/usr/bin/env bash
# Installs what building (`build`), testing (`test`) and the comparison with other
# engines (`peers`) need, and says what.
# With nothing to do it takes a fraction of a second. It is safe to run again.
#
# The wasm32-wasip2 target comes from rustup, or where rustup cannot reach its
# server, from Debian packages that live beside a rustup toolchain without
# touching it. What is there already is used as it is.
set -euo pipefail

readonly TARGET=wasm32-wasip2
# A closed network makes rustup wait for minutes; a working one needs seconds.
readonly RUSTUP_SECONDS=20
readonly DEBIAN_TOOLCHAIN=(rustc-web cargo-web rust-web-src rust-web-llvm lld-22 wasi-libc)

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

usage() {
  cat >&2 <<'USAGE'
usage: scripts/setup.sh build|test|peers
  build  a Rust toolchain that compiles the host and, for wasm32-wasip2, the skills
  test   that, a browser with its driver, Postgres, mail servers, a reader of PDFs and
         Python's venv for the tests
  peers  what building needs, Postgres and npm for the comparison with other engines
USAGE
  exit 2
}

updated=0
install_packages() {
  have apt-get || fail "cannot install $*: there is no apt-get here; install them by hand"
  local run=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail "cannot install $*: run this as root, or install them by hand"
    run=(sudo)
  fi
  if [ "$updated" -eq 0 ]; then
    say "reading the package lists"
    "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || fail "the package lists cannot be read"
    updated=1
  fi
  say "installing $*"
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" >&2 || fail "cannot install $*"
}

rustc_has_target() {
  local folder
  have rustc || return 1
  folder=$(rustc --print target-libdir --target "$TARGET" 2>/dev/null) || return 1
  compgen -G "$folder/libstd-*" >/dev/null
}

debian_has_target() {
  [ -x /usr/bin/cargo ] && [ -x /usr/bin/rustc ] \
    && [ -e /usr/lib/rustlib/src/rust/library/std/Cargo.toml ] \
    && [ -e "/usr/lib/rustlib/$(uname -m)-unknown-linux-gnu/bin/wasm-component-ld" ] \
    && [ -d /usr/lib/wasm32-wasi ]
}

setup_build() {
  have cargo || fail "there is no cargo: install Rust 1.95 or newer with rustup, then run this again"
  have cc || install_packages gcc libc6-dev
  if [ -n "${SKILLHOST_GUEST_CARGO:-}" ]; then
    [ -x "$SKILLHOST_GUEST_CARGO" ] || fail "SKILLHOST_GUEST_CARGO=$SKILLHOST_GUEST_CARGO cannot be run"
    return
  fi
  if rustc_has_target || debian_has_target; then return; fi
  if have rustup; then
    say "rustup target add $TARGET"
    if timeout "$RUSTUP_SECONDS" rustup target add "$TARGET" >&2 && rustc_has_target; then return; fi
    say "rustup has no $TARGET for us within $RUSTUP_SECONDS s; taking Debian's packages"
  fi
  install_packages "${DEBIAN_TOOLCHAIN[@]}"
  debian_has_target || fail "the packages are installed, but a part for $TARGET is missing"
}

have_postgres() {
  [ -n "${SKILLHOST_POSTGRES_BIN:-}" ] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

setup_peers() {
  setup_build
  local missing=()
  have npm || missing+=(npm)
  have_postgres || missing+=(postgresql)
  if [ "${#missing[@]}" -gt 0 ]; then install_packages "${missing[@]}"; fi
}

setup_test() {
  setup_build
  local missing=()
  have chromium || have chromium-browser || have google-chrome || missing+=(chromium)
  have chromedriver || missing+=(chromium-driver)
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  have_postgres || missing+=(postgresql)
  # Of the peers that are written in Python one reads the system's zones.
  [ -e /usr/share/zoneinfo/Europe/Berlin ] || missing+=(tzdata)
  # Tests start servers of their own beside whatever these packages start.
  [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ] || missing+=(dovecot-imapd)
  [ -x /usr/lib/dovecot/lmtp ] || missing+=(dovecot-lmtpd)
  [ -x /usr/sbin/postfix ] || missing+=(postfix)
  have pdftotext && have pdfinfo && have pdffonts || missing+=(poppler-utils)
  if [ "${#missing[@]}" -gt 0 ]; then install_packages "${missing[@]}"; fi
}

case "${1:-}" in
  build) setup_build ;;
  test) setup_test ;;
  peers) setup_peers ;;
  *) usage ;;
esac
