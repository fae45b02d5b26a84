"""The cheapest size of each platform that meets the service level and every hard limit, or the nearest miss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.compute import task_capacity_per_s
from model.decide.level import standing
from model.decide.verdict import PLATFORMS, verdict
from model.evaluate import Comparison, evaluate
from model.facts import limit
from model.fit import Check, fit
from model.scenario import Scenario, fargate_memory_options, fargate_vcpu_options, replace_at, value_at
from model.traffic import traffic

Array = NDArray[np.float64]
Settings = dict[str, Any]

MEMORY_POINTS, MEMORY_PASSES = 41, 3  # 128…10,240 MB: each pass divides the stretch by 40, three reach one MB
COUNT_POINTS, COUNT_PASSES = 24, 3
MOST_SPARE = 100.0  # a fixed count is searched up to a hundred times what the mean load keeps busy
TARGETS = np.array(
    sorted(range(10, 100, 5), key=lambda target: abs(target - 70)), np.float64
)  # ties: the usual one
NEAR = 0.01  # misses this close to the nearest count as equally near, and the cheapest is shown
FLOORS = (0.0, 0.25, 0.5, 1.0)  # least tasks that carry this share of the peak
MOST_TASKS = 50_000


@dataclass(frozen=True)
class RightSize:
    """The cheapest settings of one platform that meet the service level and every limit, or the nearest miss.

    settings: field -> value. fits: whether they meet both; if not, unmet names the limits and meets_slo tells
    the level. usd, p99_s with them; present_usd, present_p99_s, present_fits as set now. saved_usd: present less
    right-sized, None if a price is missing. Totals in USD a month, None if a price is missing.
    """

    platform: str
    settings: Settings
    fits: bool
    meets_slo: bool
    unmet: tuple[Check, ...]
    usd: float | None
    p99_s: float
    present_usd: float | None
    present_p99_s: float
    present_fits: bool
    saved_usd: float | None


@dataclass(frozen=True)
class RightSized:
    """Both platforms sized to the same service level; scenario has the settings of those that can meet it.

    present: the scenario as set.
    """

    scenario: Scenario
    present: Scenario
    aws_lambda: RightSize
    fargate: RightSize


def right_size(scenario: Scenario) -> RightSized:
    """Size both platforms for the scenario's service level, at least cost.

    Args: scenario: plain.
    Source: METHOD.md "Right size".
    Assumes: architecture, kind of scaling, provisioned concurrency and everything else stay as set; a service keeps
        as many tasks as it has now at least, or one in each zone if that is fewer.
    """
    settings = {"aws_lambda": lambda_settings(scenario), "fargate": fargate_settings(scenario)}
    present = verdict(evaluate(scenario))
    sized = replace_at(scenario, {**settings["aws_lambda"], **settings["fargate"]})
    found = verdict(evaluate(sized))
    sizes = {}
    for name in PLATFORMS:
        now_fits = present.meets_slo[name] and not present.unmet[name]
        fits = found.meets_slo[name] and not found.unmet[name]
        now_usd, usd = present.usd[name], found.usd[name]
        keep = now_fits and (not fits or (now_usd is not None and usd is not None and now_usd <= usd))
        best = present if keep else found
        if keep:
            settings[name] = {path: value_at(scenario, path) for path in settings[name]}
        sizes[name] = RightSize(
            platform=name,
            settings=settings[name],
            fits=fits or now_fits,
            meets_slo=best.meets_slo[name],
            unmet=best.unmet[name],
            usd=best.usd[name],
            p99_s=best.p99_s[name],
            present_usd=now_usd,
            present_p99_s=present.p99_s[name],
            present_fits=now_fits,
            saved_usd=None
            if now_usd is None or best.usd[name] is None
            else now_usd - (best.usd[name] or 0.0),
        )
    taken = [settings[name] for name in PLATFORMS if sizes[name].fits]
    sized = replace_at(scenario, {path: value for of_side in taken for path, value in of_side.items()})
    return RightSized(sized, scenario, sizes["aws_lambda"], sizes["fargate"])


def lambda_settings(scenario: Scenario) -> Settings:
    """Cheapest memory that holds the process and meets level and limits, to 1 MB; scenario shape.

    Returns: aws_lambda.memory_mb; the nearest miss where no memory does.
    Source: METHOD.md "Right size".
    """
    workload = scenario.workload
    least_mb, most_mb = limit("lambda.memory_min_mb"), limit("lambda.memory_max_mb")
    needed_mb = np.ceil(np.asarray(workload.memory_base_mb) + np.asarray(workload.memory_per_request_mb))
    low = np.broadcast_to(np.clip(needed_mb, least_mb, most_mb), scenario.shape)
    high = np.full(scenario.shape, most_mb)
    wide = replace_at(with_axis(scenario), "aws_lambda.managed_instances", False)
    for _ in range(MEMORY_PASSES):
        grid = np.unique(np.round(_between(low, high, MEMORY_POINTS)), axis=-1)
        best = _best(evaluate(replace_at(wide, "aws_lambda.memory_mb", grid)), "aws_lambda")
        high = _pick(grid, best)
        low = np.minimum(_pick(grid, np.maximum(best - 1, 0)) + (best > 0), high)
    return {"aws_lambda.memory_mb": _plain(high)}


def fargate_settings(scenario: Scenario) -> Settings:
    """Cheapest task size and number of tasks that meet level and limits; scenario shape.

    Returns: fargate.vcpu, fargate.memory_gb, and fargate.tasks (fixed) or fargate.min_tasks, fargate.max_tasks and
        fargate.target_percent; of a job the size alone. The nearest miss where nothing meets them.
    Source: METHOD.md "Right size".
    """
    sizes = task_sizes(with_axis(scenario))
    if scenario.workload.kind == "job":
        return _cheapest(with_axis(scenario), sizes, scenario.shape)
    if scenario.fargate.scaling == "fixed":
        return _fixed(scenario, sizes)
    return _scaled(scenario, sizes)


def with_axis(scenario: Scenario) -> Scenario:
    """The scenario with a last axis of length 1 in all its arrays, for candidates to broadcast along."""
    changes = {
        path: value[..., None] for path, _, value in scenario.values() if isinstance(value, np.ndarray)
    }
    own = {
        id: value[..., None] if isinstance(value, np.ndarray) else value
        for id, value in scenario.assumptions.items()
    }
    return replace_at(scenario, {**changes, "assumptions": own}) if scenario.shape else scenario


def task_sizes(scenario: Scenario) -> Settings:
    """Every vCPU size along the last axis, each with the least memory that holds its requests in flight."""
    vcpu = np.array(fargate_vcpu_options(scenario.fargate.os))
    options = [np.array(fargate_memory_options(size, scenario.fargate.os)) for size in vcpu]
    smallest = np.array([memory[0] for memory in options])
    wide = replace_at(scenario, {"fargate.vcpu": vcpu, "fargate.memory_gb": smallest})
    (check,) = (c for c in fit(wide, traffic(wide)) if (c.platform, c.check) == ("fargate", "Memory"))
    needed_gb = np.broadcast_to(np.asarray(check.value) / 1024, wide.shape)
    memory_gb = np.empty(wide.shape)
    for i, memory in enumerate(options):
        place = np.minimum(np.searchsorted(memory, needed_gb[..., i] * (1 - 1e-12)), memory.size - 1)
        memory_gb[..., i] = memory[place]
    return {"fargate.vcpu": vcpu, "fargate.memory_gb": memory_gb}


def _fixed(scenario: Scenario, sizes: Settings) -> Settings:
    """Smallest number of tasks of every size that does, then the cheapest size."""
    wide = replace_at(with_axis(scenario), sizes)
    per_s = traffic(wide).per_s.mean(axis=-1)
    busy = np.ceil(per_s / np.asarray(task_capacity_per_s(wide)))
    low = np.broadcast_to(np.clip(busy, least_tasks(wide), MOST_TASKS), wide.shape)
    high = np.broadcast_to(np.clip(low * MOST_SPARE, 10, MOST_TASKS), wide.shape)
    deep = with_axis(wide)
    for _ in range(COUNT_PASSES):
        grid = np.round(_between(low, high, COUNT_POINTS))
        best = _best(evaluate(replace_at(deep, "fargate.tasks", grid)), "fargate")
        high = _pick(grid, best)
        low = np.minimum(_pick(grid, np.maximum(best - 1, 0)) + (best > 0), high)
    return _cheapest(with_axis(scenario), {**sizes, "fargate.tasks": high}, scenario.shape)


def _scaled(scenario: Scenario, sizes: Settings) -> Settings:
    """Every size, target and least number of tasks at once."""
    wide = with_axis(replace_at(with_axis(scenario), sizes))
    arriving = traffic(wide)
    peak_per_s = np.asarray(arriving.peak_per_s)
    steady = bool(np.all(arriving.per_s == arriving.per_s[..., :1]))
    floors, targets = np.meshgrid(FLOORS[:1] if steady else FLOORS, TARGETS, indexing="ij")
    target, share = targets.ravel(), floors.ravel()
    capacity = np.asarray(task_capacity_per_s(wide))
    for_peak = np.where(np.isfinite(capacity), peak_per_s / capacity, 0.0)
    least = np.clip(np.ceil(share * for_peak), least_tasks(wide), MOST_TASKS)
    now = np.asarray(task_capacity_per_s(with_axis(with_axis(scenario))))
    reserve = np.where(np.isfinite(now), np.asarray(wide.fargate.max_tasks) * now / capacity, 1.0)
    most = np.clip(np.ceil(np.maximum(reserve, for_peak * 100 / target)), np.maximum(least, 1), MOST_TASKS)
    cells = {
        "fargate.vcpu": np.asarray(wide.fargate.vcpu),
        "fargate.memory_gb": np.asarray(wide.fargate.memory_gb),
        "fargate.min_tasks": least,
        "fargate.max_tasks": most,
        "fargate.target_percent": target,
    }
    return _cheapest(wide, cells, scenario.shape)


def _cheapest(wide: Scenario, cells: Settings, shape: tuple[int, ...]) -> Settings:
    """The best of all candidates, whatever axes beyond the scenario's they lie along."""
    candidates = replace_at(wide, cells)
    scores = _scores(evaluate(candidates), "fargate")
    best = _best_of(*(score.reshape(*shape, -1) for score in scores))
    flat = {path: np.broadcast_to(cell, candidates.shape).reshape(*shape, -1) for path, cell in cells.items()}
    return {path: _plain(_pick(cell, best)) for path, cell in flat.items()}


