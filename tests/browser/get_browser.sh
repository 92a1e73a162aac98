#!/bin/sh
# A browser for the tests, and a font for its Chinese: what is installed is used, the rest is fetched once.
# Usage: sh tests/browser/get_browser.sh PYTHON
set -eu
python=$1
here=$(dirname "$0")

found() { "$python" "$here/find_browser.py" >/dev/null; }
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
has_chinese() { fc-list :lang=zh 2>/dev/null | grep -q . || dpkg -s fonts-noto-cjk >/dev/null 2>&1; }
install() {
    echo "Installing for the browser tests: $*"
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

if ! found; then
    if can_install; then install chromium fonts-noto-cjk || true; fi
    # Where that was not possible (no root, no apt-get, a distribution without the package): Playwright's own.
    found || "$python" -m playwright install $(can_install && echo --with-deps) chromium || true
fi
if can_install && ! has_chinese; then
    install fonts-noto-cjk || echo "No font for Chinese could be installed: its text will show as boxes." >&2
fi

found || {
    echo "The tests need a browser and none could be installed: install Chromium or Chrome, then run this again." >&2
    exit 1
}
