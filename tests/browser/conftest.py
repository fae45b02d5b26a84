"""The running app and a headless Chromium.

`page` is a browser page of its own, `new_page()` opens more, each like another visitor's browser. Relative addresses
go to the app: `page.goto("/cost?...")`. `start_app(script)` runs another script, say one that shows a single part.
At the end of a test every page must be free of console errors and uncaught exceptions, and must have asked no other
machine for anything.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    sync_playwright,
)

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 60

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # root and containers have no user namespaces; the only site visited is our own
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers often have a tiny /dev/shm
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Streamlit looks for its server below the page's own address first and reserves a 404 there: the browser notes it.
STREAMLIT_PROBE = re.compile(r"^http://127\.0\.0\.1:\d+/[a-z_]+/_stcore/(health|host-config)$")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and whatever it started: first asked, then forced."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, sign)
            server.wait(timeout=10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    server.wait()


@pytest.fixture(scope="session")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Starts a script as `make run` starts the app, on a free port and without a window; returns its address."""
    servers: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> str:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
        log = tmp_path_factory.mktemp("app") / "log.txt"
        with log.open("wb") as out:
            server = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        servers.append(server)
        deadline = time.monotonic() + START_LIMIT_S
        while not is_healthy(url):
            if server.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(errors="replace")[-4000:]
                pytest.fail(f"{script} did not start:\n{words}", pytrace=False)
            time.sleep(0.1)
        return url

    yield start
    for server in servers:
        stop(server)


@pytest.fixture(scope="session")
def app_url(start_app: Callable[[str], str]) -> str:
    return start_app("app.py")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium: the first on PATH that starts, else the one that Playwright installed for itself."""
    troubles = []
    for executable in [*filter(None, map(shutil.which, BROWSERS)), None]:
        try:
            browser = playwright.chromium.launch(headless=True, executable_path=executable, args=FLAGS)
        except Error as trouble:
            troubles.append(f"{executable or 'the browser of Playwright'}: {trouble.message.strip()[:1000]}")
            continue
        yield browser
        browser.close()
        return
    pytest.fail(
        "Browser tests need Chromium or Google Chrome on PATH, and none starts. `sh setup.sh test` installs one; "
        "`make fast` runs the tests that need none.\n" + "\n".join(troubles),
        pytrace=False,
    )


def watch(page: Page, troubles: list[str]) -> None:
    """Collect what must not happen on a page."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not STREAMLIT_PROBE.match(message.location["url"]):
            troubles.append(f"console error: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            troubles.append(f"asked another machine: {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", lambda error: troubles.append(f"uncaught exception: {error}"))


@pytest.fixture
def new_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser without history, cookies or storage; call it once per visitor.

    Relative addresses go to the app, or to `base_url`.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(base_url: str = "") -> Page:
        base_url = base_url or request.getfixturevalue("app_url")
        contexts.append(chromium.new_context(base_url=base_url, viewport={"width": 1440, "height": 900}))
        page = contexts[-1].new_page()
        watch(page, troubles)
        return page

    yield open_page
    for context in contexts:
        context.close()
    if troubles:
        pytest.fail("\n".join(dict.fromkeys(troubles)), pytrace=False)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A browser page, not yet on the app."""
    return new_page()