def least_tasks(scenario: Scenario) -> Array:
    """Fewest tasks to be kept: as now, or one in each zone if that is fewer."""
    task = scenario.fargate
    now = task.tasks if task.scaling == "fixed" else task.min_tasks
    return np.asarray(np.minimum(np.asarray(now, np.float64), task.availability_zones))


def _between(low: Array, high: Array, points: int) -> Array:
    """A geometric grid from low to high (both >= 1 in effect) along a new last axis."""
    low, high = np.maximum(low, 1.0), np.maximum(high, 1.0)
    ends = np.log(low)[..., None], np.log(high)[..., None]
    return np.asarray(np.exp(ends[0] + (ends[1] - ends[0]) * np.linspace(0.0, 1.0, points)))


def _best(comparison: Comparison, platform: str) -> NDArray[np.intp]:
    return _best_of(*_scores(comparison, platform))


def _scores(comparison: Comparison, platform: str) -> tuple[Array, Array, Array]:
    """Of every candidate: its total if it fits, else infinite; its total anyway; how far it is from fitting."""
    judged = standing(comparison)
    usd = np.nan_to_num(judged.usd[platform])  # a price that is missing leaves the first that fits
    fits = np.where(judged.fits(platform), usd, np.inf)
    missed = judged.shortfall[platform]
    if comparison.scenario.workload.kind == "service" and not np.isfinite(fits).any(axis=-1).all():
        p99_s = getattr(comparison, platform).responses.quantile_s(0.99)
        missed = missed + np.maximum(np.log(p99_s / np.asarray(comparison.scenario.workload.slo_p99_s)), 0.0)
    return fits, usd, np.asarray(missed)


def _best_of(fits: Array, usd: Array, missed: Array) -> NDArray[np.intp]:
    """Index along the last axis of the cheapest that fits, or of the nearest miss where none does."""
    near = np.where(missed <= missed.min(axis=-1, keepdims=True) + NEAR, usd, np.inf)
    return np.asarray(np.argmin(np.where(np.isfinite(fits).any(axis=-1, keepdims=True), fits, near), axis=-1))


def _pick(grid: Array, index: NDArray[np.intp]) -> Array:
    grid = np.broadcast_to(grid, (*index.shape, grid.shape[-1]))
    return np.take_along_axis(grid, index[..., None], axis=-1)[..., 0]


def _plain(values: Array) -> Any:
    """A number where the scenario is plain; whole ones as such."""
    if values.ndim:
        return values
    number = float(values)
    return int(number) if math.isclose(number, round(number)) else number
