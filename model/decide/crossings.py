"""Where the two bills are equal over any numeric field: all crossings, whole steps told, or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.decide.break_even import JUMP_SHARE, TRAFFIC, CostCurve, Crossing, break_even, lifted
from model.decide.level import standing
from model.decide.right_size import fargate_settings, lambda_settings
from model.decide.sweeps import MAP_FIELDS, Span
from model.evaluate import Comparison, evaluate
from model.facts import limit
from model.fields import NumberField
from model.scenario import Scenario, fargate_memory_options, fargate_vcpu_options, replace_at, vocabulary
from model.traffic import traffic, usual_step_s

Array = NDArray[np.float64]

FIELD_POINTS, SIZED_POINTS = 121, 41
FIELD_REFINEMENTS, FIELD_REFINED_POINTS = 3, 33
SIZED_REFINEMENTS, SIZED_REFINED_POINTS = 2, 9
SMALLEST_SHARE = 1e-6  # of a field's upper end: where a logarithmic scale begins beside zero
MOST_STEPS_AT_ONCE = 1_500_000
SIZES_TRIED = 700


def span_of(path: str) -> Span:
    """The stretch of a field that is searched: that of the map, or all that is allowed."""
    if path in MAP_FIELDS:
        return MAP_FIELDS[path]
    spec = _NUMBERS[path]
    return Span(spec.low, spec.high, log=spec.high > 1000 * max(spec.low, 1e-3))


def field_values(scenario: Scenario, path: str, points: int = FIELD_POINTS) -> Array:
    """Values along a field, ascending: whole where the field is, the sizes on sale for a task."""
    task, span = scenario.fargate, span_of(path)
    if path == "fargate.vcpu":
        return np.array(fargate_vcpu_options(task.os))
    if path == "fargate.memory_gb":
        return np.array(fargate_memory_options(float(np.asarray(task.vcpu)), task.os))
    if path == "fargate.metric_period_s":
        return np.array([20.0, 60.0])
    if span.log:
        values = np.geomspace(max(span.low, span.high * SMALLEST_SHARE), span.high, points)
        values = np.concatenate(([span.low], values[1:])) if span.low > 0 else np.concatenate(([0.0], values))
        values[-1] = span.high
    else:
        values = np.linspace(span.low, span.high, points)
    values = np.unique(np.round(values)) if _NUMBERS[path].whole else values
    return values[values >= np.asarray(task.min_tasks)] if path == "fargate.max_tasks" else values


def curve_over(scenario: Scenario, path: str, values: Array, *, sized: bool = False) -> CostCurve:
    """Both totals over one field; NaN where a platform cannot do the work, or cannot meet the level when sized.

    Args: scenario: plain. values: of the field. sized: size both platforms for the service level at each value.
    Returns: CostCurve; None for a platform with a price that is missing.
    Source: METHOD.md "Break-even".
    Assumes: max_tasks lifted. Over fargate.vcpu memory is as now, or the nearest size that goes with the vCPUs.
    """
    parts = [
        _totals(scenario, path, part, sized)
        for part in np.array_split(values, _parts(scenario, values, sized))
    ]
    joined = (
        None if any(t is None for t in side) else np.concatenate(side) for side in zip(*parts, strict=True)
    )
    return CostCurve(path, values, *joined)


def crossings(scenario: Scenario, path: str, *, sized: bool = False) -> tuple[Crossing, ...]:
    """All crossings of the two bills over one field, ascending; empty if there is none in its range.

    Args: scenario: plain. path: any numeric field. sized: both platforms sized for the service level at each value.
    Returns: crossings, each to 1e-5 of the field's range (when sized, to 1e-3); of a field that moves in whole
        steps the first value at which the other platform is the cheaper one. A stretch in which one platform cannot
        do the work holds no crossing.
    Source: METHOD.md "Break-even".
    Assumes: crossings closer together than one grid step (of 121, when sized of 41) count as one or none.
    """
    if path == TRAFFIC[scenario.workload.kind][0] and not sized:
        return break_even(scenario)
    points, depth, finer = (
        (SIZED_POINTS, SIZED_REFINEMENTS, SIZED_REFINED_POINTS)
        if sized
        else (FIELD_POINTS, FIELD_REFINEMENTS, FIELD_REFINED_POINTS)
    )
    scenario = lifted(scenario)

    def over(values: Array) -> CostCurve:
        return curve_over(scenario, path, values, sized=sized)

    curve = over(field_values(scenario, path, points))
    if curve.lambda_usd is None or curve.fargate_usd is None:
        return ()
    found = []
    for index in _changes(curve):
        around = _narrowed(over, _two(curve, index), depth, finer, stepped(path))
        if around is not None:
            found.append(_crossing(around, stepped(path)))
    return tuple(found)


def utilisation_at(scenario: Scenario, crossing: Crossing) -> float:
    """Fargate's CPU utilisation where the bills are equal, 0…1."""
    return float(evaluate(replace_at(lifted(scenario), crossing.path, crossing.value)).fargate.utilisation)


