# Start with `make demo` and `make test`. Each installs missing Debian packages, or stops with the command to
# type; neither skips anything.

.DEFAULT_GOAL := help
.PHONY: help demo test test-server test-web test-browser web check format lint docs rules bless bench bench-web package tarball golden loom fuzz fuzz-api

SHELL := bash
# rustup's usual folder, for shells without its setup.
export PATH := $(PATH):$(HOME)/.cargo/bin
# CI builds the versions of Cargo.lock, and reports all failures, not only the first.
LOCKED := $(if $(CI),--locked)
ALL_FAILURES := $(if $(CI),--no-fail-fast)

help: ## list all targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: ## run a throw-away registry with taxis and passengers (options: make demo DEMO_ARGS=--help)
	@tools/needs compiler
	cargo run --release $(LOCKED) --package letaxi -- demo $(DEMO_ARGS)

test: test-server test-web test-browser ## run all tests

test-server: ## test the server, on SQLite and on a private PostgreSQL (one chapter of storage: cargo nextest run -p storage hails)
	@tools/needs compiler postgresql nats pooler faketime guides
	cargo test --workspace --doc $(LOCKED) $(ALL_FAILURES)
	@if cargo nextest --version >/dev/null 2>&1; then set -x; cargo nextest run --workspace $(LOCKED) $(ALL_FAILURES); \
	 else set -x; cargo test --workspace --tests $(LOCKED) $(ALL_FAILURES); fi

# Node of this machine if it is new enough, else the one that tools/needs has put beside the pages.
NODE := PATH="$(CURDIR)/web/.node/bin:$$PATH"
NODE_MODULES := web/node_modules/.package-lock.json
$(NODE_MODULES): web/package.json web/package-lock.json
	@tools/needs node
	cd web && $(NODE) npm ci --no-audit --no-fund

web: $(NODE_MODULES) ## build the pages of the console into web/dist
	cd web && $(NODE) npm run build

test-web: $(NODE_MODULES) ## check the console: types, style, components, and that web/dist is the build of its sources, byte for byte
	cd web && $(NODE) npm run check && $(NODE) npm test
	cd web && rm -rf node_modules/.dist && cp -R dist node_modules/.dist && $(NODE) npm run build
	@diff -rq web/node_modules/.dist web/dist || { echo "error: web/dist was not the build of its sources. It is now: commit it"; exit 1; }

# One view of four, so that the tests end soon; ONLY= clicks through all.
ONLY ?= 390-light
export ONLY STORY SHOTS
test-browser: $(NODE_MODULES) ## click through the console in Chromium: make test-browser STORY=map ONLY=1280-dark SHOTS=FOLDER
	@tools/needs compiler chromium
	cargo build --workspace --bins --tests $(LOCKED)
	cd web && $(NODE) AGAIN=$(if $(UPDATE),,1) EMBEDDED=1 LETAXI="$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/letaxi" npm run test:browser

check: format lint docs rules test ## run all checks of CI: format, lints, docs, dependency rules, tests

format:
	cargo fmt --all --check

lint:
	@tools/needs compiler
	cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings

docs:
	@tools/needs compiler
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items $(LOCKED)

rules: ## dependencies: licences, sources and bans (cargo-deny), unused ones (cargo-machete)
	@$(call if_installed,deny,--offline check bans licenses sources)
	@$(call if_installed,machete,)

# A tool of Cargo that `make check` uses where it is installed: its name, and its arguments.
if_installed = if cargo $(1) --version >/dev/null 2>&1; then set -x; cargo $(1) $(2); \
	else echo "cargo-$(1) is not installed and its rules are not checked; this line installs it: cargo install --locked cargo-$(1)"; fi

# The reference shows the calls of the stories, so their answers come first.
bless: ## update the generated files (API answers, reference, diagram, settings), then list the changes
	@tools/needs compiler
	UPDATE=1 cargo test --package letaxi --test it $(LOCKED) generated_answers
	UPDATE=1 cargo test --workspace --tests $(LOCKED) generated_
	git status --short

bench: ## run all benchmarks: the table of speeds with floors of the same run, and the others
	@tools/needs compiler postgresql wrk
	cargo bench --workspace $(LOCKED)

# LETAXI=FOLDER/letaxi takes a program that is built; RUNS=9 measures more often.
bench-web: $(NODE_MODULES) ## measure the console against its budgets: make bench-web RUNS=5 ONLY=pages LETAXI=PROGRAM
	@tools/needs compiler chromium
	$(if $(LETAXI)$(REGISTRY),,cargo build --release --package letaxi $(LOCKED))
	cd web && $(NODE) ONLY=$(if $(filter pages map,$(ONLY)),$(ONLY)) \
	 LETAXI="$(or $(LETAXI),$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/letaxi)" npm run --silent bench

package: ## build the Debian package: target/debian/letaxi_VERSION_ARCH.deb
	@tools/needs compiler cargo_deb
	cargo build --release --package letaxi $(LOCKED)
	cargo deb --package letaxi --no-build $(LOCKED)

MUSL := $(shell uname -m)-unknown-linux-musl
tarball: ## build a static program for any Linux, with settings, unit and pages: target/letaxi-VERSION-….tar.gz
	@tools/needs compiler musl
	cargo build --release --package letaxi --target $(MUSL) $(LOCKED)
	tools/tarball target/$(MUSL)/release/letaxi $(MUSL)

GOLDEN ?= ../shared/golden
golden: ## replay recorded exchanges with le.taxi: make golden GOLDEN=FOLDER ENGINE=postgres
	@tools/needs compiler postgresql requests
	cargo build --release --package letaxi $(LOCKED)
	ENGINE=$(ENGINE) tools/golden $(GOLDEN) $(SCENARIOS)

loom: ## check the live index with loom: every order in which threads may see each other's stores
	@tools/needs compiler
	RUSTFLAGS="--cfg loom" cargo test --package positions --lib --target-dir target/loom $(LOCKED)

fuzz: ## fuzz a parser, guided by coverage: make fuzz TARGET=… TIME=28800; without TARGET, list targets
	@tools/needs compiler cxx postgresql
	TIME=$(TIME) tools/fuzz $(TARGET)

fuzz-api: ## fuzz the API from its OpenAPI description: make fuzz-api EXAMPLES=1000 SEED=7
	@tools/needs compiler venv
	cargo build --package letaxi $(LOCKED)
	EXAMPLES=$(EXAMPLES) SEED=$(SEED) ROLES=$(ROLES) tools/fuzz-api
