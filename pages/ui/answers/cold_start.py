"""What the cold-start page says: how long, how often, how much it matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.cold_start import ColdStart
from model.concurrency import concurrency_limit
from model.decide.break_even import TRAFFIC
from model.decide.cold_curves import ColdCurve, FirstRequest
from model.decide.provisioned_levels import ProvisionedLevels
from model.decide.verdict import MOST_LATE
from model.evaluate import Comparison
from model.facts import InitQuantiles
from model.latency import Latency
from model.provisioned import allocation_s
from model.scenario import Scenario
from model.warm_pool import DrawnPool
from pages.ui.answers.common import level, traffic_now, traffic_said
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import count, label, number, runtime, said_list, seconds, setting, share, usd

FEW = 1e-6  # one request in a million is not worth a sentence

COLD_PARTS = {
    "pre_init": "Placement and download",
    "init": "Runtime init",
    "restore": "SnapStart restore",
    "framework": "Framework",
    "loaded_code": "Loaded code",
    "sdk": "SDK client",
    "first_invocation": "First invocation",
    "vpc": "VPC",
    "extensions": "Extensions",
    "whole": "Your own figure",
    "init_again": "Init again, after 10 s",
}


def cold_start(comparison: Comparison) -> str:
    """How long, how often, and what it does to p99."""
    start, cold = comparison.aws_lambda.start, comparison.aws_lambda.cold
    slo_s = level(comparison.scenario)
    waiting = {"aws_lambda": comparison.aws_lambda.latency, "fargate": comparison.fargate.latency}
    sides = [_p99(NAMES[name], latency, slo_s) for name, latency in waiting.items()]
    return (
        f"A cold start adds {seconds(float(start.percentile(0.5)))} in the median and "
        f"{seconds(float(start.percentile(0.99)))} at p99; "
        f"{share(float(cold.p_cold))} of requests meet one. {'; '.join(sides)}."
    )


def _p99(name: str, latency: Latency, slo_s: float | None) -> str:
    if float(latency.throttled) > MOST_LATE:
        return f"{name} turns {share(float(latency.throttled))} of its requests away and so has no p99"
    return f"{name}'s p99 is {_beside_level(float(latency.p99_s), slo_s)}"


def _beside_level(p99_s: float, slo_s: float | None) -> str:
    """p99 and how far it is from the service level."""
    if slo_s is None:
        return seconds(p99_s)
    if p99_s == slo_s:
        return f"{seconds(p99_s)}, just what you want"
    where = "below" if p99_s < slo_s else "above"
    return f"{seconds(p99_s)}, {seconds(abs(slo_s - p99_s))} {where} the {seconds(slo_s)} you want"


def start_parts(start: ColdStart) -> list[tuple[str, float, str]]:
    """Label, mean seconds and kind of every part of a cold start."""
    return [(COLD_PARTS[part.name], float(part.mean_s), part.kind) for part in start.parts]


def longest_part(parts: Sequence[tuple[str, float, str]]) -> str:
    """The part of a cold start that takes longest, as a chart title."""
    label, mean_s, _ = max(parts, key=lambda part: part[1])
    return f"{label} takes {seconds(mean_s)} of a mean of {seconds(sum(part[1] for part in parts))}"


def tail(comparison: Comparison) -> str:
    """Slowest request in a thousand on both sides, as a chart title."""
    slow = {"aws_lambda": comparison.aws_lambda.latency.p999_s, "fargate": comparison.fargate.latency.p999_s}
    parts = said_list(f"{seconds(float(p999_s))} on {NAMES[name]}" for name, p999_s in slow.items())
    return f"One request in 1,000 takes longer than {parts}"


def how_often(comparison: Comparison) -> str:
    """Share of cold requests at this traffic, as a chart title."""
    at = traffic_said(TRAFFIC[comparison.scenario.workload.kind][0], traffic_now(comparison.scenario))
    return f"At {at}, {share(float(comparison.aws_lambda.cold.p_cold))} of requests are cold"


def runtime_rows(runtimes: Sequence[InitQuantiles]) -> list[tuple[str, float, float, float]]:
    """Name, p5, median and p99 of every measured runtime, s."""
    return [
        (
            runtime(measured.runtime),
            *np.interp((0.05, 0.5, 0.99), measured.probabilities, measured.seconds).tolist(),
        )
        for measured in runtimes
    ]


def rank(runtimes: Sequence[InitQuantiles], chosen: str) -> str:
    """Where the chosen runtime stands, as a chart title."""
    rows = sorted(runtime_rows(runtimes), key=lambda row: row[2])
    names = [name for name, *_ in rows]
    if runtime(chosen) not in names:
        return f"{len(rows)} runtimes measured; {runtime(chosen)} is not among them"
    return f"{runtime(chosen)} starts as number {names.index(runtime(chosen)) + 1} of {len(rows)} measured runtimes"


def turned_away(comparison: Comparison) -> str:
    """Requests that meet a limit; nothing where hardly any does."""
    throttles = comparison.aws_lambda.throttles
    refused = float(throttles.share)
    if refused < FEW:
        return ""
    at_limit = float(throttles.by_concurrency) >= float(throttles.by_scaling_rate)
    why = (
        f"{count(float(concurrency_limit(comparison.scenario)), 'environment')} are all it may have"
        if at_limit
        else "environments are added no faster than AWS allows"
    )
    what = (
        "have to wait and are tried again"
        if comparison.scenario.aws_lambda.invocation == "async"
        else "get a 429 (throttled)"
    )
    return f"{share(refused)} of Lambda's requests {what}: {why}."


def pool(comparison: Comparison) -> str:
    """How many environments there are."""
    cold = comparison.aws_lambda.cold
    provisioned = float(np.max(comparison.scenario.aws_lambda.provisioned_concurrency))
    beside = " beside the provisioned ones" if provisioned else ""
    return (
        f"On average {number(float(cold.environments_mean))} environments are alive{beside}; "
        f"99 % of the busiest time at most {number(float(cold.environments_max))}."
    )


def init_in_use(start: ColdStart) -> str:
    """Which distribution of the init is in use."""
    sources = {
        "whole": "Your own figure stands for the whole cold start, without a spread.",
        "framework": "Init: the published percentiles of the framework.",
    }
    for part in start.parts:
        if part.name in ("init", "restore") and part.kind == "yours":
            return "Init: your own lognormal (median and spread), not the measured quantiles."
        if part.name in ("init", "restore"):
            return f"Init: drawn from {'measured' if part.kind == 'measured' else 'assumed'} quantiles; enter your own under “Lambda”."
        if part.name in sources:
            return sources[part.name]
    return ""


def first(found: FirstRequest) -> str:
    """What the first caller after an idle hour waits, as a chart title."""
    of_lambda, of_fargate = (float(found.latency[name].p50_s) for name in ("aws_lambda", "fargate"))
    return (
        f"After an idle hour the first caller waits {seconds(of_lambda)} on Lambda, "
        f"{seconds(of_fargate)} on Fargate"
    )


def over(curve: ColdCurve) -> str:
    """How the cold share moves along a field, as a chart title."""
    ends = share(float(curve.p_cold[0])), share(float(curve.p_cold[-1]))
    if ends[0] == ends[1]:
        return f"{field_said(label(curve.path))} does not change how many requests are cold"
    low, high = (setting(curve.path, float(value)) for value in curve.values[[0, -1]])
    return f"{ends[0]} cold at {low}, {ends[1]} at {high}"


def field_said(text: str) -> str:
    """A field's label without its unit, to start a sentence with."""
    return text.partition(" (")[0]


