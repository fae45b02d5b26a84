# `sh setup.sh TARGET` does the same on a machine that lacks make, Python's venv module or a browser.
PYTHON ?= python3
PY := .venv/bin/python
PORT ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test fast lint check format bench bench-estate clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: .venv/run.ready  ## open the app (PORT=8600 for another port, ARGS=... for Streamlit's options)
	$(PY) -m streamlit run app.py $(if $(PORT),--server.port $(PORT)) $(ARGS)

test: .venv/test.ready  ## run all tests, browser included (ARGS=... for pytest's options)
	$(PY) -m pytest $(ARGS)

fast: .venv/test.ready  ## run the tests that need no browser
	$(PY) -m pytest -m "not browser" $(ARGS)

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

bench-estate: .venv/test.ready  ## measure how many services an estate judges in a second
	$(PY) tests/bench/estate.py $(ARGS)

clean:  ## remove everything that was installed or cached in this folder
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp newer than its requirements file means: nothing to install. That keeps a second start fast.
.venv/run.ready: requirements.txt
	@echo "Installing Python packages into .venv (once)"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test.ready: requirements-dev.txt .venv/run.ready
	@echo "Installing test tools into .venv (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Only where no Chromium can be had from the system's packages: setup.sh asks for it.
.venv/browser.ready: .venv/test.ready
	$(PY) -m playwright install --with-deps --only-shell chromium
	@touch $@
