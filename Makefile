# `make demo` and `make test` work on a fresh machine: they create the environments that they need.
PYTHON ?= python3
PHOTO ?=
BIN := .venv/bin
DOCUMENTED := tests/integration/test_documented_commands.py

.PHONY: help venv demo test unit servers documented lint protos reference lock clean

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

venv: .venv/.complete  ## Create .venv with pinned versions

.venv/.complete: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "$(PYTHON) is not Python 3.11: pass PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "$(PYTHON) cannot create environments: install the Debian package python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --progress-bar on -r requirements.lock
	$(BIN)/python -m pip install --no-deps --no-build-isolation -e .
	@touch $@

# The real Milvus server for the tests, in its own environment: the service does not need its dependencies.
.venv-milvus/.complete: Makefile
	$(PYTHON) -m venv .venv-milvus
	.venv-milvus/bin/python -m pip install --progress-bar on milvus==2.3.5
	@touch $@

demo: .venv/.complete  ## Recognise a counter photo on a fresh machine; PHOTO=path for your own photo
	$(BIN)/python tools/demo.py $(if $(PHOTO),--photo "$(PHOTO)")

unit: .venv/.complete  ## Run the tests that need no server
	$(BIN)/pytest tests/unit tests/rpc

servers: .venv/.complete .venv-milvus/.complete  ## Run the tests on real servers
	$(BIN)/pytest tests/integration tests/e2e --ignore $(DOCUMENTED)

documented: .venv/.complete  ## Run every command of the README and the guides, in a small form
	$(BIN)/pytest $(DOCUMENTED)

# Two at a time: the tests on servers mostly wait.
test: .venv/.complete .venv-milvus/.complete  ## Run all tests, with real servers
	@$(MAKE) --jobs 2 --output-sync=line --no-print-directory servers unit documented

lint: .venv/.complete  ## Check style, types, import rules, test modules, generated files and links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate_protos.py --check
	$(BIN)/python tools/check_test_modules.py
	$(BIN)/python tools/gpu_config.py --check
	$(BIN)/python tools/generate_reference.py --check
	$(BIN)/python tools/check_links.py

protos: .venv/.complete  ## Generate services/tillsight/v1 from protos/
	$(BIN)/python tools/generate_protos.py

reference: .venv/.complete  ## Generate docs/reference from protos/ and the settings
	$(BIN)/python tools/generate_reference.py

lock:  ## Write the installed versions of .venv to requirements.lock
	$(BIN)/python -m pip freeze --all --exclude-editable --exclude pip | sed -E 's/\+cpu$$//' > requirements.lock

clean:  ## Remove environments, data and output
	rm -rf .venv .venv-milvus var out
