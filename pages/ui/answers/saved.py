"""What sets the present scenario apart from a saved one: the settings, and a page's key figures, in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.scenario import Scenario, value_at, vocabulary
from pages.ui import kept
from pages.ui.answers.common import traffic_said
from pages.ui.asked import Asked
from pages.ui.words import PLATFORMS, count, label, said_list, seconds, setting, share, usd

MOST_SETTINGS = 2
NEVER = "never"


@dataclass(frozen=True)
class Figure:
    """A key figure: what it is called and what it is, as read on screen; None where there is none."""

    name: str
    said: str | None


def settings_apart(present: Scenario, saved: Scenario) -> str:
    """How the saved settings differ: "Requests per second 50/s" or, for many, how many differ."""
    apart = [path for path, _, _ in vocabulary() if value_at(present, path) != value_at(saved, path)]
    said = [f"{label(path)} {setting(path, value_at(saved, path))}" for path in apart[:MOST_SETTINGS]]
    if len(apart) > MOST_SETTINGS:
        said.append(count(len(apart) - MOST_SETTINGS, "more setting"))
    prices = present.billing.overrides != saved.billing.overrides or present.billing.on != saved.billing.on
    if prices:
        said.append("other prices")
    if present.assumptions != saved.assumptions:
        said.append("other assumptions")
    return said_list(said)


def difference(letter: str, apart: str, now: Sequence[Figure], then: Sequence[Figure]) -> str:
    """The present key figures beside the saved ones, in a sentence."""
    if not apart:
        return f"{letter} is what you see."
    before = {figure.name: figure.said for figure in then}
    moved, same = [], []
    for figure in now:
        was = before.get(figure.name)
        if figure.said is None or was is None:
            continue
        if figure.said == was:
            same.append(figure.name)
        else:
            moved.append(f"{figure.name} is {figure.said} instead of {was}")
    if not moved:
        return f"Beside {letter} ({apart}) nothing here changes."
    rest = f"; {said_list(same)} {'is' if len(same) == 1 else 'are'} the same" if same else ""
    return f"Beside {letter} ({apart}) {said_list(moved)}{rest}."


def key_figures(page: str, of: Asked) -> list[Figure]:
    """The figures a page is about."""
    return KEY_FIGURES.get(page, _of_all)(of)


def _money(of: Asked) -> list[Figure]:
    return [
        Figure(f"{PLATFORMS[name]}’s month", None if total is None else usd(total))
        for name, total in of.decision.usd.items()
    ]


def _p99(of: Asked) -> list[Figure]:
    return [
        Figure(f"{PLATFORMS[name]}’s p99", seconds(value) if math.isfinite(value) else NEVER)
        for name, value in of.decision.p99_s.items()
    ]


def _enough(of: Asked) -> list[Figure]:
    said = None if of.is_job else seconds(float(of.comparison.spike.fargate.full_s))
    return [Figure("the time to enough tasks in a spike", said)]


def _of_all(of: Asked) -> list[Figure]:
    return [*_money(of), *_p99(of), *_enough(of)]


def _cost(of: Asked) -> list[Figure]:
    first = of.crossings[0] if of.crossings else None
    point = "nowhere" if first is None else f"at {traffic_said(first.path, first.value)}"
    return [*_money(of), Figure("the break-even", None if of.decision.cheaper is None else point)]


def _cold(of: Asked) -> list[Figure]:
    side = of.comparison.aws_lambda
    return [
        Figure("a cold start", seconds(float(side.start.percentile(0.5)))),
        Figure("the cold share", share(float(side.cold.p_cold))),
        *_p99(of),
    ]


def _spike(of: Asked) -> list[Figure]:
    if of.is_job:
        return []
    spike = of.comparison.spike
    return [
        *_enough(of),
        Figure("what Fargate loses", share(float(spike.fargate.lost_share))),
        Figure("what Lambda loses", share(float(spike.aws_lambda.lost_share))),
    ]


def _replay(of: Asked) -> list[Figure]:
    if of.is_job:
        return []
    run, _ = kept.replayed(of.scenario)
    sides = {"aws_lambda": run.comparison.aws_lambda, "fargate": run.comparison.fargate}
    totals = {name: side.bill.total_usd for name, side in sides.items()}
    return [
        *(
            Figure(f"{PLATFORMS[name]}’s month", None if total is None else usd(float(total)))
            for name, total in totals.items()
        ),
        *(
            Figure(f"{PLATFORMS[name]}’s p99", seconds(float(side.latency.p99_s)))
            for name, side in sides.items()
        ),
    ]


def _nothing(of: Asked) -> list[Figure]:
    return []


KEY_FIGURES: dict[str, Callable[[Asked], list[Figure]]] = {
    "cost": _cost,
    "cold_start": _cold,
    "spike": _spike,
    "replay": _replay,
    "article": _nothing,
    "sources": _nothing,
    "present": _nothing,
    "accuracy": _nothing,
}
"""Page -> its key figures; any other page has cost, p99 and the time to capacity."""
