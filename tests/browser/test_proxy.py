"""The example configuration of nginx: two copies of the app, each person with one of them, and what if it goes away."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from email.message import Message
from pathlib import Path

import pytest

from tests.bench.load import Visitor, served
from tests.browser.server import free_port

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


@pytest.fixture
def behind_nginx(tmp_path: Path) -> Iterator[tuple[str, dict[str, ExitStack]]]:
    """Address of the proxy, and for each copy's address what stops it."""
    assert Path(NGINX).exists(), "this needs nginx; `sh setup.sh test` installs it"
    copies: dict[str, ExitStack] = {}
    with ExitStack() as all_copies:
        for _ in range(2):
            stack = all_copies.enter_context(ExitStack())
            url, _ = stack.enter_context(served())
            copies[url.removeprefix("http://")] = stack
        port = free_port()
        text = (ROOT / "docs/nginx.conf").read_text(encoding="utf-8")
        changes = {
            "/run/lambda-or-fargate.pid": str(tmp_path / "nginx.pid"),
            "127.0.0.1:8080": f"127.0.0.1:{port}",
            "client_max_body_size": "add_header X-Copy $upstream_addr always;\n client_max_body_size",
            **dict(zip(("127.0.0.1:8501", "127.0.0.1:8502"), copies, strict=True)),
        }
        for was, now in changes.items():
            assert text.count(was) == 1, was
            text = text.replace(was, now)
        (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
        command = [NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path), "-g", "daemon off;"]
        proxy = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}", copies
        finally:
            proxy.terminate()
            proxy.wait(timeout=20)


def asked(url: str, person: str = "") -> Message:
    """Headers of the answer to a person with this cookie; the proxy may still be starting."""
    request = urllib.request.Request(f"{url}/_stcore/health", headers={"Cookie": f"replica={person}"})
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.headers
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("the proxy does not answer")


def test_everyone_stays_with_one_copy_and_is_taken_over_if_it_goes(
    behind_nginx: tuple[str, dict[str, ExitStack]],
) -> None:
    url, copies = behind_nginx
    people = [f"person{number}" for number in range(20)]
    at = {person: asked(url, person)["X-Copy"] for person in people}
    assert set(at.values()) == set(copies)
    assert at == {person: asked(url, person)["X-Copy"] for person in people}

    first = asked(url)
    (cookie,) = (text for text in first.get_all("Set-Cookie", []) if text.startswith("replica="))
    assert "HttpOnly" in cookie and first["X-Content-Type-Options"] == "nosniff"

    async def visit() -> list[str]:
        async with Visitor(url, query="v=1&workload.requests_per_s=250", cookie="replica=person0") as visitor:
            return visitor.texts

    def seen_by_person0() -> list[str]:
        with ThreadPoolExecutor() as apart:  # the browser of other tests holds this thread's event loop
            return apart.submit(lambda: asyncio.run(visit())).result()

    seen = seen_by_person0()
    assert any("250" in text for text in seen)
    copies[at["person0"]].close()
    assert asked(url, "person0")["X-Copy"].rpartition(", ")[2] != at["person0"]
    assert seen_by_person0() == seen
