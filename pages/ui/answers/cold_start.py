"""What the cold-start page says: how long, how often, how much it matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.cold_start import ColdStart
from model.decide.break_even import TRAFFIC
from model.evaluate import Comparison
from model.facts import InitQuantiles
from pages.ui.answers.common import traffic_now, traffic_said
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import runtime, said_list, seconds, share

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
    "init_again": "Init again, after 10 s",
}


def cold_start(comparison: Comparison) -> str:
    """How long, how often, and what it does to p99."""
    start, cold = comparison.aws_lambda.start, comparison.aws_lambda.cold
    p99_s, slo_s = float(comparison.aws_lambda.latency.p99_s), float(comparison.scenario.workload.slo_p99_s)
    meets = "" if comparison.scenario.workload.kind == "job" else _beside_level(p99_s, slo_s)
    return (
        f"A cold start adds {seconds(float(start.percentile(0.5)))} (p99 {seconds(float(start.percentile(0.99)))}); "
        f"{share(float(cold.p_cold))} of requests meet one. Lambda's p99 is {seconds(p99_s)}{meets}; "
        f"Fargate's is {seconds(float(comparison.fargate.latency.p99_s))}."
    )


def _beside_level(p99_s: float, slo_s: float) -> str:
    return f", {'within' if p99_s <= slo_s else 'beyond'} the {seconds(slo_s)} you want"


def start_parts(start: ColdStart) -> list[tuple[str, float, str]]:
    """Label, mean seconds and kind of every part of a cold start."""
    return [(COLD_PARTS[part.name], float(part.mean_s), part.kind) for part in start.parts]


def longest_part(parts: Sequence[tuple[str, float, str]]) -> str:
    """The part of a cold start that takes longest, as a chart title."""
    label, mean_s, _ = max(parts, key=lambda part: part[1])
    return f"{label} takes {seconds(mean_s)} of {seconds(sum(part[1] for part in parts))}"


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
