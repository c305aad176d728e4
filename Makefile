# `make` lists the targets. Each makes the virtual environment it needs, and only what it needs.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

# A stamp names the extras that are installed: $(VENV)/.with-test+train stands for `.[test,train]`.
FOR_DEMO := $(VENV)/.with-train
FOR_TEST := $(VENV)/.with-test+train+data+draw+safetensors+tensorboard+sklearn+browser+fast
FOR_LINT := $(VENV)/.with-dev
FOR_TYPES := $(VENV)/.with-dev+test+train+data
FOR_NOTEBOOKS := $(VENV)/.with-notebooks+draw
FOR_BENCH := $(VENV)/.core
FOR_REPRODUCE := $(VENV)/.with-plots
FOR_DOCS := $(VENV)/.with-docs

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Two pip processes must not write into one environment at once.
.NOTPARALLEL:
.PHONY: help demo test coverage lint format types mutants notebooks bench ops reproduce docs clean

help:  ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | \
	    while IFS='|' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

demo: $(FOR_DEMO)  ## Train the multi-layer perceptron on the digits; pictures go to out/
	$(RUN) -m nn train

test: $(FOR_TEST)  ## Run the tests on all cores (COV=1 measures coverage, ARGS='-k relu' selects)
	$(ONE_THREAD) $(RUN) -m pytest -n auto $(if $(COV),--cov) $(ARGS)
	$(if $(COV),$(RUN) .ci/branch_coverage.py)

coverage:  ## Run the tests and require 97 % of the branches of autograd, 95 % of nn and optim
	$(MAKE) test COV=1

lint: $(FOR_LINT)  ## Check the rules and the format with ruff
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

format: $(FOR_LINT)  ## Apply ruff's format and its safe fixes
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

types: $(FOR_TYPES)  ## Check the types of the public packages, strictly
	$(RUN) -m mypy --strict

mutants: $(FOR_TEST)  ## Alter every derivative rule in turn: each change has to be noticed
	$(ONE_THREAD) $(RUN) -m tests.mutation $(ARGS)

notebooks: $(FOR_NOTEBOOKS)  ## Execute every notebook and compare what it says (ARGS='--write 03' rewrites)
	$(ONE_THREAD) $(RUN) notebooks/execute.py $(ARGS)

docs: $(FOR_DOCS)  ## Build the documentation into out/site; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict

bench: $(FOR_BENCH)  ## Compare with PyTorch, JAX, MyGrad, HIPS autograd, micrograd (ARGS=--quick)
	$(RUN) benchmarks/compare.py $(ARGS)

ops: $(FOR_BENCH)  ## Time single operations: one process, one thread
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(ONE_THREAD) $(RUN) benchmarks/ops.py

reproduce: $(FOR_REPRODUCE)  ## Train all networks of the lecture on MNIST (MNIST_DIR) and write docs/results.md
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(RUN) -m benchmarks.reproduce $(ARGS)

clean:  ## Remove everything that was made: .venv, out, caches
	rm -rf $(VENV) out dist build htmlcov benchmarks/.peers .coverage .coverage.* \
	    .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Python is asked for its version in words that Python 2 understands as well.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "chalkgrad needs Python 3.11 or newer, but PYTHON=$(PYTHON) is" \
	        "$$(command -v $(PYTHON) >/dev/null && $(PYTHON) --version 2>&1 || echo missing);" \
	        "try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	    exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --editable
comma := ,

$(VENV)/.core: pyproject.toml $(VENV)/.made
	$(INSTALL) .
	@touch $@

$(VENV)/.with-%: pyproject.toml $(VENV)/.made
	$(INSTALL) '.[$(subst +,$(comma),$*)]'
	@touch $@
