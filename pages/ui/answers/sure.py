"""How sure the comparison is: shares of worlds, intervals, what to measure first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from model.decide.break_even import TRAFFIC
from model.decide.monte_carlo import Worlds, interval, share_and_error
from model.decide.ranges import Range
from model.decide.tornado import Swing
from model.decide.verdict import PLATFORMS, Verdict
from model.scenario import Scenario
from pages.ui.answers.common import traffic_said
from pages.ui.answers.flips import cheaper, percent
from pages.ui.words import NO_FIGURE, about, said_list, seconds, uncertain, unit, usd
from pages.ui.words import PLATFORMS as NAMES

LITTLE = 0.01
EFFECTS = {
    "difference": "Lambda minus Fargate",
    "usd aws_lambda": "Lambda's total",
    "usd fargate": "Fargate's total",
    "p99_s aws_lambda": "Lambda's p99",
    "p99_s fargate": "Fargate's p99",
}
NO_PRICES = "A price is missing, so the totals are open: enter yours on the cost page. What callers wait for is below."


def sure(worlds: Worlds, scenario: Scenario) -> str:
    """The share of worlds in which each is cheaper, and meets the level."""
    draws = worlds.choice.size
    first = NO_PRICES if open_totals(worlds) else cheaper(*share_and_error(worlds.lambda_cheaper), draws)
    if scenario.workload.kind == "job":
        return first
    met = said_list(
        f"{NAMES[name]} in {_in_words(float(worlds.meets_slo[name].mean()))}" for name in PLATFORMS
    )
    return f"{first} The service level of {seconds(float(scenario.workload.slo_p99_s))} is met by {met}."


def open_totals(worlds: Worlds) -> bool:
    return bool(np.isnan(worlds.difference_usd).any())


def _in_words(share: float) -> str:
    return "none" if share == 0 else "all" if share == 1 else percent(share)


def chosen(worlds: Worlds) -> str:
    """Who would be chosen, level and limits counted."""
    shares = [float((worlds.choice == i).mean()) for i in range(len(PLATFORMS))]
    nobody = float((worlds.choice < 0).mean())
    said = [f"{NAMES[name]} in {_in_words(share)}" for name, share in zip(PLATFORMS, shares, strict=True)]
    tail = f", neither in {_in_words(nobody)}" if nobody > 0 else ""
    return f"With service level and limits counted, the verdict is {said_list(said)}{tail}."


def intervals(worlds: Worlds, break_evens: np.ndarray, verdict: Verdict, scenario: Scenario) -> pd.DataFrame:
    """Every headline number: as set, and between which values nine in ten worlds lie."""
    path = TRAFFIC[scenario.workload.kind][0]
    rows = []
    if not open_totals(worlds):
        rows += [
            _row(f"{NAMES[name]}, a month", worlds.usd[name], usd(verdict.usd[name]), usd)
            for name in PLATFORMS
        ]
        rows.append(_row("Lambda minus Fargate", worlds.difference_usd, usd(difference_now(verdict)), usd))
    rows += [
        _row(f"p99 on {NAMES[name]}", worlds.p99_s[name], seconds(verdict.p99_s[name]), seconds)
        for name in PLATFORMS
    ]
    if not open_totals(worlds):
        rows.append(_row("Fargate is cheaper from", break_evens, "", lambda value: _break_even(path, value)))
    return pd.DataFrame(rows)


def _row(name: str, values: np.ndarray, now: str, said) -> dict[str, str]:
    low, high = interval(values)
    middle = interval(values, 0.5, 0.5)[0]
    return {"": name, "As set": now, "5 % below": said(low), "Median": said(middle), "5 % above": said(high)}


def _break_even(path: str, value: float) -> str:
    if np.isnan(value):
        return NO_FIGURE
    return "never" if np.isinf(value) else "any traffic" if value == 0 else traffic_said(path, value)


def difference_now(verdict: Verdict) -> float:
    """Lambda's total less Fargate's as set, USD a month."""
    return (verdict.usd["aws_lambda"] or 0.0) - (verdict.usd["fargate"] or 0.0)


def result_now(verdict: Verdict, effect: str) -> float:
    """The result that a tornado turns around, as set."""
    kind, _, platform = effect.partition(" ")
    return difference_now(verdict) if kind == "difference" else float(getattr(verdict, kind)[platform])


def widest(swings: Sequence[Swing], effect: str, verdict: Verdict) -> str:
    """What moves a result most, as a chart title."""
    kind, _, platform = effect.partition(" ")
    pairs = {
        swing.range.name: swing.difference_usd if kind == "difference" else getattr(swing, kind)[platform]
        for swing in swings
    }
    name = max(pairs, key=lambda name: abs(pairs[name][1] - pairs[name][0]), default="")
    if not name or pairs[name][0] == pairs[name][1]:
        return f"Nothing in its range moves {EFFECTS[effect]}"
    low, high = sorted(pairs[name])
    said = seconds if kind == "p99_s" else usd
    turns = "; that turns it round" if kind == "difference" and low < 0 < high else ""
    return f"{uncertain(name)} moves it most: {said(low)} to {said(high)}{turns}"


def measure_first(shares: Mapping[str, float]) -> str:
    """Which thing is worth measuring first, as a chart title."""
    name, share = next(iter(shares.items()), ("", 0.0))
    if share < LITTLE:
        return "No single thing explains the spread of the difference"
    return f"Measure first: {uncertain(name)[:1].lower() + uncertain(name)[1:]}; it explains {percent(share)} of the spread"


def converged(share: float, error: float, draws: int) -> str:
    """How far the share of worlds has settled, as a chart title."""
    if share in (0.0, 1.0):
        return (
            f"{'Lambda' if share else 'Fargate'} is cheaper in every world, from the first to draw {draws:,}"
        )
    return f"After {draws:,} draws Lambda’s share of worlds stands at {percent(share)} ± {200 * error:.1f} points (two standard errors)"


def spread(worlds: Worlds) -> str:
    """Where the difference lies, as a chart title."""
    low, high = interval(worlds.difference_usd)
    return f"Lambda minus Fargate: nine worlds in ten lie between {usd(low)} and {usd(high)} a month"


def drawn_from(ranges: Sequence[Range], own: Mapping[str, tuple[float | None, float | None]]) -> pd.DataFrame:
    """The ranges, to be edited: what, present value in words, both ends as numbers, how it is drawn."""
    return pd.DataFrame(
        {
            "What": [uncertain(one.name) for one in ranges],
            "Now": [about(one.name, one.now) for one in ranges],
            "Unit": [unit(one.name) for one in ranges],
            "Low": [one.low for one in ranges],
            "High": [one.high for one in ranges],
            "Drawn": [one.shape + (", on a logarithmic scale" if one.log else "") for one in ranges],
            "Whose": ["yours" if one.name in own else "ours" for one in ranges],
        }
    )
