"""A script run by Streamlit as `make run` runs the app, and a headless Chromium: for browser tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright

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


@contextmanager
def running(script: str, *arguments: str) -> Iterator[str]:
    """The address of a script on a free port, without a window; RuntimeError with its words if it does not start."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port), "--", *arguments]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + START_LIMIT_S
            while not is_healthy(url):
                if server.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    words = log.read().decode(errors="replace")[-4000:]
                    raise RuntimeError(f"{script} did not start:\n{words}")
                time.sleep(0.1)
            yield url
        finally:
            stop(server)


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


def launch_chromium(playwright: Playwright, executable: str | None = None) -> Browser:
    """Headless Chromium: the one named, else the first on PATH that starts, else the one Playwright installed."""
    troubles = []
    for candidate in [executable] if executable else [*filter(None, map(shutil.which, BROWSERS)), None]:
        try:
            return playwright.chromium.launch(headless=True, executable_path=candidate, args=FLAGS)
        except Error as trouble:
            troubles.append(f"{candidate or 'the browser of Playwright'}: {trouble.message.strip()[:1000]}")
    raise RuntimeError(
        "This needs Chromium or Google Chrome on PATH, and none starts. `sh setup.sh test` installs one; "
        "`make fast` runs the tests that need none.\n" + "\n".join(troubles)
    )
