# Everything Tiffin can do from a terminal. `make` alone lists it.
PY  := .venv/bin/python
SYS ?= python3
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run call demo city chaos evals bench test unit check fmt lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 10

setup: $(STAMP) ## make .venv and install the locked dependencies (other targets do it by themselves)

$(STAMP): requirements-dev.txt scripts/bootstrap.py
	@$(SYS) scripts/bootstrap.py

run: $(STAMP) ## start everything and print the console's address (PORT=8000)
	@$(PY) -m scripts.run $(ARGS)

call: $(STAMP) ## a simulated customer phones in and orders (SCENARIO=plain or all, JOBS=1, REPEAT=1)
	@$(PY) -m scripts.call $(or $(SCENARIO),plain) --jobs $(or $(JOBS),1) --repeat $(or $(REPEAT),1) $(ARGS)

demo: $(STAMP) ## one whole delivery with all its calls, waits left out (SCENARIO=happy or all, ARGS=--help)
	@$(PY) -m scripts.demo $(or $(SCENARIO),happy) $(ARGS)

city: $(STAMP) ## many orders at once, calls by keypad, waits left out; what became of them (ORDERS=50, ARGS=--help)
	@$(PY) -m scripts.city --orders $(or $(ORDERS),50) $(ARGS)

chaos: $(STAMP) ## everything that may fail does, by a plan; then the books are compared (ORDERS=200, SEED=1, ARGS=--help)
	@$(PY) -m scripts.chaos --orders $(or $(ORDERS),200) --seed $(or $(SEED),1) $(ARGS)

evals: $(STAMP) ## conversations by text, graded on the rows they leave (SCENARIO=name, REPEAT=1, JOBS=4, ARGS=--help)
	@$(PY) -m evals.run $(if $(SCENARIO),--only $(SCENARIO)) --repeat $(or $(REPEAT),1) --jobs $(or $(JOBS),4) $(ARGS)

bench: $(STAMP) ## latency, barge-in, loop lag, memory: a table, and JSON (ARGS="--calls 5 --together 5")
	@$(PY) -m bench.run $(ARGS)

test: $(STAMP) ## the whole test suite (ARGS="tests/domain -x")
	@$(PY) -m pytest $(or $(ARGS),-n 3 --dist loadgroup)

unit: $(STAMP) ## the tests that need no database and no process: seconds
	@$(PY) -m pytest -q -m "not db and not call" tests/domain tests/data tests/bench tests/agents/test_agents.py tests/test_*.py $(ARGS)

check: $(STAMP) ## format, lint, types, layering: what CI runs before the tests
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy .
	@$(PY) -m pytest -q tests/test_layers.py tests/test_layout.py tests/test_env_example.py tests/test_prose.py

fmt: $(STAMP) ## format and mend what can be mended
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

lock: $(STAMP) ## resolve the dependencies anew into requirements*.txt
	@$(PY) -m scripts.lock

clean: ## forget .venv and everything the embedded stores hold
	rm -rf .venv .data
