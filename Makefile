# Latchkey. `make` or `make help` lists what can be made here.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Arguments for the server, or for the demo:  make run ARGS="--port 9000"   make demo ARGS=--keep
ARGS ?=
# `always`: the end-to-end tests must run. Otherwise they do where Chromium is.
END_TO_END ?= when-possible
# How long each benchmark runs
SECONDS_EACH ?= 10
# How long the parsers of WebAuthn are fuzzed by `make fuzz`
FUZZ_SECONDS ?= 60
# How often `make durability` kills a server
KILLS ?= 1000
# Arguments for pytest:  make end-to-end PYTEST="-k keyboard"
PYTEST ?=

VENV := .venv
# The binary that the end-to-end tests run.
BINARY ?= $(CURDIR)/.build/debug/latchkey

# One set of build settings for debug, lint and tests, so that nothing is built twice: warnings are errors.
debug lint test fuzz end-to-end durability: export LATCHKEY_STRICT := 1

.PHONY: help run demo build debug test unit-tests end-to-end fuzz durability bench soak lint format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build the server and start it in development mode
	.build/release/latchkey serve --dev $(ARGS)

demo: build ## Start the server and four example APIs, log in, call them, revoke, and see it refused
	@.ci/needs demo
	swift build -c release --product latchkey-examples --static-swift-stdlib
	python3 Tests/Demo/demo.py .build/release $(ARGS)

build: ## Build the release binary, .build/release/latchkey
	@.ci/needs build
	swift build -c release --product latchkey --static-swift-stdlib
	@.build/release/latchkey --version >/dev/null

debug: ## Build the debug binaries, .build/debug/latchkey and latchkey-examples
	@.ci/needs build
	swift build --product latchkey
	swift build --product latchkey-examples

test: unit-tests ## Run all tests (those in a browser where Chromium is)
	@if [ "$(END_TO_END)" = always ] || .ci/needs --check end-to-end; then \
		$(MAKE) --no-print-directory end-to-end; \
	else \
		echo "The end-to-end tests were SKIPPED. Install what is named above to run them."; \
	fi

unit-tests: ## Run the Swift tests, on SQLite and on a PostgreSQL of their own
	@.ci/needs build
	swift build --build-tests
	@# Commands wait ten seconds for their server and no longer: what starts them has the machine to itself.
	Tests/Support/swift-tests --skip '^LatchkeyTests\.'
	Tests/Support/swift-tests --filter '^LatchkeyTests\.'
	@if .ci/needs --check postgresql || [ "$(END_TO_END)" = always ]; then \
		.ci/needs postgresql && Tests/Support/on-postgresql Tests/Support/swift-tests; \
	else \
		echo "The tests on PostgreSQL were SKIPPED. Install what is named above to run them."; \
	fi

end-to-end: $(VENV)/ready ## Run the end-to-end tests on the debug binary
	@test -x "$(BINARY)" || { echo "There is no $(BINARY). Run: make debug"; exit 1; }
	LATCHKEY_BINARY="$(BINARY)" $(VENV)/bin/python -B -m pytest -p no:cacheprovider Tests/EndToEnd $(PYTEST)

fuzz: ## Fuzz what reads passkeys, for a minute
	@.ci/needs build
	swift build --build-tests
	LATCHKEY_FUZZ_SECONDS=$(FUZZ_SECONDS) swift test --skip-build --filter FuzzTests

durability: $(VENV)/ready ## Kill servers a thousand times, fail their storage, and let the hostile in, at length
	@test -x "$(BINARY)" || { echo "There is no $(BINARY). Run: make debug"; exit 1; }
	cd Tests/EndToEnd && LATCHKEY_BINARY="$(BINARY)" $(CURDIR)/$(VENV)/bin/python -B -m durability --kills $(KILLS)
	LATCHKEY_BINARY="$(BINARY)" STORAGE_FAULT_SECONDS=30 HOSTILE_CONNECTIONS=10000 HOSTILE_SECONDS=20 \
		$(VENV)/bin/python -B -m pytest -p no:cacheprovider -rP \
		Tests/EndToEnd/test_storage_faults.py Tests/EndToEnd/test_hostile_clients.py

bench: ## Measure the release binary with wrk, beside a route that does nothing
	@.ci/needs bench
	swift build -c release --product latchkey --static-swift-stdlib
	swift build -c release --product BareRoute --static-swift-stdlib
	swift build -c release --product ScopedRoute --static-swift-stdlib
	python3 Tests/Benchmarks/run.py $(CURDIR)/.build/release/latchkey $(CURDIR)/.build/release/BareRoute \
		$(CURDIR)/.build/release/ScopedRoute $(SECONDS_EACH)
	@if .ci/needs --check postgresql; then \
		python3 Tests/Benchmarks/postgresql.py $(CURDIR)/.build/release/latchkey $(SECONDS_EACH); \
	fi
	swift run -c release --package-path Tests/Benchmarks/Signatures Signatures

soak: ## Rotate tokens on the release binary for ten minutes, and tell how long commits took
	@.ci/needs bench
	swift build -c release --product latchkey --static-swift-stdlib
	python3 Tests/Benchmarks/soak.py $(CURDIR)/.build/release/latchkey

lint: ## Check formatting, and that nothing warns
	@.ci/needs build
	swift format lint --strict -r Sources Tests Package.swift
	swift build --build-tests

format: ## Format the Swift sources
	swift format -i -r Sources Tests Package.swift

clean: ## Remove what was built
	rm -rf .build $(VENV)

$(VENV)/ready: Tests/EndToEnd/requirements.txt
	@.ci/needs end-to-end
	python3 -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
