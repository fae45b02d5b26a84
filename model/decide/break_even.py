"""Where the two bills are equal: every crossing in a range, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s, task_capacity_per_s
from model.evaluate import evaluate
from model.facts import limit
from model.scaling.policy import metric_weight
from model.scenario import Scenario, replace_at
from model.traffic import traffic

Array = NDArray[np.float64]

TRAFFIC = {
    "service": ("workload.requests_per_s", 1e-3, 1e4),
    "job": ("workload.runs_per_day", 1e-1, 1e6),
}
"""Kind of work -> the field that says how much of it, and the range searched."""
GRID_POINTS = 241
REFINEMENTS, REFINED_POINTS = 2, 33
JUMP_SHARE = 1e-3  # of the bill: a larger gap across so short a stretch is a step of a task
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
    scenario = lifted(scenario)
    path, low, high = TRAFFIC[scenario.workload.kind]
    high = max(min(high, _carried_per_s(scenario)), 10 * low)
    return cost_curve(scenario, path, np.geomspace(low, high, GRID_POINTS))


def break_even(scenario: Scenario, curve: CostCurve | None = None) -> tuple[Crossing, ...]:
    """All crossings of the two bills over traffic, ascending.

    Args: scenario: plain (no arrays). curve: its total_curves, if they are at hand.
    Returns: crossings, each to about 1e-5 of its value; empty if there is none in the range, a price is missing,
        or the work takes longer than a function may run (a bill for what cannot be done decides nothing).
    Source: METHOD.md "Break-even".
    Assumes: the service may run as many tasks as its target asks for (max_tasks lifted), so that both sides serve
        the load everywhere; crossings closer together than one grid step (5 % of a decade) count as one or none.
    """
    if np.any(np.asarray(lambda_handler_s(scenario)) > limit("lambda.max_duration_s")):
        return ()
    curve = curve or total_curves(scenario)
    if curve.lambda_usd is None or curve.fargate_usd is None:
        return ()
    return tuple(_refined(lifted(scenario), _between(curve, i)) for i in _changes_of_sign(curve))


def lifted(scenario: Scenario) -> Scenario:
    """The scenario with max_tasks out of the way."""
    return replace_at(scenario, "fargate.max_tasks", AS_MANY_AS_NEEDED)


def _carried_per_s(scenario: Scenario) -> float:
    """Mean rate up to which max_tasks tasks stay on target at the peak, 1/s; infinite where nothing scales."""
    if scenario.workload.kind == "job" or scenario.fargate.scaling == "fixed":
        return np.inf
    arriving = traffic(scenario)
    tasks_per_rate = max(float(metric_weight(scenario)), float(1 / task_capacity_per_s(scenario)))
    peak_to_mean = float(arriving.peak_per_s / arriving.per_s.mean())
    return float(scenario.fargate.max_tasks) / max(tasks_per_rate * peak_to_mean, 1e-300)


def _refined(scenario: Scenario, around: CostCurve) -> Crossing:
    """The crossing between two neighbours of a curve, narrowed down."""
    for _ in range(REFINEMENTS):
        finer = np.geomspace(around.values[0], around.values[1], REFINED_POINTS)
        curve = cost_curve(scenario, around.path, finer)
        changes = _changes_of_sign(curve)
        if not changes.size:  # bills that meet at an end are equal there to rounding
            break
        around = _between(curve, int(changes[0]))
    before, after = _gap(around)
    of_lambda = np.asarray(around.lambda_usd)
    jump = abs(before) + abs(after) > JUMP_SHARE * of_lambda[0]
    share = 0.5 if jump else abs(before) / (abs(before) + abs(after))
    return Crossing(
        path=around.path,
        value=float(around.values[0] + (around.values[1] - around.values[0]) * share),
        usd=float(of_lambda[0] + (of_lambda[1] - of_lambda[0]) * share),
        below="aws_lambda" if before < 0 else "fargate",
        above="fargate" if before < 0 else "aws_lambda",
        jump=bool(jump),
    )


def _gap(curve: CostCurve) -> Array:
    """Lambda's total minus Fargate's."""
    return np.asarray(curve.lambda_usd) - np.asarray(curve.fargate_usd)


def _changes_of_sign(curve: CostCurve) -> NDArray[np.intp]:
    """Indices of points after which the other platform is cheaper."""
    lambda_cheaper = _gap(curve) < 0
    return np.flatnonzero(lambda_cheaper[:-1] != lambda_cheaper[1:])


def _between(curve: CostCurve, index: int) -> CostCurve:
    """The part of a curve between one point and the next."""
    part = slice(index, index + 2)
    totals = (np.asarray(total)[part] for total in (curve.lambda_usd, curve.fargate_usd))
    return CostCurve(curve.path, curve.values[part], *totals)
