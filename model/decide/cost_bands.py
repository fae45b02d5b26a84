"""How far each total moves within the stated ranges of what we only assume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.decide.break_even import TRAFFIC, CostCurve, lifted
from model.evaluate import Comparison, evaluate
from model.facts import pick_fact
from model.fields import Number
from model.scenario import Scenario, adjustable_assumptions, replace_at, value_at

Array = NDArray[np.float64]

PER_UNIT = ("elb.", "network.", "logs.", "container_insights.", "sqs.", "fargate.spot_discount")
"""Beginnings of the ids that only scale a line of the bill: one simulation serves both ends of their range."""
OF_CODE = ("compute.fargate_vcpu_speed", "compute.arm64_speed")
OF_SCALING = ("target_tracking.scale_in_step_share",)
CURVE_STRIDE = 6  # 41 of 241 points


@dataclass(frozen=True)
class CostBand:
    """Lowest and highest total at each value, USD a month."""

    low_usd: Array
    high_usd: Array


@dataclass(frozen=True)
class CostBands:
    """Both bands over one field; None for a platform with a price that is missing."""

    path: str
    values: Array
    aws_lambda: CostBand | None
    fargate: CostBand | None


def curve_bands(scenario: Scenario, curve: CostCurve) -> CostBands:
    """The bands around a curve of totals, at every sixth of its points."""
    return cost_bands(lifted(scenario), curve.values[::CURVE_STRIDE])


def band_now(scenario: Scenario) -> CostBands:
    """The bands at the scenario's own traffic, with its own max_tasks: one value each."""
    now = value_at(scenario, TRAFFIC[scenario.workload.kind][0])
    return cost_bands(scenario, np.array([now], np.float64))


def cost_bands(scenario: Scenario, values: Array) -> CostBands:
    """Each total's lowest and highest value while the assumptions move one at a time from low to high.

    Args: scenario: plain. values: requests per second, or job runs a day, any number of them.
    Returns: bands of the shape of values; the scenario's own total lies inside.
    Source: METHOD.md "Cost over ranges".
    Assumes: one assumption is off at a time; what scales only a line leaves the simulations as they are.
    """
    path = TRAFFIC[scenario.workload.kind][0]
    base = evaluate(replace_at(scenario, path, values))
    per_unit = [id for id in adjustable_assumptions() if id.startswith(PER_UNIT)]
    ends = _ends(base.scenario, [*per_unit, *OF_CODE])
    lambda_totals = [base.aws_lambda.bill.total_usd, base.aws_lambda.bill_at(ends).total_usd]
    fargate_totals = [
        base.fargate.bill.total_usd,
        base.fargate.bill_at(_ends(base.scenario, per_unit)).total_usd,
        *_simulated_again(base),
    ]
    return CostBands(path, values, _band(lambda_totals, values), _band(fargate_totals, values))


def _simulated_again(base: Comparison) -> list[Number | None]:
    """Fargate's totals at both ends of what changes the number of tasks."""
    scenario = base.scenario
    ids = [OF_CODE[0]]
    if scenario.fargate.architecture == "arm64":
        ids.append(OF_CODE[1])
    if scenario.workload.kind == "service" and scenario.workload.pattern != "steady":
        ids += OF_SCALING
    return [evaluate(_ends(scenario, ids)).fargate.bill.total_usd]


def _ends(scenario: Scenario, ids: Sequence[str]) -> Scenario:
    """The scenario with a new first axis: each assumption at its low end, then at its high one, the others as they are."""
    stack = {id: np.full((2 * len(ids), 1), scenario.assumed(id)) for id in ids}
    for i, id in enumerate(ids):
        fact = pick_fact(id)
        stack[id][2 * i : 2 * i + 2, 0] = fact.low, fact.high
    return replace_at(scenario, "assumptions", {**scenario.assumptions, **stack})


def _band(totals: Sequence[Number | None], values: Array) -> CostBand | None:
    known = [np.asarray(total) for total in totals if total is not None]
    if len(known) < len(totals):
        return None
    rows = np.concatenate(
        [np.broadcast_to(total, (*total.shape[:-1], values.size)).reshape(-1, values.size) for total in known]
    )
    return CostBand(rows.min(axis=0), rows.max(axis=0))


def totals_within(comparison: Comparison) -> dict[str, tuple[Array, Array]]:
    """By platform: each total's lowest and highest value while what scales a line, and the tasks' speed, move.

    Args: comparison: of a scenario of any shape.
    Returns: USD a month, scenario shape; NaN where a price is missing. Narrower than `cost_bands` by the scale-in
        step, which moves a day's bill by cents.
    Source: METHOD.md "Cost over ranges".
    """
    scenario, traffic = comparison.scenario, comparison.fargate.traffic
    per_unit = [id for id in adjustable_assumptions() if id.startswith(PER_UNIT)]
    speeds = [OF_CODE[0], *([OF_CODE[1]] if scenario.fargate.architecture == "arm64" else [])]
    ends = _ends(scenario, per_unit)
    faster = replace(comparison.fargate, scenario=_ends(scenario, speeds), traffic=traffic)
    totals = {
        "aws_lambda": [comparison.aws_lambda.bill_at(ends), comparison.aws_lambda.bill],
        "fargate": [comparison.fargate.bill_at(ends), comparison.fargate.bill, faster.bill],
    }
    found = {}
    for name, bills in totals.items():
        every = [np.asarray(np.nan if bill.total_usd is None else bill.total_usd) for bill in bills]
        rows = [np.broadcast_to(one, (*one.shape[:-1], *scenario.shape)) for one in every]
        rows = [one.reshape(-1, *scenario.shape) for one in rows]
        stacked = np.concatenate(rows)
        found[name] = (stacked.min(axis=0), stacked.max(axis=0))
    return found