def p99_over(curve: ColdCurve, slo_s: float | None) -> str:
    """Where along a field Lambda meets the service level, as a chart title."""
    p99_s = np.asarray(curve.p99_s["aws_lambda"])
    fastest, slowest = seconds(float(p99_s.min())), seconds(float(p99_s.max()))
    spread = f"Lambda's p99 is {fastest}" if fastest == slowest else f"Lambda's p99 is {fastest} to {slowest}"
    if slo_s is None:
        return spread
    meets = p99_s <= slo_s
    if meets.all() or not meets.any():
        return f"{spread}: {'always' if meets.all() else 'never'} within {seconds(slo_s)}"
    return f"{spread}, within {seconds(slo_s)} on part of the range"


def sizes(drawn: DrawnPool) -> str:
    """The pool's usual and largest size, as a chart title."""
    usual = int(np.argmax(drawn.size_share))
    return (
        f"Mostly {count(usual, 'environment')}, at most {drawn.environments_max:,} "
        f"in {count(drawn.requests, 'request')} drawn one by one"
    )


def drawn(drawn: DrawnPool, p_cold: float) -> str:
    """The exact route beside the formula."""
    return (
        f"Request by request {share(drawn.p_cold)} are cold (standard error {share(drawn.p_cold_se)}), "
        f"over {seconds(drawn.stretch_s)} of the pattern; the formula behind the other charts says {share(p_cold)} "
        "for the whole period."
    )


def enough(found: ProvisionedLevels, slo_s: float | None) -> str:
    """The cheapest level that is fast enough, as a chart title."""
    if slo_s is None:
        return "A job has no service level to meet"
    if found.cheapest is None:
        return f"No level keeps p99 within {seconds(slo_s)}"
    best = found.levels[found.cheapest]
    bill = "" if found.usd is None else f", {usd(float(found.usd[found.cheapest]))} a month"
    if best == 0:
        return f"Without provisioned concurrency p99 within {seconds(slo_s)} is cheapest{bill}"
    return f"{count(float(best), 'environment')}: the cheapest that keep p99 within {seconds(slo_s)}{bill}"


def saved(found: ProvisionedLevels) -> str:
    """Cold requests without and with the most, as a chart title."""
    none, most = (count(round(float(value)), "cold request") for value in found.cold_per_month[[0, -1]])
    return f"{none} a month without, {most} with {int(found.levels[-1]):,} environments"


def allocation(scenario: Scenario, environments: float) -> str:
    """When provisioned environments stand."""
    after = seconds(float(allocation_s(scenario, environments)))
    return f"{count(environments, 'provisioned environment')} can be used {after} after they are asked for."


def to_allocate(found: ProvisionedLevels, now: float) -> float:
    """Environments whose allocation is told of: yours, else the cheapest level's, else one."""
    best = 0.0 if found.cheapest is None else float(found.levels[found.cheapest])
    return now or best or 1.0
