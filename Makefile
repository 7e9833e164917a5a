# syncd: `make run` starts it here, `make check` is what CI runs.
# Needs Python 3.11 or newer with its venv module, make, and the package registries; nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check lint coverage format docs bench cases lock clean

PYTHON ?= $(firstword $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do command -v $$name; done))
VENV := .venv
BIN := $(VENV)/bin
BUILT := $(VENV)/.built
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run: $(BUILT) ## run the daemon in the foreground on the home in this checkout
	@test -f config/syncd.toml || $(BIN)/syncd init --home .
	@exec $(BIN)/syncd daemon --home .

# Side by side, three processes on two cores; worksteal: whoever is done takes from those who are not.
test: $(BUILT) ## run every test that can run here; ARGS="-k users" picks some, ARGS=--durations=30 shows the slowest
	@$(BIN)/python -m pytest -n auto --dist worksteal -rs $(ARGS)

check: lint ## what CI runs: formatting, rules, types, import contracts, then the tests
	@echo "tests"
	@$(MAKE) --no-print-directory test

coverage: $(BUILT) ## the tests one after the other, and which lines and branches of syncd they reach
	@$(BIN)/coverage run -m pytest -rs $(ARGS)
	@$(BIN)/coverage report

lint: $(BUILT) ## formatting, rules, types and import contracts, without the tests
	@echo "formatting"
	@$(BIN)/ruff format --quiet --check .
	@echo "rules"
	@$(BIN)/ruff check --quiet .
	@echo "types"
	@$(BIN)/mypy --no-error-summary
	@echo "import contracts"
	@$(BIN)/lint-imports --no-cache > $(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; exit 1; }

format: $(BUILT) ## put the code in form and mend what can be mended by itself
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

docs: $(BUILT) ## write the pages under docs/reference anew, from the code
	@$(BIN)/python -m docs.generator

bench: $(BUILT) ## the benchmarks, each beside its floor; BEFORE=commit measures this beside that commit's build instead
	@$(BIN)/python -m benchmarks $(if $(BEFORE),--before $(BEFORE)) $(ARGS)

cases: $(BUILT) ## the acceptance cases of a folder, CASES=path; those under tests/cases if it is not given
	@$(BIN)/python -m cases $(CASES)

# The lock holds the runtime, the extras, the tools of the dev group and the build backend, all with
# hashes. The tool that resolves it lives in a virtual environment of its own, for this one use.
lock: ## resolve requirements.lock anew from pyproject.toml
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	echo "resolving; this takes some minutes" && \
	$(PYTHON) -m venv "$$tools" && \
	"$$tools/bin/python" -m pip --quiet --disable-pip-version-check install pip-tools && \
	$(PYTHON) -c 'import tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb")); \
	print(*project["dependency-groups"]["dev"], *project["build-system"]["requires"], "editables", sep="\n")' > "$$tools/dev.in" && \
	"$$tools/bin/pip-compile" --quiet --upgrade --generate-hashes --all-extras --allow-unsafe --strip-extras \
	--no-header --no-annotate --no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	--output-file requirements.lock pyproject.toml "$$tools/dev.in" && \
	echo "requirements.lock is up to date"

clean: ## remove the virtual environment and what the tools left; the home's folders stay
	@rm -rf $(VENV) dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find syncd tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV): $(BUILT)

$(BUILT): requirements.lock
	@test -n "$(PYTHON)" || { echo "no Python found; install Python 3.11 or newer, or say make PYTHON=/path/to/python"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
	{ echo "$(PYTHON) does not run or is too old: syncd needs Python 3.11 or newer; say make PYTHON=/path/to/python"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || \
	{ echo "$(PYTHON) has no venv module; on Debian install the package python3-venv"; exit 1; }
	@echo "building $(VENV) from requirements.lock with $(PYTHON); this takes a minute"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
