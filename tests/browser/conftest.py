"""The running app and a headless Chromium.

`page` is a browser page of its own, `new_page()` opens more, each like another visitor's browser. Relative addresses
go to the app: `page.goto("/cost?...")`. `start_app(script)` runs another script, say one that shows a single part.
At the end of a test every page must be free of console errors and uncaught exceptions, and must have asked no other
machine for anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.server import launch_chromium, running

# Streamlit looks for its server below the page's own address first and reserves a 404 there: the browser notes it.
STREAMLIT_PROBE = re.compile(r"^http://127\.0\.0\.1:\d+/[a-z_]+/_stcore/(health|host-config)$")

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def start_app() -> Iterator[Callable[[str], str]]:
    """Starts a script as `make run` starts the app, on a free port and without a window; returns its address."""
    with ExitStack() as servers:

        def start(script: str) -> str:
            try:
                return servers.enter_context(running(script))
            except RuntimeError as trouble:
                pytest.fail(str(trouble), pytrace=False)

        yield start


@pytest.fixture(scope="session")
def app_url(start_app: Callable[[str], str]) -> str:
    return start_app("app.py")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    try:
        browser = launch_chromium(playwright)
    except RuntimeError as trouble:
        pytest.fail(str(trouble), pytrace=False)
    yield browser
    browser.close()


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
