"""The verdict in a sentence."""

from __future__ import annotations

from model.decide.verdict import PLATFORMS, Verdict
from model.evaluate import Comparison
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import ratio, said_list, seconds, usd


def which_one(comparison: Comparison, verdict: Verdict) -> str:
    """Which platform, for how much, and why."""
    workload = comparison.scenario.workload
    if verdict.choice is None:
        return _no_choice(verdict)
    other = next(name for name in PLATFORMS if name != verdict.choice)
    sentence = f"{NAMES[verdict.choice]}, {usd(verdict.usd[verdict.choice])} a month"
    if verdict.meets_slo[other] and not verdict.unmet[other]:
        sentence += f"; {NAMES[other]} would cost {usd(verdict.usd[other])}"
        sentence += f", {ratio(verdict.times)} as much" if verdict.times else ""
        level = (
            "" if workload.kind == "job" else f"; both keep p99 within {seconds(float(workload.slo_p99_s))}"
        )
        return f"{sentence}{level}."
    return f"{sentence}. {NAMES[other]} ({usd(verdict.usd[other])}) is out: {_why_out(verdict, other, comparison)}."


def _no_choice(verdict: Verdict) -> str:
    if verdict.cheaper is None:
        return "No verdict: a price has no published figure in this Region. Enter yours on the cost page."
    out = said_list(f"{NAMES[name]} is out" for name in PLATFORMS)
    return f"Neither as configured: {out}. The table below says why."


def _why_out(verdict: Verdict, name: str, comparison: Comparison) -> str:
    if verdict.unmet[name]:
        return said_list(check.check.lower() for check in verdict.unmet[name]) + " does not fit"
    slo = seconds(float(comparison.scenario.workload.slo_p99_s))
    return f"its p99 is {seconds(verdict.p99_s[name])}, the service level {slo}"
