# What people type. `make` alone lists it. Everything stays inside this folder.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# The system's Python first: one that pyenv built lacks what makes it a tenth faster. PYTHON=... takes another.
PYTHONS := $(or $(PYTHON),/usr/bin/python3 python3.11 python3.12 python3.13 python3)
# Which packages an environment holds: nothing is installed twice.
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input
# pip's lines about what comes, and nothing else; its errors go to stderr.
SHORTLY := { grep --line-buffered -E '^(Collecting|Installing collected)' || true; } | cut -c -100 | sed -u -E 's/^(Collecting|Installing)/  &/'

.PHONY: help
help: ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## /\1|/' | while IFS='|' read -r name what; do
		printf '  make %-8s %s\n' "$$name" "$$what"
	done

.PHONY: up
up: $(RUNTIME) ## run everything on this machine; Ctrl-C stops it. BOTS=30 plays more bots, BOTS=0 none
	@exec $(BIN)/biome up $(if $(BOTS),--bots $(BOTS))

.PHONY: down
down: $(RUNTIME) ## stop the `make up` of this folder
	@exec $(BIN)/biome down

.PHONY: status
status: $(RUNTIME) ## what runs, and the last tick
	@exec $(BIN)/biome status

.PHONY: test
test: check ## everything that decides whether the code is right: make check, then all tests
	@exec $(BIN)/python -m pytest --numprocesses 2 --no-loadscope-reorder

.PHONY: chaos
chaos: $(DEV) ## kill, pause and starve a real market at random, and audit it. MINUTES=10 SEED=7 BROKERS=3
	@exec $(BIN)/python -m tests.chaos --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) $(if $(BROKERS),--brokers $(BROKERS))

.PHONY: fuzz
fuzz: $(DEV) ## give decoders, folds and a running API every kind of bytes. SECONDS=60
	@half=$$(( $(or $(SECONDS),60) / 2 ))
	$(BIN)/python -m tests.fuzz --seconds $$half
	export FUZZ_EXAMPLES=$$(( half + 1 )) FUZZ_REQUESTS=$$(( 20 * half + 1 ))
	exec $(BIN)/python -m pytest --timeout 0 tests/does_the_api_answer/test_fuzz_*.py

.PHONY: check
check: $(DEV) ## format, lint, types, import layers; Python's and the page's
	@echo "Checking Python, and the page beside it: about a minute."
	exec $(MAKE) --jobs 2 --output-sync=target check-python check-page

.PHONY: check-python
check-python:
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: check-page
check-page:
	@exec $(BIN)/python -m ops.page check test

.PHONY: simulate
simulate: $(DEV) ## crashes and lost messages in virtual time, each audited. SECONDS=60 SEED=1 JOBS=2
	@exec $(BIN)/python -m tests.simulation --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED)) $(if $(JOBS),--jobs $(JOBS))

.PHONY: format
format: $(DEV) ## put the code into its form
	@$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m ops.page format

.PHONY: lock
lock: $(RUNTIME) ## pin the newest versions that pyproject.toml and ops/kafka_jars.py allow, with hashes
	@[ -x .cache/lock/bin/uv ] || { $(BIN)/python -m venv .cache/lock && .cache/lock/bin/python -m pip install --quiet uv; }
	compile() { .cache/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade "$$@" > /dev/null; }
	compile pyproject.toml --output-file requirements.txt
	compile pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(BIN)/python -m ops.kafka_jars

.PHONY: clean
clean: ## remove what was installed, downloaded and built (not the market: its data is in .biome)
	@[ ! -x $(BIN)/biome ] || $(BIN)/biome down
	rm -rf $(VENV) .cache web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for candidate in $(PYTHONS); do
		if ! $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2> /dev/null; then
			continue
		elif ! $$candidate -c 'import ensurepip, venv' 2> /dev/null; then
			incomplete=$$candidate
			continue
		fi
		echo "Making a virtual environment with $$($$candidate --version)."
		$$candidate -m venv $(VENV) > $(VENV).log 2>&1 && rm $(VENV).log && exit 0
		cat $(VENV).log; rm -rf $(VENV) $(VENV).log
		echo "$$candidate could not make a virtual environment: see above." >&2
		exit 1
	done
	if [ -n "$${incomplete:-}" ]; then
		echo "$$incomplete cannot make a virtual environment. On Debian and Ubuntu its package is missing: apt-get install python3-venv" >&2
	else
		echo "Biome Market needs Python 3.11, 3.12 or 3.13, and none is on the PATH. Install one (on Debian: apt-get install python3 python3-venv), or name one (PYTHON=/opt/python3.13/bin/python3), then do this again." >&2
	fi
	exit 1

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing Python packages with Java, PostgreSQL and Node among them: about 300 MB, once."
	$(PIP) --require-hashes --requirement requirements.txt | $(SHORTLY)
	$(PIP) --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	@echo "Installing what tests and checks need, once."
	$(PIP) --require-hashes --requirement requirements-dev.txt | $(SHORTLY)
	touch $@
