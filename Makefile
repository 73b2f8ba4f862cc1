# One recipe a task; a virtual environment is made at the first need and is quick to find again.
# A bare Debian needs: apt-get install make git python3-venv. macOS: Python 3.11 or newer.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=

.PHONY: run run-federation test test-slow check fix docs fuzz lock load
.DELETE_ON_ERROR:

run: $(VENV)/.installed-run  ## start the platform with its demonstration, and say where to look
	$(BIN)/renkei up --demo $(ARGS)

run-federation: $(VENV)/.installed-run  ## start a prefecture and two cities, and see a sign-in travel
	$(BIN)/python -m renkei.two_cities $(ARGS)

test: $(VENV)/.installed-dev  ## what every change has to pass
	$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-slow: $(VENV)/.installed-dev  ## what takes minutes
	$(BIN)/python -m pytest -m slow --timeout 1800 $(ARGS)

check: $(VENV)/.installed-dev  ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.installed-dev  ## format, and mend what can be mended without thinking
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-dev  ## write anew what is generated: docs/conformance.md, assurance.md, attacks.md
	$(BIN)/python -m tests.conformance.document
	$(BIN)/python -m idp_federation.documents > docs/assurance.md
	$(BIN)/python -m tests.attacks.document > docs/attacks.md

fuzz: $(VENV)/.installed-dev  ## ten minutes of requests that a fuzzer makes up of the API's description
	$(BIN)/python -m tests.conformance.fuzz $(ARGS)

load: $(VENV)/.installed-dev  ## the peak that this machine serves, durably; SCENARIO=… runs that one
	$(BIN)/python -m $(if $(SCENARIO),loadtests.run $(SCENARIO),loadtests.peak) $(ARGS)

lock:  ## pin every dependency of pyproject.toml, with hashes
	rm -rf build/lock && $(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	for set in "run" "dev --extra dev"; do set -- $$set; name=$$1; shift; \
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" $$@ \
		pyproject.toml requirements/build.in -o requirements/$$name.lock || exit 1; done

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "renkei needs Python 3.11 or newer (Debian: apt-get install make git python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "renkei needs Python's venv (Debian: apt-get install make git python3-venv)"; exit 1; }

$(VENV)/.installed-%: requirements/%.lock pyproject.toml | $(BIN)/python
	@echo "Installing what renkei needs into $(VENV), which takes a minute the first time"
	$(PIP) install --require-hashes -r $<
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
