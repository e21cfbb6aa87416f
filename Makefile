# Needs Python >= 3.11, make and git; everything else is installed into this folder.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo quick test lint lint-python lint-sql bench docs report dev soak clean

export UV_PYTHON_DOWNLOADS := never
# Images often forbid Python to write bytecode: every process would compile every module anew.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := 1

# A distribution builds its Python with optimisations that version managers mostly leave out.
# Another one: make PYTHON=python3.13.
SYSTEM_PYTHON := /usr/bin/python3
FITS := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell $(SYSTEM_PYTHON) -c '$(FITS)' 2>/dev/null && echo $(SYSTEM_PYTHON) || echo python3)
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
BIN := .venv/bin

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.ready  ## what Granary needs, into .venv

demo: .venv/.ready  ## 60 days of sample data, from landing files to published marts
	@$(BIN)/python -m orchestration.demo

quick: lint-python  ## ruff, mypy, layers, and the tests that need no PostgreSQL, dbt or process
	@$(BIN)/pytest --quick -n 2

test: $(if $(T),.venv/.ready-dev,lint)  ## lint, then every test on both engines (T=path: only those)
	@$(BIN)/pytest $(T)

lint:  ## ruff, mypy, the rooms' layers, sqlfluff
	@$(MAKE) --no-print-directory --jobs 2 lint-python lint-sql

lint-python: .venv/.ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

lint-sql: .venv/.ready-dev
	@GRANARY_TARGET=lint $(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models tests

bench: .venv/.ready-bench  ## speed and memory, as ratios (SIZES=100k for the quick run)
	@$(BIN)/python -m benchmarks $(if $(SIZES),--sizes $(SIZES))

soak: .venv/.ready-dev  ## thirty daily runs, thirty random changes, each against a run over everything
	@$(BIN)/pytest -m soak -n 0

docs: .venv/.ready-dev  ## pages of docs/ that are made from code and models, and .granary/catalog.html
	@$(BIN)/python -m orchestration.docs
	@$(BIN)/python -m orchestration.dbt.catalog

report: .venv/.ready-report  ## the executive report as one file: .granary/reports/
	@$(BIN)/granary report executive --format html --force

dev: .venv/.ready-report  ## the Dagster UI on http://127.0.0.1:3000 (PORT=3001 for another port)
	@$(BIN)/python -m orchestration.dev $(if $(PORT),--port $(PORT))

clean:  ## remove what builds and tests leave; the state folder stays
	rm -rf target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find orchestration -name __pycache__ -type d -prune -exec rm -rf {} +

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.8

.venv/.ready: pyproject.toml uv.lock | $(filter .tools/bin/uv,$(UV))
	$(UV) sync --quiet --locked --inexact --no-default-groups --python $(PYTHON)
	@touch $@

.venv/.ready-dev: pyproject.toml uv.lock | $(filter .tools/bin/uv,$(UV))
	$(UV) sync --quiet --locked --inexact --python $(PYTHON)
	@touch $@ .venv/.ready .venv/.ready-report

.venv/.ready-report: pyproject.toml uv.lock | $(filter .tools/bin/uv,$(UV))
	$(UV) sync --quiet --locked --inexact --no-default-groups --group report --python $(PYTHON)
	@touch $@ .venv/.ready

.venv/.ready-bench: pyproject.toml uv.lock | $(filter .tools/bin/uv,$(UV))
	$(UV) sync --quiet --locked --inexact --all-groups --python $(PYTHON)
	@touch $@ .venv/.ready .venv/.ready-dev .venv/.ready-report
