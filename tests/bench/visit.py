"""A first visit, a change of page and a slider that is held, beside a bare page, in one run; part of `make bench`.

Cold: a browser with nothing kept, from the address to the first chart's curves, and the bytes that came over the
wire. Switch: from the click in the menu until all charts of the other page are there. Held: how often a second all
charts of the page were drawn anew while a slider is dragged to and fro.
"""

from __future__ import annotations

import base64
import math
import signal
import sys
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from model.decide.break_even import GRID_POINTS  # noqa: E402
from tests.bench.slider import LOAD_LIMIT_MS, knob  # noqa: E402
from tests.browser.server import launch_chromium, running  # noqa: E402

VISITS, SWITCHES, HELD_S = 5, 6, 6.0
SWING_PX, MOVE_MS = 40, 16
CURVES = "() => [...document.querySelectorAll('.js-plotly-plot')].filter(c => c.querySelector('.js-line, .points path')).length"
CLICKED = """() => {
    addEventListener('click', () => (window.clicked = performance.now()), { capture: true, once: true })
    return [...document.querySelectorAll('.gtitle')].map(title => title.textContent)
}"""
OTHERS = f"""([before, count]) => ({CURVES})() >= count
    && ![...document.querySelectorAll('.gtitle')].some(title => before.includes(title.textContent))"""
COUNTED = """() => {
    const look = () => [...document.querySelectorAll('.js-plotly-plot')].map(chart =>
        [...chart.querySelectorAll('.js-line, .points path')].map(line => line.getAttribute('d')).join()
        + chart.querySelector('.gtitle')?.textContent)
    let last = look()
    window.drawn = last.map(() => 0)
    const frame = () => {
        look().forEach((picture, i) => { if (picture !== last[i]) { window.drawn[i]++; last[i] = picture } })
        requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
}"""


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and browser are stopped then, too
    with (
        running("app.py") as ours,
        running("tests/bench/bare_page.py", str(GRID_POINTS)) as bare,
        sync_playwright() as playwright,
    ):
        browser = launch_chromium(playwright)
        pages = {"bare page": bare, "What does it cost?": f"{ours}/cost", "Which one?": ours}
        cold_visit(browser, ours)  # the server has imported everything then, as after its first visitor
        cold_visit(browser, bare)
        print(f"{'cold load':20} {'first chart ms':>15} {'x bare':>7} {'MB':>6} {'x bare':>7}")
        first: tuple[float, float] | None = None
        for name, url in pages.items():
            visits = [cold_visit(browser, url) for _ in range(VISITS)]
            ms, megabytes = (median(column) for column in zip(*visits, strict=True))
            first = first or (ms, megabytes)
            print(f"{name:20} {ms:15.0f} {ms / first[0]:7.2f} {megabytes:6.1f} {megabytes / first[1]:7.2f}")
        print(f"{'change of page':20} {'all charts ms':>15}")
        for name, ms in switches(browser, ours).items():
            print(f"{name:20} {ms:15.0f}")
        print(f"{'slider held':20} {'repaints a second':>18}")
        for name, slider in {
            "bare page": "Load",
            "What does it cost?": "Handler time",
            "Which one?": "Handler time",
        }.items():
            print(f"{name:20} {held(browser, pages[name], slider):18.1f}")
        browser.close()


def opened(browser: Browser, url: str, charts: int = 1) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    page.wait_for_function(f"({CURVES})() >= {charts}", timeout=LOAD_LIMIT_MS, polling="raf")
    return page


def cold_visit(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds to the first chart, and megabytes received until a second later."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    received = [0.0]
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    wire.on("Network.webSocketFrameReceived", lambda event: received.append(frame_bytes(event)))
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"({CURVES})() >= 1", timeout=LOAD_LIMIT_MS, polling="raf")
    ms = page.evaluate("performance.now()")
    page.wait_for_timeout(1000)
    context.close()
    return float(ms), sum(received) / 1e6


def frame_bytes(event: dict[str, Any]) -> int:
    payload, text = event["response"]["payloadData"], event["response"]["opcode"] == 1
    return len(payload) if text else len(base64.b64decode(payload))


def switches(browser: Browser, url: str) -> dict[str, float]:
    """From page to page by the menu, to and fro: median milliseconds until all charts of each are there."""
    page = opened(browser, f"{url}/cost")
    charts = {"What happens in a spike?": 2, "What does it cost?": 2}
    taken: dict[str, list[float]] = {name: [] for name in charts}
    for _ in range(SWITCHES):
        for name, count in charts.items():
            page.get_by_role("button", name="Decide", exact=True).click()
            entry = page.get_by_role("menuitem", name=name, exact=True)
            entry.wait_for()
            before = page.evaluate(CLICKED)
            entry.click()
            page.wait_for_function(OTHERS, arg=[before, count], timeout=LOAD_LIMIT_MS, polling="raf")
            taken[name].append(page.evaluate("performance.now() - window.clicked"))
            page.wait_for_timeout(700)
    page.context.close()
    return {name: median(times) for name, times in taken.items()}


def held(browser: Browser, url: str, label: str) -> float:
    """Complete repaints a second while the knob is moved to and fro: those of the chart that has the fewest."""
    page = opened(browser, url)
    page.wait_for_timeout(2000)
    slider = page.locator(f'input[type=range][aria-label="{label}"]').first
    x, y = knob(slider)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(COUNTED)
    begun = page.evaluate("performance.now()")
    moves = 0
    while page.evaluate("performance.now()") - begun < 1000 * HELD_S:
        moves += 1
        page.mouse.move(x + SWING_PX * math.sin(moves / 15), y)
        page.wait_for_timeout(MOVE_MS)
    drawn = page.evaluate("begun => Math.min(...window.drawn) / (performance.now() - begun) * 1000", begun)
    page.mouse.up()
    page.context.close()
    return float(drawn)


if __name__ == "__main__":
    main()
