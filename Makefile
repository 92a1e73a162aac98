# Two commands do everything: `make run` and `make test`. See README.md.
HOST ?= 127.0.0.1
# Some shells and conda set a HOST of their own; of the environment's only the one that means "everyone" counts.
ifeq ($(origin HOST),environment)
ifneq ($(HOST),0.0.0.0)
HOST := 127.0.0.1
endif
endif
PORT ?= 8501
PYTHON ?= python3
CASE ?=
BIN := .venv/bin

.PHONY: run install install-dev browser check format test verify bench bench-screen learning messages clean

run: install  ## serve the app; HOST=0.0.0.0 lets a class on the same network in
	@case "$(HOST)" in 127.*|localhost) ;; *) \
	    echo "Open to the whole network: anyone who can reach this machine can open the app on port $(PORT).";; esac
	$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT)

install: .venv/users  ## what users need, in .venv; a second call installs nothing
install-dev: .venv/developers

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Unrolled needs Python 3.11 or newer; if yours has another name, add PYTHON=python3.12, say." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "This Python cannot make a .venv; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/users: requirements.txt | .venv/bin/python
	@echo "Installing into .venv; the first time this takes some minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/developers: requirements-dev.txt .venv/users
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

browser: install-dev  ## a Chromium or Chrome for the browser tests, fetched only if there is none
	sh tests/browser/get_browser.sh $(BIN)/python

check: install-dev  ## style, types and format: the same here and in CI
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright  # or it asks the network for a newer version each time

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: check browser  ## everything a change must pass, under 20 minutes on two cores
	$(BIN)/python -m pytest

verify: check browser  ## the same at full size: more examples, more seeds
	UNROLLED_FULL=1 $(BIN)/python -m pytest

bench: install-dev  ## ours beside its peer, in one process, as ratios; CASE=name runs one
	$(BIN)/python -m tests.bench $(CASE)

learning: install-dev  ## five seeds of every recipe: at which update each solved its task; CASE=task runs one
	$(BIN)/python -m tests.learning $(CASE)

bench-screen: browser  ## what a person waits for on screen, in headless Chromium; CASE=name runs one
	$(BIN)/python -m tests.bench.screen $(CASE)

messages: install-dev  ## collect new interface strings into the catalogues
	$(BIN)/pybabel --quiet extract --no-location --sort-output --omit-header -k N_ -o .venv/messages.pot pages rnn_core
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --omit-header \
	    -i .venv/messages.pot -d assets/locale -D messages

clean:
	rm -rf .venv bench.json bench-screen.json screenshots
