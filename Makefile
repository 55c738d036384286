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
.PHONY: help install run demo reset test check format lint types imports translations static unit bench torture lock clean browser secrets

help: ## Questo elenco
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP)

$(STAMP): requirements-dev.lock Makefile
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
	@$(PYTEST) -n $(WORKERS) --dist loadgroup tests

unit: $(STAMP)
	@$(PYTEST) -q tests/unit $(wildcard tests/test_repository.py tests/test_deployment.py tests/test_docs.py)

static: format lint types imports translations

check: static unit ## Il giro veloce: formato, lint, tipi, confini, traduzioni, prove di unità

format: $(STAMP)
	@$(BIN)/ruff format --check --quiet .

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .

types: $(STAMP)
	@$(BIN)/mypy --no-error-summary

imports: $(STAMP)
	@mkdir -p .import_linter_cache && $(BIN)/lint-imports --no-logo > .import_linter_cache/report 2>&1 || { cat .import_linter_cache/report; exit 1; }

translations: $(STAMP)
	@$(BIN)/python -m service.locales check

bench: $(STAMP) browser ## Le misure delle prestazioni
	@$(BIN)/python -m tests.bench all

torture: $(STAMP) browser ## La forma lunga di ogni batteria
	@$(PYTEST) -m long tests

browser: $(STAMP)
	@$(BIN)/python -m tests.support.browser

secrets: ## I file dei segreti per docker-compose.yml (quelli che ci sono restano)
	@mkdir -p -m 700 secrets
	@for name in postgres_password database_password application_database_password keycloak_database_password \
	  keycloak_admin_password secret_key audit_key web_client_secret provisioner_client_secret observer_client_secret other_app_client_secret; do \
	  test -s secrets/$$name || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > secrets/$$name; done
	@test -s secrets/owner_database_url || printf 'postgresql+psycopg://proactive:%s@postgres/proactive' "$$(cat secrets/database_password)" > secrets/owner_database_url
	@test -s secrets/database_url || printf 'postgresql+psycopg://proactive_app:%s@postgres/proactive' "$$(cat secrets/application_database_password)" > secrets/database_url
	@for name in smtp_password imap_password files_s3_secret_key; do test -e secrets/$$name || : > secrets/$$name; done
	@chmod 644 secrets/* && echo "Segreti pronti in secrets/; la password SMTP va scritta in secrets/smtp_password."

lock: $(STAMP) ## Rifà i file delle versioni con i loro hash
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --exclude-newer "$$(date -u -d '7 days ago' +%FT%TZ)" pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --exclude-newer "$$(date -u -d '7 days ago' +%FT%TZ)" --all-extras pyproject.toml -o requirements-dev.lock

clean: ## Toglie ambiente e file generati (i dati locali restano: make reset)
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
	@find . -name __pycache__ -not -path './.local/*' -prune -exec rm -rf {} +
