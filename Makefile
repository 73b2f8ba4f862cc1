# One recipe a task; a virtual environment is made at the first need and is quick to find again.
# A bare Debian needs: apt-get install make git python3-venv. macOS: Python 3.11 or newer.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
# Tests wait for processes that they start, so there are two more of theirs than there are cores.
TEST_PROCESSES ?= $(shell $(BIN)/python -c 'import os; \
	cores = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1)); \
	print(min(len(cores(0)) + 2, 8))')

# What is compiled is kept: tests start hundreds of processes, and each would compile it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run run-federation test test-slow check fix docs fuzz lock load
.DELETE_ON_ERROR:

run: $(VENV)/.installed-run  ## start the platform with its demonstration, and say where to look
	$(BIN)/renkei up --demo $(ARGS)

run-federation: $(VENV)/.installed-run  ## start a prefecture and two cities, and see a sign-in travel
	$(BIN)/python -m renkei.two_cities $(ARGS)

test: $(VENV)/.installed-dev  ## what every change has to pass
	$(BIN)/python -m pytest -m "not slow" -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

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
	$(BIN)/python -m renkei.reference > docs/configuration.md
	$(BIN)/python -m deploy.supply_chain licences > docs/licences.md

fuzz: $(VENV)/.installed-dev  ## ten minutes of requests that a fuzzer makes up of the API's description
	$(BIN)/python -m tests.conformance.fuzz $(ARGS)

load: $(VENV)/.installed-dev  ## the peak that this machine serves, durably; SCENARIO=… runs that one
	$(BIN)/python -m $(if $(SCENARIO),loadtests.run $(SCENARIO),loadtests.peak) $(ARGS)

# Tools that look at what is delivered; they are no part of it, nor of what tests need.
build/tools/.installed: requirements/tools.in
	rm -rf build/tools && $(PYTHON) -m venv build/tools && build/tools/bin/pip install --quiet -r $<
	@touch $@

audit: $(VENV)/.installed-dev build/tools/.installed  ## what is known against the packages of run.lock
	$(BIN)/python -m deploy.supply_chain audit build/tools/bin/pip-audit

sbom: build/tools/.installed  ## build/renkei.cdx.json: the parts of the platform, as CycloneDX
	build/tools/bin/cyclonedx-py requirements requirements/run.lock --pyproject pyproject.toml \
		--output-reproducible --of JSON -o build/renkei.cdx.json

check-deploy: build/tools/.installed  ## image, compose file and chart, as far as no engine is needed
	build/tools/bin/hadolint deploy/Dockerfile
	build/tools/bin/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose/compose.yaml
	helm lint --strict deploy/helm/renkei $(CHART_VALUES)
	helm template check deploy/helm/renkei --kube-version 1.31.0 $(CHART_VALUES) > build/chart.yaml
	build/tools/bin/kubernetes-validate --strict -k 1.31 build/chart.yaml

CHART_VALUES = --set publicUrl=https://renkei.example.jp,database.existingSecret=database,autoscaling.enabled=true,ingress.enabled=true

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
