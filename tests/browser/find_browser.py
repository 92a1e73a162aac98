"""Which browser the tests use. As a script: prints it, or fails with nothing to print."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@cache
def find_browser() -> str | None:
    """Path of an installed Chromium or Chrome; None leaves the choice to Playwright, which then takes its own."""
    return next((path for name in NAMES if (path := shutil.which(name)) and starts(path)), None)


def starts(path: str) -> bool:
    """Being there is not enough: Ubuntu's chromium-browser may be a script that says to install a snap."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else None


if __name__ == "__main__":
    path = find_browser() or playwrights_own()
    print(path or "", end="\n" if path else "")
    sys.exit(path is None)
