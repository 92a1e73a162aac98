"""The app in a real browser: one server and one browser for all, a cold visit for each test."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, sync_playwright

from tests.browser.find_browser import find_browser
from tests.browser.picture import Picture
from tests.browser.words import ROOT

Visit = Callable[..., Picture]

# Streamlit asks a deep link's own folder first, is told 404, and then asks the right one.
HARMLESS = ("/_stcore/health", "/_stcore/host-config")


class Server(NamedTuple):
    url: str
    log: Path


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served("app.py", tmp_path_factory.mktemp("server") / "log") as server:
        yield server


@contextmanager
def served(script: str | Path, log: Path) -> Iterator[Server]:
    """The app, or a script of a test's own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ("--server.address=127.0.0.1", f"--server.port={port}", "--server.fileWatcherType=none")
    with log.open("w") as out:
        app = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *where],
            cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            if app.poll() is not None or is_up(url):
                break
            time.sleep(0.1)
        assert is_up(url), f"the app did not come up:\n{log.read_text()}"
        yield Server(url, log)
    finally:
        app.kill()
        app.wait()


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A missing browser fails every test here; it never skips them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    """Open an address cold, as a new visitor. Afterwards nothing may have gone wrong, seen or unseen."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []
    already = server.log.stat().st_size

    def open_page(
        address: str = "/unroll", language: str | None = "en", width: int = 1280, scheme: str = "light", **more: Any
    ) -> Picture:
        more = {"locale": "en-US", "viewport": {"width": width, "height": 900}, "color_scheme": scheme, **more}
        context = browser.new_context(base_url=server.url, **more)
        contexts.append(context)
        watch(context, server.url, complaints)
        page, sent = context.new_page(), []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
        picture = Picture(page, sent)
        picture.open(address, language)
        return picture

    yield open_page
    for context in contexts:
        for page in context.pages:
            complaints += page.get_by_test_id("stException").all_inner_texts()
        context.close()
    log = server.log.read_text()[already:]
    if "Traceback" in log:
        complaints.append(log)
    assert not complaints, "\n".join(complaints)


def watch(context: BrowserContext, home: str, complaints: list[str]) -> None:
    """Errors in the console, uncaught exceptions, and requests that leave the machine."""

    def hear(message: ConsoleMessage) -> None:
        harmless = "404" in message.text and urlsplit(message.location["url"]).path.endswith(HARMLESS)
        if message.type == "error" and not harmless:
            complaints.append(f"console: {message.text} ({message.location['url']})")

    def see(url: str) -> None:
        if not url.startswith((home, f"blob:{home}", "data:", home.replace("http", "ws"))):
            complaints.append(f"request leaves the machine: {url}")

    context.on("console", hear)
    context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
    context.on("request", lambda request: see(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: see(socket.url)))
