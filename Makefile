# Every target sets up what it needs; `make demo` and `make test` are all a newcomer types.
# Stamps under .venv say what is installed, so that a second call costs next to nothing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := src/jingwu/site/frontend
PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup setup-dev demo test check bench lock format browser clean help
.DEFAULT_GOAL := help

help:
	@echo "make demo    set up and serve the demo district on http://127.0.0.1:$(PORT)"
	@echo "make test    set up and run the tests"
	@echo "make check   format, types, imports, templates, catalogue"
	@echo "make bench   measure the engines beside their peers (long)"
	@echo "make setup   environment, packages, front end, catalogue"
	@echo "make lock    compile requirements/*.in into hash-locked requirements/*.txt"

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.base: requirements/base.txt pyproject.toml CHANGELOG.md | $(VENV)/.created
	$(BIN)/pip install --quiet --require-hashes -r requirements/base.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

FRONTEND_SOURCES := $(shell find $(FRONTEND) -type f -not -path '*/node_modules/*' 2>/dev/null)
STATIC_SOURCES := $(shell find src/jingwu -path '*/static/*' -type f -not -path '*/dist/*' 2>/dev/null)

$(VENV)/.frontend: $(FRONTEND_SOURCES) requirements/node.txt | $(VENV)/.base
	VENV=$(VENV) sh scripts/frontend.sh
	@touch $@

$(VENV)/.static: $(VENV)/.frontend $(STATIC_SOURCES)
	$(BIN)/jingwu manage collectstatic --noinput --clear --verbosity 0
	@touch $@

CATALOGUES := $(shell find src/jingwu -name '*.po' 2>/dev/null)

$(VENV)/.catalogue: $(CATALOGUES) | $(VENV)/.base
	$(BIN)/python -m jingwu.site.catalogue compile
	@touch $@

setup: $(VENV)/.base $(VENV)/.static $(VENV)/.catalogue

setup-dev: setup $(VENV)/.dev

browser:
	sh scripts/browser.sh

demo: setup
	$(BIN)/jingwu demo --port $(PORT)

test: setup-dev browser
	$(BIN)/python -m pytest $(PYTEST_ARGUMENTS)

check: setup-dev
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet --profile django src
	$(BIN)/python -m jingwu.site.catalogue check
	$(BIN)/jingwu manage makemigrations --check --dry-run

format: setup-dev
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

bench: setup-dev
	sh scripts/bench.sh

lock: | $(VENV)/.created
	$(BIN)/pip install --quiet uv
	for part in base dev node peers; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		requirements/$$part.in -o requirements/$$part.txt; done

clean:
	rm -rf $(VENV) $(FRONTEND)/node_modules src/jingwu/site/static/dist src/jingwu/site/static_collected
