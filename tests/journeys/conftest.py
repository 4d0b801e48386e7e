"""What browser tests share: a real server on the sample data, and a Chromium that notices every foreign request."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# What is awaited comes in tenths of a second; a busy machine gets time all the same.
expect.set_options(timeout=15_000)

CHROMIUM_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def start_server() -> Iterator[Callable[..., str]]:
    """A function that starts a real server on a database and returns its address; stopped with the module."""
    with _servers() as start:
        yield start


@contextlib.contextmanager
def _servers() -> Iterator[Callable[..., str]]:
    running: list[subprocess.Popen[bytes]] = []

    def start(database_url: str, program: tuple[str, ...] = ("-m", "landportal.cli"), **environ: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = {
            "LANDPORTAL_DATABASE_URL": database_url, "LANDPORTAL_DEMO": "0", "LANDPORTAL_BASEMAP": "none", **environ,
        }  # fmt: skip
        command = [sys.executable, *program, "serve", "--workers", "1", "--port", str(port)]
        running.append(subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL))
        _wait_until_ready(f"http://127.0.0.1:{port}")
        return f"http://127.0.0.1:{port}"

    try:
        yield start
    finally:
        for server in running:
            server.terminate()
        for server in running:
            server.wait(30)


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} did not get ready")


@pytest.fixture(scope="session")
def live_server(sample_url: str) -> Iterator[str]:
    """Address of a real server that shows the sample data."""
    with _servers() as start:
        yield start(sample_url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A function that opens a browser context; the test fails when any of its pages contacts a foreign host."""
    contexts: list[BrowserContext] = []
    foreign: list[str] = []

    def watch(url: str) -> None:
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).hostname != "127.0.0.1":
            foreign.append(url)

    def open_context(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "de-DE", **options})
        context.on("request", lambda request: watch(request.url))
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert foreign == [], "a page contacted a foreign host"


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A page of 1440 × 900; the test fails when a script on it throws or the policy blocks something."""
    page = new_context().new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None
    )
    yield page
    assert faults == []
