# The front door. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo day test test-full check soak eval weights calendars serve release bench bench-copilot bench-extism bench-peers fuzz lint build skills clean

CARGO ?= cargo
BIN := target/debug/skillhost
RELEASE := target/release/skillhost

help: ## What there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Install what building needs (says what; nothing to do takes under a second)
	@scripts/setup.sh build

build: setup ## The host
	@$(CARGO) build --workspace

release: setup ## The host as operators run it, fully optimised, in target/release/skillhost
	@$(CARGO) build --release --workspace --bin skillhost

skills: build ## Every skill, into dist/
	@$(BIN) build all

demo: skills ## The main job from start to end
	@$(BIN) demo

day: skills ## A day of the demo organisation's rep, with a moved clock and real mail servers
	@scripts/setup.sh test
	@target/debug/day

serve: skills ## The host on 127.0.0.1:8787 with the demo organisation
	@$(BIN) serve --demo

test: ## Every promise once, with a table of what took how long
	@scripts/setup.sh test
	@scripts/test.sh

test-full: ## What is repeated at length, in stages of at most an hour (STAGE=crash|soak|eval|cases|mutants|deny)
	@scripts/setup.sh test
	@STAGE=$(STAGE) scripts/test-full.sh

check: ## Format, lints and unit tests of the crates that changed
	@scripts/check.sh

MINUTES ?= 60
soak: ## Random kills under load on both databases (MINUTES=60), then what must hold
	@scripts/setup.sh test
	@STAGE=soak MINUTES=$(MINUTES) scripts/test-full.sh

eval: skills ## Precision and recall of the language skills (DATA=<folder> adds third-party material, ARGS=--all every mistake)
	@target/debug/eval $(if $(DATA),--data "$(DATA)") $(ARGS)

calendars: setup ## Whether the calendars and lists of rules of a folder are read as they should (DATA=<folder>)
	@$(CARGO) build -q --workspace --example calendars
	@target/debug/examples/calendars --check "$(DATA)"

weights: ## Fit the tables of the language skills to the labelled sets (ARGS=--report: read each set by the others)
	@scripts/fit-weights.sh $(ARGS)

bench: skills release ## Against the floor of this machine
	@$(RELEASE) bench call --json
	@$(RELEASE) bench jobs --steps 7 --concurrency 64 --kind noop --json
	@$(RELEASE) bench jobs --steps 7 --concurrency 64 --kind wasm --json
	@$(RELEASE) bench swap --json
	@$(RELEASE) bench lanes --json
	@$(RELEASE) bench ready --modules 40 --json
	@$(RELEASE) bench pipeline --deals 500 --activities 50000 --json

bench-copilot: skills ## From a call's end to its cards, and a thousand people's briefs; CHECK=1 fails where a target is missed
	@$(CARGO) build --release --workspace --bin skillhost --bin pace
	@target/release/pace $(if $(CHECK),--check)

bench-extism: skills ## One call beside Extism's host, in one run (compiles another wasmtime)
	@scripts/bench-extism.sh

bench-peers: skills release ## Restate and DBOS beside this host, in one run (installs both, and Postgres)
	@scripts/bench-peers.sh

fuzz: setup ## Fuzz the readers of what strangers write (needs a nightly toolchain)
	@scripts/fuzz.sh

lint: setup ## Formatting, clippy, licences
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check; else echo "cargo-deny is not installed: cargo install cargo-deny"; fi

clean: ## Everything made here
	@rm -rf target skills/target tests/guests/target dist var
