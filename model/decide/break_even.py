"""Where the two bills are equal: every crossing in a range, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.evaluate import evaluate
from model.scenario import Scenario, replace_at

Array = NDArray[np.float64]

TRAFFIC = {
    "service": ("workload.requests_per_s", 1e-3, 1e4),
    "job": ("workload.runs_per_day", 1e-1, 1e6),
}
"""Kind of work -> the field that says how much of it, and the range searched."""
GRID_POINTS = 241
REFINEMENTS, REFINED_POINTS = 3, 33
AS_MANY_AS_NEEDED = 50_000


@dataclass(frozen=True)
class Crossing:
    """A value of one field at which both platforms cost the same.

    value: in the field's unit. usd: the bill there, USD a month. below, above: the cheaper platform on either side.
    jump: whether the bills jump past each other there (a task more or less) instead of meeting.
    """

    path: str
    value: float
    usd: float
    below: str
    above: str
    jump: bool


@dataclass(frozen=True)
class CostCurve:
    """Both bills over one field, USD a month; None for a platform with a price that is missing."""

    path: str
    values: Array
    lambda_usd: Array | None
    fargate_usd: Array | None


def cost_curve(scenario: Scenario, path: str, values: Array) -> CostCurve:
    """Both monthly totals over an array of values of one field."""
    comparison = evaluate(replace_at(scenario, path, values))
    totals = (comparison.aws_lambda.bill.total_usd, comparison.fargate.bill.total_usd)
    as_curve = (None if total is None else np.broadcast_to(total, values.shape) for total in totals)
    return CostCurve(path, values, *as_curve)


def total_curves(scenario: Scenario) -> CostCurve:
    """Both totals over traffic, with max_tasks out of the way, on the grid that break_even searches."""
    path, low, high = TRAFFIC[scenario.workload.kind]
    return cost_curve(lifted(scenario), path, np.geomspace(low, high, GRID_POINTS))


def break_even(scenario: Scenario) -> tuple[Crossing, ...]:
    """All crossings of the two bills over traffic, ascending.

    Args: scenario: plain (no arrays).
    Returns: crossings, each to about 1e-6 of its value; empty if there is none in the range or a price is missing.
    Source: METHOD.md "Break-even".
    Assumes: the service may run as many tasks as its target asks for (max_tasks lifted), so that both sides serve
        the load everywhere; crossings closer together than one grid step (5 % of a decade) count as one or none.
    """
    scenario = lifted(scenario)
    path, low, high = TRAFFIC[scenario.workload.kind]
    values, gap, usd = _gaps(scenario, path, np.geomspace(low, high, GRID_POINTS))
    if gap is None:
        return ()
    left = np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))
    return tuple(_refined(scenario, path, values[i], values[i + 1]) for i in left)


def lifted(scenario: Scenario) -> Scenario:
    """The scenario with max_tasks out of the way."""
    return replace_at(scenario, "fargate.max_tasks", AS_MANY_AS_NEEDED)


def _refined(scenario: Scenario, path: str, low: float, high: float) -> Crossing:
    for _ in range(REFINEMENTS):
        values, gap, usd = _gaps(scenario, path, np.geomspace(low, high, REFINED_POINTS))
        assert gap is not None
        i = int(np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))[0])
        low, high = float(values[i]), float(values[i + 1])
    first, last = float(gap[i]), float(gap[i + 1])
    lambda_first = first < 0
    meets = abs(first) + abs(last) < 1e-3 * usd[i]
    return Crossing(
        path,
        float(np.sqrt(low * high)) if not meets else low + (high - low) * abs(first) / (abs(first) + abs(last)),
        float(usd[i]),
        "aws_lambda" if lambda_first else "fargate",
        "fargate" if lambda_first else "aws_lambda",
        jump=not meets,
    )


def _gaps(scenario: Scenario, path: str, values: Array) -> tuple[Array, Array | None, Array]:
    """Lambda's total minus Fargate's, and Lambda's total, at each value."""
    curve = cost_curve(scenario, path, values)
    if curve.lambda_usd is None or curve.fargate_usd is None:
        return values, None, values
    return values, np.asarray(curve.lambda_usd - curve.fargate_usd), np.asarray(curve.lambda_usd)
