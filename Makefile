# Everything a person or CI types. Each target sets up what it needs by itself, in .venv, nothing global.

PYTHON ?= python3
UV ?= $(shell command -v uv || ls .venv/bin/uv 2>/dev/null)
DEMO_ARGS ?=
TEST_ARGS ?=

BIN := .venv/bin
READY := .venv/.ready
BENCH_BIN := .venv-bench/bin
BENCH_READY := .venv-bench/.ready
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-kafka lint bench bench-quality docs run lock

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(READY) ## Real orders through Kafka, the worker and the notifier to mails (DEMO_ARGS=--short)
	$(BIN)/tocsin demo $(DEMO_ARGS)

test: $(READY) ## Every test that needs nothing but this machine (TEST_ARGS='-k order_late')
	$(BIN)/python -m pytest -m 'not kafka' $(TEST_ARGS)

test-kafka: $(READY) ## The same tests of brokers and reliability on a real Apache Kafka; needs Java and Maven
	$(BIN)/python -m pytest -m kafka $(TEST_ARGS)

lint: $(READY) ## Style, formatting, types, and the arrows between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(BENCH_READY) ## Speed, CPU and memory beside a stock Faust agent and Quix Streams
	$(BENCH_BIN)/python -m benchmarks $(BENCH_ARGS)

bench-quality: $(BENCH_READY) ## The churn model beside its references, on real orders; takes a while
	$(BENCH_BIN)/python -m benchmarks.quality $(BENCH_ARGS)

docs: $(READY) ## Write the generated parts of docs/ again
	$(BIN)/python docs/generate.py

run: ## Kafka, worker, notifier and a mail catcher in containers; without Docker, says how by hand
	@if docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then \
		docker compose up --build; \
	else \
		echo "No Docker with compose here. By hand, each in a terminal of its own:"; \
		echo; \
		echo "  make demo                     # sets everything up, and shows it all working once"; \
		echo "  $(BIN)/tocsin broker          # an embedded broker, for trying out; or your Kafka in TOCSIN_BROKER"; \
		echo "  $(BIN)/tocsin topics create"; \
		echo "  $(BIN)/tocsin sink var/mails  # a mail server that keeps every mail as a file"; \
		echo "  $(BIN)/tocsin worker"; \
		echo "  $(BIN)/tocsin notifier"; \
		echo; \
		echo "then watch it with: $(BIN)/tocsin status --watch 2"; \
		exit 2; \
	fi

lock: $(READY) ## Resolve the dependencies again, with hashes
	$(COMPILE) --upgrade --extra demo --extra dev --extra postgres -o requirements.lock
	# The image builds the project itself, so its lock has the build backend too.
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'])" | \
		$(COMPILE) --extra postgres - -c requirements.lock -o requirements-image.lock
	$(COMPILE) -c requirements.lock --extra demo --extra dev --extra postgres --extra bench -o requirements-bench.lock

$(READY): requirements.lock pyproject.toml
	$(call install,.venv,requirements.lock)

$(BENCH_READY): requirements-bench.lock pyproject.toml
	$(call install,.venv-bench,requirements-bench.lock)

# A virtual environment from a lock with hashes, then the project itself, editable and without asking anybody.
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Tocsin needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	echo "Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
@echo "Setting up $(1) from $(2)"
@if [ -n "$(UV)" ]; then \
	{ [ -x $(1)/bin/python ] || "$(UV)" venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(1); } && \
	"$(UV)" pip install --quiet --python $(1)/bin/python --require-hashes -r $(2) && \
	"$(UV)" pip install --quiet --python $(1)/bin/python --no-deps --no-build-isolation -e .; \
else \
	{ [ -x $(1)/bin/python ] || $(PYTHON) -m venv $(1); } && \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2) && \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
fi
@touch $(1)/.ready
endef
