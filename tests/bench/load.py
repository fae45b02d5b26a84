"""How many people can move sliders at once, and whether memory stays when they come and go.

Every session is a WebSocket client that speaks Streamlit's protocol, as a browser does, but draws nothing: it opens
the page, then moves one slider once a second. A step's time runs from the second at which it was due to the end of
its script run, all messages received. Clients and server share the machine, so real servers carry some more.

Run it with `make load`, options in ARGS ("--sessions 20 40 60", "--visits 1000", "--url http://..." for a server that
is already there, say behind a proxy).
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.browser.server import free_port, is_healthy, stop  # noqa: E402

SLIDER = "Handler time"
SWING = 4
"""Steps of the slider to one side before turning round."""
WANTED_P95_S = 0.5
START_S, RUN_S = 120.0, 60.0
PAUSE_S = 1.0


class Visitor:
    """One browser tab, without the browser."""

    def __init__(self, url: str, query: str = "", page: str = "", cookie: str = "") -> None:
        self.url, self.query, self.page = url, query, page
        self.headers = {"Cookie": cookie} if cookie else {}
        self.hash, self.slider_id = "", ""
        self.options: list[str] = []
        self.at = 0
        self.texts: list[str] = []

    async def __aenter__(self) -> Visitor:
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        self.socket: ClientConnection = await connect(
            address,
            subprotocols=[websockets.Subprotocol("streamlit")],
            additional_headers=self.headers,
            max_size=None,
            open_timeout=RUN_S,
        )
        await self.rerun()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def rerun(self, value: str = "") -> None:
        """Run the script, with the slider at another value, and take in all it sends."""
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_script_hash, run.page_name = self.query, self.hash, self.page
        if value:
            state = run.widget_states.widgets.add()
            state.id = self.slider_id
            state.string_array_value.data.append(value)
        else:
            run.widget_states.SetInParent()
        await self.socket.send(message.SerializeToString())
        self.texts = []
        async with asyncio.timeout(RUN_S):
            while not self._is_last(ForwardMsg.FromString(await self.socket.recv())):  # type: ignore[arg-type]
                pass

    async def move(self) -> None:
        """The next step of the slider: up and down around where it stood."""
        self.at += 1
        middle = len(self.options) // 2
        away = abs(self.at % (4 * SWING) - 2 * SWING) - SWING
        await self.rerun(self.options[max(0, min(middle + away, len(self.options) - 1))])

    def _is_last(self, message: ForwardMsg) -> bool:
        match message.WhichOneof("type"):
            case "new_session":
                self.hash = message.new_session.page_script_hash
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                match element.WhichOneof("type"):
                    case "slider" if element.slider.label == SLIDER:
                        self.slider_id, self.options = element.slider.id, list(element.slider.options)
                    case "markdown":
                        self.texts.append(element.markdown.body)
                    case "exception":
                        raise RuntimeError(element.exception.message)
            case "script_finished":
                return message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        return False


async def moving(url: str, sessions: int, steps: int) -> list[float]:
    """Times of all steps of so many sessions, s; the first two of each, which warm up, are left out."""
    visitors = [Visitor(url) for _ in range(sessions)]
    for visitor in visitors:
        await visitor.__aenter__()
    begin = time.perf_counter() + PAUSE_S

    async def steps_of(number: int, visitor: Visitor) -> list[float]:
        taken = []
        for step in range(steps):
            due = begin + step + number / sessions
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await visitor.move()
            taken.append(time.perf_counter() - due)
        return taken[2:]

    try:
        found = await asyncio.gather(*(steps_of(*each) for each in enumerate(visitors)))
    finally:
        for visitor in visitors:
            await visitor.__aexit__()
    return [seconds for each in found for seconds in each]


async def visits(url: str, count: int, at_once: int = 4) -> None:
    """Sessions that open the page, move a slider once and go."""
    left = asyncio.Semaphore(at_once)

    async def visit() -> None:
        async with left, Visitor(url) as visitor:
            await visitor.move()

    await asyncio.gather(*(visit() for _ in range(count)))


@contextmanager
def served(port: int = 0) -> Iterator[tuple[str, int]]:
    """The app on a port of this machine, by default a free one: its address and process number."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + START_S
        while not is_healthy(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the app did not start")
            time.sleep(0.1)
        yield url, server.pid
    finally:
        stop(server)


def memory_mb(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def cpu_s(pid: int) -> float:
    """CPU time a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def report_steps(url: str, pid: int | None, sessions: int, steps: int) -> None:
    before = cpu_s(pid) if pid else 0.0
    taken = asyncio.run(moving(url, sessions, steps))
    used = f"{(cpu_s(pid) - before) / sessions / (steps + 1) * 1000:12.0f}" if pid else f"{'':12}"
    memory = f"{memory_mb(pid):10.0f}" if pid else ""
    p95 = quantiles(taken, n=20)[-1]
    kept = "yes" if p95 <= WANTED_P95_S else "no"
    print(
        f"{sessions:8} {median(taken) * 1000:10.0f} {p95 * 1000:10.0f} {kept:>6} {used} {memory}", flush=True
    )


def report_visits(url: str, pid: int, count: int) -> None:
    tenth = max(1, count // 10)
    print("visits  memory, MB")
    for done in range(tenth, count + 1, tenth):
        asyncio.run(visits(url, tenth))
        print(f"{done:6} {memory_mb(pid):10.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, nargs="*", default=[1, 10, 20, 40, 60])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--visits", type=int, default=0)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    heads = ("sessions", "median, ms", "p95, ms", "<500", "CPU/step, ms", "memory, MB")
    with served() if not options.url else _there(options.url) as (url, pid):
        if options.sessions:
            print("{:>8} {:>10} {:>10} {:>6} {:>12} {:>10}".format(*heads))
        for sessions in options.sessions:
            report_steps(url, pid, sessions, options.steps)
        if options.visits and pid:
            report_visits(url, pid, options.visits)


@contextmanager
def _there(url: str) -> Iterator[tuple[str, None]]:
    yield url.rstrip("/"), None


if __name__ == "__main__":
    main()
