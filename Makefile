# Needs Python 3.11 or later and make; everything else is installed into .venv.
#
#   make demo            the Limburg comparison: tables and figures in demo/
#   make test            what continuous integration runs
#   make test-thorough   the long statistical and exhaustive checks
#   make bench           speed and memory, with the table of docs/performance.md
#   make load            ten studies on one store at once, 24 million events, 100,000 replications
#   make digests         compares all tables of a dozen scenarios with the digests that are stored
#   make install-matrix  builds the wheel and tries it in empty environments outside the repository
#   make verify          the verification suite and docs/verification.md
#   make limburg         computes every number and figure of docs/limburg*.md (some ten minutes)
#   make lint            style, types and layers only
#   make notebooks       executes the notebooks
#   make docs            the documentation site in build/docs, without a network
#   make figures         draws the pictures of the documentation again
#   make clean           removes what these commands made

SHELL := /bin/bash
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
DEMO_REPLICATIONS ?= 100
DEMO_SEED ?= 1

.PHONY: demo test test-thorough bench load digests install-matrix verify limburg lint notebooks docs figures clean
.DELETE_ON_ERROR:

demo: .venv/.plain
	$(BIN)/capsim compare limburg --variant announced --variant phased \
		-n $(DEMO_REPLICATIONS) --seed $(DEMO_SEED) --jobs 2 --out demo

lint: .venv/.ok
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n 2

test-thorough: .venv/.ok
	$(BIN)/python -m pytest -n 2 -m thorough

bench: .venv/.ok
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]' \
		|| echo "not everything of the extra 'bench' could be installed; the table says what is missing"
	PYTHONPATH=tests $(BIN)/python -m benchmarks

load: .venv/.ok
	PYTHONPATH=tests $(BIN)/python -m benchmarks.load

# Where numbers are to change: `.venv/bin/python -m golden.digests --write` with PYTHONPATH=tests,
# and an entry "results change" in the changelog.
digests: .venv/.ok
	PYTHONPATH=tests $(BIN)/python -m golden.digests

# Other interpreters: make install-matrix MATRIX="--python /path/to/python3.13"; the oldest dependencies: "--lowest".
install-matrix: .venv/.ok
	$(BIN)/python tests/installing/matrix.py $(MATRIX)

# The full form of every case (the short forms are those of `make test`), and a quarter of the
# generated scenarios of `make test-thorough`: within 15 minutes on two idle cores.
TWINS := tests/twins/test_twins.py::test_the_engines_agree_thoroughly
verify: .venv/.ok
	$(BIN)/python -m pytest -n 2 -m "not benchmark" tests/twins tests/verification tests/peers \
		tests/theory --ignore=tests/verification/test_page.py --verification-page docs \
		--deselect=tests/verification/test_cases.py::test_exact_figures_in_short \
		$(foreach shard,2 3 4 5 6 7,--deselect='$(TWINS)[$(shard)]')

limburg: .venv/.ok
	$(BIN)/python docs/limburg/study.py

notebooks: .venv/.ok
	mkdir -p .cache/notebooks
	for notebook in notebooks/*.py; do $(BIN)/jupytext --quiet --to ipynb \
		-o .cache/notebooks/$$(basename $$notebook .py).ipynb $$notebook || exit 1; done
	$(BIN)/python -m pytest --nbmake --nbmake-timeout=900 .cache/notebooks

docs: .venv/.plain
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs build/docs

figures: .venv/.plain
	$(BIN)/python docs/images/draw.py

# One environment, two stamps: the package alone is enough for the demo.
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "capsim needs Python 3.11 or later: install it, or name it with" \
		"'make PYTHON=/path/to/python3.11 ...'" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.plain: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

.venv/.ok: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch .venv/.plain $@

clean:
	rm -rf .venv demo build dist .cache .benchmarks .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
