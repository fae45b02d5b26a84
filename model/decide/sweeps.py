"""The same question asked many times: over traffic, runtimes, metric periods, any two fields, Regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.decide.break_even import TRAFFIC, lifted
from model.decide.verdict import PLATFORMS
from model.evaluate import evaluate
from model.facts import InitQuantiles, limit, load_fargate_sizes, load_init_quantiles, load_regions
from model.fields import NumberField
from model.scaling.spike import Spike
from model.scenario import Scenario, replace_at, value_at, vocabulary
from model.traffic import requests_per_month, traffic, usual_step_s

Array = NDArray[np.float64]


def runtime_starts(scenario: Scenario) -> tuple[InitQuantiles, ...]:
    """Measured init times of every runtime with the scenario's architecture and package type, without SnapStart."""
    function = scenario.aws_lambda
    return tuple(
        measured
        for measured in load_init_quantiles().values()
        if measured.architecture == function.architecture
        and measured.package == function.package
        and not measured.snapstart
    )


def spikes_by_metric_period(scenario: Scenario) -> dict[int, Spike]:
    """The scenario's spike with the slow and the fast metric of ECS."""
    periods = (limit("target_tracking.metric_period_s"), limit("target_tracking.fast_metric_period_s"))
    return {
        int(period): evaluate(replace_at(scenario, "fargate.metric_period_s", period)).spike
        for period in periods
    }


# --- money over two fields ------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """How a field is laid out along an axis: between which values, and whether on a logarithmic scale."""

    low: float
    high: float
    log: bool = False


MAP_FIELDS: dict[str, Span] = {
    "workload.requests_per_s": Span(1e-3, 1e4, log=True),
    "workload.runs_per_day": Span(1e-1, 1e6, log=True),
    "workload.duration_s": Span(1e-3, 900, log=True),
    "workload.cpu_share": Span(0, 1),
    "workload.peak_to_mean": Span(1, 30, log=True),
    "workload.on_share": Span(0.01, 1, log=True),
    "workload.burstiness": Span(0, 5),
    "workload.request_kb": Span(0.1, 1e4, log=True),
    "workload.response_kb": Span(0.1, 1e4, log=True),
    "workload.outbound_kb": Span(0.1, 1e4, log=True),
    "workload.log_kb": Span(0.01, 100, log=True),
    "aws_lambda.memory_mb": Span(128, 10_240, log=True),
    "fargate.vcpu": Span(0.25, 32, log=True),
    "fargate.memory_gb": Span(0.5, 244, log=True),
    "fargate.target_percent": Span(10, 100),
    "fargate.requests_in_flight_per_task": Span(1, 1e4, log=True),
    "fargate.spot_share": Span(0, 1),
    "billing.hours_per_month": Span(1, 744),
}
"""Fields that move money, and the stretch of each that is worth looking at."""

MAP_POINTS = 40
SMALL_TASK_GB = 30  # up to here every size is drawn, above it every eighth GB
FEWEST_MAP_POINTS, MOST_MAP_STEPS = 12, 120_000
"""Cells times steps of the traffic: a week in steps of 300 s gets a coarser map, so that nobody waits for long."""


@dataclass(frozen=True)
class CostMap:
    """Lambda's total / Fargate's over two fields: ratio[y, x]; NaN where the combination is not to be had.

    ratio: None if a price is missing.
    """

    x_path: str
    x_values: Array
    y_path: str
    y_values: Array
    ratio: Array | None


def map_points(scenario: Scenario) -> int:
    """Cells along each side of a map that does not take too long under the scenario's traffic."""
    steps = traffic(scenario, usual_step_s(scenario, MAP_POINTS)).per_s.shape[-1]
    return int(np.clip(np.sqrt(MOST_MAP_STEPS / steps), FEWEST_MAP_POINTS, MAP_POINTS))


def map_values(scenario: Scenario, path: str, points: int = MAP_POINTS) -> Array:
    """Values of a field along an axis of a map: evenly spread, whole where the field is, sizes on sale for a task."""
    span = MAP_FIELDS[path]
    sizes = load_fargate_sizes(scenario.fargate.os)
    if path == "fargate.vcpu":
        return np.unique([vcpu for vcpu, _ in sizes])
    if path == "fargate.memory_gb":
        return np.unique([memory for _, memory in sizes if memory <= SMALL_TASK_GB or memory % 8 == 0])
    values = (np.geomspace if span.log else np.linspace)(span.low, span.high, points)
    values[[0, -1]] = span.low, span.high
    return np.unique(np.round(values)) if path in _WHOLE else values


