"""What several pages say: both bills, where they cross, the service level, how old the prices are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from model.decide.break_even import TRAFFIC, Crossing
from model.decide.verdict import PLATFORMS, Verdict
from model.evaluate import Comparison
from model.facts import STALE_DAYS, Price
from model.scenario import Scenario, value_at
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import count, day, rate, said_list, seconds

MOST_NAMED = 3
DAYS_A_YEAR = 365


def price_age(
    prices: Sequence[Price], today: date, which: str = "used here", where: str = "under “Numbers used”"
) -> str:
    """How many of some prices were last checked long ago; nothing while all are fresh."""
    old = [price for price in prices if price.usd is not None and (today - price.checked).days > STALE_DAYS]
    if not old:
        return ""
    oldest = min(price.checked for price in old)
    since = ", over a year ago" if (today - oldest).days > DAYS_A_YEAR else ""
    known = sum(price.usd is not None for price in prices)
    was, the_oldest, them = ("was", "", "it") if len(old) == 1 else ("were", "the oldest ", "them")
    return (
        f"{len(old):,} of the {known:,} prices {which} {was} last checked more than {STALE_DAYS} days ago, "
        f"{the_oldest}on {day(oldest)}{since}: refresh {them}, or enter yours {where}."
    )


def early_prices(prices: Sequence[Price], on: str) -> str:
    """That for some prices no figure as old as the bill's day is known; nothing if all are."""
    if not prices:
        return ""
    them, it = ("one price", "it") if len(prices) == 1 else (f"{len(prices):,} prices", "them")
    since = day(min(price.valid_from for price in prices))
    return (
        f"For {them} no figure as old as {day(on)} is known: the oldest one we know stands in for {it}, in force "
        f"since {since}{'' if len(prices) == 1 else ' or later'}. “Numbers used” has the dates."
    )


def money_line(verdict: Verdict, crossings: Sequence[Crossing]) -> str:
    """The break-even points; nothing while a total is open."""
    return "" if verdict.cheaper is None else break_even(crossings)


def cost_title(verdict: Verdict, crossings: Sequence[Crossing]) -> str:
    """Break-even as a chart title."""
    return "A price is missing: enter yours" if verdict.cheaper is None else short_break_even(crossings)


def break_even(crossings: Sequence[Crossing]) -> str:
    """All crossings, or that there is none."""
    if not crossings:
        return "The bills do not cross at any traffic shown."
    first = crossings[0]
    points = said_list(traffic_said(crossing.path, crossing.value) for crossing in crossings)
    if len(crossings) == 1:
        return f"The bills cross at {points}: below it {NAMES[first.below]} is cheaper, above it {NAMES[first.above]}."
    if len(crossings) > MOST_NAMED:
        last = crossings[-1]
        points = f"between {traffic_said(first.path, first.value)} and {traffic_said(last.path, last.value)}"
        return f"The bills cross {len(crossings)} times {points}: below, {NAMES[first.below]} is cheaper; above, {NAMES[last.above]}."
    return f"The bills cross {len(crossings)} times, at {points}; below the first {NAMES[first.below]} is cheaper."


def short_break_even(crossings: Sequence[Crossing]) -> str:
    """Break-even as a chart title."""
    if not crossings:
        return "One platform is cheaper at any traffic shown"
    if len(crossings) == 1:
        return f"{NAMES[crossings[0].above]} is cheaper above {traffic_said(crossings[0].path, crossings[0].value)}"
    return f"The bills cross {len(crossings)} times"


def service_level(comparison: Comparison, verdict: Verdict) -> str:
    """Who meets the wanted p99; for a job, how long a run takes."""
    if comparison.scenario.workload.kind == "job":
        runs = said_list(f"{seconds(verdict.p99_s[name])} on {NAMES[name]}" for name in PLATFORMS)
        return f"A slow run (p99) takes {runs}"
    slo = seconds(float(comparison.scenario.workload.slo_p99_s))
    meeting = [NAMES[name] for name in PLATFORMS if verdict.meets_slo[name]]
    said = {0: "Neither keeps", 1: f"Only {meeting[0]} keeps" if meeting else "", 2: "Both keep"}[
        len(meeting)
    ]
    return f"{said} p99 within {slo}"


def level(scenario: Scenario) -> float | None:
    """The wanted p99, s; a job has none."""
    return None if scenario.workload.kind == "job" else float(scenario.workload.slo_p99_s)


def traffic_now(scenario: Scenario) -> float:
    """Requests a second, or job runs a day."""
    return float(value_at(scenario, TRAFFIC[scenario.workload.kind][0]))


def traffic_said(path: str, value: float) -> str:
    return rate(value) if path == "workload.requests_per_s" else count(value, "run") + " a day"


def lower_first(text: str) -> str:
    return (
        text
        if (text[:2].isupper() and text[1] != " ") or text.startswith(("vCPU", "ALB", "NLB"))
        else text[:1].lower() + text[1:]
    )
