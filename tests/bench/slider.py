"""How fast pages answer a slider, beside a bare page, in one run.

Every round takes one step on each page in turn, so whatever else the machine does meets all alike; the ratio to the
bare page is the figure to keep, milliseconds only say what this machine did today. A step ends with the paint of the
last chart that changes. Run it with `make bench`, options in ARGS ("--steps 50 --out bench.json").
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from model.decide.break_even import GRID_POINTS  # noqa: E402
from tests.browser.server import launch_chromium, running  # noqa: E402

WARM_UP = 4
KEY_SWING, DRAG_SWING = 6, 3
"""Steps to one side before turning round: far enough to meet many values, and clear of the sliders' ends."""
DRAG_PX = (3, 6, 9, 12)
LOAD_LIMIT_MS = 120_000

BARE = "bare page"


@dataclass(frozen=True)
class Target:
    """A page and the slider moved on it."""

    name: str
    page: Page
    slider: Locator


def main() -> None:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and browser are stopped then, too
    with (
        running("app.py") as ours,
        running("tests/bench/bare_page.py", str(GRID_POINTS)) as bare,
        sync_playwright() as playwright,
    ):
        browser = launch_chromium(playwright, options.chromium)
        targets = [
            opened(browser, BARE, bare, "Load", charts=1),
            opened(browser, "What does it cost?", f"{ours}/cost", "Handler time", charts=2),
            opened(browser, "Which one?", ours, "Handler time", charts=3),
        ]
        taken = measured(targets, options.steps)
        browser.close()
    rows = summary(taken)
    print_table(rows)
    if options.out:
        record = {"bare_points_per_trace": GRID_POINTS, "rows": rows, "steps": taken}
        options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30, help="steps on each page by each way (default 30)")
    parser.add_argument("--chromium", metavar="FILE", help="browser to use instead of the one found")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write table and single steps here, as JSON")
    return parser.parse_args()


def opened(browser: Browser, name: str, url: str, slider: str, charts: int) -> Target:
    """A page in a window of its own, drawn and at rest."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(path=Path(__file__).with_suffix(".js"))
    page.goto(url)
    page.wait_for_function(f"bench.charts() >= {charts} && bench.idle()", timeout=LOAD_LIMIT_MS, polling=250)
    page.wait_for_timeout(1000)
    return Target(name, page, page.locator(f'input[type=range][aria-label="{slider}"]').first)


def measured(targets: list[Target], steps: int) -> list[dict[str, Any]]:
    """All steps, each with page, way, milliseconds and what happened to the charts."""
    taken = []
    for way, swing in ((arrow_key, KEY_SWING), (drag, DRAG_SWING)):
        for turn in range(-WARM_UP, steps):
            rightwards = (turn + WARM_UP) // swing % 2 == 0
            for target in targets:
                target.page.bring_to_front()
                target.page.evaluate("bench.watch()")
                way(target, rightwards)
                step = target.page.evaluate("bench.done")
                if turn >= 0:
                    taken.append({"page": target.name, "way": way.__name__.replace("_", " "), **step})
    return taken


def arrow_key(target: Target, rightwards: bool) -> None:
    target.slider.press("ArrowRight" if rightwards else "ArrowLeft")


def drag(target: Target, rightwards: bool) -> None:
    """Pull the knob some pixels aside; the time counts from its release."""
    x, y = knob(target.slider)
    mouse = target.page.mouse
    mouse.move(x, y)
    mouse.down()
    for pixels in DRAG_PX:
        mouse.move(x + (pixels if rightwards else -pixels), y)
        target.page.wait_for_timeout(16)
    mouse.up()


def knob(slider: Locator) -> tuple[float, float]:
    """The middle of a slider's knob on the page, pixels."""
    x, y = slider.evaluate(
        """input => {
            let knob = input;
            while (!knob.style.left.endsWith("%")) knob = knob.parentElement;
            const { x, y, width, height } = knob.getBoundingClientRect();
            return [x + width / 2, y + height / 2];
        }"""
    )
    return x, y


def summary(taken: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per page and way: median and p95, both also as a multiple of the bare page's."""
    rows: list[dict[str, Any]] = []
    for page, way in dict.fromkeys((step["page"], step["way"]) for step in taken):
        steps = [step for step in taken if (step["page"], step["way"]) == (page, way)]
        moved = [step for step in steps if step["ms"] is not None]
        bare = next((row for row in rows if (row["page"], row["way"]) == (BARE, way)), None)
        row = {"page": page, "way": way, "steps": len(steps), "unchanged": len(steps) - len(moved)}
        for name, of in (("median", median), ("p95", p95)):
            row[f"{name}_ms"] = of([step["ms"] for step in moved])
            row[f"{name}_to_bare"] = row[f"{name}_ms"] / (bare or row)[f"{name}_ms"]
        for part in ("server_ms", "draw_ms"):
            row[part] = median([step[part] for step in moved if step[part] is not None])
        rows.append(row | {what: sum(step[what] for step in steps) for what in ("remounts", "blank")})
    return rows


def p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


def print_table(rows: list[dict[str, Any]]) -> None:
    heads = (
        "page",
        "way",
        "median ms",
        "p95 ms",
        "x bare",
        "x bare p95",
        "server ms",
        "draw ms",
        "remounts",
        "blank",
        "unchanged",
    )
    lines = [
        (
            row["page"],
            row["way"],
            *(f"{row[name]:.0f}" for name in ("median_ms", "p95_ms")),
            *(f"{row[name]:.2f}" for name in ("median_to_bare", "p95_to_bare")),
            *(f"{row[name]:.0f}" for name in ("server_ms", "draw_ms", "remounts", "blank", "unchanged")),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    for line in (heads, *lines):
        left = [cell.ljust(width) for cell, width in zip(line[:2], widths[:2], strict=True)]
        print(
            "  ".join([*left, *(cell.rjust(width) for cell, width in zip(line[2:], widths[2:], strict=True))])
        )


if __name__ == "__main__":
    main()