def cost_ratio_map(scenario: Scenario, x_path: str, x_values: Array, y_path: str, y_values: Array) -> CostMap:
    """Lambda's total / Fargate's for every pair of values of two fields.

    Args: scenario: plain. x_path, y_path: two different fields of MAP_FIELDS.
    Returns: CostMap; NaN where Fargate has no such task size, the function would run too long, or Fargate costs nothing.
    Source: METHOD.md "Cost over ranges".
    Assumes: max_tasks lifted, as for the break-even.
    """
    across, up = np.asarray(x_values)[None, :], np.asarray(y_values)[:, None]
    cells: dict[str, Any] = {x_path: across, y_path: up}
    legal, cells = _legal_sizes(scenario, cells)
    if scenario.fargate.os == "windows" and "fargate.spot_share" in cells:  # there is no Spot with Windows
        legal = legal & (cells["fargate.spot_share"] == 0)
        cells["fargate.spot_share"] = np.zeros_like(cells["fargate.spot_share"])
    # A third option that some memory sizes rule out is not in question here.
    cells["aws_lambda.managed_instances"] = False
    comparison = evaluate(replace_at(lifted(scenario), cells))
    of_lambda, of_fargate = comparison.aws_lambda.bill.total_usd, comparison.fargate.bill.total_usd
    if of_lambda is None or of_fargate is None:
        return CostMap(x_path, x_values, y_path, y_values, None)
    shape = (y_values.size, x_values.size)
    too_long = np.asarray(lambda_handler_s(comparison.scenario)) > limit("lambda.max_duration_s")
    possible = np.broadcast_to(legal & ~too_long & (np.asarray(of_fargate) > 0), shape)
    ratio = np.full(shape, np.nan)
    np.divide(of_lambda, of_fargate, out=ratio, where=possible)
    return CostMap(x_path, x_values, y_path, y_values, ratio)


def _legal_sizes(scenario: Scenario, cells: dict[str, Any]) -> tuple[NDArray[np.bool_], dict[str, Any]]:
    """Which cells hold a task size on sale; the others get the smallest one, to be left out afterwards."""
    paths = ("fargate.vcpu", "fargate.memory_gb")
    if not set(paths) & set(cells):
        return np.array(True), cells
    wanted = [cells.get(path, np.asarray(value_at(scenario, path))) for path in paths]
    vcpu, memory_gb = np.broadcast_arrays(*wanted)
    sizes = load_fargate_sizes(scenario.fargate.os)
    legal = np.zeros(vcpu.shape, bool)
    for size in sizes:
        legal |= (vcpu == size[0]) & (memory_gb == size[1])
    fallback = [np.where(legal, have, size) for have, size in zip((vcpu, memory_gb), sizes[0], strict=True)]
    return legal, {**cells, **dict(zip(paths, fallback, strict=True))}


# --- money over Regions ---------------------------------------------------------------------------


@dataclass(frozen=True)
class RegionTotals:
    """Both totals in one Region, USD a month; None where a price is missing. missing: items without a price."""

    region: str
    usd: dict[str, float | None]
    missing: tuple[str, ...]


def region_totals(scenario: Scenario) -> tuple[RegionTotals, ...]:
    """The scenario's bills at the prices of every Region, the cheapest first, those without both totals last.

    Args: scenario: plain.
    Source: METHOD.md "Cost over ranges".
    Assumes: traffic, task starts and cold starts are the same everywhere; own prices count in their own Region only.
    """
    here = evaluate(scenario)
    rows = []
    for region in load_regions():
        there = replace_at(scenario, "billing.region", region)
        bills = {name: getattr(here, name).bill_at(there) for name in PLATFORMS}
        usd = {name: None if bill.missing else float(bill.known_usd) for name, bill in bills.items()}
        missing = dict.fromkeys(line.item for bill in bills.values() for line in bill.missing)
        rows.append(RegionTotals(region, usd, tuple(missing)))
    return tuple(sorted(rows, key=_cheapest_first))


def _cheapest_first(row: RegionTotals) -> tuple[bool, float, str]:
    known = [total for total in row.usd.values() if total is not None]
    return len(known) < len(row.usd), min(known, default=np.inf), row.region


# --- money over utilisation -----------------------------------------------------------------------


@dataclass(frozen=True)
class UtilisationCurve:
    """Fargate's CPU utilisation and both prices of a million requests (or job runs) at each traffic.

    traffic: in the unit of the field `path`. utilisation: CPU used / CPU paid for, 0…1.
    per_million_usd: by platform; None where a price is missing.
    """

    path: str
    traffic: Array
    utilisation: Array
    per_million_usd: dict[str, Array | None]


def utilisation_now(scenario: Scenario) -> float:
    """CPU used / CPU paid for at the scenario's own traffic, max_tasks lifted as along the curve."""
    return float(evaluate(lifted(scenario)).fargate.utilisation)


def cost_over_utilisation(scenario: Scenario, values: Array) -> UtilisationCurve:
    """What a million requests cost on both platforms, beside how busy Fargate's paid CPU is, over traffic.

    Args: scenario: plain. values: traffic above zero, ascending.
    Source: METHOD.md "Cost over ranges".
    """
    path = TRAFFIC[scenario.workload.kind][0]
    comparison = evaluate(replace_at(lifted(scenario), path, values))
    millions = np.asarray(requests_per_month(comparison.scenario)) / 1e6
    totals = {name: getattr(comparison, name).bill.total_usd for name in PLATFORMS}
    return UtilisationCurve(
        path,
        values,
        np.broadcast_to(comparison.fargate.utilisation, values.shape),
        {name: None if total is None else np.asarray(total) / millions for name, total in totals.items()},
    )


_WHOLE = {path for path, spec, _ in vocabulary() if isinstance(spec, NumberField) and spec.whole}
