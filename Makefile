# Everything a newcomer needs. Only git, make and Python 3.11 or newer have to be on the machine.

SHELL := /bin/sh
VENV  := .venv
# A Python to build the virtual environment with; found by itself unless given: make run PYTHON=/opt/python/bin/python3
PYTHON ?=

DIST  := dist

BIN := $(VENV)/bin
# Asks a candidate whether it is new enough and can build environments. Shims of pyenv exist, yet fail this.
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench bench-understanding bench-answers learn-likeness chaos fuzz release clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed  ## install, migrate and start everything on this machine; a day passes in four minutes
	@$(BIN)/botapp db upgrade
	@exec $(BIN)/botapp up --day 4m

demo: $(VENV)/installed  ## a shop with a fortnight behind it, in var/demo, to look at and to try (docs/guide-marketers.md)
	@BOTAPP_VAR_DIR=var/demo $(BIN)/botapp demo
	@exec env BOTAPP_VAR_DIR=var/demo $(BIN)/botapp up

test: $(VENV)/installed-for-development  ## all tests, on private servers that they start themselves; some: make test ARGS='-k sqlite'
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/installed-for-development  ## style, types, layers, dependencies, dead code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture

bench: $(VENV)/installed-for-development  ## measure against this machine's limits (docs/performance.md); some: make bench ARGS='--only webhook'
	$(BIN)/python -m bench $(ARGS)

bench-understanding: $(VENV)/installed-for-development  ## recall, precision and every miss of what people want (docs/understanding.md)
	$(BIN)/python -m tests.understanding.measure
	$(BIN)/python -m tests.understanding.cost

bench-answers: $(VENV)/installed-for-development  ## labels and answers found, beside published figures (docs/answering.md)
	$(BIN)/python -m tests.understanding.measure_answers

learn-likeness: $(VENV)/installed-for-development  ## what those who want out sound like, from tests/understanding/lines (docs/understanding.md)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.understanding.learn

chaos: $(VENV)/installed-for-development  ## ten minutes of killed, frozen and cut-off processes (docs/proof.md); make chaos ARGS=--recovery
	$(BIN)/python -m tests.chaos $(ARGS)

fuzz: $(VENV)/installed-for-development  ## feed rubbish to all that reads foreign input; make fuzz ARGS='600 envelope'
	$(BIN)/python -m tests.hostile.fuzz $(ARGS)

release:  ## dist/verify.py, the one file that checks a bundle on any Python from 3.10 on, beside its checksum
	@mkdir -p $(DIST)
	@cp botapp/audit/verify.py $(DIST)/verify.py
	@cd $(DIST) && { sha256sum verify.py 2>/dev/null || shasum -a 256 verify.py; } > verify.py.sha256
	@echo "$(DIST)/verify.py $(DIST)/verify.py.sha256"

clean:  ## remove the environment, caches and builds; var/ with your data stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3.14 python3 python); do \
	  if "$$candidate" -c '$(FITS)' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No fitting Python: 3.11 or newer is needed, with its venv module (Debian: apt install python3-venv)." >&2; \
	  echo "Name one by hand with: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	echo "Building $(VENV) with $$("$$found" --version) ..."; \
	"$$found" -m venv $(VENV)

$(VENV)/newer-pip: | $(BIN)/python
	@$(PIP_INSTALL) --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/installed: pyproject.toml $(VENV)/newer-pip
	@echo "Installing botapp (a minute or two, once) ..."
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/installed-for-development: pyproject.toml $(VENV)/newer-pip
	@echo "Installing botapp and what its tests need (a minute or two, once) ..."
	@$(PIP_INSTALL) --editable . --group dev
	@$(PIP_INSTALL) --only-binary :all: --group fuzz 2>/dev/null || echo "No fuzzer for this Python; going on without."
	@touch $@ $(VENV)/installed
