"""What would turn the verdict round: one thing at a time, the nearest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.decide.crossings import field_values, memory_beside, stepped
from model.decide.level import NEITHER, Standing, standing
from model.decide.verdict import PLATFORMS, Verdict, verdict
from model.decide.worlds import cold_table, quick
from model.evaluate import Comparison, evaluate
from model.fields import NumberField
from model.scenario import Scenario, replace_at, value_at, vocabulary
from model.traffic import traffic

Array = NDArray[np.float64]

WIDEST = 100.0  # a field is searched from a hundredth to a hundred times its present value
POINTS, POINTS_OF_MANY_STEPS = 25, 13
MANY_STEPS = 100
REFINEMENTS, REFINED_POINTS = 3, 9
MOST_FLIPS = 3
LEAST_SHARE = 0.05  # distances of fields that may be 0 are measured from this share of their range up

SERVICE_FIELDS = ("workload.requests_per_s", "workload.slo_p99_s", "aws_lambda.provisioned_concurrency")
FIELDS = (
    "workload.duration_s",
    "workload.cpu_share",
    "workload.duration_cv",
    "workload.response_kb",
    "workload.log_kb",
    "workload.memory_base_mb",
    "workload.memory_per_request_mb",
    "aws_lambda.memory_mb",
    "fargate.vcpu",
    "fargate.spot_share",
)
SCALED_FIELDS = ("fargate.min_tasks", "fargate.target_percent")
PATTERN_FIELDS = {
    "diurnal": ("workload.peak_to_mean",),
    "business_hours": ("workload.peak_to_mean",),
    "ramp": ("workload.peak_to_mean",),
    "bursty": ("workload.burstiness",),
    "on_off": ("workload.on_share",),
    "spike": ("workload.spike_factor",),
}
PRICES = {"lambda.duration": "aws_lambda", "fargate.vcpu": "fargate", "fargate.memory": "fargate"}


@dataclass(frozen=True)
class Flip:
    """One thing that turns the verdict round.

    path: field, or id of a price if `price`. value: where it happens, in the field's unit; of a price, times today's.
    present: as it is now. rises: whether it flips above the value (from it on, where the field moves in steps).
    choice: who is chosen then, None for nobody. reason: "cost", "level" (of service) or "limit"; platform: whose level
    or limit it is, "" for cost. distance: logarithm of value / present.
    """

    path: str
    value: float
    present: float
    rises: bool
    choice: str | None
    reason: str
    platform: str
    distance: float
    price: bool = False


def flips(scenario: Scenario, present: Verdict | None = None) -> tuple[Flip, ...]:
    """The nearest changes of a single field or price that change the verdict, at most three, of different things.

    Args: scenario: plain. present: its verdict, if at hand.
    Returns: flips, nearest first; the nearest of each reason before a second one of the same. Empty if nothing within its range flips the verdict, or a price is missing. Values
        of fields to 1e-3 of themselves, of prices exact.
    Source: METHOD.md "What would flip it".
    Assumes: everything else as set, max_tasks too; within a hundredth and a hundred times the present value.
    """
    comparison = evaluate(scenario)
    present = present or verdict(comparison)
    if None in present.usd.values():
        return ()
    chosen = NEITHER if present.choice is None else PLATFORMS.index(present.choice)
    prices = _price_flips(comparison, present)
    told = _told([*_brackets(scenario, chosen), *prices])
    narrowed = _narrowed(scenario, [found for found in told if isinstance(found, _Bracket)], chosen)
    found = [*narrowed, *(flip for flip in told if isinstance(flip, Flip))]
    return tuple(sorted(found, key=lambda flip: flip.distance))


def flip_fields(scenario: Scenario) -> tuple[str, ...]:
    """The fields that are tried."""
    workload = scenario.workload
    if workload.kind == "job":
        return ("workload.runs_per_day", *FIELDS, *PATTERN_FIELDS.get(workload.pattern, ()))
    tasks = ("fargate.tasks",) if scenario.fargate.scaling == "fixed" else SCALED_FIELDS
    fields = (*SERVICE_FIELDS, *FIELDS, *tasks, *PATTERN_FIELDS.get(workload.pattern, ()))
    return tuple(path for path in fields if path != "fargate.spot_share" or scenario.fargate.os == "linux")


def in_few_steps(scenario: Scenario) -> bool:
    """Whether the traffic is short enough for a search within some tenths of a second."""
    return bool(traffic(scenario).per_s.shape[-1] <= MANY_STEPS)


@dataclass(frozen=True)
class _Bracket:
    """Two values of a field: the verdict is as now at `same`, another at `other`, for a reason."""

    path: str
    same: float
    other: float
    reason: str
    distance: float


def _told(found: Sequence[_Bracket | Flip]) -> list[_Bracket | Flip]:
    """At most three, of different fields or prices: the nearest of every reason, then the nearest of the others."""
    nearest = sorted(found, key=lambda one: one.distance)
    told: dict[tuple[str, bool], _Bracket | Flip] = {}
    reasons: set[str] = set()
    for again in (False, True):
        for one in nearest:
            what = (one.path, isinstance(one, Flip))
            if len(told) < MOST_FLIPS and what not in told and (again or one.reason not in reasons):
                told[what] = one
                reasons.add(one.reason)
    return list(told.values())


def _brackets(scenario: Scenario, chosen: int) -> list[_Bracket]:
    """The nearest changes of the verdict of every field, above and below, between two points of its grid."""
    paths = flip_fields(scenario)
    many = not in_few_steps(scenario)
    grids = [_grid(scenario, path, POINTS_OF_MANY_STEPS if many else POINTS) for path in paths]
    judged = _standing(scenario, paths, grids, roughly=many)
    found = []
    for i, (path, grid) in enumerate(zip(paths, grids, strict=True)):
        now = float(value_at(scenario, path))
        at = int(np.searchsorted(grid, now))
        other = np.flatnonzero(judged.choice[i, : grid.size] != chosen)
        ends = [(k - 1, k) for k in other[other > at][:1]] + [(k + 1, k) for k in other[other < at][-1:]]
        for same, beyond in ends:
            reason, _ = _reason(judged, i, same, beyond)
            distance = _distance(path, now, float(grid[beyond]))
            found.append(_Bracket(path, float(grid[same]), float(grid[beyond]), reason, distance))
    return found


def _grid(scenario: Scenario, path: str, points: int) -> Array:
    """Values around the present one, which is one of them, ascending."""
    spec, now = _NUMBERS[path], float(value_at(scenario, path))
    if path == "fargate.vcpu":
        return field_values(scenario, path)
    low, high = _ends(scenario, path)
    if now > 0:
        side = points // 2
        values = np.concatenate(
            (now / np.geomspace(WIDEST, 1, side, endpoint=False), now * np.geomspace(1, WIDEST, side + 1))
        )
    else:
        values = np.concatenate(([0.0], np.geomspace(1e-3, 1.0, points - 1) * high))
    if high <= 1:
        values = np.concatenate((values, np.linspace(low, high, points)))
    values = np.concatenate((values[(values > low) & (values < high)], [low, now, high]))
    values = np.round(values) if spec.whole else values
    return np.unique(values[(values >= low) & (values <= high)])


def _ends(scenario: Scenario, path: str) -> tuple[float, float]:
    spec = _NUMBERS[path]
    low, high = spec.low, spec.high
    if path == "fargate.min_tasks":
        high = float(scenario.fargate.max_tasks)
    if path == "workload.duration_s" and scenario.workload.kind == "service":
        high = 900.0
    now = float(value_at(scenario, path))
    return (max(low, now / WIDEST), min(high, now * WIDEST)) if now > 0 else (low, min(high, 1e4))


def _distance(path: str, now: float, value: float) -> float:
    """How far off: the logarithm of the ratio, from a floor up where a field may be 0."""
    spec = _NUMBERS[path]
    floor = (
        LEAST_SHARE * spec.high
        if spec.low == 0 and spec.high <= 100
        else max(spec.low, 1.0 if spec.whole else 1e-9)
    )
    return (
        float(abs(np.log((value + floor) / (now + floor))))
        if spec.low == 0
        else float(abs(np.log(value / now)))
    )


def _standing(
    scenario: Scenario, paths: tuple[str, ...], grids: list[Array], *, roughly: bool = False
) -> Standing:
    """Row by row, one field along its grid and all others as they are; short rows repeat their last value.

    roughly: in coarse steps and with cold starts from a table, for traffic in many steps.
    """
    longest = max(grid.size for grid in grids)
    rows = [np.append(grid, np.full(longest - grid.size, grid[-1])) for grid in grids]
    changes: dict[str, Any] = {}
    for path in dict.fromkeys(paths):
        stack = np.full((len(paths), longest), float(value_at(scenario, path)))
        for i, row in enumerate(rows):
            if paths[i] == path:
                stack[i] = row
        changes[path] = stack
    if "fargate.vcpu" in changes:
        changes["fargate.memory_gb"] = _memory_beside(scenario, changes["fargate.vcpu"])
    changes["aws_lambda.managed_instances"] = False
    varied = replace_at(scenario, changes)
    return standing(quick(varied, cold_table(scenario, varied)) if roughly else evaluate(varied))


def _memory_beside(scenario: Scenario, vcpu: Array) -> Array:
    beside = {size: memory_beside(scenario, size) for size in np.unique(vcpu)}
    return np.vectorize(beside.__getitem__, otypes=[float])(vcpu)


def _narrowed(scenario: Scenario, brackets: list[_Bracket], chosen: int) -> list[Flip]:
    """The brackets narrowed down together, and what changes across each."""
    if not brackets:
        return []
    paths = tuple(bracket.path for bracket in brackets)
    ends = np.array([(bracket.same, bracket.other) for bracket in brackets])
    for _ in range(REFINEMENTS):
        grids = [_finer(path, *pair) for path, pair in zip(paths, ends, strict=True)]
        choices = _standing(scenario, paths, grids).choice
        for i, (grid, row) in enumerate(zip(grids, choices, strict=True)):
            other = np.flatnonzero(row[: grid.size] != chosen)
            if other.size and other[0] > 0:
                ends[i] = grid[other[0] - 1], grid[other[0]]
    judged = _standing(scenario, paths, [np.array(pair) for pair in ends])
    return [
        _flip(scenario, path, pair, i, judged)
        for i, (path, pair) in enumerate(zip(paths, ends, strict=True))
        if judged.choice[i, 0] == chosen != judged.choice[i, 1]  # a rough search may have been wrong
    ]


def _finer(path: str, same: float, other: float) -> Array:
    """Between two ends, from the one where the verdict is as now to the other."""
    if path == "fargate.vcpu":
        return np.array([same, other])
    if same > 0 and other > 0:
        grid = np.geomspace(same, other, REFINED_POINTS)
        grid[[0, -1]] = same, other
    else:
        grid = np.linspace(same, other, REFINED_POINTS)
    if not stepped(path):
        return grid
    return np.array([value for value, _ in groupby(np.round(grid))])


def _flip(scenario: Scenario, path: str, ends: Array, row: int, judged: Standing) -> Flip:
    now = float(value_at(scenario, path))
    then = int(judged.choice[row, 1])
    reason, platform = _reason(judged, row, 0, 1)
    value = float(ends[1] if stepped(path) else np.sqrt(ends[0] * ends[1]) if min(ends) > 0 else ends.mean())
    return Flip(
        path=path,
        value=value,
        present=now,
        rises=bool(ends[1] > ends[0]),
        choice=None if then == NEITHER else PLATFORMS[then],
        reason=reason,
        platform=platform,
        distance=_distance(path, now, value),
    )


def _reason(judged: Standing, row: int, same: int, other: int) -> tuple[str, str]:
    """Which condition changes from one value of a row to another."""
    for reason, conditions in (("limit", judged.within_limits), ("level", judged.meets_slo)):
        for platform in PLATFORMS:
            before, after = conditions[platform][row, [same, other]]
            if before != after:
                return reason, platform
    return "cost", ""


def _price_flips(comparison: Comparison, present: Verdict) -> list[Flip]:
    """Prices at which the other platform is cheaper, where money decides: bills are straight lines in a price."""
    fits = [name for name in PLATFORMS if present.meets_slo[name] and not present.unmet[name]]
    if len(fits) < len(PLATFORMS) or present.choice is None:
        return []
    other = next(name for name in PLATFORMS if name != present.choice)
    found = []
    for id, platform in PRICES.items():
        lines = [line for line in getattr(comparison, platform).bill.lines if line.fact.startswith(id + "/")]
        spent = float(sum(np.sum(line.usd) for line in lines if line.usd is not None))
        gap = float((present.usd[other] or 0.0) - (present.usd[present.choice] or 0.0))
        if spent <= 0:
            continue
        times = 1 + gap / spent * (1 if platform == present.choice else -1)
        if not 1 / WIDEST <= times <= WIDEST:
            continue
        flip = Flip(id, times, 1.0, times > 1, other, "cost", "", float(abs(np.log(times))), price=True)
        if _turns(comparison.scenario, lines, times, other):
            found.append(flip)
    return found


def _turns(scenario: Scenario, lines: list[Any], times: float, other: str) -> bool:
    """Whether the verdict really is another one just beyond that price."""
    beyond = times * (1.002 if times > 1 else 0.998)
    own = {line.fact: float(line.unit_usd) * beyond for line in lines if line.unit_usd is not None}
    priced = replace_at(scenario, "billing.overrides", {**scenario.billing.overrides, **own})
    return verdict(evaluate(priced)).choice == other


_NUMBERS = {path: spec for path, spec, _ in vocabulary() if isinstance(spec, NumberField)}
