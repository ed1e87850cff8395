# `make run` and `make test` do all their own set-up; a second run skips what has not changed.

SHELL := /bin/bash
BIN := .venv/bin
# Half of the time a test waits for the processes that it watches.
WORKERS ?= $(shell echo $$(( ($$(nproc) * 3 + 1) / 2 )))
export PATH := $(CURDIR)/.venv/node:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

# Stamps live inside what they vouch for, so that they vanish with it.
RUN_READY := .venv/.run-ready
TEST_READY := .venv/.test-ready
WEB_READY := web/static/vendor/.ready
PYTHON_INPUTS := pyproject.toml .ci/python.sh .ci/build.lock
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run ready test checks lint format types imports web-checks pytest long kills simulation bench bench-till bench-drain debian lock clean

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: ready  ## the demo shop on http://127.0.0.1:8000
	@exec $(BIN)/bono demo

ready: $(RUN_READY) $(WEB_READY)  ## all that `make run` needs, without starting it

$(RUN_READY): requirements.lock $(PYTHON_INPUTS)
	@.ci/python.sh run
	@touch $@

# The tests' lock holds every pin of the other (a test says so): both are ready afterwards.
$(TEST_READY): tests/requirements.lock requirements.lock $(PYTHON_INPUTS)
	@.ci/python.sh test
	@touch $(RUN_READY) $@

$(WEB_READY): web/package.json web/package-lock.json web/vendor.sh web/vendor.sha256 .ci/node.sh | $(RUN_READY)
	@.ci/node.sh
	@echo "→ fichiers du navigateur / front-end files: web/static/vendor"
	@cd web && sh ./vendor.sh >/dev/null
	@touch $@

debian:
	@.ci/debian.sh

test: $(TEST_READY) debian $(WEB_READY) checks web-checks pytest  ## everything, from a fresh machine

checks: lint types imports

lint: $(TEST_READY)  ## ruff: rules and layout
	@echo "→ ruff"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

format: $(TEST_READY)  ## ruff: rewrite the layout
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

types: $(TEST_READY)  ## mypy, strict
	@echo "→ mypy"
	@$(BIN)/mypy

imports: $(TEST_READY)
	@echo "→ import-linter"
	@$(BIN)/lint-imports --no-logo

web-checks: $(TEST_READY) $(WEB_READY)
	@echo "→ tsc, node --test"
	@cd web && npm run --silent check && npm test --silent

pytest: $(TEST_READY) $(WEB_READY) debian
	@echo "→ pytest: the core, every branch"
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered tests/fiscal
	@echo "→ pytest: the rest"
	@.ci/in_memory.sh $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore=tests/fiscal

long: $(TEST_READY) $(WEB_READY) debian  ## what `make test` samples, whole: every write, history and power cut
	@BROWSER=chromium KILL_AT=all KILL_ROUNDS=8 OUTAGE_SALES=500 SIMULATION_HISTORIES=$${SIMULATION_HISTORIES:-5000} HANDS=5000 PAPERS=5000 \
		.ci/in_memory.sh $(BIN)/pytest -n $(WORKERS) tests/crash tests/simulation \
		tests/printing/test_generated_papers.py tests/browser/till/test_hands.py \
		tests/browser/tablet/test_random_kills.py tests/browser/tablet/test_outage.py

kills: $(TEST_READY) $(WEB_READY) debian  ## two hundred power cuts at random moments, as a table
	@BROWSER=chromium KILL_ROUNDS=8 .ci/in_memory.sh $(BIN)/pytest -n $(WORKERS) tests/browser/tablet/test_random_kills.py

simulation: $(TEST_READY)  ## many more seeded histories of outlets, authority and faults
	@SIMULATION_HISTORIES=$${SIMULATION_HISTORIES:-5000} \
		.ci/in_memory.sh $(BIN)/pytest -n $(WORKERS) tests/simulation/test_histories.py

bench: $(TEST_READY)  ## what this machine seals, verifies and answers per second
	@.ci/debian.sh wrk postgresql softhsm2
	@$(BIN)/python -m tests.bench

bench-till: $(TEST_READY) $(WEB_READY)  ## when the till answers a finger, on slow links
	@.ci/debian.sh chromium
	@BROWSER=chromium $(BIN)/python -m tests.bench.till

bench-drain: $(TEST_READY)  ## how fast a backlog of 50 outlets reaches the authority
	@.ci/debian.sh postgresql
	@$(BIN)/python -m tests.bench.drain

lock: $(TEST_READY)  ## choose the newest versions and pin them, with hashes
	$(LOCK) --upgrade pyproject.toml -o requirements.lock
	$(LOCK) --upgrade --extra dev -c requirements.lock pyproject.toml -o tests/requirements.lock
	$(LOCK) -c tests/requirements.lock .ci/build.in -o .ci/build.lock
	$(LOCK) .ci/node.in -o .ci/node.lock

clean:  ## remove what was installed and built; the shop's data in var/ stays
	rm -rf .venv web/node_modules web/static/vendor dist tests/output
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
