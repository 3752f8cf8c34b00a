# Each target makes what it needs: a virtual environment with pinned versions, then its work.
PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
# What is tested with TensorFlow, by folders of tests and of datafix.
NETWORKS := augment diagnosis emit examples wrappers
UV := $(VENV)/bin/uv
export TF_CPP_MIN_LOG_LEVEL ?= 3
# Where it is set, every process of the tests compiles TensorFlow anew: 15 CPU seconds each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test test-networks test-tables test-oldest lint format bench lock clean

help:
	@echo "make demo         the main job on the Adult census data, in under two minutes"
	@echo "make test         the whole test suite on the newest pinned versions; with --jobs=2, in two processes"
	@echo "make test-oldest  the same on the oldest supported versions, but for tests marked long"
	@echo "make lint         ruff, mypy and the contracts of the floors"
	@echo "make bench        the benchmarks, one JSON line a figure"
	@echo "make lock         pin versions anew (needs the network)"

install: $(VENV)/.installed

$(VENV)/.installed: requirements/newest.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("datafix needs Python 3.11 or newer, got " + sys.version.split()[0] + ". Try: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(UV) pip install --quiet --python $(VENV)/bin/python --requirement requirements/newest.txt
	$(UV) pip install --quiet --python $(VENV)/bin/python --no-deps --editable .
	@touch $@

$(OLDEST)/.installed: requirements/oldest.txt pyproject.toml $(VENV)/.installed
	test -x $(OLDEST)/bin/python || $(VENV)/bin/python -m venv $(OLDEST)
	$(UV) pip install --quiet --python $(OLDEST)/bin/python --requirement requirements/oldest.txt
	$(UV) pip install --quiet --python $(OLDEST)/bin/python --no-deps --editable .
	@touch $@

demo: install
	$(VENV)/bin/python examples/10_adult_income.py

test: test-networks test-tables

test-networks: install
	$(VENV)/bin/python -m pytest $(NETWORKS:%=tests/%) $(wildcard $(NETWORKS:%=datafix/%))

test-tables: install
	$(VENV)/bin/python -m pytest $(NETWORKS:%=--ignore=tests/%) $(NETWORKS:%=--ignore=datafix/%)

test-oldest: $(OLDEST)/.installed
	$(OLDEST)/bin/python -m pytest -m "not long"

lint: install
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

format: install
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: install
	$(VENV)/bin/python benchmarks/fingerprint.py
	$(VENV)/bin/python benchmarks/feed.py
	$(VENV)/bin/python benchmarks/stream.py
	$(VENV)/bin/python benchmarks/augment.py
	$(VENV)/bin/python benchmarks/label_flags.py
	$(VENV)/bin/python benchmarks/quality_labels.py known
	$(VENV)/bin/python benchmarks/schema_speed.py
	$(VENV)/bin/python benchmarks/read_csv.py
	$(VENV)/bin/python benchmarks/schema_quality.py 5
	$(VENV)/bin/python benchmarks/audit_quality.py
	$(VENV)/bin/python benchmarks/near_duplicates.py
	$(VENV)/bin/python benchmarks/image_quality.py
	$(VENV)/bin/python benchmarks/leakage_suite.py
	$(VENV)/bin/python benchmarks/diagnose_suite.py --quick
	$(VENV)/bin/python benchmarks/preprocess.py
	$(VENV)/bin/python benchmarks/scale.py --rows 1
	$(VENV)/bin/python benchmarks/impute_quality.py
	$(VENV)/bin/python benchmarks/export_parity.py
	$(VENV)/bin/python benchmarks/quality_augment.py

lock: install
	$(UV) pip compile --quiet --universal --python-version 3.11 --extra dev pyproject.toml --output-file requirements/newest.txt --upgrade
	$(UV) pip compile --quiet --universal --python-version 3.11 --extra dev --resolution lowest-direct pyproject.toml --output-file requirements/oldest.txt --upgrade

clean:
	rm -rf $(VENV) $(OLDEST) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