def moves_money(scenario: Scenario, path: str) -> bool:
    """Whether a field changes either total anywhere in its range."""
    curve = curve_over(lifted(scenario), path, field_values(scenario, path, 9))
    return any(
        total is not None and np.ptp(total[np.isfinite(total)]) > 0
        for total in (curve.lambda_usd, curve.fargate_usd)
    )


def stepped(path: str) -> bool:
    """Whether a field has no values between its neighbours."""
    return _NUMBERS[path].whole or path in ("fargate.vcpu", "fargate.memory_gb")


def at_values(scenario: Scenario, path: str, values: Array) -> Scenario:
    """The scenario with one field set to many values, task sizes kept legal."""
    changes: dict[str, Any] = {path: values}
    if path == "fargate.vcpu":
        changes["fargate.memory_gb"] = np.array([memory_beside(scenario, vcpu) for vcpu in values])
    return replace_at(scenario, changes)


def memory_beside(scenario: Scenario, vcpu: float) -> float:
    """Task memory on sale beside so many vCPUs that is nearest to what is set, GB."""
    options = fargate_memory_options(float(vcpu), scenario.fargate.os)
    now = float(np.asarray(scenario.fargate.memory_gb))
    return min(options, key=lambda memory: (abs(memory - now), memory))


def _totals(scenario: Scenario, path: str, values: Array, sized: bool) -> tuple[Array | None, Array | None]:
    varied = replace_at(at_values(scenario, path, values), "aws_lambda.managed_instances", False)
    if sized:
        varied = replace_at(varied, {**lambda_settings(varied), **fargate_settings(varied)})
    comparison = evaluate(varied)
    if sized:
        judged = standing(comparison)
        allowed = {name: judged.fits(name) for name in ("aws_lambda", "fargate")}
    else:
        handler = np.broadcast_to(lambda_handler_s(varied), values.shape)
        allowed = {
            "aws_lambda": handler <= limit("lambda.max_duration_s"),
            "fargate": np.full(values.shape, True),
        }
    return _known(comparison, "aws_lambda", allowed), _known(comparison, "fargate", allowed)


def _known(comparison: Comparison, platform: str, allowed: dict[str, NDArray[np.bool_]]) -> Array | None:
    total = getattr(comparison, platform).bill.total_usd
    return None if total is None else np.where(allowed[platform], total, np.nan)


def _parts(scenario: Scenario, values: Array, sized: bool) -> int:
    """How many parts keep the series in memory small."""
    if not sized:
        return 1
    steps = traffic(scenario, usual_step_s(scenario, values.size)).per_s.shape[-1]
    return min(values.size, max(1, round(values.size * SIZES_TRIED * steps / MOST_STEPS_AT_ONCE)))


def _gap(curve: CostCurve) -> Array:
    return np.asarray(curve.lambda_usd) - np.asarray(curve.fargate_usd)


def _changes(curve: CostCurve) -> list[int]:
    gap = _gap(curve)
    known = np.isfinite(gap[:-1]) & np.isfinite(gap[1:])
    return [int(i) for i in np.flatnonzero(known & ((gap[:-1] < 0) != (gap[1:] < 0)))]


def _two(curve: CostCurve, index: int) -> CostCurve:
    part = slice(index, index + 2)
    return CostCurve(
        curve.path, curve.values[part], *(np.asarray(t)[part] for t in (curve.lambda_usd, curve.fargate_usd))
    )


def _narrowed(
    over: Callable[[Array], CostCurve], around: CostCurve, depth: int, points: int, whole: bool
) -> CostCurve | None:
    """Two neighbours of a curve narrowed down; None if what is between them cannot be compared."""
    for _ in range(depth):
        low, high = around.values
        if whole and (
            high - low <= 1 or around.path.startswith("fargate.vcpu") or around.path == "fargate.memory_gb"
        ):
            break
        finer = np.geomspace(low, high, points) if low > 0 else np.linspace(low, high, points)
        finer[[0, -1]] = low, high
        curve = over(np.unique(np.round(finer)) if whole else finer)
        changes = _changes(curve)
        if not changes:
            return None
        around = _two(curve, changes[0])
    return around


def _crossing(around: CostCurve, whole: bool) -> Crossing:
    before, after = _gap(around)
    usd = float(np.asarray(around.lambda_usd)[0])
    jump = whole or abs(before) + abs(after) > JUMP_SHARE * max(usd, 1e-12)
    share = 1.0 if whole else 0.5 if jump else abs(before) / (abs(before) + abs(after))
    below, above = ("aws_lambda", "fargate") if before < 0 else ("fargate", "aws_lambda")
    value = float(around.values[0] + (around.values[1] - around.values[0]) * share)
    return Crossing(around.path, value, usd, below, above, bool(jump))


_NUMBERS = {path: spec for path, spec, _ in vocabulary() if isinstance(spec, NumberField)}
