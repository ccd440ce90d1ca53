# Needs Python 3.11+ and make, nothing else. `make demo` and `make test` set a fresh machine up by themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo spark test check format docs bench prove lock clean
help:
	@echo "make demo    run the whole line of work on a synthetic city, offline"
	@echo "make test    run the tests"
	@echo "make check   format, lint, strict types, import contracts, generated docs current"
	@echo "make prove   long property, fault and mutation runs; results in docs/proofs.md"
	@echo "make bench   speed and accuracy tables; results in docs/benchmarks.md"

$(VENV)/core.done: requirements/core.lock pyproject.toml
	@echo "Setting up the environment in $(VENV) (once, a minute or two) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "peelian needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements/core.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.done: $(VENV)/core.done requirements/dev.lock
	@echo "Installing the developers' tools and what reads maps ..."
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/spark.done: $(VENV)/dev.done requirements/spark.lock
	@echo "Installing Apache Spark (half a gigabyte; it needs Java 17 or newer) ..."
	@$(PIP) install --require-hashes -r requirements/spark.lock
	@touch $@

spark: $(VENV)/spark.done ## what the tests of the second engine need

demo: $(VENV)/core.done
	@$(BIN)/peelian demo

test: $(VENV)/dev.done ## a file of tests stays on one processor; files run side by side
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/dev.done
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m docs.generate --check

format: $(VENV)/dev.done
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(VENV)/dev.done
	@$(BIN)/python -m docs.generate

prove: $(VENV)/dev.done
	@$(BIN)/python -m tests.prove

bench: $(VENV)/dev.done
	@$(BIN)/python -m benchmarks

lock: ## renew the locks (needs uv); they carry hashes and name no host
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -o requirements/core.lock pyproject.toml requirements/base.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra dev --extra geo -c requirements/core.lock -o requirements/dev.lock pyproject.toml requirements/base.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra spark -c requirements/core.lock -o requirements/spark.lock pyproject.toml requirements/base.in

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis mutants
