# Two commands need nothing but Python >= 3.11, make and git: `make demo` and `make test`.
# Each makes its own .venv from the locked, hashed requirements the first time.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo install run test check format types imports wheel picture remedies bench bench-guard bench-harms train-guard train-harms lock clean help

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/runtime ## the whole job in the terminal, offline (ARGS=--script: without a keyboard)
	@$(BIN)/python -m bot demo $(ARGS)

install: $(VENV)/runtime ## the command .venv/bin/vigie
	@echo "Vigie est prête : $(BIN)/vigie --help"

run: $(VENV)/runtime ## the bot (settings: deploy/env.example)
	@$(BIN)/python -m bot run $(ARGS)

test: $(VENV)/dev ## the tests (ARGS='-k name' chooses)
	@PYTHONHASHSEED=0 $(BIN)/python -m pytest -q -n auto $(ARGS)

check: $(VENV)/dev format types imports wheel ## everything that can be said without running the tests

format: $(VENV)/dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

types: $(VENV)/dev
	@$(BIN)/mypy --no-error-summary

imports: $(VENV)/dev
	@said=$$($(BIN)/lint-imports 2>&1) || { echo "$$said"; exit 1; }

wheel: $(VENV)/dev
	@$(BIN)/python deploy/test_wheel.py

bench: $(VENV)/bench ## the figures of benchmarks/
	@for each in benchmarks/bench_*.py; do $(BIN)/python $$each || exit 1; done

bench-guard: $(VENV)/dev ## recall and false alarms of the guard of secrecy, by rule
	@$(BIN)/python benchmarks/bench_guard.py

train-guard: $(VENV)/bench ## the weights of the guard's learned reading, from tests/vectors
	@$(BIN)/python benchmarks/train_guard.py
bench-harms: $(VENV)/dev ## recall and false alarms of the reader of harms, by kind
	@$(BIN)/python benchmarks/bench_harms.py $(ARGS)

picture: $(VENV)/dev ## docs/revue.svg, from the demo itself
	@$(BIN)/python -m bot demo --script --picture docs/revue.svg >/dev/null

remedies: $(VENV)/dev ## docs/remedies.md, from the tables themselves
	@$(BIN)/python docs/draw_remedies.py

lock: ## needs uv: the locked requirements, hashed, without an index address
	uv pip compile pyproject.toml $(LOCK) -o requirements.txt
	uv pip compile pyproject.toml --group dev $(LOCK) -c requirements.txt -o requirements-dev.txt
	uv pip compile --group bench $(LOCK) -c requirements-dev.txt -o requirements-bench.txt
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links --no-annotate --quiet

clean: ## forget .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 ou plus récent est nécessaire (make PYTHON=python3.12 ...)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Sur Debian : apt install python3-venv, puis recommencez."; exit 1; }

$(VENV)/runtime: requirements.txt | $(BIN)/python
	@echo "Première fois : installation des dépendances (une minute au plus)..."
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.txt
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/python" -m bot "$$@"\n' \
		"$(CURDIR)" "$(abspath $(BIN))" > $(BIN)/vigie && chmod +x $(BIN)/vigie
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/runtime
	@echo "Première fois : installation des outils de développement..."
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

$(VENV)/bench: requirements-bench.txt $(VENV)/dev
	@echo "Première fois : installation de ce à quoi Vigie se compare..."
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements-bench.txt
	@touch $@
