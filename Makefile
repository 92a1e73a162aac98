# Two commands do everything: `make run` and `make test`. See README.md.
HOST ?= 127.0.0.1
PORT ?= 8501
PYTHON ?= python3
CASE ?=
BIN := .venv/bin

.PHONY: run install install-dev browser check format test verify bench messages clean

run: install  ## serve the app; HOST=0.0.0.0 lets a class on the same network in
	@[ "$(HOST)" = 127.0.0.1 ] || echo "Open to the whole network: anyone who can reach this machine can open the app on port $(PORT)."
	$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT)

install: .venv/users  ## what users need, in .venv; a second call installs nothing
install-dev: .venv/developers

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/users: requirements.txt | .venv/bin/python
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
	$(BIN)/pyright

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: check browser  ## everything a change must pass, under 20 minutes on two cores
	$(BIN)/python -m pytest

verify: check browser  ## the same at full size: more examples, more seeds
	UNROLLED_FULL=1 $(BIN)/python -m pytest

bench: install-dev  ## ours beside its peer, in one process, as ratios; CASE=name runs one
	$(BIN)/python -m tests.bench $(CASE)

messages: install-dev  ## collect new interface strings into the catalogues
	$(BIN)/pybabel extract --quiet --no-location --sort-output --omit-header -k N_ -o .venv/messages.pot pages
	$(BIN)/pybabel update --quiet --no-fuzzy-matching --ignore-obsolete --omit-header -i .venv/messages.pot -d assets/locale -D messages

clean:
	rm -rf .venv bench.json screenshots
