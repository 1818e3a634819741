# `make search` and `make test` need Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= runs/first

.PHONY: search test format signoff-tools clean

search: $(VENV)/.installed ## Finds 16-bit adders in the built-in library; results in $(OUT)
	@echo "Searching 16-bit adders in library generic45: proofs, plots and Verilog go to $(OUT)"
	$(BIN)/circuitvae search --width 16 --library generic45 --pareto --budget 1600 --out $(OUT) $(if $(wildcard $(OUT)/run.json),--resume)

test: $(VENV)/.installed-dev ## Format, lint, types, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow" -n 2 $(PYTEST_ARGS)

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

signoff-tools: ## OpenSTA from Debian's packages, for sign-off
	@command -v apt-get >/dev/null || { echo "expected apt-get (Debian or Ubuntu), found none; install OpenSTA another way and have 'sta' on PATH"; exit 2; }
	$(if $(filter-out 0,$(shell id -u)),sudo )apt-get install -y opensta
	@echo "OpenSTA $$(sta -version) is $$(command -v sta)"

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "expected Python 3.11 or newer as '$(PYTHON)', found none; set PYTHON=..."; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "expected Python 3.11 or newer, found $$($(PYTHON) --version); set PYTHON=..."; exit 2; }
	@echo "Making a virtual environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing circuitvae and what it needs (a minute or two)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests need"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@
