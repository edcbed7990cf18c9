# make run    install what is needed, build the index from seeds/, serve the page on this machine
# make test   install what the tests need, and run them all
# make lint   style and types
# make fit    fits what ranks sentences and what refuses to the public questions, half by half, and reports
# make bench  figures: quality on judged questions, time and throughput
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt
SERVE ?=

.PHONY: run test lint bench fit lock browser

run: $(VENV)/installed
	@$(BIN)/yuanhua serve $(SERVE)

test: $(VENV)/installed-dev browser
	$(BIN)/python -m pytest

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.bench

fit: $(VENV)/installed-dev
	$(BIN)/python -m tests.fit

# The versions that the tests passed with, written down anew.
lock: $(VENV)/installed-dev
	@{ head -n 1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > constraints.new
	@mv constraints.new constraints.txt

$(VENV)/installed: pyproject.toml constraints.txt
	@echo "1/2 Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "2/2 Installing the pinned dependencies (some minutes the first time)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing what the tests need"
	@$(PIP) --quiet --editable '.[dev]'
	@touch $@

browser:
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
			&& apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
		|| echo "There is no Chromium, so the browser tests will be skipped; on Debian: apt-get install chromium fonts-noto-cjk"
