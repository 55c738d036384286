# ICRI ProActive: `make` alone explains the targets. Needs Python >= 3.11 and make; the rest comes through pip.

VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
PYTHON  ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
             command -v $$name >/dev/null 2>&1 && $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
             && { echo $$name; break; }; done)
PYTEST  := $(BIN)/pytest
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install run demo reset test test-quick test-stack check format lint types imports translations unit bench torture lock clean browser

help: ## Questo elenco
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP)

$(STAMP): requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "Serve Python 3.11 o successivo con il modulo venv (Debian e Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@test -x $(BIN)/python || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	@echo "Installo i pacchetti di requirements-dev.lock in $(VENV)…"
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: -r requirements-dev.lock \
	  || { echo "I pacchetti non si installano: manca la rete, o uno di essi non esiste per questo sistema (vedi sopra)." >&2; exit 1; }
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "icri-proactive.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@printf '#!%s\nfrom service.cli import main\nmain()\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/proactive && chmod +x $(BIN)/proactive
	@touch $@

run: $(STAMP) ## Tutto su questo computer: portale, Keycloak, posta, worker, persone di prova
	@exec $(BIN)/proactive up

demo: $(STAMP) ## Aziende di esempio nel portale avviato con make run
	@exec $(BIN)/proactive demo

reset: $(STAMP) ## Cancella tutti i dati locali
	@exec $(BIN)/proactive reset

test: $(STAMP) browser ## Tutte le prove (unità, integrazione, contratto, browser, archivio)
	@$(MAKE) --no-print-directory check-tests

.PHONY: check-tests
check-tests:
	@$(PYTEST) -n $(WORKERS) --dist loadgroup tests

unit: $(STAMP)
	@$(PYTEST) -q tests/unit tests/test_repository.py

check: format lint types imports translations unit ## Il giro veloce: formato, lint, tipi, confini, traduzioni, prove di unità

format: $(STAMP)
	@$(BIN)/ruff format --check --quiet .

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .

types: $(STAMP)
	@$(BIN)/mypy --no-error-summary

imports: $(STAMP)
	@$(BIN)/lint-imports --no-logo --verbose 2>/dev/null | tail -1

translations: $(STAMP)
	@$(BIN)/python -m service.locales check

bench: $(STAMP) browser ## Le misure delle prestazioni
	@$(PYTEST) tests/bench

torture: $(STAMP) browser ## La forma lunga di ogni batteria
	@$(PYTEST) -m long tests

browser: $(STAMP)
	@$(BIN)/python -m tests.support.browser

lock: $(STAMP) ## Rifà i file delle versioni con i loro hash
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --exclude-newer "$$(date -u -d '7 days ago' +%FT%TZ)" pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --exclude-newer "$$(date -u -d '7 days ago' +%FT%TZ)" --all-extras pyproject.toml -o requirements-dev.lock

clean: ## Toglie ambiente e file generati (i dati locali restano: make reset)
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
	@find . -name __pycache__ -not -path './.local/*' -prune -exec rm -rf {} +
