# `make demo` and `make test` are all that a newcomer needs. Each installs what Debian can give it, or
# stops with the one line to type; neither passes by leaving something out.

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint docs rules bless bench golden loom fuzz fuzz-api

SHELL := bash
# rustup's usual place, for shells that have not read its setup.
export PATH := $(PATH):$(HOME)/.cargo/bin
# CI builds exactly what Cargo.lock says, and wants to hear of every failure, not of the first.
LOCKED := $(if $(CI),--locked)
ALL_FAILURES := $(if $(CI),--no-fail-fast)

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: ## taxis and passengers in a throw-away registry (more: make demo DEMO_ARGS=--help)
	@tools/needs compiler
	cargo run --release $(LOCKED) --package letaxi -- demo $(DEMO_ARGS)

test: ## every test, on SQLite and on a private PostgreSQL
	@tools/needs compiler postgresql
	cargo test --workspace --doc $(LOCKED) $(ALL_FAILURES)
	@if cargo nextest --version >/dev/null 2>&1; then set -x; cargo nextest run --workspace $(LOCKED) $(ALL_FAILURES); \
	 else set -x; cargo test --workspace --tests $(LOCKED) $(ALL_FAILURES); fi

check: format lint docs rules test ## all that CI asks: format, lints, docs, dependency rules, tests

format:
	cargo fmt --all --check

lint:
	@tools/needs compiler
	cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings

docs:
	@tools/needs compiler
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items $(LOCKED)

rules:
	@if cargo deny --version >/dev/null 2>&1; then set -x; cargo deny --offline check bans licenses sources; \
	 else echo "cargo-deny is not installed: the tests apply the rules of deny.toml"; fi

bless: ## write the generated files anew (API answers, diagram, reference), then show what changed
	UPDATE=1 $(MAKE) --no-print-directory test
	git status --short

bench: ## the table of speeds, each beside a floor of the same run, and the other benchmarks
	@tools/needs compiler postgresql wrk
	cargo bench --workspace $(LOCKED)

GOLDEN ?= ../shared/golden
golden: ## replay recorded exchanges with le.taxi: make golden GOLDEN=FOLDER ENGINE=postgres
	@tools/needs compiler postgresql requests
	cargo build --release --package letaxi $(LOCKED)
	ENGINE=$(ENGINE) tools/golden $(GOLDEN) $(SCENARIOS)

loom: ## try every order in which threads may see each other's stores in the live index
	@tools/needs compiler
	RUSTFLAGS="--cfg loom" cargo test --package positions --lib --target-dir target/loom $(LOCKED)

fuzz: ## break input for hours, led by the code it reaches: make fuzz TARGET=… TIME=28800; without, list targets
	@tools/needs compiler cxx postgresql
	TIME=$(TIME) tools/fuzz $(TARGET)

fuzz-api: ## attack the program by its own description of the API: make fuzz-api EXAMPLES=1000 SEED=7
	@tools/needs compiler venv
	cargo build --package letaxi $(LOCKED)
	EXAMPLES=$(EXAMPLES) SEED=$(SEED) ROLES=$(ROLES) tools/fuzz-api
