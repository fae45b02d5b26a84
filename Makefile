# `sh setup.sh TARGET` does the same on a machine that lacks make, Python's venv module or a browser.
PYTHON ?= python3
PY := .venv/bin/python
PORT ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-all fast lint check format bench bench-model bench-estate load mutants lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: .venv/run.ready  ## open the app (PORT=8600 for another port, ARGS=... for Streamlit's options)
	$(PY) -m streamlit run app.py $(if $(PORT),--server.port $(PORT)) $(ARGS)

test: .venv/test.ready  ## run all tests, browser included (ARGS=... for pytest's options)
	$(PY) -m pytest -n logical $(ARGS)

fast: .venv/test.ready  ## run the tests that need no browser
	$(PY) -m pytest -n logical -m "not browser" $(ARGS)

lint: .venv/test.ready  ## check format, lint, strict types of the model
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy model

check: lint fast  ## lint, then the fast tests: before every commit

format: .venv/test.ready  ## format the code and mend what can be mended automatically
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: .venv/test.ready  ## measure how fast the pages answer a slider
	$(PY) tests/bench/slider.py $(ARGS)
	$(PY) tests/bench/visit.py

bench-model: .venv/bench.ready  ## measure how fast the model is, beside SimFaaS and Ciw
	$(PY) tests/bench/model.py

load: .venv/test.ready  ## measure how many people one server carries (ARGS="--sessions 10 20 --visits 1000")
	$(PY) tests/bench/load.py $(ARGS)

mutants: .venv/test.ready  ## put small faults into the model: do the tests notice? (ARGS="--only pool")
	$(PY) tests/mutants/run.py $(ARGS)

test-all: .venv/test.ready  ## the fast tests on the oldest and the newest Python we support, where installed
	@newest=; for python in python3.14 python3.13 python3.12; do \
	  if [ -z "$$newest" ] && $$python -c '' 2>/dev/null; then newest=$$python; fi; \
	done; \
	for python in python3.11 $$newest; do \
	  if ! $$python -c '' 2>/dev/null; then echo "$$python is not installed: left out"; continue; fi; \
	  $$python -m venv .venv/$$python && \
	  .venv/$$python/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock && \
	  .venv/$$python/bin/python -m pytest -n logical -m "not browser" $(ARGS) || exit 1; \
	done

lock: .venv/test.ready  ## write the exact versions of all packages anew, after a change of requirements
	$(PY) -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@for name in requirements requirements-dev; do \
	  echo "# Exact versions with hashes, made by \`make lock\` from $$name.txt. Do not edit." > $$name.lock && \
	  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --output-file .venv/$$name.new $$name.txt && \
	  cat .venv/$$name.new >> $$name.lock || exit 1; \
	done

bench-estate: .venv/test.ready  ## measure how many services an estate judges in a second
	$(PY) tests/bench/estate.py $(ARGS)

clean:  ## remove everything that was installed or cached in this folder
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp newer than its requirements file means: nothing to install. That keeps a second start fast.
# The lock makes every installation the same, and the hashes refuse a file that was tampered with.
.venv/run.ready: requirements.lock
	@echo "Installing Python packages into .venv (once)"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/test.ready: requirements-dev.lock .venv/run.ready
	@echo "Installing test tools into .venv (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/bench.ready: tests/bench/requirements.txt .venv/test.ready
	@$(PY) -m pip install --quiet --disable-pip-version-check -r tests/bench/requirements.txt
	@touch $@

# Only where no Chromium can be had from the system's packages: setup.sh asks for it.
.venv/browser.ready: .venv/test.ready
	$(PY) -m playwright install --with-deps --only-shell chromium
	@touch $@
