# Two commands do everything: `make demo` and `make test`.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The first Python of these that is 3.11 or newer; `make PYTHON=...` names another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
QUESTION := A library has 6 shelves with 45 books each. It lends out 87 books and gets 19 of them back. \
	How many books are on the shelves now?

.PHONY: help demo install models test lint types check bench study clean

help:  ## Say what can be made.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

$(INSTALLED): pyproject.toml
	@test -n "$(PYTHON)" || { echo "reasontree needs Python 3.11 or newer, and none was found. Install it, or run make PYTHON=/path/to/python3."; exit 1; }
	@echo "==> Making the environment $(VENV) with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv."; exit 1; }
	@echo "==> Installing reasontree. The first time, llama.cpp is compiled here: about five minutes on two cores."
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --progress-bar off --editable '.[dev]' | grep --line-buffered -E '^(Collecting|Building|  Building|Created|Successfully|ERROR)' ; exit $${PIPESTATUS[0]}
	@touch $@

install: $(INSTALLED)  ## Make the environment .venv and install reasontree into it.

demo: $(INSTALLED)  ## Set up everything, then solve a word problem.
	@echo "==> Solving a word problem with Qwen2.5-Coder-1.5B (a model of 1,117 MB, fetched once)"
	$(BIN)/reason solve "$(strip $(QUESTION))" --seed 1 --gold 202

models: $(INSTALLED)  ## Fetch the small model that the tests run.
	@echo "==> Fetching SmolLM2-135M for the tests (98 MB, once)"
	@$(BIN)/reason models pull smollm2-135m-instruct

lint: $(INSTALLED)  ## Lint, and check the formatting.
	@echo "==> Linting"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(INSTALLED)  ## Check the types.
	@echo "==> Checking types"
	@mkdir -p build/source && ln -sfn ../.. build/source/reasontree
	@$(BIN)/mypy

check: $(INSTALLED) models
	@echo "==> Running the tests"
	@$(BIN)/pytest

test: lint types check  ## Set up everything, then lint, check types and run all tests.

bench: $(INSTALLED) models  ## Measure the engine and the core against plainer ways; nothing else should run.
	@$(BIN)/python tests/benchmarks/run.py

study: $(INSTALLED)  ## Draw the study's tables and figures anew from its recorded traces; no model is needed.
	@echo "==> Reporting on the traces in docs/study"
	@$(BIN)/reason report docs/study/traces/*.jsonl.gz --out docs/study/report --formats md,csv,json,png,svg
	@$(BIN)/reason report docs/study/traces/*.jsonl.gz --out build/study --formats html

clean:  ## Remove everything that was made here; models stay in the user's cache.
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
